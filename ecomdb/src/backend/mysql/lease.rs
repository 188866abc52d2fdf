//! Who migrates a database when several servers open it at once: the owner of the one row of a table. A named lock
//! (GET_LOCK) would hold on one node of a Galera cluster only; of several nodes that update a row, one succeeds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{BigInt, Text};

use crate::backend::{Connection, DatabaseUrl, Purpose, sql};
use crate::error::{Error, Result};

/// `renewals` grows as long as the owner lives. One that has not renewed its lease for `seconds` is replaced: whoever waits
/// counts them on its own clock, so that the nodes' clocks do not matter.
const CREATE_TABLE: &str = "CREATE TABLE IF NOT EXISTS ecomdb_migrating (
    id       BIGINT      NOT NULL PRIMARY KEY,
    owner    VARCHAR(64) NOT NULL,
    renewals BIGINT      NOT NULL,
    seconds  BIGINT      NOT NULL
) ENGINE = InnoDB";
const INSERT_ROW: &str = "INSERT IGNORE INTO ecomdb_migrating (id, owner, renewals, seconds) VALUES (1, '', 0, 0)";
const HAS_TABLE: &str = "SELECT COUNT(*) FROM information_schema.tables \
     WHERE table_schema = DATABASE() AND table_name = 'ecomdb_migrating'";

/// A dead owner is replaced after this time.
const EXPIRY: Duration = Duration::from_secs(30);
const RENEWAL: Duration = Duration::from_secs(5);
/// How long to wait for another owner.
pub(super) const WAIT: Duration = Duration::from_secs(540);
const PAUSE: Duration = Duration::from_millis(50);

/// The right to migrate. A thread renews it until it is released or dropped.
#[derive(Debug)]
pub(in crate::backend) struct Lease {
    owner: String,
    renewer: Renewer,
}

#[derive(Debug)]
struct Renewer {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    has_lost: Arc<AtomicBool>,
}

/// The row as somebody who waits saw it, and since when it has been the same.
struct Seen {
    owner: String,
    renewals: i64,
    since: Instant,
}

impl Lease {
    /// Waits until nobody else has it.
    pub(in crate::backend) fn take(conn: &mut Connection, url: &DatabaseUrl) -> Result<Self> {
        let owner = format!("{:032x}", rand::random::<u128>());
        let began = Instant::now();
        let mut seen = None;
        while !lost_is_no(create(conn).and_then(|()| try_to_take(conn, &owner, &mut seen)))? {
            if began.elapsed() > WAIT {
                return Err(Error::Overloaded("another process is still migrating this database"));
            }
            std::thread::sleep(PAUSE);
        }
        let renewer = Renewer::start(url.clone(), owner.clone())?;
        Ok(Self { owner, renewer })
    }

    /// Fails when another process has taken it, since this one was paused or cut off for too long.
    pub(in crate::backend) fn verify(&self, conn: &mut Connection) -> Result<()> {
        let query = sql("SELECT COUNT(*) FROM ecomdb_migrating WHERE id = 1 AND owner = ?").text(self.owner.clone());
        if self.renewer.has_lost.load(Ordering::Relaxed) || query.one::<BigInt, i64>(conn)? == 0 {
            return Err(Error::Overloaded("another process has taken over the migration of this database"));
        }
        Ok(())
    }

    /// Lets the next one have it at once. Where that fails, the next one waits until it expires.
    pub(in crate::backend) fn release(self, conn: &mut Connection) {
        let Self { owner, renewer } = self;
        drop(renewer);
        let release = sql("UPDATE ecomdb_migrating SET owner = '', renewals = renewals + 1 WHERE id = 1 AND owner = ?");
        if let Err(error) = release.text(owner).run(conn) {
            tracing::debug!(%error, "the right to migrate could not be released, and expires");
        }
    }
}

/// Looks first, since on a cluster every CREATE TABLE stops all nodes for a moment.
fn create(conn: &mut Connection) -> Result<()> {
    if sql(HAS_TABLE).one::<BigInt, i64>(conn)? == 0 {
        conn.batch_execute(CREATE_TABLE)?;
    }
    Ok(())
}

/// Takes it if nobody has it, or whoever has it has been silent for too long.
fn try_to_take(conn: &mut Connection, owner: &str, seen: &mut Option<Seen>) -> Result<bool> {
    let row = sql("SELECT owner, renewals, seconds FROM ecomdb_migrating WHERE id = 1");
    let rows = row.rows::<(Text, BigInt, BigInt), (String, i64, i64)>(conn)?;
    let Some((other, renewals, seconds)) = rows.into_iter().next() else {
        sql(INSERT_ROW).run(conn)?;
        return Ok(false);
    };
    if !other.is_empty() {
        let before = seen.as_ref().filter(|seen| seen.owner == other && seen.renewals == renewals);
        let Some(before) = before else {
            *seen = Some(Seen { owner: other, renewals, since: Instant::now() });
            return Ok(false);
        };
        if before.since.elapsed() < Duration::from_secs(u64::try_from(seconds).unwrap_or(0)) {
            return Ok(false);
        }
        tracing::warn!("the process that began to migrate this database is gone, so this one goes on");
    }
    let take = sql("UPDATE ecomdb_migrating SET owner = ?, renewals = renewals + 1, seconds = ? \
         WHERE id = 1 AND owner = ? AND renewals = ?");
    let take = take.text(owner).int(EXPIRY.as_secs() as i64).text(other).int(renewals);
    Ok(take.run(conn)? == 1)
}

/// Somebody else was faster, or a long change of a table holds the cluster up.
fn lost_is_no(outcome: Result<bool>) -> Result<bool> {
    match outcome {
        Err(Error::Contention { .. }) => Ok(false),
        outcome => outcome,
    }
}

impl Renewer {
    /// On a connection of its own: one step of a migration can take longer than the lease.
    fn start(url: DatabaseUrl, owner: String) -> Result<Self> {
        let (stop, stopped) = channel();
        let has_lost = Arc::new(AtomicBool::new(false));
        let lost = Arc::clone(&has_lost);
        let renew_until_stopped = move || {
            let mut conn = None;
            while stopped.recv_timeout(RENEWAL) == Err(RecvTimeoutError::Timeout) {
                match renew(&mut conn, &url, &owner) {
                    Ok(true) => {}
                    Ok(false) => return lost.store(true, Ordering::Relaxed),
                    Err(error) => {
                        tracing::debug!(%error, "the right to migrate could not be renewed");
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

/// Whether it was there to be renewed.
fn renew(conn: &mut Option<Connection>, url: &DatabaseUrl, owner: &str) -> Result<bool> {
    let conn = match conn {
        Some(conn) => conn,
        none => none.insert(Connection::open(url, Purpose::Write)?),
    };
    conn.begin()?;
    let renew = sql("UPDATE ecomdb_migrating SET renewals = renewals + 1 WHERE id = 1 AND owner = ?");
    let renewed = renew.text(owner).run(conn)?;
    conn.commit()?;
    Ok(renewed == 1)
}

impl Drop for Renewer {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
