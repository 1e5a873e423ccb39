//! What came of the walks of the demo school: what was said when they were talked over, what their reports say, and the
//! actions that followed, each with how it has gone.

use alongside_domain::action::{ActionFrom, ActionState};

use super::people::{ADEYEMI, CASTELLOW, HOLT, LINDQVIST, PETROSYAN, WEXCOMBE};
use super::plan::{EARLIER, LAST_TERM};

/// What came of one walk.
pub(super) struct Outcome {
    /// What was said to single criteria.
    pub(super) said: &'static [(&'static str, &'static str)],
    /// What was said on the whole.
    pub(super) overall: &'static str,
    pub(super) good_practice: &'static str,
    pub(super) changes: &'static str,
    pub(super) more_information: &'static str,
    /// Whether all staff see what the walk showed; else that is left for whoever tries the demo.
    pub(super) has_patterns_published: bool,
}

/// What came of the walks that are over, by the walk.
pub(super) const OUTCOMES: &[(usize, Outcome)] = &[
    (
        EARLIER,
        Outcome {
            said: &[
                (
                    "wait",
                    "where adults count in silence, pupils answer who never did before. It is not yet a habit everywhere.",
                ),
                (
                    "celebrate",
                    "said at once and said precisely, in a word that pupils use themselves by now.",
                ),
                (
                    "sight",
                    "rooms have been turned round since the summer, and it shows.",
                ),
                (
                    "independence",
                    "adults often begin for pupils. A question for a walk of its own.",
                ),
            ],
            overall: "Pupils have more to say than we give them time for. We know rooms in which it works already.",
            good_practice: "In several rooms the adults agree with a glance who waits and who helps. Every team sees one of these rooms before half term, and talks about it at its next meeting.",
            changes: "After a question every adult counts to ten in silence before asking again. It stands in the communication policy from now on.",
            more_information: "How waiting goes where three adults support one pupil: we looked at too few such moments.",
            has_patterns_published: true,
        },
    ),
    (
        LAST_TERM,
        Outcome {
            said: &[
                (
                    "wait",
                    "the count of ten is heard, or rather not heard, in every corridor. Keep it up.",
                ),
                (
                    "sight",
                    "also in the workshop, where benches were moved for it.",
                ),
                (
                    "own_assessment",
                    "pupils often wait for an adult to say that work is finished. Where a card shows what to check, they look for themselves.",
                ),
                (
                    "pace",
                    "pupils who are ready for more often wait for the others. Plans could say in a line what is next for them.",
                ),
                (
                    "topic_page",
                    "usual in primary, rare in post-16, where topics are longer.",
                ),
            ],
            overall: "Pupils are heard more than a term ago. The next step is theirs: to judge their own work before we do.",
            good_practice: "Primary rooms take the core board along: to lunch, to the hall, to the bus. They show secondary teams how at the phase meetings this month.",
            changes: "The core board leaves the room with the pupil who uses it, always.",
            more_information: "Whether pupils use the same words at home. We ask families at the next review meetings.",
            has_patterns_published: false,
        },
    ),
];

/// By when an action is to be done.
#[derive(Debug, Clone, Copy)]
pub(super) enum Due {
    /// So many days after it was given.
    After(i64),
    /// So many school days from today; before today where negative.
    InSchoolDays(i32),
}

/// An action as it was given.
pub(super) struct Task {
    /// Of which walk; `None` where it came from the self-evaluation.
    pub(super) walk: Option<usize>,
    pub(super) from: ActionFrom,
    /// What it came from.
    pub(super) about: &'static str,
    /// The criterion that will show it; empty where there is none.
    pub(super) criterion: &'static str,
    pub(super) title: &'static str,
    pub(super) owner: &'static str,
    pub(super) due: Due,
    pub(super) success_criteria: &'static str,
    /// How it has gone, in order of time.
    pub(super) steps: &'static [Step],
}

/// What an owner says of an action, so many days after it was given.
pub(super) struct Step {
    pub(super) days: i64,
    /// From then on; `None` where that stays.
    pub(super) state: Option<ActionState>,
    /// Empty where nothing was noted.
    pub(super) note: &'static str,
}

const fn begun(days: i64, note: &'static str) -> Step {
    Step {
        days,
        state: Some(ActionState::InProgress),
        note,
    }
}

const fn noted(days: i64, note: &'static str) -> Step {
    Step {
        days,
        state: None,
        note,
    }
}

