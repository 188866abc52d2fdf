//! Warnings about readable files with secrets.

use std::path::Path;

use super::terminal::note;

/// Warns if a file is world-readable; `has` describes its secret.
pub(super) fn warn_of_readers(file: &Path, has: &str) {
    if others_can_read(file) {
        note(format_args!(
            "warning: {} has {has}, and every user of this machine can read it: chmod 600 {0}",
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
