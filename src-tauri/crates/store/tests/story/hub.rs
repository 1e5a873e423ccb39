//! The hub's side: the feed of each reader, the log, devices and codes.

use std::collections::BTreeMap;

use alongside_domain::{DeviceId, Kind, RecordId, Stamp};
use alongside_store::{
    Audience, Code, Device, DeviceKind, Entry, Kept, LogFilter, LogLine, Scope, Store,
};
use uuid::Uuid;

use crate::{bodies, change, field, get, observation, person, put, stamp};

bodies! {
    a_reader_sees_what_their_audiences_read
    a_record_that_comes_into_sight_comes_whole
    a_record_that_goes_out_of_sight_is_forgotten_and_can_come_back
    a_destroyed_record_is_forgotten_by_its_readers
    a_page_is_no_longer_than_asked
    a_later_page_brings_what_no_earlier_one_did
    nothing_new_is_an_empty_feed
    the_log_is_read_and_walked
    a_device_is_known_by_its_token
    a_code_works_once
}

const OVERALL: &str = "overall";

/// Writes one field as the hub does: at the next version, for these readers.
fn write(store: &dyn Store, id: RecordId, name: &str, millis: u64, audiences: &[Audience]) -> u64 {
    change(store, |writer| {
        let version = writer.next_version().unwrap();
        put(writer, id, name, &field(millis, millis), Kept::At(version));
        writer.feed_put(id, audiences, version).unwrap();
        version
    })
}

fn audience(store: &dyn Store, id: RecordId, audiences: &[Audience]) -> u64 {
    change(store, |writer| {
        let version = writer.next_version().unwrap();
        writer.feed_put(id, audiences, version).unwrap();
        version
    })
}

/// Entries as text: `id name name @version` or `forget id @version`.
fn feed(store: &dyn Store, audiences: &[Audience], after: u64, limit: usize) -> Vec<String> {
    let entries = store
        .read()
        .unwrap()
        .feed(audiences, after, after, limit)
        .unwrap();
    entries
        .into_iter()
        .map(|entry| match entry {
            Entry::Changed { record, version } => {
                let names: Vec<_> = record.fields.into_keys().collect();
                format!("{} {} @{version}", short(record.id), names.join(" "))
            }
            Entry::Forgotten { id, version } => format!("forget {} @{version}", short(id)),
        })
        .collect()
}

fn short(id: RecordId) -> u128 {
    id.uuid().as_u128() & 0xfff
}

fn ada() -> Audience {
    Audience::Person(person(1))
}

fn ben() -> Audience {
    Audience::Person(person(2))
}

fn visible(store: &dyn Store, audiences: &[Audience]) -> BTreeMap<RecordId, Vec<Stamp>> {
    let mut visible = BTreeMap::new();
    let reader = store.read().unwrap();
    reader
        .stamps(Scope::Visible(audiences), &mut |id, fields| {
            visible.insert(id, fields.iter().map(|(_, stamp)| *stamp).collect());
        })
        .unwrap();
    visible
}

