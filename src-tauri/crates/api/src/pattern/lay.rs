//! Patterns as a screen shows them: columns, sections, criteria, cells.

use alongside_domain::WalkId;
use alongside_domain::pattern::{By, Cell, Group, Pattern, Said, may_publish};

use super::{
    PatternBalance, PatternColumn, PatternRow, PatternSection, PatternView, PatternWay,
    PatternWords, STATEMENT, WALKS, gather, lines, pattern_of,
};
use crate::ApiError;
use crate::desk::View;

/// How a visit is counted.
const COUNTING: &str = "A visit counts once for each criterion: as looked at when any observer marked it, as seen when any observer saw it. Where nobody looked, the visit is left out.";

/// One walk, its visits put together in one way.
pub(super) fn walk(view: &View<'_>, id: WalkId, by: By) -> Result<PatternView, ApiError> {
    laid(view, &pattern_of(view, id)?, by)
}

/// One walk in every way that has something to show. It is collated once.
pub(super) fn every(view: &View<'_>, id: WalkId) -> Result<Vec<PatternView>, ApiError> {
    let pattern = pattern_of(view, id)?;
    let ways = ways(&[&pattern]);
    let views = ways.into_iter().map(|way| laid(view, &pattern, way.by));
    views.collect()
}

fn laid(view: &View<'_>, pattern: &Pattern, by: By) -> Result<PatternView, ApiError> {
    let id = pattern.walk;
    let walk = view.facts.walk(id)?;
    let (name, focus) = walk.map_or_else(
        || ("A walk".to_owned(), String::new()),
        |walk| (walk.name, walk.focus),
    );
    let (mut may, mut why_not, mut open) = (false, None, 0);
    if pattern.made_at.is_none() {
        let gathered = gather::of(view.facts, id)?;
        let publishable = may_publish(&gathered.visits, |visit| gathered.is_finished(visit), false);
        may = publishable.is_ok();
        why_not = publishable
            .err()
            .map(|refusal| refusal.message().to_owned());
        open = gathered.open();
    }
    let groups = pattern.groups.get(&by).cloned().unwrap_or_default();
    let columns: Vec<Column<'_>> = groups
        .iter()
        .enumerate()
        .map(|(place, group)| Column {
            pattern,
            by,
            place: Some(place),
            name: match by {
                By::All => "All classes".to_owned(),
                _ => group.name.clone(),
            },
            group: Some(group),
        })
        .collect();
    let all = pattern.groups.get(&By::All).and_then(|all| all.first());
    Ok(PatternView {
        title: name,
        walk: Some(id),
        focus,
        published_at: pattern.made_at,
        threshold: pattern.threshold,
        statement: STATEMENT.into(),
        counting: COUNTING.into(),
        by,
        ways: ways(&[pattern]),
        sections: sections(&columns),
        columns: columns.iter().map(Column::view).collect(),
        balance: balance(view, pattern)?,
        words: pattern.went_well.len() + pattern.even_better_if.len(),
        classes: all.map_or(0, |all| all.classes),
        visits: all.map_or(0, |all| all.visits),
        visits_open: open,
        may_publish: may,
        why_not,
    })
}

/// One group of each walk, side by side, the oldest first.
pub(super) fn walks(view: &View<'_>, by: By, group: Option<&str>) -> Result<PatternView, ApiError> {
    let mut shown = Vec::new();
    for line in lines(view)?.into_iter().take(WALKS) {
        shown.push((line.name, pattern_of(view, line.walk)?));
    }
    shown.reverse();
    let columns: Vec<Column<'_>> = shown
        .iter()
        .map(|(name, pattern)| {
            let groups = pattern.groups.get(&by).map_or(&[][..], Vec::as_slice);
            let place = match by {
                By::All => (!groups.is_empty()).then_some(0),
                _ => groups
                    .iter()
                    .position(|one| Some(one.name.as_str()) == group),
            };
            Column {
                pattern,
                by,
                place,
                name: name.clone(),
                group: place.and_then(|place| groups.get(place)),
            }
        })
        .collect();
    let patterns: Vec<&Pattern> = shown.iter().map(|(_, pattern)| pattern).collect();
    let threshold = patterns.iter().map(|pattern| pattern.threshold).min();
    Ok(PatternView {
        title: "Walk over walk".into(),
        walk: None,
        focus: String::new(),
        published_at: None,
        threshold: threshold.unwrap_or_default(),
        statement: STATEMENT.into(),
        counting: COUNTING.into(),
        by,
        ways: ways(&patterns),
        sections: sections(&columns),
        columns: columns.iter().map(Column::view).collect(),
        balance: None,
        words: 0,
        classes: 0,
        visits: 0,
        visits_open: 0,
        may_publish: false,
        why_not: None,
    })
}

