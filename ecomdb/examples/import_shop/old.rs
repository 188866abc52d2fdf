//! The old shop: tables written by hand, with prices as floats and the stock as a column of products.

use rusqlite::{Connection, Row};

/// The old tables, with rows as they accumulate over the years.
pub(crate) const SAMPLE: &str = include_str!("old.sql");

pub(crate) struct OldUser {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) email: String,
}

pub(crate) struct OldProduct {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) price: f64,
    pub(crate) stock: i64,
}

pub(crate) struct OldOrder {
    pub(crate) id: i64,
    pub(crate) user_id: i64,
    pub(crate) product_id: i64,
    pub(crate) quantity: i64,
    /// Price of one unit at the time of the order.
    pub(crate) price: f64,
    pub(crate) ordered_at: String,
    pub(crate) is_paid: bool,
}

/// All rows of the old shop.
pub(crate) struct OldShop {
    pub(crate) users: Vec<OldUser>,
    pub(crate) products: Vec<OldProduct>,
    /// By time.
    pub(crate) orders: Vec<OldOrder>,
}

impl OldShop {
    pub(crate) fn read(conn: &Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            users: rows(conn, "SELECT id, name, email FROM users ORDER BY id", |row| {
                Ok(OldUser { id: row.get(0)?, name: row.get(1)?, email: row.get(2)? })
            })?,
            products: rows(conn, "SELECT id, name, price, stock FROM products ORDER BY id", |row| {
                Ok(OldProduct { id: row.get(0)?, name: row.get(1)?, price: row.get(2)?, stock: row.get(3)? })
            })?,
            orders: rows(
                conn,
                "SELECT id, user_id, product_id, quantity, price, ordered_at, paid FROM orders ORDER BY ordered_at, id",
                |row| {
                    Ok(OldOrder {
                        id: row.get(0)?,
                        user_id: row.get(1)?,
                        product_id: row.get(2)?,
                        quantity: row.get(3)?,
                        price: row.get(4)?,
                        ordered_at: row.get(5)?,
                        is_paid: row.get(6)?,
                    })
                },
            )?,
        })
    }
}

fn rows<T>(
    conn: &Connection,
    query: &str,
    row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    conn.prepare(query)?.query_map([], row)?.collect()
}
