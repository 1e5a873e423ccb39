//! What happened in the demo school, in order of time: who did what, and when. How it is done is in [`stage`](super::stage).

use alongside_domain::school::Settings;
use chrono::{DateTime, Duration, FixedOffset, NaiveDate};
use serde_json::Value;

use super::calendar::{Calendar, at, earlier, sharing, weekday_after, weekday_up_to};
use super::chance::{chance, happens};
use super::improving::{Due, OUTCOMES, Outcome, Step, TASKS, Task};
use super::people::{
    CASTELLOW, CLASSES, Group, HEAD, OYELARAN, PEOPLE, PETROSYAN, ROOMS, SALCOMBE, Someone, TABLETS,
};
use super::plan::{EARLIER, LAST_TERM, Reached, Round, Stop, rounds};
use super::ratings::{Rated, YEARS};
use super::voices;
use super::writing::{Lesson, Sheet, Shelf};

/// How often a short talk takes place straight after a visit, of a hundred.
const TALKED: u64 = 55;
/// How many say that they have read a notice, of a hundred.
const NOTICE_READ: u64 = 88;

/// Something done at some time.
pub(super) struct Entry<'a> {
    pub(super) at: DateTime<FixedOffset>,
    pub(super) deed: Deed<'a>,
}

/// Something done. Visits and rounds are known by their numbers in the [`Diary`].
pub(super) enum Deed<'a> {
    /// The head adds a person.
    Person(&'static Someone),
    /// The head adds a room: its place on the route, its name, where it is.
    Room(usize, &'static str, &'static str),
    /// The head adds a class.
    Class(&'static Group),
    /// A tablet is let in for somebody.
    Tablet(&'static str, &'static str),
    /// The head plans a walk.
    Walk(usize, &'a Round),
    /// The head plans a visit of a walk.
    Visit(usize, usize, &'a Stop),
    /// The head gives notice of a walk.
    Notice(usize),
    /// An observer's tablet brings in what was written on a visit: each field with its time.
    Observation(
        usize,
        &'static str,
        Vec<(DateTime<FixedOffset>, String, Value)>,
    ),
    /// The head shares a record, after a short talk or without one.
    Share(usize, bool),
    /// A teacher answers a section of a record, or the whole.
    Reply(usize, &'static str, Option<&'static str>, &'static str),
    /// A teacher sends the answer.
    Send(usize, &'static str),
    /// Somebody says that they have read the notice of a walk.
    Acknowledgement(usize, &'static str),
    /// Somebody opens a record.
    Read(usize, &'static str),
    /// A teacher writes for themselves after a visit: what it confirmed, what might change, and who may read it.
    Reflection(usize, &'static str, [&'static str; 2], &'static str),
    /// Somebody raises a concern, their line manager beside them.
    Concern(&'static str, &'static str),
    /// The head answers it.
    Answer(&'static str),
    /// The head has the review of a walk's term counted, and says something to it.
    Review(usize, &'static str),
    /// Somebody comments on the review.
    Comment(usize, &'static str, &'static str),
    /// The head keeps what was said when a walk was talked over.
    Debrief(usize, &'static Outcome),
    /// The head begins its report from that, and writes what is to be written.
    Draft(usize, &'static Outcome),
    /// The head publishes it, and what the walk showed where that is published too.
    Publish(usize, &'static Outcome),
    /// The head adds an action, to be done by a day.
    Action(usize, &'static Task, NaiveDate),
    /// Its owner says how far it is, or how it goes.
    Step(usize, &'static str, &'static Step),
    /// The head begins the self-evaluation of an academic year.
    SelfEvaluation(i32),
    /// A device brings in what somebody rated: the year, the place of the rater, and how many indicators.
    Rating(i32, &'static Rated, usize),
    /// The head agrees what is agreed by now, and closes what is closed.
    Agreed(i32, &'static Rated),
}

/// The walks and everything around them.
pub(super) struct Diary {
    calendar: Calendar,
    rounds: [Round; 3],
}

impl Diary {
    /// The diary of a school that is opened at the moment of `calendar`.
    pub(super) fn new(calendar: Calendar) -> Self {
        Self {
            calendar,
            rounds: rounds(calendar),
        }
    }

    /// When the school is founded: two weeks before it first hears of a walk.
    pub(super) fn founded_at(&self) -> DateTime<FixedOffset> {
        let monday = self.calendar.earlier_walk(0);
        at(weekday_up_to(earlier(monday, 24)), 15, 30)
    }

    /// Everything after the founding, in order of time.
    pub(super) fn entries(&self) -> Vec<Entry<'_>> {
        let mut entries = Vec::new();
        self.opening(&mut entries);
        let mut shelf = Shelf::default();
        let mut number = 0;
        for (walk, round) in self.rounds.iter().enumerate() {
            entries.push(Entry {
                at: round.planned_at,
                deed: Deed::Walk(walk, round),
            });
            entries.push(Entry {
                at: round.noticed_at,
                deed: Deed::Notice(walk),
            });
            read_by_staff(&mut entries, walk, round);
            for (place, stop) in (1..).zip(&round.stops) {
                let planned_at = round.planned_at + Duration::minutes(2 * place);
                entries.push(Entry {
                    at: planned_at,
                    deed: Deed::Visit(number, walk, stop),
                });
                happened(&mut entries, &mut shelf, number, round, stop);
                number += 1;
            }
        }
        self.voices(&mut entries);
        self.improving(&mut entries);
        self.self_evaluations(&mut entries);
        entries.sort_by_key(|entry| entry.at);
        entries
    }

    /// What was said after last term's walk: a reflection, a concern with its answer, and the term's review.
    fn voices(&self, entries: &mut Vec<Entry<'_>>) {
        let [last, ..] = &self.rounds;
        let mut say = |at, deed| entries.push(Entry { at, deed });
        let end = self.calendar.last_term(4);
        let own = last
            .stops
            .iter()
            .position(|stop| stop.group.teachers.contains(&CASTELLOW));
        let weeks_later = |weeks: i64| end + Duration::days(7 * weeks);
        if let Some(own) = own {
            let written = Deed::Reflection(own, CASTELLOW, voices::REFLECTION, PETROSYAN);
            say(at(weeks_later(1), 16, 10), written);
        }
        let raised = Deed::Concern(OYELARAN, voices::CONCERN);
        say(at(end, 16, 50), raised);
        say(at(weekday_after(end), 8, 5), Deed::Answer(voices::ANSWER));
        let counted = Deed::Review(LAST_TERM, voices::REVIEW);
        say(at(weeks_later(2), 15, 30), counted);
        for (place, (by, words)) in (0..).zip(
            [OYELARAN, SALCOMBE, CASTELLOW]
                .into_iter()
                .zip(voices::COMMENTS),
        ) {
            let at = at(weeks_later(2), 16, 5) + minutes(19 * place);
            say(at, Deed::Comment(LAST_TERM, by, words));
        }
    }

    /// What came of the walks that are over: talked over after the weekend, written down by its end, published a week
    /// later with the actions that follow; and how the actions have gone since.
    fn improving(&self, entries: &mut Vec<Entry<'_>>) {
        let published_on = |walk: usize| {
            let friday = match walk {
                EARLIER => self.calendar.earlier_walk(4),
                _ => self.calendar.last_term(4),
            };
            friday + Duration::days(10)
        };
        let mut say = |at, deed| entries.push(Entry { at, deed });
        for (walk, outcome) in OUTCOMES {
            let published_on = published_on(*walk);
            let talked_at = at(published_on - Duration::days(7), 15, 45);
            say(talked_at, Deed::Debrief(*walk, outcome));
            let drafted_at = at(published_on - Duration::days(4), 15, 50);
            say(drafted_at, Deed::Draft(*walk, outcome));
            say(at(published_on, 15, 40), Deed::Publish(*walk, outcome));
        }
        for (number, task) in TASKS.iter().enumerate() {
            // What came of no walk came of the self-evaluation, just now.
            let given_on = match task.walk {
                Some(walk) => published_on(walk),
                None => self.calendar.day(-1),
            };
            let due_on = match task.due {
                Due::After(days) => given_on + Duration::days(days),
                Due::InSchoolDays(days) => self.calendar.day(days),
            };
            let given_at = at(given_on, 15, 45) + Duration::minutes(4) * place(number);
            say(given_at, Deed::Action(number, task, due_on));
            for step in task.steps {
                let stepped_on = weekday_up_to(given_on + Duration::days(step.days));
                let stepped_at = at(stepped_on, 16, 5) + Duration::minutes(7) * place(number);
                say(stepped_at, Deed::Step(number, task.owner, step));
            }
        }
    }

    /// Last year's self-evaluation was made soon after the founding, this year's begun a week ago.
    fn self_evaluations(&self, entries: &mut Vec<Entry<'_>>) {
        let present = Settings::default().academic_year_of(self.calendar.day(0));
        for rated in &YEARS {
            let year = present - rated.years_ago;
            let begun_at = match rated.is_closed {
                true => self.founded_at() + Duration::hours(2),
                false => at(self.calendar.day(-6), 15, 50),
            };
            let mut say = |hours, deed| {
                let at = begun_at + Duration::hours(hours);
                entries.push(Entry { at, deed });
            };
            say(0, Deed::SelfEvaluation(year));
            for (place, hours) in (0..rated.raters.len()).zip(1..) {
                say(20 * hours, Deed::Rating(year, rated, place));
            }
            say(72, Deed::Agreed(year, rated));
        }
    }

    /// People, rooms, classes and tablets, on the afternoon of the founding.
    fn opening(&self, entries: &mut Vec<Entry<'_>>) {
        let people = PEOPLE.iter().skip(1).map(Deed::Person);
        let rooms = (1..)
            .zip(ROOMS)
            .map(|(place, (name, where_it_is))| Deed::Room(place, name, where_it_is));
        let tablets = TABLETS
            .iter()
            .map(|(name, person)| Deed::Tablet(name, person));
        let deeds = people
            .chain(rooms)
            .chain(CLASSES.iter().map(Deed::Class))
            .chain(tablets);
        let founded_at = self.founded_at();
        entries.extend((1..).zip(deeds).map(|(place, deed)| Entry {
            at: founded_at + Duration::seconds(30 * place),
            deed,
        }));
    }
}

/// Who says when that they have read a notice: most of the staff, the head being its writer.
fn read_by_staff<'a>(entries: &mut Vec<Entry<'a>>, walk: usize, round: &Round) {
    let about = u64::try_from(walk).unwrap_or_default();
    for (place, someone) in (1..).zip(PEOPLE.iter().skip(1)) {
        if happens(NOTICE_READ, &[about, place]) || someone.name == CASTELLOW {
            entries.push(Entry {
                at: round.noticed_at + minutes(4 + chance(&[about, place, 1]) % (3 * 24 * 60)),
                deed: Deed::Acknowledgement(walk, someone.name),
            });
        }
    }
}

/// What came of a visit: its observations, its sharing and its answer, as far as it has come.
fn happened<'a>(
    entries: &mut Vec<Entry<'a>>,
    shelf: &mut Shelf,
    visit: usize,
    round: &'a Round,
    stop: &'a Stop,
) {
    if stop.reached < Reached::Finished {
        return;
    }
    let number = u64::try_from(visit).unwrap_or_default();
    let lesson = Lesson {
        number,
        round,
        stop,
    };
    let mut sheets = Vec::new();
    for (place, observer) in (0..).zip(stop.observers) {
        let sheet = lesson.sheet(place, shelf);
        let written = timed(number, place, stop.starts_at, &sheet);
        if let Some((finished_at, ..)) = written.last() {
            let brought_at = *finished_at + Duration::seconds(20);
            entries.push(Entry {
                at: brought_at,
                deed: Deed::Observation(visit, observer, written),
            });
        }
        sheets.push(sheet);
    }
    let shared_at = sharing(stop.starts_at.date_naive()) + minutes(2 * (number % 4));
    if stop.reached >= Reached::Shared {
        let talked = happens(TALKED, &[number]);
        entries.push(Entry {
            at: shared_at,
            deed: Deed::Share(visit, talked),
        });
    }
    if stop.reached >= Reached::Answered
        && let Some(teacher) = stop.group.teachers.first()
    {
        let begun_at =
            at(weekday_after(shared_at.date_naive()), 15, 40) + minutes(7 * (number % 5));
        entries.push(Entry {
            at: begun_at - minutes(6),
            deed: Deed::Read(visit, teacher),
        });
        let mut now = begun_at;
        for (section, text) in lesson.reply(&sheets, shelf) {
            entries.push(Entry {
                at: now,
                deed: Deed::Reply(visit, teacher, section, text),
            });
            now += Duration::seconds(95);
        }
        entries.push(Entry {
            at: now,
            deed: Deed::Send(visit, teacher),
        });
        entries.push(Entry {
            at: now + minutes(20 + number % 4),
            deed: Deed::Read(visit, HEAD),
        });
    }
}

fn place(number: usize) -> i32 {
    i32::try_from(number).unwrap_or_default()
}

fn minutes(count: u64) -> Duration {
    Duration::minutes(i64::try_from(count).unwrap_or_default())
}

/// Spreads what was written over the visit, its start first and its end last.
fn timed(
    number: u64,
    observer: u64,
    planned: DateTime<FixedOffset>,
    sheet: &Sheet,
) -> Vec<(DateTime<FixedOffset>, String, Value)> {
    let seconds = |from: i64, spread: u64, salt: u64| {
        let more = chance(&[number, observer, salt]) % spread;
        Duration::seconds(from + i64::try_from(more).unwrap_or_default())
    };
    let started_at = planned + seconds(5, 75, 1);
    let finished_at = started_at + seconds(16 * 60, 180, 2);
    let count = i32::try_from(sheet.fields.len()).unwrap_or(i32::MAX);
    let step = (finished_at - started_at) / (count + 1);
    let mut written = vec![(started_at, "started_at".to_owned(), Value::Null)];
    let mut now = started_at;
    for (name, value) in &sheet.fields {
        now += step;
        written.push((now, name.clone(), value.clone()));
    }
    written.push((finished_at, "finished_at".to_owned(), Value::Null));
    written
}
