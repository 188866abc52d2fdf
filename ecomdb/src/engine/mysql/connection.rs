//! Diesel connection to MariaDB and MySQL, implemented on the protocol. Diesel's own connection uses a C library that
//! hides error numbers, waits without limit, and ignores the URL's TLS parameters.

use std::fmt;
use std::fs::File;
use std::time::Duration;

use diesel::connection::{
    AnsiTransactionManager, CacheSize, Connection, ConnectionSealed, DefaultLoadingMode, DynInstrumentation,
    Instrumentation, InstrumentationEvent, LoadConnection, MultiConnectionHelper, SimpleConnection, StrQueryHelper,
};
use diesel::deserialize::FromSqlRow;
use diesel::expression::QueryMetadata;
use diesel::migration::{CREATE_MIGRATIONS_TABLE, MigrationConnection};
use diesel::mysql::Mysql;
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::result::{ConnectionError, ConnectionResult, Error as DieselError};
use diesel::sql_types::TypeMetadata;
use diesel::{QueryResult, RunQueryDsl as _};

use super::client::{Answer, Client};
use super::error::Failure;
use super::handshake;
use super::loss::Loss;
use super::options::{Options, Place};
use super::pipeline::{Pipeline, Ticket};
use super::rows::{MysqlCursor, MysqlRow, Rows};
use super::statements::Statements;
use crate::engine::STATEMENT;
use crate::engine::url::PATIENCE;

/// A Diesel connection to MariaDB or MySQL, without a client library.
///
/// [`Connection::establish`](diesel::Connection::establish) accepts the same URLs as
/// [`Database::open`](crate::Database::open). The session uses UTC and `utf8mb4`. UPDATE returns the number of matched
/// rows. The message of a server error begins with its number and SQLSTATE:
/// `ERROR 1213 (40001): Deadlock found when trying to get lock; try restarting transaction`.
pub struct MysqlConnection {
    pub(super) client: Client,
    /// Reason why the open transaction has ended prematurely, if it has.
    pub(super) loss: Option<Loss>,
    /// Whether a statement of the open transaction failed, so that the server must be asked whether it is still open.
    pub(super) has_failed: bool,
    /// See [`Connection::take_failure`](crate::Connection::take_failure).
    pub(in crate::engine) failure: Option<crate::error::Error>,
    /// Statement timeout and maximum time without a response.
    limits: Limits,
    /// Whether the server refuses writes outside transactions, so that statements may be pipelined.
    pub(super) is_guarded: bool,
    pub(super) pipeline: Pipeline,
    pub(super) statements: Statements,
    transactions: AnsiTransactionManager,
    pub(super) instrumentation: DynInstrumentation,
}

/// Timeout after which the server cancels a statement, and maximum time without a response.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) statement: Duration,
    pub(super) silence: Duration,
}

impl fmt::Debug for MysqlConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MysqlConnection").field("is_lost", &self.client.is_lost()).finish_non_exhaustive()
    }
}

impl MysqlConnection {
    /// Connects to a server within a time limit.
    pub(super) fn connect(options: &Options, place: &Place, patience: Duration) -> Result<Self, Failure> {
        Ok(Self {
            client: handshake::connect(options, place, patience)?,
            loss: None,
            has_failed: false,
            failure: None,
            limits: Limits { statement: STATEMENT, silence: STATEMENT },
            is_guarded: false,
            pipeline: Pipeline::default(),
            statements: Statements::new(),
            transactions: AnsiTransactionManager::default(),
            instrumentation: DynInstrumentation::none(),
        })
    }

    /// Ends the connection phase, and applies the limits.
    pub(super) fn settle(&mut self, limits: Limits) -> Result<(), Failure> {
        self.limits = limits;
        self.client.settle(Some(limits.silence))
    }

    /// Sets whether statements and responses may take unlimited time.
    pub(in crate::engine) fn set_unlimited(&mut self, is_unlimited: bool) -> QueryResult<()> {
        // The server's limit is shorter than the client's, so it is set last and removed first.
        let statement = if is_unlimited { Duration::ZERO } else { self.limits.statement };
        let silence = Some(self.limits.silence).filter(|_| !is_unlimited);
        self.client.settle(silence)?;
        let limit = super::statement_limit(statement);
        self.batch_execute(&format!("SET SESSION autocommit = @@autocommit {limit}"))
    }

    /// Sets whether the server refuses writes outside transactions begun by [`begin`](super::begin).
    pub(super) fn guard(&mut self, is_guarded: bool) -> QueryResult<()> {
        let access = if is_guarded { "READ ONLY" } else { "READ WRITE" };
        self.batch_execute(&format!("SET SESSION TRANSACTION {access}"))?;
        self.is_guarded = is_guarded;
        Ok(())
    }

    /// Runs a LOAD DATA LOCAL statement on the rest of this file, and returns the number of rows.
    pub(in crate::engine) fn load_data(&mut self, statement: &str, file: &File) -> QueryResult<u64> {
        self.begin_now()?;
        self.admit()?;
        let loaded = self.client.load(statement, file);
        Ok(self.judge(loaded.map_err(DieselError::from))?.affected)
    }

    /// Runs statements, and returns the number of rows matched by the last one.
    pub(super) fn rows_of_last(&mut self, statements: &str) -> QueryResult<u64> {
        Ok(self.client.query(statements)?.affected)
    }

    /// Sends a statement. [`MysqlConnection::answer`] waits for its response.
    pub(in crate::engine) fn send<T>(&mut self, source: &T) -> QueryResult<Ticket>
    where
        T: QueryFragment<Mysql> + QueryId,
    {
        let mut binds = RawBytesBindCollector::new();
        source.collect_binds(&mut binds, &mut (), &Mysql)?;
        self.send_prepared(T::query_id(), source, &binds)
    }

