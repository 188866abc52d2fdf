//! Ids of products in other systems.

use std::sync::Barrier;
use std::thread;

use ecomdb::{Conflict, Error, ExternalId, ProductFilter, ProductId, Result};

use crate::shop::{Shop, conflict, invalid_fields};

behaviours! {
    a_product_is_found_by_its_id_in_another_system
    an_id_is_set_as_often_as_one_likes_and_replaced
    an_id_belongs_to_one_product_of_its_source
    of_products_that_take_an_id_at_once_one_gets_it
    an_id_that_is_set_at_once_for_one_product_is_set_once
    an_id_is_removed_and_goes_with_its_product
    wrong_ids_are_refused_by_field
}

fn id(text: &str) -> ExternalId {
    text.parse().unwrap()
}

fn a_product_is_found_by_its_id_in_another_system(shop: &Shop) {
    let (lamp, candle) = (shop.product("1.00", 1), shop.product("2.00", 1));
    for (product, text) in [(&lamp, "erp:4711"), (&lamp, "amazon:B0:1"), (&candle, "erp:4712")] {
        shop.products().set_external_id(product.id, id(text)).unwrap();
    }
    assert_eq!(shop.products().by_external_id(&id("erp:4711")).unwrap(), lamp);
    assert_eq!(shop.products().by_external_id(&id("amazon:B0:1")).unwrap(), lamp);
    assert_eq!(shop.products().external_ids(lamp.id).unwrap(), [id("amazon:B0:1"), id("erp:4711")]);
    let listed = |filter: ProductFilter| shop.products().list(&filter).unwrap().items;
    assert_eq!(listed(ProductFilter::default().external_id(id("erp:4712"))), [candle]);
    assert!(listed(ProductFilter::default().external_id(id("erp:1"))).is_empty());
    let unknown = shop.products().by_external_id(&id("erp:1")).unwrap_err();
    assert!(matches!(&unknown, Error::UnknownExternalId { external_id } if external_id == "erp:1"), "{unknown:?}");
    assert!(unknown.is_not_found());
    assert!(shop.products().external_ids(ProductId::new(99)).unwrap_err().is_not_found());
}

fn an_id_is_set_as_often_as_one_likes_and_replaced(shop: &Shop) {
    let lamp = shop.product("1.00", 1);
    for text in ["erp:1", "erp:1", "erp:2", "erp:2"] {
        assert_eq!(shop.products().set_external_id(lamp.id, id(text)).unwrap(), id(text));
        assert_eq!(shop.products().external_ids(lamp.id).unwrap(), [id(text)]);
    }
    assert!(shop.products().by_external_id(&id("erp:1")).is_err());
    assert_eq!(shop.products().get(lamp.id).unwrap(), lamp);
}

fn an_id_belongs_to_one_product_of_its_source(shop: &Shop) {
    let (lamp, candle) = (shop.product("1.00", 1), shop.product("2.00", 1));
    shop.products().set_external_id(lamp.id, id("erp:1")).unwrap();
    let taken = conflict(shop.products().set_external_id(candle.id, id("erp:1")));
    let expected = Conflict::Duplicate { entity: "product", field: "external_id", value: "\"erp:1\"".to_owned() };
    assert_eq!(taken, expected);
    shop.products().set_external_id(candle.id, id("pim:1")).unwrap();
    shop.products().set_external_id(candle.id, id("erp:A")).unwrap();
    shop.products().set_external_id(lamp.id, id("erp:a")).unwrap();
    assert_eq!(shop.products().by_external_id(&id("erp:A")).unwrap(), candle);
    assert!(shop.products().set_external_id(ProductId::new(99), id("erp:9")).unwrap_err().is_not_found());
}

/// What eight threads get that set an id each.
fn at_once(shop: &Shop, set: impl Fn(&Shop, usize) -> Result<ExternalId> + Sync) -> Vec<Result<ExternalId>> {
    let start = Barrier::new(8);
    thread::scope(|scope| {
        let (start, set) = (&start, &set);
        let spawn = |n| {
            scope.spawn(move || {
                start.wait();
                set(shop, n)
            })
        };
        let threads: Vec<_> = (0..8).map(spawn).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn of_products_that_take_an_id_at_once_one_gets_it(shop: &Shop) {
    let products: Vec<_> = (0..8).map(|_| shop.product("1.00", 1)).collect();
    let outcomes = at_once(shop, |shop, n| shop.products().set_external_id(products[n].id, id("erp:1")));
    let refused: Vec<_> = outcomes.into_iter().filter(Result::is_err).map(conflict).collect();
    assert_eq!(refused.len(), 7);
    for conflict in refused {
        assert!(matches!(conflict, Conflict::Duplicate { field: "external_id", .. }), "{conflict:?}");
    }
    assert!(shop.products().by_external_id(&id("erp:1")).is_ok());
}

fn an_id_that_is_set_at_once_for_one_product_is_set_once(shop: &Shop) {
    let lamp = shop.product("1.00", 1);
    for outcome in at_once(shop, |shop, n| shop.products().set_external_id(lamp.id, id(&format!("erp:{}", n / 4)))) {
        outcome.unwrap();
    }
    assert_eq!(shop.products().external_ids(lamp.id).unwrap().len(), 1);
}

fn an_id_is_removed_and_goes_with_its_product(shop: &Shop) {
    let lamp = shop.product("1.00", 0);
    for text in ["erp:1", "pim:1"] {
        shop.products().set_external_id(lamp.id, id(text)).unwrap();
    }
    for _ in 0..2 {
        shop.products().remove_external_id(lamp.id, "erp").unwrap();
        assert_eq!(shop.products().external_ids(lamp.id).unwrap(), [id("pim:1")]);
    }
    shop.products().delete(lamp.id).unwrap();
    assert!(shop.products().by_external_id(&id("pim:1")).unwrap_err().is_not_found());
    shop.products().set_external_id(shop.product("1.00", 0).id, id("pim:1")).unwrap();
    assert!(shop.products().remove_external_id(lamp.id, "erp").unwrap_err().is_not_found());
}

fn wrong_ids_are_refused_by_field(shop: &Shop) {
    let wrong = |source: &str, text: &str| invalid_fields(ExternalId::new(source, text).map_err(Error::from));
    assert_eq!(wrong("", ""), ["source", "external_id"]);
    assert_eq!(wrong("ERP", "1"), ["source"]);
    assert_eq!(wrong(&"x".repeat(65), "1"), ["source"]);
    assert_eq!(wrong("erp", &"x".repeat(201)), ["external_id"]);
    assert_eq!(wrong("erp", "a\u{200b}b"), ["external_id"]);
    assert_eq!(invalid_fields("4711".parse::<ExternalId>().map_err(Error::from)), ["external_id"]);
    assert_eq!(invalid_fields(shop.products().remove_external_id(ProductId::new(1), "a:b")), ["source"]);
}
