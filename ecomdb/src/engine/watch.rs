//! Monitors whether the database server accepts connections. After a refusal, callers fail immediately, while a single
//! thread probes until the server is back.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::{Answer, Connection, DatabaseUrl, Purpose, without_password};
use crate::error::{Error, Result, Unavailable};

/// Maximum time for the server to accept the probe's connection.
const PATIENCE: Duration = Duration::from_secs(2);
/// Maximum time for the server to answer the probe.
const ANSWER: Duration = Duration::from_secs(1);
/// Minimum interval between discarding all connections because the server is read-only.
const LEAVE: Duration = Duration::from_secs(1);
/// Minimum pause between two probes of an unreachable server. It doubles with each probe.
const PAUSE: Duration = Duration::from_millis(100);
/// Maximum interval between the starts of two probes.
const INTERVAL: Duration = Duration::from_secs(1);
/// Maximum interval after a refused login or certificate. Only an operator can fix these, and servers block hosts with
/// many failures.
const REFUSED: Duration = Duration::from_secs(10);

/// Queries that test whether the database is usable.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Probe {
    /// Reads.
    pub(crate) read: fn(&mut Connection) -> Result<()>,
    /// A write that changes no row and waits for no lock, but is refused by a read-only server.
    pub(crate) touch: fn(&mut Connection) -> Result<()>,
    /// Writes.
    pub(crate) write: fn(&mut Connection) -> Result<()>,
}

/// Monitor of a server, with a connection of its own.
pub(crate) struct Watch {
    url: DatabaseUrl,
    probe: Probe,
    /// Whether `refused` is set.
    is_refusing: AtomicBool,
    /// Whether the server gave no answer at all.
    is_silent: AtomicBool,
    /// Number of times that the server has come back.
    generation: AtomicU64,
    /// Number of times that connections were discarded because the server was read-only.
    left: AtomicU64,
    known: Mutex<Known>,
    /// Reused by the next probe.
    conn: Mutex<Option<Connection>>,
}

#[derive(Default)]
struct Known {
    /// Reason why the server accepts no connection.
    refused: Option<String>,
    is_probing: bool,
    /// When connections were last discarded because the server was read-only.
    left: Option<Instant>,
    /// Whether the probe's last connection led to a read-only server.
    met_read_only: bool,
}

impl Watch {
    /// `None` for a database without a server.
    pub(crate) fn of(url: &DatabaseUrl, probe: Probe) -> Option<Arc<Self>> {
        url.engine.is_server().then(|| {
            let url = url.clone().connect_within(PATIENCE).limit_statements(ANSWER);
            Arc::new(Self {
                url,
                probe,
                is_refusing: AtomicBool::new(false),
                is_silent: AtomicBool::new(false),
                generation: AtomicU64::new(0),
                left: AtomicU64::new(0),
                known: Mutex::default(),
                conn: Mutex::default(),
            })
        })
    }

    /// Fails while the server accepts no connections.
    pub(crate) fn check(&self) -> Result<()> {
        if !self.is_refusing.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.known().refused.as_ref().map_or(Ok(()), |why| Err(Error::unreachable(why)))
    }

    /// Fails while the server does not answer at all. A server that refuses logins may still serve existing
    /// connections.
    pub(crate) fn check_silence(&self) -> Result<()> {
        if self.is_silent.load(Ordering::Relaxed) { self.check() } else { Ok(()) }
    }

    /// Number of times that the server has come back or its connections were lost. Older connections may hang.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Number of times that connections were discarded because the server was read-only. Connections in use still work.
    pub(crate) fn left(&self) -> u64 {
        self.left.load(Ordering::Acquire)
    }

    /// Records a write refused by a read-only server. After a failover, new connections may lead to another server, so
    /// existing ones are discarded. Limited in frequency, because a server that stays read-only is still read.
    pub(crate) fn leave(&self) {
        let mut known = self.known();
        if known.left.is_none_or(|left| left.elapsed() >= LEAVE) {
            known.left = Some(Instant::now());
            self.left.fetch_add(1, Ordering::Release);
        }
    }

    /// Records that the server accepted no connection, and starts probing.
    pub(crate) fn refused(self: &Arc<Self>, why: &str) {
        self.note_refusal(why);
        self.probe();
    }

    /// Records that a caller got no connection. A timeout counts only if the caller waited long enough: half of the
    /// usual time, or as long as the probe waits.
    pub(crate) fn not_connected(self: &Arc<Self>, why: &str, patience: Duration, usual: Duration) {
        let had_time = patience >= PATIENCE.min(usual / 2);
        match Answer::of(why) {
            Answer::None if !had_time => self.suspect(),
            _ => self.refused(why),
        }
    }

