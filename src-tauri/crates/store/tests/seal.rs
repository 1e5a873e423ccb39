//! A store that was kept in the clear comes under lock without loss, wherever it is cut, and leaves nothing behind.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::fs;
use std::path::{Path, PathBuf};

use alongside_domain::{Field, Kind, RecordId, Stamp};
use alongside_store::sqlite::{
    SqliteStore, Step, copy_as, plain_path, restore, seal, seal_by_steps,
};
use alongside_store::{Kept, Store, StoreError, StoreKey};
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

const KEY: StoreKey = StoreKey::Raw([7; 32]);
const STEPS: [Step; 4] = [Step::Copied, Step::Moved, Step::Placed, Step::Scrubbed];
const MARKER: &str = "marmalade";

fn plain_store() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    fill(&SqliteStore::open(&path, &StoreKey::Plain).unwrap(), 0);
    (folder, path)
}

fn fill(store: &dyn Store, from: u128) {
    let mut writer = store.write().unwrap();
    for n in from..from + 50 {
        let kept = if n % 2 == 0 {
            Kept::Waiting
        } else {
            Kept::At(n as u64 + 1)
        };
        let field = Field {
            value: json!(format!("{n}: {MARKER} on toast")),
            stamp: Stamp::new(1_800_000_000_000 + n as u64, 0, [1; 6]),
        };
        let id = RecordId::from_uuid(Uuid::from_u128(n));
        writer
            .put(id, &Kind::Observation, "overall", &field, kept)
            .unwrap();
    }
    writer.note_put("hub_token", Some(MARKER)).unwrap();
    writer.commit().unwrap();
}

/// All that a store holds, as far as anyone can ask.
fn content(path: &Path, key: &StoreKey) -> String {
    let store = SqliteStore::open(path, key).unwrap();
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
    let reader = store.read().unwrap();
    format!(
        "{:?} {:?} {:?} {:?}",
        reader.list(&Kind::Observation).unwrap(),
        reader.outbox(999).unwrap(),
        reader.note("hub_token").unwrap(),
        reader.last_stamp().unwrap(),
    )
}

/// The files of a folder in which a text stands in the clear.
fn in_the_clear(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| {
            let content = fs::read(path).unwrap();
            content
                .windows(MARKER.len())
                .any(|bytes| bytes == MARKER.as_bytes())
        })
        .collect()
}

#[test]
fn a_plain_store_comes_under_lock_with_all_it_holds() {
    let (folder, path) = plain_store();
    let before = content(&path, &StoreKey::Plain);
    // Older copies, and what is left of a damaged one.
    fs::copy(&path, folder.path().join("store.db.before-1")).unwrap();
    fs::copy(&path, folder.path().join("store.db.damaged-1")).unwrap();
    assert_eq!(in_the_clear(folder.path()).len(), 3);
    assert!(seal(&path, &KEY).unwrap());
    assert_eq!(content(&path, &KEY), before);
    assert_eq!(in_the_clear(folder.path()), Vec::<PathBuf>::new());
    assert!(!seal(&path, &KEY).unwrap(), "there is nothing more to do");
    assert!(matches!(
        SqliteStore::open(&path, &StoreKey::Plain).unwrap_err(),
        StoreError::Damaged { .. }
    ));
}

#[test]
fn what_stands_only_in_the_log_comes_along() {
    let (folder, path) = plain_store();
    let store = SqliteStore::open(&path, &StoreKey::Plain).unwrap();
    fill(&store, 100);
    // As it is after a kill.
    let killed = folder.path().join("killed.db");
    for ending in ["", "-wal"] {
        let at = |path: &Path| PathBuf::from(format!("{}{ending}", path.display()));
        fs::copy(at(&path), at(&killed)).unwrap();
    }
    drop(store);
    assert!(seal(&killed, &KEY).unwrap());
    assert_eq!(content(&killed, &KEY), content(&path, &StoreKey::Plain));
}

