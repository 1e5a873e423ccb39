//! Words kept ready to be found: what is found follows the store, and what is gone from it is found no more.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use alongside_domain::{Field, Kind, RecordId, Stamp, search::Query};
use alongside_store::sqlite::SqliteStore;
use alongside_store::{Audience, Kept, Store, StoreKey, Wanted};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

fn store() -> (TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("store.db"), &StoreKey::Plain).unwrap();
    (folder, store)
}

fn id(n: u128) -> RecordId {
    RecordId::from_uuid(Uuid::from_u128(n))
}

fn field(n: u64, value: Value) -> Field {
    let stamp = Stamp::new(n, 0, [1; 6]);
    Field { value, stamp }
}

fn put(store: &dyn Store, record: u128, name: &str, n: u64, value: Value, kept: Kept) {
    let mut writer = store.write().unwrap();
    writer
        .put(id(record), &Kind::Observation, name, &field(n, value), kept)
        .unwrap();
    writer.commit().unwrap();
}

fn find_by(store: &dyn Store, words: &str, by: Option<&[Audience]>) -> Vec<RecordId> {
    let query = Query::read(words);
    let wanted = Wanted {
        kind: &Kind::Observation,
        words: query.words(),
        by,
        limit: 10,
    };
    store.search(&wanted).unwrap()
}

fn find(store: &dyn Store, words: &str) -> Vec<RecordId> {
    find_by(store, words, None)
}

#[test]
fn words_are_found_by_their_beginnings_waiting_or_delivered_the_latest_first() {
    let (_folder, store) = store();
    put(
        &store,
        1,
        "overall",
        1,
        json!("Naïve questions, well asked"),
        Kept::Waiting,
    );
    put(
        &store,
        2,
        "comments.pace",
        2,
        json!("Well paced"),
        Kept::At(1),
    );
    assert_eq!(find(&store, "well"), [id(2), id(1)]);
    assert_eq!(find(&store, "quest NAIVE"), [id(1)]);
    assert_eq!(find(&store, "uestions"), []);
    assert_eq!(find(&store, "well nothing"), []);
    assert_eq!(find(&store, ""), []);
    // And what comes after the first search.
    put(
        &store,
        3,
        "went_well.a",
        3,
        json!("Well begun"),
        Kept::Waiting,
    );
    assert_eq!(find(&store, "well"), [id(3), id(2), id(1)]);
}

#[test]
fn marks_and_ids_are_no_words() {
    let (_folder, store) = store();
    put(&store, 1, "marks.pace", 1, json!("seen"), Kept::Waiting);
    put(&store, 1, "observer", 1, json!("seen"), Kept::Waiting);
    assert_eq!(find(&store, "seen"), []);
    put(
        &store,
        1,
        "overall",
        2,
        json!("Seen from the door"),
        Kept::Waiting,
    );
    put(&store, 1, "marks.pace", 3, json!("not_seen"), Kept::Waiting);
    assert_eq!(find(&store, "seen"), [id(1)]);
    assert_eq!(find(&store, "not"), []);
}

#[test]
fn a_word_that_no_longer_stands_is_not_found() {
    let (_folder, store) = store();
    put(&store, 1, "overall", 1, json!("earlier"), Kept::Waiting);
    put(&store, 2, "overall", 1, json!("earlier"), Kept::At(1));
    assert_eq!(find(&store, "earlier"), [id(2), id(1)]);
    put(&store, 1, "overall", 2, json!("later"), Kept::Waiting);
    put(&store, 2, "overall", 2, Value::Null, Kept::At(2));
    assert_eq!(find(&store, "earlier"), []);
    assert_eq!(find(&store, "later"), [id(1)]);
}

