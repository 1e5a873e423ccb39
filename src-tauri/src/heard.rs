//! The day on which the hub last had everything of a space, in a small file beside its store: it is to be told when the
//! store cannot be read any more. It holds a day and nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use alongside_sync::Wall;
use chrono::{DateTime, NaiveDate};

/// The file, beside the store.
const FILE: &str = "heard";

/// Notes the day of a receipt, in milliseconds since 1970. A day that could not be noted is told as one before.
pub(crate) fn note(store: &Path, received_at: u64) {
    let Some(day) = day(received_at) else {
        return;
    };
    let (file, day) = (path(store), day.to_string());
    if fs::read_to_string(&file).is_ok_and(|known| known == day) {
        return;
    }
    if let Err(error) = fs::write(&file, day) {
        tracing::warn!(%error, "the day of a receipt was not noted");
    }
}

/// How many days ago that was; none when it is not known.
pub(crate) fn days_since(store: &Path, wall: &dyn Wall) -> Option<i64> {
    let heard: NaiveDate = fs::read_to_string(path(store)).ok()?.trim().parse().ok()?;
    let today = day(wall.now_ms())?;
    // A clock that was set back makes no future of it.
    Some((today - heard).num_days().max(0))
}

fn path(store: &Path) -> PathBuf {
    store.with_file_name(FILE)
}

fn day(millis: u64) -> Option<NaiveDate> {
    let at = DateTime::from_timestamp_millis(i64::try_from(millis).ok()?)?;
    Some(at.date_naive())
}
