//! The school at a moment of its walk, with everyone of the table let in: every kind in every state that the table names.
//!
//! A stage is built once by what people do, and kept as a file; a hub that was changed by an attack that had to work is
//! put back from it, so that each cell is tried on the same school.

use std::collections::BTreeMap;

use alongside_api::Actor;
use alongside_domain::{
    AcknowledgementId, DebriefId, DeviceId, Kind, ObservationId, PatternId, PersonId, RatingId,
    RecordId, ReflectionId, ReportId, ResponseId, ReviewId, SelfEvaluationId, ShareId, TemplateId,
    TermId, VisitId, WalkId,
};
use alongside_hub::STORE_FILE;
use alongside_tests::{ANY_PORT, Cast, HandClock, Outsider, RunningHub, School, id};
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::role::Role;
use super::value::{Turn, value};

/// When it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The walk is planned, and staff have no notice yet.
    Planned,
    /// Notice was given.
    Noticed,
    /// Both observers are in the room.
    Begun,
    /// One of them has finished.
    Finished,
    /// Both have.
    BothFinished,
    /// Shared in the same minute.
    SharedSoon,
    /// Not shared, and the time for corrections is over.
    Settled,
    /// Every record is shared, and nothing is answered or drafted yet.
    Offered,
    /// Answers, reports and actions are begun.
    Shared,
    /// Answered, published and closed.
    Published,
    /// The day on which records are destroyed is over.
    Destroyed,
}

/// A record that nobody has made a part of the cast.
pub fn own(number: u128) -> RecordId {
    RecordId::from_uuid(id(60_000 + number))
}

/// The year's self-evaluation.
pub fn of_the_year() -> SelfEvaluationId {
    SelfEvaluationId::derive(Cast::SCHOOL, 2026)
}

/// One with a token.
#[derive(Debug, Clone)]
struct Pass {
    token: String,
    device: DeviceId,
}

/// A school at a stage.
pub struct Scene {
    /// What the table names, as it stands here.
    pub records: Vec<(Kind, &'static str, RecordId)>,
    /// What everyone writes, where that is not left to [`value`].
    pub words: Option<String>,
    /// Draft and other forms, by what they are for.
    pub draft: TemplateId,
    /// The term of the walk.
    pub term: TermId,
    /// The running hub.
    pub hub: RunningHub,
    passes: BTreeMap<Role, Pass>,
    clients: BTreeMap<Role, Outsider>,
    kept: TempDir,
    now: DateTime<Utc>,
}

/// A hub's folder as it lies on the disk.
pub fn copy(from: &std::path::Path) -> TempDir {
    let to = tempfile::tempdir().unwrap();
    for name in [STORE_FILE.to_owned(), format!("{STORE_FILE}-wal")] {
        if from.join(&name).exists() {
            std::fs::copy(from.join(&name), to.path().join(&name)).unwrap();
        }
    }
    to
}

impl Scene {
    /// Builds the school up to a stage.
    pub async fn at(stage: Stage) -> Self {
        Self::with_words(stage, None).await
    }

    /// The same, in which everyone writes these words wherever they write.
    pub async fn with_words(stage: Stage, words: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hub = RunningHub::start_in(folder, HandClock::default(), ANY_PORT).await;
        let (draft, records) = found(&hub);
        let mut passes = BTreeMap::new();
        for role in Role::ALL {
            let pass = match role {
                Role::Stranger => Pass {
                    token: "not-a-token-of-this-hub-0123456789abcdef".into(),
                    device: DeviceId::from_uuid(id(8_777)),
                },
                _ => {
                    let client = Outsider::let_in(&hub, role.person()).await;
                    Pass {
                        token: client.token,
                        device: client.device,
                    }
                }
            };
            passes.insert(role, pass);
        }
        let mut scene = Self {
            words: words.map(str::to_owned),
            records,
            draft,
            term: term_of(&hub),
            kept: tempfile::tempdir().unwrap(),
            clients: BTreeMap::new(),
            passes,
            now: hub.clock.true_now(),
            hub,
        };
        scene.turn_away().await;
        scene.greet();
        scene.play(stage).await;
        scene.hub.clock.pass(2_000);
        scene.now = scene.hub.clock.true_now();
        scene.kept = copy(scene.hub.folder());
        scene
    }

    /// The school as it was built, whatever was done to it since.
    pub async fn restore(&mut self) {
        let clock = HandClock::default();
        clock.set_true(self.now);
        self.hub = RunningHub::start_in(copy(self.kept.path()), clock, ANY_PORT).await;
        self.greet();
    }

