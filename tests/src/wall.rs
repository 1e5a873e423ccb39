//! A clock on the wall that only moves when a story moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use alongside_sync::Wall;
use chrono::{DateTime, Utc};

/// When stories start: Monday 2 November 2026, 08:00 UTC.
pub const START_MS: u64 = 1_793_606_400_000;

/// The true time of a story, and how far one clock is off it.
#[derive(Debug, Clone)]
pub struct HandClock {
    true_ms: Arc<AtomicU64>,
    skew_ms: Arc<AtomicI64>,
}

impl Default for HandClock {
    fn default() -> Self {
        Self {
            true_ms: Arc::new(AtomicU64::new(START_MS)),
            skew_ms: Arc::default(),
        }
    }
}

impl HandClock {
    /// Another clock in the same true time, off by `skew_ms`.
    #[must_use]
    pub fn skewed(&self, skew_ms: i64) -> Self {
        Self {
            true_ms: Arc::clone(&self.true_ms),
            skew_ms: Arc::new(AtomicI64::new(skew_ms)),
        }
    }

    /// Lets true time pass, for every clock in it.
    pub fn pass(&self, ms: u64) {
        self.true_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// Sets the true time.
    pub fn set_true(&self, time: DateTime<Utc>) {
        let ms = u64::try_from(time.timestamp_millis()).unwrap();
        self.true_ms.store(ms, Ordering::SeqCst);
    }

    /// Sets this clock off by `skew_ms`, as a person does in the settings of a tablet.
    pub fn skew(&self, skew_ms: i64) {
        self.skew_ms.store(skew_ms, Ordering::SeqCst);
    }

    /// The true time.
    pub fn true_now(&self) -> DateTime<Utc> {
        let ms = i64::try_from(self.true_ms.load(Ordering::SeqCst)).unwrap();
        DateTime::from_timestamp_millis(ms).unwrap()
    }
}

impl Wall for HandClock {
    fn now_ms(&self) -> u64 {
        self.true_ms
            .load(Ordering::SeqCst)
            .saturating_add_signed(self.skew_ms.load(Ordering::SeqCst))
    }
}
