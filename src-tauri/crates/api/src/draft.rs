//! Words that are not given to anyone yet: a person's drafts, in the notes of their own store on their own device.
//!
//! They lie under the same lock as everything else there, and go nowhere: no sync carries notes. At a hub there are
//! none; a browser keeps them with its page.

use std::collections::BTreeMap;

use alongside_store::Reader;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::install::Nothing;
use crate::{Actor, ApiError, Code, Desk, Place};

/// The key of the note.
const DRAFTS: &str = "drafts";
/// The most drafts that are kept, and the most letters of all of them together.
const MOST: usize = 200;
const MOST_BYTES: usize = 1 << 20;

/// All drafts of a person on this device.
#[derive(Debug, Clone, Default, Serialize, TS)]
pub struct Drafts {
    /// The words, by what they are about.
    pub drafts: BTreeMap<String, String>,
}

/// `draft_put`: keeps a draft.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DraftPut {
    /// What it is about.
    pub about: String,
    /// The words; none when they were given, or are not wanted any more.
    pub text: String,
}

/// Reads all drafts.
pub(crate) fn list(desk: &Desk, actor: &Actor, _: Nothing) -> Result<Drafts, ApiError> {
    desk.read(actor, |_| Ok(()))?;
    Ok(match desk.place() {
        Place::Device => read(&*desk.store().read()?)?,
        Place::Hub => Drafts::default(),
    })
}

/// Keeps a draft, or takes it away.
pub(crate) fn put(desk: &Desk, actor: &Actor, asked: DraftPut) -> Result<(), ApiError> {
    desk.read(actor, |_| Ok(()))?;
    if desk.place() == Place::Hub {
        return Err(ApiError::new(
            Code::BadRequest,
            "Drafts stay where they are written. A hub keeps none.",
        ));
    }
    let mut writer = desk.store().write()?;
    let Drafts { mut drafts } = read(&*writer)?;
    if asked.text.is_empty() {
        drafts.remove(&asked.about);
    } else {
        drafts.insert(asked.about, asked.text);
    }
    let bytes: usize = drafts
        .iter()
        .map(|(about, text)| about.len() + text.len())
        .sum();
    if drafts.len() > MOST || bytes > MOST_BYTES {
        return Err(ApiError::new(
            Code::TooLarge,
            "There are too many words that were not sent yet. Send some of them, or take them away, and go on.",
        ));
    }
    let note = serde_json::to_string(&drafts)
        .map_err(|_| ApiError::new(Code::Internal, "The draft was not kept. Try again."))?;
    writer.note_put(DRAFTS, (!drafts.is_empty()).then_some(&note))?;
    Ok(writer.commit()?)
}

fn read<R: Reader + ?Sized>(reader: &R) -> Result<Drafts, ApiError> {
    let note = reader.note(DRAFTS)?;
    let drafts = note.and_then(|text| serde_json::from_str(&text).ok());
    Ok(Drafts {
        drafts: drafts.unwrap_or_default(),
    })
}
