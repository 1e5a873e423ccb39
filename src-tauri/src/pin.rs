//! A PIN before a space: the key of its store, sealed so that only who knows the PIN opens it. Pure: no files, no clock.
//!
//! The key is random and stays as it is; only its wrapping changes with the PIN. Who takes the wrapping away can try PINs
//! at the pace of [`Cost`], so a PIN of six digits keeps out whoever holds the device, and a passphrase also whoever
//! takes it apart. How often someone may try in the app is in `tries.rs`.

use alongside_domain::PersonId;
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The key of a store.
pub(crate) type Key = Zeroizing<[u8; 32]>;

/// The fewest digits of a PIN.
pub(crate) const DIGITS: usize = 6;
/// The fewest characters of a passphrase.
pub(crate) const CHARACTERS: usize = 8;
/// The most characters of either.
const LONGEST: usize = 200;
/// The most memory a wrapping may ask for, in KiB, and its most passes: what is read from a file is not believed.
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 64;

/// What one guess costs whoever makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// About half a second on a tablet.
    pub const TABLET: Self = Self {
        memory_kib: 64 * 1024,
        passes: 4,
    };
    /// Less than this no product takes; it does not even compile.
    const FLOOR: () = assert!(Self::TABLET.memory_kib >= 64 * 1024 && Self::TABLET.passes >= 3);
}

/// A key that a PIN opens, as it is kept.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Wrapped {
    v: u8,
    memory_kib: u32,
    passes: u32,
    salt: String,
    nonce: String,
    sealed: String,
    /// After how many minutes in the back the space locks itself.
    pub(crate) after_minutes: u32,
}

/// The wrapping was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// The PIN is another one, or the wrapping is another's.
    WrongPin,
    /// The wrapping is not one that this version reads, or there was no memory to open it.
    Unreadable,
}

/// Why a PIN is too easily guessed, in words for the person; none when it will do.
pub(crate) fn weakness(pin: &str) -> Option<&'static str> {
    let count = pin.chars().count();
    if count > LONGEST {
        return Some("This is too long. Use at most 200 characters.");
    }
    let is_number = pin.chars().all(|letter| letter.is_ascii_digit());
    if is_number && count < DIGITS {
        return Some(
            "This PIN is too short. Use six digits or more, or a passphrase of eight characters or more.",
        );
    }
    if !is_number && count < CHARACTERS {
        return Some(
            "This passphrase is too short. Use eight characters or more, or a PIN of six digits or more.",
        );
    }
    if is_easy(pin) {
        return Some(
            "This is among the first that anyone would try. Choose digits that do not repeat or count up or down, or a few words of your own.",
        );
    }
    None
}

/// Whether it repeats itself, counts, or is a word that everyone knows.
fn is_easy(pin: &str) -> bool {
    const KNOWN: [&str; 8] = [
        "password",
        "passwort",
        "passphrase",
        "alongside",
        "qwertyui",
        "qwertyuiop",
        "letmein1",
        "iloveyou",
    ];
    let letters: Vec<char> = pin.to_lowercase().chars().collect();
    let text: String = letters.iter().collect();
    let repeats = (1..=letters.len() / 2).any(|length| {
        letters.len().is_multiple_of(length)
            && letters
                .iter()
                .zip(letters.iter().skip(length))
                .all(|(one, next)| one == next)
    });
    let step = |one: &char, next: &char| {
        let (one, next) = (one.to_digit(10)?, next.to_digit(10)?);
        Some((next + 10 - one) % 10)
    };
    let steps: Option<Vec<u32>> = letters
        .iter()
        .zip(letters.iter().skip(1))
        .map(|(one, next)| step(one, next))
        .collect();
    let counts = steps.is_some_and(|steps| {
        [1, 9]
            .iter()
            .any(|way| steps.iter().all(|step| step == way))
    });
    // 112233, 998877: pairs that count.
    let pairs: Vec<char> = letters.iter().step_by(2).copied().collect();
    let is_paired = letters.len().is_multiple_of(2)
        && letters
            .chunks(2)
            .all(|pair| matches!(pair, [one, next] if one == next))
        && pairs
            .iter()
            .zip(pairs.iter().skip(1))
            .filter_map(|(one, next)| step(one, next))
            .all(|step| step == 1 || step == 9);
    repeats || counts || is_paired || KNOWN.contains(&text.as_str())
}

/// What is sealed with the key without being hidden: whose it is, so that nobody's wrapping opens another's space, and
/// what may be read before it is opened.
fn sealed_with(person: PersonId, after_minutes: u32) -> String {
    format!("alongside pin 1\n{person}\n{after_minutes}")
}

fn stretched(pin: &str, salt: &[u8], cost: Cost) -> Result<Key, Closed> {
    const { Cost::FLOOR };
    let params = Params::new(cost.memory_kib, cost.passes, 1, Some(32));
    let params = params.map_err(|_| Closed::Unreadable)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(pin.as_bytes(), salt, key.as_mut())
        .map_err(|_| Closed::Unreadable)?;
    Ok(key)
}

