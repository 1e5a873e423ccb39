//! The people, rooms and classes of the demo school. All of them are invented.

use alongside_domain::person::Role;

/// The school's name.
pub(super) const SCHOOL: &str = "Larkenmoor School";

/// Someone of the school.
pub(super) struct Someone {
    /// As staff know them.
    pub(super) name: &'static str,
    /// What they are.
    pub(super) roles: &'static [Role],
    /// Who supports them; listed before them.
    pub(super) manager: Option<&'static str>,
}

const fn someone(
    name: &'static str,
    roles: &'static [Role],
    manager: Option<&'static str>,
) -> Someone {
    Someone {
        name,
        roles,
        manager,
    }
}

/// Headteacher: the leader of the demo.
pub(super) const HEAD: &str = "Helen Nandakumar";
/// Deputy head, for the secondary phase.
pub(super) const HOLT: &str = "Kwame Holt";
/// Assistant head, for the primary phase.
pub(super) const PETROSYAN: &str = "Siobhan Petrosyan";
/// Assistant head, for post-16, who also teaches.
pub(super) const LINDQVIST: &str = "Tariq Lindqvist";
/// Teaches Kestrel class: the teacher of the demo.
pub(super) const CASTELLOW: &str = "Nia Castellow";
/// Speech and language therapist: the observer of the demo.
pub(super) const ADEYEMI: &str = "Imani Adeyemi";
/// Specialist teacher for sight and hearing.
pub(super) const MADUKA: &str = "Ilse Maduka";
/// Governor.
pub(super) const ARKWELL: &str = "Desmond Arkwell";
/// Governor.
pub(super) const RAHMANI: &str = "Aoife Rahmani";
/// Teaches Osprey class and visits others.
pub(super) const TREGENZA: &str = "Hamza Tregenza";
/// Teaches Willow class.
pub(super) const WEXCOMBE: &str = "Noor Wexcombe";
/// Teaches Swift class: raised the concern of the demo.
pub(super) const OYELARAN: &str = "Declan Oyelaran";
/// Supports Owl class and visits others.
pub(super) const SALCOMBE: &str = "Bronagh Salcombe";

use Role::{Governor, Head, Leader, Support, Teacher, Visitor};

/// Everyone, the head first.
pub(super) const PEOPLE: &[Someone] = &[
    someone(HEAD, &[Head], None),
    someone(HOLT, &[Leader], Some(HEAD)),
    someone(PETROSYAN, &[Leader], Some(HEAD)),
    someone(LINDQVIST, &[Leader, Teacher], Some(HEAD)),
    someone("Amara Dunstall", &[Teacher], Some(PETROSYAN)),
    someone("Luca Featherby", &[Teacher], Some(PETROSYAN)),
    someone("Priya Hallworth", &[Teacher], Some(PETROSYAN)),
    someone(CASTELLOW, &[Teacher], Some(PETROSYAN)),
    someone(OYELARAN, &[Teacher], Some(PETROSYAN)),
    someone("Sofia Brandreth", &[Teacher], Some(HOLT)),
    someone(TREGENZA, &[Teacher], Some(HOLT)),
    someone("Yuki Marchbank", &[Teacher], Some(HOLT)),
    someone("Elspeth Qureshi", &[Teacher], Some(HOLT)),
    someone("Mateusz Penhallow", &[Teacher], Some(HOLT)),
    someone("Grace Ellenthorpe", &[Teacher], Some(LINDQVIST)),
    someone("Idris Vaughton", &[Teacher], Some(LINDQVIST)),
    someone("Leila Thackwray", &[Teacher], Some(LINDQVIST)),
    someone("Conor Bhattal", &[Teacher], Some(LINDQVIST)),
    someone(WEXCOMBE, &[Teacher], Some(LINDQVIST)),
    someone("Shanice Aldbury", &[Support], Some("Amara Dunstall")),
    someone("Pawel Grindrod", &[Support], Some("Amara Dunstall")),
    someone("Mehreen Copley", &[Support], Some("Luca Featherby")),
    someone("Dafydd Okoro", &[Support], Some("Priya Hallworth")),
    someone("Ruth Sivakumar", &[Support], Some(CASTELLOW)),
    someone("Tomasz Ibbotson", &[Support], Some(CASTELLOW)),
    someone("Chidi Marland", &[Support], Some("Declan Oyelaran")),
    someone("Ewan Delacourt", &[Support], Some("Sofia Brandreth")),
    someone("Nasreen Tolland", &[Support], Some(TREGENZA)),
    someone("Carys Abara", &[Support], Some("Yuki Marchbank")),
    someone("Viktor Sandiford", &[Support], Some("Elspeth Qureshi")),
    someone(SALCOMBE, &[Support], Some("Mateusz Penhallow")),
    someone("Folasade Birtles", &[Support], Some("Mateusz Penhallow")),
    someone("Anwen Kapoor-Lisle", &[Support], Some("Grace Ellenthorpe")),
    someone("Jerome Hathersage", &[Support], Some("Idris Vaughton")),
    someone("Mina Ostrowska", &[Support], Some("Leila Thackwray")),
    someone("Gareth Uddin", &[Support], Some("Conor Bhattal")),
    someone("Zainab Corrigan", &[Support], Some("Conor Bhattal")),
    someone("Oisin Hartnoll", &[Support], Some(WEXCOMBE)),
    someone(ARKWELL, &[Governor], None),
    someone(RAHMANI, &[Governor], None),
    someone(ADEYEMI, &[Visitor], None),
    someone(MADUKA, &[Visitor], None),
];

