//! Marking and assessment.

use super::Said;

pub(super) const SAID: &[Said] = &[
    Said {
        criterion: "feedback",
        seen: &[
            "Praise said what it was for: ‘You looked at {board} first’.",
            "A quiet word at each desk, and pupils changed {work} straight after it.",
            "Pupils heard one thing that was good and one thing to try, signed as well as spoken.",
            "Stickers went to effort: {n} pupils could tell us what theirs was for.",
        ],
        not_seen: &[
            "Praise was warm, but mostly ‘well done’; pupils could not tell us what for.",
            "Feedback came at the end, when there was no time left to use it.",
        ],
        well: &[
            "Pupils knew what they were praised for",
            "Pupils changed their work after a word about it",
        ],
        better: &[
            "Praise named the thing that was good",
            "A word of feedback came early enough to be used",
        ],
    },
    Said {
        criterion: "objectives",
        seen: &[
            "The aim was on the wall in symbols, and pupils could read it to us.",
            "‘How will we know?’ was asked before pupils began {task}; they had {n} good answers.",
            "The steps to success were ticked off together, one by one.",
            "Asked what they were learning, pupils spoke of {term}, and not only of the activity.",
        ],
        not_seen: &[
            "Pupils told us what they were doing; what it was for was less clear to them.",
            "The aim was on the screen at the start and then gone.",
        ],
        well: &[
            "Pupils could say what they were learning and how they would know",
            "The steps to success were in sight and in use",
        ],
        better: &[
            "The aim stayed in sight, in symbols, all the way through",
            "Pupils came back to the aim at the end",
        ],
    },
    Said {
        criterion: "own_assessment",
        seen: &[
            "Pupils compared {work} with the example and said what was the same.",
            "{N} pupils put their own work in the green or the yellow tray, with a reason.",
            "A thumbs scale at the end was honest, and one pupil asked for another go.",
            "Partners checked each other against three pictures, and were kind about it.",
        ],
        not_seen: &[
            "It was the adults who said what was right; pupils could have checked against {board}.",
            "There was no moment yet for pupils to say how it had gone.",
            "{N} pupils asked ‘Is it right?’ where they could have found out themselves.",
        ],
        well: &[
            "Pupils judged their own work fairly and went back to improve it",
            "Pupils checked with a partner, against pictures",
        ],
        better: &[
            "Pupils checked their work against an example before showing it",
            "The last two minutes were for pupils to say how it went",
        ],
    },
];
