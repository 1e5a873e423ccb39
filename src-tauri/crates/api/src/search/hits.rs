//! How a record becomes a hit: what it is called, what is looked through, whose words they are, and what it opens. Who
//! may read the record was asked before; here is only what more it takes to be shown to this person.

use alongside_domain::class::Class;
use alongside_domain::comment::Comment;
use alongside_domain::concern::Concern;
use alongside_domain::notice::Notice;
use alongside_domain::observation::Observation;
use alongside_domain::person::Person;
use alongside_domain::reflection::{QUESTIONS, Reflection};
use alongside_domain::report::Report;
use alongside_domain::response::Response;
use alongside_domain::review::Review;
use alongside_domain::room::Room;
use alongside_domain::template::Template;
use alongside_domain::visit::Visit;
use alongside_domain::walk::Walk;
use alongside_domain::{Kind, Record, TermId, VisitId, search};

use super::{Look, SearchSeat, SearchTarget, Seen, Whose};
use crate::ApiError;
use crate::facts::Known;

type Hit = Result<Option<Seen>, ApiError>;

impl Look<'_> {
    fn leads(&self) -> bool {
        self.view.standing.is_leader()
    }

    fn term_name(&self, term: TermId) -> Result<String, ApiError> {
        let record = self.view.facts.record(term, &Kind::Term)?;
        Ok(record.map_or_else(String::new, |term| term.text("name").to_owned()))
    }

    /// What of a visit's record this person may read, and as whom; `None` for who cannot open it.
    fn seat(&self, visit: VisitId) -> Result<Option<(Known, SearchSeat)>, ApiError> {
        let Some(visit) = self.view.facts.visit(visit)? else {
            return Ok(None);
        };
        let Some(known) = self.view.facts.known(visit)? else {
            return Ok(None);
        };
        let known = self.view.visible(known)?;
        let own = self.view.standing.id();
        let is_teacher = known.share.is_some() && self.atlas.teaches(own, &known.visit);
        let seat = if self.leads() {
            SearchSeat::Leader
        } else if known.visit.observers.contains(&own) {
            SearchSeat::Observer
        } else if is_teacher {
            SearchSeat::Teacher
        } else {
            return Ok(None);
        };
        Ok(Some((known, seat)))
    }

    /// A word about one lesson: whose it is stays unsaid where it is not this person's own.
    fn of_record(
        &self,
        known: &Known,
        seat: SearchSeat,
        is_own: bool,
        texts: Vec<(String, String)>,
    ) -> Seen {
        let visit = &known.visit;
        let is_own = is_own || self.atlas.teaches(self.view.standing.id(), visit);
        Seen {
            title: match is_own {
                true => format!(
                    "{} · {}",
                    self.atlas.class_name(visit.class),
                    known.walk.name
                ),
                false => known.walk.name.clone(),
            },
            at: is_own.then_some(visit.starts_at),
            detail: None,
            texts,
            whose: if is_own { Whose::Own } else { Whose::Others },
            target: SearchTarget::Record {
                visit: visit.id,
                walk: visit.walk,
                seat,
            },
        }
    }

    /// What the parts of a record are called, each with its text.
    fn parts(&self, record: &Record, known: &Known) -> Result<Vec<(String, String)>, ApiError> {
        let form = match known.walk.template {
            Some(form) => self.view.facts.record(form, &Kind::Template)?,
            None => None,
        };
        let form = form.as_ref().map(Template::read);
        let section = |key: &str| {
            let sections = form.as_ref().map(|form| form.sections.as_slice());
            let mut sections = sections.unwrap_or_default().iter();
            let section = sections.find(|section| section.key == key);
            section.map_or("Written beside the form", |section| section.title.as_str())
        };
        let called = |name: &str| -> String {
            match name.split_once('.') {
                Some(("went_well", _)) => "What went well",
                Some(("even_better_if", _)) => "Even better if",
                Some(("additions", _)) => "Added afterwards",
                Some((_, key)) => section(key),
                None => "On the whole",
            }
            .to_owned()
        };
        let texts = search::texts(record).into_iter();
        Ok(texts
            .map(|(name, text)| (called(name), text.to_owned()))
            .collect())
    }
}

fn plain(title: String, detail: String, more: &[&str], target: SearchTarget) -> Seen {
    let mut texts = vec![(String::new(), title.clone())];
    texts.extend(more.iter().map(|text| (String::new(), (*text).to_owned())));
    Seen {
        title,
        at: None,
        detail: Some(detail),
        texts,
        whose: Whose::Everyones,
        target,
    }
}

fn joined(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(" · ")
}

pub(super) fn person(look: &Look<'_>, record: &Record) -> Hit {
    if !look.leads() {
        return Ok(None);
    }
    let person = Person::read(record);
    let mut classes: Vec<&str> = look
        .atlas
        .classes
        .values()
        .filter(|class| class.is_active && class.has_staff(person.id))
        .map(|class| class.name.as_str())
        .collect();
    classes.sort_unstable();
    let left = if person.is_active { "" } else { "has left" };
    let detail = joined(&[&classes.join(", "), left]);
    Ok(Some(plain(person.name, detail, &[], SearchTarget::People)))
}

