//! From values to heights.

use super::number::Unit;

/// The vertical range of a chart: from one round number to another, with at most five gridlines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    low: i128,
    high: i128,
    step: i128,
}

impl Scale {
    /// Maximum number of gridlines.
    const LINES: i128 = 5;

    /// A range that contains all values and zero.
    pub(super) fn from_zero(values: impl IntoIterator<Item = i64>, unit: Unit) -> Self {
        let (low, high) = ends(values.into_iter().chain([0])).unwrap_or_default();
        if low == high { Self::around(0, unit.whole()) } else { Self::around(low, high) }
    }

    /// A range that contains all values, and not always zero.
    pub(super) fn fitted(values: impl IntoIterator<Item = i64>, unit: Unit) -> Self {
        let Some((low, high)) = ends(values) else { return Self::around(0, unit.whole()) };
        if low < high {
            return Self::around(low, high);
        }
        // If all values are equal, the line is in the middle. There are no negative numbers unless a value is negative.
        let margin = (low.abs() / 10).max(1);
        Self::around(if low >= 0 { (low - margin).max(0) } else { low - margin }, high + margin)
    }

    /// The range with the smallest step (1, 2 or 5 times a power of ten) that needs few enough lines.
    fn around(low: i128, high: i128) -> Self {
        let mut power = 1;
        loop {
            for digit in [1, 2, 5] {
                let step = digit * power;
                let (below, above) = (low.div_euclid(step) * step, -(-high).div_euclid(step) * step);
                if (above - below) / step < Self::LINES {
                    return Self { low: below, high: above, step };
                }
            }
            power *= 10;
        }
    }

    /// Difference between neighbouring gridlines.
    pub(super) const fn step(&self) -> i128 {
        self.step
    }

    /// The absolute value of the end that is further from zero.
    pub(super) fn magnitude(&self) -> i128 {
        self.low.abs().max(self.high.abs())
    }

    /// Values of the gridlines, ascending.
    pub(super) fn lines(&self) -> impl Iterator<Item = i128> + use<> {
        let Self { low, high, step } = *self;
        (0..=(high - low) / step).map(move |line| low + line * step)
    }

    /// The position of a value: 0.0 at the lower end, 1.0 at the upper one.
    pub(super) fn share(&self, value: impl Into<i128>) -> f64 {
        (value.into() - self.low) as f64 / (self.high - self.low) as f64
    }
}

/// The smallest and the largest value.
fn ends(values: impl IntoIterator<Item = i64>) -> Option<(i128, i128)> {
    values.into_iter().map(i128::from).fold(None, |ends, value| match ends {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(scale: Scale) -> Vec<i128> {
        scale.lines().collect()
    }

    #[test]
    fn gridlines_are_round_numbers_and_at_most_five() {
        assert_eq!(lines(Scale::from_zero([5_703_378], Unit::money(2))), [0, 2_000_000, 4_000_000, 6_000_000]);
        assert_eq!(lines(Scale::from_zero([7], Unit::COUNT)), [0, 2, 4, 6, 8]);
        assert_eq!(lines(Scale::from_zero([-3, 4], Unit::COUNT)), [-4, -2, 0, 2, 4]);
        for most in 1..5_000 {
            let lines = lines(Scale::from_zero([most], Unit::COUNT));
            assert!((2..=5).contains(&lines.len()) && lines[lines.len() - 1] >= i128::from(most), "{most}: {lines:?}");
        }
    }

    #[test]
    fn counts_have_no_gridlines_between_integers() {
        assert_eq!(lines(Scale::from_zero([1], Unit::COUNT)), [0, 1]);
    }

    #[test]
    fn nothing_but_zeros_has_a_range_all_the_same() {
        assert_eq!(lines(Scale::from_zero([0, 0], Unit::money(2))), [0, 50, 100]);
        assert_eq!(lines(Scale::from_zero([], Unit::COUNT)), [0, 1]);
        assert_eq!(lines(Scale::fitted([], Unit::COUNT)), [0, 1]);
    }

    #[test]
    fn a_fitted_range_need_not_include_zero() {
        assert_eq!(lines(Scale::fitted([1_999, 2_499], Unit::money(2))), [1_800, 2_000, 2_200, 2_400, 2_600]);
        assert_eq!(lines(Scale::fitted([5], Unit::COUNT)), [4, 5, 6]);
        assert_eq!(Scale::fitted([5], Unit::COUNT).share(5), 0.5);
    }

    #[test]
    fn the_largest_integers_do_not_overflow() {
        for scale in [
            Scale::from_zero([i64::MAX], Unit::COUNT),
            Scale::from_zero([i64::MIN, i64::MAX], Unit::money(2)),
            Scale::fitted([i64::MAX], Unit::COUNT),
            Scale::fitted([i64::MIN], Unit::COUNT),
        ] {
            assert!(lines(scale).len() <= 5);
            assert!((0.0..=1.0).contains(&scale.share(i64::MAX)) || scale.share(i64::MIN) >= 0.0);
        }
    }
}
