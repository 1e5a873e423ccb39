//! The demo school as it stands after loading, at moments that are easy to get wrong.

use std::sync::Arc;

use alongside_api::Actor;
use alongside_domain::DeviceId;
use alongside_domain::Kind;
use alongside_domain::class::Class;
use alongside_domain::observation::Observation;
use alongside_domain::person::{Person, Role};
use alongside_domain::response::Response;
use alongside_domain::school::Settings;
use alongside_domain::self_evaluation::Ratings;
use alongside_domain::visit::Visit;
use alongside_store::sqlite::SqliteStore;
use alongside_store::{Audience, Entry, StoreKey};
use chrono::{Local, NaiveDate, TimeZone};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

struct Demo {
    _folder: TempDir,
    store: Arc<dyn Store>,
    people: DemoPeople,
    desk: Desk,
    now: DateTime<Utc>,
}

fn moment(year: i32, month: u32, day: u32, hour: u32, minute: u32) -> DateTime<Utc> {
    Local
        .with_ymd_and_hms(year, month, day, hour, minute, 0)
        .earliest()
        .unwrap()
        .to_utc()
}

/// A Tuesday morning in term.
fn tuesday() -> DateTime<Utc> {
    moment(2026, 11, 17, 9, 10)
}

/// A Sunday, a leap day, the last day of the school year, and just before and after midnight.
fn moments() -> Vec<DateTime<Utc>> {
    vec![
        moment(2026, 11, 22, 12, 0),
        moment(2028, 2, 29, 11, 30),
        moment(2027, 8, 31, 15, 0),
        moment(2026, 11, 19, 23, 30),
        moment(2026, 11, 20, 0, 10),
        moment(2027, 1, 4, 8, 0),
        moment(2027, 3, 28, 3, 30),
    ]
}

/// A day of each term: the first of spring and of summer, and the first of a school year.
fn turns() -> [DateTime<Utc>; 3] {
    [
        moment(2027, 1, 4, 8, 0),
        moment(2027, 4, 1, 9, 0),
        moment(2027, 9, 1, 9, 0),
    ]
}

fn demo(now: DateTime<Utc>) -> Demo {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(&folder.path().join("hub.sqlite"), &StoreKey::Plain).unwrap());
    let people = load(store.clone(), now).unwrap();
    let hands = Arc::new(stage::Hands::default());
    hands.move_to(now.fixed_offset());
    let clock = DeviceClock::new(DeviceId::from_uuid(Uuid::now_v7()), hands, None, 0);
    let desk = Desk::new(store.clone(), Place::Hub, Arc::new(clock), |_| {});
    Demo {
        _folder: folder,
        store,
        people,
        desk,
        now,
    }
}

impl Demo {
    fn call(&self, person: PersonId, command: &str, request: Value) -> Value {
        let actor = Actor {
            person,
            device: DeviceId::from_uuid(Uuid::now_v7()),
        };
        self.desk.call(&actor, command, request).unwrap()
    }

    fn list<T>(&self, kind: Kind, read: impl Fn(&alongside_domain::Record) -> T) -> Vec<T> {
        self.store
            .read()
            .unwrap()
            .list(&kind)
            .unwrap()
            .iter()
            .map(read)
            .collect()
    }

    fn observations(&self) -> Vec<Observation> {
        self.list(Kind::Observation, |record| {
            Observation::read(record).unwrap()
        })
    }
}

fn list<'a>(answer: &'a Value, name: &str) -> &'a Vec<Value> {
    answer[name].as_array().unwrap()
}

#[test]
fn the_school_is_all_there() {
    let demo = demo(tuesday());
    let people = demo.list(Kind::Person, Person::read);
    let with = |role| people.iter().filter(|person| person.has(role)).count();
    assert_eq!(people.len(), 42);
    assert_eq!(
        (
            with(Role::Head),
            with(Role::Leader),
            with(Role::Teacher),
            with(Role::Support)
        ),
        (1, 4, 16, 19)
    );
    assert_eq!((with(Role::Governor), with(Role::Visitor)), (2, 2));
    assert!(
        people
            .iter()
            .filter(|person| person.has(Role::Support))
            .all(|person| person.line_manager.is_some())
    );
    let classes = demo.list(Kind::Class, Class::read);
    assert_eq!(classes.len(), 15);
    assert!(classes.iter().all(|class| class.room.is_some()
        && !class.teachers.is_empty()
        && !class.support.is_empty()));
    let mut rooms: Vec<_> = classes.iter().map(|class| class.room).collect();
    rooms.sort();
    rooms.dedup();
    assert_eq!(rooms.len(), 15, "a room each");
    let school = demo.call(demo.people.leader, "school_get", json!({}));
    assert_eq!(list(&school, "rooms").len(), 17);
    assert!(school["school"].as_str().unwrap().contains("School"));
}

