//! The three walks of the demo school: two that are finished, and this term's, under way.

use alongside_domain::visit::Part;
use chrono::{DateTime, Datelike, FixedOffset};

use super::calendar::{Calendar, Term, at, earlier, weekday_up_to};
use super::improving::{CHECKING, COUNT_OF_TEN};
use super::people::{
    ADEYEMI, ARKWELL, Group, HOLT, LINDQVIST, MADUKA, PETROSYAN, RAHMANI, SALCOMBE, TREGENZA,
    class_named,
};
use super::tendency::Tide;
use super::words::{
    OVERALL_COMMUNICATION, OVERALL_INDEPENDENCE, OVERALL_TIME, Subject, subject_named,
};

/// How long a visit is planned for, in minutes.
pub(super) const MINUTES: i64 = 20;

/// Last term's walk, by its place in [`rounds`]; this term's is between the two.
pub(super) const LAST_TERM: usize = 0;
/// The one before last term's.
pub(super) const EARLIER: usize = 2;

/// A walk as it is planned.
pub(super) struct Round {
    pub(super) name: String,
    pub(super) term: Term,
    pub(super) focus: &'static str,
    pub(super) purpose: &'static str,
    /// When leaders plan it.
    pub(super) planned_at: DateTime<FixedOffset>,
    /// When staff hear of it.
    pub(super) noticed_at: DateTime<FixedOffset>,
    /// The action it follows up, by its number in [`improving`](super::improving).
    pub(super) follows: Option<usize>,
    /// What observers say on the whole.
    pub(super) overall: &'static [&'static str],
    /// How often things are seen: by then.
    pub(super) tide: Tide,
    pub(super) stops: Vec<Stop>,
}

/// How far a visit has come when the demo begins. Each includes the ones before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reached {
    Noticed,
    Finished,
    Shared,
    Answered,
}

use Reached::{Answered, Finished, Noticed, Shared};

/// A visit as it is planned.
pub(super) struct Stop {
    pub(super) group: &'static Group,
    pub(super) subject: &'static Subject,
    pub(super) starts_at: DateTime<FixedOffset>,
    pub(super) part: Part,
    pub(super) observers: &'static [&'static str],
    pub(super) reached: Reached,
}

/// Class, day, hour and minute, subject, part, observers, how far.
type Row = (
    &'static str,
    i32,
    (u32, u32),
    &'static str,
    Part,
    &'static [&'static str],
    Reached,
);

use Part::{Main, Opening, Plenary};

/// The week of the walk before; the day counts from its Monday.
#[rustfmt::skip]
const BEFORE: &[Row] = &[
    ("Robin class", 0, (9, 20), "Maths", Opening, &[HOLT, ADEYEMI], Answered),
    ("Kestrel class", 0, (10, 0), "History", Main, &[PETROSYAN], Answered),
    ("Maple class", 0, (11, 10), "Independent living", Main, &[LINDQVIST, ARKWELL], Shared),
    ("Wren class", 1, (9, 20), "Phonics", Opening, &[HOLT], Answered),
    ("Osprey class", 1, (10, 5), "Geography", Main, &[PETROSYAN, ADEYEMI], Answered),
    ("Alder class", 1, (13, 40), "Work skills", Plenary, &[LINDQVIST], Answered),
    ("Swift class", 2, (9, 30), "English", Main, &[HOLT, TREGENZA], Answered),
    ("Kite class", 2, (10, 50), "Food technology", Plenary, &[PETROSYAN], Shared),
    ("Rowan class", 2, (13, 35), "Travel training", Main, &[LINDQVIST, RAHMANI], Answered),
    ("Heron class", 3, (9, 15), "Maths", Opening, &[PETROSYAN, ADEYEMI], Answered),
    ("Goldfinch class", 3, (11, 0), "Art", Main, &[HOLT], Shared),
    ("Willow class", 3, (13, 40), "Food technology", Plenary, &[LINDQVIST, MADUKA], Answered),
    ("Owl class", 4, (9, 20), "Computing", Opening, &[PETROSYAN], Answered),
    ("Hazel class", 4, (10, 45), "Independent living", Main, &[HOLT, ADEYEMI], Answered),
    ("Merlin class", 4, (13, 25), "Music", Main, &[LINDQVIST, ARKWELL], Shared),
];

