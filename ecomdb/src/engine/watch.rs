//! Whether the server of the database takes connections. A server that refused one is not asked again by each caller: all
//! hear at once that it cannot be reached, while one thread finds out when it is back.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::{Answer, Connection, DatabaseUrl, Purpose, without_password};
use crate::error::{Error, Result, Unavailable};

/// How long the server may take to accept the probe's connection.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long it may take to answer.
const ANSWER: Duration = Duration::from_secs(1);
/// The least time between giving up all connections to a server that can only be read, and doing so again.
const LEAVE: Duration = Duration::from_secs(1);
/// The least pause between two probes of a server that is gone. It doubles with each probe.
const PAUSE: Duration = Duration::from_millis(100);
/// The most time from the beginning of one probe to the next one.
const INTERVAL: Duration = Duration::from_secs(1);
/// That time for a server that refuses the login, or whose certificate is refused. Only an operator can help, and servers
/// block hosts that fail too often.
const REFUSED: Duration = Duration::from_secs(10);

/// What shows that the database can be used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Probe {
    /// Reads something.
    pub(crate) read: fn(&mut Connection) -> Result<()>,
    /// Would write, but changes no row and waits for none: a server that can only be read refuses it.
    pub(crate) touch: fn(&mut Connection) -> Result<()>,
    /// Writes.
    pub(crate) write: fn(&mut Connection) -> Result<()>,
}

/// Watches a server, over a connection of its own.
pub(crate) struct Watch {
    url: DatabaseUrl,
    probe: Probe,
    /// Whether `refused` is something.
    is_refusing: AtomicBool,
    /// Whether the server then gave no answer at all.
    is_silent: AtomicBool,
    /// How often the server has come back.
    generation: AtomicU64,
    /// How often the connections were given up because the server could only be read.
    left: AtomicU64,
    known: Mutex<Known>,
    /// Kept from one probe to the next.
    conn: Mutex<Option<Connection>>,
}

#[derive(Default)]
struct Known {
    /// Why the server takes no connection.
    refused: Option<String>,
    is_probing: bool,
    /// When connections were last given up because the server could only be read.
    left: Option<Instant>,
    /// Whether the probe's last connection led to a server that could only be read.
    met_read_only: bool,
}

impl Watch {
    /// `None` where the database is on no server.
    pub(crate) fn of(url: &DatabaseUrl, probe: Probe) -> Option<Arc<Self>> {
        url.engine.is_server().then(|| {
            let url = url.clone().patient(PATIENCE).limit_statements(ANSWER);
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

    /// Refuses as long as the server takes no connections.
    pub(crate) fn check(&self) -> Result<()> {
        if !self.is_refusing.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.known().refused.as_ref().map_or(Ok(()), |why| Err(Error::unreachable(why)))
    }

    /// Refuses as long as the server does not even answer. One that refuses a login may still serve the connections that it
    /// has accepted.
    pub(crate) fn check_silence(&self) -> Result<()> {
        if self.is_silent.load(Ordering::Relaxed) { self.check() } else { Ok(()) }
    }

    /// How often the server has come back since it was watched, or the connections to it were lost. Those of before may hang.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// How often the connections were given up because the server could only be read. Those of before still work.
    pub(crate) fn left(&self) -> u64 {
        self.left.load(Ordering::Acquire)
    }

    /// A write was refused because the server can only be read. After a failover, new connections may lead to another server,
    /// so those of before are given up; not at each refusal, since a server that stays so is still read.
    pub(crate) fn leave(&self) {
        let mut known = self.known();
        if known.left.is_none_or(|left| left.elapsed() >= LEAVE) {
            known.left = Some(Instant::now());
            self.left.fetch_add(1, Ordering::Release);
        }
    }

    /// Notes that the server took no connection, and finds out when it does.
    pub(crate) fn refused(self: &Arc<Self>, why: &str) {
        self.note_refusal(why);
        self.probe();
    }

    /// Notes that a caller got no connection. Silence shows that the server is gone only if the caller gave it time to
    /// answer: half of what callers usually give, or as much as the probe gives.
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

    /// Finds out whether the server still answers.
    pub(crate) fn suspect(self: &Arc<Self>) {
        self.probe();
    }

    /// Whether the server can be read and, unless it is to be read only, written. After a write that failed (`is_failing`),
    /// it writes.
    pub(crate) fn ready(self: &Arc<Self>, is_failing: bool) -> Result<()> {
        self.check()?;
        let mut conn = self.conn();
        // Whoever had it meanwhile may have found out that the server is gone.
        self.check()?;
        self.ask(&mut conn, is_failing).inspect_err(|error| {
            if let Error::Unavailable(Unavailable::Unreachable(why)) = error {
                self.refused(why);
            }
        })
    }

    /// Starts the one thread that probes, unless it runs.
    fn probe(self: &Arc<Self>) {
        if std::mem::replace(&mut self.known().is_probing, true) {
            return;
        }
        let watch = Arc::downgrade(self);
        let probe = std::thread::Builder::new().name("ecomdb-probe".to_owned()).spawn(move || probe(&watch));
        if let Err(error) = probe {
            tracing::warn!(%error, "no thread could be started to look for the server of the database");
            // Callers find out themselves.
            self.recovered();
        }
    }

    /// Asks over the connection of the last time. Where that one is lost, or leads to a server that can only be read, over a
    /// new one: after a failover it leads to another server.
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

    /// After the probe's new connection was used: the others were opened before, and may lead to the same server as its
    /// last one.
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

    /// Asks over a new connection.
    fn ask_anew(&self) -> Result<()> {
        let mut new = self.connect()?;
        self.use_it(&mut new, false)?;
        // Another one may hang in use; then it gives up by itself.
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

    /// The server takes connections, or nobody finds out any more. Those of before are given up, since they may hang.
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

/// The thread that probes. However it ends, be it with a panic, callers find out themselves from then on.
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
        // Whether it takes connections, only a new one can tell.
        let answer = if is_refusing { watch.ask_anew() } else { watch.ask(&mut watch.conn(), false) };
        // Whatever else it says, it answers.
        let Err(Error::Unavailable(Unavailable::Unreachable(why))) = answer else { return };
        watch.note_refusal(&why);
        drop(watch);
        std::thread::sleep(pause(&why, interval, began.elapsed()));
        interval = (interval * 2).min(INTERVAL);
    }
}

/// How long to wait after a probe that took so long and failed.
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

    /// A server that accepts connections and never says a word.
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
        // The probe waits for it.
        let probes_connection = watch.conn();
        let outcome = pool.get(Instant::now() + wait / 4).map(drop);
        assert!(outcome.as_ref().is_err_and(Error::is_unreachable), "{outcome:?}");
        watch.check().unwrap();
        assert!(watch.known().is_probing, "it is found out whether the server answers");
        // One who gave it the usual time knows.
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
