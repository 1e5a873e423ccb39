//! What a plan cannot meet, in sentences that say what would help.

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset, NaiveDate};

use super::ground::{Ground, Place, active_observers};
use super::timetable::starts;
use super::{Slot, Wish, whole};
use crate::ClassId;
use crate::notice::{days_in_words, opens_at};
use crate::visit::{Around, Part};
use crate::walk::check_cover;

/// From how many visits more in one part of a lesson than in another the parts are not even.
const UNEVEN_PARTS: usize = 2;

/// What a proposal does not meet of its wish.
pub(super) fn of_proposal(
    wish: &Wish<'_>,
    around: &Around<'_>,
    ground: &Ground,
    places: &[Option<Place>],
    slots: &[Slot],
) -> Vec<String> {
    let mut unmet = cannot_begin(wish, around, &active_observers(wish, around), ground);
    let has_begun = unmet.is_empty();
    unmet.extend(of_classes(wish.classes, slots, around));
    if !has_begun {
        return unmet;
    }
    unmet.extend(unplaced(wish, around, ground, places, slots));
    unmet.extend(lacking(wish, slots));
    unmet.extend(of_days(wish, around, ground));
    unmet.extend(of_spread(wish, around, slots));
    unmet
}

/// What a timetable made by hand does not meet.
pub(super) fn of_slots(classes: &[ClassId], slots: &[Slot], around: &Around<'_>) -> Vec<String> {
    let mut unmet = of_classes(classes, slots, around);
    let is_open = |class: &ClassId| around.class(*class).is_some_and(|class| class.is_active);
    let without: Vec<&str> = distinct(classes)
        .filter(|class| is_open(class) && !slots.iter().any(|slot| slot.class == *class))
        .map(|class| around.class_name(class))
        .collect();
    if !without.is_empty() {
        unmet.push(format!("Without a visit so far: {}.", listed(&without)));
    }
    unmet
}

/// What no search could mend: there is nothing to plan with.
fn cannot_begin(
    wish: &Wish<'_>,
    around: &Around<'_>,
    observers: &[crate::PersonId],
    ground: &Ground,
) -> Vec<String> {
    let mut unmet = Vec::new();
    if wish.classes.is_empty() {
        unmet.push("No class is chosen. Choose the classes of this walk first.".to_owned());
    }
    if observers.is_empty() {
        unmet.push("Nobody is chosen to observe. Choose at least one observer.".to_owned());
    }
    let is_long_enough =
        |lesson: &&crate::school::Lesson| !starts(**lesson, wish.minutes).is_empty();
    if wish.days.is_empty() {
        unmet.push("No day is chosen. Choose the days of this walk.".to_owned());
    } else if around.lessons.iter().find(is_long_enough).is_none() {
        unmet.push(format!(
            "No lesson of the school is long enough for a visit of {} minutes.",
            wish.minutes
        ));
    } else if ground.times.is_empty() {
        unmet.push("The days chosen are past. Choose days to come.".to_owned());
    }
    unmet
}

/// Too few classes (R4), and classes that are no longer taught.
fn of_classes(classes: &[ClassId], slots: &[Slot], around: &Around<'_>) -> Vec<String> {
    let mut unmet = Vec::new();
    let mut all: BTreeSet<ClassId> = classes.iter().copied().collect();
    all.extend(slots.iter().map(|slot| slot.class));
    if let Err(refusal) = check_cover(all.len(), around.settings.suppression) {
        unmet.push(refusal.message().to_owned());
    }
    for class in distinct(classes).filter_map(|class| around.class(class)) {
        if !class.is_active {
            unmet.push(format!("{} is no longer taught.", class.name));
        }
    }
    unmet
}

/// Classes that found no place: those with a reason of their own, then those for which there was no room.
fn unplaced(
    wish: &Wish<'_>,
    around: &Around<'_>,
    ground: &Ground,
    places: &[Option<Place>],
    slots: &[Slot],
) -> Vec<String> {
    let mut unmet = Vec::new();
    let mut no_room: Vec<&str> = Vec::new();
    let out = ground.groups.iter().zip(places);
    for (group, _) in out.filter(|(_, place)| place.is_none()) {
        let name = around.class_name(group.class);
        if group.observers.is_empty() {
            unmet.push(format!(
                "{name}: everybody who observes works with this class. Add an observer."
            ));
        } else if !ground.has_room_in_year(group) {
            unmet.push(at_maximum(
                name,
                group.teachers.len(),
                ground,
                group,
                around,
            ));
        } else if !group.is_free.contains(&true) {
            unmet.push(format!(
                "{name} is visited on each of these days already. Add a day."
            ));
        } else {
            no_room.push(name);
        }
    }
    if !no_room.is_empty() {
        let wanted = slots.len() + places.iter().filter(|place| place.is_none()).count();
        let days: BTreeSet<NaiveDate> = ground.days.iter().copied().collect();
        let lessons: BTreeSet<_> = ground
            .times
            .iter()
            .filter_map(|time| lesson(time, around))
            .collect();
        unmet.push(format!(
            "Only {} of {} fit: {} on {} for {}. Add a day or an observer. Without a visit: {}.",
            slots.len(),
            counted(wanted, "visit"),
            counted(lessons.len(), "lesson"),
            counted(days.len(), "day"),
            counted(active_observers(wish, around).len(), "observer"),
            listed(&no_room),
        ));
    }
    unmet
}

/// The lesson a time of the plan lies in: its day, and when it starts.
fn lesson(
    time: &super::ground::Time,
    around: &Around<'_>,
) -> Option<(NaiveDate, chrono::NaiveTime)> {
    let at = time.period.starts_at;
    let lessons = around.lessons.iter();
    lessons
        .filter(|lesson| lesson.starts <= at.time())
        .map(|lesson| (at.date_naive(), lesson.starts))
        .max()
}

