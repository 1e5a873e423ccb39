//! Ratings and what is agreed of them, brought in by a device in one call of a sync each.

use std::collections::BTreeMap;

use alongside_api::ApiError;
use alongside_domain::{Field, HybridClock, Kind, RatingId, RecordId, SelfEvaluationId};
use alongside_sync::WireRecord;
use chrono::{DateTime, FixedOffset};
use serde_json::{Value, json};

use super::super::people::HEAD;
use super::super::ratings::Rated;
use super::{Stage, astray, known, millis};

impl Stage<'_> {
    /// What somebody's device brings in at once, all of it written just before.
    fn written_at(
        &mut self,
        by: &'static str,
        id: RecordId,
        kind: Kind,
        fields: Vec<(String, Value)>,
        at: DateTime<FixedOffset>,
    ) -> Result<(), ApiError> {
        let actor = *known(&self.people, by)?;
        let clock = self
            .clocks
            .entry(by)
            .or_insert_with(|| HybridClock::new(actor.device, None));
        let mut record = WireRecord {
            id,
            kind,
            version: None,
            fields: BTreeMap::new(),
        };
        for (name, value) in fields {
            let stamp = clock.tick(millis(at));
            record.fields.insert(name, Field { value, stamp });
        }
        self.bring_in(&actor, record)
    }

    pub(super) fn rating(
        &mut self,
        year: i32,
        rated: &Rated,
        place: usize,
        at: DateTime<FixedOffset>,
    ) -> Result<(), ApiError> {
        let of = SelfEvaluationId::derive(self.school, year);
        let (by, count) = *rated.raters.get(place).ok_or_else(|| astray("a rater"))?;
        let person = self.person_named(by)?;
        let mut fields = vec![
            ("self_evaluation".to_owned(), json!(of)),
            ("person".to_owned(), json!(person)),
        ];
        let said = rated.said(place, count);
        fields.extend(said.map(|(key, value)| (format!("ratings.{key}"), json!(value))));
        let notes = rated.notes(place, count);
        fields.extend(notes.map(|(key, note)| (format!("notes.{key}"), json!(note))));
        let id = RatingId::derive(of, person);
        self.written_at(by, id.into(), Kind::Rating, fields, at)
    }

    pub(super) fn agreed(
        &mut self,
        year: i32,
        rated: &Rated,
        at: DateTime<FixedOffset>,
    ) -> Result<(), ApiError> {
        let id = SelfEvaluationId::derive(self.school, year);
        let agreed = rated.agreed();
        let fields = agreed.map(|(key, value)| (format!("agreed.{key}"), json!(value)));
        self.written_at(HEAD, id.into(), Kind::SelfEvaluation, fields.collect(), at)?;
        if rated.is_closed {
            self.call(HEAD, "self_evaluation_close", json!({"year": year}))?;
        }
        Ok(())
    }
}
