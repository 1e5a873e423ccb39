//! Letters at a hub: what devices wrote that could not reach it, brought by somebody else.
//!
//! A letter is judged as the sync of the device that wrote it: its token is inside, and it passes the same push. Whoever
//! brings it lends it nothing. The receipt is sealed to the device, and the same letter gets the same receipt, however
//! often and by whomever it is brought.
//!
//! Laws (tested in `tests/`, module `letter`):
//! - what a letter brings has the author and the stamps of who wrote it (`a_letter_by_stick_arrives_as_its_writers`);
//! - brought twice it changes nothing (`a_letter_brought_twice_is_taken_once`);
//! - a letter of a device that was let out is refused (`a_letter_of_a_device_that_was_let_out_is_refused`);
//! - a letter whose token is another device's is refused (`a_letter_with_anothers_token_is_refused`).

mod install;

use alongside_store::Reader;
use alongside_sync::letter::Inside;
use alongside_sync::{Envelope, Letter, LetterIdentity, LetterKey, Receipt, SyncRequest};
use chrono::Duration;
use sha2::{Digest as _, Sha256};

use crate::desk::{Changed, Desk};
use crate::exchange::wire_time;
use crate::{Actor, ApiError, Code, log, notes};

pub use install::{
    CarriedState, LetterCarried, LetterFile, LetterLine, LetterMake, LetterOutcome, LetterTake,
    LetterTaken, LetterWritten, Letters, is_cut_off,
};

/// A letter that was taken in.
pub(crate) struct TakenLetter {
    /// Its receipt, as it lies in a file.
    pub(crate) receipt: Vec<u8>,
    /// What came of it; none when it had been taken in before.
    pub(crate) counts: Option<Counts>,
}

/// What came of the fields of a letter.
pub(crate) struct Counts {
    /// The hub holds them, or later ones.
    pub(crate) held: usize,
    /// It did not take them.
    pub(crate) refused: usize,
}

/// How many days a hub remembers which letters it took in. One that comes later is judged again, which changes nothing
/// unless what was refused is allowed by now.
const REMEMBERED_DAYS: i64 = 400;

/// To what letters for the hub of this store are sealed; none before it was opened with letters.
pub(crate) fn key_of(reader: &dyn Reader) -> Result<Option<LetterKey>, ApiError> {
    Ok(identity(reader)?.map(|identity| identity.key()))
}

fn identity(reader: &dyn Reader) -> Result<Option<LetterIdentity>, ApiError> {
    let noted = reader.note(notes::LETTER_IDENTITY)?;
    Ok(noted.and_then(|text| text.parse().ok()))
}

impl Desk {
    /// Gives a hub the key for its letters, if it has none.
    pub fn open_letters(&self) -> Result<(), ApiError> {
        if identity(&*self.store().read()?)?.is_some() {
            return Ok(());
        }
        let mut writer = self.store().write()?;
        // Another program may have been first.
        if identity(&*writer)?.is_none() {
            let fresh = LetterIdentity::generate().text();
            writer.note_put(notes::LETTER_IDENTITY, Some(&fresh))?;
            writer.commit()?;
        }
        Ok(())
    }

    /// To what letters for this hub are sealed.
    pub fn letter_key(&self) -> Result<LetterKey, ApiError> {
        let key = key_of(&*self.store().read()?)?;
        key.ok_or_else(|| {
            ApiError::new(
                Code::Internal,
                "This hub has no key for letters. Start it once with `serve`.",
            )
        })
    }

    /// Takes one letter in, as it lies in a file, and answers with its receipt in the same form.
    ///
    /// Errors with [`Code::LetterUnreadable`], [`Code::LetterNewer`], [`Code::LetterForeign`] or [`Code::LetterRefused`]
    /// when the hub will never take it; then nothing of it counts, and everything waits on where it does. A field that
    /// may not be written is no error but a line in the receipt.
    pub fn take_letter(&self, file: &[u8]) -> Result<Vec<u8>, ApiError> {
        let mut envelopes = Envelope::read_all(file)?;
        let (Some(envelope), true) = (envelopes.pop(), envelopes.is_empty()) else {
            return Err(ApiError::new(
                Code::BadRequest,
                "A call brings one letter. Send them one after the other.",
            ));
        };
        Ok(self.take_envelope(&envelope)?.receipt)
    }

