//! Orders keep the names of when they were placed: Sylius#8628, openfoodnetwork#13969.

use std::sync::Barrier;
use std::thread;

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl as _};
use ecomdb::{
    Conflict, Error, ExportFormat, IdempotencyKey, NewOrder, Order, OrderFilter, Product, ProductPatch, Table, User,
    UserId, UserPatch,
};

use crate::shop::{Shop, card, money};

behaviours! {
    a_renamed_product_keeps_its_name_and_sku_in_the_orders_of_before
    a_renamed_customer_keeps_name_and_address_in_the_orders_of_before
    the_view_of_the_items_has_the_names_of_then
    what_is_no_name_makes_no_revision
    an_order_that_is_repeated_by_its_key_has_the_names_of_then
    anonymising_leaves_no_former_name_anywhere
    a_product_and_a_user_with_former_names_can_be_deleted
    orders_at_the_time_of_a_change_have_the_name_of_their_price
    orders_that_are_placed_while_their_customer_is_anonymised_keep_no_name
    changes_of_a_name_at_once_lose_none
    check_finds_names_that_are_missing
}

/// Name and SKU of the items of an order, as stored.
fn names(shop: &Shop, order: &Order) -> Vec<(String, String)> {
    let items = shop.order_now(order.id).items;
    items.into_iter().map(|item| (item.product_name, item.sku)).collect()
}

/// Name and address of the buyer, as stored.
fn buyer(shop: &Shop, order: &Order) -> [String; 3] {
    let buyer = shop.order_now(order.id).buyer.unwrap();
    [buyer.first_name, buyer.last_name, buyer.email]
}

fn name(name: &str) -> ProductPatch {
    ProductPatch::default().name(name)
}

fn sku(sku: &str) -> ProductPatch {
    ProductPatch::default().sku(sku)
}

/// All rows of a table, as CSV.
fn rows(shop: &Shop, table: Table) -> String {
    let mut csv = Vec::new();
    shop.export(table, ExportFormat::Csv, &mut csv).unwrap();
    String::from_utf8(csv).unwrap()
}

fn a_renamed_product_keeps_its_name_and_sku_in_the_orders_of_before(shop: &Shop) {
    let (ada, lamp, other) = (shop.user(), shop.product("10.00", 99), shop.product("1.00", 99));
    let expected = |product: &Product| (product.name.clone(), product.sku.clone());
    let mut orders = Vec::new();
    let mut place = |lamp: &Product| {
        let order = shop.paid_order(&ada, &[(lamp.id, 1), (other.id, 2)]);
        assert_eq!(order.items[0].product_name, lamp.name, "the answer has the name, too");
        orders.push((order, vec![expected(lamp), expected(&other)]));
    };
    place(&lamp);
    // Back to the first name at last, which is another revision with the same name.
    for patch in [name("Lamp of 2027"), sku("LAMP-2"), name("Lamp of 2028").sku("LAMP-3"), name("Desk lamp")] {
        place(&shop.products().update(lamp.id, patch).unwrap());
    }
    for (order, expected) in &orders {
        assert_eq!(names(shop, order), *expected);
        assert_eq!(shop.order_now(order.id), *order);
    }
    assert_eq!(rows(shop, Table::ProductRevisions).lines().count(), 1 + 4);
    shop.expect_clean();
}

fn a_renamed_customer_keeps_name_and_address_in_the_orders_of_before(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 99));
    let expected = |user: &User| [user.first_name.clone(), user.last_name.clone(), user.email.clone()];
    let before = shop.pending_order(&ada, &[(lamp.id, 1)]);
    let married = shop.users().update(ada.id, UserPatch::default().last_name("King")).unwrap();
    let between = shop.pending_order(&ada, &[(lamp.id, 1)]);
    let moved = shop.users().update(ada.id, UserPatch::default().email("ada.king@example.com")).unwrap();
    let after = shop.pending_order(&ada, &[(lamp.id, 1)]);
    for (order, user) in [(&before, &ada), (&between, &married), (&after, &moved)] {
        assert_eq!(buyer(shop, order), expected(user));
    }
    // Later changes of the order keep the buyer.
    let paid = shop.payments().create(before.id, card()).map(|_| shop.order_now(before.id)).unwrap();
    assert_eq!(paid.buyer, before.buyer);
    // Lists show the present customer.
    let listed = shop.orders().list(&OrderFilter::default().user_id(ada.id)).unwrap().items;
    let customers: Vec<_> = listed.iter().map(|order| (&order.user.last_name, &order.user.email)).collect();
    assert_eq!(customers, vec![(&moved.last_name, &moved.email); 3]);
    shop.expect_clean();
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = BigInt)]
    order_id: i64,
    #[diesel(sql_type = Text)]
    product_name: String,
    #[diesel(sql_type = Text)]
    sku: String,
    #[diesel(sql_type = Text)]
    email: String,
    #[diesel(sql_type = Text)]
    last_name: String,
}

