use std::collections::BTreeMap;

use alongside_domain::{Field, Kind};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::WireRecord;

const STAMP: &str = "1795251600000-0000-0123456789ab";

fn letter(text: &str, reply_to: &LetterIdentity) -> Letter {
    let field = Field {
        value: json!(text),
        stamp: STAMP.parse().unwrap(),
    };
    Letter {
        id: LetterId::from_uuid(Uuid::now_v7()),
        hub: HubId::from_uuid(Uuid::now_v7()),
        device: DeviceId::from_uuid(Uuid::now_v7()),
        person: PersonId::from_uuid(Uuid::now_v7()),
        token: "token-of-the-device".into(),
        made_at: 1_795_251_600_000,
        reply_to: reply_to.key().to_string(),
        request: SyncRequest {
            records: vec![WireRecord {
                id: RecordId::from_uuid(Uuid::now_v7()),
                kind: Kind::Observation,
                version: None,
                fields: BTreeMap::from([("overall".to_owned(), field)]),
            }],
            ..SyncRequest::default()
        },
    }
}

#[test]
fn a_letter_is_read_by_its_hub_and_its_receipt_by_its_device() {
    let (hub, device) = (LetterIdentity::generate(), LetterIdentity::generate());
    let written = letter("Calm", &device);
    let file = written.seal(&hub.key()).unwrap().to_bytes();
    let envelopes = Envelope::read_all(&file).unwrap();
    assert_eq!(envelopes.len(), 1);
    let opened = envelopes[0].open_letter(&hub).unwrap();
    assert_eq!(opened, written);

    let result = RecordResult {
        id: written.request.records[0].id,
        version: 7,
        accepted: vec!["overall".into()],
        superseded: vec![],
        refused: vec![],
    };
    let receipt = Receipt::of(&opened, vec![result], "2026-11-22T10:00:00.000Z".into());
    let file = receipt.seal(&opened).unwrap().to_bytes();
    let back = &Envelope::read_all(&file).unwrap()[0];
    assert_eq!(back.open_receipt(&device).unwrap(), receipt);
    assert_eq!(back.open_receipt(&hub), Err(LetterError::WrongKey));
}

#[test]
fn who_carries_a_letter_finds_nothing_in_it() {
    let (hub, device) = (LetterIdentity::generate(), LetterIdentity::generate());
    let written = letter("MARKER in a comment", &device);
    let file = written.seal(&hub.key()).unwrap().to_bytes();
    let holds = |needle: &str| file.windows(needle.len()).any(|w| w == needle.as_bytes());
    for secret in [
        "MARKER",
        "overall",
        "observation",
        "token-of-the-device",
        &written.reply_to,
        &written.request.records[0].id.to_string(),
    ] {
        assert!(!holds(secret), "{secret} stands in clear");
    }
    let carrier = LetterIdentity::generate();
    assert_eq!(
        Envelope::read_all(&file).unwrap()[0].open_letter(&carrier),
        Err(LetterError::WrongKey)
    );
}

#[test]
fn the_length_of_a_letter_tells_little() {
    let (hub, device) = (LetterIdentity::generate(), LetterIdentity::generate());
    // age adds a line of random length to its head; what it seals is compared without.
    let length = |text: &str| {
        let sealed = letter(text, &device).seal(&hub.key()).unwrap().sealed;
        let head = sealed.windows(5).position(|w| w == b"\n--- ").unwrap();
        sealed.len() - head
    };
    assert_eq!(length("no"), length("A whole sentence about the lesson."));
}

#[test]
fn a_change_anywhere_is_noticed() {
    let (hub, device) = (LetterIdentity::generate(), LetterIdentity::generate());
    let written = letter("Calm", &device);
    let file = written.seal(&hub.key()).unwrap().to_bytes();
    for place in 0..file.len() {
        // Every byte of the line and the head, and some of each part of what follows.
        if place > 900 && place % 97 != 0 && place + 40 < file.len() {
            continue;
        }
        let mut changed = file.clone();
        changed[place] ^= 0x04;
        let opened =
            Envelope::read_all(&changed).and_then(|envelopes| envelopes[0].open_letter(&hub));
        assert!(opened.is_err(), "a change of byte {place} went unnoticed");
    }
}

#[test]
fn a_cut_anywhere_is_noticed() {
    let (hub, device) = (LetterIdentity::generate(), LetterIdentity::generate());
    let one = letter("Calm", &device).seal(&hub.key()).unwrap().to_bytes();
    for end in (0..one.len()).step_by(41).chain([one.len() - 1]) {
        assert!(Envelope::read_all(&one[..end]).is_err());
    }
    let two = [one.clone(), one.clone()].concat();
    assert_eq!(Envelope::read_all(&two).unwrap().len(), 2);
    assert_eq!(
        Envelope::read_all(&two[..two.len() - 1]),
        Err(LetterError::Damaged)
    );
    let grown = [one.clone(), b"more".to_vec()].concat();
    assert_eq!(Envelope::read_all(&grown), Err(LetterError::Damaged));
}

#[test]
fn a_file_of_something_else_is_told_apart_from_a_newer_one() {
    assert_eq!(Envelope::read_all(b""), Err(LetterError::NotOurs));
    assert_eq!(Envelope::read_all(b"PK\x03\x04"), Err(LetterError::NotOurs));
    assert_eq!(
        Envelope::read_all(b"alongside letter 2\n{}"),
        Err(LetterError::Newer)
    );
}

#[test]
fn a_bomb_is_not_unpacked_and_a_crowd_of_recipients_is_not_asked() {
    let hub = LetterIdentity::generate();
    let bomb = vec![b' '; OPENED_LIMIT + 1];
    let sealed = hub.key().seal(&bomb).unwrap();
    assert_eq!(hub.open(&sealed), Err(LetterError::Damaged));
    let one = "-> X25519 TEiF0ypqr+bpvcqXNyCVJpL7OuwPdVwPL7KQEbFDOCc\nKsZR3Xa5wsRVsPOhxNmC9e4pEK1qHVs3cyKTpRoJSyY\n";
    let crowd = format!("age-encryption.org/v1\n{}--- x\n", one.repeat(9));
    assert_eq!(hub.open(crowd.as_bytes()), Err(LetterError::Damaged));
}

proptest! {
    #[test]
    fn whatever_lies_in_a_file_it_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400), ours in any::<bool>()) {
        let mut file = if ours { b"alongside letter 1\n".to_vec() } else { Vec::new() };
        file.extend(bytes);
        let _ = Envelope::read_all(&file);
        let _ = Letter::read(&file);
        let _ = Receipt::read(&file);
    }
}
