//! Hybrid logical time: stamps that order what was written, whatever the clocks of the tablets say.
//!
//! A stamp orders writings; it is never shown to people and nothing that matters to them (the 48 hours, notice) is
//! counted on it: those run on the hub's time.

use std::fmt;
use std::str::FromStr;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::DeviceId;

/// How far ahead of the hub's time a stamp may lie before the hub asks the device to stamp again, in milliseconds.
pub const AHEAD_LIMIT_MS: u64 = 5 * 60 * 1000;

/// The greatest millisecond a stamp's 13 digits can hold.
const LAST_MILLIS: u64 = 9_999_999_999_999;

/// How many characters a stamp's text has.
const TEXT_LENGTH: usize = 13 + 1 + 4 + 1 + 12;

/// When a field was last written: `<milliseconds since 1970, 13 digits>-<counter, 4 hex digits>-<device, 12 hex digits>`.
///
/// Stamps sort the same as values and as text. Two devices never make the same stamp, since each ends with the last
/// digits of its device's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    millis: u64,
    counter: u16,
    device: [u8; 6],
}

impl Stamp {
    /// A stamp from its parts; milliseconds beyond 13 digits are held at the greatest.
    pub fn new(millis: u64, counter: u16, device: [u8; 6]) -> Self {
        Self {
            millis: millis.min(LAST_MILLIS),
            counter,
            device,
        }
    }

    /// Milliseconds since 1970, on the writing device's corrected clock.
    pub fn millis(self) -> u64 {
        self.millis
    }

    /// The count within one millisecond.
    pub fn counter(self) -> u16 {
        self.counter
    }

    /// The last 12 hexadecimal digits of the writing device's id.
    pub fn device(self) -> [u8; 6] {
        self.device
    }

    /// Whether this stamp lies further ahead of `now_ms` (the hub's time) than a true clock could.
    pub fn is_ahead_of(self, now_ms: u64) -> bool {
        self.millis > now_ms.saturating_add(AHEAD_LIMIT_MS)
    }
}

impl Stamp {
    /// Its text, made by hand: a sync writes some for every field, and the formatter takes ten times as long.
    fn text(self) -> [u8; TEXT_LENGTH] {
        let digit = |n: u64| {
            b"0123456789abcdef"
                .get((n & 0xf) as usize)
                .copied()
                .unwrap_or(b'0')
        };
        let mut text = [b'-'; TEXT_LENGTH];
        let mut millis = self.millis;
        for place in text.iter_mut().take(13).rev() {
            *place = digit(millis % 10);
            millis /= 10;
        }
        let mut counter = u64::from(self.counter);
        for place in text.iter_mut().take(18).skip(14).rev() {
            *place = digit(counter);
            counter >>= 4;
        }
        let mut device = self
            .device
            .iter()
            .fold(0, |n, byte| n << 8 | u64::from(*byte));
        for place in text.iter_mut().skip(19).rev() {
            *place = digit(device);
            device >>= 4;
        }
        text
    }

