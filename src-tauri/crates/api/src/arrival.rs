//! When a share came to the hub, where a device says that it was made before (R12).
//!
//! A leader offline shares when there is no network, and a leader in a hurry shares late and says it was in time. Teachers
//! could read the record only when it was at the hub, so that is the moment which counts.

use alongside_domain::field::{parse_time, time_value};
use alongside_domain::share::ARRIVED_AT;
use alongside_domain::{DeviceId, Field, Kind, Record, Stamp};
use alongside_store::Writer;
use chrono::Duration;

use crate::accept::Intake;
use crate::authority::Way;
use crate::{ApiError, Place, notes};

/// How far behind the hub's clock a share may say that it was made before the hub says when it came.
const LATENESS: Duration = Duration::minutes(1);

/// The field that the hub has to write on the share, if it comes later than it says. It is stamped as the hub's own, so that
/// the device that sent the share is sent it, too.
pub(crate) fn late(
    writer: &dyn Writer,
    intake: Intake<'_>,
    held: Option<&Record>,
    kind: &Kind,
    taken: &[(&String, &Field)],
) -> Result<Option<(String, Field)>, ApiError> {
    let is_first =
        *kind == Kind::Share && held.is_none_or(|held| held.value("shared_at").is_none());
    if intake.place != Place::Hub || intake.way != Way::Wire || !is_first {
        return Ok(None);
    }
    let said = taken.iter().find(|(name, _)| *name == "shared_at");
    let said = said.and_then(|(_, field)| field.value.as_str());
    let Some(said) = said.and_then(parse_time) else {
        return Ok(None);
    };
    let hub: Option<DeviceId> = writer.note(notes::HUB)?.and_then(|id| id.parse().ok());
    let (Some(hub), Ok(now)) = (hub, u64::try_from(intake.now.timestamp_millis())) else {
        return Ok(None);
    };
    let arrived = Field {
        value: time_value(intake.now),
        stamp: Stamp::new(now, 0, hub.tail()),
    };
    Ok((intake.now > said + LATENESS).then(|| (ARRIVED_AT.to_owned(), arrived)))
}
