//! A notice: the announcement of a walk's visits to all staff, and since when it stands (R2, R3).

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, FixedOffset, NaiveDateTime, Utc};

use crate::field::{ARRIVED_AT, Declared, Shape};
use crate::school::Settings;
use crate::visit::Visit;
use crate::walk::Walk;
use crate::{ClassId, PersonId, Record, VisitId, WalkId};

/// What is declared of a notice's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("walk", Shape::Id),
    ("given_at", Shape::Moment),
    (ARRIVED_AT, Shape::Time),
    ("focus", Shape::Name),
    ("visits.*", Shape::Text),
];

/// A notice, read from its record: what it announced, word for word enough to see whether that still holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Of which walk.
    pub walk: WalkId,
    /// Since when it counts, on the hub's time: when it was given, or when it came to the hub, where that says so. Before
    /// that no staff could read it (R3).
    pub given_at: DateTime<FixedOffset>,
    /// Whether it waits on this device for the hub, so that its days have not begun. Never set where the school's records
    /// are kept.
    pub is_waiting: bool,
    /// The focus it announced.
    pub focus: String,
    /// What it announced of each visit (see [`announced`]).
    pub visits: BTreeMap<VisitId, String>,
}

impl Notice {
    /// Reads a notice; `None` while it does not say of what and when.
    pub fn read(record: &Record) -> Option<Self> {
        Some(Self {
            walk: record.id("walk")?,
            given_at: record.time_of_arrival("given_at")?,
            is_waiting: false,
            focus: record.text("focus").to_owned(),
            visits: record
                .parts("visits")
                .filter_map(|(id, field)| {
                    Some((id.parse().ok()?, field.value.as_str()?.to_owned()))
                })
                .collect(),
        })
    }

    fn holds_for(&self, visit: &Visit, walk: &Walk) -> bool {
        self.focus == walk.focus && self.visits.get(&visit.id) == Some(&announced(visit))
    }
}

/// What a notice says of a visit: its class, date, time and observers. When any of them changes, the notice no longer
/// holds for it (R3).
pub fn announced(visit: &Visit) -> String {
    let mut observers: Vec<String> = visit.observers.iter().map(ToString::to_string).collect();
    observers.sort_unstable();
    format!(
        "{} {} {}",
        visit.starts_at.to_utc().format("%Y-%m-%dT%H:%MZ"),
        visit.class,
        observers.join(",")
    )
}

/// What a notice announced of one visit, read back from its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// When, to the minute.
    pub starts_at: DateTime<Utc>,
    /// To which class.
    pub class: ClassId,
    /// By whom.
    pub observers: Vec<PersonId>,
}

impl Announced {
    /// Reads what [`announced`] wrote; `None` for any other text.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let starts_at = NaiveDateTime::parse_from_str(parts.next()?, "%Y-%m-%dT%H:%MZ").ok()?;
        let class = parts.next()?.parse().ok()?;
        let observers = parts.next().unwrap_or_default();
        Some(Self {
            starts_at: starts_at.and_utc(),
            class,
            observers: observers
                .split(',')
                .filter_map(|observer| observer.parse().ok())
                .collect(),
        })
    }
}

/// One thing that changed about a visit since a notice announced it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was not announced before.
    Added,
    /// Its class, date or time.
    Moved,
    /// Who visits.
    Observers,
    /// The focus of the walk.
    Focus,
    /// It was called off.
    CalledOff,
}

/// What changed about a visit since the latest notice that announced it; nothing where none did (R3).
pub fn changes(visit: &Visit, walk: &Walk, notices: &[Notice]) -> Vec<Change> {
    let latest = notices
        .iter()
        .filter(|notice| notice.walk == walk.id)
        .max_by_key(|notice| notice.given_at);
    let Some(latest) = latest else {
        return Vec::new();
    };
    let Some(before) = latest.visits.get(&visit.id) else {
        return if visit.starts_at > latest.given_at && !visit.is_cancelled {
            vec![Change::Added]
        } else {
            Vec::new()
        };
    };
    let mut changes = Vec::new();
    if visit.is_cancelled {
        changes.push(Change::CalledOff);
    }
    changes.extend(differences(before, &announced(visit)));
    if latest.focus != walk.focus {
        changes.push(Change::Focus);
    }
    changes
}

/// In what two announcements of one visit differ.
fn differences(before: &str, now: &str) -> Vec<Change> {
    let part = |text: &str, place: usize| text.split(' ').nth(place).map(str::to_owned);
    let mut changes = Vec::new();
    if part(before, 0) != part(now, 0) || part(before, 1) != part(now, 1) {
        changes.push(Change::Moved);
    }
    if part(before, 2) != part(now, 2) {
        changes.push(Change::Observers);
    }
    changes
}

