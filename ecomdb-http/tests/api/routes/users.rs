//! `/api/users`

use serde_json::json;

use crate::support::TestApp;

#[test]
fn a_new_user_is_answered_with_its_address_and_found_there() {
    let app = TestApp::empty();
    let answer = app.post("/api/users", &json!({"email": " Ada@Example.com", "first_name": "Ada", "last_name": "L"}));
    let user = answer.good(201);
    assert_eq!(answer.header("Location"), "/api/users/1");
    assert_eq!(user["email"], "ada@example.com");
    assert_eq!(user["status"], "active");
    assert_eq!(app.get("/api/users/1").good(200), user);
    assert_eq!(app.get("/api/users").good(200), json!([user]));
}

#[test]
fn a_user_has_exactly_the_documented_fields() {
    let user = TestApp::shop().get("/api/users/1").good(200);
    let fields: Vec<_> = user.as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields, ["id", "email", "first_name", "last_name", "status", "role", "created_at", "updated_at"]);
    assert!(user["created_at"].as_str().unwrap().ends_with('Z'), "{user}");
}

#[test]
fn the_same_address_in_another_case_is_a_conflict_that_names_the_field() {
    let app = TestApp::shop();
    let answer = app.post("/api/users", &json!({"email": "ADA@example.COM", "first_name": "A", "last_name": "B"}));
    assert_eq!(answer.complains_of(409, "duplicate"), ["email"]);
}

#[test]
fn all_spellings_of_an_address_are_one_user_and_what_cannot_be_seen_is_refused() {
    let app = TestApp::empty();
    let create = |email: &str| app.post("/api/users", &json!({"email": email, "first_name": "A", "last_name": "B"}));
    assert_eq!(create("Jose\u{301}@example.com").good(201)["email"], "jos\u{e9}@example.com");
    assert_eq!(create("JOS\u{c9}@example.com").complains_of(409, "duplicate"), ["email"]);
    for email in ["jose\u{301}\u{200b}@example.com", "<jose@example.com>", "mailto:jose@example.com", "a\u{202e}@b.c"] {
        assert_eq!(create(email).complains_of(422, "invalid"), ["email"], "{email:?}");
    }
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let answer = TestApp::empty().post("/api/users", &json!({"email": "ada", "first_name": "", "last_name": "L"}));
    assert_eq!(answer.complains_of(422, "invalid"), ["email", "first_name"]);
}

#[test]
fn users_are_found_by_a_part_of_their_name() {
    let app = TestApp::shop();
    let found = app.get("/api/users?search=HOPP").good(200);
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(found[0]["first_name"], "Grace");
}

#[test]
fn a_patch_changes_what_it_names_and_nothing_else() {
    let app = TestApp::shop();
    let before = app.get("/api/users/1").good(200);
    let after = app.patch("/api/users/1", &json!({"last_name": "King", "status": "disabled"})).good(200);
    assert_eq!(after["last_name"], "King");
    assert_eq!(after["status"], "disabled");
    assert_eq!(after["email"], before["email"]);
    assert_eq!(app.get("/api/users/1").good(200), after);
}

#[test]
fn a_patch_with_what_is_so_already_changes_nothing() {
    let app = TestApp::shop();
    for uri in ["/api/users/1", "/api/products/1", "/api/categories/1"] {
        let before = app.get(uri);
        let name = if uri.contains("users") { "first_name" } else { "name" };
        let same = json!({name: before.good(200)[name]});
        let after = app.patch(uri, &same);
        assert_eq!((after.good(200), after.header("ETag")), (before.good(200), before.header("ETag")), "{uri}");
        assert_eq!(app.get(uri).header("ETag"), before.header("ETag"), "{uri}");
    }
}

#[test]
fn a_user_without_orders_has_an_empty_list_and_a_missing_one_is_not_found() {
    let app = TestApp::shop();
    assert_eq!(app.get("/api/users/1/orders").good(200), json!([]));
    let problem = app.get("/api/users/3/orders").problem(404, "not-found");
    assert_eq!((&problem["entity"], &problem["id"]), (&json!("user"), &json!(3)));
}

