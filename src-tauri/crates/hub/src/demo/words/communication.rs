//! Communication.

use super::Said;

pub(super) const SAID: &[Said] = &[
    Said {
        criterion: "aids",
        seen: &[
            "Core boards lay on every desk, and adults pointed to the symbols as they spoke.",
            "{N} pupils used their own books or fobs to ask for {thing}.",
            "A pupil who says little used the board to tell the group ‘my turn’, and got it.",
            "The symbols of today, with the one for {term}, had been added to the boards beforehand.",
            "Pupils took their fobs along when they left their desks to fetch {thing}.",
        ],
        not_seen: &[
            "The boards stayed on the shelf while we were here; {n} pupils looked over at them.",
            "Pupils had their boards in front of them, but in this part of the lesson all the talk was spoken.",
            "When pupils got up to use {board}, their books stayed behind on the desks.",
        ],
        well: &[
            "Pupils used boards, books and fobs to ask and to answer",
            "Symbols were pointed to all the way through, so everyone could join in",
            "Each pupil had a way to say something, and used it",
        ],
        better: &[
            "Boards were on every desk from the first minute",
            "Pupils could take a board or fob along when they leave their seats",
        ],
    },
    Said {
        criterion: "zones",
        seen: &[
            "Pupils moved their own marker on the zones chart as they settled.",
            "One pupil pointed to yellow, chose a short walk, and was back and working within minutes.",
            "‘What keeps us in green?’ opened the task, and pupils had three answers.",
            "The zones were on small cards at the desks as well as on the wall, and {n} pupils used theirs.",
        ],
        not_seen: &[
            "The zones chart hangs behind the door, where few pupils can see it.",
            "A pupil who grew restless had no card at hand to show how they felt.",
        ],
        well: &[
            "Pupils said how ready they were, and knew what helps them back to green",
            "A pupil used the zones card alone to ask for a short break",
        ],
        better: &[
            "The zones were at eye height and on the desks",
            "Pupils were asked partway through where they are on the zones chart",
        ],
    },
    Said {
        criterion: "wait",
        seen: &[
            "After each question there was a long, friendly silence, and then hands, signs and words.",
            "One pupil took nearly ten seconds, was not hurried, and gave a full answer about {term}.",
            "All adults in the room waited in the same way; pupils clearly expect it.",
            "Nobody was rushed: a pupil changed their mind twice before choosing {thing}.",
        ],
        not_seen: &[
            "Some questions were asked again within a few seconds, and {n} pupils stopped part of the way through an answer.",
            "In the quick round at the end the same few pupils answered; others were still thinking.",
        ],
        well: &[
            "Everyone waited for an answer; nobody was rushed",
            "Silence was used well, and quieter pupils filled it",
        ],
        better: &[
            "A silent count came before every repeated question, also at busy moments",
            "Pupils had thinking time before the quick round",
        ],
    },
    Said {
        criterion: "blank_levels",
        seen: &[
            "Questions went from ‘show me’ to ‘what would happen if’, and each pupil had one that fitted.",
            "Short sentences and one idea at a time: pupils could follow every step of {task}.",
            "Two pupils were asked why, others were asked which, and all were thinking hard.",
            "Instructions were cut down to three words for those who needed it, with {board} to look at.",
        ],
        not_seen: &[
            "The question about {term} was asked in one way for all; some pupils could not find a way in.",
            "Several instructions came at once, and {n} pupils watched their neighbours to find out what to do.",
        ],
        well: &[
            "Questions fitted each pupil, and all of them had to think",
            "Short, clear language let every pupil follow the task",
        ],
        better: &[
            "The main question came in two or three forms, for different levels",
            "Instructions came one at a time, with a picture for each",
        ],
    },
];