    /// The same with its envelope already read.
    pub(crate) fn take_envelope(&self, envelope: &Envelope) -> Result<TakenLetter, ApiError> {
        if envelope.inside == Inside::Receipt {
            return Err(ApiError::new(
                Code::LetterUnreadable,
                "This is a receipt. Open it on the device whose letter it answers.",
            ));
        }
        let letter = self.opened(envelope)?;
        let hash: [u8; 32] = Sha256::digest(&envelope.sealed).into();
        let mut writer = self.store().write()?;
        if let Some(receipt) = writer.letter_taken(&hash)? {
            return Ok(TakenLetter {
                receipt,
                counts: None,
            });
        }
        let actor = self.writer_of(&letter)?;
        // What is new is not asked for, and the moment of sending is not that of arriving.
        let request = SyncRequest {
            records: letter.request.records.clone(),
            ..SyncRequest::default()
        };
        let mut changed = Changed::default();
        let mut pushed = self.push_into(&mut *writer, &[(actor, request)], &mut changed)?;
        let results = pushed.pop().unwrap_or_else(|| Ok(Vec::new()));
        let results = results.map_err(|error| match error.code {
            Code::TooLarge => ApiError::new(Code::LetterUnreadable, error.message),
            // The store may have failed; everything else is for good.
            Code::Internal | Code::NotSaved => error,
            _ => refused(),
        })?;
        let counts = Counts {
            held: results
                .iter()
                .map(|result| result.accepted.len() + result.superseded.len())
                .sum(),
            refused: results.iter().map(|result| result.refused.len()).sum(),
        };
        let now = self.now();
        let mut receipt = Receipt::of(&letter, results, wire_time(now));
        receipt.mark = log::mark(&*writer)?;
        let receipt = receipt.seal(&letter)?.to_bytes();
        let oldest = now - Duration::days(REMEMBERED_DAYS);
        let (at, oldest) = (now.timestamp_millis(), oldest.timestamp_millis());
        writer.letter_taken_put(&hash, at, &receipt, oldest)?;
        writer.commit()?;
        self.tell(&changed);
        Ok(TakenLetter {
            receipt,
            counts: Some(counts),
        })
    }

    fn opened(&self, envelope: &Envelope) -> Result<Letter, ApiError> {
        let reader = self.store().read()?;
        if envelope.hub != self.hub_id(&*reader)? {
            return Err(ApiError::new(
                Code::LetterForeign,
                "This letter is for another hub. Bring it to the hub that the device it came from has joined.",
            ));
        }
        let identity = identity(&*reader)?.ok_or_else(|| {
            ApiError::new(
                Code::Internal,
                "This hub has no key for letters. Start it once with `serve`.",
            )
        })?;
        Ok(envelope.open_letter(&identity)?)
    }

    /// Who wrote a letter, by the token inside it and nothing else.
    fn writer_of(&self, letter: &Letter) -> Result<Actor, ApiError> {
        let actor = self.actor_by_token(&letter.token).map_err(|error| {
            // The store may have failed; everything else is for good.
            match error.code {
                Code::Internal | Code::NotSaved => error,
                _ => refused(),
            }
        })?;
        if actor.device != letter.device || actor.person != letter.person {
            return Err(refused());
        }
        Ok(actor)
    }
}

fn refused() -> ApiError {
    ApiError::new(
        Code::LetterRefused,
        "The hub no longer lets the device in that this letter came from, so nothing of it was taken. What waits there is kept; ask a leader for a new code for it.",
    )
}
