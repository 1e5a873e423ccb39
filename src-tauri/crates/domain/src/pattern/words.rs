//! What observers said, without who said it, of whom, when and where.
//!
//! A text cannot be hidden by a number beside it: who reads one under all classes and under no phase knows that it is from
//! the phase that is hidden. So each text stands under one phase at the most, texts are shown only where they come from
//! enough classes, and so do those that stand under no phase.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::mask::Mask;
use super::set::Set;
use super::unit::{Crowd, Grouped, Unit};

/// The most bytes that the texts of one section take, as they are kept.
const BYTES: usize = 48_000;
/// The most texts of one section.
const TEXTS: usize = 150;

/// One text of an observer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Its words, names masked.
    pub text: String,
    /// Under which group of phases, by its place; none where that would say too much.
    pub phase: Option<usize>,
}

/// The texts that may be shown, in an order that says nothing: by a hash of their words.
///
/// `of` gives the texts of a visit; `phases` are the groups of the phases; `least` is how many classes are shown together.
pub(super) fn shown(
    units: &[Unit],
    crowd: &Crowd,
    phases: &[Grouped],
    least: usize,
    mask: &Mask,
    of: impl Fn(&Unit) -> Vec<String>,
) -> Vec<Said> {
    let texts: Vec<(usize, String)> = units
        .iter()
        .enumerate()
        .flat_map(|(place, unit)| of(unit).into_iter().map(move |text| (place, text)))
        .filter(|(_, text)| !text.trim().is_empty())
        .collect();
    let spoke: Set = texts.iter().map(|(place, _)| *place).collect();
    if crowd.weight(&spoke) < least {
        return Vec::new();
    }
    let phases = speaking(crowd, phases, &spoke, least);
    let mut said: Vec<([u8; 32], Said)> = texts
        .into_iter()
        .map(|(place, text)| {
            let text = mask.over(text.trim());
            let phase = phases
                .iter()
                .find(|(_, units)| units.has(place))
                .map(|(phase, _)| *phase);
            (Sha256::digest(text.as_bytes()).into(), Said { text, phase })
        })
        .collect();
    said.sort_by(|(a, one), (b, other)| (a, one.phase).cmp(&(b, other.phase)));
    let mut left = BYTES;
    said.into_iter()
        .map(|(_, said)| said)
        .filter(|said| {
            let fits = said.text.len() <= left;
            left -= if fits { said.text.len() } else { 0 };
            fits
        })
        .take(TEXTS)
        .collect()
}

/// The phases whose texts may be told apart: each from enough classes, and so is the rest.
fn speaking(crowd: &Crowd, phases: &[Grouped], spoke: &Set, least: usize) -> Vec<(usize, Set)> {
    let mut told: Vec<(usize, Set)> = phases
        .iter()
        .enumerate()
        .map(|(place, phase)| (place, phase.units.and(spoke)))
        .filter(|(_, own)| crowd.weight(own) >= least)
        .collect();
    loop {
        let rest = told
            .iter()
            .fold(spoke.clone(), |rest, (_, own)| rest.without(own));
        if rest.is_empty() || crowd.weight(&rest) >= least {
            return told;
        }
        let smallest = told
            .iter()
            .enumerate()
            .min_by_key(|(_, (_, own))| crowd.weight(own))
            .map(|(place, _)| place);
        match smallest {
            Some(place) => drop(told.remove(place)),
            None => return told,
        }
    }
}
