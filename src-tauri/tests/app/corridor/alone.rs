//! A school without a server: the leader's device is its hub.

use alongside_tests::Cast;
use serde_json::json;

use super::stage::{Tablet, observe, school_without_a_hub};
use crate::device::until;

#[tokio::test(flavor = "multi_thread")]
async fn tablets_join_the_leaders_device_and_all_of_a_day_is_there() {
    let (leader, _) = school_without_a_hub().await;
    let door = leader.open_door().await;
    assert_eq!(door["purpose"], "join");
    let (ansa, bram) = (Tablet::new(&leader.clock), Tablet::new(&leader.clock));
    leader.admit(&ansa, json!(Cast::ANSA)).await;
    leader.admit(&bram, json!(Cast::BRAM)).await;
    leader.call("door_close", json!({})).await;

    // The walk, with nobody in reach of anybody.
    observe(&ansa, Cast::VISIT, "Every board in reach").await;
    observe(&bram, Cast::VISIT, "Two pupils had none").await;
    assert!(ansa.waiting().await > 0 && bram.waiting().await > 0);

    leader.open_door().await;
    for (tablet, person) in [(&ansa, Cast::ANSA), (&bram, Cast::BRAM)] {
        until("the tablet has found the door again", || async {
            tablet.call("sync_run", json!({})).await;
            tablet.waiting().await == 0
        })
        .await;
        let line = leader.line(person).await;
        assert_eq!(line["state"], "done", "{line}");
        assert_eq!(line["missing"], 0, "{line}");
        assert_eq!(line["received"], 1, "{line}");
    }
    until("the leader reads what came", || async {
        let record = leader
            .app
            .call("record_get", json!({ "visit": Cast::VISIT }))
            .await;
        record.is_ok_and(|record| {
            record["observers"]
                .as_array()
                .is_some_and(|own| own.len() == 2)
        })
    })
    .await;
}
