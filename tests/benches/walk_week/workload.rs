//! The workload: a walk week of 40 visits with two observers each, and ten years of such weeks.

use alongside_domain::template::EVIDENCE_FORM;
use alongside_domain::{ClassId, Kind, ObservationId, PersonId, RecordId, VisitId, WalkId};
use alongside_store::{Kept, Store as _};
use alongside_tests::{Cast, Device, RunningHub, School, id};
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use crate::words::Writer;

/// Visits in a walk week.
pub const VISITS: u128 = 40;
/// Walk weeks in ten years.
pub const WEEKS: u128 = 30;
/// Durable commits with which one observation is written.
pub const COMMITS: usize = 33;

/// One observation: its commits, each with the fields it writes.
pub struct Written {
    /// Its id.
    pub id: RecordId,
    /// 33 commits: the header, 23 marks, 6 comments, 3 summaries; `finished_at`, if at all, goes with the last.
    pub commits: Vec<Vec<(String, Value)>>,
}

/// The visit of a number in a week.
pub fn visit(week: u128, number: u128) -> VisitId {
    VisitId::from_uuid(id(1_000_000 + week * 1_000 + number))
}

/// The walk of a week.
pub fn walk(week: u128) -> WalkId {
    WalkId::from_uuid(id(900_000 + week))
}

/// One of many observers, for the case of fifty tablets.
pub fn observer(number: u128) -> PersonId {
    PersonId::from_uuid(id(800_000 + number * 3))
}

/// When a week's visits are.
pub fn day(week: u128) -> DateTime<Utc> {
    School::visit_at() + Duration::days(120 * i64::try_from(week).unwrap())
}

/// Adds `count` observers to the school.
pub fn hire(hub: &RunningHub, count: u128) {
    for number in 0..count {
        hub.lead(
            "person_put",
            json!({ "person": observer(number), "name": format!("Observer {number}"), "roles": ["visitor"], "is_active": true }),
        );
    }
}

/// Adds the classes of the school.
///
/// One teacher has them all and is visited again and again, so at this school walks count towards no maximum (R10).
pub fn open_classes(hub: &RunningHub) {
    hub.lead("setting_walks_count", json!({ "counts": false }));
    for number in 0..VISITS {
        let class = ClassId::from_uuid(id(700_000 + number));
        School::staff(hub, class, &format!("Class {number}"), Cast::TEACHER);
    }
}

/// Plans a week, gives notice in time, and moves the clock to its day.
pub fn plan(hub: &RunningHub, week: u128, observers: &dyn Fn(u128) -> Vec<PersonId>) {
    hub.clock.set_true(day(week) - Duration::days(10));
    let template = School::evidence_form(hub);
    hub.lead(
        "walk_put",
        json!({
            "walk": walk(week), "name": format!("Walk {week}"), "focus": "Time to answer",
            "purpose": "Pupils who are given time say more.", "template": template,
            "term": null, "classes": [], "observers": [],
        }),
    );
    for number in 0..VISITS {
        let class = ClassId::from_uuid(id(700_000 + number));
        let at = day(week) + Duration::minutes(5 * i64::try_from(number).unwrap());
        let mut asked = School::visit(visit(week, number), class, at, &observers(number));
        asked["walk"] = json!(walk(week));
        hub.lead("visit_put", asked);
    }
    hub.lead("notice_give", json!({ "walk": walk(week) }));
    hub.clock.set_true(day(week) - Duration::minutes(5));
}

/// What `observer` writes on a visit of a week.
pub fn observation(week: u128, number: u128, observer: PersonId, is_finished: bool) -> Written {
    let visit = visit(week, number);
    let seed =
        u64::try_from(week * 1_000 + number).unwrap() * 31 + observer.uuid().as_u128() as u64;
    let mut words = Writer::new(seed);
    let began = day(week) + Duration::seconds(i64::try_from(number).unwrap());
    let header = |name: &str, value: Value| (name.to_owned(), value);
    let mut commits = vec![vec![
        header("visit", json!(visit)),
        header("observer", json!(observer)),
        header("started_at", json!(began)),
        header("pupils", json!(6 + words.below(9))),
        header("pupils_note", json!(words.text(20))),
        header("subject", json!("Mathematics")),
        header("part", json!("main")),
    ]];
    for section in EVIDENCE_FORM.sections {
        for (key, _, _) in section.criteria {
            let mark = if words.below(4) == 0 {
                "not_seen"
            } else {
                "seen"
            };
            commits.push(vec![(format!("marks.{key}"), json!(mark))]);
        }
    }
    for section in EVIDENCE_FORM.sections {
        commits.push(vec![(
            format!("comments.{}", section.key),
            json!(words.text(120)),
        )]);
    }
    commits.push(vec![("went_well.w1".into(), json!(words.text(200)))]);
    commits.push(vec![("even_better_if.e1".into(), json!(words.text(200)))]);
    let mut last = vec![("overall".into(), json!(words.text(200)))];
    if is_finished {
        last.push(header("finished_at", json!(began + Duration::minutes(20))));
    } else {
        // Eight fields in the header either way.
        last.push(header("class", json!(id(700_000 + number))));
    }
    commits.push(last);
    assert_eq!(commits.len(), COMMITS);
    Written {
        id: ObservationId::derive(visit, observer).into(),
        commits,
    }
}

/// Everything one observer writes in a week.
pub fn week(week: u128, observer: PersonId, is_finished: bool) -> Vec<Written> {
    (0..VISITS)
        .map(|number| observation(week, number, observer, is_finished))
        .collect()
}

/// Lets what was written wait on a device, as though its person had tapped it: a tap every few seconds.
pub fn write(device: &Device, written: &[Written]) {
    let mut pauses = Writer::new(17);
    for observation in written {
        let mut writer = device.store().write().unwrap();
        for commit in &observation.commits {
            device.clock.pass(2_000 + pauses.below(25_000) as u64);
            for (name, value) in commit {
                let field = alongside_domain::Field {
                    value: value.clone(),
                    stamp: device.desk.clock().tick(),
                };
                writer
                    .put(
                        observation.id,
                        &Kind::Observation,
                        name,
                        &field,
                        Kept::Waiting,
                    )
                    .unwrap();
            }
        }
        writer.commit().unwrap();
    }
}
