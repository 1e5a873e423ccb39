//! A school with a hub that is out of reach: a leader collects for it.

use alongside_domain::{PersonId, VisitId};
use alongside_tests::{Cast, HandClock, Line, RunningHub, School};
use serde_json::{Value, json};

use super::stage::{Tablet, observe};
use crate::device::until;

/// A school's hub, and the network to it.
pub struct Away {
    pub hub: RunningHub,
    pub line: Line,
    pub clock: HandClock,
}

impl Away {
    /// On the day of the walk.
    pub async fn new() -> Self {
        let hub = School::on_the_day().await;
        let line = Line::to(hub.address()).await;
        let clock = hub.clock.clone();
        Self { hub, line, clock }
    }

    /// A tablet that has joined while the hub was in reach.
    pub async fn joined(&self, person: PersonId) -> Tablet {
        let tablet = Tablet::new(&self.clock);
        let code = self.hub.desk().code_for(person).unwrap().code;
        let address = format!("http://{}", self.line.address());
        tablet
            .call(
                "device_join",
                json!({ "address": address, "code": code, "device": "Tablet" }),
            )
            .await;
        tablet.call("sync_run", json!({})).await;
        tablet
    }

    fn observers(&self, visit: VisitId) -> usize {
        let record = self.hub.lead("record_get", json!({ "visit": visit }));
        record["observers"].as_array().unwrap().len()
    }
}

async fn all_received(tablet: &Tablet) {
    until("the hub has received it", || async {
        tablet.call("sync_run", json!({})).await;
        tablet.waiting().await == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_tablets_hand_over_and_all_arrives_once_in_the_name_of_those_who_wrote_it() {
    let away = Away::new().await;
    let leader = away.joined(Cast::LEADER).await;
    let mut tablets = Vec::new();
    for person in [Cast::ANSA, Cast::BRAM, Cast::HEAD, Cast::TEACHER] {
        tablets.push((person, away.joined(person).await));
    }
    away.line.break_down();
    let [(_, ansa), (_, bram), (_, head), (_, teacher)] = &tablets[..] else {
        unreachable!()
    };
    observe(ansa, Cast::VISIT, "Every board in reach").await;
    observe(bram, Cast::VISIT, "Two pupils had none").await;
    away.clock.pass(60 * 60 * 1000);
    observe(bram, Cast::OTHER_VISIT, "Calm").await;
    head.call("about_get", json!({})).await;
    teacher
        .call(
            "concern_raise",
            json!({ "text": "The visit began early.", "with_line_manager": false }),
        )
        .await;
    let waited = [ansa.waiting().await, bram.waiting().await];
    assert!(waited.iter().all(|waiting| *waiting > 0));

    let door = leader.open_door().await;
    assert_eq!(door["purpose"], "collect");
    for (person, tablet) in &tablets {
        leader.admit(tablet, json!(person)).await;
        let line = leader.line(*person).await;
        assert_eq!(line["state"], "done", "{line}");
        assert_eq!(line["missing"], 0, "{line}");
        assert_eq!(line["arrived"], line["changes"], "{line}");
    }
    // The leader reads at once what leaders may read.
    let record = leader
        .call("record_get", json!({ "visit": Cast::VISIT }))
        .await;
    assert_eq!(record["observers"].as_array().unwrap().len(), 2);
    // And nothing is let go of: only the hub's own receipt does that.
    assert_eq!([ansa.waiting().await, bram.waiting().await], waited);

    away.line.restore();
    all_received(&leader).await;
    until("the hub has the letters", || async {
        away.observers(Cast::VISIT) == 2 && away.observers(Cast::OTHER_VISIT) == 1
    })
    .await;
    let own = School::get(&away.hub, Cast::of_ansa()).unwrap();
    let reader = away.hub.desk().store().read().unwrap();
    let devices = reader.devices().unwrap();
    let of_ansa = devices.iter().find(|device| device.person == Cast::ANSA);
    let tail = of_ansa.unwrap().id.tail();
    assert!(
        own.fields
            .values()
            .all(|field| field.stamp.device() == tail)
    );
    drop(reader);
    let before = versions(&away);

    // The tablets reach the hub themselves: nothing doubles.
    for (_, tablet) in &tablets {
        all_received(tablet).await;
        let state = tablet.call("sync_get", json!({})).await;
        assert_eq!(state["set_aside"], 0, "{state}");
    }
    assert_eq!(versions(&away), before);
    assert_eq!(own, School::get(&away.hub, Cast::of_ansa()).unwrap());
    leader.call("sync_run", json!({})).await;
    let state = leader.call("sync_get", json!({})).await;
    assert_eq!(state["trouble"], Value::Null, "{state}");
}

/// The newest version of the three observations.
fn versions(away: &Away) -> Vec<Option<alongside_domain::Record>> {
    [Cast::of_ansa(), Cast::of_bram()]
        .map(|id| School::get(&away.hub, id))
        .to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tablet_hears_from_the_leader_that_the_hub_has_received_it() {
    let away = Away::new().await;
    let (leader, ansa) = (
        away.joined(Cast::LEADER).await,
        away.joined(Cast::ANSA).await,
    );
    away.line.break_down();
    observe(&ansa, Cast::VISIT, "Every board in reach").await;
    leader.open_door().await;
    leader.admit(&ansa, json!(Cast::ANSA)).await;
    assert!(ansa.waiting().await > 0);
    leader.call("door_close", json!({})).await;
    away.line.restore();
    until("the leader has delivered the letter", || async {
        leader.call("sync_run", json!({})).await;
        leader.call("door_get", json!({})).await["carried"] == 0
    })
    .await;
    away.line.break_down();
    leader.open_door().await;
    leader.admit(&ansa, json!(Cast::ANSA)).await;
    assert_eq!(ansa.waiting().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_for_leaders_is_carried_and_not_read() {
    let away = Away::new().await;
    let (leader, teacher) = (
        away.joined(Cast::LEADER).await,
        away.joined(Cast::TEACHER).await,
    );
    away.line.break_down();
    let marker = "zq-concern-marker";
    teacher
        .call(
            "concern_raise",
            json!({ "text": marker, "with_line_manager": false }),
        )
        .await;
    leader.open_door().await;
    leader.admit(&teacher, json!(Cast::TEACHER)).await;
    leader.call("door_close", json!({})).await;
    let path = leader.device.store(&json!(Cast::LEADER));
    for ending in ["", "-wal"] {
        let mut file = path.clone().into_os_string();
        file.push(ending);
        let bytes = std::fs::read(file).unwrap_or_default();
        let found = bytes
            .windows(marker.len())
            .any(|window| window == marker.as_bytes());
        assert!(!found, "a concern lies in the store of another leader");
    }
}