/// What observers said under a section, or on the whole.
pub(super) fn words(
    pattern: &Pattern,
    section: Option<&str>,
    phase: Option<&str>,
) -> Result<PatternWords, ApiError> {
    let section = match section {
        Some(key) => {
            let own = pattern.sections.iter().find(|one| one.key == key);
            Some(own.ok_or_else(|| ApiError::not_found("section"))?)
        }
        None => None,
    };
    let groups = pattern
        .groups
        .get(&By::Phase)
        .map_or(&[][..], Vec::as_slice);
    let place = phase.and_then(|name| groups.iter().position(|group| group.name == name));
    let lists: Vec<&[Said]> = match section {
        Some(section) => vec![&section.said],
        None => vec![&pattern.went_well, &pattern.even_better_if],
    };
    let has_own = place.is_some()
        && lists
            .iter()
            .any(|said| said.iter().any(|one| one.phase == place));
    let chosen = |said: &[Said]| -> Vec<String> {
        let own = said.iter().filter(|one| !has_own || one.phase == place);
        own.map(|one| one.text.clone()).collect()
    };
    let is_empty = lists.iter().all(|said| said.is_empty());
    let note = if is_empty {
        Some(format!(
            "Nothing to read here: fewer than {} classes have words that their teachers have read.",
            pattern.threshold
        ))
    } else if phase.is_some() && !has_own {
        Some("These are from all classes of the walk: of fewer, words could tell who wrote them and of whom.".into())
    } else {
        None
    };
    Ok(PatternWords {
        title: section
            .map_or("On the whole", |section| &section.title)
            .to_owned(),
        from: match place.and_then(|place| groups.get(place)) {
            Some(group) if has_own => group.name.clone(),
            _ => "All classes".into(),
        },
        note,
        comments: section
            .map(|section| chosen(&section.said))
            .unwrap_or_default(),
        went_well: match section {
            None => chosen(&pattern.went_well),
            Some(_) => Vec::new(),
        },
        even_better_if: match section {
            None => chosen(&pattern.even_better_if),
            Some(_) => Vec::new(),
        },
    })
}

/// A group of a walk's pattern.
struct Column<'a> {
    pattern: &'a Pattern,
    by: By,
    /// Its place among the groups; none where the walk has no such group.
    place: Option<usize>,
    name: String,
    group: Option<&'a Group>,
}

impl Column<'_> {
    fn view(&self) -> PatternColumn {
        PatternColumn {
            name: self.name.clone(),
            walk: self.pattern.walk,
            classes: self.group.map_or(0, |group| group.classes),
            visits: self.group.map_or(0, |group| group.visits),
            is_published: self.pattern.made_at.is_some(),
        }
    }

    fn section(&self, key: &str) -> Option<Cell> {
        let own = self.pattern.sections.iter().find(|one| one.key == key)?;
        Some(own.cell(self.by, self.place?))
    }

    fn criterion(&self, key: &str) -> Option<Cell> {
        let mut lines = self.pattern.sections.iter().flat_map(|one| &one.lines);
        Some(
            lines
                .find(|line| line.key == key)?
                .cell(self.by, self.place?),
        )
    }
}

/// The sections of all columns: those of the latest first, in its order, then what only earlier ones had.
fn sections(columns: &[Column<'_>]) -> Vec<PatternSection> {
    let mut sections: Vec<PatternSection> = Vec::new();
    for column in columns.iter().rev() {
        for own in &column.pattern.sections {
            if !sections.iter().any(|section| section.key == own.key) {
                sections.push(PatternSection {
                    key: own.key.clone(),
                    title: own.title.clone(),
                    cells: columns.iter().map(|one| one.section(&own.key)).collect(),
                    criteria: Vec::new(),
                    words: own.said.len(),
                });
            }
            for line in &own.lines {
                let is_there = |section: &PatternSection| {
                    section.criteria.iter().any(|one| one.key == line.key)
                };
                if sections.iter().any(is_there) {
                    continue;
                }
                if let Some(section) = sections.iter_mut().find(|one| one.key == own.key) {
                    section.criteria.push(PatternRow {
                        key: line.key.clone(),
                        text: line.text.clone(),
                        cells: columns.iter().map(|one| one.criterion(&line.key)).collect(),
                    });
                }
            }
        }
    }
    sections
}

fn ways(patterns: &[&Pattern]) -> Vec<PatternWay> {
    By::EVERY
        .into_iter()
        .filter_map(|by| {
            let mut names: Vec<String> = Vec::new();
            for group in patterns
                .iter()
                .rev()
                .filter_map(|one| one.groups.get(&by))
                .flatten()
            {
                if !names.contains(&group.name) {
                    names.push(group.name.clone());
                }
            }
            (!names.is_empty()).then_some(PatternWay { by, groups: names })
        })
        .collect()
}

fn balance(view: &View<'_>, pattern: &Pattern) -> Result<Option<PatternBalance>, ApiError> {
    let aim = view.facts.settings()?.balance_strengths;
    Ok(pattern
        .balance
        .map(|(strengths, development)| PatternBalance {
            strengths,
            development,
            aim,
        }))
}
