//! What a school looks at when it looks at itself: eight domains of five indicators each, in plain words, and where to
//! read on for each domain until the school says otherwise.
//!
//! Keys stand in records and never change their meaning.

/// One part of a school's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Domain {
    /// In the names of fields.
    pub key: &'static str,
    /// For people.
    pub title: &'static str,
    /// What is rated.
    pub indicators: [Indicator; 5],
    /// Titles to read on, until the school writes its own.
    pub reading: &'static [&'static str],
}

/// One thing that is rated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Indicator {
    /// In the names of fields.
    pub key: &'static str,
    /// What would be in place.
    pub text: &'static str,
}

macro_rules! domains {
    ($($key:literal, $title:literal, [$($reading:literal),+ $(,)?] { $($indicator:literal: $text:literal;)+ })+) => {
        /// The domains, in the order that breaks the last tie.
        pub const DOMAINS: &[Domain] = &[$(Domain {
            key: $key,
            title: $title,
            reading: &[$($reading),+],
            indicators: [$(Indicator { key: $indicator, text: $text }),+],
        }),+];
    };
}

domains! {
    "teaching", "Teaching quality", [
        "Metacognition and Self-Regulated Learning",
        "Cognitive Science Approaches in the Classroom",
    ] {
        "teaching_modelling": "New things are taught step by step: shown first, then practised together, then alone";
        "teaching_challenge": "Every pupil meets work that stretches them, whatever they can do already";
        "teaching_checks": "Teachers check often what has been understood, and act on what they find";
        "teaching_explaining": "Explanations are short and clear, and start from what pupils know";
        "teaching_questions": "Questions make pupils think further, not only recall";
    }
    "assessment", "Assessment", [
        "Teacher Feedback to Improve Pupil Learning",
    ] {
        "assessment_gaps": "What pupils cannot do yet is found early and changes what is taught next";
        "assessment_misconceptions": "Questions and tasks are chosen so that wrong ideas come to light";
        "assessment_feedback": "Feedback is precise and usable, and pupils do something with it";
        "assessment_results": "Results at the end of a unit or year can be trusted: teachers mark together and compare";
        "assessment_progress": "Data shows how pupils get on and who needs help, and is used for that";
    }
    "behaviour", "Behaviour and social-emotional learning", [
        "Improving Behaviour in Schools",
        "Improving Social and Emotional Learning in Primary Schools",
    ] {
        "behaviour_policy": "There is one behaviour policy, and staff, pupils and families understand it";
        "behaviour_relationships": "Good relationships between adults and pupils come first";
        "behaviour_taught": "Getting on, calming down and asking for help are taught, not taken for granted";
        "behaviour_early": "Clear systems bring worries about a pupil to light early";
        "behaviour_restoring": "After something went wrong, putting it right stands beside any sanction";
    }
    "send", "SEND", [
        "Special Educational Needs in Mainstream Schools",
        "Deployment of Teaching Assistants",
    ] {
        "send_classroom": "Good teaching in the classroom meets most needs before anything is added";
        "send_cycle": "Everyone knows and uses the cycle of assessing, planning, doing and reviewing";
        "send_assistants": "Assistants lead planned interventions and add to the teacher, who stays with these pupils too";
        "send_senco": "The SENCO has the time, the training and the authority the work needs";
        "send_impact": "Whether the support works is looked at regularly";
    }
    "staff", "Staff development", [
        "Effective Professional Development",
        "A School's Guide to Implementation",
    ] {
        "staff_evidence": "What staff are trained in rests on evidence";
        "staff_together": "Time to learn together comes round regularly";
        "staff_induction": "New colleagues have an induction with a plan";
        "staff_coaching": "Coaching or mentoring is there for those who teach and support";
        "staff_change": "Training is judged by what changed in practice, not by who came";
    }
    "curriculum", "Curriculum", [
        "Guidance on literacy for the phase",
        "Guidance on mathematics for the phase",
        "Guidance on science for the phase",
    ] {
        "curriculum_sequence": "The curriculum is rich in knowledge, and its order is thought through";
        "curriculum_before": "It is clear what pupils need to know before each step";
        "curriculum_balance": "Knowing and being able to do are in balance";
        "curriculum_breadth": "All pupils have a broad and balanced offer";
        "curriculum_links": "Links between subjects are planned and said out loud";
    }
    "parents", "Parents", [
        "Working with Parents to Support Children's Learning",
    ] {
        "parents_partners": "Families are partners in learning";
        "parents_contact": "Families hear from us regularly, about their own child, in a way they can use";
        "parents_active": "There are programmes that families take part in, beyond newsletters";
        "parents_reaching": "We go and find the families we rarely hear from";
        "parents_effect": "We look at what all this does for pupils";
    }
    "premium", "Pupil premium", [
        "The EEF Guide to the Pupil Premium",
    ] {
        "premium_evidence": "Money goes where evidence says it helps";
        "premium_teaching": "Good teaching for everyone comes before everything else";
        "premium_targeted": "Extra support for some rests on evidence";
        "premium_barriers": "Barriers outside lessons, such as attendance or hunger, are tackled";
        "premium_impact": "What the money did is looked at and reported";
    }
}

/// How many indicators there are.
pub fn indicators() -> usize {
    DOMAINS.iter().map(|domain| domain.indicators.len()).sum()
}

/// Whether there is an indicator of this key.
pub fn is_indicator(key: &str) -> bool {
    DOMAINS
        .iter()
        .any(|domain| domain.indicators.iter().any(|one| one.key == key))
}

/// A domain by its key.
pub fn domain(key: &str) -> Option<&'static Domain> {
    DOMAINS.iter().find(|domain| domain.key == key)
}
