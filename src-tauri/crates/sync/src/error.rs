//! What goes wrong in a sync: one enum, the source kept, a sentence for people.

use std::time::Duration;

use alongside_store::StoreError;

use crate::{WipeWord, WireError};

/// Why a sync, or a call to a hub, did not end well. What waits on the device is kept in every case.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// This space has not joined a hub.
    #[error("no hub has been joined")]
    NotJoined,
    /// The address is not one a device may speak to.
    #[error("the address cannot be used: {0}")]
    Address(&'static str),
    /// No answer came: no network, no hub, or cut off on the way.
    #[error("the hub could not be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Something answers there that does not hold the key the hub is known by.
    #[error("what answers is not the hub")]
    WrongKey,
    /// What answers cannot show that it knows the code a leader shows.
    #[error("what answers does not know the code")]
    NotProven,
    /// The hub is neither where it was nor anywhere in this network.
    #[error("the hub was not found again")]
    NotFound,
    /// The hub does not know this device's token, or not any more.
    #[error("the hub does not let this device in")]
    Unauthorised(#[source] WireError),
    /// A leader has shut this device out. Only with the `wipe` word that was agreed when it was let in is it to wipe
    /// itself ([`lost::is_ordered`](crate::lost::is_ordered)); anyone can say the rest.
    #[error("the hub has shut this device out")]
    Revoked {
        /// What the hub said.
        #[source]
        error: WireError,
        /// The word, where one was said.
        wipe: Option<WipeWord>,
    },
    /// The hub holds another school.
    #[error("the hub belongs to another school")]
    ForeignSchool(#[source] WireError),
    /// The call was larger than the hub takes. The engine sends less and goes on; only a call that cannot be made
    /// smaller ends with this.
    #[error("the call was too large")]
    TooLarge(#[source] WireError),
    /// The hub asks to come back later.
    #[error("the hub is busy")]
    Busy {
        /// When to come back, where the hub said it.
        retry_after: Option<Duration>,
        /// What the hub said.
        #[source]
        error: WireError,
    },
    /// The hub refused the whole call.
    #[error("the hub refused the call with {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What the hub said.
        #[source]
        error: WireError,
    },
    /// What came back is not what a hub answers.
    #[error("the answer was not a hub's: {0}")]
    Garbled(String),
    /// Both sides differ even after everything was pulled again.
    #[error("this device and the hub hold different records")]
    Diverged,
    /// The device could not keep it.
    #[error("the device could not keep it")]
    Store(#[from] StoreError),
    /// The app is being closed.
    #[error("stopped before the end")]
    Stopped,
}

impl SyncError {
    /// For machines; stable.
    pub fn code(&self) -> &str {
        match self {
            Self::NotJoined => "no_hub",
            Self::Address(_) => "bad_address",
            Self::Unreachable(_) => "hub_unreachable",
            Self::WrongKey => "hub_key_wrong",
            Self::NotProven => "hub_not_proven",
            Self::NotFound => "hub_not_found",
            Self::Unauthorised(_) => "not_let_in",
            Self::Revoked { .. } => "device_revoked",
            Self::ForeignSchool(_) => "foreign_school",
            Self::TooLarge(_) => "too_large",
            Self::Busy { .. } => "too_many",
            Self::Refused { error, .. } => &error.code,
            Self::Garbled(_) => "answer_unreadable",
            Self::Diverged => "diverged",
            Self::Store(error) if error.is_full() => "not_saved",
            Self::Store(_) => "internal",
            Self::Stopped => "stopped",
        }
    }

    /// For people: what happened, and what to do.
    pub fn message(&self) -> String {
        match self {
            Self::NotJoined => {
                "This device has not joined a hub yet. Everything is saved here; join with a code to send it.".into()
            }
            Self::Address(why) => format!("This address cannot be used: {why}."),
            Self::Unreachable(_) => {
                "The hub cannot be reached. Everything is saved on this device and goes out as soon as there is a connection.".into()
            }
            Self::WrongKey => {
                "Another device answers where the hub was, so nothing was sent. Everything is saved here; scan the leader's code again.".into()
            }
            Self::NotProven => {
                "What answers there does not know this code, so nothing was sent. Look at the code on the leader's screen, which changes after each use, and type it again.".into()
            }
            Self::NotFound => {
                "The hub is not in this network. Everything is saved on this device and goes out as soon as it is found. If it should be here, scan the leader's code again.".into()
            }
            Self::Unauthorised(_) => {
                "The hub no longer lets this device in. Ask a leader for a new code and join again; what waits here is kept.".into()
            }
            Self::Revoked { .. } => {
                "A leader has shut this device out of the school. Ask a leader for a new code and join again.".into()
            }
            Self::ForeignSchool(_) => {
                "This hub belongs to another school. Check the address with a leader; nothing was sent.".into()
            }
            Self::TooLarge(_) => {
                "The hub found what this device sent too large. It is kept here; tell whoever looks after the hub.".into()
            }
            Self::Busy { .. } => {
                "The hub has much to do just now. Everything is saved here and is sent again in a moment.".into()
            }
            Self::Refused { error, .. } if !error.message.trim().is_empty() => error.message.clone(),
            Self::Refused { status, .. } => {
                format!("The hub answered with an error ({status}). Everything is saved here and is sent again later.")
            }
            Self::Garbled(_) => {
                "Something other than the hub answered, perhaps the sign-in page of this Wi-Fi. Open a browser to sign in, then try again; everything is saved here.".into()
            }
            Self::Diverged => {
                "This device and the hub do not agree on what there is, even after fetching everything again. Nothing of yours is lost; tell whoever looks after the hub.".into()
            }
            Self::Store(error) if error.is_full() => {
                "This device has no space left, so what the hub sent could not be kept. Free some space and try again; nothing is lost.".into()
            }
            Self::Store(_) => {
                "Alongside could not reach its own storage. Try again; if it happens again, restart the app.".into()
            }
            Self::Stopped => "The app was closed before the end. It goes on at the next start.".into(),
        }
    }

    /// Whether trying again by itself, later, may help.
    pub fn is_transient(&self) -> bool {
        match self {
            // A sign-in page that answers in the hub's place goes away by itself.
            Self::Unreachable(_)
            | Self::WrongKey
            | Self::NotFound
            | Self::Busy { .. }
            | Self::Garbled(_)
            | Self::Stopped => true,
            Self::Refused { status, .. } => *status >= 500,
            Self::Store(error) => error.is_transient(),
            Self::NotJoined
            | Self::Address(_)
            | Self::NotProven
            | Self::Unauthorised(_)
            | Self::Revoked { .. }
            | Self::ForeignSchool(_)
            | Self::TooLarge(_)
            | Self::Diverged => false,
        }
    }

    /// What a hub's refusal of a whole call means, from its status and body.
    pub fn from_status(status: u16, error: WireError, retry_after: Option<Duration>) -> Self {
        match status {
            _ if error.code == "foreign_school" => Self::ForeignSchool(error),
            401 if error.code == "device_revoked" => Self::Revoked { error, wipe: None },
            401 => Self::Unauthorised(error),
            413 => Self::TooLarge(error),
            // Too slow on the way is as passing as too often.
            408 | 429 | 503 => Self::Busy { retry_after, error },
            _ => Self::Refused { status, error },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_too_slow_or_asked_too_often_comes_back_when_told() {
        for status in [408, 429, 503] {
            let wait = Some(Duration::from_secs(7));
            let said = WireError {
                code: "too_many".into(),
                message: "Wait a moment.".into(),
            };
            let error = SyncError::from_status(status, said, wait);
            assert!(error.is_transient(), "{status}");
            assert!(
                matches!(error, SyncError::Busy { retry_after, .. } if retry_after == wait),
                "{status}"
            );
        }
    }
}
