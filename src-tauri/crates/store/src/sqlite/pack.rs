//! The delivered fields of a record, packed into one row: about a kilobyte where a row for each field would take three,
//! and one row to read, write and send where there would be forty.
//!
//! ```text
//! format (1) · check sum (4) · count · least millisecond · least version · device · fields… · length of texts · texts
//! field: word and whether a part follows · [part] · flags and tag · value · millisecond · [counter · device] · [version]
//! ```
//!
//! Fields stand in order of name, so that stamps can be read in that order without touching a text. A name is a word;
//! where its last part was made by a machine (an id, a time) and no other record has it, only what is before is a word.
//! Texts are compressed together when that makes them shorter.
//!
//! Laws, each with its test below: what is unpacked is what was packed (`a_record_reads_back`), and what is broken is
//! damage, never another record (`a_flipped_bit_is_damage`).

use std::collections::BTreeMap;

use alongside_domain::{Field, RecordId, Stamp};
use serde_json::Value;
use uuid::Uuid;

use super::Link;
use super::bytes::{Bytes, check_sum, fold, push_number, unfold};
use super::value::{self, Packed};
use super::words::Words;
use crate::{Result, StoreError};

/// The layout above.
const FORMAT: u8 = 1;
/// The counter or the device is not the usual one.
const OTHER_HAND: u8 = 0x80;
/// The version is not the least one.
const LATER: u8 = 0x40;

/// A field that the hub knows, and under which version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Delivered {
    pub(super) field: Field,
    pub(super) version: u64,
}

/// The name of a packed field.
enum Name<'w> {
    Word(&'w str),
    Made(String),
}

impl Name<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Word(word) => word,
            Self::Made(name) => name,
        }
    }

    fn into_string(self) -> String {
        match self {
            Self::Word(word) => word.to_owned(),
            Self::Made(name) => name,
        }
    }
}

/// Packs the delivered fields of the record `id`; nothing for none.
pub(super) fn pack(
    fields: &BTreeMap<String, Delivered>,
    id: RecordId,
    link: &Link,
) -> Result<Vec<u8>> {
    let Some(first) = fields.values().next() else {
        return Ok(Vec::new());
    };
    let least = |part: fn(&Delivered) -> u64| fields.values().map(part).min().unwrap_or_default();
    let base_millis = least(|d| d.field.stamp.millis());
    let base_version = least(|d| d.version);
    let base_device = first.field.stamp.device();

    let mut out = vec![FORMAT, 0, 0, 0, 0];
    let mut texts = String::new();
    push_number(&mut out, fields.len() as u64);
    push_number(&mut out, base_millis);
    push_number(&mut out, base_version);
    push_number(&mut out, link.number(&device_word(base_device))?.into());
    let mut last_word = 0;
    for (name, Delivered { field, version }) in fields {
        let stamp = field.stamp;
        let (stem, part) = link.stem(name, id)?;
        let word = link.number(stem)?;
        let step = fold(i64::from(word) - last_word);
        last_word = i64::from(word);
        push_number(&mut out, step << 1 | u64::from(part.is_some()));
        if let Some(part) = part {
            push_part(&mut out, part);
        }
        let is_other_hand = stamp.counter() != 0 || stamp.device() != base_device;
        let flags = if is_other_hand { OTHER_HAND } else { 0 }
            | if *version > base_version { LATER } else { 0 };
        value::pack(&field.value, flags, base_millis, &mut out, &mut texts);
        push_number(&mut out, stamp.millis() - base_millis);
        if is_other_hand {
            push_number(&mut out, stamp.counter().into());
            push_number(&mut out, link.number(&device_word(stamp.device()))?.into());
        }
        if *version > base_version {
            push_number(&mut out, version - base_version);
        }
    }
    link.press.borrow_mut().push(&texts, &mut out)?;
    let sum = check_sum(out.get(5..).unwrap_or_default());
    if let Some(place) = out.get_mut(1..5) {
        place.copy_from_slice(&sum);
    }
    Ok(out)
}

