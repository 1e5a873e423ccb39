//! How often a PIN may be tried: counted on the disk before each try, and ever longer waits.
//!
//! Time is counted only while the app runs, by a clock that nobody sets. So neither a restart, nor a clock that is set
//! forward or back, nor a try that is cut off before its answer shortens a wait; and one that was begun goes on where it
//! was when the app is opened again. Who can write in the folder could put an older count there; who can do that has the
//! wrapped key as well and needs no app, so against them the PIN's own strength counts (`pin.rs`).

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// How long is waited after so many wrong tries in a row; after more, as long as after the last of these. A slip of the
/// finger costs nothing; a day of trying is a hundred tries.
const WAITS: [Duration; 10] = [
    Duration::ZERO,
    Duration::ZERO,
    Duration::ZERO,
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_secs(60),
    Duration::from_secs(2 * 60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(10 * 60),
    LONGEST,
];
/// The longest wait.
pub(crate) const LONGEST: Duration = Duration::from_secs(15 * 60);
/// How much of a wait may be lost when the app ends in the middle of it.
const KEPT_EVERY: Duration = Duration::from_secs(5);

/// A clock that only goes forward, and that nobody sets.
pub trait Uptime: Send + Sync {
    /// How long it has been going.
    fn now(&self) -> Duration;
}

/// Since the program began.
#[derive(Debug)]
pub struct SinceStart(Instant);

impl Default for SinceStart {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Uptime for SinceStart {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// As it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    wrong: u32,
    left_ms: u64,
}

/// What is kept in place of a count that cannot be read: someone had a hand in it.
const SUSPECT: Kept = Kept {
    wrong: 9,
    left_ms: 15 * 60 * 1000,
};

/// The tries of one space.
#[derive(Debug)]
pub(crate) struct Tries {
    path: PathBuf,
    wrong: u32,
    /// Until when to wait, on the clock that nobody sets.
    until: Duration,
    kept_left: Duration,
}

fn wait_after(wrong: u32) -> Duration {
    match usize::try_from(wrong).unwrap_or(usize::MAX) {
        0 => Duration::ZERO,
        some => WAITS.get(some - 1).copied().unwrap_or(LONGEST),
    }
}

impl Tries {
    /// The tries counted in the file at `path`. Where there is none, or nothing that can be read, the longest wait begins.
    pub(crate) fn open(path: &Path, now: Duration) -> Self {
        let kept = fs::read(path)
            .ok()
            .and_then(|text| serde_json::from_slice::<Kept>(&text).ok())
            .unwrap_or(SUSPECT);
        // What stands in a file may have been written by anyone.
        let left = Duration::from_millis(kept.left_ms).min(LONGEST);
        Self {
            path: path.to_owned(),
            wrong: kept.wrong,
            until: now + left,
            kept_left: left,
        }
    }

    /// Begins to count anew, as after a right PIN or with a new one.
    pub(crate) fn clear(path: &Path) -> io::Result<()> {
        keep(
            path,
            Kept {
                wrong: 0,
                left_ms: 0,
            },
        )
    }

    /// How long to wait before the next try.
    pub(crate) fn wait(&mut self, now: Duration) -> Duration {
        let left = self.until.saturating_sub(now);
        if self.kept_left.saturating_sub(left) >= KEPT_EVERY {
            // When it cannot be kept, more is waited after a restart, which harms nobody but who waits.
            let _ = self.put(left);
        }
        left
    }

    /// Counts a try before it is made. Errors when it cannot be counted; then it is not to be made.
    pub(crate) fn count(&mut self, now: Duration) -> io::Result<()> {
        let wrong = self.wrong.saturating_add(1);
        let wait = wait_after(wrong);
        self.wrong = wrong;
        self.until = now + wait;
        self.put(wait)
    }

    fn put(&mut self, left: Duration) -> io::Result<()> {
        let kept = Kept {
            wrong: self.wrong,
            left_ms: u64::try_from(left.as_millis()).unwrap_or(u64::MAX),
        };
        keep(&self.path, kept)?;
        self.kept_left = left;
        Ok(())
    }

    /// The last try was right.
    pub(crate) fn was_right(&mut self) -> io::Result<()> {
        self.wrong = 0;
        self.until = Duration::ZERO;
        self.kept_left = Duration::ZERO;
        Self::clear(&self.path)
    }
}

/// Writes a count so that it is the old one or the new one, and lasts.
fn keep(path: &Path, kept: Kept) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut options = File::options();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh)?;
    file.write_all(&serde_json::to_vec(&kept)?)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&fresh, path)?;
    if let Some(folder) = path.parent()
        && let Ok(folder) = File::open(folder)
    {
        folder.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn fresh() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tries.json");
        Tries::clear(&path).unwrap();
        (folder, path)
    }

    #[test]
    fn waits_grow_and_end_at_the_longest() {
        let (_folder, path) = fresh();
        let mut tries = Tries::open(&path, SECOND);
        let (mut now, mut waits) = (SECOND, Vec::new());
        for _ in 0..14 {
            assert_eq!(tries.wait(now), Duration::ZERO);
            tries.count(now).unwrap();
            let wait = tries.wait(now);
            waits.push(wait.as_secs());
            now += wait;
        }
        assert_eq!(
            waits,
            [0, 0, 0, 10, 30, 60, 120, 300, 600, 900, 900, 900, 900, 900]
        );
        tries.was_right().unwrap();
        assert_eq!(Tries::open(&path, now).wait(now), Duration::ZERO);
    }

    #[test]
    fn a_try_that_was_cut_off_counts_and_its_wait_outlives_a_restart() {
        let (_folder, path) = fresh();
        for _ in 0..6 {
            // Killed after the count and before the answer, each time; the clock begins anew with the program.
            let mut tries = Tries::open(&path, Duration::ZERO);
            let wait = tries.wait(Duration::ZERO);
            tries.count(wait).unwrap();
        }
        let mut tries = Tries::open(&path, Duration::ZERO);
        assert_eq!(tries.wait(Duration::ZERO), 60 * SECOND);
        assert_eq!(tries.wait(20 * SECOND), 40 * SECOND);
        // The app was closed for a night: what was waited before counts, the night does not.
        let mut tries = Tries::open(&path, Duration::ZERO);
        assert_eq!(tries.wait(Duration::ZERO), 40 * SECOND);
    }

    #[test]
    fn a_count_that_is_missing_or_spoilt_makes_the_longest_wait() {
        let (_folder, path) = fresh();
        for spoil in [None, Some("{}"), Some("{\"wrong\":-1,\"left_ms\":0}")] {
            match spoil {
                None => fs::remove_file(&path).unwrap(),
                Some(text) => fs::write(&path, text).unwrap(),
            }
            assert_eq!(Tries::open(&path, SECOND).wait(SECOND), LONGEST);
        }
        fs::write(&path, "{\"wrong\":1,\"left_ms\":99999999999}").unwrap();
        assert_eq!(
            Tries::open(&path, SECOND).wait(SECOND),
            LONGEST,
            "and never more"
        );
    }

    #[test]
    fn a_try_that_cannot_be_counted_is_not_made() {
        let (folder, path) = fresh();
        let mut tries = Tries::open(&path, SECOND);
        drop(folder);
        assert!(tries.count(SECOND).is_err());
    }
}
