//! `/customers`: the list, a customer, and its forms.

use ecomdb::{NewOrder, NewUser, ProductId, Role, User, UserId, UserPatch, UserStatus};

use serde_json::json;

use super::visitor::Visitor;
use crate::support::people::{employ, give_password};
use crate::support::{Answer, TestApp};

const ADA: UserId = UserId::new(1);

fn user(app: &TestApp, id: i64) -> User {
    app.db.users().get(UserId::new(id)).unwrap()
}

/// Changes Ada as another member of the staff would.
fn meanwhile(app: &TestApp, patch: UserPatch) {
    app.db.users().update(ADA, patch).unwrap();
}

/// The names in a list, in order.
fn names(page: &Answer) -> Vec<String> {
    let rows = page.page(200).split("<tr id=\"customer-").skip(1);
    rows.map(|row| row.split("<a href=\"/customers/").nth(1).unwrap().split(['>', '<']).nth(1).unwrap().to_owned())
        .collect()
}

/// The entries of the form to edit Ada, some of them changed.
fn edited(page: &Answer, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut entries: Vec<(String, String)> = Vec::new();
    for name in ["first_name", "last_name", "email"] {
        let original = page.input(&format!("was-{name}"));
        let changed = changes.iter().find(|(field, _)| *field == name).map(|(_, value)| (*value).to_owned());
        entries.push((name.to_owned(), changed.unwrap_or_else(|| original.clone())));
        entries.push((format!("was-{name}"), original));
    }
    entries.push(("key".to_owned(), page.input("key")));
    entries
}

fn send(visitor: &Visitor<'_>, uri: &str, entries: &[(String, String)]) -> Answer {
    let entries: Vec<_> = entries.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    visitor.post(uri, &entries)
}

#[test]
fn the_list_begins_with_the_best_customer_and_shows_what_each_has_bought() {
    let app = TestApp::shop_with_sales();
    let page = Visitor::new(&app).get("/customers");
    assert_eq!(names(&page), ["Ada Lovelace", "Grace Hopper"]);
    let words = page.words();
    assert!(words.contains("2 customers"), "{words}");
    assert!(words.contains("Spent, EUR"), "{words}");
    assert!(words.contains(" 2 87.24 ") && words.contains(" 174.48 "), "Ada: 149.48 and 25.00: {words}");
    assert!(words.contains(" 1 42.49 "), "Grace: {words}");
    assert!(page.text.contains("<time datetime=\"2026-02-15T08:00:00Z\" title=\"15 Feb 2026, 08:00\">"));
}

#[test]
fn filters_sort_and_page_are_in_the_address() {
    let app = TestApp::shop_with_sales();
    for (email, name) in [("carl@example.com", "Carl"), ("dora@example.org", "Dora")] {
        app.db.users().create(NewUser::new(email, name, "Hopper").unwrap()).unwrap();
    }
    app.db.users().update(UserId::new(4), UserPatch::default().status(UserStatus::Disabled)).unwrap();
    let visitor = Visitor::new(&app);
    let (ada, grace, carl, dora) = ("Ada Lovelace", "Grace Hopper", "Carl Hopper", "Dora Hopper");
    for (address, expected) in [
        ("/customers?search=hopper", vec![grace, carl, dora]),
        ("/customers?search=EXAMPLE.org", vec![dora]),
        ("/customers?search=&show=with-orders", vec![ada, grace]),
        ("/customers?show=without-orders", vec![carl, dora]),
        ("/customers?show=disabled", vec![dora]),
        ("/customers?sort=-id", vec![dora, carl, grace, ada]),
        ("/customers?sort=orders", vec![dora, carl, grace, ada]),
        ("/customers?sort=-last_order&show=with-orders", vec![ada, grace]),
    ] {
        assert_eq!(names(&visitor.get(address)), expected, "{address}");
    }
    let sorted = visitor.get("/customers?search=a&sort=-orders");
    assert!(sorted.page(200).contains("href=\"/customers?search=a&#38;sort=orders\""), "{}", sorted.text);
    assert!(sorted.text.contains("aria-sort=\"descending\""));
    assert!(sorted.text.contains("href=\"/customers?search=a&#38;sort=-last_order\""), "the latest first");
    assert!(visitor.get("/customers?show=some").page(400).contains("must be one of all, with-orders"));
    assert!(visitor.get("/customers?sort=name").page(400).contains("must be one of -total_spent"));
    visitor.get("/customers?colour=red").page(400);
}

