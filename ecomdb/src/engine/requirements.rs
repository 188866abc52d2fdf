//! Requirements on a server, checked when a database is opened: version, text encoding, and settings that a session
//! cannot change. Other settings are set on each connection.

use super::Connection;
use crate::error::Result;

impl Connection {
    /// Refuses an unsuitable server, and says what to change. Writes nothing.
    pub(crate) fn refuse_unsuitable(&mut self) -> Result<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => Ok(()),
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => mysql::refuse(self),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => postgres::refuse(self),
        }
    }
}

/// The leading numbers of a version, such as 10, 11 and 19 of `10.11.19-MariaDB`.
#[cfg(feature = "mysql")]
fn numbers(version: &str) -> [u32; 3] {
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    let mut parts = version[..end].split('.').map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

#[cfg(feature = "mysql")]
mod mysql {
    use std::collections::HashMap;

    use diesel::sql_types::Text;

    use super::numbers;
    use crate::engine::{Connection, sql};
    use crate::error::{Error, Result};

    /// Oldest versions with everything the schema needs: enforced CHECK constraints, window functions, and common table
    /// expressions in views.
    const OLDEST_MARIADB: [u32; 3] = [10, 3, 0];
    const OLDEST_MYSQL: [u32; 3] = [8, 0, 19];

    /// Unknown variables are missing from the result without an error.
    const VARIABLES: &str =
        "SHOW VARIABLES WHERE Variable_name IN ('version', 'log_bin', 'binlog_format', 'read_only')";

    pub(super) fn refuse(conn: &mut Connection) -> Result<()> {
        let variables = sql(VARIABLES).rows::<(Text, Text), (String, String)>(conn)?;
        let variables: HashMap<_, _> =
            variables.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
        unsuitable(&variables).map_or(Ok(()), |why| Err(Error::Configuration(why)))
    }

    fn unsuitable(variables: &HashMap<String, String>) -> Option<String> {
        let is = |name: &str, value: &str| variables.get(name).is_some_and(|found| found.eq_ignore_ascii_case(value));
        if let Some(why) = variables.get("version").and_then(|version| too_old(version)) {
            return Some(why);
        }
        // A read-only replica applies its primary's changes regardless of this setting.
        if is("log_bin", "ON") && is("binlog_format", "STATEMENT") && is("read_only", "OFF") {
            return Some(
                "the server has binlog_format = STATEMENT, with which InnoDB refuses writes at the isolation level \
                 READ COMMITTED: set it to ROW or MIXED (SET GLOBAL binlog_format = 'ROW', and in the server's configuration)"
                    .to_owned(),
            );
        }
        None
    }

    fn too_old(version: &str) -> Option<String> {
        // TiDB reports a MySQL version, but does not follow it.
        if version.contains("TiDB") {
            return None;
        }
        let (name, oldest) = match version.contains("MariaDB") {
            true => ("MariaDB", OLDEST_MARIADB),
            false => ("MySQL", OLDEST_MYSQL),
        };
        let [major, minor, patch] = oldest;
        (numbers(version) < oldest).then(|| {
            format!(
                "the server is {name} {version}, which is too old: ecomdb needs {name} {major}.{minor}.{patch} or newer"
            )
        })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn server(version: &str, binlog_format: &str, read_only: &str) -> Option<String> {
            let variables =
                [("version", version), ("log_bin", "ON"), ("binlog_format", binlog_format), ("read_only", read_only)];
            unsuitable(&variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
        }

        #[test]
        fn a_version_that_is_too_old_is_refused_by_its_name_and_number() {
            for version in ["10.2.44-MariaDB-log", "5.5.68-MariaDB", "8.0.18", "5.7.44-log", "8.0"] {
                let why = server(version, "ROW", "OFF").unwrap();
                assert!(why.contains(version) && why.contains("or newer"), "{why}");
            }
            for version in
                ["10.3.0-MariaDB", "10.11.19-MariaDB-0+deb12u1", "11.4.2-MariaDB", "8.0.19", "8.0.36-28", "9.1.0"]
            {
                assert_eq!(server(version, "ROW", "OFF"), None, "{version}");
            }
            assert_eq!(server("8.0.11-TiDB-v7.5.0", "ROW", "OFF"), None);
        }

        #[test]
        fn a_binary_log_by_statement_is_refused_unless_the_server_is_only_read() {
            assert!(server("10.11.19-MariaDB", "STATEMENT", "OFF").unwrap().contains("ROW or MIXED"));
            assert_eq!(server("10.11.19-MariaDB", "STATEMENT", "ON"), None);
            assert_eq!(server("10.11.19-MariaDB", "MIXED", "OFF"), None);
        }
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use diesel::sql_types::{BigInt, Text};

    use crate::engine::{Connection, sql};
    use crate::error::{Error, Result};

    /// The first version that can analyse several tables in one statement.
    const OLDEST: i64 = 110_000;

    /// The last column lists other schemas in the search path that contain a shop, if the current one does not.
    const QUERY: &str = "
        SELECT current_setting('server_version_num')::bigint, current_setting('server_version'),
            current_setting('server_encoding'), COALESCE(current_setting('session_replication_role', true), 'origin'),
            COALESCE(current_schema()::text, ''),
            COALESCE((
                SELECT string_agg(n.nspname::text, ', ') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relname = 'ecomdb_schema' AND n.nspname = ANY (current_schemas(false))
                HAVING NOT bool_or(n.nspname = current_schema())
            ), '')";

    /// Version and settings of the server.
    struct Server {
        number: i64,
        version: String,
        encoding: String,
        replication_role: String,
        schema: String,
        shops: String,
    }

    pub(super) fn refuse(conn: &mut Connection) -> Result<()> {
        type Row = (i64, String, String, String, String, String);
        let (number, version, encoding, replication_role, schema, shops) =
            sql(QUERY).one::<(BigInt, Text, Text, Text, Text, Text), Row>(conn)?;
        let server = Server { number, version, encoding, replication_role, schema, shops };
        server.unsuitable().map_or(Ok(()), |why| Err(Error::Configuration(why)))
    }

    impl Server {
        fn unsuitable(&self) -> Option<String> {
            let Self { number, version, encoding, replication_role, schema, shops } = self;
            if *number < OLDEST {
                let oldest = OLDEST / 10_000;
                return Some(format!(
                    "the server is PostgreSQL {version}, which is too old: ecomdb needs PostgreSQL {oldest} or newer"
                ));
            }
            if encoding != "UTF8" {
                return Some(format!(
                    "the database has the encoding {encoding}, and names and addresses need UTF8: create another database \
                     for the shop (CREATE DATABASE shop ENCODING 'UTF8' TEMPLATE template0)"
                ));
            }
            if replication_role == "replica" {
                return Some(
                    "the setting session_replication_role = replica turns off foreign keys: reset it for this user and \
                     database (ALTER ROLE ... RESET session_replication_role)"
                        .to_owned(),
                );
            }
            if schema.is_empty() {
                return Some(
                    "the search_path names no schema that exists and may be used: create one, or set the search_path \
                     (ALTER ROLE ... SET search_path = ...)"
                        .to_owned(),
                );
            }
            (!shops.is_empty()).then(|| {
                format!(
                    "the search_path names the schema {schema}, which has no shop, before {shops}, which has one: set the \
                     search_path to the schema of the shop alone (ALTER ROLE ... SET search_path = ...)"
                )
            })
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_version_that_is_too_old_is_refused_by_its_number() {
            let server = |number, version: &str| Server {
                number,
                version: version.to_owned(),
                encoding: "UTF8".to_owned(),
                replication_role: "origin".to_owned(),
                schema: "public".to_owned(),
                shops: String::new(),
            };
            let why = server(100_023, "10.23").unsuitable().unwrap();
            assert!(why.contains("PostgreSQL 10.23") && why.contains("11 or newer"), "{why}");
            assert_eq!(server(110_000, "11.0").unsuitable(), None);
            assert_eq!(server(180_004, "18.4").unsuitable(), None);
        }
    }
}
