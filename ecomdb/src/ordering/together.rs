//! Placing a batch of orders in one transaction on a server, with about as many statements as one order needs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::sql_types::BigInt;

use super::columns::{bind_item, bind_order, bind_payment, item_columns, order_columns, payment_columns};
use super::draft::{Draft, Offer};
use super::place::{Request, offers};
use super::sales::{self, Sale};
use super::stock::{self, Demand};
use super::{NewOrder, Order, addressing, adjustment};
use crate::context::{self, Context};
use crate::engine::{Connection, Engine, Later, Sql, sql};
use crate::error::{Error, Result};
use crate::idempotency::{self, Keyed};
use crate::types::time::now;
use crate::types::{OrderId, PaymentId, ProductId, UserId, VoucherId};
use crate::users::{self, ActiveUser};
use crate::vouchers::{self, Terms};

/// Maximum number of lines in a batch, equal to that of one order.
const LINES: usize = NewOrder::MAX_LINES;

/// Places the valid orders of a batch. Returns `None` for orders that are invalid or not permitted, and for trailing
/// orders that exceed the line limit. An error rolls back the batch.
pub(crate) fn place_together(conn: &mut Connection, requests: &[Arc<Request>]) -> Result<Vec<Option<Order>>> {
    let requests = few_enough(requests);
    // All of these queries are sent before the first response is awaited.
    let allowed =
        context::verified(conn, requests.iter().map(|request| (&request.context, request.needed())).collect())?;
    let keys: Vec<Option<Keyed<'_>>> = requests.iter().map(|request| request.keyed()).collect();
    let repeated = repeated(conn, &keys)?;
    let buyers = users::active(conn, &requests.iter().map(|request| request.order.user_id).collect())?;
    let vouchers = vouchers_of(conn, requests)?;
    let mut shelf = shelf(conn, requests)?;
    let mut vouchers = vouchers.get(conn)?;
    let (allowed, repeated, buyers) = (allowed.get(conn)?, repeated.get(conn)?, buyers.get(conn)?);
    let at = now();
    let draft = |((request, repeated), allowed): ((&Arc<Request>, bool), bool)| {
        if repeated || !allowed { None } else { draft(request, &buyers, &mut shelf, &mut vouchers, at) }
    };
    let mut drafts: Vec<Option<Draft>> = requests.iter().zip(repeated).zip(allowed).map(draft).collect();
    let (mut made, keys): (Vec<&mut Draft>, Vec<_>) =
        drafts.iter_mut().zip(&keys).filter_map(|(draft, key)| Some((draft.as_mut()?, key.as_ref()))).unzip();
    write(conn, &mut made, &keys, at)?;
    let shown =
        |(draft, request): (Option<Draft>, &Arc<Request>)| draft.map(|it| Order::from(it).shown(&request.context));
    Ok(drafts.into_iter().zip(requests).map(shown).collect())
}

/// The leading requests that fit the line limit.
fn few_enough(requests: &[Arc<Request>]) -> &[Arc<Request>] {
    let mut lines = 0;
    let fits = |request: &&Arc<Request>| {
        lines += request.order.lines.len();
        lines <= LINES
    };
    &requests[..requests.iter().take_while(fits).count()]
}

/// Whether each request's key was used before, or earlier in the batch.
fn repeated<'a>(conn: &mut Connection, keys: &'a [Option<Keyed<'_>>]) -> Result<Later<'a, Vec<bool>>> {
    let known = idempotency::known(conn, &keys.iter().flatten().collect::<Vec<_>>())?;
    Ok(known.map(|mut known| keys.iter().map(|key| key.as_ref().is_some_and(|key| !known.insert(key.id()))).collect()))
}

/// All ordered products with their stock, locked by ascending id.
fn shelf(conn: &mut Connection, requests: &[Arc<Request>]) -> Result<BTreeMap<ProductId, Offer>> {
    let products: BTreeSet<ProductId> =
        requests.iter().flat_map(|request| request.order.lines.keys().copied()).collect();
    let lock = conn.for_update_of("i");
    Ok(offers(conn, products.iter(), &lock)?.into_iter().map(|offer| (offer.id, offer)).collect())
}

/// The vouchers of all orders, by code.
fn vouchers_of(conn: &mut Connection, requests: &[Arc<Request>]) -> Result<Later<'static, HashMap<String, Terms>>> {
    let codes: BTreeSet<&str> = requests.iter().filter_map(|request| request.order.voucher.as_deref()).collect();
    if codes.is_empty() {
        return Ok(Later::known(HashMap::new()));
    }
    let terms = vouchers::send_terms(conn, codes.into_iter())?;
    Ok(terms.map(|terms| terms.into_iter().map(|terms| (terms.code.clone(), terms)).collect()))
}

