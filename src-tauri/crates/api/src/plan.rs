//! The planner: the timetable of a walk as it is, as it could be, and as a leader keeps it.

use std::collections::BTreeSet;
use std::sync::Arc;

use alongside_domain::notice::{Notice, comes_too_early};
use alongside_domain::plan::{self, Look, Plan, Slot, Wish, timetable};
use alongside_domain::school::Lesson;
use alongside_domain::visit::{Around, Part, Visit, check_observers};
use alongside_domain::walk::Walk;
use alongside_domain::{ClassId, Kind, PersonId, VisitId, WalkId, field};
use chrono::{DateTime, FixedOffset, Local, NaiveDate, NaiveTime, TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::json;
use ts_rs::TS;

use crate::atlas::Atlas;
use crate::desk::{Edit, View};
use crate::facts::Facts;
use crate::visit::{self, VisitPut};
use crate::walk::{self, WalkAsked, WalkView};
use crate::{Actor, ApiError, Code, Desk};

/// A visit in the plan.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PlanSlot {
    /// Which visit it moves; none makes a new one.
    pub visit: Option<VisitId>,
    /// To which class.
    pub class: ClassId,
    /// The class's name.
    #[serde(default)]
    pub class_name: String,
    /// The room's name.
    #[serde(default)]
    pub room: String,
    /// The room's place on the route.
    #[serde(default)]
    #[ts(type = "number")]
    pub route: i64,
    /// When, with the school's offset.
    pub starts_at: DateTime<FixedOffset>,
    /// For how long.
    #[ts(type = "number")]
    pub minutes: i64,
    /// Which part of the lesson.
    pub part: Part,
    /// What is taught.
    pub subject: String,
    /// Who, at most two (R6).
    pub observers: Vec<PersonId>,
    /// Kept where it is when a new plan is made.
    pub is_locked: bool,
    /// Begun, so that it stays as it is.
    #[serde(default)]
    pub is_begun: bool,
    /// What is wrong with it, a sentence each.
    #[serde(default)]
    pub problems: Vec<String>,
}

/// A plan of a walk.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PlanView {
    /// Of which walk.
    pub walk: WalkId,
    /// In order of time and route.
    pub slots: Vec<PlanSlot>,
    /// What cannot be met, a sentence each.
    pub unmet: Vec<String>,
    /// Visits of each observer, by name.
    pub loads: Vec<PlanLoad>,
    /// Visits in each part of a lesson.
    pub parts: PlanParts,
    /// How often anybody crosses the building again on one day.
    #[ts(type = "number")]
    pub crossings: usize,
    /// The lessons of the school's day.
    pub lessons: Vec<PlanLesson>,
    /// The days of the plan.
    pub days: Vec<NaiveDate>,
    /// How long a visit is.
    #[ts(type = "number")]
    pub minutes: i64,
    /// How far it is from an even plan along the route: lower is better.
    #[ts(type = "number")]
    pub score: i64,
}

/// How many visits an observer makes.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PlanLoad {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// How many.
    #[ts(type = "number")]
    pub visits: usize,
}

/// How many visits are in each part of a lesson.
#[derive(Debug, Clone, Copy, Serialize, TS)]
pub struct PlanParts {
    /// In the opening.
    #[ts(type = "number")]
    pub opening: usize,
    /// In the main part.
    #[ts(type = "number")]
    pub main: usize,
    /// In the plenary.
    #[ts(type = "number")]
    pub plenary: usize,
}

/// A lesson, and when a visit can start in it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PlanLesson {
    /// When it starts: `09:10`.
    pub starts: String,
    /// When it ends.
    pub ends: String,
    /// Where a visit can be in it; none where it is too short.
    pub visits: Vec<PlanStart>,
}

/// When a visit to a part of a lesson starts.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PlanStart {
    /// The part.
    pub part: Part,
    /// When: `09:10`.
    pub starts: String,
}

