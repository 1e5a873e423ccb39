//! A person of the school: staff, governor or other professional, with roles.
//!
//! A person's name serves only access, the response and the visit count (R9).

use serde::{Deserialize, Serialize};

use crate::field::{Declared, Shape};
use crate::{PersonId, Record, Refusal};

/// What a person is in the school. One person may be several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Of the senior leadership team.
    Leader,
    /// The headteacher, who is a leader too.
    Head,
    /// Teaches classes.
    Teacher,
    /// Support staff.
    Support,
    /// A governor.
    Governor,
    /// Another professional.
    Visitor,
}

const ROLES: &[&str] = &[
    "leader", "head", "teacher", "support", "governor", "visitor",
];

impl Role {
    /// Every role, in the order people are listed.
    pub const ALL: [Self; 6] = [
        Self::Head,
        Self::Leader,
        Self::Teacher,
        Self::Support,
        Self::Governor,
        Self::Visitor,
    ];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Leader => "leader",
            Self::Head => "head",
            Self::Teacher => "teacher",
            Self::Support => "support",
            Self::Governor => "governor",
            Self::Visitor => "visitor",
        }
    }

    /// Reads the word a school would write in a list, in either number (`Teacher`, `support staff`, `SLT`).
    pub fn from_list_word(word: &str) -> Option<Self> {
        match word.trim().to_lowercase().as_str() {
            "leader" | "leaders" | "slt" | "senior leader" | "senior leadership" => {
                Some(Self::Leader)
            }
            "head" | "headteacher" | "head teacher" | "principal" => Some(Self::Head),
            "teacher" | "teachers" => Some(Self::Teacher),
            "support" | "support staff" | "teaching assistant" | "assistant" | "ta" | "lsa"
            | "hlta" => Some(Self::Support),
            "governor" | "governors" | "trustee" => Some(Self::Governor),
            "visitor" | "other professional" | "professional" => Some(Self::Visitor),
            _ => None,
        }
    }
}

/// What is declared of a person's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("name", Shape::Name),
    ("roles", Shape::Choices(ROLES)),
    ("line_manager", Shape::Id),
    ("is_active", Shape::Flag),
];

/// A person, read from their record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// As staff know them.
    pub name: String,
    /// What they are.
    pub roles: Vec<Role>,
    /// Who supports them, where they have one.
    pub line_manager: Option<PersonId>,
    /// False once they have left; what they wrote stays.
    pub is_active: bool,
}

impl Person {
    /// Reads a person leniently: what is missing reads as empty.
    pub fn read(record: &Record) -> Self {
        let roles = record.value("roles").cloned().unwrap_or_default();
        Self {
            id: record.id.into(),
            name: record.text("name").to_owned(),
            roles: serde_json::from_value(roles).unwrap_or_default(),
            line_manager: record.id("line_manager"),
            is_active: record.value("is_active").is_none_or(|flag| flag != false),
        }
    }

    /// Whether they hold a role. The head is a leader.
    pub fn has(&self, role: Role) -> bool {
        self.is_active
            && (self.roles.contains(&role)
                || (role == Role::Leader && self.roles.contains(&Role::Head)))
    }
}

impl Person {
    /// Whether they are of the staff team, support staff included, to whom every notice goes (R3). Governors and other
    /// professionals are not, unless they are staff as well.
    pub fn is_staff(&self) -> bool {
        [Role::Leader, Role::Teacher, Role::Support]
            .into_iter()
            .any(|role| self.has(role))
    }
}

impl Person {
    /// Whether a text names them: when their last name, of three letters or more, stands in it as a word of its own with
    /// a capital letter, or when the whole name does in any spelling of case.
    pub fn is_named_in(&self, text: &str) -> bool {
        let Some(last) = self.name.split_whitespace().last() else {
            return false;
        };
        let mut words = text
            .split(|c: char| !c.is_alphanumeric() && c != '-')
            .map(|word| word.trim_end_matches("'s"));
        let is_capital_word = words.any(|word| word == last && word.chars().count() >= 3);
        let is_whole = || text.to_lowercase().contains(&self.name.to_lowercase());
        is_capital_word || (self.name.contains(' ') && is_whole())
    }
}

/// Refuses a text of a debrief, a report or an action that names a member of staff: it is about the whole school, and no
/// one is judged in it (R9). `people` are those who may not be named.
pub fn check_names_nobody<'a>(
    text: &str,
    people: impl IntoIterator<Item = &'a Person>,
) -> Result<(), Refusal> {
    let mut people = people.into_iter();
    if text.trim().is_empty() || !people.any(|person| person.is_named_in(text)) {
        return Ok(());
    }
    Err(Refusal::new(
        "text_names_staff",
        "What comes of a walk is about the whole school, so it cannot name a member of staff. Say what pupils do, or what helps them, without a name.",
    ))
}

/// Refuses a change of a person's roles or leaving that would leave the school without anyone who leads.
pub fn keep_a_leader(others: &[Person], changed: &Person) -> Result<(), Refusal> {
    let leads = |person: &Person| person.has(Role::Leader);
    if leads(changed)
        || others
            .iter()
            .any(|other| other.id != changed.id && leads(other))
    {
        Ok(())
    } else {
        Err(Refusal::new(
            "last_leader",
            "A school needs at least one leader. Make somebody else a leader first.",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(n: u128, roles: &[Role]) -> Person {
        Person {
            id: PersonId::from_uuid(uuid::Uuid::from_u128(n)),
            name: String::new(),
            roles: roles.to_vec(),
            line_manager: None,
            is_active: true,
        }
    }

    #[test]
    fn the_head_leads() {
        assert!(person(1, &[Role::Head]).has(Role::Leader));
        assert!(!person(1, &[Role::Teacher]).has(Role::Leader));
    }

    #[test]
    fn the_last_leader_stays_one() {
        let (head, teacher) = (person(1, &[Role::Head]), person(20, &[Role::Teacher]));
        let demoted = person(1, &[Role::Teacher]);
        assert!(keep_a_leader(&[head.clone(), teacher.clone()], &demoted).is_err());
        assert!(keep_a_leader(&[head, person(20, &[Role::Leader])], &demoted).is_ok());
    }
}
