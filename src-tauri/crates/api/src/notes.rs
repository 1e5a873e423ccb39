//! Keys of the small facts a hub keeps about itself.

/// The hub's own id.
pub const HUB: &str = "hub";
/// What opens the letters that are sealed for this hub. Its public half is told to every device that joins.
pub const LETTER_IDENTITY: &str = "letter_identity";
/// When a school that was started on a device moved in, RFC 3339.
pub const MOVED_IN_AT: &str = "moved_in_at";
/// From which device it moved in.
pub const MOVED_IN_FROM: &str = "moved_in_from";
/// Set on a hub that holds the demo school.
pub const DEMO: &str = "demo";
/// What a hub has shown that it will destroy, and since when (R20).
pub const TO_BE_DESTROYED: &str = "to_be_destroyed";
/// Set while what was destroyed may still be found in the file.
pub const UNSCRUBBED: &str = "unscrubbed";
/// The digest of the archive that the school came in from.
pub const ARCHIVE: &str = "archive";
/// The certificate that this hub shows, and its key, as PEM: with the hub's records, so that devices know it again wherever
/// it is moved.
pub const IDENTITY: &str = "identity";
