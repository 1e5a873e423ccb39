//! Files that a person takes away. The page makes them; here it is decided where they are kept, and told to the page once
//! they are. What is in them is not touched, and nothing else is ever downloaded.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tauri::webview::DownloadEvent;
use tauri::{Emitter as _, Manager as _, Webview};

/// The scheme of what a page makes itself.
pub(crate) const MADE_HERE: &str = "blob";
/// Told to the page when a file was kept, or could not be.
const KEPT: &str = "file_kept";
/// How many files of one name may lie side by side.
const SAME_NAME: usize = 1000;

/// How keeping a file ended.
#[derive(Debug, Clone, Serialize)]
struct FileKept {
    is_kept: bool,
    /// Where it lies, as far as the platform says.
    path: Option<String>,
}

/// Keeps a file that the page made, where this person's downloads go. Nothing that lies there is written over.
pub(crate) fn keep(webview: &Webview, event: DownloadEvent<'_>) -> bool {
    match event {
        DownloadEvent::Requested { url, destination } => {
            if url.scheme() != MADE_HERE {
                return false;
            }
            let paths = webview.path();
            let folder = paths.download_dir().or_else(|_| paths.home_dir());
            if let (Ok(folder), Some(name)) = (folder, destination.file_name()) {
                if let Err(error) = std::fs::create_dir_all(&folder) {
                    tracing::warn!(%error, "the folder for downloads is not there and cannot be made");
                }
                *destination = free_place(&folder, name);
            }
            true
        }
        DownloadEvent::Finished { path, success, .. } => {
            let kept = FileKept {
                is_kept: success,
                path: path.map(|path| path.display().to_string()),
            };
            if let Err(error) = webview.emit_to(webview.label(), KEPT, kept) {
                tracing::warn!(%error, "the window was not told that a file was kept");
            }
            true
        }
        _ => true,
    }
}

/// A place in the folder where nothing lies yet: the name itself, or with a number.
fn free_place(folder: &Path, name: &OsStr) -> PathBuf {
    let plain = folder.join(name);
    if !plain.exists() {
        return plain;
    }
    let stem = plain.file_stem().unwrap_or(name).to_string_lossy();
    let ending = plain
        .extension()
        .map(|ending| format!(".{}", ending.to_string_lossy()))
        .unwrap_or_default();
    (1..SAME_NAME)
        .map(|number| folder.join(format!("{stem} ({number}){ending}")))
        .find(|place| !place.exists())
        .unwrap_or(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_taken_twice_lies_there_twice() {
        let folder = tempfile::tempdir().unwrap();
        let name = OsStr::new("held-about-me.html");
        let first = free_place(folder.path(), name);
        assert_eq!(first, folder.path().join(name));
        std::fs::write(&first, "one").unwrap();
        let second = free_place(folder.path(), name);
        assert_eq!(second, folder.path().join("held-about-me (1).html"));
    }
}
