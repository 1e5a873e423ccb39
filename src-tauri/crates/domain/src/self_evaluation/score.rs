//! What ratings come to: scores out of four, the strongest and the weakest domains, and how far raters lie apart.
//!
//! An indicator that nobody answered counts nowhere: it is never a nought. Scores are compared as fractions, so that no
//! rounding breaks or makes a tie.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::Rating;
use super::tool::{DOMAINS, Domain};

/// How many strengths and how many priorities are shown.
const SHOWN: usize = 3;

/// The mean of what was answered, out of four.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    sum: u32,
    /// How many indicators were answered.
    pub answered: u32,
    /// How many there are.
    pub of: u32,
}

impl Score {
    /// The score of some indicators, answered or not.
    pub fn of(answers: impl IntoIterator<Item = Option<Rating>>) -> Self {
        let mut score = Self::default();
        for answer in answers {
            score.of += 1;
            if let Some(rating) = answer {
                score.sum += u32::from(rating.number());
                score.answered += 1;
            }
        }
        score
    }

    /// The mean, from 1 to 4; none while nothing is answered.
    pub fn mean(self) -> Option<f64> {
        (self.answered > 0).then(|| f64::from(self.sum) / f64::from(self.answered))
    }

    fn compare(self, other: Self) -> Ordering {
        (self.sum * other.answered).cmp(&(other.sum * self.answered))
    }
}

/// The score of one domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DomainScore {
    /// Which.
    pub domain: &'static Domain,
    /// The mean of its answered indicators.
    pub score: Score,
    /// Its lowest single indicator; none while nothing is answered.
    pub lowest: Option<Rating>,
}

/// The scores of all domains, in their order. `ratings` are by indicator; what is not there is unanswered.
pub fn scores(ratings: &BTreeMap<String, Rating>) -> Vec<DomainScore> {
    let answer = |key: &str| ratings.get(key).copied();
    DOMAINS
        .iter()
        .map(|domain| {
            let answers = || domain.indicators.iter().map(|one| answer(one.key));
            DomainScore {
                domain,
                score: Score::of(answers()),
                lowest: answers().flatten().min(),
            }
        })
        .collect()
}

/// The score over all indicators, each counting alike.
pub fn overall(ratings: &BTreeMap<String, Rating>) -> Score {
    let all = DOMAINS.iter().flat_map(|domain| &domain.indicators);
    Score::of(all.map(|one| ratings.get(one.key).copied()))
}

/// The strongest and the weakest domains.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extremes {
    /// At most three, the strongest first.
    pub strengths: Vec<&'static Domain>,
    /// At most three, the weakest first.
    pub priorities: Vec<&'static Domain>,
}

/// The three highest and the three lowest domains of those with an answer. Of equal scores the one with the lower single
/// indicator counts as the lower, and then the order of the domains decides.
///
/// No domain is both; of fewer than six answered domains half are strengths and half priorities, the one in the middle
/// neither.
pub fn extremes(scores: &[DomainScore]) -> Extremes {
    let answered: Vec<&DomainScore> = scores.iter().filter(|one| one.score.answered > 0).collect();
    let count = SHOWN.min(answered.len() / 2);
    // Sorting is stable, so what is still equal stays in the order of the domains.
    let mut from_top = answered.clone();
    from_top.sort_by(|a, b| b.score.compare(a.score).then(b.lowest.cmp(&a.lowest)));
    let strengths: Vec<_> = from_top.iter().take(count).map(|one| one.domain).collect();
    let mut from_bottom = answered;
    from_bottom.retain(|one| !strengths.contains(&one.domain));
    from_bottom.sort_by(|a, b| a.score.compare(b.score).then(a.lowest.cmp(&b.lowest)));
    let priorities = from_bottom.iter().take(count).map(|one| one.domain);
    Extremes {
        priorities: priorities.collect(),
        strengths,
    }
}

/// How far apart several people's ratings of one indicator lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// The lowest.
    pub low: Rating,
    /// The highest.
    pub high: Rating,
}

impl Spread {
    /// Of those who answered; none where nobody did.
    pub fn of(ratings: impl IntoIterator<Item = Rating>) -> Option<Self> {
        ratings.into_iter().fold(None, |spread, rating| {
            Some(spread.map_or(
                Self {
                    low: rating,
                    high: rating,
                },
                |spread: Self| Self {
                    low: spread.low.min(rating),
                    high: spread.high.max(rating),
                },
            ))
        })
    }

    /// What all of them say, if they say the same.
    pub fn alike(self) -> Option<Rating> {
        (self.low == self.high).then_some(self.low)
    }

    /// Whether they lie two steps apart or more, so that it is worth a talk.
    pub fn is_wide(self) -> bool {
        self.high.number() - self.low.number() >= 2
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tool::indicators;
    use super::*;

    fn rating(number: i64) -> Rating {
        Rating::from_number(number).unwrap()
    }

    fn of_domains(values: &[(&str, [i64; 5])]) -> BTreeMap<String, Rating> {
        let mut ratings = BTreeMap::new();
        for (key, numbers) in values {
            let domain = super::super::tool::domain(key).unwrap();
            for (indicator, number) in domain.indicators.iter().zip(numbers) {
                if *number > 0 {
                    ratings.insert(indicator.key.to_owned(), rating(*number));
                }
            }
        }
        ratings
    }

    fn keys(domains: &[&Domain]) -> Vec<&'static str> {
        domains.iter().map(|domain| domain.key).collect()
    }