/// Validates an order, and reserves its stock in `shelf` and the use of its voucher; `None` if it cannot be placed. An order
/// with a voucher that is limited for each user is placed on its own, which finds out how often the user has used it.
fn draft(
    request: &Request,
    buyers: &HashMap<UserId, ActiveUser>,
    shelf: &mut BTreeMap<ProductId, Offer>,
    vouchers: &mut HashMap<String, Terms>,
    at: DateTime<Utc>,
) -> Option<Draft> {
    let order = &request.order;
    if order.replacing.is_some() {
        // It locks another order first, so it is placed alone.
        return None;
    }
    let voucher = order.voucher.as_ref().and_then(|code| vouchers.get(code)).cloned();
    if voucher.as_ref().is_some_and(Terms::is_limited_per_user) {
        return None;
    }
    let buyer =
        buyers.get(&order.user_id).filter(|buyer| request.context.owner().is_none_or(|owner| owner == buyer.id))?;
    let offers = order.lines.keys().filter_map(|product| shelf.get(product).cloned()).collect();
    let draft = Draft::new(&request.context, order, buyer.clone(), offers, voucher, at).ok()?;
    if let Some(voucher) = order.voucher.as_ref().and_then(|code| vouchers.get_mut(code)) {
        voucher.count();
    }
    for item in &draft.items {
        shelf.get_mut(&item.product_id)?.stock -= item.quantity;
    }
    Some(draft)
}

