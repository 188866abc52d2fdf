//! Random histories of orders against a model in memory: placing, paying, settling, capturing, cancelling, extending,
//! replacing and expiring, with vouchers of few uses whose limits change, one after another and at the same time.
//!
//! Of operations at the same time, the answers and what they leave behind must be those of some order of them.
//! `ECOMDB_TEST_HISTORIES` is the number of histories on SQLite, a tenth of it on a server; `ECOMDB_TEST_SEED` the first
//! seed.

mod model;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use ecomdb::{
    Conflict, Database, Engine, Error, Limit, NewOrder, NewPayment, NewVoucher, Order, OrderId, PaymentId,
    PaymentMethod, PaymentOutcome, Product, UserId, Voucher, VoucherPatch,
};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};

use self::model::{Answer, DISCOUNTS, Limits, Model, Operation, OrderState, Place, Placing, Slot};
use crate::shop::{Shop, TestClock, card, card_of, money};

behaviours! {
    whatever_happens_to_orders_the_model_explains_it
}

const STOCK: i64 = 5;
const STEPS: usize = 12;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn whatever_happens_to_orders_the_model_explains_it(shop: &Shop) {
    let share = if shop.engine() == Engine::Sqlite { 1 } else { 10 };
    let histories = number("ECOMDB_TEST_HISTORIES").unwrap_or(60) / share;
    let first = number("ECOMDB_TEST_SEED").unwrap_or(1);
    let clock = TestClock::at("2026-03-02T12:00:00Z");
    let db = shop.open_with(&clock);
    println!("seeds {first} to {}", first + histories - 1);
    for seed in first..first + histories {
        History::new(shop, &db, &clock, seed).run();
    }
    shop.expect_clean();
}

/// A history with users, products and vouchers of its own.
struct History<'a> {
    db: &'a Database,
    clock: &'a TestClock,
    seed: u64,
    random: StdRng,
    began: DateTime<Utc>,
    users: [UserId; 2],
    products: [Product; 2],
    vouchers: [Voucher; 2],
    /// Ids of the orders that were placed.
    orders: BTreeMap<Slot, OrderId>,
    /// The number of the next order or payment.
    next: Slot,
    model: Model,
    /// What was done, for the message of a failure.
    log: Vec<String>,
}

impl<'a> History<'a> {
    fn new(shop: &Shop, db: &'a Database, clock: &'a TestClock, seed: u64) -> Self {
        let (mut random, users) = (StdRng::seed_from_u64(seed), [shop.user().id, shop.user().id]);
        let limits = [(); 2].map(|()| limits(&mut random));
        let voucher = |place: Place| {
            let worth = ecomdb::Money::from_minor(DISCOUNTS[place] * 500);
            let voucher = NewVoucher::amount(format!("V{place}-{}", users[0]), worth).build().unwrap();
            let voucher = db.vouchers().create(voucher).unwrap();
            db.vouchers().update(voucher.id, patch(limits[place])).unwrap()
        };
        let vouchers = [voucher(0), voucher(1)];
        Self {
            db,
            clock,
            seed,
            random,
            began: clock.now(),
            users,
            products: [(); 2].map(|()| shop.product("10.00", STOCK)),
            vouchers,
            orders: BTreeMap::new(),
            next: 0,
            model: Model::new([STOCK; 2], limits),
            log: Vec::new(),
        }
    }

    fn run(mut self) {
        for _ in 0..STEPS {
            let operations: Vec<Operation> = match self.random.random_range(0..5) {
                0 => {
                    let minutes = self.random.random_range(1..=10);
                    self.clock.advance(TimeDelta::minutes(minutes));
                    self.model.now += minutes;
                    self.log.push(format!("{minutes} minutes pass"));
                    continue;
                }
                1 | 2 => vec![self.operation()],
                _ => (0..self.random.random_range(2..=3)).map(|_| self.operation()).collect(),
            };
            self.step(&operations);
        }
        // So that nothing of this history is due in the next one.
        self.clock.advance(TimeDelta::days(1));
        while self.db.orders().expire(Limit::new(100).unwrap()).unwrap() > 0 {}
    }

