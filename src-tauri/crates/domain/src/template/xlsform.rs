//! A form out of an XLSForm workbook: its `survey`, `choices` and `settings` sheets, already read into rows.
//!
//! A group becomes a section, a select question a criterion with its choices in the guidance, a note guidance, and a text
//! in a group the comment that each section has. A learning walk has no place for the rest (numbers would be scores, R9;
//! there is no camera and no microphone, R5), so that is listed line by line with its reason.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::Criterion;
use super::draft::{Draft, DraftSection, Placed, Unfit, line_of};

/// A row of a sheet: its number as the spreadsheet counts, and its cells by the name of their column in small letters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// From 1.
    pub number: usize,
    /// By column.
    pub cells: BTreeMap<String, String>,
}

impl Row {
    fn cell(&self, column: &str) -> &str {
        self.cells
            .get(column)
            .map(|cell| cell.trim())
            .unwrap_or_default()
    }

    /// The words of a column that may come in several languages: without one, in English, or the first there is.
    fn words(&self, column: &str) -> &str {
        let plain = self.cell(column);
        if !plain.is_empty() {
            return plain;
        }
        let prefix = format!("{column}:");
        let mut spoken = self
            .cells
            .iter()
            .filter(|(name, cell)| name.starts_with(&prefix) && !cell.trim().is_empty());
        let english = spoken
            .clone()
            .find(|(name, _)| name.contains("english") || name.contains("(en"));
        english
            .or_else(|| spoken.next())
            .map(|(_, cell)| cell.trim())
            .unwrap_or_default()
    }
}

/// The sheets of a workbook that say what its form is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workbook {
    /// The questions.
    pub survey: Vec<Row>,
    /// What can be chosen.
    pub choices: Vec<Row>,
    /// What the form is called.
    pub settings: Vec<Row>,
}

/// Reads a workbook into a draft. Nothing is judged here that [`super::draft::fitted`] judges.
pub fn draft_of(workbook: &Workbook) -> Draft {
    let mut reading = Reading {
        choices: choices(&workbook.choices),
        draft: Draft {
            name: workbook
                .settings
                .iter()
                .map(|row| row.words("form_title"))
                .find(|title| !title.is_empty())
                .unwrap_or_default()
                .to_owned(),
            ..Draft::default()
        },
        open: Vec::new(),
        current: None,
        waiting: Vec::new(),
    };
    for row in &workbook.survey {
        reading.row(row);
    }
    reading.close();
    if !reading.open.is_empty() {
        let why = "A group is begun and never ended; it was taken to end with the sheet.";
        reading
            .draft
            .unfit
            .push(Unfit::changed("survey", "begin_group", why));
    }
    reading.draft
}

fn choices(rows: &[Row]) -> BTreeMap<String, Vec<String>> {
    let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        let list = Some(row.cell("list_name")).filter(|name| !name.is_empty());
        let list = list.unwrap_or_else(|| row.cell("list name"));
        let label = Some(row.words("label")).filter(|label| !label.is_empty());
        let label = label.unwrap_or_else(|| row.cell("name"));
        if !list.is_empty() && !label.is_empty() {
            lists
                .entry(list.to_owned())
                .or_default()
                .push(line_of(label, 60));
        }
    }
    lists
}

/// Columns whose meaning a form here cannot keep.
const RULES: &[(&str, &str)] = &[
    ("relevant", "a condition"),
    ("calculation", "a calculation"),
    ("constraint", "a constraint"),
    ("choice_filter", "a filter of choices"),
];

struct Reading {
    choices: BTreeMap<String, Vec<String>>,
    draft: Draft,
    /// The groups that are open: what began each, and its name.
    open: Vec<(String, String)>,
    current: Option<Placed<DraftSection>>,
    /// Notes that wait for the first criterion of their section.
    waiting: Vec<String>,
}

impl Reading {
    fn row(&mut self, row: &Row) {
        let asked = row.cell("type").to_lowercase();
        let mut words = asked.split_whitespace();
        let first = words.next().unwrap_or_default();
        let second = words.next().unwrap_or_default();
        let place = format!("survey, line {}", row.number);
        let label = row.words("label");
        let name = row.cell("name");
        let label = if label.is_empty() {
            name.replace('_', " ")
        } else {
            label.to_owned()
        };
        match (first, second) {
            ("", _) if label.is_empty() => {}
            ("", _) => self.leave(
                &place,
                &label,
                "It has no type, so nothing says what it is.",
            ),
            ("begin_group", _) | ("begin", "group") => self.begin(&place, "group", name, &label),
            ("begin_repeat", _) | ("begin", "repeat") => {
                self.change(
                    &place,
                    &label,
                    "A repeated group is looked at once; it became a section.",
                );
                self.begin(&place, "repeat", name, &label);
            }
            ("end_group" | "end_repeat", _) | ("end", "group" | "repeat") => self.end(&place),
            ("select_one" | "select_multiple", list) => {
                self.rules(row, &place, &label);
                self.question(row, &place, name, &label, list);
            }
            ("note", _) => self.note(&place, &label),
            ("text", _) if self.open.is_empty() => {
                self.leave(
                    &place,
                    &label,
                    "Texts outside a group are the summary, which every visit has already.",
                );
            }
            ("text", _) => self.change(
                &place,
                &label,
                "It became the comment that every section ends with.",
            ),
            (other, _) => self.leave(&place, &label, reason(other)),
        }
    }

    fn leave(&mut self, place: &str, what: &str, why: &str) {
        self.draft.unfit.push(Unfit::left(place, what, why));
    }