#[test]
fn pages_follow_each_other_with_the_same_filter() {
    let app = TestApp::empty();
    for n in 0..60 {
        app.db.users().create(NewUser::new(&format!("c{n}@example.com"), "Carl", &format!("No {n}")).unwrap()).unwrap();
    }
    let visitor = Visitor::new(&app);
    let first = visitor.get("/customers?search=carl&sort=-id");
    assert_eq!(names(&first).len(), 50);
    assert!(first.words().contains("60 customers"), "{}", first.words());
    let next = first.text.split("href=\"").find(|link| link.contains("cursor=")).unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&");
    assert!(next.starts_with("/customers?search=carl&sort=-id&cursor="), "{next}");
    let second = visitor.get(&next);
    assert_eq!(names(&second)[..2], ["Carl No 9", "Carl No 8"]);
    assert!(!second.text.contains("rel=\"next\""));
    visitor.get(&next.replace("carl", "c")).page(400);
}

#[test]
fn an_empty_shop_says_what_to_do_and_an_empty_result_which_filters_there_are() {
    let empty = TestApp::empty();
    let page = Visitor::new(&empty).get("/customers");
    assert!(page.page(200).contains("No customers yet") && page.text.contains("href=\"/customers/new\""));
    let app = TestApp::shop();
    let page = Visitor::new(&app).get("/customers?search=nobody&show=disabled&sort=-id");
    page.page(200);
    let words = page.words();
    assert!(
        words.contains("who are disabled and with the words \u{201c}nobody\u{201d} in name or e-mail address"),
        "{words}"
    );
    assert!(page.text.contains("href=\"/customers?sort=-id\">Clear the filters"), "{}", page.text);
}

#[test]
fn the_csv_has_every_customer_that_matches_and_no_formulas() {
    let app = TestApp::shop_with_sales();
    app.db.users().create(NewUser::new("formula@example.com", "=1+1", "+2").unwrap()).unwrap();
    let visitor = Visitor::new(&app);
    let all = visitor.get("/customers.csv");
    assert_eq!((all.status.as_u16(), all.header("Content-Type")), (200, "text/csv; charset=utf-8"));
    let lines: Vec<_> = all.text.lines().collect();
    assert!(lines[0].starts_with("\u{feff}id,email,first_name,"), "{}", lines[0]);
    assert!(lines[1].starts_with("1,ada@example.com,Ada,Lovelace,active,"), "{}", lines[1]);
    assert!(lines[1].contains(",2,174.48,5.00,2026-02-15"), "{}", lines[1]);
    assert!(lines[3].contains(",'=1+1,'+2,active,") && lines[3].ends_with(",0,0.00,0.00,"), "{}", lines[3]);
    assert_eq!(visitor.get("/customers.csv?search=grace").text.lines().count(), 2);
    visitor.get("/customers.csv?show=x").page(400);
}

#[test]
fn the_page_of_a_customer_shows_figures_segment_trend_and_orders() {
    let app = TestApp::shop_with_sales();
    let page = Visitor::new(&app).get("/customers/1");
    page.page(200);
    let words = page.words();
    for figure in [
        "Spent, all time 174.48 EUR 5.00 given back, 169.48 kept",
        "Completed orders, all time 2 the first on 10 Jan 2026",
    ] {
        assert!(words.contains(figure), "{figure}: {words}");
    }
    assert!(
        words.contains("Average order, all time 87.24 EUR Last order ") && words.contains("days ago 15 Feb 2026"),
        "{words}"
    );
    assert!(words.contains("Recency 3 of 5") && words.contains("Frequency 3 of 5"), "the better of two: {words}");
    assert!(words.contains("Spending by month, less refunds"), "{words}");
    let orders: Vec<_> =
        page.text.split("<a href=\"/orders/").skip(1).filter_map(|link| link.split('"').next()).collect();
    assert_eq!(orders[orders.len() - 3..], ["5", "3", "1"], "the newest first");
    assert!(page.text.contains("href=\"/orders?customer=1\"") && page.text.contains("href=\"/orders/new?customer=1\""));
    Visitor::new(&app).get("/customers/99").page(404);
    Visitor::new(&app).get("/customers/ada").page(400);
}

#[test]
fn a_customer_without_orders_has_no_scores() {
    let app = TestApp::shop();
    let page = Visitor::new(&app).get("/customers/2");
    page.page(200);
    let words = page.words();
    assert!(words.contains("Spent, all time 0.00 EUR") && words.contains("Last order never"), "{words}");
    assert!(words.contains("Grace Hopper has not ordered anything."), "{words}");
    assert!(!words.contains("RFM") && !words.contains("Spending by month"), "{words}");
}