    fn note_refusal(&self, why: &str) {
        let mut known = self.known();
        known.refused = Some(why.to_owned());
        self.is_silent.store(Answer::of(why) == Answer::None, Ordering::Relaxed);
        self.is_refusing.store(true, Ordering::Relaxed);
    }

    /// Starts probing, to find out whether the server still answers.
    pub(crate) fn suspect(self: &Arc<Self>) {
        self.probe();
    }

    /// Checks whether the server can be read and, unless the database is read-only, written. After a failed write
    /// (`is_failing`), it writes.
    pub(crate) fn ready(self: &Arc<Self>, is_failing: bool) -> Result<()> {
        self.check()?;
        let mut conn = self.conn();
        // Another thread may have detected a failure while this one waited for the connection.
        self.check()?;
        self.ask(&mut conn, is_failing).inspect_err(|error| {
            if let Error::Unavailable(Unavailable::Unreachable(why)) = error {
                self.refused(why);
            }
        })
    }

    /// Starts the probing thread, unless it is running.
    fn probe(self: &Arc<Self>) {
        if std::mem::replace(&mut self.known().is_probing, true) {
            return;
        }
        let watch = Arc::downgrade(self);
        let probe = std::thread::Builder::new().name("ecomdb-probe".to_owned()).spawn(move || probe(&watch));
        if let Err(error) = probe {
            tracing::warn!(%error, "no thread could be started to look for the server of the database");
            // Without a thread, callers must find out themselves.
            self.recovered();
        }
    }

    /// Probes on the existing connection. If that is lost or leads to a read-only server, probes on a new one, which
    /// after a failover leads to another server.
    fn ask(&self, conn: &mut Option<Connection>, is_failing: bool) -> Result<()> {
        let mut is_lost = false;
        if let Some(mut known) = conn.take() {
            match self.use_it(&mut known, is_failing) {
                Err(error) if error.is_unreachable() => is_lost = true,
                Err(Error::Unavailable(Unavailable::ReadOnly(_))) => self.known().met_read_only = true,
                outcome => {
                    *conn = outcome.is_ok().then_some(known);
                    return outcome;
                }
            }
        }
        let mut new = self.connect()?;
        let outcome = self.use_it(&mut new, is_failing);
        *conn = outcome.is_ok().then_some(new);
        self.give_up_others(is_lost, &outcome);
        outcome
    }

    /// Discards the other connections after the probe needed a new one, because they may lead to the same server as its
    /// old one.
    fn give_up_others(&self, is_lost: bool, outcome: &Result<()>) {
        let mut known = self.known();
        match outcome {
            Ok(()) if is_lost => {
                self.generation.fetch_add(1, Ordering::Release);
            }
            Ok(()) if known.met_read_only => {
                self.left.fetch_add(1, Ordering::Release);
            }
            Err(Error::Unavailable(Unavailable::ReadOnly(_))) => known.met_read_only = true,
            _ => {}
        }
        known.met_read_only &= outcome.is_err();
    }

    /// Probes on a new connection.
    fn ask_again(&self) -> Result<()> {
        let mut new = self.connect()?;
        self.use_it(&mut new, false)?;
        // A connection in use may hang, and times out by itself.
        if let Ok(mut conn) = self.conn.try_lock() {
            *conn = Some(new);
        }
        Ok(())
    }

    fn connect(&self) -> Result<Connection> {
        Connection::open(&self.url, Purpose::Probe).map_err(|error| without_password(error, &self.url))
    }

    fn use_it(&self, conn: &mut Connection, is_failing: bool) -> Result<()> {
        if self.url.read_only {
            return (self.probe.read)(conn);
        }
        conn.begin()?;
        let write = if is_failing { self.probe.write } else { self.probe.touch };
        write(conn)?;
        Ok(conn.commit()?)
    }

    /// Marks the server as reachable, or probing as ended. Discards older connections, since they may hang.
    fn recovered(&self) {
        let mut known = self.known();
        known.is_probing = false;
        if known.refused.take().is_some() {
            self.is_refusing.store(false, Ordering::Relaxed);
            self.is_silent.store(false, Ordering::Relaxed);
            self.generation.fetch_add(1, Ordering::Release);
        }
    }

    fn conn(&self) -> MutexGuard<'_, Option<Connection>> {
        self.conn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Guard of the probing thread. When it ends, even by a panic, callers find out themselves.
struct Probing<'a>(&'a Weak<Watch>);

