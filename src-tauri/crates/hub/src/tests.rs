//! The edge of the hub over a real socket and a real file: what is refused, with which status, code and sentence.
//! Whole stories between devices are in the workspace's `tests/`.

mod doors;
mod finding;
mod following;
mod house;
mod limits;
mod limits_told;
mod lost;
mod often;
mod operating;
mod screens;
mod slow;
mod tls;
mod words;
