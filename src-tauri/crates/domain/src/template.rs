//! A template: the form, as sections with criteria. The two built-in forms are in `builtin`.

mod builtin;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::field::{Declared, Shape};
use crate::{Record, TemplateId};

pub use builtin::{EVIDENCE_FORM, Form, FormSection, SEVEN_LENSES};

/// What is declared of a template's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("name", Shape::Name),
    ("version", Shape::Whole(1, 9_999)),
    ("frozen_at", Shape::Moment),
    ("sections.*", Shape::Object),
    ("criteria.*", Shape::Object),
];

/// One criterion, short enough to read at arm's length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criterion {
    /// Its part of a mark's field name; never reused for another meaning.
    pub key: String,
    /// What to look for.
    pub text: String,
    /// What counts, in a few words more.
    pub guidance: Option<String>,
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
    /// Its sections, in order.
    pub sections: Vec<Section>,
}

impl Template {
    /// Reads a template leniently: a criterion of an unknown section is left out.
    pub fn read(record: &Record) -> Self {
        let order = |value: &Value| {
            value
                .get("order")
                .and_then(Value::as_i64)
                .unwrap_or_default()
        };
        let text =
            |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let mut criteria: BTreeMap<String, Vec<(i64, Criterion)>> = BTreeMap::new();
        for (key, field) in record.parts("criteria") {
            let criterion = Criterion {
                key: key.to_owned(),
                text: text(&field.value, "text").unwrap_or_default(),
                guidance: text(&field.value, "guidance"),
            };
            let section = text(&field.value, "section").unwrap_or_default();
            criteria
                .entry(section)
                .or_default()
                .push((order(&field.value), criterion));
        }
        let mut sections: Vec<(i64, Section)> = record
            .parts("sections")
            .map(|(key, field)| {
                let mut own = criteria.remove(key).unwrap_or_default();
                own.sort_by_key(|(order, _)| *order);
                let prompts = field.value.get("prompts").and_then(Value::as_array);
                let section = Section {
                    key: key.to_owned(),
                    title: text(&field.value, "title").unwrap_or_default(),
                    criteria: own.into_iter().map(|(_, criterion)| criterion).collect(),
                    prompts: prompts
                        .into_iter()
                        .flatten()
                        .filter_map(|prompt| prompt.as_str().map(str::to_owned))
                        .collect(),
                };
                (order(&field.value), section)
            })
            .collect();
        sections.sort_by_key(|(order, _)| *order);
        Self {
            id: record.id.into(),
            name: record.text("name").to_owned(),
            version: record.whole("version").unwrap_or(1),
            is_frozen: record.value("frozen_at").is_some(),
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

impl Form {
    /// The fields of a template record that holds this form.
    pub fn fields(&self) -> Vec<(String, Value)> {
        let mut fields = vec![
            ("name".to_owned(), json!(self.name)),
            ("version".to_owned(), json!(1)),
        ];
        for (place, section) in self.sections.iter().enumerate() {
            fields.push((
                format!("sections.{}", section.key),
                json!({"title": section.title, "order": place, "prompts": section.prompts}),
            ));
            for (order, (key, text, guidance)) in section.criteria.iter().enumerate() {
                let mut criterion = json!({"section": section.key, "text": text, "order": order});
                if !guidance.is_empty()
                    && let Some(object) = criterion.as_object_mut()
                {
                    object.insert("guidance".into(), json!(guidance));
                }
                fields.push((format!("criteria.{key}"), criterion));
            }
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Field, Kind, Stamp};

    fn read(form: &Form) -> Template {
        let mut record = Record::new(
            TemplateId::from_uuid(uuid::Uuid::from_u128(5)),
            Kind::Template,
        );
        for (name, value) in form.fields() {
            let shape = crate::field::shape_of(&Kind::Template, &name).expect("declared");
            shape.check(&name, &value).expect("fits");
            record.put(
                &name,
                Field {
                    value,
                    stamp: Stamp::new(1, 0, [0; 6]),
                },
            );
        }
        Template::read(&record)
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
