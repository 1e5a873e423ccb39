//! Files that a person takes away: where they go from the app. What is in them is not touched, and nothing else ever
//! leaves by this way.
//!
//! A command that makes a file answers the whole of it (`alongside_api::file`). In a browser the page downloads that. In
//! the window the page asks through a command of its own, `take`, which asks the same command at the same desk, and the
//! file never reaches the page: on a desktop a dialogue asks where it is to lie, it is written there and read back; on a
//! tablet or a phone it goes to the share sheet, where saving, printing and sending are. The page hears only how that
//! ended. `--files-dir` names a folder where files go without asking: for a shared computer, and for trying things out.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use alongside_api::file::{FileTaken, FileView};
use alongside_api::{ApiError, Code};
use serde_json::Value;
use tauri::{AppHandle, Manager as _};

use crate::App;
use crate::session::blocking;

/// How many files of one name may lie side by side.
const SAME_NAME: usize = 1000;
/// The folder of the cache in which a file lies while another app reads it. Android's `file_paths.xml` opens this one.
const SHARED: &str = "shared";

/// Where files go that are taken away.
#[derive(Debug, Clone, Default)]
pub(crate) enum Keeping {
    /// To a place that the person chooses each time.
    #[default]
    Chosen,
    /// Into this folder.
    In(PathBuf),
}

/// Asks a command that makes a file, keeps the file or hands it over, and answers the rest with how it ended: `taken`.
///
/// Errors are the command's own, or say why the file could not be kept.
pub(crate) async fn take(
    handle: &AppHandle,
    app: &App,
    keeping: Keeping,
    name: &str,
    request: Value,
) -> Result<Value, ApiError> {
    let mut answer = app.call(name, request).await?;
    let file = FileView::take_from(&mut answer)?;
    let handle = handle.clone();
    let taken = blocking(move || hand_over(&handle, &keeping, &file)).await?;
    let taken = serde_json::to_value(taken).map_err(|error| {
        tracing::error!(%error, "an answer could not be written as JSON");
        not_kept()
    })?;
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("taken".to_owned(), taken);
    }
    Ok(answer)
}

/// Hands over a file the way this device does. Waits for the person, so not for the main thread.
fn hand_over(
    handle: &AppHandle,
    keeping: &Keeping,
    file: &FileView,
) -> Result<FileTaken, ApiError> {
    let bytes = file.bytes()?;
    let name = plain_name(&file.name);
    let place = match keeping {
        Keeping::In(folder) => Some(free_place(folder, &name)),
        Keeping::Chosen if cfg!(mobile) => {
            return share(handle, &name, &file.media_type, &bytes);
        }
        Keeping::Chosen => ask_for_place(handle, &name),
    };
    match place {
        Some(place) => kept(&place, &bytes),
        None => Ok(FileTaken::Left),
    }
}

/// Writes a file, reads it back, and only then says that it lies there.
fn kept(place: &Path, bytes: &[u8]) -> Result<FileTaken, ApiError> {
    match written(place, bytes) {
        Ok(()) => Ok(FileTaken::Kept {
            place: place.display().to_string(),
        }),
        Err(error) => {
            tracing::warn!(%error, "a file that was taken away could not be kept");
            Err(not_kept())
        }
    }
}

/// Puts the file in its place in one step, so that a half of it never stands under its name.
fn written(place: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = place.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut beside = place.file_name().unwrap_or_default().to_owned();
    beside.push(".part");
    let beside = folder.join(beside);
    let put = || {
        fs::write(&beside, bytes)?;
        fs::File::open(&beside)?.sync_all()?;
        if fs::read(&beside)? != bytes {
            return Err(io::Error::other("what was read back was something else"));
        }
        fs::rename(&beside, place)
    };
    put().inspect_err(|_| drop(fs::remove_file(&beside)))
}

fn not_kept() -> ApiError {
    ApiError::new(
        Code::NotSaved,
        "The file could not be kept there. See whether there is room and whether you may write to that place, then try again.",
    )
}

/// The name alone, whatever stands before it: a file goes to one place and nowhere else.
fn plain_name(name: &str) -> String {
    let plain = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    if plain.is_empty() || plain.chars().all(|one| one == '.') {
        "alongside".to_owned()
    } else {
        plain.to_owned()
    }
}

