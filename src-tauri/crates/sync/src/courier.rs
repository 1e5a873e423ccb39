//! Letters of others that this device carries: at its own sync with their hub they go first, and their receipts are kept
//! to be handed back.
//!
//! A letter that cannot be delivered now is tried again with the next sync, and holds up neither the others nor what this
//! device wrote itself. One that the hub refuses for good is kept with the reason and not sent again.

use std::sync::Arc;

use alongside_domain::LetterId;
use alongside_store::Settled;

use crate::{Engine, Envelope, Exchange, SyncError, notes};

/// How many letters are delivered in one sync; the others go with the next.
const AT_ONCE: usize = 64;

impl Engine {
    /// Delivers the letters for the hub of this space. Returns how many were settled.
    ///
    /// Errors when the hub cannot be reached or lets this device in no longer: then a sync would not work either.
    pub(crate) async fn deliver_letters(&self, hub: &dyn Exchange) -> Result<u32, SyncError> {
        let mut settled = 0;
        for id in self.letters_to_deliver().await? {
            let reading = Arc::clone(self.store());
            let letter = self
                .at_disk(move || Ok(reading.read()?.carried_letter(id)?))
                .await?;
            let Some(letter) = letter else {
                continue;
            };
            let answered = hub.letter(&letter).await;
            let at = i64::try_from(self.clock().now_ms()).unwrap_or(i64::MAX);
            let (outcome, receipt) = match answered {
                Ok(receipt) => match is_receipt_for(&receipt, id) {
                    true => (Settled::Receipt { at }, receipt),
                    // Something in between answered in the hub's place.
                    false => continue,
                },
                Err(error) => match refused_for_good(&error) {
                    Some((code, message)) => (Settled::Refused { at, code, message }, Vec::new()),
                    None if stops(&error) => return Err(error),
                    None => {
                        tracing::info!(code = error.code(), "a letter was not delivered yet");
                        continue;
                    }
                },
            };
            let keeping = Arc::clone(self.store());
            self.at_disk(move || {
                let mut writer = keeping.write()?;
                writer.carried_settle(id, &outcome, &receipt)?;
                writer.commit()?;
                Ok(())
            })
            .await?;
            settled += 1;
        }
        Ok(settled)
    }

    async fn letters_to_deliver(&self) -> Result<Vec<LetterId>, SyncError> {
        let store = Arc::clone(self.store());
        self.at_disk(move || {
            let reader = store.read()?;
            if reader.carried_count()? == 0 {
                return Ok(Vec::new());
            }
            let hub = notes::hub_id(&*reader)?;
            let carried = reader.carried()?.into_iter();
            let due = carried.filter(|one| one.settled == Settled::NotYet && Some(one.hub) == hub);
            Ok(due.map(|one| one.letter).take(AT_ONCE).collect())
        })
        .await
    }

    /// Learns to what letters for the hub are sealed, where that is not known yet. A hub from before letters has no answer.
    pub async fn learn_letter_key(&self, hub: &dyn Exchange) -> Result<(), SyncError> {
        let reading = Arc::clone(self.store());
        let is_known = self
            .at_disk(move || Ok(reading.read()?.note(notes::LETTER_KEY)?.is_some()))
            .await?;
        if is_known {
            return Ok(());
        }
        let key = hub.letter_key().await?;
        let keeping = Arc::clone(self.store());
        self.at_disk(move || {
            let mut writer = keeping.write()?;
            writer.note_put(notes::LETTER_KEY, Some(&key.to_string()))?;
            writer.commit()?;
            Ok(())
        })
        .await
    }

    /// Forgets letters made here once nothing waits any more: all that was in them has come another way.
    pub(crate) async fn forget_overtaken_letters(&self) -> Result<(), SyncError> {
        let store = Arc::clone(self.store());
        self.at_disk(move || {
            let reader = store.read()?;
            let own = reader.letters()?;
            let mut overtaken = own
                .iter()
                .filter(|own| own.answered_at.is_none())
                .peekable();
            if overtaken.peek().is_none() || reader.outbox_count()? > 0 {
                return Ok(());
            }
            drop(reader);
            let mut writer = store.write()?;
            if writer.outbox_count()? == 0 {
                for own in overtaken {
                    writer.letter_delete(own.id)?;
                }
                writer.commit()?;
            }
            Ok(())
        })
        .await
    }
}

fn is_receipt_for(receipt: &[u8], id: LetterId) -> bool {
    let envelopes = Envelope::read_all(receipt);
    envelopes.is_ok_and(|all| all.iter().any(|one| one.letter == id))
}

/// The hub's own word that it will never take this letter.
fn refused_for_good(error: &SyncError) -> Option<(String, String)> {
    match error {
        SyncError::Refused { error, .. } if error.code.starts_with("letter_") => {
            Some((error.code.clone(), error.message.clone()))
        }
        SyncError::TooLarge(error) => Some((error.code.clone(), error.message.clone())),
        _ => None,
    }
}

/// Whether nothing else would work after this either.
fn stops(error: &SyncError) -> bool {
    matches!(
        error,
        SyncError::Unreachable(_)
            | SyncError::Unauthorised(_)
            | SyncError::ForeignSchool(_)
            | SyncError::Store(_)
            | SyncError::Stopped
    )
}
