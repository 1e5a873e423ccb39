//! `backup`: everything the hub holds, in one file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use alongside_api::Desk;
use alongside_hub::{BACKED_UP, HubError, make_folder};
use chrono::Utc;

use super::Folder;

/// How the files in a folder of backups begin and end; what is named otherwise is never touched.
const BEGINS: &str = "hub-";
const ENDS: &str = ".sqlite";

/// Writes everything the hub holds to one file, and reads it back.
///
/// Works while the hub is being served. The file holds everything, unencrypted: keep it as you keep the hub.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  One file:
    alongside-hub backup /srv/backups/hub-2026-11-21.sqlite

  Every night, named after the time, the last fourteen kept:
    alongside-hub backup --into /srv/backups --keep 14

Records that were destroyed at the end of their time stay in the backups made before: keep no more than you need.")]
pub(super) struct Backup {
    /// The file to write; there must be none of this name yet
    #[arg(value_name = "FILE", required_unless_present = "into")]
    file: Option<PathBuf>,
    /// Writes to a new file in this folder instead, named after the time
    #[arg(long, value_name = "DIR", conflicts_with = "file")]
    into: Option<PathBuf>,
    /// With --into: removes the oldest backups of the folder, so that this many are left
    #[arg(long, value_name = "COUNT", requires = "into", value_parser = clap::value_parser!(u16).range(1..))]
    keep: Option<u16>,
}

impl Backup {
    pub(super) fn run(self, folder: &Folder) -> Result<ExitCode, HubError> {
        let desk = folder.open()?;
        let file = match (&self.file, &self.into) {
            (Some(file), _) => file.clone(),
            (None, Some(into)) => {
                make_folder(into)?;
                let time = Utc::now().format("%Y-%m-%dT%H%M%S%3fZ");
                into.join(format!("{BEGINS}{time}{ENDS}"))
            }
            (None, None) => {
                return Err(HubError::Setting(
                    "Say which file to write, or a folder with --into.".into(),
                ));
            }
        };
        write(&desk, &file)?;
        if let (Some(into), Some(keep)) = (&self.into, self.keep) {
            let gone = thin_out(into, usize::from(keep))?;
            if gone > 0 {
                say!("{gone} older than the last {keep} removed.");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn write(desk: &Desk, file: &Path) -> Result<(), HubError> {
    desk.store().back_up(file)?;
    let bytes = std::fs::metadata(file)
        .map_err(HubError::io(format!("Reading {}", file.display())))?
        .len();
    // For whoever watches whether backups are still made.
    let mut writer = desk.store().write()?;
    writer.note_put(BACKED_UP, Some(&Utc::now().timestamp().to_string()))?;
    writer.commit()?;
    say!(
        "{} is written and was read back: {} KB.",
        file.display(),
        bytes.div_ceil(1024)
    );
    Ok(())
}

/// Removes the oldest backups of a folder until `keep` are left, and says how many went.
fn thin_out(folder: &Path, keep: usize) -> Result<usize, HubError> {
    let failed = |doing: &str| HubError::io(format!("{doing} {}", folder.display()));
    let mut backups = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed("Reading"))? {
        let entry = entry.map_err(failed("Reading"))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(BEGINS) && name.ends_with(ENDS) {
            backups.push(name);
        }
    }
    // Their names sort by their time.
    backups.sort_unstable();
    let gone = backups.len().saturating_sub(keep);
    for name in backups.iter().take(gone) {
        let file = folder.join(name);
        std::fs::remove_file(&file)
            .map_err(HubError::io(format!("Removing {}", file.display())))?;
    }
    Ok(gone)
}
