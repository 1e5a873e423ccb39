//! What needs a hand inside: a disk that is full, and steps between schemas that are yet to come.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use alongside_domain::{Field, Kind, RecordId, Stamp};
use rusqlite_migration::M;
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

use super::{SqliteStore, cipher, open};
use crate::{Kept, Result, Store, StoreKey};

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    (folder, path)
}

fn id(n: u128) -> RecordId {
    RecordId::from_uuid(Uuid::from_u128(n))
}

fn tick(store: &dyn Store, n: u64, text: &str, kept: Kept) -> Result<()> {
    let field = Field {
        value: json!(text),
        stamp: Stamp::new(n, 0, [1; 6]),
    };
    let mut writer = store.write()?;
    writer.put(id(n.into()), &Kind::Observation, "overall", &field, kept)?;
    writer.commit()
}

/// Lets the file grow no further than it is; `i64::MAX` lets it grow again.
fn limit_pages(store: &SqliteStore, pages: i64) {
    let link = store.writer.lock().unwrap_or_else(PoisonError::into_inner);
    link.conn
        .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
        .unwrap();
}

#[test]
fn a_full_disk_leaves_nothing_of_the_change_and_is_got_over() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path, &StoreKey::Plain).unwrap();
    for n in 0..10 {
        tick(&store, n, "before", Kept::Waiting).unwrap();
    }
    // Texts that cannot be pressed together.
    let long: String = (0..3000_u128)
        .map(|n| {
            Uuid::from_u128(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)).to_string()
        })
        .collect();
    limit_pages(&store, 1);
    for kept in [Kept::Waiting, Kept::At(1)] {
        // Full at the commit, where what was gathered is written down.
        let error = tick(&store, 77, &long, kept).unwrap_err();
        assert!(error.is_full() && error.is_transient(), "{error:?}");
        let reader = store.read().unwrap();
        assert_eq!(reader.outbox_count().unwrap(), 10);
        assert_eq!(reader.get(id(77)).unwrap(), None);
    }
    // Full half-way: what follows in the same transaction is not kept either.
    let mut writer = store.write().unwrap();
    assert!(writer.note_put("long", Some(&long)).unwrap_err().is_full());
    writer.note_put("short", Some("x")).unwrap_err();
    writer.commit().unwrap_err();
    assert_eq!(store.read().unwrap().note("short").unwrap(), None);
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
    limit_pages(&store, 1 << 30);
    tick(&store, 77, &long, Kept::Waiting).unwrap();
    assert_eq!(store.read().unwrap().outbox_count().unwrap(), 11);
}

#[test]
fn a_page_that_breaks_while_a_locked_store_is_open_does_not_keep_others_from_being_saved() {
    let (_folder, path) = folder();
    let key = StoreKey::Raw([7; 32]);
    let store = SqliteStore::open(&path, &key).unwrap();
    for n in 0..300 {
        tick(
            &store,
            n,
            &format!("{n}: a text of some length"),
            Kept::At(n + 1),
        )
        .unwrap();
    }
    assert!(store.scrub().unwrap());
    let file = std::fs::read(&path).unwrap();
    let leaves: i64 = {
        let link = store.writer.lock().unwrap();
        // Nothing is remembered of the page that is about to break.
        link.conn.execute_batch("PRAGMA shrink_memory").unwrap();
        link.conn
            .query_row(
                "SELECT min(pageno) FROM dbstat WHERE name = 'records' AND pagetype = 'leaf'",
                [],
                |row| row.get(0),
            )
            .unwrap()
    };
    let mut broken = file.clone();
    broken[(leaves as usize - 1) * cipher::PAGE + 9] ^= 1;
    std::fs::write(&path, &broken).unwrap();
    store
        .writer
        .lock()
        .unwrap()
        .conn
        .execute_batch("PRAGMA shrink_memory")
        .unwrap();
    store.readers.lock().unwrap().clear();

    assert!(store.read().unwrap().get(id(0)).unwrap_err().is_damaged());
    tick(&store, 0, "on the broken page", Kept::Waiting).unwrap_err();
    for n in [299, 298] {
        assert!(store.read().unwrap().get(id(n)).unwrap().is_some());
        tick(&store, n as u64, "elsewhere", Kept::Waiting).unwrap();
    }
    assert_eq!(store.read().unwrap().outbox_count().unwrap(), 2);
}