#[test]
fn two_walks_are_over_and_this_terms_is_under_way() {
    for now in moments().into_iter().chain([tuesday()]) {
        let demo = demo(now);
        let walks = demo.call(demo.people.leader, "walk_list", json!({}));
        let walks = walks.as_array().unwrap();
        assert_eq!(walks.len(), 3);
        let count = |walk: &Value, what: &str| walk[what].as_u64().unwrap();
        let [this, last, earlier] = &walks[..] else {
            panic!("{walks:?}");
        };
        assert_eq!(count(earlier, "shared"), 15, "{now}");
        let names: std::collections::BTreeSet<String> =
            walks.iter().map(|walk| walk["name"].to_string()).collect();
        assert_eq!(names.len(), 3, "{now}: {names:?}");
        let last_counts = (
            count(last, "visits"),
            count(last, "finished"),
            count(last, "shared"),
            count(last, "answered"),
        );
        assert_eq!(last_counts, (15, 15, 15, 13), "{now}");
        let this_counts = (
            count(this, "visits"),
            count(this, "finished"),
            count(this, "shared"),
            count(this, "answered"),
        );
        assert_eq!(this_counts, (16, 7, 5, 3), "{now}");
        assert_eq!(this["noticed"], true, "{now}");
        let view = demo.call(
            demo.people.leader,
            "walk_get",
            json!({"walk": this["walk"]}),
        );
        assert_eq!(list(&view["notice"], "stale").len(), 0, "{now}");
        let lines = list(&view, "visits");
        for line in lines {
            let problems = list(line, "problems");
            assert!(problems.is_empty(), "{now}: {} {problems:?}", line["card"]);
        }
        let records: Vec<&str> = lines
            .iter()
            .filter_map(|line| line["record"].as_str())
            .collect();
        assert!(records.contains(&"overdue"), "{now}: {records:?}");
        let is_fresh_expected = now == tuesday() || now == moment(2028, 2, 29, 11, 30);
        assert!(
            !is_fresh_expected || records.contains(&"waiting"),
            "{now}: {records:?}"
        );
    }
}

#[test]
fn the_observer_has_visits_to_make_today_whatever_day_it_is() {
    for now in moments() {
        let demo = demo(now);
        let day = demo.call(demo.people.observer, "day_list", json!({}));
        let visits = list(&day, "visits");
        assert_eq!(visits.len(), 4, "{now}");
        assert!(
            visits
                .iter()
                .all(|card| card["lock"].is_null() && card["my_state"] == "not_started"),
            "{now}: {visits:?}"
        );
        assert!(visits.iter().all(|card| list(card, "observers").len() == 2));
        let routes: Vec<i64> = visits
            .iter()
            .map(|card| card["route"].as_i64().unwrap())
            .collect();
        assert!(routes.is_sorted(), "{now}: {routes:?}");
        assert_eq!(visits[0]["class"], "Kestrel class");
        assert!(
            !list(&day, "later").is_empty() && !list(&day, "earlier").is_empty(),
            "{now}"
        );
        let visit = json!({"visit": visits[0]["visit"]});
        let sheet = demo.call(demo.people.observer, "visit_start", visit);
        assert_eq!(list(&sheet, "sections").len(), 6);
    }
}

#[test]
fn the_teacher_has_a_record_to_answer_one_answered_and_a_visit_to_come() {
    for now in [
        tuesday(),
        moment(2026, 11, 20, 0, 10),
        moment(2026, 11, 22, 9, 0),
    ] {
        let demo = demo(now);
        let records = demo.call(demo.people.teacher, "record_list", json!({}));
        let states: Vec<_> = list(&records, "records")
            .iter()
            .map(|record| record["state"].clone())
            .collect();
        assert_eq!(states, ["shared", "answered", "answered"], "{now}");
        let coming = demo.call(demo.people.teacher, "coming_list", json!({}));
        assert_eq!(list(&coming, "visits").len(), 1, "{now}");
        let record = demo.call(
            demo.people.teacher,
            "record_get",
            json!({"visit": list(&records, "records")[0]["visit"]}),
        );
        assert_eq!(record["may_respond"], true);
        assert_eq!(list(&record, "observers").len(), 2);
        assert!(
            list(&record, "went_well").len() >= 4 && !list(&record, "even_better_if").is_empty()
        );
    }
}

