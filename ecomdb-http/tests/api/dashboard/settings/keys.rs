//! API keys.

use axum::http::Method;
use ecomdb::{ApiKey, ApiKeyFilter, NewApiKey, Role, Scope};

use super::admin;
use crate::dashboard::visitor::Visitor;
use crate::support::people::employ;
use crate::support::{Answer, TestApp};

fn keys(app: &TestApp) -> Vec<ApiKey> {
    app.db.accounts().keys(&ApiKeyFilter::default()).unwrap().items
}

#[test]
fn the_secret_is_shown_once_and_works() {
    let app = TestApp::guarded(TestApp::shop().db);
    let visitor = Visitor::staff(&app);
    visitor.get("/settings/keys/new").page(200);
    let entries = [("name", "till <1>"), ("scopes", "orders:read"), ("scopes", "catalog:read"), ("last_day", "")];
    let made = visitor.post("/settings/keys/new", &entries);
    assert_eq!(made.header("Cache-Control"), "no-store");
    let (_, secret) = made.page(200).split_once("<span id=\"secret\">").unwrap();
    let secret = secret.split('<').next().unwrap();
    app.ask_as(secret, Method::GET, "/api/orders", None).good(200);
    app.ask_as(secret, Method::GET, "/api/users", None).problem(403, "forbidden");
    let list = visitor.get("/settings/keys");
    assert!(!list.page(200).contains(secret) && list.text.contains("till &#60;1&#62;"), "{}", list.text);
    assert!(list.words().contains("orders:read") && list.words().contains("Some Body"), "{}", list.words());
}

#[test]
fn the_same_form_makes_one_key_and_shows_its_secret_each_time() {
    let app = TestApp::guarded(TestApp::shop().db);
    let visitor = Visitor::staff(&app);
    let key = visitor.get("/settings/keys/new").input("key");
    let send =
        |name: &str| visitor.post("/settings/keys/new", &[("key", &*key), ("name", name), ("scopes", "orders:read")]);
    let secret = |page: &Answer| {
        page.page(200).split("<span id=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned()
    };
    let [first, second] = [send("till"), send("till")].map(|page| secret(&page));
    assert_eq!((first == second, keys(&app).len()), (true, 1));
    app.ask_as(&first, Method::GET, "/api/orders", None).good(200);
    let other = send("backup");
    assert!(other.page(422).contains("this form was already sent with other entries"), "{}", other.text);
    assert!(other.input("key") != key && keys(&app).len() == 1);
}

#[test]
fn a_key_is_valid_until_the_end_of_its_last_day_in_the_zone_of_the_shop() {
    let app = TestApp::guarded(TestApp::shop().db);
    app.db.shop().update(ecomdb::ShopPatch::default().time_zone("America/New_York")).unwrap();
    let visitor = Visitor::staff(&app);
    let entries = [("name", "till"), ("scopes", "orders:read"), ("last_day", "2036-07-31")];
    visitor.post("/settings/keys/new", &entries).page(200);
    assert_eq!(keys(&app)[0].expires_at.unwrap().to_rfc3339(), "2036-08-01T04:00:00+00:00");
}

#[test]
fn a_key_that_is_refused_is_not_made() {
    let app = TestApp::guarded(TestApp::shop().db);
    let visitor = Visitor::staff(&app);
    for (entries, field) in [
        (vec![("name", ""), ("scopes", "orders:read")], "name"),
        (vec![("name", "till")], "scopes"),
        (vec![("name", "till"), ("scopes", "everything")], "scopes"),
        (vec![("name", "till"), ("scopes", "orders:read"), ("last_day", "soon")], "last_day"),
        (vec![("name", "till"), ("scopes", "orders:read"), ("last_day", "2001-01-01")], "last_day"),
    ] {
        let page = visitor.post("/settings/keys/new", &entries);
        assert!(page.page(422).contains(&format!("href=\"#{field}\"")), "{field}: {}", page.text);
    }
    let page = visitor.post("/settings/keys/new", &[("name", "")]);
    let words = page.words();
    assert!(words.contains("Name must be given") && words.contains("Scopes must be at least one"), "{words}");
    // More scopes than the member has.
    visitor.post("/settings/keys/new", &[("name", "till"), ("scopes", "users:manage")]).page(422);
    assert_eq!(keys(&app), []);
}

#[test]
fn a_revoked_key_is_refused_at_once() {
    let app = TestApp::guarded(TestApp::shop().db);
    let id = employ(&app.db, "staff@example.com", Role::Staff);
    let visitor = Visitor::of(&app, id);
    let key = NewApiKey::builder(id, "till", [Scope::OrdersRead]).build().unwrap();
    let (token, key) = app.db.accounts().create_key(key).unwrap();
    let list = visitor.get("/settings/keys");
    assert!(list.page(200).contains("This cannot be undone.") && list.text.contains("</svg>Active</span>"));
    let address = format!("/settings/keys/{}/revoke", key.id);
    let list = visitor.submit(&address, &[]);
    assert!(list.page(200).contains("is revoked") && list.text.contains("</svg>Revoked</span>"));
    assert!(!list.text.contains("Revoke for good"));
    app.ask_as(token.expose(), Method::GET, "/api/orders", None).problem(401, "unauthenticated");
    assert_eq!(visitor.post(&address, &[]).status, 303, "it is revoked already");
}

#[test]
fn an_admin_sees_all_keys_and_the_staff_its_own() {
    let app = TestApp::guarded(TestApp::shop().db);
    let (admin, id) = admin(&app);
    app.db.accounts().create_key(NewApiKey::builder(id, "backup", [Scope::OrdersRead]).build().unwrap()).unwrap();
    let staff = Visitor::staff(&app);
    staff.post("/settings/keys/new", &[("name", "till"), ("scopes", "orders:read")]).page(200);
    let (all, own) = (admin.get("/settings/keys"), staff.get("/settings/keys"));
    assert!(all.page(200).contains("backup") && all.text.contains("till"));
    assert!(!own.page(200).contains("backup") && own.text.contains("till"));
    staff.post("/settings/keys/1/revoke", &[]);
    assert!(keys(&app).iter().all(|key| key.revoked_at.is_none()));
}
