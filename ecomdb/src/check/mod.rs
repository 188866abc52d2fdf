//! Consistency checks of a shop.

mod orders;
mod variants;

use diesel::sql_types::{BigInt, Text};
use serde::Serialize;

use crate::analytics::sales::{self, Comparison};
use crate::engine::{Connection, sql};
use crate::error::Result;
use crate::search::{self, Index};

/// Result of [`Database::check`](crate::Database::check).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct CheckReport {
    /// Result of each rule, in a fixed order.
    pub checks: Vec<CheckResult>,
}

impl CheckReport {
    /// Whether every rule holds.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.checks.iter().all(|check| check.findings.is_empty())
    }
}

/// A rule and the rows that break it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct CheckResult {
    /// Description of the rule.
    pub rule: &'static str,
    /// Number of rows checked.
    pub compared: i64,
    /// The first rows that break the rule; at most ten.
    pub findings: Vec<Finding>,
}

/// A row that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// Kind of row, such as `"order"`.
    pub entity: &'static str,
    /// Id of the row; 0 if the message contains it.
    pub id: i64,
    /// Actual and expected values.
    pub message: String,
}

/// Maximum number of findings of a rule.
const SHOWN: usize = 10;

/// A row that breaks a rule: id, actual value, expected value.
type Broken = (i64, String, String);

