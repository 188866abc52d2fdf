//! A report as a chart in the terminal.
//!
//! `cargo run -p ecomdb --example revenue_chart -- sqlite://shop.db`; without a database it shows a generated shop.

use std::ops::ControlFlow;

use ecomdb::generator::Scenario;
use ecomdb::{Database, Money, Period};

/// Width of the longest bar, in characters.
const WIDTH: i64 = 50;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = match std::env::args().nth(1) {
        Some(url) => Database::builder(url).read_only(true).open()?,
        None => generated_shop()?,
    };
    print!("{}", chart(&revenue_by_month(&db)?));
    Ok(())
}

fn generated_shop() -> Result<Database, Box<dyn std::error::Error>> {
    let db = Database::open("sqlite::memory:")?;
    db.generate(&Scenario::small("2026-01-01T00:00:00Z".parse()?), |_| ControlFlow::Continue(()))?;
    Ok(db)
}

fn revenue_by_month(db: &Database) -> ecomdb::Result<Vec<(String, Money)>> {
    let months = db.analytics().monthly_revenue(&Period::default())?;
    Ok(months.into_iter().map(|row| (row.month, row.net_revenue)).collect())
}

/// One line a row: label, amount, and a bar in proportion to the largest amount.
fn chart(rows: &[(String, Money)]) -> String {
    let largest = rows.iter().map(|(_, amount)| *amount).max().unwrap_or(Money::ZERO);
    let amounts: Vec<String> = rows.iter().map(|(_, amount)| amount.to_string()).collect();
    let width = amounts.iter().map(String::len).max().unwrap_or(0);
    let lines = rows.iter().zip(&amounts).map(|((label, amount), text)| {
        let line = format!("{label}  {text:>width$}  {}", bar(*amount, largest));
        format!("{}\n", line.trim_end())
    });
    lines.collect()
}

/// A bar to an eighth of a character.
fn bar(amount: Money, largest: Money) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if amount <= Money::ZERO {
        return String::new();
    }
    // In 128 bits, where the product cannot overflow.
    let length = i128::from(amount.minor()) * i128::from(WIDTH * 8) / i128::from(largest.minor());
    let length = usize::try_from(length).unwrap_or_default();
    "█".repeat(length / 8) + EIGHTHS[length % 8]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn rows(amounts: &[(&str, &str)]) -> Vec<(String, Money)> {
        amounts.iter().map(|(label, amount)| ((*label).to_owned(), amount.parse().unwrap())).collect()
    }

    #[test]
    fn bars_are_in_proportion_to_the_largest_amount() {
        let shown =
            chart(&rows(&[("2026-01", "100.00"), ("2026-02", "50.00"), ("2026-03", "0.25"), ("2026-04", "0.00")]));
        let expected = format!(
            "2026-01  100.00  {}\n2026-02   50.00  {}\n2026-03    0.25  ▏\n2026-04    0.00\n",
            "█".repeat(50),
            "█".repeat(25)
        );
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_shop_without_sales_has_an_empty_chart() {
        assert_eq!(chart(&revenue_by_month(&Database::open("sqlite::memory:").unwrap()).unwrap()), "");
        assert_eq!(chart(&rows(&[("2026-01", "0.00")])), "2026-01  0.00\n");
    }

    #[test]
    fn the_chart_of_a_generated_shop_has_a_line_for_each_month() {
        let db = generated_shop().unwrap();
        let months = revenue_by_month(&db).unwrap();
        let sum = months.iter().map(|(_, amount)| *amount).sum::<Option<Money>>().unwrap();
        assert_eq!(sum, db.analytics().total_revenue(&Period::default()).unwrap().net_revenue);
        assert_eq!(chart(&months).lines().count(), months.len());
    }
}
