//! What happened in a run: its trace, its hash, and how often each kind of thing happened.

use std::collections::BTreeMap;
use std::sync::Mutex;

use tokio::time::Instant;

use crate::chance::Chance;

/// What all parts of one run share.
pub struct Shared {
    /// When the run began, on the paused clock.
    pub began: Instant,
    /// What the network does.
    pub chance: Mutex<Chance>,
    lines: Mutex<Vec<String>>,
    tally: Mutex<BTreeMap<&'static str, u64>>,
}

impl Shared {
    /// Nothing has happened yet.
    pub fn new(chance: Chance) -> Self {
        Self {
            began: Instant::now(),
            chance: Mutex::new(chance),
            lines: Mutex::default(),
            tally: Mutex::default(),
        }
    }

    /// Writes a line into the trace.
    pub fn say(&self, line: impl AsRef<str>) {
        let at = self.began.elapsed().as_millis();
        let (days, rest) = (at / 86_400_000, at % 86_400_000);
        let line = format!(
            "{days:>3}d {:>10.3}s  {}",
            rest as f64 / 1000.0,
            line.as_ref()
        );
        self.lines.lock().unwrap().push(line);
    }

    /// Counts something that happened.
    pub fn count(&self, what: &'static str) {
        *self.tally.lock().unwrap().entry(what).or_default() += 1;
    }

    /// The trace so far.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// How often what happened.
    pub fn tally(&self) -> BTreeMap<&'static str, u64> {
        self.tally.lock().unwrap().clone()
    }

    /// The trace in one number (FNV-1a).
    pub fn hash(&self) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in self.lines.lock().unwrap().iter().flat_map(|l| l.bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        hash
    }
}
