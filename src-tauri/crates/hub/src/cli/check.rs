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
#[derive(Default)]
pub(super) struct Found {
    pub(super) problems: Vec<String>,
    log_lines: Option<u64>,
    records: Vec<(Kind, usize)>,
    digests: Vec<(&'static str, alongside_sync::Check)>,
}

impl Check {
    pub(super) fn run(self, folder: &Folder) -> Result<ExitCode, HubError> {
        let found = match folder.open() {
            Ok(desk) => Found::find(&desk),
            // A store too broken to be opened is a finding, too.
            Err(HubError::Store(error)) => Found::broken(&error.into()),
            Err(other) => return Err(other),
        };
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
    /// Looks at everything. What cannot even be read is among the problems.
    pub(super) fn find(desk: &Desk) -> Self {
        let mut found = Self::default();
        if let Err(error) = found.look(desk) {
            found.problems.push(sentence(&error));
        }
        found
    }

    fn broken(error: &HubError) -> Self {
        Self {
            problems: vec![sentence(error)],
            ..Self::default()
        }
    }

    fn look(&mut self, desk: &Desk) -> Result<(), HubError> {
        self.problems = desk.store().check()?;
        let reader = desk.store().read()?;
        match log::check(&*reader)? {
            Ok(lines) => self.log_lines = Some(lines),
            Err(trouble) => self
                .problems
                .push(format!("The log is not as it was written: {trouble}.")),
        }
        for kind in Kind::KNOWN {
            let count = reader.list(&kind)?.len();
            self.records.push((kind, count));
        }
        for (who, audiences) in [
            ("everyone", vec![Audience::Everyone]),
            ("leaders", vec![Audience::Everyone, Audience::Leaders]),
        ] {
            let check = digest::check(&*reader, Scope::Visible(&audiences))?;
            self.digests.push((who, check));
        }
        Ok(())
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

fn sentence(error: &HubError) -> String {
    let text = error.to_string();
    let end = if text.ends_with('.') { "" } else { "." };
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|first| first.to_uppercase().to_string())
        .unwrap_or_default();
    format!("{first}{}{end}", letters.as_str())
}
