//! The evidence form of one visit, laid out as it is on paper: for the teacher, and for the file.
//!
//! One visit, never a list of them; names are those of who wrote (R9).

use alongside_domain::observation::Mark;
use alongside_domain::purpose::STATEMENT;
use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::Serialize;

use crate::pdf::{Template, make};
use crate::{Unfaithful, words};

/// What stands on the form. Whatever is said by each observer stands in the order of [`observers`](Self::observers).
#[derive(Debug, Clone)]
pub struct Form {
    /// Of which school.
    pub school: String,
    /// The class's name.
    pub class: String,
    /// Its year group and phase.
    pub class_detail: String,
    /// The staff of the class.
    pub staff: String,
    /// When the visit was.
    pub starts_at: DateTime<FixedOffset>,
    /// What was taught.
    pub subject: String,
    /// Which part of the lesson.
    pub part: String,
    /// Of the walk.
    pub focus: String,
    /// Why this focus.
    pub purpose: String,
    /// Who wrote.
    pub observers: Vec<FormObserver>,
    /// The form's own order.
    pub sections: Vec<FormSection>,
    /// What went well, by observer.
    pub went_well: Vec<Vec<String>>,
    /// Even better if, by observer.
    pub even_better_if: Vec<Vec<String>>,
    /// On the whole, by observer.
    pub overall: Vec<String>,
    /// What observers added after they had finished.
    pub additions: Vec<FormAddition>,
    /// What the teachers answered.
    pub responses: Vec<FormResponse>,
    /// Whether the record was shared with its teachers.
    pub is_shared: bool,
    /// The day on which it is destroyed (R20).
    pub destroyed_on: NaiveDate,
    /// When the file was made.
    pub taken_at: DateTime<FixedOffset>,
}

/// One observer of the visit.
#[derive(Debug, Clone)]
pub struct FormObserver {
    /// Their name.
    pub name: String,
    /// When they began.
    pub started_at: Option<DateTime<FixedOffset>>,
    /// When they finished.
    pub finished_at: Option<DateTime<FixedOffset>>,
    /// How many pupils they counted.
    pub pupils: Option<i64>,
    /// Their note about the group.
    pub pupils_note: String,
}

/// One section.
#[derive(Debug, Clone, Serialize)]
pub struct FormSection {
    /// Its heading.
    pub title: String,
    /// Its criteria.
    pub rows: Vec<FormRow>,
    /// The comments, by observer.
    pub comments: Vec<Vec<String>>,
}

/// One criterion.
#[derive(Debug, Clone, Serialize)]
pub struct FormRow {
    /// What was looked for.
    pub text: String,
    /// What each observer marked; none where they did not look.
    pub marks: Vec<Option<Mark>>,
}

/// Something an observer added after finishing.
#[derive(Debug, Clone)]
pub struct FormAddition {
    /// Whose.
    pub by: String,
    /// When.
    pub at: DateTime<FixedOffset>,
    /// The words.
    pub text: String,
}

/// A teacher's answer that was sent.
#[derive(Debug, Clone)]
pub struct FormResponse {
    /// Whose.
    pub teacher: String,
    /// When it was sent.
    pub sent_at: DateTime<FixedOffset>,
    /// To sections.
    pub replies: Vec<FormReply>,
    /// To the whole.
    pub overall: String,
}

/// An answer to one section.
#[derive(Debug, Clone, Serialize)]
pub struct FormReply {
    /// The section's heading.
    pub title: String,
    /// The words.
    pub text: String,
}

#[derive(Serialize)]
struct View<'a> {
    title: String,
    subtitle: String,
    statement: &'static str,
    school: &'a str,
    foot: String,
    class: String,
    staff: &'a str,
    time: String,
    subject: &'a str,
    part: &'a str,
    focus: &'a str,
    purpose: &'a str,
    observers: Vec<Observer<'a>>,
    sections: &'a [FormSection],
    went_well: &'a [Vec<String>],
    even_better_if: &'a [Vec<String>],
    overall: &'a [String],
    additions: Vec<Addition<'a>>,
    responses: Vec<Response<'a>>,
    no_response: &'static str,
    kept: String,
}

#[derive(Serialize)]
struct Observer<'a> {
    name: &'a str,
    times: String,
    pupils: String,
}

#[derive(Serialize)]
struct Addition<'a> {
    by: &'a str,
    at: String,
    text: &'a str,
}

#[derive(Serialize)]
struct Response<'a> {
    teacher: &'a str,
    sent_at: String,
    replies: &'a [FormReply],
    overall: &'a str,
}

/// The form as PDF/UA-1.
///
/// Errors when it could not be made, or does not hold every word.
pub fn form(form: &Form) -> Result<Vec<u8>, Unfaithful> {
    let clock = |time: DateTime<FixedOffset>| time.format("%H:%M").to_string();
    let observers = form.observers.iter().map(|observer| Observer {
        name: &observer.name,
        times: match (observer.started_at, observer.finished_at) {
            (Some(from), Some(to)) => format!("{} to {}", clock(from), clock(to)),
            (Some(from), None) => format!("from {}, not finished", clock(from)),
            _ => String::new(),
        },
        pupils: match (observer.pupils, observer.pupils_note.trim()) {
            (None, "") => String::new(),
            (Some(pupils), "") => format!("{pupils} ({})", observer.name),
            (Some(pupils), note) => format!("{pupils}; {note} ({})", observer.name),
            (None, note) => format!("{note} ({})", observer.name),
        },
    });
    let additions = form.additions.iter().map(|addition| Addition {
        by: &addition.by,
        at: words::time(addition.at),
        text: &addition.text,
    });
    let responses = form.responses.iter().map(|response| Response {
        teacher: &response.teacher,
        sent_at: format!("Sent on {}", words::time(response.sent_at)),
        replies: &response.replies,
        overall: &response.overall,
    });
    let view = View {
        title: format!(
            "{}, {}",
            form.class,
            words::day(form.starts_at.date_naive())
        ),
        subtitle: format!("Evidence form of a learning walk · {}", form.school),
        statement: STATEMENT,
        school: &form.school,
        foot: words::foot(&form.school, form.taken_at),
        class: match form.class_detail.as_str() {
            "" => form.class.clone(),
            detail => format!("{} ({detail})", form.class),
        },
        staff: &form.staff,
        time: form.starts_at.format("%A %-d %B %Y, %H:%M").to_string(),
        subject: &form.subject,
        part: &form.part,
        focus: &form.focus,
        purpose: &form.purpose,
        observers: observers.collect(),
        sections: &form.sections,
        went_well: &form.went_well,
        even_better_if: &form.even_better_if,
        overall: &form.overall,
        additions: additions.collect(),
        responses: responses.collect(),
        no_response: match (form.responses.is_empty(), form.is_shared) {
            (false, _) => "",
            (true, true) => "None was sent yet. It can be sent at any time.",
            (true, false) => "The record has not been shared with the teachers of the class yet.",
        },
        kept: format!(
            "This record is destroyed on {}. Let this copy go on the same day.",
            words::day(form.destroyed_on)
        ),
    };
    make(Template::Form, &view)
}
