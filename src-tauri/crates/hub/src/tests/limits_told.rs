//! `docs/limits.md` says of every limit what it is; here it is held to the numbers.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::limits::*;

const PAGE: &str = include_str!("../../../../../docs/limits.md");
const NUMBERS: &str = include_str!("../limits.rs");

/// A number as the page shows it.
trait Shown {
    fn shown(&self) -> String;
}

impl Shown for usize {
    fn shown(&self) -> String {
        match *self {
            mega if mega >= 1 << 20 && mega % (1 << 20) == 0 => format!("{} MB", mega >> 20),
            kilo if kilo >= 4096 && kilo % 1024 == 0 => format!("{} KB", kilo >> 10),
            one => one.to_string(),
        }
    }
}

impl Shown for u64 {
    fn shown(&self) -> String {
        usize::try_from(*self).unwrap().shown()
    }
}

impl Shown for std::num::NonZeroU32 {
    fn shown(&self) -> String {
        format!("{} a minute", self.get())
    }
}

impl Shown for Duration {
    fn shown(&self) -> String {
        match self.as_secs() {
            hours if hours >= 3600 && hours % 3600 == 0 => format!("{} h", hours / 3600),
            seconds => format!("{seconds} s"),
        }
    }
}

fn told() -> Vec<(&'static str, String)> {
    macro_rules! told {
        ($($name:ident)*) => { vec![$((stringify!($name), $name.shown())),*] };
    }
    told![
        BODY_LIMIT RECORDS_LIMIT STRANGER_BODY_LIMIT LARGE_BODIES_AT_ONCE CONNECTIONS CONNECTIONS_BY_ADDRESS
        CONNECTIONS_REFUSED REFUSED_WITHIN CONNECTIONS_RETRY HEAD_WITHIN BODY_STEP BODY_STEP_WITHIN ANSWER_STEP
        ANSWER_STEP_WITHIN ANSWER_WITHIN STOP_WITHIN QUEUE COMMIT_TOGETHER QUEUE_RETRY FOLLOWERS FOLLOWERS_BY_DEVICE
        FOLLOWERS_RETRY HAPPENINGS_KEPT WRONG_CODES_BY_ADDRESS WRONG_CODES_OVERALL CODES_AT_ONCE SYNCS_BY_DEVICE
        COMMANDS_BY_DEVICE HANDSHAKE_WITHIN HANDSHAKES_AT_ONCE HANDSHAKES_BY_ADDRESS PAGES_BY_ADDRESS DISK_LEAST READY_WITHIN DRAINED_AT_MOST DRAINED_WITHIN
        LETTER_LIMIT DOOR_CODE_WITHIN ASKS_AT_ONCE ASKS_BEHIND_A_DOOR ASK_RETRY ASK_WITHIN DOOR_IDLE_WITHIN DOOR_IN_BACK_WITHIN
    ]
}

/// Numbers that bound nobody: how things are done inside.
const INSIDE: &[&str] = &[
    "SMALL_BODY",
    "ZSTD_WINDOW_LOG",
    "HEARTBEAT",
    "COMPRESSED_FROM",
    "RETENTION_EVERY",
    "CONTACTS_KEPT_EVERY",
    "READY_HOLDS",
];

#[test]
fn the_page_tells_every_limit_as_it_is() {
    for (name, shown) in told() {
        let row = PAGE
            .lines()
            .find(|line| line.starts_with(&format!("| `{name}` |")));
        let row =
            row.unwrap_or_else(|| panic!("docs/limits.md has no row for {name}: it is {shown}"));
        assert!(
            row.contains(&format!("| {shown} |")),
            "{name} is {shown}, and the page says: {row}"
        );
    }
}

#[test]
fn every_number_is_told_or_said_to_be_nobodys_limit() {
    let told: BTreeSet<_> = told().into_iter().map(|(name, _)| name).collect();
    let numbers = NUMBERS
        .lines()
        .filter_map(|line| line.strip_prefix("pub const ")?.split(':').next());
    for name in numbers {
        assert!(
            told.contains(name) != INSIDE.contains(&name),
            "{name} is neither, or both"
        );
    }
    for row in PAGE
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
    {
        assert!(told.contains(row), "{row} is on the page and is no limit");
    }
}