#[test]
fn the_orders_of_a_user_are_that_users_only_and_can_be_filtered_by_status() {
    let app = TestApp::shop();
    for user in [1, 2, 1] {
        app.post("/api/orders", &json!({"user_id": user, "items": [{"product_id": 1, "quantity": 1}]})).good(201);
    }
    app.ask("POST".parse().unwrap(), "/api/orders/1/cancel", &[], "").good(200);
    let ids = |uri| {
        let orders = app.get(uri).good(200);
        orders.as_array().unwrap().iter().map(|order| order["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ids("/api/users/1/orders"), [3, 1]);
    assert_eq!(ids("/api/users/1/orders?status=pending"), [3]);
    assert_eq!(ids("/api/users/2/orders"), [2]);
}

#[test]
fn a_user_who_never_ordered_can_be_deleted_and_another_cannot() {
    let app = TestApp::shop();
    app.post("/api/orders", &json!({"user_id": 1, "items": [{"product_id": 1, "quantity": 1}]})).good(201);
    let deleted = app.delete("/api/users/2");
    assert_eq!((deleted.status.as_u16(), deleted.text.as_str()), (204, ""));
    app.get("/api/users/2").problem(404, "not-found");
    app.delete("/api/users/1").problem(409, "in-use");
    app.get("/api/users/1").good(200);
}

#[test]
fn a_user_with_orders_is_anonymised_and_the_orders_stay() {
    let app = TestApp::shop_with_sales();
    let user = app.post_text("/api/users/1/anonymise", "").good(200);
    assert_eq!((&user["first_name"], &user["status"]), (&json!("Deleted"), &json!("disabled")));
    let orders = app.get("/api/users/1/orders");
    assert_eq!(orders.good(200).as_array().unwrap().len(), 3);
    assert!(!app.get("/api/orders/1").text.contains("ada@example.com"));
    app.post_text("/api/users/99/anonymise", "").problem(404, "not-found");
}

#[test]
fn a_renamed_customer_and_product_stay_what_they_were_in_old_orders() {
    let app = TestApp::shop_with_sales();
    let before = app.get("/api/orders/1").good(200);
    app.patch("/api/users/1", &json!({"last_name": "King", "email": "king@example.com"})).good(200);
    app.patch("/api/products/1", &json!({"name": "Lamp", "sku": "LAMP"})).good(200);
    assert_eq!(app.get("/api/orders/1").good(200), before);
    let listed = app.get("/api/orders?user_id=1").good(200);
    assert_eq!(listed[0]["user"]["last_name"], "King");
}

#[test]
fn a_dossier_is_everything_about_a_user_with_the_orders_in_pages() {
    let app = TestApp::shop_with_sales();
    app.patch("/api/users/1", &json!({"last_name": "King"})).good(200);
    let first = app.get("/api/users/1/dossier?limit=2&count=true");
    let dossier = first.good(200);
    assert_eq!((&dossier["user"]["last_name"], &dossier["has_password"]), (&json!("King"), &json!(false)));
    assert_eq!(dossier["former_names"][0]["last_name"], "Lovelace");
    assert_eq!((&dossier["sessions"], &dossier["api_keys"]), (&json!([]), &json!([])));
    let orders = dossier["orders"].as_array().unwrap();
    assert_eq!((orders.len(), &orders[0]), (2, &app.get("/api/orders/1").good(200)));
    assert_eq!(first.header("X-Total-Count"), "3");

    let next = first.next_page().unwrap();
    assert!(next.contains(dossier["next"].as_str().unwrap()), "{next}");
    let last = app.get(&next);
    let orders = last.good(200)["orders"].as_array().unwrap().len();
    assert_eq!((orders, last.next_page()), (1, None));
    assert_eq!(app.get(&last.previous_page().unwrap()).good(200)["orders"], dossier["orders"]);

    app.get("/api/users/99/dossier").problem(404, "not-found");
    assert_eq!(app.get("/api/users/2/dossier?cursor=orders-0-1").complains_of(400, "malformed-request"), ["cursor"]);
}
