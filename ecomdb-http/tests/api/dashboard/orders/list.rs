//! The list of orders.

use std::collections::BTreeSet;

use super::super::visitor::Visitor;
use super::place;
use crate::support::{Answer, TestApp};

/// The ids of the orders in the rows, in order.
fn rows(page: &Answer) -> Vec<i64> {
    let rows = page.page(200).split("<tr id=\"order-").skip(1);
    rows.map(|row| row.split('"').next().unwrap().parse().unwrap()).collect()
}

/// The address of the first link with this text.
fn link(page: &Answer, text: &str) -> Option<String> {
    let links = page.text.split("<a ").skip(1).filter(|link| link.split("</a>").next().unwrap().contains(text));
    let href = links.filter_map(|link| link.split("href=\"").nth(1)?.split('"').next()).next();
    href.map(|href| href.replace("&#38;", "&").replace("&amp;", "&"))
}

#[test]
fn the_tabs_divide_the_orders_by_their_state() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    for (tab, ids) in [
        ("/orders", vec![6, 5, 4, 3, 2, 1]),
        ("/orders?tab=unpaid", vec![4]),
        ("/orders?tab=completed", vec![3, 2, 1]),
        ("/orders?tab=refunded", vec![6]),
        ("/orders?tab=cancelled", vec![5]),
    ] {
        let page = visitor.get(tab);
        assert_eq!(rows(&page), ids, "{tab}");
        assert_eq!(page.text.matches("aria-current=\"page\"").count(), 2, "{tab}: section and tab");
    }
}

#[test]
fn filters_are_in_the_address_and_the_last_day_is_included() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    assert_eq!(rows(&visitor.get("/orders?customer=1")), [5, 3, 1]);
    assert_eq!(rows(&visitor.get("/orders?customer=&from=2026-02-15&to=2026-02-21")), [5, 4, 3]);
    app.db.shop().update(ecomdb::ShopPatch::default().time_zone("Asia/Tokyo")).unwrap();
    // 2026-01-31T23:30Z is already 1 February in Tokyo.
    assert_eq!(rows(&visitor.get("/orders?from=2026-02-01&to=2026-02-01")), [2]);
    assert_eq!(rows(&visitor.get("/orders?sort=placed_at&tab=completed")), [1, 2, 3]);
}

#[test]
fn nothing_that_matches_is_said_with_the_filters_and_a_link_that_clears_them() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    let page = visitor.get("/orders?tab=refunded&customer=1&from=2026-03-01");
    assert!(page.words().contains("The list shows orders of customer 1, placed since 1 Mar 2026."), "{}", page.words());
    assert_eq!(link(&page, "Clear the filters").unwrap(), "/orders?tab=refunded");
    let empty = TestApp::empty();
    assert!(Visitor::new(&empty).get("/orders").page(200).contains("No orders yet"));
}

#[test]
fn pages_follow_one_another_and_a_link_leads_from_each_order_back_to_its_page() {
    let app = TestApp::shop();
    let product = ecomdb::ProductId::new(1);
    app.db.inventory().restock(product, 200, None).unwrap();
    for _ in 0..120 {
        place(&app, 1);
    }
    let visitor = Visitor::new(&app);
    let mut seen = BTreeSet::new();
    let mut page = visitor.get("/orders?tab=unpaid");
    loop {
        let ids = rows(&page);
        assert!(ids.iter().all(|id| seen.insert(*id)), "{ids:?}");
        let Some(next) = link(&page, "Next") else { break };
        assert!(next.starts_with("/orders?tab=unpaid&"), "{next}");
        page = visitor.get(&next);
    }
    assert_eq!(seen.len(), 120);
    let last = rows(&page)[0];
    let order = visitor.get(&link(&page, &format!(">{last}")).unwrap());
    order.page(200);
    let back = order.text.split("class=\"crumbs\"").nth(1).unwrap().split("href=\"").nth(1).unwrap();
    let back = back.split('"').next().unwrap().replace("&#38;", "&");
    assert_eq!(rows(&visitor.get(&back)), rows(&page));
}

#[test]
fn the_orders_beside_one_are_those_of_the_list_that_one_came_from() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    let beside = |uri: &str| {
        let page = visitor.get(uri);
        page.page(200);
        (link(&page, "Newer"), link(&page, "Older"))
    };
    assert_eq!(beside("/orders/3"), (Some("/orders/4".into()), Some("/orders/2".into())));
    let of_ada = |id: i64| Some(format!("/orders/{id}?customer=1"));
    assert_eq!(beside("/orders/3?customer=1"), (of_ada(5), of_ada(1)));
    assert_eq!(beside("/orders/6").0, None);
    assert_eq!(beside("/orders/1").1, None);
}

#[test]
fn a_wrong_filter_is_named() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    for (query, words) in [
        ("tab=unpayed", "tab: must be one of all, unpaid"),
        ("customer=ada", "customer: must be a whole number"),
        ("from=2026-13-01", "from: must be a day of the years 1970 to 9998"),
        ("from=2026-02-02&to=2026-02-01", "must not be after the last day"),
        ("status=pending", "status: is unknown"),
        ("cursor=x", "cursor"),
    ] {
        let page = visitor.get(&format!("/orders?{query}"));
        page.page(400);
        assert!(page.words().to_lowercase().contains(&words.to_lowercase()), "{query}: {}", page.words());
    }
    // A mistyped customer number keeps the filters.
    let nobody = visitor.get("/orders?customer=99");
    assert!(nobody.page(200).contains("No order matches"), "{}", nobody.text);
    assert!(nobody.words().contains("The list shows orders of customer 99. Clear the filters"), "{}", nobody.words());
}

#[test]
fn the_csv_has_every_order_that_matches() {
    let app = TestApp::shop();
    app.db.inventory().restock(ecomdb::ProductId::new(1), 2_000, None).unwrap();
    for _ in 0..1_100 {
        place(&app, 1);
    }
    let visitor = Visitor::new(&app);
    let all = visitor.get("/orders.csv?tab=unpaid");
    assert_eq!(all.status, 200);
    assert_eq!(all.header("Content-Type"), "text/csv; charset=utf-8");
    assert!(all.header("Content-Disposition").starts_with("attachment; filename=\"orders-"));
    let text = all.text.strip_prefix('\u{feff}').unwrap();
    assert!(
        text.starts_with("id,user_id,first_name,last_name,email,status,payment_state,total,paid,"),
        "{}",
        &text[..80]
    );
    assert_eq!(text.lines().count(), 1_101);
    let none = visitor.get("/orders.csv?tab=completed");
    assert_eq!(none.text.lines().count(), 1);
    visitor.get("/orders.csv?customer=99").page(404);
}
