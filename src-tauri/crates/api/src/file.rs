//! A file that a person takes away, of whatever kind: what every command that makes one answers.
//!
//! Over HTTP a browser gets the whole of it and downloads it. In the app the page never holds it: the shell asks the
//! command itself, takes the file out of the answer ([`FileView::take_from`]), keeps it or hands it to another app, and
//! tells the page in its place how that ended ([`FileTaken`]).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::{ApiError, Code};

/// A file. It was read back before it was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileView {
    /// What it is to be called, without folders.
    pub name: String,
    /// Its type, for the browser and for other apps.
    pub media_type: String,
    /// All of it.
    #[serde(flatten)]
    #[ts(flatten)]
    pub content: FileContent,
}

/// What is in a file: as text where it is text, which travels smaller and can be looked through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(untagged)]
pub enum FileContent {
    /// UTF-8.
    Text {
        /// All of it.
        text: String,
    },
    /// Anything else.
    Bytes {
        /// All of it, as base64 with padding.
        base64: String,
    },
}

impl FileView {
    /// A file of text.
    pub fn of_text(name: String, media_type: &str, text: String) -> Self {
        Self {
            name,
            media_type: media_type.to_owned(),
            content: FileContent::Text { text },
        }
    }

    /// A file of bytes: a PDF, a workbook.
    pub fn of_bytes(name: String, media_type: &str, bytes: &[u8]) -> Self {
        Self {
            name,
            media_type: media_type.to_owned(),
            content: FileContent::Bytes {
                base64: STANDARD.encode(bytes),
            },
        }
    }

    /// Its bytes.
    ///
    /// Errors when they are not what base64 can be.
    pub fn bytes(&self) -> Result<Vec<u8>, ApiError> {
        match &self.content {
            FileContent::Text { text } => Ok(text.clone().into_bytes()),
            FileContent::Bytes { base64 } => STANDARD.decode(base64).map_err(|_| not_whole()),
        }
    }

    /// Takes the file out of what a command answered, and leaves the rest of the answer.
    ///
    /// Errors when there is none in it.
    pub fn take_from(answer: &mut Value) -> Result<Self, ApiError> {
        let file = serde_json::from_value(answer.clone()).map_err(|_| {
            ApiError::new(
                Code::BadRequest,
                "This makes no file. Update the app and try again.",
            )
        })?;
        if let Some(answer) = answer.as_object_mut() {
            answer.remove("text");
            answer.remove("base64");
        }
        Ok(file)
    }
}

fn not_whole() -> ApiError {
    ApiError::new(
        Code::Internal,
        "The file was not whole when it was read back, so it was not given to you. Try again, and tell your school if it happens again.",
    )
}

/// How it ended that somebody took a file away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case", tag = "end")]
pub enum FileTaken {
    /// It lies at a place and was read back from there.
    Kept {
        /// Where.
        place: String,
    },
    /// It was handed to the share sheet of the device; what became of it there is the person's.
    Shared,
    /// The browser downloads it, to where it always does.
    Downloaded,
    /// The person did not choose a place, so there is no file.
    Left,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_file_comes_out_of_an_answer_byte_for_byte_and_the_rest_stays() {
        let file = FileView::of_bytes("a.pdf".into(), "application/pdf", &[0, 159, 146, 150]);
        let mut answer = serde_json::to_value(&file).unwrap();
        answer["records"] = json!(3);
        let taken = FileView::take_from(&mut answer).unwrap();
        assert_eq!(taken.bytes().unwrap(), [0, 159, 146, 150]);
        assert_eq!(
            answer,
            json!({"name": "a.pdf", "media_type": "application/pdf", "records": 3})
        );
    }

    #[test]
    fn an_answer_without_a_file_gives_none() {
        assert!(FileView::take_from(&mut json!({"name": "a"})).is_err());
    }
}
