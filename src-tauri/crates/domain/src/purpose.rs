//! What a learning walk is for, in words that stand on the notice, the record, the report and every export (R1).

/// The statement of purpose.
pub const STATEMENT: &str = "A learning walk looks at how pupils learn across the whole school. It helps us develop together. It does not judge any teacher, and nothing written here is used for appraisal, capability or pay.";

/// One part of the page that explains walks to everyone.
pub struct Explanation {
    /// Its heading.
    pub title: &'static str,
    /// Its words.
    pub text: &'static str,
}

/// What a walk is, how it differs from a lesson observation, and what the record is never used for.
pub const EXPLANATIONS: &[Explanation] = &[
    Explanation {
        title: "What a learning walk is",
        text: "A short, announced visit to several classes with one shared focus. One or two observers stay for 15 to 20 minutes, note what they see pupils doing, and leave. Seen together, many short visits show how learning works across the school.",
    },
    Explanation {
        title: "How it differs from a lesson observation",
        text: "A lesson observation follows one teacher through a lesson. A walk follows one theme through the school. There is no grade, no score and no ranking, and no one looks up how one person did: the software has no such page.",
    },
    Explanation {
        title: "What you can count on",
        text: "You know beforehand when observers come, who they are and what they look for. Never more than two come. You read every word that was written about your lesson, within two days, and your answer is kept with it. Only you can change your answer.",
    },
    Explanation {
        title: "What pupils are asked",
        text: "Only about their learning: what they are learning, how they know, what helps them, and what comes next. Pupils are never asked about a member of staff, and no pupil is named.",
    },
    Explanation {
        title: "What the record is never used for",
        text: "Appraisal, capability, pay, or comparing teachers. Names serve only to give you your record, your answer and your count of visits. Records are destroyed on the day shown on them.",
    },
    Explanation {
        title: "If something is not right",
        text: "Tell the headteacher how the walk was carried out, alone or with your line manager beside you. Say so too if a notice came late, if more than two people came, or if you have not been offered your record.",
    },
];

/// How to stand in someone's lesson (R5).
pub const STAND: &[&str] = &[
    "Stand at the side, away from the board",
    "Mingle and look at books when pupils work on their own",
    "No photographs, no recording",
    "Leave quietly after 15 to 20 minutes",
];

/// What pupils may be asked (R7): about learning only.
pub const ASK: &[&str] = &[
    "What are you learning?",
    "How do you know when it is good?",
    "What helps you when you are stuck?",
    "What will you do next?",
];

/// What is never asked or written (R7).
pub const NEVER: &[&str] = &[
    "Never ask pupils about a member of staff",
    "Never write a pupil’s name",
];
