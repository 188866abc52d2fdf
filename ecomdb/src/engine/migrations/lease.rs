//! Lease for migrating a database of MariaDB or MySQL, when several servers open it at once: ownership of the only row of a table. A named
//! lock (GET_LOCK) would be local to one node of a Galera cluster; of several nodes that update a row, one succeeds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use diesel::connection::{SimpleConnection as _, TransactionManager as _};
use diesel::sql_types::{BigInt, Text};

use crate::engine::{Connection, DatabaseUrl, Purpose, sql};
use crate::error::{Error, Result};

/// A live owner keeps increasing `renewals`. If it has not renewed the lease for `seconds`, it is replaced. A waiting
/// process measures this with its own clock, so clocks need not agree. An operator may change `seconds`.
///
/// The owner may be alive nevertheless. So it checks the row before each statement, and its changes of rows are rolled
/// back unless it still owns the lease at the commit.
const CREATE_TABLE: &str = "CREATE TABLE IF NOT EXISTS ecomdb_migrating (
    id       BIGINT      NOT NULL PRIMARY KEY,
    owner    VARCHAR(64) NOT NULL,
    renewals BIGINT      NOT NULL,
    seconds  BIGINT      NOT NULL
) ENGINE = InnoDB";
const INSERT_ROW: &str = "INSERT IGNORE INTO ecomdb_migrating (id, owner, renewals, seconds) VALUES (1, '', 0, 0)";
const HAS_TABLE: &str = "SELECT COUNT(*) FROM information_schema.tables \
     WHERE table_schema = DATABASE() AND table_name = 'ecomdb_migrating'";

/// Default number of seconds after which a silent owner is replaced.
const SECONDS: i64 = 30;
/// Number of renewals in this time.
const RENEWALS: u32 = 6;
/// Only time during which the server answers counts as the owner's silence. DDL can block a whole cluster, including
/// the renewals. Intervals between two answers longer than this are not counted.
const PROMPT: Duration = Duration::from_secs(1);
/// Maximum number of attempts to change rows in spite of conflicts.
const ATTEMPTS: u32 = 10;
/// Maximum wait for another owner.
pub(in crate::engine) const WAIT: Duration = Duration::from_secs(540);
const PAUSE: Duration = Duration::from_millis(50);

/// The lease. A thread renews it until it is released or dropped.
#[derive(Debug)]
pub(super) struct Lease {
    owner: String,
    renewer: Renewer,
}

#[derive(Debug)]
struct Renewer {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    has_lost: Arc<AtomicBool>,
}

/// The row as last seen by a waiting process: since when it is unchanged, and when it was seen.
struct Seen {
    owner: String,
    renewals: i64,
    silence: Duration,
    at: Instant,
}

impl Lease {
    /// Waits until the lease is free.
    pub(super) fn take(conn: &mut Connection, url: &DatabaseUrl) -> Result<Self> {
        let owner = format!("{:032x}", rand::random::<u128>());
        let began = Instant::now();
        let mut seen = None;
        while !lost_is_no(create(conn).and_then(|()| try_to_take(conn, &owner, &mut seen)))? {
            if began.elapsed() > WAIT {
                return Err(Error::Overloaded("another process is still migrating this database"));
            }
            std::thread::sleep(PAUSE);
        }
        let seconds = sql("SELECT seconds FROM ecomdb_migrating WHERE id = 1").one::<BigInt, i64>(conn)?;
        let renewer = Renewer::start(url.clone(), owner.clone(), as_duration(seconds) / RENEWALS)?;
        Ok(Self { owner, renewer })
    }

    /// Fails if another process has taken the lease, because this one was paused or disconnected for too long.
    pub(super) fn verify(&self, conn: &mut Connection) -> Result<()> {
        let query = sql("SELECT COUNT(*) FROM ecomdb_migrating WHERE id = 1 AND owner = ?").text(self.owner.clone());
        if self.renewer.has_lost.load(Ordering::Relaxed) || query.one::<BigInt, i64>(conn)? == 0 {
            return Err(lost());
        }
        Ok(())
    }

    /// Writes rows in a transaction that is rolled back if another process has taken the lease. It writes the lease
    /// last, because holding its lock longer would block renewals.
    pub(super) fn write(&self, conn: &mut Connection, body: impl Fn(&mut Connection) -> Result<()>) -> Result<()> {
        let mut attempts = 1..;
        loop {
            self.verify(conn)?;
            conn.begin()?;
            let outcome = body(conn).and_then(|()| match renew(conn, &self.owner)? {
                true => Ok(conn.commit()?),
                false => Err(lost()),
            });
            let Err(error) = outcome else { return Ok(()) };
            // A broken connection ends the migration with the first error, or at the next statement.
            let _ = <Connection as diesel::Connection>::TransactionManager::rollback_transaction(conn);
            if !matches!(error, Error::Contention { .. }) || attempts.next() == Some(ATTEMPTS) {
                return Err(error);
            }
        }
    }

