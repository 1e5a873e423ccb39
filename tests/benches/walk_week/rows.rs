//! Each row of the table, measured.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use alongside_domain::PersonId;
use alongside_domain::template::EVIDENCE_FORM;
use alongside_sync::{Care, SyncRequest, WireRecord, wire};
use alongside_tests::{Cast, Device, Line, RunningHub, School, Way};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::counts;
use crate::floor::{self, Edits, FloorDevice};
use crate::table::{Aim, Table, Unit, median, percentile};
use crate::workload::{self, COMMITS, VISITS, WEEKS};

const ROUNDS: usize = 9;

/// A school with its walk week to come, whose observers are two.
pub async fn school() -> RunningHub {
    let hub = RunningHub::start().await;
    School::found(&hub);
    workload::open_classes(&hub);
    workload::plan(&hub, 0, &|_| vec![Cast::ANSA, Cast::BRAM]);
    hub
}

/// Somebody who ticks.
pub struct Ticking {
    who: Who,
    count: usize,
}

enum Who {
    Ours {
        device: Box<Device>,
        _hub: RunningHub,
    },
    Floor {
        edits: Edits,
        _folder: TempDir,
    },
}

impl Ticking {
    /// A tablet on the day, with its visits begun; or the floor.
    pub async fn start(is_ours: bool) -> Self {
        let who = if is_ours {
            let hub = school().await;
            let device = Device::join(&hub, Cast::ANSA).await;
            device.sync().await;
            for number in 0..VISITS {
                device.tap(
                    "visit_start",
                    json!({ "visit": workload::visit(0, number) }),
                );
            }
            Who::Ours {
                device: Box::new(device),
                _hub: hub,
            }
        } else {
            let folder = tempfile::tempdir().unwrap();
            let edits = Edits::open(&folder.path().join("floor.sqlite"));
            Who::Floor {
                edits,
                _folder: folder,
            }
        };
        Self { who, count: 0 }
    }

    /// One tick that is on the disk when this returns.
    pub fn tick(&mut self) {
        let keys: Vec<_> = EVIDENCE_FORM
            .sections
            .iter()
            .flat_map(|s| s.criteria)
            .collect();
        let (key, _, _) = keys[self.count % keys.len()];
        let number = (self.count / keys.len()) as u128 % VISITS;
        let is_second_time = (self.count / keys.len()) as u128 / VISITS % 2 == 1;
        let mark = if is_second_time { "not_seen" } else { "seen" };
        self.count += 1;
        match &self.who {
            Who::Ours { device, .. } => {
                let edit = json!({ "what": "mark", "criterion": key, "mark": mark });
                let request = json!({ "visit": workload::visit(0, number), "edit": edit });
                device.clock.pass(5_000);
                device.tap("observation_write", request);
            }
            Who::Floor { edits, .. } => {
                let record = workload::visit(0, number).uuid();
                edits.tick(
                    record,
                    &format!("marks.{key}"),
                    &json!(mark),
                    5_000 * self.count as u64,
                );
            }
        }
    }
}

/// (a) One durable tick through the api.
pub async fn tick(table: &mut Table) {
    eprintln!("(a) one durable tick");
    let (mut ours, mut floor) = (Ticking::start(true).await, Ticking::start(false).await);
    let (mut our_times, mut floor_times) = (Vec::new(), Vec::new());
    for ticking in [&mut ours, &mut floor] {
        (0..100).for_each(|_| ticking.tick());
    }
    // In turns of a few, so that neither has the caches for itself.
    for _ in 0..160 {
        for (ticking, times) in [(&mut ours, &mut our_times), (&mut floor, &mut floor_times)] {
            for _ in 0..10 {
                let began = Instant::now();
                ticking.tick();
                times.push(began.elapsed());
            }
        }
    }
    for (name, share, aim) in [("p50", 0.5, 1.3), ("p99", 0.99, 2.0)] {
        table.add(
            &format!("(a) one durable tick, {name}"),
            Unit::Ms,
            percentile(&mut our_times, share),
            Some(percentile(&mut floor_times, share)),
            Aim::Ratio(aim),
        );
    }
    match (counts::cost("ours"), counts::cost("floor")) {
        (Some(ours), Some(floor)) => {
            let most = Aim::Most(1.1);
            table.add(
                "(a) fsyncs of one tick",
                Unit::Count,
                ours.syncs,
                Some(floor.syncs),
                most,
            );
            table.add(
                "(a) bytes written for one tick",
                Unit::Kb,
                ours.bytes,
                Some(floor.bytes),
                Aim::None,
            );
        }
        _ => {
            table.note("The fsyncs of a tick were not counted: strace is not here or may not look.")
        }
    }
}

