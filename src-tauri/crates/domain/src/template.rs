//! A template: the form, as sections with criteria. The two built-in forms are in `builtin`.
//!
//! A section and a criterion are each an object as they were first written (`sections.KEY`, `criteria.KEY`), and what was
//! changed since is a field of its own beside it: its words, its place, whether it was taken out. So two leaders who work on
//! one draft without a network meet field by field ([`edit`]).

mod builtin;
pub mod compare;
pub mod draft;
pub mod edit;
pub mod file;
mod layout;
pub mod limit;
mod prompt;
pub mod xlsform;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::field::{Declared, Shape};
use crate::{Record, TemplateId};

pub use builtin::{EVIDENCE_FORM, Form, FormSection, SEVEN_LENSES};
pub use prompt::check_prompt;

/// What is declared of a template's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("name", Shape::Name),
    ("version", Shape::Whole(1, 9_999)),
    ("frozen_at", Shape::Moment),
    ("sections.*", Shape::Object),
    ("criteria.*", Shape::Object),
    ("titles.*", Shape::Text),
    ("section_places.*", Shape::Object),
    ("section_removed.*", Shape::Flag),
    ("prompts.*", Shape::Texts(limit::PROMPTS_LIMIT)),
    ("wordings.*", Shape::Text),
    ("guidance.*", Shape::Text),
    ("places.*", Shape::Object),
    ("removed.*", Shape::Flag),
    ("follows", Shape::Id),
    ("based_on", Shape::Id),
    ("is_away", Shape::Flag),
];

/// The fields that say nothing of the form itself and so can be written when it is frozen.
pub const ASIDE: &[&str] = &["is_away"];

/// One criterion, short enough to read at arm's length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criterion {
    /// Its part of a mark's field name; never reused for another meaning.
    pub key: String,
    /// What to look for.
    pub text: String,
    /// What counts, in a few words more.
    pub guidance: Option<String>,
    /// The criterion it was made from, where one was split in two. That one kept its key and so its marks.
    pub split_from: Option<String>,
}

/// One section of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its part of a comment's field name.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// What to look for, in order.
    pub criteria: Vec<Criterion>,
    /// What pupils may be asked: about learning only (R7).
    pub prompts: Vec<String>,
}

/// A template, read from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Which version of which form.
    pub id: TemplateId,
    /// As the school calls it.
    pub name: String,
    /// The version.
    pub version: i64,
    /// Whether it stays as it is. Until then it is a draft, open to comments (R19).
    pub is_frozen: bool,
    /// The version before it.
    pub follows: Option<TemplateId>,
    /// The form it was made from, where it is a school's own.
    pub based_on: Option<TemplateId>,
    /// Whether it was put away: kept with the walks that use it, and not offered for another.
    pub is_away: bool,
    /// Its sections, in order.
    pub sections: Vec<Section>,
}

