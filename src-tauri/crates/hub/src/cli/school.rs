//! `school create`: a new school, with its head.

use std::process::ExitCode;

use alongside_domain::{DeviceId, PersonId, SchoolId};
use alongside_hub::HubError;
use alongside_sync::wire::PairSchool;
use serde_json::json;
use uuid::Uuid;

use super::code::Invitation;
use super::{Folder, print_json};

/// Starts a school.
#[derive(clap::Subcommand)]
pub(super) enum School {
    /// Starts a school in this folder, and prints a code with which its head signs in
    ///
    /// A hub serves one school. Without this command, a hub that is served prints a code with which the school is
    /// started on screen.
    #[command(after_help = "Example:
  alongside-hub school create --name \"Brookfield School\" --head \"Sam Field\"")]
    Create(Create),
}

/// The new school.
#[derive(clap::Args)]
pub(super) struct Create {
    /// What the school is called
    #[arg(long)]
    name: String,
    /// The name of its head, who is its first leader
    #[arg(long, value_name = "NAME")]
    head: String,
    /// Where people reach the hub, for the link of the code [default: http://127.0.0.1:8420]
    #[arg(long, value_name = "URL")]
    address: Option<String>,
    /// Prints {"school", "person", "code", "link", "expires_at"} for another program
    #[arg(long)]
    json: bool,
}

impl School {
    pub(super) fn run(self, folder: &Folder) -> Result<ExitCode, HubError> {
        let Self::Create(create) = self;
        let desk = folder.open_or_make()?;
        let school = PairSchool {
            id: SchoolId::from_uuid(Uuid::now_v7()),
            name: create.name,
            person: PersonId::from_uuid(Uuid::now_v7()),
            person_name: create.head,
        };
        // The device in whose name the first records are written: this command, once.
        desk.school_create(&school, DeviceId::from_uuid(Uuid::now_v7()))?;
        let invitation = Invitation::make(&desk, school.person, create.address)?;
        if create.json {
            let mut told = invitation.json();
            if let Some(told) = told.as_object_mut() {
                told.insert("school".into(), json!(school.id));
            }
            print_json(&told);
        } else {
            say!(
                "{} is started. Its id is {}.",
                school.name.trim(),
                school.id
            );
            say!(
                "{}, the head ({}), signs in with:",
                school.person_name.trim(),
                school.person
            );
            invitation.print();
        }
        Ok(ExitCode::SUCCESS)
    }
}
