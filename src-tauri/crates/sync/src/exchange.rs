//! What a device can ask of a hub. [`HttpHub`](crate::HttpHub) asks over the network; tests put a hub behind this in
//! the same process.

use std::future::Future;
use std::pin::Pin;

use serde_json::Value;

use crate::{Farewell, PairAnswer, PairRequest, SyncAnswer, SyncError, SyncRequest};

/// An answer on its way.
pub type Answering<'a, T> = Pin<Box<dyn Future<Output = Result<T, SyncError>> + Send + 'a>>;

/// What is heard while listening to a hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The line is open.
    Open,
    /// Something changed; the newest version.
    Changed(u64),
}

/// The way to a hub, and back.
pub trait Exchange: Send + Sync {
    /// Asks to be let in with a one-time code.
    fn pair<'a>(&'a self, request: &'a PairRequest) -> Answering<'a, PairAnswer>;

    /// *Here is what I wrote; what is new for me?*
    fn exchange<'a>(&'a self, request: &'a SyncRequest) -> Answering<'a, SyncAnswer>;

    /// What had not been sent, said once by a device that was shut out, before it wipes itself. Whoever wraps another
    /// way to a hub passes this on.
    fn farewell<'a>(&'a self, _said: &'a Farewell) -> Answering<'a, ()> {
        Box::pin(async { Err(SyncError::NotJoined) })
    }

    /// A command that only the hub can answer, such as making a pairing code.
    ///
    /// A refusal is [`SyncError::Refused`] with the hub's own code and sentence.
    fn ask<'a>(&'a self, command: &'a str, request: Value) -> Answering<'a, Value>;

    /// Listens for changes until the line breaks. The caller listens again, after a pause.
    fn listen<'a>(&'a self, heard: &'a (dyn Fn(Heard) + Send + Sync)) -> Answering<'a, ()>;

    /// The encodings the hub has said it reads (its `Accept-Encoding`), once it has said so.
    fn encoding(&self) -> Option<String> {
        None
    }
}
