//! A set of orders: a bit for each id between the first and the last.

/// A set of orders whose ids lie in a known range.
#[derive(Debug, Clone)]
pub(super) struct OrderSet {
    first: i64,
    words: Vec<u64>,
}

impl OrderSet {
    /// An empty set that can hold the ids from `first` to `last`.
    pub(super) fn new(first: i64, last: i64) -> Self {
        let words = (last - first) as usize / 64 + 1;
        Self { first, words: vec![0; words] }
    }

    /// An empty set for the same ids.
    pub(super) fn empty(&self) -> Self {
        Self { first: self.first, words: vec![0; self.words.len()] }
    }

    /// Ids outside the range are ignored.
    pub(super) fn insert(&mut self, id: i64) {
        let (word, bit) = self.place(id);
        if let Some(word) = self.words.get_mut(word) {
            *word |= bit;
        }
    }

    pub(super) fn remove(&mut self, id: i64) {
        let (word, bit) = self.place(id);
        if let Some(word) = self.words.get_mut(word) {
            *word &= !bit;
        }
    }

    pub(super) fn contains(&self, id: i64) -> bool {
        let (word, bit) = self.place(id);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    pub(super) fn len(&self) -> i64 {
        self.words.iter().map(|word| i64::from(word.count_ones())).sum()
    }

    /// Number of orders in both sets, which must have the same range.
    pub(super) fn in_both(&self, other: &Self) -> i64 {
        self.words.iter().zip(&other.words).map(|(a, b)| i64::from((a & b).count_ones())).sum()
    }

    fn place(&self, id: i64) -> (usize, u64) {
        // An id before the first gets a position far after the last.
        let place = id.wrapping_sub(self.first).cast_unsigned();
        (usize::try_from(place / 64).unwrap_or(usize::MAX), 1 << (place % 64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_the_ids_of_its_range() {
        let mut set = OrderSet::new(100, 230);
        for id in [99, 100, 163, 164, 230, 1_000, -5, i64::MIN] {
            set.insert(id);
        }
        assert_eq!(set.len(), 4);
        assert!([100, 163, 164, 230].into_iter().all(|id| set.contains(id)));
        assert!(![99, 101, 1_000, -5, i64::MIN].into_iter().any(|id| set.contains(id)));
        set.remove(163);
        set.remove(1_000);
        assert_eq!(set.len(), 3);
    }

    #[test]
    fn orders_in_two_sets_are_counted() {
        let mut a = OrderSet::new(1, 200);
        let mut b = a.empty();
        (1..=200).filter(|id| id % 2 == 0).for_each(|id| a.insert(id));
        (1..=200).filter(|id| id % 3 == 0).for_each(|id| b.insert(id));
        assert_eq!(a.in_both(&b), 33);
    }
}
