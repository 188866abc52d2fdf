//! The library's own PostgreSQL connection, as an application can use it too.

use std::time::Duration;

use diesel::connection::{Connection as _, SimpleConnection as _};
use diesel::dsl::sql;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{BigInt, Integer, Text, Timestamp};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _, sql_query};
use ecomdb::{Database, NewUser, PgConnection};

use crate::shop::{Shop, Site};

diesel::table! {
    things (id) {
        id -> BigInt,
        name -> Nullable<Text>,
    }
}

fn connect(site: &Site) -> PgConnection {
    let mut conn = PgConnection::establish(&site.url).unwrap();
    conn.batch_execute("CREATE TABLE things (id BIGINT CONSTRAINT things_key PRIMARY KEY, name TEXT)").unwrap();
    conn
}

fn count(conn: &mut PgConnection, from: &str) -> i64 {
    diesel::select(sql::<BigInt>(&format!("(SELECT COUNT(*) FROM {from})"))).get_result(conn).unwrap()
}

#[test]
fn values_come_back_as_they_were_sent() {
    let site = Site::postgres();
    let conn = &mut connect(&site);
    let rows = [(1_i64, Some("")), (2, None), (i64::MIN, Some("Ünïcödé \u{1F600}'\"\\"))];
    let inserts = rows.map(|(id, name)| (things::id.eq(id), things::name.eq(name)));
    assert_eq!(diesel::insert_into(things::table).values(&inserts).execute(conn).unwrap(), 3);
    let read = things::table.order(things::id.desc()).load::<(i64, Option<String>)>(conn).unwrap();
    assert_eq!(read, [(2, None), (1, Some(String::new())), (i64::MIN, rows[2].1.map(str::to_owned))]);
    let time = chrono::DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap().naive_utc();
    let same = diesel::select(diesel::dsl::sql::<Timestamp>("").bind::<Timestamp, _>(time)).get_result(conn);
    assert_eq!(same, Ok(time));
    let large = "x".repeat(3 << 20);
    assert_eq!(diesel::select(sql::<Text>("").bind::<Text, _>(&large)).get_result(conn), Ok(large));
}

#[test]
fn an_error_begins_with_its_sqlstate_and_names_what_it_speaks_of() {
    let site = Site::postgres();
    let conn = &mut connect(&site);
    let insert = diesel::insert_into(things::table).values(things::id.eq(1));
    insert.execute(conn).unwrap();
    match insert.execute(conn) {
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info)) => {
            assert!(info.message().starts_with("ERROR 23505: duplicate key value"), "{}", info.message());
            assert_eq!(info.constraint_name(), Some("things_key"));
            assert_eq!(info.table_name(), Some("things"));
            assert_eq!(info.details(), Some("Key (id)=(1) already exists."));
        }
        other => panic!("{other:?}"),
    }
    let error = sql_query("SELECT nothing FROM things").execute(conn).unwrap_err();
    assert!(error.to_string().starts_with("ERROR 42703: "), "{error}");
    assert_eq!(count(conn, "things"), 1);
}

#[test]
fn a_commit_after_a_failed_statement_is_an_error_and_keeps_nothing() {
    let site = Site::postgres();
    let conn = &mut connect(&site);
    let outcome = conn.transaction(|conn| {
        diesel::insert_into(things::table).values(things::id.eq(1)).execute(conn)?;
        sql_query("SELECT nothing").execute(conn).unwrap_err();
        Ok::<_, DieselError>(())
    });
    let error = outcome.unwrap_err().to_string();
    assert!(error.starts_with("ERROR 25P02: "), "{error}");
    assert_eq!(count(conn, "things"), 0);
}

#[test]
fn a_savepoint_undoes_what_failed_and_nothing_else() {
    let site = Site::postgres();
    let conn = &mut connect(&site);
    let insert =
        |conn: &mut PgConnection, id: i64| diesel::insert_into(things::table).values(things::id.eq(id)).execute(conn);
    conn.transaction(|conn| {
        insert(conn, 1)?;
        conn.transaction(|conn| insert(conn, 2).and_then(|_| insert(conn, 1))).unwrap_err();
        insert(conn, 3)
    })
    .unwrap();
    assert_eq!(things::table.order(things::id).select(things::id).load::<i64>(conn), Ok(vec![1, 3]));
}

