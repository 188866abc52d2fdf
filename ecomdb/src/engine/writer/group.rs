//! A group of transactions in one SQLite transaction. They run in sequence, and a failed one is rolled back alone.
//!
//! A savepoint per transaction would do that, but SQLite then copies every page that changes. Most failing operations
//! fail before they write. So a group begins without savepoints, and checks after a failure whether anything was
//! written. If so, the group is run again with savepoints, and the next groups use them too.

use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::{AnsiTransactionManager, TransactionManager as _};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::BigInt;

use super::Job;
use super::answers::{Answers, Finished};
use crate::engine::{Connection, DatabaseUrl, fixed, on_engine, sql, transaction};
use crate::error::{Error, Result, Unavailable};

type Transactions = <Connection as diesel::Connection>::TransactionManager;

/// Number of coming groups that use savepoints from the start.
#[derive(Debug, Default)]
pub(super) struct SavepointGroups(u32);

impl SavepointGroups {
    const AFTER_A_FAILURE: u32 = 32;
}

/// A group that has not been committed yet.
pub(super) struct Group<'a> {
    conn: &'a mut Connection,
    savepoint_groups: &'a mut SavepointGroups,
    jobs: Vec<Box<dyn Job>>,
    savepoints: bool,
    /// Schema version at the start of the group. Changes of the schema are not counted as changed rows.
    schema: i64,
    /// False if the transaction itself was rolled back.
    sound: bool,
}

/// Effect of a job that ran without a savepoint.
enum Trace {
    /// Success: its changes are kept.
    Wanted,
    /// Failure without changes.
    None,
    /// Failure with changes, or with unknown effect.
    Unwanted,
}

impl<'a> Group<'a> {
    pub(super) fn begin(conn: &'a mut Connection, savepoint_groups: &'a mut SavepointGroups) -> Result<Self> {
        begin(conn)?;
        let schema = schema_version(conn).unwrap_or(-1);
        let savepoints = savepoint_groups.0 > 0;
        savepoint_groups.0 = savepoint_groups.0.saturating_sub(1);
        Ok(Self { conn, savepoint_groups, jobs: Vec::new(), savepoints, schema, sound: true })
    }

    pub(super) fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Runs a job as part of the group. Returns false if the group can take no more.
    pub(super) fn run(&mut self, mut job: Box<dyn Job>) -> bool {
        if self.savepoints {
            self.sound = in_savepoint(self.conn, job.as_mut());
            self.jobs.push(job);
        } else {
            let trace = self.run_bare(job.as_mut());
            self.jobs.push(job);
            if matches!(trace, Trace::Unwanted) {
                self.run_again();
            }
        }
        self.sound
    }

    fn run_bare(&mut self, job: &mut dyn Job) -> Trace {
        let before = rows_changed(self.conn);
        let keep = job.run(self.conn);
        if depth(self.conn) != 1 || before.is_none() {
            return Trace::Unwanted;
        }
        if keep {
            return Trace::Wanted;
        }
        let untouched = rows_changed(self.conn) == before && schema_version(self.conn) == Some(self.schema);
        // Some failures, such as a full disk, roll back the whole transaction. This BEGIN then succeeds, which shows
        // it.
        let still_open = untouched && sql("BEGIN").run(self.conn).is_err();
        if still_open { Trace::None } else { Trace::Unwanted }
    }

    /// Rolls back, and runs all jobs so far again, each in a savepoint.
    fn run_again(&mut self) {
        self.savepoints = true;
        self.savepoint_groups.0 = SavepointGroups::AFTER_A_FAILURE;
        abandon(self.conn);
        self.sound = begin(self.conn).is_ok();
        for job in &mut self.jobs {
            self.sound = self.sound && in_savepoint(self.conn, job.as_mut());
        }
    }

