//! A shop and an application share a database: neither touches the other's tables.

use ecomdb::{Database, Error, NewUser};

#[cfg(feature = "mysql")]
use crate::shop::Shop;
use crate::shop::Site;

/// An application that uses Diesel's migrations, some with the same versions as the shop's.
const APPLICATION: &str = "
    CREATE TABLE __diesel_schema_migrations (
        version VARCHAR(50) PRIMARY KEY NOT NULL,
        run_on  TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
    );
    INSERT INTO __diesel_schema_migrations (version) VALUES ('0001'), ('0003'), ('20260101000000');
    CREATE TABLE notes (text VARCHAR(20) NOT NULL);
    INSERT INTO notes VALUES ('buy lamps');";

/// An application's table that references the shop's users, with a row for user 1.
const LIKES: &str = "
    CREATE TABLE likes (
        user_id BIGINT NOT NULL,
        CONSTRAINT likes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
    );
    INSERT INTO likes VALUES (1);";

fn ada() -> NewUser {
    NewUser::new("ada@example.com", "Ada", "Lovelace").unwrap()
}

/// Both ways of opening fail for the same reason and change nothing.
fn expect_refusal(site: &Site, hints: &[&str]) {
    let before = (site.names(), site.files());
    for migrate in [true, false] {
        let error = Database::builder(&site.url).migrate(migrate).open().unwrap_err();
        let words = error.to_string();
        assert!(matches!(error, Error::Configuration(_)), "{words}");
        assert!(hints.iter().all(|hint| words.contains(hint)), "{words}");
    }
    assert!((site.names(), site.files()) == before, "nothing has changed");
}

behaviours! {
    in Site:
    a_shop_stands_beside_an_application_with_migrations_of_its_own
    a_database_without_a_shop_is_left_as_it_is_when_migrations_are_off
    a_name_that_an_application_has_taken_is_refused_before_anything_is_changed
    another_shop_is_not_taken_for_one_of_an_older_version
    a_newer_version_of_the_shop_takes_no_table_of_an_application
    the_shop_of_a_draft_before_the_first_release_is_refused
    a_reset_is_refused_while_a_table_of_an_application_refers_to_the_shop
    a_reset_breaks_no_view_of_an_application
}

fn a_shop_stands_beside_an_application_with_migrations_of_its_own(site: &Site) {
    site.run(APPLICATION);
    let db = site.open();
    let user = db.users().create(ada()).unwrap();
    assert!(db.check().unwrap().is_clean());
    drop(db);

    // The application continues to migrate.
    site.run("INSERT INTO __diesel_schema_migrations (version) VALUES ('0002')");
    let db = Database::builder(&site.url).migrate(false).open().unwrap();
    assert_eq!(db.users().get(user.id).unwrap(), user);
    db.reset().unwrap();
    assert!(db.users().list(&Default::default()).unwrap().items.is_empty());
    assert_eq!((site.count("notes"), site.count("__diesel_schema_migrations")), (1, 4));
    assert_eq!(site.open().users().create(ada()).unwrap().id, user.id);
}

fn a_database_without_a_shop_is_left_as_it_is_when_migrations_are_off(site: &Site) {
    site.run(APPLICATION);
    let before = (site.names(), site.files());
    let error = Database::builder(&site.url).migrate(false).open().unwrap_err();
    assert!(error.to_string().contains("ecomdb migrate"), "{error}");
    assert!((site.names(), site.files()) == before, "nothing has changed");
}

fn a_name_that_an_application_has_taken_is_refused_before_anything_is_changed(site: &Site) {
    site.run(APPLICATION);
    site.run("CREATE TABLE orders (number INT); CREATE TABLE analytics_rfm (number INT)");
    expect_refusal(site, &["(orders, analytics_rfm)", "another database for the shop"]);
    site.run("DROP TABLE orders; DROP TABLE analytics_rfm; CREATE VIEW users AS SELECT text FROM notes");
    expect_refusal(site, &["(users)"]);
    site.run("DROP VIEW users");
    site.open();
}

fn another_shop_is_not_taken_for_one_of_an_older_version(site: &Site) {
    site.run(APPLICATION);
    let tables = ["users", "products", "orders", "order_items", "payments"];
    for table in tables {
        site.run(&format!("CREATE TABLE {table} (number INT)"));
    }
    expect_refusal(site, &["tables of another application", "rename them"]);
}

fn a_newer_version_of_the_shop_takes_no_table_of_an_application(site: &Site) {
    site.open();
    // An older schema without this view, whose name the application then took.
    site.run("DELETE FROM ecomdb_views WHERE name = 'analytics_rfm'; DROP VIEW analytics_rfm; CREATE TABLE analytics_rfm (number INT)");
    expect_refusal(site, &["(analytics_rfm)"]);
}

fn the_shop_of_a_draft_before_the_first_release_is_refused(site: &Site) {
    site.open();
    let words = ["a draft of ecomdb", "ecomdb export --into", "name another database"];
    // A draft had the same migration with other statements.
    site.run("UPDATE ecomdb_schema SET digest = 'other'");
    expect_refusal(site, &words);
    // Earlier ones kept no digest, in a table of another name.
    site.run("DROP TABLE ecomdb_schema; CREATE TABLE ecomdb_migrations (version VARCHAR(50) NOT NULL PRIMARY KEY)");
    expect_refusal(site, &words);
}

