//! Everything that is held about one person, for that person to take away (R20): whole and with its stamps for machines
//! ([`json`]), in plain words for people ([`html()`]).

use alongside_domain::purpose::STATEMENT;
use chrono::{DateTime, FixedOffset, NaiveDate};
use maud::html;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Unfaithful, page};

/// What the file for machines says it is. Fields may be added and never change meaning.
const FORMAT: &str = "alongside-held-1";

/// What is held about one person.
#[derive(Debug, Clone, Serialize)]
pub struct Held {
    /// Of which school.
    pub school: String,
    /// Whose it is.
    pub name: String,
    /// When it was taken away.
    pub taken_at: DateTime<FixedOffset>,
    /// Whether this is all there is, as far as is known where it was taken from.
    pub is_whole: bool,
    /// By what it is.
    pub groups: Vec<Group>,
}

/// One kind of what is held.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    /// What it is.
    pub title: String,
    /// Why it is held.
    pub why: String,
    /// The day on which the last of it is destroyed.
    pub until: Option<NaiveDate>,
    /// Each.
    pub records: Vec<Entry>,
}

/// One record, a line of the log, or a device.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// For people.
    pub title: String,
    /// For people: what each part is called, and what it says. The file for machines has `held` instead.
    #[serde(skip)]
    pub lines: Vec<(String, String)>,
    /// As it is held.
    pub held: Value,
}

impl Held {
    /// How many records there are in all groups.
    pub fn count(&self) -> usize {
        self.groups.iter().map(|group| group.records.len()).sum()
    }
}

#[derive(Serialize)]
struct File<'a> {
    format: &'static str,
    statement: &'static str,
    #[serde(flatten)]
    held: &'a Held,
}

/// What must be found when the file for machines is read again.
#[derive(Deserialize)]
struct Again {
    format: String,
    statement: String,
    groups: Vec<GroupAgain>,
}

#[derive(Deserialize)]
struct GroupAgain {
    records: Vec<EntryAgain>,
}

#[derive(Deserialize)]
struct EntryAgain {
    held: Value,
}

/// The file for machines.
///
/// Errors when what was written does not read back as what was held.
pub fn json(held: &Held) -> Result<String, Unfaithful> {
    let unreadable = |error: serde_json::Error| Unfaithful::Unreadable(error.to_string());
    let file = File {
        format: FORMAT,
        statement: STATEMENT,
        held,
    };
    let text = serde_json::to_string_pretty(&file).map_err(unreadable)?;
    let again: Again = serde_json::from_str(&text).map_err(unreadable)?;
    if again.statement != STATEMENT {
        return Err(Unfaithful::NoStatement);
    }
    let read: Vec<&Value> = again
        .groups
        .iter()
        .flat_map(|group| &group.records)
        .map(|entry| &entry.held)
        .collect();
    let written: Vec<&Value> = held
        .groups
        .iter()
        .flat_map(|group| &group.records)
        .map(|entry| &entry.held)
        .collect();
    if read.len() != written.len() {
        return Err(Unfaithful::Incomplete {
            expected: written.len(),
            found: read.len(),
        });
    }
    if read != written || again.format != FORMAT {
        return Err(Unfaithful::Unreadable(
            "it does not say what is held".into(),
        ));
    }
    Ok(text)
}

/// The page for people.
///
/// Errors when it does not hold every record, or not the statement.
pub fn html(held: &Held) -> Result<String, Unfaithful> {
    let day = |day: NaiveDate| day.format("%-d %B %Y").to_string();
    let below_title = html! {
        p { (held.name) ", " (held.school) ", " (held.taken_at.format("%-d %B %Y, %H:%M")) }
        @if !held.is_whole {
            p { "This device has not heard everything from the hub yet. Take it away again once it has, or in a browser at the hub." }
        }
    };
    let content = html! {
        @for group in &held.groups {
            section {
                h2 { (group.title) " (" (group.records.len()) ")" }
                p.soft {
                    (group.why)
                    @if let Some(until) = group.until { " The last of it is destroyed on " (day(until)) "." }
                }
                @for entry in &group.records {
                    article data-record="" {
                        h3 { (entry.title) }
                        @if !entry.lines.is_empty() {
                            dl {
                                @for (label, text) in &entry.lines {
                                    dt { (label) }
                                    dd dir="auto" { (text) }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    let document = page::page("What is held about me", &below_title, &content);
    page::read_back(&document, held.count())?;
    Ok(document)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn held(text: &str) -> Held {
        Held {
            school: "Brookfield <School>".into(),
            name: "Sam & Field".into(),
            taken_at: DateTime::parse_from_rfc3339("2026-11-17T09:30:00+00:00").unwrap(),
            is_whole: true,
            groups: vec![Group {
                title: "Your responses".into(),
                why: "They are kept with the record.".into(),
                until: NaiveDate::from_ymd_opt(2028, 8, 31),
                records: vec![Entry {
                    title: "To the visit to Kestrel".into(),
                    lines: vec![("On the whole".into(), text.into())],
                    held: json!({"id": "x", "fields": {"overall": {"value": text, "stamp": "s"}}}),
                }],
            }],
        }
    }

    #[test]
    fn every_document_carries_the_statement() {
        let held = held("Thank you");
        assert!(json(&held).unwrap().contains(STATEMENT));
        assert!(html(&held).unwrap().contains(STATEMENT));
    }

    #[test]
    fn what_people_wrote_is_shown_and_never_run() {
        let nasty =
            "</dd><script>alert(1)</script><article data-record=\"\"> & \"quoted\"\nsecond line";
        let page = html(&held(nasty)).unwrap();
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert!(page.contains("Brookfield &lt;School&gt;"));
        let read: Value = serde_json::from_str(&json(&held(nasty)).unwrap()).unwrap();
        let value = &read["groups"][0]["records"][0]["held"]["fields"]["overall"]["value"];
        assert_eq!(value, nasty);
    }

    #[test]
    fn a_page_asks_nobody_for_anything() {
        let page = html(&held("x")).unwrap();
        assert!(page.contains("default-src 'none'"));
        for outside in ["http:", "https:", "src=", "href=", "@import", "url("] {
            let body = page.replace("default-src", "");
            assert!(!body.contains(outside), "{outside}");
        }
    }

    #[test]
    fn a_page_that_lost_a_record_is_not_given_away() {
        let page = html(&held("x")).unwrap();
        assert_eq!(
            page::read_back(&page, 2),
            Err(Unfaithful::Incomplete {
                expected: 2,
                found: 1
            })
        );
        let bare = page.replace(STATEMENT, "");
        assert_eq!(page::read_back(&bare, 1), Err(Unfaithful::NoStatement));
    }
}