/// What a later notice of a walk changed about each visit that it or the one before announced. A visit that had begun
/// by the later notice is not called off by being left out of it. The focus is not among these.
pub fn changes_between(before: &Notice, after: &Notice) -> BTreeMap<VisitId, Vec<Change>> {
    let mut changes = BTreeMap::new();
    for (visit, now) in &after.visits {
        let of_visit = match before.visits.get(visit) {
            Some(text) => differences(text, now),
            None => vec![Change::Added],
        };
        changes.insert(*visit, of_visit);
    }
    for (visit, text) in &before.visits {
        let was_to_come = Announced::read(text).is_some_and(|was| was.starts_at > after.given_at);
        if was_to_come && !after.visits.contains_key(visit) {
            changes.insert(*visit, vec![Change::CalledOff]);
        }
    }
    changes.retain(|_, of_visit| !of_visit.is_empty());
    changes
}

/// What is told to those a visit concerns: in what its plan differs from the last notice that announced it otherwise,
/// with what that notice said. Nothing for a visit that was never announced in another way.
pub fn last_change(
    visit: &Visit,
    walk: &Walk,
    notices: &[Notice],
) -> (Vec<Change>, Option<Announced>) {
    let now = announced(visit);
    let before = notices
        .iter()
        .filter(|notice| notice.walk == walk.id)
        .filter_map(|notice| Some((notice.given_at, notice.visits.get(&visit.id)?)))
        .filter(|(_, text)| **text != now)
        .max_by_key(|(given_at, _)| *given_at);
    let mut changes = Vec::new();
    if visit.is_cancelled {
        changes.push(Change::CalledOff);
    }
    if let Some((_, text)) = before {
        changes.extend(differences(text, &now));
    }
    (changes, before.and_then(|(_, text)| Announced::read(text)))
}

/// How the names and times of an announcement are said.
pub struct Wording<'a> {
    /// A person's name.
    pub person: &'a dyn Fn(PersonId) -> String,
    /// A class's name.
    pub class: &'a dyn Fn(ClassId) -> String,
    /// The school's own offset.
    pub offset: FixedOffset,
}

impl Wording<'_> {
    fn time(&self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(&self.offset);
        local.format("%a %-d %b, %H:%M").to_string()
    }

    fn people(&self, people: &[PersonId]) -> String {
        let mut names: Vec<String> = people.iter().map(|person| (self.person)(*person)).collect();
        names.sort();
        match names.as_slice() {
            [] => "nobody yet".to_owned(),
            names => names.join(" and "),
        }
    }

    /// One sentence for each change of a visit's announcement; the focus is told once, by [`focus_changed`].
    pub fn sentences(
        &self,
        changes: &[Change],
        before: Option<&Announced>,
        now: &Announced,
    ) -> Vec<String> {
        let class = (self.class)(now.class);
        let was = before.unwrap_or(now);
        changes
            .iter()
            .filter_map(|change| match change {
                Change::Added => Some(format!(
                    "A visit to {class} was added: {}",
                    self.time(now.starts_at)
                )),
                Change::Moved if was.class != now.class => Some(format!(
                    "{class} is visited instead of {}: {} (it was {})",
                    (self.class)(was.class),
                    self.time(now.starts_at),
                    self.time(was.starts_at)
                )),
                Change::Moved => Some(format!(
                    "{class} moved to {} (it was {})",
                    self.time(now.starts_at),
                    self.time(was.starts_at)
                )),
                Change::Observers => Some(format!(
                    "{class} is visited by {} (it was {})",
                    self.people(&now.observers),
                    self.people(&was.observers)
                )),
                Change::CalledOff => Some(format!(
                    "The visit to {} on {} was called off",
                    (self.class)(was.class),
                    self.time(was.starts_at)
                )),
                Change::Focus => None,
            })
            .collect()
    }
}

/// The sentence for a focus that is another than a notice said, if it is.
pub fn focus_changed(before: &str, now: &str) -> Option<String> {
    (before != now).then(|| format!("The focus is now “{now}” (it was “{before}”)"))
}

/// Since when a visit has stood announced as it is planned now: the oldest of the latest notices that all hold for it.
pub fn stands_since<'a>(
    visit: &Visit,
    walk: &Walk,
    notices: impl IntoIterator<Item = &'a Notice>,
) -> Option<DateTime<FixedOffset>> {
    let mut of_walk: Vec<&Notice> = notices
        .into_iter()
        .filter(|notice| notice.walk == walk.id && notice.visits.contains_key(&visit.id))
        .collect();
    of_walk.sort_by_key(|notice| std::cmp::Reverse(notice.given_at));
    of_walk
        .into_iter()
        .take_while(|notice| notice.holds_for(visit, walk))
        .last()
        .map(|notice| notice.given_at)
}

/// The same, counting only what has reached the hub: the days of a notice that waits on this device have not begun (R3).
pub fn counts_since(
    visit: &Visit,
    walk: &Walk,
    notices: &[Notice],
) -> Option<DateTime<FixedOffset>> {
    stands_since(
        visit,
        walk,
        notices.iter().filter(|notice| !notice.is_waiting),
    )
}