    /// Frees the lease. If that fails, it expires.
    pub(super) fn release(self, conn: &mut Connection) {
        let Self { owner, renewer } = self;
        drop(renewer);
        let release = sql("UPDATE ecomdb_migrating SET owner = '', renewals = renewals + 1 WHERE id = 1 AND owner = ?");
        if let Err(error) = release.text(owner).run(conn) {
            tracing::debug!(%error, "the migration lease could not be released; it will expire");
        }
    }
}

/// Checks first, because each CREATE TABLE blocks all nodes of a cluster briefly.
fn create(conn: &mut Connection) -> Result<()> {
    if sql(HAS_TABLE).one::<BigInt, i64>(conn)? == 0 {
        conn.batch_execute(CREATE_TABLE)?;
    }
    Ok(())
}

/// Takes the lease if it is free or its owner has been silent for too long.
fn try_to_take(conn: &mut Connection, owner: &str, seen: &mut Option<Seen>) -> Result<bool> {
    let row = sql("SELECT owner, renewals, seconds FROM ecomdb_migrating WHERE id = 1");
    let rows = row.rows::<(Text, BigInt, BigInt), (String, i64, i64)>(conn)?;
    let Some((other, renewals, seconds)) = rows.into_iter().next() else {
        sql(INSERT_ROW).run(conn)?;
        return Ok(false);
    };
    if !other.is_empty() {
        let before = seen.take().filter(|seen| seen.owner == other && seen.renewals == renewals);
        let is_known = before.is_some();
        let now = Instant::now();
        let silence = before.map_or(Duration::ZERO, |before| before.silence(now));
        *seen = Some(Seen { owner: other.clone(), renewals, silence, at: now });
        if !is_known || silence < as_duration(seconds) {
            return Ok(false);
        }
        tracing::warn!("the process that was migrating this database is gone, so this one takes over");
    }
    let take = sql("UPDATE ecomdb_migrating SET owner = ?, renewals = renewals + 1, seconds = ? \
         WHERE id = 1 AND owner = ? AND renewals = ?");
    let seconds = if seconds > 0 { seconds } else { SECONDS };
    let take = take.text(owner).int(seconds).text(other).int(renewals);
    Ok(take.run(conn)? == 1)
}

fn as_duration(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

fn lost() -> Error {
    Error::Overloaded("another process has taken over the migration of this database")
}

impl Seen {
    /// Silence of the owner, if the row is seen unchanged. Restarts at zero if the previous answer is older than
    /// [`PROMPT`].
    fn silence(self, now: Instant) -> Duration {
        match now.saturating_duration_since(self.at) {
            pause if pause <= PROMPT => self.silence + pause,
            _ => Duration::ZERO,
        }
    }
}

/// Another process took the lease, or DDL blocks the cluster.
fn lost_is_no(outcome: Result<bool>) -> Result<bool> {
    match outcome {
        Err(Error::Contention { .. }) => Ok(false),
        outcome => outcome,
    }
}

impl Renewer {
    /// Uses a separate connection, because one migration step can take longer than the lease.
    fn start(url: DatabaseUrl, owner: String, pause: Duration) -> Result<Self> {
        let (stop, stopped) = channel();
        let has_lost = Arc::new(AtomicBool::new(false));
        let lost = Arc::clone(&has_lost);
        let renew_until_stopped = move || {
            let mut conn = None;
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                match renew_on(&mut conn, &url, &owner) {
                    Ok(true) => {}
                    Ok(false) => return lost.store(true, Ordering::Relaxed),
                    Err(error) => {
                        tracing::debug!(%error, "the migration lease could not be renewed");
                        conn = None;
                    }
                }
            }
        };
        let thread = std::thread::Builder::new().name("ecomdb-lease".to_owned()).spawn(renew_until_stopped);
        let thread = thread.map_err(|error| Error::unreachable(format!("no thread could be started: {error}")))?;
        Ok(Self { stop: Some(stop), thread: Some(thread), has_lost })
    }
}

/// Whether the lease was still owned when renewing.
fn renew_on(conn: &mut Option<Connection>, url: &DatabaseUrl, owner: &str) -> Result<bool> {
    let conn = match conn {
        Some(conn) => conn,
        none => none.insert(Connection::open(url, Purpose::Write)?),
    };
    conn.begin()?;
    let renewed = renew(conn, owner)?;
    conn.commit()?;
    Ok(renewed)
}

fn renew(conn: &mut Connection, owner: &str) -> Result<bool> {
    let renew = sql("UPDATE ecomdb_migrating SET renewals = renewals + 1 WHERE id = 1 AND owner = ?");
    Ok(renew.text(owner).run(conn)? == 1)
}

impl Drop for Renewer {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_silent_only_while_the_server_answers_promptly() {
        let at = Instant::now();
        let silence = |before: u64, pause: Duration| {
            let seen = Seen { owner: "other".to_owned(), renewals: 7, silence: Duration::from_secs(before), at };
            seen.silence(at + pause)
        };
        assert_eq!(silence(0, PAUSE), PAUSE);
        assert_eq!(silence(29, PROMPT), Duration::from_secs(30));
        // A change of a table held up the server, and the owner's renewal with it.
        assert_eq!(silence(29, PROMPT + Duration::from_nanos(1)), Duration::ZERO);
        assert_eq!(silence(29, Duration::from_secs(600)), Duration::ZERO);
    }
}