fn a_reader_sees_what_their_audiences_read(store: &dyn Store) {
    write(store, observation(1), "a", 1, &[Audience::Leaders, ada()]);
    write(store, observation(2), "a", 2, &[Audience::Everyone]);
    write(store, observation(3), "a", 3, &[Audience::Leaders, ben()]);
    let everyone = Audience::Everyone;
    assert_eq!(
        feed(store, &[everyone.clone(), ada()], 0, 9),
        ["1 a @1", "2 a @2"]
    );
    assert_eq!(
        feed(store, &[everyone.clone(), Audience::Leaders, ben()], 0, 9),
        ["1 a @1", "2 a @2", "3 a @3"]
    );
    assert!(feed(store, &[Audience::Person(person(9))], 0, 9).is_empty());
    let reader = store.read().unwrap();
    assert_eq!(
        reader.audiences(observation(1)).unwrap(),
        [Audience::Leaders, ada()]
    );
    assert_eq!(reader.feed_version(&[everyone.clone(), ada()]).unwrap(), 2);
    assert_eq!(reader.feed_version(&[Audience::Leaders]).unwrap(), 3);
    assert_eq!(reader.version().unwrap(), 3);
    drop(reader);
    assert_eq!(
        visible(store, &[everyone, ada()]),
        BTreeMap::from([
            (observation(1), vec![stamp(1)]),
            (observation(2), vec![stamp(2)])
        ])
    );
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

fn a_record_that_comes_into_sight_comes_whole(store: &dyn Store) {
    write(store, observation(1), "a", 1, &[ada()]);
    write(store, observation(1), "b", 2, &[ada()]);
    let cursor = write(store, observation(2), "a", 3, &[Audience::Everyone]);
    let shared = audience(store, observation(1), &[ada(), ben()]);
    assert_eq!(
        feed(store, &[Audience::Everyone, ben()], cursor, 9),
        [format!("1 a b @{shared}")]
    );
    // Who saw it all along is told nothing: nothing of it is new.
    assert!(feed(store, &[Audience::Everyone, ada()], cursor, 9).is_empty());
    write(store, observation(1), "c", 5, &[ada(), ben()]);
    assert_eq!(feed(store, &[ada()], cursor, 9), ["1 c @5"]);
    assert_eq!(feed(store, &[ben()], shared, 9), ["1 c @5"]);
    assert_eq!(feed(store, &[ben()], cursor, 9), ["1 a b c @5"]);
}

fn a_record_that_goes_out_of_sight_is_forgotten_and_can_come_back(store: &dyn Store) {
    let cursor = write(store, observation(1), "a", 1, &[ada(), ben()]);
    let removed = audience(store, observation(1), &[ada()]);
    assert_eq!(
        feed(store, &[ben()], cursor, 9),
        [format!("forget 1 @{removed}")]
    );
    assert!(
        feed(store, &[ben()], 0, 9).is_empty(),
        "who never saw it has nothing to forget"
    );
    assert!(
        feed(store, &[ada(), ben()], cursor, 9).is_empty(),
        "one audience of two still reads it"
    );
    assert!(visible(store, &[ben()]).is_empty());
    // What happens later is none of Ben's business.
    write(store, observation(1), "b", 3, &[ada()]);
    assert_eq!(
        feed(store, &[ben()], cursor, 9),
        [format!("forget 1 @{removed}")]
    );
    assert!(feed(store, &[ben()], removed, 9).is_empty());
    let back = audience(store, observation(1), &[ada(), ben()]);
    assert_eq!(
        feed(store, &[ben()], removed, 9),
        [format!("1 a b @{back}")]
    );
}

fn a_destroyed_record_is_forgotten_by_its_readers(store: &dyn Store) {
    let cursor = write(store, observation(1), "a", 1, &[ada()]);
    change(store, |writer| {
        let version = writer.next_version().unwrap();
        writer.forget(observation(1)).unwrap();
        writer.feed_put(observation(1), &[], version).unwrap();
    });
    assert_eq!(get(store, observation(1)), None);
    let reader = store.read().unwrap();
    assert!(reader.was_destroyed(observation(1)).unwrap());
    assert!(!reader.was_destroyed(observation(2)).unwrap());
    assert_eq!(reader.kind(observation(1)).unwrap(), None);
    assert!(reader.list(&Kind::Observation).unwrap().is_empty());
    assert!(reader.audiences(observation(1)).unwrap().is_empty());
    drop(reader);
    assert_eq!(feed(store, &[ada()], cursor, 9), ["forget 1 @2"]);
    assert!(feed(store, &[ada()], 0, 9).is_empty());
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

fn a_page_is_no_longer_than_asked(store: &dyn Store) {
    for n in 1..=7 {
        write(
            store,
            observation(n),
            "a",
            n as u64,
            &[Audience::Everyone, ada()],
        );
    }
    let mine = [Audience::Everyone, ada()];
    assert_eq!(feed(store, &mine, 0, 3), ["1 a @1", "2 a @2", "3 a @3"]);
    assert_eq!(feed(store, &mine, 3, 3), ["4 a @4", "5 a @5", "6 a @6"]);
    assert_eq!(feed(store, &mine, 6, 3), ["7 a @7"]);
    assert!(feed(store, &mine, 0, 0).is_empty());
}

fn a_later_page_brings_what_no_earlier_one_did(store: &dyn Store) {
    write(store, observation(1), "a", 1, &[ada()]);
    write(store, observation(2), "a", 2, &[ada()]);
    // The first record moves behind the second, and with it a field that was on no page.
    write(store, observation(1), "b", 3, &[ada()]);
    let page = |after, held| {
        let reader = store.read().unwrap();
        let entries = reader.feed(&[ada()], after, held, 1).unwrap();
        let Some(Entry::Changed { record, version }) = entries.into_iter().next() else {
            panic!("a record comes");
        };
        (version, record.fields.into_keys().collect::<Vec<_>>())
    };
    assert_eq!(page(0, 0), (2, vec!["a".into()]));
    assert_eq!(page(2, 0), (3, vec!["a".into(), "b".into()]));
    assert_eq!(
        page(2, 2),
        (3, vec!["b".into()]),
        "who holds all up to there is sent what is new"
    );
}

fn nothing_new_is_an_empty_feed(store: &dyn Store) {
    assert!(feed(store, &[Audience::Everyone], 0, 9).is_empty());
    let newest = write(store, observation(1), OVERALL, 1, &[Audience::Everyone]);
    assert!(feed(store, &[Audience::Everyone], newest, 9).is_empty());
    assert_eq!(store.read().unwrap().feed_version(&[]).unwrap(), 0);
    // The readers of a record that is not there are nobody.
    audience(store, observation(9), &[Audience::Everyone]);
    assert!(
        store
            .read()
            .unwrap()
            .audiences(observation(9))
            .unwrap()
            .is_empty()
    );
}

fn line(n: u8) -> LogLine {
    LogLine {
        seq: 0,
        at: i64::from(n),
        person: n.is_multiple_of(2).then(|| person(n.into())),
        device: n
            .is_multiple_of(2)
            .then(|| DeviceId::from_uuid(Uuid::from_u128(0x4000 + u128::from(n)))),
        act: if n < 3 { "accepted" } else { "read" }.into(),
        record: (n > 1).then(|| observation(n.into())),
        kind: (n > 1).then_some(Kind::Observation),
        detail: format!("{n} fields"),
        hash: [n; 32],
    }
}

fn the_log_is_read_and_walked(store: &dyn Store) {
    assert_eq!(store.read().unwrap().log_head().unwrap(), None);
    for n in 1..=4 {
        assert_eq!(
            change(store, |w| w.log_append(&line(n)).unwrap()),
            u64::from(n)
        );
    }
    let reader = store.read().unwrap();
    assert_eq!(reader.log_head().unwrap(), Some([4; 32]));
    let list = |filter: LogFilter, before, limit| {
        let lines = reader.log(&filter, before, limit).unwrap();
        lines.into_iter().map(|line| line.seq).collect::<Vec<_>>()
    };
    assert_eq!(list(LogFilter::default(), None, 9), [4, 3, 2, 1]);
    assert_eq!(list(LogFilter::default(), Some(4), 2), [3, 2]);
    let act = |act: &str| LogFilter {
        act: Some(act.into()),
        ..LogFilter::default()
    };
    assert_eq!(list(act("read"), None, 9), [4, 3]);
    assert!(list(act("exported"), None, 9).is_empty());
    assert_eq!(
        list(
            LogFilter {
                person: Some(person(2)),
                ..LogFilter::default()
            },
            None,
            9
        ),
        [2]
    );
    assert_eq!(
        list(
            LogFilter {
                record: Some(observation(3)),
                ..LogFilter::default()
            },
            None,
            9
        ),
        [3]
    );
    let mut walked = Vec::new();
    reader
        .log_walk(&mut |line| {
            walked.push(line.clone());
            line.seq < 3
        })
        .unwrap();
    let expected: Vec<_> = (1..=3)
        .map(|n| LogLine {
            seq: n.into(),
            ..line(n)
        })
        .collect();
    assert_eq!(walked, expected);
}

fn a_device_is_known_by_its_token(store: &dyn Store) {
    let device = |n: u8| Device {
        id: DeviceId::from_uuid(Uuid::from_u128(0x4000 + u128::from(n))),
        person: person(n.into()),
        name: format!("tablet {n}"),
        kind: if n == 1 {
            DeviceKind::App
        } else {
            DeviceKind::Browser
        },
        token_hash: [n; 32],
        paired_at: i64::from(n),
        last_contact: None,
        waiting: None,
        cursor: 0,
        revoked_at: None,
        revoked_by: None,
        wipe: String::new(),
        farewell: None,
    };
    change(store, |w| {
        w.device_put(&device(2)).unwrap();
        w.device_put(&device(1)).unwrap();
    });
    let changed = Device {
        last_contact: Some(8),
        waiting: Some(3),
        cursor: 7,
        revoked_at: Some(9),
        revoked_by: Some(person(1)),
        wipe: "a word".into(),
        farewell: Some("{}".into()),
        ..device(2)
    };
    change(store, |w| w.device_put(&changed).unwrap());
    let reader = store.read().unwrap();
    assert_eq!(reader.devices().unwrap(), [device(1), changed.clone()]);
    assert_eq!(reader.device_by_token(&[2; 32]).unwrap(), Some(changed));
    assert_eq!(reader.device_by_token(&[9; 32]).unwrap(), None);
    assert_eq!(reader.device(device(1).id).unwrap(), Some(device(1)));
}

fn a_code_works_once(store: &dyn Store) {
    let code = |n: u8, whose| Code {
        hash: [n; 32],
        person: whose,
        expires_at: 5,
    };
    change(store, |w| {
        w.code_put(&code(1, Some(person(1)))).unwrap();
        w.code_put(&code(2, Some(person(2)))).unwrap();
        w.code_put(&code(3, None)).unwrap();
        w.codes_delete(person(2)).unwrap();
    });
    assert_eq!(
        change(store, |w| w.code_take(&[1; 32]).unwrap()),
        Some(code(1, Some(person(1))))
    );
    assert_eq!(change(store, |w| w.code_take(&[1; 32]).unwrap()), None);
    assert_eq!(change(store, |w| w.code_take(&[2; 32]).unwrap()), None);
    assert_eq!(
        change(store, |w| w.code_take(&[3; 32]).unwrap()),
        Some(code(3, None))
    );
}
