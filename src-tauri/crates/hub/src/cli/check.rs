//! `check`: whether everything the hub holds is as it was written.

use std::process::ExitCode;

use alongside_api::{Desk, log};
use alongside_domain::Kind;
use alongside_hub::HubError;
use alongside_store::{Audience, Scope};
use alongside_sync::digest;
use serde_json::{Value, json};

use super::{Folder, print_json};

/// Verifies the log and the database.
///
/// Walks the whole log, each line of which carries the hash of the one before, and lets the database check itself.
/// Ends with 1, and one sentence for each thing that is wrong, when something is. Works while the hub is being served.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  alongside-hub check
  alongside-hub check --json")]
pub(super) struct Check {
    /// Prints {"is_whole", "problems", "log_lines", "records", "digests"} for another program
    #[arg(long)]
    json: bool,
}

/// What was found.
pub(super) struct Found {
    pub(super) problems: Vec<String>,
    log_lines: Option<u64>,
    records: Vec<(Kind, usize)>,
    digests: Vec<(&'static str, alongside_sync::Check)>,
}

impl Check {
    pub(super) fn run(self, folder: &Folder) -> Result<ExitCode, HubError> {
        let found = Found::find(&*folder.open()?)?;
        if self.json {
            print_json(&found.json());
        } else {
            found.print();
        }
        Ok(if found.problems.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

impl Found {
    pub(super) fn find(desk: &Desk) -> Result<Self, HubError> {
        let mut problems = desk.store().check()?;
        let reader = desk.store().read()?;
        let log_lines = match log::check(&*reader)? {
            Ok(lines) => Some(lines),
            Err(trouble) => {
                problems.push(format!("The log is not as it was written: {trouble}."));
                None
            }
        };
        let mut records = Vec::new();
        for kind in Kind::KNOWN {
            let count = reader.list(&kind)?.len();
            records.push((kind, count));
        }
        let mut digests = Vec::new();
        for (who, audiences) in [
            ("everyone", vec![Audience::Everyone]),
            ("leaders", vec![Audience::Everyone, Audience::Leaders]),
        ] {
            digests.push((who, digest::check(&*reader, Scope::Visible(&audiences))?));
        }
        Ok(Self {
            problems,
            log_lines,
            records,
            digests,
        })
    }

    fn json(&self) -> Value {
        let records: serde_json::Map<String, Value> = self
            .records
            .iter()
            .map(|(kind, count)| (kind.to_string(), json!(count)))
            .collect();
        let digests: serde_json::Map<String, Value> = self
            .digests
            .iter()
            .map(|(who, check)| ((*who).to_owned(), json!(check)))
            .collect();
        json!({
            "is_whole": self.problems.is_empty(),
            "problems": self.problems,
            "log_lines": self.log_lines,
            "records": records,
            "digests": digests,
        })
    }

    fn print(&self) {
        for problem in &self.problems {
            say!("{problem}");
        }
        if self.problems.is_empty() {
            say!("Everything is as it was written.");
        }
        if let Some(lines) = self.log_lines {
            say!("  log      {lines} lines, an unbroken chain");
        }
        let counts: Vec<_> = self
            .records
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        say!("  records  {}", counts.join(", "));
        for (who, check) in &self.digests {
            say!(
                "  read by {who}: {} records, digest {}",
                check.count,
                check.digest
            );
        }
    }
}
