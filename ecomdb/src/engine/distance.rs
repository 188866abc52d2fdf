//! The time of a round trip to the server.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// From this time on, most of an order's time is round trips.
const FAR: Duration = Duration::from_micros(400);
/// Interval between two measurements.
const INTERVAL: Duration = Duration::from_millis(100);
/// Number of measurements of which the shortest counts. On a busy machine, single ones take long.
const KEPT: usize = 16;

/// The latest round trips.
#[derive(Debug, Default)]
pub(super) struct Distance(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    took: Vec<Duration>,
    measured: Option<Instant>,
}

impl Distance {
    /// Whether the server is far away; false until that is known.
    pub(super) fn is_far(&self) -> bool {
        self.with(|state| state.took.len() >= KEPT / 2 && state.took.iter().min().is_some_and(|least| *least >= FAR))
    }

    /// Whether it is time to measure again. The caller is to do so.
    pub(super) fn is_due(&self) -> bool {
        self.with(|state| {
            let is_due = state.measured.is_none_or(|last| last.elapsed() >= INTERVAL);
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
        assert!(distance.is_due() && !distance.is_due());
        for _ in 0..KEPT {
            distance.note(2 * FAR);
        }
        assert!(distance.is_far());
        distance.note(FAR / 4);
        assert!(!distance.is_far());
        for _ in 0..KEPT {
            distance.note(2 * FAR);
        }
        assert!(distance.is_far());
    }
}
