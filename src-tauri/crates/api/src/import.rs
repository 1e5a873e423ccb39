//! Bulk lists: people, classes and rooms pasted from a spreadsheet or read from a CSV file, with a preview that says
//! line by line what is new, what changes and what is wrong.

mod lines;

use alongside_domain::Kind;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::install::Nothing;
use crate::school::{self, School};
use crate::{Actor, ApiError, Code, Desk};
use lines::understand;

/// `import_preview` and `import_apply`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ImportAsked {
    /// Of what.
    pub list: ListKind,
    /// The pasted lines, or the file's text: separated by tabs, commas or semicolons; a heading line may be there.
    pub text: String,
}

/// What a list is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ListKind {
    /// Name, roles, line manager.
    People,
    /// Name, year group, phase, teachers, support staff, room.
    Classes,
    /// Name, place, number on the route.
    Rooms,
}

/// What a list would do.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ImportPreview {
    /// Of what.
    pub list: ListKind,
    /// What the columns are taken for.
    pub columns: Vec<String>,
    /// One per line.
    pub rows: Vec<ImportRow>,
    /// How many lines can be taken.
    #[ts(type = "number")]
    pub ready: usize,
    /// How many lines have something wrong.
    #[ts(type = "number")]
    pub wrong: usize,
    /// What a line should look like.
    pub expects: String,
}

/// One line of a list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ImportRow {
    /// Its number, from 1.
    #[ts(type = "number")]
    pub line: usize,
    /// Its cells.
    pub cells: Vec<String>,
    /// What it would do.
    pub result: RowResult,
    /// What is wrong with it.
    pub problems: Vec<String>,
}

/// What a line would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RowResult {
    /// Adds something.
    New,
    /// Changes nothing.
    Same,
    /// Changes something that is there, found by its name.
    Changed,
    /// Cannot be taken.
    Wrong,
}

/// What a list did.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Imported {
    /// The school after it.
    pub school: School,
    /// How many were added.
    #[ts(type = "number")]
    pub added: usize,
    /// How many were changed.
    #[ts(type = "number")]
    pub changed: usize,
    /// The lines that were left out, with what is wrong.
    pub left_out: Vec<ImportRow>,
}

/// `import_preview`: writes nothing.
pub(crate) fn preview(
    desk: &Desk,
    actor: &Actor,
    request: ImportAsked,
) -> Result<ImportPreview, ApiError> {
    desk.read(actor, |view| {
        view.standing.must_lead()?;
        let lines = understand(view.facts, &request)?;
        let wrong = lines
            .iter()
            .filter(|line| line.row.result == RowResult::Wrong)
            .count();
        Ok(ImportPreview {
            list: request.list,
            columns: columns(request.list)
                .iter()
                .map(|column| (*column).to_owned())
                .collect(),
            ready: lines.len() - wrong,
            wrong,
            rows: lines.into_iter().map(|line| line.row).collect(),
            expects: expects(request.list).to_owned(),
        })
    })
}

/// `import_apply`: takes every line that can be taken, in one transaction, and lists the others.
pub(crate) fn apply(
    desk: &Desk,
    actor: &Actor,
    request: ImportAsked,
) -> Result<Imported, ApiError> {
    let kind = match request.list {
        ListKind::People => Kind::Person,
        ListKind::Classes => Kind::Class,
        ListKind::Rooms => Kind::Room,
    };
    let (mut added, mut changed, mut left_out) = (0, 0, Vec::new());
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        for mut line in understand(edit.facts(), &request)? {
            match line.row.result {
                RowResult::Wrong => {
                    left_out.push(line.row);
                    continue;
                }
                RowResult::Same => continue,
                RowResult::New | RowResult::Changed => {}
            }
            match edit.put(line.id, &kind, line.fields) {
                Ok(()) if line.row.result == RowResult::New => added += 1,
                Ok(()) => changed += 1,
                Err(error) if error.code == Code::Refused => {
                    line.row.result = RowResult::Wrong;
                    line.row.problems.push(error.message);
                    left_out.push(line.row);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    })?;
    Ok(Imported {
        school: school::get(desk, actor, Nothing {})?,
        added,
        changed,
        left_out,
    })
}

fn columns(list: ListKind) -> &'static [&'static str] {
    match list {
        ListKind::People => &["Name", "Roles", "Line manager"],
        ListKind::Classes => &[
            "Name",
            "Year group",
            "Phase or department",
            "Teachers",
            "Support staff",
            "Room",
        ],
        ListKind::Rooms => &["Name", "Place", "Number on the route"],
    }
}