/// `plan_propose`: the locked ones of these slots are kept.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PlanPropose {
    /// Of which walk.
    pub walk: WalkId,
    /// On which days.
    pub days: Vec<NaiveDate>,
    /// How long each visit is.
    #[ts(type = "number")]
    pub minutes: i64,
    /// How many observers each visit should have.
    #[ts(type = "1 | 2")]
    pub observers_each: usize,
    /// The plan as it stands.
    pub slots: Vec<PlanSlot>,
}

/// A plan on the screen: `plan_check`, `plan_keep`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PlanPut {
    /// Of which walk.
    pub walk: WalkId,
    /// All its visits.
    pub slots: Vec<PlanSlot>,
}

/// A walk with all that its plan has to reckon with.
struct Board {
    walk: Walk,
    atlas: Atlas,
    lessons: Vec<Lesson>,
    /// Every visit of the school but those of the walk.
    others: Vec<Visit>,
    /// Those of the walk that were not called off, as slots.
    own: Vec<Slot>,
    /// What staff were told of the walk.
    notices: Arc<Vec<Notice>>,
    now: DateTime<FixedOffset>,
}

impl Board {
    fn read(view: &View<'_>, walk: WalkId) -> Result<Self, ApiError> {
        view.standing.must_lead()?;
        let facts = view.facts;
        let walk = facts
            .walk(walk)?
            .ok_or_else(|| ApiError::not_found("walk"))?;
        let (own, others): (Vec<Visit>, Vec<Visit>) = facts
            .visits()?
            .into_iter()
            .filter(|visit| !visit.is_cancelled)
            .partition(|visit| visit.walk == walk.id);
        Ok(Self {
            atlas: Atlas::read(view)?,
            lessons: facts
                .school()?
                .map(|school| school.lessons)
                .unwrap_or_default(),
            others,
            own: slots_of(facts, &own)?,
            notices: facts.notices(walk.id)?,
            now: view.now,
            walk,
        })
    }

    fn around(&self) -> Around<'_> {
        Around {
            visits: &self.others,
            people: &self.atlas.people,
            classes: &self.atlas.classes,
            rooms: &self.atlas.rooms,
            lessons: &self.lessons,
            settings: &self.atlas.settings,
        }
    }

    fn view(
        &self,
        slots: Vec<Slot>,
        unmet: Vec<String>,
        days: &[NaiveDate],
        minutes: Option<i64>,
    ) -> PlanView {
        let around = self.around();
        let Look {
            mut problems,
            loads,
            parts,
            crossings,
            score,
        } = plan::look(self.walk.id, &slots, &self.walk.observers, &around);
        // Notice that cannot have stood by the day of a visit (R3): said where the visit is put there.
        let planned = plan::visits_of(self.walk.id, &slots);
        for ((slot, visit), found) in slots.iter().zip(&planned).zip(&mut problems) {
            if !slot.is_begun {
                let settings = &self.atlas.settings;
                let notices = &self.notices;
                found.extend(comes_too_early(
                    visit, &self.walk, notices, self.now, settings,
                ));
            }
        }
        let mut loads: Vec<PlanLoad> = loads
            .into_iter()
            .map(|(person, visits)| PlanLoad {
                person,
                name: self.atlas.name(person),
                visits,
            })
            .collect();
        loads.sort_by_key(|load| load.name.to_lowercase());
        let part = |part| parts.get(&part).copied().unwrap_or_default();
        let minutes = minutes
            .or(slots.first().map(|slot| slot.minutes))
            .unwrap_or(self.atlas.settings.visit_stop_minutes);
        let days: BTreeSet<NaiveDate> = days
            .iter()
            .copied()
            .chain(slots.iter().map(|slot| slot.starts_at.date_naive()))
            .collect();
        let time = |time: NaiveTime| time.format("%H:%M").to_string();
        PlanView {
            walk: self.walk.id,
            slots: slots
                .into_iter()
                .zip(problems)
                .map(|(slot, problems)| self.slot(slot, problems))
                .collect(),
            unmet,
            loads,
            parts: PlanParts {
                opening: part(Part::Opening),
                main: part(Part::Main),
                plenary: part(Part::Plenary),
            },
            crossings,
            lessons: self
                .lessons
                .iter()
                .map(|lesson| PlanLesson {
                    starts: time(lesson.starts),
                    ends: time(lesson.ends),
                    visits: timetable::starts(*lesson, minutes)
                        .into_iter()
                        .map(|(part, starts)| PlanStart {
                            part,
                            starts: time(starts),
                        })
                        .collect(),
                })
                .collect(),
            days: days.into_iter().collect(),
            minutes,
            score,
        }
    }

    fn slot(&self, slot: Slot, problems: Vec<String>) -> PlanSlot {
        let room = self.around().room(slot.class);
        PlanSlot {
            visit: slot.visit,
            class: slot.class,
            class_name: self.atlas.class_name(slot.class),
            room: room.map(|room| room.name.clone()).unwrap_or_default(),
            route: room.map(|room| room.route).unwrap_or_default(),
            starts_at: slot.starts_at,
            minutes: slot.minutes,
            part: slot.part,
            subject: slot.subject,
            observers: slot.observers,
            is_locked: slot.is_locked,
            is_begun: slot.is_begun,
            problems,
        }
    }
}

