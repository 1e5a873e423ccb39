//! What was promised: every writing that the screen said is saved, and what became of it since.

use std::collections::BTreeMap;

use alongside_domain::{Kind, RecordId, Stamp};
use alongside_store::{Kept, Reader};
use serde_json::Value;

use crate::disk::Done;

/// Where a promised writing stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is on the device and waits.
    Waits,
    /// A hub said that it has it.
    Delivered,
    /// It was set aside, with this code.
    Aside(String),
    /// It was set aside with this code, and then let go.
    LetGo(String),
}

/// One promise: the last writing of one field here.
#[derive(Debug, Clone)]
pub struct Promise {
    /// Of which kind the record is.
    pub kind: Kind,
    /// What was written.
    pub value: Value,
    /// Its stamp now.
    pub stamp: Stamp,
    /// Where it stands.
    pub state: State,
    /// Whether the one who wrote it was told that it is saved.
    pub is_told: bool,
    /// Whether nobody can keep it any more: the hub that had it was lost after the device had been told to forget it.
    pub is_out_of_hand: bool,
    /// Whether its record was forgotten here at the hub's word since. Until all is at rest nobody can say whether the hub
    /// was right: then only what it destroyed at the end of its time may be gone.
    pub is_forgotten: bool,
}

/// All promises of one install.
#[derive(Debug, Clone, Default)]
pub struct Ledger(pub BTreeMap<(RecordId, String), Promise>);

impl Ledger {
    /// Takes down what was committed. `is_told` says that it was a person's wish, and that it was told as saved.
    pub fn enter(&mut self, journal: Vec<Done>, is_told: bool, is_hub: bool) {
        for done in journal {
            match done {
                Done::Put(id, kind, name, field, kept) => {
                    let is_own = match kept {
                        Kept::Waiting => !is_hub,
                        Kept::At(_) => is_hub && is_told,
                    };
                    if !is_own {
                        continue;
                    }
                    let key = (id, name);
                    let was_told = self
                        .0
                        .get(&key)
                        .is_some_and(|before| before.stamp == field.stamp && before.is_told);
                    let promise = Promise {
                        kind,
                        value: field.value,
                        stamp: field.stamp,
                        state: match is_hub {
                            true => State::Delivered,
                            false => State::Waits,
                        },
                        is_told: is_told || was_told,
                        is_out_of_hand: false,
                        is_forgotten: false,
                    };
                    self.0.insert(key, promise);
                }
                Done::Delivered(id, name, stamp) => self.at(id, &name, Some(stamp), |promise| {
                    promise.state = State::Delivered;
                }),
                Done::Aside(aside) => {
                    let stamp = Some(aside.field.stamp);
                    self.at(aside.record, &aside.name, stamp, |promise| {
                        promise.state = State::Aside(aside.code);
                        promise.is_forgotten = false;
                    });
                }
                Done::Dropped(id, name) => self.at(id, &name, None, |promise| {
                    if let State::Aside(code) = &promise.state {
                        promise.state = State::LetGo(code.clone());
                    }
                }),
                Done::Offered(code) => {
                    for promise in self.0.values_mut() {
                        if promise.state == State::Aside(code.clone()) {
                            promise.state = State::Waits;
                        }
                    }
                }
                Done::Forgotten(id) => {
                    for ((record, _), promise) in &mut self.0 {
                        promise.is_forgotten |= *record == id;
                    }
                }
                Done::Restamped(before, field) => {
                    let moved = self.0.values_mut().find(|promise| promise.stamp == before);
                    if let Some(promise) = moved {
                        (promise.stamp, promise.value) = (field.stamp, field.value);
                    }
                }
            }
        }
    }

    fn at(
        &mut self,
        id: RecordId,
        name: &str,
        stamp: Option<Stamp>,
        change: impl FnOnce(&mut Promise),
    ) {
        let promise = self.0.get_mut(&(id, name.to_owned()));
        if let Some(promise) = promise.filter(|p| stamp.is_none_or(|stamp| p.stamp == stamp)) {
            change(promise);
        }
    }

    /// The hub that had them is gone, or another one is joined: what was delivered and is not held here any more, nobody
    /// can send again.
    pub fn hub_is_lost(&mut self, reader: &dyn Reader) {
        for ((id, name), promise) in &mut self.0 {
            if promise.state != State::Delivered {
                continue;
            }
            let held = reader.get(*id).unwrap();
            let is_held = held
                .and_then(|held| held.fields.get(name).map(|field| field.stamp))
                .is_some_and(|stamp| stamp == promise.stamp);
            promise.is_out_of_hand |= !is_held;
        }
    }

    /// What the store no longer has of what it must have, right after a start.
    pub fn missing(&self, reader: &dyn Reader) -> Vec<String> {
        let asides = reader.set_aside().unwrap();
        let mut missing = Vec::new();
        for ((id, name), promise) in self.0.iter().filter(|(_, p)| p.is_told) {
            let is_there = match &promise.state {
                State::Waits => reader.get(*id).unwrap().is_some_and(|held| {
                    held.fields.get(name).is_some_and(|field| {
                        field.stamp > promise.stamp
                            || (field.stamp == promise.stamp && field.value == promise.value)
                    })
                }),
                State::Aside(code) if code != alongside_sync::refused::DESTROYED => {
                    promise.is_forgotten
                        || asides.iter().any(|aside| {
                            (aside.record, aside.name.as_str()) == (*id, name)
                                && aside.field.stamp >= promise.stamp
                        })
                }
                State::Aside(_) | State::Delivered | State::LetGo(_) => true,
            };
            if !is_there {
                missing.push(format!("{name} of {} {id}: {promise:?}", promise.kind));
            }
        }
        missing
    }
}
