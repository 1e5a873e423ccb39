//! The real app in a real window, as an observer and a leader use it: killed in the middle, without a hub, for the
//! first time. What the screens look like is tried in a browser; here it is the way through the window to the disk.
//!
//! They share one display and one keyboard focus, so they run one at a time (`.config/nextest.toml`).

use alongside_tests::{DemoHub, TAKEN, Window, until};
use serde_json::json;

/// Opens the visit to Kestrel class that today has, and starts it.
async fn start_visit(window: &Window) {
    window.click("a", "09:30…").await;
    window.click("button", "Start the visit").await;
    window
        .is_pressed(
            "Seen: Communication aids are within reach and adults model them",
            false,
        )
        .await;
}

const SEEN: [&str; 4] = [
    "Seen: Communication aids are within reach and adults model them",
    "Seen: Every adult gives pupils time to answer",
    "Seen: All pupils are engaged",
    "Seen: A topic page opens every topic",
];
/// The key of the last of them.
const TOPIC_PAGE: &str = "topic_page";
const NOT_THIS_TIME: &str = "Not this time: Resources are to hand";

#[tokio::test]
async fn every_tick_is_there_after_the_app_is_killed_and_so_is_the_place() {
    let hub = DemoHub::with_demo().await;
    let folder = tempfile::tempdir().unwrap();
    let join = format!("{}#{}", hub.address(), hub.invite("observer"));
    let window = Window::open(folder.path(), Some(&join)).await;
    start_visit(&window).await;
    window.click("button", NOT_THIS_TIME).await;
    window
        .type_into("Comment on Learning environment", "Trays by the door")
        .await;
    for name in SEEN {
        window.click("button", name).await;
    }
    // The screen says so only when it is on the disk; so the moment it does, the battery may go.
    for name in SEEN {
        window.is_pressed(name, true).await;
    }
    window.is_pressed(NOT_THIS_TIME, true).await;
    // The place follows a moment later, when the hand has come to rest.
    let day = window.command("day_list", json!({})).await;
    let visit = json!({"visit": day["visits"][0]["visit"]});
    until("the place is kept", async || {
        let sheet = window.command("visit_get", visit.clone()).await;
        (sheet["place"] == TOPIC_PAGE).then_some(())
    })
    .await;
    window.kill().await;

    let window = Window::open(folder.path(), None).await;
    window.click("a", "09:30…").await;
    for name in SEEN {
        window.is_pressed(name, true).await;
    }
    window.is_pressed(NOT_THIS_TIME, true).await;
    let comment =
        "return document.querySelector('[aria-label=\"Comment on Learning environment\"]').value";
    assert_eq!(window.run(comment, json!([])).await, "Trays by the door");
    // The row that was ticked last is in front again.
    let row = "const box = document.activeElement.getBoundingClientRect();
        return [document.activeElement.textContent.replace(/\\s+/g, ' ').trim(), box.top > 0 && box.bottom < innerHeight]";
    until("the row is in front", async || {
        (window.run(row, json!([])).await == json!([SEEN[3], true])).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_visit_made_with_no_hub_in_reach_is_received_when_it_is_back() {
    let mut hub = DemoHub::with_demo().await;
    let folder = tempfile::tempdir().unwrap();
    let window = Window::open(folder.path(), None).await;
    window.click("a", "Join with a code…").await;
    window.type_into("Code", "AAAA-AAAA").await;
    window.type_into("Address of the hub", &hub.address()).await;
    window.click("button", "Join").await;
    window.reads("This code does not work").await;
    window
        .run("document.querySelector('input').select()", json!([]))
        .await;
    window.type_into("Code", &hub.invite("observer")).await;
    window.click("button", "Join").await;
    start_visit(&window).await;

    hub.switch_off();
    for name in SEEN {
        window.click("button", name).await;
        window.is_pressed(name, true).await;
    }
    window.click("button", NOT_THIS_TIME).await;
    window.type_into("Overall comment", "A calm room").await;
    window.reads("Saved on this computer").await;
    window.click("button", "Finish").await;
    // Twice in one moment, as an impatient finger does.
    window
        .run(
            "const press = [...document.querySelectorAll('dialog button')].find((button) => button.textContent.trim() === 'Finish the visit');
             press.click(); press.click();",
            json!([]),
        )
        .await;
    window.reads("Finished ").await;
    window.reads(" waiting").await;
    window.kill().await;

    let window = Window::open(folder.path(), None).await;
    window.reads("Finished").await;
    window.reads(" waiting").await;
    hub.switch_on().await;
    window.click("button", "Sync:…").await;
    window.click("button", "Sync now").await;
    window.reads("Received ").await;
    window.reads("Nothing").await;

    let leader = hub.other_device("leader").await;
    let walks = leader.ask("walk_list", json!({})).await;
    let mut seen = Vec::new();
    for walk in walks.as_array().unwrap() {
        let walk = leader.ask("walk_get", json!({"walk": walk["walk"]})).await;
        let visits = walk["visits"].as_array().unwrap().clone();
        seen.extend(visits.into_iter().filter(|visit| {
            visit["card"]["class"] == "Kestrel class" && visit["card"]["subject"] == "Science"
        }));
    }
    assert_eq!(seen.len(), 1);
    let record = leader
        .ask("record_get", json!({"visit": seen[0]["card"]["visit"]}))
        .await;
    let rows: Vec<_> = record["sections"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|section| section["rows"].as_array().unwrap())
        .collect();
    let marked = |mark: &str| -> Vec<_> {
        let by = |row: &&&serde_json::Value| {
            row["marks"]
                .as_array()
                .unwrap()
                .iter()
                .any(|seen| seen["mark"] == mark)
        };
        rows.iter()
            .filter(by)
            .map(|row| row["text"].as_str().unwrap())
            .collect()
    };
    assert_eq!(
        marked("seen"),
        SEEN.map(|name| name.strip_prefix("Seen: ").unwrap())
    );
    assert_eq!(
        marked("not_seen"),
        [NOT_THIS_TIME.strip_prefix("Not this time: ").unwrap()]
    );
    assert_eq!(record["overall"][0]["text"], "A calm room");
    let finished: Vec<_> = record["observers"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|observer| !observer["finished_at"].is_null())
        .collect();
    assert_eq!(finished.len(), 1, "{record}");
}

#[tokio::test]
async fn a_school_is_started_in_the_window_with_no_network_and_is_there_the_next_day() {
    let folder = tempfile::tempdir().unwrap();
    let window = Window::open(folder.path(), None).await;
    window.click("a", "Start a school…").await;
    window
        .type_into("Name of the school", "Larkfield School")
        .await;
    window.click("button", "Next").await;
    window.type_into("Your name", "Imke Sandoval").await;
    window.click("button", "Start the school").await;
    window
        .type_into(
            "Paste the list here",
            "Orla Tamblyn,teacher\nBede Quist,wizard\n",
        )
        .await;
    window.reads("“wizard” is no role").await;
    window.click("button", "Add 1 person").await;
    window.reads("1 person added").await;
    window.click("a", "Next").await;
    window.click("button", "On to classes").await;
    window.click("a", "Skip").await;
    window.reads("Larkfield School is ready").await;
    window.click("a", "Plan your first walk").await;
    window.click("a", "Plan a walk").await;
    window.type_into("Name", "Autumn walk").await;
    window.type_into("Focus", "Pupils’ independence").await;
    window.click("button", "Save and go to the timetable").await;
    window.reads("No visits yet").await;
    window.kill().await;

    let window = Window::open(folder.path(), None).await;
    window.click("a", "Walks").await;
    window.reads("Autumn walk").await;
    window.click("button", "More").await;
    window.click("a", "School").await;
    window.reads("Larkfield School").await;
    window.reads("Orla Tamblyn").await;
    window.reads("Saved on this computer").await;

    window.click("button", "More").await;
    window.click("a", "Mine").await;
    window.click("a", "What is held about me…").await;
    window.click("button", "To read (HTML)").await;
    window.reads("read back and complete").await;
    let taken = folder.path().join(TAKEN);
    let files: Vec<_> = std::fs::read_dir(taken)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let held = std::fs::read_to_string(&files[0]).unwrap();
    assert!(held.contains("Imke Sandoval"), "{held}");
}