/// Visits as slots, each with whether it has begun.
fn slots_of(facts: Facts<'_>, visits: &[Visit]) -> Result<Vec<Slot>, ApiError> {
    visits
        .iter()
        .map(|visit| {
            let observations = facts.observations(visit.id)?;
            let is_begun = observations.iter().any(|own| own.started_at.is_some());
            Ok(Slot::of(visit, is_begun))
        })
        .collect()
}

/// What a screen sent, beside what is kept: visits that have begun are as they are, whatever was sent, and a class whose
/// visit is kept already is not given a second one because it was sent without its id.
fn resolve(own: &[Slot], sent: &[PlanSlot]) -> Result<Vec<Slot>, ApiError> {
    if sent.len() > plan::SLOTS_LIMIT {
        return Err(ApiError::new(
            Code::BadRequest,
            "This plan holds more visits than a walk can have.",
        ));
    }
    for slot in sent {
        // Before anything is counted with them.
        for (name, value) in [
            ("starts_at", json!(slot.starts_at)),
            ("minutes", json!(slot.minutes)),
        ] {
            if let Some(shape) = field::shape_of(&Kind::Visit, name) {
                shape.check(name, &value)?;
            }
        }
    }
    let named: Vec<VisitId> = sent.iter().filter_map(|slot| slot.visit).collect();
    let is_here = |id: &VisitId| own.iter().any(|slot| slot.visit == Some(*id));
    if named.iter().any(|id| !is_here(id)) {
        return Err(ApiError::not_found("visit"));
    }
    let distinct: BTreeSet<&VisitId> = named.iter().collect();
    if distinct.len() != named.len() {
        return Err(ApiError::new(
            Code::BadRequest,
            "One visit stands twice in this plan. Open the plan again.",
        ));
    }
    let mut free: Vec<&Slot> = own
        .iter()
        .filter(|slot| !slot.is_begun && slot.visit.is_some_and(|id| !named.contains(&id)))
        .collect();
    let mut slots: Vec<Slot> = own.iter().filter(|slot| slot.is_begun).cloned().collect();
    for slot in sent {
        if slots
            .iter()
            .any(|begun| begun.visit.is_some() && begun.visit == slot.visit)
        {
            continue;
        }
        let of_class = free.iter().position(|kept| kept.class == slot.class);
        let visit = match (slot.visit, of_class) {
            (None, Some(place)) => free.remove(place).visit,
            (visit, _) => visit,
        };
        slots.push(Slot {
            visit,
            class: slot.class,
            starts_at: slot.starts_at,
            minutes: slot.minutes,
            part: slot.part,
            subject: slot.subject.trim().to_owned(),
            observers: slot.observers.clone(),
            is_locked: slot.is_locked,
            is_begun: false,
            taught_by: Vec::new(),
        });
    }
    Ok(slots)
}

