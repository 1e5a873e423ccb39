//! What pupils may be asked: about their learning, never about staff (R7).
//!
//! A check of words, and known to be no more than that: it finds the words for people who work in a school and the names
//! of those in this one. It cannot find a question that is about a teacher without saying so; that is for the teachers who
//! comment on the draft (R19). “Who can you turn to?” passes: it asks what helps.

use super::builtin::is_ours;
use super::limit::{PROMPT_LIMIT, check_words};
use crate::Refusal;
use crate::person::Person;

/// Words for staff, in small letters; each also with an `s` or `'s` at its end.
const STAFF: &[&str] = &[
    "adult",
    "coach",
    "educator",
    "headmaster",
    "headmistress",
    "headteacher",
    "instructor",
    "keyworker",
    "lecturer",
    "principal",
    "sir",
    "staff",
    "ta",
    "teacher",
    "teaching",
    "teaches",
    "tutor",
];

/// The same, of two words.
const STAFF_PAIRS: &[(&str, &str)] = &[
    ("grown", "up"),
    ("grown", "ups"),
    ("head", "teacher"),
    ("key", "worker"),
    ("learning", "assistant"),
    ("support", "assistant"),
];

/// How staff are addressed: before a name, and `Miss` also alone where no sentence begins with it.
const ADDRESSES: &[&str] = &["Mr", "Mrs", "Ms", "Miss", "Mx", "Dr"];

/// Refuses a question for pupils that is about staff or names one of `people`, or that cannot be read at arm's length.
pub fn check_prompt(text: &str, people: &[Person]) -> Result<(), Refusal> {
    check_words("question for pupils", text, PROMPT_LIMIT)?;
    if is_ours(text) {
        return Ok(());
    }
    let is_named = || people.iter().any(|person| person.is_named_in(text));
    match staff_word(text).or_else(|| is_named().then(|| "a name".to_owned())) {
        None => Ok(()),
        Some(word) => Err(Refusal::new(
            "prompt_about_staff",
            format!(
                "Pupils are asked about their learning, never about staff (here: {word}). Ask instead what helps them learn, how they know, or what comes next."
            ),
        )),
    }
}

/// The first word in a question that is about staff.
fn staff_word(text: &str) -> Option<String> {
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
        .map(|word| word.trim_matches(['\'', '’']))
        .filter(|word| !word.is_empty())
        .collect();
    let lower: Vec<String> = words
        .iter()
        .map(|word| {
            let small = word.to_lowercase().replace('’', "'");
            small
                .strip_suffix("'s")
                .map_or(small.clone(), str::to_owned)
        })
        .collect();
    let is_staff = |word: &str| {
        let single = word.strip_suffix('s').unwrap_or(word);
        STAFF.contains(&word) || STAFF.contains(&single)
    };
    for (nth, word) in lower.iter().enumerate() {
        let next = lower.get(nth + 1).map(String::as_str).unwrap_or_default();
        let as_written = words.get(nth).copied().unwrap_or_default();
        let next_written = words.get(nth + 1).copied().unwrap_or_default();
        // “ta” in small letters is also a way to say thank you.
        let is_word = is_staff(word) && (word != "ta" || as_written.starts_with("TA"));
        if is_word {
            return Some(format!("“{as_written}”"));
        }
        if STAFF_PAIRS.contains(&(word.as_str(), next)) {
            return Some(format!("“{as_written} {next_written}”"));
        }
        let is_named = next_written.starts_with(char::is_uppercase);
        let is_alone = as_written == "Miss" && nth > 0;
        if ADDRESSES.contains(&as_written) && (is_named || is_alone) {
            return Some(format!("“{as_written}”"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::{EVIDENCE_FORM, SEVEN_LENSES};
    use super::*;
    use crate::PersonId;
    use crate::purpose::ASK;

    fn staff() -> Vec<Person> {
        vec![Person {
            id: PersonId::from_uuid(uuid::Uuid::from_u128(3)),
            name: "Orla Tamblyn".into(),
            roles: Vec::new(),
            line_manager: None,
            is_active: true,
        }]
    }

    #[test]
    fn a_question_about_staff_is_refused_however_it_is_put() {
        for asked in [
            "Do you like your teacher?",
            "What could your TEACHERS do better?",
            "Is the teacher’s voice loud enough?",
            "How good are your TAs?",
            "Is the staff kind to you?",
            "Does Sir help you?",
            "What does Mrs Oakes do when you are stuck?",
            "Do you think Miss explains it well?",
            "Does the head teacher visit your class?",
            "What is the teaching like here?",
            "Do grown-ups listen to you?",
            "Does Tamblyn help you?",
        ] {
            let refused = check_prompt(asked, &staff()).unwrap_err();
            assert_eq!(refused.code(), "prompt_about_staff", "{asked}");
        }
    }

    #[test]
    fn a_question_about_learning_passes() {
        let built_in = [&EVIDENCE_FORM, &SEVEN_LENSES]
            .into_iter()
            .flat_map(|form| form.sections)
            .flat_map(|section| section.prompts);
        for asked in built_in.chain(ASK).chain(&[
            "What do you do when you miss a step?",
            "Could you teach somebody else what you learned?",
            "What would you say ta for?",
        ]) {
            assert_eq!(check_prompt(asked, &staff()), Ok(()), "{asked}");
        }
    }

    #[test]
    fn a_question_too_long_to_ask_in_a_lesson_is_refused() {
        assert!(check_prompt(&"why ".repeat(40), &[]).is_err());
        assert!(check_prompt(" ", &[]).is_err());
    }
}
