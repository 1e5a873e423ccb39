//! `retention`: what is due to be destroyed, and destroying it now.

use std::process::ExitCode;

use alongside_api::retention::RetentionLine;
use alongside_hub::HubError;
use serde_json::json;

use super::{Folder, print_json};

/// Lists what is due to be destroyed and what goes next; destroys what is due when told to.
///
/// A hub that is being served destroys by itself what it has shown for a week, on its day. Backups made before keep what
/// they hold.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  alongside-hub retention
  alongside-hub retention --destroy")]
pub(super) struct Retention {
    /// Destroys what is due, now and for good; devices forget it at their next sync
    #[arg(long)]
    destroy: bool,
    /// Prints {"as_of", "lines", "records", "token", "next"} for another program, and "destroyed" with --destroy
    #[arg(long)]
    json: bool,
}

impl Retention {
    pub(super) fn run(self, folder: &Folder) -> Result<ExitCode, HubError> {
        let desk = folder.open()?;
        let shown = desk.retention()?;
        let destroyed = if self.destroy {
            Some(desk.destroy(None, &shown.token)?)
        } else {
            None
        };
        if self.json {
            let mut list = json!(shown);
            if let (Some(list), Some(count)) = (list.as_object_mut(), destroyed) {
                list.insert("destroyed".into(), json!(count));
            }
            print_json(&list);
            return Ok(ExitCode::SUCCESS);
        }
        match destroyed {
            _ if shown.lines.is_empty() => say!("Nothing is due to be destroyed."),
            Some(count) => say!("Destroyed, {count} records:"),
            None => say!("Due to be destroyed, {} records:", shown.records),
        }
        print(&shown.lines);
        if !shown.next.is_empty() {
            say!("Next:");
            print(&shown.next);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print(lines: &[RetentionLine]) {
    for line in lines {
        say!("  {}  {} ({} records)", line.date, line.what, line.records);
    }
}
