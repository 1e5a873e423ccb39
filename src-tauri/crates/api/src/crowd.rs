//! Two leaders each put an observer down for the same visit, on devices that had not heard of each other (R6).
//!
//! The later list stands, as everywhere; but where both together name more than two people, the hub says so on the visit,
//! so that a leader chooses and nobody is silently dropped.

use alongside_domain::visit::OBSERVERS_LIMIT;
use alongside_domain::{Field, Kind, PersonId, Record, Stamp};
use alongside_store::{LogFilter, Writer};
use serde_json::json;

use crate::accept::Intake;
use crate::authority::Way;
use crate::{ApiError, Place, arrival};

/// How far back in the log of one visit its last change of observers is looked for.
const LINES: usize = 200;

/// What the hub has to write on the visit, if observers were put down without knowing of each other.
pub(crate) fn found(
    writer: &dyn Writer,
    intake: Intake<'_>,
    held: Option<&Record>,
    taken: &[(&String, &Field)],
) -> Result<Option<Field>, ApiError> {
    let named = taken.iter().find(|(name, _)| *name == "observers");
    let (Some(held), Some((_, new))) = (held, named) else {
        return Ok(None);
    };
    let Some(old) = held
        .fields
        .get("observers")
        .filter(|_| held.kind == Kind::Visit)
    else {
        return Ok(None);
    };
    if intake.place != Place::Hub || intake.way != Way::Wire || old == *new {
        return Ok(None);
    }
    let mut both: Vec<PersonId> = held.ids("observers");
    let mut fresh = Record::new(held.id, Kind::Visit);
    fresh.put("observers", (*new).clone());
    both.extend(fresh.ids::<PersonId>("observers"));
    both.extend(held.ids::<PersonId>("crowded"));
    both.sort_unstable();
    both.dedup();
    if both.len() <= OBSERVERS_LIMIT || had_seen(writer, intake, held, old, new)? {
        return Ok(None);
    }
    // As the hub's own: a device is not sent back what its stamps say it wrote itself, and its leader must hear of this.
    let newest = old.stamp.max(new.stamp);
    let own = arrival::own_tail(writer, intake)?;
    Ok(Some(Field {
        value: json!(both),
        stamp: Stamp::new(newest.millis(), newest.counter(), own),
    }))
}

/// Whether the sender knew of the list that stands: it wrote it, or had pulled past the version it came with.
fn had_seen(
    writer: &dyn Writer,
    intake: Intake<'_>,
    held: &Record,
    old: &Field,
    new: &Field,
) -> Result<bool, ApiError> {
    if new.stamp < old.stamp {
        return Ok(false);
    }
    if old.stamp.device() == new.stamp.device() {
        return Ok(true);
    }
    let filter = LogFilter {
        record: Some(held.id),
        act: Some("accepted".into()),
        ..LogFilter::default()
    };
    let came_with = writer
        .log(&filter, None, LINES)?
        .into_iter()
        .find_map(|line| {
            let (version, names) = line.detail.strip_prefix("version ")?.split_once(": ")?;
            names
                .split(' ')
                .any(|name| name == "observers")
                .then(|| version.parse::<u64>().ok())?
        });
    Ok(match (came_with, intake.seen) {
        (Some(version), Some(seen)) => seen >= version,
        _ => true,
    })
}