#[test]
fn what_is_forgotten_is_found_no_more_and_is_in_no_file() {
    let (folder, store) = store();
    let words = "anemone bluebell celandine".repeat(20);
    put(&store, 1, "overall", 1, json!(words), Kept::At(1));
    put(&store, 2, "overall", 2, json!("anemone"), Kept::Waiting);
    assert_eq!(find(&store, "anemone"), [id(2), id(1)]);
    let mut writer = store.write().unwrap();
    writer.forget(id(1)).unwrap();
    writer.commit().unwrap();
    assert_eq!(find(&store, "anemone"), [id(2)]);
    assert!(store.scrub().unwrap());
    assert_eq!(find(&store, "bluebell"), []);
    assert_eq!(find(&store, "anemone"), [id(2)]);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let is_there = |word: &[u8]| bytes.windows(word.len()).any(|run| run == word);
        assert!(!is_there(b"bluebell") && !is_there(b"celandine"));
    }
    // A row may be given to another record.
    let mut writer = store.write().unwrap();
    writer.forget_all_but(&BTreeSet::new()).unwrap();
    writer.commit().unwrap();
    put(&store, 3, "overall", 3, json!("daffodil"), Kept::At(3));
    assert_eq!(find(&store, "daffodil"), [id(3)]);
}

#[test]
fn a_transaction_that_was_not_committed_leaves_nothing_to_find() {
    let (_folder, store) = store();
    assert_eq!(find(&store, "anemone"), []);
    let mut writer = store.write().unwrap();
    let words = field(1, json!("anemone"));
    writer
        .put(id(1), &Kind::Observation, "overall", &words, Kept::Waiting)
        .unwrap();
    // A search does not wait for the writer.
    assert_eq!(find(&store, "anemone"), []);
    drop(writer);
    assert_eq!(find(&store, "anemone"), []);
}

#[test]
fn on_a_hub_only_the_readers_of_a_record_find_it() {
    let (_folder, store) = store();
    for n in 1..=3 {
        put(&store, n, "overall", 1, json!("anemone"), Kept::At(1));
    }
    let mut writer = store.write().unwrap();
    let (leaders, own) = (Audience::Leaders, Audience::Person(id(9).into()));
    writer
        .feed_put(id(1), std::slice::from_ref(&leaders), 1)
        .unwrap();
    writer
        .feed_put(id(2), &[leaders.clone(), own.clone()], 2)
        .unwrap();
    writer.commit().unwrap();
    assert_eq!(
        find_by(&store, "anemone", Some(std::slice::from_ref(&own))),
        [id(2)]
    );
    assert_eq!(
        find_by(&store, "anemone", Some(std::slice::from_ref(&leaders))),
        [id(2), id(1)]
    );
    // Out of sight is out of reach.
    let mut writer = store.write().unwrap();
    writer.feed_put(id(2), &[leaders], 3).unwrap();
    writer.commit().unwrap();
    assert_eq!(find_by(&store, "anemone", Some(&[own])), []);
}

#[test]
fn a_store_from_before_and_the_writings_of_another_program_are_found() {
    let (folder, store) = store();
    put(&store, 1, "overall", 1, json!("anemone"), Kept::At(1));
    drop(store);
    let path = folder.path().join("store.db");
    let (one, other) = (
        SqliteStore::open(&path, &StoreKey::Plain).unwrap(),
        SqliteStore::open(&path, &StoreKey::Plain).unwrap(),
    );
    assert_eq!(find(&one, "anemone"), [id(1)]);
    put(&other, 2, "overall", 2, json!("anemone"), Kept::At(2));
    assert_eq!(find(&one, "anemone"), [id(2), id(1)]);
}

#[test]
fn no_question_is_syntax() {
    let (_folder, store) = store();
    put(
        &store,
        1,
        "overall",
        1,
        json!("a near or not and"),
        Kept::Waiting,
    );
    let long = "anemone ".repeat(1_250);
    for asked in [
        "\"",
        "*",
        "NEAR(",
        "NEAR(a b)",
        "a OR b",
        "-a",
        "a:b",
        "^a",
        "{a}",
        "a' --",
        "😀",
        "\u{0}",
        "\u{e000}1",
        &long,
    ] {
        find(&store, asked);
    }
    assert_eq!(find(&store, "NEAR( OR NOT \"and\""), [id(1)]);
    let limited = ["\"; DROP".to_owned()];
    let wanted = Wanted {
        kind: &Kind::Observation,
        words: &limited,
        by: None,
        limit: 10,
    };
    assert_eq!(store.search(&wanted).unwrap(), []);
}