#[test]
fn only_the_statements_used_last_stay_prepared() {
    let site = Site::postgres();
    let conn = &mut connect(&site);
    for conditions in 1..=250 {
        let all = things::table.into_boxed::<diesel::pg::Pg>();
        let query = (0..conditions).fold(all, |query, _| query.filter(things::id.gt(0)));
        assert_eq!(query.select(things::id).load::<i64>(conn), Ok(Vec::new()));
    }
    let kept = count(conn, "pg_prepared_statements");
    assert!((199..=200).contains(&kept), "{kept}");
}

#[test]
fn a_statement_is_prepared_again_when_its_table_has_changed() {
    let site = Site::postgres();
    let conn = &mut connect(&site);
    diesel::insert_into(things::table).values((things::id.eq(1), things::name.eq("a"))).execute(conn).unwrap();
    let names = |conn: &mut PgConnection| things::table.select(things::name).load::<Option<String>>(conn);
    let expected = Ok(vec![Some("a".to_owned())]);
    assert_eq!(names(conn), expected);
    conn.batch_execute("ALTER TABLE things ALTER COLUMN name TYPE VARCHAR(20)").unwrap();
    let refused = names(conn).unwrap_err().to_string();
    assert!(refused.starts_with("ERROR 0A000: cached plan"), "{refused}");
    assert_eq!(names(conn), expected);
}

#[test]
fn what_cannot_be_sent_leaves_the_connection_as_it_was() {
    let site = Site::postgres();
    let conn = &mut connect(&site);
    conn.batch_execute("SELECT 1; \0").unwrap_err();
    let many: Vec<i64> = (0..70_000).collect();
    let condition = things::table.filter(things::id.eq_any(&many));
    assert_eq!(condition.count().get_result::<i64>(conn), Ok(0), "one value, an array");
    let rows: Vec<_> = many.iter().map(|id| things::id.eq(*id)).collect();
    diesel::insert_into(things::table).values(&rows).execute(conn).unwrap_err();
    assert_eq!(count(conn, "things"), 0);
}

#[test]
fn a_connection_that_the_server_ends_is_closed_and_says_so() {
    let site = Site::postgres();
    let conn = &mut connect(&site);
    let process: i32 = diesel::select(sql::<Integer>("pg_backend_pid()")).get_result(conn).unwrap();
    site.run(&format!("SELECT pg_terminate_backend({process})"));
    for _ in 0..2 {
        match sql_query("SELECT 1").execute(conn) {
            Err(DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _)) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn of_several_hosts_the_first_that_can_be_written_is_used() {
    let site = Site::postgres();
    let several = site.url.replace("@127.0.0.1:", "@127.0.0.1:1,127.0.0.1:");
    Database::open(&several)
        .unwrap()
        .users()
        .create(NewUser::new("ada@example.com", "Ada", "Lovelace").unwrap())
        .unwrap();
    let port = site.url.rsplit_once('/').and_then(|(server, _)| server.rsplit_once(':')).unwrap().1;
    let apart = Database::builder(&site.url).hosts(["127.0.0.1:1".to_owned(), format!("127.0.0.1:{port}")]).open();
    assert_eq!(apart.unwrap().users().list(&ecomdb::UserFilter::default()).unwrap().items.len(), 1);
    let name = site.url.rsplit('/').next().unwrap();
    site.run(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    let refused = |url: &str| Database::builder(url).wait(Duration::from_secs(2)).open().unwrap_err().to_string();
    assert!(refused(&several).contains("it is read-only"), "{}", refused(&several));
    assert!(refused(&format!("{}?target_session_attrs=standby", site.url)).contains("it is not a standby"));
    let reader = Database::builder(&several).read_only(true).open().unwrap();
    assert_eq!(reader.users().list(&ecomdb::UserFilter::default()).unwrap().items.len(), 1);
    Database::open(&format!("{several}?target_session_attrs=any")).unwrap();
}

#[test]
fn a_server_is_reached_over_its_unix_socket() {
    let site = Site::postgres();
    site.open();
    let mut conn = PgConnection::establish(&site.url).unwrap();
    let mut setting = |name: &str| {
        diesel::select(sql::<Text>(&format!("current_setting('{name}')"))).get_result::<String>(&mut conn).unwrap()
    };
    let (folder, port) = (setting("data_directory"), setting("port"));
    let (login, place) = site.url.rsplit_once('@').unwrap();
    let name = place.rsplit('/').next().unwrap();
    let encoded = folder.replace('/', "%2F");
    for place in [
        format!("/{name}?host={folder}&port={port}"),
        format!("/{name}?host={encoded}&port={port}&sslmode=prefer"),
        format!("{encoded}:{port}/{name}"),
        format!("no-such-host/{name}?host={folder}&port={port}"),
    ] {
        let db = Database::open(&format!("{login}@{place}")).unwrap();
        let address = sql::<diesel::sql_types::Nullable<Text>>("inet_client_addr()::text");
        let address = db
            .read(|conn| Ok::<_, ecomdb::Error>(diesel::select(address.clone()).get_result::<Option<String>>(conn)?))
            .unwrap();
        assert_eq!(address, None, "{place}");
    }
    let missing = format!("{login}@/{name}?host=/no/such/folder");
    let error = Database::builder(missing).wait(Duration::from_secs(1)).open().unwrap_err().to_string();
    assert!(error.contains("(at /no/such/folder/.s.PGSQL.5432)"), "{error}");
}

/// A blocking call in an async task works; it only blocks that thread.
#[test]
fn a_shop_can_be_used_where_an_asynchronous_runtime_runs() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let shop = Shop::postgres();
        shop.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace").unwrap()).unwrap();
    });
}