    /// Commits, unless the database files were moved, and answers the callers. Returns false if the transaction may
    /// still be open.
    pub(super) fn finish(mut self, url: &DatabaseUrl, commits: &AtomicU64, answers: &Answers) -> bool {
        let failure = self.commit(url).err();
        if failure.is_none() {
            commits.fetch_add(1, Ordering::Relaxed);
        }
        let committed = failure.is_none();
        answers.give(Finished { jobs: self.jobs, failure });
        committed
    }

    fn commit(&mut self, url: &DatabaseUrl) -> Result<(), Failure> {
        match self.sound {
            true => {
                url.verify()?;
                Ok(Transactions::commit_transaction(self.conn).map_err(|error| Failure::Engine(error.to_string()))?)
            }
            // One of the jobs received the error that ended the transaction.
            false => Err(match self.jobs.iter().find_map(|job| job.met()) {
                Some(why) => Failure::Unavailable(why),
                None => Failure::Engine("the transaction ended prematurely".to_owned()),
            }),
        }
    }
}

/// Reason why a group could not be committed. Each caller gets its own error, because Diesel's cannot be cloned.
pub(super) enum Failure {
    Unavailable(Unavailable),
    /// Message of the engine.
    Engine(String),
}

impl Failure {
    pub(super) fn error(&self) -> Error {
        match self {
            Self::Unavailable(why) => why.clone().into(),
            Self::Engine(message) => {
                let message = format!("the group of transactions could not be committed: {message}");
                DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message)).into()
            }
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable(why) => Self::Unavailable(why),
            other => Self::Engine(other.to_string()),
        }
    }
}

fn begin(conn: &mut Connection) -> Result<()> {
    Ok(on_engine!(conn, own => AnsiTransactionManager::begin_transaction_sql(own, "BEGIN IMMEDIATE"))?)
}

/// Runs a transaction outside of a group.
pub(crate) fn alone<T>(conn: &mut Connection, body: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
    begin(conn)?;
    let outcome = body(conn);
    if outcome.is_err() {
        // Return the first error, which is the cause; the caller ends what is left open.
        let _ = roll_back(conn);
    } else {
        Transactions::commit_transaction(conn)?;
    }
    outcome
}

/// Ends any transaction. Keeps the connection open, because closing the last one deletes the log by name.
pub(super) fn abandon(conn: &mut Connection) {
    on_engine!(conn, own => transaction::abandon(own));
}

fn roll_back(conn: &mut Connection) -> Result<()> {
    while depth(conn) > 0 {
        Transactions::rollback_transaction(conn)?;
    }
    Ok(())
}

/// Runs one job in a savepoint, and rolls back only the job if it fails. Returns false if the transaction itself was
/// rolled back.
fn in_savepoint(conn: &mut Connection, job: &mut dyn Job) -> bool {
    let savepoint = |conn: &mut Connection, text: &'static str| sql(text).run(conn).is_ok();
    if !savepoint(conn, "SAVEPOINT operation") {
        return false;
    }
    let keep = job.run(conn);
    // A panic may have left nested transactions open, which Diesel counts.
    while depth(conn) > 1 {
        if Transactions::rollback_transaction(conn).is_err() {
            return false;
        }
    }
    depth(conn) == 1 && (keep || savepoint(conn, "ROLLBACK TO operation")) && savepoint(conn, "RELEASE operation")
}

/// Whether Diesel knows of no transaction on the connection, open or broken.
pub(super) fn is_idle(conn: &mut Connection) -> bool {
    matches!(Transactions::transaction_manager_status_mut(conn).transaction_depth(), Ok(None))
}

fn depth(conn: &mut Connection) -> u32 {
    on_engine!(conn, own => transaction::depth(own))
}

/// Number of rows changed on this connection so far, including changes that were rolled back.
fn rows_changed(conn: &mut Connection) -> Option<i64> {
    fixed!("SELECT total_changes()").one::<BigInt, i64>(conn).ok()
}

fn schema_version(conn: &mut Connection) -> Option<i64> {
    fixed!("SELECT schema_version FROM pragma_schema_version").one::<BigInt, i64>(conn).ok()
}
