//! `restore`: a hub, back from a backup.

use std::path::PathBuf;
use std::process::ExitCode;

use alongside_hub::{HubError, STORE_FILE, make_folder};
use alongside_store::{StoreKey, sqlite};

use super::check::Found;
use super::{Folder, lock, open};

/// Brings a hub back from a backup, into a folder that holds none.
///
/// The backup is read through before and after, and is left as it is. What devices sent after the backup was made is
/// not in it: let each of them sync before a hub is replaced, where there is still a choice.
#[derive(clap::Args)]
#[command(after_help = "Example:
  alongside-hub restore --data-dir new-hub /srv/backups/hub-2026-11-21.sqlite")]
pub(super) struct Restore {
    /// The file that `alongside-hub backup` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Restore {
    pub(super) fn run(self, folder: &Folder) -> Result<ExitCode, HubError> {
        let path = folder.path()?;
        let target = path.join(STORE_FILE);
        if target.exists() {
            return Err(HubError::Setting(format!(
                "{} holds a hub already, and it is not overwritten. Use another --data-dir.",
                path.display()
            )));
        }
        make_folder(&path)?;
        let _locked = lock(&path)?;
        sqlite::restore(&self.file, &target, &StoreKey::Plain)?;
        let found = Found::find(&*open(&path)?);
        if found.problems.is_empty() {
            say!(
                "The hub is back in {} and was read through.",
                path.display()
            );
            return Ok(ExitCode::SUCCESS);
        }
        say!(
            "The hub is back in {}, but the backup was not whole:",
            path.display()
        );
        for problem in &found.problems {
            say!("  {problem}");
        }
        Ok(ExitCode::FAILURE)
    }
}
