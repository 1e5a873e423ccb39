//! The planner on random schools: hard rules hold, the same wish gives the same plan, what is locked stays.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveTime, TimeZone};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::class::Class;
use crate::person::{Person, Role};
use crate::room::Room;
use crate::school::{LESSONS, Lesson, Settings, lessons};
use crate::visit::OBSERVERS_LIMIT;
use crate::{ClassId, PersonId, RoomId, VisitId, WalkId};

/// Ids of different kinds lie far apart, so that a mixed-up one fails.
fn person(n: usize) -> PersonId {
    PersonId::from_uuid(Uuid::from_u128(1_000 + n as u128))
}

fn class(n: usize) -> ClassId {
    ClassId::from_uuid(Uuid::from_u128(20_000 + n as u128))
}

fn visit(n: usize) -> VisitId {
    VisitId::from_uuid(Uuid::from_u128(400_000 + n as u128))
}

fn walk(n: usize) -> WalkId {
    WalkId::from_uuid(Uuid::from_u128(5_000_000 + n as u128))
}

fn at(day: NaiveDate, time: NaiveTime) -> DateTime<FixedOffset> {
    let zone = FixedOffset::east_opt(0).unwrap();
    zone.from_local_datetime(&day.and_time(time)).unwrap()
}

fn monday() -> NaiveDate {
    NaiveDate::from_ymd_opt(2027, 1, 18).unwrap()
}

/// A school with a walk to plan.
#[derive(Debug, Clone)]
pub(super) struct World {
    people: HashMap<PersonId, Person>,
    classes: HashMap<ClassId, Class>,
    rooms: HashMap<RoomId, Room>,
    lessons: Vec<Lesson>,
    settings: Settings,
    others: Vec<Visit>,
    slots: Vec<Slot>,
    wished: Vec<ClassId>,
    observers: Vec<PersonId>,
    each: usize,
    minutes: i64,
    days: Vec<NaiveDate>,
}

impl World {
    /// Some classes in a row of rooms, each with a teacher of its own, and observers who teach none.
    pub(super) fn new(classes: usize, observers: usize, days: usize) -> Self {
        let mut people = HashMap::new();
        let mut add = |n: usize, name: &str, role| {
            let id = person(n);
            people.insert(
                id,
                Person {
                    id,
                    name: format!("{name} {n}"),
                    roles: vec![role],
                    line_manager: None,
                    is_active: true,
                },
            );
            id
        };
        let observers = (0..observers)
            .map(|n| add(n, "Observer", Role::Leader))
            .collect();
        let room = |n: usize| RoomId::from_uuid(Uuid::from_u128(300_000 + n as u128));
        let rooms = (0..classes).map(|n| Room {
            id: room(n),
            name: format!("Room {n}"),
            place: String::new(),
            route: 10 * i64::try_from(n).unwrap(),
        });
        let rooms = rooms.map(|room| (room.id, room)).collect();
        let all = (0..classes).map(|n| Class {
            id: class(n),
            name: format!("Class {n}"),
            year_group: String::new(),
            phase: String::new(),
            teachers: vec![add(100 + n, "Teacher", Role::Teacher)],
            support: Vec::new(),
            room: Some(room(n)),
            is_active: true,
        });
        let classes: HashMap<ClassId, Class> = all.map(|class| (class.id, class)).collect();
        let mut wished: Vec<ClassId> = classes.keys().copied().collect();
        wished.sort_unstable();
        Self {
            people,
            rooms,
            lessons: lessons(LESSONS).unwrap(),
            settings: Settings::default(),
            others: Vec::new(),
            slots: Vec::new(),
            wished,
            classes,
            observers,
            each: 2,
            minutes: 20,
            days: (0..days)
                .map(|n| monday() + Duration::days(n as i64))
                .collect(),
        }
    }

