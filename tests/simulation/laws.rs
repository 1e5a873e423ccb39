//! What must hold when everyone has had a quiet end with a working network.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use alongside_domain::{PersonId, Record, RecordId};
use alongside_store::{Audience, Reader, Scope, Store as _};
use alongside_sync::{Care, SyncError, refused};

use crate::device::Broken;
use crate::ledger::{Promise, State};
use crate::readers::{self, All};
use crate::school::PEOPLE;
use crate::world::World;

/// How often everyone may sync until nothing moves any more.
const ROUNDS: u32 = 8;

impl World {
    /// Gives everyone a quiet end, and judges what is there then.
    pub async fn end_quietly(&mut self) -> Result<(), Broken> {
        self.shared.say("-- a quiet end begins --");
        for (no, hub) in self.hubs.clone().into_iter().enumerate() {
            if let Some(disk) = hub.disk() {
                disk.fill(false);
                disk.keep_power();
                match no == self.home {
                    true if disk.is_off() => self.start_hub_again(&hub),
                    true => {}
                    false => disk.turn_off(),
                }
            }
        }
        self.find_who_is_away();
        if self.chance.per_mille(500) {
            self.everyone_comes_back();
        }
        for no in 0..self.devices.len() {
            let device = &mut self.devices[no];
            device.disk.keep_power();
            device.disk.fill(false);
            device.way.trouble.store(0, Ordering::Relaxed);
            device.way.slowness.store(20, Ordering::Relaxed);
            device.way.is_online.store(true, Ordering::Relaxed);
            if device.disk.is_off() {
                device.crash().await?;
            }
            let ended = device.settle().await;
            if device.disk.is_off() {
                device.crash().await?;
            }
            self.after_sync(no, ended)?;
        }
        if self.chance.per_mille(500) {
            self.find_old_files()?;
        }
        self.come_to_rest().await?;
        if self.chance.per_mille(300) {
            // Later than everything: what is old by now must change nothing.
            self.find_old_files()?;
            self.come_to_rest().await?;
        }
        self.judge().await
    }

    /// An old backup knows who was there then.
    fn find_who_is_away(&mut self) {
        let desk = self.hubs[self.home].desk().unwrap();
        let reader = desk.store().read().unwrap();
        for (person, ..) in PEOPLE {
            let record = reader.get(person.into()).unwrap();
            match record.is_some_and(|record| record.flag("is_active")) {
                true => self.away.remove(&person),
                false => self.away.insert(person),
            };
        }
    }

    fn is_away(&self, no: usize) -> bool {
        self.away.contains(&self.devices[no].actor.person)
    }

    async fn come_to_rest(&mut self) -> Result<(), Broken> {
        for round in 0..ROUNDS {
            let mut is_quiet = true;
            for no in 0..self.devices.len() {
                is_quiet &= self.sync_once(no).await?;
            }
            if is_quiet && round > 0 {
                return Ok(());
            }
        }
        Err(format!("nothing comes to rest in {ROUNDS} rounds"))
    }

    /// Syncs one device. Returns whether nothing moved.
    async fn sync_once(&mut self, no: usize) -> Result<bool, Broken> {
        let home = self.hubs[self.home].clone();
        if self.devices[no].hub != self.home && !self.is_away(no) {
            let joined = self.devices[no].join(self.home, &home).await;
            joined.map_err(|error| format!("{} cannot join: {error}", self.devices[no].name))?;
        }
        let device = &mut self.devices[no];
        device.begin_sync(Care::Now);
        let ended = device.settle().await;
        let name = device.name.clone();
        let person = device.actor.person;
        if let Some(Ok(done)) = &ended {
            self.after_sync(no, Some(Ok(done.clone())))?;
        }
        match ended {
            Some(Ok(done)) if self.away.contains(&person) => Err(format!(
                "{name} synced although its person has left: {done:?}"
            )),
            Some(Ok(done)) => Ok(
                done.pushed + done.pulled + done.refused + done.restamped == 0
                    && done.requests == 1
                    && done.waiting == 0,
            ),
            Some(Err(SyncError::Unauthorised(_))) if self.is_away(no) => Ok(true),
            Some(Err(SyncError::Unauthorised(_))) => {
                let joined = self.devices[no].join(self.home, &home).await;
                joined.map_err(|error| format!("{name} cannot join: {error}"))?;
                Ok(false)
            }
            // A device of someone who has left stays at the hub that it knew, which may be closed.
            Some(Err(SyncError::Unreachable(_))) if self.is_away(no) => Ok(true),
            Some(Err(error)) => Err(format!(
                "{name} does not sync in peace: {error}{}",
                self.what_differs(no)
            )),
            None => Err(format!("{name} did not sync at all")),
        }
    }

