//! Sets of small numbers: the visits of a walk, by their place in a list.

/// A set of places.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Set(Vec<u64>);

impl Set {
    pub(super) fn has(&self, place: usize) -> bool {
        self.0
            .get(place / 64)
            .is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    /// Puts a place in, or takes it out when it is in.
    pub(super) fn flip(&mut self, place: usize) {
        if self.0.len() <= place / 64 {
            self.0.resize(place / 64 + 1, 0);
        }
        if let Some(word) = self.0.get_mut(place / 64) {
            *word ^= 1 << (place % 64);
        }
        // Equal sets are equal lists.
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    pub(super) fn add(&mut self, place: usize) {
        if !self.has(place) {
            self.flip(place);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many are in both.
    pub(super) fn common(&self, other: &Self) -> usize {
        let both = self.0.iter().zip(&other.0);
        both.map(|(a, b)| (a & b).count_ones() as usize).sum()
    }

    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.common(other) == self.len()
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        Self::trimmed(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }

    pub(super) fn or(&self, other: &Self) -> Self {
        let (long, short) = if self.0.len() >= other.0.len() {
            (self, other)
        } else {
            (other, self)
        };
        let more = short.0.iter().copied().chain(std::iter::repeat(0));
        Self::trimmed(long.0.iter().zip(more).map(|(a, b)| a | b).collect())
    }

    pub(super) fn without(&self, other: &Self) -> Self {
        let more = other.0.iter().copied().chain(std::iter::repeat(0));
        Self::trimmed(self.0.iter().zip(more).map(|(a, b)| a & !b).collect())
    }

    pub(super) fn places(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(word, bits)| {
            (0..64)
                .filter(move |bit| bits >> bit & 1 == 1)
                .map(move |bit| word * 64 + bit)
        })
    }

    fn trimmed(mut words: Vec<u64>) -> Self {
        while words.last() == Some(&0) {
            words.pop();
        }
        Self(words)
    }
}

impl FromIterator<usize> for Set {
    fn from_iter<I: IntoIterator<Item = usize>>(places: I) -> Self {
        let mut set = Self::default();
        for place in places {
            set.add(place);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_do_what_sets_do_past_the_edge_of_a_word() {
        let a: Set = [1, 63, 64, 130].into_iter().collect();
        let b: Set = [1, 64].into_iter().collect();
        assert!(b.is_within(&a) && !a.is_within(&b));
        assert_eq!(a.without(&b).places().collect::<Vec<_>>(), [63, 130]);
        assert_eq!(a.and(&b), b);
        assert_eq!(b.or(&a), a);
        assert_eq!((a.len(), a.common(&b)), (4, 2));
        let mut c = b.clone();
        c.flip(64);
        assert_eq!(c, [1].into_iter().collect());
        assert!(b.without(&a).is_empty());
    }
}
