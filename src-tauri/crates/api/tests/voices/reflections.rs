//! R8, R19: a reflection is its teacher's own, and read by nobody but whom the teacher lets.

use alongside_api::Place;
use alongside_domain::{Kind, RecordId, ReflectionId};
use serde_json::{Value, json};

use crate::school::*;

fn write(school: &School, edit: Value) {
    school.ask(
        TEACHER,
        "reflection_write",
        json!({"visit": id(VISIT), "edit": edit}),
    );
}

fn record() -> RecordId {
    ReflectionId::derive(visit(VISIT), person(TEACHER)).into()
}

fn count(school: &School, by: u128) -> usize {
    let listed = school.ask(by, "reflection_list", json!({}));
    listed.as_array().unwrap().len()
}

#[test]
fn a_reflection_is_read_by_whom_the_teacher_lets_and_only_so_long() {
    let school = School::shared(Place::Hub);
    write(
        &school,
        json!({"what": "change", "text": "Give them longer to answer."}),
    );
    for other in [HEAD, DEPUTY, COLLEAGUE, OBSERVER] {
        assert_eq!(count(&school, other), 0);
        assert!(!school.is_sent(other, record()));
    }
    write(
        &school,
        json!({"what": "readers", "people": [id(COLLEAGUE)]}),
    );
    let listed = school.ask(COLLEAGUE, "reflection_list", json!({}));
    assert_eq!(listed[0]["change"], "Give them longer to answer.");
    assert_eq!(listed[0]["teacher"], "Orla Tamblyn");
    assert!(school.is_sent(COLLEAGUE, record()));
    assert_eq!(count(&school, HEAD), 0);
    let own = school.ask(TEACHER, "reflection_get", json!({"visit": id(VISIT)}));
    let readers = own["readers"].as_array().unwrap();
    assert_eq!(
        readers[0]["name"], "Bede Quist",
        "the line manager comes first"
    );
    let let_in: Vec<_> = readers
        .iter()
        .filter(|one| one["may_read"] == true)
        .collect();
    assert_eq!(let_in.len(), 1);
    write(&school, json!({"what": "readers", "people": []}));
    assert_eq!(count(&school, COLLEAGUE), 0);
    assert!(!school.is_sent(COLLEAGUE, record()));
}

#[test]
fn nobody_opens_or_writes_anothers_reflection() {
    let school = School::shared(Place::Hub);
    write(
        &school,
        json!({"what": "confirmed", "text": "They talk to each other."}),
    );
    for other in [HEAD, COLLEAGUE, OBSERVER] {
        school.refused(other, "reflection_get", json!({"visit": id(VISIT)}));
        let edit = json!({"what": "confirmed", "text": "They do not."});
        let asked = json!({"visit": id(VISIT), "edit": edit});
        school.refused(other, "reflection_write", asked);
        let let_in = json!({"readers": [id(other)]});
        let sent = school.send(other, record(), Kind::Reflection, let_in);
        assert_eq!(School::code(&sent, "readers"), "not_yours");
    }
    let own = school.ask(TEACHER, "reflection_get", json!({"visit": id(VISIT)}));
    assert_eq!(own["confirmed"], "They talk to each other.");
}
