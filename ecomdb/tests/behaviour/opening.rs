#[cfg(feature = "sqlite")]
use std::thread;

use ecomdb::{Database, Error, NewOrder, NewPayment, NewProduct, NewUser, PaymentMethod, Period};

use crate::shop::Shop;
#[cfg(feature = "sqlite")]
use crate::shop::Site;

behaviours! {
    a_shop_that_is_opened_again_has_what_it_had
    a_schema_that_is_newer_than_the_program_is_refused
    a_wait_that_no_clock_can_show_is_refused_by_its_name
    an_older_schema_is_refused_when_migrations_are_off
    a_handle_goes_on_after_another_one_has_reset_the_shop
}

fn a_shop_that_is_opened_again_has_what_it_had(shop: &Shop) {
    let ada = shop.user();
    assert_eq!(shop.open_again().users().get(ada.id).unwrap(), ada);
}

fn a_schema_that_is_newer_than_the_program_is_refused(shop: &Shop) {
    shop.write(|tx| {
        use diesel::connection::SimpleConnection as _;
        Ok(tx.batch_execute("INSERT INTO ecomdb_schema (version, digest) VALUES ('9999_later', '')")?)
    })
    .unwrap();
    let error = Database::open(&shop.url).unwrap_err();
    assert!(matches!(&error, Error::Configuration(words) if words.contains("9999_later")), "{error}");
}

fn a_wait_that_no_clock_can_show_is_refused_by_its_name(shop: &Shop) {
    use std::time::Duration;

    let day = Duration::from_secs(86_400);
    for most in [day + Duration::from_nanos(1), Duration::from_secs(1 << 63), Duration::MAX] {
        let builder = || Database::builder(&shop.url);
        for (name, refused) in
            [("wait", builder().wait(most)), ("statement_timeout", builder().statement_timeout(most))]
        {
            match refused.open() {
                Err(Error::Configuration(why)) => assert!(why.contains(&format!("`{name}`")), "{why}"),
                other => panic!("{other:?}"),
            }
        }
    }
    let db = Database::builder(&shop.url).migrate(false).wait(day).statement_timeout(day).read_only(true).open();
    db.unwrap_or_else(|error| panic!("{error}"));
}

fn an_older_schema_is_refused_when_migrations_are_off(shop: &Shop) {
    shop.write(|tx| {
        use diesel::connection::SimpleConnection as _;
        Ok(tx.batch_execute("UPDATE ecomdb_schema SET finished_at = NULL")?)
    })
    .unwrap();
    let error = Database::builder(&shop.url).migrate(false).open().unwrap_err();
    assert!(error.to_string().contains("ecomdb migrate"), "{error}");
}

/// Its connections have prepared statements for tables that were dropped.
fn a_handle_goes_on_after_another_one_has_reset_the_shop(shop: &Shop) {
    let other = shop.open_again();
    let work = || {
        let ada = other.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace").unwrap()).unwrap();
        let lamps = other.categories().create("Lamps").unwrap();
        let lamp = NewProduct::builder("Lamp", lamps.id, "29.99".parse().unwrap()).initial_stock(9).build().unwrap();
        let lamp = other.products().create(lamp).unwrap();
        for _ in 0..4 {
            let card = NewPayment::captured(PaymentMethod::Card);
            let order = NewOrder::builder(ada.id).item(lamp.id, 2).payment(card).build().unwrap();
            let order = other.orders().place(order).unwrap();
            assert_eq!(other.orders().get(order.id).unwrap(), order);
        }
        assert_eq!(other.analytics().total_revenue(&Period::ALL).unwrap().orders, 4);
        assert!(other.check().unwrap().is_clean());
    };
    work();
    shop.reset().unwrap();
    work();
}

