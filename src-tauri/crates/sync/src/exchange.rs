//! What a device can ask of a hub. [`HttpHub`](crate::HttpHub) asks over the network; tests put a hub behind this in
//! the same process.

use std::future::Future;
use std::pin::Pin;

use serde_json::Value;

use crate::{
    Farewell, LetterKey, PairAnswer, PairRequest, SyncAnswer, SyncError, SyncRequest, WireError,
};

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

    /// Brings the hub a letter of another device, as it lies in a file; its receipt comes back the same way.
    ///
    /// A letter that the hub will never take is [`SyncError::Refused`] with a code that begins with `letter_`.
    fn letter<'a>(&'a self, _letter: &'a [u8]) -> Answering<'a, Vec<u8>> {
        Box::pin(async { Err(no_letters()) })
    }

    /// To what letters for the hub are sealed.
    fn letter_key(&self) -> Answering<'_, LetterKey> {
        Box::pin(async { Err(no_letters()) })
    }

    /// The encodings the hub has said it reads (its `Accept-Encoding`), once it has said so.
    fn encoding(&self) -> Option<String> {
        None
    }
}

/// What a hub from before letters says of them.
fn no_letters() -> SyncError {
    let error = WireError {
        code: "not_found".into(),
        message: "This hub does not take letters yet. Update it.".into(),
    };
    SyncError::Refused { status: 404, error }
}
