//! What observers write in the demo school: sentences by criterion, filled with what the lesson was about.
//!
//! About pupils' learning only, without the name of anyone (R7). Which sentence is chosen is decided in
//! [`writing`](super::writing); a sentence about a criterion stands only where that criterion was marked so.
//! Braces are filled from the lesson: `{task}` what pupils were doing, `{thing}` what they had in hand, `{board}` what
//! hung on the wall, `{term}` a word of today, `{work}` what they made, `{n}` and `{N}` a few of them.

mod assessment;
mod behaviour;
mod books;
mod challenge;
mod communication;
mod environment;

/// What can be said of one criterion.
pub(super) struct Said {
    /// Which.
    pub(super) criterion: &'static str,
    /// In a comment, where it was seen.
    pub(super) seen: &'static [&'static str],
    /// In a comment, where it was not seen this time.
    pub(super) not_seen: &'static [&'static str],
    /// As a line of what went well.
    pub(super) well: &'static [&'static str],
    /// As a line of even better if.
    pub(super) better: &'static [&'static str],
}

/// Every section of the evidence form with what can be said of its criteria, in the form's order.
pub(super) const SECTIONS: &[(&str, &[Said])] = &[
    ("communication", communication::SAID),
    ("environment", environment::SAID),
    ("challenge", challenge::SAID),
    ("assessment", assessment::SAID),
    ("behaviour", behaviour::SAID),
    ("books", books::SAID),
];

/// A lesson's subject and what fills the braces.
pub(super) struct Subject {
    /// As the timetable says.
    pub(super) name: &'static str,
    task: &'static str,
    thing: &'static str,
    board: &'static str,
    term: &'static str,
    work: &'static str,
}

const fn subject(
    name: &'static str,
    task: &'static str,
    thing: &'static str,
    board: &'static str,
    term: &'static str,
    work: &'static str,
) -> Subject {
    Subject {
        name,
        task,
        thing,
        board,
        term,
        work,
    }
}

/// What is taught on the two walks.
pub(super) const SUBJECTS: &[Subject] = &[
    subject(
        "Science",
        "testing which materials let light through",
        "a torch",
        "the results table",
        "‘transparent’",
        "their results",
    ),
    subject(
        "Maths",
        "finding the change from a pound",
        "the coin tray",
        "the number line",
        "‘more than’",
        "their working",
    ),
    subject(
        "English",
        "building sentences about the story",
        "the word cards",
        "the story map",
        "‘because’",
        "their sentences",
    ),
    subject(
        "Phonics",
        "matching sounds to pictures",
        "the sound cards",
        "the sound chart",
        "the new sound",
        "their words",
    ),
    subject(
        "Geography",
        "following a route on the map of the park",
        "the map key",
        "the large map",
        "‘north’",
        "their maps",
    ),
    subject(
        "History",
        "putting pictures of the street in order of time",
        "the picture cards",
        "the timeline",
        "‘before’",
        "their timelines",
    ),
    subject(
        "Art",
        "mixing greens for a leaf print",
        "a palette",
        "the colour wheel",
        "‘shade’",
        "their prints",
    ),
    subject(
        "Music",
        "keeping a pulse together",
        "a pair of beaters",
        "the symbol score",
        "‘pause’",
        "their rhythms",
    ),
    subject(
        "Food technology",
        "following a recipe for soda bread",
        "the measuring scoop",
        "the picture recipe",
        "‘knead’",
        "their tasting notes",
    ),
    subject(
        "Computing",
        "giving a floor robot its steps",
        "the arrow cards",
        "the command chart",
        "‘repeat’",
        "their programs",
    ),
    subject(
        "PSHE",
        "sorting what makes a good friend",
        "the feelings cards",
        "the sorting board",
        "‘trust’",
        "their choices",
    ),
    subject(
        "Work skills",
        "packing orders against a list",
        "the tick list",
        "the job board",
        "‘check’",
        "their packed orders",
    ),
    subject(
        "Travel training",
        "planning a bus journey to the library",
        "the timetable",
        "the journey planner",
        "‘return’",
        "their plans",
    ),
    subject(
        "Independent living",
        "planning a meal to a budget",
        "the price list",
        "the weekly planner",
        "‘budget’",
        "their shopping lists",
    ),
];

/// The subject of this name.
pub(super) fn subject_named(name: &str) -> Option<&'static Subject> {
    SUBJECTS.iter().find(|subject| subject.name == name)
}

