//! One run: a school, its hubs and devices, and what happens to them in the order that the seed gives.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use alongside_domain::{ClassId, DeviceId, PersonId, VisitId};
use alongside_store::sqlite;
use alongside_store::{Store as _, StoreKey};
use alongside_sync::{Care, SyncError};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::chance::Chance;
use crate::device::{Broken, Device, actor};
use crate::hub::{Backup, Hub};
use crate::letters::Parcel;
use crate::school::{self, ANSA, BRAM, HEAD, LEADER, PEOPLE, SUNNA, TILDE, TOVE};
use crate::trace::Shared;
use crate::wall::SimWall;

/// How bad the days of this run are, each in a thousand.
#[derive(Debug, Clone, Copy)]
pub struct Mood {
    net: u64,
    power: u64,
    full: u64,
    clocks: u64,
    hubs: u64,
    people: u64,
    post: u64,
    years: u64,
}

/// A school on its bad days.
pub struct World {
    /// What all parts share.
    pub shared: Arc<Shared>,
    /// What happens next.
    pub chance: Chance,
    /// The school's hub, and the one it may move to.
    pub hubs: Vec<Arc<Hub>>,
    /// Where everyone is to be in the end.
    pub home: usize,
    /// Everyone's devices.
    pub devices: Vec<Device>,
    /// Who is not among the school's people now.
    pub away: BTreeSet<PersonId>,
    /// The visits there are, or were once.
    pub visits: Vec<(VisitId, ClassId)>,
    /// The number of the next word, so that no two writings are alike.
    pub words: u64,
    /// The letters and receipts that lie about as files.
    pub parcels: Vec<Parcel>,
    mood: Mood,
    folder: TempDir,
    made: u32,
    /// Whether a hub was lost or left, so that someone may have to pull from the start.
    has_lost_a_hub: bool,
}

impl World {
    /// The school as it stands at 08:50 on the day of the visits, everyone with a device that has joined.
    pub async fn new(seed: u64, shared_chance: &mut Chance, images: &std::path::Path) -> Self {
        let mut chance = shared_chance.fork();
        let shared = Arc::new(Shared::new(chance.fork()));
        let folder = tempfile::Builder::new()
            .prefix("run")
            .tempdir_in(images)
            .unwrap();
        let image = school::image(images);
        let calm = chance.below(8) == 0;
        let mut level = |often: &[u64]| match calm {
            true => 0,
            false => chance.pick(often),
        };
        let mood = Mood {
            net: level(&[0, 50, 150, 300, 500]),
            power: level(&[0, 20, 60, 120]),
            full: level(&[0, 0, 15, 40]),
            clocks: level(&[0, 0, 15, 50]),
            hubs: level(&[0, 5, 20, 50]),
            people: level(&[10, 30, 80]),
            post: level(&[0, 40, 120]),
            years: level(&[0, 0, 0, 10]),
        };
        shared.say(format!("seed {seed}: {mood:?}"));
        let device = DeviceId::from_uuid(school::HUB);
        let mut hubs = Vec::new();
        for (no, name) in ["the hub", "the new hub"].into_iter().enumerate() {
            let wall = Arc::new(SimWall::right(shared.began));
            let ids = chance.fork();
            // The second is the first, brought back elsewhere: the same hub to all who know it.
            hubs.push(Hub::new(name, device, wall, ids, shared.clone()));
            std::fs::create_dir_all(folder.path().join(format!("hub{no}"))).unwrap();
        }
        let path = folder.path().join("hub0/hub.sqlite");
        std::fs::copy(&image.path, &path).unwrap();
        hubs[0].start(&path);
        let mut world = Self {
            shared,
            chance,
            hubs,
            home: 0,
            devices: Vec::new(),
            away: BTreeSet::new(),
            visits: school::VISITS
                .iter()
                .map(|(visit, class, ..)| (*visit, school::CLASSES[*class].0))
                .collect(),
            words: 0,
            parcels: Vec::new(),
            mood,
            folder,
            made: 0,
            has_lost_a_hub: false,
        };
        world.people_come().await;
        world
    }

    async fn people_come(&mut self) {
        let count = self.chance.within(2, 7);
        let mut who = vec![HEAD, ANSA, BRAM, LEADER, TILDE, TOVE, SUNNA];
        // Always someone who leads and someone who observes; the rest as it comes.
        for place in (2..who.len()).rev() {
            let other = self.chance.within(2, place as u64 + 1) as usize;
            who.swap(place, other);
        }
        for person in who.into_iter().take(count as usize) {
            self.add_device(person).await;
        }
        if self.chance.per_mille(300) {
            let again = self.chance.pick(&[HEAD, ANSA]);
            self.add_device(again).await;
        }
    }

