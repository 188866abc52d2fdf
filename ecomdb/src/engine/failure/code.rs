//! Error codes of servers. The drivers put them at the start of the message, in the format of the server's command-line
//! client.

/// Error code of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(all(feature = "mysql", feature = "postgres")),
    allow(dead_code, reason = "only the table of an engine that is compiled in reads its codes")
)]
pub(crate) enum Code<'a> {
    /// MariaDB and MySQL: `ERROR 1213 (40001): Deadlock found ...`
    Mysql {
        /// Error number.
        number: u16,
        /// SQLSTATE.
        state: &'a str,
    },
    /// PostgreSQL: `ERROR 40P01: deadlock detected`, or with severity FATAL or PANIC.
    Postgres {
        /// SQLSTATE.
        state: &'a str,
    },
}

/// Splits a message into code and text. SQLite's messages have no code.
pub(crate) fn split(message: &str) -> (Option<Code<'_>>, &str) {
    match parse(message) {
        Some((code, words)) => (Some(code), words),
        None => (None, message),
    }
}

fn parse(message: &str) -> Option<(Code<'_>, &str)> {
    let rest = ["ERROR ", "FATAL ", "PANIC "].iter().find_map(|severity| message.strip_prefix(severity))?;
    let (code, words) = rest.split_once(": ")?;
    if let Some((number, state)) = code.split_once(" (") {
        let state = state.strip_suffix(')').filter(|state| is_state(state))?;
        return Some((Code::Mysql { number: number.parse().ok()?, state }, words));
    }
    is_state(code).then_some((Code::Postgres { state: code }, words))
}

/// Whether the text is a SQLSTATE: five digits or capital letters.
fn is_state(text: &str) -> bool {
    text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_from_the_beginning_of_a_message() {
        let deadlock = "ERROR 1213 (40001): Deadlock found when trying to get lock; try restarting transaction";
        let (code, words) = split(deadlock);
        assert_eq!(code, Some(Code::Mysql { number: 1213, state: "40001" }));
        assert_eq!(words, "Deadlock found when trying to get lock; try restarting transaction");
        assert_eq!(
            split("ERROR 40P01: deadlock detected"),
            (Some(Code::Postgres { state: "40P01" }), "deadlock detected")
        );
        assert_eq!(split("FATAL 57P01: a: b"), (Some(Code::Postgres { state: "57P01" }), "a: b"));
    }

    #[test]
    fn a_message_without_a_code_is_left_as_it_is() {
        for message in [
            "database is locked",
            "ERROR",
            "ERROR 1213: Deadlock found",
            "ERROR 1213 (40001)",
            "ERROR 99999999 (HY000): too large a number",
            "ERROR 40p01: deadlock detected",
            "an ERROR 40P01: inside",
            "ERROR 1213 (4000): x",
            "ERROR 1213 (é000): x",
        ] {
            assert_eq!(split(message), (None, message));
        }
    }
}
