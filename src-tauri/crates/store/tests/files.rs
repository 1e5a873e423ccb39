//! The SQLite file on bad days: damage, a full disk, an older or newer schema, copies and rescue.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use alongside_domain::{Field, Kind, RecordId, Stamp};
use alongside_store::sqlite::{Aside, SqliteStore, rescue, restore, set_aside_file};
use alongside_store::{Kept, SetAside, Store, StoreError, StoreKey};
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

const PAGE: u64 = 4096;

/// Makes one test of each for a store that is locked and one that is not.
macro_rules! both {
    ($($test:ident)*) => {
        mod plain {
            $(#[test]
            fn $test() {
                super::$test(&super::StoreKey::Plain);
            })*
        }

        mod sealed {
            $(#[test]
            fn $test() {
                super::$test(&super::StoreKey::Raw([7; 32]));
            })*
        }
    };
}

both! {
    a_store_reads_back_after_closing
    a_file_of_something_else_is_damaged_and_stays_as_it_is
    a_file_that_was_cut_is_damaged
    a_page_that_was_overwritten_is_damaged
    what_waits_is_rescued_from_around_a_broken_page
    a_whole_store_is_rescued_whole
    a_file_without_a_readable_head_still_gives_what_waits
    a_newer_schema_is_refused_and_left_as_it_is
    a_copy_is_whole_while_the_store_is_in_use
    a_broken_copy_is_not_restored
    what_was_destroyed_is_not_in_the_file_any_more
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    (folder, path)
}

fn observation(n: u128) -> RecordId {
    RecordId::from_uuid(Uuid::from_u128(
        0x0192_f0c1_2345_7000_8000_0000_0000_0000 + (n << 70),
    ))
}

fn stamp(millis: u64) -> Stamp {
    Stamp::new(1_800_000_000_000 + millis, 0, [1, 2, 3, 4, 5, 6])
}

fn text(n: u64) -> String {
    format!("Number {n}: all pupils can see the teacher, and the pace suits them. ")
}

/// Writes `count` observations of one field each.
fn fill(store: &dyn Store, count: u64, kept: Kept) {
    let mut writer = store.write().unwrap();
    for n in 0..count {
        let field = Field {
            value: json!(text(n)),
            stamp: stamp(n),
        };
        writer
            .put(
                observation(n.into()),
                &Kind::Observation,
                "overall",
                &field,
                kept,
            )
            .unwrap();
    }
    writer.commit().unwrap();
}

fn whole_store(path: &Path, key: &StoreKey, waiting: u64) {
    let store = SqliteStore::open(path, key).unwrap();
    fill(&store, waiting, Kept::Waiting);
    let mut writer = store.write().unwrap();
    writer.note_put("person", Some("ada")).unwrap();
    writer.commit().unwrap();
}

/// A connection as any program with the key could make it: the salt is in the file.
fn connection(path: &Path, key: &StoreKey) -> Connection {
    let conn = Connection::open(path).unwrap();
    if let StoreKey::Raw(key) = key {
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        conn.execute_batch(&format!("PRAGMA key = \"x'{hex}'\""))
            .unwrap();
    }
    conn
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", path.display()))
}

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

fn damage(path: &Path, key: &StoreKey) -> String {
    match SqliteStore::open(path, key).unwrap_err() {
        StoreError::Damaged { path: at, detail } => {
            assert_eq!(at, path);
            detail
        }
        other => panic!("{other:?}"),
    }
}

fn a_store_reads_back_after_closing(key: &StoreKey) {
    let (_folder, path) = folder();
    whole_store(&path, key, 3);
    let store = SqliteStore::open(&path, key).unwrap();
    assert_eq!(store.path(), path);
    assert_eq!(store.read().unwrap().outbox_count().unwrap(), 3);
    assert_eq!(
        store.read().unwrap().note("person").unwrap().as_deref(),
        Some("ada")
    );
}

fn a_file_of_something_else_is_damaged_and_stays_as_it_is(key: &StoreKey) {
    let (_folder, path) = folder();
    for content in [
        &b"not a store at all, but long enough to have a header"[..],
        b"x",
        &[0; 8192],
    ] {
        fs::write(&path, content).unwrap();
        damage(&path, key);
        assert_eq!(fs::read(&path).unwrap(), content);
    }
    fs::remove_file(&path).unwrap();
    whole_store(&path, key, 0);
    let other = connection(&path, key);
    other.execute_batch("PRAGMA application_id = 7;").unwrap();
    drop(other);
    assert!(damage(&path, key).contains("not a store of Alongside"));
}

