//! How often an operation waits for the server. At a distance of 50 ms, each time costs 50 ms.

use chrono::{DateTime, Utc};
use ecomdb::{Database, IdempotencyKey, NewOrder, Order, OrderId, Product, ProductId, User};

use crate::network::Network;
use crate::shop::{Shop, card};

/// A shop behind a proxy that counts round trips.
struct Counted {
    shop: Shop,
    network: Network,
    db: Database,
    ada: User,
    products: Vec<ProductId>,
    rounds: usize,
}

impl Counted {
    fn new(shop: Shop) -> Self {
        let network = Network::to(&shop.url);
        // One connection, so that each statement is prepared once. Requests with keys at other times than odd
        // microseconds may delete expired keys, which takes further round trips.
        let odd = || DateTime::from_timestamp_micros(Utc::now().timestamp_micros() | 1).unwrap();
        let db = Database::builder(&network.url).connections(1).clock(odd).open().unwrap();
        let (ada, products) = (shop.user(), [(); 3].map(|()| shop.product("9.99", 1_000)));
        Self {
            ada,
            products: products.iter().map(|product: &Product| product.id).collect(),
            shop,
            network,
            db,
            rounds: 0,
        }
    }

    /// The round trips of an operation whose statements are prepared already. `prepare` creates its subject.
    fn of<T>(&mut self, prepare: impl Fn(&Self) -> T, operation: impl Fn(&Self, T)) -> usize {
        let mut last = 0;
        for _ in 0..3 {
            self.rounds += 1;
            let subject = prepare(self);
            let before = self.network.round_trips();
            operation(self, subject);
            last = self.network.round_trips() - before;
        }
        last
    }

    fn order(&self) -> NewOrder {
        let items = self.products.iter().map(|product| (*product, 1));
        NewOrder::builder(self.ada.id).items(items).payment(card()).build().unwrap()
    }

    fn key(&self, what: &str) -> IdempotencyKey {
        IdempotencyKey::new(format!("{what}-{}", self.rounds)).unwrap()
    }

    fn pending(&self) -> OrderId {
        let items: Vec<_> = self.products.iter().map(|product| (*product, 1)).collect();
        self.shop.pending_order(&self.ada, &items).id
    }

    /// The round trips of an order, of an order with a key, of a payment, and of a cancellation.
    fn all(&mut self) -> [usize; 5] {
        [
            self.of(Self::order, |own, order| drop(own.db.orders().place(order).unwrap())),
            self.of(Self::order, |own, order| drop(own.db.orders().idempotent(own.key("order")).place(order).unwrap())),
            self.of(Self::pending, |own, order| drop(own.db.payments().create(order, card()).unwrap())),
            self.of(Self::pending, |own, order| {
                drop(own.db.payments().idempotent(own.key("payment")).create(order, card()).unwrap());
            }),
            self.of(Self::pending, |own, order| drop::<Order>(own.db.orders().cancel(order).unwrap())),
        ]
    }
}

#[cfg(feature = "mysql")]
#[test]
fn few_round_trips_suffice_on_mysql() {
    let shop = Shop::mysql();
    // A node of a cluster does not pipeline.
    let expected = if shop.is_cluster() { [10, 14, 10, 14, 13] } else { [3, 5, 5, 6, 5] };
    assert_eq!(Counted::new(shop).all(), expected);
}

#[cfg(feature = "postgres")]
#[test]
fn few_round_trips_suffice_on_postgres() {
    assert_eq!(Counted::new(Shop::postgres()).all(), [3, 5, 5, 6, 5]);
}
