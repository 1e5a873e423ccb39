//! `backup`: everything the hub holds, in one file.

use std::path::PathBuf;
use std::process::ExitCode;

use alongside_hub::HubError;

use super::Folder;

/// Writes everything the hub holds to one file, and reads it back.
///
/// Works while the hub is being served. The file holds everything, unencrypted: keep it as you keep the hub.
#[derive(clap::Args)]
#[command(after_help = "Example:
  alongside-hub backup /srv/backups/hub-2026-11-21.sqlite")]
pub(super) struct Backup {
    /// The file to write; there must be none of this name yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Backup {
    pub(super) fn run(self, folder: &Folder) -> Result<ExitCode, HubError> {
        let desk = folder.open()?;
        desk.store().back_up(&self.file)?;
        let bytes = std::fs::metadata(&self.file)
            .map_err(HubError::io(format!("Reading {}", self.file.display())))?
            .len();
        say!(
            "{} is written and was read back: {} KB.",
            self.file.display(),
            bytes.div_ceil(1024)
        );
        Ok(ExitCode::SUCCESS)
    }
}
