//! `letter`: taking in what devices wrote that could not reach the hub, from files.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use alongside_api::{ApiError, Desk};
use alongside_domain::LetterId;
use alongside_hub::HubError;
use alongside_sync::letter::FILE_LIMIT;
use alongside_sync::{Envelope, LetterError};
use serde_json::{Value, json};

use super::{Folder, print_json};

/// Takes in letters from files, and writes their receipts to one file to be brought back.
///
/// A letter is what a device wrote that could not reach the hub: its person made it with “Send without a network”. It
/// counts as that device's sync, whoever brings it; the same letter twice counts once and gets the same receipt. The
/// receipts file is opened on the devices the letters came from, in the same place of the app. Works while the hub is
/// being served. Ends with 1 when a letter was not taken in.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  alongside-hub letter /media/stick/*.alongside-letter --receipt /media/stick/back.alongside-receipt
  alongside-hub letter walk.alongside-letter --receipt back.alongside-receipt --json")]
pub(super) struct Letter {
    /// The files that were brought
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The file to write the receipts to; there must be none of this name yet
    #[arg(long, value_name = "FILE")]
    receipt: PathBuf,
    /// Prints {"receipt", "letters": [{"file", "letter", "is_taken", "code", "message"}]} for another program
    #[arg(long)]
    json: bool,
}

/// What came of one letter, or of a file that has none.
struct Came {
    file: String,
    letter: Option<LetterId>,
    receipt: Result<Vec<u8>, ApiError>,
}

impl Letter {
    pub(super) fn run(self, folder: &Folder) -> Result<ExitCode, HubError> {
        let desk = folder.open()?;
        let shown = self.receipt.display().to_string();
        if self.receipt.exists() {
            return Err(HubError::Setting(format!(
                "There is a file {shown} already, and it is not written over. Use another name."
            )));
        }
        let mut came = Vec::new();
        for file in &self.files {
            take(&desk, file, &mut came)?;
        }
        let receipts: Vec<u8> = came
            .iter()
            .filter_map(|one| one.receipt.as_ref().ok())
            .flatten()
            .copied()
            .collect();
        let is_written = !receipts.is_empty();
        if is_written {
            written(&self.receipt, &receipts)?;
        }
        let is_whole = came.iter().all(|one| one.receipt.is_ok());
        if self.json {
            let receipt = is_written.then_some(&self.receipt);
            let letters: Vec<Value> = came.iter().map(Came::json).collect();
            print_json(&json!({ "receipt": receipt, "letters": letters }));
        } else {
            for one in &came {
                one.print();
            }
            if is_written {
                say!(
                    "{shown} holds the receipts and was read back. Open it on the devices the letters came from."
                );
            }
        }
        Ok(if is_whole {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

/// Takes in the letters of one file; what is wrong with one of them takes nothing with it.
fn take(desk: &Desk, path: &Path, came: &mut Vec<Came>) -> Result<(), HubError> {
    let file = path.display().to_string();
    let reading = || HubError::io(format!("Reading {file}"));
    let length = std::fs::metadata(path).map_err(reading())?.len();
    let read = if length > FILE_LIMIT as u64 {
        Err(LetterError::TooLarge)
    } else {
        Envelope::read_all(&std::fs::read(path).map_err(reading())?)
    };
    match read {
        Ok(envelopes) => came.extend(envelopes.iter().map(|envelope| Came {
            file: file.clone(),
            letter: Some(envelope.letter),
            receipt: desk.take_letter(&envelope.to_bytes()),
        })),
        Err(error) => came.push(Came {
            file,
            letter: None,
            receipt: Err(error.into()),
        }),
    }
    Ok(())
}

fn written(path: &Path, receipts: &[u8]) -> Result<(), HubError> {
    let shown = path.display().to_string();
    let mut target = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(HubError::io(format!("Making {shown}")))?;
    target
        .write_all(receipts)
        .and_then(|()| target.sync_all())
        .map_err(HubError::io(format!("Writing {shown}")))?;
    let again = std::fs::read(path).map_err(HubError::io(format!("Reading {shown}")))?;
    if again != receipts {
        return Err(HubError::Setting(format!(
            "{shown} did not read back as it was written. Use another disk, and run this again: the letters get the same receipts."
        )));
    }
    Ok(())
}

impl Came {
    fn json(&self) -> Value {
        let error = self.receipt.as_ref().err();
        json!({
            "file": self.file,
            "letter": self.letter,
            "is_taken": error.is_none(),
            "code": error.map(|error| error.code),
            "message": error.map(|error| &error.message),
        })
    }

    fn print(&self) {
        let name = match self.letter {
            Some(letter) => format!("{} (letter {letter})", self.file),
            None => self.file.clone(),
        };
        match &self.receipt {
            Ok(_) => say!("Taken in: {name}"),
            Err(error) => say!("Not taken in: {name}: {}", error.message),
        }
    }
}
