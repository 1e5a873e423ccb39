//! The academic year on a leader's screen: its terms with their walks, what is missing, and how often each class was
//! visited.

use std::collections::{BTreeMap, BTreeSet};

use alongside_domain::programme::{term_of, usual_terms, warnings};
use alongside_domain::term::Term;
use alongside_domain::visit::{Around, Visit, visits_to};
use alongside_domain::{ClassId, Kind, TermId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use ts_rs::TS;

use crate::atlas::Atlas;
use crate::desk::View;
use crate::facts::Facts;
use crate::walk::{self, WalkCard};
use crate::{Actor, ApiError, Desk};

/// `year_get`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct YearAsked {
    /// Which, as in [`Year::years`]; none means the one of today.
    pub year: Option<String>,
}

/// An academic year.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Year {
    /// Which: `2026-27`.
    pub year: String,
    /// All there is something to see of, and the next, in order.
    pub years: Vec<String>,
    /// Today, at the school.
    pub today: NaiveDate,
    /// The usual days of three terms, offered while the year has none.
    pub usual: Vec<UsualLine>,
    /// Its terms, in order, each with its walks.
    pub terms: Vec<YearTerm>,
    /// Walks of this year in none of its terms.
    pub unplaced: Vec<WalkCard>,
    /// How many walks the programme of a year holds (R11).
    #[ts(type = "number")]
    pub walks_wanted: i64,
    /// What is to be said about the programme, a sentence each (R11).
    pub warnings: Vec<String>,
    /// How often each class was visited (R10).
    pub counts: YearCounts,
}

/// A term.
#[derive(Debug, Clone, Serialize, TS)]
pub struct TermLine {
    /// Which.
    pub term: TermId,
    /// Its name.
    pub name: String,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
    /// Whether today falls in it.
    pub is_now: bool,
}

/// A term as most schools have it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct UsualLine {
    /// Its name.
    pub name: &'static str,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
}

/// A term with its walks.
#[derive(Debug, Clone, Serialize, TS)]
pub struct YearTerm {
    /// The term.
    #[serde(flatten)]
    #[ts(flatten)]
    pub line: TermLine,
    /// In order of time.
    pub walks: Vec<WalkCard>,
}

/// Visits of a year, counted for the yearly maximum: visits, never marks (R9, R10).
#[derive(Debug, Clone, Serialize, TS)]
pub struct YearCounts {
    /// The most there can be to one teacher.
    #[ts(type = "number")]
    pub maximum: i64,
    /// Whether walks count towards it.
    pub is_counted: bool,
    /// In order of the route.
    pub classes: Vec<ClassCount>,
}

/// A class.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ClassCount {
    /// Its name.
    pub class: String,
    /// Its teachers, as the class lists them.
    pub teachers: Vec<TeacherCount>,
}

/// A teacher of a class.
#[derive(Debug, Clone, Serialize, TS)]
pub struct TeacherCount {
    /// Their name.
    pub name: String,
    /// Visits to their classes in the year, made and planned.
    #[ts(type = "number")]
    pub visits: usize,
}

/// `term_put`: adds or changes a term.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TermPut {
    /// Which; none adds one.
    pub term: Option<TermId>,
    /// Its name.
    pub name: String,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
}

/// `term_start`: gives a year without terms the three usual ones, whose days can then be changed.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TermStart {
    /// Which year, as in [`Year::years`].
    pub year: String,
}

/// `year_get`
pub(crate) fn year_get(desk: &Desk, actor: &Actor, request: YearAsked) -> Result<Year, ApiError> {
    desk.read(actor, |view| {
        view.standing.must_lead()?;
        year(view, request.year.as_deref())
    })
}

/// `term_put`
pub(crate) fn put(desk: &Desk, actor: &Actor, request: TermPut) -> Result<Year, ApiError> {
    let id = request
        .term
        .unwrap_or_else(|| TermId::from_uuid(desk.fresh()));
    let starts_on = request.starts_on;
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        edit.put(
            id,
            &Kind::Term,
            [
                ("name", json!(request.name.trim())),
                ("starts_on", json!(request.starts_on)),
                ("ends_on", json!(request.ends_on)),
            ],
        )
    })?;
    desk.read(actor, |view| {
        let settings = view.facts.settings()?;
        let name = settings.year_name(settings.academic_year_of(starts_on));
        year(view, Some(&name))
    })
}

/// `term_start`: in one transaction, all three or none. A year that has a term already keeps what it has; the ids are
/// derived, so that two leaders who press at once on two devices make the same three.
pub(crate) fn start(desk: &Desk, actor: &Actor, request: TermStart) -> Result<Year, ApiError> {
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        let (school, settings) = {
            let facts = edit.facts();
            let school = facts
                .school()?
                .ok_or_else(|| ApiError::not_found("school"))?;
            (school.id, school.settings)
        };
        let this = settings.academic_year_of(edit.now.date_naive());
        let year = (this..=this + 1)
            .find(|year| settings.year_name(*year) == request.year)
            .ok_or_else(|| ApiError::not_found("academic year"))?;
        let has_terms = terms(edit.facts())?
            .iter()
            .any(|term| settings.academic_year_of(term.starts_on) == year);
        if has_terms {
            return Ok(());
        }
        for (usual, number) in usual_terms(year, &settings).into_iter().zip(1..) {
            edit.put(
                TermId::derive(school, year, number),
                &Kind::Term,
                [
                    ("name", json!(usual.name)),
                    ("starts_on", json!(usual.starts_on)),
                    ("ends_on", json!(usual.ends_on)),
                ],
            )?;
        }
        Ok(())
    })?;
    desk.read(actor, |view| year(view, Some(&request.year)))
}

