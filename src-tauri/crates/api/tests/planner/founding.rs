//! The terms a school is founded with.

use alongside_api::Place;
use alongside_domain::term::Term;
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
    // The hub's founding comes after what the leader wrote, and still does not stand above it.
    hub.at("2027-01-12T08:00:00Z");
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
    hub.desk.exchange(&actor, request).unwrap();
    assert_eq!(terms(&hub), terms(&own));
    assert_eq!(terms(&hub)[1].name, "Spring");
}

fn wire(record: alongside_domain::Record) -> alongside_sync::WireRecord {
    alongside_sync::WireRecord {
        id: record.id,
        kind: record.kind,
        version: None,
        fields: record.fields,
    }
}
