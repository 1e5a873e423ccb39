//! What is wrong with the plan of a visit, a sentence each: shown on the visit, in the walk and in the planner alike.
//!
//! These are warnings (R11) beside the refusals of other rules, said where they can still be put right. What is refused
//! when it is written (R6, R10) is said here by the same words, from the same function.

use std::collections::HashMap;

use chrono::Duration;

use super::{Visit, check_minutes, check_observers, check_yearly_maximum};
use crate::class::Class;
use crate::person::Person;
use crate::plan::route::Route;
use crate::room::Room;
use crate::school::{Lesson, Settings};
use crate::{ClassId, PersonId, RoomId};

/// How long an observer needs from one room to another, in minutes.
pub const WALK_MINUTES: i64 = 5;

/// What a visit is planned among.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// All visits of the school, the one that is asked about among them or not. Those called off do not count.
    pub visits: &'a [Visit],
    /// Everyone.
    pub people: &'a HashMap<PersonId, Person>,
    /// All classes.
    pub classes: &'a HashMap<ClassId, Class>,
    /// All rooms.
    pub rooms: &'a HashMap<RoomId, Room>,
    /// When lessons are.
    pub lessons: &'a [Lesson],
    /// What the school decided.
    pub settings: &'a Settings,
}

impl<'a> Around<'a> {
    /// The class of a visit.
    pub fn class(&self, class: ClassId) -> Option<&'a Class> {
        self.classes.get(&class)
    }

    /// The room in which a class usually is.
    pub fn room(&self, class: ClassId) -> Option<&'a Room> {
        self.rooms.get(&self.class(class)?.room?)
    }

    /// The name of a class, as it stands in a sentence.
    pub fn class_name(&self, class: ClassId) -> &'a str {
        self.class(class)
            .map_or("a class that is not here", |class| &class.name)
    }

    fn others<'v>(&'v self, visit: &'v Visit) -> impl Iterator<Item = &'a Visit> + 'v {
        self.visits
            .iter()
            .filter(|other| other.id != visit.id && !other.is_cancelled)
    }

    /// Whether there is time to walk between two visits that do not overlap.
    fn has_walk(&self, one: &Visit, other: &Visit) -> bool {
        let room = |visit: &Visit| self.class(visit.class).and_then(|class| class.room);
        if room(one).is_some() && room(one) == room(other) {
            return true;
        }
        let walk = Duration::minutes(WALK_MINUTES);
        one.ends_at() + walk <= other.starts_at || other.ends_at() + walk <= one.starts_at
    }
}

/// What is wrong with a planned visit, a sentence each: it is shown on the visit and does not block (R11).
pub fn problems(visit: &Visit, around: &Around<'_>) -> Vec<String> {
    let class = around.class(visit.class);
    let mut found = Vec::new();
    let mut say = |sentence: &str| found.push(sentence.to_owned());
    if !visit.crowded.is_empty() {
        say(
            "More than two observers were put down for this visit, on different devices. Choose who goes.",
        );
    }
    if let Err(refusal) = check_observers(visit.observers.len()) {
        say(refusal.message());
    }
    if visit.observers.is_empty() {
        say("Nobody is down to make this visit.");
    }
    let left = |observer: &PersonId| around.people.get(observer).is_none_or(|p| !p.is_active);
    if visit.observers.iter().any(left) {
        say("An observer has left the school. Somebody else should visit this class.");
    }
    if class.is_none_or(|class| !class.is_active) {
        say("This class is no longer taught. Visit another one.");
    }
    if class.is_some_and(|class| visit.observers.iter().any(|own| class.has_staff(*own))) {
        say("An observer works with this class. Somebody else should visit it.");
    }
    let shares_observer = |other: &Visit| {
        visit
            .observers
            .iter()
            .any(|own| other.observers.contains(own))
    };
    let mut others = around.others(visit).filter(|other| shares_observer(other));
    if others.any(|other| !visit.observers_also_at(other).is_empty()) {
        say("An observer is in two places at this time.");
    }
    let no_walk = around
        .others(visit)
        .filter(|other| shares_observer(other) && !visit.overlaps(other))
        .find(|other| !around.has_walk(visit, other));
    if let Some(other) = no_walk {
        say(&format!(
            "An observer has less than {WALK_MINUTES} minutes to walk between here and {}.",
            around.class_name(other.class)
        ));
    }
    if is_observer_teaching(visit, around) {
        say("An observer teaches a class that is visited at this time.");
    }
    if around
        .others(visit)
        .any(|other| visit.is_to_same_class_on_same_day(other))
    {
        say("This class is visited twice on this day.");
    }
    let maximum = check_yearly_maximum(
        visit,
        around.visits,
        |class| around.class(class),
        around.settings,
    );
    if let Err(refusal) = maximum {
        say(refusal.message());
    }
    if !is_in_a_lesson(visit, around.lessons) {
        say("This time is not within one lesson of the school's day.");
    }
    if let Err(refusal) = check_minutes(visit.minutes, around.settings) {
        say(refusal.message());
    }
    if is_second_crossing(visit, around) {
        say("An observer crosses the building a second time on this day to come here.");
    }
    found
}

/// Whether the only teacher of a class that is visited observes elsewhere at that time, here or there.
fn is_observer_teaching(visit: &Visit, around: &Around<'_>) -> bool {
    let only_teacher = |class: ClassId| around.class(class)?.only_teacher();
    let own = only_teacher(visit.class);
    around
        .others(visit)
        .filter(|other| visit.overlaps(other))
        .any(|other| {
            own.is_some_and(|own| other.observers.contains(&own))
                || only_teacher(other.class).is_some_and(|own| visit.observers.contains(&own))
        })
}

fn is_in_a_lesson(visit: &Visit, lessons: &[Lesson]) -> bool {
    let (day, starts) = (visit.starts_at.date_naive(), visit.starts_at.time());
    let ends = visit.ends_at();
    lessons.is_empty()
        || (ends.date_naive() == day
            && lessons
                .iter()
                .any(|lesson| lesson.starts <= starts && ends.time() <= lesson.ends))
}

/// Whether it is on the way to this visit that an observer crosses the building again.
fn is_second_crossing(visit: &Visit, around: &Around<'_>) -> bool {
    let route = Route::of(around.rooms.values());
    visit.observers.iter().any(|observer| {
        let mut before: Vec<&Visit> = around
            .others(visit)
            .filter(|other| {
                other.observers.contains(observer)
                    && other.starts_at.date_naive() == visit.starts_at.date_naive()
                    && other.starts_at <= visit.starts_at
            })
            .collect();
        before.sort_by_key(|other| (other.starts_at, other.id));
        let place = |visit: &Visit| Some(around.room(visit.class)?.route);
        let walked = |way: &[&Visit]| route.walked(way.iter().filter_map(|visit| place(visit)));
        let until_here = Route::crossings_again(walked(&before));
        before.push(visit);
        Route::crossings_again(walked(&before)) > until_here
    })
}
