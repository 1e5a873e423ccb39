//! `archive`: everything the school holds, in one file that another Alongside can take in.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use alongside_api::archive::Reach;
use alongside_hub::HubError;
use serde_json::json;

use super::{Folder, print_json};

/// Writes everything the school holds to one JSON file, and reads it back.
///
/// Another Alongside takes it in with `alongside-hub school import`. Devices and their tokens are not in it: everyone is
/// let in anew there. It holds everything, concerns and reflections too, for anybody to read who has the file: keep it as
/// you keep the hub. Works while the hub is being served.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  alongside-hub archive /srv/moving/larkfield.json
  alongside-hub archive --shared /srv/handed-on/larkfield.json")]
pub(super) struct Archive {
    /// The file to write; there must be none of this name yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Leaves out what is for some alone: concerns, reflections, and answers that were not sent
    #[arg(long)]
    shared: bool,
    /// Prints {"file", "records", "left_out"} for another program
    #[arg(long)]
    json: bool,
}

impl Archive {
    pub(super) fn run(self, folder: &Folder) -> Result<ExitCode, HubError> {
        let desk = folder.open()?;
        let shown = self.file.display().to_string();
        if self.file.exists() {
            return Err(HubError::Setting(format!(
                "There is a file {shown} already, and it is not written over. Use another name."
            )));
        }
        let reach = if self.shared {
            Reach::Shared
        } else {
            Reach::Whole
        };
        let made = desk.archive(reach, None)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut target = options
            .open(&self.file)
            .map_err(HubError::io(format!("Making {shown}")))?;
        target
            .write_all(made.text.as_bytes())
            .and_then(|()| target.sync_all())
            .map_err(HubError::io(format!("Writing {shown}")))?;
        let again = std::fs::read(&self.file).map_err(HubError::io(format!("Reading {shown}")))?;
        if again != made.text.as_bytes() {
            return Err(HubError::Setting(format!(
                "{shown} did not read back as it was written. Use another disk, and try again."
            )));
        }
        if self.json {
            print_json(&json!({
                "file": self.file,
                "records": made.records,
                "left_out": made.left_out,
            }));
        } else {
            say!(
                "{shown} is written and was read back: {} records.",
                made.records
            );
            if made.left_out > 0 {
                say!(
                    "{} records are for some alone and were left out.",
                    made.left_out
                );
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
