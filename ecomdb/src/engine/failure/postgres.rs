//! Classification of PostgreSQL errors by SQLSTATE: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.

use super::{Meaning, TOO_LONG};
use crate::error::Unavailable;

pub(super) fn meaning(state: &str) -> Meaning {
    match state {
        // lock_not_available.
        "55P03" => Meaning::Lost,
        // too_many_connections.
        "53300" => Meaning::Overloaded("the server takes no more connections"),
        // admin_shutdown, crash_shutdown, cannot_connect_now, database_dropped, idle_session_timeout,
        // transaction_timeout, idle_in_transaction_session_timeout.
        "57P01" | "57P02" | "57P03" | "57P04" | "57P05" | "25P04" | "25P03" => Meaning::Disconnected,
        // query_canceled.
        "57014" => Meaning::Overloaded(TOO_LONG),
        // read_only_sql_transaction.
        "25006" => Meaning::Unavailable(Unavailable::ReadOnly),
        // insufficient_privilege.
        "42501" => Meaning::Unavailable(Unavailable::NoAccess),
        // disk_full.
        "53100" => Meaning::Unavailable(Unavailable::DiskFull),
        // out_of_memory.
        "53200" => Meaning::Overloaded("the server has no memory left"),
        // insufficient_resources, configuration_limit_exceeded.
        "53000" | "53400" => Meaning::Overloaded("the server has reached a limit of its configuration"),
        // system_error, io_error.
        "58000" | "58030" => Meaning::Unavailable(Unavailable::Disk),
        // data_corrupted, index_corrupted.
        "XX001" | "XX002" => Meaning::Unavailable(Unavailable::Damaged),
        _ if is_rolled_back(state) => Meaning::Lost,
        // SQLSTATE class "connection exception".
        _ if state.starts_with("08") => Meaning::Disconnected,
        _ => Meaning::Other,
    }
}

/// Whether this error of COMMIT guarantees a rollback: the class "transaction rollback", deferred constraints,
/// in_failed_sql_transaction (which stands for the answer ROLLBACK to COMMIT), and read_only_sql_transaction of a
/// trigger that runs before the commit.
pub(super) fn is_undone(state: &str) -> bool {
    is_rolled_back(state) || state.starts_with("23") || matches!(state, "25P02" | "25006")
}

/// The class "transaction rollback" without statement_completion_unknown, which is ambiguous.
fn is_rolled_back(state: &str) -> bool {
    state.starts_with("40") && state != "40003"
}
