//! Understanding the lines of a list: cutting them into cells, finding what they name, saying what is wrong.

use std::collections::{HashMap, HashSet};

use alongside_domain::class::Class;
use alongside_domain::field::NAME_LIMIT;
use alongside_domain::person::{Person, Role};
use alongside_domain::room::Room;
use alongside_domain::{Kind, PersonId, RecordId, RoomId};
use serde_json::{Value, json};

use super::{ImportAsked, ImportRow, ListKind, RowResult};
use crate::facts::Facts;
use crate::{ApiError, Code};

/// The most lines one list may have.
const LINES_LIMIT: usize = 2_000;
/// The most bytes one list may have.
const TEXT_LIMIT: usize = 1024 * 1024;

/// One line, understood.
pub(super) struct Line {
    pub(super) row: ImportRow,
    pub(super) id: RecordId,
    pub(super) fields: Vec<(&'static str, Value)>,
}

/// Cuts the text into lines of cells; the separator is the one the first line has most of.
fn cells(text: &str) -> Result<Vec<(usize, Vec<String>)>, ApiError> {
    if text.len() > TEXT_LIMIT {
        return Err(ApiError::new(
            Code::TooLarge,
            "This list is larger than 1 MB. Send it in parts.",
        ));
    }
    let text = text.trim_start_matches('\u{feff}');
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let separator = [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|separator| {
            (
                first.bytes().filter(|byte| byte == separator).count(),
                *separator == b'\t',
            )
        })
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            ApiError::new(
                Code::BadRequest,
                format!("The list could not be read: {error}. Check its quotation marks."),
            )
        })?;
        let line = record
            .position()
            .map_or(0, |position| line_at(text, position.byte()));
        if record.iter().all(str::is_empty) {
            continue;
        }
        lines.push((line, record.iter().map(str::to_owned).collect()));
        if lines.len() > LINES_LIMIT {
            return Err(ApiError::new(
                Code::TooLarge,
                format!("This list has more than {LINES_LIMIT} lines. Send it in parts."),
            ));
        }
    }
    if lines
        .first()
        .is_some_and(|(_, cells): &(usize, Vec<String>)| is_heading(cells))
    {
        lines.remove(0);
    }
    Ok(lines)
}

/// The number of the line that a record starting at `byte` stands in; blank lines before it belong to no record.
fn line_at(text: &str, byte: u64) -> usize {
    let (before, rest) = text
        .split_at_checked(usize::try_from(byte).unwrap_or(0))
        .unwrap_or((text, ""));
    let blank = rest.len() - rest.trim_start_matches(['\n', '\r']).len();
    let newlines = |part: &str| part.bytes().filter(|byte| *byte == b'\n').count();
    1 + newlines(before) + rest.get(..blank).map_or(0, newlines)
}

fn is_heading(cells: &[String]) -> bool {
    let first = cells
        .first()
        .map(|cell| cell.to_lowercase())
        .unwrap_or_default();
    matches!(
        first.as_str(),
        "name" | "full name" | "person" | "class" | "class name" | "room" | "room name" | "staff"
    )
}

