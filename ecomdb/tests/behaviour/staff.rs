//! Changes to staff and admins, of whom one admin must remain.

use std::sync::Barrier;
use std::sync::mpsc::channel;
use std::thread;

use diesel::RunQueryDsl as _;
use ecomdb::{
    Caller, Conflict, Engine, Error, Forbidden, NewApiKey, NewUser, OnBehalf, Password, Result, Role, Scope, User,
    UserFilter, UserId, UserPatch, UserStatus,
};

use crate::accounts::texts;
use crate::shop::{Shop, conflict};

const PASSWORD: &str = "correct horse battery";

/// A user of this role who can log in.
fn employ(shop: &Shop, role: Role) -> User {
    let user = shop.user();
    shop.accounts().set_password(user.id, &Password::new(PASSWORD).unwrap()).unwrap();
    shop.accounts().set_role(user.id, role).unwrap()
}

fn logged_in(shop: &Shop, user: &User) -> Caller {
    let login = shop.accounts().log_in(&user.email, PASSWORD).unwrap();
    shop.accounts().authenticate(login.token.expose()).unwrap()
}

fn status(status: UserStatus) -> UserPatch {
    UserPatch::default().status(status)
}

fn disable(shop: OnBehalf<'_>, user: UserId) -> Result<()> {
    shop.users().update(user, status(UserStatus::Disabled)).map(drop)
}

type Ending = (&'static str, fn(OnBehalf<'_>, UserId) -> Result<()>);

/// The operations that end an admin.
const ENDINGS: &[Ending] = &[
    ("demote", |shop, user| shop.accounts().set_role(user, Role::Staff).map(drop)),
    ("disable", disable),
    ("delete", |shop, user| shop.users().delete(user)),
    ("anonymise", |shop, user| shop.users().anonymise(user).map(drop)),
];

/// The operations that make a user staff or an admin.
const BEGINNINGS: &[Ending] = &[
    ("staff", |shop, user| shop.accounts().set_role(user, Role::Staff).map(drop)),
    ("admin", |shop, user| shop.accounts().set_role(user, Role::Admin).map(drop)),
    ("new admin", |shop, user| {
        let new = NewUser::new(&format!("new{user}@example.com"), "Ada", "Lovelace")?;
        shop.accounts().create(new, Role::Admin, &Password::new(PASSWORD)?).map(drop)
    }),
];

/// Whether a change of staff is waiting for a lock.
fn one_waits(shop: &Shop) -> bool {
    let waiting = match shop.handle().engine() {
        Engine::Mysql => {
            "SELECT CAST(COUNT(*) AS CHAR) AS words FROM information_schema.processlist \
             WHERE db = DATABASE() AND info LIKE 'UPDATE staff_changes%'"
        }
        Engine::Postgres => {
            "SELECT CAST(COUNT(*) AS TEXT) AS words FROM pg_stat_activity \
             WHERE datname = current_database() AND wait_event_type = 'Lock'"
        }
        _ => return shop.statistics().unwrap().waiting_writes > 0,
    };
    texts(shop, waiting.to_owned()) != [Some("0".to_owned())]
}

/// Active admins who can log in.
fn admins(shop: &Shop) -> Vec<User> {
    let admins = UserFilter::default().role(Role::Admin).status(UserStatus::Active);
    shop.users().list(&admins).unwrap().items
}

behaviours! {
    the_last_active_admin_stays_one
    of_two_admins_who_end_each_other_at_once_one_is_left
    a_change_that_waited_is_refused_if_its_caller_is_no_admin_any_more
    an_admin_who_was_demoted_meanwhile_makes_no_staff_or_admins
    the_program_itself_may_end_the_last_admin
    a_key_manages_customers_but_neither_staff_nor_admins
}

fn the_last_active_admin_stays_one(shop: &Shop) {
    let ada = employ(shop, Role::Admin);
    let as_ada = logged_in(shop, &ada);
    let (disabled, staff) = (employ(shop, Role::Admin), employ(shop, Role::Staff));
    shop.users().update(disabled.id, status(UserStatus::Disabled)).unwrap();
    let cannot_log_in = shop.accounts().set_role(shop.user().id, Role::Admin).unwrap();
    for (name, end) in ENDINGS {
        let refused = conflict(end(shop.on_behalf_of(&as_ada), ada.id));
        assert_eq!(refused, Conflict::LastAdmin { id: ada.id.get() }, "{name}");
    }
    assert_eq!(shop.users().get(ada.id).unwrap(), ada);
    // Other users can be ended as before, and so can she once there is another admin.
    let own = shop.on_behalf_of(&as_ada);
    own.users().delete(cannot_log_in.id).unwrap();
    own.users().anonymise(disabled.id).unwrap();
    assert_eq!(own.accounts().set_role(ada.id, Role::Admin).unwrap().role, Role::Admin);
    own.accounts().set_role(staff.id, Role::Admin).unwrap();
    own.accounts().set_role(ada.id, Role::Customer).unwrap();
    assert_eq!(admins(shop).iter().map(|admin| admin.id).collect::<Vec<_>>(), [staff.id]);
}