/// Unpacks what [`pack`] packed.
pub(super) fn unpack(packed: &[u8], link: &Link) -> Result<BTreeMap<String, Delivered>> {
    link.with_words(|words| unpack_with(packed, link, words))
}

fn unpack_with(packed: &[u8], link: &Link, words: &Words) -> Result<BTreeMap<String, Delivered>> {
    let mut fields = Vec::new();
    let texts = walk(
        packed,
        words,
        value::unpack,
        |name, stamp, version, value| {
            fields.push((name, stamp, version, value));
        },
    )?;
    let texts = link.press.borrow_mut().open(texts)?;
    let mut rest = texts.as_str();
    let mut next_text = |len: usize| {
        let (text, after) = rest
            .split_at_checked(len)
            .ok_or_else(|| StoreError::damaged("a text that is not there"))?;
        rest = after;
        Ok::<_, StoreError>(text)
    };
    fields
        .into_iter()
        .map(|(name, stamp, version, value)| {
            let value = match value {
                Packed::Whole(value) => value,
                Packed::Text(len) => Value::from(next_text(len)?),
                Packed::Json(len) => serde_json::from_str(next_text(len)?)
                    .map_err(|_| StoreError::damaged("a value that is not JSON"))?,
            };
            let field = Field { value, stamp };
            Ok((name.into_string(), Delivered { field, version }))
        })
        .collect()
}

/// The names and stamps alone, in order of name.
pub(super) fn stamps(packed: &[u8], link: &Link) -> Result<Stamps> {
    link.with_words(|words| {
        let mut stamps = Stamps::default();
        let skip = |tag, _, bytes: &mut Bytes<'_>| value::skip(tag, bytes);
        walk(packed, words, skip, |name, stamp, _, ()| {
            stamps.names.push_str(name.as_str());
            stamps.ends.push((stamps.names.len(), stamp));
        })?;
        Ok(stamps)
    })
}

/// Names and stamps, the names in one piece: a digest looks at very many of them.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    names: String,
    /// Where each name ends.
    ends: Vec<(usize, Stamp)>,
}

impl Stamps {
    /// Each name with its stamp.
    pub(super) fn pairs(&self) -> Vec<(&str, Stamp)> {
        let mut start = 0;
        let pair = |(end, stamp): &(usize, Stamp)| {
            let name = self.names.get(start..*end).unwrap_or_default();
            start = *end;
            (name, *stamp)
        };
        self.ends.iter().map(pair).collect()
    }
}

/// Steps through the fields, reading each value with `read`, and returns what is left: the texts.
fn walk<'a, 'w, V>(
    packed: &'a [u8],
    words: &'w Words,
    read: impl Fn(u8, u64, &mut Bytes<'a>) -> Result<V>,
    mut each: impl FnMut(Name<'w>, Stamp, u64, V),
) -> Result<Bytes<'a>> {
    let mut bytes = Bytes(packed);
    if packed.is_empty() {
        return Ok(bytes);
    }
    let format = bytes.byte()?;
    if format != FORMAT {
        return Err(StoreError::damaged(format!(
            "a record packed in format {format}"
        )));
    }
    if bytes.array::<4>()? != check_sum(bytes.0) {
        return Err(StoreError::damaged("a record that does not add up"));
    }
    let count = bytes.len()?;
    let base_millis = bytes.number()?;
    let base_version = bytes.number()?;
    let base_device = device(words.at(bytes.word()?)?)?;
    let mut last_word = 0_i64;
    for _ in 0..count {
        let first = bytes.number()?;
        last_word = last_word.wrapping_add(unfold(first >> 1));
        let stem =
            words.at(u32::try_from(last_word).map_err(|_| StoreError::damaged("no such word"))?)?;
        let name = if first & 1 == 1 {
            Name::Made(format!("{stem}.{}", take_part(&mut bytes)?))
        } else {
            Name::Word(stem)
        };
        let tag = bytes.byte()?;
        let value = read(tag & value::TAG_BITS, base_millis, &mut bytes)?;
        let millis = base_millis.saturating_add(bytes.number()?);
        let (counter, device) = if tag & OTHER_HAND != 0 {
            let counter = u16::try_from(bytes.number()?)
                .map_err(|_| StoreError::damaged("a count too high"))?;
            (counter, device(words.at(bytes.word()?)?)?)
        } else {
            (0, base_device)
        };
        let version = match tag & LATER {
            0 => base_version,
            _ => base_version.saturating_add(bytes.number()?),
        };
        each(name, Stamp::new(millis, counter, device), version, value);
    }
    Ok(bytes)
}

/// The end of a device's id, spelt as a word.
fn device_word(device: [u8; 6]) -> String {
    let digit = |n: u8| char::from(if n < 10 { b'0' + n } else { b'a' + n - 10 });
    device
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)])
        .collect()
}

