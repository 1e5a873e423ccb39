//! R9 (and R8, R18, R20) at the search: it finds words for those who may read them, and is a file on nobody.

use alongside_tests::{Cast, Device, Outsider, RunningHub, School};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{EVERYONE, says, share};
use crate::story::{finish, write};

/// A word that stands in one place only.
const WORD: &str = "celandine";

/// What a search answers over the hub.
async fn asked(client: &Outsider, words: &str) -> Value {
    let answer = client.rpc("search_find", json!({ "words": words })).await;
    assert_eq!(answer.status, StatusCode::OK, "{words:?} {answer:?}");
    answer.body
}

fn on(device: &Device, words: &str) -> Value {
    device.tap("search_find", json!({ "words": words }))
}

/// The hits of a kind.
fn hits(answer: &Value, kind: &str) -> Vec<Value> {
    let groups = answer["groups"].as_array().unwrap();
    let group = groups.iter().find(|group| group["kind"] == kind);
    group.map_or(Vec::new(), |group| {
        group["hits"].as_array().unwrap().clone()
    })
}

/// The kinds in which something was found.
fn kinds(answer: &Value) -> Vec<&str> {
    let groups = answer["groups"].as_array().unwrap();
    groups
        .iter()
        .map(|group| group["kind"].as_str().unwrap())
        .collect()
}

/// The pieces of a text, what was looked for in brackets.
fn pieces(pieces: &Value) -> String {
    let piece = |piece: &Value| match piece["is_match"] == true {
        true => format!("[{}]", piece["text"].as_str().unwrap()),
        false => piece["text"].as_str().unwrap().to_owned(),
    };
    pieces.as_array().unwrap().iter().map(piece).collect()
}

