//! Learning environment.

use super::Said;

pub(super) const SAID: &[Said] = &[
    Said {
        criterion: "tidy",
        seen: &[
            "Everything has a place with a picture on it, and pupils put things back without being told.",
            "Clear desks: only {thing} and the sheet for today were out.",
            "A corner to be quiet in, a table to work together at, and paths wide enough for everyone.",
            "Pupils cleared away the last lesson in under two minutes, with music as the signal.",
        ],
        not_seen: &[
            "Boxes from an earlier lesson took up one of the tables, so that group sat closer than it liked.",
            "Trays and coats near the door made it slow for {n} pupils to get to their places.",
        ],
        well: &[
            "An orderly room that pupils look after themselves",
            "Pupils know where everything lives, and put it back",
        ],
        better: &[
            "The tables by the window were free for pupils to work at",
            "The way to the trays was clear for everyone",
        ],
    },
    Said {
        criterion: "sight",
        seen: &[
            "A horseshoe of desks: every pupil could see the board and each other.",
            "{N} pupils turned their chairs when the teaching moved to {board}, as they had been taught to.",
            "The group came to sit close for the opening, so {board} could be seen by all.",
            "The pupil in a standing frame had the same view as everyone else.",
        ],
        not_seen: &[
            "Pupils at the far table had to turn right round to see {board}.",
            "Light on the screen made it hard to see from the window side; {n} pupils squinted.",
        ],
        well: &[
            "Everybody could see and be seen",
            "The seating brought pupils close to what mattered",
        ],
        better: &[
            "The far table were turned towards the board",
            "The blind were down when the screen is used",
        ],
    },
    Said {
        criterion: "resources",
        seen: &[
            "Two pupils fetched their own trays without being asked; the visual timetable at the door was used twice.",
            "All that was needed for {task} was on the tables before the pupils came in.",
            "Pupils could choose between three kinds of help: {board}, a word mat, or a partner.",
            "There was enough of everything, so nobody waited for {thing}.",
        ],
        not_seen: &[
            "There was one set between two tables, and pupils waited a while for {thing}.",
            "Some of what pupils needed was in the cupboard; the task paused while it was fetched.",
            "Pencils and {thing} had to be asked for; pupils could have got them themselves.",
        ],
        well: &[
            "Pupils chose their own equipment and talked about why",
            "Everything was to hand, and no time was lost",
        ],
        better: &[
            "What is needed stood where pupils can get it themselves",
            "There was a set for each table",
        ],
    },
    Said {
        criterion: "deployment",
        seen: &[
            "Every adult knew which pupils to be near and when to step away.",
            "An adult sat back while {n} pupils were {task} together, with no help.",
            "Help moved round the room; no table had an adult for the whole time.",
            "The group that needed the start again got it at once, quietly, at a side table.",
        ],
        not_seen: &[
            "Two adults were at the same table for a time, while pupils at the back waited with a question.",
            "In the opening, adults listened with the pupils; some could already have been pointing to symbols along.",
        ],
        well: &[
            "Help came to where it was needed and then stepped back",
            "Pupils had an adult near for the start and room to go on alone",
        ],
        better: &[
            "Every table had someone to turn to in the first five minutes",
            "Adults changed tables partway through, so that all groups get some help",
        ],
    },
];
