//! The clocks on the walls: the true time is the paused clock's, each wall is off it by its own error.

use std::sync::atomic::{AtomicI64, Ordering};

use alongside_sync::Wall;
use chrono::{DateTime, Utc};
use tokio::time::Instant;

/// When runs begin: Thursday 12 November 2026, 08:50 UTC, before the first visit.
pub const BEGIN_MS: u64 = 1_794_473_400_000;

/// One clock.
#[derive(Debug)]
pub struct SimWall {
    began: Instant,
    from_ms: u64,
    error_ms: AtomicI64,
}

impl SimWall {
    /// A clock that is right.
    pub fn right(began: Instant) -> Self {
        Self::from(began, BEGIN_MS)
    }

    /// A clock that stood at `from_ms` at `began`.
    pub fn from(began: Instant, from_ms: u64) -> Self {
        Self {
            began,
            from_ms,
            error_ms: AtomicI64::new(0),
        }
    }

    /// Sets it wrong by so much.
    pub fn set_wrong(&self, error_ms: i64) {
        self.error_ms.store(error_ms, Ordering::Relaxed);
    }

    /// What it shows.
    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.now_ms() as i64).unwrap()
    }
}

impl Wall for SimWall {
    fn now_ms(&self) -> u64 {
        let passed = self.began.elapsed().as_millis() as u64;
        (self.from_ms + passed).saturating_add_signed(self.error_ms.load(Ordering::Relaxed))
    }
}
