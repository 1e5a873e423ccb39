//! The term's review: how the protocol was kept, counted by the hub from its log (R17). How it is counted is a rule, in
//! `domain::review`; here its facts are gathered.

use std::collections::{BTreeMap, BTreeSet};

use alongside_domain::concern::Concern;
use alongside_domain::field::time_value;
use alongside_domain::notice::{Notice, announced, stands_since};
use alongside_domain::purpose::STATEMENT;
use alongside_domain::review::{Kept, Made, Review, VisitKept, kept};
use alongside_domain::school::{SETTINGS, School};
use alongside_domain::term::Term;
use alongside_domain::visit::Visit;
use alongside_domain::walk::Walk;
use alongside_domain::{Kind, NoticeId, PersonId, RecordId, ReviewId, ShareId, TermId};
use alongside_store::LogLine;
use chrono::{DateTime, FixedOffset, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use ts_rs::TS;

use crate::desk::View;
use crate::facts::{Facts, Known};
use crate::install::Nothing;
use crate::{Actor, ApiError, Code, Desk, Place, comment};

/// The settings that a review's numbers rest on.
const SHOWN: &[&str] = &[
    "notice_days",
    "visit_stop_minutes",
    "share_target_hours",
    "share_limit_hours",
    "yearly_maximum",
];

/// A question about one term.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
pub struct ReviewAsked {
    /// Which.
    pub term: TermId,
}

/// A term and its review.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ReviewLine {
    /// The review; none while it was not made.
    pub review: Option<ReviewId>,
    /// Of which term.
    pub term: TermId,
    /// As the school calls it.
    pub term_name: String,
    /// When it was last counted.
    pub made_at: Option<DateTime<FixedOffset>>,
    /// How many comments there are.
    #[ts(type = "number")]
    pub comments: usize,
}

/// The page of a term.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ReviewView {
    /// Which.
    pub review: ReviewId,
    /// Of which term.
    pub term: TermId,
    /// As the school calls it.
    pub term_name: String,
    /// When it was last counted.
    pub made_at: DateTime<FixedOffset>,
    /// How the protocol was kept.
    pub kept: Kept,
    /// What leaders say to it.
    pub words: String,
    /// What a walk is for (R1).
    pub statement: String,
    /// What the school has decided.
    pub settings: Vec<ReviewSetting>,
    /// Whether this person may write the words and count again.
    pub may_edit: bool,
}

/// What the school has decided.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ReviewSetting {
    /// Which setting.
    pub title: String,
    /// With its unit.
    pub value: String,
}

/// `review_words`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ReviewWords {
    /// Of which term.
    pub term: TermId,
    /// What leaders say to it.
    pub words: String,
}

/// `review_list`: the terms that have begun, latest first; for everyone.
pub(crate) fn list(desk: &Desk, actor: &Actor, _: Nothing) -> Result<Vec<ReviewLine>, ApiError> {
    desk.read(actor, |view| {
        let records = view.facts.reader.list(&Kind::Term)?;
        let mut terms: Vec<Term> = records.iter().filter_map(Term::read).collect();
        terms.sort_by_key(|term| std::cmp::Reverse(term.starts_on));
        let mut lines = Vec::new();
        for term in terms {
            let review = held(view.facts, term.id)?;
            if review.is_none() && term.starts_on > view.now.date_naive() {
                continue;
            }
            lines.push(ReviewLine {
                comments: match &review {
                    Some(review) => comment::count(view, review.id)?,
                    None => 0,
                },
                made_at: review.as_ref().map(|review| review.made_at),
                review: review.map(|review| review.id),
                term: term.id,
                term_name: term.name,
            });
        }
        Ok(lines)
    })
}

/// `review_get`: for everyone.
pub(crate) fn get(
    desk: &Desk,
    actor: &Actor,
    request: ReviewAsked,
) -> Result<ReviewView, ApiError> {
    desk.read(actor, |view| page(view, request.term))
}

