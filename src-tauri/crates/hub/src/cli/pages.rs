//! The screens that were built into this program; `build.rs` lists them.

/// Every file of the built ui, by its path below the ui's root.
pub(super) const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));
