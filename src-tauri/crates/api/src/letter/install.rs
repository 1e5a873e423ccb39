//! Sending without a network, as a person does it: what is on its way, making the file that carries what waits, and
//! opening one that came.
//!
//! Opening does the right thing for what lies in the file and for where it is opened. On a device a receipt for one of
//! its own letters is kept, and a colleague's letter is taken along to the hub. At a hub, in a browser, letters are taken
//! in and their receipts come back as a file. Each part of the file has its own sentence; one that cannot be used takes
//! nothing with it.

use alongside_domain::person::Person;
use alongside_domain::{Kind, LetterId, PersonId};
use alongside_store::{Reader, Settled};
use alongside_sync::letter::{Inside, LETTER_ENDING, MEDIA_TYPE, RECEIPT_ENDING};
use alongside_sync::post::{self, PostError};
use alongside_sync::{Applied, Envelope, notes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::TakenLetter;
use crate::desk::Changed;
use crate::file::FileView;
use crate::{Actor, ApiError, Code, Desk, Place, handover};

/// How many letters a list shows, the latest of them.
const SHOWN: usize = 20;
/// After how many hours without the hub sending by file is offered by itself.
const CUT_OFF_HOURS: u64 = 24;
const HOUR_MS: u64 = 60 * 60 * 1000;

/// Whether so much waits for so long that sending without a network is worth saying. `received_at` is when the hub last
/// answered, in milliseconds since 1970, as is `now`.
pub fn is_cut_off(waiting: u64, received_at: Option<u64>, now: u64) -> bool {
    let is_long = received_at.is_none_or(|at| now.saturating_sub(at) >= CUT_OFF_HOURS * HOUR_MS);
    waiting > 0 && is_long
}

/// `letter_list`: what can be sent without a network, and what is on its way.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Letters {
    /// A window on a device, or a browser at a hub.
    pub place: Place,
    /// Changes that wait here.
    pub waiting: u64,
    /// Why no file can be made of them, and what to do.
    pub obstacle: Option<String>,
    /// What was put into files here, latest first.
    pub written: Vec<LetterWritten>,
    /// What this device carries for others, or carried.
    pub carried: Vec<LetterCarried>,
    /// Letters of others that have not been at the hub.
    pub to_carry: u64,
    /// Receipts to hand back to others.
    pub receipts: u64,
}

/// A letter that was made here.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct LetterWritten {
    /// Which.
    pub letter: LetterId,
    /// When, RFC 3339.
    pub made_at: String,
    /// How many changes are in it.
    pub changes: u64,
    /// When its receipt was opened here, RFC 3339.
    pub answered_at: Option<String>,
}

/// A letter of someone else that this device carries.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct LetterCarried {
    /// Which.
    pub letter: LetterId,
    /// Whose it says it is.
    pub from: String,
    /// When it was made, RFC 3339.
    pub made_at: String,
    /// How far it is.
    pub state: CarriedState,
    /// Why the hub will not take it, and what to do.
    pub message: Option<String>,
}

/// How far a carried letter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CarriedState {
    /// It goes to the hub with the next sync.
    OnItsWay,
    /// The hub has it; its receipt can be handed back.
    Received,
    /// The hub will not take it.
    Refused,
}

/// `letter_make`: a file to send without a network.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
pub struct LetterMake {
    /// Whether it is to hold receipts for others instead of letters for the hub.
    pub receipts: bool,
}

/// The file, and what is in it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct LetterFile {
    /// The file.
    #[serde(flatten)]
    #[ts(flatten)]
    pub file: FileView,
    /// Letters or receipts.
    pub letters: u64,
    /// Changes made here that are in it.
    pub changes: u64,
}

/// `letter_take`: a file that came.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct LetterTake {
    /// All of it, as base64 with padding.
    pub base64: String,
}

/// What came of opening a file.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct LetterTaken {
    /// A line for each letter or receipt in it.
    pub lines: Vec<LetterLine>,
    /// At a hub: the receipts, to be brought back.
    pub receipts: Option<FileView>,
    /// How everything stands now.
    pub letters: Letters,
}

/// What came of one letter or receipt.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct LetterLine {
    /// Whether it did what it was for.
    pub outcome: LetterOutcome,
    /// For the person: what happened, and what to do.
    pub message: String,
}

/// Whether a letter or receipt did what it was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LetterOutcome {
    /// It did.
    Done,
    /// It had done so before.
    Before,
    /// It could not.
    Not,
}

impl Desk {
    /// What can be sent without a network, and what is on its way.
    pub fn letter_list(&self, actor: &Actor) -> Result<Letters, ApiError> {
        self.read(actor, |view| letters(view.facts.reader, self.place()))
    }

