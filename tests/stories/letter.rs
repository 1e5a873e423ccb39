//! What goes to the hub without a network: letters by stick and in a leader's bag, their receipts, and those who would
//! read, change or forge them on the way.

use alongside_api::{Actor, Code};
use alongside_domain::{DeviceId, Kind, LetterId, Record};
use alongside_store::{Settled, Store as _};
use alongside_sync::post::{self, PostError};
use alongside_sync::wire::{HandoverOf, HandoverRequest};
use alongside_sync::{
    Checked, Envelope, Exchange as _, Letter, LetterIdentity, Receipt, SyncError, SyncRequest,
    WireRecord,
};
use alongside_tests::{Cast, Device, Outsider, RunningHub, School};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::story::{finish, observe, write};

/// What waits on a device, in letters.
fn letters(device: &Device) -> Vec<Envelope> {
    let written = post::write(&**device.store(), device.desk.clock()).unwrap();
    written.map(|written| written.letters).unwrap_or_default()
}

/// The one letter that all that waits goes into.
fn letter(device: &Device) -> Envelope {
    let mut letters = letters(device);
    assert_eq!(letters.len(), 1);
    letters.remove(0)
}

/// Reads a receipt as it lies in a file on the device it is for.
fn read_receipt(device: &Device, file: &[u8]) -> Result<post::Kept, PostError> {
    let envelope = Envelope::read_all(file).unwrap().remove(0);
    post::keep_receipt(&**device.store(), device.desk.clock(), &envelope)
}

fn overall(device: &Device, words: &str) {
    write(device, json!({ "what": "overall", "text": words }));
}

fn of_ansa(hub: &RunningHub) -> Option<Record> {
    School::get(hub, Cast::of_ansa())
}

fn version(hub: &RunningHub) -> u64 {
    hub.desk().store().read().unwrap().version().unwrap()
}

/// A hub, an observer who has written much and has no network, and a leader who has.
async fn out_of_reach() -> (RunningHub, Device, Device) {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    let leader = Device::join(&hub, Cast::LEADER).await;
    ansa.sync().await;
    leader.sync().await;
    observe(&ansa, "seen", "MARKER every board in reach");
    finish(&ansa);
    (hub, ansa, leader)
}

