//! What the line between two installs may do to a sync, and what each side does about it: cuts, restarts, repetition,
//! wrong clocks, differences.

use std::collections::BTreeMap;

use alongside_domain::{Kind, Record, RecordId};
use alongside_store::{Kept, Store as _};
use alongside_sync::{Checked, Exchange as _, SyncError};
use alongside_tests::{Cast, Device, Line, Outsider, RunningHub, School, Way, id, until};
use serde_json::{Value, json};

use crate::story::{finish, observe, write};

/// Everything the hub has of one kind.
fn held(hub: &RunningHub, kind: &Kind) -> Vec<Record> {
    hub.desk().store().read().unwrap().list(kind).unwrap()
}

fn version(hub: &RunningHub) -> u64 {
    hub.desk().store().read().unwrap().version().unwrap()
}

fn history(hub: &RunningHub, id: impl Into<RecordId>) -> usize {
    hub.desk()
        .store()
        .read()
        .unwrap()
        .history(id.into())
        .unwrap()
        .len()
}

fn log_lines(hub: &RunningHub) -> u64 {
    let reader = hub.desk().store().read().unwrap();
    alongside_api::log::check(&*reader).unwrap().unwrap()
}

fn overall(device: &Device, words: &str) {
    write(device, json!({ "what": "overall", "text": words }));
}