/// Last term's week; the day counts from its Monday.
#[rustfmt::skip]
const LAST: &[Row] = &[
    ("Wren class", 0, (9, 20), "Phonics", Opening, &[HOLT, ADEYEMI], Answered),
    ("Swift class", 0, (10, 0), "English", Main, &[PETROSYAN], Answered),
    ("Alder class", 0, (11, 10), "Work skills", Main, &[LINDQVIST, ARKWELL], Answered),
    ("Robin class", 1, (9, 20), "Maths", Opening, &[HOLT, RAHMANI], Answered),
    ("Heron class", 1, (10, 5), "Science", Main, &[PETROSYAN, ADEYEMI], Answered),
    ("Rowan class", 1, (13, 40), "Travel training", Plenary, &[LINDQVIST, MADUKA], Shared),
    ("Goldfinch class", 2, (9, 30), "Art", Main, &[HOLT, TREGENZA], Answered),
    ("Merlin class", 2, (10, 50), "History", Plenary, &[PETROSYAN, ARKWELL], Answered),
    ("Maple class", 2, (13, 35), "Independent living", Main, &[LINDQVIST], Answered),
    ("Kestrel class", 3, (9, 15), "English", Opening, &[PETROSYAN, ADEYEMI], Answered),
    ("Kite class", 3, (11, 0), "Food technology", Main, &[HOLT, MADUKA], Answered),
    ("Osprey class", 3, (13, 40), "Music", Plenary, &[LINDQVIST, SALCOMBE], Answered),
    ("Owl class", 4, (9, 20), "PSHE", Opening, &[PETROSYAN, RAHMANI], Shared),
    ("Hazel class", 4, (10, 45), "Travel training", Main, &[HOLT, ADEYEMI], Answered),
    ("Willow class", 4, (13, 25), "Food technology", Main, &[LINDQVIST, ARKWELL], Answered),
];

/// This term's visits; the day counts in school days from today. Today's are in order of the route.
#[rustfmt::skip]
const THIS: &[Row] = &[
    ("Goldfinch class", -5, (9, 25), "Maths", Opening, &[ADEYEMI, PETROSYAN], Answered),
    ("Osprey class", -5, (10, 50), "Geography", Main, &[HOLT, ARKWELL], Answered),
    ("Kestrel class", -4, (11, 0), "Maths", Main, &[ADEYEMI, HOLT], Shared),
    ("Maple class", -4, (13, 35), "Work skills", Plenary, &[MADUKA], Answered),
    ("Owl class", -3, (10, 45), "Computing", Main, &[PETROSYAN, MADUKA], Finished),
    ("Robin class", -2, (9, 20), "Phonics", Opening, &[HOLT, RAHMANI], Shared),
    ("Kestrel class", 0, (9, 30), "Science", Main, &[ADEYEMI, ARKWELL], Noticed),
    ("Heron class", 0, (10, 15), "English", Opening, &[ADEYEMI, HOLT], Noticed),
    ("Rowan class", 0, (10, 25), "Travel training", Main, &[PETROSYAN, RAHMANI], Noticed),
    ("Kite class", 0, (11, 35), "Food technology", Plenary, &[ADEYEMI, MADUKA], Noticed),
    ("Alder class", 0, (13, 20), "Work skills", Main, &[ADEYEMI, LINDQVIST], Noticed),
    ("Swift class", 1, (9, 25), "History", Main, &[ADEYEMI, HOLT], Noticed),
    ("Hazel class", 1, (11, 35), "Independent living", Plenary, &[PETROSYAN, MADUKA], Noticed),
    ("Wren class", 2, (9, 20), "Music", Opening, &[HOLT, SALCOMBE], Noticed),
    ("Willow class", 2, (11, 35), "Work skills", Main, &[LINDQVIST, RAHMANI], Noticed),
];