fn a_file_that_was_cut_is_damaged(key: &StoreKey) {
    let (_folder, path) = folder();
    whole_store(&path, key, 200);
    let len = fs::metadata(&path).unwrap().len();
    for kept in [len - PAGE, len - PAGE - 100, PAGE, 700] {
        fs::OpenOptions::new()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(kept)
            .unwrap();
        damage(&path, key);
    }
}

fn a_page_that_was_overwritten_is_damaged(key: &StoreKey) {
    let (_folder, path) = folder();
    whole_store(&path, key, 200);
    let pages = fs::metadata(&path).unwrap().len() / PAGE;
    overwrite(&path, (pages - 2) * PAGE, &[0xa5; PAGE as usize]);
    damage(&path, key);
}

#[test]
fn a_bit_that_flipped_in_a_delivered_record_is_damage_and_never_another_text() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path, &StoreKey::Plain).unwrap();
    fill(&store, 1, Kept::At(1));
    drop(store);
    let mut content = fs::read(&path).unwrap();
    let needle = b"all pupils";
    let at = content
        .windows(needle.len())
        .position(|bytes| bytes == needle)
        .unwrap();
    content[at] ^= 1;
    fs::write(&path, content).unwrap();
    // SQLite itself notices nothing.
    let store = SqliteStore::open(&path, &StoreKey::Plain).unwrap();
    let error = store.read().unwrap().get(observation(0)).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { path: at, .. } if at == path));
    let faults = store.check().unwrap();
    assert!(faults[0].contains("does not add up"), "{faults:?}");
}

fn what_waits_is_rescued_from_around_a_broken_page(key: &StoreKey) {
    let (_folder, path) = folder();
    whole_store(&path, key, 600);
    let leaves: Vec<u64> = connection(&path, key)
        .prepare("SELECT pageno - 1 FROM dbstat WHERE name = 'waiting' AND pagetype = 'leaf'")
        .unwrap()
        .query_map([], |row| row.get::<_, i64>(0))
        .unwrap()
        .map(|page| page.unwrap() as u64)
        .collect();
    assert!(leaves.len() > 12);
    for leaf in [leaves[3], leaves[7], leaves[8]] {
        overwrite(&path, leaf * PAGE, &[0xff; 64]);
    }
    damage(&path, key);
    let before = fs::read(&path).unwrap();
    let rescued = rescue(&path, key).unwrap();
    assert_eq!(
        fs::read(&path).unwrap(),
        before,
        "the damaged file is left as it is"
    );
    assert!(!rescued.is_whole);
    assert_eq!(rescued.notes["person"], "ada");
    let lost = 600 - rescued.waiting.len();
    assert!(
        (3..100).contains(&lost),
        "{lost} of 600 are lost with three pages"
    );
    for record in &rescued.waiting {
        let n = (record.id.uuid().as_u128() >> 70) as u64 & 0xffff;
        assert!(record.text("overall").starts_with("Number "), "{n}");
        assert_eq!(record.kind, Kind::Observation);
    }

    let aside = set_aside_file(&path, Aside::Damaged).unwrap();
    assert_eq!(aside, beside(&path, ".damaged-1"));
    assert!(aside.exists() && !path.exists());
    let anew = SqliteStore::open(&path, key).unwrap();
    let mut writer = anew.write().unwrap();
    for record in &rescued.waiting {
        for (name, field) in &record.fields {
            writer
                .put(record.id, &record.kind, name, field, Kept::Waiting)
                .unwrap();
        }
    }
    writer.commit().unwrap();
    assert_eq!(
        anew.read().unwrap().outbox_count().unwrap(),
        rescued.waiting.len() as u64
    );
    drop(anew);
    assert_eq!(
        set_aside_file(&path, Aside::Damaged).unwrap(),
        beside(&path, ".damaged-2")
    );
}

