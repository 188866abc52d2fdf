//! Permissions are checked in the transaction itself: changes to the caller after its recognition take effect.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use ecomdb::schema::{Moment, api_keys, sessions};
use ecomdb::{
    ApiKey, ApiKeyFilter, Caller, Connection, Error, Forbidden, IdempotencyKey, NewApiKey, NewOrder, NewPayment,
    NewRefund, NewUser, OnBehalf, Order, OrderFilter, PageRequest, Password, PaymentFilter, PaymentMethod, Period,
    Product, Result, Role, Scope, User, UserFilter, UserPatch, UserStatus,
};

use crate::shop::{Shop, card, moment};

const PASSWORD: &str = "correct horse battery";

/// An admin recognised by a session or an API key.
struct Admin {
    user: User,
    caller: Caller,
    key: Option<ApiKey>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum With {
    Session,
    Key,
}

fn admin(shop: &Shop, with: With) -> Admin {
    let user = shop.accounts().set_role(shop.user().id, Role::Admin).unwrap();
    let (token, key) = match with {
        With::Session => {
            shop.accounts().set_password(user.id, &Password::new(PASSWORD).unwrap()).unwrap();
            (shop.accounts().log_in(&user.email, PASSWORD).unwrap().token, None)
        }
        With::Key => {
            let key = NewApiKey::builder(user.id, "program", Scope::ALL.iter().copied()).build().unwrap();
            let (token, key) = shop.accounts().create_key(key).unwrap();
            (token, Some(key))
        }
    };
    Admin { user, caller: shop.accounts().authenticate(token.expose()).unwrap(), key }
}

/// Sets times to a time long past.
fn age(shop: &Shop, update: fn(&mut Connection, DateTime<Utc>) -> QueryResult<usize>) {
    shop.write(move |tx| Ok(update(tx, moment("2020-01-01T00:00:00Z"))?)).unwrap();
}

fn disable(shop: &Shop, user: &User) {
    let disabled = UserPatch::default().status(UserStatus::Disabled);
    shop.users().update(user.id, disabled).unwrap();
}

/// What happens to a caller, the kind of its credential, and whether it is still recognised afterwards.
type Change = (&'static str, With, fn(&Shop, &Admin), bool);

const CHANGES: &[Change] = &[
    ("its user is disabled", With::Session, |shop, admin| disable(shop, &admin.user), false),
    ("its user is disabled", With::Key, |shop, admin| disable(shop, &admin.user), false),
    ("its user is made a customer", With::Session, make_customer, true),
    ("its user is made a customer", With::Key, make_customer, true),
    ("it logs out", With::Session, |shop, admin| shop.on_behalf_of(&admin.caller).accounts().log_out().unwrap(), false),
    ("it is revoked", With::Key, |shop, admin| drop(shop.accounts().revoke_key(key(admin)).unwrap()), false),
    (
        "it expires",
        With::Session,
        |shop, _| {
            age(shop, |tx, old| {
                diesel::update(sessions::table).set(sessions::expires_at.eq(Moment::of(old))).execute(tx)
            })
        },
        false,
    ),
    (
        "it is not used",
        With::Session,
        |shop, _| {
            age(shop, |tx, old| {
                diesel::update(sessions::table).set(sessions::last_used_at.eq(Moment::of(old))).execute(tx)
            })
        },
        false,
    ),
    (
        "it expires",
        With::Key,
        |shop, _| {
            age(shop, |tx, old| diesel::update(api_keys::table).set(api_keys::expires_at.eq(Some(old))).execute(tx))
        },
        false,
    ),
    ("its user is deleted", With::Session, |shop, admin| shop.users().delete(admin.user.id).unwrap(), false),
    ("its user is deleted", With::Key, |shop, admin| shop.users().delete(admin.user.id).unwrap(), false),
    (
        "its user is anonymised",
        With::Session,
        |shop, admin| drop(shop.users().anonymise(admin.user.id).unwrap()),
        false,
    ),
    (
        "its user gets another password",
        With::Session,
        |shop, admin| {
            shop.accounts().set_password(admin.user.id, &Password::random()).unwrap();
        },
        false,
    ),
];

fn make_customer(shop: &Shop, admin: &Admin) {
    shop.accounts().set_role(admin.user.id, Role::Customer).unwrap();
}

fn key(admin: &Admin) -> ecomdb::ApiKeyId {
    admin.key.as_ref().unwrap().id
}

/// Rows to read and change.
struct Things {
    ada: User,
    lamp: Product,
    unpaid: Order,
    begun: Order,
    paid: Order,
    key: ApiKey,
}

fn things(shop: &Shop) -> Things {
    let (ada, lamp) = (shop.user(), shop.product("5.00", 100));
    let begun = NewOrder::builder(ada.id).item(lamp.id, 1).payment(NewPayment::pending(PaymentMethod::Card));
    let key = NewApiKey::builder(ada.id, "phone", [Scope::OrdersRead]).build().unwrap();
    Things {
        unpaid: shop.pending_order(&ada, &[(lamp.id, 1)]),
        begun: shop.orders().place(begun.build().unwrap()).unwrap(),
        paid: shop.paid_order(&ada, &[(lamp.id, 1)]),
        key: shop.accounts().create_key(key).unwrap().1,
        ada,
        lamp,
    }
}

type Operation = (&'static str, fn(OnBehalf<'_>, &Things) -> Result<()>);

/// Operations of every kind on existing rows. All succeed for an admin, in this order.
const OPERATIONS: &[Operation] = &[
    ("read a product", |shop, things| shop.products().get(things.lamp.id).map(drop)),
    ("list users", |shop, _| shop.users().list(&UserFilter::default()).map(drop)),
    ("find a user", |shop, things| shop.users().find(&things.ada.email).map(drop)),
    ("read an order", |shop, things| shop.orders().get(things.paid.id).map(drop)),
    ("list orders", |shop, _| shop.orders().list(&OrderFilter::default()).map(drop)),
    ("list payments", |shop, _| shop.payments().list(&PaymentFilter::default()).map(drop)),
    ("read the ledger", |shop, things| shop.inventory().movements(things.lamp.id, &PageRequest::default()).map(drop)),
    ("report", |shop, _| shop.analytics().total_revenue(&Period::default()).map(drop)),
    ("restock", |shop, things| shop.inventory().restock(things.lamp.id, 1, None).map(drop)),
    ("rename a user", |shop, things| {
        let patch = UserPatch::default().first_name("X");
        shop.users().update(things.ada.id, patch).map(drop)
    }),
    ("create a user", |shop, _| shop.users().create(NewUser::new("x@y.org", "X", "Y")?).map(drop)),
    ("create a category", |shop, _| shop.categories().create("Of the caller").map(drop)),
    ("place an order", |shop, things| {
        shop.orders().place(NewOrder::builder(things.ada.id).item(things.lamp.id, 1).build()?).map(drop)
    }),
    ("place a paid order once", |shop, things| {
        let order = NewOrder::builder(things.ada.id).item(things.lamp.id, 1).payment(card()).build()?;
        shop.orders().idempotent(IdempotencyKey::new("checkout").unwrap()).place(order).map(drop)
    }),
    ("begin to pay", |shop, things| {
        shop.payments().create(things.unpaid.id, NewPayment::pending(PaymentMethod::Card)).map(drop)
    }),
    ("capture a payment", |shop, things| shop.payments().capture(things.begun.payments[0].id).map(drop)),
    ("refund", |shop, things| {
        shop.payments().refund(things.paid.id, NewRefund::builder("does not fit").build()?).map(drop)
    }),
    ("cancel an order", |shop, things| shop.orders().cancel(things.unpaid.id).map(drop)),
];

/// The same for accounts, which require a session.
const OF_ACCOUNTS: &[Operation] = &[
    ("ask who it is", |shop, _| shop.accounts().me().map(drop)),
    ("list keys", |shop, _| shop.accounts().keys(&ApiKeyFilter::default()).map(drop)),
    ("make a key", |shop, things| {
        let key = NewApiKey::builder(things.ada.id, "another", [Scope::OrdersRead]).build()?;
        shop.accounts().create_key(key).map(drop)
    }),
    ("revoke a key", |shop, things| shop.accounts().revoke_key(things.key.id).map(drop)),
    ("create an account", |shop, _| {
        let user = NewUser::new("boss@example.com", "X", "Y")?;
        shop.accounts().create(user, Role::Admin, &Password::random()).map(drop)
    }),
    ("set a password", |shop, things| shop.accounts().set_password(things.ada.id, &Password::random())),
    ("set a role", |shop, things| shop.accounts().set_role(things.ada.id, Role::Admin).map(drop)),
];

fn operations(with: With) -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.iter().chain(if with == With::Session { OF_ACCOUNTS } else { &[] })
}

