//! The school's people, classes, rooms and forms, for leaders to keep and for plans to choose from.

use alongside_domain::class::Class;
use alongside_domain::person::{Person, Role};
use alongside_domain::room::Room;
use alongside_domain::template::Template;
use alongside_domain::{ClassId, Kind, PersonId, RoomId, TemplateId};
use serde::Serialize;
use ts_rs::TS;

use crate::install::Nothing;
use crate::template::is_followed;
use crate::{Actor, ApiError, Desk};

/// Everything a plan chooses from.
#[derive(Debug, Clone, Serialize, TS)]
pub struct School {
    /// The school's name.
    pub school: String,
    /// By name.
    pub people: Vec<PersonLine>,
    /// By place on the route, then by name.
    pub classes: Vec<ClassLine>,
    /// In order of the route.
    pub rooms: Vec<RoomLine>,
    /// By name.
    pub templates: Vec<TemplateLine>,
}

/// A person in the list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PersonLine {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their roles.
    pub roles: Vec<Role>,
    /// Who supports them.
    pub line_manager: Option<PersonId>,
    /// False once they have left.
    pub is_active: bool,
    /// The names of the classes they teach or support.
    pub classes: Vec<String>,
}

/// A class in the list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ClassLine {
    /// Which.
    pub class: ClassId,
    /// Its name.
    pub name: String,
    /// Its year group.
    pub year_group: String,
    /// Its phase or department.
    pub phase: String,
    /// Its teachers.
    pub teachers: Vec<PersonId>,
    /// Its support staff.
    pub support: Vec<PersonId>,
    /// Where it usually is.
    pub room: Option<RoomId>,
    /// False once it is no longer taught.
    pub is_active: bool,
}

/// A room in the list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RoomLine {
    /// Which.
    pub room: RoomId,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub place: String,
    /// Its place on the route.
    #[ts(type = "number")]
    pub route: i64,
}

/// A form in the list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct TemplateLine {
    /// Which.
    pub template: TemplateId,
    /// Its name.
    pub name: String,
    /// Its version.
    #[ts(type = "number")]
    pub version: i64,
    /// How many sections.
    #[ts(type = "number")]
    pub sections: usize,
    /// How many criteria.
    #[ts(type = "number")]
    pub criteria: usize,
    /// Whether a new walk may begin with it: not put away, and with no later version that is settled.
    pub is_offered: bool,
}

/// `school_get`
pub(crate) fn get(desk: &Desk, actor: &Actor, _: Nothing) -> Result<School, ApiError> {
    desk.read(actor, |view| {
        let list = |kind: Kind| view.facts.reader.list(&kind);
        let classes: Vec<Class> = list(Kind::Class)?.iter().map(Class::read).collect();
        let mut rooms: Vec<Room> = list(Kind::Room)?.iter().map(Room::read).collect();
        rooms.sort_by(|a, b| (a.route, &a.name).cmp(&(b.route, &b.name)));
        let mut people: Vec<Person> = list(Kind::Person)?.iter().map(Person::read).collect();
        people.sort_by_key(|person| person.name.to_lowercase());
        let mut templates: Vec<Template> =
            list(Kind::Template)?.iter().map(Template::read).collect();
        templates.sort_by(|a, b| (&a.name, a.version).cmp(&(&b.name, b.version)));
        let route = |class: &Class| {
            rooms
                .iter()
                .find(|room| Some(room.id) == class.room)
                .map_or(i64::MAX, |room| room.route)
        };
        let mut sorted: Vec<&Class> = classes.iter().collect();
        sorted.sort_by(|a, b| (route(a), &a.name).cmp(&(route(b), &b.name)));
        Ok(School {
            school: view
                .facts
                .school()?
                .map(|school| school.name)
                .unwrap_or_default(),
            people: people
                .into_iter()
                .map(|person| PersonLine {
                    person: person.id,
                    classes: classes
                        .iter()
                        .filter(|class| class.has_staff(person.id))
                        .map(|class| class.name.clone())
                        .collect(),
                    name: person.name,
                    roles: person.roles,
                    line_manager: person.line_manager,
                    is_active: person.is_active,
                })
                .collect(),
            classes: sorted
                .into_iter()
                .map(|class| ClassLine {
                    class: class.id,
                    name: class.name.clone(),
                    year_group: class.year_group.clone(),
                    phase: class.phase.clone(),
                    teachers: class.teachers.clone(),
                    support: class.support.clone(),
                    room: class.room,
                    is_active: class.is_active,
                })
                .collect(),
            rooms: rooms
                .iter()
                .map(|room| RoomLine {
                    room: room.id,
                    name: room.name.clone(),
                    place: room.place.clone(),
                    route: room.route,
                })
                .collect(),
            templates: templates
                .iter()
                .map(|template| TemplateLine {
                    template: template.id,
                    name: template.name.clone(),
                    version: template.version,
                    sections: template.sections.len(),
                    criteria: template.criteria_count(),
                    is_offered: !template.is_away && !is_followed(template, &templates),
                })
                .collect(),
        })
    })
}
