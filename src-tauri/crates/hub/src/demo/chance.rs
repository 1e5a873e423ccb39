//! Chance that is the same every time: a small hash of what is asked about.

/// A number that looks random and depends only on `parts`.
pub(super) fn chance(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9e37_79b9_7f4a_7c15, |state, part| {
        let mut mixed = state ^ part.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    })
}

/// True so many times in a hundred.
pub(super) fn happens(percent: u64, parts: &[u64]) -> bool {
    chance(parts) % 100 < percent
}