/// Ansa writes of Kestrel, and the hub has it.
async fn written(hub: &RunningHub, words: &str) -> Device {
    let ansa = Device::join(hub, Cast::ANSA).await;
    ansa.sync().await;
    ansa.tap("visit_start", json!({ "visit": Cast::VISIT }));
    write(
        &ansa,
        json!({ "what": "mark", "criterion": "aids", "mark": "seen" }),
    );
    let section = "communication";
    write(
        &ansa,
        json!({ "what": "comment", "section": section, "text": words }),
    );
    ansa.sync().await;
    ansa
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r9_a_name_finds_people_classes_and_visits_and_never_what_was_written_about_a_lesson() {
    let hub = School::on_the_day().await;
    let words = "Tilde Farrow's table talk in Kestrel: a celandine each";
    finish_and_share(&hub, &written(&hub, words).await).await;
    let device = Device::join(&hub, Cast::LEADER).await;
    device.sync().await;
    let head = Outsider::let_in(&hub, Cast::HEAD).await;
    for name in [
        "Tilde",
        "farrow",
        "Farrow's",
        "TILDE celandine",
        "kestrel",
        "Kestrel celandine",
        "talk farrow",
        "tílde",
    ] {
        for answer in [asked(&head, name).await, on(&device, name)] {
            for kind in [
                "comments",
                "responses",
                "reflections",
                "remarks",
                "concerns",
            ] {
                assert!(hits(&answer, kind).is_empty(), "{name}: {answer}");
            }
            let note = answer["note"].as_str().unwrap();
            assert!(note.contains("not searched by the name"), "{note}");
        }
    }
    // Nor by the beginning of a name, while it is being typed: the name in the words is no word.
    for beginning in ["til", "farr", "kest"] {
        let answer = asked(&head, beginning).await;
        assert!(hits(&answer, "comments").is_empty(), "{answer}");
    }
    let answer = asked(&head, "farrow").await;
    assert_eq!(kinds(&answer), ["people"]);
    assert_eq!(
        pieces(&hits(&answer, "people")[0]["title"]),
        "Tilde [Farrow]"
    );
    let answer = asked(&head, "kestrel").await;
    assert_eq!(kinds(&answer), ["classes", "visits"]);
    // By its words the comment is found, and says neither whose lesson it was, nor when, nor who wrote it.
    for answer in [
        asked(&head, "celand TALK").await,
        on(&device, "celand TALK"),
    ] {
        let found = hits(&answer, "comments");
        assert_eq!(
            pieces(&found[0]["words"]),
            "(name) (name) table [talk] in (name): a [celandine] each"
        );
        assert_eq!(pieces(&found[0]["title"]), "Autumn walk");
        assert_eq!(found[0]["detail"], "Communication");
        assert_eq!(found[0]["at"], Value::Null);
        for told in [
            "Farrow",
            "Tilde",
            "Kestrel",
            "Ansa",
            "Whitlow",
            "2026-11",
            "Mathematics",
        ] {
            assert!(!says(&json!(found), told), "{told}: {answer}");
        }
    }
}

/// Lets the record be finished and shared.
async fn finish_and_share(hub: &RunningHub, ansa: &Device) {
    finish(ansa);
    ansa.sync().await;
    share(hub);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r9_no_mark_is_found_or_shown_and_to_read_on_leaves_a_trace() {
    let hub = School::on_the_day().await;
    finish_and_share(&hub, &written(&hub, "A celandine each").await).await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    let reads = async || {
        let asked = json!({ "before": null, "act": "read", "person": null });
        let page = teacher.rpc("log_list", asked).await.body;
        page["lines"].as_array().unwrap().len()
    };
    for words in [
        "seen",
        "not_seen",
        "not seen",
        "marks",
        "aids seen",
        "mark seen",
    ] {
        let answer = asked(&leader, words).await;
        assert!(hits(&answer, "comments").is_empty(), "{words}: {answer}");
    }
    let answer = asked(&leader, WORD).await;
    assert!(!says(&answer, "seen"), "{answer}");
    let before = reads().await;
    let target = &hits(&answer, "comments")[0]["target"];
    assert_eq!(target["screen"], "record");
    let opened = json!({ "visit": target["visit"] });
    assert_eq!(
        leader.rpc("record_get", opened).await.status,
        StatusCode::OK
    );
    assert_eq!(reads().await, before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r8_words_are_found_by_those_who_may_read_them_at_this_moment_on_the_hub_and_on_their_devices()
 {
    let hub = School::on_the_day().await;
    let mut devices = Vec::new();
    for person in EVERYONE {
        devices.push((person, Device::join(&hub, person).await));
    }
    let found_by = async |words: &str, kind: &str| {
        let mut found = Vec::new();
        for (person, device) in &devices {
            device.sync().await;
            let client = Outsider::let_in(&hub, *person).await;
            let at_hub = hits(&asked(&client, words).await, kind).len();
            let offline = hits(&on(device, words), kind).len();
            assert_eq!(at_hub, offline, "{words} for {person}");
            if at_hub > 0 {
                found.push(*person);
            }
        }
        found
    };
    let ansa = written(&hub, "A celandine each").await;
    // While it is being written it is its writer's alone, a leader's or not.
    assert_eq!(found_by(WORD, "comments").await, [Cast::ANSA]);
    finish(&ansa);
    ansa.sync().await;
    let readers = found_by(WORD, "comments").await;
    assert_eq!(readers, [Cast::HEAD, Cast::LEADER, Cast::ANSA]);
    share(&hub);
    let readers = found_by(WORD, "comments").await;
    assert_eq!(
        readers,
        [Cast::HEAD, Cast::LEADER, Cast::ANSA, Cast::TEACHER]
    );

    // An answer is its writer's until it is sent.
    let teacher = Device::join(&hub, Cast::TEACHER).await;
    teacher.sync().await;
    let edit = json!({ "what": "overall", "text": "The bluebell was theirs" });
    teacher.tap(
        "response_write",
        json!({ "visit": Cast::VISIT, "edit": edit }),
    );
    teacher.sync().await;
    assert_eq!(found_by("bluebell", "responses").await, [Cast::TEACHER]);
    teacher.tap("response_send", json!({ "visit": Cast::VISIT }));
    teacher.sync().await;
    let readers = found_by("bluebell", "responses").await;
    assert_eq!(
        readers,
        [
            Cast::HEAD,
            Cast::LEADER,
            Cast::ANSA,
            Cast::BRAM,
            Cast::TEACHER
        ]
    );
    // Its own teacher is told which lesson it is about.
    let own = hits(&on(&teacher, "bluebell"), "responses");
    assert_eq!(pieces(&own[0]["title"]), "Kestrel · Autumn walk");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r18_a_concern_is_found_by_its_writer_and_the_head_alone() {
    let hub = School::on_the_day().await;
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    let raised = json!({ "text": "It ran into the anemone", "with_line_manager": false });
    assert_eq!(
        teacher.rpc("concern_raise", raised).await.status,
        StatusCode::OK
    );
    for person in EVERYONE {
        let client = Outsider::let_in(&hub, person).await;
        let answer = asked(&client, "anemone").await;
        let may_read = [Cast::HEAD, Cast::TEACHER].contains(&person);
        assert_eq!(hits(&answer, "concerns").len(), usize::from(may_read));
        assert_eq!(answer["groups"].as_array().unwrap().is_empty(), !may_read);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r20_what_was_destroyed_is_found_by_nobody_and_lies_in_no_file() {
    let hub = School::on_the_day().await;
    let ansa = written(&hub, WORD).await;
    finish_and_share(&hub, &ansa).await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    assert_eq!(hits(&asked(&leader, WORD).await, "comments").len(), 1);
    assert_eq!(hits(&on(&ansa, WORD), "comments").len(), 1);
    hub.clock.set_true("2028-09-02T10:00:00Z".parse().unwrap());
    let head = Outsider::let_in(&hub, Cast::HEAD).await;
    let listed = head.rpc("retention_list", json!({})).await.body;
    let destroyed = json!({ "token": listed["token"] });
    let answer = head.rpc("retention_destroy", destroyed).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    ansa.sync().await;
    let again = Outsider::let_in(&hub, Cast::LEADER).await;
    assert!(hits(&asked(&again, WORD).await, "comments").is_empty());
    assert!(hits(&on(&ansa, WORD), "comments").is_empty());
    for file in std::fs::read_dir(ansa.folder()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let is_there = bytes.windows(WORD.len()).any(|run| run == WORD.as_bytes());
        assert!(!is_there);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r9_whatever_is_asked_is_no_syntax_and_takes_no_person() {
    let hub = School::on_the_day().await;
    finish_and_share(&hub, &written(&hub, "A celandine near me").await).await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let long = "celandine ".repeat(1_000);
    for words in [
        "",
        " ",
        "\"",
        "*",
        "NEAR(",
        "a OR b",
        "-celandine*",
        "words:celandine",
        "^",
        "😀",
        "\u{0}",
        "\u{e000}9",
        "' --",
        &long,
    ] {
        asked(&leader, words).await;
    }
    let whole = asked(&leader, WORD).await;
    assert_eq!(
        hits(&asked(&leader, "\"Celandine\" NEAR(").await, "comments").len(),
        1
    );
    assert_eq!(hits(&asked(&leader, &long).await, "comments").len(), 1);
    // A changed client names a person, an order, a mark: nothing of it is heard.
    for name in [
        "person", "teacher", "class", "observer", "order", "sort", "marks",
    ] {
        let mut request = json!({ "words": WORD });
        request[name] = json!(Cast::TEACHER);
        let answer = leader.rpc("search_find", request).await;
        assert_eq!(answer.body, whole, "{name}");
    }
    let only = json!({ "words": WORD, "kinds": ["walks"] });
    let answer = leader.rpc("search_find", only).await;
    assert_eq!(answer.body["groups"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r16_a_report_that_is_being_written_is_found_by_leaders_and_an_action_by_its_owner_too() {
    let hub = School::on_the_day().await;
    finish_and_share(&hub, &written(&hub, "A snowdrop each").await).await;
    hub.lead("report_start", json!({ "walk": Cast::WALK }));
    let edit =
        json!({ "what": "strength", "entry": "s1", "text": "Celandines wherever one looks" });
    hub.lead("report_write", json!({ "walk": Cast::WALK, "edit": edit }));
    hub.lead(
        "action_put",
        json!({
            "action": null, "title": "An anemone in every room", "owner": Cast::TEACHER,
            "due_on": "2026-12-01", "success_criteria": "Seen at the next walk", "from": "free",
            "about": "", "walk": null, "template": null, "criterion": "",
        }),
    );
    for person in EVERYONE {
        let client = Outsider::let_in(&hub, person).await;
        let leads = [Cast::HEAD, Cast::LEADER].contains(&person);
        let found = hits(&asked(&client, WORD).await, "reports").len();
        assert_eq!(found, usize::from(leads), "{person}");
        let found = hits(&asked(&client, "anemone room").await, "actions").len();
        let may_read = leads || person == Cast::TEACHER;
        assert_eq!(found, usize::from(may_read), "{person}");
        // By its owner's name it is not found: an action is about a school.
        assert!(hits(&asked(&client, "tilde anemone").await, "actions").is_empty());
    }
}
