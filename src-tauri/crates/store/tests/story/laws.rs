//! The laws, tried with writings, receipts, refusals and pulls in any order.

use std::collections::{BTreeMap, BTreeSet};

use alongside_domain::{Field, Kind, Record, RecordId, Stamp};
use alongside_store::{Audience, Entry, Kept, Scope, SetAside, Store};
use proptest::prelude::*;
use serde_json::json;

use crate::{delivered, observation, person, put};

#[derive(Debug, Clone)]
enum Step {
    Put {
        id: u128,
        name: &'static str,
        field: Field,
        version: u64,
    },
    /// A receipt or a refusal of the n-th writing so far.
    Deliver(prop::sample::Index, u64),
    Refuse(prop::sample::Index),
    /// The transaction ends, one way or the other.
    Commit,
    Drop,
}

fn field() -> impl Strategy<Value = Field> {
    let value = prop::sample::select(vec![json!(null), json!("seen"), json!("not_seen")]);
    (0u64..6, 0u16..2, 0u8..3, value).prop_map(|(millis, counter, device, value)| Field {
        value,
        stamp: Stamp::new(millis, counter, [device; 6]),
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (1u128..3, prop::sample::select(vec!["marks.a", "marks.b"]), field(), prop_oneof![Just(0), 1u64..9])
            .prop_map(|(id, name, field, version)| Step::Put { id, name, field, version }),
        3 => (any::<prop::sample::Index>(), 1u64..9).prop_map(|(n, version)| Step::Deliver(n, version)),
        2 => any::<prop::sample::Index>().prop_map(Step::Refuse),
        3 => Just(Step::Commit),
        1 => Just(Step::Drop),
    ]
}

type Writing = (RecordId, &'static str, Field);

/// Runs the steps; returns the writings that were put and the delivered among them, less those of dropped transactions.
fn run(store: &dyn Store, steps: &[Step]) -> (Vec<Writing>, Vec<Writing>) {
    let (mut put_in, mut known) = (Vec::<Writing>::new(), Vec::<Writing>::new());
    let (mut kept, mut kept_known) = (0, 0);
    let mut writer = store.write().unwrap();
    for step in steps {
        match step {
            Step::Put {
                id,
                name,
                field,
                version,
            } => {
                let kept = if *version == 0 {
                    Kept::Waiting
                } else {
                    Kept::At(*version)
                };
                put(&mut *writer, observation(*id), name, field, kept);
                put_in.push((observation(*id), name, field.clone()));
                if *version > 0 {
                    known.push((observation(*id), name, field.clone()));
                }
            }
            Step::Deliver(n, version) if !put_in.is_empty() => {
                // Only what waits as the current writing is surely noted (stamps may be forged twice here).
                let (id, name, field) = n.get(&put_in).clone();
                let waits = writer
                    .outbox(99)
                    .unwrap()
                    .into_iter()
                    .any(|record| record.id == id && record.fields.get(name) == Some(&field));
                if waits {
                    writer.deliver(id, name, field.stamp, *version).unwrap();
                    known.push((id, name, field));
                }
            }
            Step::Refuse(n) if !put_in.is_empty() => {
                let (record, name, field) = n.get(&put_in).clone();
                let aside = SetAside {
                    record,
                    kind: Kind::Observation,
                    name: name.into(),
                    field,
                    code: "no".into(),
                    message: String::new(),
                    at: 1,
                };
                writer.put_aside(&aside).unwrap();
            }
            Step::Commit => {
                writer.commit().unwrap();
                (kept, kept_known) = (put_in.len(), known.len());
                writer = store.write().unwrap();
            }
            Step::Drop => {
                drop(writer);
                put_in.truncate(kept);
                known.truncate(kept_known);
                writer = store.write().unwrap();
            }
            _ => {}
        }
    }
    writer.commit().unwrap();
    (put_in, known)
}

fn merged(writings: &[Writing]) -> BTreeMap<RecordId, Record> {
    let mut records = BTreeMap::new();
    for (id, name, field) in writings {
        let record = records
            .entry(*id)
            .or_insert_with(|| Record::new(*id, Kind::Observation));
        record.put(name, field.clone());
    }
    records
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_order_of_writings_gives_what_the_domain_gives(steps in prop::collection::vec(step(), 1..60)) {
        let steps: Vec<_> = steps.into_iter().filter(|step| !matches!(step, Step::Refuse(_))).collect();
        let (_folder, store) = crate::sqlite(&alongside_store::StoreKey::Plain);
        let (put_in, known) = run(&store, &steps);
        let reader = store.read().unwrap();
        let current: BTreeMap<_, _> = reader.list(&Kind::Observation).unwrap().into_iter().map(|record| (record.id, record)).collect();
        prop_assert_eq!(current, merged(&put_in));
        prop_assert_eq!(reader.last_stamp().unwrap(), put_in.iter().map(|(_, _, field)| field.stamp).max());
        // What a digest is taken over is the join of what the hub knows.
        let expected: BTreeMap<_, Vec<_>> = merged(&known).into_iter()
            .map(|(id, record)| (id, record.fields.into_iter().map(|(name, field)| (name, field.stamp)).collect()))
            .collect();
        prop_assert_eq!(delivered(&*reader), expected);
        prop_assert_eq!(store.check().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn no_writing_is_lost(steps in prop::collection::vec(step(), 1..60)) {
        let (_folder, store) = crate::sqlite(&alongside_store::StoreKey::Plain);
        let (put_in, _) = run(&store, &steps);
        let reader = store.read().unwrap();
        let aside = reader.set_aside().unwrap();
        for (id, name, field) in put_in {
            let current = reader.get(id).unwrap();
            let is_current = current.is_some_and(|record| record.fields.get(name) == Some(&field));
            let is_past = reader.history(id).unwrap().iter().any(|past| past.name == name && past.field == field);
            let is_aside = aside.iter().any(|aside| aside.record == id && aside.name == name && aside.field == field);
            prop_assert!(is_current || is_past || is_aside, "{name} {field:?} of {id} is gone");
        }
        prop_assert_eq!(store.check().unwrap(), Vec::<String>::new());
    }
}

#[derive(Debug, Clone)]
enum Turn {
    /// A record gets a field, and these readers.
    Write {
        id: u128,
        field: u8,
        readers: BTreeSet<usize>,
    },
    /// A record is destroyed.
    Destroy { id: u128 },
    /// A reader pulls pages of this size, to the end or only one.
    Pull {
        reader: usize,
        limit: usize,
        is_whole: bool,
    },
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        6 => (1u128..5, 0u8..4, prop::collection::btree_set(0usize..4, 0..4))
            .prop_map(|(id, field, readers)| Turn::Write { id, field, readers }),
        1 => (1u128..5).prop_map(|id| Turn::Destroy { id }),
        4 => (0usize..3, 1usize..4, any::<bool>())
            .prop_map(|(reader, limit, is_whole)| Turn::Pull { reader, limit, is_whole }),
    ]
}

fn audience(n: usize) -> Audience {
    match n {
        0 => Audience::Everyone,
        1 => Audience::Leaders,
        n => Audience::Person(person(n as u128)),
    }
}

#[derive(Default)]
struct Puller {
    audiences: Vec<Audience>,
    cursor: u64,
    held: u64,
    records: BTreeMap<RecordId, Record>,
}

impl Puller {
    fn pull(&mut self, store: &dyn Store, limit: usize, is_whole: bool) {
        loop {
            let reader = store.read().unwrap();
            let page = reader
                .feed(&self.audiences, self.cursor, self.held, limit)
                .unwrap();
            let is_last = page.len() < limit;
            assert!(page.is_sorted_by_key(Entry::version));
            self.cursor = match page.last() {
                Some(entry) if !is_last => entry.version(),
                _ => reader.version().unwrap(),
            };
            if is_last {
                self.held = self.cursor;
            }
            for entry in page {
                match entry {
                    Entry::Changed { record, .. } => match self.records.get_mut(&record.id) {
                        Some(mine) => drop(mine.merge(record)),
                        None => drop(self.records.insert(record.id, record)),
                    },
                    Entry::Forgotten { id, .. } => drop(self.records.remove(&id)),
                }
            }
            if is_last || !is_whole {
                return;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn pulling_from_anywhere_ends_with_what_may_be_read(turns in prop::collection::vec(turn(), 1..60)) {
        let (_folder, store) = crate::sqlite(&alongside_store::StoreKey::Plain);
        let store: &dyn Store = &store;
        let mut pullers: Vec<_> = [vec![0, 1, 2], vec![0, 3], vec![2]]
            .into_iter()
            .map(|audiences| Puller { audiences: audiences.into_iter().map(audience).collect(), ..Puller::default() })
            .collect();
        for (millis, turn) in (1u64..).zip(turns) {
            match turn {
                Turn::Write { id, field, readers } => {
                    let audiences: Vec<_> = readers.into_iter().map(audience).collect();
                    let written = crate::field(millis, millis);
                    crate::change(store, |writer| {
                        if writer.was_destroyed(observation(id)).unwrap() {
                            return;
                        }
                        let version = writer.next_version().unwrap();
                        put(writer, observation(id), &format!("marks.{field}"), &written, Kept::At(version));
                        writer.feed_put(observation(id), &audiences, version).unwrap();
                    });
                }
                Turn::Destroy { id } => crate::change(store, |writer| {
                    let version = writer.next_version().unwrap();
                    writer.feed_put(observation(id), &[], version).unwrap();
                    writer.forget(observation(id)).unwrap();
                }),
                Turn::Pull { reader, limit, is_whole } => pullers[reader].pull(store, limit, is_whole),
            }
        }
        prop_assert_eq!(store.check().unwrap(), Vec::<String>::new());
        for puller in &mut pullers {
            puller.pull(store, 2, true);
            let reader = store.read().unwrap();
            let mut visible = BTreeMap::new();
            reader.stamps(Scope::Visible(&puller.audiences), &mut |id, _| { visible.insert(id, reader.get(id).unwrap().unwrap()); }).unwrap();
            prop_assert_eq!(&puller.records, &visible);
        }
    }
}