/// Seals `key` behind `pin`.
pub(crate) fn wrap(
    key: &Key,
    pin: &str,
    person: PersonId,
    after_minutes: u32,
    cost: Cost,
) -> Result<Wrapped, Closed> {
    let salt: [u8; 16] = rand::random();
    let nonce: [u8; 24] = rand::random();
    let stretched = stretched(pin, &salt, cost)?;
    let cipher = XChaCha20Poly1305::new((&*stretched).into());
    let aad = sealed_with(person, after_minutes);
    let payload = Payload {
        msg: key.as_ref(),
        aad: aad.as_bytes(),
    };
    let sealed = cipher
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| Closed::Unreadable)?;
    Ok(Wrapped {
        v: 1,
        memory_kib: cost.memory_kib,
        passes: cost.passes,
        salt: BASE64.encode(salt),
        nonce: BASE64.encode(nonce),
        sealed: BASE64.encode(sealed),
        after_minutes,
    })
}

impl Wrapped {
    /// Opens the wrapping with `pin`. Takes as long for a wrong one as for the right one.
    pub(crate) fn unwrap(&self, pin: &str, person: PersonId) -> Result<Key, Closed> {
        if self.v != 1 || self.memory_kib > MOST_MEMORY_KIB || self.passes > MOST_PASSES {
            return Err(Closed::Unreadable);
        }
        let bytes = |text: &str| BASE64.decode(text).map_err(|_| Closed::Unreadable);
        let (salt, sealed) = (bytes(&self.salt)?, bytes(&self.sealed)?);
        let nonce: [u8; 24] = bytes(&self.nonce)?
            .try_into()
            .map_err(|_| Closed::Unreadable)?;
        let cost = Cost {
            memory_kib: self.memory_kib,
            passes: self.passes,
        };
        let stretched = stretched(pin, &salt, cost)?;
        let cipher = XChaCha20Poly1305::new((&*stretched).into());
        let aad = sealed_with(person, self.after_minutes);
        let payload = Payload {
            msg: &sealed,
            aad: aad.as_bytes(),
        };
        let opened = cipher
            .decrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Closed::WrongPin)?;
        let opened = Zeroizing::new(opened);
        let mut key = Zeroizing::new([0; 32]);
        if opened.len() != key.len() {
            return Err(Closed::Unreadable);
        }
        key.copy_from_slice(&opened);
        Ok(key)
    }

    /// As it is kept.
    pub(crate) fn text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Reads what [`text`](Self::text) wrote; none when it is not that.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const SMALL: Cost = Cost {
        memory_kib: 8,
        passes: 1,
    };

    fn person(n: u128) -> PersonId {
        PersonId::from_uuid(Uuid::from_u128(n))
    }

    fn wrapped() -> (Key, Wrapped) {
        let key = Zeroizing::new([7; 32]);
        let wrapped = wrap(&key, "274905", person(1), 5, SMALL).unwrap();
        (key, wrapped)
    }

    #[test]
    fn only_the_same_pin_of_the_same_person_opens_it() {
        let (key, wrapped) = wrapped();
        let again = Wrapped::read(wrapped.text().unwrap().as_bytes()).unwrap();
        assert_eq!(again.unwrap("274905", person(1)).unwrap(), key);
        for (pin, whose) in [("274906", 1), ("", 1), ("2749050", 1), ("274905", 2)] {
            assert_eq!(
                again.unwrap(pin, person(whose)).err(),
                Some(Closed::WrongPin)
            );
        }
    }

    #[test]
    fn what_was_changed_in_a_wrapping_does_not_open() {
        let (_, wrapped) = wrapped();
        let longer = Wrapped {
            after_minutes: 600,
            ..wrapped.clone()
        };
        assert!(longer.unwrap("274905", person(1)).is_err());
        let costly = Wrapped {
            memory_kib: u32::MAX,
            ..wrapped.clone()
        };
        assert_eq!(
            costly.unwrap("274905", person(1)).err(),
            Some(Closed::Unreadable)
        );
        for spoilt in ["", "{}", "null", "{\"v\":1}"] {
            assert!(Wrapped::read(spoilt.as_bytes()).is_none());
        }
    }

    #[test]
    fn neither_the_key_nor_the_pin_is_in_what_is_kept() {
        let (key, wrapped) = wrapped();
        let text = wrapped.text().unwrap();
        assert!(!text.contains("274905") && !text.contains(&BASE64.encode(&key[..])));
        let other = wrap(&key, "274905", person(1), 5, SMALL).unwrap();
        assert_ne!(text, other.text().unwrap(), "no two are the same");
    }

    #[test]
    fn what_anyone_would_try_first_is_refused_with_a_sentence() {
        for pin in [
            "", "1", "12345", "111111", "123456", "654321", "012345", "890123", "121212", "123123",
            "112233", "998877", "0000000", "short", "password", "aaaaaaaa", "abababab",
        ] {
            let said = weakness(pin).unwrap_or_else(|| panic!("{pin} was taken"));
            assert!(said.ends_with('.'), "{said}");
        }
        for pin in ["274905", "19731122", "wet stone wall", "aB3$xyz9"] {
            assert_eq!(weakness(pin), None, "{pin}");
        }
    }
}
