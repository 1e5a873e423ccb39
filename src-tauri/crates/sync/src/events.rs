//! Reads server-sent events: `changed` with the newest version, and nothing else of them.

use crate::SyncError;

/// The longest line that is kept; the hub's are far shorter.
const LINE_LIMIT: usize = 4096;

/// Collects bytes into lines and lines into events.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    line: Vec<u8>,
    is_changed: bool,
    version: Option<u64>,
}

impl Lines {
    /// Takes the next bytes and calls `changed` for each whole event. Errors when this is no event stream.
    pub fn feed(&mut self, bytes: &[u8], changed: &mut dyn FnMut(u64)) -> Result<(), SyncError> {
        for &byte in bytes {
            match byte {
                b'\n' => self.end_line(changed),
                b'\r' => {}
                _ if self.line.len() >= LINE_LIMIT => {
                    return Err(SyncError::Garbled("a line without end".into()));
                }
                _ => self.line.push(byte),
            }
        }
        Ok(())
    }

    fn end_line(&mut self, changed: &mut dyn FnMut(u64)) {
        let line = String::from_utf8_lossy(&self.line);
        if line.is_empty() {
            if let (true, Some(version)) = (self.is_changed, self.version) {
                changed(version);
            }
            (self.is_changed, self.version) = (false, None);
        } else if let Some(name) = line.strip_prefix("event:") {
            self.is_changed = name.trim() == "changed";
        } else if let Some(text) = line.strip_prefix("data:") {
            self.version = version(text.trim());
        }
        self.line.clear();
    }
}

/// A version, bare or as the member `version` of an object.
fn version(text: &str) -> Option<u64> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    value.as_u64().or_else(|| value.get("version")?.as_u64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(chunks: &[&str]) -> Vec<u64> {
        let mut lines = Lines::default();
        let mut heard = Vec::new();
        for chunk in chunks {
            lines
                .feed(chunk.as_bytes(), &mut |version| heard.push(version))
                .unwrap();
        }
        heard
    }

    #[test]
    fn an_event_cut_anywhere_is_heard_once() {
        let stream = ": breathing\n\nevent: changed\r\ndata: 41\r\n\r\nevent:changed\ndata:{\"version\":42}\n\n";
        for at in 0..stream.len() {
            let (a, b) = stream.split_at(at);
            assert_eq!(heard(&[a, b]), [41, 42]);
        }
    }

    #[test]
    fn events_of_other_names_and_without_a_version_are_passed_over() {
        assert_eq!(
            heard(&["event: other\ndata: 7\n\ndata: 8\n\nevent: changed\ndata: soon\n\n"]),
            Vec::<u64>::new()
        );
    }

    #[test]
    fn a_line_without_end_is_no_event_stream() {
        let long = "x".repeat(LINE_LIMIT + 1);
        assert!(Lines::default().feed(long.as_bytes(), &mut |_| {}).is_err());
    }
}
