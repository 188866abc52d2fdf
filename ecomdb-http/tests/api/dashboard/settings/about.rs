//! The version of the server, and the check of the shop.

use super::admin;
use crate::dashboard::visitor::Visitor;
use crate::support::TestApp;

#[test]
fn the_page_names_version_and_engine() {
    let app = TestApp::shop();
    let page = Visitor::new(&app).get("/settings/about");
    page.page(200);
    let words = page.words();
    assert!(words.contains(&format!("ecomdb {}", env!("CARGO_PKG_VERSION"))) && words.contains("SQLite"), "{words}");
    assert!(words.contains("Not checked since this server started."), "{words}");
}

#[test]
fn a_check_shows_each_rule() {
    let app = TestApp::shop_with_sales();
    let rules = app.db.check().unwrap().checks;
    let visitor = Visitor::new(&app);
    let mut page = visitor.submit("/settings/about/check", &[]);
    while page.page(200).contains("A check goes on") {
        page = visitor.get("/settings/about");
    }
    assert!(page.page(200).contains(&format!("All {} rules hold.", rules.len())), "{}", page.text);
    assert!(rules.iter().all(|check| page.words().contains(check.rule)), "{}", page.words());
}

#[test]
fn an_admin_begins_a_check_and_everybody_sees_it() {
    let app = TestApp::guarded(TestApp::shop().db);
    let staff = Visitor::staff(&app);
    assert!(!staff.get("/settings/about").page(200).contains("Check now"));
    staff.post("/settings/about/check", &[]).page(403);
    let (admin, _) = admin(&app);
    assert!(admin.get("/settings/about").page(200).contains("Check now"));
    admin.submit("/settings/about/check", &[]).page(200);
    assert!(!staff.get("/settings/about").page(200).contains("Not checked"));
}
