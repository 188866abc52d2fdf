//! Weighted random choice.

use super::streams::Stream;

/// Weighted choice of an index in constant time (Walker's alias method, set up as by Vose).
#[derive(Debug, Clone)]
pub(crate) struct Weighted {
    /// Threshold (of 2^32) and alias of each column: a draw below the threshold chooses the column itself.
    columns: Vec<(u32, u32)>,
}

impl Weighted {
    pub(crate) fn new(weights: &[f64]) -> Self {
        let count = weights.len();
        let total: f64 = weights.iter().sum();
        let mut scaled: Vec<f64> = weights.iter().map(|w| w / total * count as f64).collect();
        let mut columns: Vec<(u32, u32)> = (0..count as u32).map(|i| (u32::MAX, i)).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..count).partition(|&index| scaled[index] < 1.0);
        while let (Some(&low), Some(&high)) = (small.last(), large.last()) {
            small.pop();
            columns[low] = ((scaled[low] * 4_294_967_296.0) as u32, high as u32);
            scaled[high] -= 1.0 - scaled[low];
            if scaled[high] < 1.0 {
                large.pop();
                small.push(high);
            }
        }
        Self { columns }
    }

    /// Weights `1 / rank^exponent` for the ranks 1 to `count`.
    pub(crate) fn zipf(count: u64, exponent: f64) -> Self {
        Self::new(&zipf_weights(count, exponent))
    }

    /// Draws an index; 0 if there are no weights.
    pub(crate) fn choose(&self, stream: &mut Stream) -> usize {
        let bits = stream.bits();
        let column = ((bits >> 32) * self.columns.len() as u64) >> 32;
        match self.columns.get(column as usize) {
            Some(&(below, alias)) if bits as u32 > below => alias as usize,
            _ => column as usize,
        }
    }
}

pub(crate) fn zipf_weights(count: u64, exponent: f64) -> Vec<f64> {
    (1..=count).map(|rank| (rank as f64).powf(-exponent)).collect()
}

/// Distribution of the number of lines in a basket: geometric, truncated at `most`, with the requested mean if
/// possible.
#[derive(Debug, Clone)]
pub(crate) struct BasketSizes {
    /// Thresholds (of 2^32) of having at most 1, 2, ... lines.
    at_most: Vec<u64>,
    pub(crate) mean: f64,
}

impl BasketSizes {
    pub(crate) fn new(mean: f64, most: usize) -> Self {
        let most = most.max(1);
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if mean_lines(middle, most) < mean {
                low = middle;
            } else {
                high = middle;
            }
        }
        // A mean of 1 must give exactly one line, free of rounding errors.
        let ratio = if mean <= 1.0 { 0.0 } else { high };
        let weights: Vec<f64> = (0..most).map(|lines| ratio.powi(lines as i32)).collect();
        let total: f64 = weights.iter().sum();
        let mut sum = 0.0;
        let at_most = weights
            .iter()
            .map(|weight| {
                sum += weight / total;
                (sum * 4_294_967_296.0) as u64
            })
            .collect();
        Self { at_most, mean: mean_lines(ratio, most) }
    }

    pub(crate) fn choose(&self, stream: &mut Stream) -> usize {
        let word = u64::from(stream.word());
        let lines = 1 + self.at_most.iter().take_while(|&&t| t <= word).count();
        lines.min(self.at_most.len())
    }
}

fn mean_lines(ratio: f64, most: usize) -> f64 {
    let (mut total, mut sum, mut weight) = (0.0, 0.0, 1.0);
    for lines in 1..=most {
        total += weight;
        sum += weight * lines as f64;
        weight *= ratio;
    }
    sum / total
}
