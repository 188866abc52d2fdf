//! `/settings`: the shop, the user's own account, users, API keys, and the version of the server.

mod about;
mod account;
mod keys;
mod shop;
mod users;

use ecomdb::{Role, UserId};

use super::visitor::Visitor;
use crate::support::TestApp;
use crate::support::people::employ;

/// An admin, logged in, and the id.
fn admin(app: &TestApp) -> (Visitor<'_>, UserId) {
    let id = employ(&app.db, "admin@example.com", Role::Admin);
    (Visitor::of(app, id), id)
}

#[test]
fn each_page_leads_to_those_that_its_reader_can_open() {
    let app = TestApp::guarded(TestApp::shop().db);
    let tabs = |visitor: &Visitor<'_>| {
        let page = visitor.submit("/settings/account/sessions/end-others", &[]);
        let page = page.page(200);
        let (_, tabs) = page.split_once("<nav class=\"tabs\"").unwrap();
        let tabs = tabs.split("</nav>").next().unwrap();
        tabs.split("href=\"").skip(1).map(|link| link.split('"').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (admin, _) = admin(&app);
    let all = ["shop", "account", "users", "keys", "about"].map(|page| format!("/settings/{page}"));
    assert_eq!(tabs(&admin), all);
    assert_eq!(
        tabs(&Visitor::staff(&app)),
        ["shop", "account", "keys", "about"].map(|page| format!("/settings/{page}"))
    );
    assert_eq!(admin.get("/settings").header("Location"), "/settings/shop");
    for page in all {
        let page = admin.get(&page);
        assert_eq!(page.page(200).matches("aria-current=\"page\"").count(), 2, "the section and the tab");
    }
}

#[test]
fn without_authentication_there_are_no_accounts_to_log_in_to() {
    let app = TestApp::shop();
    let page = Visitor::new(&app).get("/settings/shop");
    assert!(!page.page(200).contains("/settings/account") && !page.text.contains("/settings/keys"));
    let about = Visitor::new(&app).get("/settings/about");
    assert!(about.page(200).contains("everyone who reaches this server"));
}