    async fn add_device(&mut self, person: PersonId) {
        let no = self.devices.len();
        let (_, name, _) = PEOPLE.iter().find(|(id, ..)| *id == person).unwrap();
        let first = name.split(' ').next().unwrap_or_default();
        let device = DeviceId::from_uuid(school::id(7_000 + 17 * no as u128));
        let wall = Arc::new(SimWall::right(self.shared.began));
        let folder = self.folder.path().join(format!("device{no}"));
        let mut device = Device::new(
            format!("{first}'s {no}"),
            actor(person, device),
            wall,
            folder,
            (0, self.hubs[0].clone()),
            self.chance.fork(),
            self.shared.clone(),
        );
        let joined = device.join(0, &self.hubs[0]).await;
        joined.unwrap_or_else(|error| panic!("a quiet joining: {error}"));
        device.begin_sync(Care::Now);
        device.settle().await.unwrap().unwrap();
        device.way.trouble.store(self.mood.net, Ordering::Relaxed);
        self.devices.push(device);
    }

    /// Lets so many things happen.
    pub async fn live(&mut self, steps: u32) -> Result<(), Broken> {
        for _ in 0..steps {
            self.step().await?;
            self.after_step().await?;
        }
        Ok(())
    }

    /// How bad the network is, in a thousand calls.
    pub fn net(&self) -> u64 {
        self.mood.net
    }

    async fn step(&mut self) -> Result<(), Broken> {
        let mood = self.mood;
        let no = self.chance.below(self.devices.len() as u64) as usize;
        let what = self.chance.weighed(&[
            (560, What::Act),
            (260, What::Sync),
            (30, What::HubScreen),
            (mood.net / 8, What::Network),
            (mood.power, What::Power),
            (mood.full, What::Full),
            (mood.clocks, What::Clock),
            (mood.hubs, What::Hub),
            (mood.people, What::People),
            (mood.post, What::Post),
            (mood.post / 2, What::Corridor),
            (20, What::Time),
            (mood.years, What::Year),
        ]);
        match what {
            What::Act => self.act(no),
            What::Sync => {
                let care = self.chance.pick(&[Care::Now, Care::WhenDue, Care::WhenDue]);
                self.devices[no].begin_sync(care);
            }
            What::HubScreen => self.act_at_hub(),
            What::Network => self.change_network(no),
            What::Power => self.lose_power(no).await?,
            What::Full => self.fill(no),
            What::Clock => self.set_clock_wrong(no),
            What::Hub => self.trouble_a_hub(),
            What::People => self.people_come_and_go(no),
            What::Post => self.post(no)?,
            What::Corridor => self.collect(no),
            What::Time => self.pass_time().await,
            What::Year => self.pass_a_year().await,
        }
        Ok(())
    }

    async fn after_step(&mut self) -> Result<(), Broken> {
        let pause = match self.chance.below(4) {
            0 => 0,
            1 => self.chance.below(40),
            2 => self.chance.below(2_000),
            _ => self.chance.below(90_000),
        };
        sleep(Duration::from_millis(pause)).await;
        for no in 0..self.devices.len() {
            if self.devices[no].disk.is_off() {
                self.shared.count("device lost power at a write");
                self.devices[no].crash().await?;
            }
            let ended = self.devices[no].look().await;
            self.after_sync(no, ended)?;
        }
        for hub in self.hubs.clone() {
            if hub.disk().is_some() && !hub.is_up() && self.chance.below(6) == 0 {
                self.start_hub_again(&hub);
            }
        }
        Ok(())
    }

