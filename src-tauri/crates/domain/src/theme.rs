//! Whole-school themes to start a walk from. A school chooses one, changes it, or writes its own (R4).

/// A theme with a purpose that could stand beside it.
pub struct Theme {
    /// The focus.
    pub focus: &'static str,
    /// Why a school might look at it.
    pub purpose: &'static str,
}

/// The library.
pub const THEMES: &[Theme] = &[
    Theme {
        focus: "Pupils' independence",
        purpose: "To see what helps pupils start, carry on and finish work by themselves, so that more of it happens everywhere.",
    },
    Theme {
        focus: "Pupils' communication",
        purpose: "To see how every pupil is given a way to say what they think, and time to say it.",
    },
    Theme {
        focus: "Challenge for every pupil",
        purpose: "To find where work stretches each pupil, the most able among them, and share how it is done.",
    },
    Theme {
        focus: "Questions that make pupils think",
        purpose: "To collect questions that open thinking up, and see how pupils are given time to answer.",
    },
    Theme {
        focus: "Feedback that pupils use",
        purpose: "To see which feedback pupils act on in the lesson, and how they know what to do next.",
    },
    Theme {
        focus: "Calm and ready to learn",
        purpose: "To see which routines help pupils settle, and how they find their way back when it is hard.",
    },
    Theme {
        focus: "Reading across subjects",
        purpose: "To see how pupils meet, read and talk about texts in every subject.",
    },
    Theme {
        focus: "Talk for learning",
        purpose: "To see how pupils learn through talk with each other and with adults.",
    },
    Theme {
        focus: "Remembering what was learned",
        purpose: "To see how lessons bring back what pupils met before and build on it.",
    },
    Theme {
        focus: "Rooms that help learning",
        purpose: "To see how rooms, resources and displays serve what is being learned today.",
    },
    Theme {
        focus: "Adults working together",
        purpose: "To see how teaching and support are put together around what pupils need.",
    },
    Theme {
        focus: "Books and work over time",
        purpose: "To see how pupils' work grows across weeks, and how they look back on it.",
    },
];
