//! What every body of the store must do, told against `&dyn Store`. A new body adds its opening to `bodies`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod device;
mod hub;
mod laws;

use std::collections::BTreeMap;

use alongside_domain::{Field, Kind, PersonId, Put, Record, RecordId, Stamp};
use alongside_store::sqlite::SqliteStore;
use alongside_store::{Kept, Reader, Store, StoreKey, Writer};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

/// Makes one test of each story for each body.
macro_rules! bodies {
    ($($story:ident)*) => {
        mod sqlite {
            $(#[test]
            fn $story() {
                let (_folder, store) = crate::sqlite(&alongside_store::StoreKey::Plain);
                super::$story(&store);
            })*
        }

        mod sealed {
            $(#[test]
            fn $story() {
                let (_folder, store) = crate::sqlite(&alongside_store::StoreKey::Raw([7; 32]));
                super::$story(&store);
            })*
        }
    };
}
pub(crate) use bodies;

/// A new store in a folder of its own.
fn sqlite(key: &StoreKey) -> (TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("store.db"), key).unwrap();
    (folder, store)
}

// Ids of each noun start elsewhere, so that a mixed-up id fails.

fn visit(n: u128) -> RecordId {
    RecordId::from_uuid(Uuid::from_u128(0x1000 + n))
}

fn observation(n: u128) -> RecordId {
    RecordId::from_uuid(Uuid::from_u128(0x2000 + n))
}

fn person(n: u128) -> PersonId {
    PersonId::from_uuid(Uuid::from_u128(0x3000 + n))
}

fn stamp(millis: u64) -> Stamp {
    Stamp::new(1_800_000_000_000 + millis, 0, [1, 2, 3, 4, 5, 6])
}

fn field(millis: u64, value: impl Into<Value>) -> Field {
    Field {
        value: value.into(),
        stamp: stamp(millis),
    }
}

fn put(writer: &mut dyn Writer, id: RecordId, name: &str, field: &Field, kept: Kept) -> Put {
    writer
        .put(id, &Kind::Observation, name, field, kept)
        .unwrap()
}

/// One change in a transaction of its own.
fn change<T>(store: &dyn Store, change: impl FnOnce(&mut dyn Writer) -> T) -> T {
    let mut writer = store.write().unwrap();
    let result = change(&mut *writer);
    writer.commit().unwrap();
    result
}

fn get(store: &dyn Store, id: RecordId) -> Option<Record> {
    store.read().unwrap().get(id).unwrap()
}

/// The current values of a record.
fn values(store: &dyn Store, id: RecordId) -> BTreeMap<String, Value> {
    let fields = get(store, id)
        .map(|record| record.fields)
        .unwrap_or_default();
    fields
        .into_iter()
        .map(|(name, field)| (name, field.value))
        .collect()
}

/// The history of a record: values, and the version each had when it was superseded.
fn past(store: &dyn Store, id: RecordId) -> Vec<(String, Value, Kept)> {
    let past = store.read().unwrap().history(id).unwrap();
    past.into_iter()
        .map(|past| (past.name, past.field.value, past.kept))
        .collect()
}

/// The names and stamps of delivered fields, as a digest is taken over them.
fn delivered(reader: &dyn Reader) -> BTreeMap<RecordId, Vec<(String, Stamp)>> {
    let mut stamps = BTreeMap::new();
    let mut last = None;
    reader
        .stamps(alongside_store::Scope::Delivered, &mut |id, fields| {
            assert!(last < Some(id), "records come in order of id");
            last = Some(id);
            assert!(fields.is_sorted(), "fields come in order of name");
            stamps.insert(
                id,
                fields
                    .iter()
                    .map(|(name, stamp)| ((*name).to_owned(), *stamp))
                    .collect(),
            );
        })
        .unwrap();
    stamps
}

bodies! {
    a_record_reads_back
    a_dropped_writer_leaves_nothing
    a_reader_keeps_its_snapshot
    a_writer_sees_what_it_wrote
    words_of_a_dropped_writer_are_not_believed
    kinds_and_parents_are_found
    a_note_is_kept_and_taken_away
    the_last_stamp_is_the_greatest
    check_finds_nothing_wrong_with_a_whole_store
}