struct Week {
    wall: Vec<Duration>,
    requests: Vec<f64>,
    up: Vec<f64>,
    down: Vec<f64>,
}

impl Week {
    fn new() -> Self {
        Self {
            wall: Vec::new(),
            requests: Vec::new(),
            up: Vec::new(),
            down: Vec::new(),
        }
    }

    fn add(&mut self, wall: Duration, line: &Line, before: [u64; 3]) {
        let now = counted(line);
        self.wall.push(wall);
        self.requests.push((now[0] - before[0]) as f64);
        self.up.push((now[1] - before[1]) as f64);
        self.down.push((now[2] - before[2]) as f64);
    }
}

fn counted(line: &Line) -> [u64; 3] {
    [line.requests(), line.bytes(Way::Up), line.bytes(Way::Down)]
}

fn middle(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A device that has pulled what there is, and syncs over a line.
async fn settled(hub: &RunningHub, person: PersonId, line: &Line) -> Device {
    let device = Device::join_at(hub, person, line.address(), hub.clock.clone()).await;
    device.sync().await;
    // A device that starts on its own connection, as it would in the morning.
    device.restart()
}

async fn our_week(round_trip: Duration, is_finished: bool, week: &mut Week) {
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

/// A hub with ten years of walk weeks, made as they were: a plan, notice, its days, and the observers' syncs.
async fn ten_years_of_hub() -> RunningHub {
    let hub = RunningHub::start().await;
    School::found(&hub);
    workload::open_classes(&hub);
    let ansa = Device::join(&hub, Cast::ANSA).await;
    let bram = Device::join(&hub, Cast::BRAM).await;
    for week in 0..WEEKS {
        workload::plan(&hub, week, &|_| vec![Cast::ANSA, Cast::BRAM]);
        for device in [&ansa, &bram] {
            workload::write(device, &workload::week(week, device.actor.person, true));
            device
                .engine
                .sync(&*device.hub, Care::WhenDue, &|_| {})
                .await
                .unwrap();
            assert_eq!((device.waiting(), device.set_aside().len()), (0, 0));
        }
    }
    hub
}

/// (c) A fresh device, (d) nothing to do, (e) the size on the disk.
pub async fn ten_years(table: &mut Table) {
    eprintln!("(c) (d) (e) ten years");
    let empty = school().await;
    let began = Instant::now();
    let hub = ten_years_of_hub().await;
    eprintln!(
        "  ten years took {:.1} s to live",
        began.elapsed().as_secs_f64()
    );
    let folder = tempfile::tempdir().unwrap();
    let floor_file = folder.path().join("hub");
    let floor_edits = Edits::open(&floor_file);
    for week in 0..WEEKS {
        for person in [Cast::ANSA, Cast::BRAM] {
            floor_edits.keep(&floor::edits(&workload::week(week, person, true)));
        }
    }
    floor_edits.checkpoint();
    let floor_at = floor::serve(&floor_file).await;

    let (mut ours, mut floor) = (Week::new(), Week::new());
    let mut first_screen = Vec::new();
    let mut kept = None;
    for round in 0..5 {
        let line = Line::to(hub.address()).await;
        let leader = Device::join_at(&hub, Cast::LEADER, line.address(), hub.clock.clone())
            .await
            .restart();
        let way = leader.way();
        let before = counted(&line);
        let began = Instant::now();
        let first = std::sync::Mutex::new(None);
        let heed = |_: &alongside_sync::Applied| {
            first.lock().unwrap().get_or_insert_with(|| began.elapsed());
        };
        leader
            .engine
            .sync(&way, Care::WhenDue, &heed)
            .await
            .unwrap();
        ours.add(began.elapsed(), &line, before);
        first_screen.extend(first.into_inner().unwrap());
        kept = Some(leader);

        let line = Line::to(floor_at).await;
        let mut device = FloorDevice::open(
            &folder.path().join(format!("device-{round}")),
            line.address(),
        );
        let before = counted(&line);
        let began = Instant::now();
        device.pull().await;
        floor.add(began.elapsed(), &line, before);
    }
    let wall = (median(&mut ours.wall), median(&mut floor.wall));
    table.add(
        "(c) fresh device, ten years",
        Unit::Ms,
        wall.0,
        Some(wall.1),
        Aim::Ratio(1.5),
    );
    table.add(
        "(c) until its first records are there",
        Unit::Ms,
        median(&mut first_screen),
        Some(wall.1),
        Aim::None,
    );
    table.add(
        "(c) bytes down for it",
        Unit::Mb,
        middle(&mut ours.down),
        Some(middle(&mut floor.down)),
        Aim::Most(2e6),
    );
    table.add(
        "(c) requests for it",
        Unit::Count,
        middle(&mut ours.requests),
        Some(middle(&mut floor.requests)),
        Aim::Most(6.0),
    );

    nothing_to_do(table, &hub, &empty, folder.path()).await;

    let leader = kept.unwrap();
    searches(table, &hub, &leader);
    let (device_file, device_folder) = (leader.path(), leader.close());
    let hub_file = hub.file();
    hub.desk()
        .store()
        .back_up(&folder.path().join("hub.copy"))
        .unwrap();
    let size = |path: &Path| std::fs::metadata(path).unwrap().len() as f64;
    let floor_size = Some(size(&floor_file));
    table.add(
        "(e) ten years on a device's disk",
        Unit::Mb,
        size(&device_file),
        floor_size,
        Aim::Most(9.7e6),
    );
    table.add(
        "(e) ten years on the hub's disk, with history and log",
        Unit::Mb,
        size(&hub_file),
        floor_size,
        Aim::Most(9.7e6),
    );
    drop(device_folder);
}

async fn nothing_to_do(table: &mut Table, hub: &RunningHub, empty: &RunningHub, folder: &Path) {
    let floor_at = floor::serve(&folder.join("empty")).await;
    let mut floor_device = FloorDevice::open(&folder.join("empty-device"), floor_at);
    let old = Device::join(hub, Cast::LEADER).await;
    let young = Device::join(empty, Cast::LEADER).await;
    for device in [&old, &young] {
        device.sync().await;
        device.sync().await;
    }
    // Once on a new connection, as after a pause, and once on the one that is open already.
    let mut cold: [Vec<Duration>; 3] = Default::default();
    let mut warm: [Vec<Duration>; 3] = Default::default();
    let mut requests = 0;
    for _ in 0..150 {
        for (place, device) in [&old, &young].into_iter().enumerate() {
            let hub = device.way();
            for times in [&mut cold, &mut warm] {
                let began = Instant::now();
                let synced = device.engine.sync(&hub, Care::WhenDue, &|_| {}).await;
                times[place].push(began.elapsed());
                requests = requests.max(synced.unwrap().requests);
            }
        }
        floor_device.hang_up();
        for times in [&mut cold, &mut warm] {
            let began = Instant::now();
            floor_device.pull().await;
            times[2].push(began.elapsed());
        }
    }
    for (name, times) in [("", &mut cold), (", on an open line", &mut warm)] {
        let [old, young, floor] = times;
        let floor = Some(median(floor));
        for (school, times) in [("a young school", young), ("ten years", old)] {
            let name = format!("(d) nothing to do, {school}{name}");
            table.add(&name, Unit::Ms, median(times), floor, Aim::Ratio(1.5));
        }
    }
    table.add(
        "(d) requests for it",
        Unit::Count,
        requests.into(),
        Some(1.0),
        Aim::Most(1.0),
    );
}

/// (g) A search through ten years: the first after a start, and those that follow while somebody types.
fn searches(table: &mut Table, hub: &RunningHub, leader: &Device) {
    let actor = leader.actor;
    for (place, desk) in [("a tablet", &leader.desk), ("the hub", hub.desk())] {
        let find = |words: &str| {
            let began = Instant::now();
            desk.call(&actor, "search_find", json!({ "words": words }))
                .unwrap();
            began.elapsed()
        };
        let first = find("");
        let mut times = Vec::new();
        for words in [
            "p",
            "pu",
            "pup",
            "pupils",
            "pupils t",
            "pupils the",
            "maths",
            "class 1",
            "walk",
        ] {
            times.extend((0..5).map(|_| find(words)));
        }
        let name = format!("(g) search in ten years, on {place}");
        table.add(&name, Unit::Ms, median(&mut times), None, Aim::Most(50.0));
        let slowest = percentile(&mut times, 1.0);
        table.add(
            &format!("{name}, slowest"),
            Unit::Ms,
            slowest,
            None,
            Aim::Most(50.0),
        );
        let name = format!("(g) making ready for the first search, on {place}");
        table.add(&name, Unit::Ms, first.as_secs_f64() * 1e3, None, Aim::None);
    }
}

const TABLETS: u128 = 50;

/// (f) Fifty devices push one observation each, all at once.
pub async fn fifty_devices(table: &mut Table) {
    eprintln!("(f) fifty devices at once");
    let rounds = 12;
    let hub = RunningHub::start().await;
    School::found(&hub);
    workload::open_classes(&hub);
    workload::hire(&hub, TABLETS);
    let mut tokens = Vec::new();
    for number in 0..TABLETS {
        let device = Device::join(&hub, workload::observer(number)).await;
        tokens.push((device.token(), device.actor.device));
    }
    let folder = tempfile::tempdir().unwrap();
    let floor_at = floor::serve(&folder.path().join("hub")).await;
    let client = alongside_tests::http();
    let (mut ours, mut floor) = (Fifty::default(), Fifty::default());
    for week in 0..rounds {
        // Twenty-five visits with two observers each.
        let observers = |visit: u128| {
            let first = visit * 2 % TABLETS;
            vec![workload::observer(first), workload::observer(first + 1)]
        };
        workload::plan(&hub, week, &observers);
        hub.clock.pass(3_600_000);
        let mut bodies = Vec::new();
        let mut plain = Vec::new();
        for number in 0..TABLETS {
            let written =
                workload::observation(week, number / 2, workload::observer(number), false);
            let (_, device) = tokens[usize::try_from(number).unwrap()];
            bodies.push(push_body(&hub, &written, device));
            plain.push(floor::body(&written));
        }
        let pushes = bodies.into_iter().zip(&tokens).map(|(body, (token, _))| {
            client
                .post(hub.url("/v1/sync"))
                .bearer_auth(token)
                .header("content-type", "application/json")
                .header("content-encoding", "zstd")
                .header("accept-encoding", "zstd")
                .body(body)
        });
        ours.push(pushes.collect(), week > 0, |answer| {
            let accepted = answer["results"][0]["accepted"].as_array().unwrap().len();
            assert_eq!(accepted, 40, "{answer}");
        })
        .await;
        let pushes = plain
            .into_iter()
            .map(|body| client.post(format!("http://{floor_at}/push")).body(body));
        floor.push(pushes.collect(), week > 0, |_| {}).await;
    }
    let name = "(f) 50 devices push one observation each at once";
    table.add(
        name,
        Unit::PerSecond,
        ours.rate(),
        Some(floor.rate()),
        Aim::AtLeast(0.5),
    );
    let p99 = (
        percentile(&mut ours.times, 0.99),
        percentile(&mut floor.times, 0.99),
    );
    table.add(
        "(f) p99 of one of them",
        Unit::Ms,
        p99.0,
        Some(p99.1),
        Aim::Ratio(2.0),
    );
}

fn push_body(
    hub: &RunningHub,
    written: &workload::Written,
    device: alongside_domain::DeviceId,
) -> Vec<u8> {
    let now = alongside_sync::Wall::now_ms(&hub.clock);
    let mut count = 0;
    let fields = written.commits.iter().flatten().map(|(name, value)| {
        count += 1;
        let stamp = alongside_domain::Stamp::new(now - 600_000 + 9_000 * count, 0, device.tail());
        (
            name.clone(),
            alongside_domain::Field {
                value: value.clone(),
                stamp,
            },
        )
    });
    let record = WireRecord {
        id: written.id,
        kind: alongside_domain::Kind::Observation,
        version: None,
        fields: fields.collect(),
    };
    let request = SyncRequest {
        records: vec![record],
        ..SyncRequest::default()
    };
    let body = serde_json::to_vec(&request).unwrap();
    assert!(body.len() < wire::BODY_LIMIT && written.commits.len() == COMMITS);
    zstd::bulk::compress(&body, 6).unwrap()
}

#[derive(Default)]
struct Fifty {
    walls: Vec<Duration>,
    times: Vec<Duration>,
}

impl Fifty {
    async fn push(
        &mut self,
        requests: Vec<reqwest::RequestBuilder>,
        counts: bool,
        check: impl Fn(&Value),
    ) {
        let gate = Arc::new(tokio::sync::Barrier::new(requests.len() + 1));
        let pushes: Vec<_> = requests
            .into_iter()
            .map(|request| {
                let gate = Arc::clone(&gate);
                tokio::spawn(async move {
                    gate.wait().await;
                    let began = Instant::now();
                    let answer = request.send().await.unwrap();
                    assert!(answer.status().is_success(), "{}", answer.status());
                    let bytes = answer.bytes().await.unwrap();
                    (began.elapsed(), bytes)
                })
            })
            .collect();
        gate.wait().await;
        let began = Instant::now();
        let mut answers = Vec::new();
        for push in pushes {
            answers.push(push.await.unwrap());
        }
        let wall = began.elapsed();
        for (time, bytes) in answers {
            check(&serde_json::from_slice(&bytes).unwrap());
            if counts {
                self.times.push(time);
            }
        }
        if counts {
            self.walls.push(wall);
        }
    }

    /// Observations in a second.
    fn rate(&mut self) -> f64 {
        TABLETS as f64 / (median(&mut self.walls) / 1e3)
    }
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
    if std::env::args().any(|one| one == "sizes") {
        let ansa = &rounds[0].2[0];
        let limits = alongside_sync::plan::Limits::default();
        let planned = ansa.read(|reader| alongside_sync::plan::plan(reader, limits, 0).unwrap());
        let text = serde_json::to_vec(&planned.request).unwrap();
        std::fs::write("/tmp/request.json", &text).unwrap();
        for level in 1..20 {
            let began = Instant::now();
            let pressed = (0..20)
                .map(|_| zstd::bulk::compress(&text, level).unwrap().len())
                .max();
            eprintln!(
                "level {level}: {pressed:?} of {} in {:?}",
                text.len(),
                began.elapsed() / 20
            );
        }
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