/// The number of the place at which a part (`sections` or `criteria`) stands.
fn order_at(record: &Record, of: &str, key: &str) -> f64 {
    let places = if of == "sections" {
        "section_places"
    } else {
        "places"
    };
    let moved = record.value(&format!("{places}.{key}"));
    let first = record.value(&format!("{of}.{key}"));
    layout::order_of(moved.or(first).unwrap_or(&Value::Null))
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn texts(value: &Value) -> Vec<String> {
    let texts = value.as_array().into_iter().flatten();
    texts
        .filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

impl Template {
    /// Reads a template leniently: a criterion of an unknown section is left out.
    pub fn read(record: &Record) -> Self {
        let changed = |family: &str, key: &str| {
            record
                .value(&format!("{family}.{key}"))
                .and_then(Value::as_str)
        };
        let is_set = |family: &str, key: &str| record.flag(&format!("{family}.{key}"));
        let mut criteria: BTreeMap<String, Vec<(f64, Criterion)>> = BTreeMap::new();
        for (key, field) in record
            .parts("criteria")
            .filter(|(key, _)| !is_set("removed", key))
        {
            let guidance = changed("guidance", key).map(str::to_owned);
            let criterion = Criterion {
                key: key.to_owned(),
                text: changed("wordings", key)
                    .map(str::to_owned)
                    .or_else(|| text(&field.value, "text"))
                    .unwrap_or_default(),
                guidance: guidance
                    .or_else(|| text(&field.value, "guidance"))
                    .filter(|guidance| !guidance.is_empty()),
                split_from: text(&field.value, "split_from"),
            };
            let moved = record.value(&format!("places.{key}"));
            let section = moved
                .and_then(|place| text(place, "section"))
                .or_else(|| text(&field.value, "section"))
                .unwrap_or_default();
            let order = order_at(record, "criteria", key);
            criteria
                .entry(section)
                .or_default()
                .push((order, criterion));
        }
        let mut sections: Vec<(f64, Section)> = record
            .parts("sections")
            .filter(|(key, _)| !is_set("section_removed", key))
            .map(|(key, field)| {
                let mut own = criteria.remove(key).unwrap_or_default();
                layout::sort(&mut own, |criterion| &criterion.key);
                let asked = record.value(&format!("prompts.{key}"));
                let section = Section {
                    key: key.to_owned(),
                    title: changed("titles", key)
                        .map(str::to_owned)
                        .or_else(|| text(&field.value, "title"))
                        .unwrap_or_default(),
                    criteria: own.into_iter().map(|(_, criterion)| criterion).collect(),
                    prompts: asked
                        .or_else(|| field.value.get("prompts"))
                        .map(texts)
                        .unwrap_or_default(),
                };
                (order_at(record, "sections", key), section)
            })
            .collect();
        layout::sort(&mut sections, |section| &section.key);
        Self {
            id: record.id.into(),
            name: record.text("name").to_owned(),
            version: record.whole("version").unwrap_or(1),
            is_frozen: record.value("frozen_at").is_some(),
            follows: record.id("follows"),
            based_on: record.id("based_on"),
            is_away: record.flag("is_away"),
            sections: sections.into_iter().map(|(_, section)| section).collect(),
        }
    }

    /// How many criteria it has.
    pub fn criteria_count(&self) -> usize {
        self.sections
            .iter()
            .map(|section| section.criteria.len())
            .sum()
    }

    /// The words of a criterion.
    pub fn criterion(&self, key: &str) -> Option<&Criterion> {
        self.sections
            .iter()
            .flat_map(|section| &section.criteria)
            .find(|c| c.key == key)
    }
}

/// The fields of a template record that holds a form from its beginning.
pub fn fields_of(name: &str, version: i64, sections: &[Section]) -> Vec<(String, Value)> {
    let mut fields = vec![
        ("name".to_owned(), json!(name)),
        ("version".to_owned(), json!(version)),
    ];
    for (place, section) in sections.iter().enumerate() {
        fields.push((
            format!("sections.{}", section.key),
            json!({"title": section.title, "order": place, "prompts": section.prompts}),
        ));
        for (order, criterion) in section.criteria.iter().enumerate() {
            let mut value = json!({"section": section.key, "text": criterion.text, "order": order});
            let object = value.as_object_mut();
            let more = [
                ("guidance", &criterion.guidance),
                ("split_from", &criterion.split_from),
            ];
            if let Some(object) = object {
                let more = more
                    .into_iter()
                    .filter_map(|(name, text)| Some((name, text.as_ref()?)));
                object.extend(more.map(|(name, text)| (name.to_owned(), json!(text))));
            }
            fields.push((format!("criteria.{}", criterion.key), value));
        }
    }
    fields
}

impl Form {
    /// Its sections, as those of any form.
    pub fn sections(&self) -> Vec<Section> {
        let criterion = |(key, text, guidance): &(&str, &str, &str)| Criterion {
            key: (*key).to_owned(),
            text: (*text).to_owned(),
            guidance: (!guidance.is_empty()).then(|| (*guidance).to_owned()),
            split_from: None,
        };
        let sections = self.sections.iter().map(|section| Section {
            key: section.key.to_owned(),
            title: section.title.to_owned(),
            criteria: section.criteria.iter().map(criterion).collect(),
            prompts: section
                .prompts
                .iter()
                .map(|prompt| (*prompt).to_owned())
                .collect(),
        });
        sections.collect()
    }

    /// The fields of a template record that holds this form.
    pub fn fields(&self) -> Vec<(String, Value)> {
        fields_of(self.name, 1, &self.sections())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::edit::TemplateEdit;
    use super::*;
    use crate::{Field, Kind, Stamp};

    static NOW: AtomicU64 = AtomicU64::new(1);

    fn put(record: &mut Record, name: &str, value: Value) {
        let shape = crate::field::shape_of(&Kind::Template, name).expect("declared");
        shape.check(name, &value).expect("fits");
        limit::check_field(name, &value, &[]).expect("can be read");
        let stamp = Stamp::new(NOW.fetch_add(1, Ordering::Relaxed), 0, [0; 6]);
        record.put(name, Field { value, stamp });
    }

    pub(super) fn record_of(form: &Form) -> Record {
        let id = TemplateId::from_uuid(uuid::Uuid::from_u128(5));
        let mut record = Record::new(id, Kind::Template);
        for (name, value) in form.fields() {
            put(&mut record, &name, value);
        }
        record
    }

    pub(super) fn written(record: &mut Record, edit: &TemplateEdit) {
        for (name, value) in edit.fields(record).expect("may be edited") {
            put(record, &name, value);
        }
    }

    fn read(form: &Form) -> Template {
        Template::read(&record_of(form))
    }

    #[test]
    fn the_evidence_form_has_its_six_sections_and_23_criteria_in_order() {
        let template = read(&EVIDENCE_FORM);
        let counts: Vec<_> = template.sections.iter().map(|s| s.criteria.len()).collect();
        assert_eq!(counts, [4, 4, 5, 3, 4, 3]);
        assert_eq!(template.sections[1].title, "Learning environment");
    }

    #[test]
    fn the_seven_lenses_have_seven_sections() {
        assert_eq!(read(&SEVEN_LENSES).sections.len(), 7);
    }

    #[test]
    fn every_criterion_can_be_read_at_arms_length() {
        for form in [&EVIDENCE_FORM, &SEVEN_LENSES] {
            let template = read(form);
            let mut keys: Vec<_> = template
                .sections
                .iter()
                .flat_map(|s| &s.criteria)
                .map(|c| &c.key)
                .collect();
            let count = keys.len();
            keys.sort();
            keys.dedup();
            assert_eq!(keys.len(), count, "keys are unique");
            for criterion in template.sections.iter().flat_map(|s| &s.criteria) {
                assert!(criterion.text.chars().count() <= 80, "{}", criterion.text);
            }
        }
    }
}