    pub(super) fn around(&self) -> Around<'_> {
        Around {
            visits: &self.others,
            people: &self.people,
            classes: &self.classes,
            rooms: &self.rooms,
            lessons: &self.lessons,
            settings: &self.settings,
        }
    }

    pub(super) fn wish(&self) -> Wish<'_> {
        Wish {
            walk: walk(1),
            classes: &self.wished,
            observers: &self.observers,
            observers_each: self.each,
            minutes: self.minutes,
            days: &self.days,
            slots: &self.slots,
            now: at(monday() - Duration::days(28), NaiveTime::MIN),
            at: &at,
        }
    }

    fn propose(&self) -> Plan {
        propose(&self.wish(), &self.around()).unwrap()
    }

    fn look(&self, slots: &[Slot]) -> Look {
        look(walk(1), slots, &self.observers, &self.around())
    }

    /// A visit of another walk.
    fn other(&mut self, n: usize, of: usize, day: NaiveDate, time: (u32, u32), who: &[PersonId]) {
        let time = NaiveTime::from_hms_opt(time.0, time.1, 0).unwrap();
        self.others.push(Visit {
            id: visit(n),
            walk: walk(2),
            class: class(of),
            starts_at: at(day, time),
            minutes: 20,
            observers: who.to_vec(),
            subject: String::new(),
            part: Part::Main,
            is_cancelled: false,
            crowded: Vec::new(),
            taught_by: Vec::new(),
        });
    }

    fn slot(&self, of: usize, day: NaiveDate, time: (u32, u32), who: &[PersonId]) -> Slot {
        let time = NaiveTime::from_hms_opt(time.0, time.1, 0).unwrap();
        Slot {
            visit: None,
            class: class(of),
            starts_at: at(day, time),
            minutes: 20,
            part: Part::Opening,
            subject: "Maths".into(),
            observers: who.to_vec(),
            is_locked: true,
            is_begun: false,
            taught_by: Vec::new(),
        }
    }
}