#[test]
fn a_teachers_feed_has_only_what_was_shared_with_them() {
    let demo = demo(tuesday());
    let reader = demo.store.read().unwrap();
    let audiences = [Audience::Everyone, Audience::Person(demo.people.teacher)];
    let visits: Vec<Visit> = demo.list(Kind::Visit, |record| Visit::read(record).unwrap());
    let shared: Vec<_> = demo
        .list(Kind::Share, |record| record.id("visit"))
        .into_iter()
        .flatten()
        .collect();
    let own: Vec<_> = demo
        .list(Kind::Class, Class::read)
        .into_iter()
        .filter(|class| class.teachers.contains(&demo.people.teacher))
        .map(|class| class.id)
        .collect();
    let mut seen = 0;
    for entry in reader.feed(&audiences, 0, 0, 10_000).unwrap() {
        let Entry::Changed { record, .. } = entry else {
            continue;
        };
        if let Some(observation) =
            Observation::read(&record).filter(|_| record.kind == Kind::Observation)
        {
            let visit = visits
                .iter()
                .find(|visit| visit.id == observation.visit)
                .unwrap();
            assert!(own.contains(&visit.class) && shared.contains(&visit.id));
            seen += 1;
        }
        if let Some(response) = Response::read(&record).filter(|_| record.kind == Kind::Response) {
            assert_eq!(response.teacher, demo.people.teacher);
        }
    }
    assert_eq!(seen, 5, "two observers on two visits, one on another");
}

#[test]
fn last_years_self_evaluation_is_finished_and_this_years_is_begun_whatever_day_it_is() {
    for now in moments() {
        let demo = demo(now);
        let years = demo.call(demo.people.leader, "self_evaluation_list", json!({}));
        let years = list(&years, "years");
        assert_eq!(years.len(), 2, "{now}");
        let (this, last) = (&years[0], &years[1]);
        assert!(this["closed_at"].is_null() && last["closed_at"].is_string());
        assert_eq!((&this["raters"], &last["raters"]), (&json!(2), &json!(3)));
        let view = demo.call(
            demo.people.leader,
            "self_evaluation_get",
            json!({"year": this["year"]}),
        );
        assert_eq!(view["before"]["year"], last["year"]);
        assert_eq!(list(&view, "strengths").len(), 3);
        assert!(view["overall"]["answered"].as_u64() < Some(40));
    }
}

#[test]
fn what_came_of_the_walks_is_told_whatever_day_it_is() {
    for now in turns() {
        let demo = demo(now);
        let leader = demo.people.leader;
        let walks = demo.call(leader, "walk_list", json!({}));
        let walk = |place: usize| json!({"walk": walks[place]["walk"]});
        let (this, last, earlier) = (walk(0), walk(1), walk(2));
        let reports = demo.call(demo.people.teacher, "report_list", json!({}));
        let of: Vec<&Value> = reports.as_array().unwrap().iter().collect();
        assert_eq!(
            (&of[0]["walk"], &of[1]["walk"]),
            (&last["walk"], &earlier["walk"])
        );
        let patterns = demo.call(demo.people.teacher, "pattern_list", json!({}));
        let patterns = patterns.as_array().unwrap();
        assert_eq!(patterns.len(), 1, "{now}: last term's wait for a leader");
        assert_eq!(patterns[0]["walk"], earlier["walk"]);

        let answer = demo.call(leader, "action_list", json!({}));
        let actions = list(&answer, "actions");
        let states = |is: &str| actions.iter().filter(|one| one["state"] == is).count();
        let counts = (states("open"), states("in_progress"), states("done"));
        assert_eq!(counts, (2, 3, 2), "{now}");
        let overdue = actions.iter().filter(|one| one["is_overdue"] == true);
        assert_eq!(overdue.count(), 1, "{now}");
        // Both walks that came later followed an action up, and what was hoped for is seen more often.
        for (place, walk) in [(0, this), (1, last.clone())] {
            let view = demo.call(leader, "walk_get", walk);
            let followed = json!({"action": view["follows"]["action"]});
            let action = demo.call(leader, "action_get", followed);
            let [before, after] = &list(&action, "shown")[..] else {
                panic!("{now}: {action}");
            };
            assert_eq!(after["walk"], walks[place]["walk"], "{now}");
            let share = |of: &Value| {
                let count = |what: &str| of["found"][what].as_f64().unwrap();
                (count("least") + count("most")) / 2.0 / count("looked")
            };
            assert!(share(after) > share(before) + 0.1, "{now}: {action}");
        }
        let shared = demo.call(demo.people.teacher, "action_list", json!({}));
        let own = list(&shared, "actions");
        let mine = own.iter().filter(|one| one["is_mine"] == true);
        assert_eq!((own.len(), mine.count()), (6, 1), "{now}");
    }
}