/// A rule in SQL: a count of the rows checked, and a query for violations (id, actual value, expected value).
struct Rule {
    rule: &'static str,
    entity: &'static str,
    count: &'static str,
    broken: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        rule: "every product has an inventory",
        entity: "product",
        count: "SELECT COUNT(*) FROM products",
        broken: "SELECT p.id, 'no inventory', 'one' FROM products p LEFT JOIN inventory i ON i.product_id = p.id \
                 WHERE i.product_id IS NULL",
    },
    Rule {
        rule: "the images of a product are as many as it counts, at the positions from 1",
        entity: "product",
        count: "SELECT COUNT(*) FROM product_images",
        broken: "SELECT p.id, CONCAT(COALESCE(i.images, 0), ' images up to position ', COALESCE(i.last, 0)), \
                 CONCAT('', p.image_count) FROM products p \
                 LEFT JOIN (SELECT product_id, COUNT(*) AS images, MAX(position) AS last FROM product_images \
                 GROUP BY product_id) i ON i.product_id = p.id \
                 WHERE p.image_count <> COALESCE(i.images, 0) OR p.image_count <> COALESCE(i.last, 0)",
    },
    Rule {
        rule: "the adjustments of an order add up to what they change of its total",
        entity: "order",
        count: "SELECT COUNT(*) FROM order_adjustments",
        broken: "SELECT o.id, CONCAT('', COALESCE(o.adjustments, 0)), CONCAT('', COALESCE(a.amount, 0)) FROM orders o \
                 LEFT JOIN (SELECT order_id, SUM(CASE WHEN included = 1 THEN 0 ELSE amount END) AS amount \
                 FROM order_adjustments GROUP BY order_id) a ON a.order_id = o.id \
                 WHERE (o.adjustments IS NULL) <> (a.amount IS NULL) OR o.adjustments <> a.amount",
    },
    Rule {
        rule: "the discounts of an order are divided over its items",
        entity: "order",
        count: "SELECT COUNT(*) FROM order_adjustments WHERE kind = 'discount'",
        broken: "SELECT d.order_id, CONCAT('', SUM(d.divided)), CONCAT('', SUM(d.discount)) \
                 FROM (SELECT order_id, discount AS divided, 0 AS discount FROM order_items WHERE discount IS NOT NULL \
                 UNION ALL SELECT order_id, 0, -amount FROM order_adjustments WHERE kind = 'discount') d \
                 GROUP BY d.order_id HAVING SUM(d.divided) <> SUM(d.discount)",
    },
    Rule {
        rule: "the country of an order is that of its shipping address, or without one of its billing address",
        entity: "order",
        count: "SELECT COUNT(*) FROM order_addresses",
        broken: "SELECT c.order_id, CONCAT('country ', MAX(c.marked)), \
                 CONCAT('country ', COALESCE(NULLIF(MAX(c.shipping), ''), MAX(c.billing))) \
                 FROM (SELECT id AS order_id, country AS marked, '' AS shipping, '' AS billing FROM orders \
                 WHERE country IS NOT NULL UNION ALL SELECT order_id, '', \
                 CASE WHEN kind = 'shipping' THEN country ELSE '' END, CASE WHEN kind = 'billing' THEN country ELSE '' END \
                 FROM order_addresses) c GROUP BY c.order_id \
                 HAVING MAX(c.marked) <> COALESCE(NULLIF(MAX(c.shipping), ''), MAX(c.billing))",
    },
    Rule {
        rule: "an order has at most one voucher",
        entity: "order",
        count: "SELECT COUNT(*) FROM order_adjustments WHERE voucher_id IS NOT NULL",
        broken: "SELECT order_id, CONCAT('', COUNT(*)), 'one' FROM order_adjustments WHERE voucher_id IS NOT NULL \
                 GROUP BY order_id HAVING COUNT(*) > 1",
    },
    Rule {
        rule: "the uses of a voucher are its orders that are not cancelled, and at most its limit",
        entity: "voucher",
        count: "SELECT COUNT(*) FROM vouchers",
        broken: "SELECT v.id, CONCAT(v.used, ' uses, limit ', COALESCE(v.usage_limit, 0)), \
                 CONCAT('', COALESCE(o.used, 0)) FROM vouchers v \
                 LEFT JOIN (SELECT a.voucher_id, COUNT(*) AS used FROM order_adjustments a \
                 JOIN orders o ON o.id = a.order_id WHERE a.voucher_id IS NOT NULL AND o.status <> 'cancelled' \
                 GROUP BY a.voucher_id) o ON o.voucher_id = v.id \
                 WHERE v.used <> CASE WHEN v.usage_limit IS NULL THEN 0 ELSE COALESCE(o.used, 0) END \
                 OR v.used > v.usage_limit",
    },
    Rule {
        rule: "the uses of a voucher by a customer are the customer's orders with it that are not cancelled",
        entity: "voucher",
        count: "SELECT COUNT(*) FROM voucher_uses",
        broken: "SELECT u.voucher_id, CONCAT(SUM(u.counted), ' uses by user ', u.user_id), CONCAT('', SUM(u.used)) \
                 FROM (SELECT voucher_id, user_id, used AS counted, 0 AS used FROM voucher_uses \
                 UNION ALL SELECT a.voucher_id, o.user_id, 0, 1 FROM order_adjustments a \
                 JOIN orders o ON o.id = a.order_id WHERE a.voucher_id IS NOT NULL AND o.status <> 'cancelled') u \
                 GROUP BY u.voucher_id, u.user_id HAVING SUM(u.counted) <> SUM(u.used)",
    },
    Rule {
        rule: "the refunds of a payment never exceed it, and are all of it once it is refunded",
        entity: "payment",
        count: "SELECT COUNT(*) FROM payments",
        // Payments are more than 0, so a payment without refunds is right unless it is marked as refunded.
        broken: "SELECT p.id, CONCAT(p.status, ', refunds of ', p.returned), CONCAT('at most ', p.amount) FROM (\
                 SELECT p.id, p.status, p.amount, r.returned FROM (SELECT payment_id, SUM(amount) AS returned \
                 FROM refunds GROUP BY payment_id) r JOIN payments p ON p.id = r.payment_id \
                 UNION ALL SELECT p.id, p.status, p.amount, 0 FROM payments p \
                 WHERE p.status = 'refunded' AND p.status <> 'paid' \
                 AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.payment_id = p.id)) p \
                 WHERE p.returned > p.amount OR (p.status = 'refunded') <> (p.returned = p.amount) \
                 OR (p.status IN ('pending', 'failed') AND p.returned > 0)",
    },
    Rule {
        rule: "the units of an order return to stock at most once: by one refund, or by its cancellation",
        entity: "order",
        count: "SELECT COUNT(*) FROM refunds WHERE restocked = 1",
        broken: "SELECT o.id, CONCAT(o.status, ', ', COUNT(*), ' refunds that restock'), \
                 'at most one, and none when cancelled' FROM refunds r JOIN orders o ON o.id = r.order_id \
                 WHERE r.restocked = 1 GROUP BY o.id, o.status HAVING COUNT(*) > 1 OR o.status = 'cancelled'",
    },
    Rule {
        rule: "the former names of a product are those of all its former revisions",
        entity: "product",
        count: "SELECT COUNT(*) FROM product_revisions",
        broken: "SELECT p.id, CONCAT(COALESCE(r.kept, 0), ' former names, to revision ', COALESCE(r.last, -1)), \
                 CONCAT('all below revision ', p.name_revision) FROM products p \
                 LEFT JOIN (SELECT product_id, COUNT(*) AS kept, MIN(revision) AS first, MAX(revision) AS last \
                 FROM product_revisions GROUP BY product_id) r ON r.product_id = p.id \
                 WHERE p.name_revision <> COALESCE(r.kept, 0) OR r.first <> 0 OR r.last <> p.name_revision - 1",
    },
    Rule {
        rule: "an item of an order has a name that its product has or had",
        entity: "order",
        count: "SELECT COUNT(*) FROM order_items",
        broken: "SELECT i.order_id, CONCAT('revision ', i.product_revision, ' of product ', i.product_id), \
                 CONCAT('at most ', p.name_revision) FROM order_items i JOIN products p ON p.id = i.product_id \
                 WHERE i.product_revision > 0 AND i.product_revision > p.name_revision",
    },
    Rule {
        rule: "the former names of a user are those of all its former revisions",
        entity: "user",
        count: "SELECT COUNT(*) FROM user_revisions",
        broken: "SELECT u.id, CONCAT(COALESCE(r.kept, 0), ' former names, to revision ', COALESCE(r.last, -1)), \
                 CONCAT('all below revision ', u.name_revision) FROM users u \
                 LEFT JOIN (SELECT user_id, COUNT(*) AS kept, MIN(revision) AS first, MAX(revision) AS last \
                 FROM user_revisions GROUP BY user_id) r ON r.user_id = u.id \
                 WHERE u.name_revision <> COALESCE(r.kept, 0) OR r.first <> 0 OR r.last <> u.name_revision - 1",
    },
    Rule {
        rule: "an order has a name that its customer has or had",
        entity: "order",
        count: "SELECT COUNT(*) FROM orders",
        broken: "SELECT o.id, CONCAT('revision ', o.user_revision, ' of user ', o.user_id), \
                 CONCAT('at most ', u.name_revision) FROM orders o JOIN users u ON u.id = o.user_id \
                 WHERE o.user_revision > 0 AND o.user_revision > u.name_revision",
    },
    Rule {
        rule: "the price history of a product leads to its price",
        entity: "product",
        count: "SELECT COUNT(*) FROM products",
        broken: "SELECT p.id, CONCAT('', p.price), CONCAT('', c.new_price) FROM products p \
                 JOIN price_changes c ON c.product_id = p.id \
                 JOIN (SELECT product_id, MAX(id) AS last FROM price_changes GROUP BY product_id) l ON l.last = c.id \
                 WHERE c.new_price <> p.price",
    },
];

