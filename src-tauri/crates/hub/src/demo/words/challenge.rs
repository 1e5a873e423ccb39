//! Differentiation and challenge.

use super::Said;

pub(super) const SAID: &[Said] = &[
    Said {
        criterion: "pace",
        seen: &[
            "Short steps, each with something to do: no pupil was left waiting.",
            "{N} pupils moved on by themselves when they had finished the first part.",
            "The lesson slowed down for {term} and picked up again once pupils had it.",
            "Pupils who needed the first step once more got it, and the others went on.",
        ],
        not_seen: &[
            "The opening was long, and {n} pupils had little time left for {task}.",
            "Some pupils finished early and waited; others had only just begun.",
        ],
        well: &[
            "Nobody waited, and nobody was hurried",
            "Pupils moved on when they were ready, and said so",
        ],
        better: &[
            "Pupils began the task sooner, with the talk after it",
            "Those who finish early knew what comes next",
        ],
    },
    Said {
        criterion: "engaged",
        seen: &[
            "All pupils had something in their hands and something to say within the first minutes.",
            "There was a gasp when {board} was turned round; from then on everybody was in it.",
            "Pupils argued, kindly, about {work}: a good sign.",
            "Even the pupil under the table was {task}, with a tray of their own.",
        ],
        not_seen: &[
            "While one pupil at a time came to {board}, the others had nothing to do.",
            "{N} pupils drifted off during the long explanation and came back once they could start {task}.",
        ],
        well: &[
            "Every pupil was busy with the learning, each in their own way",
            "Pupils were curious from the start and stayed so",
        ],
        better: &[
            "Everyone had a board to answer on while one pupil is at the front",
            "The explanation came in two short parts with something to do between them",
        ],
    },
    Said {
        criterion: "stretch",
        seen: &[
            "A harder task waited on the back of the sheet, and {n} pupils asked for it.",
            "One pupil was given the answer and asked for the question; it took real thought.",
            "‘Can you find a rule?’ kept two pupils going well past the end.",
            "A pupil who had finished explained {term} to a partner, in their own words.",
        ],
        not_seen: &[
            "Pupils who were quick with {task} got more of the same.",
            "All had the same sheet; {n} pupils could have gone further.",
            "The planning names a further step for the more able, but there was no time for it today.",
        ],
        well: &[
            "Harder work was there for the asking, and pupils asked",
            "Pupils who had finished explained the idea to others",
        ],
        better: &[
            "A harder step was ready for pupils who finish first",
            "Quick pupils could choose a problem with more than one answer",
        ],
    },
    Said {
        criterion: "independence",
        seen: &[
            "Pupils looked at {board} before asking anyone; one told another to do so.",
            "{N} pupils set up and tidied away without help, from a picture list.",
            "‘What could you try first?’ was the answer to most questions, and pupils did try.",
            "A pupil got stuck, fetched {thing}, and went on without a word from an adult.",
            "Pupils chose where to sit, what to use and whom to work with, and chose well.",
        ],
        not_seen: &[
            "Pupils often looked to an adult before starting; they could have begun alone.",
            "Sheets were handed out and names written on them; {n} pupils can do this themselves.",
            "Help came before pupils had had a chance to get stuck.",
        ],
        well: &[
            "Pupils tried first and asked second",
            "Pupils ran the routine of the lesson themselves",
            "Several pupils finished a task of many steps alone, with a picture list",
        ],
        better: &[
            "Adults waited a little longer before they help",
            "Pupils handed out and collected what is needed",
            "Each pupil had a short list of steps to tick off alone",
        ],
    },
    Said {
        criterion: "expectations",
        seen: &[
            "Pupils were asked for whole sentences, said or signed, and gave them.",
            "A first try was praised and then, with one hint, made better while we watched.",
            "Nobody was let off; everyone got the help needed to take part in {task}.",
            "‘You are not there yet’ was said with a smile, and {n} pupils went back to it.",
        ],
        not_seen: &[
            "Short answers were taken where pupils could have said more.",
            "Some pupils were shown the finished piece and copied it; they could have made their own.",
        ],
        well: &[
            "Much was asked of every pupil, and every pupil was helped to get there",
            "Pupils improved their first try and were proud of it",
        ],
        better: &[
            "Pupils were asked to say more after a first answer",
            "Each pupil made something that differs from the example",
        ],
    },
];