/// Rooms in order of the route: name and place.
pub(super) const ROOMS: &[(&str, &str)] = &[
    ("Room 12", FIRST),
    ("Room 11", FIRST),
    ("Room 10", FIRST),
    ("Room 9", FIRST),
    ("Library", FIRST),
    ("Room 8", FIRST),
    ("Room 6", GROUND),
    ("Room 5", GROUND),
    ("Hall", GROUND),
    ("Room 3", GROUND),
    ("Room 2", GROUND),
    ("Room 1", GROUND),
    ("Workshop", ANNEXE),
    ("Studio", ANNEXE),
    ("Training flat", ANNEXE),
    ("Garden room", ANNEXE),
    ("Kitchen", ANNEXE),
];

const FIRST: &str = "first floor";
const GROUND: &str = "ground floor";
const ANNEXE: &str = "the annexe";

/// A phase of the school.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Primary,
    Secondary,
    Post16,
}

impl Phase {
    /// As the school says.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Primary => "Primary",
            Self::Secondary => "Secondary",
            Self::Post16 => "Post-16",
        }
    }
}

/// A class as it starts.
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) year_group: &'static str,
    pub(super) phase: Phase,
    pub(super) teachers: &'static [&'static str],
    pub(super) support: &'static [&'static str],
    pub(super) room: &'static str,
    /// How many pupils are in it.
    pub(super) pupils: u64,
}

/// The classes.
pub(super) const CLASSES: &[Group] = &[
    Group {
        name: "Wren class",
        year_group: "Reception and Year 1",
        phase: Phase::Primary,
        teachers: &["Amara Dunstall"],
        support: &["Shanice Aldbury", "Pawel Grindrod"],
        room: "Room 1",
        pupils: 7,
    },
    Group {
        name: "Robin class",
        year_group: "Year 2",
        phase: Phase::Primary,
        teachers: &["Luca Featherby"],
        support: &["Mehreen Copley"],
        room: "Room 2",
        pupils: 8,
    },
    Group {
        name: "Goldfinch class",
        year_group: "Years 3 and 4",
        phase: Phase::Primary,
        teachers: &["Priya Hallworth"],
        support: &["Dafydd Okoro"],
        room: "Room 3",
        pupils: 9,
    },
    Group {
        name: "Kestrel class",
        year_group: "Year 5",
        phase: Phase::Primary,
        teachers: &[CASTELLOW],
        support: &["Ruth Sivakumar", "Tomasz Ibbotson"],
        room: "Room 12",
        pupils: 9,
    },
    Group {
        name: "Swift class",
        year_group: "Year 6",
        phase: Phase::Primary,
        teachers: &[OYELARAN],
        support: &["Chidi Marland"],
        room: "Room 11",
        pupils: 10,
    },
    Group {
        name: "Heron class",
        year_group: "Year 7",
        phase: Phase::Secondary,
        teachers: &["Sofia Brandreth"],
        support: &["Ewan Delacourt"],
        room: "Room 10",
        pupils: 10,
    },
    Group {
        name: "Osprey class",
        year_group: "Year 8",
        phase: Phase::Secondary,
        teachers: &[TREGENZA],
        support: &["Nasreen Tolland"],
        room: "Room 9",
        pupils: 9,
    },
    Group {
        name: "Merlin class",
        year_group: "Year 9",
        phase: Phase::Secondary,
        teachers: &["Yuki Marchbank"],
        support: &["Carys Abara"],
        room: "Room 8",
        pupils: 10,
    },
    Group {
        name: "Kite class",
        year_group: "Year 10",
        phase: Phase::Secondary,
        teachers: &["Elspeth Qureshi"],
        support: &["Viktor Sandiford"],
        room: "Room 6",
        pupils: 11,
    },
    Group {
        name: "Owl class",
        year_group: "Year 11",
        phase: Phase::Secondary,
        teachers: &["Mateusz Penhallow"],
        support: &[SALCOMBE, "Folasade Birtles"],
        room: "Room 5",
        pupils: 9,
    },
    Group {
        name: "Alder class",
        year_group: "Year 12",
        phase: Phase::Post16,
        teachers: &["Grace Ellenthorpe"],
        support: &["Anwen Kapoor-Lisle"],
        room: "Workshop",
        pupils: 8,
    },
    Group {
        name: "Rowan class",
        year_group: "Years 12 and 13",
        phase: Phase::Post16,
        teachers: &["Idris Vaughton"],
        support: &["Jerome Hathersage"],
        room: "Studio",
        pupils: 9,
    },
    Group {
        name: "Hazel class",
        year_group: "Year 13",
        phase: Phase::Post16,
        teachers: &["Leila Thackwray", LINDQVIST],
        support: &["Mina Ostrowska"],
        room: "Training flat",
        pupils: 8,
    },
    Group {
        name: "Maple class",
        year_group: "Year 14",
        phase: Phase::Post16,
        teachers: &["Conor Bhattal"],
        support: &["Gareth Uddin", "Zainab Corrigan"],
        room: "Garden room",
        pupils: 7,
    },
    Group {
        name: "Willow class",
        year_group: "Years 13 and 14",
        phase: Phase::Post16,
        teachers: &[WEXCOMBE],
        support: &["Oisin Hartnoll"],
        room: "Kitchen",
        pupils: 8,
    },
];

/// The class of this name.
pub(super) fn class_named(name: &str) -> Option<&'static Group> {
    CLASSES.iter().find(|class| class.name == name)
}

/// Tablets of those who visit often, and whose.
pub(super) const TABLETS: &[(&str, &str)] = &[
    ("Tablet 1", HOLT),
    ("Tablet 2", PETROSYAN),
    ("Tablet 3", MADUKA),
    ("Tablet 4", ARKWELL),
];
