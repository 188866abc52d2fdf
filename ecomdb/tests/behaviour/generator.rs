use std::ops::ControlFlow;

use ecomdb::generator::{Progress, Scenario};
use ecomdb::{Conflict, Error, NewOrder, OrderFilter, ProductFilter, UserFilter};

use crate::shop::{card, conflict, invalid_fields};

fn scenario() -> Scenario {
    Scenario { users: 60, products: 40, orders: 300, ..Scenario::small("2026-01-01T00:00:00Z".parse().unwrap()) }
}

fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

behaviours! {
    fn a_generated_shop_adds_up(shop) {
        shop.generate(&scenario(), go_on).unwrap();
        shop.expect_clean();
        let checks = shop.check().unwrap().checks;
        let orders = checks.iter().find(|check| check.rule.starts_with("the total of an order")).unwrap();
        assert_eq!(orders.compared, 300);
    }

    fn a_generated_shop_goes_on_like_any_other(shop) {
        shop.generate(&scenario(), go_on).unwrap();
        let ada = shop.user();
        assert_eq!(ada.id.get(), 61);
        let new = shop.product("5.00", 3);
        let page = shop.products().list(&ProductFilter::default()).unwrap();
        let product = page.items.iter().find(|product| product.stock > 0 && product.status.as_str() == "active").unwrap();
        let order = NewOrder::builder(ada.id).item(product.id, 1).item(new.id, 1).payment(card()).build().unwrap();
        let order = shop.orders().place(order).unwrap();
        assert_eq!(shop.orders().list(&OrderFilter::default()).unwrap().items[0].id, order.id);
        shop.expect_clean();
    }

    fn a_shop_that_is_not_empty_is_not_generated_into(shop) {
        let ada = shop.user();
        assert_eq!(conflict(shop.generate(&scenario(), go_on)), Conflict::NotEmpty { table: "users" });
        assert_eq!(shop.users().list(&UserFilter::default()).unwrap().items, [ada]);
    }

    fn a_generation_that_is_broken_off_leaves_nothing(shop) {
        let large = Scenario { orders: 5_000, ..scenario() };
        let outcome = shop.generate(&large, |_| ControlFlow::Break(()));
        assert!(matches!(outcome, Err(Error::RolledBack)), "{outcome:?}");
        assert!(shop.users().list(&UserFilter::default()).unwrap().items.is_empty());
        shop.generate(&scenario(), go_on).unwrap();
    }

    fn progress_leads_to_the_last_order(shop) {
        let mut reports = Vec::new();
        shop.generate(&scenario(), |progress| {
            reports.push(progress);
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(reports.last(), Some(&Progress { orders: 300, of: 300 }));
    }

    fn an_impossible_scenario_is_refused_by_field(shop) {
        let no_products = Scenario { products: 0, ..scenario() };
        assert_eq!(invalid_fields(shop.generate(&no_products, go_on)), ["products"]);
        assert!(shop.users().list(&UserFilter::default()).unwrap().items.is_empty());
    }
}