/// `review_make`: counts the term anew from the hub's log; for leaders.
pub(crate) fn make(
    desk: &Desk,
    actor: &Actor,
    request: ReviewAsked,
) -> Result<ReviewView, ApiError> {
    if desk.place() != Place::Hub {
        return Err(ApiError::new(
            Code::NoHub,
            "A review is counted by the hub from its log. Connect to the hub and try again.",
        ));
    }
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        let term = term(edit.facts(), request.term)?;
        let kept = count(edit.facts(), &term)?;
        let at = time_value(edit.now.to_utc());
        edit.put(
            ReviewId::derive(term.id),
            &Kind::Review,
            [
                ("term", json!(term.id)),
                ("kept", json!(kept)),
                ("made_at", at),
            ],
        )
    })?;
    get(desk, actor, request)
}

/// `review_words`: what leaders say to the numbers.
pub(crate) fn words(
    desk: &Desk,
    actor: &Actor,
    request: ReviewWords,
) -> Result<ReviewView, ApiError> {
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        let review = made(edit.facts(), request.term)?;
        edit.put(
            review.id,
            &Kind::Review,
            [("words", json!(request.words.trim()))],
        )
    })?;
    get(desk, actor, ReviewAsked { term: request.term })
}

fn term(facts: Facts<'_>, id: TermId) -> Result<Term, ApiError> {
    let record = facts.record(id, &Kind::Term)?;
    record
        .as_ref()
        .and_then(Term::read)
        .ok_or_else(|| ApiError::not_found("term"))
}

fn held(facts: Facts<'_>, term: TermId) -> Result<Option<Review>, ApiError> {
    let record = facts.record(ReviewId::derive(term), &Kind::Review)?;
    Ok(record.as_ref().and_then(Review::read))
}

fn made(facts: Facts<'_>, term: TermId) -> Result<Review, ApiError> {
    held(facts, term)?.ok_or_else(|| {
        ApiError::new(
            Code::NotFound,
            "The review of this term has not been made yet. A leader makes it when connected to the hub.",
        )
    })
}

fn page(view: &View<'_>, id: TermId) -> Result<ReviewView, ApiError> {
    let term = term(view.facts, id)?;
    let review = made(view.facts, id)?;
    let school = view.facts.reader.list(&Kind::School)?;
    let settings = SETTINGS
        .iter()
        .filter(|setting| SHOWN.contains(&setting.key))
        .map(|setting| {
            let decided = school
                .first()
                .and_then(|school| school.whole(&format!("settings.{}", setting.key)));
            ReviewSetting {
                title: setting.title.to_owned(),
                value: format!("{} {}", decided.unwrap_or(setting.default), setting.unit),
            }
        })
        .collect();
    Ok(ReviewView {
        review: review.id,
        term: term.id,
        term_name: term.name,
        made_at: review.made_at,
        kept: review.kept,
        words: review.words,
        statement: STATEMENT.into(),
        settings,
        may_edit: view.standing.is_leader(),
    })
}

/// What the log says that no record does: in which order things were accepted, and when on the hub's own clock.
#[derive(Default)]
struct Accepted {
    /// When a share first came, milliseconds since 1970.
    shares: BTreeMap<RecordId, i64>,
    /// In which line a notice came.
    notices: BTreeMap<NoticeId, u64>,
    /// In which line the class, time or observers of a visit last changed.
    changes: BTreeMap<RecordId, u64>,
}

impl Accepted {
    fn read(facts: Facts<'_>) -> Result<Self, ApiError> {
        let mut accepted = Self::default();
        facts.reader.log_walk(&mut |line| {
            if line.act == "accepted" {
                accepted.note(line);
            }
            true
        })?;
        Ok(accepted)
    }

    fn note(&mut self, line: &LogLine) {
        let (Some(record), Some(kind)) = (line.record, &line.kind) else {
            return;
        };
        let fields = line
            .detail
            .split_once(": ")
            .map_or("", |(_, fields)| fields);
        let wrote = |names: &[&str]| fields.split(' ').any(|field| names.contains(&field));
        match kind {
            Kind::Share if wrote(&["shared_at"]) => {
                self.shares.entry(record).or_insert(line.at);
            }
            Kind::Notice if wrote(&["given_at"]) => {
                self.notices.entry(record.into()).or_insert(line.seq);
            }
            Kind::Visit if wrote(&["class", "starts_at", "observers"]) => {
                self.changes.insert(record, line.seq);
            }
            _ => {}
        }
    }
}