/// R10, without a name: who of the class has had how many is for the count of visits, not for a sentence about a class.
fn at_maximum(
    name: &str,
    teachers: usize,
    ground: &Ground,
    group: &super::ground::Group,
    around: &Around<'_>,
) -> String {
    let maximum = around.settings.yearly_maximum;
    let is_full = |teacher: &&usize| {
        (0..ground.years).all(|year| {
            let count = ground.counts.get(**teacher * ground.years + year);
            count.is_some_and(|count| *count >= maximum)
        })
    };
    let full = group.teachers.iter().filter(is_full).count();
    let who = match (teachers, full) {
        (1, _) => "its teacher has",
        (all, full) if all == full => "every teacher has",
        _ => "a teacher of it has",
    };
    format!(
        "{name}: {who} had {} this year, or has them planned, which is the most there can be. Visit it next year.",
        counted(usize::try_from(maximum).unwrap_or_default(), "visit")
    )
}

/// Visits with fewer observers than wished for.
fn lacking(wish: &Wish<'_>, slots: &[Slot]) -> Option<String> {
    let made = || slots.iter().filter(|slot| !slot.is_kept());
    let lacking = made()
        .filter(|slot| slot.observers.len() < wish.observers_each)
        .count();
    (lacking > 0).then(|| {
        format!(
            "{} of {} {} one observer instead of two: nobody else is free then.",
            lacking,
            counted(made().count(), "visit"),
            if lacking == 1 { "has" } else { "have" },
        )
    })
}

/// Days for which notice cannot be kept any more (R3), and days that are past.
fn of_days(wish: &Wish<'_>, around: &Around<'_>, ground: &Ground) -> Vec<String> {
    let mut unmet = Vec::new();
    let days: BTreeSet<NaiveDate> = wish.days.iter().copied().collect();
    let today = wish.now.date_naive();
    let past: Vec<String> = days.iter().filter(|day| **day < today).map(said).collect();
    let past: Vec<&str> = past.iter().map(String::as_str).collect();
    if !past.is_empty() && past.len() < days.len() {
        unmet.push(format!(
            "Nothing is planned on a day that is past: {}.",
            listed(&past)
        ));
    }
    let offered: BTreeSet<NaiveDate> = ground.days.iter().copied().collect();
    let opens = opens_at(wish.now, around.settings);
    let is_offered_late = ground
        .times
        .iter()
        .any(|time| time.period.starts_at >= opens);
    let soon: Vec<String> = days
        .iter()
        .filter(|day| **day >= today && **day <= opens.date_naive())
        .filter(|day| !is_offered_late || !offered.contains(day))
        .map(said)
        .collect();
    if soon.is_empty() || ground.groups.is_empty() {
        return unmet;
    }
    let soon: Vec<&str> = soon.iter().map(String::as_str).collect();
    let (stands, soon) = (days_in_words(around.settings), listed(&soon));
    let first = said(&first_open_day(opens, around));
    unmet.push(match is_offered_late {
        true => format!(
            "Notice must stand for {stands}, so nothing is planned on {soon}: visits then could not be opened. Notice given today holds from {first}."
        ),
        false => format!(
            "Notice must stand for {stands}, so visits on {soon} cannot open: choose days from {first}."
        ),
    });
    unmet
}

/// The first day on which a lesson starts when notice given now has stood for its days.
fn first_open_day(opens: DateTime<FixedOffset>, around: &Around<'_>) -> NaiveDate {
    let has_lesson = around
        .lessons
        .iter()
        .any(|lesson| lesson.starts >= opens.time());
    let day = opens.date_naive();
    match has_lesson {
        true => day,
        false => day.succ_opt().unwrap_or(day),
    }
}

/// What is not as even as it could be.
fn of_spread(wish: &Wish<'_>, around: &Around<'_>, slots: &[Slot]) -> Vec<String> {
    let mut unmet = Vec::new();
    let observers = active_observers(wish, around);
    let look = super::look(wish.walk, slots, &observers, around);
    // Somebody who was only put down by hand is not among whom the visits are shared out.
    let loads = || observers.iter().filter_map(|own| look.loads.get(own));
    let (least, most) = (loads().min(), loads().max());
    if let (Some(least), Some(most)) = (least, most)
        && most - least > 1
    {
        unmet.push(format!(
            "The visits could not be shared out evenly: from {least} to {most} for each observer."
        ));
    }
    let part = |part| look.parts.get(&part).copied().unwrap_or_default();
    let (least, most) = (look.parts.values().min(), look.parts.values().max());
    if let (Some(least), Some(most)) = (least, most)
        && most - least > UNEVEN_PARTS
    {
        unmet.push(format!(
            "The parts of lessons could not be kept even: {} of openings, {} of the main part, {} of plenaries.",
            part(Part::Opening),
            part(Part::Main),
            part(Part::Plenary),
        ));
    }
    if look.crossings > 0 {
        unmet.push(format!(
            "{} an observer crosses the building again on the same day.",
            if look.crossings == 1 {
                "Once".to_owned()
            } else {
                format!("{} times", look.crossings)
            },
        ));
    }
    unmet
}

fn distinct(classes: &[ClassId]) -> impl Iterator<Item = ClassId> {
    let mut seen = BTreeSet::new();
    let classes = classes.iter().copied();
    classes.filter(move |class| seen.insert(*class))
}

fn said(day: &NaiveDate) -> String {
    day.format("%A %-d %B").to_string()
}

/// `3 visits`, `1 visit`.
fn counted(count: usize, thing: &str) -> String {
    match whole(count) {
        1 => format!("1 {thing}"),
        count => format!("{count} {thing}s"),
    }
}

/// `a`, `a and b`, `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}
