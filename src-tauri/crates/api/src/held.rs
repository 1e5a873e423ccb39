//! Everything that is held about the person who asks, for them to see and to take away (R20). Nobody asks it of another:
//! the request names no person (R9), and what this person may not read is not in it.

mod gather;
mod lines;

use alongside_domain::Kind;
use alongside_print::held as print;
use alongside_store::LogLine;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::file::FileView;
use crate::install::Nothing;
use crate::{Actor, ApiError, Code, Desk, Place, log};

/// What is held about the person who asks.
#[derive(Debug, Clone, Serialize, TS)]
pub struct HeldAboutMe {
    /// Their name.
    pub name: String,
    /// By what it is; groups with nothing in them are left out.
    pub groups: Vec<HeldGroup>,
    /// Whether this is all there is: at the hub, or once everything was received. The log and the list of devices are
    /// kept at the hub alone.
    pub is_whole: bool,
}

/// One kind of what is held.
#[derive(Debug, Clone, Serialize, TS)]
pub struct HeldGroup {
    /// What it is.
    pub title: String,
    /// Why it is held.
    pub why: String,
    /// How many records.
    #[ts(type = "number")]
    pub count: usize,
    /// The day on which the last of it is destroyed.
    pub until: Option<NaiveDate>,
}

/// In which form it is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HeldFormat {
    /// Whole and with its stamps, for machines.
    Json,
    /// In plain words, to read and to print.
    Html,
}

/// `held_take`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct HeldTake {
    /// In which form.
    pub format: HeldFormat,
}

/// All that is held, as a file.
#[derive(Debug, Clone, Serialize, TS)]
pub struct HeldFile {
    /// The file.
    #[serde(flatten)]
    #[ts(flatten)]
    pub file: FileView,
    /// How many records are in it.
    #[ts(type = "number")]
    pub records: usize,
}

/// `held_get`
pub(crate) fn get(desk: &Desk, actor: &Actor, _: Nothing) -> Result<HeldAboutMe, ApiError> {
    let held = desk.read(actor, gather::held)?;
    let groups = held.groups.into_iter().map(|group| HeldGroup {
        title: group.title,
        why: group.why,
        count: group.records.len(),
        until: group.until,
    });
    Ok(HeldAboutMe {
        name: held.name,
        groups: groups.collect(),
        is_whole: held.is_whole,
    })
}

/// `held_take`: at the hub it leaves a line in the log.
pub(crate) fn take(desk: &Desk, actor: &Actor, request: HeldTake) -> Result<HeldFile, ApiError> {
    let held = desk.read(actor, gather::held)?;
    let (ending, media_type, text) = match request.format {
        HeldFormat::Json => ("json", "application/json", print::json(&held)),
        HeldFormat::Html => ("html", "text/html;charset=utf-8", print::html(&held)),
    };
    let text = text.map_err(|error| {
        tracing::error!(%error, "a file of what is held was not whole");
        ApiError::new(
            Code::Internal,
            "The file was not whole when it was read back, so it was not given to you. Try again, and tell your school if it happens again.",
        )
    })?;
    let records = held.count();
    if desk.place() == Place::Hub {
        let mut writer = desk.store().write()?;
        let line = LogLine {
            at: desk.now().timestamp_millis(),
            person: Some(actor.person),
            device: Some(actor.device),
            act: log::EXPORTED.into(),
            record: Some(actor.person.into()),
            kind: Some(Kind::Person),
            detail: format!("held {ending} {records}"),
            ..LogLine::default()
        };
        log::append(&mut *writer, line)?;
        writer.commit()?;
    }
    let name = format!(
        "held-about-me-{}.{ending}",
        held.taken_at.format("%Y-%m-%d")
    );
    Ok(HeldFile {
        file: FileView::of_text(name, media_type, text),
        records,
    })
}
