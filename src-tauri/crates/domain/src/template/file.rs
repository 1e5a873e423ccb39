//! A form as a JSON file, to keep or to give to another school; described in `docs/form.md`.

use serde::{Deserialize, Serialize};

use super::draft::{Draft, DraftSection, Placed, Unfit};
use super::{Criterion, Template};

/// The number of the file's own form. A reader refuses a greater one.
pub const FILE_VERSION: u32 = 1;

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormFile {
    /// Always there, and [`FILE_VERSION`].
    pub alongside_form: u32,
    /// The form's name.
    pub name: String,
    /// Its version where it came from; the next school begins with 1.
    #[serde(default)]
    pub version: i64,
    /// Its sections, in order.
    pub sections: Vec<FileSection>,
}

/// A section of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSection {
    /// Its key: the same in every version and in forms made from it.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// What pupils may be asked.
    #[serde(default)]
    pub prompts: Vec<String>,
    /// What to look for, in order.
    #[serde(default)]
    pub criteria: Vec<FileCriterion>,
}

/// A criterion of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCriterion {
    /// Its key.
    pub key: String,
    /// What to look for.
    pub text: String,
    /// What counts, in a few words more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidance: Option<String>,
    /// The criterion it was split from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_from: Option<String>,
}

impl From<&Template> for FormFile {
    fn from(template: &Template) -> Self {
        Self {
            alongside_form: FILE_VERSION,
            name: template.name.clone(),
            version: template.version,
            sections: template
                .sections
                .iter()
                .map(|section| FileSection {
                    key: section.key.clone(),
                    title: section.title.clone(),
                    prompts: section.prompts.clone(),
                    criteria: section
                        .criteria
                        .iter()
                        .map(|criterion| FileCriterion {
                            key: criterion.key.clone(),
                            text: criterion.text.clone(),
                            guidance: criterion.guidance.clone(),
                            split_from: criterion.split_from.clone(),
                        })
                        .collect(),
                })
                .collect(),
        }
    }
}

impl From<FormFile> for Draft {
    fn from(file: FormFile) -> Self {
        let mut unfit = Vec::new();
        let sections = (1..).zip(file.sections).map(|(nth, section)| {
            let criteria = (1..)
                .zip(section.criteria)
                .filter_map(|(number, criterion)| {
                    let place = format!("section {nth}, criterion {number}");
                    if criterion.text.trim().is_empty() {
                        unfit.push(Unfit::left(
                            &place,
                            &criterion.key,
                            "It has no words, so it is left out.",
                        ));
                        return None;
                    }
                    Some(Placed {
                        place,
                        part: Criterion {
                            key: criterion.key,
                            text: criterion.text,
                            guidance: criterion.guidance,
                            split_from: criterion.split_from,
                        },
                    })
                });
            Placed {
                place: format!("section {nth}"),
                part: DraftSection {
                    key: section.key,
                    title: section.title,
                    prompts: section.prompts,
                    criteria: criteria.collect(),
                },
            }
        });
        let sections = sections.collect();
        Self {
            name: file.name,
            sections,
            unfit,
        }
    }
}