fn fold(name: &str) -> String {
    name.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

/// The people, rooms or classes that are there, by folded name; a name that stands twice cannot be told apart.
struct Names<Id>(HashMap<String, Vec<Id>>);

impl<Id: Copy> Names<Id> {
    fn of(named: impl IntoIterator<Item = (String, Id)>) -> Self {
        let mut names: HashMap<String, Vec<Id>> = HashMap::new();
        for (name, id) in named {
            names.entry(fold(&name)).or_default().push(id);
        }
        Self(names)
    }

    fn find(&self, name: &str, what: &str, problems: &mut Vec<String>) -> Option<Id> {
        match self.0.get(&fold(name)).map(Vec::as_slice) {
            Some([one]) => Some(*one),
            Some(_) => {
                problems.push(format!(
                    "There are several {what} called “{name}”. Change one of the names first."
                ));
                None
            }
            None => {
                problems.push(format!("“{name}” is not among the {what} of the school. Add them first, or correct the name."));
                None
            }
        }
    }
}

/// What lines are checked against.
struct Known {
    people: Vec<Person>,
    classes: Vec<Class>,
    rooms: Vec<Room>,
    people_names: Names<PersonId>,
    room_names: Names<RoomId>,
}

pub(super) fn understand(facts: Facts<'_>, request: &ImportAsked) -> Result<Vec<Line>, ApiError> {
    let people = facts.people()?;
    let rooms: Vec<Room> = facts
        .reader
        .list(&Kind::Room)?
        .iter()
        .map(Room::read)
        .collect();
    let mut known = Known {
        classes: facts
            .reader
            .list(&Kind::Class)?
            .iter()
            .map(Class::read)
            .collect(),
        people_names: Names::of(
            people
                .iter()
                .filter(|p| p.is_active)
                .map(|p| (p.name.clone(), p.id)),
        ),
        room_names: Names::of(rooms.iter().map(|room| (room.name.clone(), room.id))),
        people,
        rooms,
    };
    let listed = cells(&request.text)?;
    let newcomers = match request.list {
        ListKind::People => newcomers(&known, &listed),
        ListKind::Classes | ListKind::Rooms => HashMap::new(),
    };
    for (name, id) in &newcomers {
        known
            .people_names
            .0
            .entry(name.clone())
            .or_insert_with(|| vec![*id]);
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut lines = Vec::new();
    for (number, cells) in listed {
        let mut problems = Vec::new();
        check_name(number, &cells, &mut seen, &mut problems);
        let (found, fields) = match request.list {
            ListKind::People => {
                let (found, mut fields) = person_line(&known, &cells, &mut problems);
                let manager = cell(&cells, 2);
                if !manager.is_empty() {
                    let found = known.people_names.find(manager, "people", &mut problems);
                    fields.push(("line_manager", json!(found)));
                }
                (found, fields)
            }
            ListKind::Classes => class_line(&known, &cells, &mut problems),
            ListKind::Rooms => room_line(&known, &cells, &mut problems),
        };
        let held = found.map(|id| facts.reader.get(id)).transpose()?.flatten();
        let is_same = held.as_ref().is_some_and(|held| {
            fields
                .iter()
                .all(|(name, value)| held.value(name).unwrap_or(&Value::Null) == value)
        });
        let result = match (problems.is_empty(), found) {
            (false, _) => RowResult::Wrong,
            (true, None) => RowResult::New,
            (true, Some(_)) if is_same => RowResult::Same,
            (true, Some(_)) => RowResult::Changed,
        };
        let newcomer = newcomers
            .get(&fold(cell(&cells, 0)))
            .map(|id| RecordId::from(*id));
        let id = found
            .or(newcomer)
            .unwrap_or_else(|| RecordId::from_uuid(uuid::Uuid::now_v7()));
        lines.push(Line {
            row: ImportRow {
                line: number,
                cells,
                result,
                problems,
            },
            id,
            fields,
        });
    }
    Ok(lines)
}

fn check_name(
    number: usize,
    cells: &[String],
    seen: &mut HashMap<String, usize>,
    problems: &mut Vec<String>,
) {
    let name = cell(cells, 0);
    if name.is_empty() {
        problems.push("The name is missing.".to_owned());
    } else if name.chars().count() > NAME_LIMIT || name.chars().any(char::is_control) {
        problems.push(format!(
            "A name has at most {NAME_LIMIT} characters on one line."
        ));
    } else if let Some(before) = seen.insert(fold(name), number) {
        problems.push(format!("The same name stands in line {before}."));
    }
}

/// Those whom a list of people brings in, by folded name: a line manager may stand in the same list, above or below.
/// Only lines that can be taken count, so whoever names the manager of a wrong line is left out with it.
fn newcomers(known: &Known, listed: &[(usize, Vec<String>)]) -> HashMap<String, PersonId> {
    let mut seen = HashMap::new();
    let mut new: HashMap<String, (PersonId, String)> = HashMap::new();
    for (number, cells) in listed {
        let mut problems = Vec::new();
        check_name(*number, cells, &mut seen, &mut problems);
        let (found, _) = person_line(known, cells, &mut problems);
        let name = fold(cell(cells, 0));
        if problems.is_empty() && !known.people_names.0.contains_key(&name) {
            let id =
                found.map_or_else(|| PersonId::from_uuid(uuid::Uuid::now_v7()), PersonId::from);
            new.insert(name, (id, fold(cell(cells, 2))));
        }
    }
    loop {
        let before: HashSet<String> = new.keys().cloned().collect();
        new.retain(
            |_, (_, manager)| match known.people_names.0.get(manager).map(Vec::len) {
                Some(count) => count == 1,
                None => manager.is_empty() || before.contains(manager),
            },
        );
        if new.len() == before.len() {
            return new.into_iter().map(|(name, (id, _))| (name, id)).collect();
        }
    }
}

type Understood = (Option<RecordId>, Vec<(&'static str, Value)>);

fn cell(cells: &[String], place: usize) -> &str {
    cells.get(place).map(String::as_str).unwrap_or_default()
}

/// Several in one cell stand with `/`, `;`, `,` or `&` between them.
fn several(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(['/', ';', ',', '&'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

fn find_by_name<T>(all: &[T], name: &str, name_of: impl Fn(&T) -> &str) -> Option<usize> {
    all.iter().position(|one| fold(name_of(one)) == fold(name))
}

/// All of a person but the line manager, who may stand in another line.
fn person_line(known: &Known, cells: &[String], problems: &mut Vec<String>) -> Understood {
    let name = cell(cells, 0);
    let found = find_by_name(&known.people, name, |person| &person.name)
        .and_then(|place| known.people.get(place));
    let mut fields = vec![("name", json!(name)), ("is_active", json!(true))];
    let mut roles: Vec<Role> = Vec::new();
    for word in several(cell(cells, 1)) {
        match Role::from_list_word(word) {
            Some(role) if !roles.contains(&role) => roles.push(role),
            Some(_) => {}
            None => problems.push(format!(
                "“{word}” is no role. Use leader, head, teacher, support, governor or visitor."
            )),
        }
    }
    if !roles.is_empty() {
        fields.push(("roles", json!(roles)));
    } else if found.is_none() && problems.is_empty() {
        problems.push(
            "The role is missing: leader, head, teacher, support, governor or visitor.".into(),
        );
    }
    (found.map(|person| person.id.into()), fields)
}

fn class_line(known: &Known, cells: &[String], problems: &mut Vec<String>) -> Understood {
    let name = cell(cells, 0);
    let found = find_by_name(&known.classes, name, |class| &class.name)
        .and_then(|place| known.classes.get(place));
    let mut fields = vec![("name", json!(name)), ("is_active", json!(true))];
    for (place, field) in [(1, "year_group"), (2, "phase")] {
        if !cell(cells, place).is_empty() {
            fields.push((field, json!(cell(cells, place))));
        }
    }
    for (place, field) in [(3, "teachers"), (4, "support")] {
        if !cell(cells, place).is_empty() {
            let people: Vec<PersonId> = several(cell(cells, place))
                .filter_map(|name| known.people_names.find(name, "people", problems))
                .collect();
            fields.push((field, json!(people)));
        }
    }
    let room = cell(cells, 5);
    if !room.is_empty() {
        fields.push((
            "room",
            json!(known.room_names.find(room, "rooms", problems)),
        ));
    }
    (found.map(|class| class.id.into()), fields)
}

fn room_line(known: &Known, cells: &[String], problems: &mut Vec<String>) -> Understood {
    let name = cell(cells, 0);
    let found = find_by_name(&known.rooms, name, |room| &room.name)
        .and_then(|place| known.rooms.get(place));
    let mut fields = vec![("name", json!(name)), ("place", json!(cell(cells, 1)))];
    let route = cell(cells, 2);
    match route.parse::<i64>() {
        Ok(route) if (0..=9_999).contains(&route) => fields.push(("route", json!(route))),
        _ if route.is_empty() => {}
        _ => problems.push(format!(
            "“{route}” is no number on the route. Use a whole number from 0 to 9999."
        )),
    }
    (found.map(|room| room.id.into()), fields)
}