/// Switching it to WAL would change the file.
#[cfg(feature = "sqlite")]
#[test]
fn a_file_with_a_newer_shop_keeps_its_journal_mode() {
    let site = Site::sqlite();
    site.open();
    site.run("INSERT INTO ecomdb_schema (version, digest) VALUES ('9999_newer', ''); PRAGMA journal_mode = DELETE");
    expect_refusal(&site, &["9999_newer", "use the newer ecomdb"]);
    site.run("DELETE FROM ecomdb_schema WHERE version = '9999_newer'");
    site.open();
    assert_eq!(site.count("pragma_journal_mode WHERE journal_mode = 'wal'"), 1);
}

fn a_reset_is_refused_while_a_table_of_an_application_refers_to_the_shop(site: &Site) {
    let db = site.open();
    let user = db.users().create(ada()).unwrap();
    site.run(LIKES);
    let error = db.reset().unwrap_err();
    let words = error.to_string();
    assert!(matches!(error, Error::Configuration(_)), "{words}");
    assert!(words.contains("likes") && words.contains("users") && words.contains("user_id"), "{words}");
    assert_eq!(db.users().get(user.id).unwrap(), user);
    assert_eq!(site.count("likes"), 1);
    assert_eq!(site.open().users().get(user.id).unwrap(), user);

    site.run("DROP TABLE likes");
    db.reset().unwrap();
    assert!(db.users().list(&Default::default()).unwrap().items.is_empty());
}

fn a_reset_breaks_no_view_of_an_application(site: &Site) {
    let db = site.open();
    db.users().create(ada()).unwrap();
    site.run(
        "CREATE VIEW logins AS SELECT u.email, u.role, s.id FROM users u LEFT JOIN sessions s ON s.user_id = u.id",
    );
    assert_eq!(site.count("logins"), 1);
    match db.reset() {
        Ok(()) => assert_eq!(site.count("logins"), 0),
        Err(error) => {
            let words = error.to_string();
            assert!(matches!(error, Error::Configuration(_)), "{words}");
            assert!(words.contains("cannot be reset") && words.contains("logins"), "{words}");
            assert_eq!(site.count("logins"), 1);
            site.run("DROP VIEW logins");
            db.reset().unwrap();
        }
    }
}

/// MySQL drops tables one by one.
#[cfg(feature = "mysql")]
#[test]
fn a_reset_that_failed_half_way_is_repaired_by_opening() {
    let shop = Shop::mysql();
    let (user, product) = (shop.user(), shop.product("2.00", 9));
    shop.paid_order(&user, &[(product.id, 3)]);
    let before = shop.analytics().total_revenue(&ecomdb::Period::ALL).unwrap();
    assert_eq!((before.orders, before.total_revenue.to_string().as_str()), (1, "6.00"));
    // Some rollups are missing, the others still contain the order, and an order waits in the queue.
    shop.paid_order(&user, &[(product.id, 1)]);
    shop.run(
        "UPDATE ecomdb_schema SET finished_at = NULL; UPDATE ecomdb_views SET digest = '';
         DROP VIEW analytics_rfm, sales_folded; DROP TABLE sales_by_pair, sales_by_month, idempotency_keys",
    );
    let db = shop.open_again();
    let after = db.analytics().total_revenue(&ecomdb::Period::ALL).unwrap();
    assert_eq!((after.orders, after.total_revenue.to_string().as_str()), (2, "8.00"));
    assert!(db.check().unwrap().is_clean());
    assert!(Database::open(&shop.url).unwrap().applied_migrations().is_empty());
}

#[cfg(feature = "postgres")]
#[test]
fn a_shop_can_be_in_a_schema_whose_name_has_to_be_quoted() {
    let site = Site::postgres();
    site.run("CREATE SCHEMA \"My-Shop\"");
    let db = Database::open(&format!("{}?options=-csearch_path%3D%22My-Shop%22", site.url)).unwrap();
    db.users().create(ada()).unwrap();
    db.reset().unwrap();
    assert!(db.users().list(&Default::default()).unwrap().items.is_empty());
}

/// Two shops in one database, and the second one's schema is behind the first one's in the search path.
#[cfg(feature = "postgres")]
#[test]
fn a_reset_does_not_touch_the_shop_of_another_schema_of_the_search_path() {
    let site = Site::postgres();
    site.run("CREATE SCHEMA mine; CREATE SCHEMA others");
    let open = |path: &str| Database::open(&format!("{}?options=-csearch_path%3D{path}", site.url)).unwrap();
    let (mine, others) = (open("mine"), open("others"));
    others.users().create(ada()).unwrap();
    drop(mine);
    let mine = open("mine,others");
    mine.reset().unwrap();
    site.run("DROP TABLE mine.idempotency_keys");
    let refused = mine.reset();
    assert!(matches!(&refused, Err(Error::Configuration(why)) if why.contains("idempotency_keys")), "{refused:?}");
    assert!(others.check().unwrap().is_clean());
    assert_eq!((site.count("others.idempotency_keys"), site.count("others.users")), (0, 1));
}
