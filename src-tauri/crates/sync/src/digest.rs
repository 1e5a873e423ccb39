//! The digest that device and hub compare at the end of a sync.
//!
//! Hex SHA-256 over, for each record visible to the person in order of id: its id and a line feed, then each field in
//! order of name: the name, `=`, the stamp, a line feed. Values are not in it: a stamp is written once.

use std::fmt::Write as _;

use alongside_domain::{RecordId, Stamp};
use alongside_store::{Reader, Result, Scope};
use sha2::{Digest as _, Sha256};

use crate::Check;

/// Counts and digests what `reader` holds in `scope`.
pub fn check(reader: &dyn Reader, scope: Scope<'_>) -> Result<Check> {
    let mut hash = Sha256::new();
    let mut count = 0;
    let mut lines = String::new();
    reader.stamps(scope, &mut |id: RecordId, fields: &[(&str, Stamp)]| {
        count += 1;
        lines.clear();
        // Writing to a String cannot fail.
        let _ = writeln!(lines, "{id}");
        for (name, stamp) in fields {
            lines.push_str(name);
            lines.push('=');
            stamp.push_to(&mut lines);
            lines.push('\n');
        }
        hash.update(lines.as_bytes());
    })?;
    let mut digest = String::with_capacity(64);
    for byte in hash.finalize() {
        let _ = write!(digest, "{byte:02x}");
    }
    Ok(Check { count, digest })
}
