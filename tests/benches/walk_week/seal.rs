//! (l) What SQLCipher costs when ten years are opened.

use std::path::Path;
use std::time::{Duration, Instant};

use alongside_domain::Kind;
use alongside_store::sqlite::{SqliteStore, copy_as};
use alongside_store::{Store as _, StoreKey};
use alongside_sync::notes;

use crate::rows::ROUNDS;
use crate::table::{Aim, Table, Unit, median};

/// The encrypted store of a device beside a copy of it in the clear: until it answers, and until all its observations
/// are read. Nobody else has it open.
pub fn open(table: &mut Table, file: &Path, key: &StoreKey) {
    assert!(key.is_sealed());
    let clear = file.with_extension("clear");
    copy_as(file, key, &clear, &StoreKey::Plain).unwrap();
    let stores = [(file, key), (clear.as_path(), &StoreKey::Plain)];
    let mut opened: [Vec<Duration>; 2] = Default::default();
    let mut read: [Vec<Duration>; 2] = Default::default();
    for _ in 0..ROUNDS {
        for (place, (file, key)) in stores.into_iter().enumerate() {
            let began = Instant::now();
            let store = SqliteStore::open(file, key).unwrap();
            let reader = store.read().unwrap();
            assert!(notes::device(&*reader).unwrap().is_some());
            opened[place].push(began.elapsed());
            let count = reader.list(&Kind::Observation).unwrap().len();
            read[place].push(began.elapsed());
            assert!(count > 2_000);
        }
    }
    for (name, [sealed, plain]) in [
        (
            "(l) opening the store of ten years, encrypted beside clear",
            &mut opened,
        ),
        ("(l) opening it and reading all its observations", &mut read),
    ] {
        let (ours, beside) = (median(sealed), median(plain));
        table.add(name, Unit::Ms, ours, Some(beside), Aim::None);
    }
}