fn a_record_reads_back(store: &dyn Store) {
    let long = "It is seen all day. ".repeat(500);
    let fields = [
        ("marks.seating", json!("seen")),
        ("marks.resources", json!("not_seen")),
        ("visit", json!(visit(1).to_string())),
        ("comments.environment", json!(long)),
        (
            "went_well.0192f0c1-2345-7000-8000-000000000001",
            json!("Calm."),
        ),
        ("pupils", json!(11)),
        ("started_at", json!("2026-11-17T09:30:00+00:00")),
        ("overall", json!(null)),
        ("unknown", json!({"a": [1, 2.5, {"b": null}]})),
    ];
    for kept in [Kept::Waiting, Kept::At(3)] {
        let id = observation(u128::from(kept == Kept::Waiting));
        change(store, |writer| {
            for (n, (name, value)) in (0..).zip(&fields) {
                put(writer, id, name, &field(n, value.clone()), kept);
            }
        });
        let record = get(store, id).unwrap();
        assert_eq!(record.kind, Kind::Observation);
        assert_eq!(record.fields.len(), fields.len());
        for (n, (name, value)) in (0..).zip(&fields) {
            assert_eq!(record.fields[*name], field(n, value.clone()));
        }
        assert_eq!(
            store.read().unwrap().kind(id).unwrap(),
            Some(Kind::Observation)
        );
    }
    assert_eq!(get(store, observation(9)), None);
    assert_eq!(store.read().unwrap().kind(observation(9)).unwrap(), None);
}

fn a_dropped_writer_leaves_nothing(store: &dyn Store) {
    let mut writer = store.write().unwrap();
    put(
        &mut *writer,
        observation(1),
        "overall",
        &field(1, "a"),
        Kept::Waiting,
    );
    put(
        &mut *writer,
        observation(2),
        "overall",
        &field(1, "a"),
        Kept::At(1),
    );
    writer.note_put("who", Some("me")).unwrap();
    assert_eq!(writer.outbox_count().unwrap(), 1);
    drop(writer);
    let reader = store.read().unwrap();
    assert_eq!(reader.get(observation(1)).unwrap(), None);
    assert_eq!(reader.get(observation(2)).unwrap(), None);
    assert_eq!(reader.note("who").unwrap(), None);
    assert_eq!(reader.outbox_count().unwrap(), 0);
    assert_eq!(reader.last_stamp().unwrap(), None);
}

fn a_reader_keeps_its_snapshot(store: &dyn Store) {
    change(store, |w| {
        put(w, observation(1), "overall", &field(1, "a"), Kept::At(1))
    });
    let before = store.read().unwrap();
    change(store, |w| {
        put(w, observation(1), "overall", &field(2, "b"), Kept::At(2))
    });
    assert_eq!(
        before.get(observation(1)).unwrap().unwrap().text("overall"),
        "a"
    );
    assert_eq!(values(store, observation(1))["overall"], "b");
}

fn a_writer_sees_what_it_wrote(store: &dyn Store) {
    change(store, |writer| {
        put(
            writer,
            observation(1),
            "visit",
            &field(1, visit(1).to_string()),
            Kept::Waiting,
        );
        assert_eq!(writer.list(&Kind::Observation).unwrap().len(), 1);
        assert_eq!(
            writer
                .list_under(&Kind::Observation, visit(1))
                .unwrap()
                .len(),
            1
        );
        put(
            writer,
            observation(1),
            "overall",
            &field(2, "a"),
            Kept::Waiting,
        );
        assert_eq!(writer.get(observation(1)).unwrap().unwrap().fields.len(), 2);
        assert_eq!(writer.outbox_count().unwrap(), 2);
        assert_eq!(writer.last_stamp().unwrap(), Some(stamp(2)));
        assert_eq!(writer.next_version().unwrap(), 1);
        assert_eq!(writer.version().unwrap(), 1);
        assert_eq!(writer.next_version().unwrap(), 2);
    });
    assert_eq!(store.read().unwrap().version().unwrap(), 2);
}

