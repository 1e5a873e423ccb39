//! Reads `table.txt`, and holds it against what the code knows: a kind or a field without a line fails.

use std::collections::{BTreeMap, BTreeSet};

use alongside_domain::Kind;
use alongside_domain::field::declared;

use super::role::Role;

/// What stands for a field that no version knows.
pub const UNKNOWN: &str = "(unknown)";

/// One kind in one state.
#[derive(Debug, Clone)]
pub struct Row {
    /// The kind.
    pub kind: Kind,
    /// The state, in the table's word.
    pub state: String,
    /// Who has it in their feed.
    pub readers: BTreeSet<Role>,
    /// Who may write each field.
    pub writers: BTreeMap<String, BTreeSet<Role>>,
}

impl Row {
    /// Whether the record is made by who tries.
    pub fn is_new(&self) -> bool {
        self.state.starts_with("new")
    }
}

/// The roles that words of the table stand for.
pub fn roles(words: &str) -> BTreeSet<Role> {
    let mut roles = BTreeSet::new();
    for word in words.split_whitespace() {
        match word {
            "nobody" => {}
            "staff" => roles.extend(Role::STAFF),
            "leaders" => roles.extend([Role::Head, Role::Leader]),
            one => {
                let role = Role::ALL.into_iter().find(|role| role.word() == one);
                roles.insert(role.unwrap_or_else(|| panic!("nobody is called {one}")));
            }
        }
    }
    roles
}

/// Every row of the table.
pub fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut own = 0;
    for line in include_str!("table.txt").lines() {
        if let Some(heading) = line.strip_prefix("# ") {
            let (kind, states) = heading.split_once(": ").unwrap();
            own = rows.len();
            rows.extend(states.split(", ").map(|state| Row {
                kind: kind.to_owned().into(),
                state: state.to_owned(),
                readers: BTreeSet::new(),
                writers: BTreeMap::new(),
            }));
        } else if let Some(words) = line.strip_prefix("reads: ") {
            for row in &mut rows[own..] {
                row.readers = roles(words);
            }
        } else if let Some(rest) = line.strip_prefix("writes ") {
            let (fields, who) = rest.split_once(": ").unwrap();
            for row in &mut rows[own..] {
                let who = match who.strip_suffix(" when new") {
                    Some(who) if row.is_new() => who,
                    Some(_) => "nobody",
                    None => who,
                };
                for field in fields.split(", ") {
                    let before = row.writers.insert(field.to_owned(), roles(who));
                    assert!(
                        before.is_none(),
                        "{heading} {field} twice",
                        heading = row.kind
                    );
                }
            }
        }
    }
    rows
}

#[test]
fn every_kind_and_field_that_the_code_knows_has_a_line_in_the_table() {
    let rows = rows();
    for kind in Kind::KNOWN {
        let own: Vec<&Row> = rows.iter().filter(|row| row.kind == kind).collect();
        assert!(
            !own.is_empty(),
            "nobody has said who may do what with a {kind}"
        );
        assert!(
            own.iter().any(|row| row.is_new()) || kind == Kind::School,
            "{kind} is never new"
        );
        assert!(own.iter().any(|row| !row.is_new()), "{kind} is always new");
        let mut fields: BTreeSet<&str> = declared(&kind).iter().map(|(name, _)| *name).collect();
        fields.insert(UNKNOWN);
        for row in own {
            let said: BTreeSet<&str> = row.writers.keys().map(String::as_str).collect();
            assert_eq!(said, fields, "{kind}: {}", row.state);
        }
    }
    for row in &rows {
        assert!(Kind::KNOWN.contains(&row.kind), "there is no {}", row.kind);
    }
}
