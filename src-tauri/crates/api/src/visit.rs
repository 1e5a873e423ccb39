//! A visit on the screen of its observer: the day, the sheet, start and finish; and its place in the plan of a leader.

use alongside_domain::field::time_value;
use alongside_domain::observation::{Line, Mark, Observation};
use alongside_domain::purpose::{ASK, NEVER, STAND, STATEMENT};
use alongside_domain::school::Settings;
use alongside_domain::template::Template;
use alongside_domain::visit::{Part, Step, check_observers};
use alongside_domain::{ClassId, Kind, ObservationId, PersonId, RecordId, VisitId, WalkId};
use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use ts_rs::TS;

use crate::atlas::{Atlas, MyState, VisitCard};
use crate::desk::{Edit, View};
use crate::facts::Known;
use crate::install::Nothing;
use crate::observation::BalanceView;
use crate::template::SectionView;
use crate::walk::{self, WalkView};
use crate::{Actor, ApiError, Desk};

/// A question about one visit.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
pub struct VisitAsked {
    /// Which.
    pub visit: VisitId,
}

/// The visits one person makes.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Day {
    /// Today, at the school.
    pub date: NaiveDate,
    /// Today's, in order of the route within the hours of the day.
    pub visits: Vec<VisitCard>,
    /// Those to come, soonest first.
    pub later: Vec<VisitCard>,
    /// Those gone by, latest first.
    pub earlier: Vec<VisitCard>,
}

/// What an observer needs in the room.
#[derive(Debug, Clone, Serialize, TS)]
pub struct VisitSheet {
    /// The visit.
    pub card: VisitCard,
    /// Why this focus now.
    pub purpose: String,
    /// The name of the form.
    pub template: String,
    /// The form.
    pub sections: Vec<SectionView>,
    /// What this observer wrote.
    pub mine: ObservationView,
    /// Strengths and development points so far.
    pub balance: BalanceView,
    /// How to stand, what to ask, what never (R5, R7).
    pub reminders: Reminders,
    /// When the screen nudges, in minutes from the start.
    #[ts(type = "number")]
    pub nudge_after_minutes: i64,
    /// When it is time to leave, in minutes from the start.
    #[ts(type = "number")]
    pub stop_after_minutes: i64,
    /// The school's time now.
    pub now: DateTime<FixedOffset>,
    /// The row to land on.
    pub place: Option<String>,
    /// The other observer, if there is one.
    pub other: Option<OtherObserver>,
    /// What a walk is for (R1).
    pub statement: String,
}

/// An observation as its observer sees it.
#[derive(Debug, Clone, Default, Serialize, TS)]
pub struct ObservationView {
    /// When it was begun.
    pub started_at: Option<DateTime<FixedOffset>>,
    /// When it was finished.
    pub finished_at: Option<DateTime<FixedOffset>>,
    /// By criterion.
    pub marks: BTreeMap<String, Mark>,
    /// By section.
    pub comments: BTreeMap<String, String>,
    /// What went well.
    pub went_well: Vec<EntryView>,
    /// Even better if.
    pub even_better_if: Vec<EntryView>,
    /// On the whole.
    pub overall: String,
    /// How many pupils.
    #[ts(type = "number | null")]
    pub pupils: Option<i64>,
    /// A note about the group.
    pub pupils_note: String,
    /// What was added after it was finished, earliest first.
    pub additions: Vec<MyAddition>,
    /// Until when it can still be corrected though it is finished; none once that is over or the record was shared.
    pub tidy_until: Option<DateTime<FixedOffset>>,
}

/// Something added to a finished observation.
#[derive(Debug, Clone, Serialize, TS)]
pub struct MyAddition {
    /// Its key.
    pub id: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Its words.
    pub text: String,
}

/// One line of a list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct EntryView {
    /// Its key.
    pub id: String,
    /// Its words.
    pub text: String,
}

/// Words for the observer.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Reminders {
    /// How to stand.
    pub stand: Vec<String>,
    /// What pupils may be asked.
    pub ask: Vec<String>,
    /// What never.
    pub never: Vec<String>,
}

/// The other observer: whether they are done, never what they wrote.
#[derive(Debug, Clone, Serialize, TS)]
pub struct OtherObserver {
    /// Their name.
    pub name: String,
    /// Where they are, if that is known here.
    pub state: OtherState,
}

/// Where the other observer is, as far as this device knows.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OtherState {
    /// Finished.
    Finished,
    /// Not known here: their tablet writes for itself.
    Unknown,
}

/// `place_put`: where this person stands in the sheet; kept on this device only.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PlacePut {
    /// On which visit.
    pub visit: VisitId,
    /// Which row.
    pub row: String,
}

