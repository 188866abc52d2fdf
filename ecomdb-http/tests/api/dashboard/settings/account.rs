//! The user's own password and sessions.

use ecomdb::{Role, SessionId};

use crate::dashboard::visitor::Visitor;
use crate::support::TestApp;
use crate::support::people::{PASSWORD, employ};

const NEW: &str = "another good horse";

#[test]
fn a_new_password_ends_all_sessions() {
    let app = TestApp::guarded(TestApp::shop().db);
    let id = employ(&app.db, "staff@example.com", Role::Staff);
    let (visitor, elsewhere) = (Visitor::of(&app, id), Visitor::of(&app, id));
    let entries = [("current_password", PASSWORD), ("password", NEW), ("password_again", NEW)];
    let changed = visitor.post("/settings/account/password", &entries);
    assert_eq!((changed.status.as_u16(), changed.header("Location")), (303, "/login"));
    assert!(visitor.cookie("ecomdb_session").is_none());
    assert!(visitor.get("/login").page(200).contains("Your password is changed."));
    assert_eq!(elsewhere.get("/products").header("Location"), "/login?return=%2Fproducts");
    let email = "staff@example.com";
    assert!(app.db.accounts().log_in(email, PASSWORD).is_err());
    app.db.accounts().log_in(email, NEW).unwrap();
}

#[test]
fn a_password_is_changed_by_who_knows_it_and_no_page_shows_one() {
    let app = TestApp::guarded(TestApp::shop().db);
    let visitor = Visitor::staff(&app);
    for (current, password, again, wrong) in [
        ("not this one", NEW, NEW, "current_password"),
        ("", NEW, NEW, "current_password"),
        (PASSWORD, NEW, "another goof horse", "password_again"),
        (PASSWORD, "short", "short", "password"),
        (PASSWORD, "staff@example.com", "staff@example.com", "password"),
    ] {
        let entries = [("current_password", current), ("password", password), ("password_again", again)];
        let page = visitor.post("/settings/account/password", &entries);
        let errors = page.page(422).matches("class=\"error\" id=").count();
        assert!(page.text.contains(&format!("id=\"{wrong}-error\"")) && errors == 1, "{wrong}: {}", page.text);
        // The page contains the user's own address in another place.
        let secrets = [current, password].into_iter().filter(|word| word.len() >= 6 && !word.contains('@'));
        for secret in secrets {
            assert!(!page.text.contains(&format!("\"{secret}\"")), "{secret}: {}", page.text);
        }
    }
    app.db.accounts().log_in("staff@example.com", PASSWORD).unwrap();
}

#[test]
fn sessions_are_listed_and_ended() {
    let app = TestApp::guarded(TestApp::shop().db);
    let id = employ(&app.db, "staff@example.com", Role::Staff);
    let [visitor, second, third] = [(); 3].map(|()| Visitor::of(&app, id));
    let page = visitor.get("/settings/account");
    assert_eq!(page.page(200).matches("This one").count(), 1);
    let ends: Vec<_> = page.text.split("action=\"/settings/account/sessions/").skip(1).collect();
    assert_eq!(ends.len(), 4, "three sessions, and all others");

    let after = visitor.submit("/settings/account/sessions/2/end", &[]);
    assert!(after.page(200).contains("1 session has ended."), "{}", after.text);
    assert_eq!(second.get("/products").status, 303);
    assert_eq!(visitor.post("/settings/account/sessions/2/end", &[]).status, 303, "it has ended already");

    let after = visitor.submit("/settings/account/sessions/end-others", &[]);
    assert!(after.page(200).contains("1 session has ended.") && !after.text.contains("End all others"));
    assert_eq!(third.get("/products").status, 303);

    let mine = SessionId::new(1);
    let left = visitor.post(&format!("/settings/account/sessions/{mine}/end"), &[]);
    assert_eq!(left.header("Location"), "/login");
    assert_eq!(visitor.get("/products").status, 303);
}

#[test]
fn nobody_ends_the_sessions_of_others() {
    let app = TestApp::guarded(TestApp::shop().db);
    let other = Visitor::of(&app, employ(&app.db, "other@example.com", Role::Staff));
    let visitor = Visitor::staff(&app);
    visitor.post("/settings/account/sessions/1/end", &[]);
    visitor.post("/settings/account/sessions/end-others", &[]);
    other.get("/products").page(200);
}
