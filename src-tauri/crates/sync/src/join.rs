//! Joining a hub: a one-time code becomes a token, and the device knows whose it is.

use std::sync::Arc;

use alongside_store::{Reader, Store};

use crate::{Exchange, HttpHub, HubAddress, PairAnswer, PairRequest, SyncError, notes};

/// What a device learns when it joins, before anything is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Joined {
    /// The hub's answer, with the token.
    pub answer: PairAnswer,
    /// Where the hub is: a [`HubAddress`], or [`notes::INNER`].
    pub address: String,
    /// The encodings the hub said it reads.
    pub encoding: Option<String>,
}

/// Asks the hub at `address` to let this device in. Nothing is kept yet: which store is the person's is only known now.
pub async fn join(
    address: &HubAddress,
    hub: &dyn Exchange,
    request: &PairRequest,
) -> Result<Joined, SyncError> {
    join_at(address.to_string(), hub, request).await
}

/// The same with the hub that runs in this app ([`notes::INNER`]).
pub async fn join_inner(hub: &dyn Exchange, request: &PairRequest) -> Result<Joined, SyncError> {
    join_at(notes::INNER.to_owned(), hub, request).await
}

async fn join_at(
    address: String,
    hub: &dyn Exchange,
    request: &PairRequest,
) -> Result<Joined, SyncError> {
    let answer = hub.pair(request).await?;
    if let Some(school) = &request.school
        && school.id != answer.school.id
    {
        return Err(SyncError::ForeignSchool(crate::WireError {
            code: "foreign_school".into(),
            message: "This hub holds another school already.".into(),
        }));
    }
    Ok(Joined {
        address,
        encoding: hub.encoding(),
        answer,
    })
}

impl Joined {
    /// Keeps what was learnt in the person's `store`, so that the next sync finds its hub.
    ///
    /// A store that held another school is refused and left as it was. The clock of the device is settled by the
    /// first sync, together with the stamps that wait.
    pub fn keep(&self, store: &dyn Store) -> Result<(), SyncError> {
        let answer = &self.answer;
        let mut writer = store.write()?;
        if notes::school(&*writer)?.is_some_and(|school| school != answer.school.id) {
            return Err(SyncError::ForeignSchool(crate::WireError {
                code: "foreign_school".into(),
                message: "This device holds another school.".into(),
            }));
        }
        let before = notes::hub_id(&*writer)?;
        if before != Some(answer.hub) {
            // Versions are this hub's own, and what another hub acknowledged, this one may never have seen.
            notes::begin_anew(&mut *writer)?;
            if before.is_none() {
                writer.note_put(notes::HUB_MOVED, None)?;
            }
            writer.note_put(notes::LETTER_KEY, None)?;
        }
        writer.note_put(notes::HUB_ADDRESS, Some(&self.address))?;
        writer.note_put(notes::HUB_TOKEN, Some(&answer.token))?;
        writer.note_put(notes::HUB_ID, Some(&answer.hub.to_string()))?;
        writer.note_put(notes::HUB_ENCODING, self.encoding.as_deref())?;
        if let Some(key) = &answer.letter_key {
            writer.note_put(notes::LETTER_KEY, Some(key))?;
        }
        writer.note_put(notes::SCHOOL, Some(&answer.school.id.to_string()))?;
        writer.note_put(notes::PERSON, Some(&answer.person.id.to_string()))?;
        writer.commit()?;
        Ok(())
    }
}

/// The hub this space has joined, ready to be spoken to over the network; none before that, and none when the hub runs in
/// the same app.
pub fn joined_hub(reader: &dyn Reader) -> Result<Option<Arc<HttpHub>>, SyncError> {
    let (Some(address), Some(token)) = (
        reader.note(notes::HUB_ADDRESS)?,
        reader.note(notes::HUB_TOKEN)?,
    ) else {
        return Ok(None);
    };
    if address == notes::INNER {
        return Ok(None);
    }
    let encoding = reader.note(notes::HUB_ENCODING)?;
    Ok(Some(Arc::new(HttpHub::new(
        address.parse()?,
        Some(token),
        encoding,
    )?)))
}