/// `visit_put`: plans a visit or changes its plan. After a change the notice starts again (R3).
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct VisitPut {
    /// Which; none makes a new one.
    pub visit: Option<VisitId>,
    /// Of which walk.
    pub walk: WalkId,
    /// To which class.
    pub class: ClassId,
    /// When, with the school's offset.
    pub starts_at: DateTime<FixedOffset>,
    /// For how long.
    #[ts(type = "number")]
    pub minutes: i64,
    /// Who, at most two (R6).
    pub observers: Vec<PersonId>,
    /// What is taught.
    pub subject: String,
    /// Which part of the lesson.
    pub part: Part,
}

/// `day_list`
pub(crate) fn day_list(desk: &Desk, actor: &Actor, _: Nothing) -> Result<Day, ApiError> {
    desk.read(actor, |view| {
        let atlas = Atlas::read(view)?;
        let own = view.standing.id();
        let mut day = Day {
            date: view.now.date_naive(),
            visits: Vec::new(),
            later: Vec::new(),
            earlier: Vec::new(),
        };
        for visit in view.facts.visits()? {
            if visit.is_cancelled || !visit.observers.contains(&own) {
                continue;
            }
            let (is_today, is_past) = (visit.is_on_day_of(view.now), visit.starts_at < view.now);
            let Some(known) = view.facts.known(visit)? else {
                continue;
            };
            let card = atlas.card(view, &view.visible(known)?);
            match (is_today, is_past) {
                (true, _) => day.visits.push(card),
                (false, false) => day.later.push(card),
                (false, true) => day.earlier.push(card),
            }
        }
        day.visits.sort_by_key(|card| (card.starts_at, card.route));
        day.later.sort_by_key(|card| (card.starts_at, card.route));
        day.earlier
            .sort_by_key(|card| std::cmp::Reverse(card.starts_at));
        Ok(day)
    })
}

/// `visit_get`
pub(crate) fn get(desk: &Desk, actor: &Actor, request: VisitAsked) -> Result<VisitSheet, ApiError> {
    desk.read(actor, |view| sheet(view, request.visit))
}

/// `visit_start`: begins this person's observation, if the protocol allows it now. Starting twice is harmless.
pub(crate) fn start(
    desk: &Desk,
    actor: &Actor,
    request: VisitAsked,
) -> Result<VisitSheet, ApiError> {
    desk.edit(actor, |edit| {
        let known = edit.facts().known_by_id(request.visit)?;
        let settings = edit.facts().settings()?;
        let step = known
            .life()
            .start(edit.standing.id(), edit.now, &settings)
            .map_err(|lock| ApiError::from(lock.refusal))?;
        take(edit, &Kind::Observation, step)
    })?;
    get(desk, actor, request)
}

/// `visit_finish`: from now on the observation stays as it is. Finishing twice is harmless.
pub(crate) fn finish(
    desk: &Desk,
    actor: &Actor,
    request: VisitAsked,
) -> Result<VisitSheet, ApiError> {
    desk.edit(actor, |edit| {
        let known = edit.facts().known_by_id(request.visit)?;
        let step = known.life().finish(edit.standing.id(), edit.now)?;
        take(edit, &Kind::Observation, step)
    })?;
    get(desk, actor, request)
}

/// Writes what a permitted step says.
pub(crate) fn take(edit: &mut Edit<'_>, kind: &Kind, step: Step) -> Result<(), ApiError> {
    let record = step.record();
    edit.put(record, kind, step.into_fields())
}

/// `place_put`
pub(crate) fn place_put(desk: &Desk, actor: &Actor, request: PlacePut) -> Result<(), ApiError> {
    // Only of a visit of one's own: what is kept here is bounded by the plan, and not by who asks.
    desk.read(actor, |view| {
        let known = view.known(request.visit)?;
        match known.visit.observers.contains(&view.standing.id()) {
            true => Ok(()),
            false => Err(not_an_observer()),
        }
    })?;
    let row: String = request.row.chars().take(120).collect();
    let mut writer = desk.store().write()?;
    let key = place_key(request.visit, actor.person);
    if writer.note(&key)?.as_deref() != Some(row.as_str()) {
        writer.note_put(&key, Some(&row))?;
        writer.commit()?;
    }
    Ok(())
}

fn not_an_observer() -> ApiError {
    ApiError::not_allowed("Only the observers of a visit can open its sheet.")
}

fn place_key(visit: VisitId, person: PersonId) -> String {
    format!("place {}", ObservationId::derive(visit, person))
}