/// Checks the rules in sequence and passes each result to `proved`, whose first error ends the check.
pub(crate) fn prove(conn: &mut Connection, mut proved: impl FnMut(CheckResult) -> Result<()>) -> Result<()> {
    for result in orders::check(conn)? {
        proved(result)?;
    }
    for rule in RULES {
        proved(check(conn, rule)?)?;
    }
    proved(variants::check(conn)?)?;
    for (index, rule, entity) in [
        (Index::Users, "the search terms of a user are the words of names and address", "user"),
        (Index::Products, "the search terms of a product are the words of its texts", "product"),
    ] {
        proved(terms(search::compare(conn, index)?, rule, entity))?;
    }
    sales::compare(conn, |comparison| proved(rollup(comparison)))
}

fn terms(comparison: search::Comparison, rule: &'static str, entity: &'static str) -> CheckResult {
    result(rule, entity, comparison.compared, comparison.differences)
}

fn result(rule: &'static str, entity: &'static str, compared: i64, broken: Vec<Broken>) -> CheckResult {
    let finding = |(id, is, should): Broken| Finding {
        entity,
        id,
        message: format!("{entity} {id} has {is}, and should have {should}"),
    };
    CheckResult { rule, compared, findings: broken.into_iter().map(finding).collect() }
}

fn rollup(comparison: Comparison) -> CheckResult {
    let Comparison { rule, table, compared, differences } = comparison;
    let finding = |(keys, is, should)| Finding {
        entity: "rollup",
        id: 0,
        message: format!("{table} for {keys} has {is}, and should have {should}"),
    };
    CheckResult { rule, compared, findings: differences.into_iter().map(finding).collect() }
}

fn check(conn: &mut Connection, rule: &Rule) -> Result<CheckResult> {
    let compared = sql(rule.count).one::<BigInt, i64>(conn)?;
    let broken = sql(format!("{} ORDER BY 1 LIMIT {SHOWN}", rule.broken));
    let broken: Vec<Broken> = broken.rows::<(BigInt, Text, Text), _>(conn)?;
    Ok(result(rule.rule, rule.entity, compared, broken))
}
