//! Everything that is destroyed some day, by what goes together and when; the days themselves are the domain's.

use std::collections::BTreeMap;

use alongside_domain::comment::Comment;
use alongside_domain::concern::Concern;
use alongside_domain::retention;
use alongside_domain::review::Review;
use alongside_domain::school::Settings;
use alongside_domain::self_evaluation::SelfEvaluation;
use alongside_domain::term::Term;
use alongside_domain::visit::Visit;
use alongside_domain::walk::Walk;
use alongside_domain::{Kind, Record, RecordId, WalkId};
use chrono::NaiveDate;

use super::RetentionKind;
use super::group::Group;
use crate::ApiError;
use crate::facts::Facts;

/// Each group with its day, in order of the days.
pub(super) fn dated(facts: Facts<'_>) -> Result<Vec<Group>, ApiError> {
    let settings = facts.settings()?;
    let terms: Vec<Term> = list(facts, &Kind::Term, Term::read)?;
    let mut groups = of_walks(facts, &settings, &terms)?;
    groups.extend(of_concerns(facts, &settings)?);
    groups.extend(of_reviews(facts, &settings, &terms)?);
    groups.extend(of_comments(facts, &settings)?);
    groups.extend(of_self_evaluations(facts, &settings)?);
    groups.extend(of_actions(facts, &settings)?);
    groups.sort_by(|a, b| {
        (a.on, a.kind, &a.what, a.subject).cmp(&(b.on, b.kind, &b.what, b.subject))
    });
    Ok(groups)
}

fn list<T>(
    facts: Facts<'_>,
    kind: &Kind,
    read: impl Fn(&Record) -> Option<T>,
) -> Result<Vec<T>, ApiError> {
    Ok(facts.reader.list(kind)?.iter().filter_map(read).collect())
}

fn of_walks(facts: Facts<'_>, settings: &Settings, terms: &[Term]) -> Result<Vec<Group>, ApiError> {
    let mut visits: BTreeMap<WalkId, Vec<Visit>> = BTreeMap::new();
    for visit in facts.visits()? {
        visits.entry(visit.walk).or_default().push(visit);
    }
    let mut groups = Vec::new();
    for record in facts.reader.list(&Kind::Walk)? {
        let walk = Walk::read(&record);
        let term = terms.iter().find(|term| Some(term.id) == walk.term);
        let own = visits.remove(&walk.id).unwrap_or_default();
        groups.push(Group {
            kind: RetentionKind::Walk,
            on: retention::of_walk(&record, &own, term, settings),
            what: format!(
                "The walk “{}” with its notices, its report and its actions",
                walk.name
            ),
            subject: Some(record.id),
            heads: vec![(Kind::Walk, record.id)],
            records: Vec::new(),
        });
        groups.extend(of_visits(walk.id, Some(&walk.name), &own, settings));
    }
    for (walk, own) in visits {
        groups.extend(of_visits(walk, None, &own, settings));
    }
    Ok(groups)
}

fn of_visits(
    walk: WalkId,
    name: Option<&str>,
    visits: &[Visit],
    settings: &Settings,
) -> Vec<Group> {
    let mut days: BTreeMap<NaiveDate, Vec<&Visit>> = BTreeMap::new();
    for visit in visits {
        let day = retention::of_visit(visit, settings);
        days.entry(day).or_default().push(visit);
    }
    let name = name.map_or_else(
        || "a walk that is gone".to_owned(),
        |name| format!("“{name}”"),
    );
    days.into_iter()
        .map(|(on, visits)| Group {
            kind: RetentionKind::Visit,
            on,
            what: format!(
                "{} of {name}, with all that was written about them",
                match visits.len() {
                    1 => "A visit".to_owned(),
                    count => format!("{count} visits"),
                }
            ),
            subject: Some(walk.into()),
            heads: visits
                .into_iter()
                .map(|visit| (Kind::Visit, visit.id.into()))
                .collect(),
            records: Vec::new(),
        })
        .collect()
}

