use super::*;
use DatabaseErrorKind::{ClosedConnection, ReadOnlyTransaction, Unknown};

fn error(kind: DatabaseErrorKind, message: &str) -> DieselError {
    DieselError::DatabaseError(kind, Box::new(message.to_owned()))
}

/// Name of the error variant; for [`Error::Unavailable`], its reason.
fn heard(error: DieselError) -> &'static str {
    match Error::from(error) {
        Error::Contention { .. } => "contention",
        Error::Unavailable(why) => why.reason(),
        Error::Overloaded(_) => "overloaded",
        Error::Storage(_) => "storage",
        Error::Conflict(_) => "conflict",
        Error::Invalid(_) => "invalid",
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn expect_all(wanted: &str, messages: &[&str]) {
    for message in messages {
        assert_eq!(heard(error(Unknown, message)), wanted, "{message}");
    }
}

#[cfg(feature = "mysql")]
#[test]
fn errors_of_mariadb_and_mysql_are_told_apart_by_number() {
    // The text is ignored, because a server may use another language (lc_messages).
    expect_all(
        "contention",
        &[
            "ERROR 1213 (40001): Versuche, die Transaktion neu zu starten",
            "ERROR 1205 (HY000): x",
            "ERROR 1020 (HY000): x",
            "ERROR 1180 (HY000): x",
            "ERROR 3101 (40000): x",
            "ERROR 9007 (40001): x",
        ],
    );
    expect_all(
        "unreachable",
        &[
            "ERROR 1047 (08S01): x",
            "ERROR 1053 (08S01): x",
            "ERROR 1927 (70100): x",
            "ERROR 3169 (HY000): x",
            "ERROR 4031 (HY000): x",
            "ERROR 2006 (HY000): x",
            "ERROR 2013 (HY000): x",
            "ERROR 2026 (HY000): x",
            "ERROR 1158 (08S01): x",
        ],
    );
    expect_all(
        "overloaded",
        &[
            "ERROR 1040 (08004): x",
            "ERROR 1203 (42000): x",
            "ERROR 1461 (42000): x",
            "ERROR 1041 (HY000): x",
            "ERROR 1969 (70100): x",
            "ERROR 3024 (HY000): x",
            "ERROR 1317 (70100): x",
        ],
    );
    expect_all("read_only", &["ERROR 1290 (HY000): x", "ERROR 1792 (25006): x", "ERROR 1836 (HY000): x"]);
    expect_all("no_access", &["ERROR 1044 (42000): x", "ERROR 1142 (42000): x", "ERROR 1227 (42000): x"]);
    expect_all(
        "disk_full",
        &[
            "ERROR 1021 (HY000): x",
            "ERROR 1114 (HY000): x",
            "ERROR 1026 (HY000): Error writing file 'x' (Errcode: 28 \"Kein Platz\")",
            "ERROR 3 (HY000): Error writing file 'x' (errcode: 122 \"x\")",
            "ERROR 1030 (HY000): Got error 28 \"x\" from storage engine InnoDB",
        ],
    );
    expect_all("disk_failed", &["ERROR 1030 (HY000): Got error 5 \"x\" from storage engine InnoDB"]);
    expect_all("damaged", &["ERROR 1194 (HY000): x", "ERROR 1712 (HY000): x"]);
    // The text is ignored, even if it names another error.
    expect_all(
        "storage",
        &[
            "ERROR 1064 (42000): You have an error near 'Deadlock found when trying to get lock'",
            "ERROR 1030 (HY000): Got error 1 from storage engine",
            "ERROR 1153 (08S01): Got a packet bigger than 'max_allowed_packet' bytes",
        ],
    );
}

#[cfg(feature = "postgres")]
#[test]
fn errors_of_postgresql_are_told_apart_by_sqlstate() {
    expect_all(
        "contention",
        &["ERROR 40001: x", "ERROR 40P01: Verklemmung", "ERROR 55P03: x", "ERROR 40000: x", "ERROR 40002: x"],
    );
    expect_all(
        "unreachable",
        &[
            "FATAL 57P01: x",
            "FATAL 57P02: x",
            "FATAL 57P03: x",
            "FATAL 57P05: x",
            "FATAL 25P03: x",
            "ERROR 08006: x",
            "ERROR 08P01: x",
        ],
    );
    expect_all("overloaded", &["FATAL 53300: x", "ERROR 57014: x", "ERROR 53200: x", "ERROR 53400: x"]);
    expect_all("read_only", &["ERROR 25006: x"]);
    expect_all("disk_full", &["ERROR 53100: x"]);
    expect_all("disk_failed", &["ERROR 58030: x"]);
    expect_all("damaged", &["ERROR XX001: x", "ERROR XX002: x"]);
    expect_all("storage", &["ERROR 42601: syntax error near \"deadlock detected\"", "ERROR XX000: x"]);
    assert_eq!(heard(error(ReadOnlyTransaction, "ERROR 25006: x")), "read_only");
    expect_all("no_access", &["ERROR 42501: permission denied for table orders"]);
}

#[test]
fn a_connection_that_is_gone_is_known_by_its_kind() {
    assert_eq!(heard(error(ClosedConnection, "a TLS alert")), "unreachable");
    assert_eq!(heard(DieselError::BrokenTransactionManager), "unreachable");
}

#[cfg(all(feature = "mysql", feature = "postgres"))]
#[test]
fn a_constraint_is_found_behind_a_code() {
    let taken = "ERROR 1062 (23000): Duplicate entry 'a@example.com' for key 'users_email_key'";
    let Error::Conflict(taken) = error(DatabaseErrorKind::UniqueViolation, taken).into() else { panic!() };
    assert_eq!(taken.to_string(), "email: another user already has \"a@example.com\"");
    let parent = "ERROR 1451 (23000): Cannot delete or update a parent row: a foreign key constraint fails (`d`.`orders`, \
                  CONSTRAINT `orders_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`))";
    assert_eq!(heard(error(DatabaseErrorKind::ForeignKeyViolation, parent)), "conflict");
    let key = "ERROR 1062 (23000): Duplicate entry 'x-y' for key 'idempotency_keys_scope_key_key'";
    assert_eq!(heard(error(DatabaseErrorKind::UniqueViolation, key)), "contention");
}

/// Whether the error becomes [`Error::UnknownOutcome`].
fn is_unknown(error: DieselError) -> bool {
    matches!(of_commit(error), Error::UnknownOutcome)
}

/// Whether the error becomes [`Unavailable::ReadOnly`], which implies a rollback.
#[cfg(any(feature = "mysql", feature = "postgres"))]
fn is_refused_as_read_only(error: DieselError) -> bool {
    matches!(of_commit(error), Error::Unavailable(Unavailable::ReadOnly(_)))
}

#[cfg(feature = "mysql")]
#[test]
fn a_commit_that_failed_on_mariadb_is_undone_only_if_the_number_says_so() {
    for undone in ["ERROR 1213 (40001): x", "ERROR 3101 (40000): x"] {
        assert!(matches!(of_commit(error(Unknown, undone)), Error::Contention { .. }), "{undone}");
    }
    assert!(is_refused_as_read_only(error(ReadOnlyTransaction, "ERROR 1290 (HY000): x")));
    for unknown in [
        "ERROR 1180 (HY000): Got error 5 \"Input/output error\" during COMMIT",
        "ERROR 1205 (HY000): x",
        "ERROR 1047 (08S01): x",
        "ERROR 1317 (70100): x",
        "ERROR 1021 (HY000): x",
        "ERROR 1053 (08S01): x",
        "ERROR 1105 (HY000): x",
    ] {
        assert!(is_unknown(error(Unknown, unknown)), "{unknown}");
    }
}

#[cfg(feature = "postgres")]
#[test]
fn a_commit_that_failed_on_postgresql_is_undone_only_if_the_sqlstate_says_so() {
    for undone in ["ERROR 40001: x", "ERROR 40P01: x", "ERROR 40002: x"] {
        assert!(matches!(of_commit(error(Unknown, undone)), Error::Contention { .. }), "{undone}");
    }
    assert!(!is_unknown(error(DatabaseErrorKind::ForeignKeyViolation, "ERROR 23503: x")));
    assert!(!is_unknown(error(Unknown, "ERROR 25P02: x")));
    assert!(is_refused_as_read_only(error(ReadOnlyTransaction, "ERROR 25006: x")));
    for unknown in ["ERROR 40003: x", "ERROR 57014: x", "FATAL 57P01: x", "ERROR 53100: x", "ERROR XX000: x"] {
        assert!(is_unknown(error(Unknown, unknown)), "{unknown}");
    }
}

#[test]
fn a_commit_without_an_answer_has_an_unknown_outcome() {
    for words in ["TLS/SSL error: unexpected eof while reading", "Lost connection to server during query", "anything"] {
        assert!(is_unknown(error(ClosedConnection, words)), "{words}");
        assert!(is_unknown(error(Unknown, words)), "{words}");
    }
    assert!(is_unknown(DieselError::NotFound));
    let both = DieselError::RollbackErrorOnCommit {
        rollback_error: Box::new(error(ClosedConnection, "closed")),
        commit_error: Box::new(error(Unknown, "anything")),
    };
    assert!(is_unknown(both));
}

#[test]
fn a_commit_that_was_never_sent_is_undone() {
    assert!(!is_unknown(DieselError::BrokenTransactionManager));
}

#[cfg(all(feature = "mysql", feature = "postgres"))]
#[test]
fn a_server_without_room_for_another_connection_is_not_one_that_is_gone() {
    for full in ["ERROR 1040 (08004): x", "ERROR 1040 (HY000): x", "ERROR 1203 (42000): x", "ERROR 53300: x"] {
        assert!(matches!(of_connecting(full), Error::Overloaded(_)), "{full}");
    }
    let one_of_two = "Connection refused (at a:5432) | ERROR 53300: x (at b:5432)";
    assert!(matches!(of_connecting(one_of_two), Error::Overloaded(_)));
    for gone in
        ["Connection refused", "ERROR 57P03: x", "ERROR 1053 (08S01): x", "ERROR 1045 (28000): x", "ERROR 28P01: x"]
    {
        assert!(of_connecting(gone).is_unreachable(), "{gone}");
    }
}

#[test]
fn what_a_server_answers_that_takes_no_connection_is_read_from_the_message() {
    for silent in ["Connection refused (os error 111)", "10.0.0.7:3306: timed out | 10.0.0.8:3306: timed out"] {
        assert_eq!(Answer::of(silent), Answer::None, "{silent}");
    }
    for (refused, answer) in [
        ("10.0.0.7:3306: ERROR 1045 (28000): Access denied for user 'shop'@'10.0.0.9'", Answer::Refusal),
        ("db:3306: ERROR 1129 (HY000): Host '10.0.0.9' is blocked because of many connection errors", Answer::Refusal),
        ("FATAL 28P01: password authentication failed for user \"shop\"", Answer::Refusal),
        ("db:3306: TLS: invalid peer certificate: Expired", Answer::Refusal),
        ("FATAL 57P03: the database system is starting up", Answer::NotNow),
        ("db:3306: ERROR 1053 (08S01): Server shutdown in progress", Answer::NotNow),
    ] {
        assert_eq!(Answer::of(refused), answer, "{refused}");
    }
}

#[test]
fn a_host_that_refuses_the_login_says_nothing_about_the_others() {
    const DENIED: &str = "a:3306: ERROR 1045 (28000): Access denied for user 'shop'@'10.0.0.9'";
    const BLOCKED: &str = "b:3306: ERROR 1129 (HY000): Host '10.0.0.9' is blocked; unblock it with mariadb-admin";
    for (hosts, answer) in [
        (&[DENIED, "b:3306: timed out"][..], Answer::None),
        (&["b:3306: Connection refused (os error 111)", DENIED], Answer::None),
        (&[DENIED, "b:3306: ERROR 1053 (08S01): Server shutdown in progress"], Answer::NotNow),
        (&[DENIED, "b:3306: ERROR 1290 (HY000): it is read-only"], Answer::NotNow),
        (&["ERROR 57P03: it is read-only (at a:5432)", "timed out (at b:5432)"], Answer::NotNow),
        (&["timed out (at a:5432)", "ERROR 28P01: password authentication failed (at b:5432)"], Answer::None),
        (&[DENIED, BLOCKED], Answer::Refusal),
        // A host name with two addresses, one of which refuses the login.
        (&["Connection refused, ERROR 28P01: password authentication failed (at db:5432)"], Answer::Refusal),
    ] {
        assert_eq!(Answer::of(&hosts.join(NEXT_HOST)), answer, "{hosts:?}");
    }
}
