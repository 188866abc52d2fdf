//! `/search`

use axum::http::Method;
use ecomdb::{NewApiKey, NewUser, Role, Scope};

use super::visitor::Visitor;
use crate::support::TestApp;
use crate::support::people::employ;

#[test]
fn a_number_finds_the_order_and_a_text_finds_customers_and_products() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    let page = visitor.get("/search?q=1");
    assert!(page.text.contains(r#"href="/orders/1""#), "{}", page.text);
    let page = visitor.get("/search?q=LAMP");
    assert!(page.text.contains(r#"data-hit="Product""#), "{}", page.text);
    assert!(!page.text.contains(r#"data-hit="Order""#), "{}", page.text);
    let user = app.db.users().create(NewUser::new("zoe@example.com", "Zoë", "Ångström").unwrap()).unwrap();
    let page = visitor.get("/search?q=zoe%40example");
    assert!(page.text.contains(&format!(r#"href="/customers/{}""#, user.id)), "{}", page.text);
}

#[test]
fn the_links_to_all_that_match_search_the_lists() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    let page = visitor.get("/search?q=lamp");
    assert!(page.text.contains("href=\"/products?status=all&#38;search=lamp\""), "{}", page.text);
    assert!(visitor.get("/products?status=all&search=lamp").page(200).contains("Floor lamp"));
}

#[test]
fn what_nothing_contains_is_said_to_be_so() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    for (query, says) in
        [("", "Nothing was entered"), ("?q=+", "Nothing was entered"), ("?q=no%25such", "Nothing found")]
    {
        let page = visitor.get(&format!("/search{query}"));
        assert_eq!(page.status, 200, "{query}");
        assert!(page.text.contains(says), "{query}: {}", page.text);
    }
    for number in ["999999", "99999999999999999999", "-1", "%231"] {
        assert_eq!(visitor.get(&format!("/search?q={number}")).status, 200, "{number}");
    }
}

#[test]
fn a_text_that_nothing_can_contain_is_refused() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    for wrong in ["%00", "a%0Ab", &"x".repeat(255)] {
        let page = visitor.get(&format!("/search?q={wrong}"));
        assert_eq!(page.status, 400, "{wrong}");
        assert!(page.text.contains("Q: must"), "{}", page.text);
    }
    assert_eq!(visitor.get("/search?text=a").status, 400);
}

#[test]
fn markup_in_the_text_is_shown_as_text() {
    let app = TestApp::shop_with_sales();
    let page = Visitor::new(&app).get("/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E");
    assert!(!page.text.contains("<script>alert"), "{}", page.text);
}

#[test]
fn a_key_finds_only_what_it_may_read() {
    let app = TestApp::guarded(TestApp::shop_with_sales().db);
    let admin = employ(&app.db, "admin@example.com", Role::Admin);
    let key = NewApiKey::builder(admin, "catalog", [Scope::CatalogRead]).build().unwrap();
    let key = app.db.accounts().create_key(key).unwrap().0.expose().to_owned();
    let page = app.ask_as(&key, Method::GET, "/search?q=1", None);
    assert_eq!(page.status, 200);
    assert!(
        !page.text.contains(r#"data-hit="Order""#) && !page.text.contains(r#"data-hit="Customer""#),
        "{}",
        page.text
    );
}
