//! Views are recreated when their text has changed, and only then.

use std::sync::Barrier;
use std::thread;

use ecomdb::Database;

use crate::shop::Site;

/// An older text of a view, with other columns.
const OLDER: &str = "DROP VIEW analytics_rfm; CREATE VIEW analytics_rfm AS SELECT id AS customer FROM users;
    UPDATE ecomdb_views SET digest = 'older' WHERE name = 'analytics_rfm'";

fn has_its_columns(site: &Site) -> bool {
    site.count("analytics_rfm WHERE recency_score = 1") == 0
}

behaviours! {
    in Site:
    all_that_open_an_empty_database_at_once_get_a_shop
    a_new_database_has_all_views
    a_view_whose_text_has_changed_is_recreated
    a_view_that_is_missing_is_recreated
    a_view_that_was_interrupted_is_made_again
    nothing_is_written_and_no_lock_is_taken_when_views_have_their_text
    a_database_with_an_older_view_can_be_read_and_is_left_as_it_is
    all_that_open_a_database_with_an_older_view_at_once_can_use_it
    a_view_of_an_application_may_read_a_view_of_the_shop
}

fn all_that_open_an_empty_database_at_once_get_a_shop(site: &Site) {
    let start = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                start.wait();
                assert!(site.open().check().unwrap().is_clean());
            });
        }
    });
}

fn a_new_database_has_all_views(site: &Site) {
    let db = site.open();
    assert_eq!(db.applied_migrations(), ["0001_base"]);
    assert_eq!(db.renewed_views().len() as i64, site.count("ecomdb_views WHERE digest <> ''"));
    assert!(db.renewed_views().contains(&"analytics_rfm") && has_its_columns(site));
}

fn a_view_whose_text_has_changed_is_recreated(site: &Site) {
    site.open();
    site.run(OLDER);
    let db = site.open();
    assert_eq!((db.renewed_views(), db.applied_migrations()), (&["analytics_rfm"][..], &[][..]));
    assert!(has_its_columns(site));
    let again = site.open();
    assert!(again.renewed_views().is_empty() && again.stale_views().is_empty());
    assert_eq!(again.stale_views_reason(), None);
}

fn a_view_that_is_missing_is_recreated(site: &Site) {
    site.open();
    site.run("DROP VIEW sales_folded");
    let error = Database::builder(&site.url).migrate(false).open().unwrap_err();
    assert!(error.to_string().contains("lacks 1 view: run `ecomdb migrate`"), "{error}");
    assert_eq!(site.open().renewed_views(), ["sales_folded"]);
}

fn a_view_that_was_interrupted_is_made_again(site: &Site) {
    site.open();
    // On MySQL, the view may be there already.
    site.run("UPDATE ecomdb_views SET digest = '' WHERE name = 'analytics_funnel'");
    assert_eq!(site.open().renewed_views(), ["analytics_funnel"]);
}

fn nothing_is_written_and_no_lock_is_taken_when_views_have_their_text(site: &Site) {
    site.open().users().list(&Default::default()).unwrap();
    // Another program that migrates would wait for this transaction.
    let before = (site.names(), site.count("ecomdb_views"), site.files());
    site.while_locked(|| assert!(site.open().renewed_views().is_empty()));
    assert!((site.names(), site.count("ecomdb_views"), site.files()) == before, "nothing has changed");
}

fn a_database_with_an_older_view_can_be_read_and_is_left_as_it_is(site: &Site) {
    site.open();
    site.run(OLDER);
    for read_only in [true, false] {
        let db = Database::builder(&site.url).migrate(false).read_only(read_only).open().unwrap();
        assert!(db.renewed_views().is_empty());
    }
    assert_eq!(site.count("ecomdb_views WHERE digest = 'older'"), 1);
}

fn all_that_open_a_database_with_an_older_view_at_once_can_use_it(site: &Site) {
    site.open();
    for _ in 0..3 {
        site.run(OLDER);
        let start = Barrier::new(4);
        let renewed = thread::scope(|scope| {
            let openers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        site.open().renewed_views().len()
                    })
                })
                .collect();
            openers.into_iter().map(|opener| opener.join().unwrap()).sum::<usize>()
        });
        assert_eq!(renewed, 1);
        assert!(has_its_columns(site));
    }
}

fn a_view_of_an_application_may_read_a_view_of_the_shop(site: &Site) {
    site.open();
    site.run("CREATE VIEW best AS SELECT user_id FROM analytics_rfm WHERE segment = 'champions'");
    site.run("UPDATE ecomdb_views SET digest = 'older' WHERE name = 'analytics_rfm'");
    assert_eq!(site.open().renewed_views(), ["analytics_rfm"]);
    assert_eq!(site.count("best"), 0);
}

/// The others look names up when a view is read.
#[cfg(feature = "postgres")]
#[test]
fn a_view_with_other_columns_that_an_application_reads_is_refused_on_postgresql() {
    let site = Site::postgres();
    let db = site.open();
    site.run(OLDER);
    site.run("CREATE VIEW buyers AS SELECT customer FROM analytics_rfm");
    let error = Database::open(&site.url).unwrap_err();
    let words = error.to_string();
    assert!(matches!(error, ecomdb::Error::Configuration(_)), "{words}");
    assert!(words.contains("analytics_rfm") && words.contains("buyers"), "{words}");
    assert!(db.check().unwrap().is_clean());
    site.run("DROP VIEW buyers");
    assert_eq!(site.open().renewed_views(), ["analytics_rfm"]);
}

/// A migration that stops between two views leaves no view with a new text and the digest of the older one.
#[cfg(feature = "mysql")]
#[test]
fn views_have_no_digest_while_they_are_recreated_on_mysql() {
    let site = Site::mysql();
    site.open();
    site.run("DROP VIEW analytics_rfm; CREATE TABLE analytics_rfm (id BIGINT NOT NULL PRIMARY KEY)");
    site.run("UPDATE ecomdb_views SET digest = 'older' WHERE name IN ('analytics_funnel', 'analytics_rfm')");
    Database::open(&site.url).unwrap_err();
    assert_eq!(site.count("ecomdb_views WHERE digest = ''"), 2);
    site.run("DROP TABLE analytics_rfm");
    assert_eq!(site.open().renewed_views(), ["analytics_funnel", "analytics_rfm"]);
}

#[cfg(feature = "postgres")]
#[test]
fn a_database_whose_older_views_cannot_be_recreated_is_opened_and_names_them() {
    let site = Site::postgres();
    site.open();
    site.run("UPDATE ecomdb_views SET digest = 'older' WHERE name = 'analytics_rfm'");
    let name = site.url.rsplit('/').next().unwrap();
    site.run(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    let db = site.open();
    assert!(db.renewed_views().is_empty() && db.check().unwrap().is_clean());
    assert_eq!(db.stale_views(), ["analytics_rfm"]);
    assert!(db.stale_views_reason().unwrap().contains("can only be read"), "{:?}", db.stale_views_reason());
}