/// Fields of a record without their stamps.
fn values(record: &Record) -> BTreeMap<String, Value> {
    record
        .fields
        .iter()
        .map(|(name, field)| (name.clone(), field.value.clone()))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_observers_are_two_observations_and_never_merged() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    let bram = Device::join(&hub, Cast::BRAM).await;
    for device in [&ansa, &bram] {
        device.sync().await;
    }
    observe(&ansa, "seen", "From the window side");
    observe(&bram, "not_seen", "From the door side");
    for device in [&ansa, &bram, &ansa] {
        device.sync().await;
    }
    let both = held(&hub, &Kind::Observation);
    assert_eq!(both.len(), 2);
    for (own, mark, words) in [
        (Cast::of_ansa(), "seen", "From the window side"),
        (Cast::of_bram(), "not_seen", "From the door side"),
    ] {
        let record = both.iter().find(|record| record.id == own.into()).unwrap();
        assert_eq!(record.value("marks.aids"), Some(&json!(mark)));
        assert_eq!(record.value("comments.communication"), Some(&json!(words)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_co_observers_work_stays_out_of_the_feed_until_both_have_finished() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    let bram = Device::join(&hub, Cast::BRAM).await;
    for device in [&ansa, &bram] {
        device.sync().await;
        observe(device, "seen", "Own eyes");
        device.sync().await;
    }
    finish(&bram);
    for device in [&bram, &ansa] {
        device.sync().await;
    }
    assert_eq!(
        ansa.get(Cast::of_bram()),
        None,
        "Bram has finished, Ansa has not"
    );
    assert_eq!(
        bram.get(Cast::of_ansa()),
        None,
        "not even the one who has finished sees the other"
    );
    for (_, answer) in ansa.hub.take() {
        assert!(
            answer
                .records
                .iter()
                .all(|record| record.id != Cast::of_bram().into())
        );
    }
    finish(&ansa);
    for device in [&ansa, &bram] {
        device.sync().await;
    }
    assert!(ansa.get(Cast::of_bram()).is_some());
    assert!(bram.get(Cast::of_ansa()).is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_teachers_feed_has_nothing_unshared_and_then_all_of_it() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    let bram = Device::join(&hub, Cast::BRAM).await;
    let leader = Device::join(&hub, Cast::LEADER).await;
    let teacher = Device::join(&hub, Cast::TEACHER).await;
    let support = Device::join(&hub, Cast::SUPPORT).await;
    let other = Device::join(&hub, Cast::OTHER_TEACHER).await;
    for (device, words) in [(&ansa, "Marker one"), (&bram, "Marker two")] {
        device.sync().await;
        observe(device, "seen", words);
        device.sync().await;
        finish(device);
        device.sync().await;
        teacher.sync().await;
    }
    let unshared = |device: &Device| {
        for (_, answer) in device.hub.take() {
            let text = serde_json::to_string(&answer).unwrap();
            assert!(
                !text.contains("Marker"),
                "no word of an observer may be in any answer"
            );
            for record in &answer.records {
                let is_for_all = !matches!(
                    record.kind,
                    Kind::Observation | Kind::Share | Kind::Response
                );
                assert!(is_for_all, "{record:?}");
            }
        }
    };
    unshared(&teacher);

    leader.sync().await;
    leader.tap(
        "record_share",
        json!({ "visit": Cast::VISIT, "talked": false }),
    );
    leader.sync().await;
    teacher.sync().await;
    for (own, words) in [
        (Cast::of_ansa(), "Marker one"),
        (Cast::of_bram(), "Marker two"),
    ] {
        let record = teacher.get(own).unwrap();
        assert_eq!(values(&record), values(&School::get(&hub, own).unwrap()));
        assert_eq!(record.text("comments.communication"), words);
    }
    for device in [&support, &other] {
        device.sync().await;
        unshared(device);
        assert_eq!(device.get(Cast::of_ansa()), None);
    }

    teacher.tap(
        "response_write",
        json!({ "visit": Cast::VISIT, "edit": { "what": "overall", "text": "A draft" } }),
    );
    teacher.sync().await;
    for device in [&leader, &ansa, &bram] {
        device.sync().await;
        assert_eq!(
            device.get(Cast::response()),
            None,
            "a draft is the teacher's own"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_teacher_who_leaves_the_class_keeps_their_record_and_the_next_one_gets_none_of_it() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    let teacher = Device::join(&hub, Cast::TEACHER).await;
    let next = Device::join(&hub, Cast::OTHER_TEACHER).await;
    ansa.sync().await;
    observe(&ansa, "seen", "Calm and clear");
    finish(&ansa);
    ansa.sync().await;
    hub.lead(
        "record_share",
        json!({ "visit": Cast::VISIT, "talked": false }),
    );
    for device in [&teacher, &next] {
        device.sync().await;
    }
    assert!(teacher.get(Cast::of_ansa()).is_some());
    assert_eq!(next.get(Cast::of_ansa()), None);

    School::staff(&hub, Cast::KESTREL, "Kestrel", Cast::OTHER_TEACHER);
    for device in [&teacher, &next] {
        device.sync().await;
    }
    assert_eq!(next.get(Cast::of_ansa()), None);
    assert_eq!(next.get(Cast::share()), None);
    let record = teacher.get(Cast::of_ansa()).unwrap();
    assert_eq!(
        values(&record),
        values(&School::get(&hub, Cast::of_ansa()).unwrap())
    );
    assert!(teacher.get(Cast::share()).is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_who_leads_no_more_is_told_to_forget() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    let leader = Device::join(&hub, Cast::LEADER).await;
    ansa.sync().await;
    observe(&ansa, "seen", "For leaders and me");
    ansa.sync().await;
    leader.sync().await;
    assert!(leader.get(Cast::of_ansa()).is_some());
    hub.lead(
        "person_put",
        json!({ "person": Cast::LEADER, "name": "Lio Marram", "roles": ["teacher"], "is_active": true }),
    );
    leader.sync().await;
    assert_eq!(leader.get(Cast::of_ansa()), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_push_twice_changes_nothing() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    ansa.sync().await;
    observe(&ansa, "seen", "Said once");
    ansa.hub.take();
    ansa.sync().await;
    let (push, first) = ansa.hub.take().remove(0);
    let before = (
        version(&hub),
        log_lines(&hub),
        School::get(&hub, Cast::of_ansa()),
    );

    let again = ansa.hub.exchange(&push).await.unwrap();
    assert_eq!(again.results[0].accepted, first.results[0].accepted);
    assert!(again.results[0].refused.is_empty() && again.results[0].superseded.is_empty());
    let after = (
        version(&hub),
        log_lines(&hub),
        School::get(&hub, Cast::of_ansa()),
    );
    assert_eq!(before, after);
    assert_eq!(history(&hub, Cast::of_ansa()), 0);
    assert_eq!(ansa.sync().await.requests, 1);
}

/// A device on a bad line, with a visit begun and received.
async fn on_a_bad_line(hub: &RunningHub) -> (Line, Device) {
    let line = Line::to(hub.address()).await;
    let ansa = Device::join_at(hub, Cast::ANSA, line.address(), hub.clock.skewed(0)).await;
    ansa.sync().await;
    observe(&ansa, "seen", "Before the cut");
    ansa.sync().await;
    (line, ansa)
}

/// Cuts a sync of one changed text after every byte this way, and tries again each time.
async fn cut_after_every_byte(way: Way) {
    let hub = School::on_the_day().await;
    let (line, ansa) = on_a_bad_line(&hub).await;
    let before = (
        version(&hub),
        history(&hub, Cast::of_ansa()),
        log_lines(&hub),
    );
    let mut written = 0;
    for bytes in 0.. {
        let words = format!("Words {bytes}");
        overall(&ansa, &words);
        written += 1;
        line.cut_after(way, bytes);
        let cuts = line.cuts();
        let cut = ansa.try_sync().await;
        if line.cuts() == cuts {
            assert!(cut.is_ok());
            break;
        }
        if cut.is_err() {
            ansa.sync().await;
        }
        assert_eq!(ansa.waiting(), 0);
        assert_eq!(
            School::get(&hub, Cast::of_ansa()).unwrap().text("overall"),
            words
        );
    }
    assert!(written > 200, "{written} cuts are no whole call");
    // Every text arrived once: one version, one line of the log, and one in the history for each but the last.
    assert_eq!(version(&hub), before.0 + written);
    assert_eq!(log_lines(&hub), before.2 + written);
    assert_eq!(
        history(&hub, Cast::of_ansa()) as u64,
        before.1 as u64 + written - 1
    );
    line.heal();
    let summary = ansa.sync().await;
    assert!(matches!(
        summary.checked,
        Checked::Same | Checked::Unchanged
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_after_every_byte_of_the_request_loses_and_doubles_nothing() {
    cut_after_every_byte(Way::Up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_after_every_byte_of_the_answer_loses_and_doubles_nothing() {
    cut_after_every_byte(Way::Down).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_sync_that_is_cut_again_and_again_comes_to_its_end() {
    let hub = School::on_the_day().await;
    let (line, ansa) = on_a_bad_line(&hub).await;
    let leader = Device::join_at(&hub, Cast::LEADER, line.address(), hub.clock.skewed(0)).await;
    for entry in 0..120 {
        // Text that does not compress to nothing, so that the line has bytes to cut.
        let words: String = (0..30)
            .map(|n| format!("{} ", uuid_of(entry * 100 + n)))
            .collect();
        write(
            &ansa,
            json!({ "what": "went_well", "entry": format!("e{entry}"), "text": words }),
        );
    }
    let full = values(&ansa.get(Cast::of_ansa()).unwrap());
    for (device, way) in [(&ansa, Way::Up), (&leader, Way::Down)] {
        let mut bytes = 1_500;
        loop {
            line.cut_after(way, bytes);
            match device.try_sync().await {
                Ok(_) => break,
                Err(error) => assert!(error.is_transient(), "{error:?}"),
            }
            bytes += bytes / 3;
        }
        line.heal();
        assert!(bytes > 20_000, "{way:?} ended after {bytes}");
        device.sync().await;
    }
    assert_eq!(values(&School::get(&hub, Cast::of_ansa()).unwrap()), full);
    assert_eq!(values(&leader.get(Cast::of_ansa()).unwrap()), full);
    assert_eq!(history(&hub, Cast::of_ansa()), 0);
}

fn uuid_of(number: u128) -> String {
    // Mixed up, so that neighbours do not look alike.
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    id(mixed >> 16).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_restarts_in_the_middle_goes_on() {
    let hub = School::on_the_day().await;
    let (line, ansa) = on_a_bad_line(&hub).await;
    overall(&ansa, "Written before the battery died");
    line.cut_after(Way::Down, 40);
    assert!(ansa.try_sync().await.is_err());
    let ansa = ansa.restart();
    assert_eq!(ansa.waiting(), 1);
    overall(&ansa, "Written after");
    ansa.sync().await;
    let record = School::get(&hub, Cast::of_ansa()).unwrap();
    assert_eq!(record.text("overall"), "Written after");
    assert_eq!(history(&hub, Cast::of_ansa()), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_that_restarts_or_crashes_between_commit_and_answer_takes_it_once() {
    let mut hub = School::on_the_day().await;
    let (line, ansa) = on_a_bad_line(&hub).await;
    let before = version(&hub);
    for (round, crash) in [(1, false), (2, true)] {
        overall(&ansa, &format!("Round {round}"));
        line.cut_after(Way::Down, 0);
        assert!(ansa.try_sync().await.is_err());
        let record = School::get(&hub, Cast::of_ansa()).unwrap();
        assert_eq!(
            record.text("overall"),
            format!("Round {round}"),
            "it was committed"
        );
        assert_eq!(ansa.waiting(), 1, "and the device does not know");
        hub = if crash {
            hub.crash().await
        } else {
            hub.restart().await
        };
        ansa.sync().await;
        assert_eq!(ansa.waiting(), 0);
        assert_eq!(version(&hub), before + round);
    }
    assert_eq!(history(&hub, Cast::of_ansa()), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_hub_has_lost_comes_back_although_it_has_gone_on_since() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    ansa.sync().await;
    let backup = hub.folder().join("backup.sqlite");
    hub.desk().store().back_up(&backup).unwrap();
    observe(&ansa, "seen", "Time to answer");
    ansa.sync().await;
    let received = version(&hub);
    assert!(School::get(&hub, Cast::of_ansa()).is_some());

    let kept = tempfile::tempdir().unwrap();
    let copy = kept.path().join("backup.sqlite");
    std::fs::copy(&backup, &copy).unwrap();
    let hub = hub.bring_back(&copy).await;
    assert_eq!(School::get(&hub, Cast::of_ansa()), None);
    for turn in 0.. {
        if version(&hub) > received + 5 {
            break;
        }
        hub.lead(
            "room_put",
            json!({ "room": Cast::ROOM, "name": format!("Room {turn}"), "place": "Garden side", "route": 4 }),
        );
    }

    ansa.sync().await;
    let here = ansa.get(Cast::of_ansa()).unwrap();
    assert_eq!(School::get(&hub, Cast::of_ansa()), Some(here));
    assert_eq!((ansa.waiting(), ansa.set_aside().len()), (0, 0));
    let summary = ansa.sync().await;
    assert_eq!((summary.requests, summary.pulled), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_network_loses_nothing_and_says_so() {
    let hub = School::on_the_day().await;
    let (line, ansa) = on_a_bad_line(&hub).await;
    line.break_down();
    overall(&ansa, "In the cellar");
    let error = ansa.try_sync().await.unwrap_err();
    assert_eq!(error.code(), "hub_unreachable");
    assert!(error.message().contains("saved on this device"));
    assert_eq!(ansa.waiting(), 1);
    line.restore();
    ansa.sync().await;
    assert_eq!(ansa.waiting(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_waiting_count_is_exact_at_every_step() {
    let hub = School::on_the_day().await;
    let (line, ansa) = on_a_bad_line(&hub).await;
    assert_eq!(ansa.waiting(), 0);
    overall(&ansa, "One");
    overall(&ansa, "One, better said");
    assert_eq!(ansa.waiting(), 1, "the same field again is one change");
    overall(&ansa, "One, better said");
    assert_eq!(
        ansa.waiting(),
        1,
        "what stands already is not written again"
    );
    write(
        &ansa,
        json!({ "what": "mark", "criterion": "zones", "mark": "seen" }),
    );
    assert_eq!(ansa.waiting(), 2);
    write(
        &ansa,
        json!({ "what": "mark", "criterion": "zones", "mark": null }),
    );
    assert_eq!(
        ansa.waiting(),
        2,
        "cleared again it is an absence that was written"
    );
    line.cut_after(Way::Up, 60);
    assert!(ansa.try_sync().await.is_err());
    assert_eq!(ansa.waiting(), 2);
    ansa.sync().await;
    assert_eq!(ansa.waiting(), 0);
    overall(&ansa, "Two");
    let device = hub.lead("device_list", json!({}));
    let line = &device["devices"][0];
    assert_eq!(
        (&line["person"], &line["waiting"]),
        (&json!("Ansa Whitlow"), &json!(0))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receipts_come_only_with_a_durable_commit() {
    let hub = School::on_the_day().await;
    let (_line, ansa) = on_a_bad_line(&hub).await;
    overall(&ansa, "Is it really kept?");
    ansa.sync().await;
    assert_eq!(ansa.waiting(), 0);
    // What lies on the disk at the moment of the receipt, not what closing makes of it.
    let hub = hub.crash().await;
    assert_eq!(
        School::get(&hub, Cast::of_ansa()).unwrap().text("overall"),
        "Is it really kept?"
    );
}

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_clocks_keep_their_order_lose_nothing_and_are_shown() {
    for skew in [3 * DAY_MS, -2 * 365 * DAY_MS] {
        let hub = School::on_the_day().await;
        let ansa = Device::join(&hub, Cast::ANSA).await;
        let bram = Device::join(&hub, Cast::BRAM).await;
        let leader = Device::join(&hub, Cast::LEADER).await;
        for device in [&ansa, &bram, &leader] {
            device.sync().await;
        }
        observe(&ansa, "seen", "With a true clock");
        // The tablet's clock jumps, and the observer goes on before the next contact.
        ansa.clock.skew(skew);
        for words in ["first", "second", "third"] {
            overall(&ansa, words);
        }
        write(
            &ansa,
            json!({ "what": "mark", "criterion": "zones", "mark": "seen" }),
        );
        write(
            &ansa,
            json!({ "what": "mark", "criterion": "zones", "mark": "not_seen" }),
        );
        let summary = ansa.sync().await;
        assert_eq!(ansa.waiting(), 0);
        assert_eq!(ansa.set_aside(), []);
        let shown = summary.skew_ms.expect("a wrong clock is shown");
        assert!((shown + skew).abs() < 2_000, "{shown} for {skew}");

        overall(&ansa, "fourth");
        hub.clock.pass(60_000);
        finish(&ansa);
        ansa.sync().await;
        observe(&bram, "seen", "With a true clock too");
        finish(&bram);
        bram.sync().await;
        leader.sync().await;
        let record = leader.get(Cast::of_ansa()).unwrap();
        assert_eq!(record.text("overall"), "fourth");
        assert_eq!(record.value("marks.zones"), Some(&json!("not_seen")));
        let now = hub.clock.true_now().timestamp_millis().unsigned_abs();
        for (name, field) in &record.fields {
            let off = field.stamp.millis().abs_diff(now);
            assert!(
                off < 10 * 60 * 1000,
                "{name} is stamped {off} ms off the school's time"
            );
        }
        let finished = record.time("finished_at").unwrap();
        assert_eq!(finished.timestamp(), hub.clock.true_now().timestamp());
        ansa.clock.skew(0);
        assert_eq!(
            ansa.sync().await.skew_ms,
            None,
            "and no more once it is right again"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_that_a_wrong_clock_began_too_early_or_too_late_is_taken_when_it_was() {
    for hours in [3, -3] {
        let hub = School::on_the_day().await;
        let ansa = Device::join(&hub, Cast::ANSA).await;
        ansa.sync().await;
        // The battery was flat, and the clock is not what it was at the last contact.
        ansa.clock.skew(hours * 60 * 60 * 1000);
        let began = hub.clock.true_now();
        observe(&ansa, "seen", "Begun and finished with no signal");
        hub.clock.pass(15 * 60_000);
        finish(&ansa);
        hub.clock.pass(60 * 60_000);
        ansa.sync().await;
        assert_eq!((ansa.waiting(), ansa.set_aside()), (0, vec![]));
        let record = School::get(&hub, Cast::of_ansa()).unwrap();
        for (name, minutes) in [("started_at", 0), ("finished_at", 15)] {
            let said = record.time(name).unwrap().to_utc();
            let off = (said - began).num_seconds() - minutes * 60;
            assert!(off.abs() < 5, "{name} is {off} s off with {hours} h");
        }
        assert_eq!(record.value("marks.aids"), Some(&json!("seen")));
        // The hub has it as the tablet does.
        assert_eq!(ansa.get(Cast::of_ansa()).unwrap(), record);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_difference_is_repaired_from_the_start_with_the_outbox_kept() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    ansa.sync().await;
    observe(&ansa, "seen", "What waits stays");
    ansa.sync().await;
    // A disk that forgot something, and one that remembers what never was.
    let mut writer = ansa.store().write().unwrap();
    writer.forget(Cast::KESTREL.into()).unwrap();
    let ghost = RecordId::from_uuid(id(7_777));
    let field = alongside_domain::Field {
        value: json!("A class that never was"),
        stamp: alongside_domain::Stamp::new(5, 0, [9; 6]),
    };
    writer
        .put(ghost, &Kind::Class, "name", &field, Kept::At(3))
        .unwrap();
    writer.note_put(alongside_sync::notes::CHECK, None).unwrap();
    writer.commit().unwrap();

    overall(&ansa, "Written in the meantime");
    let summary = ansa.sync().await;
    assert_eq!(summary.checked, Checked::Repaired);
    assert_eq!(ansa.get(ghost), None);
    assert!(ansa.get(Cast::KESTREL).is_some());
    assert_eq!(ansa.waiting(), 0);
    assert_eq!(
        School::get(&hub, Cast::of_ansa()).unwrap().text("overall"),
        "Written in the meantime"
    );
    assert!(matches!(
        ansa.sync().await.checked,
        Checked::Same | Checked::Unchanged
    ));
}

/// Puts something into the outbox that no screen would write.
fn slip_in(device: &Device, id: impl Into<RecordId>, kind: &str, fields: &[(&str, Value)]) {
    let mut writer = device.store().write().unwrap();
    let id = id.into();
    for (name, value) in fields {
        let field = alongside_domain::Field {
            value: value.clone(),
            stamp: device.desk.clock().tick(),
        };
        writer
            .put(
                id,
                &Kind::from(kind.to_owned()),
                name,
                &field,
                Kept::Waiting,
            )
            .unwrap();
    }
    writer.commit().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_bad_record_is_set_aside_with_its_reason_and_the_rest_go() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    ansa.sync().await;
    observe(&ansa, "seen", "Good as gold");
    slip_in(
        &ansa,
        Cast::KESTREL,
        "class",
        &[("name", json!("Renamed by a governor"))],
    );
    slip_in(
        &ansa,
        Cast::of_ansa(),
        "observation",
        &[("marks.zones", json!("excellent"))],
    );
    let waiting = ansa.waiting();
    let summary = ansa.sync().await;
    assert_eq!((summary.refused, summary.pushed), (2, waiting - 2));
    assert_eq!(ansa.waiting(), 0);
    let aside = ansa.set_aside();
    let mut told: Vec<_> = aside
        .iter()
        .map(|one| (one.name.as_str(), one.code.as_str()))
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [("marks.zones", "wrong_value"), ("name", "not_a_leader")]
    );
    assert!(aside.iter().all(|one| one.message.contains(' ')));
    assert_eq!(
        ansa.get(Cast::KESTREL).unwrap().text("name"),
        "Kestrel",
        "what stands is shown"
    );
    assert_eq!(
        School::get(&hub, Cast::of_ansa())
            .unwrap()
            .text("comments.communication"),
        "Good as gold"
    );
    let ansa = ansa.restart();
    assert_eq!(
        ansa.set_aside().len(),
        2,
        "it can still be read after a restart"
    );
    assert_eq!(ansa.sync().await.refused, 0, "and is not sent again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_kind_is_set_aside_and_offered_again_to_a_hub_that_knows_it() {
    let hub = School::on_the_day().await;
    let leader = Device::join(&hub, Cast::LEADER).await;
    leader.sync().await;
    let timetable = RecordId::from_uuid(id(6_061));
    slip_in(
        &leader,
        timetable,
        "timetable",
        &[("name", json!("From a later version"))],
    );
    leader.sync().await;
    assert_eq!(leader.set_aside()[0].code, "unknown_kind");
    assert_eq!(leader.waiting(), 0);

    // At the next start of the app it is offered again: to this hub in vain, once.
    let leader = leader.restart();
    assert_eq!(leader.engine.offer_again().await.unwrap(), 1);
    assert_eq!(leader.waiting(), 1);
    leader.sync().await;
    assert_eq!(leader.waiting(), 0);
    let aside = leader.set_aside();
    assert_eq!(
        aside[0].field.value,
        json!("From a later version"),
        "nothing of it is lost"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_field_is_accepted_and_reaches_the_other_device_untouched() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    let leader = Device::join(&hub, Cast::LEADER).await;
    ansa.sync().await;
    observe(&ansa, "seen", "Known");
    let odd = json!({ "light": [1, 2.5, -0.0, 1e300, 12345678901234567890u64], "ü": { "": null, "deep": [[[]]] } });
    slip_in(
        &ansa,
        Cast::of_ansa(),
        "observation",
        &[("later.thing", odd.clone())],
    );
    ansa.sync().await;
    leader.sync().await;
    let there = leader.get(Cast::of_ansa()).unwrap();
    assert_eq!(
        there.fields["later.thing"],
        ansa.get(Cast::of_ansa()).unwrap().fields["later.thing"]
    );
    assert_eq!(
        there.fields["later.thing"].value.to_string(),
        odd.to_string()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_observers_second_tablet_meets_the_first_in_one_record() {
    let hub = School::on_the_day().await;
    let first = Device::join(&hub, Cast::ANSA).await;
    let second = Device::join(&hub, Cast::ANSA).await;
    for device in [&first, &second] {
        device.sync().await;
    }
    observe(&first, "seen", "On the first");
    hub.clock.pass(1_000);
    second.tap("visit_start", json!({ "visit": Cast::VISIT }));
    overall(&second, "On the second");
    for device in [&first, &second, &first] {
        device.sync().await;
    }
    let on_hub = held(&hub, &Kind::Observation);
    assert_eq!(on_hub.len(), 1);
    for device in [&first, &second] {
        let record = device.get(Cast::of_ansa()).unwrap();
        assert_eq!(values(&record), values(&on_hub[0]));
        assert_eq!(record.text("overall"), "On the second");
        assert_eq!(record.text("comments.communication"), "On the first");
    }
    assert_eq!(
        (first.waiting(), second.waiting()),
        (0, 0),
        "starting on both is no trouble for either"
    );
    assert_eq!((first.set_aside(), second.set_aside()), (vec![], vec![]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finishing_twice_on_two_tablets_is_harmless_and_the_first_stands() {
    let hub = School::on_the_day().await;
    let first = Device::join(&hub, Cast::ANSA).await;
    let second = Device::join(&hub, Cast::ANSA).await;
    first.sync().await;
    observe(&first, "seen", "Done");
    first.sync().await;
    second.sync().await;
    finish(&first);
    let at = hub.clock.true_now();
    hub.clock.pass(120_000);
    finish(&second);
    finish(&second);
    for device in [&first, &second, &first, &second] {
        device.sync().await;
    }
    for device in [&first, &second] {
        let finished = device
            .get(Cast::of_ansa())
            .unwrap()
            .time("finished_at")
            .unwrap();
        assert_eq!(finished.timestamp(), at.timestamp());
        assert_eq!((device.waiting(), device.set_aside()), (0, vec![]));
    }
    let finished = School::get(&hub, Cast::of_ansa())
        .unwrap()
        .time("finished_at")
        .unwrap();
    assert_eq!(finished.timestamp(), at.timestamp());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hubs_word_that_something_changed_wakes_a_device() {
    use alongside_sync::{Pace, Runner};
    use std::time::Duration;

    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    let leader = Device::join(&hub, Cast::LEADER).await;
    let moment = Duration::from_millis(5);
    let pace = Pace {
        after_change: moment,
        after_hub_change: moment,
        first_retry: moment,
        longest_retry: Duration::from_secs(1),
    };
    let start = |device: &Device| {
        let way: std::sync::Arc<dyn alongside_sync::Exchange> = device.hub.clone();
        Runner::start(
            device.engine.clone(),
            Some(way),
            pace,
            std::sync::Arc::new(|_| {}),
        )
    };
    let runner = start(&leader);
    // The first sync is at the start; once it is done nothing but the hub's word can bring anything.
    until("the leader's first sync", async || leader.get(Cast::VISIT)).await;
    ansa.sync().await;
    observe(&ansa, "seen", "Live");
    ansa.sync().await;
    until("the observation on the leader's device", async || {
        leader.get(Cast::of_ansa())
    })
    .await;
    overall(&ansa, "Still live");
    ansa.sync().await;
    until("the overall comment on the leader's device", async || {
        leader
            .get(Cast::of_ansa())
            .filter(|record| record.text("overall") == "Still live")
    })
    .await;

    // A change here goes out by itself, too.
    let runner_of_ansa = start(&ansa);
    overall(&ansa, "Out by itself");
    runner_of_ansa.nudge(alongside_sync::Trigger::Change);
    until("nothing waits", async || {
        (ansa.waiting() == 0).then_some(())
    })
    .await;
    drop((runner, runner_of_ansa));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_to_do_is_one_call_that_writes_nothing() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    ansa.sync().await;
    ansa.sync().await;
    let before = (version(&hub), log_lines(&hub));
    let wal = |path: &std::path::Path| {
        let mut name = path.as_os_str().to_owned();
        name.push("-wal");
        std::fs::metadata(name).map_or(0, |file| file.len())
    };
    let files = (wal(&hub.file()), wal(&ansa.path()));
    let summary = ansa.sync().await;
    assert_eq!(
        (summary.requests, summary.pulled, summary.pushed),
        (1, 0, 0)
    );
    assert_eq!(before, (version(&hub), log_lines(&hub)));
    assert_eq!(files, (wal(&hub.file()), wal(&ansa.path())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_is_not_sent_back_what_it_has_just_sent() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    ansa.sync().await;
    observe(&ansa, "seen", "Mine");
    ansa.hub.take();
    ansa.sync().await;
    ansa.sync().await;
    let own = ansa.actor.device.tail();
    for (_, answer) in ansa.hub.take() {
        // What the hub itself has to say of it comes: who taught the visit that has begun.
        let fields = answer.records.iter().flat_map(|record| &record.fields);
        for (name, field) in fields {
            assert_ne!(field.stamp.device(), own, "{name}");
            assert_eq!(name, "teachers");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_was_let_out_keeps_what_it_has_and_says_what_to_do() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    ansa.sync().await;
    observe(&ansa, "seen", "Kept");
    hub.desk().let_out(&ansa.actor).unwrap();
    let error = ansa.try_sync().await.unwrap_err();
    assert!(matches!(error, SyncError::Unauthorised(_)), "{error:?}");
    assert!(ansa.waiting() > 0);
    assert!(ansa.get(Cast::of_ansa()).is_some());
    let outsider = Outsider::on(&hub, &ansa);
    assert_eq!(
        outsider.rpc("day_list", json!({})).await.code(),
        "sign_in_first"
    );
}