    /// Takes note of how a sync went.
    pub fn after_sync(
        &mut self,
        no: usize,
        ended: Option<Result<alongside_sync::Summary, SyncError>>,
    ) -> Result<(), Broken> {
        match ended {
            Some(Err(SyncError::Diverged)) => Err(format!(
                "{} and its hub differ even after everything was pulled again",
                self.devices[no].name
            )),
            Some(Err(SyncError::Unauthorised(_))) => {
                self.shared.count("not let in any more");
                Ok(())
            }
            Some(Ok(done)) => {
                if done.restamped > 0 {
                    self.shared.count("stamped anew");
                }
                if done.refused > 0 {
                    self.shared.count("refused and set aside");
                }
                // What is refused here and was taken elsewhere before, the hub does not send back.
                self.devices[no].may_differ |= done.refused > 0;
                if done.checked == alongside_sync::Checked::Repaired {
                    self.shared.count("pulled from the start");
                    if !self.has_lost_a_hub && !self.devices[no].may_differ {
                        // The comparison mends what a feed leaves out; nothing may need it.
                        return Err(format!(
                            "{} had to pull from the start, and no hub was lost",
                            self.devices[no].name
                        ));
                    }
                }
                self.shared.count("sync went well");
                Ok(())
            }
            Some(Err(_)) => {
                self.shared.count("sync went wrong");
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn change_network(&mut self, no: usize) {
        let way = self.devices[no].way.clone();
        if self.chance.per_mille(500) {
            let is_online = !way.is_online.load(Ordering::Relaxed);
            way.is_online.store(is_online, Ordering::Relaxed);
            self.devices[no].say(if is_online { "is online" } else { "is offline" });
        } else {
            let slowness = self.chance.pick(&[0, 50, 3_000, 60_000]);
            way.slowness.store(slowness, Ordering::Relaxed);
            self.devices[no].say(format!("calls take up to {slowness} ms"));
        }
    }

    async fn lose_power(&mut self, no: usize) -> Result<(), Broken> {
        match self.chance.below(4) {
            0 => {
                self.devices[no].say("loses power now");
                self.shared.count("device lost power between calls");
                self.devices[no].crash().await?;
            }
            1 => {
                // Joining again on a device that knows its hub, as after a wiped token.
                self.join(no).await?;
            }
            _ => {
                let steps = self.chance.below(40);
                self.devices[no].say(format!("will lose power after {steps} steps"));
                self.devices[no].disk.lose_power_after(steps);
            }
        }
        Ok(())
    }

    async fn join(&mut self, no: usize) -> Result<(), Broken> {
        let hub = match self.chance.below(4) {
            0 => self.chance.below(2) as usize,
            _ => self.home,
        };
        if self.devices[no].is_syncing() || self.devices[no].disk.is_off() {
            return Ok(());
        }
        if let Some(ended) = self.devices[no].settle().await {
            self.after_sync(no, Some(ended))?;
        }
        if !self.hubs[hub].is_up() {
            return Ok(());
        }
        let has_moved = self.devices[no].hub != hub;
        if self.devices[no]
            .join(hub, &self.hubs[hub].clone())
            .await
            .is_ok()
        {
            self.shared.count(match has_moved {
                true => "moved to the other hub",
                false => "joined again",
            });
        }
        Ok(())
    }

    fn fill(&mut self, no: usize) {
        let is_full = self.chance.per_mille(600);
        if self.chance.per_mille(700) {
            self.devices[no].say(if is_full {
                "is full"
            } else {
                "has space again"
            });
            self.devices[no].disk.fill(is_full);
        } else if let Some(disk) = self.hubs[self.home].disk() {
            self.shared
                .say(format!("the hub's disk is full: {is_full}"));
            disk.fill(is_full);
        }
    }

    fn set_clock_wrong(&mut self, no: usize) {
        const MINUTE: i64 = 60_000;
        const DAY: i64 = 24 * 60 * MINUTE;
        let wrong = self.chance.pick(&[
            0,
            0,
            MINUTE,
            4 * MINUTE,
            -9 * MINUTE,
            50 * MINUTE,
            -3 * 60 * MINUTE,
            DAY,
            -DAY,
            40 * DAY,
            -400 * DAY,
            3 * 365 * DAY,
            -20 * 365 * DAY,
        ]);
        if wrong.abs() > 365 * DAY {
            self.shared.count("clock years wrong");
        } else if wrong != 0 {
            self.shared.count("clock wrong");
        }
        self.devices[no].say(format!("its clock is {} s wrong", wrong / 1000));
        self.devices[no].wall.set_wrong(wrong);
    }

    fn trouble_a_hub(&mut self) {
        let hub = self.hubs[self.home].clone();
        let Some(disk) = hub.disk() else { return };
        match self.chance.below(8) {
            0 | 1 => {
                self.shared.say("the hub loses power now");
                self.shared.count("hub lost power between calls");
                disk.turn_off();
            }
            2 | 3 => {
                let steps = self.chance.below(120);
                self.shared
                    .say(format!("the hub will lose power after {steps} steps"));
                disk.lose_power_after(steps);
                self.shared.count("hub lost power at a write");
            }
            4 | 5 => self.back_up(&hub),
            6 => self.restore(&hub),
            _ => self.move_hub(),
        }
    }

    /// The hub gets its power back.
    pub fn start_hub_again(&mut self, hub: &Arc<Hub>) {
        let folder = self.next_folder("hub");
        let left = hub.disk().unwrap().what_is_left(&folder);
        hub.start(&left);
        self.shared.count("hub started again");
    }

    fn next_folder(&mut self, what: &str) -> std::path::PathBuf {
        self.made += 1;
        let folder = self.folder.path().join(format!("{what}-{}", self.made));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn back_up(&mut self, hub: &Arc<Hub>) {
        let Some(disk) = hub.disk().filter(|disk| !disk.is_off()) else {
            return;
        };
        let path = self.next_folder("backup").join("hub.sqlite");
        disk.truth().back_up(&path).unwrap();
        let ledger = hub.ledger.lock().unwrap().clone();
        hub.backups.lock().unwrap().push(Backup { path, ledger });
        self.shared.say(format!("{} is backed up", hub.name));
    }

    /// The hub's disk is gone, and an older backup is brought back.
    fn restore(&mut self, hub: &Arc<Hub>) {
        let count = hub.backups.lock().unwrap().len() as u64;
        if count == 0 {
            return self.back_up(hub);
        }
        let which = self.chance.below(count) as usize;
        if let Some(disk) = hub.disk() {
            disk.turn_off();
        }
        let path = self.next_folder("restored").join("hub.sqlite");
        {
            let backups = hub.backups.lock().unwrap();
            sqlite::restore(&backups[which].path, &path, &StoreKey::Plain).unwrap();
            *hub.ledger.lock().unwrap() = backups[which].ledger.clone();
        }
        self.shared
            .say(format!("{} is brought back from backup {which}", hub.name));
        self.shared.count("hub restored from a backup");
        self.has_lost_a_hub = true;
        self.hub_is_lost(self.home);
        hub.start(&path);
        let offset = self.chance.pick(&[0, 0, 20_000, 7 * 60_000]);
        hub.wall.set_wrong(offset);
    }

    fn hub_is_lost(&mut self, no: usize) {
        for device in self.devices.iter_mut().filter(|device| device.hub == no) {
            device.enter(false);
            let reader = device.disk.truth().read().unwrap();
            device.ledger.hub_is_lost(&*reader);
        }
    }

    /// The school moves to another machine, by a backup; the old hub may go on for a while.
    fn move_hub(&mut self) {
        if self.home == 1 || !self.hubs[0].is_up() {
            return;
        }
        let old = self.hubs[0].clone();
        self.back_up(&old);
        let path = self.next_folder("moved").join("hub.sqlite");
        let ledger = {
            let backups = old.backups.lock().unwrap();
            let last = backups.last().unwrap();
            sqlite::restore(&last.path, &path, &StoreKey::Plain).unwrap();
            last.ledger.clone()
        };
        let new = self.hubs[1].clone();
        *new.ledger.lock().unwrap() = ledger;
        new.start(&path);
        self.home = 1;
        self.shared.count("school moved to another hub");
        self.has_lost_a_hub = true;
        if self.chance.per_mille(500) {
            self.shared.say("the old hub is closed");
            old.disk().unwrap().turn_off();
            *old.running.lock().unwrap() = None;
        }
    }

    async fn pass_time(&mut self) {
        let hours = self.chance.pick(&[1, 1, 2, 6, 24, 24, 8 * 24]);
        self.shared.say(format!("{hours} hours pass"));
        if hours > 24 {
            self.shared.count("a week passed");
        }
        sleep(Duration::from_secs(hours * 3_600)).await;
        self.keep_hub();
    }

    async fn pass_a_year(&mut self) {
        self.shared.say("more than a year passes");
        for days in [500, 8, 8] {
            sleep(Duration::from_secs(days * 24 * 3_600)).await;
            self.keep_hub();
        }
    }

    /// What a hub does by itself each day.
    fn keep_hub(&mut self) {
        for hub in &self.hubs {
            let Some(desk) = hub.desk() else { continue };
            let _ = desk.keep_contacts();
            match desk.keep_retention() {
                Ok(0) => {}
                Ok(count) => {
                    self.shared
                        .say(format!("{} destroys {count} records", hub.name));
                    self.shared
                        .count("records destroyed at the end of their time");
                }
                Err(error) => self.shared.say(format!("{}: {error}", hub.name)),
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum What {
    Act,
    Sync,
    HubScreen,
    Network,
    Power,
    Full,
    Clock,
    Hub,
    People,
    Post,
    Corridor,
    Time,
    Year,
}
