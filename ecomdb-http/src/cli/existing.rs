//! Files that exist already: every command that writes files leaves them alone unless it is told `--overwrite`.

use std::io;

use ecomdb::{Error, IfExists};

use super::Failure;

pub(super) const fn if_exists(overwrite: bool) -> IfExists {
    if overwrite { IfExists::Replace } else { IfExists::Refuse }
}

/// An error that names the option `--overwrite`, if the file exists.
pub(super) fn or_overwrite(error: Error) -> Failure {
    match &error {
        Error::Output(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
            Failure::Failed(format!("{error}; choose another name, or replace it with --overwrite"))
        }
        _ => error.into(),
    }
}
