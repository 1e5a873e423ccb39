//! Searching what a person may read: words, wherever this install keeps them.
//!
//! What is searched is a table (`GROUPS`): a kind, where it is looked for, and how it becomes a hit (`hits`). Each hit
//! passes `authority` at this moment; the store's word for it is a hint only.
//!
//! No search is a look-up of one teacher (R9). Marks are not searched. A name finds people, classes and visits, which
//! the programme shows to everyone, and never what was written about a lesson; a question that holds one is told so. What
//! is shown of somebody else's record is a few words with names hidden, the walk and the part of the form: not whose
//! lesson it was, nor when, nor who wrote it, and in no order but about when it came in. So reading on means opening that
//! one record, which the log notes and its teacher sees. A teacher finds the records of their own lessons, an observer
//! what they wrote. Nothing that was asked is kept.

mod hits;

use alongside_domain::search::{self, Names, Naming, Piece, Query};
use alongside_domain::{
    ActionId, Kind, NoticeId, Record, RecordId, ReportId, TemplateId, TermId, VisitId, WalkId,
};
use alongside_store::Wanted;
use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::atlas::Atlas;
use crate::authority;
use crate::desk::View;
use crate::{Actor, ApiError, Desk, Place};

/// How many hits a group shows, and how many when it is asked for alone.
const SHOWN: usize = 8;
const SHOWN_ALONE: usize = 40;
/// How many records are looked at for each hit that is wanted: some are not for this person, or are met in a name only.
const LOOKED_AT: usize = 8;
/// What is said to a question that holds a name (R9).
const NAMES_FIND_NO_RECORDS: &str = "Records and comments are not searched by the name of a person or class, so that nobody is looked up here. Open a visit to read its record.";

/// What is found together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SearchKind {
    /// People of the school, for leaders.
    People,
    /// Classes, for leaders.
    Classes,
    /// Rooms, for leaders.
    Rooms,
    /// Walks, for leaders.
    Walks,
    /// What was announced, for everyone else.
    Notices,
    /// Visits.
    Visits,
    /// What observers wrote.
    Comments,
    /// What teachers answered.
    Responses,
    /// Teachers' own two questions.
    Reflections,
    /// Reports of walks.
    Reports,
    /// What is done about what was found.
    Actions,
    /// What leaders say to a term's review.
    Reviews,
    /// What staff say to a review or a form.
    Remarks,
    /// Forms.
    Templates,
    /// Words to the head, for those in them.
    Concerns,
}

/// `search_find`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SearchFind {
    /// What was typed. With nothing in it, nothing is found, and the next search is ready sooner.
    pub words: String,
    /// Of which kinds; none for all of them.
    #[serde(default)]
    pub kinds: Vec<SearchKind>,
}

/// What was found.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SearchAnswer {
    /// In a fixed order; groups with nothing in them are left out.
    pub groups: Vec<SearchGroup>,
    /// Why something was not searched.
    pub note: Option<String>,
}

/// What was found of one kind.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SearchGroup {
    /// Of which.
    pub kind: SearchKind,
    /// About the latest first; a few.
    pub hits: Vec<SearchHit>,
    /// Whether there are more.
    pub has_more: bool,
}

/// One thing found.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SearchHit {
    /// What it is.
    pub title: Vec<SearchPiece>,
    /// Where in it, or what else tells it from others.
    pub detail: String,
    /// When it is, where that says nothing of whose record it is.
    pub at: Option<DateTime<FixedOffset>>,
    /// A few of its words; none where the title says all.
    pub words: Vec<SearchPiece>,
    /// What it opens.
    pub target: SearchTarget,
}

/// A piece of a text: what was looked for, or what is around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SearchPiece {
    /// As it was written.
    pub text: String,
    /// Whether it was looked for.
    pub is_match: bool,
}

/// What a hit opens.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(tag = "screen", rename_all = "snake_case")]
pub enum SearchTarget {
    /// The list of people.
    People,
    /// The list of classes.
    Classes,
    /// The list of rooms.
    Rooms,
    /// A walk.
    Walk {
        /// Which.
        walk: WalkId,
    },
    /// A notice.
    Notice {
        /// Which.
        notice: NoticeId,
    },
    /// The record of a visit; to open it is a read like any other.
    Record {
        /// Of which visit.
        visit: VisitId,
        /// Of which walk.
        walk: WalkId,
        /// As whom.
        seat: SearchSeat,
    },
    /// One's own observation.
    Observation {
        /// Of which visit.
        visit: VisitId,
    },
    /// A published report.
    Report {
        /// Which.
        report: ReportId,
    },
    /// A report that is being written, for leaders.
    ReportDraft {
        /// Of which walk.
        walk: WalkId,
    },
    /// An action.
    Action {
        /// Which.
        action: ActionId,
    },
    /// A form.
    Form {
        /// Which.
        template: TemplateId,
    },
    /// The review of a term.
    Review {
        /// Of which term.
        term: TermId,
    },
    /// One's concerns.
    Concerns,
    /// The reflections that others let one read.
    Reflections,
}

