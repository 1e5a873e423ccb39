//! What teachers answer in the demo school: to what was said of a criterion, and to the whole record.

/// An answer to what was said of one criterion.
pub(super) struct Reply {
    /// Which.
    pub(super) criterion: &'static str,
    /// Whether it answers something that was seen, or something not seen this time.
    pub(super) is_to_seen: bool,
    /// The words.
    pub(super) text: &'static str,
}

const fn seen(criterion: &'static str, text: &'static str) -> Reply {
    Reply {
        criterion,
        is_to_seen: true,
        text,
    }
}

const fn not_seen(criterion: &'static str, text: &'static str) -> Reply {
    Reply {
        criterion,
        is_to_seen: false,
        text,
    }
}

/// Answers to single points.
pub(super) const REPLIES: &[Reply] = &[
    seen(
        "aids",
        "Glad you saw the boards in use. We model them for two minutes at the start of each lesson, and it is paying off.",
    ),
    seen(
        "aids",
        "The pupils made some of these symbols themselves, which may be why they use them.",
    ),
    not_seen(
        "aids",
        "Fair point about the boards. We have now fixed one to each table so that they cannot wander.",
    ),
    not_seen(
        "zones",
        "The chart has moved to the front, and the small cards are being laminated.",
    ),
    seen(
        "zones",
        "Using the zones without being reminded is new since half term. We were all very pleased.",
    ),
    seen(
        "wait",
        "The long silences took me a while to get used to. They do work!",
    ),
    not_seen(
        "wait",
        "True, and hard! We now count on our fingers under the table.",
    ),
    not_seen(
        "blank_levels",
        "I would welcome half an hour on this with the therapist; the levels on our list are from last year.",
    ),
    not_seen(
        "tidy",
        "We have cleared the space since; some of it belonged to assembly.",
    ),
    not_seen(
        "sight",
        "We have moved the tables, and a blind has been asked for.",
    ),
    not_seen(
        "resources",
        "Things are now set out the evening before, and I have asked for a second set.",
    ),
    seen(
        "resources",
        "The pupils chose where things live; they made the labels too.",
    ),
    seen(
        "deployment",
        "We plan each morning who is where and when to step back, so it is good to hear that it shows.",
    ),
    not_seen(
        "pace",
        "I agree about the pace. The talk at the start is shorter now, and there is a next step for those who are quick.",
    ),
    not_seen(
        "stretch",
        "There is a harder task in the folder at the back, which you could not have known. I will put it where pupils can reach it.",
    ),
    seen(
        "independence",
        "One of those pupils did this alone for the first time that day.",
    ),
    not_seen(
        "independence",
        "It is hard to wait! We are trying a picture list on each desk, so that there is somewhere to look before asking.",
    ),
    seen("engaged", "They enjoyed it. Some still talk about it."),
    not_seen(
        "own_assessment",
        "We do this at the very end, after you had left. Next time, do stay for it.",
    ),
    not_seen(
        "own_assessment",
        "We tried checking against an example on Thursday, and it worked.",
    ),
    not_seen(
        "objectives",
        "Yes: the aim now stays on the side board, with its symbol.",
    ),
    seen(
        "plans",
        "Thank you for noticing. The whole team has worked on following the plans in the same way.",
    ),
    not_seen(
        "plans",
        "We read the plans through again as a team after this, and have agreed on the words we use.",
    ),
    seen(
        "celebrate",
        "Being glad for each other is the class’s own rule, made in the first week.",
    ),
    seen(
        "incidents",
        "It helps that pupils know what happens next at such moments. We practise it with them.",
    ),
    not_seen(
        "progress",
        "Each piece now gets its date and a word on what is new in it. The pupils love the stamp.",
    ),
    not_seen(
        "topic_page",
        "Two topic pages were on the wall that week, which is why they were not in the books.",
    ),
    not_seen(
        "marking",
        "The photographs are marked online, so the folders show only half of it. I am happy to show the rest.",
    ),
];

/// Answers to the whole.
pub(super) const OVERALL: &[&str] = &[
    "Thank you both. It felt calm having you here, and the pupils enjoyed telling you about their work. I shared this with the team at our meeting.",
    "A fair picture of the lesson, and two things in it that I will try.",
    "It is good to read about the pupils rather than about me. I have told them what you liked.",
    "I agree with most of this. The day was a little unusual, as we had been off timetable before, but the points stand.",
    "Thank you. I tried one of the suggestions the same week, and two pupils got further than I had expected.",
    "Useful, and short enough to act on. Could we see what other classes do about the same thing?",
    "My support colleagues should have the credit for most of this. They read it too and were pleased.",
    "I would add that the group had changed the week before. They have settled well since.",
    "Clear and kind, thank you. We talked it over on Friday and chose one point to work on.",
    "Thank you for looking so closely. Some of this I had stopped noticing.",
];

/// Answers to the whole where a single observer came.
pub(super) const OVERALL_TO_ONE: &[&str] = &[
    "Thank you. The short talk straight afterwards helped, and so did seeing it written down.",
    "Thank you for the careful look. I will pass the idea on to the rest of the phase.",
    "That was a pleasant visit. The pupils asked when you would be back.",
];
