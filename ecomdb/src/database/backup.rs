//! Online backup to a single file.

use std::fs::File;
use std::io;
use std::path::Path;

use super::Database;
use crate::engine::{self, dump_command};
use crate::error::{Error, Result};
use crate::files::UnfinishedDatabase;

impl Database {
    /// Writes a snapshot of the database to a new SQLite file while the shop is open. Writers are not blocked, except
    /// in memory. The file appears only when it is complete and synced to disk, and only its owner can read it. It can
    /// be opened like any other database, or replace the original.
    ///
    /// # Errors
    /// [`Error::Output`] if the file exists or cannot be written. Those of [`Database::read`]. On MariaDB, MySQL and
    /// PostgreSQL, [`Error::Configuration`] with the command line (without password) for a backup with the server's own
    /// tool.
    ///
    /// ```
    /// use ecomdb::{Database, Error, NewUser, UserFilter};
    ///
    /// let db = Database::open("sqlite::memory:")?;
    /// db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("monday.db");
    /// db.backup(&path)?;
    ///
    /// let monday = Database::open(&format!("sqlite://{}", path.display()))?;
    /// assert_eq!(monday.users().list(&UserFilter::default())?.items.len(), 1);
    /// assert!(matches!(db.backup(&path), Err(Error::Output(_))), "what is there stays as it is");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn backup(&self, path: impl AsRef<Path>) -> Result<()> {
        let (url, path) = (&self.inner.url, path.as_ref());
        if let Some(command) = dump_command(url, path) {
            let engine = url.engine.name();
            return Err(Error::Configuration(format!("{engine} is backed up by its own tool, with `{command}`")));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if path.symlink_metadata().is_ok() {
            return Err(unwritable(path, &io::ErrorKind::AlreadyExists.into()));
        }
        let part = UnfinishedDatabase::create(folder).map_err(|error| unwritable(path, &error))?;
        engine::copy(url, &part.path())?;
        part.keep_as_new(path).map_err(|error| unwritable(path, &error))?;
        sync_folder(folder).map_err(|error| unwritable(path, &error))
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    let why = match error.kind() {
        io::ErrorKind::AlreadyExists => "it exists already: name a new file".to_owned(),
        io::ErrorKind::NotFound => "its folder does not exist".to_owned(),
        _ => error.to_string(),
    };
    Error::Output(io::Error::new(error.kind(), format!("{}: {why}", path.display())))
}

/// A file name is durable only after its folder is synced.
fn sync_folder(folder: &Path) -> io::Result<()> {
    // Other systems cannot open a folder as a file, and do not need to.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