const fn done(days: i64, note: &'static str) -> Step {
    Step {
        days,
        state: Some(ActionState::Done),
        note,
    }
}

/// The action that last term's walk followed up, by its number.
pub(super) const COUNT_OF_TEN: usize = 0;
/// The one that this term's walk follows up.
pub(super) const CHECKING: usize = 1;

/// The actions. What is noted of last term's lies within three weeks of the report, so that it is past on any day.
pub(super) const TASKS: &[Task] = &[
    Task {
        walk: Some(EARLIER),
        from: ActionFrom::Report,
        about: "Every adult gives pupils time to answer",
        criterion: "wait",
        title: "A silent count of ten after every question",
        owner: PETROSYAN,
        due: Due::After(42),
        success_criteria: "Seen at nearly every visit of the next walk that looks for it, in all three phases.",
        steps: &[
            begun(
                4,
                "Tried in all primary rooms for a week. Teams say the first three days are hard and the fourth is not.",
            ),
            noted(
                15,
                "A small ten hangs beside every board now, made by pupils. Secondary and post-16 have begun.",
            ),
            done(
                38,
                "Part of how new colleagues are shown round. The next walk will tell us whether it lasts.",
            ),
        ],
    },
    Task {
        walk: Some(LAST_TERM),
        from: ActionFrom::Report,
        about: "Pupils take part in assessing their own learning",
        criterion: "own_assessment",
        title: "Pupils check their own work before an adult does",
        owner: HOLT,
        due: Due::InSchoolDays(18),
        success_criteria: "At this term’s walk most pupils we sit beside can show what they checked and what they changed, in every phase.",
        steps: &[
            begun(
                4,
                "Three teams have drawn up a card with pictures for one subject each.",
            ),
            noted(
                11,
                "Cards are in use in eight rooms. Pupils asked for a space to tick what they have checked, so there is one now.",
            ),
            noted(
                18,
                "The remaining rooms have chosen their subject. Post-16 checks against a job sheet rather than a card, which suits them better.",
            ),
        ],
    },
    Task {
        walk: Some(LAST_TERM),
        from: ActionFrom::Report,
        about: "A topic page opens every topic",
        criterion: "topic_page",
        title: "A topic page that suits the longer topics of post-16",
        owner: WEXCOMBE,
        due: Due::InSchoolDays(-4),
        success_criteria: "Every post-16 folder opens its topic with one, and pupils can say what it is for.",
        steps: &[begun(
            9,
            "Two drafts are with the phase. Pupils prefer the one with the map of the weeks.",
        )],
    },
    Task {
        walk: Some(LAST_TERM),
        from: ActionFrom::Report,
        about: "Communication aids are within reach and adults model them",
        criterion: "aids",
        title: "Core boards go along to lunch and to the playground",
        owner: CASTELLOW,
        due: Due::InSchoolDays(8),
        success_criteria: "A board is in reach wherever pupils are, and lunchtime staff have been shown how to use it.",
        steps: &[begun(
            8,
            "Boards for the playground are printed on cloth, so that rain does not matter. Lunchtime staff see them on Thursday.",
        )],
    },
    Task {
        walk: Some(LAST_TERM),
        from: ActionFrom::Report,
        about: "The pace lets every pupil get as far as they can",
        criterion: "pace",
        title: "One line in every plan for pupils who are ready for more",
        owner: LINDQVIST,
        due: Due::InSchoolDays(14),
        success_criteria: "The line is there in the plans of all phases, and seen in the lesson more often than at the last walk.",
        steps: &[],
    },
    Task {
        walk: Some(LAST_TERM),
        from: ActionFrom::Report,
        about: "Language and questions fit pupils’ Blank levels",
        criterion: "blank_levels",
        title: "A page about Blank levels for every room",
        owner: ADEYEMI,
        due: Due::After(21),
        success_criteria: "The page hangs where adults see it while they talk, with examples for each pupil’s level.",
        steps: &[
            begun(
                3,
                "The page is written. Two rooms are trying it and will say what is missing.",
            ),
            done(
                17,
                "All fifteen rooms have it, with examples from their own subjects.",
            ),
        ],
    },
    Task {
        walk: None,
        from: ActionFrom::SelfEvaluation,
        about: "Parents",
        criterion: "",
        title: "Afternoons for the families of older pupils",
        owner: HOLT,
        due: Due::InSchoolDays(40),
        success_criteria: "Two afternoons are held by the end of the year, and half of the families of post-16 have come to one.",
        steps: &[],
    },
];
