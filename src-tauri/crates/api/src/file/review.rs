//! What stands on the page of a term: the same sentences as on screen, for paper.

use alongside_domain::TermId;
use alongside_domain::review::Kept;
use alongside_print::{Review, ReviewComment, ReviewLine};

use crate::desk::View;
use crate::{ApiError, comment, review};

/// Gathers the review of a term; for everyone.
///
/// Errors when it was not made yet.
pub(super) fn gather(view: &View<'_>, term: TermId) -> Result<Review, ApiError> {
    let page = review::page(view, term)?;
    let comments = comment::said(view, page.review)?;
    let school = view.facts.school()?;
    Ok(Review {
        school: school.map(|school| school.name).unwrap_or_default(),
        term: page.term_name,
        made_at: page.made_at,
        words: page.words,
        lines: lines(&page.kept),
        comments: comments
            .into_iter()
            .map(|comment| ReviewComment {
                by: comment.by,
                at: comment.at,
                text: comment.text,
            })
            .collect(),
        settings: page
            .settings
            .into_iter()
            .map(|setting| (setting.title, setting.value))
            .collect(),
        taken_at: view.now,
    })
}

fn lines(kept: &Kept) -> Vec<ReviewLine> {
    let of_visits = |title: &str, made: u64, sentence: String| ReviewLine {
        title: title.to_owned(),
        figure: format!("{made} of {}", kept.visits),
        sentence,
        share: Some((made, kept.visits)),
    };
    let bare = |title: &str, number: u64, sentence: String| ReviewLine {
        title: title.to_owned(),
        figure: number.to_string(),
        sentence,
        share: None,
    };
    vec![
        of_visits(
            "Notice",
            kept.noticed,
            format!(
                "{} took place; for {} notice had stood for the days agreed.",
                count(kept.visits, "visit"),
                all(kept.noticed, kept.visits)
            ),
        ),
        of_visits(
            "At most two observers",
            kept.two_observers,
            format!(
                "At {} there were no more than two observers in the room.",
                all(kept.two_observers, kept.visits)
            ),
        ),
        of_visits("Shared in time", kept.shared_in_time, sharing(kept)),
        ReviewLine {
            title: "Responses".to_owned(),
            figure: format!("{} of {}", kept.responses_made, kept.responses_offered),
            sentence: format!(
                "A response was offered {} and made {}. Making one is for each teacher to decide.",
                times(kept.responses_offered),
                times(kept.responses_made)
            ),
            share: Some((kept.responses_made, kept.responses_offered)),
        },
        bare(
            "Changed after notice",
            kept.moved_after_notice,
            match kept.moved_after_notice {
                0 => "No visit was changed after it had been announced.".to_owned(),
                moved => format!(
                    "{} changed in time, class or observers after notice, so notice began again.",
                    count(moved, "visit")
                ),
            },
        ),
        bare(
            "Concerns",
            kept.concerns,
            match kept.concerns {
                0 => "No concern about the walks was raised with the head.".to_owned(),
                raised => format!(
                    "{} about the walks {} raised with the head. Whose and what about, nobody else reads.",
                    count(raised, "concern"),
                    if raised == 1 { "was" } else { "were" }
                ),
            },
        ),
    ]
}

fn sharing(kept: &Kept) -> String {
    let shared = format!(
        "Of {}, {} {} shared so far, {} within the limit.",
        count(kept.visits, "visit"),
        count(kept.shared, "record"),
        if kept.shared == 1 { "is" } else { "are" },
        all(kept.shared_in_time, kept.shared)
    );
    match (kept.shared_median_hours, kept.shared_worst_hours) {
        (Some(median), Some(worst)) => format!(
            "{shared} Half of them came within {}; the slowest took {}.",
            count(median, "hour"),
            count(worst, "hour")
        ),
        _ => shared,
    }
}

fn all(made: u64, of: u64) -> String {
    if of > 0 && made == of {
        "all of them".to_owned()
    } else {
        format!("{made} of {of}")
    }
}

fn count(number: u64, of: &str) -> String {
    if number == 1 {
        format!("1 {of}")
    } else {
        format!("{number} {of}s")
    }
}

fn times(number: u64) -> String {
    if number == 1 {
        "once".to_owned()
    } else {
        format!("{number} times")
    }
}