#[test]
fn it_can_be_cut_at_any_step_and_again() {
    for first in STEPS {
        for second in STEPS {
            let (folder, path) = plain_store();
            let before = content(&path, &StoreKey::Plain);
            for cut in [first, second] {
                let _ = seal_by_steps(&path, &KEY, &mut |step| {
                    if step == cut {
                        return Err(StoreError::Busy("the power is cut".into()));
                    }
                    Ok(())
                });
            }
            seal(&path, &KEY).unwrap();
            assert_eq!(content(&path, &KEY), before, "{first:?}, then {second:?}");
            assert_eq!(in_the_clear(folder.path()), Vec::<PathBuf>::new());
            assert!(!plain_path(&path).exists());
        }
    }
}

#[test]
fn a_copy_that_was_half_written_is_begun_again() {
    let (_folder, path) = plain_store();
    let before = content(&path, &StoreKey::Plain);
    fs::write(path.with_file_name("store.db.sealing"), [7; 5000]).unwrap();
    fs::write(path.with_file_name("store.db.sealing-journal"), [7; 500]).unwrap();
    assert!(seal(&path, &KEY).unwrap());
    assert_eq!(content(&path, &KEY), before);
}

#[test]
fn a_key_that_was_lost_half_way_loses_nothing() {
    let (folder, path) = plain_store();
    let before = content(&path, &StoreKey::Plain);
    let _ = seal_by_steps(&path, &KEY, &mut |step| match step {
        Step::Moved => Err(StoreError::Busy("the power is cut".into())),
        _ => Ok(()),
    });
    assert!(!path.exists());
    let other = StoreKey::Raw([8; 32]);
    assert!(seal(&path, &other).unwrap());
    assert_eq!(content(&path, &other), before);
    assert_eq!(in_the_clear(folder.path()), Vec::<PathBuf>::new());

    // Once it is the store, the plain file goes only when the key opens it.
    let (_folder, path) = plain_store();
    let _ = seal_by_steps(&path, &KEY, &mut |step| match step {
        Step::Placed => Err(StoreError::Busy("the power is cut".into())),
        _ => Ok(()),
    });
    assert!(seal(&path, &other).unwrap_err().is_other_key());
    assert!(plain_path(&path).exists());
}

#[test]
fn a_damaged_plain_store_is_left_for_the_rescue() {
    let (_folder, path) = plain_store();
    let mut broken = fs::read(&path).unwrap();
    let len = broken.len();
    broken.truncate(len - 4096);
    fs::write(&path, &broken).unwrap();
    assert!(seal(&path, &KEY).unwrap_err().is_damaged());
    assert_eq!(fs::read(&path).unwrap(), broken);
}

#[test]
fn a_copy_can_be_taken_out_in_the_clear_while_the_store_is_in_use() {
    let (folder, path) = plain_store();
    seal(&path, &KEY).unwrap();
    let store = SqliteStore::open(&path, &KEY).unwrap();
    let out = folder.path().join("out.sqlite");
    copy_as(&path, &KEY, &out, &StoreKey::Plain).unwrap();
    assert!(matches!(
        copy_as(&path, &KEY, &out, &StoreKey::Plain).unwrap_err(),
        StoreError::Exists { .. }
    ));
    drop(store);
    assert_eq!(content(&out, &StoreKey::Plain), content(&path, &KEY));
}

/// With a log beside the file a tick costs one fsync; with a journal it would be four.
#[test]
fn a_store_that_was_copied_writes_to_a_log_beside_it_again() {
    let (folder, path) = plain_store();
    seal(&path, &KEY).unwrap();
    let copy = folder.path().join("copy.sqlite");
    let back = folder.path().join("back.sqlite");
    let store = SqliteStore::open(&path, &KEY).unwrap();
    store.back_up(&copy).unwrap();
    restore(&copy, &back, &KEY).unwrap();
    for (store, path) in [
        (store, path),
        (SqliteStore::open(&back, &KEY).unwrap(), back.clone()),
    ] {
        fill(&store, 700);
        let log = fs::metadata(format!("{}-wal", path.display()));
        assert!(log.is_ok_and(|log| log.len() > 0), "{}", path.display());
    }
}
