//! Book scrutiny.

use super::Said;

pub(super) const SAID: &[Said] = &[
    Said {
        criterion: "progress",
        seen: &[
            "From the first page to this week there is more done alone each time; a pupil showed us with pride.",
            "Work that was matched with help a month ago is now done from memory.",
            "In the folders, dated pieces show small, steady steps for every pupil.",
            "{N} books show longer answers and fewer prompts than at the start of term.",
        ],
        not_seen: &[
            "Pieces in {n} of the folders we saw have no date, so the steps are hard to follow.",
            "Several pages look alike; it is not clear yet what is new in each.",
        ],
        well: &[
            "Books show steady steps, and pupils can point to them",
            "Pupils leafed back to show how far they have come",
        ],
        better: &[
            "Each piece had its date and the help that was given",
            "Pupils had a page to compare a first and a latest try",
        ],
    },
    Said {
        criterion: "topic_page",
        seen: &[
            "The topic opens with a page of pictures and the words of the topic, {term} among them.",
            "Pupils had put what they already knew on the topic page.",
            "Every book we opened had its topic page, and pupils used it to find a word.",
        ],
        not_seen: &[
            "The books we saw go straight into the work; a topic page would help pupils find the words.",
            "{N} of the folders have a topic page, others not yet.",
        ],
        well: &[
            "Topic pages are used as a place to look words up",
            "Pupils begin a topic with what they know already",
        ],
        better: &[
            "Each topic opened with a page of its words and pictures",
            "Pupils added to the topic page as they learn",
        ],
    },
    Said {
        criterion: "marking",
        seen: &[
            "Marks show what was done alone and what with help, in the colours of the policy.",
            "A symbol for the next step stands under each piece; {n} pupils could read theirs to us.",
            "Pupils answer the marking: there are corrections in their own hand.",
        ],
        not_seen: &[
            "The latest pieces are not marked yet, so pupils could not tell us what comes next.",
            "Ticks show that work was seen; a next step in symbols would help pupils to use it.",
        ],
        well: &[
            "Pupils can read the marking and act on it",
            "It is clear from the books what pupils did alone",
        ],
        better: &[
            "The next step was shown in symbols that pupils can read",
            "There was time in the lesson to answer the marking",
        ],
    },
];
