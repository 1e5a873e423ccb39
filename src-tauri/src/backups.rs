//! What the system's own backups are told: not this folder.
//!
//! What is stored here lies at the school's hub, and a lost device can be shut out only if no copy of it lies elsewhere.
//! On Android the manifest says so for the whole app, on iOS a mark on the folder (`crates/keystore`). On Windows there
//! is nothing to say it with that a backup must heed; there the copy is of no use without the key, which does not leave
//! the machine's own store of credentials. The same is true everywhere else when a backup does not heed it.

use std::fs;
use std::io;
use std::path::Path;

/// What programs that make backups on Linux look for, by one habit or the other.
const TAG: &str = "CACHEDIR.TAG";
const NO_BACKUP: &str = ".nobackup";
/// How such a tag begins, by its definition; the rest is for whoever finds it.
const SIGNATURE: &str = "Signature: 8a477f597d28d172789f06886806bc55
# Alongside keeps this folder out of backups: what is in it lies at the school's hub, and nowhere else.
";

/// Marks a folder as one to be left out. A mark that cannot be made stops nothing.
pub(crate) fn leave_out(folder: &Path) {
    for (name, content) in [(TAG, SIGNATURE), (NO_BACKUP, "")] {
        let path = folder.join(name);
        if !path.exists()
            && let Err(error) = fs::write(&path, content)
        {
            tracing::warn!(%error, "the folder was not marked for backups");
        }
    }
    if let Err(error) = mark_for_time_machine(folder) {
        tracing::warn!(%error, "the folder was not marked for Time Machine");
    }
}

/// The mark that stays with the folder wherever it is moved, as `tmutil addexclusion` makes it.
#[cfg(target_os = "macos")]
fn mark_for_time_machine(folder: &Path) -> io::Result<()> {
    let done = std::process::Command::new("/usr/bin/tmutil")
        .arg("addexclusion")
        .arg(folder)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()?;
    if done.success() {
        Ok(())
    } else {
        Err(io::Error::other("tmutil refused"))
    }
}

#[cfg(not(target_os = "macos"))]
fn mark_for_time_machine(_: &Path) -> io::Result<()> {
    Ok(())
}
