//! Name, currency and time zone of the shop.

use ecomdb::ShopPatch;

use super::admin;
use crate::dashboard::visitor::Visitor;
use crate::support::{Answer, TestApp};

/// The entries of the form, some of them changed.
fn edited(page: &Answer, changes: &[(&'static str, &str)]) -> Vec<(String, String)> {
    let mut entries = vec![("key".to_owned(), page.input("key"))];
    for name in ["name", "currency", "time_zone"] {
        let original = page.input(&format!("was-{name}"));
        let changed = changes.iter().find(|(field, _)| *field == name).map(|(_, value)| (*value).to_owned());
        entries.push((name.to_owned(), changed.unwrap_or_else(|| original.clone())));
        entries.push((format!("was-{name}"), original));
    }
    entries
}

fn send(visitor: &Visitor<'_>, entries: &[(String, String)]) -> Answer {
    let entries: Vec<_> = entries.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    visitor.post("/settings/shop", &entries)
}

#[test]
fn the_settings_are_those_of_every_page() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let form = visitor.get("/settings/shop");
    assert!(form.page(200).contains("<option value=\"Pacific/Auckland\">"), "zones are suggested");
    let sent = edited(&form, &[("name", "Lamps & more"), ("currency", "CHF"), ("time_zone", "Pacific/Auckland")]);
    assert_eq!(send(&visitor, &sent).header("Location"), "/settings/shop");
    let page = visitor.get("/products");
    let words = page.words();
    assert!(page.page(200).contains("<title>Products - Lamps &#38; more</title>"), "{}", page.text);
    assert!(words.contains("The settings are changed.") && words.contains("Price, CHF"), "{words}");
    assert!(words.contains("Times in Pacific/Auckland"), "{words}");
}

#[test]
fn what_is_wrong_is_said_beside_its_field_and_nothing_is_changed() {
    let app = TestApp::shop();
    let before = app.db.shop().get().unwrap();
    let visitor = Visitor::new(&app);
    let form = visitor.get("/settings/shop");
    let refused = send(&visitor, &edited(&form, &[("name", " "), ("currency", "JPY"), ("time_zone", "Berlin")]));
    let page = refused.page(422);
    for field in ["name", "currency", "time_zone"] {
        assert!(page.contains(&format!("id=\"{field}-error\"")), "{field}: {page}");
    }
    assert!(page.contains("value=\"Berlin\""), "entries are kept");
    assert_eq!(app.db.shop().get().unwrap(), before);
}

#[test]
fn a_change_by_someone_else_is_shown_before_it_is_overwritten() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let form = visitor.get("/settings/shop");
    let was = app.db.shop().get().unwrap().name;
    app.db.shop().update(ShopPatch::default().name("Theirs").currency("USD")).unwrap();
    let conflict = send(&visitor, &edited(&form, &[("name", "Mine")]));
    conflict.page(422);
    let words = conflict.words();
    assert!(words.contains(&format!("Name {was} Theirs Mine")), "{words}");
    assert_eq!(app.db.shop().get().unwrap().name, "Theirs");
    let again = edited(&conflict, &[("name", "Mine")]);
    assert_eq!(send(&visitor, &again).status, 303);
    let now = app.db.shop().get().unwrap();
    assert_eq!((now.name.as_str(), now.currency.code()), ("Mine", "USD"), "what was not changed here stays");
}

#[test]
fn the_staff_reads_the_settings_and_an_admin_changes_them() {
    let app = TestApp::guarded(TestApp::shop().db);
    let staff = Visitor::staff(&app);
    let page = staff.get("/settings/shop");
    assert!(!page.page(200).contains("name=\"time_zone\"") && page.text.contains("An admin can change the settings."));
    staff.post("/settings/shop", &[("name", "Mine"), ("was-name", "Shop")]).page(403);
    let (admin, _) = admin(&app);
    assert!(admin.get("/settings/shop").page(200).contains("name=\"time_zone\""));
}
