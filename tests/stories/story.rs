//! What people do: two observers tick, a leader shares, a teacher reads and answers.

use alongside_tests::{Cast, Device, School};
use serde_json::{Value, json};

/// Starts the visit, marks and comments on one criterion, and says what went well.
pub fn observe(device: &Device, mark: &str, words: &str) {
    device.tap("visit_start", json!({ "visit": Cast::VISIT }));
    write(
        device,
        json!({ "what": "mark", "criterion": "aids", "mark": mark }),
    );
    write(
        device,
        json!({ "what": "comment", "section": "communication", "text": words }),
    );
    write(
        device,
        json!({ "what": "went_well", "entry": "w1", "text": words }),
    );
}

/// Writes one thing into the observation.
pub fn write(device: &Device, edit: Value) -> Value {
    device.tap(
        "observation_write",
        json!({ "visit": Cast::VISIT, "edit": edit }),
    )
}

/// Finishes the visit.
pub fn finish(device: &Device) {
    device.tap("visit_finish", json!({ "visit": Cast::VISIT }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_walk_goes_from_two_tablets_to_the_teacher_and_back() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    let bram = Device::join(&hub, Cast::BRAM).await;
    let leader = Device::join(&hub, Cast::LEADER).await;
    let teacher = Device::join(&hub, Cast::TEACHER).await;
    for device in [&ansa, &bram, &leader, &teacher] {
        device.sync().await;
    }

    observe(&ansa, "seen", "Every board in reach");
    observe(&bram, "not_seen", "Two pupils had none");
    finish(&ansa);
    finish(&bram);
    assert!(ansa.waiting() > 0 && bram.waiting() > 0);
    ansa.sync().await;
    bram.sync().await;
    assert_eq!((ansa.waiting(), bram.waiting()), (0, 0));

    leader.sync().await;
    let record = leader.tap(
        "record_share",
        json!({ "visit": Cast::VISIT, "talked": true }),
    );
    assert_eq!(record["observers"].as_array().unwrap().len(), 2);
    leader.sync().await;

    teacher.sync().await;
    let record = teacher.tap("record_get", json!({ "visit": Cast::VISIT }));
    let marks = &record["sections"][0]["rows"][0]["marks"];
    assert_eq!(marks[0]["mark"], "seen");
    assert_eq!(marks[1]["mark"], "not_seen");
    let words: Vec<_> = record["went_well"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| &w["text"])
        .collect();
    assert_eq!(words, ["Every board in reach", "Two pupils had none"]);

    let reply = json!({ "what": "overall", "text": "Thank you. The boards are new." });
    teacher.tap(
        "response_write",
        json!({ "visit": Cast::VISIT, "edit": reply }),
    );
    teacher.tap("response_send", json!({ "visit": Cast::VISIT }));
    teacher.sync().await;
    for device in [&leader, &ansa, &bram] {
        device.sync().await;
        let record = device.tap("record_get", json!({ "visit": Cast::VISIT }));
        assert_eq!(
            record["responses"][0]["overall"],
            "Thank you. The boards are new."
        );
    }
}