fn a_whole_store_is_rescued_whole(key: &StoreKey) {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path, key).unwrap();
    fill(&store, 5, Kept::Waiting);
    let mut writer = store.write().unwrap();
    let long = Field {
        value: json!(text(1).repeat(300)),
        stamp: stamp(3),
    };
    writer
        .put(
            observation(3),
            &Kind::Observation,
            "went_well",
            &long,
            Kept::Waiting,
        )
        .unwrap();
    let refused = SetAside {
        record: observation(2),
        kind: Kind::Observation,
        name: "overall".into(),
        field: Field {
            value: json!(text(2)),
            stamp: stamp(2),
        },
        code: "finished".into(),
        message: "It is finished.".into(),
        at: 5,
    };
    writer.put_aside(&refused).unwrap();
    writer.commit().unwrap();
    let waiting = store.read().unwrap().outbox(99).unwrap();
    // As it is after a kill: the log is not in the file yet.
    let killed = path.with_file_name("killed.db");
    for ending in ["", "-wal"] {
        fs::copy(beside(&path, ending), beside(&killed, ending)).unwrap();
    }
    let rescued = rescue(&killed, key).unwrap();
    assert!(rescued.is_whole);
    assert_eq!(rescued.waiting, waiting);
    assert_eq!(rescued.set_aside, [refused]);
    assert!(!beside(&killed, ".rescue").exists());

    // The same out of the pages alone, file and log.
    overwrite(&killed, 0, &[0; 100]);
    let log = beside(&killed, "-wal");
    for frame in 0..(fs::metadata(&log).unwrap().len() - 32) / (24 + PAGE) {
        let at = 32 + frame * (24 + PAGE);
        if fs::read(&log).unwrap()[at as usize + 3] == 1 {
            overwrite(&log, at + 24, &[0; 100]);
        }
    }
    let carved = rescue(&killed, key).unwrap();
    assert!(!carved.is_whole);
    assert_eq!(carved.waiting, rescued.waiting);
    assert_eq!(carved.set_aside, rescued.set_aside);
}

fn a_file_without_a_readable_head_still_gives_what_waits(key: &StoreKey) {
    let (_folder, path) = folder();
    whole_store(&path, key, 300);
    overwrite(&path, 0, &[0; PAGE as usize]);
    damage(&path, key);
    let rescued = rescue(&path, key).unwrap();
    assert!(!rescued.is_whole);
    assert_eq!(rescued.waiting.len(), 300);
    assert_eq!(rescued.waiting[0].text("overall"), text(0));

    fs::write(&path, b"nothing of ours").unwrap();
    let rescued = rescue(&path, key).unwrap();
    assert!(rescued.waiting.is_empty() && !rescued.is_whole);
}

fn a_newer_schema_is_refused_and_left_as_it_is(key: &StoreKey) {
    let (_folder, path) = folder();
    whole_store(&path, key, 1);
    let conn = connection(&path, key);
    conn.execute_batch("PRAGMA user_version = 99;").unwrap();
    drop(conn);
    let before = fs::read(&path).unwrap();
    let error = SqliteStore::open(&path, key).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, .. }));
    assert!(error.to_string().contains("Install the newer version"));
    assert_eq!(fs::read(&path).unwrap(), before);
}

fn a_copy_is_whole_while_the_store_is_in_use(key: &StoreKey) {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path, key).unwrap();
    fill(&store, 50, Kept::At(1));
    let copy = path.with_file_name("copy.db");
    let mut writer = store.write().unwrap();
    let field = Field {
        value: json!("not yet"),
        stamp: stamp(999),
    };
    writer
        .put(
            observation(3),
            &Kind::Observation,
            "overall",
            &field,
            Kept::Waiting,
        )
        .unwrap();
    store.back_up(&copy).unwrap();
    writer.commit().unwrap();
    assert!(matches!(
        store.back_up(&copy).unwrap_err(),
        StoreError::Exists { .. }
    ));
    assert!(!beside(&copy, "-wal").exists() && !beside(&copy, ".part").exists());

    let back = path.with_file_name("back.db");
    restore(&copy, &back, key).unwrap();
    let back_store = SqliteStore::open(&back, key).unwrap();
    let reader = back_store.read().unwrap();
    assert_eq!(reader.list(&Kind::Observation).unwrap().len(), 50);
    assert_eq!(
        reader.get(observation(3)).unwrap().unwrap().text("overall"),
        text(3)
    );
    drop(reader);
    assert_eq!(back_store.check().unwrap(), Vec::<String>::new());
    assert!(matches!(
        restore(&copy, &back, key).unwrap_err(),
        StoreError::Exists { .. }
    ));
}

