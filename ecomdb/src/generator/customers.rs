//! Assignment of orders to customers.
//!
//! Orders are divided into blocks of 64. A closed formula gives the number of customers won before each block, and thus
//! the number of first orders in it. The block's own random stream selects which of its orders those are, and when each
//! order of the block is placed. Customers are numbered by their first order. Any customer numbered before an order can
//! place it again, and any order can be computed independently of the others.

use super::calendar::{Calendar, DAY};
use super::scenario::Scenario;
use super::streams::{Entity, Permutation, Stream, keyed};

/// Orders in a block.
pub(crate) const BLOCK: u64 = 64;

/// Length of the table of [`Customers::tiers`].
const TIERS: usize = 1024;

/// Time before trading in which the first accounts are opened.
const EARLY_SIGNUPS: i64 = 14 * DAY;

/// Customers in the order of their first orders, and their mapping to users.
#[derive(Debug)]
pub(crate) struct Customers {
    seed: u64,
    users: u64,
    orders: u64,
    /// Users who order at least once.
    pub(crate) buyers: u64,
    /// Excess of the initial rate of new customers over the average rate, in 1/1024.
    haste: u64,
    /// Entry i is the customer, out of a group of 64, for 1 of 1024 equally likely repeat orders.
    tiers: Vec<u8>,
    recent: u64,
    /// Customers within a window of this size (a power of two) make their first orders in another order than they sign
    /// up.
    window: u64,
    shuffle: Permutation,
}

/// Times and first-order flags of 64 consecutive orders.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) index: u64,
    pub(crate) placed_at: [i64; BLOCK as usize],
    /// Bit i is set if order i is its customer's first.
    firsts: u64,
    /// Number of customers known before the block.
    known: u64,
}

impl Block {
    /// Number of customers known before the order at `offset`, and whether that order is a new customer's first.
    pub(crate) fn known_before(&self, offset: u32) -> (u64, bool) {
        let earlier = self.firsts & ((1u64 << offset) - 1);
        let known = self.known + u64::from(earlier.count_ones());
        (known, self.firsts >> offset & 1 == 1)
    }

    /// Position in the block of the `nth` first order.
    fn nth_first(&self, nth: u64) -> usize {
        let mut firsts = self.firsts;
        for _ in 0..nth {
            firsts &= firsts.wrapping_sub(1);
        }
        (firsts.trailing_zeros() as usize).min(BLOCK as usize - 1)
    }
}

