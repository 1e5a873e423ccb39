//! The device's clock: its own, corrected by the offset to the hub, turned into stamps.
//!
//! A wrong device clock must not decide whose writing stands. At each contact the device learns how far its clock is
//! from the hub's; from then on it stamps in the hub's time. What was stamped before and has not been sent is stamped
//! anew (see [`apply`](crate::apply)).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use alongside_domain::field::{parse_time, time_value};
use alongside_domain::{DeviceId, HybridClock, Stamp};
use alongside_store::{Reader, Result};
use chrono::{DateTime, Utc};

use crate::notes;

/// From how far off a device's clock is shown as wrong, and what is unsent is stamped anew.
pub const SKEW_LIMIT_MS: u64 = 2 * 60 * 1000;

/// Differences below this are the network's, not the clock's.
const NOISE_MS: u64 = 500;

/// The clock on the wall of the device, which may be wrong. Tests bring their own.
pub trait Wall: Send + Sync {
    /// Milliseconds since 1970, as the device believes.
    fn now_ms(&self) -> u64;
}

/// The clock of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemWall;

impl Wall for SystemWall {
    fn now_ms(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_millis() as u64)
    }
}

/// Makes the stamps of one install, in the hub's time as far as it is known. Shared by commands and the sync.
pub struct DeviceClock {
    wall: Arc<dyn Wall>,
    state: Mutex<State>,
}

#[derive(Clone)]
struct State {
    hybrid: HybridClock,
    offset_ms: i64,
    /// How many stamps were made: tells whether one was made between two looks.
    ticks: u64,
}

impl DeviceClock {
    /// A clock for `device` that goes on after `last` and stands `offset_ms` from the wall.
    pub fn new(device: DeviceId, wall: Arc<dyn Wall>, last: Option<Stamp>, offset_ms: i64) -> Self {
        Self {
            wall,
            state: Mutex::new(State {
                hybrid: HybridClock::new(device, last),
                offset_ms,
                ticks: 0,
            }),
        }
    }

    /// A clock for `device` that goes on from what `reader` holds.
    pub fn open(reader: &dyn Reader, device: DeviceId, wall: Arc<dyn Wall>) -> Result<Self> {
        let (last, offset_ms) = (reader.last_stamp()?, notes::clock_offset_ms(reader)?);
        Ok(Self::new(device, wall, last, offset_ms))
    }

    /// The next stamp. Call it inside the transaction that keeps the writing.
    pub fn tick(&self) -> Stamp {
        let mut state = self.state();
        state.ticks += 1;
        let now = corrected(self.wall.now_ms(), state.offset_ms);
        state.hybrid.tick(now)
    }

    /// Takes note of a stamp from elsewhere, so that what is written next sorts after it.
    pub fn observe(&self, seen: Stamp) {
        let mut state = self.state();
        let now = corrected(self.wall.now_ms(), state.offset_ms);
        state.hybrid.observe(seen, now);
    }