fn the_view_of_the_items_has_the_names_of_then(shop: &Shop) {
    let (ada, lamp, other) = (shop.user(), shop.product("10.00", 99), shop.product("1.00", 99));
    let place = || shop.pending_order(&ada, &[(lamp.id, 1), (other.id, 2)]);
    let first = place();
    shop.products().update(lamp.id, name("Floor lamp").sku("FLOOR")).unwrap();
    shop.users().update(ada.id, UserPatch::default().last_name("King").email("king@example.com")).unwrap();
    let second = place();
    let query = "SELECT order_id, product_name, sku, email, last_name FROM order_lines ORDER BY order_id, product_id";
    let lines: Vec<Line> = shop.read(move |conn| Ok(diesel::sql_query(query).load(conn)?)).unwrap();
    let of_view = lines.into_iter().map(|it| (it.order_id, it.product_name, it.sku, it.email, it.last_name));
    let of_orders = [&first, &second].into_iter().flat_map(|order| {
        let buyer = order.buyer.clone().unwrap();
        order.items.iter().map(move |item| {
            let (email, last_name) = (buyer.email.clone(), buyer.last_name.clone());
            (order.id.get(), item.product_name.clone(), item.sku.clone(), email, last_name)
        })
    });
    assert_eq!(of_view.collect::<Vec<_>>(), of_orders.collect::<Vec<_>>());
}

fn what_is_no_name_makes_no_revision(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 9));
    let same = ProductPatch::default().name(lamp.name.as_str()).sku(lamp.sku.as_str());
    shop.products().update(lamp.id, same.price(money("12.00")).description("Bright")).unwrap();
    shop.users().update(ada.id, UserPatch::default().first_name("Ada").status(ecomdb::UserStatus::Disabled)).unwrap();
    for table in [Table::ProductRevisions, Table::UserRevisions] {
        assert_eq!(rows(shop, table).lines().count(), 1, "{table}");
    }
}

fn an_order_that_is_repeated_by_its_key_has_the_names_of_then(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 9));
    let key = IdempotencyKey::new("basket-7").unwrap();
    let place = || {
        let order = NewOrder::builder(ada.id).item(lamp.id, 1).build().unwrap();
        shop.orders().idempotent(key.clone()).place(order).unwrap()
    };
    let first = place();
    shop.products().update(lamp.id, name("Floor lamp")).unwrap();
    shop.users().update(ada.id, UserPatch::default().first_name("Augusta")).unwrap();
    assert_eq!(place(), first);
}

fn anonymising_leaves_no_former_name_anywhere(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 9));
    let orders: Vec<_> = ["King", "Byron"]
        .into_iter()
        .map(|last_name| {
            let order = shop.paid_order(&ada, &[(lamp.id, 1)]);
            shop.users().update(ada.id, UserPatch::default().last_name(last_name)).unwrap();
            order
        })
        .collect();
    let gone = shop.users().anonymise(ada.id).unwrap();
    for order in &orders {
        assert_eq!(buyer(shop, order), [gone.first_name.clone(), gone.last_name.clone(), gone.email.clone()]);
    }
    for table in Table::ALL {
        let rows = rows(shop, *table);
        for text in ["Lovelace", "King", "Byron", &ada.email] {
            assert!(!rows.contains(text), "{table} has {text}: {rows}");
        }
    }
    shop.expect_clean();
}

fn a_product_and_a_user_with_former_names_can_be_deleted(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 9));
    shop.products().update(lamp.id, name("Floor lamp")).unwrap();
    shop.users().update(ada.id, UserPatch::default().first_name("Augusta")).unwrap();
    shop.products().delete(lamp.id).unwrap();
    shop.users().delete(ada.id).unwrap();
    shop.expect_clean();
}

