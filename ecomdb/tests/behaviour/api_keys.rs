//! The limit on API keys per user.

use diesel::prelude::*;
use ecomdb::{ApiKeyFilter, Conflict, Limit, NewApiKey, PageRequest, Role, Scope, User};

use crate::shop::conflict;

behaviours! {
    fn a_user_has_50_active_keys_and_no_more(shop) {
        let (ada, bob) = (shop.member(Role::Customer), shop.member(Role::Customer));
        let create = |user: &User| {
            let key = NewApiKey::new(user.id, "a program", [Scope::OrdersRead], None).unwrap();
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
        let expire = format!("UPDATE api_keys SET expires_at = '2020-01-01 00:00:00.000000' WHERE id = {}", second.id);
        shop.write(move |tx| Ok(diesel::sql_query(expire.clone()).execute(tx)?)).unwrap();
        create(&ada).unwrap();
        assert_eq!(conflict(create(&ada)), refused);
    }

    fn of_the_keys_of_a_user_that_have_ended_the_latest_50_are_kept(shop) {
        let ada = shop.member(Role::Customer);
        let create = || {
            let key = NewApiKey::new(ada.id, "a program", [Scope::OrdersRead], None).unwrap();
            shop.accounts().create_key(key).unwrap().1.id
        };
        let made: Vec<_> = (0..60).map(|_| shop.accounts().revoke_key(create()).unwrap().id).collect();
        let active = create();
        let filter = ApiKeyFilter { page: PageRequest::first(Limit::new(1000).unwrap()), ..ApiKeyFilter::default() };
        let listed: Vec<_> = shop.accounts().keys(&filter).unwrap().items.iter().map(|key| key.id).collect();
        let expected: Vec<_> = std::iter::once(active).chain(made.into_iter().rev().take(50)).collect();
        assert_eq!(listed, expected);
    }
}

/// API keys from before the column `own_only` are limited by the role that their user has now.
#[cfg(feature = "sqlite")]
#[test]
fn keys_of_customers_from_before_are_limited_to_what_is_their_own() {
    use diesel::Connection as _;
    use diesel::connection::SimpleConnection as _;
    use diesel::sql_types::BigInt;

    #[derive(QueryableByName)]
    struct Limited {
        #[diesel(sql_type = BigInt)]
        own_only: i64,
    }

    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    let names = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut before: Vec<String> = names.filter(|name| name.as_str() < "0014").collect();
    before.sort();
    let step = |name: &str, file: &str| std::fs::read_to_string(folder.join(name).join(file)).unwrap();
    let mut conn = diesel::SqliteConnection::establish(":memory:").unwrap();
    for name in before {
        conn.batch_execute(&step(&name, "up.sql")).unwrap();
    }
    conn.batch_execute(
        "INSERT INTO users (id, email, first_name, last_name, created_at, updated_at, role) VALUES
             (1, 'a@b.org', 'A', 'B', '', '', 'customer'), (2, 'b@b.org', 'A', 'B', '', '', 'staff');
         INSERT INTO api_keys (user_id, name, token_hash, scopes, created_at) VALUES
             (1, 'key', 'one', '', ''), (2, 'key', 'two', '', '');",
    )
    .unwrap();
    for file in ["up.sql", "down.sql", "up.sql"] {
        conn.batch_execute(&step("0014_keys_of_customers", file)).unwrap();
    }
    let rows: Vec<Limited> =
        diesel::sql_query("SELECT own_only FROM api_keys ORDER BY user_id").load(&mut conn).unwrap();
    assert_eq!(rows.iter().map(|row| row.own_only).collect::<Vec<_>>(), [1, 0]);
}