impl Customers {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let (users, orders) = (scenario.users, scenario.orders);
        let most_by_users = (users as f64 * scenario.buyer_share).round() as u64;
        let most_by_repeats = (orders as f64 * (1.0 - scenario.repeat_share)).round() as u64;
        let buyers = if orders == 0 { 0 } else { most_by_users.min(most_by_repeats).clamp(1, users.min(orders)) };
        let spare = (orders - buyers).saturating_mul(1024).checked_div(buyers);
        let window_bits = (buyers / 128).max(1).ilog2();
        Self {
            seed: scenario.seed,
            users,
            orders,
            buyers,
            haste: spare.unwrap_or(0).min(512),
            tiers: tiers(scenario.loyalty),
            recent: super::streams::threshold(scenario.recency),
            window: 1 << window_bits,
            shuffle: Permutation::new(scenario.seed, Entity::Signup, 0, window_bits.max(1)),
        }
    }

    /// Number of blocks of orders.
    fn blocks(&self) -> u64 {
        self.orders.div_ceil(BLOCK)
    }

    /// Number of customers known before a block.
    ///
    /// With x the share of orders placed and h the haste, the share of customers won is x (1 + h (1 - x)). This is
    /// concave and grows by at most one customer per order. Computed in integers, so that it is exact.
    fn known_before_block(&self, block: u64) -> u64 {
        if block == 0 {
            return 0;
        }
        let orders = u128::from(self.orders);
        let placed = u128::from(block * BLOCK).min(orders);
        let haste = u128::from(self.haste);
        let won =
            u128::from(self.buyers) * placed * (orders * (1024 + haste) - haste * placed) / (1024 * orders * orders);
        // The first order of the shop always comes from a new customer.
        (won as u64).max(1)
    }

    /// Draws the block at `index` from its stream.
    pub(crate) fn block(&self, index: u64, calendar: &Calendar) -> Block {
        let start = index * BLOCK;
        let length = BLOCK.min(self.orders.saturating_sub(start)).max(1);
        let known = self.known_before_block(index);
        let won = self.known_before_block(index + 1) - known;
        let mut stream = Stream::new(self.seed, Entity::OrderBlock, index);

        let mut firsts = random_bits(&mut stream, won.min(length), length);
        if index == 0 && firsts & 1 == 0 {
            firsts = firsts & firsts.wrapping_sub(1) | 1;
        }

        // Sorted uniform points have the gaps of a Poisson process; even steps would not.
        let mut points = [u32::MAX; BLOCK as usize];
        let used = &mut points[..length as usize];
        used.fill_with(|| stream.word());
        used.sort_unstable();
        let mut placed_at = [0; BLOCK as usize];
        let mut day = 0;
        for (time, point) in placed_at.iter_mut().zip(&*used) {
            let within = f64::from(*point) / 4_294_967_296.0 * length as f64;
            let position = (start as f64 + within) / self.orders as f64;
            (*time, day) = calendar.time_at(position, day);
        }
        Block { index, placed_at, firsts, known }
    }

    /// Draws the customer, by rank of first order, for a repeat order while `known` (at least 1) customers exist.
    pub(crate) fn returning(&self, known: u64, stream: &mut Stream) -> u64 {
        let groups = known.div_ceil(BLOCK);
        for _ in 0..8 {
            let bits = stream.bits();
            let uniform = bits >> 32;
            let group = if stream.word() as u64 >= self.recent {
                (uniform * groups) >> 32
            } else {
                // Squaring makes recent groups likelier.
                groups - 1 - ((((uniform * uniform) >> 32) * groups) >> 32)
            };
            let tier = u64::from(self.tiers[bits as usize % TIERS]);
            // Rotates the weights, so that the busiest position differs between groups.
            let turn = keyed(self.seed, Entity::Loyalty, group) % BLOCK;
            let rank = group * BLOCK + (tier ^ turn);
            if rank < known {
                return rank;
            }
        }
        stream.below(known)
    }

    /// User id of the customer with this rank of first order.
    pub(crate) fn user_id(&self, rank: u64) -> i64 {
        let start = rank & !(self.window - 1);
        let signup = if start + self.window <= self.buyers && self.window > 1 {
            start + self.shuffle.apply(rank - start)
        } else {
            rank
        };
        self.index_of_signup(signup) as i64 + 1
    }

    /// User index of the buyer with this rank of sign-up. Buyers are spread evenly over the users.
    fn index_of_signup(&self, signup: u64) -> u64 {
        (u128::from(signup) * u128::from(self.users) / u128::from(self.buyers.max(1))) as u64
    }

    /// Number of buyers with a smaller index than this user, and whether the user is a buyer.
    pub(crate) fn signups_before(&self, user: u64) -> (u64, bool) {
        if self.buyers == 0 {
            return (0, false);
        }
        let earlier = (u128::from(user) * u128::from(self.buyers)).div_ceil(u128::from(self.users));
        let signup = earlier as u64;
        let buys = signup < self.buyers && self.index_of_signup(signup) == user;
        (signup, buys)
    }

    /// Index of the user who is the buyer `signup`; the number of users if there are fewer buyers.
    pub(crate) fn user_of_signup(&self, signup: u64) -> u64 {
        if signup < self.buyers { self.index_of_signup(signup) } else { self.users }
    }

    /// When the buyer with this rank of sign-up opens the account.
    ///
    /// A window of buyers signs up while the previous window places its first orders, so every account exists before
    /// its first order. The first window signs up before trading begins.
    pub(crate) fn signup_time(&self, signup: u64, calendar: &Calendar, cache: &mut Option<Block>) -> i64 {
        if signup < self.window {
            let part = EARLY_SIGNUPS / self.window as i64;
            let jitter = keyed(self.seed, Entity::Signup, signup) % part.max(1) as u64;
            return calendar.from - EARLY_SIGNUPS + part * signup as i64 + jitter as i64;
        }
        self.first_order_time(signup - self.window, calendar, cache)
    }

    /// A time after the first order of this rank, and before the next order.
    fn first_order_time(&self, rank: u64, calendar: &Calendar, cache: &mut Option<Block>) -> i64 {
        let index = self.block_of_first(rank, cache.as_ref().map(|block| block.index));
        let block = match cache.take() {
            Some(block) if block.index == index => block,
            _ => self.block(index, calendar),
        };
        let offset = block.nth_first(rank - block.known);
        let time = block.placed_at[offset];
        // Half-way to the next order, so that no account is opened in the same microsecond as an order.
        let next = block.placed_at.get(offset + 1).copied().unwrap_or(time);
        *cache = Some(block);
        time + (next - time).max(0) / 2
    }

    /// Index of the block that contains the first order of this rank.
    fn block_of_first(&self, rank: u64, hint: Option<u64>) -> u64 {
        let holds = |block| self.known_before_block(block) <= rank && rank < self.known_before_block(block + 1);
        if let Some(hint) = hint
            && let Some(block) = (hint..hint + 2).find(|&block| holds(block))
        {
            return block;
        }
        let (mut low, mut high) = (0, self.blocks());
        while low + 1 < high {
            let middle = low + (high - low) / 2;
            if self.known_before_block(middle) <= rank {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// A word with `count` random bits set among the lowest `length`.
fn random_bits(stream: &mut Stream, count: u64, length: u64) -> u64 {
    let all = u64::MAX >> (64 - length.clamp(1, 64));
    let drawn = count.min(length - count);
    let mut bits = 0u64;
    while u64::from(bits.count_ones()) < drawn {
        bits |= 1 << stream.below(length);
    }
    if drawn == count { bits } else { all & !bits }
}

/// Table for drawing one of 64 customers, where the i-th busiest has weight `1 / i^loyalty`.
fn tiers(loyalty: f64) -> Vec<u8> {
    let weights = super::popularity::zipf_weights(BLOCK, loyalty);
    let total: f64 = weights.iter().sum();
    let mut table = Vec::with_capacity(TIERS);
    let mut sum = 0.0;
    for (tier, weight) in weights.iter().enumerate() {
        sum += weight / total;
        let end = ((sum * TIERS as f64).round() as usize).min(TIERS);
        table.resize(end.max(table.len()), tier as u8);
    }
    table.resize(TIERS, 0);
    table
}
