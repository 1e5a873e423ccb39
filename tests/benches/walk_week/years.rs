//! (c) to (e) and (g) What ten years cost: a fresh device, nothing to do, the disk, a search.

use std::path::Path;
use std::time::{Duration, Instant};

use alongside_sync::Care;
use alongside_tests::{Cast, Device, Line, RunningHub, School};
use serde_json::json;

use crate::floor::{self, Edits, FloorDevice};
use crate::rows::school;
use crate::seal;
use crate::table::{Aim, Table, Unit, median, percentile};
use crate::week::{Week, counted, middle};
use crate::workload::{self, WEEKS};

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

    let (mut ours, mut plain, mut floor) = (Week::new(), Week::new(), Week::new());
    let mut first_screen = Vec::new();
    let mut kept = None;
    for round in 0..5 {
        for is_sealed in [true, false] {
            let line = Line::to(hub.address()).await;
            let leader =
                Device::join_at(&hub, Cast::LEADER, line.address(), hub.clock.clone()).await;
            let leader = match is_sealed {
                true => leader.sealed(),
                false => leader.restart(),
            };
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
            if is_sealed {
                ours.add(began.elapsed(), &line, before);
                first_screen.extend(first.into_inner().unwrap());
                kept = Some(leader);
            } else {
                plain.add(began.elapsed(), &line, before);
            }
        }

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
        "(c) fresh device, encrypted, ten years",
        Unit::Ms,
        wall.0,
        Some(wall.1),
        Aim::Ratio(1.5),
    );
    table.add(
        "(l) fresh device, ten years, encrypted beside clear",
        Unit::Ms,
        wall.0,
        Some(median(&mut plain.wall)),
        Aim::None,
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
    let (device_file, key) = (leader.path(), leader.key().clone());
    let device_folder = leader.close();
    seal::open(table, &device_file, &key);
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
    let old = Device::join(hub, Cast::LEADER).await.sealed();
    let young = Device::join(empty, Cast::LEADER).await.sealed();
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