/// All rows that an operation could have changed.
fn contents(shop: &Shop, things: &Things) -> String {
    let keys = shop.accounts().keys(&ApiKeyFilter::default()).unwrap();
    let users = shop.users().list(&UserFilter::default()).unwrap();
    let categories = shop.categories().list(&PageRequest::default()).unwrap();
    let orders = shop.orders().list(&OrderFilter::default()).unwrap();
    let payments = shop.payments().list(&PaymentFilter::default()).unwrap();
    let movements = shop.inventory().movements(things.lamp.id, &PageRequest::default()).unwrap();
    format!("{keys:?} {users:?} {categories:?} {orders:?} {payments:?} {movements:?}")
}

behaviours! {
    whatever_ends_a_caller_ends_what_it_has_not_done_yet
    a_caller_demoted_to_customer_loses_the_rows_of_others
    who_was_promoted_meanwhile_keeps_to_its_own_rows
    a_caller_from_before_a_reset_is_not_authenticated_afterwards
}

fn whatever_ends_a_caller_ends_what_it_has_not_done_yet(shop: &Shop) {
    let things = things(shop);
    for (change, with, make, is_known) in CHANGES {
        let admin = admin(shop, *with);
        make(shop, &admin);
        let before = contents(shop, &things);
        for (name, operation) in operations(*with) {
            // Operations on the customer's own account.
            if *is_known && ["ask who it is", "list keys"].contains(name) {
                continue;
            }
            match (operation(shop.on_behalf_of(&admin.caller), &things), is_known) {
                (Err(Error::InvalidToken), false) | (Err(Error::Forbidden(_)), true) => {}
                // Users and keys of others do not exist for a customer.
                (Err(Error::Invalid(_) | Error::NotFound { .. }), true)
                    if ["make a key", "revoke a key"].contains(name) => {}
                (outcome, _) => panic!("{change} ({with:?}): {name}: {outcome:?}"),
            }
        }
        assert_eq!(contents(shop, &things), before, "{change} ({with:?})");
    }
    for with in [With::Session, With::Key] {
        let (admin, things) = (admin(shop, with), self::things(shop));
        for (name, operation) in operations(with) {
            let outcome = operation(shop.on_behalf_of(&admin.caller), &things);
            assert!(outcome.is_ok(), "{name} ({with:?}): {outcome:?}");
        }
        // Undo, so that the next caller can create the same row.
        shop.run("DELETE FROM users WHERE email = 'x@y.org'");
        shop.run("DELETE FROM categories WHERE name = 'Of the caller'");
        shop.run("DELETE FROM idempotency_keys");
    }
    shop.expect_clean();
}

