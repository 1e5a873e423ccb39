//! How often each criterion is seen in the demo school, by phase, so that patterns have a shape worth talking about.

use super::people::Phase;

/// When something is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tide {
    /// At the walk before last term's.
    Earlier,
    /// At last term's.
    LastTerm,
    /// At this term's.
    ThisTerm,
}

/// Seen so many times of a hundred looks at last term's walk: in primary, secondary and post-16.
const SEEN: &[(&str, [u64; 3])] = &[
    ("aids", [92, 86, 70]),
    ("zones", [84, 78, 58]),
    ("wait", [94, 90, 80]),
    ("blank_levels", [77, 73, 62]),
    ("tidy", [93, 90, 86]),
    ("sight", [96, 93, 90]),
    ("resources", [82, 72, 65]),
    ("deployment", [88, 82, 76]),
    ("pace", [79, 75, 58]),
    ("engaged", [88, 84, 74]),
    ("stretch", [62, 56, 48]),
    ("independence", [64, 70, 84]),
    ("expectations", [87, 83, 80]),
    ("feedback", [90, 84, 76]),
    ("objectives", [80, 82, 70]),
    ("own_assessment", [48, 56, 64]),
    ("plans", [91, 86, 88]),
    ("celebrate", [95, 85, 72]),
    ("incidents", [92, 88, 90]),
    ("proactive", [90, 86, 88]),
    ("progress", [84, 80, 74]),
    ("topic_page", [76, 66, 45]),
    ("marking", [82, 70, 58]),
];

/// What has grown since last term, in points.
const GROWN: &[(&str, u64)] = &[
    ("aids", 4),
    ("independence", 10),
    ("own_assessment", 4),
    ("stretch", 6),
    ("resources", 5),
];

/// What had grown until then since the walk before, in points.
const HAD_GROWN: &[(&str, u64)] = &[
    ("wait", 26),
    ("aids", 9),
    ("zones", 8),
    ("pace", 6),
    ("feedback", 7),
    ("topic_page", 5),
];

/// In how many of a hundred visits an observer looks at it at all.
const LOOKED: &[(&str, u64)] = &[
    ("incidents", 45),
    ("proactive", 72),
    ("progress", 62),
    ("topic_page", 60),
    ("marking", 60),
    ("stretch", 78),
];

/// How often an observer looks at everything else.
const LOOKED_ELSE: u64 = 90;

/// How often a criterion is seen where somebody looks, of a hundred.
pub(super) fn seen(criterion: &str, phase: Phase, tide: Tide) -> u64 {
    let base = SEEN
        .iter()
        .find(|(name, _)| *name == criterion)
        .map_or([75; 3], |(_, base)| *base);
    let [primary, secondary, post16] = base;
    let base = match phase {
        Phase::Primary => primary,
        Phase::Secondary => secondary,
        Phase::Post16 => post16,
    };
    let points = |of: &[(&str, u64)]| {
        let own = of.iter().find(|(name, _)| *name == criterion);
        own.map_or(0, |(_, points)| *points)
    };
    match tide {
        Tide::Earlier => base - points(HAD_GROWN).min(base),
        Tide::LastTerm => base,
        Tide::ThisTerm => base + points(GROWN),
    }
}

/// How often somebody looks at a criterion, of a hundred.
pub(super) fn looked(criterion: &str) -> u64 {
    LOOKED
        .iter()
        .find(|(name, _)| *name == criterion)
        .map_or(LOOKED_ELSE, |(_, looked)| *looked)
}
