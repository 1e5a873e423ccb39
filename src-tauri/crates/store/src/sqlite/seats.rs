//! Who reads a record, packed into its row: one seat for each audience that does or once did.

use super::bytes::{Bytes, push_number};
use crate::{Result, StoreError};

/// One audience of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seat {
    /// The audience's word.
    pub(super) audience: u32,
    /// Where the record stands in this audience's feed.
    pub(super) version: u64,
    /// The version at which the audience came to see the record; nothing when it no longer does.
    pub(super) since: Option<u64>,
}

/// Packs seats, in order of audience.
pub(super) fn pack(seats: &[Seat]) -> Vec<u8> {
    let mut out = Vec::with_capacity(seats.len() * 6);
    for seat in seats {
        push_number(
            &mut out,
            u64::from(seat.audience) << 1 | u64::from(seat.since.is_some()),
        );
        push_number(&mut out, seat.version);
        if let Some(since) = seat.since {
            push_number(&mut out, seat.version.saturating_sub(since));
        }
    }
    out
}

/// Unpacks what [`pack`] packed.
pub(super) fn unpack(packed: &[u8]) -> Result<Vec<Seat>> {
    let mut bytes = Bytes(packed);
    let mut seats = Vec::new();
    while !bytes.0.is_empty() {
        let first = bytes.number()?;
        let version = bytes.number()?;
        let since = if first & 1 == 1 {
            let before = bytes.number()?;
            let since = version.checked_sub(before);
            Some(since.ok_or_else(|| StoreError::damaged("a seat taken before the start"))?)
        } else {
            None
        };
        seats.push(Seat {
            audience: u32::try_from(first >> 1)
                .map_err(|_| StoreError::damaged("no such audience"))?,
            version,
            since,
        });
    }
    Ok(seats)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn seats_read_back(seats in prop::collection::vec((any::<u32>(), 0u64..1 << 60, any::<bool>(), any::<u8>()), 0..6)) {
            let seats: Vec<_> = seats
                .into_iter()
                .map(|(audience, since, is_present, later)| Seat {
                    audience,
                    version: since + u64::from(later),
                    since: is_present.then_some(since),
                })
                .collect();
            prop_assert_eq!(unpack(&pack(&seats)).unwrap(), seats);
        }
    }
}
