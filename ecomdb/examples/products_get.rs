//! Duration of `products().get` in nanoseconds, for comparison with the Python package's benchmark.
//!
//! `cargo run --release -p ecomdb --example products_get -- sqlite://shop.db`

use std::hint::black_box;
use std::time::Instant;

use ecomdb::{Database, ProductId, Result};

const ROUNDS: u32 = 5;
const CALLS: u32 = 20_000;

fn main() -> Result<()> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "sqlite://shop.db".to_owned());
    let db = Database::open(&url)?;
    let mut best = u128::MAX;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        for _ in 0..CALLS {
            black_box(db.products().get(black_box(ProductId::new(7)))?);
        }
        best = best.min(started.elapsed().as_nanos() / u128::from(CALLS));
    }
    println!("{best}");
    Ok(())
}
