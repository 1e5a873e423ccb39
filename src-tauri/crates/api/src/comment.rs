//! Comments of any member of staff on a form's draft or on a term's review (R17, R19).

use alongside_domain::comment::Comment;
use alongside_domain::field::time_value;
use alongside_domain::{CommentId, Kind, RecordId};
use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;

use crate::atlas::Atlas;
use crate::authority::may_read;
use crate::desk::View;
use crate::observation::key;
use crate::{Actor, ApiError, Desk};

/// `comment_list`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct CommentsAsked {
    /// On a form or a review.
    #[ts(type = "string")]
    pub on: RecordId,
}

/// A comment.
#[derive(Debug, Clone, Serialize, TS)]
pub struct CommentView {
    /// Which.
    pub comment: CommentId,
    /// On which part of it: the key of a criterion; empty for the whole.
    pub part: String,
    /// Whose.
    pub by: String,
    /// Whether it is this person's own.
    pub is_mine: bool,
    /// The words.
    pub text: String,
    /// When it was first written.
    pub at: DateTime<FixedOffset>,
    /// What a leader said to it.
    pub answer: Option<AnswerView>,
    /// Whether this person may answer it.
    pub may_answer: bool,
}

/// What a leader said to a comment.
#[derive(Debug, Clone, Serialize, TS)]
pub struct AnswerView {
    /// Whose.
    pub by: String,
    /// When.
    pub at: DateTime<FixedOffset>,
    /// The words; may be empty where it was taken up without any.
    pub text: String,
    /// Whether what was said went into the form.
    pub is_taken_up: bool,
}

/// `comment_answer`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct CommentAnswer {
    /// Which.
    pub comment: CommentId,
    /// The words; may be empty.
    pub text: String,
    /// Whether what was said goes into the form.
    pub is_taken_up: bool,
}

/// `comment_put`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct CommentPut {
    /// Which; none makes a new one.
    pub comment: Option<CommentId>,
    /// On a form or a review.
    #[ts(type = "string")]
    pub on: RecordId,
    /// On which part of it; empty for the whole.
    pub part: String,
    /// The words; empty takes it back.
    pub text: String,
}

/// How many comments there are on something.
pub(crate) fn count(view: &View<'_>, on: impl Into<RecordId>) -> Result<usize, ApiError> {
    Ok(readable(view, on.into())?.len())
}

/// The comments on something, earliest first.
pub(crate) fn readable(
    view: &View<'_>,
    on: RecordId,
) -> Result<Vec<(CommentId, Comment)>, ApiError> {
    let mut comments = Vec::new();
    for record in view.facts.reader.list_under(&Kind::Comment, on)? {
        if let Some(comment) = Comment::read(&record)
            && !comment.text.trim().is_empty()
            && may_read(view.facts, view.standing, &record)?
        {
            comments.push((record.id.into(), comment));
        }
    }
    comments.sort_by_key(|(id, comment)| (comment.at, *id));
    Ok(comments)
}

/// `comment_list`: earliest first.
pub(crate) fn list(
    desk: &Desk,
    actor: &Actor,
    request: CommentsAsked,
) -> Result<Vec<CommentView>, ApiError> {
    desk.read(actor, |view| said(view, request.on))
}

/// What this person may read of what was said to something, earliest first.
pub(crate) fn said(view: &View<'_>, on: impl Into<RecordId>) -> Result<Vec<CommentView>, ApiError> {
    let atlas = Atlas::read(view)?;
    Ok(readable(view, on.into())?
        .into_iter()
        .map(|(id, comment)| CommentView {
            comment: id,
            by: atlas.name(comment.person),
            is_mine: comment.person == view.standing.id(),
            part: comment.part,
            text: comment.text,
            at: comment.at,
            may_answer: view.standing.is_leader(),
            answer: comment.answer.map(|answer| AnswerView {
                by: atlas.name(answer.by),
                at: answer.at,
                text: answer.text,
                is_taken_up: answer.is_taken_up,
            }),
        })
        .collect())
}

/// `comment_put`: writes, changes or takes back this person's own comment.
pub(crate) fn put(
    desk: &Desk,
    actor: &Actor,
    request: CommentPut,
) -> Result<Vec<CommentView>, ApiError> {
    let CommentPut {
        comment,
        on,
        part,
        text,
    } = request;
    let part = if part.is_empty() { part } else { key(part)? };
    let words = match text.trim() {
        "" => Value::Null,
        words => json!(words),
    };
    desk.edit(actor, |edit| {
        let id = comment.unwrap_or_else(|| CommentId::from_uuid(edit.fresh()));
        let held = edit.get(id)?;
        if held.is_none() && words.is_null() {
            return Ok(());
        }
        let mut fields = vec![("text", words)];
        if held.is_none() {
            fields.extend([
                ("on", json!(on)),
                ("part", json!(part)),
                ("person", json!(edit.standing.id())),
                ("at", time_value(edit.now.to_utc())),
            ]);
        }
        edit.put(id, &Kind::Comment, fields)
    })?;
    list(desk, actor, CommentsAsked { on })
}

/// `comment_answer`: a leader says what became of a comment. It can be said anew; nobody touches the comment itself.
pub(crate) fn answer(
    desk: &Desk,
    actor: &Actor,
    request: CommentAnswer,
) -> Result<Vec<CommentView>, ApiError> {
    let on = desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        let held = edit.get(request.comment)?;
        let held = held.filter(|held| held.kind == Kind::Comment);
        let held = held.ok_or_else(|| ApiError::not_found("comment"))?;
        let comment = Comment::read(&held).ok_or_else(|| ApiError::not_found("comment"))?;
        let words = match request.text.trim() {
            "" => Value::Null,
            words => json!(words),
        };
        let mut fields = vec![
            ("answer", words),
            ("is_taken_up", json!(request.is_taken_up)),
            ("answered_by", json!(edit.standing.id())),
        ];
        if held.value("answered_at").is_none() {
            fields.push(("answered_at", time_value(edit.now.to_utc())));
        }
        edit.put(request.comment, &Kind::Comment, fields)?;
        Ok(comment.on)
    })?;
    list(desk, actor, CommentsAsked { on })
}