    /// Makes the file that carries what waits here and what is carried for others; or the one with receipts for others.
    ///
    /// Errors with [`Code::Refused`] when there is nothing to put in it.
    pub fn letter_make(&self, actor: &Actor, asked: LetterMake) -> Result<LetterFile, ApiError> {
        self.read(actor, |_| Ok(()))?;
        let (mut bytes, mut count, mut changes) = (Vec::new(), 0, 0);
        if self.place() == Place::Device && !asked.receipts {
            let written = post::write(&**self.store(), self.clock());
            if let Some(written) = written.map_err(not_posted)? {
                bytes = written
                    .letters
                    .iter()
                    .flat_map(Envelope::to_bytes)
                    .collect();
                count = written.letters.len() as u64;
                changes = written.changes;
            }
        }
        let reader = self.store().read()?;
        for carried in reader.carried()? {
            let part = match (asked.receipts, &carried.settled) {
                (false, Settled::NotYet) => reader.carried_letter(carried.letter)?,
                (true, Settled::Receipt { .. }) => reader.carried_receipt(carried.letter)?,
                _ => None,
            };
            if let Some(part) = part {
                bytes.extend(part);
                count += 1;
            }
        }
        if count == 0 {
            let nothing = match asked.receipts {
                true => "There are no receipts to hand back.",
                false => "Nothing waits here, so there is nothing to send.",
            };
            return Err(ApiError::new(Code::Refused, nothing));
        }
        let ending = match asked.receipts {
            true => RECEIPT_ENDING,
            false => LETTER_ENDING,
        };
        Ok(LetterFile {
            file: self.letter_file(ending, &bytes)?,
            letters: count,
            changes,
        })
    }

    /// Opens a file of letters or receipts, and does with each what it is for.
    ///
    /// Errors with the codes of letters when the file as a whole cannot be read; then nothing was done.
    pub fn letter_take(&self, actor: &Actor, asked: &LetterTake) -> Result<LetterTaken, ApiError> {
        self.read(actor, |_| Ok(()))?;
        let file = STANDARD.decode(&asked.base64).map_err(|_| {
            ApiError::new(
                Code::BadRequest,
                "The file did not come whole. Choose it again.",
            )
        })?;
        let (mut lines, mut receipts) = (Vec::new(), Vec::new());
        for envelope in Envelope::read_all(&file)? {
            let line = match self.place() {
                Place::Hub => self.take_in_letter(&envelope, &mut receipts),
                Place::Device => self.take_along_letter(actor, &envelope),
            };
            lines.push(line.or_else(told)?);
        }
        let receipts = match receipts.is_empty() {
            true => None,
            false => Some(self.letter_file(RECEIPT_ENDING, &receipts)?),
        };
        Ok(LetterTaken {
            lines,
            receipts,
            letters: self.letter_list(actor)?,
        })
    }

    /// A file of this moment. Its name says when and nothing about whom.
    fn letter_file(&self, ending: &str, bytes: &[u8]) -> Result<FileView, ApiError> {
        // Read back before it is given to anybody.
        Envelope::read_all(bytes)?;
        let name = format!(
            "{}.{ending}",
            self.local_now().format("alongside-%Y-%m-%d-%H%M")
        );
        Ok(FileView::of_bytes(name, MEDIA_TYPE, bytes))
    }

    /// At a hub: a letter is taken in.
    fn take_in_letter(
        &self,
        envelope: &Envelope,
        receipts: &mut Vec<u8>,
    ) -> Result<LetterLine, ApiError> {
        let taken = self.take_envelope(envelope)?;
        let TakenLetter { receipt, counts } = taken;
        receipts.extend(receipt);
        let from = name_of(&*self.store().read()?, envelope.person)?;
        Ok(match counts {
            None => before(format!(
                "The letter of {from} was taken in before. Its receipt is in the file again."
            )),
            Some(counts) => done(match counts.refused {
                0 => format!("Received from {from}: {}.", changes(counts.held as u64)),
                refused => format!(
                    "Received from {from}: {}; {} not taken, and their device says why once it has the receipt.",
                    changes(counts.held as u64),
                    match refused {
                        1 => "one was".to_owned(),
                        many => format!("{many} were"),
                    }
                ),
            }),
        })
    }

    /// On a device: a receipt is kept, a colleague's letter is taken along.
    fn take_along_letter(
        &self,
        actor: &Actor,
        envelope: &Envelope,
    ) -> Result<LetterLine, ApiError> {
        if envelope.inside == Inside::Receipt {
            return self.keep_letter_receipt(envelope);
        }
        if envelope.device == actor.device {
            return Ok(before(
                "This file was made on this device. Bring it to the hub, or to a leader whose device reaches it.",
            ));
        }
        let mut writer = self.store().write()?;
        let now = self.now().timestamp_millis();
        let is_new = handover::take_along(&mut *writer, envelope, now)?;
        let from = name_of(&*writer, envelope.person)?;
        writer.commit()?;
        Ok(match is_new {
            true => done(format!(
                "Taken along for {from}. It goes to the hub as soon as this device reaches it."
            )),
            false => before(format!("The letter of {from} is here already.")),
        })
    }

