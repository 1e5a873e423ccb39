//! Codes of refusals that mean something to the device's side of a sync. All others are set aside with their reason.

/// The record was finished before: the first time stands, and the person need not be told.
pub const ALREADY_FINISHED: &str = "already_finished";
/// The stamp lies ahead of the hub's time: it is stamped anew and sent again.
pub const STAMP_AHEAD: &str = "stamp_ahead";
/// The device's clock stands too far from the hub's: what was written by it is corrected and sent again.
pub const CLOCK_WRONG: &str = "clock_wrong";
/// The hub does not know this kind of record yet: it is offered again to a newer one.
pub const UNKNOWN_KIND: &str = "unknown_kind";
/// It fits no call.
pub const TOO_LARGE: &str = "too_large";
/// It was destroyed at the end of its time (R20): nothing of it is kept here either.
pub const DESTROYED: &str = "destroyed";

/// Refused for want of something that others bring: the visit, its notice, a place among its observers, its beginning, what is shared.
/// Offered again when more has come.
pub(crate) const WANTING: &[&str] = &[
    "unknown_id",
    "no_notice",
    "not_observer",
    "nothing_finished",
    "not_started",
];
