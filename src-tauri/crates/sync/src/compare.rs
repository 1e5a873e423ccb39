//! The comparison at the end of a sync: when it is due, what it costs, and what follows from a difference.
//!
//! Both sides hold the same when their digests agree. A digest reads everything, so it is made when the hub's answer has
//! one that was not found equal before, and not for every tick. Here nothing is sent; the run is in
//! [`engine`](crate::engine).

use alongside_store::{Reader, Scope, Writer};

use crate::{Check, SyncError, digest, notes};

/// How often both sides are compared while changes go to and fro; by hand and after a pause it is done at once.
pub const CHECK_EVERY_MS: u64 = 5 * 60 * 1000;

/// How soon a device that still differs after pulling everything again does so once more by itself.
const REPAIR_EVERY_MS: u64 = 24 * 60 * 60 * 1000;

/// How thoroughly a sync looks at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Care {
    /// Compares when [`CHECK_EVERY_MS`] have passed since the last time.
    WhenDue,
    /// Compares whenever anything changed since the last time. A person who asks for a sync wants to be sure.
    Now,
}

/// How the comparison at the end of a sync went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Checked {
    /// Something waits again, the last comparison was a moment ago, or the hub sent nothing to compare with.
    #[default]
    NotNow,
    /// Nothing has changed since both sides were found equal.
    Unchanged,
    /// Both sides hold the same.
    Same,
    /// Both sides hold the same after everything was pulled again.
    Repaired,
}

/// On what terms both sides are compared.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) care: Care,
    /// Whether everything has just been pulled again.
    pub(crate) is_repaired: bool,
}

impl Terms {
    /// Whether it is time to compare.
    pub(crate) fn is_due(self, reader: &dyn Reader, now_ms: u64) -> Result<bool, SyncError> {
        Ok(self.is_repaired
            || self.care == Care::Now
            || is_past(reader, notes::CHECKED_AT, CHECK_EVERY_MS, now_ms)?)
    }
}

/// How the comparison goes where no digest is needed for it.
pub(crate) fn stands(
    reader: &dyn Reader,
    hub: &Check,
    terms: Terms,
    now_ms: u64,
) -> Result<Option<Checked>, SyncError> {
    if reader.outbox_count()? > 0 {
        return Ok(Some(Checked::NotNow));
    }
    if reader.note(notes::CHECK)?.as_deref() == Some(&noted(hub)) {
        return Ok(Some(Checked::Unchanged));
    }
    let is_due = terms.is_due(reader, now_ms)?;
    Ok((!is_due).then_some(Checked::NotNow))
}

/// Compares what is held here with what the hub says must be, and notes how that went.
pub(crate) fn compare(
    writer: &mut dyn Writer,
    hub: &Check,
    terms: Terms,
    now_ms: u64,
) -> Result<Compared, SyncError> {
    if let Some(checked) = stands(writer, hub, terms, now_ms)? {
        return Ok(Compared::As(checked));
    }
    let is_same = digest::check(writer, Scope::Delivered)? == *hub;
    let may_repair =
        terms.care == Care::Now || is_past(writer, notes::DIVERGED_AT, REPAIR_EVERY_MS, now_ms)?;
    let now = now_ms.to_string();
    writer.note_put(notes::CHECKED_AT, Some(&now))?;
    if is_same {
        writer.note_put(notes::CHECK, Some(&noted(hub)))?;
        writer.note_put(notes::DIVERGED_AT, None)?;
        writer.note_put(notes::HUB_MOVED, None)?;
        return Ok(Compared::As(match terms.is_repaired {
            true => Checked::Repaired,
            false => Checked::Same,
        }));
    }
    if !terms.is_repaired && may_repair {
        return Ok(Compared::ToRepair);
    }
    if terms.is_repaired {
        writer.note_put(notes::DIVERGED_AT, Some(&now))?;
    }
    Ok(Compared::Different)
}

/// What a hub says must be held, as it is noted.
fn noted(hub: &Check) -> String {
    format!("{} {}", hub.count, hub.digest)
}

fn is_past(reader: &dyn Reader, key: &str, span: u64, now_ms: u64) -> Result<bool, SyncError> {
    let at: Option<u64> = notes::parsed(reader, key)?;
    Ok(at.is_none_or(|at| now_ms.abs_diff(at) >= span))
}

/// What a comparison came to, and what follows.
pub(crate) enum Compared {
    /// It is over.
    As(Checked),
    /// They differ: everything is pulled again, once.
    ToRepair,
    /// They still differ.
    Different,
}
