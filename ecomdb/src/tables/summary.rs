//! Row counts and checksums of tables.

use serde::Serialize;

use super::{Checksum, Table};

/// Row count and checksum of each table. Checksums are the same on every engine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The tables with rows; each comes before those that reference it.
    pub tables: Vec<TableSummary>,
}

/// Row count and checksum of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableSummary {
    /// The table.
    pub table: Table,
    /// Number of rows.
    pub rows: u64,
    /// Sum, modulo 2^64, of a hash of each row.
    pub checksum: u64,
}

impl Summary {
    /// Number of rows of the table with this name; `None` if there is no such table.
    #[must_use]
    pub fn rows(&self, table: &str) -> Option<u64> {
        let table: Table = table.parse().ok()?;
        Some(self.tables.iter().find(|summary| summary.table == table).map_or(0, |summary| summary.rows))
    }

    /// Number of rows in all tables.
    #[must_use]
    pub fn all_rows(&self) -> u64 {
        self.tables.iter().map(|summary| summary.rows).sum()
    }

    pub(crate) fn add(&mut self, table: Table, checksum: Checksum) {
        let place = self.tables.partition_point(|summary| summary.table < table);
        if self.tables.get(place).is_none_or(|summary| summary.table != table) {
            self.tables.insert(place, TableSummary { table, rows: 0, checksum: 0 });
        }
        let summary = &mut self.tables[place];
        summary.rows += checksum.rows;
        summary.checksum = summary.checksum.wrapping_add(checksum.sum);
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.tables.iter().try_for_each(|TableSummary { table, rows, checksum }| {
            writeln!(f, "{table:<20} {rows:>12} rows, checksum {checksum:016x}")
        })
    }
}
