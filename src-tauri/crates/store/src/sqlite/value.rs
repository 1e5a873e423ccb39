//! One value in few bytes. What has a form that records use often (a mark, an id, a moment) takes one to nine bytes; any
//! other text goes to the record's texts, which are compressed together (see `pack`).
//!
//! Law, with its test below: what is unpacked is what was packed (`a_value_reads_back`).

use chrono::{DateTime, FixedOffset, SecondsFormat};
use serde_json::Value;
use uuid::Uuid;

use super::bytes::{Bytes, fold, push_number, unfold};
use crate::{Result, StoreError};

/// The tag takes the low six bits of a byte; the other two are the caller's.
pub(super) const TAG_BITS: u8 = 0x3f;

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const WHOLE: u8 = 3;
const ID: u8 = 4;
const IDS: u8 = 5;
const MOMENT: u8 = 6;
const MOMENT_MILLIS: u8 = 7;
const MOMENT_OFFSET: u8 = 8;
const TEXT: u8 = 9;
const JSON: u8 = 10;
const FIRST_WORD: u8 = 16;

/// Words that are values, in the order of their tags. Part of the format: only ever added to, at the end, up to 48.
const WORDS: [&str; 11] = [
    "seen", "not_seen", "opening", "main", "plenary", "leader", "head", "teacher", "support",
    "governor", "visitor",
];

/// Packs a value behind a tag with `flags`: what is short into `out`, what is long into `texts`. Moments are counted
/// from `base_millis`.
pub(super) fn pack(
    value: &Value,
    flags: u8,
    base_millis: u64,
    out: &mut Vec<u8>,
    texts: &mut String,
) {
    let tag_at = out.len();
    out.push(0);
    let tag = match value {
        Value::Null => NULL,
        Value::Bool(false) => FALSE,
        Value::Bool(true) => TRUE,
        Value::String(text) => pack_text(text, base_millis, out, texts),
        Value::Array(values) if !values.is_empty() && pack_ids(values, out) => IDS,
        other => match other.as_i64() {
            Some(n) => {
                push_number(out, fold(n));
                WHOLE
            }
            None => {
                let before = texts.len();
                texts.push_str(&other.to_string());
                push_number(out, (texts.len() - before) as u64);
                JSON
            }
        },
    };
    if let Some(byte) = out.get_mut(tag_at) {
        *byte = flags | tag;
    }
}

fn pack_text(text: &str, base_millis: u64, out: &mut Vec<u8>, texts: &mut String) -> u8 {
    if let Some(place) = WORDS.iter().position(|word| *word == text) {
        return FIRST_WORD + place as u8;
    }
    if let Some(id) = canonical_id(text) {
        out.extend_from_slice(id.as_bytes());
        return ID;
    }
    if let Some((tag, from_base, offset)) = moment(text, base_millis) {
        push_number(out, fold(from_base));
        if tag == MOMENT_OFFSET {
            push_number(out, fold(offset));
        }
        return tag;
    }
    push_number(out, text.len() as u64);
    texts.push_str(text);
    TEXT
}

/// Appends a list of ids, or nothing when it is another list.
fn pack_ids(values: &[Value], out: &mut Vec<u8>) -> bool {
    let before = out.len();
    push_number(out, values.len() as u64);
    for value in values {
        match value.as_str().and_then(canonical_id) {
            Some(id) => out.extend_from_slice(id.as_bytes()),
            None => {
                out.truncate(before);
                return false;
            }
        }
    }
    true
}

/// The id that a text spells, if it spells it as ids are written.
pub(super) fn canonical_id(text: &str) -> Option<Uuid> {
    let id = (text.len() == 36).then(|| Uuid::try_parse(text).ok())??;
    let mut spelt = Uuid::encode_buffer();
    (id.hyphenated().encode_lower(&mut spelt) == text).then_some(id)
}

/// The tag, the distance from the base and the offset in minutes, if the text is a moment that can be spelt again.
fn moment(text: &str, base_millis: u64) -> Option<(u8, i64, i64)> {
    if !matches!(text.len(), 20 | 24 | 25) || text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    let offset = i64::from(time.offset().local_minus_utc()).div_euclid(60);
    let base = i64::try_from(base_millis).ok()?;
    let (tag, from_base) = match text.len() {
        20 => (MOMENT, time.timestamp() - base / 1000),
        24 => (MOMENT_MILLIS, time.timestamp_millis() - base),
        _ => (MOMENT_OFFSET, time.timestamp() - base / 1000),
    };
    (spell(tag, from_base, offset, base_millis).as_deref() == Some(text))
        .then_some((tag, from_base, offset))
}

fn spell(tag: u8, from_base: i64, offset: i64, base_millis: u64) -> Option<String> {
    let base = i64::try_from(base_millis).ok()?;
    let millis = match tag {
        MOMENT_MILLIS => base.checked_add(from_base)?,
        _ => (base / 1000).checked_add(from_base)?.checked_mul(1000)?,
    };
    let form = match tag {
        MOMENT_MILLIS => SecondsFormat::Millis,
        _ => SecondsFormat::Secs,
    };
    let zone = FixedOffset::east_opt(i32::try_from(offset.checked_mul(60)?).ok()?)?;
    let time = DateTime::from_timestamp_millis(millis)?.with_timezone(&zone);
    Some(time.to_rfc3339_opts(form, tag != MOMENT_OFFSET))
}