    fn change(&mut self, place: &str, what: &str, why: &str) {
        self.draft.unfit.push(Unfit::changed(place, what, why));
    }

    fn rules(&mut self, row: &Row, place: &str, label: &str) {
        for (column, what) in RULES {
            if !row.cell(column).is_empty() {
                let why = format!(
                    "It had {what}, which is not kept: every criterion is always there, and may be left open."
                );
                self.change(place, label, &why);
            }
        }
    }

    fn begin(&mut self, place: &str, what: &str, name: &str, label: &str) {
        if !self.open.is_empty() {
            self.change(
                place,
                label,
                "A group within a group became a section of its own.",
            );
        }
        self.close();
        self.open.push((what.to_owned(), name.to_owned()));
        self.start(place, name, label);
    }

    fn start(&mut self, place: &str, name: &str, label: &str) {
        self.current = Some(Placed {
            place: place.to_owned(),
            part: DraftSection {
                key: key_of(name, label),
                title: label.to_owned(),
                prompts: Vec::new(),
                criteria: Vec::new(),
            },
        });
    }

    fn end(&mut self, place: &str) {
        self.close();
        if self.open.pop().is_none() {
            self.leave(place, "end_group", "It ends a group that was never begun.");
        }
    }

    /// Files the section that is being read, if it has anything in it.
    fn close(&mut self) {
        for note in std::mem::take(&mut self.waiting) {
            let place = self
                .current
                .as_ref()
                .map(|section| section.place.clone())
                .unwrap_or_default();
            self.leave(
                &place,
                &note,
                "It stands in no section with a criterion that it could guide.",
            );
        }
        if let Some(section) = self.current.take() {
            let is_outer = section.part.criteria.is_empty();
            // An outer group that holds only groups is their heading and nothing more.
            if !is_outer {
                self.draft.sections.push(section);
            }
        }
    }

    fn question(&mut self, row: &Row, place: &str, name: &str, label: &str, list: &str) {
        if label.trim().is_empty() {
            self.leave(place, name, "It has no words to look for.");
            return;
        }
        if self.current.is_none() {
            match self.open.last().map(|(_, name)| name.clone()) {
                Some(name) => self.start(place, &format!("{name}_more"), &name.replace('_', " ")),
                None => self.start(place, "general", "General"),
            }
        }
        let chosen = self
            .choices
            .iter()
            .find(|(name, _)| name.to_lowercase() == list);
        let choices = chosen
            .map(|(_, choices)| choices.join(" · "))
            .filter(|choices| !choices.is_empty());
        let guidance: Vec<String> = std::mem::take(&mut self.waiting)
            .into_iter()
            .chain([
                row.words("hint").to_owned(),
                row.words("guidance_hint").to_owned(),
            ])
            .chain(choices.map(|choices| format!("Choices: {choices}")))
            .filter(|text| !text.is_empty())
            .collect();
        if let Some(section) = &mut self.current {
            section.part.criteria.push(Placed {
                place: place.to_owned(),
                part: Criterion {
                    key: key_of(name, label),
                    text: label.to_owned(),
                    guidance: (!guidance.is_empty()).then(|| guidance.join(" ")),
                    split_from: None,
                },
            });
        }
    }

    fn note(&mut self, place: &str, label: &str) {
        if label.is_empty() {
            return;
        }
        let is_in_section = self.current.is_some();
        let section = self.current.as_mut();
        let last = section.and_then(|section| section.part.criteria.last_mut());
        match last {
            Some(criterion) => {
                let held = criterion.part.guidance.take().unwrap_or_default();
                criterion.part.guidance = Some(format!("{held} {label}").trim().to_owned());
            }
            None if is_in_section => self.waiting.push(label.to_owned()),
            None => self.leave(
                place,
                label,
                "It stands before every group, where there is nothing that it could guide.",
            ),
        }
    }
}

/// The key of a part that another program named: its name, with an end made from its words, so that the same question in
/// another form meets it and another question of the same name does not.
fn key_of(name: &str, label: &str) -> String {
    let stem: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .take(24)
        .collect();
    let words = line_of(label, usize::MAX).to_lowercase();
    let end = Uuid::new_v5(&Uuid::NAMESPACE_OID, words.as_bytes())
        .simple()
        .to_string();
    let end: String = end.chars().take(8).collect();
    if stem.is_empty() {
        format!("x_{end}")
    } else {
        format!("{stem}_{end}")
    }
}

/// Why a type of question has no place in a learning walk.
fn reason(kind: &str) -> &'static str {
    match kind {
        "integer" | "decimal" | "range" => "A number would be a score, and a walk gives none.",
        "rank" => "An order of merit would be a ranking, and a walk gives none.",
        "image" | "audio" | "video" | "file" | "background-audio" | "barcode" => {
            "Nothing is photographed, recorded or attached on a visit."
        }
        "geopoint" | "geotrace" | "geoshape" | "start-geopoint" => {
            "No places are recorded: the visit knows its room."
        }
        "date" | "time" | "datetime" | "start" | "end" | "today" => {
            "The visit knows its own date and time."
        }
        "deviceid" | "username" | "email" | "phonenumber" | "audit" | "simserial"
        | "subscriberid" => "Who writes, and on which device, is known already.",
        "calculate" | "hidden" | "xml-external" | "csv-external" => {
            "Nothing is calculated or hidden in a form."
        }
        "acknowledge" | "trigger" => "Nothing needs to be confirmed during a visit.",
        _ => "This type of question has no place in a learning walk.",
    }
}

#[cfg(test)]
mod tests;