    /// A role's changed client.
    pub fn client(&self, role: Role) -> &Outsider {
        &self.clients[&role]
    }

    /// A role's device.
    pub fn device(&self, role: Role) -> DeviceId {
        self.passes[&role].device
    }

    /// The version of the hub's school, which moves with every change.
    pub fn version(&self) -> u64 {
        self.hub.desk().store().read().unwrap().version().unwrap()
    }

    /// Whether the hub holds a record.
    pub fn has(&self, id: RecordId) -> bool {
        School::get(&self.hub, id).is_some()
    }

    /// What one of the table is, here.
    pub fn id(&self, kind: &Kind, state: &str) -> Option<RecordId> {
        let own = self
            .records
            .iter()
            .find(|(k, s, _)| k == kind && *s == state);
        own.map(|(_, _, id)| *id)
    }

    fn greet(&mut self) {
        let before = std::mem::take(&mut self.clients);
        self.clients = self
            .passes
            .iter()
            .map(|(role, pass)| {
                let client = match before.get(role) {
                    Some(client) => client.at(&self.hub),
                    None => Outsider::with(&self.hub, pass.token.clone(), pass.device),
                };
                (*role, client)
            })
            .collect();
    }

    /// Somebody leaves the school, and a leader's device is let in anew, so that its old token is worth nothing.
    async fn turn_away(&mut self) {
        person(
            &self.hub,
            Role::Left,
            "Merel Tansy",
            &["leader"],
            None,
            false,
        );
        let revoked = self.passes[&Role::Revoked].device;
        revoke(&self.hub, revoked).await;
    }

    /// What a role does at the hub's own screen, which has to work.
    pub fn tap(&self, role: Role, command: &str, request: Value) -> Value {
        let actor = Actor {
            person: role.person(),
            device: self.passes[&role].device,
        };
        self.hub
            .desk()
            .call(&actor, command, request)
            .unwrap_or_else(|error| panic!("{command} of {role:?}: {:?} {error}", error.code))
    }

    fn put(&mut self, kind: Kind, state: &'static str, id: impl Into<RecordId>) {
        self.records.push((kind, state, id.into()));
    }

    fn drop_states(&mut self, states: &[(Kind, &str)]) {
        self.records
            .retain(|(kind, state, _)| !states.iter().any(|(k, s)| k == kind && s == state));
    }