/// Any small school: some observers teach, some classes share a teacher or a room, some visits stand already.
fn world() -> impl Strategy<Value = World> {
    let size = (1usize..14, 1usize..6, 1usize..4, 1usize..=2, 15i64..=20);
    let links = (
        prop::collection::vec((0usize..14, 0usize..20), 0..10),
        prop::collection::vec((0usize..14, 0usize..6, 0i64..4, 9u32..15, 0u32..60), 0..8),
        prop::collection::vec((0usize..14, 0usize..6, 0i64..4, 9u32..15, 0u32..60), 0..4),
    );
    (size, links).prop_map(
        |((classes, observers, days, each, minutes), (staff, others, locked))| {
            let mut world = World::new(classes, observers, days);
            (world.each, world.minutes) = (each, minutes);
            for (of, who) in staff {
                // An observer who teaches or supports, or a teacher of two classes.
                let who = match who {
                    0..6 => person(who % observers),
                    other => person(100 + other % classes),
                };
                let class = world.classes.get_mut(&class(of % classes)).unwrap();
                if of % 3 == 0 {
                    class.teachers = vec![who];
                } else if of % 3 == 1 && !class.has_staff(who) {
                    class.teachers.push(who);
                } else {
                    class.support = vec![who];
                }
            }
            for (n, (of, who, day, hour, minute)) in others.into_iter().enumerate() {
                let (day, who) = (monday() + Duration::days(day), person(who % observers));
                world.other(n, of % classes, day, (hour, minute), &[who]);
            }
            for (of, who, day, hour, minute) in locked {
                let (day, who) = (monday() + Duration::days(day), person(who % observers));
                let slot = world.slot(of % classes, day, (hour, minute), &[who]);
                world.slots.push(slot);
            }
            world
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_proposal_breaks_no_hard_rule(world in world()) {
        let plan = world.propose();
        let kept: Vec<&Slot> = world.slots.iter().filter(|slot| slot.is_kept()).collect();
        let planned = visits_of(walk(1), &plan.slots);
        let all: Vec<&Visit> = world.others.iter().chain(&planned).collect();
        for (slot, visit) in plan.slots.iter().zip(&planned) {
            if kept.contains(&slot) {
                continue;
            }
            let own = &world.classes[&slot.class];
            prop_assert!((1..=OBSERVERS_LIMIT).contains(&slot.observers.len()));
            let day = slot.starts_at.date_naive();
            prop_assert!(world.days.contains(&day));
            let (from, to) = (slot.starts_at.time(), visit.ends_at().time());
            prop_assert!(world.lessons.iter().any(|own| own.starts <= from && to <= own.ends));
            for other in all.iter().filter(|other| other.id != visit.id) {
                prop_assert!(!visit.is_to_same_class_on_same_day(other));
                let theirs = &world.classes[&other.class];
                for observer in &slot.observers {
                    prop_assert!(!own.has_staff(*observer));
                    if other.observers.contains(observer) {
                        prop_assert!(!visit.overlaps(other));
                        let walk = Duration::minutes(crate::visit::WALK_MINUTES);
                        prop_assert!(own.room == theirs.room
                            || visit.ends_at() + walk <= other.starts_at
                            || other.ends_at() + walk <= visit.starts_at);
                    }
                    prop_assert!(!visit.overlaps(other) || theirs.only_teacher() != Some(*observer));
                }
            }
            for teacher in &own.teachers {
                let count = all.iter().filter(|other| {
                    world.classes[&other.class].teachers.contains(teacher)
                        && world.settings.academic_year(other.starts_at) == 2026
                });
                prop_assert!(count.count() as i64 <= world.settings.yearly_maximum);
            }
        }
        let mut classes: Vec<ClassId> = plan.slots.iter().filter(|s| !kept.contains(s)).map(|s| s.class).collect();
        let count = classes.len();
        classes.sort_unstable();
        classes.dedup();
        prop_assert_eq!(classes.len(), count, "each class once");
    }

    #[test]
    fn no_slot_of_a_proposal_has_a_problem_but_what_was_locked_brings(world in world()) {
        let plan = world.propose();
        let look = world.look(&plan.slots);
        if world.slots.is_empty() && world.others.is_empty() {
            for problems in look.problems {
                let hard: Vec<_> = problems.iter().filter(|p| !p.contains("crosses")).collect();
                prop_assert!(hard.is_empty(), "{:?}", hard);
            }
        }
    }

    #[test]
    fn the_same_wish_gives_the_same_plan(world in world()) {
        prop_assert_eq!(world.propose(), world.propose());
    }

    #[test]
    fn what_is_locked_or_begun_stays_exactly_as_it_is(world in world()) {
        let plan = world.propose();
        for slot in world.slots.iter().filter(|slot| slot.is_kept()) {
            prop_assert!(plan.slots.contains(slot));
        }
    }

    #[test]
    fn what_finds_no_place_is_said(world in world()) {
        let plan = world.propose();
        let placed: BTreeSet<ClassId> = plan.slots.iter().map(|slot| slot.class).collect();
        if world.wished.iter().any(|class| !placed.contains(class)) {
            prop_assert!(!plan.unmet.is_empty());
        }
    }
}

#[test]
fn a_walk_week_is_planned_whole_and_even() {
    let world = World::new(24, 6, 5);
    let plan = world.propose();
    let look = world.look(&plan.slots);
    assert_eq!(plan.slots.len(), 24);
    assert!(plan.slots.iter().all(|slot| slot.observers.len() == 2));
    assert!(
        look.loads.values().all(|load| *load == 8),
        "{:?}",
        look.loads
    );
    assert!(
        look.parts.values().all(|part| *part == 8),
        "{:?}",
        look.parts
    );
    assert_eq!(look.crossings, 0);
    assert!(look.problems.iter().all(Vec::is_empty));
    assert_eq!(plan.unmet, Vec::<String>::new());
}

#[test]
fn sixty_classes_and_twelve_observers_are_planned_whole() {
    let world = World::new(60, 12, 5);
    let plan = world.propose();
    let look = world.look(&plan.slots);
    assert_eq!(plan.slots.len(), 60);
    assert!(look.loads.values().all(|load| *load == 10));
    assert!(look.parts.values().all(|part| *part == 20));
    assert_eq!((look.crossings, plan.unmet.len()), (0, 0));
}

#[test]
fn when_not_all_fits_the_most_that_can_is_offered_and_the_rest_said() {
    let mut world = World::new(20, 3, 1);
    world.each = 1;
    world.lessons.truncate(3);
    let plan = world.propose();
    // Two visits in the first and the last lesson and one between them, for each observer.
    assert_eq!(plan.slots.len(), 15);
    let said = &plan.unmet[0];
    assert!(
        said.starts_with("Only 15 of 20 visits fit: 3 lessons on 1 day for 3 observers. Add a day or an observer."),
        "{said}"
    );
}

#[test]
fn when_there_are_too_few_pairs_visits_are_made_alone_before_they_are_left_out() {
    let plan = World::new(24, 3, 2).propose();
    assert_eq!(plan.slots.len(), 24);
    let said = plan.unmet.join(" ");
    assert!(said.contains("one observer instead of two"), "{said}");
}

#[test]
fn a_class_whose_teacher_is_at_the_maximum_is_left_out_and_said() {
    let mut world = World::new(6, 3, 2);
    for n in 0..3 {
        let day = monday() - Duration::days(30 * (1 + n as i64));
        world.other(n, 4, day, (9, 10), &[]);
    }
    let plan = world.propose();
    assert!(plan.slots.iter().all(|slot| slot.class != class(4)));
    assert!(
        plan.unmet[0].starts_with("Class 4: its teacher has had 3 visits this year"),
        "{:?}",
        plan.unmet
    );
    world.settings.walks_count = false;
    assert_eq!(world.propose().slots.len(), 6, "walks do not count here");
}

#[test]
fn visits_of_other_walks_count_towards_the_maximum_of_a_shared_teacher() {
    let mut world = World::new(5, 3, 2);
    let shared = vec![person(100)];
    for own in world.classes.values_mut() {
        own.teachers = shared.clone();
    }
    let plan = world.propose();
    assert_eq!(plan.slots.len(), 3);
}

#[test]
fn a_class_that_all_observers_work_with_is_said() {
    let mut world = World::new(5, 2, 2);
    world.classes.get_mut(&class(2)).unwrap().support = world.observers.clone();
    let plan = world.propose();
    let said = "Class 2: everybody who observes works with this class. Add an observer.";
    assert_eq!(plan.unmet, [said]);
}

#[test]
fn a_class_with_a_visit_already_is_moved_and_keeps_its_subject() {
    let mut world = World::new(5, 3, 2);
    let mut slot = world.slot(3, monday(), (9, 10), &[person(0)]);
    (slot.visit, slot.is_locked) = (Some(visit(9)), false);
    world.slots = vec![slot];
    let plan = world.propose();
    let moved = plan
        .slots
        .iter()
        .find(|slot| slot.class == class(3))
        .unwrap();
    assert_eq!(
        (moved.visit, moved.subject.as_str()),
        (Some(visit(9)), "Maths")
    );
}

#[test]
fn a_third_observer_and_a_long_visit_are_refused() {
    let mut world = World::new(5, 4, 1);
    world.each = 3;
    let refused = propose(&world.wish(), &world.around()).unwrap_err();
    assert_eq!(refused.code(), "too_many_observers");
    (world.each, world.minutes) = (2, 40);
    let refused = propose(&world.wish(), &world.around()).unwrap_err();
    assert_eq!(refused.code(), "too_long");
}

#[test]
fn nothing_is_planned_in_the_past_and_notice_is_thought_of() {
    let world = World::new(5, 3, 5);
    let wish = Wish {
        now: at(
            monday() + Duration::days(1),
            NaiveTime::from_hms_opt(12, 0, 0).unwrap(),
        ),
        ..world.wish()
    };
    let plan = propose(&wish, &world.around()).unwrap();
    assert!(plan.slots.iter().all(|slot| slot.starts_at > wish.now));
    let said = plan.unmet.join(" ");
    assert!(
        said.contains("Nothing is planned on a day that is past: Monday 18 January."),
        "{said}"
    );
    assert!(
        said.contains("visits on Tuesday 19 January, Wednesday 20 January, Thursday 21 January and Friday 22 January cannot open: choose days from Tuesday 26 January."),
        "{said}"
    );
}

#[test]
fn days_too_soon_for_notice_are_used_only_where_there_are_no_others() {
    let mut world = World::new(5, 3, 2);
    world.days.push(monday() + Duration::days(7));
    let wish = Wish {
        now: at(monday(), NaiveTime::from_hms_opt(8, 0, 0).unwrap()),
        ..world.wish()
    };
    let plan = propose(&wish, &world.around()).unwrap();
    assert_eq!(plan.slots.len(), 5);
    for slot in &plan.slots {
        assert_eq!(slot.starts_at.date_naive(), monday() + Duration::days(7));
    }
    let said = plan.unmet.join(" ");
    assert!(
        said.contains("so nothing is planned on Monday 18 January and Tuesday 19 January: visits then could not be opened. Notice given today holds from Monday 25 January."),
        "{said}"
    );
    // What stands locked there is the leader's own wish.
    let locked = world.slot(
        0,
        monday() + Duration::days(1),
        (9, 10),
        &world.observers[..1],
    );
    let slots = [locked.clone()];
    let wish = Wish {
        slots: &slots,
        ..wish
    };
    let plan = propose(&wish, &world.around()).unwrap();
    assert!(plan.slots.contains(&locked));
}

#[test]
fn a_walk_of_too_few_classes_is_said() {
    let plan = World::new(4, 3, 2).propose();
    assert!(
        plan.unmet[0].contains("at least 5 classes"),
        "{:?}",
        plan.unmet
    );
}

#[test]
fn a_small_walk_whose_classes_are_all_at_the_maximum_is_told_both() {
    let mut world = World::new(1, 3, 2);
    for n in 0..3 {
        let day = monday() - Duration::days(30 * (1 + n as i64));
        world.other(n, 0, day, (9, 10), &[]);
    }
    let said = world.propose().unmet.join(" ");
    assert!(said.contains("at least 5 classes"), "{said}");
    assert!(said.contains("Class 0: its teacher has had 3"), "{said}");
}

#[test]
fn days_beyond_all_planning_are_refused() {
    let mut world = World::new(5, 3, 1);
    world.days = vec![NaiveDate::MAX];
    let refused = propose(&world.wish(), &world.around()).unwrap_err();
    assert_eq!(refused.code(), "too_far_ahead");
}

#[test]
fn a_wish_for_nothing_is_answered_with_what_is_missing() {
    let mut world = World::new(5, 0, 0);
    world.wished.clear();
    let plan = world.propose();
    let said = plan.unmet.join(" ");
    for missing in ["No class is chosen", "Nobody is chosen", "No day is chosen"] {
        assert!(said.contains(missing), "{said}");
    }
}

#[test]
fn each_problem_of_a_plan_made_by_hand_is_shown_on_its_visit() {
    let mut world = World::new(8, 4, 2);
    world.classes.get_mut(&class(5)).unwrap().support = vec![person(3)];
    world.classes.get_mut(&class(6)).unwrap().teachers = vec![person(2)];
    let (one, two, three) = ([person(0)], [person(1)], [person(0), person(1), person(3)]);
    let next = monday() + Duration::days(1);
    let slots = [
        world.slot(0, monday(), (9, 10), &three),
        world.slot(1, monday(), (9, 20), &one),
        world.slot(2, monday(), (9, 42), &one),
        world.slot(2, monday(), (10, 5), &two),
        world.slot(5, next, (9, 10), &[person(3)]),
        world.slot(6, next, (9, 10), &two),
        world.slot(3, next, (9, 15), &[person(2)]),
        world.slot(4, next, (10, 50), &[]),
    ];
    let problems = world.look(&slots).problems;
    let says = |slot: usize, words: &str| {
        assert!(
            problems[slot].iter().any(|own| own.contains(words)),
            "{slot} {words}: {:?}",
            problems[slot]
        );
    };
    says(0, "At most two observers");
    says(0, "two places");
    says(1, "two places");
    says(1, "minutes to walk");
    says(2, "minutes to walk");
    says(2, "twice on this day");
    says(3, "twice on this day");
    says(4, "works with this class");
    says(5, "teaches a class that is visited at this time");
    says(6, "teaches a class that is visited at this time");
    says(7, "Nobody is down");
    says(7, "not within one lesson");
}

#[test]
fn who_goes_back_across_the_building_is_shown_where_they_turn() {
    let world = World::new(11, 2, 1);
    let who = [person(0)];
    let slots = [
        world.slot(0, monday(), (9, 10), &who),
        world.slot(10, monday(), (10, 0), &who),
        world.slot(1, monday(), (11, 10), &who),
    ];
    let look = world.look(&slots);
    assert_eq!(look.crossings, 1);
    assert!(look.problems[1].is_empty());
    assert!(look.problems[2][0].contains("crosses the building a second time"));
}

#[test]
fn the_price_of_the_search_is_the_score_that_is_shown() {
    let world = World::new(14, 5, 3);
    let (wish, around) = (world.wish(), world.around());
    let ground = ground::Ground::new(&wish, &around);
    let places = search::search(&ground);
    let slots = ground.slots(&places, &wish);
    assert_eq!(search::score_of(&ground, &places), world.look(&slots).score);
}