/// Asks where the file is to lie; `None` when the person leaves that.
#[cfg(desktop)]
fn ask_for_place(handle: &AppHandle, name: &str) -> Option<PathBuf> {
    use tauri_plugin_dialog::DialogExt as _;
    let mut dialogue = handle
        .dialog()
        .file()
        .set_title("Keep the file")
        .set_file_name(name);
    let paths = handle.path();
    if let Ok(folder) = paths.download_dir().or_else(|_| paths.document_dir()) {
        dialogue = dialogue.set_directory(folder);
    }
    if let Some(window) = handle.get_webview_window(crate::window::MAIN) {
        dialogue = dialogue.set_parent(&window);
    }
    dialogue
        .blocking_save_file()
        .and_then(|place| place.into_path().ok())
}

/// A tablet has no dialogue for this: it shares.
#[cfg(mobile)]
fn ask_for_place(_: &AppHandle, _: &str) -> Option<PathBuf> {
    None
}

/// Opens the share sheet over the file. It lies in the cache until the next one, or until the app starts again.
#[cfg(mobile)]
fn share(
    handle: &AppHandle,
    name: &str,
    media_type: &str,
    bytes: &[u8],
) -> Result<FileTaken, ApiError> {
    let Some(folder) = shared_folder(handle) else {
        return Err(not_kept());
    };
    forget_shared(handle);
    let place = folder.join(name);
    kept(&place, bytes)?;
    let sheet = handle.state::<alongside_handover::HandOver<tauri::Wry>>();
    match sheet.file(&place, media_type, name) {
        Ok(()) => Ok(FileTaken::Shared),
        Err(error) => {
            tracing::warn!(%error, "a file could not be handed over");
            Err(not_kept())
        }
    }
}

/// A desktop has no share sheet that could be relied on: it asks for a place.
#[cfg(desktop)]
fn share(_: &AppHandle, _: &str, _: &str, _: &[u8]) -> Result<FileTaken, ApiError> {
    Err(not_kept())
}

fn shared_folder(handle: &AppHandle) -> Option<PathBuf> {
    Some(handle.path().app_cache_dir().ok()?.join(SHARED))
}

/// Removes what was handed over before.
pub(crate) fn forget_shared(handle: &AppHandle) {
    if let Some(folder) = shared_folder(handle).filter(|folder| folder.exists())
        && let Err(error) = fs::remove_dir_all(&folder)
    {
        tracing::warn!(%error, "what was handed over before still lies in the cache");
    }
}

/// A place in the folder where nothing lies yet: the name itself, or with a number.
fn free_place(folder: &Path, name: &str) -> PathBuf {
    let plain = folder.join(name);
    if !plain.exists() {
        return plain;
    }
    let stem = plain
        .file_stem()
        .unwrap_or(OsStr::new(name))
        .to_string_lossy();
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
        let name = "held-about-me.html";
        let first = free_place(folder.path(), name);
        assert_eq!(first, folder.path().join(name));
        kept(&first, b"one").unwrap();
        let second = free_place(folder.path(), name);
        assert_eq!(second, folder.path().join("held-about-me (1).html"));
    }

    #[test]
    fn a_file_is_all_there_before_it_is_said_and_nothing_lies_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("walks").join("a.pdf");
        let taken = kept(&place, &[0, 255, 10]).unwrap();
        assert_eq!(
            taken,
            FileTaken::Kept {
                place: place.display().to_string()
            }
        );
        assert_eq!(fs::read(&place).unwrap(), [0, 255, 10]);
        assert_eq!(fs::read_dir(place.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_told_in_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let in_the_way = folder.path().join("a.pdf");
        fs::create_dir(&in_the_way).unwrap();
        let refused = kept(&in_the_way, b"one").unwrap_err();
        assert_eq!(refused.code, Code::NotSaved);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_name_with_a_way_in_it_is_a_name_alone() {
        assert_eq!(plain_name("../../up/held.json"), "held.json");
        assert_eq!(plain_name("..\\held.json"), "held.json");
        assert_eq!(plain_name("a/.."), "alongside");
    }
}