impl Drop for Probing<'_> {
    fn drop(&mut self) {
        if let Some(watch) = self.0.upgrade() {
            watch.recovered();
        }
    }
}

/// Probes until the server answers or the database is closed.
fn probe(watch: &Weak<Watch>) {
    let _probing = Probing(watch);
    let mut interval = PAUSE;
    while let Some(watch) = watch.upgrade() {
        let began = Instant::now();
        let is_refusing = watch.is_refusing.load(Ordering::Relaxed);
        // Only a new connection shows whether the server accepts connections.
        let answer = if is_refusing { watch.ask_again() } else { watch.ask(&mut watch.conn(), false) };
        // Any other error is an answer.
        let Err(Error::Unavailable(Unavailable::Unreachable(why))) = answer else { return };
        watch.note_refusal(&why);
        drop(watch);
        std::thread::sleep(pause(&why, interval, began.elapsed()));
        interval = (interval * 2).min(INTERVAL);
    }
}

/// Pause after a failed probe that took `took`.
fn pause(why: &str, interval: Duration, took: Duration) -> Duration {
    match Answer::of(why) {
        Answer::Refusal => REFUSED,
        _ => interval.saturating_sub(took).max(PAUSE),
    }
}

#[cfg(all(test, feature = "mysql"))]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::engine::Pool;

    const PROBE: Probe = Probe { read: |_| Ok(()), touch: |_| Ok(()), write: |_| Ok(()) };

    #[test]
    fn when_the_probe_panics_callers_find_out_themselves() {
        let watch = Watch::of(&DatabaseUrl::parse("mysql://shop@127.0.0.1:1/shop").unwrap(), PROBE).unwrap();
        watch.known().is_probing = true;
        watch.note_refusal("it is gone");
        assert!(watch.check().is_err() && watch.check_silence().is_err());
        let weak = Arc::downgrade(&watch);
        let panics = catch_unwind(AssertUnwindSafe(|| {
            let _probing = Probing(&weak);
            panic!("on purpose")
        }));
        assert!(panics.is_err());
        watch.check().unwrap();
        watch.check_silence().unwrap();
        assert!(!watch.known().is_probing, "another probe may begin");
    }

    #[test]
    fn a_server_that_refuses_the_login_is_asked_less_often_than_one_that_is_gone() {
        let short = Duration::from_millis(1);
        assert_eq!(pause("Connection refused", PAUSE, short), PAUSE);
        assert_eq!(pause("Connection refused", INTERVAL, Duration::from_millis(400)), Duration::from_millis(600));
        assert_eq!(pause("timed out", INTERVAL, PATIENCE), PAUSE);
        let denied = "a:3306: ERROR 1045 (28000): Access denied for user 'shop'";
        assert_eq!(pause(denied, PAUSE, short), REFUSED);
        assert_eq!(pause(&format!("{denied} | b:3306: Connection refused"), PAUSE, short), PAUSE);
    }

    /// A server that accepts connections and never answers.
    #[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    fn silent_server() -> (std::net::TcpListener, DatabaseUrl) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("mysql://shop@{}/shop", listener.local_addr().unwrap());
        (listener, DatabaseUrl::parse(&url).unwrap())
    }

    #[test]
    fn a_caller_without_time_to_connect_does_not_have_others_refused() {
        let (_server, url) = silent_server();
        let watch = Watch::of(&url, PROBE).unwrap();
        let wait = Duration::from_millis(100);
        let pool = Pool::new(url, Purpose::Write, 4, wait, Some(Arc::clone(&watch)));
        // The probe waits for this connection.
        let probes_connection = watch.conn();
        let outcome = pool.get(Instant::now() + wait / 4).map(drop);
        assert!(outcome.as_ref().is_err_and(Error::is_unreachable), "{outcome:?}");
        watch.check().unwrap();
        assert!(watch.known().is_probing, "it is found out whether the server answers");
        // A caller that waited for the usual time counts.
        let outcome = pool.get(Instant::now() + 100 * wait).map(drop);
        assert!(outcome.as_ref().is_err_and(Error::is_unreachable), "{outcome:?}");
        assert!(watch.check().is_err());
        drop(probes_connection);
    }

    #[test]
    fn connections_that_a_server_has_accepted_are_used_while_it_refuses_a_login() {
        let watch = Watch::of(&DatabaseUrl::parse("mysql://shop@127.0.0.1:1/shop").unwrap(), PROBE).unwrap();
        watch.note_refusal("ERROR 1045 (28000): Access denied for user 'shop'");
        watch.check_silence().unwrap();
        assert!(watch.check().is_err());
    }
}
