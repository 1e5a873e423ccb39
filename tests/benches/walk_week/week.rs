//! (b) A walk week: two tablets push, a third pulls; and where its time goes, for a profiler.

use std::time::{Duration, Instant};

use alongside_domain::PersonId;
use alongside_sync::Care;
use alongside_tests::{Cast, Device, Line, RunningHub, Way};

use crate::floor::{self, FloorDevice};
use crate::rows::{ROUNDS, school};
use crate::table::{Aim, Table, Unit, median};
use crate::workload::{self, VISITS};

pub struct Week {
    pub wall: Vec<Duration>,
    pub requests: Vec<f64>,
    pub up: Vec<f64>,
    pub down: Vec<f64>,
}

impl Week {
    pub fn new() -> Self {
        Self {
            wall: Vec::new(),
            requests: Vec::new(),
            up: Vec::new(),
            down: Vec::new(),
        }
    }

    pub fn add(&mut self, wall: Duration, line: &Line, before: [u64; 3]) {
        let now = counted(line);
        self.wall.push(wall);
        self.requests.push((now[0] - before[0]) as f64);
        self.up.push((now[1] - before[1]) as f64);
        self.down.push((now[2] - before[2]) as f64);
    }
}

pub fn counted(line: &Line) -> [u64; 3] {
    [line.requests(), line.bytes(Way::Up), line.bytes(Way::Down)]
}

pub fn middle(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A device that has pulled what there is, and syncs over a line.
pub async fn settled(hub: &RunningHub, person: PersonId, line: &Line) -> Device {
    let device = Device::join_at(hub, person, line.address(), hub.clock.clone()).await;
    device.sync().await;
    // A device that starts on its own connection, as it would in the morning, with its store encrypted.
    device.sealed()
}

pub async fn our_week(round_trip: Duration, is_finished: bool, week: &mut Week) {
    let hub = school().await;
    let line = Line::slow(hub.address(), round_trip).await;
    let ansa = settled(&hub, Cast::ANSA, &line).await;
    let bram = settled(&hub, Cast::BRAM, &line).await;
    let leader = settled(&hub, Cast::LEADER, &line).await;
    workload::write(&ansa, &workload::week(0, Cast::ANSA, is_finished));
    workload::write(&bram, &workload::week(0, Cast::BRAM, is_finished));
    let devices = [&ansa, &bram, &leader].map(|device| (device, device.way()));
    let before = counted(&line);
    let began = Instant::now();
    for (device, way) in &devices {
        device
            .engine
            .sync(way, Care::WhenDue, &|_| {})
            .await
            .unwrap();
    }
    week.add(began.elapsed(), &line, before);
    assert_eq!((ansa.waiting(), bram.waiting()), (0, 0));
    let last = workload::observation(0, VISITS - 1, Cast::BRAM, is_finished);
    assert!(
        leader
            .get(last.id)
            .is_some_and(|record| record.fields.len() == 40)
    );
}

async fn floor_week(round_trip: Duration, is_finished: bool, week: &mut Week) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let line = Line::slow(floor::serve(&file("hub")).await, round_trip).await;
    let device = |name: &str| FloorDevice::open(&file(name), line.address());
    let (ansa, mut bram, mut leader) = (device("ansa"), device("bram"), device("leader"));
    for (device, person) in [(&ansa, Cast::ANSA), (&bram, Cast::BRAM)] {
        device
            .edits()
            .keep(&floor::edits(&workload::week(0, person, is_finished)));
    }
    let before = counted(&line);
    let began = Instant::now();
    ansa.push().await;
    bram.push().await;
    if is_finished {
        // The one who comes second receives what the first wrote, as with us. (Its own comes with it: the floor does
        // not know whose is whose, so this counts half.)
        let _ = bram.pull().await;
    }
    assert_eq!(leader.pull().await, 2 * 40 * 40);
    week.add(began.elapsed(), &line, before);
}

