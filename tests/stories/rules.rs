//! The rules of the protocol, each tried by somebody who wants round it: a leader in a hurry at the screen, or a changed
//! client straight at the hub. What a screen says is tried by the browser tests, what a function decides beside it.
//!
//! `table` reads `docs/protocol.md` and fails when a rule has lost its tests; `nobody` walks over every command and the
//! wire for R9.

mod answering;
mod improving;
mod keeping;
mod nobody;
mod notice;
mod pattern;
mod programme;
mod record;
mod searching;
mod self_evaluation;
mod table;
mod teachers;
mod visit;

use alongside_domain::{ObservationId, PersonId, Record, VisitId};
use alongside_tests::{Cast, Device, Outsider, RunningHub, School, id};
use chrono::Duration;
use serde_json::{Value, json};

use crate::story::{finish, observe};

/// Everyone of the cast.
const EVERYONE: [PersonId; 8] = [
    Cast::HEAD,
    Cast::LEADER,
    Cast::ANSA,
    Cast::BRAM,
    Cast::TEACHER,
    Cast::OTHER_TEACHER,
    Cast::VISITED_TEACHER,
    Cast::SUPPORT,
];

/// What an honest start of a visit writes, at the hub's time.
fn start(hub: &RunningHub, client: &Outsider, visit: VisitId, observer: PersonId) -> Value {
    let own = ObservationId::derive(visit, observer);
    let fields = [
        ("visit", json!(visit)),
        ("observer", json!(observer)),
        ("started_at", json!(hub.clock.true_now())),
    ];
    client.record(hub, own, "observation", &fields)
}

/// Ansa's tablet after her visit: begun, written, finished and received.
async fn visited(hub: &RunningHub) -> Device {
    let ansa = Device::join(hub, Cast::ANSA).await;
    ansa.sync().await;
    observe(&ansa, "seen", "As it was");
    finish(&ansa);
    ansa.sync().await;
    ansa
}

/// Releases the record of Kestrel's visit.
fn share(hub: &RunningHub) {
    hub.lead(
        "record_share",
        json!({ "visit": Cast::VISIT, "talked": false }),
    );
}

/// The one notice there is.
fn the_notice(hub: &RunningHub) -> Record {
    let reader = hub.desk().store().read().unwrap();
    reader
        .list(&alongside_domain::Kind::Notice)
        .unwrap()
        .remove(0)
}

/// The term in which the visits are.
fn the_term(hub: &RunningHub) -> alongside_domain::TermId {
    let reader = hub.desk().store().read().unwrap();
    let terms = reader.list(&alongside_domain::Kind::Term).unwrap();
    let day = School::visit_at().date_naive();
    let mut terms = terms.iter().filter_map(alongside_domain::term::Term::read);
    terms.find(|term| term.holds(day)).unwrap().id
}

/// A visit that the cast did not plan, to `class`, some days after Kestrel's.
fn another(class: alongside_domain::ClassId, days: i64, by: &[PersonId]) -> Value {
    let at = School::visit_at() + Duration::days(days);
    let mut asked = School::visit(Cast::VISIT, class, at, by);
    asked["visit"] = json!(null);
    asked
}

/// The sentences in which an answer says a text.
fn says(answer: &Value, text: &str) -> bool {
    answer.to_string().contains(text)
}

/// Any further number, for ids of records that a changed client makes up.
fn made_up(number: u128) -> uuid::Uuid {
    id(7_000 + number)
}
