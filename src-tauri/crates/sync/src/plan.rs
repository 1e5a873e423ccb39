//! What goes into the next call: reads the outbox into a request that keeps the limits of the wire.

use alongside_domain::{Field, Kind, RecordId};
use alongside_store::{Reader, Result, SetAside};
use chrono::{DateTime, SecondsFormat};

use crate::wire::{BODY_LIMIT, RECORDS_LIMIT, text_size, value_size};
use crate::{SyncRequest, WireRecord, notes};

/// Room kept in a body for everything that is not a record.
const ENVELOPE: usize = 1024;

/// What a record takes besides its kind and its fields.
const BRACES: usize = r#"{"id":"","kind":,"fields":{}},"#.len() + 36;

/// How much one call may carry. A hub's 413 makes it smaller for the rest of the sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Records.
    pub records: usize,
    /// Fields, over all records.
    pub fields: usize,
    /// Bytes of JSON.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            records: RECORDS_LIMIT,
            fields: usize::MAX,
            bytes: BODY_LIMIT,
        }
    }
}

impl Limits {
    /// Half of what `request` carried; `None` when it carried one field or none and cannot be made smaller.
    #[must_use]
    pub fn halved(self, request: &SyncRequest) -> Option<Self> {
        let fields = sent_count(request);
        let records = request.records.len();
        if records > 1 {
            Some(Self {
                records: records / 2,
                ..self
            })
        } else if fields > 1 {
            Some(Self {
                records: 1,
                fields: fields / 2,
                ..self
            })
        } else {
            None
        }
    }
}

/// The next call, and what it leaves behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// What to send.
    pub request: SyncRequest,
    /// Whether everything that waits is in it.
    pub is_last: bool,
    /// Values that would not fit any call, to be set aside here.
    pub too_large: Vec<SetAside>,
}

/// How many fields a request carries.
pub fn sent_count(request: &SyncRequest) -> usize {
    request
        .records
        .iter()
        .map(|record| record.fields.len())
        .sum()
}

/// Plans the next call: what waits, in order of what it refers to, up to `limits`; and, when that is all of it, the
/// question for what is new. `now_ms` is when a value that fits no call is set aside.
pub fn plan(reader: &dyn Reader, limits: Limits, now_ms: u64) -> Result<Planned> {
    let cursor = notes::cursor(reader)?;
    let waiting = reader.outbox_count()?;
    let mut request = SyncRequest::default();
    let mut too_large = Vec::new();
    let mut fields_left = limits.fields.max(1);
    let mut bytes_left = limits.bytes.saturating_sub(ENVELOPE);
    let records = if waiting == 0 {
        Vec::new()
    } else {
        reader.outbox(limits.records.max(1))?
    };
    for record in records {
        let mut part = WireRecord {
            id: record.id,
            kind: record.kind.clone(),
            version: None,
            fields: Default::default(),
        };
        let base = record_size(&record.kind);
        // A record is sent whole where it fits. Where it must be cut, what was written first goes first: what names the
        // visit and the observer before the marks, and the finish last.
        let mut fields: Vec<_> = record
            .fields
            .into_iter()
            .map(|(name, field)| (field_size(&name, &field), name, field))
            .collect();
        fields.sort_by_key(|(_, _, field)| field.stamp);
        let (fields, oversized): (Vec<_>, Vec<_>) = fields
            .into_iter()
            .partition(|(size, ..)| size + base + ENVELOPE <= BODY_LIMIT);
        too_large.extend(
            oversized.into_iter().map(|(_, name, field)| {
                too_large_aside(record.id, &record.kind, name, field, now_ms)
            }),
        );
        let whole = base + fields.iter().map(|(size, ..)| size).sum::<usize>();
        let is_first = request.records.is_empty();
        if !is_first && (whole > bytes_left || fields.len() > fields_left) {
            break;
        }
        bytes_left = bytes_left.saturating_sub(base);
        for (size, name, field) in fields {
            let is_first = is_first && part.fields.is_empty();
            if !is_first && (fields_left == 0 || size > bytes_left) {
                break;
            }
            fields_left = fields_left.saturating_sub(1);
            bytes_left = bytes_left.saturating_sub(size);
            part.fields.insert(name, field);
        }
        if !part.fields.is_empty() {
            request.records.push(part);
        }
    }
    let left = waiting.saturating_sub((sent_count(&request) + too_large.len()) as u64);
    // Nothing to send although something is counted would be asked for ever.
    let is_last = left == 0 || (request.records.is_empty() && too_large.is_empty());
    request.waiting = Some(left);
    request.mark = reader.note(notes::MARK)?;
    if !request.records.is_empty() {
        let now = i64::try_from(now_ms).ok();
        let now = now.and_then(DateTime::from_timestamp_millis);
        request.time = now.map(|now| now.to_rfc3339_opts(SecondsFormat::Millis, true));
    }
    // A device that has never pulled does so with its first batch: from then on the hub need not send back what this
    // device wrote itself.
    if is_last || cursor == 0 {
        request.after = Some(cursor);
        request.held = Some(notes::held(reader)?);
    }
    Ok(Planned {
        request,
        is_last,
        too_large,
    })
}

/// A value that no call can carry, with its reason.
pub(crate) fn too_large_aside(
    record: RecordId,
    kind: &Kind,
    name: String,
    field: Field,
    now_ms: u64,
) -> SetAside {
    SetAside {
        record,
        kind: kind.clone(),
        name,
        field,
        code: crate::refused::TOO_LARGE.into(),
        message:
            "This is too large to send. It is kept on this device; shorten it and write it again."
                .into(),
        at: now_ms as i64,
    }
}

/// How many bytes a record of this kind takes as JSON besides its fields.
pub(crate) fn record_size(kind: &Kind) -> usize {
    BRACES + text_size(kind.as_str())
}

/// How many bytes a field with its name takes as JSON, the comma after it included.
pub(crate) fn field_size(name: &str, field: &Field) -> usize {
    const STAMP: usize = 31;
    let braces = r#":{"value":,"stamp":""},"#.len();
    text_size(name) + value_size(&field.value) + STAMP + braces
}
