//! Small numbers in few bytes: writing them, and reading them back from bytes that may be broken.

use crate::{Result, StoreError};

/// Appends a number: seven bits a byte, the low ones first.
pub(super) fn push_number(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push((n as u8) | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Folds a signed number so that small ones of either sign stay small.
pub(super) fn fold(n: i64) -> u64 {
    ((n << 1) ^ (n >> 63)) as u64
}

/// Undoes [`fold`].
pub(super) fn unfold(n: u64) -> i64 {
    ((n >> 1) as i64) ^ -((n & 1) as i64)
}

/// A sum over bytes that changes when any of them does (FNV-1a, 32 bits): against rot, not against forgers.
pub(super) fn check_sum(bytes: &[u8]) -> [u8; 4] {
    let mut sum = 0x811c_9dc5_u32;
    for &byte in bytes {
        sum = (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    sum.to_le_bytes()
}

/// Reads from the front of some bytes.
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    /// The next `len` bytes.
    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or_else(short)?;
        self.0 = rest;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk().ok_or_else(short)?;
        self.0 = rest;
        Ok(*taken)
    }

    /// The next byte.
    pub(super) fn byte(&mut self) -> Result<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// The next number.
    pub(super) fn number(&mut self) -> Result<u64> {
        let mut n = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            n |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(n);
            }
        }
        Err(StoreError::damaged("a number that does not end"))
    }

    /// The next number, as a length or count.
    pub(super) fn len(&mut self) -> Result<usize> {
        usize::try_from(self.number()?).map_err(|_| short())
    }

    /// The next number, as the number of a word.
    pub(super) fn word(&mut self) -> Result<u32> {
        u32::try_from(self.number()?).map_err(|_| StoreError::damaged("no such word"))
    }
}

fn short() -> StoreError {
    StoreError::damaged("a packed row ends too early")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_number_reads_back(n: u64, m: i64) {
            let mut out = Vec::new();
            push_number(&mut out, n);
            push_number(&mut out, fold(m));
            let mut bytes = Bytes(&out);
            prop_assert_eq!(bytes.number().unwrap(), n);
            prop_assert_eq!(unfold(bytes.number().unwrap()), m);
            prop_assert!(bytes.0.is_empty());
        }
    }

    #[test]
    fn bytes_that_end_too_early_are_damage() {
        assert!(Bytes(&[0x80]).number().unwrap_err().is_damaged());
        assert!(Bytes(&[1, 2]).array::<3>().unwrap_err().is_damaged());
        assert!(Bytes(&[0xff; 12]).number().unwrap_err().is_damaged());
    }
}
