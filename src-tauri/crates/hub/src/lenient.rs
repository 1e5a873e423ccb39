//! Reading what a device sent so that one broken field does not lose the rest.
//!
//! A body that is no JSON, nests too deep or is no sync at all is refused as a whole. In one that is, each field that
//! does not have the form of a field is refused by itself, with its code and sentence, and everything else goes on.

use alongside_api::{ApiError, Code};
use alongside_domain::{Field, Kind, RecordId};
use alongside_sync::wire::{FieldRefusal, RecordResult, SyncAnswer, SyncRequest, WireRecord};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::{Map, Value};

/// Reads JSON of a known form.
///
/// Errors with [`Code::BadRequest`], saying where. Lists and objects may nest 127 deep.
pub(crate) fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, ApiError> {
    must_be_an_object(text)?;
    serde_json::from_slice(text).map_err(|error| refusal(&error))
}

/// A list would be read as the members of an object in their order, which nobody means.
fn must_be_an_object(text: &[u8]) -> Result<(), ApiError> {
    match text.trim_ascii_start().first() {
        None | Some(b'{') => Ok(()),
        Some(_) => Err(ApiError::new(
            Code::BadRequest,
            "The request is not JSON of the form that is asked for here: it has to be an object, {…}.",
        )),
    }
}

fn refusal(error: &serde_json::Error) -> ApiError {
    let place = format!("line {}, column {}", error.line(), error.column());
    let message = match error.classify() {
        Category::Data => {
            format!("The request does not have the form that is asked for here: {error}.")
        }
        Category::Eof if error.column() == 0 => {
            "The request is empty. Send JSON, at least {}.".to_owned()
        }
        Category::Eof => "The request ends in the middle. Send it again.".to_owned(),
        _ if error.to_string().starts_with("recursion limit") => {
            format!("The request nests too deep ({place}).")
        }
        _ => format!("The request is not JSON ({place})."),
    };
    ApiError::new(Code::BadRequest, message)
}

/// What could not be read of a sync, to be told in its answer.
#[derive(Debug, Default)]
pub struct Spoiled {
    /// Where in the list of records, and what of it was refused.
    records: Vec<(usize, Broken)>,
}

#[derive(Debug)]
enum Broken {
    /// Some fields; the rest of the record went on.
    Fields(Vec<FieldRefusal>),
    /// All of it.
    Whole(RecordResult),
}

impl Spoiled {
    /// Puts what was refused here where it belongs among the results.
    pub fn mend(self, answer: &mut SyncAnswer) {
        for (place, broken) in self.records {
            match broken {
                Broken::Whole(result) => answer
                    .results
                    .insert(place.min(answer.results.len()), result),
                Broken::Fields(refused) => {
                    if let Some(result) = answer.results.get_mut(place) {
                        result.refused.extend(refused);
                    }
                }
            }
        }
    }
}

/// Reads the body of a sync, and apart from it what could not be read.
pub fn sync_request(text: &[u8]) -> Result<(SyncRequest, Spoiled), ApiError> {
    must_be_an_object(text)?;
    match serde_json::from_slice(text) {
        Ok(request) => Ok((request, Spoiled::default())),
        Err(error) if error.classify() == Category::Data => by_parts(text),
        Err(error) => Err(refusal(&error)),
    }
}

fn by_parts(text: &[u8]) -> Result<(SyncRequest, Spoiled), ApiError> {
    let mut head: Map<String, Value> = parse(text)?;
    let records = match head.remove("records") {
        None => Vec::new(),
        Some(Value::Array(records)) => records,
        Some(_) => {
            return Err(ApiError::new(
                Code::BadRequest,
                "“records” has to be a list.",
            ));
        }
    };
    let mut request: SyncRequest =
        serde_json::from_value(Value::Object(head)).map_err(|error| refusal(&error))?;
    let mut spoiled = Spoiled::default();
    for (place, record) in records.into_iter().enumerate() {
        let (record, broken) = read_record(place, record)?;
        request.records.extend(record);
        spoiled.records.extend(broken.map(|broken| (place, broken)));
    }
    Ok((request, spoiled))
}

