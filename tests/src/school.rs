//! The people of a small school, and a walk that is noticed and can be started.
//!
//! No two ids of different kinds share a number, so that a mixed-up id finds nothing.

use alongside_domain::{
    ClassId, DeviceId, Kind, ObservationId, PersonId, RecordId, ResponseId, RoomId, SchoolId,
    ShareId, TemplateId, VisitId, WalkId,
};
use alongside_sync::wire::PairSchool;
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::RunningHub;

/// An id of a given number.
pub const fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + number)
}

/// Who is in the school, and what they have.
#[derive(Debug)]
pub struct Cast;

impl Cast {
    /// The school.
    pub const SCHOOL: SchoolId = SchoolId::from_uuid(id(9_001));
    /// Hesper Quill, the headteacher, a leader.
    pub const HEAD: PersonId = PersonId::from_uuid(id(101));
    /// Lio Marram, a leader who walks too.
    pub const LEADER: PersonId = PersonId::from_uuid(id(112));
    /// Ansa Whitlow, an observer.
    pub const ANSA: PersonId = PersonId::from_uuid(id(123));
    /// Bram Ollery, an observer.
    pub const BRAM: PersonId = PersonId::from_uuid(id(134));
    /// Tilde Farrow, who teaches Kestrel.
    pub const TEACHER: PersonId = PersonId::from_uuid(id(145));
    /// Tove Garrick, who teaches Heron.
    pub const OTHER_TEACHER: PersonId = PersonId::from_uuid(id(156));
    /// Corin Ashdale, who teaches Lark, Wren and Dunlin, and so has had as many visits this year as there can be.
    pub const VISITED_TEACHER: PersonId = PersonId::from_uuid(id(178));
    /// Sunna Peverel, support staff of Kestrel.
    pub const SUPPORT: PersonId = PersonId::from_uuid(id(167));
    /// The class that is visited.
    pub const KESTREL: ClassId = ClassId::from_uuid(id(2_011));
    /// Another class.
    pub const HERON: ClassId = ClassId::from_uuid(id(2_022));
    /// Three more, so that the walk covers as many as a walk must (R4).
    pub const MORE: [(ClassId, &str); 3] = [
        (ClassId::from_uuid(id(2_033)), "Lark"),
        (ClassId::from_uuid(id(2_044)), "Wren"),
        (ClassId::from_uuid(id(2_055)), "Dunlin"),
    ];
    /// A room.
    pub const ROOM: RoomId = RoomId::from_uuid(id(3_031));
    /// The walk.
    pub const WALK: WalkId = WalkId::from_uuid(id(4_041));
    /// Kestrel's visit, by Ansa and Bram.
    pub const VISIT: VisitId = VisitId::from_uuid(id(5_051));
    /// Heron's visit, by Bram and the leader.
    pub const OTHER_VISIT: VisitId = VisitId::from_uuid(id(5_062));
    /// The visits to the other three, by the head, on the days after.
    pub const MORE_VISITS: [VisitId; 3] = [
        VisitId::from_uuid(id(5_073)),
        VisitId::from_uuid(id(5_084)),
        VisitId::from_uuid(id(5_095)),
    ];

    /// What Ansa writes of Kestrel's visit.
    pub fn of_ansa() -> ObservationId {
        ObservationId::derive(Self::VISIT, Self::ANSA)
    }

    /// What Bram writes of Kestrel's visit.
    pub fn of_bram() -> ObservationId {
        ObservationId::derive(Self::VISIT, Self::BRAM)
    }

    /// The share of Kestrel's visit.
    pub fn share() -> ShareId {
        ShareId::derive(Self::VISIT)
    }

    /// What the teacher answers.
    pub fn response() -> ResponseId {
        ResponseId::derive(Self::VISIT, Self::TEACHER)
    }
}

/// A school on a hub.
#[derive(Debug)]
pub struct School;

impl School {
    /// Starts a hub with the cast and its walk; notice was given, has stood its days, and it is five minutes before
    /// the visit.
    pub async fn on_the_day() -> RunningHub {
        let hub = RunningHub::start().await;
        Self::found(&hub);
        Self::plan(&hub);
        hub.lead("notice_give", json!({ "walk": Cast::WALK }));
        hub.clock.set_true(Self::visit_at() - Duration::minutes(5));
        hub
    }

    /// When the visit is.
    pub fn visit_at() -> DateTime<Utc> {
        "2026-11-12T09:30:00Z".parse().unwrap()
    }

