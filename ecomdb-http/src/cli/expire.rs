//! `ecomdb expire`, and the sweep of `ecomdb serve`.

use std::time::Duration;

use ecomdb::{Database, Error, Limit};
use tokio::time::{MissedTickBehavior, interval};

use super::terminal::say;
use super::{Outcome, open_existing};

/// Maximum number of orders in one transaction.
const AT_ONCE: i64 = 100;

/// Interval of the sweeps. An expired order cannot be paid in any case; until the sweep it only holds its units, and an
/// order that needs them frees them.
const EVERY: Duration = Duration::from_secs(30);

pub(super) fn run(url: &str) -> Outcome {
    let database = open_existing(url)?;
    let limit = Limit::new(AT_ONCE).map_err(Error::from)?;
    let mut expired = 0;
    loop {
        let some = database.orders().expire(limit)?;
        expired += some;
        if some < limit.get() as usize {
            break;
        }
    }
    let orders = if expired == 1 { "order" } else { "orders" };
    say(format_args!("{expired} {orders} expired"))
}

/// Expires orders while the server runs.
pub(super) async fn sweep(database: Database) {
    let Ok(limit) = Limit::new(AT_ONCE) else { return };
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        loop {
            match database.asynchronous().orders().expire(limit).await {
                Ok(0) => break,
                Ok(orders) => tracing::info!(orders, "orders expired"),
                // The library logs the beginning and the end of an outage.
                Err(Error::Unavailable(_)) => break,
                Err(error) => {
                    tracing::warn!(%error, "expiring orders failed");
                    break;
                }
            }
        }
    }
}
