//! `school create`: a new school, with its head; `school import`: one that comes from elsewhere.

use std::path::PathBuf;
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
    /// Takes in a school from an archive that another Alongside made, and prints a code with which its head signs in
    ///
    /// Only into a folder that holds no school yet. Everything stays as it was, ids and stamps and history; everyone
    /// signs in anew. The archive is read through first and what was taken in is read back; the same archive once more
    /// changes nothing.
    #[command(after_help = "Example:
  alongside-hub school import --data-dir new-hub /srv/moving/larkfield.json")]
    Import(Import),
}

/// A school that comes from elsewhere.
#[derive(clap::Args)]
pub(super) struct Import {
    /// The file that `alongside-hub archive` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where people reach the hub, for the link of the code [default: http://127.0.0.1:8420]
    #[arg(long, value_name = "URL")]
    address: Option<String>,
    /// Prints {"school", "records", "is_new", "person", "code", "link", "expires_at"} for another program
    #[arg(long)]
    json: bool,
}

/// How large an archive may be that is read into memory, in bytes: some hundred years of a school.
const LARGEST_ARCHIVE: u64 = 2 * 1024 * 1024 * 1024;

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
        match self {
            Self::Create(create) => create.run(folder),
            Self::Import(import) => import.run(folder),
        }
    }
}

impl Import {
    fn run(self, folder: &Folder) -> Result<ExitCode, HubError> {
        let shown = self.file.display().to_string();
        let reading = || HubError::io(format!("Reading {shown}"));
        let size = std::fs::metadata(&self.file).map_err(reading())?.len();
        if size > LARGEST_ARCHIVE {
            return Err(HubError::Setting(format!(
                "{shown} is larger than any archive of a school, so it is not read."
            )));
        }
        let bytes = std::fs::read(&self.file).map_err(reading())?;
        let text = String::from_utf8(bytes).map_err(|_| {
            HubError::Setting(format!(
                "{shown} is not an archive of Alongside: it is not text."
            ))
        })?;
        let desk = folder.open_or_make()?;
        let taken = desk.take_in(&text)?;
        // Who is here already has been let in before; a code for the head does no harm, and is what is missing most.
        let invitation = Invitation::make(&desk, taken.head, self.address)?;
        if self.json {
            let mut told = invitation.json();
            if let Some(told) = told.as_object_mut() {
                told.insert("school".into(), json!(taken.school));
                told.insert("records".into(), json!(taken.records));
                told.insert("is_new".into(), json!(taken.is_new));
            }
            print_json(&told);
            return Ok(ExitCode::SUCCESS);
        }
        if taken.is_new {
            say!(
                "{} is here and was read back: {} records.",
                taken.name,
                taken.records
            );
        } else {
            say!(
                "{} came in from this archive before. Nothing was changed.",
                taken.name
            );
        }
        say!(
            "{}, the head ({}), signs in with:",
            taken.head_name,
            taken.head
        );
        invitation.print();
        Ok(ExitCode::SUCCESS)
    }
}

impl Create {
    fn run(self, folder: &Folder) -> Result<ExitCode, HubError> {
        let create = self;
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