fn a_broken_copy_is_not_restored(key: &StoreKey) {
    let (_folder, path) = folder();
    whole_store(&path, key, 200);
    let copy = path.with_file_name("copy.db");
    SqliteStore::open(&path, key)
        .unwrap()
        .back_up(&copy)
        .unwrap();
    let target = path.with_file_name("target.db");

    let pages = fs::metadata(&copy).unwrap().len() / PAGE;
    overwrite(&copy, (pages - 3) * PAGE, &[0xa5; PAGE as usize]);
    let error = restore(&copy, &target, key).unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::BadCopy { .. } | StoreError::Damaged { .. }
        ),
        "{error:?}"
    );

    fs::write(&copy, b"").unwrap();
    assert!(restore(&copy, &target, key).unwrap_err().is_damaged());
    fs::write(&copy, b"these are not the records you look for").unwrap();
    assert!(restore(&copy, &target, key).unwrap_err().is_damaged());
    fs::remove_file(&copy).unwrap();
    assert!(restore(&copy, &target, key).is_err());
    assert!(!target.exists());
}

fn what_was_destroyed_is_not_in_the_file_any_more(key: &StoreKey) {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path, key).unwrap();
    fill(&store, 40, Kept::At(1));
    let mut writer = store.write().unwrap();
    for n in 0..40 {
        writer.forget(observation(n)).unwrap();
    }
    writer.commit().unwrap();
    drop(store);
    let content = fs::read(&path).unwrap();
    assert!(!content.windows(10).any(|bytes| bytes == b"all pupils"));
    assert!(!beside(&path, "-wal").exists());
}

#[test]
fn what_was_destroyed_is_gone_while_the_store_stays_open() {
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path, &StoreKey::Plain).unwrap();
    fill(&store, 40, Kept::At(1));
    let files = || {
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend(fs::read(beside(&path, "-wal")).unwrap_or_default());
        bytes
    };
    let mut writer = store.write().unwrap();
    // A word as it lies in the history: plain.
    for (value, at) in [("marmalade", 90_000), ("other", 90_001)] {
        let field = Field {
            value: json!(value),
            stamp: stamp(at),
        };
        let id = observation(1);
        writer
            .put(id, &Kind::Observation, "overall", &field, Kept::At(2))
            .unwrap();
    }
    writer.commit().unwrap();
    let is_found = || files().windows(9).any(|bytes| bytes == b"marmalade");
    assert!(is_found());
    let reader = store.read().unwrap();
    let mut writer = store.write().unwrap();
    writer.forget(observation(1)).unwrap();
    writer.commit().unwrap();
    assert!(is_found(), "the log beside the file still has it");
    assert!(
        !store.scrub().unwrap(),
        "somebody still reads what was there"
    );
    drop(reader);
    assert!(store.scrub().unwrap());
    assert!(!is_found());
    assert_eq!(
        store
            .read()
            .unwrap()
            .list(&Kind::Observation)
            .unwrap()
            .len(),
        39
    );
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

