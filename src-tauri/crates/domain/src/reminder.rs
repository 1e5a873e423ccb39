//! What a device tells its person by itself, in what words and when: a record is to be shared (R12), something is there
//! to read. Each thing is told once. No name, no class and nothing that anybody wrote is ever in it, since it can stand on
//! a lock screen; and while a visit is under way nothing is told (R5).
//!
//! Pure: what waits and what was told before come in, sentences and the next moment come out. Who may know of what is
//! found in `api`; how a device shows a sentence is its own affair.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, FixedOffset, SubsecRound as _, Utc};

use crate::{NoticeId, VisitId};

/// How long before the limit of sharing a record is spoken of again.
const NEAR_LIMIT: Duration = Duration::hours(3);
/// The shortest time between two sentences about the same kind of thing: a round of visits reaches its clocks one after
/// the other, and nobody wants a sound for each.
const PAUSE: Duration = Duration::minutes(60);
/// How many moments to come are foretold at the most.
const FORETOLD: usize = 8;

/// What waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// A record that this person can share.
    ToShare {
        /// Of which visit.
        visit: VisitId,
        /// When the target of sharing is reached.
        due_at: DateTime<FixedOffset>,
        /// When its limit is.
        limit_at: DateTime<FixedOffset>,
    },
    /// A record of this person's class that was shared and that they have not opened.
    Record(VisitId),
    /// A notice that this person has not said they read.
    Notice(NoticeId),
}

/// How far the clock of a record has got that is to be shared. Each is told once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reached {
    Target,
    NearLimit,
    Limit,
}

impl Reached {
    const ALL: [Self; 3] = [Self::Target, Self::NearLimit, Self::Limit];

    fn word(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::NearLimit => "near",
            Self::Limit => "limit",
        }
    }

    fn at(self, due: DateTime<FixedOffset>, limit: DateTime<FixedOffset>) -> DateTime<FixedOffset> {
        match self {
            Self::Target => due.min(limit),
            Self::NearLimit => (limit - NEAR_LIMIT).max(due).min(limit),
            Self::Limit => limit,
        }
    }
}

/// What was told, and when, so that nothing is told twice: not after a restart either. What no longer waits is forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told(BTreeMap<String, DateTime<Utc>>);

/// Under what it is kept when somebody was last told to share, and to read.
const SHARE: &str = "share";
const READ: &str = "read";

impl Told {
    /// Reads what [`written`](Self::written) gave. Words that are none are passed over: the worst is a thing told twice.
    pub fn read(text: &str) -> Self {
        let line = |line: &str| {
            let (key, at) = line.split_once(' ')?;
            let at = DateTime::<Utc>::from_timestamp(at.parse().ok()?, 0)?;
            Some((key.to_owned(), at))
        };
        Self(text.lines().filter_map(line).collect())
    }

    /// As text to keep: a line each.
    pub fn written(&self) -> String {
        let line = |(key, at): (&String, &DateTime<Utc>)| format!("{key} {}\n", at.timestamp());
        self.0.iter().map(line).collect()
    }

    /// The same without what was foretold for after `now` and did not come about.
    #[must_use]
    pub fn until(mut self, now: DateTime<FixedOffset>) -> Self {
        self.0.retain(|_, at| *at <= now);
        self
    }

    /// When somebody may next be told of this kind.
    fn free_at(&self, kind: &str) -> Option<DateTime<Utc>> {
        self.0.get(kind).map(|last| *last + PAUSE)
    }
}

/// What is told at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Telling {
    /// The sentences to show, none twice.
    pub sentences: Vec<String>,
    /// What has been told once they are shown.
    pub told: Told,
    /// When there is something to tell next, unless something changes before.
    pub next_at: Option<DateTime<FixedOffset>>,
}

