//! Databases that are opened read-only, and reports that cannot fold sales.

use ecomdb::{
    Database, Error, Limit, NewRefund, NewUser, Password, Period, Question, Report, Trend, Unavailable, UserFilter,
};

use crate::shop::{Shop, TestClock, money, question};

/// A read-only handle.
pub(crate) fn reader(url: &str) -> Database {
    Database::builder(url).read_only(true).open().unwrap()
}

/// Sales of several months: some folded, some queued, and some folded ones changed since.
fn sell(shop: &Shop) {
    let clock = TestClock::at("2026-01-20T10:07:00Z");
    let db = shop.open_with(&clock);
    let place = |user: &ecomdb::User, items: &[(ecomdb::ProductId, i64)]| {
        let order = ecomdb::NewOrder::builder(user.id).items(items.iter().copied()).payment(crate::shop::card());
        db.orders().place(order.build().unwrap()).unwrap()
    };
    let users = [shop.user(), shop.user(), shop.user()];
    let products = [shop.product("10.00", 500), shop.product("3.50", 500), shop.product("7.25", 500)];
    let [lamp, pen, cup] = products.each_ref().map(|product| product.id);
    let first = place(&users[0], &[(lamp, 2), (pen, 1)]);
    let second = place(&users[1], &[(lamp, 1), (cup, 3)]);
    place(&users[1], &[(pen, 4)]);
    db.fold().unwrap();
    db.analytics().bought_together(&Period::ALL, Limit::new(10).unwrap()).unwrap();

    clock.set("2026-02-14T23:59:00Z");
    place(&users[2], &[(lamp, 1), (pen, 1), (cup, 1)]);
    place(&users[0], &[(lamp, 5), (pen, 2)]);
    clock.set("2026-03-02T00:00:00Z");
    db.payments().refund(first.id, NewRefund::builder("wrong size").amount(money("4.00")).build().unwrap()).unwrap();
    db.payments().refund(second.id, NewRefund::builder("wrong size").build().unwrap()).unwrap();
    let third = place(&users[2], &[(cup, 2), (pen, 3)]);
    db.payments().refund(third.id, NewRefund::builder("wrong size").amount(money("1.00")).build().unwrap()).unwrap();
    db.orders().place(ecomdb::NewOrder::builder(users[0].id).item(lamp, 1).build().unwrap()).unwrap();
    db.vouchers().create(ecomdb::NewVoucher::percent("TENTH", money("10.00")).build().unwrap()).unwrap();
    let discounted = ecomdb::NewOrder::builder(users[0].id).item(lamp, 1).voucher("TENTH").payment(crate::shop::card());
    db.orders().place(discounted.build().unwrap()).unwrap();
    assert!(shop.statistics().unwrap().waiting_sales > 4);
}

/// All time, whole months, and a period whose ends cut months, days and quarters of an hour. The end is fixed, because
/// days of cover would otherwise change between two queries.
fn questions() -> Vec<Question> {
    let period = |from: &str, to: &str| Period::parse(Some(from), Some(to)).unwrap();
    let until = Period::parse(None, Some("2026-04-01")).unwrap();
    let periods = [
        until,
        period("2026-01-01", "2026-03-01"),
        period("2026-01-20T10:05:00Z", "2026-02-14T23:59:30Z"),
        period("2026-02-01", "2026-03-02"),
    ];
    let question = |period| Question { trend: Trend { period, ..Trend::default() }, ..Question::default() };
    let mut questions: Vec<Question> = periods.into_iter().map(question).collect();
    let berlin =
        Trend { time_zone: "Europe/Berlin".parse().unwrap(), compare_previous: true, ..questions[1].trend.clone() };
    questions.push(Question { trend: berlin, ..Question::default() });
    questions.push(Question::default());
    questions
}

