//! The one-time code at a leader's door: 128 bits that are scanned, or typed in groups of four.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::crockford;

/// Symbols that carry the code.
const CARRYING: usize = 26;
/// Symbols in all; the last two are the check.
const SYMBOLS: usize = 28;
/// Symbols in a group.
const GROUP: usize = 4;

/// A one-time code of 128 bits. It is a secret: `Debug` shows none of it, and nothing logs it.
///
/// Typed, it is seven groups of four in Crockford's base32. The last two symbols are a check over all of them (a
/// Reed-Solomon code of distance three over 32 symbols), so that any one or two wrong symbols, two that changed places
/// among them, are noticed before anything is sent.
#[derive(Clone, Copy)]
pub struct DoorCode([u8; 16]);

/// Why a typed code is none; a sentence for the one who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DoorCodeError {
    /// Too short or too long.
    #[error("The code has seven groups of four; this has {0} letters and digits. Type all of it.")]
    Length(usize),
    /// A letter that no code has.
    #[error("“{0}” does not occur in a code. Look at it again.")]
    Symbol(char),
    /// It is mistyped; where, if it is a single symbol.
    #[error("The code is mistyped{}. Nothing was sent; look at it again.", place(*.0))]
    Mistyped(Option<usize>),
}

fn place(group: Option<usize>) -> String {
    group.map_or_else(String::new, |group| {
        format!(", most likely in group {group}")
    })
}

impl DoorCode {
    /// The code of these bits, which are to be random.
    pub const fn new(bits: [u8; 16]) -> Self {
        Self(bits)
    }

    /// A new one.
    pub fn random() -> Self {
        Self(rand::random())
    }

    /// Its bits.
    pub const fn bits(&self) -> &[u8; 16] {
        &self.0
    }

    /// Seven groups of four, to be shown and typed.
    pub fn groups(&self) -> Vec<String> {
        let mut values = crockford::values(&self.0);
        let sum = values.iter().fold(0, |sum, value| sum ^ value);
        // Both checks are linear, so one of 32 pairs that settle the first settles the second too.
        let pair = (0..32).map(|last| [sum ^ last, last]).find(|pair| {
            let all: Vec<u8> = values.iter().chain(pair).copied().collect();
            syndromes(&all) == (0, 0)
        });
        values.extend(pair.unwrap_or_default());
        values
            .chunks(GROUP)
            .map(|group| group.iter().copied().map(crockford::symbol).collect())
            .collect()
    }
}

/// Takes the same time for every code that differs.
impl PartialEq for DoorCode {
    fn eq(&self, other: &Self) -> bool {
        let pairs = self.0.iter().zip(&other.0);
        pairs.fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }
}

impl Eq for DoorCode {}

impl fmt::Debug for DoorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DoorCode(…)")
    }
}

impl FromStr for DoorCode {
    type Err = DoorCodeError;

    /// Reads a code as people type it: in either case, with or without spaces and hyphens, O for 0, I and L for 1.
    fn from_str(text: &str) -> Result<Self, DoorCodeError> {
        let is_between =
            |c: char| c.is_whitespace() || matches!(c, '-' | '‐' | '–' | '—' | '.' | '·');
        let mut values = Vec::with_capacity(SYMBOLS);
        let mut count = 0;
        for symbol in text.chars().filter(|&c| !is_between(c)) {
            let value = crockford::value(symbol).ok_or(DoorCodeError::Symbol(symbol))?;
            count += 1;
            // What is far too long is counted, not kept.
            if count <= SYMBOLS {
                values.push(value);
            }
        }
        if count != SYMBOLS {
            return Err(DoorCodeError::Length(count));
        }
        let (sum, weighted) = syndromes(&values);
        if (sum, weighted) != (0, 0) {
            let at = (0..SYMBOLS).find(|&at| sum != 0 && times(sum, power(at)) == weighted);
            return Err(DoorCodeError::Mistyped(at.map(|at| at / GROUP + 1)));
        }
        values.truncate(CARRYING);
        crockford::bytes(values)
            .and_then(|bytes| <[u8; 16]>::try_from(bytes).ok())
            .map(Self)
            .ok_or(DoorCodeError::Mistyped(None))
    }
}

impl Serialize for DoorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.groups().join("-"))
    }
}