fn count(facts: Facts<'_>, term: &Term) -> Result<Kept, ApiError> {
    let accepted = Accepted::read(facts)?;
    let mut visits = Vec::new();
    for visit in facts.visits()? {
        if term.holds(visit.starts_at.date_naive())
            && let Some(known) = facts.known(visit)?
        {
            visits.push(VisitKept {
                is_moved: is_moved(facts, &accepted, &known)?,
                made: how_made(facts, &accepted, &known)?,
            });
        }
    }
    let concerns = facts.reader.list(&Kind::Concern)?;
    let concerns = concerns
        .iter()
        .filter_map(Concern::read)
        .filter(|concern| term.holds(concern.raised_at.date_naive()))
        .count();
    Ok(kept(&visits, concerns))
}

/// Whether the log has a change of the visit's plan after the first notice that announced it, to something that notice
/// did not say.
fn is_moved(facts: Facts<'_>, accepted: &Accepted, known: &Known) -> Result<bool, ApiError> {
    let mut said: Vec<(u64, String)> = Vec::new();
    let of_walk = facts
        .reader
        .list_under(&Kind::Notice, known.walk.id.into())?;
    for record in of_walk {
        let seq = accepted.notices.get(&record.id.into());
        let text =
            Notice::read(&record).and_then(|mut notice| notice.visits.remove(&known.visit.id));
        said.extend(seq.copied().zip(text));
    }
    said.sort();
    let Some((first_line, first)) = said.first().cloned() else {
        return Ok(false);
    };
    let last_change = accepted.changes.get(&known.visit.id.into());
    let is_later = last_change.is_some_and(|line| *line > first_line);
    let now = announced(&known.visit);
    let is_other = now != first || said.iter().any(|(_, text)| *text != first);
    Ok(is_later && is_other)
}

fn how_made(
    facts: Facts<'_>,
    accepted: &Accepted,
    known: &Known,
) -> Result<Option<Made>, ApiError> {
    let Some(began) = known.observations.iter().filter_map(|o| o.started_at).min() else {
        return Ok(None);
    };
    let began_at = began.to_utc();
    let as_of = |id: RecordId, kind: &Kind| match facts.record(id, kind)? {
        Some(record) => facts.as_of(&record, began_at).map(Some),
        None => Ok(None),
    };
    let schools = facts.reader.list(&Kind::School)?;
    let settings = match schools.first() {
        Some(school) => School::read(&facts.as_of(school, began_at)?).settings,
        None => facts.settings()?,
    };
    let walk = as_of(known.walk.id.into(), &Kind::Walk)?;
    let walk = walk.map_or_else(|| known.walk.clone(), |record| Walk::read(&record));
    let before: Vec<Notice> = known
        .notices
        .iter()
        .filter(|notice| notice.given_at <= began)
        .cloned()
        .collect();
    let crowd = as_of(known.visit.id.into(), &Kind::Visit)?
        .as_ref()
        .and_then(Visit::read)
        .map_or(0, |visit| visit.crowded.len());
    let observed: BTreeSet<PersonId> = known
        .observations
        .iter()
        .filter(|o| o.started_at.is_some())
        .map(|o| o.observer)
        .collect();
    let at_most = [
        crowd,
        known.visit.crowded.len(),
        known.visit.observers.len(),
        observed.len(),
    ];
    let responses = known
        .responses
        .iter()
        .filter(|r| r.sent_at.is_some())
        .count();
    let teachers = facts.teachers(&known.visit)?.len();
    let shared = accepted.shares.get(&ShareId::derive(known.visit.id).into());
    Ok(Some(Made {
        began_at,
        noticed_since: stands_since(&known.visit, &walk, &before).map(|since| since.to_utc()),
        notice_days: settings.notice_days,
        observers: at_most.into_iter().max().unwrap_or_default(),
        ended_at: known.life().ended_at().to_utc(),
        shared_at: shared.and_then(|at| DateTime::<Utc>::from_timestamp_millis(*at)),
        share_limit_hours: settings.share_limit_hours,
        teachers: teachers.max(responses),
        responses,
    }))
}
