//! Why something may not be written or done: a code for machines, a sentence for people that says what to do.

use std::fmt;

/// A rule, or the form of a value, forbids it.
///
/// Codes are part of the wire: they may be added and never change meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    code: &'static str,
    message: String,
}

impl Refusal {
    /// A refusal with its code (`snake_case`, for machines) and its sentence (for people).
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// The value does not have the form the field asks for.
    pub fn wrong_value(field: &str, expected: String) -> Self {
        Self::new(
            "wrong_value",
            format!("The value of “{field}” was not kept: it needs {expected}."),
        )
    }

    /// For machines.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// For people.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}
