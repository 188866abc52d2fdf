//! Diesel connection to PostgreSQL.

use std::time::Duration;

use diesel::connection::{
    AnsiTransactionManager, CacheSize, Connection, ConnectionSealed, DefaultLoadingMode, DynInstrumentation,
    Instrumentation, InstrumentationEvent, LoadConnection, MultiConnectionHelper, SimpleConnection, StrQueryHelper,
    TransactionDepthChange, TransactionManager as _, TransactionManagerStatus,
};
use diesel::deserialize::FromSqlRow;
use diesel::expression::QueryMetadata;
use diesel::migration::{CREATE_MIGRATIONS_TABLE, MigrationConnection};
use diesel::pg::{GetPgMetadataCache, Pg, PgMetadataCache, PgMetadataLookup, PgQueryBuilder};
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::query_builder::{Query, QueryBuilder as _, QueryFragment, QueryId};
use diesel::result::Error;
use diesel::sql_types::TypeMetadata;
use diesel::{ConnectionError, ConnectionResult, QueryResult, RunQueryDsl as _};

use super::error::{Failure, ServerError};
use super::options::{Options, Target};
use super::pipeline::{Answer, Ticket};
use super::row::PgRow;
use super::session::{Session, Status};
use super::startup::{self, Settings};
use super::statements::Statement;
use crate::engine::failure::of_database;
use crate::engine::transaction;
use crate::engine::url::PATIENCE;

/// A connection to PostgreSQL. It is implemented in Rust without libpq, blocks while it waits for the server, and can
/// be used on any thread.
///
/// The message of a server error begins with its SQLSTATE, as in `ERROR 40P01: deadlock detected`. After any other
/// error, the connection cannot be used again
/// ([`ClosedConnection`](diesel::result::DatabaseErrorKind::ClosedConnection)).
#[allow(missing_debug_implementations, reason = "as Diesel's own connections")]
pub struct PgConnection {
    session: Session,
    /// Maximum time for a response; `None` for no limit.
    silence: Option<Duration>,
    /// See [`Connection::take_failure`](crate::Connection::take_failure).
    pub(in crate::engine) failure: Option<crate::error::Error>,
    transactions: AnsiTransactionManager,
    types: PgMetadataCache,
    instrumentation: DynInstrumentation,
}

impl PgConnection {
    /// Connects and applies settings, to the session or, behind a pooler, to each transaction.
    pub(super) fn connect(
        options: &Options,
        target: Target,
        patience: Duration,
        session: &Settings,
        transaction: &Settings,
    ) -> Result<Self, String> {
        Ok(Self {
            session: startup::connect(options, target, patience, session, transaction)?,
            silence: None,
            failure: None,
            transactions: AnsiTransactionManager::default(),
            types: PgMetadataCache::new(),
            instrumentation: DynInstrumentation::default_instrumentation(),
        })
    }

    /// Ends the connection phase, and sets the maximum time for a response.
    pub(super) fn settle(&mut self, silence: Duration) {
        self.silence = Some(silence);
        self.session.set_limit(self.silence);
    }

    /// Sets whether responses may take unlimited time.
    pub(crate) fn set_unlimited(&mut self, is_unlimited: bool) {
        self.session.set_limit(self.silence.filter(|_| !is_unlimited));
    }

    /// Begins a transaction with the next request. If that fails, nothing of the request was done.
    pub(super) fn begin_later(&mut self, begin: &'static str) -> QueryResult<()> {
        match AnsiTransactionManager::transaction_manager_status_mut(self) {
            TransactionManagerStatus::Valid(status) if status.transaction_depth().is_none() => {
                status.change_transaction_depth(TransactionDepthChange::IncreaseDepth)?;
                self.session.begin_later(begin);
                Ok(())
            }
            TransactionManagerStatus::Valid(_) => Err(Error::AlreadyInTransaction),
            TransactionManagerStatus::InError => Err(Error::BrokenTransactionManager),
        }
    }

    /// Runs `COPY ... FROM STDIN` with these bytes, and returns the number of rows.
    pub(crate) fn copy_in(&mut self, text: &str, parts: &[&[u8]]) -> QueryResult<usize> {
        let copied = self.session.copy_in(text, parts);
        self.noted(copied)
    }