impl Subject {
    /// A sentence with its braces filled; `few` says how many are a few this time.
    pub(super) fn fill(&self, sentence: &str, few: usize) -> String {
        let (small, capital) = match few % 3 {
            0 => ("two", "Two"),
            1 => ("three", "Three"),
            _ => ("four", "Four"),
        };
        let filled = sentence
            .replace("{task}", self.task)
            .replace("{thing}", self.thing)
            .replace("{board}", self.board)
            .replace("{term}", self.term)
            .replace("{work}", self.work)
            .replace("{n}", small)
            .replace("{N}", capital);
        let mut letters = filled.chars();
        match letters.next() {
            Some(first) => first.to_uppercase().chain(letters).collect(),
            None => filled,
        }
    }
}

/// On the whole, in the walk about communication.
pub(super) const OVERALL_COMMUNICATION: &[&str] = &[
    "A lesson in which everyone had a way to be heard. Pupils knew what they were learning and kept at it.",
    "Communication ran through everything here, from the greeting to the last minute. A new word was said, signed and pointed to until all had it.",
    "Pupils were comfortable being asked, and comfortable not knowing yet.",
    "A warm room with a clear purpose. What we could look at together is how pupils can start more of the talk themselves.",
    "Several ways to answer were on offer, and pupils moved between them with ease.",
    "Calm, clear and friendly. Pupils could tell us what they were doing and why, some in a word, some in a picture.",
    "We saw pupils explain, refuse, ask for help and joke, each in their own way. That is a lot in twenty minutes.",
    "The pupils who use few words were as much part of this lesson as everyone else.",
    "Much of what we saw was pupils talking with each other about {task}, rather than with an adult.",
    "A busy lesson with space for quiet. Each pupil we sat beside could show us what came next.",
    "Two pupils who had never met us told us all about {work}. That takes confidence.",
    "It was easy to see how communication and learning belong together here.",
    "A good visit, and a class that is used to being listened to.",
];

/// On the whole, in the walk about independence.
pub(super) const OVERALL_INDEPENDENCE: &[&str] = &[
    "Pupils did much for themselves here. The routines are so well known that nobody had to be told where things are.",
    "A lesson with room to try. Where pupils got stuck they had somewhere to look first.",
    "Pupils were proud of {work}, and could say what they would do next.",
    "Independence is growing: {n} pupils began {task} before they were asked to.",
    "The steps of the task were in pupils’ hands. With a little less prompting near the end they would have finished alone.",
    "Busy and settled. Everybody had made a choice of their own before we left.",
    "Pupils looked for the answer in the room before asking. It is worth showing other classes how that was built up.",
    "We saw real persistence while pupils were {task}.",
    "A lot of quiet trust in pupils. They were allowed to make mistakes and put them right.",
    "Asked what they can do now that they could not do before, {n} pupils had an answer ready.",
    "A class that knows its way. What we would look at together is who decides when a piece of work is finished.",
];

/// On the whole, in the walk about time to answer.
pub(super) const OVERALL_TIME: &[&str] = &[
    "Where adults waited, pupils answered. The longest silence we counted ended in the best sentence of the lesson.",
    "A friendly lesson with a quick pace. A little more quiet after a question would let more pupils in.",
    "Pupils had time to look, to choose and to change their mind. It showed in {work}.",
    "Questions came thick and fast here. {N} pupils were about to answer when the next one arrived.",
    "The adults agreed with a glance who would wait and who would help. That is worth showing to others.",
    "Thinking time was part of the task, not a gap in it. Pupils used it to look at {thing} again.",
    "Pupils were kind to each other while somebody was still thinking. They have been taught that well.",
    "A calm room. What we would look at together is what adults can do with their hands while they wait.",
    "Much of this lesson belonged to the pupils: {n} of them explained {task} in their own time.",
    "Some answers were given by adults before pupils had the chance. The pupils knew more than they got to say.",
    "Good to see that a picture, a sign and a word all counted as an answer, and that each was waited for.",
];

/// Notes about the group; most observations have none.
pub(super) const PUPILS_NOTES: &[&str] = &[
    "One pupil joined after a therapy session.",
    "Two pupils came back from the sensory room during the visit.",
    "A smaller group than usual: some were swimming.",
    "One pupil worked at a desk of their own, by choice.",
    "Two pupils use wheelchairs; there was room to move everywhere.",
    "One pupil is new this week.",
    "A pupil from another class was here for this subject.",
];
