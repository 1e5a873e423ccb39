//! The log: who did, read, exported or destroyed what. Append-only and chained by hash; no words of people in it.

mod list;
mod sentence;

use alongside_domain::Kind;
use alongside_store::{LogFilter, LogLine, Reader, Writer};
use sha2::{Digest as _, Sha256};

use crate::ApiError;

pub use list::{LogAsked, LogLineView, LogPage};
pub(crate) use list::{about, list};

/// The act of destroying what is due (R20): such a line has counts and kinds only, and is for everyone.
pub(crate) const DESTROYED: &str = "destroyed";
/// The act of taking away what is held about oneself (R20).
pub(crate) const EXPORTED: &str = "exported";

/// Adds a line at the end of the chain.
pub(crate) fn append(writer: &mut dyn Writer, mut line: LogLine) -> Result<(), ApiError> {
    let before = writer.log_head()?.unwrap_or_default();
    line.hash = chained(&before, &line);
    writer.log_append(&line)?;
    Ok(())
}

/// SHA-256 over the hash before and everything a line says, each part with its length, so that no two lines can be
/// read as one another.
fn chained(before: &[u8; 32], line: &LogLine) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(before);
    let text = |id: Option<String>| id.unwrap_or_default();
    for part in [
        line.at.to_string(),
        text(line.person.map(|id| id.to_string())),
        text(line.device.map(|id| id.to_string())),
        line.act.clone(),
        text(line.record.map(|id| id.to_string())),
        text(line.kind.as_ref().map(ToString::to_string)),
        line.detail.clone(),
    ] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// How many bytes of a line's hash are in a mark: enough that no other log has the same line by chance.
const MARK_BYTES: usize = 8;

/// The newest place in the log, as devices are told of it.
pub(crate) fn mark(reader: &dyn Reader) -> Result<Option<String>, ApiError> {
    let newest = reader.log(&LogFilter::default(), None, 1)?;
    Ok(newest.first().map(written))
}

/// Whether the log has this place. Since it is a chain, it then has everything before it, too.
pub(crate) fn has_mark(reader: &dyn Reader, mark: &str) -> Result<bool, ApiError> {
    let seq: Option<u64> = mark.split_once('-').and_then(|(seq, _)| seq.parse().ok());
    let Some(after) = seq.and_then(|seq| seq.checked_add(1)) else {
        return Ok(false);
    };
    let line = reader.log(&LogFilter::default(), Some(after), 1)?;
    Ok(line.first().is_some_and(|line| written(line) == mark))
}

fn written(line: &LogLine) -> String {
    let hash = line.hash.iter().take(MARK_BYTES);
    hash.fold(format!("{}-", line.seq), |text, byte| {
        format!("{text}{byte:02x}")
    })
}

/// Walks the whole chain and names the first line that is not what was written.
pub fn check(reader: &dyn Reader) -> Result<Result<u64, String>, ApiError> {
    let (mut before, mut expected, mut trouble) = ([0u8; 32], 1u64, None);
    reader.log_walk(&mut |line| {
        if line.seq != expected {
            trouble = Some(format!("line {expected} of the log is missing"));
        } else if chained(&before, line) != line.hash {
            trouble = Some(format!(
                "line {} of the log was changed after it was written",
                line.seq
            ));
        }
        before = line.hash;
        expected += 1;
        trouble.is_none()
    })?;
    Ok(trouble.map_or(Ok(expected - 1), Err))
}

/// So many records of a kind, in words.
pub(crate) fn counted(count: usize, kind: &Kind) -> String {
    match (count, kind) {
        (1, kind) => one(kind),
        (_, Kind::Class) => format!("{count} classes"),
        (_, Kind::Share) => format!("{count} sharings"),
        (_, Kind::SelfEvaluation) => format!("{count} self-evaluations"),
        (_, Kind::Other(_)) => format!("{count} other records"),
        (_, kind) => format!("{count} {kind}s"),
    }
}

/// One record of a kind, in words.
fn one(kind: &Kind) -> String {
    match kind {
        Kind::Observation | Kind::Acknowledgement | Kind::Action => format!("an {kind}"),
        Kind::Share => "a sharing".to_owned(),
        Kind::SelfEvaluation => "a self-evaluation".to_owned(),
        Kind::Other(_) => "another record".to_owned(),
        kind => format!("a {kind}"),
    }
}
