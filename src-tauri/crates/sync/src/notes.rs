//! The keys under which a device keeps small facts about its hub and its syncs, all in one place.
//!
//! Values are text: ids and addresses as they are, times and offsets in milliseconds. Reading them typed is here too.

use alongside_domain::{DeviceId, HubId, PersonId, SchoolId};
use alongside_store::{Reader, Result, Writer};

/// The hub's address, as [`HubAddress`](crate::HubAddress) writes it.
pub const HUB_ADDRESS: &str = "hub_address";
/// What stands in [`HUB_ADDRESS`] when the hub runs in the same app, beside this space's store.
pub const INNER: &str = "inner";
/// This device's bearer token.
pub const HUB_TOKEN: &str = "hub_token";
/// Which hub it is.
pub const HUB_ID: &str = "hub_id";
/// The encodings the hub said it reads, as in its `Accept-Encoding`.
pub const HUB_ENCODING: &str = "hub_encoding";
/// To what letters for the hub are sealed ([`LetterKey`](crate::LetterKey)).
pub const LETTER_KEY: &str = "letter_key";
/// Set after joining another hub than before, or one that was brought back from before this device's last receipts,
/// until both sides were found equal.
pub const HUB_MOVED: &str = "hub_moved";
/// The school this space belongs to.
pub const SCHOOL: &str = "school";
/// The person this space belongs to.
pub const PERSON: &str = "person";
/// The id of this install.
pub const DEVICE: &str = "device";
/// Up to which version of the hub this device holds its feed.
pub const CURSOR: &str = "cursor";
/// Up to which version this device holds its feed entire: the cursor at the end of the last pull that went to its end.
pub const HELD: &str = "held";
/// The place in the hub's log that this device was last told of.
pub const MARK: &str = "mark";
/// When the hub last answered, on its clock. Exact to a minute when there was nothing new.
pub const RECEIVED_AT: &str = "received_at";
/// What to add to this device's clock to have the hub's.
pub const CLOCK_OFFSET_MS: &str = "clock_offset_ms";
/// The count and digest last found equal on both sides; taken away as soon as what is delivered changes.
pub const CHECK: &str = "check";
/// When both sides were last compared.
pub const CHECKED_AT: &str = "checked_at";
/// When both sides still differed after everything was pulled again.
pub const DIVERGED_AT: &str = "diverged_at";

/// The cursor, 0 before the first pull.
pub fn cursor(reader: &dyn Reader) -> Result<u64> {
    Ok(parsed(reader, CURSOR)?.unwrap_or(0))
}

/// Up to where the feed is held entire, 0 before the end of the first pull; never beyond the [`cursor`].
pub fn held(reader: &dyn Reader) -> Result<u64> {
    let held = parsed(reader, HELD)?.unwrap_or(0);
    Ok(cursor(reader)?.min(held))
}

/// When the hub last answered, in milliseconds since 1970 on its clock.
pub fn received_at(reader: &dyn Reader) -> Result<Option<u64>> {
    parsed(reader, RECEIVED_AT)
}

/// What to add to this device's clock to have the hub's, in milliseconds; 0 before the first contact.
pub fn clock_offset_ms(reader: &dyn Reader) -> Result<i64> {
    Ok(parsed(reader, CLOCK_OFFSET_MS)?.unwrap_or(0))
}

/// The id of this install, once it has one.
pub fn device(reader: &dyn Reader) -> Result<Option<DeviceId>> {
    parsed(reader, DEVICE)
}

/// The school of this space, once it has one.
pub fn school(reader: &dyn Reader) -> Result<Option<SchoolId>> {
    parsed(reader, SCHOOL)
}

/// The person of this space, once it has one.
pub fn person(reader: &dyn Reader) -> Result<Option<PersonId>> {
    parsed(reader, PERSON)
}

/// The hub this space was let in by.
pub fn hub_id(reader: &dyn Reader) -> Result<Option<HubId>> {
    parsed(reader, HUB_ID)
}

/// Forgets how far this device is with its hub: everything is asked for anew, and what it acknowledged but does not show
/// then is sent again.
pub(crate) fn begin_anew(writer: &mut dyn Writer) -> Result<()> {
    for key in [CURSOR, HELD, MARK, CHECK, CHECKED_AT, DIVERGED_AT] {
        writer.note_put(key, None)?;
    }
    writer.note_put(HUB_MOVED, Some("yes"))
}

/// Reads a note of any form; one that does not have the form reads as absent.
pub(crate) fn parsed<T: std::str::FromStr>(reader: &dyn Reader, key: &str) -> Result<Option<T>> {
    Ok(reader.note(key)?.and_then(|text| text.parse().ok()))
}
