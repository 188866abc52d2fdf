//! The files of a SQLite database, and whether they are still those that were opened.
//!
//! SQLite finds its files by name for each new connection, and creates missing ones. If an open database was moved
//! away, it would create an empty database under the old name. [`Files::verify`] detects this before a connection is
//! opened and before a commit. SQLite is never asked to create the database.

use std::fs::Metadata;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use std::time::SystemTime;

use crate::error::{Error, Result, Unavailable};

/// The database file, its write-ahead log and the log's index.
#[derive(Debug)]
pub(crate) struct Files {
    /// Path as given by the caller, for messages.
    name: String,
    /// Absolute path, independent of the current directory.
    path: PathBuf,
    opened: RwLock<Option<Opened>>,
}

/// Identity of the files when the database was opened.
#[derive(Debug)]
struct Opened {
    database: FileId,
    /// `-wal` and `-shm`; `None` while there is no log.
    log: Option<[(PathBuf, FileId); 2]>,
}

/// Device and inode, which identify a file under any name.
#[cfg(unix)]
type FileId = (u64, u64);
/// Other systems do not allow moving or deleting an open database.
#[cfg(not(unix))]
type FileId = ();

/// Size and modification time of a database file that is closed and has no log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AtRest {
    id: FileId,
    size: u64,
    changed: Option<SystemTime>,
}

