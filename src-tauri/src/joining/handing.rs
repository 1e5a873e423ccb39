//! What a tablet hands over to a leader who collects: the letters for the hub first, then copies for the leader to read.

use alongside_api::{ApiError, Code, Desk};
use alongside_sync::post::{self, PostError};
use alongside_sync::wire::{HandoverAnswer, HandoverOf, HandoverRequest};
use alongside_sync::{Envelope, WireRecord};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The most copies in one call.
const COPIES: usize = 50;
/// The most fields of them: a few hundred kilobytes, so that the bar moves and a cut line costs little.
const FIELDS: usize = 1000;

/// The calls of a handover, in order; the last one says that it is. There is always one, since receipts may have come.
pub(super) fn calls(desk: &Desk) -> Result<Vec<HandoverRequest>, ApiError> {
    let written = post::write(&**desk.store(), desk.clock()).map_err(|error| at_post(&error))?;
    let mut calls = Vec::new();
    let mut of = HandoverOf::default();
    if let Some(written) = written {
        of = HandoverOf {
            changes: written.changes,
            records: written.records,
        };
        calls.extend(written.letters.iter().map(|letter| HandoverRequest {
            letter: STANDARD.encode(letter.to_bytes()),
            ..HandoverRequest::default()
        }));
    }
    calls.extend(batches(desk.copies()?).map(|copies| HandoverRequest {
        copies,
        ..HandoverRequest::default()
    }));
    if calls.is_empty() {
        calls.push(HandoverRequest::default());
    }
    for call in &mut calls {
        call.of = of;
    }
    if let Some(last) = calls.last_mut() {
        last.done = true;
    }
    Ok(calls)
}

fn batches(copies: Vec<WireRecord>) -> impl Iterator<Item = Vec<WireRecord>> {
    let mut batches: Vec<Vec<WireRecord>> = Vec::new();
    let mut fields = 0;
    for copy in copies {
        fields += copy.fields.len();
        match batches.last_mut() {
            Some(batch) if batch.len() < COPIES && fields <= FIELDS => batch.push(copy),
            _ => {
                fields = copy.fields.len();
                batches.push(vec![copy]);
            }
        }
    }
    batches.into_iter()
}

/// Keeps the receipts that the leader's device has brought back from the hub.
pub(super) fn keep_receipts(desk: &Desk, answer: &HandoverAnswer) -> Result<(), ApiError> {
    for receipt in &answer.receipts {
        let read = STANDARD.decode(receipt).ok();
        let Some(envelopes) = read.and_then(|bytes| Envelope::read_all(&bytes).ok()) else {
            tracing::warn!("what was handed back is no receipt");
            continue;
        };
        for envelope in envelopes {
            match post::keep_receipt(&**desk.store(), desk.clock(), &envelope) {
                Ok(_) => {}
                Err(PostError::Store(error)) => return Err(error.into()),
                // It goes on waiting, and a sync with the hub settles it.
                Err(error) => tracing::warn!(%error, "a receipt was not kept"),
            }
        }
    }
    Ok(())
}

fn at_post(error: &PostError) -> ApiError {
    let code = match error {
        PostError::NoHub | PostError::NoKey => Code::NoHub,
        PostError::Store(error) if error.is_full() => Code::NotSaved,
        _ => Code::Internal,
    };
    ApiError::new(code, error.to_string())
}