/// Writes the orders, each with its idempotency key, if any. Once the ids are known, only the end of the transaction
/// waits for a response.
fn write(
    conn: &mut Connection,
    drafts: &mut [&mut Draft],
    keys: &[Option<&Keyed<'_>>],
    at: DateTime<Utc>,
) -> Result<()> {
    if drafts.is_empty() {
        return Ok(());
    }
    let addressed: BTreeSet<UserId> =
        drafts.iter().filter(|it| it.order.country.is_some()).map(|it| it.order.user_id).collect();
    let active = if addressed.is_empty() { None } else { Some(users::lock_active(conn, &addressed)?) };
    insert_orders(conn, drafts, at)?;
    insert_items(conn, drafts)?;
    let demand = demand(drafts);
    let taken = stock::take(conn, &demand, at)?;
    let placed = drafts.iter().map(|draft| (draft.order.id, Sale::placed(&draft.order, draft.payment.as_ref())));
    sales::record_placed(conn, &placed.collect::<Vec<_>>())?;
    let made = keys.iter().zip(&*drafts).filter_map(|(key, draft)| Some(((*key)?, draft.order.id.get())));
    idempotency::note(conn, &made.collect::<Vec<_>>())?;
    insert_payments(conn, drafts)?;
    taken.get(conn)?;
    redeem(conn, drafts)?;
    adjustment::write(conn, drafts.iter().map(|draft| &**draft))?;
    let Some(active) = active else { return Ok(()) };
    // If a user was disabled since it was read, each order is placed on its own.
    if active.get(conn)? != addressed.len() {
        return Err(Error::RolledBack);
    }
    addressing::write(conn, drafts.iter().map(|draft| &**draft))
}

/// Uses the vouchers of the orders, by ascending id. If one does not suffice any more, the batch is rolled back and each
/// order placed on its own.
fn redeem(conn: &mut Connection, drafts: &[&mut Draft]) -> Result<()> {
    let mut uses: BTreeMap<VoucherId, (&Terms, Vec<UserId>)> = BTreeMap::new();
    for draft in drafts {
        if let Some(voucher) = &draft.voucher {
            uses.entry(voucher.id).or_insert_with(|| (voucher, Vec::new())).1.push(draft.order.user_id);
        }
    }
    for (voucher, mut users) in uses.into_values() {
        users.sort_unstable();
        vouchers::redeem(conn, &Context::OPERATOR, voucher, &users)?;
    }
    Ok(())
}

/// Inserts the orders and reads their ids. Ids of one statement ascend in the order of its rows. The inserted rows are
/// compared with the orders; a difference rolls the batch back.
fn insert_orders(conn: &mut Connection, drafts: &mut [&mut Draft], at: DateTime<Utc>) -> Result<()> {
    let values = drafts.iter().fold(sql(""), |values, draft| bind_order(values, draft));
    let insert = conn.insert_rows(concat!("orders (", order_columns!(names), ")"), drafts.len(), values);
    let mut written = written(conn, insert, at)?;
    written.sort_unstable();
    let order = |draft: &&mut Draft| (draft.order.user_id.get(), draft.order.total.minor());
    if !written.iter().map(|(_, user, total)| (*user, *total)).eq(drafts.iter().map(order)) {
        return Err(Error::RolledBack);
    }
    for (draft, (id, ..)) in drafts.iter_mut().zip(written) {
        draft.is_written_as(OrderId::new(id));
    }
    Ok(())
}

/// Id, user and total of the inserted orders. MySQL has no RETURNING, and ids may have gaps, so the rows are found by
/// the time of the batch.
fn written(conn: &mut Connection, insert: Sql, at: DateTime<Utc>) -> Result<Vec<(i64, i64, i64)>> {
    type Columns = (BigInt, BigInt, BigInt);
    if conn.engine() == Engine::Postgres {
        return Ok(insert.and(" RETURNING id, user_id, total").rows::<Columns, _>(conn)?);
    }
    insert.send(conn)?;
    let moment = conn.moment();
    let select =
        sql(format!("SELECT id, user_id, total FROM orders WHERE id >= LAST_INSERT_ID() AND placed_at = {moment}"));
    Ok(select.moment(at).rows::<Columns, _>(conn)?)
}

fn insert_items(conn: &mut Connection, drafts: &[&mut Draft]) -> Result<()> {
    let count = drafts.iter().map(|draft| draft.items.len()).sum();
    let items = drafts.iter().flat_map(|draft| draft.lines().map(|line| (draft.order.id, line)));
    let values = items.fold(sql(""), |values, (order, line)| bind_item(values.int(order), line));
    let into = concat!("order_items (order_id, ", item_columns!(names), ")");
    Ok(conn.insert_rows(into, count, values).send(conn)?)
}

/// An order has at most one payment at this point.
fn insert_payments(conn: &mut Connection, drafts: &mut [&mut Draft]) -> Result<()> {
    let mut paying: BTreeMap<OrderId, _> = drafts
        .iter_mut()
        .filter_map(|draft| draft.payment.as_mut().map(|payment| (payment.order_id, payment)))
        .collect();
    if paying.is_empty() {
        return Ok(());
    }
    let values = paying.values().fold(sql(""), |values, payment| bind_payment(values.int(payment.order_id), payment));
    let into = concat!("payments (order_id, ", payment_columns!(names), ")");
    let insert = conn.insert_rows(into, paying.len(), values);
    let inserted = match conn.engine() {
        Engine::Postgres => insert.and(" RETURNING order_id, id"),
        Engine::Sqlite | Engine::Mysql => {
            insert.send(conn)?;
            let (is_among, orders) = conn.among(&["order_id"], paying.keys().copied().fold(sql(""), Sql::int));
            sql(format!("SELECT order_id, id FROM payments WHERE {is_among}")).all(orders)
        }
    };
    for (order, id) in inserted.rows::<(BigInt, BigInt), (i64, i64)>(conn)? {
        if let Some(payment) = paying.get_mut(&OrderId::new(order)) {
            payment.id = PaymentId::new(id);
        }
    }
    Ok(())
}

/// The units of each product that the orders take.
fn demand(drafts: &[&mut Draft]) -> Vec<Demand> {
    let mut demand: BTreeMap<ProductId, i64> = BTreeMap::new();
    for item in drafts.iter().flat_map(|draft| &draft.items) {
        *demand.entry(item.product_id).or_default() += item.quantity;
    }
    demand.into_iter().collect()
}
