//! How many of something each has now: connections of an address, lines of events of a device.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts what is held, by whom.
pub(crate) struct Tally<K>(Arc<Mutex<HashMap<K, usize>>>);

/// One of the things counted; given back when dropped.
pub(crate) struct Held<K: Hash + Eq> {
    key: K,
    counts: Arc<Mutex<HashMap<K, usize>>>,
}

impl<K: Hash + Eq + Copy> Tally<K> {
    /// Nobody holds anything.
    pub(crate) fn new() -> Self {
        Self(Arc::default())
    }

    /// One more for `key`, unless it has `most` already.
    pub(crate) fn take(&self, key: K, most: usize) -> Option<Held<K>> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.get(&key).copied().unwrap_or(0);
        if count >= most {
            return None;
        }
        counts.insert(key, count + 1);
        Some(Held {
            key,
            counts: Arc::clone(&self.0),
        })
    }
}

impl<K: Hash + Eq> Drop for Held<K> {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let tally = Tally::new();
        let (first, _second) = (tally.take(1, 2), tally.take(1, 2));
        assert!(tally.take(1, 2).is_none());
        assert!(tally.take(2, 2).is_some(), "another has their own");
        drop(first);
        assert!(tally.take(1, 2).is_some());
        assert_eq!(
            tally.0.lock().unwrap().len(),
            1,
            "who holds nothing is forgotten"
        );
    }
}