/// The rows of every report for every query.
fn reports(db: &Database) -> Vec<(Report, usize, serde_json::Value)> {
    let Question { product_id, user_id, .. } = question(db);
    let mut all = Vec::new();
    for (i, question) in questions().iter().enumerate() {
        for report in Report::ALL {
            // Open-ended periods end now: see `questions`.
            if *report == Report::SellThrough && *question == Question::default() {
                continue;
            }
            let question = Question { product_id, user_id, ..question.clone() };
            all.push((*report, i, serde_json::to_value(db.analytics().rows(*report, &question).unwrap()).unwrap()));
        }
    }
    all
}

behaviours! {
    every_report_has_the_same_rows_while_sales_wait_and_nothing_can_be_written
    nothing_can_be_written_to_a_database_that_is_only_read
}

fn every_report_has_the_same_rows_while_sales_wait_and_nothing_can_be_written(shop: &Shop) {
    sell(shop);
    let db = reader(&shop.url);
    let unfolded = reports(&db);
    assert!(db.statistics().unwrap().waiting_sales > 4, "nothing was folded");
    let folded = reports(shop);
    assert_eq!(shop.statistics().unwrap().waiting_sales, 0, "everything was folded");
    for (unfolded, folded) in unfolded.iter().zip(&folded) {
        assert_eq!(unfolded, folded);
    }
    let none = serde_json::json!([]);
    let empty: Vec<_> = folded.iter().filter(|(_, question, rows)| *question == 0 && *rows == none).collect();
    assert!(empty.iter().all(|(report, ..)| *report == Report::LowInventory), "{empty:?}");
    shop.expect_clean();
}

fn nothing_can_be_written_to_a_database_that_is_only_read(shop: &Shop) {
    let ada = shop.user();
    shop.accounts().set_password(ada.id, &Password::new("correct horse battery").unwrap()).unwrap();
    let session = shop.accounts().log_in(ada.email.as_str(), "correct horse battery").unwrap();
    let db = reader(&shop.url);
    assert!(db.is_read_only() && !shop.is_read_only());
    assert_eq!(db.users().get(ada.id).unwrap().email, ada.email);
    assert_eq!(db.accounts().authenticate(session.token.expose()).unwrap().user(), Some(ada.id));
    db.ready().unwrap();
    db.check().unwrap();
    let refused = [
        db.users().create(NewUser::new("x@example.com", "X", "Y").unwrap()).map(|_| ()),
        db.write_once(|_| Ok(())),
        db.rebuild(),
        db.reset(),
        db.accounts().log_in(ada.email.as_str(), "correct horse battery").map(|_| ()),
        db.accounts().log_in(ada.email.as_str(), "a wrong guess").map(|_| ()),
        db.read(|conn| conn.users().create(NewUser::new("x@example.com", "X", "Y").unwrap()).map(|_| ())),
    ];
    for (i, outcome) in refused.into_iter().enumerate() {
        assert!(matches!(outcome, Err(Error::Unavailable(Unavailable::ReadOnly(_)))), "{i}: {outcome:?}");
    }
    assert_eq!(shop.users().list(&UserFilter::default()).unwrap().items.len(), 1);
}

/// Makes the server read-only for other sessions, like a hot standby, until dropped.
#[cfg(feature = "postgres")]
struct OnlyRead<'a>(&'a Shop);

#[cfg(feature = "postgres")]
impl<'a> OnlyRead<'a> {
    fn make(shop: &'a Shop) -> Self {
        set_default(shop, "on");
        Self(shop)
    }
}

#[cfg(feature = "postgres")]
impl Drop for OnlyRead<'_> {
    fn drop(&mut self) {
        set_default(self.0, "off");
    }
}

/// Sets the default for new sessions.
#[cfg(feature = "postgres")]
fn set_default(shop: &Shop, on_or_off: &'static str) {
    let database = shop.url.rsplit('/').next().unwrap().to_owned();
    shop.write(move |tx| {
        use diesel::connection::SimpleConnection as _;
        // The connection may have been opened after the default was set.
        tx.batch_execute("SET TRANSACTION READ WRITE")?;
        let statement = format!("ALTER DATABASE {database} SET default_transaction_read_only = {on_or_off}");
        Ok(tx.batch_execute(&statement)?)
    })
    .unwrap();
}

