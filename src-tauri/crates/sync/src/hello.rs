//! Typing instead of scanning: how a device learns which key to pin when only an address and a code were typed.
//!
//! Whoever answers at the address shows that it knows the code, for the very key of this connection:
//! `HMAC-SHA256(code, "alongside hello 1" | SHA-256 of the connection's SubjectPublicKeyInfo | nonce)`. Who stands in
//! between has another key on this side, and can neither make such a proof without the code nor use the true hub's,
//! which names the true hub's key. Only then is the key pinned, and only to that key is the code told.

use alongside_domain::HubId;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

use crate::wire::{HelloAnswer, HelloRequest};
use crate::{DoorCode, HttpHub, HubAddress, KeyHash, SyncError};

/// How what is proven begins, so that a proof can be taken for nothing else.
const PURPOSE: &[u8] = b"alongside hello 1";
/// Bytes of a nonce.
const NONCE: usize = 32;

/// Who answered, proven to know the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// Where, with the proven key pinned.
    pub address: HubAddress,
    /// Whose records: this hub, or the school's hub that is collected for.
    pub hub: HubId,
}

/// Asks who answers at `address` for a proof that it knows `code`.
///
/// Nothing that anyone could use is sent: only a nonce. Errors with [`SyncError::NotProven`] when the proof is wrong, as it
/// also is for a code that was used up or is too old.
pub async fn hello(address: &HubAddress, code: &DoorCode) -> Result<Proven, SyncError> {
    let stranger = HttpHub::stranger(address)?;
    let nonce: [u8; NONCE] = rand::random();
    let request = HelloRequest {
        nonce: URL_SAFE_NO_PAD.encode(nonce),
    };
    let (answer, key): (HelloAnswer, KeyHash) = stranger.ask_stranger("v1/hello", &request).await?;
    let proof = URL_SAFE_NO_PAD
        .decode(&answer.proof)
        .map_err(|_| SyncError::NotProven)?;
    hmac::verify(&secret(code), &proven(&key, &nonce), &proof).map_err(|_| SyncError::NotProven)?;
    Ok(Proven {
        address: address.with_pin(key)?,
        hub: answer.hub,
    })
}

/// The other side: the proof that this hub, whose connections are to `key`, knows `code`. None when the nonce is not 32
/// bytes.
pub fn proof(code: &DoorCode, key: &KeyHash, nonce: &str) -> Option<String> {
    let nonce: [u8; NONCE] = URL_SAFE_NO_PAD.decode(nonce).ok()?.try_into().ok()?;
    let tag = hmac::sign(&secret(code), &proven(key, &nonce));
    Some(URL_SAFE_NO_PAD.encode(tag))
}

fn secret(code: &DoorCode) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, code.bits())
}

fn proven(key: &KeyHash, nonce: &[u8; NONCE]) -> Vec<u8> {
    [PURPOSE, key.0.as_slice(), nonce.as_slice()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_for_one_code_one_key_and_one_nonce() {
        let nonce = |byte: u8| URL_SAFE_NO_PAD.encode([byte; NONCE]);
        let made = |code: u8, key: u8, nonce: String| {
            proof(&DoorCode::new([code; 16]), &KeyHash([key; 32]), &nonce).unwrap()
        };
        let one = made(1, 1, nonce(1));
        assert_eq!(one, made(1, 1, nonce(1)));
        for other in [
            made(2, 1, nonce(1)),
            made(1, 2, nonce(1)),
            made(1, 1, nonce(2)),
        ] {
            assert_ne!(one, other);
        }
        for bad in ["", "AAAA", "not base64", &"A".repeat(4000)] {
            assert_eq!(proof(&DoorCode::new([1; 16]), &KeyHash([1; 32]), bad), None);
        }
    }
}
