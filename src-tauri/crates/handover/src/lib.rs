//! Hands one file to whatever the person chooses: the share sheet of Android and iOS, where printing is too.
//!
//! The Rust half is here, the native halves are in `android/` (an `ACTION_SEND` with an address that only the chosen app
//! may read) and `ios/` (a `UIActivityViewController`). There is no command for the page, and nothing for desktops: there
//! a file is saved to a place that is chosen. Where the file lies, what is in it and when it goes again is decided by the
//! one who hands it over.
//!
//! On Android the file must lie in the folder `shared` of the app's cache: the app's own `file_paths.xml` opens that
//! folder and no other.

#[cfg(mobile)]
mod mobile;

#[cfg(mobile)]
pub use mobile::{HandOver, init};