fn expects(list: ListKind) -> &'static str {
    match list {
        ListKind::People => {
            "One person a line: name, roles (leader, head, teacher, support, governor, visitor; several with / between), line manager."
        }
        ListKind::Classes => {
            "One class a line: name, year group, phase, teachers and support staff by name (several with / between), room. Add the people and rooms first."
        }
        ListKind::Rooms => {
            "One room a line: name, where it is, its number on the way round the school."
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use alongside_domain::{DeviceId, PersonId};
    use alongside_store::StoreKey;
    use alongside_store::sqlite::SqliteStore;
    use alongside_sync::wire::PairSchool;
    use alongside_sync::{DeviceClock, SystemWall};
    use uuid::Uuid;

    use super::*;
    use crate::Place;

    struct Office {
        desk: Desk,
        head: Actor,
        _folder: tempfile::TempDir,
    }

    fn office() -> Office {
        let folder = tempfile::tempdir().unwrap();
        let store =
            SqliteStore::open(&folder.path().join("alongside.db"), &StoreKey::Plain).unwrap();
        let device = DeviceId::from_uuid(Uuid::from_u128(7));
        let clock = DeviceClock::new(device, Arc::new(SystemWall), None, 0);
        let desk = Desk::new(Arc::new(store), Place::Device, Arc::new(clock), |_| {});
        let person = PersonId::from_uuid(Uuid::from_u128(20));
        let school = PairSchool {
            id: alongside_domain::SchoolId::from_uuid(Uuid::from_u128(1)),
            name: "Larkfield".into(),
            person,
            person_name: "Imke Sandoval".into(),
        };
        desk.school_create(&school, device).unwrap();
        Office {
            desk,
            head: Actor { person, device },
            _folder: folder,
        }
    }

    fn asked(list: ListKind, text: &str) -> ImportAsked {
        ImportAsked {
            list,
            text: text.into(),
        }
    }

    #[test]
    fn lines_pasted_from_a_spreadsheet_become_people_rooms_and_classes() {
        let office = office();
        let take = |list, text: &str| apply(&office.desk, &office.head, asked(list, text)).unwrap();
        let people = take(
            ListKind::People,
            "Name\tRoles\tLine manager\nOrla Tamblyn\tTeacher / SLT\tImke Sandoval\nBede Quist\tsupport staff\t\n",
        );
        assert_eq!((people.added, people.left_out.len()), (2, 0));
        assert_eq!(take(ListKind::Rooms, "Room 12,first floor,12\n").added, 1);
        let classes = take(
            ListKind::Classes,
            "Kestrel;Year 5;Primary;Orla Tamblyn;Bede Quist;Room 12",
        );
        assert_eq!(classes.added, 1);
        assert_eq!(classes.school.classes[0].teachers.len(), 1);
        assert!(classes.school.classes[0].room.is_some());
    }

    #[test]
    fn a_line_manager_may_stand_in_the_same_list_above_or_below() {
        let office = office();
        let text = "Bede Quist,support,Orla Tamblyn\nOrla Tamblyn,teacher,Imke Sandoval\nAnsa Vole,support,Bede Quist\n";
        let done = apply(&office.desk, &office.head, asked(ListKind::People, text)).unwrap();
        assert_eq!((done.added, done.left_out.len()), (3, 0));
        let manager = |name: &str| {
            let line = done
                .school
                .people
                .iter()
                .find(|line| line.name == name)
                .unwrap();
            let id = line.line_manager.unwrap();
            done.school
                .people
                .iter()
                .find(|line| line.person == id)
                .unwrap()
                .name
                .clone()
        };
        assert_eq!(manager("Bede Quist"), "Orla Tamblyn");
        assert_eq!(manager("Ansa Vole"), "Bede Quist");
    }

    #[test]
    fn whoever_names_the_manager_of_a_wrong_line_is_left_out_with_it() {
        let office = office();
        let text = "Ansa Vole,support,Bede Quist\nBede Quist,support,Orla Tamblyn\nOrla Tamblyn,wizard\nAnouk Brandt,teacher\n";
        let done = apply(&office.desk, &office.head, asked(ListKind::People, text)).unwrap();
        let left_out: Vec<_> = done.left_out.iter().map(|row| row.line).collect();
        assert_eq!((done.added, left_out), (1, vec![1, 2, 3]));
    }

    #[test]
    fn a_line_that_is_wrong_is_left_out_with_its_reasons_and_the_rest_is_taken() {
        let office = office();
        let text = "Orla Tamblyn,teacher\n,teacher\nBede Quist,wizard\nOrla Tamblyn,support\n\nAnouk Brandt,governor,Nobody Known\n";
        let shown = preview(&office.desk, &office.head, asked(ListKind::People, text)).unwrap();
        let results: Vec<_> = shown
            .rows
            .iter()
            .map(|row| (row.line, row.result))
            .collect();
        assert_eq!(
            results,
            [
                (1, RowResult::New),
                (2, RowResult::Wrong),
                (3, RowResult::Wrong),
                (4, RowResult::Wrong),
                (6, RowResult::Wrong)
            ]
        );
        assert!(shown.rows[2].problems[0].contains("wizard"));
        let done = apply(&office.desk, &office.head, asked(ListKind::People, text)).unwrap();
        assert_eq!((done.added, done.left_out.len()), (1, 4));
    }

    #[test]
    fn the_same_list_twice_changes_nothing() {
        let office = office();
        let text = "Orla Tamblyn,teacher\n";
        apply(&office.desk, &office.head, asked(ListKind::People, text)).unwrap();
        let waiting = office.desk.store().read().unwrap().outbox_count().unwrap();
        let again = apply(&office.desk, &office.head, asked(ListKind::People, text)).unwrap();
        assert_eq!((again.added, again.changed), (0, 0));
        assert_eq!(
            office.desk.store().read().unwrap().outbox_count().unwrap(),
            waiting
        );
    }

    #[test]
    fn the_only_leader_cannot_be_made_something_else_by_a_list() {
        let office = office();
        let done = apply(
            &office.desk,
            &office.head,
            asked(ListKind::People, "Imke Sandoval,teacher\n"),
        )
        .unwrap();
        assert_eq!(done.left_out.len(), 1);
        assert!(done.left_out[0].problems[0].contains("at least one leader"));
    }
}
