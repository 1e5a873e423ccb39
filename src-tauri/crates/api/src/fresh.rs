//! Where the ids of new records come from. A program brings its own source only to be able to do the same again.

use uuid::Uuid;

/// A source of ids that nobody else makes: each one new, and later ones sorting after earlier ones as far as clocks allow.
pub trait Fresh: Send + Sync {
    /// The next id.
    fn id(&self) -> Uuid;
}

/// The moment and chance: version 7.
#[derive(Debug, Clone, Copy, Default)]
pub struct OfTheMoment;

impl Fresh for OfTheMoment {
    fn id(&self) -> Uuid {
        Uuid::now_v7()
    }
}