    /// Updates Diesel's transaction state from the server's.
    fn noted<T>(&mut self, outcome: Result<T, Failure>) -> QueryResult<T> {
        let (status, is_lost, begins_later) =
            (self.session.status(), self.session.is_lost(), self.session.begins_later());
        let transactions = AnsiTransactionManager::transaction_manager_status_mut(self);
        let is_open = |status: &TransactionManagerStatus| matches!(status.transaction_depth(), Ok(Some(_)));
        match status {
            _ if is_lost => transactions.set_in_error(),
            // Diesel has begun the transaction, but the server has not yet.
            _ if begins_later => {}
            // The transaction was ended, for example by a failed COMMIT, whatever Diesel's state.
            Status::Idle => *transactions = TransactionManagerStatus::default(),
            Status::Failed => transactions.set_requires_rollback_maybe_up_to_top_level(true),
            // A BEGIN may have preceded the failure.
            Status::Open if outcome.is_err() && !is_open(transactions) => transactions.set_in_error(),
            Status::Open => transactions.set_requires_rollback_maybe_up_to_top_level(false),
        }
        outcome.map_err(Error::from).inspect_err(|error| {
            self.failure = of_database(error).or(self.failure.take());
        })
    }

    fn run<T: QueryFragment<Pg>>(&mut self, source: &T) -> QueryResult<Answer> {
        let query = diesel::debug_query::<Pg, _>(source);
        self.instrumentation.on_connection_event(InstrumentationEvent::start_query(&query));
        let answer = self.ask(source);
        let error = answer.as_ref().err();
        self.instrumentation.on_connection_event(InstrumentationEvent::finish_query(&query, error));
        answer
    }

    fn ask<T: QueryFragment<Pg>>(&mut self, source: &T) -> QueryResult<Answer> {
        let ticket = self.add(source)?;
        self.answer(ticket)
    }

    /// If a transaction is open, queues a statement, which is sent together with the next awaited one; otherwise sends
    /// it now.
    pub(in crate::engine) fn send<T: QueryFragment<Pg>>(&mut self, source: &T) -> QueryResult<Ticket> {
        let ticket = self.add(source)?;
        if transaction::depth(self) == 0 {
            self.catch_up()?;
        }
        Ok(ticket)
    }

    /// Sends a statement whose response matters only if it is an error.
    pub(crate) fn send_only<T: QueryFragment<Pg>>(&mut self, source: &T) -> QueryResult<()> {
        let ticket = self.send(source)?;
        self.session.discard(ticket);
        Ok(())
    }

    /// Number of rows changed by a statement that was sent.
    pub(in crate::engine) fn found(&mut self, ticket: Ticket) -> QueryResult<usize> {
        Ok(self.answer(ticket)?.touched)
    }

    /// Rows of a query that was sent.
    pub(in crate::engine) fn rows<ST, R: FromSqlRow<ST, Pg>>(&mut self, ticket: Ticket) -> QueryResult<Vec<R>> {
        let rows = self.answer(ticket)?.rows;
        rows.iter().map(|row| R::build_from_row(row).map_err(Error::DeserializationError)).collect()
    }

    /// Waits for the responses of all statements sent so far, and returns the first failure.
    pub(super) fn catch_up(&mut self) -> QueryResult<()> {
        let done = self.session.catch_up();
        self.noted(done)
    }

    fn answer(&mut self, ticket: Ticket) -> QueryResult<Answer> {
        let answer = self.session.answer(ticket);
        self.noted(answer)
    }

    /// Adds a statement to the queue.
    fn add<T: QueryFragment<Pg>>(&mut self, source: &T) -> QueryResult<Ticket> {
        let mut text = PgQueryBuilder::new();
        source.to_sql(&mut text, &Pg)?;
        let kept = source.is_safe_to_cache_prepared(&Pg)?;
        let mut collected = RawBytesBindCollector::<Pg>::new();
        source.collect_binds(&mut collected, self, &Pg)?;
        let types: Result<Vec<u32>, _> = collected.metadata.iter().map(|metadata| metadata.oid()).collect();
        let types = types.map_err(|error| Error::SerializationError(Box::new(error)))?;
        let text = text.finish();
        let sent = self.session.send(&Statement { text: &text, types: &types, values: &collected.binds, kept });
        self.noted(sent)
    }

