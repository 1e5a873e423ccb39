//! What a device says at a leader's door: it asks to come in, and asks again and again what the leader has said to that.

use crate::wire::{HandoverAnswer, HandoverRequest, JoinAsked, JoinRequest, JoinState};
use crate::{HttpHub, HubAddress, SyncError};

impl HttpHub {
    /// Asks to come in. Cut off, it is asked again with the same secret, and is the same ask.
    pub async fn ask_in(&self, request: &JoinRequest) -> Result<JoinAsked, SyncError> {
        self.post("v1/join", request).await
    }

    /// What the leader has said to an ask, for who shows its secret.
    pub async fn asked(&self, asked: &JoinAsked, secret: &str) -> Result<JoinState, SyncError> {
        let is_number = !asked.ask.is_empty()
            && asked
                .ask
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        if !is_number {
            return Err(SyncError::Garbled("an ask without a number".into()));
        }
        self.get_as(&format!("v1/join/{}", asked.ask), secret).await
    }

    /// Hands over to a leader who collects. Cut off, it is simply done again.
    pub async fn hand_over(&self, request: &HandoverRequest) -> Result<HandoverAnswer, SyncError> {
        self.post("v1/handover", request).await
    }
}

/// The first of several addresses at which the pinned hub answers; all are tried at once.
///
/// Errors with the last reason when none does.
pub async fn first_that_answers(addresses: Vec<HubAddress>) -> Result<HubAddress, SyncError> {
    let mut tries = tokio::task::JoinSet::new();
    for address in addresses {
        tries.spawn(async move {
            let hub = HttpHub::new(address.clone(), None, None)?;
            hub.health().await.map(|_| address)
        });
    }
    let mut last = SyncError::Address("there is none");
    while let Some(tried) = tries.join_next().await {
        match tried {
            Ok(Ok(address)) => return Ok(address),
            Ok(Err(error)) => last = error,
            Err(_) => last = SyncError::Stopped,
        }
    }
    Err(last)
}
