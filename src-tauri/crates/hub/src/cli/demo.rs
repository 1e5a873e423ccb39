//! `demo`: the demo school, in an empty folder.

use std::process::ExitCode;
use std::sync::Arc;

use alongside_hub::{HubError, demo};
use serde_json::json;

use super::{Folder, print_json};

/// Loads the demo school into an empty folder: an invented special school with a walk under way.
///
/// In a folder that holds the demo school already, nothing is changed and the same is printed again.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  alongside-hub demo --data-dir demo
  alongside-hub serve --data-dir demo --demo-sign-ins")]
pub(super) struct Demo {
    /// Prints {"observer", "teacher", "leader"} with the ids of three people to be, for another program
    #[arg(long)]
    json: bool,
}

impl Demo {
    pub(super) fn run(self, folder: &Folder) -> Result<ExitCode, HubError> {
        let desk = folder.open_or_make()?;
        let people = demo::load(Arc::clone(desk.store()), desk.now())?;
        if self.json {
            print_json(&json!(people));
        } else {
            say!("The demo school is loaded. Three people to be:");
            say!("  observer  {}", people.observer);
            say!("  teacher   {}", people.teacher);
            say!("  leader    {}", people.leader);
            say!(
                "Open it with: alongside-hub serve --demo-sign-ins --data-dir {}",
                folder.path()?.display()
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}
