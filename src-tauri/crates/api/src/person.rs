//! Keeping the people of the school.

use alongside_domain::person::Role;
use alongside_domain::{Kind, PersonId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use ts_rs::TS;

use crate::install::Nothing;
use crate::school::{self, School};
use crate::{Actor, ApiError, Desk};

/// `person_put`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PersonPut {
    /// Who; none adds somebody.
    pub person: Option<PersonId>,
    /// Their name.
    pub name: String,
    /// Their roles.
    pub roles: Vec<Role>,
    /// Who supports them.
    pub line_manager: Option<PersonId>,
    /// False once they have left.
    pub is_active: bool,
}

/// `person_put`: adds or changes a person.
pub(crate) fn put(desk: &Desk, actor: &Actor, request: PersonPut) -> Result<School, ApiError> {
    let id = request
        .person
        .unwrap_or_else(|| PersonId::from_uuid(desk.fresh()));
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        edit.put(
            id,
            &Kind::Person,
            [
                ("name", json!(request.name.trim())),
                ("roles", json!(request.roles)),
                ("line_manager", json!(request.line_manager)),
                ("is_active", json!(request.is_active)),
            ],
        )
    })?;
    school::get(desk, actor, Nothing {})
}