    /// Runs statements. COMMIT of a failed transaction rolls back, which the server does not report as an error.
    fn run_batch(&mut self, text: &str) -> Result<(), Failure> {
        let is_commit = text == "COMMIT";
        if text.starts_with("ROLLBACK") {
            // A savepoint waits for all statements before it.
            self.session.forget_unsent();
        } else {
            self.session.catch_up()?;
        }
        if is_commit || text == "ROLLBACK" {
            self.session.forget_answers();
            if self.session.forget_begin() {
                return Ok(());
            }
        }
        let done = self.session.batch(text, |_| {})?;
        if is_commit && done == "ROLLBACK" {
            let said = "a statement had failed before, so the transaction was rolled back";
            return Err(Failure::Server(Box::new(ServerError::new("25P02", said))));
        }
        Ok(())
    }
}

impl SimpleConnection for PgConnection {
    fn batch_execute(&mut self, text: &str) -> QueryResult<()> {
        let query = StrQueryHelper::new(text);
        self.instrumentation.on_connection_event(InstrumentationEvent::start_query(&query));
        let outcome = self.run_batch(text);
        let outcome = self.noted(outcome);
        let error = outcome.as_ref().err();
        self.instrumentation.on_connection_event(InstrumentationEvent::finish_query(&query, error));
        outcome
    }
}

impl ConnectionSealed for PgConnection {}

impl Connection for PgConnection {
    type Backend = Pg;
    type TransactionManager = AnsiTransactionManager;

    /// Connects for an application: time zone UTC, otherwise the server's settings.
    fn establish(url: &str) -> ConnectionResult<Self> {
        let options = Options::parse(url).map_err(ConnectionError::InvalidConnectionUrl)?;
        let settings = [("timezone", "UTC".to_owned())];
        let target = options.target.unwrap_or(Target::Any);
        Self::connect(&options, target, PATIENCE, &settings, &[]).map_err(ConnectionError::BadConnection)
    }

    fn execute_returning_count<T>(&mut self, source: &T) -> QueryResult<usize>
    where
        T: QueryFragment<Pg> + QueryId,
    {
        Ok(self.run(source)?.touched)
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
        self.session.prepare_statements(size != CacheSize::Disabled);
    }
}

impl LoadConnection<DefaultLoadingMode> for PgConnection {
    type Cursor<'conn, 'query> = Rows;
    type Row<'conn, 'query> = PgRow;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> QueryResult<Rows>
    where
        T: Query + QueryFragment<Pg> + QueryId + 'query,
        Pg: QueryMetadata<T::SqlType>,
    {
        Ok(Rows(self.run(&source)?.rows.into_iter()))
    }
}

/// Iterator over the rows of a response.
#[derive(Debug)]
pub struct Rows(std::vec::IntoIter<PgRow>);

impl Iterator for Rows {
    type Item = QueryResult<PgRow>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(Ok)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl GetPgMetadataCache for PgConnection {
    fn get_metadata_cache(&mut self) -> &mut PgMetadataCache {
        &mut self.types
    }
}

impl MultiConnectionHelper for PgConnection {
    fn to_any<'a>(lookup: &mut <Pg as TypeMetadata>::MetadataLookup) -> &mut (dyn std::any::Any + 'a) {
        lookup.as_any()
    }

    fn from_any(lookup: &mut dyn std::any::Any) -> Option<&mut <Pg as TypeMetadata>::MetadataLookup> {
        lookup.downcast_mut::<Self>().map(|conn| conn as &mut dyn PgMetadataLookup)
    }
}

impl MigrationConnection for PgConnection {
    fn setup(&mut self) -> QueryResult<usize> {
        diesel::sql_query(CREATE_MIGRATIONS_TABLE).execute(self)
    }
}