fn device(word: &str) -> Result<[u8; 6]> {
    let number = (word.len() == 12)
        .then(|| u64::from_str_radix(word, 16).ok())
        .flatten();
    let [_, _, device @ ..] = number
        .ok_or_else(|| StoreError::damaged("a stamp of no device"))?
        .to_be_bytes();
    Ok(device)
}

/// Whether a last part of a name looks made by a machine, so that other records are unlikely to have it.
pub(super) fn is_made(part: &str) -> bool {
    part.len() >= 6 && part.len() < 128 && part.bytes().filter(u8::is_ascii_digit).count() >= 4
}

/// Appends the last part of a name: its length and it, or 0 and the id that it spells.
fn push_part(out: &mut Vec<u8>, part: &str) {
    match value::canonical_id(part) {
        Some(id) => {
            out.push(0);
            out.extend_from_slice(id.as_bytes());
        }
        None => {
            push_number(out, part.len() as u64);
            out.extend_from_slice(part.as_bytes());
        }
    }
}

fn take_part(bytes: &mut Bytes<'_>) -> Result<String> {
    match bytes.len()? {
        0 => Ok(Uuid::from_bytes(bytes.array()?).hyphenated().to_string()),
        len => String::from_utf8(bytes.take(len)?.to_vec())
            .map_err(|_| StoreError::damaged("a name that is not text")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::value::tests::value;
    use super::*;

    fn name() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-z_]{1,9}(\\.[a-z]{1,9}){0,2}",
            any::<u128>().prop_map(|n| format!("went_well.{}", Uuid::from_u128(n))),
            "even_better_if\\.[0-9]{4,13}[a-z-]{2,8}",
            ".{1,20}",
        ]
    }

    fn delivered() -> impl Strategy<Value = BTreeMap<String, Delivered>> {
        let field = (
            0u64..9_999_999_999_999,
            prop_oneof![4 => Just(0u16), 1 => any::<u16>()],
            prop_oneof![4 => Just([7; 6]), 1 => any::<[u8; 6]>()],
            value(),
            1u64..1 << 50,
        )
            .prop_map(|(millis, counter, device, value, version)| Delivered {
                field: Field {
                    value,
                    stamp: Stamp::new(millis, counter, device),
                },
                version,
            });
        prop::collection::btree_map(name(), field, 0..40)
    }

    fn id(n: u128) -> RecordId {
        RecordId::from_uuid(Uuid::from_u128(n))
    }

    proptest! {
        #[test]
        fn a_record_reads_back(fields in delivered()) {
            let link = Link::in_memory();
            for n in 0..3 {
                // The second record with the same made names makes words of them.
                let packed = pack(&fields, id(n), &link).unwrap();
                prop_assert_eq!(&unpack(&packed, &link).unwrap(), &fields);
                let expected: Vec<_> = fields.iter().map(|(name, d)| (name.as_str(), d.field.stamp)).collect();
                let stamps = stamps(&packed, &link).unwrap();
                prop_assert_eq!(stamps.pairs(), expected);
            }
        }

        #[test]
        fn a_flipped_bit_is_damage(fields in delivered(), at: prop::sample::Index, bit in 0u8..8) {
            let link = Link::in_memory();
            let mut packed = pack(&fields, id(1), &link).unwrap();
            if !packed.is_empty() {
                let at = at.index(packed.len());
                packed[at] ^= 1 << bit;
                prop_assert!(unpack(&packed, &link).unwrap_err().is_damaged());
            }
        }
    }
}