    /// The first thing that a device holds other than its hub, in words.
    pub fn what_differs(&self, no: usize) -> String {
        let device = &self.devices[no];
        let Some(disk) = self.hubs[device.hub].disk() else {
            return String::new();
        };
        let all = everything(&*disk.truth().read().unwrap());
        let own = device.read(|reader| everything(reader));
        let differs = own.iter().find_map(|(id, held)| {
            let how = match all.get(id) {
                Some(record) if record == held => return None,
                Some(record) => difference(held, record),
                None => "the hub does not have it".to_owned(),
            };
            Some(format!("; {} {id}: {how}", held.kind))
        });
        let hub = disk.truth().read().unwrap();
        let person = device.actor.person;
        let lacks = all.values().find(|record| {
            let audiences = hub.audiences(record.id).unwrap();
            let is_meant = audiences.contains(&Audience::Everyone)
                || audiences.contains(&Audience::Person(person));
            is_meant && !own.contains_key(&record.id)
        });
        let lacks = lacks.map(|record| format!("; it lacks {record:?}"));
        let holds = own.keys().find(|id| {
            let audiences = hub.audiences(**id).unwrap();
            !audiences.contains(&Audience::Everyone)
                && !audiences.contains(&Audience::Leaders)
                && !audiences.contains(&Audience::Person(person))
        });
        let holds = holds.map(|id| format!("; it holds {:?} and may not", own[id]));
        differs.or(lacks).or(holds).unwrap_or_default()
    }

    async fn judge(&mut self) -> Result<(), Broken> {
        let desk = self.hubs[self.home].desk().ok_or("the hub is not up")?;
        let store = desk.store().clone();
        let reader = store.read().unwrap();
        let faults = store.check().unwrap();
        if !faults.is_empty() {
            return Err(format!("the hub's store: {faults:?}"));
        }
        alongside_api::log::check(&*reader)
            .unwrap()
            .map_err(|why| format!("the hub's log: {why}"))?;
        let all = everything(&*reader);
        self.judge_promises_of_hub(&*reader, &all)?;
        for no in 0..self.devices.len() {
            self.judge_device(no, &*reader, &all)?;
        }
        drop(reader);
        for no in 0..self.devices.len() {
            self.judge_second_sync(no).await?;
        }
        Ok(())
    }

    fn judge_promises_of_hub(&self, reader: &dyn Reader, all: &All) -> Result<(), Broken> {
        let ledger = self.hubs[self.home].ledger.lock().unwrap();
        for ((id, name), promise) in &ledger.0 {
            if !stands(all, *id, name, promise) && !is_destroyed(reader, *id, all) {
                return Err(format!(
                    "what was saved at the hub is gone: {name} of {} {id}: {promise:?}",
                    promise.kind
                ));
            }
        }
        Ok(())
    }