    fn operation(&mut self) -> Operation {
        let orders: Vec<Slot> = self.orders.keys().copied().collect();
        let payments: Vec<Slot> = self.model.orders.values().flat_map(|order| order.payments.keys().copied()).collect();
        let kind = if payments.is_empty() { 0 } else { self.random.random_range(0..19) };
        let order = |random: &mut StdRng| orders[random.random_range(0..orders.len())];
        let payment = |random: &mut StdRng| payments[random.random_range(0..payments.len())];
        let random = &mut self.random;
        match kind {
            0..7 => {
                let replacing = (kind > 3).then(|| order(random));
                // The order of another user cannot be replaced.
                let user = match replacing.filter(|_| random.random_bool(0.9)) {
                    Some(old) => self.model.orders[&old].user,
                    None => random.random_range(0..2),
                };
                let units = [random.random_range(0..=2), random.random_range(1..=3)];
                let hold = random.random_bool(0.8).then(|| random.random_range(1..=12));
                let voucher = random.random_bool(0.6).then(|| random.random_range(0..2));
                Operation::Place(Placing { order: self.number(), user, units, hold, voucher, replacing })
            }
            7..9 => Operation::Pay { order: order(random), in_part: random.random_bool(0.5), payment: self.number() },
            9..11 => Operation::Capture { payment: payment(random) },
            11..13 => Operation::Settle { payment: payment(random), outcome: PaymentOutcome::Paid },
            13 => Operation::Settle { payment: payment(random), outcome: PaymentOutcome::Failed },
            14 => Operation::Cancel { order: order(random) },
            15 => Operation::Extend { order: order(random), minutes: random.random_range(1..=12) },
            16 => Operation::Limit { voucher: random.random_range(0..2), limits: limits(random) },
            _ => Operation::Sweep,
        }
    }

    fn number(&mut self) -> Slot {
        self.next += 1;
        self.next
    }

    fn reference(&self, payment: Slot) -> String {
        format!("{}-{payment}", self.users[0])
    }

    /// Runs operations at the same time, and finds an order of them that explains what they did.
    fn step(&mut self, operations: &[Operation]) {
        let amounts: BTreeMap<Slot, i64> = self
            .model
            .orders
            .values()
            .flat_map(|order| &order.payments)
            .map(|(slot, (_, amount))| (*slot, *amount))
            .collect();
        let perform = |operation: &Operation| self.perform(*operation, &amounts);
        let done: Vec<Result<Option<(Slot, OrderId)>, &'static str>> = match operations {
            [one] => vec![perform(one)],
            several => std::thread::scope(|scope| {
                let threads: Vec<_> = several.iter().map(|operation| scope.spawn(move || perform(operation))).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            }),
        };
        let answers: Vec<Answer> = done.iter().map(|outcome| outcome.map(drop)).collect();
        self.orders.extend(done.into_iter().filter_map(|outcome| outcome.ok().flatten()));
        self.log.push(format!("{operations:?} -> {answers:?}"));
        let found = self.found();
        self.model = match operations {
            [one] => {
                let mut model = self.model.clone();
                let answer = model.apply_alone(*one);
                (answer == answers[0] && model == found).then_some(model)
            }
            several => {
                let expired = self.model.due().into_iter().filter(|slot| found.orders[slot].reason.is_some());
                let expired = expired.filter(|slot| found.orders[slot].reason == Some(ecomdb::CancelReason::Expired));
                let mut left: Vec<Event> = several.iter().copied().zip(answers).map(Event::Operation).collect();
                left.extend(expired.map(Event::Expiry));
                explain(&self.model, &left, &found)
            }
        }
        .unwrap_or_else(|| {
            let (seed, log) = (self.seed, self.log.join("\n"));
            panic!(
                "seed {seed}: nothing explains\n{log}\nwhich began with\n{:#?}\nand ended with\n{found:#?}",
                self.model
            )
        });
    }

    fn perform(
        &self,
        operation: Operation,
        amounts: &BTreeMap<Slot, i64>,
    ) -> Result<Option<(Slot, OrderId)>, &'static str> {
        let db = self.db;
        let outcome = match operation {
            Operation::Place(Placing { order, user, units, hold, voucher, replacing }) => {
                let items = self.products.iter().zip(units).filter(|(_, units)| *units > 0);
                let payment = NewPayment::builder(PaymentMethod::Card).reference(self.reference(order));
                let new = NewOrder::builder(self.users[user]).items(items.map(|(product, units)| (product.id, units)));
                let code = voucher.map(|voucher| self.vouchers[voucher].code.as_str());
                let new = code.into_iter().fold(new, ecomdb::OrderBuilder::voucher);
                let new = hold.into_iter().fold(new.payment(payment), ecomdb::OrderBuilder::hold);
                let new =
                    replacing.map(|slot| self.orders[&slot]).into_iter().fold(new, ecomdb::OrderBuilder::replacing);
                db.orders().place(new.build().unwrap()).map(|placed| Some((order, placed.id)))
            }
            Operation::Pay { order, payment, in_part } => {
                let new = if in_part { card_of("5.00") } else { card() };
                let new = ecomdb::PaymentBuilder::from(new).reference(self.reference(payment)).build().unwrap();
                db.payments().create(self.orders[&order], new).map(|_| None)
            }
            Operation::Capture { payment } => db.payments().capture(self.id_of(payment)).map(|_| None),
            Operation::Settle { payment, outcome } => {
                let amount = ecomdb::Money::from_minor(amounts[&payment] * 500);
                let settled = db.payments().settle(PaymentMethod::Card, &self.reference(payment), outcome, amount);
                settled.and_then(ecomdb::Settlement::on_time).map(|_| None)
            }
            Operation::Cancel { order } => db.orders().cancel(self.orders[&order]).map(|_| None),
            Operation::Extend { order, minutes } => db.orders().extend(self.orders[&order], minutes).map(|_| None),
            Operation::Limit { voucher, limits } => {
                db.vouchers().update(self.vouchers[voucher].id, patch(limits)).map(|_| None)
            }
            Operation::Sweep => db.orders().expire(Limit::new(100).unwrap()).map(|_| None),
        };
        outcome.map_err(word)
    }

    fn id_of(&self, payment: Slot) -> PaymentId {
        let reference = Some(self.reference(payment));
        let orders = self.orders.values().map(|id| self.db.orders().get(*id).unwrap());
        let found = orders.flat_map(|order| order.payments).find(|payment| payment.reference == reference);
        found.unwrap().id
    }

    /// The orders, the stock and the vouchers as the database has them.
    fn found(&self) -> Model {
        let stock = |product: &Product| self.db.inventory().get(product.id).unwrap().quantity;
        let orders = self.orders.iter().map(|(slot, id)| (*slot, self.state(self.db.orders().get(*id).unwrap())));
        Model {
            now: self.model.now,
            stock: [stock(&self.products[0]), stock(&self.products[1])],
            orders: orders.collect(),
            vouchers: [self.uses(0), self.uses(1)],
        }
    }

    /// The limits and the uses of a voucher.
    fn uses(&self, voucher: Place) -> (Limits, i64) {
        let voucher = self.db.vouchers().get(self.vouchers[voucher].id).unwrap();
        (Limits { of_all: voucher.usage_limit, of_each: voucher.per_user_limit }, voucher.used)
    }

    fn state(&self, order: Order) -> OrderState {
        let units = |product: &Product| {
            order.items.iter().find(|item| item.product_id == product.id).map_or(0, |it| it.quantity)
        };
        let fives = |amount: ecomdb::Money| amount.minor() / money("5.00").minor();
        let slot =
            |reference: &Option<String>| reference.as_ref().unwrap().rsplit_once('-').unwrap().1.parse().unwrap();
        let payments = order.payments.iter().map(|it| (slot(&it.reference), (it.status, fives(it.amount))));
        let voucher = order.adjustments.first().map(|adjustment| adjustment.voucher_id);
        OrderState {
            user: self.users.iter().position(|user| *user == order.user_id).unwrap(),
            voucher: voucher.map(|id| self.vouchers.iter().position(|it| Some(it.id) == id).unwrap()),
            units: [units(&self.products[0]), units(&self.products[1])],
            status: order.status,
            reason: order.cancel_reason,
            expires: order.expires_at.map(|end| (end - self.began).num_minutes()),
            total: fives(order.total),
            paid: fives(order.paid),
            refunded: fives(order.refunded),
            payments: payments.collect(),
        }
    }
}