    /// Appends its text.
    pub fn push_to(self, out: &mut String) {
        out.push_str(std::str::from_utf8(&self.text()).unwrap_or_default());
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

/// The text is not a stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stamp is 13 digits, a dash, 4 hexadecimal digits, a dash and 12 hexadecimal digits")]
pub struct NotAStamp;

impl FromStr for Stamp {
    type Err = NotAStamp;

    fn from_str(text: &str) -> Result<Self, NotAStamp> {
        let number = |digits: &[u8], base: u64| {
            digits.iter().try_fold(0, |n: u64, digit| {
                let value = match digit {
                    b'0'..=b'9' => digit - b'0',
                    b'a'..=b'f' => digit - b'a' + 10,
                    _ => return Err(NotAStamp),
                };
                let value = u64::from(value);
                if value < base {
                    Ok(n * base + value)
                } else {
                    Err(NotAStamp)
                }
            })
        };
        let (millis, rest) = text.as_bytes().split_first_chunk::<13>().ok_or(NotAStamp)?;
        let ([b'-', counter @ ..], rest) = rest.split_first_chunk::<5>().ok_or(NotAStamp)? else {
            return Err(NotAStamp);
        };
        let [b'-', device @ ..] = <&[u8; 13]>::try_from(rest).map_err(|_| NotAStamp)? else {
            return Err(NotAStamp);
        };
        let [_, _, device @ ..] = number(device, 16)?.to_be_bytes();
        Ok(Self {
            millis: number(millis, 10)?,
            counter: u16::try_from(number(counter, 16)?).map_err(|_| NotAStamp)?,
            device,
        })
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Stamp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a stamp")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Stamp, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// Makes stamps that never go back, even when the clock of the device does.
#[derive(Debug, Clone)]
pub struct HybridClock {
    device: [u8; 6],
    last: (u64, u16),
}

impl HybridClock {
    /// A clock for `device` that goes on after `last`, the greatest stamp the device has kept, if any.
    pub fn new(device: DeviceId, last: Option<Stamp>) -> Self {
        Self {
            device: device.tail(),
            last: last.map_or((0, 0), |stamp| (stamp.millis, stamp.counter)),
        }
    }

    /// The next stamp, at `now_ms` on the corrected clock, or just after the last one where that is later.
    pub fn tick(&mut self, now_ms: u64) -> Stamp {
        self.last = match self.last {
            (millis, _) if now_ms > millis => (now_ms, 0),
            (millis, u16::MAX) => (millis + 1, 0),
            (millis, counter) => (millis, counter + 1),
        };
        Stamp::new(self.last.0, self.last.1, self.device)
    }

    /// Takes note of a stamp from elsewhere, so that what is written next sorts after what has been seen.
    ///
    /// A stamp too far ahead of `now_ms` is left out: one broken clock must not drag all others along.
    pub fn observe(&mut self, seen: Stamp, now_ms: u64) {
        if !seen.is_ahead_of(now_ms) {
            self.last = self.last.max((seen.millis, seen.counter));
        }
    }

    /// Starts again at `now_ms`, after the offset to the hub became known and what was unsent is stamped anew.
    pub fn reset(&mut self, last: Option<Stamp>) {
        self.last = last.map_or((0, 0), |stamp| (stamp.millis, stamp.counter));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn device(n: u128) -> DeviceId {
        DeviceId::from_uuid(Uuid::from_u128(n))
    }

    proptest! {
        #[test]
        fn stamps_sort_as_text_as_they_sort_as_values(
            a in (0..=LAST_MILLIS, any::<u16>(), any::<[u8; 6]>()),
            b in (0..=LAST_MILLIS, any::<u16>(), any::<[u8; 6]>()),
        ) {
            let (a, b) = (Stamp::new(a.0, a.1, a.2), Stamp::new(b.0, b.1, b.2));
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
            prop_assert_eq!(a.to_string().parse(), Ok(a));
        }

        #[test]
        fn a_clock_never_goes_back(times in prop::collection::vec(0u64..5_000, 1..200)) {
            let mut clock = HybridClock::new(device(7), None);
            let stamps: Vec<_> = times.iter().map(|&now| clock.tick(now)).collect();
            prop_assert!(stamps.windows(2).all(|pair| pair[0] < pair[1]));
        }

        #[test]
        fn any_text_is_a_stamp_or_refused(text in ".{0,40}") {
            if let Ok(stamp) = text.parse::<Stamp>() {
                prop_assert_eq!(stamp.to_string(), text);
            }
        }
    }

    #[test]
    fn a_full_counter_borrows_the_next_millisecond() {
        let mut clock = HybridClock::new(device(7), Some(Stamp::new(50, u16::MAX, [0; 6])));
        assert_eq!(clock.tick(50), Stamp::new(51, 0, device(7).tail()));
    }

    #[test]
    fn a_stamp_far_ahead_does_not_drag_the_clock_along() {
        let mut clock = HybridClock::new(device(7), None);
        clock.observe(Stamp::new(9_000_000, 0, [1; 6]), 1_000);
        assert_eq!(clock.tick(1_000).millis(), 1_000);
    }
}
