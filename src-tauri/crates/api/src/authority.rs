//! Who may read and write what: the one place where it is decided, for commands and for every field of a sync alike.
//!
//! [`readers()`] says who reads a record in its present state; feeds are made from it and every reading command asks it.
//! [`Judge`] says whether a person may write a field. The table they keep is "Who may do what" of the domain; the rules
//! they call on (shapes, lives, limits) are in `domain`.

mod judge;
mod readers;

pub(crate) use judge::{Judge, Verdict, Way, is_identity};
pub(crate) use readers::{may_read, rates, readers, reads_self_evaluations};