    fn keep_letter_receipt(&self, envelope: &Envelope) -> Result<LetterLine, ApiError> {
        let kept = post::keep_receipt(&**self.store(), self.clock(), envelope);
        let applied = match kept.map_err(not_posted)? {
            post::Kept::Before => {
                return Ok(before("This receipt was opened before. Nothing changed."));
            }
            post::Kept::Now(applied) => applied,
        };
        self.tell(&Changed {
            records: applied.changed.keys().copied().collect(),
            kinds: applied.changed.values().cloned().collect(),
            ..Changed::default()
        });
        Ok(done(received(&applied)))
    }
}

/// What a receipt says, in a sentence.
fn received(applied: &Applied) -> String {
    let aside = match applied.set_aside.len() {
        0 => "",
        1 => " It did not take one of them: that is set aside with its reason.",
        _ => " It did not take all of them: the others are set aside, each with its reason.",
    };
    format!(
        "The hub has received {}.{aside}",
        changes(applied.delivered)
    )
}

fn changes(count: u64) -> String {
    match count {
        1 => "one change".to_owned(),
        count => format!("{count} changes"),
    }
}

fn letters(reader: &dyn Reader, place: Place) -> Result<Letters, ApiError> {
    let (waiting, obstacle) = match place {
        Place::Hub => (0, None),
        Place::Device => (reader.outbox_count()?, obstacle(reader)?),
    };
    let carried = reader.carried()?;
    let count =
        |is: fn(&Settled) -> bool| carried.iter().filter(|one| is(&one.settled)).count() as u64;
    let to_carry = count(|settled| *settled == Settled::NotYet);
    let receipts = count(|settled| matches!(settled, Settled::Receipt { .. }));
    let lines = carried.into_iter().rev().take(SHOWN).map(|one| {
        let (state, message) = match one.settled {
            Settled::NotYet => (CarriedState::OnItsWay, None),
            Settled::Receipt { .. } => (CarriedState::Received, None),
            Settled::Refused { message, .. } => (CarriedState::Refused, Some(message)),
        };
        Ok(LetterCarried {
            letter: one.letter,
            from: name_of(reader, one.person)?,
            made_at: moment(one.made_at),
            state,
            message,
        })
    });
    let written = reader.letters()?.into_iter().take(SHOWN);
    Ok(Letters {
        place,
        waiting,
        obstacle,
        written: written
            .map(|own| LetterWritten {
                letter: own.id,
                made_at: moment(own.made_at),
                changes: own.changes,
                answered_at: own.answered_at.map(moment),
            })
            .collect(),
        carried: lines.collect::<Result<_, ApiError>>()?,
        to_carry,
        receipts,
    })
}

/// Why no letter can be written here yet.
fn obstacle(reader: &dyn Reader) -> Result<Option<String>, ApiError> {
    let why = if notes::hub_id(reader)?.is_none() {
        Some(PostError::NoHub)
    } else if reader.note(notes::LETTER_KEY)?.is_none() {
        Some(PostError::NoKey)
    } else {
        None
    };
    Ok(why.map(|why| why.to_string()))
}

/// Who it says it is. An envelope may lie; only the hub can tell.
fn name_of(reader: &dyn Reader, person: PersonId) -> Result<String, ApiError> {
    let record = reader.get(person.into())?;
    let record = record.filter(|record| record.kind == Kind::Person);
    let name = record.map(|record| Person::read(&record).name);
    Ok(name
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "someone this device does not know yet".to_owned()))
}

fn moment(ms: i64) -> String {
    let moment = DateTime::from_timestamp_millis(ms).unwrap_or_default();
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn done(message: impl Into<String>) -> LetterLine {
    line(LetterOutcome::Done, message)
}

fn before(message: impl Into<String>) -> LetterLine {
    line(LetterOutcome::Before, message)
}

fn line(outcome: LetterOutcome, message: impl Into<String>) -> LetterLine {
    LetterLine {
        outcome,
        message: message.into(),
    }
}

/// One part that cannot be used takes nothing with it; a store that fails ends it all.
fn told(error: ApiError) -> Result<LetterLine, ApiError> {
    match error.code {
        Code::Internal | Code::NotSaved => Err(error),
        _ => Ok(line(LetterOutcome::Not, error.message)),
    }
}

fn not_posted(error: PostError) -> ApiError {
    match error {
        PostError::NoHub | PostError::NoKey => ApiError::new(Code::NoHub, error.to_string()),
        PostError::Letter(error) => error.into(),
        PostError::NotMine => ApiError::new(Code::LetterForeign, error.to_string()),
        PostError::Forged | PostError::Sync(_) => {
            ApiError::new(Code::LetterUnreadable, error.to_string())
        }
        PostError::Store(error) => error.into(),
    }
}