fn of_two_admins_who_end_each_other_at_once_one_is_left(shop: &Shop) {
    for (name, end) in ENDINGS {
        let pair = [employ(shop, Role::Admin), employ(shop, Role::Admin)];
        let (callers, start) = (pair.each_ref().map(|admin| logged_in(shop, admin)), &Barrier::new(2));
        let outcomes: Vec<Result<()>> = thread::scope(|scope| {
            let ends = [(&callers[0], pair[1].id), (&callers[1], pair[0].id)].map(|(caller, other)| {
                scope.spawn(move || {
                    start.wait();
                    end(shop.on_behalf_of(caller), other)
                })
            });
            ends.map(|end| end.join().unwrap()).into()
        });
        let left = admins(shop);
        assert_eq!(left.len(), 1, "{name}: {outcomes:?}");
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{name}: {outcomes:?}");
        for refused in outcomes.into_iter().filter_map(Result::err) {
            // The later one is no longer an admin.
            let is_refused = matches!(refused, Error::Conflict(Conflict::LastAdmin { .. }))
                || refused.is_forbidden()
                || refused.is_unauthenticated();
            assert!(is_refused, "{name}: {refused:?}");
        }
        shop.users().anonymise(left[0].id).unwrap();
    }
}

fn a_change_that_waited_is_refused_if_its_caller_is_no_admin_any_more(shop: &Shop) {
    let (ada, bob, staff) = (employ(shop, Role::Admin), employ(shop, Role::Admin), employ(shop, Role::Staff));
    let as_bob = logged_in(shop, &bob);
    let ada_demotes_bob = || shop.accounts().set_role(bob.id, Role::Customer);
    ada_demotes_bob().unwrap();
    let refused = shop.on_behalf_of(&as_bob).accounts().set_role(staff.id, Role::Admin);
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let refused = shop.on_behalf_of(&as_bob).accounts().set_role(bob.id, Role::Admin);
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    assert_eq!(admins(shop), [ada]);
}

fn an_admin_who_was_demoted_meanwhile_makes_no_staff_or_admins(shop: &Shop) {
    for (name, begin) in BEGINNINGS {
        let (ada, bob) = (employ(shop, Role::Admin), shop.user());
        let (as_ada, id) = (logged_in(shop, &ada), ada.id);
        let ((begun, has_begun), (go_on, may_go_on)) = (channel(), channel::<()>());
        // On two nodes of a cluster neither would wait: the first to commit would win.
        let one = shop.handle();
        let outcome = thread::scope(|scope| {
            let demotion = scope.spawn(|| {
                one.write_once(move |tx| {
                    diesel::sql_query("UPDATE staff_changes SET changes = changes + 1").execute(tx)?;
                    diesel::sql_query(format!("UPDATE users SET role = 'staff' WHERE id = {id}")).execute(tx)?;
                    begun.send(()).unwrap();
                    may_go_on.recv().unwrap();
                    Ok::<_, Error>(())
                })
            });
            has_begun.recv().unwrap();
            let promotion = scope.spawn(|| begin(one.on_behalf_of(&as_ada), bob.id));
            while !promotion.is_finished() && !one_waits(shop) {
                thread::yield_now();
            }
            go_on.send(()).unwrap();
            demotion.join().unwrap().unwrap();
            promotion.join().unwrap()
        });
        assert!(matches!(outcome, Err(Error::Forbidden(_))), "{name}: {outcome:?}");
        assert_eq!(shop.users().get(bob.id).unwrap(), bob, "{name}");
        assert!(admins(shop).is_empty(), "{name}");
    }
}

fn the_program_itself_may_end_the_last_admin(shop: &Shop) {
    for (name, end) in ENDINGS {
        let ada = employ(shop, Role::Admin);
        end(shop.on_behalf_of(&Caller::operator()), ada.id).unwrap();
        assert!(admins(shop).is_empty(), "{name}");
    }
}

fn a_key_manages_customers_but_neither_staff_nor_admins(shop: &Shop) {
    let (ada, bob) = (employ(shop, Role::Admin), employ(shop, Role::Admin));
    let key = NewApiKey::builder(ada.id, "program", [Scope::UsersManage, Scope::UsersWrite]).build().unwrap();
    let (token, _) = shop.accounts().create_key(key).unwrap();
    let program = shop.accounts().authenticate(token.expose()).unwrap();
    let changes: &[Ending] = &[
        ("disable", disable),
        ("change the address", |shop, user| {
            let patch = UserPatch::default().email(format!("new{user}@example.com"));
            shop.users().update(user, patch).map(drop)
        }),
        ("anonymise", |shop, user| shop.users().anonymise(user).map(drop)),
        ("delete", |shop, user| shop.users().delete(user)),
    ];
    for user in [ada, bob, employ(shop, Role::Staff)] {
        for (name, change) in changes {
            let refused = change(shop.on_behalf_of(&program), user.id);
            assert!(matches!(refused, Err(Error::Forbidden(Forbidden::Session))), "{name}: {refused:?}");
        }
        assert_eq!(shop.users().get(user.id).unwrap(), user);
    }
    let customer = shop.user();
    for (name, change) in changes {
        let outcome = change(shop.on_behalf_of(&program), customer.id);
        assert!(outcome.is_ok(), "{name}: {outcome:?}");
    }
    assert!(shop.users().get(customer.id).unwrap_err().is_not_found());
}