/// The visit that has just been made, its record not shared yet: this morning, or on the last school day where it is
/// too early for that.
#[rustfmt::skip]
const JUST_MADE: [Row; 2] = [
    ("Merlin class", 0, (9, 5), "Art", Plenary, &[LINDQVIST, MADUKA], Finished),
    ("Merlin class", -1, (13, 50), "Art", Plenary, &[LINDQVIST, MADUKA], Finished),
];

/// The walks. The earliest stands last: what is read most is written first, while every sentence is fresh.
pub(super) fn rounds(calendar: Calendar) -> [Round; 3] {
    let first_day = |day: i32| calendar.earlier_walk(u64::from(day.unsigned_abs()));
    let first_notice = earlier(first_day(0), 10);
    let last_day = |day: i32| calendar.last_term(u64::from(day.unsigned_abs()));
    let last_notice = earlier(last_day(0), 10);
    let [this_morning, day_before] = JUST_MADE;
    let just_made = if calendar.has_first_visit_ended() {
        this_morning
    } else {
        day_before
    };
    let this_notice = weekday_up_to(earlier(calendar.day(-5), 9));
    let term = calendar.term();
    let earliest = calendar.earlier_term();
    [
        Round {
            name: term.before().walk().into(),
            term: term.before(),
            focus: "Pupils’ communication",
            purpose: "Pupils use their communication aids most at the start of a lesson. We want to see what helps them to be heard all the way through, so that every class can use it.",
            planned_at: at(weekday_up_to(earlier(last_notice, 2)), 16, 5),
            noticed_at: at(last_notice, 15, 45),
            follows: Some(COUNT_OF_TEN),
            overall: OVERALL_COMMUNICATION,
            tide: Tide::LastTerm,
            stops: LAST.iter().filter_map(|row| stop(row, last_day)).collect(),
        },
        Round {
            name: term.walk().into(),
            term,
            focus: "Pupils’ independence",
            purpose: "The school council told us that pupils want to do more by themselves. We look for what already lets them start, choose and check their own work, so that we can share it.",
            planned_at: at(weekday_up_to(earlier(this_notice, 3)), 16, 5),
            noticed_at: at(this_notice, 15, 45),
            follows: Some(CHECKING),
            overall: OVERALL_INDEPENDENCE,
            tide: Tide::ThisTerm,
            stops: THIS
                .iter()
                .chain([&just_made])
                .filter_map(|row| stop(row, |day| calendar.day(day)))
                .collect(),
        },
        Round {
            // A year apart, two walks would have the same name.
            name: if earliest == term {
                format!("{} {}", earliest.walk(), first_day(0).year())
            } else {
                earliest.walk().into()
            },
            term: earliest,
            focus: "Time to think and answer",
            purpose: "Families tell us that their children need longer than we think. We want to see where pupils get the time they need, and what adults do while they wait.",
            planned_at: at(weekday_up_to(earlier(first_notice, 2)), 16, 5),
            noticed_at: at(first_notice, 15, 45),
            follows: None,
            overall: OVERALL_TIME,
            tide: Tide::Earlier,
            stops: BEFORE
                .iter()
                .filter_map(|row| stop(row, first_day))
                .collect(),
        },
    ]
}

fn stop(row: &Row, day_of: impl Fn(i32) -> chrono::NaiveDate) -> Option<Stop> {
    let (class, day, (hour, minute), subject, part, observers, reached) = *row;
    Some(Stop {
        group: class_named(class)?,
        subject: subject_named(subject)?,
        starts_at: at(day_of(day), hour, minute),
        part,
        observers,
        reached,
    })
}