impl Files {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::path::absolute(name).unwrap_or_else(|_| PathBuf::from(name));
        Self { name: name.to_owned(), path, opened: RwLock::new(None) }
    }

    /// Whether the path leads to the database file.
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        let found = std::fs::canonicalize(path);
        found.is_ok_and(|found| std::fs::canonicalize(&self.path).is_ok_and(|own| own == found))
    }

    /// Records the identity of the database. Later connections and commits must use the same file.
    pub(crate) fn note(&self) -> Result<()> {
        let database = match identity(&self.path) {
            Ok(Some(database)) => database,
            Ok(None) => return Err(self.moved().into()),
            Err(error) => return Err(self.inaccessible(&error).into()),
        };
        *self.opened.write().unwrap_or_else(PoisonError::into_inner) = Some(Opened { database, log: None });
        Ok(())
    }

    /// Records the identity of the log. Later commits must use the same log.
    pub(crate) fn note_log(&self) {
        if let Some(opened) = self.opened.write().unwrap_or_else(PoisonError::into_inner).as_mut()
            && identity(&self.path).is_ok_and(|found| found == Some(opened.database))
        {
            opened.log = self.log();
        }
    }

    fn log(&self) -> Option<[(PathBuf, FileId); 2]> {
        let [wal, shm] = self.with_suffixes(["-wal", "-shm"])?;
        let (wal_id, shm_id) = (identity(&wal).ok()??, identity(&shm).ok()??);
        Some([(wal, wal_id), (shm, shm_id)])
    }

    /// Accepts any log until the next [`Files::note_log`]. SQLite deletes the log when it leaves WAL mode.
    pub(crate) fn forget_log(&self) {
        if let Some(opened) = self.opened.write().unwrap_or_else(PoisonError::into_inner).as_mut() {
            opened.log = None;
        }
    }

    /// Compares the files with those that were opened.
    ///
    /// # Errors
    /// [`Unavailable::Moved`], [`Unavailable::NoAccess`].
    pub(crate) fn verify(&self) -> Result<(), Unavailable> {
        let opened = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        let Some(opened) = opened.as_ref() else { return Ok(()) };
        match identity(&self.path) {
            Ok(Some(found)) if found == opened.database => {}
            Ok(Some(_)) => return Err(self.replaced()),
            Ok(None) => return Err(self.moved()),
            Err(error) => return Err(self.inaccessible(&error)),
        }
        for (path, known) in opened.log.iter().flatten() {
            match identity(path) {
                Ok(Some(found)) if found == *known => {}
                Ok(_) => return Err(self.log_lost(path)),
                Err(error) => return Err(self.inaccessible(&error)),
            }
        }
        Ok(())
    }

    /// Whether the log was deleted while the database is in place. Then no other process has the database open, because
    /// SQLite would have created a new log.
    pub(crate) fn log_is_deleted(&self) -> bool {
        let opened = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        let Some(Opened { database, log: Some([(wal, _), _]) }) = opened.as_ref() else { return false };
        identity(&self.path).is_ok_and(|found| found == Some(*database))
            && identity(wal).is_ok_and(|found| found.is_none())
    }

    /// Creates the database file if it is missing, readable by its owner only. SQLite gives the log the same
    /// permissions.
    ///
    /// The file is closed before it gets its name, because closing a file releases the locks of other connections in
    /// this process.
    pub(crate) fn create_missing(&self) -> Result<()> {
        let exists = || std::fs::metadata(&self.path).is_ok();
        if exists() {
            return Ok(());
        }
        let folder = self.path.parent().unwrap_or(&self.path);
        let create = || {
            let file = tempfile::Builder::new().prefix(".ecomdb-").suffix(".part").tempfile_in(folder)?;
            file.into_temp_path().persist_noclobber(&self.path).map_err(|failed| failed.error)
        };
        let why = match create() {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => error.to_string(),
            // Another process created it first, unless the name is a dangling link.
            Err(_) if !exists() => "it is a link to a file that does not exist".to_owned(),
            _ => return Ok(()),
        };
        Err(Error::Configuration(format!("the database file {} cannot be created: {why}", self.name)))
    }

    /// Logs a warning if others can read the file.
    pub(crate) fn warn_of_readers(&self) {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;

            if std::fs::metadata(&self.path).is_ok_and(|metadata| metadata.permissions().mode() & 0o044 != 0) {
                tracing::warn!(
                    "others can read the database file {}, which has e-mail addresses and hashes of passwords: chmod 600 {0}",
                    self.name
                );
            }
        }
    }

    /// Absolute path of the database.
    #[cfg(feature = "sqlite")]
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// State of a database file that is complete without a log or rollback journal. While this state is unchanged, the
    /// file can be read without leaving a trace.
    pub(crate) fn at_rest(&self) -> Option<AtRest> {
        let companions = self.with_suffixes(["-wal", "-journal"])?;
        let metadata = std::fs::metadata(&self.path).ok()?;
        let none = companions.iter().all(|path| matches!(identity(path), Ok(None)));
        none.then(|| AtRest { id: id_of(&metadata), size: metadata.len(), changed: metadata.modified().ok() })
    }

    /// Tests for free space by writing a mebibyte to a temporary file beside the database.
    pub(crate) fn find_room(&self) -> Result<(), Unavailable> {
        const ROOM: usize = 1 << 20;
        let write = || {
            let mut file = tempfile::tempfile_in(self.path.parent().unwrap_or(Path::new("/")))?;
            file.write_all(&vec![0; ROOM])?;
            file.sync_data()
        };
        write().map_err(|error: io::Error| no_room(&error))
    }

    /// SQLite names these files after the target of symbolic links.
    fn with_suffixes<const N: usize>(&self, suffixes: [&str; N]) -> Option<[PathBuf; N]> {
        let path = self.path.canonicalize().ok()?;
        Some(suffixes.map(|suffix| {
            let mut name = path.clone().into_os_string();
            name.push(suffix);
            PathBuf::from(name)
        }))
    }

    fn moved(&self) -> Unavailable {
        Unavailable::Moved(format!(
            "the database file {} was moved or deleted while it was open: move it back, and the service goes on",
            self.name
        ))
    }

    fn replaced(&self) -> Unavailable {
        Unavailable::Moved(format!(
            "the database file {} was replaced while it was open: move the first file back, and the service goes on; or \
             restart it to use this file",
            self.name
        ))
    }

    fn log_lost(&self, path: &Path) -> Unavailable {
        Unavailable::Moved(format!(
            "{} was moved, deleted or replaced while the database was open: move it back, and the service goes on; if it \
             is deleted, restart the service, which saves what it held into the database",
            path.display()
        ))
    }

    fn inaccessible(&self, error: &io::Error) -> Unavailable {
        Unavailable::NoAccess(format!("{}: {error}", self.name))
    }
}

/// Reason why a file could not be written.
fn no_room(error: &io::Error) -> Unavailable {
    use io::ErrorKind::{FileTooLarge, NotFound, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};

    let why = match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => Unavailable::DiskFull,
        PermissionDenied | NotFound => Unavailable::NoAccess,
        ReadOnlyFilesystem => Unavailable::ReadOnly,
        _ => Unavailable::Disk,
    };
    why(error.to_string())
}

/// `None` if the file does not exist.
fn identity(path: &Path) -> io::Result<Option<FileId>> {
    match std::fs::metadata(path) {
        Ok(metadata) => Ok(Some(id_of(&metadata))),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn id_of(metadata: &Metadata) -> FileId {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn id_of(_: &Metadata) -> FileId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_full_disk_is_called_full() {
        let reason = |kind: io::ErrorKind| no_room(&kind.into()).reason();
        assert_eq!(reason(io::ErrorKind::StorageFull), "disk_full");
        assert_eq!(reason(io::ErrorKind::QuotaExceeded), "disk_full");
        assert_eq!(reason(io::ErrorKind::PermissionDenied), "no_access");
        assert_eq!(reason(io::ErrorKind::ReadOnlyFilesystem), "read_only");
        assert_eq!(reason(io::ErrorKind::Other), "disk_failed");
    }
}
