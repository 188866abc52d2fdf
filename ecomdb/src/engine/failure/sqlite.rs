//! Classification of SQLite errors by message, because Diesel does not expose result codes:
//! <https://www.sqlite.org/rescode.html>.

use super::Meaning;
use crate::error::Unavailable;

/// Messages of SQLITE_BUSY, SQLITE_LOCKED, SQLITE_FULL, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_IOERR and
/// SQLITE_CORRUPT.
const WORDS: [(&str, Meaning); 8] = [
    ("database is locked", Meaning::Lost),
    ("database table is locked", Meaning::Lost),
    ("database or disk is full", Meaning::Unavailable(Unavailable::DiskFull)),
    ("attempt to write a readonly database", Meaning::Unavailable(Unavailable::ReadOnly)),
    ("unable to open database file", Meaning::Unavailable(Unavailable::NoAccess)),
    ("access permission denied", Meaning::Unavailable(Unavailable::NoAccess)),
    ("disk I/O error", Meaning::Unavailable(Unavailable::Disk)),
    ("database disk image is malformed", Meaning::Unavailable(Unavailable::Damaged)),
];

pub(super) fn meaning(message: &str) -> Meaning {
    WORDS.iter().find(|(words, _)| message.contains(words)).map_or(Meaning::Other, |(_, meaning)| *meaning)
}