#[test]
fn orders_of_a_customer_are_shown_a_page_at_a_time() {
    let app = TestApp::shop();
    for _ in 0..52 {
        let order = ecomdb::NewOrder::builder(ADA).item(ecomdb::ProductId::new(1), 1).build().unwrap();
        let placed = app.db.orders().place(order).unwrap();
        app.db.orders().cancel(placed.id).unwrap();
    }
    let visitor = Visitor::new(&app);
    let first = visitor.get("/customers/1");
    assert_eq!(first.page(200).matches("<tr id=\"order-").count(), 50);
    let next = first.text.split("href=\"").find(|link| link.contains("cursor=")).unwrap().split('"').next().unwrap();
    assert_eq!(visitor.get(next).page(200).matches("<tr id=\"order-").count(), 2);
    visitor.get(&next.replace("/1?", "/2?")).page(400);
}

#[test]
fn a_customer_is_created_once_however_often_the_form_is_sent() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let form = visitor.get("/customers/new");
    form.page(200);
    let key = form.input("key");
    let entries =
        [("key", key.as_str()), ("first_name", " Carl "), ("last_name", "Gauß"), ("email", "Carl@Example.com")];
    for _ in 0..2 {
        let created = visitor.post("/customers/new", &entries);
        assert_eq!((created.status.as_u16(), created.header("Location")), (303, "/customers/3"), "{}", created.text);
    }
    let made = user(&app, 3);
    assert_eq!(
        (made.email.as_str(), made.first_name.as_str(), made.last_name.as_str()),
        ("carl@example.com", "Carl", "Gauß")
    );
    assert!(visitor.get("/customers/3").page(200).contains("The customer is created."));
    let taken =
        visitor.post("/customers/new", &[("first_name", "Karl"), ("last_name", "Gauß"), ("email", "carl@example.com")]);
    taken.page(422);
    assert!(taken.words().contains("E-mail address another user already has"), "{}", taken.words());
}

#[test]
fn a_refused_form_keeps_its_entries_and_links_to_the_wrong_fields() {
    let app = TestApp::shop();
    let refused = Visitor::new(&app)
        .post("/customers/new", &[("key", "k1"), ("first_name", ""), ("last_name", "Gauß"), ("email", "carl")]);
    let page = refused.page(422);
    assert!(page.contains("<title>Error: New customer"));
    for field in ["first_name", "email"] {
        assert!(page.contains(&format!("<a href=\"#{field}\">")), "{field}");
        assert!(page.contains(&format!("aria-invalid=\"true\" aria-describedby=\"{field}-error\"")), "{field}");
    }
    assert_eq!(
        (refused.input("last_name"), refused.input("email"), refused.input("key")),
        ("Gauß".into(), "carl".into(), "k1".into())
    );
}

#[test]
fn an_edit_changes_only_the_fields_that_were_changed_in_the_form() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let form = visitor.get("/customers/1/edit");
    meanwhile(&app, UserPatch::default().email("countess@example.com").status(UserStatus::Disabled));
    let saved = send(&visitor, "/customers/1/edit", &edited(&form, &[("last_name", "King")]));
    assert_eq!((saved.status.as_u16(), saved.header("Location")), (303, "/customers/1"), "{}", saved.text);
    let now = user(&app, 1);
    assert_eq!(
        (now.first_name.as_str(), now.last_name.as_str(), now.email.as_str()),
        ("Ada", "King", "countess@example.com")
    );
    assert!(visitor.get("/customers/1").page(200).contains("The customer is changed."));
}

#[test]
fn of_a_conflict_the_form_shows_what_was_what_is_and_what_was_entered() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let form = visitor.get("/customers/1/edit");
    meanwhile(&app, UserPatch::default().email("countess@example.com").first_name("Augusta"));
    let conflict = send(&visitor, "/customers/1/edit", &edited(&form, &[("email", "lovelace@example.com")]));
    conflict.page(422);
    let words = conflict.words();
    assert!(
        words.contains("Field Was Now Yours E-mail address ada@example.com countess@example.com lovelace@example.com"),
        "{words}"
    );
    assert_eq!(
        (conflict.input("email"), conflict.input("first_name")),
        ("lovelace@example.com".into(), "Augusta".into())
    );
    assert_eq!(user(&app, 1).email, "countess@example.com");
    let saved = send(&visitor, "/customers/1/edit", &edited(&conflict, &[("email", "lovelace@example.com")]));
    assert_eq!(saved.status, 303, "{}", saved.text);
    assert_eq!((user(&app, 1).email, user(&app, 1).first_name), ("lovelace@example.com".into(), "Augusta".into()));
}

#[test]
fn an_address_that_another_customer_has_is_refused_with_the_entries_kept() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let form = visitor.get("/customers/1/edit");
    let refused = send(
        &visitor,
        "/customers/1/edit",
        &edited(&form, &[("email", "grace@example.com"), ("first_name", "Augusta")]),
    );
    refused.page(422);
    assert_eq!((refused.input("email"), refused.input("first_name")), ("grace@example.com".into(), "Augusta".into()));
    assert_eq!(user(&app, 1).first_name, "Ada");
}

