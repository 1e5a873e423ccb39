//! Keeping the classes of the school.

use alongside_domain::{ClassId, Kind, PersonId, RoomId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use ts_rs::TS;

use crate::install::Nothing;
use crate::school::{self, School};
use crate::{Actor, ApiError, Desk};

/// `class_put`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ClassPut {
    /// Which; none adds one.
    pub class: Option<ClassId>,
    /// Its name.
    pub name: String,
    /// Its year group.
    pub year_group: String,
    /// Its phase or department.
    pub phase: String,
    /// Its teachers.
    pub teachers: Vec<PersonId>,
    /// Its support staff.
    pub support: Vec<PersonId>,
    /// Where it usually is.
    pub room: Option<RoomId>,
    /// False once it is no longer taught.
    pub is_active: bool,
}

/// `class_put`: adds or changes a class.
pub(crate) fn put(desk: &Desk, actor: &Actor, request: ClassPut) -> Result<School, ApiError> {
    let id = request
        .class
        .unwrap_or_else(|| ClassId::from_uuid(desk.fresh()));
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        edit.put(
            id,
            &Kind::Class,
            [
                ("name", json!(request.name.trim())),
                ("year_group", json!(request.year_group.trim())),
                ("phase", json!(request.phase.trim())),
                ("teachers", json!(request.teachers)),
                ("support", json!(request.support)),
                ("room", json!(request.room)),
                ("is_active", json!(request.is_active)),
            ],
        )
    })?;
    school::get(desk, actor, Nothing {})
}