/// What is told at `now` of what waits. Until `silent_until` nothing is: a visit is under way on this device (R5).
pub fn telling(
    waiting: &[Waiting],
    told: &Told,
    now: DateTime<FixedOffset>,
    silent_until: Option<DateTime<FixedOffset>>,
) -> Telling {
    let mut kept = Told::default();
    for kind in [SHARE, READ] {
        kept.0
            .extend(told.0.get(kind).map(|at| (kind.to_owned(), *at)));
    }
    let (mut next, mut new_shares, mut new_reads) = (Vec::new(), Vec::new(), Vec::new());
    let mut open = Vec::new();
    for one in waiting {
        match one {
            Waiting::ToShare {
                visit,
                due_at,
                limit_at,
            } => {
                for reached in Reached::ALL {
                    let (at, key) = (
                        reached.at(*due_at, *limit_at),
                        format!("{visit}:{}", reached.word()),
                    );
                    if at > now {
                        next.push(at);
                        break;
                    }
                    match told.0.get(&key) {
                        Some(at) => drop(kept.0.insert(key, *at)),
                        None => new_shares.push((key, reached)),
                    }
                }
                if *due_at <= now {
                    open.push(*limit_at);
                }
            }
            Waiting::Record(visit) => new_reads.push(visit.to_string()),
            Waiting::Notice(notice) => new_reads.push(notice.to_string()),
        }
    }
    new_reads.retain(|key| match told.0.get(key) {
        Some(at) => {
            kept.0.insert(key.clone(), *at);
            false
        }
        None => true,
    });

    let mut telling = Telling::default();
    let silent_until = silent_until.filter(|until| *until > now);
    let held_until = |kind: &str| {
        let paused = told.free_at(kind).filter(|free| *free > now);
        let paused = paused.map(|free| free.with_timezone(now.offset()));
        silent_until.into_iter().chain(paused).max()
    };
    if !new_shares.is_empty() {
        match held_until(SHARE) {
            Some(until) => next.push(until),
            None => {
                telling.sentences.push(to_share(&new_shares, &open, now));
                let keys = new_shares.into_iter().map(|(key, _)| key);
                kept.0.extend(
                    keys.chain([SHARE.into()])
                        .map(|key| (key, now.to_utc().trunc_subsecs(0))),
                );
            }
        }
    }
    if !new_reads.is_empty() {
        match held_until(READ) {
            Some(until) => next.push(until),
            None => {
                telling
                    .sentences
                    .push("There is something new to read in Alongside.".to_owned());
                kept.0.extend(
                    new_reads
                        .into_iter()
                        .chain([READ.into()])
                        .map(|key| (key, now.to_utc().trunc_subsecs(0))),
                );
            }
        }
    }
    telling.told = kept;
    telling.next_at = next.into_iter().min();
    telling
}

/// What will be told while nobody looks and nothing changes, moment by moment: for a device whose programs sleep when
/// they are out of sight. `told` is carried on with what was foretold, at the moments it is for.
pub fn foretelling(
    waiting: &[Waiting],
    now: Telling,
    silent_until: Option<DateTime<FixedOffset>>,
) -> (Vec<(DateTime<FixedOffset>, String)>, Told) {
    let (mut ahead, mut last) = (Vec::new(), now);
    while let Some(at) = last.next_at {
        let next = telling(waiting, &last.told, at, silent_until);
        // A moment at which something is held back anew is not one to wake for.
        if ahead.len() >= FORETOLD || next.next_at == Some(at) {
            break;
        }
        ahead.extend(next.sentences.iter().map(|sentence| (at, sentence.clone())));
        last = next;
    }
    (ahead, last.told)
}

fn to_share(
    new: &[(String, Reached)],
    limits: &[DateTime<FixedOffset>],
    now: DateTime<FixedOffset>,
) -> String {
    let late = limits.iter().filter(|limit| **limit <= now).count();
    if new.iter().any(|(_, reached)| *reached == Reached::Limit) {
        return match late {
            1 => "The time to share a record has passed. Share it now; its teachers are waiting."
                .into(),
            many => format!(
                "The time to share {many} records has passed. Share them now; their teachers are waiting."
            ),
        };
    }
    let still: Vec<_> = limits.iter().filter(|limit| **limit > now).collect();
    let first = still
        .iter()
        .min()
        .map(|limit| moment(**limit, now))
        .unwrap_or_default();
    match still.len() {
        1 => format!("A record is to be shared by {first}."),
        many => format!("{many} records are to be shared, the first by {first}."),
    }
}