fn a_caller_demoted_to_customer_loses_the_rows_of_others(shop: &Shop) {
    let (things, admin) = (things(shop), admin(shop, With::Session));
    make_customer(shop, &admin);
    let then = shop.on_behalf_of(&admin.caller);
    let rename = UserPatch::default().first_name("X");
    let refusals = [
        then.orders().get(things.paid.id).map(drop),
        then.users().list(&UserFilter::default()).map(drop),
        then.users().update(things.ada.id, rename).map(drop),
        then.orders().cancel(things.unpaid.id).map(drop),
    ];
    for refused in refusals {
        assert!(matches!(refused, Err(Error::Forbidden(Forbidden::Demoted))), "{refused:?}");
    }
    assert_eq!(shop.order_now(things.unpaid.id), things.unpaid);
}

fn who_was_promoted_meanwhile_keeps_to_its_own_rows(shop: &Shop) {
    let (things, of_bob) = (things(shop), admin(shop, With::Session));
    make_customer(shop, &of_bob);
    let login = shop.accounts().log_in(&of_bob.user.email, PASSWORD).unwrap();
    let bob = shop.accounts().authenticate(login.token.expose()).unwrap();
    shop.accounts().set_role(of_bob.user.id, Role::Staff).unwrap();
    let then = shop.on_behalf_of(&bob);
    assert!(then.orders().get(things.paid.id).unwrap_err().is_not_found());
    assert_eq!(then.users().get(of_bob.user.id).unwrap().role, Role::Staff);
}

fn a_caller_from_before_a_reset_is_not_authenticated_afterwards(shop: &Shop) {
    let before = admin(shop, With::Session);
    shop.reset().unwrap();
    // The first user and session again, with the same ids on every engine.
    let after = admin(shop, With::Session);
    assert_eq!((after.user.id, after.caller.credential()), (before.user.id, before.caller.credential()));
    let refused = shop.on_behalf_of(&before.caller).users().list(&UserFilter::default());
    assert!(matches!(refused, Err(Error::InvalidToken)), "{refused:?}");
    shop.on_behalf_of(&before.caller).accounts().log_out().unwrap();
    assert_eq!(shop.on_behalf_of(&after.caller).accounts().me().unwrap(), after.user);
}