/// Runs `change` while three threads place orders of one product for one user. Returns the orders.
fn orders_during(shop: &Shop, user: UserId, lamp: &Product, change: impl Fn() + Sync) -> Vec<Order> {
    let start = Barrier::new(4);
    thread::scope(|scope| {
        let buy = || {
            let db = (**shop).clone();
            let start = &start;
            scope.spawn(move || {
                start.wait();
                let mut orders = Vec::new();
                for _ in 0..40 {
                    match db.orders().place(NewOrder::builder(user).item(lamp.id, 1).build().unwrap()) {
                        Ok(order) => orders.push(order),
                        Err(Error::Conflict(Conflict::UserDisabled { .. })) => break,
                        Err(other) => panic!("{other:?}"),
                    }
                }
                orders
            })
        };
        let buyers = [buy(), buy(), buy()];
        start.wait();
        change();
        buyers.into_iter().flat_map(|buyer| buyer.join().unwrap()).collect()
    })
}

fn orders_at_the_time_of_a_change_have_the_name_of_their_price(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("1.00", 1_000));
    let numbered = |n: usize| {
        let price = format!("{n}.00");
        name(&format!("Lamp for {price}")).sku(format!("LAMP-{price}")).price(money(&price))
    };
    shop.products().update(lamp.id, numbered(1)).unwrap();
    let rename = || {
        for n in 2..30 {
            shop.products().update(lamp.id, numbered(n)).unwrap();
            shop.users().update(ada.id, UserPatch::default().first_name(format!("Ada {n}"))).unwrap();
        }
    };
    let orders = orders_during(shop, ada.id, &lamp, rename);
    assert_eq!(orders.len(), 120);
    for order in &orders {
        let [item] = &order.items[..] else { panic!("{order:?}") };
        let price = item.unit_price;
        assert_eq!((&item.product_name, &item.sku), (&format!("Lamp for {price}"), &format!("LAMP-{price}")));
        assert_eq!(shop.order_now(order.id), *order);
    }
    shop.expect_clean();
}

fn orders_that_are_placed_while_their_customer_is_anonymised_keep_no_name(shop: &Shop) {
    let lamp = shop.product("1.00", 10_000);
    for round in 0..5 {
        let ada = shop.user();
        shop.users().update(ada.id, UserPatch::default().last_name("King")).unwrap();
        let anonymise = || {
            if round % 2 == 1 {
                shop.users().update(ada.id, UserPatch::default().last_name("Byron")).unwrap();
            }
            shop.users().anonymise(ada.id).unwrap();
        };
        for order in orders_during(shop, ada.id, &lamp, anonymise) {
            let [first_name, last_name, email] = buyer(shop, &order);
            assert_eq!((first_name.as_str(), last_name.as_str()), ("Deleted", "User"));
            assert_eq!(email, format!("deleted-{}@anonymous.invalid", ada.id));
        }
    }
    shop.expect_clean();
}

fn changes_of_a_name_at_once_lose_none(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("1.00", 10));
    thread::scope(|scope| {
        for n in 0..4 {
            let db = (**shop).clone();
            let (ada, lamp) = (ada.id, lamp.id);
            scope.spawn(move || {
                for round in 0..5 {
                    db.products().update(lamp, name(&format!("Lamp {n} {round}"))).unwrap();
                    db.users().update(ada, UserPatch::default().first_name(format!("Ada {n} {round}"))).unwrap();
                }
            });
        }
    });
    for table in [Table::ProductRevisions, Table::UserRevisions] {
        assert_eq!(rows(shop, table).lines().count(), 1 + 20, "{table}");
    }
    shop.expect_clean();
}

fn check_finds_names_that_are_missing(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("1.00", 10));
    shop.products().update(lamp.id, name("Floor lamp")).unwrap();
    shop.users().update(ada.id, UserPatch::default().first_name("Augusta")).unwrap();
    let order = shop.pending_order(&ada, &[(lamp.id, 1)]).id.get();
    let (ada, lamp) = (ada.id.get(), lamp.id.get());
    for (change, back, id) in [
        ("order_items SET product_revision = 2", "order_items SET product_revision = 1", order),
        ("orders SET user_revision = 2", "orders SET user_revision = 1", order),
        ("product_revisions SET revision = 3", "product_revisions SET revision = 0", lamp),
        ("user_revisions SET revision = 3", "user_revisions SET revision = 0", ada),
        ("products SET name_revision = 2", "products SET name_revision = 1", lamp),
        ("users SET name_revision = 2", "users SET name_revision = 1", ada),
    ] {
        shop.run(&format!("UPDATE {change}"));
        let findings: Vec<_> = shop.check().unwrap().checks.into_iter().flat_map(|check| check.findings).collect();
        assert!(findings.iter().any(|finding| finding.id == id), "{change}: {findings:?}");
        shop.run(&format!("UPDATE {back}"));
    }
    shop.expect_clean();
}