    fn answers() -> impl Strategy<Value = BTreeMap<String, Rating>> {
        prop::collection::vec(prop::option::of(1i64..=4), indicators()).prop_map(|numbers| {
            let all = DOMAINS.iter().flat_map(|domain| &domain.indicators);
            all.zip(numbers)
                .filter_map(|(one, number)| Some((one.key.to_owned(), rating(number?))))
                .collect()
        })
    }

    #[test]
    fn an_unanswered_indicator_is_never_a_nought() {
        let ratings = of_domains(&[("send", [4, 0, 0, 2, 0])]);
        let send = scores(&ratings)[3];
        assert_eq!(send.score.mean(), Some(3.0));
        assert_eq!((send.score.answered, send.score.of), (2, 5));
        assert_eq!(scores(&ratings)[0].score.mean(), None);
        assert_eq!(overall(&ratings).mean(), Some(3.0));
        assert_eq!(overall(&BTreeMap::new()).mean(), None);
    }

    #[test]
    fn ties_are_broken_by_the_lowest_single_indicator_and_then_by_the_order() {
        let ratings = of_domains(&[
            ("teaching", [3, 3, 3, 3, 3]),
            ("assessment", [4, 4, 4, 2, 1]),
            ("behaviour", [4, 4, 3, 2, 2]),
            ("send", [2, 2, 2, 2, 2]),
            ("staff", [3, 3, 2, 1, 1]),
            ("curriculum", [4, 4, 4, 4, 4]),
            ("parents", [2, 2, 2, 2, 2]),
            ("premium", [3, 3, 3, 3, 3]),
        ]);
        let found = extremes(&scores(&ratings));
        assert_eq!(
            keys(&found.strengths),
            ["curriculum", "teaching", "premium"]
        );
        assert_eq!(keys(&found.priorities), ["staff", "send", "parents"]);
    }

    #[test]
    fn when_everything_is_alike_no_domain_is_both_a_strength_and_a_priority() {
        let all: Vec<_> = DOMAINS.iter().map(|one| (one.key, [3; 5])).collect();
        let found = extremes(&scores(&of_domains(&all)));
        assert_eq!(
            keys(&found.strengths),
            ["teaching", "assessment", "behaviour"]
        );
        assert_eq!(keys(&found.priorities), ["send", "staff", "curriculum"]);
    }

    #[test]
    fn of_three_answered_domains_the_middle_one_is_neither() {
        let ratings = of_domains(&[
            ("staff", [2; 5]),
            ("parents", [1; 5]),
            ("premium", [4, 0, 0, 0, 0]),
        ]);
        let found = extremes(&scores(&ratings));
        assert_eq!(keys(&found.strengths), ["premium"]);
        assert_eq!(keys(&found.priorities), ["parents"]);
    }

    #[test]
    fn raters_two_steps_apart_are_worth_a_talk() {
        let spread = |numbers: &[i64]| Spread::of(numbers.iter().map(|number| rating(*number)));
        assert_eq!(spread(&[]), None);
        assert_eq!(spread(&[3, 3]).unwrap().alike(), Some(Rating::Developing));
        assert!(!spread(&[3, 4]).unwrap().is_wide());
        assert!(spread(&[4, 3, 2]).unwrap().is_wide());
    }

    proptest! {
        #[test]
        fn a_score_lies_between_its_lowest_answer_and_four(ratings in answers()) {
            for one in scores(&ratings) {
                match (one.score.mean(), one.lowest) {
                    (Some(mean), Some(lowest)) => {
                        prop_assert!(mean >= f64::from(lowest.number()) && mean <= 4.0);
                    }
                    (mean, lowest) => prop_assert!(mean.is_none() && lowest.is_none()),
                }
            }
        }

        #[test]
        fn taking_one_answer_away_moves_no_other_domain(ratings in answers(), place in 0usize..40) {
            let all: Vec<_> = DOMAINS.iter().flat_map(|domain| &domain.indicators).collect();
            let mut fewer = ratings.clone();
            fewer.remove(all[place].key);
            for (at, (before, after)) in scores(&ratings).iter().zip(scores(&fewer)).enumerate() {
                if at != place / 5 {
                    prop_assert_eq!(*before, after);
                }
            }
        }

        #[test]
        fn every_strength_is_at_least_as_high_as_every_priority_and_none_is_both(ratings in answers()) {
            let scores = scores(&ratings);
            let found = extremes(&scores);
            let mean = |domain: &Domain| {
                scores.iter().find(|one| one.domain == domain).unwrap().score.mean().unwrap()
            };
            prop_assert!(found.strengths.len() <= 3 && found.strengths.len() == found.priorities.len());
            for strength in &found.strengths {
                prop_assert!(!found.priorities.contains(strength));
                for priority in &found.priorities {
                    prop_assert!(mean(strength) >= mean(priority));
                }
            }
        }
    }
}
