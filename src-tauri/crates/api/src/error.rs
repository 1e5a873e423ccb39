//! What goes wrong when a person asks for something: a code for machines, a sentence for people.

use alongside_domain::Refusal;
use alongside_store::StoreError;
use alongside_sync::LetterError;
use alongside_sync::WipeWord;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Every reason a command can fail with. The screen chooses by this, never by the sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The request did not have the form the command asks for.
    BadRequest,
    /// There is no command of this name.
    UnknownCommand,
    /// The thing is not here, or not for this person to read: the two are not told apart.
    NotFound,
    /// This person may not do this.
    NotAllowed,
    /// A rule of the protocol, or the state of the record, forbids it now.
    Refused,
    /// Nobody is signed in.
    SignInFirst,
    /// The pairing code is wrong, used or too old.
    CodeUnknown,
    /// The leader's door is shut: nobody can join or hand over there now.
    DoorClosed,
    /// This person's space on this device is behind its PIN.
    Locked,
    /// The PIN is not the right one.
    PinWrong,
    /// A leader has shut this device out.
    DeviceRevoked,
    /// The hub could not be reached.
    HubUnreachable,
    /// The hub is neither where it was nor anywhere in this network; the person is asked for its code.
    HubNotFound,
    /// This device is not yet connected to a hub.
    NoHub,
    /// The hub belongs to another school.
    ForeignSchool,
    /// More than one call may carry.
    TooLarge,
    /// Too many tries in too short a time.
    TooMany,
    /// A letter or receipt is damaged, or is none.
    LetterUnreadable,
    /// It was made by a newer version.
    LetterNewer,
    /// It was sealed for another hub.
    LetterForeign,
    /// The hub lets the device that wrote it in no longer.
    LetterRefused,
    /// The disk is full: it was not saved.
    NotSaved,
    /// Something inside went wrong; the log has more.
    Internal,
}

/// A failed command, as the screen receives it.
#[derive(Debug, Clone, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// For the screen to act on.
    pub code: Code,
    /// For the person: what happened and what to do.
    pub message: String,
    /// With [`Code::DeviceRevoked`], the word that makes the device wipe itself. Never for a screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(skip)]
    pub wipe: Option<WipeWord>,
}

impl ApiError {
    /// An error with its sentence.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            wipe: None,
        }
    }

    /// The thing is not here, or not for this person.
    pub fn not_found(what: &str) -> Self {
        Self::new(
            Code::NotFound,
            format!(
                "This {what} is not here. It may have been removed, or it is not yours to read."
            ),
        )
    }

    /// This person may not do this.
    pub fn not_allowed(message: impl Into<String>) -> Self {
        Self::new(Code::NotAllowed, message)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::new(Code::Refused, refusal.message())
    }
}

impl From<LetterError> for ApiError {
    fn from(error: LetterError) -> Self {
        let code = match error {
            LetterError::NotOurs | LetterError::Damaged | LetterError::TooLarge => {
                Code::LetterUnreadable
            }
            LetterError::Newer => Code::LetterNewer,
            LetterError::WrongKey => Code::LetterForeign,
        };
        Self::new(code, error.to_string())
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if error.is_full() {
            return Self::new(
                Code::NotSaved,
                "Not saved: this device has no space left. Free some space and tap again; nothing else is lost.",
            );
        }
        tracing::error!(%error, "store");
        Self::new(
            Code::Internal,
            "Alongside could not reach its own storage. Try again; if it happens again, restart the app.",
        )
    }
}