#[test]
fn a_scrub_leaves_nothing_behind_the_lock_either() {
    let (_folder, path) = folder();
    let key = StoreKey::Raw([7; 32]);
    let store = SqliteStore::open(&path, &key).unwrap();
    tick(&store, 1, "marmalade", Kept::At(1)).unwrap();
    tick(&store, 2, "marmalade", Kept::At(3)).unwrap();
    let is_found = || {
        let pages = cipher::Pages::new(&key).unwrap();
        let (mut clear, mut locked) = (Vec::new(), 0);
        let file = std::fs::read(&path).unwrap();
        let log = std::fs::read(open::beside(&path, "-wal")).unwrap_or_default();
        let frames = log
            .get(32..)
            .unwrap_or_default()
            .chunks_exact(24 + cipher::PAGE);
        let in_log = frames.map(|frame| {
            let n = u32::from_be_bytes(*frame.first_chunk().unwrap());
            (n, &frame[24..])
        });
        for (n, page) in (1..).zip(file.chunks_exact(cipher::PAGE)).chain(in_log) {
            match pages.open(n, page) {
                Some(page) => clear.extend(page),
                None => locked += 1,
            }
        }
        assert_eq!(locked, 0);
        clear.windows(9).any(|bytes| bytes == b"marmalade")
    };
    assert!(is_found());
    let mut writer = store.write().unwrap();
    writer.forget(id(1)).unwrap();
    writer.forget(id(2)).unwrap();
    writer.commit().unwrap();
    assert!(store.scrub().unwrap());
    assert!(!is_found());
}

#[test]
fn an_older_store_is_copied_and_brought_up_to_date() {
    let (_folder, path) = folder();
    let old = SqliteStore::open_at(&path, &StoreKey::Plain, open::STEPS).unwrap();
    tick(&old, 1, "kept through it all", Kept::Waiting).unwrap();
    drop(old);

    let next = M::up("ALTER TABLE devices ADD COLUMN colour TEXT NOT NULL DEFAULT ''");
    let steps: Vec<_> = open::STEPS.iter().cloned().chain([next]).collect();
    let copy = PathBuf::from(format!("{}.before-{}", path.display(), steps.len()));
    let store = SqliteStore::open_at(&path, &StoreKey::Plain, &steps).unwrap();
    assert_eq!(store.read().unwrap().outbox_count().unwrap(), 1);
    assert_eq!(schema(&path), steps.len() as i64);
    assert_eq!(schema(&copy), open::STEPS.len() as i64);
    drop(store);
    // This version does not touch what that one wrote, and reads the copy.
    assert!(matches!(
        SqliteStore::open(&path, &StoreKey::Plain).unwrap_err(),
        crate::StoreError::Newer { .. }
    ));
    let store = SqliteStore::open(&copy, &StoreKey::Plain).unwrap();
    assert_eq!(store.read().unwrap().outbox_count().unwrap(), 1);
}

#[test]
fn a_step_that_fails_leaves_the_store_as_it_was() {
    let (_folder, path) = folder();
    tick(
        &SqliteStore::open(&path, &StoreKey::Plain).unwrap(),
        1,
        "kept",
        Kept::Waiting,
    )
    .unwrap();
    let next = M::up("CREATE TABLE half (n INTEGER); ALTER TABLE missing ADD COLUMN n INTEGER");
    let steps: Vec<_> = open::STEPS.iter().cloned().chain([next]).collect();
    let error = SqliteStore::open_at(&path, &StoreKey::Plain, &steps).unwrap_err();
    assert!(
        matches!(error, crate::StoreError::Migration(_)),
        "{error:?}"
    );
    let store = SqliteStore::open(&path, &StoreKey::Plain).unwrap();
    assert_eq!(store.read().unwrap().outbox_count().unwrap(), 1);
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

#[test]
fn an_empty_file_becomes_a_store() {
    let (_folder, path) = folder();
    std::fs::write(&path, b"").unwrap();
    tick(
        &SqliteStore::open(&path, &StoreKey::Plain).unwrap(),
        1,
        "first",
        Kept::Waiting,
    )
    .unwrap();
    assert!(!path.with_file_name("store.db.before-1").exists());
}

fn schema(path: &Path) -> i64 {
    rusqlite::Connection::open(path)
        .unwrap()
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap()
}
