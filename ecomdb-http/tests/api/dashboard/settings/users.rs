//! Users, their roles and their passwords.

use ecomdb::{Password, Role, UserId, UserStatus};

use super::admin;
use crate::dashboard::visitor::Visitor;
use crate::support::TestApp;
use crate::support::people::{PASSWORD, employ};

const ADA: UserId = UserId::new(1);

fn role(app: &TestApp, id: UserId) -> Role {
    app.db.users().get(id).unwrap().role
}

#[test]
fn members_are_listed_and_customers_are_found() {
    let app = TestApp::guarded(TestApp::shop().db);
    let (admin, _) = admin(&app);
    employ(&app.db, "staff@example.com", Role::Staff);
    let page = admin.get("/settings/users");
    assert!(page.page(200).contains("admin@example.com") && page.text.contains("staff@example.com"));
    assert!(!page.text.contains("ada@example.com"));
    let found = admin.get("/settings/users?search=lovelace");
    assert!(found.page(200).contains("<a href=\"/settings/users/1\">Ada Lovelace</a>"), "{}", found.text);
    assert!(!found.text.contains("staff@example.com"));
    assert!(admin.get("/settings/users?search=nobody").page(200).contains("No user matches"));
    admin.get("/settings/users?role=staff").page(400);
}

#[test]
fn a_new_member_logs_in_with_the_password_that_is_shown_once() {
    let app = TestApp::guarded(TestApp::shop().db);
    let (admin, _) = admin(&app);
    let entries = [("first_name", "Mary"), ("last_name", "Shelley"), ("email", "mary@example.com"), ("role", "staff")];
    let made = admin.post("/settings/users/new", &entries);
    assert_eq!(made.header("Cache-Control"), "no-store");
    let (_, password) = made.page(200).split_once("<span id=\"secret\">").unwrap();
    let password = password.split('<').next().unwrap();
    app.db.accounts().log_in("mary@example.com", password).unwrap();

    let known = [("password", "chosen by the admin"), ("email", "ann@example.com")];
    let made = admin.submit("/settings/users/new", &[&entries[..2], &entries[3..], &known].concat());
    assert!(made.page(200).contains("The user is created") && !made.text.contains("chosen by"));
    app.db.accounts().log_in("ann@example.com", "chosen by the admin").unwrap();
}

#[test]
fn the_same_form_makes_one_member_and_shows_the_password_each_time() {
    let app = TestApp::guarded(TestApp::shop().db);
    let (admin, _) = admin(&app);
    let key = admin.get("/settings/users/new").input("key");
    let name = [("key", &*key), ("first_name", "Mary"), ("last_name", "Shelley")];
    let entries = [&name[..], &[("email", "mary@example.com"), ("role", "staff")]].concat();
    let [first, second] = [(); 2].map(|()| {
        let made = admin.post("/settings/users/new", &entries);
        made.page(200).split("<span id=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned()
    });
    assert_eq!(first, second);
    app.db.accounts().log_in("mary@example.com", &first).unwrap();
}

#[test]
fn a_member_who_is_refused_is_not_created_in_part() {
    let app = TestApp::guarded(TestApp::shop().db);
    let (admin, _) = admin(&app);
    let good = [("first_name", "Mary"), ("last_name", "Shelley"), ("email", "mary@example.com"), ("role", "staff")];
    for (field, value) in [("first_name", ""), ("email", "nowhere"), ("role", "owner"), ("password", "short")] {
        let entries: Vec<_> = good.into_iter().filter(|(name, _)| *name != field).chain([(field, value)]).collect();
        let page = admin.post("/settings/users/new", &entries);
        assert!(page.page(422).contains(&format!("id=\"{field}-error\"")), "{field}: {}", page.text);
    }
    let taken = [&good[..2], &[("email", "ada@example.com"), ("role", "staff")]].concat();
    let page = admin.post("/settings/users/new", &taken);
    assert!(page.page(422).contains("ada@example.com"), "{}", page.text);
    assert_eq!(role(&app, ADA), Role::Customer);
    assert!(app.db.users().get(UserId::new(4)).is_err());
}

#[test]
fn a_role_holds_from_the_next_request_on() {
    let app = TestApp::guarded(TestApp::shop().db);
    let (admin, _) = admin(&app);
    let id = employ(&app.db, "staff@example.com", Role::Staff);
    let staff = Visitor::of(&app, id);
    staff.get("/settings/users").page(403);
    let page = admin.submit(&format!("/settings/users/{id}/role"), &[("role", "admin")]);
    assert!(page.page(200).contains("The role is changed"));
    assert_eq!(role(&app, id), Role::Admin);
    staff.get("/settings/users").page(200);
    let refused = admin.post(&format!("/settings/users/{id}/role"), &[("role", "owner")]);
    assert!(refused.page(422).contains("id=\"role-error\""), "{}", refused.text);
}

#[test]
fn the_last_admin_stays() {
    let app = TestApp::guarded(TestApp::shop().db);
    let (admin, id) = admin(&app);
    for (action, entries) in [("role", [("role", "staff")]), ("status", [("status", "disabled")])] {
        let page = admin.post(&format!("/settings/users/{id}/{action}"), &entries);
        let words = page.words();
        assert!(page.page(422).contains("role=\"alert\"") && words.contains("last active admin"), "{action}: {words}");
    }
    let user = app.db.users().get(id).unwrap();
    assert_eq!((user.role, user.status), (Role::Admin, UserStatus::Active));
}

#[test]
fn a_disabled_user_is_out_and_can_be_let_in_again() {
    let app = TestApp::guarded(TestApp::shop().db);
    let (admin, _) = admin(&app);
    let id = employ(&app.db, "staff@example.com", Role::Staff);
    let staff = Visitor::of(&app, id);
    let address = format!("/settings/users/{id}/status");
    let page = admin.submit(&address, &[("status", "disabled")]);
    assert!(page.page(200).contains("</svg>Disabled</span>") && page.text.contains("Undo"));
    assert_eq!(staff.get("/products").status, 303, "the session has ended");
    let page = admin.submit(&address, &[("status", "active"), ("return", "/settings/users")]);
    assert!(page.page(200).contains("The user is enabled."));
    app.db.accounts().log_in("staff@example.com", PASSWORD).unwrap();
}

#[test]
fn a_password_that_is_set_ends_the_sessions_of_the_user() {
    let app = TestApp::guarded(TestApp::shop().db);
    let (admin, _) = admin(&app);
    let id = employ(&app.db, "staff@example.com", Role::Staff);
    let staff = Visitor::of(&app, id);
    let address = format!("/settings/users/{id}/password");
    assert!(admin.post(&address, &[("password", "short")]).page(422).contains("id=\"password-error\""));
    staff.get("/products").page(200);
    let page = admin.submit(&address, &[("password", "chosen by the admin")]);
    assert!(page.page(200).contains("The password is set"));
    assert_eq!(staff.get("/products").status, 303);
    app.db.accounts().log_in("staff@example.com", "chosen by the admin").unwrap();

    let made_up = admin.post(&address, &[("password", "")]);
    assert_eq!(made_up.header("Cache-Control"), "no-store");
    let (_, password) = made_up.page(200).split_once("<span id=\"secret\">").unwrap();
    let password = Password::new(password.split('<').next().unwrap()).unwrap();
    app.db.accounts().log_in("staff@example.com", password.expose()).unwrap();
}
