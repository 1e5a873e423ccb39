//! Founding a school: its first person, its name, the forms that ship, and the terms of its first year. The only records
//! no leader wrote before.

use alongside_domain::person::Person;
use alongside_domain::programme::usual_terms;
use alongside_domain::school::School;
use alongside_domain::template::{EVIDENCE_FORM, SEVEN_LENSES};
use alongside_domain::{DeviceId, Field, Kind, Record, SchoolId, Stamp, TemplateId, TermId};
use alongside_store::Writer;
use alongside_sync::wire::PairSchool;
use serde_json::{Value, json};

use crate::accept::{self, Intake};
use crate::actor::{Actor, Standing};
use crate::authority::Way;
use crate::desk::{Changed, Desk};
use crate::facts::{Facts, Memo};
use crate::{ApiError, Code};

impl Desk {
    /// Founds a school with its first person, who becomes its head. Only where there is none.
    ///
    /// The first records of a school have no leader before them who could write them; everything after is judged.
    pub fn school_create(&self, school: &PairSchool, device: DeviceId) -> Result<(), ApiError> {
        let mut writer = self.store().write()?;
        if Facts::new(&*writer).school()?.is_some() {
            return Err(ApiError::new(
                Code::ForeignSchool,
                "There is a school here already.",
            ));
        }
        let mut changed = Changed::default();
        self.found(&mut *writer, device, school, &mut changed)?;
        writer.commit()?;
        self.tell(&changed);
        Ok(())
    }

    pub(crate) fn found(
        &self,
        writer: &mut dyn Writer,
        device: DeviceId,
        school: &PairSchool,
        changed: &mut Changed,
    ) -> Result<(), ApiError> {
        let actor = Actor {
            person: school.person,
            device,
        };
        let mut head = Record::new(school.person, Kind::Person);
        let fields = |fields: Vec<(&str, Value)>| {
            fields
                .into_iter()
                .map(|(name, value)| {
                    (
                        name.to_owned(),
                        Field {
                            value,
                            stamp: self.clock().tick(),
                        },
                    )
                })
                .collect()
        };
        head.fields = fields(vec![
            ("name", json!(school.person_name.trim())),
            ("roles", json!(["head"])),
            ("is_active", json!(true)),
        ]);
        let standing = Standing {
            actor,
            person: Person::read(&head),
        };
        let mut own = Record::new(school.id, Kind::School);
        own.fields = fields(vec![
            ("name", json!(school.name.trim())),
            (
                "started_at",
                alongside_domain::field::time_value(self.now()),
            ),
        ]);
        let terms = self.terms(school.id, &own, device);
        let mut founding = vec![head, own];
        founding.extend(terms);
        for form in [&EVIDENCE_FORM, &SEVEN_LENSES] {
            // Derived from the school, so that a school that moves in brings no second copy of a form.
            let id = uuid::Uuid::new_v5(&school.id.uuid(), form.name.as_bytes());
            let mut template = Record::new(TemplateId::from_uuid(id), Kind::Template);
            for (name, value) in form.fields() {
                let stamp = self.clock().tick();
                template.fields.insert(name, Field { value, stamp });
            }
            founding.push(template);
        }
        for Record { id, kind, fields } in founding {
            let record = alongside_sync::WireRecord {
                id,
                kind,
                version: None,
                fields,
            };
            let intake = Intake {
                standing: &standing,
                now: self.now(),
                place: self.place(),
                way: Way::Screen,
                seen: None,
                memo: &Memo::default(),
            };
            let accepted = accept::accept(writer, intake, None, &record, changed)?;
            if let Some(refusal) = accepted.refused.into_iter().next() {
                return Err(ApiError::new(Code::BadRequest, refusal.message));
            }
        }
        Ok(())
    }

    /// The terms of the academic year as most schools have them, for leaders to change.
    ///
    /// Their ids are derived, so that a school that moves in brings no second copy; and their stamps are the first there
    /// can be, so that whatever its leaders made of them before stands.
    fn terms(&self, school: SchoolId, record: &Record, device: DeviceId) -> Vec<Record> {
        let settings = School::read(record).settings;
        let year = settings.academic_year(self.local_now());
        let stamp = Stamp::new(0, 0, device.tail());
        let terms = usual_terms(year, &settings).into_iter().zip(1..);
        terms
            .map(|(usual, number)| {
                let mut term = Record::new(TermId::derive(school, year, number), Kind::Term);
                for (name, value) in [
                    ("name", json!(usual.name)),
                    ("starts_on", json!(usual.starts_on)),
                    ("ends_on", json!(usual.ends_on)),
                ] {
                    term.put(name, Field { value, stamp });
                }
                term
            })
            .collect()
    }
}