    fn judge_device(&self, no: usize, hub: &dyn Reader, all: &All) -> Result<(), Broken> {
        let device = &self.devices[no];
        let name = &device.name;
        let faults = device.disk.truth().check().unwrap();
        if !faults.is_empty() {
            return Err(format!("the store of {name}: {faults:?}"));
        }
        if self.is_away(no) {
            // What it holds cannot be judged by what it may read: it is told nothing any more.
            return Ok(());
        }
        self.judge_bags(no)?;
        let own = device.read(|reader| {
            let waiting = reader.outbox_count().unwrap();
            match waiting {
                0 => Ok(everything(reader)),
                _ => Err(format!("{waiting} changes still wait on {name}")),
            }
        })?;
        let person = device.actor.person;
        self.judge_sight(name, person, hub, all, &own)?;
        device.read(|reader| {
            for ((id, field), promise) in &device.ledger.0 {
                if !promise.is_told || promise.is_out_of_hand {
                    continue;
                }
                self.judge_promise((*id, field), promise, hub, all, reader)
                    .map_err(|why| {
                        format!(
                            "{name}: {field} of {} {id}: {why}: {promise:?}; on the hub: {:?}",
                            promise.kind,
                            all.get(id).and_then(|held| held.fields.get(field))
                        )
                    })?;
            }
            Ok(())
        })
    }

    /// Whoever may see a record sees what the hub has of it, and nobody has what they may not see.
    fn judge_sight(
        &self,
        name: &str,
        person: PersonId,
        hub: &dyn Reader,
        all: &All,
        own: &All,
    ) -> Result<(), Broken> {
        let leads = person == crate::school::HEAD || person == crate::school::LEADER;
        for (id, record) in all {
            let audiences = hub.audiences(*id).unwrap();
            let may = audiences.iter().any(|audience| match audience {
                Audience::Everyone => true,
                Audience::Leaders => leads,
                Audience::Person(one) => *one == person,
            });
            if let Some(must) = readers::may_read(all, person, record)
                && must != may
            {
                return Err(format!(
                    "{} {id}: the feed says {name} may read it: {may}; the table says {must}; it is {record:?}, read by {audiences:?}",
                    record.kind
                ));
            }
            match own.get(id) {
                Some(_) if !may => {
                    return Err(format!("{name} holds {} {id} and may not", record.kind));
                }
                None if may => {
                    return Err(format!("{name} does not hold {} {id}", record.kind));
                }
                Some(held) if held != record => {
                    return Err(format!(
                        "{name} and the hub differ in {} {id}: {}",
                        record.kind,
                        difference(held, record)
                    ));
                }
                _ => {}
            }
        }
        match own.values().find(|held| !all.contains_key(&held.id)) {
            Some(held) => Err(format!(
                "{name} holds {} {}, which the hub does not have",
                held.kind, held.id
            )),
            None => Ok(()),
        }
    }

    fn judge_promise(
        &self,
        (id, name): (RecordId, &str),
        promise: &Promise,
        hub: &dyn Reader,
        all: &All,
        device: &dyn Reader,
    ) -> Result<(), String> {
        if stands(all, id, name, promise) || is_destroyed(hub, id, all) {
            return Ok(());
        }
        match &promise.state {
            State::Waits => Err("it still waits".into()),
            State::Delivered => Err("a hub had it, and it is gone".into()),
            State::LetGo(code) if code == refused::ALREADY_FINISHED => Ok(()),
            State::LetGo(code) => Err(format!("it was let go for {code}")),
            State::Aside(code) if code == refused::DESTROYED => Ok(()),
            // A letter had brought it before it was stamped anew here: the hub has it, under its first stamp.
            State::Aside(_) if has_value(all, id, name, promise) => Ok(()),
            // And when it was raised was set right together with the stamp.
            State::Aside(code) if code == "concern_raised" && name == "raised_at" => {
                match all.get(&id).is_some_and(|held| held.value(name).is_some()) {
                    true => Ok(()),
                    false => Err("the hub refused a concern that it does not have".into()),
                }
            }
            State::Aside(code) => {
                let asides = device.set_aside().unwrap();
                let aside = asides
                    .iter()
                    .find(|aside| aside.record == id && aside.name == name)
                    .ok_or("it was set aside and is not there")?;
                if aside.message.is_empty() || !REASONS.contains(&code.as_str()) {
                    return Err(format!("it was set aside for no good reason: {code}"));
                }
                if code == "unknown_id" && is_known(all, &aside.record, device) {
                    return Err("it was set aside for want of what the hub has".into());
                }
                Ok(())
            }
        }
    }