fn of_concerns(facts: Facts<'_>, settings: &Settings) -> Result<Vec<Group>, ApiError> {
    let concerns = list(facts, &Kind::Concern, Concern::read)?;
    let dated = concerns.into_iter().map(|concern| {
        let day = retention::of_concern(&concern, settings);
        let year = settings.academic_year_name(concern.raised_at);
        (day, year, concern.id.into())
    });
    Ok(by_year(RetentionKind::Concern, "concern", "", dated))
}

fn of_reviews(
    facts: Facts<'_>,
    settings: &Settings,
    terms: &[Term],
) -> Result<Vec<Group>, ApiError> {
    let reviews = list(facts, &Kind::Review, Review::read)?;
    Ok(reviews
        .into_iter()
        .map(|review| {
            let term = terms.iter().find(|term| term.id == review.term);
            let name = term.map_or("a term", |term| term.name.as_str());
            Group {
                kind: RetentionKind::Review,
                on: retention::of_review(&review, term, settings),
                what: format!("The review of {name}, with the comments on it"),
                subject: Some(review.id.into()),
                heads: vec![(Kind::Review, review.id.into())],
                records: Vec::new(),
            }
        })
        .collect())
}

fn of_comments(facts: Facts<'_>, settings: &Settings) -> Result<Vec<Group>, ApiError> {
    let mut dated = Vec::new();
    for record in facts.reader.list(&Kind::Comment)? {
        let Some(comment) = Comment::read(&record) else {
            continue;
        };
        // A comment on a review goes with it.
        if facts.reader.kind(comment.on)? != Some(Kind::Review) {
            let day = retention::of_comment(&comment, settings);
            dated.push((day, settings.academic_year_name(comment.at), record.id));
        }
    }
    let dated = dated.into_iter();
    Ok(by_year(
        RetentionKind::Comment,
        "comment",
        " on drafts of forms",
        dated,
    ))
}

fn of_self_evaluations(facts: Facts<'_>, settings: &Settings) -> Result<Vec<Group>, ApiError> {
    let evaluations = list(facts, &Kind::SelfEvaluation, SelfEvaluation::read)?;
    Ok(evaluations
        .into_iter()
        .map(|evaluation| Group {
            kind: RetentionKind::SelfEvaluation,
            on: retention::of_self_evaluation(&evaluation, settings),
            what: format!(
                "The self-evaluation of {}, with what each person rated",
                settings.year_name(evaluation.year)
            ),
            subject: Some(evaluation.id.into()),
            heads: vec![(Kind::SelfEvaluation, evaluation.id.into())],
            records: Vec::new(),
        })
        .collect())
}

fn of_actions(facts: Facts<'_>, settings: &Settings) -> Result<Vec<Group>, ApiError> {
    let records = facts.reader.list(&Kind::Action)?;
    // What came from a walk goes with it; what came from one that is gone already goes like the others.
    let mut free = Vec::new();
    for record in records {
        let walk = record.id::<WalkId>("walk");
        if walk
            .map(|walk| facts.walk(walk))
            .transpose()?
            .flatten()
            .is_none()
        {
            free.push(record);
        }
    }
    let dated = free.iter().map(|record| {
        let year = settings.academic_year_name(retention::last_written(record));
        (retention::of_action(record, settings), year, record.id)
    });
    Ok(by_year(RetentionKind::Action, "action", "", dated))
}

fn by_year(
    kind: RetentionKind,
    noun: &str,
    more: &str,
    dated: impl Iterator<Item = (NaiveDate, String, RecordId)>,
) -> Vec<Group> {
    let mut years: BTreeMap<(NaiveDate, String), Vec<RecordId>> = BTreeMap::new();
    for (day, year, id) in dated {
        years.entry((day, year)).or_default().push(id);
    }
    years
        .into_iter()
        .map(|((on, year), ids)| Group {
            kind,
            on,
            what: match ids.len() {
                1 if noun.starts_with('a') => format!("An {noun}{more} of {year}"),
                1 => format!("A {noun}{more} of {year}"),
                count => format!("{count} {noun}s{more} of {year}"),
            },
            subject: None,
            heads: ids.into_iter().map(|id| (kind.subject(), id)).collect(),
            records: Vec::new(),
        })
        .collect()
}