#[test]
fn a_locked_store_gives_nothing_to_whoever_has_only_the_files() {
    let (_folder, path) = folder();
    let key = StoreKey::Raw([7; 32]);
    whole_store(&path, &key, 200);
    let store = SqliteStore::open(&path, &key).unwrap();
    fill(&store, 200, Kept::At(1));
    store.back_up(&path.with_file_name("copy.db")).unwrap();
    // The log is still beside the file.
    let names: Vec<_> = fs::read_dir(path.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(names.len() >= 3, "{names:?}");
    for name in names {
        let content = fs::read(&name).unwrap();
        for marker in [
            "all pupils",
            "observation",
            "overall",
            "CREATE TABLE",
            "SQLite format",
        ] {
            let is_there = content
                .windows(marker.len())
                .any(|bytes| bytes == marker.as_bytes());
            assert!(!is_there, "{marker} is in {}", name.display());
        }
    }
}

#[test]
fn another_key_is_told_apart_from_damage_and_changes_nothing() {
    let (_folder, path) = folder();
    let key = StoreKey::Raw([7; 32]);
    whole_store(&path, &key, 200);
    let whole = fs::read(&path).unwrap();
    let error = SqliteStore::open(&path, &StoreKey::Raw([8; 32])).unwrap_err();
    assert!(error.is_other_key() && !error.is_damaged(), "{error:?}");
    assert!(SqliteStore::open(&path, &StoreKey::Plain).is_err());
    assert_eq!(fs::read(&path).unwrap(), whole);

    // The same when the head is lost: the key is right, the file is not.
    overwrite(&path, 0, &[0x5a; 16]);
    assert!(damage(&path, &key).contains("begin"));
    assert_eq!(rescue(&path, &key).unwrap().waiting.len(), 200);
    // Nothing is read with another key, in a rescue neither.
    let rescued = rescue(&path, &StoreKey::Raw([8; 32])).unwrap();
    assert!(rescued.waiting.is_empty() && rescued.notes.is_empty());

    fs::remove_file(&path).unwrap();
    whole_store(&path, &StoreKey::Plain, 3);
    assert!(SqliteStore::open(&path, &key).unwrap_err().is_other_key());
    SqliteStore::open(&path, &StoreKey::Plain).unwrap();
}

#[test]
fn whoever_changes_a_locked_file_is_noticed_and_what_they_changed_is_not_read() {
    let (_folder, path) = folder();
    let key = StoreKey::Raw([7; 32]);
    whole_store(&path, &key, 200);
    let whole = fs::read(&path).unwrap();
    for page in 0..whole.len() as u64 / PAGE {
        let mut changed = whole.clone();
        changed[(page * PAGE) as usize + 2_000] ^= 1;
        fs::write(&path, &changed).unwrap();
        damage(&path, &key);
        for record in rescue(&path, &key).unwrap().waiting {
            let n = (0..200).find(|n| observation(*n) == record.id).unwrap();
            assert_eq!(record.text("overall"), text(n as u64));
        }
    }
    // A bit of a page's vector is the same bit of its first block: one row fewer, and nothing else looks amiss.
    fs::write(&path, &whole).unwrap();
    let (leaf, rows): (usize, usize) = connection(&path, &key)
        .query_row(
            "SELECT pageno - 1, ncell FROM dbstat WHERE name = 'waiting' AND pagetype = 'leaf' LIMIT 1",
            [],
            |row| Ok((row.get::<_, i64>(0)? as usize, row.get::<_, i64>(1)? as usize)),
        )
        .unwrap();
    let mut fewer = whole.clone();
    fewer[leaf * PAGE as usize + 4_016 + 4] ^= 1;
    fs::write(&path, &fewer).unwrap();
    damage(&path, &key);
    assert_eq!(rescue(&path, &key).unwrap().waiting.len(), 200 - rows);
    // Two pages of one file, each as it was written, in each other's place.
    let (page, mut swapped) = (PAGE as usize, whole.clone());
    swapped[2 * page..3 * page].copy_from_slice(&whole[3 * page..4 * page]);
    swapped[3 * page..4 * page].copy_from_slice(&whole[2 * page..3 * page]);
    fs::write(&path, &swapped).unwrap();
    damage(&path, &key);
}

#[test]
fn one_broken_page_does_not_keep_a_locked_store_from_saving() {
    let (_folder, path) = folder();
    let key = StoreKey::Raw([7; 32]);
    let store = SqliteStore::open(&path, &key).unwrap();
    fill(&store, 2_000, Kept::At(1));
    assert!(store.scrub().unwrap());
    let leaf: i64 = connection(&path, &key)
        .query_row(
            "SELECT max(pageno) - 1 FROM dbstat WHERE name = 'records' AND pagetype = 'leaf'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    overwrite(&path, leaf as u64 * PAGE, &[0xff; 64]);
    drop(store);
    // Too large to be looked through on opening, were it a real one.
    let Err(error) = SqliteStore::open(&path, &key) else {
        panic!("it is not seen");
    };
    assert!(error.is_damaged());
}

#[test]
fn nothing_shows_the_key() {
    let (_folder, path) = folder();
    let key = StoreKey::Raw(*b"a key that nobody may ever read.");
    whole_store(&path, &key, 1);
    let store = SqliteStore::open(&path, &key).unwrap();
    let mut said = format!("{key:?} {store:?}");
    drop(store);
    for ruin in 0..3 {
        match ruin {
            0 => overwrite(&path, 4 * PAGE, &[1; 64]),
            1 => overwrite(&path, 40, &[1; 64]),
            _ => fs::write(&path, [1; 8192]).unwrap(),
        }
        let error = SqliteStore::open(&path, &key).unwrap_err();
        said += &format!(" {error} {error:?}");
    }
    let hex: String = b"a key that"
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    for form in ["a key that", &hex, "97, 32, 107", "PRAGMA"] {
        assert!(
            !said.to_lowercase().contains(&form.to_lowercase()),
            "{said}"
        );
    }
}
