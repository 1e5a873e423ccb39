//! Behaviour.

use super::Said;

pub(super) const SAID: &[Said] = &[
    Said {
        criterion: "plans",
        seen: &[
            "Plans were followed in the same way by every adult, and pupils knew what would come.",
            "Movement breaks came when the plans say so; {n} pupils came back ready to work.",
            "A pupil’s ‘first, then’ card was used by all, and it held.",
            "Quiet, agreed signals were enough; other pupils hardly noticed.",
        ],
        not_seen: &[
            "A pupil’s plan asks for a warning before a change; the move to {board} came without one.",
            "One pupil got two different answers to the same request and was puzzled.",
        ],
        well: &[
            "Pupils were met in the same calm way by everyone",
            "Breaks came in time, and pupils returned to their work by themselves",
        ],
        better: &[
            "Every change was announced a minute before, as the plans ask",
            "All adults used the same short words from the plan",
        ],
    },
    Said {
        criterion: "celebrate",
        seen: &[
            "Pupils clapped for each other, in sign, without being asked.",
            "The class jar got a marble for helping; the whole group cheered.",
            "One pupil showed {work} to the group and was beaming.",
            "A kind word between two pupils was noticed and named.",
        ],
        not_seen: &[
            "Some fine moments passed quickly; {n} pupils would have liked to show {work}.",
            "The reward chart was there, but was not used in the time we were in.",
        ],
        well: &[
            "Pupils were glad for each other",
            "Success was noticed and shared, small steps too",
        ],
        better: &[
            "There was a minute at the end for pupils to show what they are proud of",
            "The class reward was tied to what pupils learned today",
        ],
    },
    Said {
        criterion: "incidents",
        seen: &[
            "One pupil left the room upset, was followed at a distance, and came back after five minutes.",
            "A quarrel over {thing} was settled with two short sentences and a timer.",
            "A loud moment was met with a soft voice; the others went on {task}.",
        ],
        not_seen: &[
            "A noise from next door unsettled {n} pupils, and it took a while to get back to {task}.",
            "One pupil was upset for some minutes before there was a way out of the group.",
        ],
        well: &[
            "An upset was handled so calmly that learning went on all round it",
            "A pupil came back from a hard moment and finished the task",
        ],
        better: &[
            "A quiet place was free for a pupil who needs to step away",
            "There was a signal for the group to pause together when something disturbs it",
        ],
    },
    Said {
        criterion: "proactive",
        seen: &[
            "Signs of worry were seen early: a stress ball, a smaller task, and it passed.",
            "Pupils were offered two good choices at every hard moment.",
            "The change to {task} was shown on the timetable and counted down.",
            "A pupil was given a job, carrying {thing}, just before sitting still became too much.",
        ],
        not_seen: &[
            "The wait before {task} was long for {n} pupils, and it showed.",
            "Choices came once a pupil was already upset; earlier they might have been enough.",
        ],
        well: &[
            "Worry was seen early and met with a choice",
            "Jobs and movement kept pupils ready to learn",
        ],
        better: &[
            "Choices were offered at the first sign of restlessness",
            "There was something to hold or do while waiting",
        ],
    },
];
