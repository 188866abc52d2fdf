//! Rows and values are read from the JSON that they are written as.

use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::Hash;

use ecomdb::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::accounts::who;
use crate::shop::{Shop, money};

/// Written as JSON and read again, rows are equal and have equal hashes.
fn expect_same<T: Serialize + DeserializeOwned + Hash + Eq + Debug>(rows: impl IntoIterator<Item = T>) {
    let rows: Vec<T> = rows.into_iter().collect();
    assert!(!rows.is_empty());
    for row in rows {
        let json = serde_json::to_string(&row).unwrap();
        let read: T = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
        assert_eq!(read, row, "{json}");
        assert_eq!(HashSet::from([read, row]).len(), 1);
    }
}

behaviours! {
    in Shop:
    every_row_is_read_from_its_json
    a_page_is_read_from_its_json_with_its_cursor
}

fn every_row_is_read_from_its_json(shop: &Shop) {
    let (ada, lamp) = (shop.member(Role::Customer), shop.product("10.00", 10));
    let below = NewCategory::builder("Shades").parent_id(lamp.category.id).description("Of paper").build().unwrap();
    shop.categories().create(below).unwrap();
    shop.products().update(lamp.id, ProductPatch::default().price(money("12.50"))).unwrap();
    let refund = NewRefund::builder("late").amount(money("1.00")).build().unwrap();
    let refunded = shop.payments().refund(shop.paid_order(&ada, &[(lamp.id, 2)]).id, refund).unwrap();
    let cancelled = shop.orders().cancel(shop.pending_order(&ada, &[(lamp.id, 1)]).id).unwrap();
    shop.inventory().restock(lamp.id, 5, Some("delivery 17")).unwrap();
    shop.key_of(&ada, &[Scope::OrdersRead, Scope::CatalogRead]);
    let caller = who(shop, &shop.session_of(&ada)).unwrap();

    expect_same([shop.users().get(ada.id).unwrap()]);
    expect_same(shop.categories().list(&PageRequest::default()).unwrap().items);
    expect_same([shop.products().get(lamp.id).unwrap()]);
    expect_same([shop.on_behalf_of(&caller).products().get(lamp.id).unwrap()]);
    expect_same(shop.products().price_history(lamp.id, &PageRequest::default()).unwrap().items);
    expect_same([shop.inventory().get(lamp.id).unwrap()]);
    expect_same(shop.inventory().movements(lamp.id, &PageRequest::default()).unwrap().items);
    expect_same(shop.orders().list(&OrderFilter::default()).unwrap().items);
    expect_same([refunded, cancelled]);
    expect_same(shop.payments().list(&PaymentFilter::default()).unwrap().items);
    expect_same(shop.accounts().keys(&ApiKeyFilter::default()).unwrap().items);
    expect_same(shop.on_behalf_of(&caller).accounts().sessions().unwrap());
}

fn a_page_is_read_from_its_json_with_its_cursor(shop: &Shop) {
    let one = PageRequest::default().limit(Limit::new(1).unwrap());
    let names = ["Éclair", "b-b", "100 %"];
    for name in names {
        let product = NewProduct::builder(name, shop.category().id, money("1.00")).build().unwrap();
        shop.products().create(product).unwrap();
    }
    for sort in [ProductSort::Id, ProductSort::Name, ProductSort::PriceDescending, ProductSort::CreatedAt] {
        let filter = ProductFilter::default().sort(sort);
        let first = shop.products().list(&filter.clone().page(one.clone())).unwrap();
        let cursor = first.next.clone().unwrap();
        assert_eq!(cursor.to_string().parse(), Ok(cursor.clone()));
        expect_same([first]);
        let rest = shop.products().list(&filter.page(PageRequest::default().after(cursor))).unwrap();
        assert_eq!(rest.items.len(), names.len() - 1);
    }
}

#[test]
fn every_value_is_read_from_its_json() {
    expect_same([Money::ZERO, money("-0.01"), Money::MAX]);
    expect_same([Quantity::new("quantity", 1).unwrap(), Quantity::new("quantity", Quantity::MAX).unwrap()]);
    expect_same([Email::new("email", "Ada@Example.com").unwrap()]);
    expect_same(["Europe/Berlin".parse::<TimeZone>().unwrap()]);
    expect_same([OrderId::new(7)]);
    expect_same(OrderStatus::ALL.iter().copied());
    for (json, is_read) in [("0", false), ("1.0", true), ("1000001", false), ("1.5", false), ("\"1\"", false)] {
        assert_eq!(serde_json::from_str::<Quantity>(json).is_ok(), is_read, "{json}");
    }
    assert!(serde_json::from_str::<Email>("\"ada\"").is_err());
    assert!(serde_json::from_str::<TimeZone>("\"Europe/Atlantis\"").is_err());
    assert!(serde_json::from_str::<Cursor>("\"products\"").is_err());
}
