//! Which files a SQLite database consists of, and whether they are still the ones that were opened.
//!
//! SQLite finds its files by name each time it opens a connection, and creates those that are missing. A database that was
//! moved away while a connection was open would so get an empty double under its old name. [`Files::verify`] compares
//! before a connection is opened and before a commit; [`Files::uri`] never lets a connection create the database.

use std::fs::Metadata;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use std::time::SystemTime;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use crate::error::{Error, Result, Unavailable};

/// How SQLite opens the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// To read and write.
    ReadWrite,
    /// To read only.
    ReadOnly,
    /// To read only, without locks and without a look at the log: only for a file that is [at rest](Files::at_rest).
    Immutable,
}

/// The database file, its write-ahead log and its index of the log.
#[derive(Debug)]
pub(crate) struct Files {
    /// The database file as the caller named it, for messages.
    name: String,
    /// Absolute, so that it stays the same file when the process changes its folder.
    path: PathBuf,
    opened: RwLock<Option<Opened>>,
}

/// The files as they were when the database was opened.
#[derive(Debug)]
struct Opened {
    database: FileId,
    /// `-wal` and `-shm`. None while there is no log.
    log: Option<[(PathBuf, FileId); 2]>,
}

/// Device and inode: the same file, whatever its name.
#[cfg(unix)]
type FileId = (u64, u64);
/// Elsewhere, an open database can be neither moved nor deleted.
#[cfg(not(unix))]
type FileId = ();

/// A database file that nobody has open and that has no log: its size and time of change.
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

    /// Notes which database this is. All later connections, and all commits, are to the same.
    pub(crate) fn note(&self) -> Result<()> {
        let database = match identity(&self.path) {
            Ok(Some(database)) => database,
            Ok(None) => return Err(self.moved().into()),
            Err(error) => return Err(self.inaccessible(&error).into()),
        };
        *self.opened.write().unwrap_or_else(PoisonError::into_inner) = Some(Opened { database, log: None });
        Ok(())
    }

    /// Notes which log it has; commits are to the same.
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

    /// From now until [`Files::note_log`], it may be another one: SQLite deletes it when it leaves its write-ahead mode.
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

    /// Whether the log was deleted and the database is in its place. Then nobody else can have it open: SQLite would have
    /// made a new log.
    pub(crate) fn log_is_deleted(&self) -> bool {
        let opened = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        let Some(Opened { database, log: Some([(wal, _), _]) }) = opened.as_ref() else { return false };
        identity(&self.path).is_ok_and(|found| found == Some(*database))
            && identity(wal).is_ok_and(|found| found.is_none())
    }

    /// Creates the file, unless it is there, so that only its owner can read it; SQLite gives its log the same permissions.
    ///
    /// It gets its name after it was closed: closing it takes the locks away that another connection of this process may
    /// have on it.
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
            // Another process was faster, unless the name is taken by a link.
            Err(_) if !exists() => "it is a link to a file that does not exist".to_owned(),
            _ => return Ok(()),
        };
        Err(Error::Configuration(format!("the database file {} cannot be created: {why}", self.name)))
    }

    /// Warns if others can read the file.
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

    /// What SQLite is to open. It never creates the file.
    pub(crate) fn uri(&self, mode: Mode) -> Result<String> {
        self.verify()?;
        let mode = match mode {
            Mode::ReadWrite => "rw",
            Mode::ReadOnly => "ro",
            Mode::Immutable => "ro&immutable=1",
        };
        Ok(format!("{}?mode={mode}", file_uri(&self.path)))
    }

    /// The state of a database file that has no log and no rollback journal, so that it is whole without them. It can be
    /// read without a trace as long as this stays the same.
    pub(crate) fn at_rest(&self) -> Option<AtRest> {
        let companions = self.with_suffixes(["-wal", "-journal"])?;
        let metadata = std::fs::metadata(&self.path).ok()?;
        let none = companions.iter().all(|path| matches!(identity(path), Ok(None)));
        none.then(|| AtRest { id: id_of(&metadata), size: metadata.len(), changed: metadata.modified().ok() })
    }

    /// Writes a mebibyte to a file beside the database, and takes it away again.
    pub(crate) fn find_room(&self) -> Result<(), Unavailable> {
        const ROOM: usize = 1 << 20;
        let write = || {
            let mut file = tempfile::tempfile_in(self.path.parent().unwrap_or(Path::new("/")))?;
            file.write_all(&vec![0; ROOM])?;
            file.sync_data()
        };
        write().map_err(|error: io::Error| no_room(&error))
    }

    /// SQLite names these files after the one that links lead to.
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

/// Why a file could not be written.
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

/// The file as SQLite reads it in a URI, whatever characters its name has.
pub(super) fn file_uri(file: &Path) -> String {
    format!("file:{}", percent_encode(file.as_os_str().as_encoded_bytes(), NON_ALPHANUMERIC))
}

/// None if there is no such file.
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