/// What is wrong with the day of a visit to come, where notice cannot have stood for its days by then (R3): of the notice
/// that announced it as it is planned, or of one that would be given `now`.
pub fn comes_too_early(
    visit: &Visit,
    walk: &Walk,
    notices: &[Notice],
    now: DateTime<FixedOffset>,
    settings: &Settings,
) -> Option<String> {
    let since = counts_since(visit, walk, notices);
    let opens = opens_at(since.unwrap_or(now), settings);
    if visit.starts_at <= now || visit.starts_at >= opens {
        return None;
    }
    let opens = opens.with_timezone(visit.starts_at.offset());
    let days = days_in_words(settings);
    let (day, time) = (opens.format("%a %-d %b"), opens.format("%H:%M"));
    Some(match since {
        Some(since) => format!(
            "Notice of this visit counts from {} and must stand for {days}, so it cannot be opened before {day}, {time}. Move it, and give notice again.",
            since
                .with_timezone(visit.starts_at.offset())
                .format("%a %-d %b")
        ),
        None => format!(
            "Notice must stand for {days}, so this visit cannot be opened as it is planned here. Given now, notice holds from {day}, {time}."
        ),
    })
}

/// From when visits can be opened that a notice announced at some moment.
pub fn opens_at(since: DateTime<FixedOffset>, settings: &Settings) -> DateTime<FixedOffset> {
    since + Duration::days(settings.notice_days)
}

/// For how long notice must stand, in words.
pub(crate) fn days_in_words(settings: &Settings) -> String {
    match settings.notice_days {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::visit::Part;

    fn at(text: &str) -> DateTime<FixedOffset> {
        DateTime::parse_from_rfc3339(text).unwrap()
    }

    fn visit(starts_at: &str) -> Visit {
        Visit {
            id: VisitId::from_uuid(Uuid::from_u128(100)),
            walk: WalkId::from_uuid(Uuid::from_u128(200)),
            class: ClassId::from_uuid(Uuid::from_u128(300)),
            starts_at: at(starts_at),
            minutes: 20,
            observers: vec![PersonId::from_uuid(Uuid::from_u128(31))],
            subject: String::new(),
            part: Part::Main,
            is_cancelled: false,
            crowded: Vec::new(),
            taught_by: Vec::new(),
        }
    }

    fn notice(given_at: &str, visits: &[&Visit]) -> Notice {
        Notice {
            walk: WalkId::from_uuid(Uuid::from_u128(200)),
            given_at: at(given_at),
            is_waiting: false,
            focus: "Talk for learning".into(),
            visits: visits.iter().map(|v| (v.id, announced(v))).collect(),
        }
    }

    fn walk() -> Walk {
        let id = WalkId::from_uuid(Uuid::from_u128(200));
        let mut walk = Walk::read(&Record::new(id, crate::Kind::Walk));
        walk.focus = "Talk for learning".into();
        walk
    }

    fn told(changes: &[Change], before: Option<&Announced>, now: &Visit) -> Vec<String> {
        let wording = Wording {
            person: &|person| format!("P{}", person.uuid().as_u128()),
            class: &|_| "Kestrel".into(),
            offset: at("2026-11-01T00:00:00+01:00").offset().to_owned(),
        };
        wording.sentences(changes, before, &Announced::read(&announced(now)).unwrap())
    }

    #[test]
    fn what_a_notice_announced_is_read_back_from_its_words() {
        let visit = visit("2026-11-24T09:30:00+01:00");
        let read = Announced::read(&announced(&visit)).unwrap();
        assert_eq!(read.starts_at, visit.starts_at.to_utc());
        assert_eq!((read.class, read.observers), (visit.class, visit.observers));
        assert_eq!(Announced::read("soon"), None);
    }

    #[test]
    fn a_visit_that_moved_is_told_with_its_former_time_before_and_after_the_new_notice() {
        let (was, now) = (
            visit("2026-11-24T09:30:00+01:00"),
            visit("2026-11-25T10:00:00+01:00"),
        );
        let sentence = ["Kestrel moved to Wed 25 Nov, 10:00 (it was Tue 24 Nov, 09:30)"];
        let mut notices = vec![notice("2026-11-10T08:00:00Z", &[&was])];
        let (changes, before) = last_change(&now, &walk(), &notices);
        assert_eq!(told(&changes, before.as_ref(), &now), sentence);
        notices.push(notice("2026-11-12T08:00:00Z", &[&now]));
        let (changes, before) = last_change(&now, &walk(), &notices);
        assert_eq!(told(&changes, before.as_ref(), &now), sentence);
        let between = changes_between(&notices[0], &notices[1]);
        assert_eq!(between[&now.id], [Change::Moved]);
    }

    #[test]
    fn a_visit_left_out_of_the_next_notice_was_called_off_only_if_it_was_still_to_come() {
        let made = visit("2026-11-24T09:30:00+01:00");
        let first = notice("2026-11-10T08:00:00Z", &[&made]);
        let early = notice("2026-11-12T08:00:00Z", &[]);
        let late = notice("2026-11-24T12:00:00Z", &[]);
        assert_eq!(
            changes_between(&first, &early)[&made.id],
            [Change::CalledOff]
        );
        assert!(changes_between(&first, &late).is_empty());
    }
}