/// None, or few, of each.
fn limits(random: &mut StdRng) -> Limits {
    let mut limit = |most| random.random_bool(0.7).then(|| random.random_range(1..=most));
    Limits { of_all: limit(3), of_each: limit(2) }
}

fn patch(Limits { of_all, of_each }: Limits) -> VoucherPatch {
    VoucherPatch::default().usage_limit(of_all).per_user_limit(of_each)
}

/// A part of a step.
#[derive(Debug, Clone, Copy)]
enum Event {
    Operation((Operation, Answer)),
    /// An order was expired by one of the operations.
    Expiry(Slot),
}

/// The model after the events in some order, if that explains all answers and what was found.
fn explain(model: &Model, left: &[Event], found: &Model) -> Option<Model> {
    if left.is_empty() {
        return (model == found).then(|| model.clone());
    }
    (0..left.len()).find_map(|first| {
        let (mut model, mut rest) = (model.clone(), left.to_vec());
        let happened = match rest.remove(first) {
            Event::Operation((operation, answer)) => model.apply(operation) == answer,
            Event::Expiry(order) => model.expire(order),
        };
        happened.then(|| explain(&model, &rest, found)).flatten()
    })
}

fn word(error: Error) -> &'static str {
    match error {
        Error::NotFound { .. } | Error::UnknownReference { .. } => "not found",
        Error::Invalid(invalid) if invalid.fields()[0].field == "voucher" => "voucher",
        Error::Invalid(_) => "invalid",
        Error::Conflict(Conflict::InsufficientStock { .. }) => "shortage",
        Error::Conflict(Conflict::OrderExpired { .. }) => "expired",
        Error::Conflict(Conflict::OrderNotPayable { .. }) => "not payable",
        Error::Conflict(Conflict::Overpayment { .. }) => "overpayment",
        Error::Conflict(Conflict::IllegalOrderTransition { .. }) => "illegal order",
        Error::Conflict(Conflict::IllegalPaymentTransition { .. }) => "illegal payment",
        Error::Conflict(Conflict::NoHold { .. }) => "no hold",
        Error::Conflict(Conflict::LatePayment { .. }) => "late",
        error => panic!("{error:?}"),
    }
}
