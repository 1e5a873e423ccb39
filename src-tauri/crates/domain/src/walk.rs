//! A walk: one round of visits with one focus.

use crate::field::{Declared, Shape};
use crate::person::Person;
use crate::{ClassId, PersonId, Record, Refusal, TemplateId, TermId, WalkId};

/// The most classes one walk visits.
pub const CLASSES_LIMIT: usize = 200;
/// The fewest classes that may be left of a walk when visits are called off after its notice (R4): pupils fall ill and
/// lessons move, but a walk never ends as a visit to one or two teachers.
pub const COVER_FLOOR: i64 = 3;
/// The most people that observe on one walk.
pub const OBSERVERS_LIMIT: usize = 60;

/// What is declared of a walk's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("name", Shape::Name),
    ("focus", Shape::Name),
    ("purpose", Shape::Text),
    ("template", Shape::Id),
    ("term", Shape::Id),
    ("classes", Shape::Ids(CLASSES_LIMIT)),
    ("observers", Shape::Ids(OBSERVERS_LIMIT)),
];

/// A walk, read from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// Which.
    pub id: WalkId,
    /// As the programme calls it.
    pub name: String,
    /// The whole-school theme (R4).
    pub focus: String,
    /// Why this theme now.
    pub purpose: String,
    /// The form, in one version.
    pub template: Option<TemplateId>,
    /// The term it belongs to (R11).
    pub term: Option<TermId>,
    /// The classes it is meant to visit.
    pub classes: Vec<ClassId>,
    /// The people who are to observe.
    pub observers: Vec<PersonId>,
}

impl Walk {
    /// Reads a walk leniently: what is missing reads as empty.
    pub fn read(record: &Record) -> Self {
        Self {
            id: record.id.into(),
            name: record.text("name").to_owned(),
            focus: record.text("focus").to_owned(),
            purpose: record.text("purpose").to_owned(),
            template: record.id("template"),
            term: record.id("term"),
            classes: record.ids("classes"),
            observers: record.ids("observers"),
        }
    }
}

/// Refuses to announce a walk of too few classes: what is seen in a handful of rooms is about the people in them (R4).
pub fn check_cover(classes: usize, suppression: i64) -> Result<(), Refusal> {
    let least = usize::try_from(suppression).unwrap_or(usize::MAX);
    if classes >= least {
        return Ok(());
    }
    Err(Refusal::new(
        "too_few_classes",
        format!(
            "A walk covers at least {least} classes, so that it is about learning across the school and not about one teacher. {classes} are planned: add {} more.",
            least - classes
        ),
    ))
}

/// Refuses a text that names a member of staff: a focus is a whole-school theme, never one person's performance (R4).
/// When a name is met says [`Person::is_named_in`].
pub fn check_focus(text: &str, people: &[Person]) -> Result<(), Refusal> {
    if people.iter().any(|person| person.is_named_in(text)) {
        return Err(Refusal::new(
            "focus_names_staff",
            "A focus is a theme for the whole school, so it cannot name a member of staff. Say what pupils’ learning you want to look at in every class.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Person {
        Person {
            id: PersonId::from_uuid(uuid::Uuid::from_u128(3)),
            name: name.into(),
            roles: Vec::new(),
            line_manager: None,
            is_active: true,
        }
    }

    #[test]
    fn a_focus_that_names_a_member_of_staff_is_refused() {
        let staff = [named("Orla Tamblyn"), named("Mr Wood")];
        assert!(check_focus("How Orla Tamblyn uses questions", &staff).is_err());
        assert!(check_focus("Behaviour in Tamblyn's class", &staff).is_err());
        assert!(check_focus("orla tamblyn", &staff).is_err());
        assert!(check_focus("Pupils' independence, also in wood and metal work", &staff).is_ok());
    }
}
