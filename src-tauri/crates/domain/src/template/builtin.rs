//! The two built-in forms. A school edits, splits and adds; these stay as they are.

/// A form as it ships.
pub struct Form {
    /// Its name.
    pub name: &'static str,
    /// Its sections, in order.
    pub sections: &'static [FormSection],
}

/// A section as it ships.
pub struct FormSection {
    /// Its key.
    pub key: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// Key, words and guidance (may be empty) of each criterion.
    pub criteria: &'static [(&'static str, &'static str, &'static str)],
    /// What pupils may be asked here (R7).
    pub prompts: &'static [&'static str],
}

/// Whether these are words of a form that ships.
pub(super) fn is_ours(text: &str) -> bool {
    [&EVIDENCE_FORM, &SEVEN_LENSES].into_iter().any(|form| {
        let sections = form.sections.iter();
        form.name == text
            || sections.into_iter().any(|section| {
                section.title == text
                    || section.prompts.contains(&text)
                    || section
                        .criteria
                        .iter()
                        .any(|(_, wording, guidance)| *wording == text || *guidance == text)
            })
    })
}

/// The evidence form: six sections, each a checklist.
pub const EVIDENCE_FORM: Form = Form {
    name: "Evidence form",
    sections: &[
        FormSection {
            key: "communication",
            title: "Communication",
            criteria: &[
                (
                    "aids",
                    "Communication aids are within reach and adults model them",
                    "Core or language boards, books or fobs on desks, used by adults all day, and a way to communicate away from the classroom too.",
                ),
                (
                    "zones",
                    "Zones of regulation are shown and used",
                    "Shown as pupils need them; the lesson refers to what keeps a pupil in green or brings them back.",
                ),
                (
                    "wait",
                    "Every adult gives pupils time to answer",
                    "For instance a silent count of ten before asking again.",
                ),
                (
                    "blank_levels",
                    "Language and questions fit pupils’ Blank levels",
                    "Adults know each pupil’s level and pitch what they say to it.",
                ),
            ],
            prompts: &["How do you tell people what you want to say?"],
        },
        FormSection {
            key: "environment",
            title: "Learning environment",
            criteria: &[
                (
                    "tidy",
                    "The teaching area is tidy and organised for learning",
                    "",
                ),
                (
                    "sight",
                    "Every child can see the teacher from their seat",
                    "",
                ),
                ("resources", "Resources are to hand", ""),
                (
                    "deployment",
                    "Staff are deployed well",
                    "Each adult knows whom they support and how.",
                ),
            ],
            prompts: &["Where do you find what you need?"],
        },
        FormSection {
            key: "challenge",
            title: "Differentiation and challenge",
            criteria: &[
                (
                    "pace",
                    "The pace lets every pupil get as far as they can",
                    "",
                ),
                ("engaged", "All pupils are engaged", ""),
                (
                    "stretch",
                    "Planning shows how more able pupils are stretched",
                    "",
                ),
                ("independence", "Independence is encouraged", ""),
                (
                    "expectations",
                    "Pupils are well supported and expectations are high",
                    "Throughout, and for everyone.",
                ),
            ],
            prompts: &[
                "What do you do when it gets hard?",
                "What will you do next?",
            ],
        },
        FormSection {
            key: "assessment",
            title: "Marking and assessment",
            criteria: &[
                (
                    "feedback",
                    "Praise and spoken feedback help, and follow the policy",
                    "",
                ),
                (
                    "objectives",
                    "It is clear how objectives and success criteria move learning on",
                    "",
                ),
                (
                    "own_assessment",
                    "Pupils take part in assessing their own learning",
                    "",
                ),
            ],
            prompts: &["How do you know when it is good?"],
        },
        FormSection {
            key: "behaviour",
            title: "Behaviour",
            criteria: &[
                (
                    "plans",
                    "Each pupil’s behaviour support plan is followed consistently",
                    "",
                ),
                (
                    "celebrate",
                    "Success is celebrated and positive attitudes grow",
                    "Class rules and rewards, for one pupil and for all.",
                ),
                (
                    "incidents",
                    "Incidents and worrying behaviour are managed well",
                    "",
                ),
                (
                    "proactive",
                    "Proactive and reactive strategies come first",
                    "Restrictive practice only as the plan’s last resort.",
                ),
            ],
            prompts: &["What helps you when you are stuck?"],
        },
        FormSection {
            key: "books",
            title: "Book scrutiny",
            criteria: &[
                (
                    "progress",
                    "Pupils make progress and their work improves",
                    "",
                ),
                ("topic_page", "A topic page opens every topic", ""),
                ("marking", "Marking follows the policy", ""),
            ],
            prompts: &["Can you show me some work you are proud of?"],
        },
    ],
};

/// The seven lenses: open questions, a mark each and a note for each lens.
pub const SEVEN_LENSES: Form = Form {
    name: "Seven lenses",
    sections: &[
        FormSection {
            key: "content",
            title: "Content and curriculum",
            criteria: &[
                (
                    "topic",
                    "The topic is clear to everyone",
                    "What is being learned? Write it in the note.",
                ),
                ("topic_fits", "The content fits the objectives", ""),
                ("reach", "All pupils can reach the content", ""),
            ],
            prompts: &["What are you learning?"],
        },
        FormSection {
            key: "engagement",
            title: "Engagement and behaviour",
            criteria: &[
                ("joining_in", "Pupils join in", ""),
                (
                    "focused",
                    "Pupils are focused and positive",
                    "Note any pattern across the group.",
                ),
            ],
            prompts: &["Which part of today made you think hardest?"],
        },
        FormSection {
            key: "surroundings",
            title: "Environment",
            criteria: &[
                ("seating", "The seating helps learning", ""),
                ("displays", "Displays serve today’s objectives", ""),
                ("materials", "Resources are ready and used", ""),
                ("technology", "Technology is used with meaning", ""),
                ("spaces", "There is room to work together and alone", ""),
            ],
            prompts: &["What in this room helps you learn?"],
        },
        FormSection {
            key: "objectives",
            title: "Objectives",
            criteria: &[
                ("visible", "The objectives can be seen", ""),
                ("tied", "They are tied to the content", ""),
                ("within_reach", "They are challenging and within reach", ""),
            ],
            prompts: &["How will you know you have got there?"],
        },
        FormSection {
            key: "progress",
            title: "Progress",
            criteria: &[
                ("doing", "Pupils’ work shows progress", "What did they do?"),
                (
                    "asking",
                    "Pupils ask questions of their own",
                    "What did they ask?",
                ),
                (
                    "most_engaged",
                    "Something engaged pupils deeply",
                    "What was it?",
                ),
            ],
            prompts: &["What can you do now that you could not do before?"],
        },
        FormSection {
            key: "inclusion",
            title: "Inclusion",
            criteria: &[
                ("needs", "Additional needs are supported", ""),
                (
                    "scaffolds",
                    "Scaffolds are there, and are taken away in time",
                    "",
                ),
                ("extension", "There is more for those who are ready", ""),
            ],
            prompts: &["Who or what can you turn to?"],
        },
        FormSection {
            key: "debrief",
            title: "Debrief",
            criteria: &[
                (
                    "talk_offered",
                    "A short talk was offered after the visit",
                    "",
                ),
                (
                    "next_step",
                    "One thing to share across the school was named",
                    "Write it in the note.",
                ),
            ],
            prompts: &[],
        },
    ],
};