fn read_record(
    place: usize,
    record: Value,
) -> Result<(Option<WireRecord>, Option<Broken>), ApiError> {
    let Value::Object(mut record) = record else {
        return Err(ApiError::new(
            Code::BadRequest,
            format!("Record {} of the request is no object.", place + 1),
        ));
    };
    let id: Option<RecordId> = record
        .get("id")
        .and_then(Value::as_str)
        .and_then(|id| id.parse().ok());
    let Some(id) = id else {
        // Without an id there is nothing to answer about.
        return Err(ApiError::new(
            Code::BadRequest,
            format!(
                "The id of record {} of the request is not a UUID.",
                place + 1
            ),
        ));
    };
    let kind = record
        .get("kind")
        .and_then(Value::as_str)
        .map(|kind| Kind::from(kind.to_owned()));
    let fields = match record.remove("fields") {
        Some(Value::Object(fields)) => Some(fields),
        _ => None,
    };
    let (Some(kind), Some(fields)) = (kind, fields) else {
        let refused = vec![FieldRefusal {
            field: String::new(),
            code: "wrong_value".into(),
            message: "This record was not kept: it needs a kind, and its fields by name.".into(),
        }];
        let result = RecordResult {
            id,
            version: 0,
            accepted: Vec::new(),
            superseded: Vec::new(),
            refused,
        };
        return Ok((None, Some(Broken::Whole(result))));
    };
    let mut read = WireRecord {
        id,
        kind,
        version: None,
        fields: Default::default(),
    };
    let mut refused = Vec::new();
    for (name, field) in fields {
        match serde_json::from_value::<Field>(field) {
            Ok(field) => {
                read.fields.insert(name, field);
            }
            Err(_) => refused.push(FieldRefusal {
                message: format!("The value of “{name}” was not kept: it needs a value and the stamp of its writing."),
                field: name,
                code: "wrong_value".into(),
            }),
        }
    }
    let broken = (!refused.is_empty()).then_some(Broken::Fields(refused));
    Ok((Some(read), broken))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: &str = "1795251600000-0000-0123456789ab";

    fn id(n: u32) -> String {
        format!("00000000-0000-7000-8000-{n:012}")
    }

    #[test]
    fn one_broken_field_does_not_lose_the_rest() {
        let text = serde_json::json!({ "after": 3, "records": [
            { "id": id(1), "kind": "observation", "fields": { "overall": { "value": "Calm", "stamp": STAMP }, "visit": 7 } },
            { "id": id(2), "kind": 9, "fields": {} },
            { "id": id(3), "kind": "observation", "fields": { "overall": { "value": "Busy", "stamp": "yesterday" } } },
        ]});
        let (request, spoiled) = sync_request(text.to_string().as_bytes()).unwrap();
        assert_eq!(request.after, Some(3));
        let names: Vec<_> = request
            .records
            .iter()
            .map(|record| record.fields.keys().cloned().collect::<Vec<_>>())
            .collect();
        assert_eq!(names, [vec!["overall".to_owned()], vec![]]);

        let result = |record: &WireRecord| RecordResult {
            id: record.id,
            version: 5,
            accepted: record.fields.keys().cloned().collect(),
            superseded: vec![],
            refused: vec![],
        };
        let mut answer = SyncAnswer {
            results: request.records.iter().map(result).collect(),
            ..SyncAnswer::default()
        };
        spoiled.mend(&mut answer);
        let told: Vec<_> = answer
            .results
            .iter()
            .map(|result| {
                (
                    result.id.to_string(),
                    result.accepted.len(),
                    result.refused.len(),
                )
            })
            .collect();
        assert_eq!(told, [(id(1), 1, 1), (id(2), 0, 1), (id(3), 0, 1)]);
    }

    #[test]
    fn what_is_no_sync_is_refused_as_a_whole() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let deep_field = format!(
            r#"{{"records":[{{"id":"{}","kind":"visit","fields":{{"a":{deep}}}}}]}}"#,
            id(1)
        );
        for text in [
            "",
            "{",
            "nonsense",
            "[1]",
            r#"{"after":-1}"#,
            r#"{"records":7}"#,
            r#"{"records":[{"id":"x"}]}"#,
            &deep,
            &deep_field,
        ] {
            let refused = sync_request(text.as_bytes()).unwrap_err();
            assert_eq!(refused.code, Code::BadRequest);
        }
    }
}