#[cfg(feature = "postgres")]
#[test]
fn a_server_that_can_only_be_read_is_opened_as_usual_and_refuses_writes_alone() {
    let shop = Shop::postgres();
    sell(&shop);
    let waiting = shop.statistics().unwrap().waiting_sales;
    let only_read = OnlyRead::make(&shop);
    let db = shop.open_again();
    let unfolded = reports(&db);
    let outcome = db.users().create(NewUser::new("x@example.com", "X", "Y").unwrap());
    assert!(matches!(outcome, Err(Error::Unavailable(Unavailable::ReadOnly(_)))), "{outcome:?}");
    let outcome = db.ready();
    assert!(matches!(outcome, Err(Error::Unavailable(Unavailable::ReadOnly(_)))), "{outcome:?}");
    assert!(db.check().unwrap().is_clean());
    assert_eq!(db.statistics().unwrap().waiting_sales, waiting, "nothing was folded");
    drop(only_read);
    assert_eq!(unfolded, reports(&shop));
}

/// The situation after a failover: open connections lead to a read-only server, new ones to another.
#[cfg(feature = "postgres")]
#[test]
fn connections_to_a_server_that_became_read_only_are_given_up() {
    let shop = Shop::postgres();
    let only_read = OnlyRead::make(&shop);
    let db = shop.open_again();
    let all = std::sync::Barrier::new(8);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                db.read(|_| {
                    all.wait();
                    Ok::<_, Error>(())
                })
                .unwrap();
            });
        }
    });
    drop(only_read);
    for number in 0..8 {
        db.users().create(NewUser::new(&format!("x{number}@example.com"), "X", "Y").unwrap()).unwrap();
    }
    assert_eq!(transaction_read_only(&db), "off");
}

/// The setting of the server on a pooled connection.
#[cfg(feature = "postgres")]
fn transaction_read_only(db: &Database) -> String {
    use diesel::RunQueryDsl as _;
    use diesel::dsl::sql;
    use diesel::sql_types::Text;

    let setting = diesel::select(sql::<Text>("current_setting('transaction_read_only')"));
    db.read(|conn| Ok::<_, Error>(setting.clone().get_result(conn)?)).unwrap()
}

/// Clients that only read notice a failover through the probe.
#[cfg(feature = "postgres")]
#[test]
fn connections_to_a_server_that_became_read_only_are_given_up_once_the_probe_can_write_elsewhere() {
    let shop = Shop::postgres();
    let only_read = OnlyRead::make(&shop);
    let db = shop.open_again();
    for _ in 0..2 {
        assert_eq!(transaction_read_only(&db), "on");
        let outcome = db.ready();
        assert!(matches!(outcome, Err(Error::Unavailable(Unavailable::ReadOnly(_)))), "{outcome:?}");
    }
    assert_eq!(
        db.statistics().unwrap().connections,
        1,
        "a server that stays read-only is read over the same connection"
    );
    drop(only_read);
    db.ready().unwrap();
    assert_eq!(transaction_read_only(&db), "off");
}

#[cfg(feature = "postgres")]
#[test]
fn a_schema_that_is_older_is_not_migrated_on_a_server_that_can_only_be_read() {
    let shop = Shop::postgres();
    shop.write(|tx| {
        use diesel::connection::SimpleConnection as _;
        Ok(tx.batch_execute("UPDATE ecomdb_schema SET finished_at = NULL")?)
    })
    .unwrap();
    let _only_read = OnlyRead::make(&shop);
    let outcome = Database::open(&shop.url).map(|_| ());
    assert!(matches!(&outcome, Err(Error::Configuration(why)) if why.contains("ecomdb migrate")), "{outcome:?}");
}

#[cfg(feature = "sqlite")]
mod files {
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::time::SystemTime;

    use super::*;

