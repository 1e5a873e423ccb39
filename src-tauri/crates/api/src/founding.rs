//! Founding a school: its first person, its name, and the forms that ship. The only records no leader wrote before.

use alongside_domain::person::Person;
use alongside_domain::template::{EVIDENCE_FORM, SEVEN_LENSES};
use alongside_domain::{DeviceId, Field, Kind, Record, TemplateId};
use alongside_store::Writer;
use alongside_sync::wire::PairSchool;
use serde_json::{Value, json};

use crate::accept::{self, Intake};
use crate::actor::{Actor, Standing};
use crate::authority::Way;
use crate::desk::{Changed, Desk};
use crate::facts::Facts;
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
        let mut founding = vec![head, own];
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
            };
            let accepted = accept::accept(writer, intake, None, record, changed)?;
            if let Some(refusal) = accepted.refused.into_iter().next() {
                return Err(ApiError::new(Code::BadRequest, refusal.message));
            }
        }
        Ok(())
    }
}