#[test]
fn what_was_said_of_a_walk_is_about_what_it_showed() {
    let demo = demo(tuesday());
    let walks = demo.call(demo.people.leader, "walk_list", json!({}));
    for (walk, outcome) in [&walks[2], &walks[1]].into_iter().zip(improving::OUTCOMES) {
        let of = json!({"walk": walk["walk"]});
        let debrief = demo.call(demo.people.leader, "debrief_get", of);
        let points = ["strengths", "development"].map(|part| list(&debrief, part));
        let said = points.into_iter().flatten().filter(|one| one["said"] != "");
        assert_eq!(said.count(), outcome.1.said.len(), "{debrief}");
    }
}

#[test]
fn no_year_has_too_many_visits_and_nothing_is_kept_too_long_whatever_day_it_is() {
    for now in turns() {
        let demo = demo(now);
        let settings = Settings::default();
        let classes = demo.list(Kind::Class, Class::read);
        let mut counts = std::collections::HashMap::new();
        for visit in demo.list(Kind::Visit, |record| Visit::read(record).unwrap()) {
            let year = settings.academic_year(visit.starts_at);
            let class = classes.iter().find(|class| class.id == visit.class);
            for teacher in &class.unwrap().teachers {
                *counts.entry((*teacher, year)).or_insert(0) += 1;
            }
        }
        assert!(
            counts
                .values()
                .all(|count| *count <= settings.yearly_maximum),
            "{now}"
        );
        let today = now.with_timezone(&Local).date_naive();
        let oldest = settings.academic_year_of(today) - 1;
        assert!(counts.keys().all(|(_, year)| *year >= oldest), "{now}");
    }
}

#[test]
fn no_words_name_anyone() {
    let demo = demo(tuesday());
    let names: Vec<String> = demo
        .list(Kind::Person, |record| Person::read(record).name)
        .iter()
        .flat_map(|name| {
            name.split([' ', '-'])
                .map(str::to_lowercase)
                .collect::<Vec<_>>()
        })
        .collect();
    let texts = texts(&demo);
    assert!(texts.len() > 400, "{}", texts.len());
    for text in texts {
        assert!(!text.contains(['{', '}', '*']), "{text}");
        let words = text
            .split(|c: char| !c.is_alphabetic())
            .map(str::to_lowercase);
        for word in words {
            assert!(!names.contains(&word), "{word}: {text}");
        }
    }
}

fn texts(demo: &Demo) -> Vec<String> {
    let mut texts = Vec::new();
    for one in demo.observations() {
        texts.extend(one.comments.into_values());
        texts.extend(
            one.went_well
                .into_iter()
                .chain(one.even_better_if)
                .map(|line| line.text),
        );
        texts.extend(
            [one.overall, one.pupils_note]
                .into_iter()
                .filter(|text| !text.is_empty()),
        );
    }
    for one in demo.list(Kind::Rating, |record| Ratings::read(record).unwrap()) {
        texts.extend(one.notes.into_values());
    }
    for one in demo.list(Kind::Response, |record| Response::read(record).unwrap()) {
        texts.extend(one.comments.into_values());
        texts.push(one.overall);
    }
    for (_, one) in improving::OUTCOMES {
        let said = one.said.iter().map(|(_, text)| *text);
        let rest = [
            one.overall,
            one.good_practice,
            one.changes,
            one.more_information,
        ];
        texts.extend(said.chain(rest).map(str::to_owned));
    }
    for one in improving::TASKS {
        let notes = one.steps.iter().map(|step| step.note);
        let rest = [one.title, one.success_criteria];
        texts.extend(notes.chain(rest).map(str::to_owned));
    }
    texts
}

