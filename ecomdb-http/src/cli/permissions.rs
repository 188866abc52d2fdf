//! Files with secrets that others can read.

use std::path::Path;

use super::terminal::note;

/// Warns of a file that everybody on this machine can read; `has` says what should be secret in it.
pub(super) fn warn_of_readers(file: &Path, has: &str) {
    if others_can_read(file) {
        note(format_args!(
            "warning: {} has {has}, and everybody on this machine can read it: chmod 600 {0}",
            file.display()
        ));
    }
}

#[cfg(unix)]
fn others_can_read(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    std::fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn others_can_read(_: &Path) -> bool {
    false
}