#[test]
fn disabling_happens_at_once_and_can_be_undone() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let page = visitor.submit("/customers/1/disable", &[("return", "/customers/1")]);
    assert!(page.page(200).contains("The customer is disabled"));
    assert_eq!(user(&app, 1).status, UserStatus::Disabled);
    assert!(!page.text.contains("/orders/new?customer=1"), "nobody can order for them");
    assert!(page.text.contains("action=\"/customers/1/enable\""));
    let page = visitor.submit("/customers/1/enable", &[("return", "/customers?show=disabled")]);
    assert!(page.page(200).contains("can log in and order again"));
    assert_eq!(user(&app, 1).status, UserStatus::Active);
    visitor.post("/customers/99/disable", &[]).page(404);
}

#[test]
fn anonymising_says_first_what_it_does() {
    let app = TestApp::shop_with_sales();
    give_password(&app.db, ADA);
    let visitor = Visitor::new(&app);
    let asked = visitor.get("/customers/1/anonymise");
    asked.page(200);
    let words = asked.words();
    assert!(words.contains("Ada Lovelace (ada@example.com) becomes Deleted User"), "{words}");
    assert!(words.contains("3 orders with all payments stay") && words.contains("This cannot be undone."), "{words}");
    assert_eq!(user(&app, 1).first_name, "Ada", "nothing was done yet");
    let key = asked.input("key");
    for _ in 0..2 {
        let done = visitor.post("/customers/1/anonymise", &[("key", key.as_str())]);
        assert_eq!((done.status.as_u16(), done.header("Location")), (303, "/customers/1"));
    }
    let page = visitor.get("/customers/1");
    assert!(page.page(200).contains("The customer is anonymous now.") && page.text.contains("Anonymised"));
    assert!(!page.text.contains("Ada") && !page.text.contains("/customers/1/edit"), "{}", page.text);
    assert!(page.words().contains("Spent, all time 174.48 EUR"), "{}", page.words());
    assert!(visitor.get("/customers/1/anonymise").page(200).contains("anonymous already"));
    app.assert_that_it_adds_up();
}

#[test]
fn who_may_not_change_customers_sees_them_without_the_buttons() {
    let app = TestApp::guarded(TestApp::shop_with_sales().db);
    let page = Visitor::staff(&app).get("/customers/1");
    page.page(200);
    assert!(page.words().contains("Spent, all time 174.48 EUR"));
    for change in ["edit", "disable", "anonymise"] {
        assert!(!page.text.contains(&format!("/customers/1/{change}")), "{change}");
    }
    assert!(!Visitor::of(&app, UserId::new(3)).get("/customers").page(200).contains("/customers/new"));
    let admin = Visitor::of(&app, employ(&app.db, "admin@example.com", Role::Admin));
    assert!(admin.get("/customers/1").page(200).contains("/customers/1/anonymise"));
    let last = admin.post("/customers/4/anonymise", &[]);
    assert!(last.page(422).contains("the last"), "{}", last.words());
}

#[test]
fn scripts_in_names_are_text() {
    let app = TestApp::shop();
    let script = "<script>alert(1)</script>";
    meanwhile(&app, UserPatch::default().first_name(script).last_name("\"><b>"));
    let visitor = Visitor::new(&app);
    for path in ["", "/1", "/1/edit", "/1/anonymise", "?search=%3Cscript%3E"].map(|path| format!("/customers{path}")) {
        assert!(!visitor.get(&path).page(200).contains("<script>alert"), "{path}");
    }
}

#[test]
fn all_data_of_a_customer_are_one_file() {
    let app = TestApp::shop_with_sales();
    app.db.inventory().restock(ProductId::new(3), 10, None).unwrap();
    for _ in 0..100 {
        let atlas = NewOrder::builder(ADA).item(ProductId::new(3), 1).build().unwrap();
        app.db.orders().place(atlas).unwrap();
    }
    let visitor = Visitor::new(&app);
    assert!(visitor.get("/customers/1").page(200).contains("href=\"/customers/1/data.json\" download"));
    let file = app.get("/customers/1/data.json");
    let data = file.good(200);
    assert_eq!(file.header("Content-Disposition"), "attachment; filename=\"customer-1.json\"");
    let orders = data["orders"].as_array().unwrap();
    assert_eq!((orders.len(), &orders[102]["id"]), (103, &json!(106)));
    let part = app.get("/api/users/1/dossier?limit=100").good(200);
    assert_eq!(part["orders"].as_array().unwrap()[..], orders[..100]);
    for field in ["user", "has_password", "former_names", "sessions", "api_keys", "voucher_uses"] {
        assert_eq!(data[field], part[field], "{field}");
    }
    assert_eq!((data.get("next"), data.get("previous")), (None, None));
    assert_eq!(app.get("/customers/99/data.json").status.as_u16(), 404);
}