    /// Puts the cast into an empty hub.
    pub fn found(hub: &RunningHub) {
        let school = PairSchool {
            id: Cast::SCHOOL,
            name: "Underhill School".into(),
            person: Cast::HEAD,
            person_name: "Hesper Quill".into(),
        };
        hub.desk()
            .school_create(&school, DeviceId::from_uuid(id(8_001)))
            .unwrap();
        Self::people(&|command, request| hub.lead(command, request));
    }

    /// The cast but for its head, the room and the classes, as a leader puts them in by `lead`.
    pub fn people(lead: &dyn Fn(&str, Value) -> Value) {
        for (person, name, roles) in [
            (Cast::LEADER, "Lio Marram", vec!["leader"]),
            (Cast::ANSA, "Ansa Whitlow", vec!["governor"]),
            (Cast::BRAM, "Bram Ollery", vec!["teacher"]),
            (Cast::TEACHER, "Tilde Farrow", vec!["teacher"]),
            (Cast::OTHER_TEACHER, "Tove Garrick", vec!["teacher"]),
            (Cast::VISITED_TEACHER, "Corin Ashdale", vec!["teacher"]),
            (Cast::SUPPORT, "Sunna Peverel", vec!["support"]),
        ] {
            lead(
                "person_put",
                json!({ "person": person, "name": name, "roles": roles, "is_active": true }),
            );
        }
        lead(
            "room_put",
            json!({ "room": Cast::ROOM, "name": "Room 4", "place": "Garden side", "route": 4 }),
        );
        for (class, name, teacher) in [
            (Cast::KESTREL, "Kestrel", Cast::TEACHER),
            (Cast::HERON, "Heron", Cast::OTHER_TEACHER),
        ] {
            lead("class_put", Self::class(class, name, teacher));
        }
        for (class, name) in Cast::MORE {
            lead("class_put", Self::class(class, name, Cast::VISITED_TEACHER));
        }
    }

    /// Says who teaches a class.
    pub fn staff(hub: &RunningHub, class: ClassId, name: &str, teacher: PersonId) {
        hub.lead("class_put", Self::class(class, name, teacher));
    }

    fn class(class: ClassId, name: &str, teacher: PersonId) -> Value {
        json!({
            "class": class, "name": name, "year_group": "Year 4", "phase": "Middle",
            "teachers": [teacher], "support": [Cast::SUPPORT], "room": Cast::ROOM, "is_active": true,
        })
    }

    /// Plans the walk, without notice.
    pub fn plan(hub: &RunningHub) {
        let template = Self::evidence_form(hub);
        Self::walk(template, Cast::HEAD, &|command, request| {
            hub.lead(command, request)
        });
    }

    /// The walk with its visits, as a leader plans it by `lead`; `head` makes three of them.
    pub fn walk(template: TemplateId, head: PersonId, lead: &dyn Fn(&str, Value) -> Value) {
        lead(
            "walk_put",
            json!({
                "walk": Cast::WALK, "name": "Autumn walk", "focus": "Time to answer",
                "purpose": "Pupils who are given time say more.", "template": template,
                "term": null, "classes": [], "observers": [],
            }),
        );
        for (visit, class, observers) in [
            (Cast::VISIT, Cast::KESTREL, [Cast::ANSA, Cast::BRAM]),
            (Cast::OTHER_VISIT, Cast::HERON, [Cast::BRAM, Cast::LEADER]),
        ] {
            let starts_at = match visit == Cast::VISIT {
                true => Self::visit_at(),
                false => Self::visit_at() + Duration::hours(1),
            };
            lead(
                "visit_put",
                Self::visit(visit, class, starts_at, &observers),
            );
        }
        let more = (1..).zip(Cast::MORE_VISITS.into_iter().zip(Cast::MORE));
        for (days, (visit, (class, _))) in more {
            let starts_at = Self::visit_at() + Duration::days(days);
            lead("visit_put", Self::visit(visit, class, starts_at, &[head]));
        }
    }

    /// What is asked to plan a visit.
    pub fn visit(visit: VisitId, class: ClassId, at: DateTime<Utc>, by: &[PersonId]) -> Value {
        json!({
            "visit": visit, "walk": Cast::WALK, "class": class, "starts_at": at, "minutes": 20,
            "observers": by, "subject": "Mathematics", "part": "main",
        })
    }

    /// The form of the walk.
    pub fn evidence_form(hub: &RunningHub) -> TemplateId {
        let reader = hub.desk().store().read().unwrap();
        let forms = reader.list(&Kind::Template).unwrap();
        let form = forms
            .iter()
            .find(|form| form.text("name") == "Evidence form");
        form.unwrap().id.into()
    }

    /// A record as the hub holds it.
    pub fn get(hub: &RunningHub, id: impl Into<RecordId>) -> Option<alongside_domain::Record> {
        hub.desk().store().read().unwrap().get(id.into()).unwrap()
    }
}