    /// Fills fields of a record over the wire.
    async fn fill(&self, role: Role, kind: &Kind, id: RecordId, fields: &[&str]) {
        let client = self.client(role);
        let values: Vec<(String, Value)> = fields
            .iter()
            .map(|name| {
                let part =
                    name.replace(".*", &format!(".{}", super::value::part(name, Turn::Fill)));
                (part, value(self, kind, name, role, Turn::Fill))
            })
            .collect();
        let pairs: Vec<(&str, Value)> = values
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()))
            .collect();
        let record = client.record(&self.hub, id, kind.as_str(), &pairs);
        let answer = client.push(&[record]).await;
        assert_eq!(answer.accepted(0).len(), pairs.len(), "{kind} {answer:?}");
    }

    async fn play(&mut self, until: Stage) {
        self.planned().await;
        if until >= Stage::Noticed {
            self.noticed().await;
        }
        if until >= Stage::Begun {
            self.begun().await;
        }
        if until >= Stage::Finished {
            self.finish(Role::Observer, "finished");
            self.drop_states(&[(Kind::Observation, "begun")]);
        }
        if until >= Stage::BothFinished {
            self.finish(Role::CoObserver, "both_finished");
            self.drop_states(&[(Kind::Observation, "finished")]);
        }
        if until == Stage::SharedSoon {
            self.share(Cast::VISIT);
            self.shared("shared_soon");
        }
        if until >= Stage::Settled {
            self.drop_states(&[(Kind::Observation, "both_finished")]);
            self.put(Kind::Observation, "settled", Cast::of_ansa());
            self.hub
                .clock
                .set_true(School::visit_at() + Duration::hours(3));
        }
        if until >= Stage::Offered {
            self.drop_states(&[(Kind::Observation, "settled")]);
            self.all_shared().await;
        }
        if until >= Stage::Shared {
            self.drafted().await;
        }
        if until >= Stage::Published {
            self.published().await;
        }
        if until >= Stage::Destroyed {
            self.destroyed().await;
        }
    }

    async fn planned(&mut self) {
        self.put(Kind::Comment, "said", own(1));
        self.put(Kind::Comment, "answered", own(2));
        for comment in [own(1), own(2)] {
            let client = self.client(Role::Support);
            let fields = [
                ("on", json!(self.draft)),
                ("part", json!("")),
                ("person", json!(Cast::SUPPORT)),
                ("text", json!("First words")),
                ("at", json!(self.hub.clock.true_now())),
            ];
            let record = client.record(&self.hub, comment, "comment", &fields);
            assert_eq!(client.push(&[record]).await.accepted(0).len(), 5);
        }
        let answer = json!({ "comment": own(2), "text": "Taken up", "is_taken_up": true });
        self.tap(Role::Leader, "comment_answer", answer);
        let year = json!({ "year": 2026 });
        self.tap(Role::Head, "self_evaluation_start", year);
        self.put(Kind::SelfEvaluation, "open", of_the_year());
        self.fill(
            Role::Leader,
            &Kind::SelfEvaluation,
            of_the_year().into(),
            &["agreed.*", "reading.*", "(unknown)"],
        )
        .await;
        let rating = RatingId::derive(of_the_year(), Cast::LEADER).into();
        self.put(Kind::Rating, "open", rating);
        let all = [
            "self_evaluation",
            "person",
            "ratings.*",
            "notes.*",
            "(unknown)",
        ];
        self.fill(Role::Leader, &Kind::Rating, rating, &all).await;
        let all = ["writer", "supporter", "text", "raised_at", "(unknown)"];
        self.put(Kind::Concern, "raised", own(3));
        self.fill(Role::Teacher, &Kind::Concern, own(3), &all).await;
        self.put(Kind::Concern, "alone", own(4));
        let alone = ["writer", "visit", "text", "raised_at"];
        self.fill(Role::Teacher, &Kind::Concern, own(4), &alone)
            .await;
        self.put(Kind::Action, "free", own(5));
        let all = [
            "title",
            "owner",
            "due_on",
            "success_criteria",
            "state",
            "from",
            "about",
            "template",
            "criterion",
            "(unknown)",
        ];
        self.fill(Role::Leader, &Kind::Action, own(5), &all).await;
        self.fill(Role::OtherTeacher, &Kind::Action, own(5), &["notes.*"])
            .await;
    }

    async fn noticed(&mut self) {
        self.tap(Role::Head, "notice_give", json!({ "walk": Cast::WALK }));
        let reader = self.hub.desk().store().read().unwrap();
        let notice = reader.list(&Kind::Notice).unwrap().remove(0).id;
        drop(reader);
        self.drop_states(&[(Kind::Walk, "planned"), (Kind::Visit, "planned")]);
        self.put(Kind::Walk, "noticed", Cast::WALK);
        self.put(Kind::Visit, "noticed", Cast::VISIT);
        self.put(Kind::Notice, "given", notice);
        self.tap(
            Role::Teacher,
            "acknowledgement_give",
            json!({ "of": notice }),
        );
        let read = AcknowledgementId::derive(notice, Cast::TEACHER);
        self.put(Kind::Acknowledgement, "of_notice", read);
        self.hub
            .clock
            .set_true(School::visit_at() - Duration::minutes(5));
    }

    async fn begun(&mut self) {
        self.hub.clock.set_true(School::visit_at());
        for role in [Role::Observer, Role::CoObserver] {
            self.tap(role, "visit_start", json!({ "visit": Cast::VISIT }));
            let own = ObservationId::derive(Cast::VISIT, role.person()).into();
            let all = [
                "marks.*",
                "comments.*",
                "went_well.*",
                "even_better_if.*",
                "overall",
                "pupils",
                "pupils_note",
                "(unknown)",
            ];
            self.fill(role, &Kind::Observation, own, &all).await;
        }
        self.drop_states(&[(Kind::Walk, "noticed"), (Kind::Visit, "noticed")]);
        self.put(Kind::Walk, "begun", Cast::WALK);
        self.put(Kind::Visit, "begun", Cast::VISIT);
        self.put(Kind::Observation, "begun", Cast::of_ansa());
    }

    fn finish(&mut self, role: Role, state: &'static str) {
        self.hub.clock.pass(60_000);
        self.tap(role, "visit_finish", json!({ "visit": Cast::VISIT }));
        self.put(Kind::Observation, state, Cast::of_ansa());
    }

    fn share(&self, visit: VisitId) {
        self.tap(
            Role::Leader,
            "record_share",
            json!({ "visit": visit, "talked": false }),
        );
    }

    fn shared(&mut self, state: &'static str) {
        self.drop_states(&[(Kind::Observation, "both_finished"), (Kind::Visit, "begun")]);
        self.put(Kind::Visit, "shared", Cast::VISIT);
        self.put(Kind::Observation, state, Cast::of_ansa());
        self.put(Kind::Share, "shared", Cast::share());
    }

    async fn all_shared(&mut self) {
        let [lark, wren, dunlin] = Cast::MORE_VISITS;
        let others = [
            (Cast::OTHER_VISIT, Role::Leader, 0),
            (lark, Role::OtherObserver, 1),
            (wren, Role::Head, 2),
            (dunlin, Role::Head, 3),
        ];
        self.fill(
            Role::Observer,
            &Kind::Observation,
            Cast::of_ansa().into(),
            &["additions.*"],
        )
        .await;
        self.share(Cast::VISIT);
        self.shared("shared");
        for (visit, role, days) in others {
            if days > 0 {
                self.hub
                    .clock
                    .set_true(School::visit_at() + Duration::days(days));
            }
            self.tap(role, "visit_start", json!({ "visit": visit }));
            let edit = json!({ "what": "mark", "criterion": "aids", "mark": "seen" });
            self.tap(
                role,
                "observation_write",
                json!({ "visit": visit, "edit": edit }),
            );
            self.tap(role, "visit_finish", json!({ "visit": visit }));
            self.share(visit);
        }
    }

    async fn drafted(&mut self) {
        self.tap(
            Role::Teacher,
            "acknowledgement_give",
            json!({ "of": Cast::VISIT }),
        );
        let read = AcknowledgementId::derive(Cast::VISIT.into(), Cast::TEACHER);
        self.put(Kind::Acknowledgement, "of_record", read);
        let response = Cast::response().into();
        let all = ["visit", "teacher", "comments.*", "overall", "(unknown)"];
        self.fill(Role::Teacher, &Kind::Response, response, &all)
            .await;
        self.put(Kind::Response, "begun", response);
        let reflection = ReflectionId::derive(Cast::VISIT, Cast::TEACHER).into();
        let all = ["visit", "teacher", "confirmed", "change", "(unknown)"];
        self.fill(Role::Teacher, &Kind::Reflection, reflection, &all)
            .await;
        self.put(Kind::Reflection, "own", reflection);
        let all = ["walk", "said.*", "overall", "(unknown)"];
        self.fill(
            Role::Leader,
            &Kind::Debrief,
            DebriefId::derive(Cast::WALK).into(),
            &all,
        )
        .await;
        self.put(Kind::Debrief, "kept", DebriefId::derive(Cast::WALK));
        let all = [
            "walk",
            "strengths.*",
            "development.*",
            "good_practice",
            "changes",
            "more_information",
            "(unknown)",
        ];
        self.fill(
            Role::Leader,
            &Kind::Report,
            ReportId::derive(Cast::WALK).into(),
            &all,
        )
        .await;
        self.put(Kind::Report, "draft", ReportId::derive(Cast::WALK));
        let all = [
            "title",
            "owner",
            "due_on",
            "success_criteria",
            "state",
            "from",
            "about",
            "walk",
            "template",
            "criterion",
            "(unknown)",
        ];
        self.fill(Role::Leader, &Kind::Action, own(6), &all).await;
        self.fill(Role::OtherTeacher, &Kind::Action, own(6), &["notes.*"])
            .await;
        self.put(Kind::Action, "draft", own(6));
        self.tap(Role::Head, "setting_governors", json!({ "may": "rate" }));
    }

    async fn published(&mut self) {
        self.drop_states(&[
            (Kind::Response, "begun"),
            (Kind::Reflection, "own"),
            (Kind::Report, "draft"),
            (Kind::Action, "draft"),
            (Kind::Concern, "raised"),
            (Kind::SelfEvaluation, "open"),
            (Kind::Rating, "open"),
        ]);
        self.tap(
            Role::Teacher,
            "response_send",
            json!({ "visit": Cast::VISIT }),
        );
        self.put(Kind::Response, "sent", Cast::response());
        let readers = json!({ "what": "readers", "people": [Cast::ANSA] });
        let asked = json!({ "visit": Cast::VISIT, "edit": readers });
        self.tap(Role::Teacher, "reflection_write", asked);
        self.put(
            Kind::Reflection,
            "let",
            ReflectionId::derive(Cast::VISIT, Cast::TEACHER),
        );
        let answer = json!({ "concern": own(3), "answer": "It will not happen again." });
        self.tap(Role::Head, "concern_answer", answer);
        self.put(Kind::Concern, "answered", own(3));
        let walk = json!({ "walk": Cast::WALK });
        self.tap(Role::Leader, "report_publish", walk.clone());
        self.fill(
            Role::Leader,
            &Kind::Report,
            ReportId::derive(Cast::WALK).into(),
            &["additions.*"],
        )
        .await;
        self.put(Kind::Report, "published", ReportId::derive(Cast::WALK));
        self.put(Kind::Action, "published", own(6));
        self.tap(Role::Leader, "pattern_publish", walk);
        self.put(Kind::Pattern, "published", PatternId::derive(Cast::WALK));
        self.tap(Role::Leader, "review_make", json!({ "term": self.term }));
        self.fill(
            Role::Leader,
            &Kind::Review,
            ReviewId::derive(self.term).into(),
            &["words", "(unknown)"],
        )
        .await;
        self.put(Kind::Review, "made", ReviewId::derive(self.term));
        self.tap(
            Role::Leader,
            "self_evaluation_close",
            json!({ "year": 2026 }),
        );
        self.put(Kind::SelfEvaluation, "closed", of_the_year());
        let rating = RatingId::derive(of_the_year(), Cast::LEADER);
        self.put(Kind::Rating, "closed", rating);
    }

    async fn destroyed(&mut self) {
        self.hub
            .clock
            .set_true("2028-09-02T10:00:00Z".parse().unwrap());
        let shown = self.tap(Role::Head, "retention_list", json!({}));
        let asked = json!({ "token": shown["token"] });
        self.tap(Role::Head, "retention_destroy", asked);
        self.records.clear();
        self.put(Kind::Visit, "destroyed", Cast::VISIT);
        self.put(Kind::Observation, "destroyed", Cast::of_ansa());
        self.put(Kind::Share, "destroyed", ShareId::derive(Cast::VISIT));
        self.put(
            Kind::Response,
            "destroyed",
            ResponseId::derive(Cast::VISIT, Cast::TEACHER),
        );
        self.put(
            Kind::Reflection,
            "destroyed",
            ReflectionId::derive(Cast::VISIT, Cast::TEACHER),
        );
        for (kind, _, id) in &self.records {
            assert!(
                School::get(&self.hub, *id).is_none(),
                "the {kind} is still there"
            );
        }
    }
}

