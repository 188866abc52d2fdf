//! Errors without a code, by their words: those of SQLite.

use super::{Meaning, TOO_LONG};
use crate::error::Unavailable;

/// SQLITE_BUSY and SQLITE_LOCKED; SQLITE_FULL, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_IOERR, SQLITE_CORRUPT.
const SQLITE: [(&str, Meaning); 8] = [
    ("database is locked", Meaning::Lost),
    ("database table is locked", Meaning::Lost),
    ("database or disk is full", Meaning::Unavailable(Unavailable::DiskFull)),
    ("attempt to write a readonly database", Meaning::Unavailable(Unavailable::ReadOnly)),
    ("unable to open database file", Meaning::Unavailable(Unavailable::NoAccess)),
    ("access permission denied", Meaning::Unavailable(Unavailable::NoAccess)),
    ("disk I/O error", Meaning::Unavailable(Unavailable::Disk)),
    ("database disk image is malformed", Meaning::Unavailable(Unavailable::Damaged)),
];

/// Those of servers whose driver does not give the code.
const SERVERS: [(&str, Meaning); 31] = [
    ("Deadlock found when trying to get lock", Meaning::Lost),
    ("Lock wait timeout exceeded", Meaning::Lost),
    ("Record has changed since last read", Meaning::Lost),
    ("streaming replication fragment", Meaning::Lost),
    ("deadlock detected", Meaning::Lost),
    ("could not serialize access", Meaning::Lost),
    ("canceling statement due to lock timeout", Meaning::Lost),
    ("server has gone away", Meaning::Disconnected),
    ("Lost connection to", Meaning::Disconnected),
    ("TLS/SSL error", Meaning::Disconnected),
    ("Server shutdown in progress", Meaning::Disconnected),
    ("Connection was killed", Meaning::Disconnected),
    ("WSREP has not yet prepared node", Meaning::Disconnected),
    ("server closed the connection unexpectedly", Meaning::Disconnected),
    ("terminating connection", Meaning::Disconnected),
    ("no connection to the server", Meaning::Disconnected),
    ("could not receive data from server", Meaning::Disconnected),
    ("SSL connection has been closed unexpectedly", Meaning::Disconnected),
    ("No space left on device", Meaning::Unavailable(Unavailable::DiskFull)),
    ("Disk full (", Meaning::Unavailable(Unavailable::DiskFull)),
    ("' is full", Meaning::Unavailable(Unavailable::DiskFull)),
    ("Disk quota exceeded", Meaning::Unavailable(Unavailable::DiskFull)),
    ("option so it cannot execute this statement", Meaning::Unavailable(Unavailable::ReadOnly)),
    ("in a READ ONLY transaction", Meaning::Unavailable(Unavailable::ReadOnly)),
    ("Running in read-only mode", Meaning::Unavailable(Unavailable::ReadOnly)),
    ("in a read-only transaction", Meaning::Unavailable(Unavailable::ReadOnly)),
    ("Input/output error", Meaning::Unavailable(Unavailable::Disk)),
    ("invalid page in block", Meaning::Unavailable(Unavailable::Damaged)),
    ("max_statement_time exceeded", Meaning::Overloaded(TOO_LONG)),
    ("maximum statement execution time exceeded", Meaning::Overloaded(TOO_LONG)),
    ("canceling statement due to statement timeout", Meaning::Overloaded(TOO_LONG)),
];

pub(super) fn meaning(message: &str) -> Meaning {
    let mut known = SQLITE.iter().chain(&SERVERS);
    known.find(|(words, _)| message.contains(words)).map_or(Meaning::Other, |(_, meaning)| *meaning)
}
