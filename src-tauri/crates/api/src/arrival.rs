//! When a notice or a share came to the hub, where a device says that it was made before (R3, R12).
//!
//! A leader offline gives notice and shares when there is no network, and a leader in a hurry does so late and says it was
//! in time. Staff could read the notice, and teachers the record, only when it was at the hub, so that is the moment which
//! counts.

use alongside_domain::field::{ARRIVED_AT, parse_time, time_value};
use alongside_domain::{DeviceId, Field, Kind, Record, Stamp};
use alongside_store::{Reader, Writer};
use chrono::{DateTime, Duration, Utc};

use crate::accept::Intake;
use crate::authority::Way;
use crate::{ApiError, Place, notes};

/// How far behind the hub's clock a notice or a share may say that it was made before the hub says when it came.
const LATENESS: Duration = Duration::minutes(1);

/// How long a school that was started on a device takes to move in. Its device alone says how things stood before.
const MOVING: Duration = Duration::hours(24);

/// The move of a school from a device to this hub.
#[derive(Debug, Clone, Copy)]
pub struct Move {
    /// When it began.
    at: DateTime<Utc>,
    /// From which device.
    from: DeviceId,
}

impl Move {
    /// The move of the school of this hub, if it was started on a device.
    pub(crate) fn read(reader: &dyn Reader) -> Result<Option<Self>, ApiError> {
        let Some(at) = reader.note(notes::MOVED_IN_AT)? else {
            return Ok(None);
        };
        let from = reader.note(notes::MOVED_IN_FROM)?;
        let from = from.and_then(|id| id.parse().ok());
        Ok(parse_time(&at).zip(from).map(|(at, from)| Self {
            at: at.to_utc(),
            from,
        }))
    }

    /// Whether what a device sends now is the school moving in.
    pub(crate) fn is_under_way(self, from: DeviceId, now: DateTime<Utc>) -> bool {
        from == self.from && now <= self.at + MOVING
    }
}

/// The field that the hub has to write on the notice or share, if it comes later than it says. It is stamped as the hub's
/// own, so that the device that sent it is sent it, too.
///
/// The notices of a school that is moving in keep their time from before: it had no other place to give them.
pub(crate) fn late(
    writer: &dyn Writer,
    intake: Intake<'_>,
    held: Option<&Record>,
    kind: &Kind,
    taken: &[(&String, &Field)],
) -> Result<Option<(String, Field)>, ApiError> {
    let said = match kind {
        Kind::Share => "shared_at",
        Kind::Notice => "given_at",
        _ => return Ok(None),
    };
    let is_first = held.is_none_or(|held| held.value(said).is_none());
    if intake.place != Place::Hub || intake.way != Way::Wire || !is_first {
        return Ok(None);
    }
    let said = taken.iter().find(|(name, _)| *name == said);
    let said = said.and_then(|(_, field)| field.value.as_str());
    let Some(said) = said.and_then(parse_time) else {
        return Ok(None);
    };
    if intake.now <= said + LATENESS {
        return Ok(None);
    }
    if *kind == Kind::Notice
        && let Some(moved) = Move::read(writer)?
        && moved.is_under_way(intake.standing.actor.device, intake.now)
        && said <= moved.at
    {
        return Ok(None);
    }
    let Ok(now) = u64::try_from(intake.now.timestamp_millis()) else {
        return Ok(None);
    };
    let arrived = Field {
        value: time_value(intake.now),
        stamp: Stamp::new(now, 0, own_tail(writer, intake)?),
    };
    Ok(Some((ARRIVED_AT.to_owned(), arrived)))
}

/// The end of the stamps of what an install writes itself: the hub's own, or on a device that of the device.
pub(crate) fn own_tail(reader: &dyn Reader, intake: Intake<'_>) -> Result<[u8; 6], ApiError> {
    let hub: Option<DeviceId> = reader.note(notes::HUB)?.and_then(|id| id.parse().ok());
    Ok(hub.unwrap_or(intake.standing.actor.device).tail())
}

/// Whether a device has joined a hub, which judges then what it writes.
pub(crate) fn has_hub(reader: &dyn Reader) -> Result<bool, ApiError> {
    Ok(reader.note(alongside_sync::notes::HUB_ADDRESS)?.is_some())
}
