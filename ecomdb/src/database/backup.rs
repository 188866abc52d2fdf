//! Online backup to a single file.

use std::fs::File;
use std::io;
use std::path::Path;

use super::Database;
use crate::engine::{self, dump_command};
use crate::error::{Error, Result};
use crate::files::{IfExists, UnfinishedDatabase, unwritable};

impl Database {
    /// Writes a snapshot of the database to a new SQLite file while the shop is open. Writers are not blocked, except
    /// in memory. The file appears only when it is complete and synced to disk, and only its owner can read it. It can
    /// be opened like any other database, or replace the original.
    ///
    /// # Errors
    /// [`Error::Output`] if the file exists and must not be replaced, if it is this database or another one in use, or if
    /// it cannot be written. Those of [`Database::read`]. On MariaDB, MySQL and
    /// PostgreSQL, [`Error::Configuration`] with the command line (without password) for a backup with the server's own
    /// tool.
    ///
    /// ```
    /// use ecomdb::{Database, Error, IfExists, NewUser, UserFilter};
    ///
    /// let db = Database::open("sqlite::memory:")?;
    /// db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("monday.db");
    /// db.backup(&path, IfExists::Refuse)?;
    ///
    /// let monday = Database::open(&format!("sqlite://{}", path.display()))?;
    /// assert_eq!(monday.users().list(&UserFilter::default())?.items.len(), 1);
    /// assert!(matches!(db.backup(&path, IfExists::Refuse), Err(Error::Output(_))), "what is there stays as it is");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn backup(&self, path: impl AsRef<Path>, if_exists: IfExists) -> Result<()> {
        let (url, path) = (&self.inner.url, path.as_ref());
        if let Some(command) = dump_command(url, path) {
            let engine = url.engine;
            return Err(Error::Configuration(format!("{engine} is backed up by its own tool, with `{command}`")));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if_exists.allow(path).and_then(|()| self.refuse_in_use(path)).map_err(|error| unwritable(path, &error))?;
        let part = UnfinishedDatabase::create(folder).map_err(|error| unwritable(path, &error))?;
        engine::copy(url, &part.path())?;
        part.keep(path, if_exists).map_err(|error| unwritable(path, &error))?;
        sync_folder(folder).map_err(|error| unwritable(path, &error))
    }

    /// Fails if a backup must not replace a file, because it is this database, or because SQLite would apply the file's
    /// log to the backup.
    fn refuse_in_use(&self, path: &Path) -> io::Result<()> {
        if self.inner.url.files.as_ref().is_some_and(|files| files.is_at(path)) {
            return Err(io::Error::other("it is the database itself"));
        }
        for suffix in ["-wal", "-journal"] {
            let mut log = path.as_os_str().to_owned();
            log.push(suffix);
            let log = Path::new(&log);
            if log.symlink_metadata().is_ok() {
                return Err(io::Error::other(format!("it is a database in use: {} is beside it", log.display())));
            }
        }
        Ok(())
    }
}

/// A file name is durable only after its folder is synced.
fn sync_folder(folder: &Path) -> io::Result<()> {
    // Other systems cannot open a folder as a file, and do not need to.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