/// The code with which the hub refuses a letter for good.
async fn refusal(carrier: &Device, file: &[u8]) -> String {
    match carrier.hub.letter(file).await {
        Err(SyncError::Refused { status: 422, error }) => error.code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_by_stick_arrives_as_its_writers() {
    let (hub, ansa, leader) = out_of_reach().await;
    let waiting = ansa.waiting();
    let file = letter(&ansa).to_bytes();
    assert_eq!(
        ansa.waiting(),
        waiting,
        "a letter takes nothing out of what waits"
    );

    let receipt = leader.hub.letter(&file).await.unwrap();
    let held = of_ansa(&hub).unwrap();
    assert_eq!(held.fields, ansa.get(Cast::of_ansa()).unwrap().fields);
    let reader = hub.desk().store().read().unwrap();
    let lines = reader.log(&Default::default(), None, 500).unwrap();
    let line = lines
        .iter()
        .find(|line| line.record == Some(Cast::of_ansa().into()))
        .unwrap();
    assert_eq!(
        line.person,
        Some(Cast::ANSA),
        "who brought it is not who wrote it"
    );
    assert_eq!(line.device, Some(ansa.actor.device));
    drop(reader);

    read_receipt(&ansa, &receipt).unwrap();
    assert_eq!((ansa.waiting(), ansa.set_aside().len()), (0, 0));
    assert_eq!(ansa.sync().await.checked, Checked::Same);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_brought_twice_is_taken_once() {
    let (hub, ansa, leader) = out_of_reach().await;
    let file = letter(&ansa).to_bytes();
    let receipt = leader.hub.letter(&file).await.unwrap();
    let before = version(&hub);
    let lines = alongside_api::log::check(&*hub.desk().store().read().unwrap()).unwrap();
    assert_eq!(leader.hub.letter(&file).await.unwrap(), receipt);
    assert_eq!(hub.desk().take_letter(&file).unwrap(), receipt);
    assert_eq!(version(&hub), before);
    let again = alongside_api::log::check(&*hub.desk().store().read().unwrap()).unwrap();
    assert_eq!(again, lines);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_read_twice_changes_nothing() {
    let (_hub, ansa, leader) = out_of_reach().await;
    let receipt = leader.hub.letter(&letter(&ansa).to_bytes()).await.unwrap();
    read_receipt(&ansa, &receipt).unwrap();
    overall(&ansa, "Written since");
    let waiting = ansa.waiting();
    let kept = read_receipt(&ansa, &receipt).unwrap();
    assert_eq!(kept, post::Kept::Before);
    assert_eq!(ansa.waiting(), waiting);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_that_is_lost_loses_nothing() {
    let (hub, ansa, leader) = out_of_reach().await;
    drop(letter(&ansa));
    let second = letter(&ansa).to_bytes();
    ansa.sync().await;
    assert_eq!(ansa.waiting(), 0);
    assert!(of_ansa(&hub).is_some());
    let own = ansa.read(|reader| reader.letters().unwrap());
    assert!(own.is_empty(), "nothing is on its way any more: {own:?}");
    // One that is found again later changes nothing.
    let before = version(&hub);
    leader.hub.letter(&second).await.unwrap();
    assert_eq!(version(&hub), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_since_goes_on_waiting() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    ansa.sync().await;
    observe(&ansa, "seen", "First words");
    overall(&ansa, "Before");
    let file = letter(&ansa).to_bytes();
    overall(&ansa, "After");
    let receipt = hub.desk().take_letter(&file).unwrap();
    read_receipt(&ansa, &receipt).unwrap();
    assert_eq!(ansa.waiting(), 1, "the newer writing of one field");
    assert_eq!(
        of_ansa(&hub).unwrap().value("overall"),
        Some(&json!("Before"))
    );
    ansa.sync().await;
    assert_eq!(
        of_ansa(&hub).unwrap().value("overall"),
        Some(&json!("After"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_older_than_a_sync_is_superseded() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    ansa.sync().await;
    observe(&ansa, "seen", "Words");
    overall(&ansa, "Old");
    let old = letter(&ansa);
    overall(&ansa, "New");
    ansa.sync().await;
    let receipt = hub.desk().take_letter(&old.to_bytes()).unwrap();
    assert_eq!(of_ansa(&hub).unwrap().value("overall"), Some(&json!("New")));
    // Nothing waits, so nothing was remembered of the letter.
    assert!(matches!(
        read_receipt(&ansa, &receipt),
        Err(PostError::NotMine)
    ));
    assert_eq!(ansa.sync().await.checked, Checked::Unchanged);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_is_refused_is_set_aside_with_its_reason_and_the_rest_counts() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    ansa.sync().await;
    observe(&ansa, "seen", "Words");
    // What a changed app may write by itself, and no hub takes.
    let mut writer = ansa.store().write().unwrap();
    let field = alongside_domain::Field {
        value: json!("splendid"),
        stamp: ansa.desk.clock().tick(),
    };
    let kept = alongside_store::Kept::Waiting;
    let id = Cast::of_ansa().into();
    writer
        .put(id, &Kind::Observation, "marks.aids", &field, kept)
        .unwrap();
    writer.commit().unwrap();

    let receipt = hub.desk().take_letter(&letter(&ansa).to_bytes()).unwrap();
    read_receipt(&ansa, &receipt).unwrap();
    assert_eq!(ansa.waiting(), 0);
    let aside = ansa.set_aside();
    assert_eq!(aside.len(), 1, "{aside:?}");
    assert_eq!(aside[0].name, "marks.aids");
    assert_eq!(aside[0].field.value, json!("splendid"));
    assert!(!aside[0].message.is_empty());
    assert!(of_ansa(&hub).unwrap().value("overall").is_none());
    assert!(
        of_ansa(&hub)
            .unwrap()
            .value("comments.communication")
            .is_some()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_with_anothers_token_is_refused() {
    let (hub, ansa, leader) = out_of_reach().await;
    let key = hub.desk().letter_key().unwrap();
    let ansas = ansa.get(Cast::of_ansa()).unwrap();
    let forged = |token: String, from: &Device| Letter {
        id: LetterId::from_uuid(uuid::Uuid::now_v7()),
        hub: alongside_sync::notes::hub_id(&*ansa.store().read().unwrap())
            .unwrap()
            .unwrap(),
        device: from.actor.device,
        person: from.actor.person,
        token,
        made_at: 0,
        reply_to: LetterIdentity::generate().key().to_string(),
        request: SyncRequest {
            records: vec![WireRecord {
                id: ansas.id,
                kind: ansas.kind.clone(),
                version: None,
                fields: ansas.fields.clone(),
            }],
            ..SyncRequest::default()
        },
    };
    // In a colleague's name with the own token, and with none.
    for token in [leader.token(), "guessed".into()] {
        let letter = forged(token, &ansa).seal(&key).unwrap();
        assert_eq!(refusal(&leader, &letter.to_bytes()).await, "letter_refused");
    }
    assert!(of_ansa(&hub).is_none());
    // In the own name it is judged as the own writing, and a leader does not write a colleague's observation.
    let letter = forged(leader.token(), &leader).seal(&key).unwrap();
    leader.hub.letter(&letter.to_bytes()).await.unwrap();
    assert!(of_ansa(&hub).is_none());
    // An envelope that says something else than the letter in it.
    let mut relabelled = self::letter(&ansa);
    relabelled.person = Cast::LEADER;
    let code = refusal(&leader, &relabelled.to_bytes()).await;
    assert_eq!(code, "letter_unreadable");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_let_in_can_bring_no_letter() {
    let (hub, ansa, _leader) = out_of_reach().await;
    let file = letter(&ansa).to_bytes();
    let stranger = Outsider::with(
        &hub,
        "none".into(),
        DeviceId::from_uuid(uuid::Uuid::now_v7()),
    );
    let headers = [("content-type", "application/octet-stream")];
    let answered = stranger.post_raw("/v1/letters", &headers, file).await;
    assert_eq!(answered.status, 401);
    assert!(of_ansa(&hub).is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_is_read_by_its_own_hub_alone() {
    let (_hub, ansa, _leader) = out_of_reach().await;
    let other = School::on_the_day().await;
    let elsewhere = Device::join(&other, Cast::LEADER).await;
    let mut envelope = letter(&ansa);
    assert_eq!(
        refusal(&elsewhere, &envelope.to_bytes()).await,
        "letter_foreign"
    );
    // Relabelled, it still does not open.
    envelope.hub = alongside_sync::notes::hub_id(&*elsewhere.store().read().unwrap())
        .unwrap()
        .unwrap();
    assert_eq!(
        refusal(&elsewhere, &envelope.to_bytes()).await,
        "letter_foreign"
    );
    assert!(of_ansa(&other).is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_changed_or_cut_on_its_way_changes_nothing() {
    let (hub, ansa, leader) = out_of_reach().await;
    let file = letter(&ansa).to_bytes();
    let before = version(&hub);
    let head = file.windows(5).position(|w| w == b"\n--- ").unwrap();
    for place in [
        0,
        20,
        60,
        head - 40,
        head + 10,
        head + 60,
        file.len() / 2,
        file.len() - 1,
    ] {
        let mut changed = file.clone();
        changed[place] ^= 1;
        let code = refusal(&leader, &changed).await;
        assert!(code.starts_with("letter_"), "byte {place}: {code}");
    }
    for end in [1, 30, head, file.len() - 1] {
        let code = refusal(&leader, &file[..end]).await;
        assert_eq!(code, "letter_unreadable", "cut at {end}");
    }
    let two = [file.clone(), file].concat();
    let refused = leader.hub.letter(&two).await;
    assert!(matches!(
        refused,
        Err(SyncError::Refused { status: 400, .. })
    ));
    assert_eq!(version(&hub), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_of_a_device_that_was_let_out_is_refused() {
    let (hub, ansa, leader) = out_of_reach().await;
    let file = letter(&ansa).to_bytes();
    hub.desk().let_out(&ansa.actor).unwrap();
    assert_eq!(refusal(&leader, &file).await, "letter_refused");
    assert!(of_ansa(&hub).is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_is_believed_only_from_who_could_read_the_letter() {
    let (hub, ansa, leader) = out_of_reach().await;
    let own = letter(&ansa);
    let waiting = ansa.waiting();
    // Whoever carries the letter knows its envelope, and would like the work to be gone.
    let held = ansa.get(Cast::of_ansa()).unwrap();
    let made_up = Letter {
        id: own.letter,
        hub: own.hub,
        device: own.device,
        person: own.person,
        token: String::new(),
        made_at: own.made_at,
        reply_to: LetterIdentity::generate().key().to_string(),
        request: SyncRequest {
            records: vec![WireRecord {
                id: held.id,
                kind: held.kind.clone(),
                version: None,
                fields: held.fields.clone(),
            }],
            ..SyncRequest::default()
        },
    };
    let result = alongside_sync::RecordResult {
        id: held.id,
        version: 9,
        accepted: held.fields.keys().cloned().collect(),
        superseded: vec![],
        refused: vec![],
    };
    for key in [
        made_up.reply_to.clone(),
        hub.desk().letter_key().unwrap().to_string(),
    ] {
        let letter = Letter {
            reply_to: key,
            ..made_up.clone()
        };
        let receipt = Receipt::of(&letter, vec![result.clone()], String::new());
        let file = receipt.seal(&letter).unwrap().to_bytes();
        assert!(matches!(read_receipt(&ansa, &file), Err(PostError::Forged)));
    }
    // The receipt of another letter, relabelled.
    let bram = Device::join(&hub, Cast::BRAM).await;
    bram.sync().await;
    observe(&bram, "seen", "Other words");
    let of_bram = leader.hub.letter(&letter(&bram).to_bytes()).await.unwrap();
    assert!(matches!(
        read_receipt(&ansa, &of_bram),
        Err(PostError::NotMine)
    ));
    let mut relabelled = Envelope::read_all(&of_bram).unwrap().remove(0);
    relabelled.letter = own.letter;
    assert!(matches!(
        read_receipt(&ansa, &relabelled.to_bytes()),
        Err(PostError::Forged)
    ));
    assert_eq!(
        ansa.waiting(),
        waiting,
        "nothing was taken out of what waits"
    );
}

/// What a tablet hands over in a corridor.
fn handover(device: &Device) -> HandoverRequest {
    let letters: Vec<u8> = letters(device)
        .iter()
        .flat_map(Envelope::to_bytes)
        .collect();
    HandoverRequest {
        copies: device.desk.copies().unwrap(),
        letter: match letters.is_empty() {
            true => String::new(),
            false => STANDARD.encode(letters),
        },
        of: HandoverOf::default(),
        done: true,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_leader_collects_is_seen_at_once_and_arrives_once() {
    let (hub, ansa, leader) = out_of_reach().await;
    let asked = handover(&ansa);
    let carried = STANDARD.decode(&asked.letter).unwrap();
    assert!(!carried.windows(6).any(|w| w == b"MARKER"));
    let handed = leader.desk.keep_copies(&ansa.actor, &asked).unwrap();
    assert_eq!((handed.letters, handed.refused), (1, 0), "{handed:?}");
    assert_eq!(
        leader.get(Cast::of_ansa()).unwrap().fields,
        ansa.get(Cast::of_ansa()).unwrap().fields
    );
    assert_eq!(
        leader.waiting(),
        0,
        "nothing of a colleague's is ever sent from here"
    );
    // Handed over again it is one letter more and changes nothing else.
    let again = leader.desk.keep_copies(&ansa.actor, &asked).unwrap();
    assert_eq!((again.letters, again.copies), (0, handed.copies));

    let before = version(&hub);
    let synced = leader.sync().await;
    assert_eq!(
        synced.checked,
        Checked::Same,
        "the hub has it by now: {synced:?}"
    );
    assert!(version(&hub) > before);
    let carried = leader.read(|reader| reader.carried().unwrap());
    assert!(matches!(carried[0].settled, Settled::Receipt { .. }));

    // Its receipt is handed back when the tablet is met again.
    let back = HandoverRequest::default();
    let back = leader.desk.keep_copies(&ansa.actor, &back).unwrap();
    assert_eq!(back.answer.receipts.len(), 1);
    let receipt = STANDARD.decode(&back.answer.receipts[0]).unwrap();
    read_receipt(&ansa, &receipt).unwrap();
    assert_eq!(ansa.waiting(), 0);
    let before = version(&hub);
    assert_eq!(ansa.sync().await.checked, Checked::Same);
    assert_eq!(version(&hub), before, "all arrived once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_hub_refused_of_a_copy_is_gone_after_the_next_comparison() {
    let (hub, ansa, leader) = out_of_reach().await;
    leader
        .desk
        .keep_copies(&ansa.actor, &handover(&ansa))
        .unwrap();
    hub.desk().let_out(&ansa.actor).unwrap();
    assert!(leader.get(Cast::of_ansa()).is_some());
    let synced = leader.sync().await;
    assert_eq!(synced.checked, Checked::Repaired);
    assert_eq!(leader.get(Cast::of_ansa()), None);
    let carried = leader.read(|reader| reader.carried().unwrap());
    let Settled::Refused { code, message, .. } = &carried[0].settled else {
        panic!("{carried:?}");
    };
    assert_eq!(code, "letter_refused");
    assert!(message.contains("new code"), "{message}");
    // It is not tried for ever.
    let quiet = leader.sync().await;
    assert_eq!((quiet.requests, quiet.checked), (1, Checked::Unchanged));
    assert_eq!(leader.read(|reader| reader.carried_count().unwrap()), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_judged_as_the_one_who_hands_it_over() {
    let (hub, ansa, leader) = out_of_reach().await;
    let bram = Device::join(&hub, Cast::BRAM).await;
    bram.sync().await;
    observe(&bram, "seen", "Bram's own");
    // Bram's tablet in Ansa's name, and Ansa's in Bram's.
    for (from, of, id) in [
        (&ansa, &bram, Cast::of_bram()),
        (&bram, &ansa, Cast::of_ansa()),
    ] {
        let copies = HandoverRequest {
            copies: of.desk.copies().unwrap(),
            ..HandoverRequest::default()
        };
        let handed = leader.desk.keep_copies(&from.actor, &copies).unwrap();
        assert_eq!(handed.copies, 0);
        assert!(handed.refused > 0);
        assert_eq!(leader.get(id), None);
        let letter = HandoverRequest {
            letter: STANDARD.encode(letter(of).to_bytes()),
            ..HandoverRequest::default()
        };
        let refused = leader.desk.keep_copies(&from.actor, &letter).unwrap_err();
        assert_eq!(refused.code, Code::LetterUnreadable);
    }
    // A stamp far ahead would win against everything to come.
    let mut ahead = ansa.desk.copies().unwrap();
    let stamp = alongside_domain::Stamp::new(9_000_000_000_000, 0, ansa.actor.device.tail());
    for field in ahead
        .iter_mut()
        .flat_map(|record| record.fields.values_mut())
    {
        field.stamp = stamp;
    }
    let copies = HandoverRequest {
        copies: ahead,
        ..HandoverRequest::default()
    };
    let handed = leader.desk.keep_copies(&ansa.actor, &copies).unwrap();
    assert_eq!(handed.copies, 0);
    // What leaders do not read is not for their eyes here either, and what only leaders write nobody hands over.
    let concern = WireRecord {
        id: alongside_domain::RecordId::from_uuid(uuid::Uuid::now_v7()),
        kind: Kind::Concern,
        version: None,
        fields: ahead_of(&ansa, "writer", json!(Cast::ANSA)),
    };
    let person = WireRecord {
        id: Cast::ANSA.into(),
        kind: Kind::Person,
        version: None,
        fields: ahead_of(&ansa, "roles", json!(["head"])),
    };
    let copies = HandoverRequest {
        copies: vec![concern, person],
        ..HandoverRequest::default()
    };
    let handed = leader.desk.keep_copies(&ansa.actor, &copies).unwrap();
    assert_eq!((handed.copies, handed.refused), (0, 2));
    // Someone who is not of this school hands over nothing.
    let nobody = Actor {
        person: alongside_domain::PersonId::from_uuid(uuid::Uuid::now_v7()),
        device: ansa.actor.device,
    };
    let refused = leader.desk.keep_copies(&nobody, &copies).unwrap_err();
    assert_eq!(refused.code, Code::SignInFirst);
}

fn ahead_of(
    device: &Device,
    name: &str,
    value: serde_json::Value,
) -> std::collections::BTreeMap<String, alongside_domain::Field> {
    let stamp = device.desk.clock().tick();
    [(name.to_owned(), alongside_domain::Field { value, stamp })].into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unsent_answer_is_not_shown_to_who_collects() {
    let (hub, ansa, leader) = out_of_reach().await;
    ansa.sync().await;
    let bram = Device::join(&hub, Cast::BRAM).await;
    bram.sync().await;
    observe(&bram, "seen", "Bram's own");
    finish(&bram);
    bram.sync().await;
    leader.sync().await;
    leader.tap(
        "record_share",
        json!({ "visit": Cast::VISIT, "talked": true }),
    );
    leader.sync().await;
    let teacher = Device::join(&hub, Cast::TEACHER).await;
    teacher.sync().await;
    let edit = json!({ "what": "overall", "text": "Not meant to be read yet" });
    teacher.tap(
        "response_write",
        json!({ "visit": Cast::VISIT, "edit": edit }),
    );
    assert!(teacher.waiting() > 0);
    assert!(teacher.desk.copies().unwrap().is_empty());
    teacher.tap("response_send", json!({ "visit": Cast::VISIT }));
    assert_eq!(teacher.desk.copies().unwrap().len(), 1);
    leader
        .desk
        .keep_copies(&teacher.actor, &handover(&teacher))
        .unwrap();
    assert!(leader.get(Cast::response()).is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_restored_from_a_backup_still_reads_its_letters() {
    let (hub, ansa, _leader) = out_of_reach().await;
    let file = letter(&ansa).to_bytes();
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join(alongside_hub::STORE_FILE);
    hub.desk().store().back_up(&copy).unwrap();
    let restored =
        RunningHub::start_in(elsewhere, hub.clock.clone(), alongside_tests::ANY_PORT).await;
    let receipt = restored.desk().take_letter(&file).unwrap();
    read_receipt(&ansa, &receipt).unwrap();
    assert_eq!(ansa.waiting(), 0);
    assert!(of_ansa(&restored).is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_joined_before_letters_learns_the_key() {
    let (hub, ansa, _leader) = out_of_reach().await;
    let mut writer = ansa.store().write().unwrap();
    writer
        .note_put(alongside_sync::notes::LETTER_KEY, None)
        .unwrap();
    writer.commit().unwrap();
    let unknown = post::write(&**ansa.store(), ansa.desk.clock());
    assert!(matches!(unknown, Err(PostError::NoKey)));
    ansa.engine.learn_letter_key(&*ansa.hub).await.unwrap();
    let receipt = hub.desk().take_letter(&letter(&ansa).to_bytes()).unwrap();
    read_receipt(&ansa, &receipt).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_keeps_the_hub_takes_letters_in_from_files_while_it_is_served() {
    let (hub, ansa, _leader) = out_of_reach().await;
    let stick = tempfile::tempdir().unwrap();
    let path = |name: &str| stick.path().join(name).display().to_string();
    let (good, bad, back) = (path("a.alongside-letter"), path("b.txt"), path("back"));
    std::fs::write(&good, letter(&ansa).to_bytes()).unwrap();
    std::fs::write(&bad, "a shopping list").unwrap();
    let run = |arguments: &[&str]| {
        std::process::Command::new(alongside_tests::program("alongside-hub"))
            .arg("letter")
            .args(arguments)
            .env("ALONGSIDE_HUB_DATA_DIR", hub.folder())
            .output()
            .unwrap()
    };
    let done = run(&[&good, &bad, "--receipt", &back, "--json"]);
    assert_eq!(done.status.code(), Some(1), "one of them was no letter");
    let said: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(said["letters"][0]["is_taken"], true, "{said}");
    assert_eq!(said["letters"][1]["code"], "letter_unreadable");
    assert!(of_ansa(&hub).is_some());
    let receipt = std::fs::read(&back).unwrap();
    assert!(!run(&[&good, "--receipt", &back]).status.success());
    assert_eq!(
        std::fs::read(&back).unwrap(),
        receipt,
        "nothing is written over"
    );
    read_receipt(&ansa, &receipt).unwrap();
    assert_eq!(ansa.waiting(), 0);
}