fn words_of_a_dropped_writer_are_not_believed(store: &dyn Store) {
    let mut writer = store.write().unwrap();
    put(
        &mut *writer,
        observation(1),
        "one",
        &field(1, "a"),
        Kept::At(1),
    );
    put(
        &mut *writer,
        observation(1),
        "two",
        &field(1, "a"),
        Kept::At(1),
    );
    writer.list(&Kind::Observation).unwrap();
    drop(writer);
    change(store, |w| {
        put(w, observation(1), "two", &field(1, "b"), Kept::At(1))
    });
    assert_eq!(
        values(store, observation(1)),
        BTreeMap::from([("two".into(), json!("b"))])
    );
}

fn kinds_and_parents_are_found(store: &dyn Store) {
    change(store, |writer| {
        for n in [3, 1, 2] {
            let on = if n == 3 { visit(2) } else { visit(1) };
            let kept = if n == 2 { Kept::Waiting } else { Kept::At(1) };
            put(
                writer,
                observation(n),
                "visit",
                &field(1, on.to_string()),
                kept,
            );
        }
        let walk = field(1, observation(7).to_string());
        writer
            .put(visit(1), &Kind::Visit, "walk", &walk, Kept::At(1))
            .unwrap();
        let other = Kind::Other("timetable".into());
        writer
            .put(visit(8), &other, "x", &field(1, 1), Kept::At(1))
            .unwrap();
    });
    let reader = store.read().unwrap();
    let ids = |records: Vec<Record>| {
        records
            .into_iter()
            .map(|record| record.id)
            .collect::<Vec<_>>()
    };
    let all = ids(reader.list(&Kind::Observation).unwrap());
    assert_eq!(all, [observation(1), observation(2), observation(3)]);
    let under = ids(reader.list_under(&Kind::Observation, visit(1)).unwrap());
    assert_eq!(under, [observation(1), observation(2)]);
    assert_eq!(
        ids(reader.list(&Kind::Other("timetable".into())).unwrap()),
        [visit(8)]
    );
    assert!(reader.list(&Kind::Share).unwrap().is_empty());
    drop(reader);

    // The parent follows its field.
    change(store, |w| {
        put(
            w,
            observation(1),
            "visit",
            &field(2, visit(2).to_string()),
            Kept::Waiting,
        )
    });
    let reader = store.read().unwrap();
    let under = ids(reader.list_under(&Kind::Observation, visit(2)).unwrap());
    assert_eq!(under, [observation(1), observation(3)]);
}

fn a_note_is_kept_and_taken_away(store: &dyn Store) {
    change(store, |writer| writer.note_put("hub", Some("one")).unwrap());
    change(store, |writer| writer.note_put("hub", Some("two")).unwrap());
    assert_eq!(
        store.read().unwrap().note("hub").unwrap().as_deref(),
        Some("two")
    );
    change(store, |writer| writer.note_put("hub", None).unwrap());
    assert_eq!(store.read().unwrap().note("hub").unwrap(), None);
}

fn the_last_stamp_is_the_greatest(store: &dyn Store) {
    let last = || store.read().unwrap().last_stamp().unwrap();
    assert_eq!(last(), None);
    change(store, |w| {
        put(w, observation(1), "overall", &field(5, "a"), Kept::At(1))
    });
    assert_eq!(last(), Some(stamp(5)));
    change(store, |w| {
        put(w, observation(2), "overall", &field(3, "a"), Kept::At(2))
    });
    assert_eq!(last(), Some(stamp(5)));
    change(store, |w| {
        put(w, observation(2), "overall", &field(9, "b"), Kept::Waiting)
    });
    assert_eq!(last(), Some(stamp(9)));
    change(store, |w| {
        w.deliver(observation(2), "overall", stamp(9), 3).unwrap()
    });
    assert_eq!(last(), Some(stamp(9)));
}

fn check_finds_nothing_wrong_with_a_whole_store(store: &dyn Store) {
    change(store, |w| {
        put(w, observation(1), "overall", &field(1, "a"), Kept::Waiting)
    });
    change(store, |w| {
        put(w, observation(2), "overall", &field(1, "a"), Kept::At(1))
    });
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}