/// A packed value: whole, or so many bytes of the record's texts.
pub(super) enum Packed {
    Whole(Value),
    Text(usize),
    Json(usize),
}

/// Steps over a value, behind its tag.
pub(super) fn skip(tag: u8, bytes: &mut Bytes<'_>) -> Result<()> {
    match tag {
        WHOLE | MOMENT | MOMENT_MILLIS | TEXT | JSON => bytes.number().map(drop),
        MOMENT_OFFSET => bytes.number().and_then(|_| bytes.number()).map(drop),
        ID => bytes.take(16).map(drop),
        IDS => {
            let len = bytes.len()?.saturating_mul(16);
            bytes.take(len).map(drop)
        }
        _ => Ok(()),
    }
}

/// Unpacks a value, behind its tag.
pub(super) fn unpack(tag: u8, base_millis: u64, bytes: &mut Bytes<'_>) -> Result<Packed> {
    Ok(Packed::Whole(match tag {
        NULL => Value::Null,
        FALSE => Value::Bool(false),
        TRUE => Value::Bool(true),
        WHOLE => Value::from(unfold(bytes.number()?)),
        ID => id_value(bytes.array()?),
        IDS => {
            let count = bytes.len()?;
            let mut ids = Vec::new();
            for _ in 0..count {
                ids.push(id_value(bytes.array()?));
            }
            Value::Array(ids)
        }
        MOMENT | MOMENT_MILLIS | MOMENT_OFFSET => {
            let from_base = unfold(bytes.number()?);
            let offset = if tag == MOMENT_OFFSET {
                unfold(bytes.number()?)
            } else {
                0
            };
            spell(tag, from_base, offset, base_millis)
                .map(Value::String)
                .ok_or_else(|| StoreError::damaged("a moment outside of time"))?
        }
        TEXT => return bytes.len().map(Packed::Text),
        JSON => return bytes.len().map(Packed::Json),
        _ => {
            let word = tag
                .checked_sub(FIRST_WORD)
                .and_then(|n| WORDS.get(usize::from(n)));
            Value::from(*word.ok_or_else(|| StoreError::damaged(format!("value tag {tag}")))?)
        }
    }))
}

fn id_value(bytes: [u8; 16]) -> Value {
    Value::String(Uuid::from_bytes(bytes).hyphenated().to_string())
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Values of every form, and texts that nearly have one.
    pub(in crate::sqlite) fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            prop::sample::select(&WORDS[..]).prop_map(Value::from),
            any::<u128>().prop_map(|n| Value::from(Uuid::from_u128(n).to_string())),
            any::<u128>().prop_map(|n| Value::from(Uuid::from_u128(n).to_string().to_uppercase())),
            "(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9][Tt][0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{3})?([Zz]|[+-][01][0-9]:[0-5][0-9])".prop_map(Value::from),
            ".{0,300}".prop_map(Value::from),
        ];
        leaf.prop_recursive(2, 12, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z]{1,4}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    fn read_back(value: &Value, base: u64) -> Value {
        let (mut out, mut texts) = (Vec::new(), String::new());
        pack(value, 0, base, &mut out, &mut texts);
        let mut bytes = Bytes(&out);
        let tag = bytes.byte().unwrap();
        let mut skipped = Bytes(bytes.0);
        skip(tag, &mut skipped).unwrap();
        assert!(
            skipped.0.is_empty(),
            "stepping over {value} goes to its end"
        );
        match unpack(tag, base, &mut bytes).unwrap() {
            Packed::Whole(value) => value,
            Packed::Text(len) => Value::from(&texts[..len]),
            Packed::Json(len) => serde_json::from_str(&texts[..len]).unwrap(),
        }
    }

    proptest! {
        #[test]
        fn a_value_reads_back(value in value(), base in 0u64..9_999_999_999_999) {
            prop_assert_eq!(read_back(&value, base), value);
        }
    }

    #[test]
    fn what_records_often_hold_is_short() {
        let base = 1_800_000_000_000;
        for (value, most) in [
            (json!("seen"), 1),
            (json!(null), 1),
            (json!(17), 2),
            (json!("2027-01-15T08:00:00Z"), 2),
            (json!("2027-01-15T08:20:00+00:00"), 4),
            (json!("2027-01-15T08:10:02.345Z"), 4),
            (json!("0192f0c1-2345-7000-8000-000000000001"), 17),
        ] {
            let (mut out, mut texts) = (Vec::new(), String::new());
            pack(&value, 0, base, &mut out, &mut texts);
            assert!(out.len() <= most, "{value} takes {} bytes", out.len());
            assert!(texts.is_empty());
        }
    }
}