pub(super) fn class(look: &Look<'_>, record: &Record) -> Hit {
    if !look.leads() {
        return Ok(None);
    }
    let class = Class::read(record);
    let closed = if class.is_active {
        ""
    } else {
        "no longer taught"
    };
    let detail = joined(&[&class.year_group, &class.phase, closed]);
    let more = [class.year_group.as_str(), class.phase.as_str()];
    let seen = plain(class.name, detail, &more, SearchTarget::Classes);
    Ok(Some(seen))
}

pub(super) fn room(look: &Look<'_>, record: &Record) -> Hit {
    if !look.leads() {
        return Ok(None);
    }
    let room = Room::read(record);
    let more = [room.place.as_str()];
    let seen = plain(room.name, room.place.clone(), &more, SearchTarget::Rooms);
    Ok(Some(seen))
}

fn programme(walk: Walk, target: SearchTarget) -> Seen {
    Seen {
        title: walk.name.clone(),
        at: None,
        detail: None,
        texts: vec![
            (String::new(), walk.name),
            ("Focus".into(), walk.focus),
            ("Why this focus".into(), walk.purpose),
        ],
        whose: Whose::Everyones,
        target,
    }
}

pub(super) fn walk(look: &Look<'_>, record: &Record) -> Hit {
    let walk = Walk::read(record);
    let target = SearchTarget::Walk { walk: walk.id };
    Ok(look.leads().then(|| programme(walk, target)))
}

/// What everyone else reads of a walk is its latest notice.
pub(super) fn notice(look: &Look<'_>, record: &Record) -> Hit {
    if look.leads() {
        return Ok(None);
    }
    let notices = look
        .view
        .facts
        .reader
        .list_under(&Kind::Notice, record.id)?;
    let given = notices
        .iter()
        .filter_map(|record| Some((Notice::read(record)?.given_at, record.id)));
    Ok(given.max().map(|(at, id)| {
        let target = SearchTarget::Notice { notice: id.into() };
        Seen {
            at: Some(at),
            ..programme(Walk::read(record), target)
        }
    }))
}

/// A visit is of the programme: everyone knows of it. Only who can open something finds it here.
pub(super) fn visit(look: &Look<'_>, record: &Record) -> Hit {
    let Some(visit) = Visit::read(record).filter(|visit| !visit.is_cancelled) else {
        return Ok(None);
    };
    let own = look.view.standing.id();
    let is_over = visit.ends_at() <= look.view.now;
    let record_as = |seat| SearchTarget::Record {
        visit: visit.id,
        walk: visit.walk,
        seat,
    };
    let target = if look.leads() && is_over {
        record_as(SearchSeat::Leader)
    } else if look.leads() {
        SearchTarget::Walk { walk: visit.walk }
    } else if visit.observers.contains(&own) {
        SearchTarget::Observation { visit: visit.id }
    } else if look.atlas.teaches(own, &visit) && look.view.facts.share(visit.id)?.is_some() {
        record_as(SearchSeat::Teacher)
    } else {
        return Ok(None);
    };
    let class = look.atlas.class_name(visit.class);
    let mut seen = plain(
        joined(&[&class, &visit.subject]),
        String::new(),
        &[],
        target,
    );
    seen.at = Some(visit.starts_at);
    Ok(Some(seen))
}

/// What an observer wrote. While it is being written only its observer finds it.
pub(super) fn comment(look: &Look<'_>, record: &Record) -> Hit {
    let Some(own) = Observation::read(record) else {
        return Ok(None);
    };
    let Some((known, seat)) = look.seat(own.visit)? else {
        return Ok(None);
    };
    let is_mine = own.observer == look.view.standing.id();
    let is_shown = known.observations.iter().any(|shown| shown.id == own.id);
    if !is_shown || (own.finished_at.is_none() && !is_mine) {
        return Ok(None);
    }
    let texts = look.parts(record, &known)?;
    let mut seen = look.of_record(&known, seat, is_mine, texts);
    if own.finished_at.is_none() {
        seen.target = SearchTarget::Observation { visit: own.visit };
    }
    Ok(Some(seen))
}

pub(super) fn response(look: &Look<'_>, record: &Record) -> Hit {
    let Some(response) = Response::read(record) else {
        return Ok(None);
    };
    let Some((known, seat)) = look.seat(response.visit)? else {
        return Ok(None);
    };
    let is_mine = response.teacher == look.view.standing.id();
    let texts = look.parts(record, &known)?;
    Ok(Some(look.of_record(&known, seat, is_mine, texts)))
}