/// As whom a person opens a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SearchSeat {
    /// As a leader.
    Leader,
    /// As one of its observers.
    Observer,
    /// As a teacher of the visited class.
    Teacher,
}

/// Where records are looked for, and whether a name finds any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The whole list: there are few, and names find them.
    Listed,
    /// By words; names find them, too.
    Indexed,
    /// By words, and never by a name (R9).
    Unnamed,
}

type ToHit = fn(&Look<'_>, &Record) -> Result<Option<Seen>, ApiError>;

/// What is searched, in the order it is shown. A new kind is one line here, one in `domain::search::searched`, and how
/// it becomes a hit.
const GROUPS: &[(SearchKind, Kind, Way, ToHit)] = &[
    (SearchKind::People, Kind::Person, Way::Listed, hits::person),
    (SearchKind::Classes, Kind::Class, Way::Listed, hits::class),
    (SearchKind::Rooms, Kind::Room, Way::Listed, hits::room),
    (SearchKind::Walks, Kind::Walk, Way::Indexed, hits::walk),
    (SearchKind::Notices, Kind::Walk, Way::Indexed, hits::notice),
    (SearchKind::Visits, Kind::Visit, Way::Listed, hits::visit),
    (
        SearchKind::Comments,
        Kind::Observation,
        Way::Unnamed,
        hits::comment,
    ),
    (
        SearchKind::Responses,
        Kind::Response,
        Way::Unnamed,
        hits::response,
    ),
    (
        SearchKind::Reflections,
        Kind::Reflection,
        Way::Unnamed,
        hits::reflection,
    ),
    (
        SearchKind::Reports,
        Kind::Report,
        Way::Unnamed,
        hits::report,
    ),
    (
        SearchKind::Actions,
        Kind::Action,
        Way::Unnamed,
        hits::action,
    ),
    (
        SearchKind::Reviews,
        Kind::Review,
        Way::Unnamed,
        hits::review,
    ),
    (
        SearchKind::Remarks,
        Kind::Comment,
        Way::Unnamed,
        hits::remark,
    ),
    (
        SearchKind::Templates,
        Kind::Template,
        Way::Indexed,
        hits::template,
    ),
    (
        SearchKind::Concerns,
        Kind::Concern,
        Way::Unnamed,
        hits::concern,
    ),
];

/// Whose words a hit shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Everyone's: names are words like others.
    Everyones,
    /// The person's own, or about their own lesson.
    Own,
    /// Somebody else's: names are hidden.
    Others,
}

/// A record as it would be shown, before it is known whether the words are in it.
struct Seen {
    title: String,
    at: Option<DateTime<FixedOffset>>,
    /// What tells it from others; `None` where that is the text it was found in, of which a few words are shown.
    detail: Option<String>,
    /// What is looked through, each with what it is called. The title is among them where it is to be found by.
    texts: Vec<(String, String)>,
    whose: Whose,
    target: SearchTarget,
}

/// What a hit is made with.
struct Look<'a> {
    view: &'a View<'a>,
    atlas: &'a Atlas,
}

