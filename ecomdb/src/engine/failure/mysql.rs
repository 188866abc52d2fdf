//! Classification of MariaDB and MySQL errors by number.
//!
//! Numbers and SQLSTATEs: <https://mariadb.com/kb/en/mariadb-error-code-reference/>,
//! <https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>; for Galera:
//! <https://mariadb.com/kb/en/galera-cluster/>.

use super::{Meaning, TOO_LONG};
use crate::error::Unavailable;

pub(super) fn meaning(number: u16, state: &str, words: &str) -> Meaning {
    match number {
        // ER_CHECKREAD: the row has changed since the snapshot. ER_LOCK_WAIT_TIMEOUT: also a Galera node that waited
        // too long for remote commits. ER_LOCK_DEADLOCK: also a failed certification.
        // ER_TRANSACTION_ROLLBACK_DURING_COMMIT of group replication. ErrWriteConflict of TiDB.
        1020 | 1205 | 1213 | 3101 | 9007 => Meaning::Lost,
        // ER_ERROR_DURING_COMMIT in a statement other than COMMIT: Galera could not replicate a fragment of the
        // transaction, and rolled it back.
        1180 => Meaning::Lost,
        // ER_NET_PACKET_TOO_LARGE closes the connection; a retry would fail again.
        1153 => Meaning::Other,
        // ER_CON_COUNT_ERROR, ER_TOO_MANY_USER_CONNECTIONS, ER_USER_LIMIT_REACHED.
        1040 | 1203 | 1226 => Meaning::Overloaded("the server takes no more connections"),
        // ER_UNKNOWN_COM_ERROR: a Galera node that is not ready or lost its quorum. ER_SERVER_SHUTDOWN,
        // ER_NORMAL_SHUTDOWN, ER_CONNECTION_KILLED, ER_SESSION_WAS_KILLED, ER_CLIENT_INTERACTION_TIMEOUT, and the
        // client library's codes for a lost connection.
        1047 | 1053 | 1077 | 1927 | 3169 | 4031 | 2002 | 2003 | 2006 | 2013 | 2026 | 2055 => Meaning::Disconnected,
        // ER_DISK_FULL, ER_RECORD_FILE_FULL.
        1021 | 1114 => Meaning::Unavailable(Unavailable::DiskFull),
        // EE_WRITE, ER_ERROR_ON_WRITE, ER_GET_ERRNO: the message contains the system's errno.
        3 | 1026 | 1030 => of_system(words),
        // ER_OPTION_PREVENTS_STATEMENT, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, ER_READ_ONLY_MODE.
        1290 | 1792 | 1836 => Meaning::Unavailable(Unavailable::ReadOnly),
        // ER_DBACCESS_DENIED_ERROR, ER_TABLEACCESS_DENIED_ERROR, ER_COLUMNACCESS_DENIED_ERROR,
        // ER_SPECIFIC_ACCESS_DENIED_ERROR, ER_PROCACCESS_DENIED_ERROR.
        1044 | 1142 | 1143 | 1227 | 1370 => Meaning::Unavailable(Unavailable::NoAccess),
        // ER_NOT_KEYFILE, ER_OLD_KEYFILE, ER_CRASHED_ON_USAGE, ER_CRASHED_ON_REPAIR, ER_INDEX_CORRUPT.
        1034 | 1035 | 1194 | 1195 | 1712 => Meaning::Unavailable(Unavailable::Damaged),
        // ER_OUTOFMEMORY, ER_OUT_OF_SORTMEMORY, ER_OUT_OF_RESOURCES.
        1037 | 1038 | 1041 => Meaning::Overloaded("the server has no memory left"),
        // ER_MAX_PREPARED_STMT_COUNT_REACHED.
        1461 => Meaning::Overloaded("the server's table of prepared statements is full (max_prepared_stmt_count)"),
        // ER_QUERY_INTERRUPTED, ER_STATEMENT_TIMEOUT of MariaDB, ER_QUERY_TIMEOUT of MySQL.
        1317 | 1969 | 3024 => Meaning::Overloaded(TOO_LONG),
        _ if state == "40001" => Meaning::Lost,
        // SQLSTATE class "connection exception".
        _ if state.starts_with("08") => Meaning::Disconnected,
        _ => Meaning::Other,
    }
}

/// Whether this error of COMMIT guarantees a rollback. ER_ERROR_DURING_COMMIT does not. ER_OPTION_PREVENTS_STATEMENT
/// (`read_only`) is raised before anything is committed.
pub(super) const fn is_undone(number: u16) -> bool {
    matches!(number, 1213 | 1290 | 3101 | 9007)
}

/// Classifies the errno in messages such as `(Errcode: 28 "No space left on device")` or
/// `Got error 28 from storage engine`.
fn of_system(words: &str) -> Meaning {
    let number = ["rrcode: ", "error "].iter().find_map(|before| {
        let (_, rest) = words.split_once(before)?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().ok()
    });
    match number {
        // ENOSPC, EDQUOT, EFBIG.
        Some(28 | 122 | 27) => Meaning::Unavailable(Unavailable::DiskFull),
        // EIO.
        Some(5) => Meaning::Unavailable(Unavailable::Disk),
        // EROFS.
        Some(30) => Meaning::Unavailable(Unavailable::ReadOnly),
        _ => Meaning::Other,
    }
}
