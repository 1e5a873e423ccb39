//! The terms a school is founded with.

use alongside_api::Place;
use alongside_domain::notice::Notice;
use alongside_domain::term::Term;
use alongside_domain::visit::Visit;
use alongside_domain::{Kind, TermId};
use alongside_store::DeviceKind;
use alongside_sync::SyncRequest;
use alongside_sync::wire::PairDevice;
use serde_json::json;

use crate::school::*;

fn terms(school: &School) -> Vec<Term> {
    let reader = school.desk.store().read().unwrap();
    let records = reader.list(&Kind::Term).unwrap();
    let mut terms: Vec<Term> = records.iter().filter_map(Term::read).collect();
    terms.sort_by_key(|term| term.starts_on);
    terms
}

#[test]
fn a_school_starts_with_the_three_terms_of_its_year() {
    let terms = terms(&School::new(Place::Device));
    let days: Vec<(&str, String, String)> = terms
        .iter()
        .map(|own| {
            (
                own.name.as_str(),
                own.starts_on.to_string(),
                own.ends_on.to_string(),
            )
        })
        .collect();
    assert_eq!(
        days,
        [
            ("Autumn term", "2026-09-01".into(), "2026-12-18".into()),
            ("Spring term", "2027-01-04".into(), "2027-03-26".into()),
            ("Summer term", "2027-04-12".into(), "2027-07-23".into()),
        ]
    );
    assert_eq!(terms[0].id, TermId::derive(founding().id, 2026, 1));
}

#[test]
fn a_school_that_moves_in_brings_no_double_terms_and_keeps_its_own_days() {
    let own = School::new(Place::Device);
    let spring = TermId::derive(founding().id, 2026, 2);
    let moved = json!({"term": spring, "name": "Spring", "starts_on": "2027-01-06", "ends_on": "2027-03-24"});
    own.ask(HEAD, "term_put", moved);
    let hub = School::empty(Place::Hub);
    move_in(&own, &hub, "2027-01-12T08:00:00Z");
    assert_eq!(terms(&hub), terms(&own));
    assert_eq!(terms(&hub)[1].name, "Spring");
}

/// The school moves in with an empty hub, on the device it was started on.
fn move_in(own: &School, hub: &School, at: &str) {
    // The hub's founding comes after what the leader wrote, and still does not stand above it.
    hub.at(at);
    hub.desk.open_hub().unwrap();
    let code = hub.desk.setup_code().unwrap().code;
    let tablet = PairDevice {
        id: device(HEAD),
        name: "Tablet".into(),
    };
    hub.desk
        .pair(&code, &tablet, DeviceKind::App, Some(&founding()))
        .unwrap();
    let records = own.desk.store().read().unwrap().outbox(500).unwrap();
    let request = SyncRequest {
        records: records.into_iter().map(wire).collect(),
        ..SyncRequest::default()
    };
    let actor = alongside_api::Actor {
        person: person(HEAD),
        device: device(HEAD),
    };
    let answer = hub.desk.exchange(&actor, request).unwrap();
    for result in answer.results {
        assert_eq!(result.refused.len(), 0, "{:?}", result.refused);
    }
}

/// A school alone on a device: a visit announced, begun there by the head, and its class given to another teacher since.
fn alone_with_a_visit() -> (School, Visit) {
    let own = School::new(Place::Device);
    let mut plan = slots(&own.propose());
    plan.iter_mut()
        .for_each(|slot| slot["observers"] = json!([id(HEAD)]));
    own.keep(&plan);
    own.ask(HEAD, "template_freeze", json!({"template": own.form()}));
    own.ask(HEAD, "notice_give", json!({"walk": id(WALK)}));
    let first = own.standing().into_iter().min_by_key(|one| one.starts_at);
    let first = first.unwrap();
    own.at(&first.starts_at.to_rfc3339());
    own.ask(HEAD, "visit_start", json!({"visit": first.id}));
    own.at("2027-01-29T08:00:00Z");
    let class = json!({"teachers": [id(OBSERVER)]});
    own.put(first.class.uuid(), Kind::Class, class);
    (own, first)
}

#[test]
fn a_device_alone_with_its_school_says_itself_who_taught_a_visit() {
    let (own, visit) = alone_with_a_visit();
    let taught = |school: &School| {
        let visits = school.visits().into_iter();
        let mut same = visits.filter(|one| one.id == visit.id);
        same.next().unwrap().taught_by
    };
    assert_eq!(taught(&own).len(), 1);
    assert_ne!(taught(&own), [person(OBSERVER)], "who has the class now");
    let others = own.standing().into_iter().filter(|one| one.id != visit.id);
    assert!(others.into_iter().all(|one| one.taught_by.is_empty()));
    // And the hub it moves in with takes its word.
    let hub = School::empty(Place::Hub);
    move_in(&own, &hub, "2027-01-29T09:00:00Z");
    assert_eq!(taught(&hub), taught(&own));
}

#[test]
fn notices_of_a_school_that_moves_in_keep_their_time_and_later_ones_do_not() {
    let (own, visit) = alone_with_a_visit();
    let hub = School::empty(Place::Hub);
    move_in(&own, &hub, "2027-01-29T09:00:00Z");
    let notices = |school: &School| {
        let reader = school.desk.store().read().unwrap();
        let records = reader.list(&Kind::Notice).unwrap();
        let mut given: Vec<_> = records.iter().filter_map(Notice::read).collect();
        given.sort_by_key(|notice| notice.given_at);
        given
    };
    assert_eq!(notices(&hub), notices(&own));
    assert_eq!(notices(&hub)[0].given_at, notices(&own)[0].given_at);
    // The word of that device, and of any other, counts no more once the school is here.
    for (by, hours, number) in [(HEAD, 25, 900), (HEAD, 24 * 60, 901)] {
        let at = chrono::DateTime::parse_from_rfc3339("2027-01-29T09:00:00Z").unwrap();
        let came = at + chrono::Duration::hours(hours);
        hub.at(&came.to_utc().to_rfc3339());
        let fields = json!({
            "walk": id(WALK), "given_at": "2027-01-20T08:00:00Z", "focus": "Talk for learning",
        });
        let sent = hub.send(by, id(number), Kind::Notice, fields);
        assert_eq!(sent.refused.len(), 0, "{:?}", sent.refused);
        assert_eq!(notices(&hub).last().unwrap().given_at, came);
        let forged = json!({"teachers": [id(OBSERVER)]});
        let sent = hub.send(by, visit.id.uuid(), Kind::Visit, forged);
        assert_eq!(code(&sent, "teachers"), "hub_only");
    }
}

fn wire(record: alongside_domain::Record) -> alongside_sync::WireRecord {
    alongside_sync::WireRecord {
        id: record.id,
        kind: record.kind,
        version: None,
        fields: record.fields,
    }
}
