//! The time of a round trip to the server.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Round trips longer than this make up most of an order's duration.
const FAR: Duration = Duration::from_micros(400);
/// Interval between two measurements, once there are [`ENOUGH`].
const INTERVAL: Duration = Duration::from_millis(100);
/// Number of measurements, of which the shortest counts. On a busy machine, single ones take long.
const KEPT: usize = 16;
/// Number of measurements that tell whether the server is far away.
const ENOUGH: usize = KEPT / 2;

/// The latest round trips.
#[derive(Debug, Default)]
pub(super) struct Distance(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    took: Vec<Duration>,
    measured: Option<Instant>,
}

impl Distance {
    /// Whether the server is far away; false until it is measured.
    pub(super) fn is_far(&self) -> bool {
        self.with(|state| state.took.len() >= ENOUGH && state.took.iter().min().is_some_and(|least| *least >= FAR))
    }

    /// Whether the caller should measure again.
    pub(super) fn is_due(&self) -> bool {
        self.with(|state| {
            let is_due = state.took.len() < ENOUGH || state.measured.is_none_or(|last| last.elapsed() >= INTERVAL);
            if is_due {
                state.measured = Some(Instant::now());
            }
            is_due
        })
    }

    pub(super) fn note(&self, took: Duration) {
        self.with(|state| {
            if state.took.len() == KEPT {
                state.took.remove(0);
            }
            state.took.push(took);
        });
    }

    fn with<T>(&self, body: impl FnOnce(&mut State) -> T) -> T {
        body(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_far_away_if_even_the_shortest_round_trips_are_long() {
        let distance = Distance::default();
        for _ in 0..ENOUGH {
            assert!(distance.is_due() && !distance.is_far());
            distance.note(2 * FAR);
        }
        assert!(distance.is_far() && !distance.is_due());
        distance.note(FAR / 4);
        assert!(!distance.is_far());
        for _ in 0..KEPT {
            distance.note(2 * FAR);
        }
        assert!(distance.is_far());
    }
}