#[test]
fn a_parameter_that_is_not_supported_is_refused_by_its_name() {
    for parameter in ["sslcrl=a.crl", "sslpassword=secret", "requirepeer=postgres", "Sslmode=require"] {
        let error = Database::open(&format!("postgres://ada@127.0.0.1:1/shop?{parameter}")).unwrap_err();
        let name = parameter.split('=').next().unwrap();
        assert!(matches!(error, ecomdb::Error::Configuration(_)), "{error:?}");
        assert!(error.to_string().contains(name) && !error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn a_transaction_whose_prepared_statement_is_of_no_further_use_runs_again() {
    let site = Site::postgres();
    let db = Database::builder(&site.url).connections(1).open().unwrap();
    let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace").unwrap()).unwrap();
    let read = || db.users().get(ada.id).unwrap();
    let write = |name: &str| db.users().create(NewUser::new(name, "Ada", "Lovelace").unwrap()).unwrap();
    assert_eq!(read(), ada);
    site.run("ALTER TABLE users ALTER COLUMN updated_at TYPE TIMESTAMP(6)");
    assert_eq!(read(), ada);
    write("1@example.com");
    site.run("ALTER TABLE users ALTER COLUMN updated_at TYPE TIMESTAMP");
    write("2@example.com");
    for name in ["3@example.com", "4@example.com"] {
        db.read(|conn| Ok::<_, ecomdb::Error>(conn.batch_execute("DEALLOCATE ALL")?)).unwrap();
        assert_eq!(read(), ada);
        db.read(|conn| Ok::<_, ecomdb::Error>(conn.batch_execute("DEALLOCATE ALL")?)).unwrap();
        write(name);
    }
}

/// An unauthenticated server must not make the client allocate the length that it announces.
#[test]
fn a_long_message_of_a_server_that_has_not_let_anybody_in_is_refused() {
    use std::io::{Read as _, Write as _};

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://ada@{}/shop?sslmode=disable", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let mut client = listener.accept().unwrap().0;
        assert!(client.read(&mut [0; 1_024]).unwrap() > 0);
        client.write_all(&[&b"E"[..], &(65_537_i32.to_be_bytes())].concat()).unwrap();
    });
    let error = PgConnection::establish(&url).err().unwrap().to_string();
    assert!(error.contains("a message that is too long"), "{error}");
    server.join().unwrap();
}