/// A time of a day at the school, at the offset this install lives in. Where a clock change leaves it out, just after.
fn at(day: NaiveDate, time: NaiveTime) -> DateTime<FixedOffset> {
    let local = day.and_time(time);
    Local
        .from_local_datetime(&local)
        .earliest()
        .unwrap_or_else(|| Local.from_utc_datetime(&local))
        .fixed_offset()
}

/// `plan_get`: the visits as they are.
pub(crate) fn get(desk: &Desk, actor: &Actor, request: WalkAsked) -> Result<PlanView, ApiError> {
    desk.read(actor, |view| {
        let board = Board::read(view, request.walk)?;
        Ok(checked(&board, board.own.clone()))
    })
}

/// `plan_check`: a plan as it was moved by hand, with what is wrong with it. Writes nothing.
pub(crate) fn check(desk: &Desk, actor: &Actor, request: PlanPut) -> Result<PlanView, ApiError> {
    desk.read(actor, |view| {
        let board = Board::read(view, request.walk)?;
        Ok(checked(&board, resolve(&board.own, &request.slots)?))
    })
}

fn checked(board: &Board, mut slots: Vec<Slot>) -> PlanView {
    let around = board.around();
    plan::sort(&mut slots, &around);
    let unmet = plan::unmet(&board.walk.classes, &slots, &around);
    board.view(slots, unmet, &[], None)
}

/// `plan_propose`: a whole timetable around the slots that are locked. Writes nothing.
pub(crate) fn propose(
    desk: &Desk,
    actor: &Actor,
    request: PlanPropose,
) -> Result<PlanView, ApiError> {
    desk.read(actor, |view| {
        let board = Board::read(view, request.walk)?;
        let slots = resolve(&board.own, &request.slots)?;
        let wish = Wish {
            walk: board.walk.id,
            classes: &board.walk.classes,
            observers: &board.walk.observers,
            observers_each: request.observers_each,
            minutes: request.minutes,
            days: &request.days,
            slots: &slots,
            now: view.now,
            at: &at,
        };
        let Plan { slots, unmet } = plan::propose(&wish, &board.around())?;
        Ok(board.view(slots, unmet, &request.days, Some(request.minutes)))
    })
}

/// `plan_keep`: the plan becomes visits, all or none. Each is judged; a visit that is left out and has not begun is called
/// off.
pub(crate) fn keep(desk: &Desk, actor: &Actor, request: PlanPut) -> Result<WalkView, ApiError> {
    for slot in &request.slots {
        check_observers(slot.observers.len())?;
    }
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        let own = own_visits(edit, request.walk)?;
        let slots = resolve(&own, &request.slots)?;
        let is_left_out = |visit: &Option<VisitId>| !slots.iter().any(|slot| slot.visit == *visit);
        let called_off = field::time_value(edit.now.to_utc());
        // First: a teacher's count of the year must not hold what the plan takes away (R10).
        for id in own
            .iter()
            .map(|slot| slot.visit)
            .filter(is_left_out)
            .flatten()
        {
            edit.put(id, &Kind::Visit, [("cancelled_at", called_off.clone())])?;
        }
        for slot in slots.into_iter().filter(|slot| !slot.is_begun) {
            let planned = VisitPut {
                visit: slot.visit,
                walk: request.walk,
                class: slot.class,
                starts_at: slot.starts_at,
                minutes: slot.minutes,
                observers: slot.observers,
                subject: slot.subject,
                part: slot.part,
            };
            visit::write(edit, planned)?;
        }
        Ok(())
    })?;
    let asked = WalkAsked { walk: request.walk };
    walk::get(desk, actor, asked)
}

fn own_visits(edit: &Edit<'_>, walk: WalkId) -> Result<Vec<Slot>, ApiError> {
    let facts = edit.facts();
    if facts.walk(walk)?.is_none() {
        return Err(ApiError::not_found("walk"));
    }
    let records = facts.reader.list_under(&Kind::Visit, walk.into())?;
    let visits: Vec<Visit> = records
        .iter()
        .filter_map(Visit::read)
        .filter(|visit| !visit.is_cancelled)
        .collect();
    slots_of(facts, &visits)
}