/// `search_find`
pub(crate) fn find(
    desk: &Desk,
    actor: &Actor,
    request: SearchFind,
) -> Result<SearchAnswer, ApiError> {
    let query = Query::read(&request.words);
    let is_asked = |kind: SearchKind| request.kinds.is_empty() || request.kinds.contains(&kind);
    let shown = match request.kinds.as_slice() {
        [_] => SHOWN_ALONE,
        _ => SHOWN,
    };
    // A device holds nothing that its person may not read; a hub holds everything.
    let audiences = desk.read(actor, |view| Ok(view.standing.audiences()))?;
    let by = (desk.place() == Place::Hub).then_some(audiences.as_slice());
    let mut candidates = Vec::new();
    for (kind, of, way, hit) in GROUPS {
        if *way == Way::Listed || !is_asked(*kind) {
            candidates.push((*kind, of, *way, *hit, Vec::new()));
            continue;
        }
        let wanted = Wanted {
            kind: of,
            words: query.words(),
            by,
            limit: shown * LOOKED_AT,
        };
        candidates.push((*kind, of, *way, *hit, desk.store().search(&wanted)?));
        if query.is_empty() {
            break;
        }
    }
    if query.is_empty() {
        return Ok(SearchAnswer {
            groups: Vec::new(),
            note: None,
        });
    }
    desk.read(actor, |view| {
        let atlas = Atlas::read(view)?;
        let names = Names::of(atlas.people.values(), atlas.classes.values());
        let has_names = names.are_in(&query);
        let look = Look {
            view,
            atlas: &atlas,
        };
        let mut groups = Vec::new();
        for (kind, of, way, hit, ids) in candidates {
            if !is_asked(kind) || (has_names && way == Way::Unnamed) {
                continue;
            }
            let records = match way {
                Way::Listed => Box::new(listed(view, of)?.into_iter().map(Ok)),
                Way::Indexed | Way::Unnamed => held(view, of, ids),
            };
            let (mut hits, mut has_more) = (Vec::new(), false);
            for record in records {
                let record = record?;
                if let Some(found) = look.hit(&record, hit, &query, &names)? {
                    if hits.len() == shown {
                        has_more = true;
                        break;
                    }
                    hits.push(found);
                }
            }
            if !hits.is_empty() {
                groups.push(SearchGroup {
                    kind,
                    hits,
                    has_more,
                });
            }
        }
        Ok(SearchAnswer {
            groups,
            note: has_names.then(|| NAMES_FIND_NO_RECORDS.into()),
        })
    })
}

type Records<'v> = Box<dyn Iterator<Item = Result<Record, ApiError>> + 'v>;

/// All records of a kind: by name, or the latest first.
fn listed(view: &View<'_>, kind: &Kind) -> Result<Vec<Record>, ApiError> {
    let mut records = view.facts.reader.list(kind)?;
    match kind {
        Kind::Visit => {
            records.sort_by_cached_key(|record| std::cmp::Reverse(record.time("starts_at")));
        }
        _ => records.sort_by_cached_key(|record| record.text("name").to_lowercase()),
    }
    Ok(records)
}

/// The records with these ids that are still there, one at a time.
fn held<'v>(view: &'v View<'_>, kind: &'v Kind, ids: Vec<RecordId>) -> Records<'v> {
    Box::new(
        ids.into_iter()
            .filter_map(move |id| view.facts.record(id, kind).transpose()),
    )
}

impl Look<'_> {
    /// A record as a hit, when this person may read it now and the words are in it.
    fn hit(
        &self,
        record: &Record,
        to_hit: ToHit,
        query: &Query,
        names: &Names,
    ) -> Result<Option<SearchHit>, ApiError> {
        if !authority::may_read(self.view.facts, self.view.standing, record)? {
            return Ok(None);
        }
        let Some(seen) = to_hit(self, record)? else {
            return Ok(None);
        };
        let naming = match seen.whose {
            Whose::Everyones => Naming::Plain,
            Whose::Own => Naming::Silent(names),
            Whose::Others => Naming::Hidden(names),
        };
        let texts: Vec<&str> = seen.texts.iter().map(|(_, text)| text.as_str()).collect();
        let Some(found) = search::find(query, &texts, naming) else {
            return Ok(None);
        };
        let met = seen.texts.get(found.text);
        let is_title = met.is_some_and(|(_, text)| *text == seen.title);
        let shows_words = seen.detail.is_none() && !is_title;
        let detail = seen
            .detail
            .or_else(|| met.map(|(called, _)| called.clone()));
        Ok(Some(SearchHit {
            title: match seen.texts.iter().any(|(_, text)| *text == seen.title) {
                true => pieces(search::highlight(query, &seen.title)),
                // It is a heading only, and was not looked at.
                false => vec![SearchPiece {
                    text: seen.title.clone(),
                    is_match: false,
                }],
            },
            detail: detail.unwrap_or_default(),
            at: seen.at,
            words: match shows_words {
                true => pieces(found.snippet),
                false => Vec::new(),
            },
            target: seen.target,
        }))
    }
}

fn pieces(pieces: Vec<Piece>) -> Vec<SearchPiece> {
    let piece = |Piece { text, is_match }| SearchPiece { text, is_match };
    pieces.into_iter().map(piece).collect()
}
