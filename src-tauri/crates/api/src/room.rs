//! Keeping the rooms of the school and the route through them.

use alongside_domain::{Kind, RoomId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use ts_rs::TS;

use crate::install::Nothing;
use crate::school::{self, School};
use crate::{Actor, ApiError, Desk};

/// `room_put`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RoomPut {
    /// Which; none adds one.
    pub room: Option<RoomId>,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub place: String,
    /// Its place on the route.
    #[ts(type = "number")]
    pub route: i64,
}

/// `room_put`: adds or changes a room.
pub(crate) fn put(desk: &Desk, actor: &Actor, request: RoomPut) -> Result<School, ApiError> {
    let id = request
        .room
        .unwrap_or_else(|| RoomId::from_uuid(desk.fresh()));
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        edit.put(
            id,
            &Kind::Room,
            [
                ("name", json!(request.name.trim())),
                ("place", json!(request.place.trim())),
                ("route", json!(request.route)),
            ],
        )
    })?;
    school::get(desk, actor, Nothing {})
}