#[test]
fn observations_read_like_observations() {
    let demo = demo(tuesday());
    let observations = demo.observations();
    assert_eq!(observations.len(), 24 + 28 + 13);
    let (mut strengths, mut development) = (0, 0);
    for one in &observations {
        let minutes = (one.finished_at.unwrap() - one.started_at.unwrap()).num_minutes();
        assert!((15..=20).contains(&minutes), "{minutes}");
        assert!(one.marks.len() >= 12, "{}", one.marks.len());
        assert!(one.comments.len() >= 3, "{:?}", one.comments);
        assert!(!one.overall.is_empty() && one.pupils.is_some_and(|count| count >= 4));
        strengths += one.went_well.len();
        development += one.even_better_if.len();
    }
    let share = strengths * 100 / (strengths + development);
    assert!((65..=76).contains(&share), "{strengths} : {development}");
    let comments: usize = observations.iter().map(|one| one.comments.len()).sum();
    assert!(comments >= 4 * observations.len(), "{comments}");
}

#[test]
fn the_same_moment_gives_the_same_words() {
    let (mut one, mut other) = (texts(&demo(tuesday())), texts(&demo(tuesday())));
    one.sort();
    other.sort();
    assert_eq!(one, other);
}

#[test]
fn loading_twice_changes_nothing_and_gives_the_same_people() {
    let demo = demo(tuesday());
    let before = demo.store.read().unwrap().version().unwrap();
    assert_eq!(load(demo.store.clone(), demo.now).unwrap(), demo.people);
    assert_eq!(demo.store.read().unwrap().version().unwrap(), before);
}

#[test]
fn a_store_with_another_school_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(&folder.path().join("hub.sqlite"), &StoreKey::Plain).unwrap());
    let hands = Arc::new(stage::Hands::default());
    hands.move_to(tuesday().fixed_offset());
    let clock = DeviceClock::new(DeviceId::from_uuid(Uuid::now_v7()), hands.clone(), None, 0);
    let desk = Desk::new(store.clone(), Place::Hub, Arc::new(clock), |_| {});
    stage::Stage::found(&desk, hands, tuesday().fixed_offset()).unwrap();
    let version = store.read().unwrap().version().unwrap();
    assert_eq!(
        load(store.clone(), tuesday()).unwrap_err().code,
        Code::ForeignSchool
    );
    assert_eq!(store.read().unwrap().version().unwrap(), version);
}

#[test]
fn an_interrupted_loading_is_told_and_not_built_upon() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(&folder.path().join("hub.sqlite"), &StoreKey::Plain).unwrap());
    note(&*store, LOADING).unwrap();
    assert_eq!(load(store, tuesday()).unwrap_err().code, Code::Refused);
}

#[test]
fn everything_the_plan_names_is_there() {
    let calendar = calendar::Calendar::new(tuesday());
    let stops = plan::rounds(calendar).map(|round| round.stops.len());
    assert_eq!(stops, [15, 16, 15]);
    assert_eq!(
        calendar.day(-1),
        NaiveDate::from_ymd_opt(2026, 11, 16).unwrap()
    );
    assert_eq!(
        calendar.day(-2),
        NaiveDate::from_ymd_opt(2026, 11, 13).unwrap()
    );
}

#[test]
fn every_criterion_of_the_form_has_its_words() {
    let form = &alongside_domain::template::EVIDENCE_FORM;
    for (section, (key, said)) in form.sections.iter().zip(words::SECTIONS) {
        assert_eq!(section.key, *key);
        let own: Vec<&str> = section.criteria.iter().map(|(key, ..)| *key).collect();
        let here: Vec<&str> = said.iter().map(|said| said.criterion).collect();
        assert_eq!(own, here);
        for said in *said {
            assert!(
                said.seen.len() >= 3
                    && said.not_seen.len() >= 2
                    && said.well.len() >= 2
                    && said.better.len() >= 2
            );
        }
    }
    assert_eq!(form.sections.len(), words::SECTIONS.len());
    let replied = replies::REPLIES.iter().map(|reply| reply.criterion);
    let all: Vec<&str> = words::SECTIONS
        .iter()
        .flat_map(|(_, said)| said.iter())
        .map(|said| said.criterion)
        .collect();
    assert!(
        replied
            .into_iter()
            .all(|criterion| all.contains(&criterion))
    );
}
