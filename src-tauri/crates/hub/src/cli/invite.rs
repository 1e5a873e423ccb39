//! `invite`: a one-time code for one person.

use std::process::ExitCode;

use alongside_domain::PersonId;
use alongside_hub::HubError;

use super::code::Invitation;
use super::{Folder, print_json};

/// Makes a one-time code that lets one person in with one device or browser.
///
/// Works while the hub is being served. The code is good for 30 minutes; making a new one for the same person ends the
/// one before.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  alongside-hub people
  alongside-hub invite --person 0198c3d2-7c1e-7b5a-9a4e-3f6f2c1d8e90
  alongside-hub invite --person 0198c3d2-7c1e-7b5a-9a4e-3f6f2c1d8e90 --address https://walks.school.example --json")]
pub(super) struct Invite {
    /// Whom to let in; `alongside-hub people` lists the ids
    #[arg(long, value_name = "ID")]
    person: PersonId,
    /// Where people reach the hub, for the link [default: where it was last served]
    #[arg(long, value_name = "URL")]
    address: Option<String>,
    /// Prints {"person", "code", "link", "expires_at"} for another program
    #[arg(long)]
    json: bool,
}

impl Invite {
    pub(super) fn run(self, folder: &Folder) -> Result<ExitCode, HubError> {
        let desk = folder.open()?;
        let invitation = Invitation::make(&desk, self.person, self.address)?;
        if self.json {
            print_json(&invitation.json());
        } else {
            invitation.print();
        }
        Ok(ExitCode::SUCCESS)
    }
}
