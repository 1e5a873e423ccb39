//! A space that its hub has shut out: what had not been sent is told once, then the space is removed from this device.
//!
//! That the hub says so, and nobody in its place, is settled before this (`alongside_sync::lost`). Laws (tested in
//! `tests/app/lost.rs`):
//! - the space is out of sight before anything is removed, and other spaces on the device stay as they are;
//! - a mark in its folder comes first, then the key goes, then the files: cut off anywhere, the next start finishes it
//!   and never opens what is left (`a_wipe_that_was_cut_short_is_finished_at_the_next_start`);
//! - a farewell that does not arrive keeps nothing here.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use alongside_api::Desk;
use alongside_sync::{Farewell, lost};

use crate::session::Session;

/// How long a farewell may take to arrive. Whoever holds the device must not win time by holding it up.
const FAREWELL_WITHIN: Duration = Duration::from_secs(10);
/// How long is waited for what is under way at a desk whose space is removed.
const CALLS_WITHIN: Duration = Duration::from_secs(2);
/// The mark in the folder of a space that is being removed.
const MARK: &str = "removing";
/// Bytes that are written over at once.
const BLOCK: usize = 64 * 1024;

/// What became of a space that was shut out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parted {
    /// What had not been sent.
    pub(crate) said: Farewell,
    /// Whether the hub has heard it.
    pub(crate) was_heard: bool,
}

impl Parted {
    /// What happened, in words for the person in front of the device.
    pub(crate) fn sentence(&self, name: &str, school: &str) -> String {
        let of = if school.is_empty() {
            "your school"
        } else {
            school
        };
        let lost = match (self.said.waiting, self.was_heard) {
            (0, _) => "Nothing was waiting to be sent.".to_owned(),
            (1, true) => "1 change had not been sent, and the leaders are told so.".to_owned(),
            (some, true) => {
                format!("{some} changes had not been sent, and the leaders are told which.")
            }
            (1, false) => "1 change had not been sent.".to_owned(),
            (some, false) => format!("{some} changes had not been sent."),
        };
        format!(
            "A leader of {of} has shut this device out, so everything of {name} was removed from it. {lost}"
        )
    }
}

/// Waits until the hub shuts the space out, and then takes leave of it. None when the space was closed before.
pub(crate) async fn shut_out(session: &Weak<Session>) -> Option<(Parted, Weak<Desk>)> {
    let mut state = session.upgrade()?.runner().state();
    state.wait_for(|state| state.is_shut_out).await.ok()?;
    let session = session.upgrade()?;
    let said = session
        .at_desk(|desk| Ok(lost::farewell(&*desk.store().read()?)?))
        .await
        .unwrap_or_else(|error| {
            tracing::error!(code = ?error.code, "what was not sent could not be counted");
            Farewell::default()
        });
    let was_heard = match session.runner().hub() {
        Some(hub) => {
            let told = tokio::time::timeout(FAREWELL_WITHIN, hub.farewell(&said)).await;
            matches!(told, Ok(Ok(())))
        }
        None => false,
    };
    session.hide();
    session.runner().stop();
    Some((Parted { said, was_heard }, Arc::downgrade(session.desk())))
}

/// Waits for what is still under way at a desk, so that nothing is written behind the removal.
pub(crate) fn wait_for_calls(desk: &Weak<Desk>) {
    let latest = Instant::now() + CALLS_WITHIN;
    while desk.strong_count() > 0 && Instant::now() < latest {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Marks a folder as one that is being removed. From here on nothing in it is opened again.
pub(crate) fn mark(folder: &Path) -> io::Result<()> {
    let file = File::create(folder.join(MARK))?;
    file.sync_all()?;
    if let Ok(folder) = File::open(folder) {
        folder.sync_all()?;
    }
    Ok(())
}

/// Whether a folder is being removed.
pub(crate) fn is_marked(folder: &Path) -> bool {
    folder.join(MARK).exists()
}

/// Writes over what is in a marked folder and removes it, the mark last. What cannot be removed now is at the next start.
pub(crate) fn erase(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name() == MARK {
            continue;
        }
        let path = entry.path();
        let erased = match entry.file_type() {
            Ok(kind) if kind.is_dir() => {
                erase(&path);
                Ok(())
            }
            Ok(kind) if kind.is_file() => write_over(&path).and_then(|()| fs::remove_file(&path)),
            Ok(_) => fs::remove_file(&path),
            Err(error) => Err(error),
        };
        if let Err(error) = erased {
            tracing::warn!(%error, "a file of a space that is removed is still there");
        }
    }
    let is_empty = fs::read_dir(folder)
        .is_ok_and(|mut left| left.all(|entry| entry.is_ok_and(|entry| entry.file_name() == MARK)));
    if is_empty && let Err(error) = fs::remove_dir_all(folder) {
        tracing::warn!(%error, "the folder of a space that is removed is still there");
    }
}

/// Fills a file with zeros where it lies. What a disk keeps below that is nothing without the key.
fn write_over(path: &Path) -> io::Result<()> {
    // The index that the connections share lies in memory, and what is open may still look into it.
    if path.to_string_lossy().ends_with("-shm") {
        return Ok(());
    }
    let mut file = File::options().write(true).open(path)?;
    let mut left = file.metadata()?.len();
    let zeros = vec![0; BLOCK];
    while left > 0 {
        let now = usize::try_from(left).unwrap_or(BLOCK).min(BLOCK);
        file.write_all(zeros.get(..now).unwrap_or_default())?;
        left -= u64::try_from(now).unwrap_or(left);
    }
    file.sync_all()
}