    /// Sends a statement whose response matters only if it is an error.
    pub(crate) fn send_only<T>(&mut self, source: &T) -> QueryResult<()>
    where
        T: QueryFragment<Mysql> + QueryId,
    {
        let ticket = self.send(source)?;
        self.pipeline.discard(ticket);
        Ok(())
    }

    /// Number of rows matched by a statement that was sent.
    pub(in crate::engine) fn found(&mut self, ticket: Ticket) -> QueryResult<usize> {
        count(self.answer(ticket)?.affected)
    }

    /// Rows of a query that was sent.
    pub(in crate::engine) fn rows<ST, R>(&mut self, ticket: Ticket) -> QueryResult<Vec<R>>
    where
        R: FromSqlRow<ST, Mysql>,
    {
        let rows = cursor(self.answer(ticket)?);
        rows.map(|row| R::build_from_row(&row?).map_err(DieselError::DeserializationError)).collect()
    }

    fn run<T>(&mut self, source: &T) -> QueryResult<Answer>
    where
        T: QueryFragment<Mysql> + QueryId,
    {
        let query = diesel::debug_query::<Mysql, _>(source);
        self.instrumentation.on_connection_event(InstrumentationEvent::start_query(&query));
        let outcome = self.send(source).and_then(|ticket| self.answer(ticket));
        let error = outcome.as_ref().err();
        self.instrumentation.on_connection_event(InstrumentationEvent::finish_query(&query, error));
        outcome
    }
}

fn count(affected: u64) -> QueryResult<usize> {
    usize::try_from(affected).map_err(|error| DieselError::DeserializationError(Box::new(error)))
}

fn cursor(answer: Answer) -> MysqlCursor {
    MysqlCursor::new(answer.rows.unwrap_or_else(|| Rows::new([].into())))
}

/// Connects for an application, without checks of the server's role.
fn establish_at(options: &Options, place: &Place, patience: Duration) -> Result<MysqlConnection, String> {
    let mut conn = MysqlConnection::connect(options, place, patience)?;
    conn.batch_execute("SET NAMES utf8mb4, time_zone = '+00:00'").map_err(|error| error.to_string())?;
    conn.settle(Limits { statement: STATEMENT, silence: STATEMENT })?;
    Ok(conn)
}

impl SimpleConnection for MysqlConnection {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        let text = StrQueryHelper::new(query);
        self.instrumentation.on_connection_event(InstrumentationEvent::start_query(&text));
        let outcome = match query {
            "COMMIT" | "ROLLBACK" => self.end_transaction(query),
            _ if query.starts_with("ROLLBACK TO ") => self.go_back(query),
            // All earlier statements must have succeeded: the savepoint later shows that the transaction still exists.
            _ if query.starts_with("SAVEPOINT ") => {
                let sent = self.catch_up().and_then(|()| self.send_text(query));
                sent.map(|ticket| self.pipeline.discard(ticket))
            }
            _ => self.send_text(query).and_then(|ticket| self.answer(ticket)).map(drop),
        };
        let error = outcome.as_ref().err();
        self.instrumentation.on_connection_event(InstrumentationEvent::finish_query(&text, error));
        outcome
    }
}

impl ConnectionSealed for MysqlConnection {}

impl Connection for MysqlConnection {
    type Backend = Mysql;
    type TransactionManager = AnsiTransactionManager;

    fn establish(url: &str) -> ConnectionResult<Self> {
        let mut instrumentation = DynInstrumentation::default_instrumentation();
        instrumentation.on_connection_event(InstrumentationEvent::start_establish_connection(url));
        let outcome = Options::parse(url).map_err(ConnectionError::InvalidConnectionUrl).and_then(|options| {
            super::first_place(&options, PATIENCE, establish_at).map_err(ConnectionError::BadConnection)
        });
        let error = outcome.as_ref().err();
        instrumentation.on_connection_event(InstrumentationEvent::finish_establish_connection(url, error));
        outcome.map(|conn| Self { instrumentation, ..conn })
    }

    fn execute_returning_count<T>(&mut self, source: &T) -> QueryResult<usize>
    where
        T: QueryFragment<Mysql> + QueryId,
    {
        count(self.run(source)?.affected)
    }

    fn transaction_state(&mut self) -> &mut AnsiTransactionManager {
        &mut self.transactions
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        &mut *self.instrumentation
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.instrumentation = instrumentation.into();
    }

    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        self.statements.set_size(size, &mut self.client);
    }
}

impl LoadConnection<DefaultLoadingMode> for MysqlConnection {
    type Cursor<'conn, 'query> = MysqlCursor;
    type Row<'conn, 'query> = MysqlRow;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> QueryResult<Self::Cursor<'conn, 'query>>
    where
        T: Query + QueryFragment<Mysql> + QueryId + 'query,
        Mysql: QueryMetadata<T::SqlType>,
    {
        Ok(cursor(self.run(&source)?))
    }
}

impl MigrationConnection for MysqlConnection {
    fn setup(&mut self) -> QueryResult<usize> {
        diesel::sql_query(CREATE_MIGRATIONS_TABLE).execute(self)
    }
}

impl MultiConnectionHelper for MysqlConnection {
    fn to_any<'a>(lookup: &mut <Mysql as TypeMetadata>::MetadataLookup) -> &mut (dyn std::any::Any + 'a) {
        lookup
    }

    fn from_any(lookup: &mut dyn std::any::Any) -> Option<&mut <Mysql as TypeMetadata>::MetadataLookup> {
        lookup.downcast_mut()
    }
}
