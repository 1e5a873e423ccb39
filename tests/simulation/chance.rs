//! The only chance there is in a run: a row of numbers that follows from the seed, the same on every machine.

use std::sync::Mutex;

use alongside_api::Fresh;
use uuid::Uuid;

/// A row of numbers (SplitMix64).
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// The row that follows from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D_4C95_7F2D)
    }

    /// A row of its own, so that what one part asks for does not move what another gets.
    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 to just below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// A number from `from` to just below `to`.
    pub fn within(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to - from)
    }

    /// True this many times in a thousand.
    pub fn per_mille(&mut self, times: u64) -> bool {
        self.below(1000) < times
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.below(among.len() as u64) as usize]
    }

    /// One of these, the first of each pair saying how often.
    pub fn weighed<T: Copy>(&mut self, among: &[(u64, T)]) -> T {
        let mut left = self.below(among.iter().map(|(weight, _)| weight).sum());
        for (weight, what) in among {
            if left < *weight {
                return *what;
            }
            left -= weight;
        }
        unreachable!("the weights were summed")
    }

    /// An id that looks as though it was made at some moment.
    pub fn uuid(&mut self) -> Uuid {
        let bits = (u128::from(self.next()) << 64) | u128::from(self.next());
        let mut bytes = bits.to_be_bytes();
        bytes[..3].copy_from_slice(&[0x01, 0x93, 0x00]);
        bytes[6] = 0x70 | (bytes[6] & 0x0f);
        bytes[8] = 0x80 | (bytes[8] & 0x3f);
        Uuid::from_bytes(bytes)
    }
}

/// The ids of new records.
#[derive(Debug)]
pub struct Ids(Mutex<Chance>);

impl Ids {
    /// Ids from this row.
    pub fn new(chance: Chance) -> Self {
        Self(Mutex::new(chance))
    }
}

impl Fresh for Ids {
    fn id(&self) -> Uuid {
        self.0.lock().unwrap().uuid()
    }
}