    async fn judge_second_sync(&mut self, no: usize) -> Result<(), Broken> {
        if self.is_away(no) {
            return Ok(());
        }
        let (calls, commits) = (self.devices[no].calls(), self.devices[no].disk.commits());
        let at_hub = self.hubs[self.home].disk().unwrap().commits();
        self.sync_once(no).await?;
        let device = &self.devices[no];
        let did = (
            device.calls() - calls,
            device.disk.commits() - commits,
            self.hubs[self.home].disk().unwrap().commits() - at_hub,
        );
        match did {
            (1, 0, 0) => Ok(()),
            (calls, own, hub) => Err(format!(
                "with nothing to do, {} made {calls} calls, {own} writes here and {hub} at the hub",
                device.name
            )),
        }
    }
}

/// The codes with which the rules refuse what was written in good faith, without knowing what others did meanwhile.
const REASONS: &[&str] = &[
    // The observer was taken off the visit, the visit was called off, moved, or never announced as it stands now.
    "not_observer",
    "cancelled",
    "day_passed",
    "day_to_come",
    "no_notice",
    "notice_too_young",
    // It is finished, shared, or too late to tidy up.
    "observation_finished",
    "addition_made",
    "not_finished",
    "already_finished",
    // A leader planned what another's doings do not allow any more.
    "visit_begun",
    "too_few_classes",
    "yearly_maximum",
    // Someone else is the teacher, the leader or the head by now.
    "not_your_class",
    "not_yours",
    "not_a_leader",
    "not_shared",
    "nothing_finished",
    "still_open",
    "not_started",
    "unknown_id",
    "fixed",
];

fn everything(reader: &dyn Reader) -> All {
    let mut ids = BTreeSet::new();
    let mut note = |id: RecordId, _: &[(&str, alongside_domain::Stamp)]| {
        ids.insert(id);
    };
    reader.stamps(Scope::Delivered, &mut note).unwrap();
    let held = ids.into_iter().filter_map(|id| reader.get(id).unwrap());
    held.map(|record| (record.id, record)).collect()
}

/// Whether the writing, or a later one, stands at the hub.
fn stands(all: &All, id: RecordId, name: &str, promise: &Promise) -> bool {
    let held = all.get(&id).and_then(|record| record.fields.get(name));
    held.is_some_and(|held| {
        held.stamp > promise.stamp || (held.stamp == promise.stamp && held.value == promise.value)
    })
}

/// Whether the hub has the same words, under whatever stamp.
fn has_value(all: &All, id: RecordId, name: &str, promise: &Promise) -> bool {
    let held = all.get(&id).and_then(|record| record.fields.get(name));
    held.is_some_and(|held| held.value == promise.value)
}

fn is_destroyed(hub: &dyn Reader, id: RecordId, all: &All) -> bool {
    if hub.was_destroyed(id).unwrap() {
        return true;
    }
    // What belongs to what was destroyed is destroyed with it.
    let parent = all.get(&id).and_then(|record| {
        let name = record.kind.parent_field()?;
        record.id::<RecordId>(name)
    });
    parent.is_some_and(|parent| hub.was_destroyed(parent).unwrap())
}

/// Whether the hub has what this record belongs to.
fn is_known(all: &All, id: &RecordId, device: &dyn Reader) -> bool {
    let record = device.get(*id).unwrap();
    let parent = record.and_then(|record| {
        let name = record.kind.parent_field()?;
        record.id::<RecordId>(name)
    });
    parent.is_some_and(|parent| all.contains_key(&parent))
}

fn difference(held: &Record, hub: &Record) -> String {
    let names: BTreeSet<&String> = held.fields.keys().chain(hub.fields.keys()).collect();
    let differs = names
        .into_iter()
        .find(|name| held.fields.get(*name) != hub.fields.get(*name));
    differs.map_or_else(String::new, |name| {
        format!(
            "{name}: here {:?}, there {:?}",
            held.fields.get(name),
            hub.fields.get(name)
        )
    })
}
