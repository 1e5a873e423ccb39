//! Everything that somebody who wants in may try, through the public doors of a running hub.
//!
//! `table` and `matrix` try every role on every field of every kind in every state; `asked` every
//! command with everybody else's ids.

mod asked;
mod doors;
mod marker;
mod markup;
mod matrix;
mod replay;
mod role;
mod security;
mod stage;
mod table;
mod value;