fn sheet(view: &View<'_>, id: VisitId) -> Result<VisitSheet, ApiError> {
    let own = view.standing.id();
    let known = view.known(id)?;
    if !known.visit.observers.contains(&own) {
        return Err(not_an_observer());
    }
    let atlas = Atlas::read(view)?;
    let template = template_of(view, &known)?;
    let mine = known.life().observation(own);
    let balance = mine.map_or_else(
        || {
            BalanceView::new(
                alongside_domain::observation::Balance {
                    strengths: 0,
                    development: 0,
                },
                0,
            )
        },
        |mine| BalanceView::new(mine.balance(), atlas.settings.balance_strengths),
    );
    let other = known
        .visit
        .observers
        .iter()
        .find(|observer| **observer != own)
        .map(|other| OtherObserver {
            name: atlas.name(*other),
            state: match MyState::of(known.life().observation(*other)) {
                MyState::Finished => OtherState::Finished,
                MyState::Open | MyState::NotStarted => OtherState::Unknown,
            },
        });
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Ok(VisitSheet {
        purpose: known.walk.purpose.clone(),
        template: template.name.clone(),
        sections: template.sections.iter().map(SectionView::of).collect(),
        mine: mine
            .map(|own| ObservationView::of(own, tidy_until(view, &known, own, &atlas.settings)))
            .unwrap_or_default(),
        balance: BalanceView {
            aim: atlas.settings.balance_strengths,
            ..balance
        },
        reminders: Reminders {
            stand: words(STAND),
            ask: words(ASK),
            never: words(NEVER),
        },
        nudge_after_minutes: atlas.settings.visit_nudge_minutes,
        stop_after_minutes: atlas.settings.visit_stop_minutes,
        now: view.now,
        place: view.facts.reader.note(&place_key(id, own))?,
        other,
        statement: STATEMENT.into(),
        card: atlas.card(view, &known),
    })
}

/// The form of a visit's walk.
pub(crate) fn template_of(view: &View<'_>, known: &Known) -> Result<Template, ApiError> {
    let record = match known.walk.template {
        Some(template) => view.facts.record(template, &Kind::Template)?,
        None => None,
    };
    record
        .as_ref()
        .map(Template::read)
        .ok_or_else(|| ApiError::not_found("form"))
}

/// Until when an observation can still be corrected though it is finished; none once that is over (R8).
pub(crate) fn tidy_until(
    view: &View<'_>,
    known: &Known,
    own: &Observation,
    settings: &Settings,
) -> Option<DateTime<FixedOffset>> {
    own.tidy_until(settings.tidy_minutes)
        .filter(|until| known.share.is_none() && view.now < *until)
}

impl ObservationView {
    fn of(own: &Observation, tidy_until: Option<DateTime<FixedOffset>>) -> Self {
        let mut additions: Vec<MyAddition> = own
            .additions
            .iter()
            .map(|(at, line)| MyAddition {
                id: line.key.clone(),
                at: *at,
                text: line.text.clone(),
            })
            .collect();
        additions.sort_by_key(|addition| addition.at);
        let lines = |lines: &[Line]| {
            lines
                .iter()
                .map(|line| EntryView {
                    id: line.key.clone(),
                    text: line.text.clone(),
                })
                .collect()
        };
        Self {
            started_at: own.started_at,
            finished_at: own.finished_at,
            marks: own.marks.clone(),
            comments: own.comments.clone(),
            went_well: lines(&own.went_well),
            even_better_if: lines(&own.even_better_if),
            overall: own.overall.clone(),
            pupils: own.pupils,
            pupils_note: own.pupils_note.clone(),
            additions,
            tidy_until,
        }
    }
}

/// `visit_put`
pub(crate) fn put(desk: &Desk, actor: &Actor, request: VisitPut) -> Result<WalkView, ApiError> {
    check_observers(request.observers.len())?;
    let walk = request.walk;
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        write(edit, request)
    })?;
    walk::get(desk, actor, walk::WalkAsked { walk })
}

/// Writes a visit as it is planned, new where it has no id yet.
pub(crate) fn write(edit: &mut Edit<'_>, planned: VisitPut) -> Result<(), ApiError> {
    let id = planned
        .visit
        .map_or_else(|| RecordId::from_uuid(edit.fresh()), RecordId::from);
    let starts_at = planned
        .starts_at
        .to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    edit.put(
        id,
        &Kind::Visit,
        [
            ("walk", json!(planned.walk)),
            ("class", json!(planned.class)),
            ("starts_at", json!(starts_at)),
            ("minutes", json!(planned.minutes)),
            ("observers", json!(planned.observers)),
            ("subject", json!(planned.subject.trim())),
            ("part", json!(planned.part)),
        ],
    )
}

/// `visit_cancel`: calls a visit off. What was written stays; a visit that has begun cannot be called off.
pub(crate) fn cancel(
    desk: &Desk,
    actor: &Actor,
    request: VisitAsked,
) -> Result<WalkView, ApiError> {
    let walk = desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        let known = edit.facts().known_by_id(request.visit)?;
        let now = time_value(edit.now.to_utc());
        if !known.visit.is_cancelled {
            edit.put(request.visit, &Kind::Visit, [("cancelled_at", now)])?;
        }
        Ok(known.walk.id)
    })?;
    walk::get(desk, actor, walk::WalkAsked { walk })
}