    /// Every file: name, modification time, content.
    fn listing(folder: &Path) -> Vec<(PathBuf, SystemTime, Vec<u8>)> {
        let file = |entry: fs::DirEntry| {
            (entry.path(), entry.metadata().unwrap().modified().unwrap(), fs::read(entry.path()).unwrap())
        };
        let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| file(entry.unwrap())).collect();
        files.sort();
        files
    }

    /// A closed shop with unfolded sales, and its folder.
    fn closed() -> (tempfile::TempDir, String) {
        let shop = Shop::sqlite();
        sell(&shop);
        let folder = tempfile::tempdir().unwrap();
        shop.backup(folder.path().join("backup.db"), ecomdb::IfExists::Refuse).unwrap();
        // A backup is in rollback-journal mode; opening it once switches it to WAL.
        let path = folder.path().join("shop.db");
        shop.backup(&path, ecomdb::IfExists::Refuse).unwrap();
        let url = format!("sqlite://{}", path.display());
        drop(Database::open(&url).unwrap());
        (folder, url)
    }

    #[test]
    fn a_file_that_is_only_read_stays_as_it_is_and_so_does_its_folder() {
        let (folder, url) = closed();
        let elsewhere = tempfile::tempdir().unwrap();
        let before = listing(folder.path());
        for url in [url, format!("sqlite://{}", folder.path().join("backup.db").display())] {
            let db = reader(&url);
            assert!(db.check().unwrap().is_clean());
            assert!(!reports(&db).is_empty());
            assert!(db.statistics().unwrap().waiting_sales > 0);
            db.export_all(ecomdb::ExportFormat::Csv, elsewhere.path(), ecomdb::IfExists::Replace).unwrap();
            let copy = tempfile::tempdir().unwrap();
            db.backup(copy.path().join("copy.db"), ecomdb::IfExists::Refuse).unwrap();
            assert!(reader(&format!("sqlite://{}", copy.path().join("copy.db").display())).check().unwrap().is_clean());
            assert!(listing(folder.path()) == before, "while it is open");
            drop(db);
            assert!(listing(folder.path()) == before, "after it was closed");
        }
    }

    #[test]
    fn a_read_only_handle_sees_what_another_one_writes_meanwhile() {
        let (_folder, url) = closed();
        let db = reader(&url);
        let before = db.users().list(&UserFilter::default()).unwrap().items.len();
        let users = || db.users().list(&UserFilter::default()).unwrap().items.len();
        let write = |writer: &Database, email: &str| {
            writer.users().create(NewUser::new(email, "X", "Y").unwrap()).unwrap();
        };
        let writer = Database::open(&url).unwrap();
        write(&writer, "a@example.com");
        assert_eq!(users(), before + 1);
        write(&writer, "b@example.com");
        assert_eq!(users(), before + 2);
        drop(writer);
        assert_eq!(users(), before + 2);
        let writer = Database::open(&url).unwrap();
        write(&writer, "c@example.com");
        drop(writer);
        assert_eq!(users(), before + 3);
        assert!(db.check().unwrap().is_clean());
    }

    #[test]
    fn a_missing_file_is_not_created_and_an_older_schema_not_migrated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.db");
        let url = format!("sqlite://{}", path.display());
        let open = || Database::builder(&url).read_only(true).open().map(|_| ());
        assert!(matches!(open(), Err(Error::Configuration(why)) if why.contains("there is no database")));
        assert!(listing(folder.path()).is_empty());

        let db = Database::open(&url).unwrap();
        db.write(|tx| {
            use diesel::connection::SimpleConnection as _;
            Ok::<_, Error>(tx.batch_execute("UPDATE ecomdb_schema SET finished_at = NULL")?)
        })
        .unwrap();
        drop(db);
        let before = listing(folder.path());
        assert!(matches!(open(), Err(Error::Configuration(why)) if why.contains("ecomdb migrate")));
        assert!(listing(folder.path()) == before);
    }
}