/// All terms, in order of time.
pub(crate) fn terms(facts: Facts<'_>) -> Result<Vec<Term>, ApiError> {
    let records = facts.reader.list(&Kind::Term)?;
    let mut terms: Vec<Term> = records.iter().filter_map(Term::read).collect();
    terms.sort_by_key(|term| (term.starts_on, term.id));
    Ok(terms)
}

fn year(view: &View<'_>, asked: Option<&str>) -> Result<Year, ApiError> {
    let (atlas, visits, terms) = (Atlas::read(view)?, view.facts.visits()?, terms(view.facts)?);
    let (settings, today) = (&atlas.settings, view.now.date_naive());
    let this = settings.academic_year_of(today);
    let mut years = BTreeSet::from([this, this + 1]);
    years.extend(
        terms
            .iter()
            .map(|term| settings.academic_year_of(term.starts_on)),
    );
    years.extend(
        visits
            .iter()
            .map(|visit| settings.academic_year(visit.starts_at)),
    );
    let year = match asked {
        None => this,
        Some(name) => years
            .iter()
            .copied()
            .find(|year| settings.year_name(*year) == name)
            .ok_or_else(|| ApiError::not_found("academic year"))?,
    };

    let mut by_term: BTreeMap<TermId, Vec<WalkCard>> = BTreeMap::new();
    let mut unplaced = Vec::new();
    let mut cards = walk::cards(view)?;
    cards.sort_by_key(|(_, card)| (card.from, card.walk));
    for (walk, card) in cards {
        let first = card.from.map(|from| from.date_naive());
        let of_walk = first.map_or(this, |first| settings.academic_year_of(first));
        match term_of(&walk, first, &terms) {
            Some(term) => by_term.entry(term).or_default().push(card),
            None if of_walk == year => unplaced.push(card),
            None => {}
        }
    }
    let of_year: Vec<(Term, Vec<WalkCard>)> = terms
        .into_iter()
        .filter(|term| settings.academic_year_of(term.starts_on) == year)
        .map(|term| {
            let walks = by_term.remove(&term.id).unwrap_or_default();
            (term, walks)
        })
        .collect();
    let usual = if of_year.is_empty() && year >= this {
        usual_terms(year, settings)
    } else {
        Vec::new()
    };
    let counted: Vec<(Term, usize)> = of_year
        .iter()
        .map(|(term, walks)| (term.clone(), walks.len()))
        .collect();
    let around = Around {
        visits: &visits,
        people: &atlas.people,
        classes: &atlas.classes,
        rooms: &atlas.rooms,
        lessons: &[],
        settings,
    };
    Ok(Year {
        year: settings.year_name(year),
        years: years
            .into_iter()
            .map(|year| settings.year_name(year))
            .collect(),
        today,
        warnings: warnings(year, &counted, unplaced.len(), today, &around, &|person| {
            atlas.name(person)
        }),
        usual: usual
            .into_iter()
            .map(|usual| UsualLine {
                name: usual.name,
                starts_on: usual.starts_on,
                ends_on: usual.ends_on,
            })
            .collect(),
        terms: of_year
            .into_iter()
            .map(|(term, walks)| YearTerm {
                line: TermLine {
                    term: term.id,
                    is_now: term.holds(today),
                    name: term.name,
                    starts_on: term.starts_on,
                    ends_on: term.ends_on,
                },
                walks,
            })
            .collect(),
        unplaced,
        walks_wanted: settings.walks_a_year,
        counts: counts(&atlas, &visits, year),
    })
}

fn counts(atlas: &Atlas, visits: &[Visit], year: i32) -> YearCounts {
    let settings = &atlas.settings;
    let route = |room| atlas.rooms.get(&room).map(|room| room.route);
    let mut classes: Vec<_> = atlas
        .classes
        .values()
        .filter(|class| class.is_active)
        .collect();
    classes.sort_by_key(|class| {
        (
            class.room.and_then(route).unwrap_or(i64::MAX),
            class.name.clone(),
            class.id,
        )
    });
    let class_of = |class: ClassId| atlas.classes.get(&class);
    YearCounts {
        maximum: settings.yearly_maximum,
        is_counted: settings.walks_count,
        classes: classes
            .into_iter()
            .map(|class| ClassCount {
                class: class.name.clone(),
                teachers: class
                    .teachers
                    .iter()
                    .map(|teacher| TeacherCount {
                        name: atlas.name(*teacher),
                        visits: visits_to(*teacher, year, None, visits, class_of, settings),
                    })
                    .collect(),
            })
            .collect(),
    }
}