/// A leader takes a device's key away.
async fn revoke(hub: &RunningHub, device: DeviceId) {
    // Whoever lets a device in anew makes its old token worthless.
    let code = hub.desk().code_for(Cast::LEADER).unwrap().code;
    let asked = json!({ "code": code, "device": { "id": device, "name": "Tablet" } });
    let answer = alongside_tests::http()
        .post(hub.url("/v1/pair"))
        .header("content-type", "application/json")
        .body(asked.to_string())
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success());
}

fn person(
    hub: &RunningHub,
    role: Role,
    name: &str,
    roles: &[&str],
    manager: Option<PersonId>,
    is_active: bool,
) {
    let asked = json!({
        "person": role.person(), "name": name, "roles": roles, "line_manager": manager,
        "is_active": is_active,
    });
    hub.lead("person_put", asked);
}

fn term_of(hub: &RunningHub) -> TermId {
    let reader = hub.desk().store().read().unwrap();
    let terms = reader.list(&Kind::Term).unwrap();
    let day = School::visit_at().date_naive();
    let mut terms = terms.iter().filter_map(alongside_domain::term::Term::read);
    terms.find(|term| term.holds(day)).unwrap().id
}

/// The people, the plan, and a draft of a form.
fn found(hub: &RunningHub) -> (TemplateId, Vec<(Kind, &'static str, RecordId)>) {
    School::found(hub);
    person(
        hub,
        Role::LineManager,
        "Ondine Sorrel",
        &["teacher"],
        None,
        true,
    );
    person(
        hub,
        Role::Observer,
        "Ansa Whitlow",
        &["teacher"],
        None,
        true,
    );
    person(
        hub,
        Role::OtherObserver,
        "Fenno Larkspur",
        &["teacher"],
        None,
        true,
    );
    person(
        hub,
        Role::Governor,
        "Ysolde Mallow",
        &["governor"],
        None,
        true,
    );
    person(
        hub,
        Role::Visitor,
        "Quill Bracken",
        &["visitor"],
        None,
        true,
    );
    person(hub, Role::Left, "Merel Tansy", &["leader"], None, true);
    let manager = Some(Role::LineManager.person());
    person(
        hub,
        Role::Teacher,
        "Tilde Farrow",
        &["teacher"],
        manager,
        true,
    );
    School::plan(hub);
    let [lark, ..] = Cast::MORE_VISITS;
    let at = School::visit_at() + Duration::days(1);
    let other = [Role::OtherObserver.person()];
    hub.lead(
        "visit_put",
        School::visit(lark, Cast::MORE[0].0, at, &other),
    );
    let form = School::evidence_form(hub);
    let other = json!({
        "walk": own(777), "name": "Spring walk", "focus": "Reading aloud", "purpose": "", "template": form,
        "term": null, "classes": [], "observers": [],
    });
    hub.lead("walk_put", other);
    hub.lead("template_freeze", json!({ "template": form }));
    let made = hub.lead(
        "template_new",
        json!({ "from": form, "name": "Our own form" }),
    );
    let draft: TemplateId = made["template"].as_str().unwrap().parse().unwrap();
    let records = vec![
        (Kind::School, "kept", Cast::SCHOOL.into()),
        (Kind::Person, "staff", Cast::SUPPORT.into()),
        (Kind::Person, "head", Cast::HEAD.into()),
        (Kind::Term, "kept", term_of(hub).into()),
        (Kind::Room, "kept", Cast::ROOM.into()),
        (Kind::Class, "kept", Cast::HERON.into()),
        (Kind::Template, "draft", draft.into()),
        (Kind::Template, "frozen", form.into()),
        (Kind::Walk, "planned", Cast::WALK.into()),
        (Kind::Visit, "planned", Cast::VISIT.into()),
    ];
    (draft, records)
}

/// The id that a new record has, made by `role` in their own name.
pub fn new_id(scene: &Scene, kind: &Kind, state: &str, role: Role) -> RecordId {
    let person = role.person();
    let walk = WalkId::from(own(900));
    match kind {
        Kind::Observation => ObservationId::derive(Cast::VISIT, person).into(),
        Kind::Share => ShareId::derive(Cast::VISIT).into(),
        Kind::Response => ResponseId::derive(Cast::VISIT, person).into(),
        Kind::Reflection => ReflectionId::derive(Cast::VISIT, person).into(),
        Kind::Acknowledgement => {
            AcknowledgementId::derive(acknowledged(scene, state), person).into()
        }
        Kind::Review => ReviewId::derive(scene.term).into(),
        Kind::SelfEvaluation => SelfEvaluationId::derive(Cast::SCHOOL, 2025).into(),
        Kind::Rating => RatingId::derive(of_the_year(), person).into(),
        Kind::Debrief => DebriefId::derive(Cast::WALK).into(),
        Kind::Report => ReportId::derive(Cast::WALK).into(),
        Kind::Pattern => PatternId::derive(Cast::WALK).into(),
        _ => walk.into(),
    }
}

/// What a new acknowledgement is of.
pub fn acknowledged(scene: &Scene, state: &str) -> RecordId {
    match state {
        "new_of_notice" => scene.id(&Kind::Notice, "given").unwrap(),
        "new_of_response" => Cast::response().into(),
        _ => Cast::VISIT.into(),
    }
}

/// At which stages a new record of the table is tried.
pub fn stage_of_new(kind: &Kind, state: &str) -> Stage {
    match (kind, state) {
        (Kind::Observation, _) => Stage::Noticed,
        (Kind::Acknowledgement, "new_of_notice") => Stage::Noticed,
        (Kind::Acknowledgement, "new_of_record") => Stage::SharedSoon,
        (Kind::Acknowledgement, _) => Stage::Published,
        (Kind::Share | Kind::Response, "new_too_early") => Stage::Begun,
        (Kind::Share, _) => Stage::Settled,
        (Kind::Response | Kind::Reflection, _) => Stage::SharedSoon,
        (Kind::Debrief | Kind::Report, _) => Stage::Offered,
        (Kind::Rating, "new_let") => Stage::Shared,
        (Kind::Pattern | Kind::Review | Kind::Notice, _) => Stage::Planned,
        _ => Stage::Planned,
    }
}
