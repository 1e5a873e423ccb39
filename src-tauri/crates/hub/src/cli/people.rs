//! `people`: who is in the school.

use std::process::ExitCode;

use alongside_domain::Kind;
use alongside_domain::person::{Person, Role};
use alongside_hub::HubError;
use serde_json::json;

use super::{Folder, print_json};

/// Lists who is in the school: id, name and roles.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  alongside-hub people
  alongside-hub people --json")]
pub(super) struct People {
    /// Lists those who have left, too
    #[arg(long)]
    all: bool,
    /// Prints a list of {"id", "name", "roles", "is_active"} for another program
    #[arg(long)]
    json: bool,
}

impl People {
    pub(super) fn run(self, folder: &Folder) -> Result<ExitCode, HubError> {
        let desk = folder.open()?;
        let records = desk.store().read()?.list(&Kind::Person)?;
        let mut people: Vec<Person> = records.iter().map(Person::read).collect();
        people.retain(|person| self.all || person.is_active);
        people.sort_by(|a, b| (rank(a), &a.name).cmp(&(rank(b), &b.name)));
        if self.json {
            let list: Vec<_> = people
                .iter()
                .map(|person| {
                    json!({
                        "id": person.id,
                        "name": person.name,
                        "roles": person.roles,
                        "is_active": person.is_active,
                    })
                })
                .collect();
            print_json(&json!(list));
            return Ok(ExitCode::SUCCESS);
        }
        let width = people
            .iter()
            .map(|person| person.name.chars().count())
            .max()
            .unwrap_or(0);
        for person in &people {
            let roles: Vec<_> = person.roles.iter().map(|role| role.as_str()).collect();
            let left = if person.is_active { "" } else { "  (has left)" };
            say!(
                "{}  {:width$}  {}{left}",
                person.id,
                person.name,
                roles.join(", ")
            );
        }
        if people.is_empty() {
            say!(
                "There is nobody here yet. `alongside-hub school create` starts a school with its head."
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Where someone stands in the list: by the first of their roles.
fn rank(person: &Person) -> usize {
    Role::ALL
        .iter()
        .position(|role| person.roles.contains(role))
        .unwrap_or(Role::ALL.len())
}