impl<'de> Deserialize<'de> for DoorCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What must both be zero: the sum of all symbols, and the sum of each times two to the power of its place.
fn syndromes(values: &[u8]) -> (u8, u8) {
    let places = values.iter().enumerate();
    places.fold((0, 0), |(sum, weighted), (at, &value)| {
        (sum ^ value, weighted ^ times(value, power(at)))
    })
}

/// Two to the power of `exponent` in the field of 32 elements; all different below 31.
fn power(exponent: usize) -> u8 {
    (0..exponent).fold(1, |value, _| times(value, 2))
}

/// The product in the field of 32 elements over x⁵ + x² + 1.
fn times(a: u8, b: u8) -> u8 {
    let product = (0..5)
        .filter(|bit| b >> bit & 1 == 1)
        .fold(0_u16, |sum, bit| sum ^ u16::from(a) << bit);
    let reduced = (5..9).rev().fold(product, |value, bit| {
        if value >> bit & 1 == 1 {
            value ^ 0b10_0101 << (bit - 5)
        } else {
            value
        }
    });
    reduced as u8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(code: &DoorCode) -> String {
        code.groups().join(" ")
    }

    #[test]
    fn a_code_is_seven_groups_of_four() {
        let groups = DoorCode::new([7; 16]).groups();
        assert_eq!(groups.len(), 7);
        assert!(groups.iter().all(|group| group.len() == 4));
    }

    #[test]
    fn what_is_wrong_is_said_and_nothing_of_the_code_is_shown() {
        let code = DoorCode::new([0xa5; 16]);
        assert_eq!(format!("{code:?}"), "DoorCode(…)");
        let short = typed(&code);
        let short = short.get(..short.len() - 1).unwrap();
        assert_eq!(short.parse::<DoorCode>(), Err(DoorCodeError::Length(27)));
        assert_eq!("UUUU".parse::<DoorCode>(), Err(DoorCodeError::Symbol('U')));
    }

    #[test]
    fn every_single_wrong_symbol_is_noticed_and_its_group_named() {
        for seed in 0..8_u8 {
            let bits = std::array::from_fn(|at| {
                seed.wrapping_mul(37)
                    .wrapping_add((at as u8).wrapping_mul(29))
            });
            let symbols: Vec<char> = DoorCode::new(bits).groups().concat().chars().collect();
            for at in 0..SYMBOLS {
                for wrong in (0..32).map(crockford::symbol) {
                    if wrong == symbols[at] {
                        continue;
                    }
                    let mut symbols = symbols.clone();
                    symbols[at] = wrong;
                    let read = symbols.iter().collect::<String>().parse::<DoorCode>();
                    assert_eq!(read, Err(DoorCodeError::Mistyped(Some(at / GROUP + 1))));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_code_comes_back_however_it_is_typed(bits: [u8; 16], lower: bool, gap in "[ -]{0,2}") {
            let code = DoorCode::new(bits);
            let text = code.groups().join(&gap);
            let text = if lower { text.to_lowercase() } else { text };
            prop_assert_eq!(text.parse(), Ok(code));
            let alike = text.replace('0', "o").replace('1', "l");
            prop_assert_eq!(alike.parse(), Ok(code));
        }

        #[test]
        fn two_wrong_symbols_are_noticed(bits: [u8; 16], a in 0..SYMBOLS, b in 0..SYMBOLS, to: [u8; 2]) {
            let code = DoorCode::new(bits);
            let mut symbols: Vec<char> = code.groups().concat().chars().collect();
            symbols[a] = crockford::symbol(to[0]);
            symbols[b] = crockford::symbol(to[1]);
            let text: String = symbols.into_iter().collect();
            if text != code.groups().concat() {
                prop_assert!(text.parse::<DoorCode>().is_err());
            }
        }

        #[test]
        fn two_symbols_that_changed_places_are_noticed(bits: [u8; 16], a in 0..SYMBOLS, b in 0..SYMBOLS) {
            let code = DoorCode::new(bits);
            let mut symbols: Vec<char> = code.groups().concat().chars().collect();
            symbols.swap(a, b);
            let text: String = symbols.into_iter().collect();
            if text != code.groups().concat() {
                prop_assert!(text.parse::<DoorCode>().is_err());
            }
        }

        #[test]
        fn no_text_makes_it_fall_over(text: String) {
            let _ = text.parse::<DoorCode>();
        }
    }
}