#[test]
fn a_mistyped_url_creates_nothing_and_says_what_is_possible() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    let urls = [
        format!("sqlit://{path}/shop.db"),
        format!("sqlite:/{path}/shop.db"),
        format!("{path}/no/such/folder/shop.db"),
        format!("{path}/shop.db?mode=ro"),
        format!("{path}/host=localhost password=geheim"),
        format!("{path}/user:geheim@localhost"),
        "localhost:3306/shop".to_owned(),
        "sqlite://".to_owned(),
        format!("sqlite://{path}/no/such/folder/shop.db"),
        format!("sqlite://{path}"),
        "mysql://localhost".to_owned(),
        "postgres://".to_owned(),
        String::new(),
    ];
    for url in urls {
        let error = Database::open(&url).unwrap_err();
        assert!(matches!(error, Error::Configuration(_)), "{url}: {error}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(feature = "sqlite")]
#[test]
fn a_plain_path_and_memory_are_databases_of_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db").display().to_string();
    let ada = NewUser::new("ada@example.com", "Ada", "Lovelace").unwrap();
    let ada = Database::open(&path).unwrap().users().create(ada).unwrap();
    assert_eq!(Database::open(&format!("sqlite://{path}")).unwrap().users().get(ada.id).unwrap(), ada);

    let memory = Database::open(":memory:").unwrap();
    assert!(memory.users().get(ada.id).unwrap_err().is_not_found());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no file was made for it");
}

#[cfg(not(feature = "mysql"))]
#[test]
fn an_engine_that_was_not_compiled_in_is_named_with_its_feature() {
    let error = Database::open("mysql://user:secret@localhost/shop").unwrap_err().to_string();
    assert!(error.contains("--features mysql"), "{error}");
}

#[cfg(any(feature = "mysql", feature = "postgres"))]
#[test]
fn a_server_that_cannot_be_reached_is_an_error_without_the_password() {
    // A port that was just free.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for scheme in ["mysql", "postgres"] {
        let url = format!("{scheme}://user:s3cr%40t@127.0.0.1:{port}/shop");
        match Database::open(&url).unwrap_err() {
            Error::Unavailable(why) => assert!(!why.to_string().contains("s3cr"), "{why}"),
            Error::Configuration(words) => assert!(words.contains("built without"), "{words}"),
            other => panic!("{other:?}"),
        }
    }
}

#[cfg(any(feature = "mysql", feature = "postgres"))]
#[test]
fn a_short_password_ruins_no_message() {
    for scheme in ["mysql", "postgres"] {
        let error = |password: &str| {
            let url = format!("{scheme}://user:{password}@127.0.0.1:1/shop");
            Database::builder(&url).wait(std::time::Duration::from_millis(200)).open().unwrap_err().to_string()
        };
        assert_eq!(error("e"), error("a-long-password"));
    }
}

#[cfg(feature = "sqlite")]
#[test]
fn a_shop_in_memory_is_one_shop_for_all_threads() {
    let db = Database::open("sqlite::memory:").unwrap();
    let other = Database::open("sqlite::memory:").unwrap();
    thread::scope(|scope| {
        for n in 0..8 {
            let db = &db;
            scope.spawn(move || {
                db.users().create(ecomdb::NewUser::new(&format!("u{n}@example.com"), "A", "B").unwrap()).unwrap();
                db.users().list(&ecomdb::UserFilter::default()).unwrap();
            });
        }
    });
    assert_eq!(db.users().list(&ecomdb::UserFilter::default()).unwrap().items.len(), 8);
    assert!(other.users().list(&ecomdb::UserFilter::default()).unwrap().items.is_empty());
}

#[cfg(feature = "sqlite")]
#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "this is no database, it is a shopping list\n".repeat(100)).unwrap();
    for migrate in [true, false] {
        let error = Database::builder(format!("sqlite://{}", path.display())).migrate(migrate).open().unwrap_err();
        let words = error.to_string();
        assert!(matches!(error, Error::Configuration(_)), "{words}");
        assert!(words.contains("notes.txt") && words.contains("choose another file"), "{words}");
    }
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("this is no database"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Otherwise a stale id could name another session or key.
#[cfg(feature = "sqlite")]
#[test]
fn ids_of_sessions_and_keys_are_never_used_twice() {
    let site = Site::sqlite();
    site.open();
    site.run(
        "INSERT INTO users (id, email, first_name, last_name, created_at, updated_at) VALUES (1, 'a@b.org', 'A', 'B', 0, 0)",
    );
    for _ in 0..2 {
        site.run(
            "DELETE FROM sessions; DELETE FROM api_keys;
             INSERT INTO sessions (user_id, token_hash, created_at, expires_at, last_used_at) VALUES (1, 'a', 0, 0, 0);
             INSERT INTO api_keys (user_id, name, token_hash, scopes, created_at) VALUES (1, 'key', 'a', '', 0)",
        );
    }
    assert_eq!((site.count("sessions WHERE id = 2"), site.count("api_keys WHERE id = 2")), (1, 1));
}
