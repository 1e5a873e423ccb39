//! A hub spoken to by a device in the same process: the leader's own store, when the leader's device is the school's hub.
//!
//! The same words as over the network, judged by the same desk, for whoever holds the token; only the network is left
//! out, so that nothing listens while the door is shut.

use std::sync::Arc;

use alongside_api::{Actor, ApiError, Code, Where, command};
use alongside_store::DeviceKind;
use alongside_sync::{Answering, Exchange, Farewell, Heard};
use alongside_sync::{LetterKey, PairAnswer, PairRequest, SyncAnswer, SyncError, SyncRequest};
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;

use crate::answer::Failed;
use crate::hub::{Happening, Hub, blocking};
use crate::who::Key;

/// The way to a hub in the same process.
pub struct Inside {
    hub: Arc<Hub>,
    token: Option<String>,
}

impl Inside {
    /// The way to `hub`, spoken to with `token`; none before pairing.
    pub fn new(hub: Arc<Hub>, token: Option<String>) -> Self {
        Self { hub, token }
    }

    /// The hub.
    pub fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    fn key(&self) -> Key {
        match &self.token {
            Some(token) => Key::Bearer(token.clone()),
            None => Key::Nothing,
        }
    }

    async fn actor(&self) -> Result<Actor, SyncError> {
        let key = self.key();
        Ok(blocking(&self.hub, move |hub| hub.actor(&key)).await?)
    }

    async fn version(&self, actor: Actor) -> Result<u64, SyncError> {
        Ok(blocking(&self.hub, move |hub| hub.desk().feed_version(&actor)).await?)
    }
}

impl Exchange for Inside {
    fn pair<'a>(&'a self, request: &'a PairRequest) -> Answering<'a, PairAnswer> {
        let request = request.clone();
        Box::pin(async move {
            let paired = blocking(&self.hub, move |hub| {
                hub.desk().pair(
                    &request.code,
                    &request.device,
                    DeviceKind::App,
                    request.school.as_ref(),
                )
            });
            Ok(paired.await?)
        })
    }

    fn exchange<'a>(&'a self, request: &'a SyncRequest) -> Answering<'a, SyncAnswer> {
        let request = request.clone();
        Box::pin(async move {
            let actor = self.actor().await?;
            if !request.records.is_empty() {
                return Ok(self.hub.queue().push(actor, request).await?);
            }
            let answered = blocking(&self.hub, move |hub| hub.desk().exchange(&actor, request));
            Ok(answered.await?)
        })
    }

    fn ask<'a>(&'a self, name: &'a str, request: Value) -> Answering<'a, Value> {
        Box::pin(async move {
            let Some(command) = command(name).filter(|command| command.at != Where::Install) else {
                let unknown = ApiError::new(Code::UnknownCommand, "This is not asked of a hub.");
                return Err(Failed::from(unknown).into());
            };
            let actor = self.actor().await?;
            let answered = blocking(&self.hub, move |hub| {
                hub.desk().call(&actor, command.name, request)
            });
            Ok(answered.await?)
        })
    }

    fn farewell<'a>(&'a self, said: &'a Farewell) -> Answering<'a, ()> {
        let (said, token) = (said.clone(), self.token.clone());
        Box::pin(async move {
            let Some(token) = token else {
                return Err(SyncError::NotJoined);
            };
            let taken = blocking(&self.hub, move |hub| hub.desk().farewell(&token, &said));
            Ok(taken.await?)
        })
    }

    fn letter<'a>(&'a self, letter: &'a [u8]) -> Answering<'a, Vec<u8>> {
        let letter = letter.to_vec();
        Box::pin(async move {
            self.actor().await?;
            let taken = blocking(&self.hub, move |hub| hub.desk().take_letter(&letter));
            Ok(taken.await?)
        })
    }

    fn letter_key(&self) -> Answering<'_, LetterKey> {
        Box::pin(async move {
            self.actor().await?;
            Ok(blocking(&self.hub, |hub| hub.desk().letter_key()).await?)
        })
    }

    fn listen<'a>(&'a self, heard: &'a (dyn Fn(Heard) + Send + Sync)) -> Answering<'a, ()> {
        Box::pin(async move {
            let mut happenings = self.hub.happenings();
            let actor = self.actor().await?;
            let mut known = self.version(actor).await?;
            heard(Heard::Open);
            loop {
                match happenings.recv().await {
                    Ok(Happening::LetOut(device)) if device == actor.device => {
                        self.actor().await?;
                    }
                    Ok(Happening::LetOut(_)) => {}
                    // Who was too slow to hear everything still learns the version.
                    Ok(Happening::Changed(_)) | Err(RecvError::Lagged(_)) => {
                        let version = self.version(actor).await?;
                        if version > known {
                            known = version;
                            heard(Heard::Changed(version));
                        }
                    }
                    Err(RecvError::Closed) => return Ok(()),
                }
            }
        })
    }
}