    /// Now, in the hub's time as far as it is known: milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        corrected(self.wall.now_ms(), self.offset_ms())
    }

    /// Now, in the hub's time as far as it is known.
    pub fn now(&self) -> DateTime<Utc> {
        i64::try_from(self.now_ms())
            .ok()
            .and_then(DateTime::from_timestamp_millis)
            .unwrap_or_default()
    }

    /// What is added to the wall's clock, in milliseconds.
    pub fn offset_ms(&self) -> i64 {
        self.state().offset_ms
    }

    /// How far the wall's clock is behind the hub's (ahead, when negative), if far enough to tell the person.
    pub fn skew_ms(&self) -> Option<i64> {
        let offset = self.offset_ms();
        (offset.unsigned_abs() > SKEW_LIMIT_MS).then_some(offset)
    }

    /// The offset that follows from an answer written at `hub_ms` that has just arrived after `round_trip`.
    ///
    /// What the network may have added is not taken for a wrong clock: within it the known offset stays.
    pub(crate) fn measure(&self, hub_ms: u64, round_trip: Duration) -> i64 {
        let half = (round_trip.as_millis() / 2) as u64;
        let hub_now = hub_ms.saturating_add(half);
        let offset = hub_now as i64 - self.wall.now_ms() as i64;
        let known = self.offset_ms();
        if offset.abs_diff(known) <= half.saturating_add(NOISE_MS) {
            known
        } else {
            offset
        }
    }

    /// A copy to settle a transaction with; [`take_over`](Self::take_over) makes it count once that is committed.
    pub(crate) fn settling(&self) -> Settling {
        let state = self.state().clone();
        Settling {
            now_wall_ms: self.wall.now_ms(),
            was_offset_ms: state.offset_ms,
            state,
        }
    }

    /// Takes over what a committed transaction has settled.
    ///
    /// A stamp made since the copy was taken may lie ahead of where the copy starts again. Going back behind it would
    /// make the next writing of that field lose, so the order is kept and the next contact settles it.
    pub(crate) fn take_over(&self, settled: Settling) {
        let mut state = self.state();
        state.offset_ms = settled.state.offset_ms;
        if state.ticks == settled.state.ticks {
            state.hybrid = settled.state.hybrid;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clock on probation: what one transaction does to the clock, before it is committed.
pub(crate) struct Settling {
    now_wall_ms: u64,
    was_offset_ms: i64,
    state: State,
}

impl Settling {
    /// Stands at `offset_ms` from the wall from now on.
    pub fn set_offset(&mut self, offset_ms: i64) {
        self.state.offset_ms = offset_ms;
    }

    /// What is added to the wall's clock.
    pub fn offset_ms(&self) -> i64 {
        self.state.offset_ms
    }

    /// By how much the offset has changed.
    pub fn moved_by_ms(&self) -> i64 {
        self.state.offset_ms.saturating_sub(self.was_offset_ms)
    }

    /// Now, corrected.
    pub fn now_ms(&self) -> u64 {
        corrected(self.now_wall_ms, self.state.offset_ms)
    }

    /// Starts again after `last`.
    pub fn reset(&mut self, last: Option<Stamp>) {
        self.state.hybrid.reset(last);
    }

    /// The stamp for something that was stamped `old` before the offset moved: [shifted](Self::shifted) as the clock was,
    /// not beyond now, and after all stamps made since the last reset.
    pub fn restamp(&mut self, old: Stamp, since: Option<u64>) -> Stamp {
        let shifted = self.shifted(old.millis(), since).unwrap_or(old.millis());
        self.state.hybrid.tick(shifted.min(self.now_ms()))
    }

    /// The moment that was read from the clock before the offset moved, [shifted](Self::shifted) with it; `None` where it
    /// stays. One that a clock gave which was wrong in yet another way, and which is still to come, was now at the latest.
    pub fn moved(&self, said: &str, since: Option<u64>) -> Option<serde_json::Value> {
        let said = u64::try_from(parse_time(said)?.timestamp_millis()).ok()?;
        let now = self.now_ms();
        let is_to_come = said > now.saturating_add(SKEW_LIMIT_MS);
        let moved = self.shifted(said, since).or(is_to_come.then_some(now))?;
        let moved = i64::try_from(moved).ok()?;
        Some(time_value(DateTime::from_timestamp_millis(moved)?))
    }

    /// What the clock showed as `said`, in the time it has now.
    ///
    /// `None` where that cannot be: what waits was written after the last contact (`since`, the hub's time) and before
    /// now, so what would leave this span was read before the clock went wrong.
    fn shifted(&self, said: u64, since: Option<u64>) -> Option<u64> {
        let moved = corrected(said, self.moved_by_ms());
        let is_after = since.is_none_or(|since| moved >= since.saturating_sub(SKEW_LIMIT_MS));
        let is_before = moved <= self.now_ms().saturating_add(SKEW_LIMIT_MS);
        (moved != said && is_after && is_before).then_some(moved)
    }

    /// Takes note of a stamp from elsewhere.
    pub fn observe(&mut self, seen: Stamp) {
        let now = self.now_ms();
        self.state.hybrid.observe(seen, now);
    }
}

fn corrected(millis: u64, offset_ms: i64) -> u64 {
    millis.saturating_add_signed(offset_ms)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    struct Stopped(u64);

    impl Wall for Stopped {
        fn now_ms(&self) -> u64 {
            self.0
        }
    }

    fn clock(now: u64) -> DeviceClock {
        let device = DeviceId::from_uuid(Uuid::from_u128(7));
        DeviceClock::new(device, Arc::new(Stopped(now)), None, 0)
    }

    #[test]
    fn the_offset_is_taken_at_half_the_round_trip() {
        let offset = clock(1_000_000).measure(4_000_000, Duration::from_millis(200));
        assert_eq!(offset, 3_000_100);
    }

    #[test]
    fn what_the_network_adds_is_not_a_wrong_clock() {
        assert_eq!(
            clock(1_000_000).measure(1_000_400, Duration::from_secs(2)),
            0
        );
    }

    #[test]
    fn a_stamp_made_meanwhile_keeps_the_order() {
        let clock = clock(9_000_000);
        let mut settled = clock.settling();
        let meanwhile = clock.tick();
        settled.set_offset(-8_000_000);
        settled.reset(None);
        clock.take_over(settled);
        assert_eq!(clock.now_ms(), 1_000_000);
        assert!(clock.tick() > meanwhile);
    }

    #[test]
    fn what_was_stamped_by_a_slow_clock_keeps_its_distance_and_order() {
        let clock = clock(9_000_000);
        let (first, second) = (
            Stamp::new(8_000_000, 0, [1; 6]),
            Stamp::new(8_500_000, 0, [1; 6]),
        );
        let mut settled = clock.settling();
        settled.set_offset(3_600_000);
        settled.reset(None);
        assert_eq!(settled.restamp(first, None).millis(), 11_600_000);
        assert_eq!(settled.restamp(second, None).millis(), 12_100_000);
    }

    #[test]
    fn a_moment_moves_with_the_clock_unless_it_was_read_before_the_clock_went_wrong() {
        const HOUR: u64 = 3_600_000;
        let (now, contact) = (20 * HOUR, 10 * HOUR);
        for (offset, said, moved) in [
            (-3, 16, Some(13)),
            (-3, 11, None),
            (3, 9, Some(12)),
            (3, 19, None),
            // Written by a clock that ran ahead before it went three hours slow.
            (3, 22, Some(20)),
        ] {
            let mut settled = clock(now.saturating_add_signed(-offset * HOUR as i64)).settling();
            settled.set_offset(offset * HOUR as i64);
            let at = |hours: u64| {
                time_value(DateTime::from_timestamp_millis((hours * HOUR) as i64).unwrap())
            };
            assert_eq!(
                settled.moved(at(said).as_str().unwrap(), Some(contact)),
                moved.map(at),
                "{said} by {offset}"
            );
        }
        assert_eq!(clock(now).settling().moved("soon", None), None);
    }
}