/// (b) Two devices push a walk week and a third pulls it.
pub async fn walk_week(table: &mut Table) {
    for (name, round_trip, aim) in [
        (
            "(b) walk week: two push, a third pulls",
            Duration::ZERO,
            1.5,
        ),
        (
            "(b) the same at 50 ms round trip",
            Duration::from_millis(50),
            1.05,
        ),
    ] {
        eprintln!("{name}");
        let (mut ours, mut floor) = (Week::new(), Week::new());
        for _ in 0..ROUNDS {
            our_week(round_trip, false, &mut ours).await;
            floor_week(round_trip, false, &mut floor).await;
        }
        let (our_wall, floor_wall) = (median(&mut ours.wall), median(&mut floor.wall));
        table.add(name, Unit::Ms, our_wall, Some(floor_wall), Aim::Ratio(aim));
        if round_trip.is_zero() {
            let mut add = |name, unit, ours: &mut [f64], floor: &mut [f64], aim| {
                table.add(name, unit, middle(ours), Some(middle(floor)), aim);
            };
            let three = Aim::Most(3.0);
            add(
                "(b) requests for it",
                Unit::Count,
                &mut ours.requests,
                &mut floor.requests,
                three,
            );
            let most = Aim::Most(60e3);
            add(
                "(b) bytes up, heads included",
                Unit::Kb,
                &mut ours.up,
                &mut floor.up,
                most,
            );
            add(
                "(b) bytes down, heads included",
                Unit::Kb,
                &mut ours.down,
                &mut floor.down,
                most,
            );
        }
    }
    let (mut ours, mut floor) = (Week::new(), Week::new());
    for _ in 0..ROUNDS {
        our_week(Duration::ZERO, true, &mut ours).await;
        floor_week(Duration::ZERO, true, &mut floor).await;
    }
    table.add(
        "(b) a finished week, in which the second observer receives the first one's too",
        Unit::Ms,
        median(&mut ours.wall),
        Some(median(&mut floor.wall)),
        Aim::None,
    );
}

/// Where the time of a walk week goes, for a profiler that is attached once this says so.
pub async fn phases() {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS * 2 {
        let hub = school().await;
        let line = Line::to(hub.address()).await;
        let mut devices = Vec::new();
        for person in [Cast::ANSA, Cast::BRAM, Cast::LEADER] {
            devices.push(settled(&hub, person, &line).await);
        }
        for device in &devices[..2] {
            workload::write(device, &workload::week(0, device.actor.person, false));
        }
        rounds.push((hub, line, devices));
    }
    let mut floors = Vec::new();
    for _ in 0..ROUNDS * 2 {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let line = Line::to(floor::serve(&file("hub")).await).await;
        let device = |name: &str| FloorDevice::open(&file(name), line.address());
        let devices = (device("ansa"), device("bram"), device("leader"));
        for (device, person) in [(&devices.0, Cast::ANSA), (&devices.1, Cast::BRAM)] {
            device
                .edits()
                .keep(&floor::edits(&workload::week(0, person, false)));
        }
        floors.push((folder, line, devices));
    }
    eprintln!("ready: {}", std::process::id());
    tokio::time::sleep(Duration::from_secs(1)).await;
    if std::env::args().any(|one| one == "floor") {
        let mut walls = Vec::new();
        for (_, _, (ansa, bram, leader)) in &mut floors {
            let began = Instant::now();
            ansa.push().await;
            bram.push().await;
            leader.pull().await;
            walls.push(began.elapsed());
        }
        eprintln!("  the floor: {:.2} ms", median(&mut walls));
        std::process::exit(0);
    }
    let mut times: [Vec<Duration>; 3] = Default::default();
    for (_, _, devices) in &rounds {
        for (device, times) in devices.iter().zip(&mut times) {
            let way = device.way();
            let began = Instant::now();
            device
                .engine
                .sync(&way, Care::WhenDue, &|_| {})
                .await
                .unwrap();
            times.push(began.elapsed());
        }
    }
    for (name, times) in ["first pushes", "second pushes", "third pulls"]
        .iter()
        .zip(&mut times)
    {
        eprintln!("  {name}: {:.2} ms", median(times));
    }
    std::process::exit(0);
}
