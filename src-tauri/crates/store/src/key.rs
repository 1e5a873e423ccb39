//! What a store is locked with, or that it is not.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// The key of a store: 256 random bits, or none. Nothing of it is shown by `{:?}`, and its bytes are overwritten when it
/// is dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub enum StoreKey {
    /// Not locked: the file can be read by whoever has it. For a school's own server.
    Plain,
    /// Locked with this key: every page of the file and of the log beside it is encrypted and signed.
    Raw([u8; 32]),
}

impl StoreKey {
    /// Whether there is a key.
    pub fn is_sealed(&self) -> bool {
        matches!(self, Self::Raw(_))
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "StoreKey(none)",
            Self::Raw(_) => "StoreKey(hidden)",
        })
    }
}