pub(super) fn reflection(look: &Look<'_>, record: &Record) -> Hit {
    let Some(reflection) = Reflection::read(record) else {
        return Ok(None);
    };
    let asked = |key: &str| {
        let question = QUESTIONS.iter().find(|(own, _)| *own == key);
        question.map_or(String::new(), |(_, question)| (*question).to_owned())
    };
    let texts = search::texts(record).into_iter();
    let texts = texts.map(|(name, text)| (asked(name), text.to_owned()));
    let texts: Vec<_> = texts.collect();
    if reflection.teacher != look.view.standing.id() {
        // Its teacher lets this person read it, with their name on it.
        return Ok(Some(Seen {
            title: "A reflection that you were let read".into(),
            at: None,
            detail: None,
            texts,
            whose: Whose::Others,
            target: SearchTarget::Reflections,
        }));
    }
    let Some((known, seat)) = look.seat(reflection.visit)? else {
        return Ok(None);
    };
    Ok(Some(look.of_record(&known, seat, true, texts)))
}

pub(super) fn review(look: &Look<'_>, record: &Record) -> Hit {
    let Some(review) = Review::read(record) else {
        return Ok(None);
    };
    Ok(Some(Seen {
        title: format!("Review of {}", look.term_name(review.term)?),
        at: None,
        detail: None,
        texts: vec![(String::new(), review.words)],
        whose: Whose::Own,
        target: SearchTarget::Review { term: review.term },
    }))
}

/// What staff say to a review or a form, with their names: everyone reads it there.
pub(super) fn remark(look: &Look<'_>, record: &Record) -> Hit {
    let Some(comment) = Comment::read(record) else {
        return Ok(None);
    };
    let Some(on) = look.view.facts.reader.get(comment.on)? else {
        return Ok(None);
    };
    let (title, target) = match (&on.kind, Review::read(&on)) {
        (Kind::Review, Some(review)) => (
            format!("On the review of {}", look.term_name(review.term)?),
            SearchTarget::Review { term: review.term },
        ),
        (Kind::Template, _) => (
            format!("On the form {}", on.text("name")),
            SearchTarget::Form {
                template: on.id.into(),
            },
        ),
        _ => return Ok(None),
    };
    Ok(Some(Seen {
        title,
        at: Some(comment.at),
        detail: None,
        texts: vec![(String::new(), comment.text)],
        whose: Whose::Own,
        target,
    }))
}

pub(super) fn template(_: &Look<'_>, record: &Record) -> Hit {
    let form = Template::read(record);
    let mut texts = vec![(String::new(), form.name.clone())];
    for section in &form.sections {
        texts.push((section.title.clone(), section.title.clone()));
        let criteria = section.criteria.iter();
        texts.extend(criteria.map(|one| (section.title.clone(), one.text.clone())));
    }
    Ok(Some(Seen {
        title: form.name,
        at: None,
        detail: None,
        texts,
        whose: Whose::Everyones,
        target: SearchTarget::Form { template: form.id },
    }))
}

pub(super) fn concern(look: &Look<'_>, record: &Record) -> Hit {
    let Some(concern) = Concern::read(record) else {
        return Ok(None);
    };
    let is_mine = concern.writer == look.view.standing.id();
    Ok(Some(Seen {
        title: if is_mine { "Your concern" } else { "A concern" }.into(),
        at: None,
        detail: None,
        texts: vec![
            ("What happened".into(), concern.text),
            ("The answer".into(), concern.answer),
        ],
        whose: if is_mine { Whose::Own } else { Whose::Others },
        target: SearchTarget::Concerns,
    }))
}

/// A published report is read by all staff where notices are; a draft by leaders, beside its walk.
pub(super) fn report(look: &Look<'_>, record: &Record) -> Hit {
    let Some(report) = Report::read(record) else {
        return Ok(None);
    };
    let Some(walk) = look.view.facts.walk(report.walk)? else {
        return Ok(None);
    };
    let called = |name: &str| match name.split('.').next() {
        Some("strengths") => "Strengths",
        Some("development") => "Development points",
        Some("good_practice") => "Good practice",
        Some("changes") => "Changes",
        Some("more_information") => "What needs more information",
        _ => "Added afterwards",
    };
    let texts = search::texts(record).into_iter();
    Ok(Some(Seen {
        title: format!("Report of {}", walk.name),
        at: report.published_at,
        detail: None,
        texts: texts
            .map(|(name, text)| (called(name).to_owned(), text.to_owned()))
            .collect(),
        whose: Whose::Own,
        target: match report.published_at {
            Some(_) => SearchTarget::Report { report: report.id },
            None => SearchTarget::ReportDraft { walk: report.walk },
        },
    }))
}

/// An action is found by what is to be done, and not by its owner.
pub(super) fn action(_: &Look<'_>, record: &Record) -> Hit {
    let called = |name: &str| match name.split('.').next() {
        Some("success_criteria") => "Success criteria",
        Some("notes") => "Progress",
        _ => "",
    };
    let texts = search::texts(record).into_iter();
    Ok(Some(Seen {
        title: record.text("title").to_owned(),
        at: None,
        detail: None,
        texts: texts
            .map(|(name, text)| (called(name).to_owned(), text.to_owned()))
            .collect(),
        whose: Whose::Own,
        target: SearchTarget::Action {
            action: record.id.into(),
        },
    }))
}
