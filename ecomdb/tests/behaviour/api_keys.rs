//! The limit on API keys per user.

use diesel::prelude::*;
use ecomdb::schema::api_keys;
use ecomdb::{ApiKeyFilter, Conflict, Limit, NewApiKey, PageRequest, Role, Scope, User};

use crate::shop::{Shop, conflict, moment};

behaviours! {
    a_user_has_50_active_keys_and_no_more
    of_the_keys_of_a_user_that_have_ended_the_latest_50_are_kept
}

fn a_user_has_50_active_keys_and_no_more(shop: &Shop) {
    let (ada, bob) = (shop.member(Role::Customer), shop.member(Role::Customer));
    let create = |user: &User| {
        let key = NewApiKey::builder(user.id, "a program", [Scope::OrdersRead]).build().unwrap();
        shop.accounts().create_key(key).map(|(_, key)| key)
    };
    let first = create(&ada).unwrap();
    let second = create(&ada).unwrap();
    for _ in 2..50 {
        create(&ada).unwrap();
    }
    let refused = conflict(create(&ada));
    assert!(matches!(refused, Conflict::LimitReached { entity: "user", limit: 50, .. }), "{refused:?}");
    create(&bob).unwrap();
    shop.accounts().revoke_key(first.id).unwrap();
    create(&ada).unwrap();
    assert_eq!(conflict(create(&ada)), refused);
    let expired = api_keys::expires_at.eq(Some(moment("2020-01-01T00:00:00Z")));
    shop.write(move |tx| Ok(diesel::update(api_keys::table.find(second.id)).set(expired).execute(tx)?)).unwrap();
    create(&ada).unwrap();
    assert_eq!(conflict(create(&ada)), refused);
}

fn of_the_keys_of_a_user_that_have_ended_the_latest_50_are_kept(shop: &Shop) {
    let ada = shop.member(Role::Customer);
    let create = || {
        let key = NewApiKey::builder(ada.id, "a program", [Scope::OrdersRead]).build().unwrap();
        shop.accounts().create_key(key).unwrap().1.id
    };
    let made: Vec<_> = (0..60).map(|_| shop.accounts().revoke_key(create()).unwrap().id).collect();
    let active = create();
    let filter = ApiKeyFilter::default().page(PageRequest::default().limit(Limit::new(1000).unwrap()));
    let listed: Vec<_> = shop.accounts().keys(&filter).unwrap().items.iter().map(|key| key.id).collect();
    let expected: Vec<_> = std::iter::once(active).chain(made.into_iter().rev().take(50)).collect();
    assert_eq!(listed, expected);
}