/// A moment of today as `14:20`, of another day as `14:20 on Tuesday`.
fn moment(at: DateTime<FixedOffset>, now: DateTime<FixedOffset>) -> String {
    let at = at.with_timezone(now.offset());
    if at.date_naive() == now.date_naive() {
        at.format("%H:%M").to_string()
    } else {
        at.format("%H:%M on %A").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn at(text: &str) -> DateTime<FixedOffset> {
        DateTime::parse_from_rfc3339(&format!("2026-11-{text}:00+00:00")).unwrap()
    }

    fn visit(number: u128) -> VisitId {
        VisitId::from_uuid(Uuid::from_u128(number))
    }

    fn share(number: u128, limit: &str) -> Waiting {
        let limit_at = at(limit);
        Waiting::ToShare {
            visit: visit(number),
            due_at: limit_at - Duration::hours(24),
            limit_at,
        }
    }

    fn sentences(waiting: &[Waiting], told: &Told, now: &str) -> (Vec<String>, Told) {
        let telling = telling(waiting, told, at(now), None);
        // As it comes back after a restart.
        (telling.sentences, Told::read(&telling.told.written()))
    }

    #[test]
    fn a_record_is_spoken_of_at_its_target_near_its_limit_and_at_it_once_each() {
        let (waiting, mut told) = ([share(1, "18T14:20")], Told::default());
        let mut heard = Vec::new();
        let mut now = at("16T14:20");
        while now < at("20T00:00") {
            let telling = telling(&waiting, &told, now, None);
            heard.extend(telling.sentences.iter().map(|said| (now, said.clone())));
            told = Told::read(&telling.told.written());
            now += Duration::minutes(20);
        }
        assert_eq!(
            heard,
            [
                (
                    at("17T14:20"),
                    "A record is to be shared by 14:20 on Wednesday.".into()
                ),
                (
                    at("18T11:20"),
                    "A record is to be shared by 14:20.".to_owned()
                ),
                (
                    at("18T14:20"),
                    "The time to share a record has passed. Share it now; its teachers are waiting."
                        .into()
                ),
            ]
        );
    }

    #[test]
    fn whoever_looks_late_hears_the_last_of_it_only() {
        let (said, told) = sentences(&[share(1, "18T14:20")], &Told::default(), "18T13:00");
        assert_eq!(said, ["A record is to be shared by 14:20."]);
        let (said, _) = sentences(&[share(1, "18T14:20")], &told, "18T13:40");
        assert!(said.is_empty());
    }

    #[test]
    fn a_round_of_visits_is_one_sentence_and_then_rests_for_an_hour() {
        let waiting = [
            share(1, "18T14:20"),
            share(2, "18T14:40"),
            share(3, "18T15:00"),
        ];
        let (said, told) = sentences(&waiting, &Told::default(), "17T14:40");
        assert_eq!(
            said,
            ["2 records are to be shared, the first by 14:20 on Wednesday."]
        );
        let quiet = telling(&waiting, &told, at("17T15:00"), None);
        assert_eq!(
            (quiet.sentences.len(), quiet.next_at),
            (0, Some(at("17T15:40")))
        );
        let (said, _) = sentences(&waiting, &quiet.told, "17T15:40");
        assert_eq!(
            said,
            ["3 records are to be shared, the first by 14:20 on Wednesday."]
        );
    }

    #[test]
    fn what_is_there_to_read_is_told_once_and_never_what_it_is() {
        let waiting = [Waiting::Record(visit(1)), Waiting::Record(visit(2))];
        let (said, told) = sentences(&waiting, &Told::default(), "17T09:00");
        assert_eq!(said, ["There is something new to read in Alongside."]);
        assert!(sentences(&waiting, &told, "19T09:00").0.is_empty());
        let more = [Waiting::Record(visit(2)), Waiting::Record(visit(3))];
        assert_eq!(sentences(&more, &told, "19T09:00").0.len(), 1);
    }

    #[test]
    fn a_visit_that_is_under_way_is_not_disturbed() {
        let waiting = [share(1, "18T14:20"), Waiting::Record(visit(2))];
        let until = Some(at("18T12:00"));
        let silent = telling(&waiting, &Told::default(), at("18T11:30"), until);
        assert_eq!(
            (silent.sentences.len(), silent.next_at),
            (0, Some(at("18T12:00")))
        );
        let after = telling(&waiting, &silent.told, at("18T12:00"), until);
        assert_eq!(after.sentences.len(), 2);
    }

    #[test]
    fn what_was_told_is_forgotten_with_what_it_was_about() {
        let (_, told) = sentences(&[share(1, "18T14:20")], &Told::default(), "18T13:00");
        assert!(told.0.contains_key(&format!("{}:near", visit(1))));
        let (_, told) = sentences(&[], &told, "18T13:10");
        assert_eq!(told.0.keys().collect::<Vec<_>>(), [SHARE]);
    }

    #[test]
    fn a_device_that_sleeps_is_told_beforehand_and_not_again_when_it_wakes() {
        let waiting = [share(1, "18T14:20")];
        let now = telling(&waiting, &Told::default(), at("17T10:00"), None);
        let (ahead, told) = foretelling(&waiting, now, None);
        let moments: Vec<_> = ahead.iter().map(|(at, _)| *at).collect();
        assert_eq!(moments, [at("17T14:20"), at("18T11:20"), at("18T14:20")]);
        // It wakes between the second and the third: what had been foretold for later is told in its time.
        let woken = at("18T13:00");
        let told = Told::read(&told.written()).until(woken);
        let telling = telling(&waiting, &told, woken, None);
        assert_eq!(
            (telling.sentences.len(), telling.next_at),
            (0, Some(at("18T14:20")))
        );
    }

    #[test]
    fn words_that_were_not_kept_by_this_file_do_no_harm() {
        assert_eq!(Told::read("one\nand two\n\n"), Told::default());
    }
}
