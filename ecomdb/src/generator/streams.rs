//! Random streams, one per row.
//!
//! A stream is keyed by (seed, entity, index). An additional draw for one row thus changes no other row, and rows can
//! be made in any order. The algorithm is PCG XSL 128/64 MCG, which is portable. Ranges are computed here, by
//! multiplication, so that no library update changes them.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::Rng;

/// Purpose of a stream. The numbers are part of the key: changing one changes its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entity {
    Day = 1,
    Product = 2,
    ProductOrder = 3,
    Model = 4,
    Prices = 5,
    Closing = 6,
    User = 7,
    NameOrder = 8,
    NamePair = 9,
    OrderBlock = 10,
    Order = 11,
    Fate = 12,
    Loyalty = 13,
    Signup = 14,
    Stock = 15,
    Terms = 16,
    UserName = 17,
    ProductName = 18,
    Group = 19,
    Images = 20,
    ExternalId = 21,
    Address = 22,
    Home = 23,
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// SplitMix64's finaliser: a bijection in which each input bit affects the whole word.
pub(crate) const fn mix(value: u64) -> u64 {
    let mut z = value;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A single well-mixed word for (seed, entity, index), cheaper than a stream.
pub(crate) const fn keyed(seed: u64, entity: Entity, index: u64) -> u64 {
    let key = mix(seed ^ (entity as u64).wrapping_mul(GOLDEN));
    mix(key ^ index.wrapping_mul(GOLDEN))
}

/// Random number generator of one row.
#[derive(Debug, Clone)]
pub(crate) struct Stream(Pcg64Mcg);

impl Stream {
    pub(crate) fn new(seed: u64, entity: Entity, index: u64) -> Self {
        let low = keyed(seed, entity, index);
        let high = mix(low.wrapping_add(GOLDEN));
        Self(Pcg64Mcg::new(u128::from(high) << 64 | u128::from(low)))
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// 32 random bits.
    pub(crate) fn word(&mut self) -> u32 {
        (self.bits() >> 32) as u32
    }

    /// Uniform in `0..bound`; 0 when the bound is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// Uniform in `low..high`; `low` when the range is empty.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high.saturating_sub(low).max(0) as u64) as i64
    }

    /// In `low..high`, favouring small values: the minimum of two uniform draws.
    pub(crate) fn early(&mut self, low: i64, high: i64) -> i64 {
        self.between(low, high).min(self.between(low, high))
    }

    /// True with a probability of `percent` %.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A uniformly drawn element; `None` if there is none.
    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len() as u64) as usize)
    }

    /// Uniform in `[0, 1)`, for curves and probabilities; never used for money or stock.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Fisher-Yates shuffle.
    pub(crate) fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            all.swap(last, other);
        }
    }
}

/// Converts a probability to a threshold for [`Stream::word`].
pub(crate) fn threshold(share: f64) -> u64 {
    (share.clamp(0.0, 1.0) * 4_294_967_296.0) as u64
}

/// A keyed bijection on the numbers of `bits` bits.
///
/// It composes odd multiplication, addition and xor-shift, each of which permutes `0..2^bits`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Permutation {
    bits: u32,
    keys: [u64; 3],
}

impl Permutation {
    pub(crate) fn new(seed: u64, entity: Entity, index: u64, bits: u32) -> Self {
        let mut stream = Stream::new(seed, entity, index);
        Self { bits: bits.clamp(1, 63), keys: [stream.bits(), stream.bits(), stream.bits()] }
    }

    /// Image of the low `bits` of `value`.
    pub(crate) fn apply(&self, value: u64) -> u64 {
        let mask = (1u64 << self.bits) - 1;
        let shift = self.bits.div_ceil(2);
        self.keys.iter().fold(value & mask, |x, key| {
            let x = x.wrapping_mul(key | 1).wrapping_add(key >> 32) & mask;
            x ^ (x >> shift)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Entity, Permutation, Stream};

    #[test]
    fn a_permutation_hits_every_value_once() {
        for bits in [1, 2, 5, 12] {
            let permutation = Permutation::new(3, Entity::Model, 0, bits);
            let mut seen = vec![false; 1 << bits];
            for value in 0..1 << bits {
                let image = permutation.apply(value) as usize;
                assert!(!seen[image], "{image} twice with {bits} bits");
                seen[image] = true;
            }
        }
    }

    #[test]
    fn streams_of_neighbouring_rows_are_unlike() {
        let mut ones = 0;
        for index in 0..1000 {
            let mut left = Stream::new(1, Entity::Order, index);
            let mut right = Stream::new(1, Entity::Order, index + 1);
            ones += (left.bits() ^ right.bits()).count_ones();
        }
        assert!((31_000..33_000).contains(&ones), "{ones} of 64000 differ");
    }

    #[test]
    fn draws_stay_in_their_range() {
        let mut stream = Stream::new(1, Entity::Day, 0);
        assert_eq!(stream.below(0), 0);
        assert_eq!(stream.between(7, 7), 7);
        assert!((0..1000).all(|_| (-5..5).contains(&stream.between(-5, 5))));
    }
}
