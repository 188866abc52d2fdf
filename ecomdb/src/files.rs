//! Atomically created files that only their owner can read.

use std::fs::File;
#[cfg(unix)]
use std::fs::Permissions;
use std::io::{self, BufWriter, Write};
#[cfg(unix)]
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::{NamedTempFile, TempDir, TempPath};

use crate::error::{Error, Result};

/// Unfinished files of this process. The lock is held while a file is created or renamed.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    // A panic leaves the list of paths consistent.
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Deletes the unfinished files of exports, backups and the generator in this process. Call it before exiting without
/// unwinding, as after a signal. Afterwards, no thread can create or finish such a file.
///
/// ```no_run
/// ecomdb::discard_unfinished_files();
/// std::process::exit(1);
/// ```
pub fn discard_unfinished_files() {
    let mut files = unfinished();
    delete(&mut files);
    // Keep the lock for ever.
    std::mem::forget(files);
}

fn delete(files: &mut Vec<PathBuf>) {
    for file in files.drain(..) {
        // Continue with the others if one cannot be deleted.
        if file.is_dir() {
            while std::fs::remove_dir_all(&file).is_err_and(|error| error.kind() == io::ErrorKind::DirectoryNotEmpty) {
                // Retry if another thread has just created a file in the folder.
            }
        } else {
            let _ = std::fs::remove_file(file);
        }
    }
}

/// What to do if an output file of a backup, an export or the generator already exists.
///
/// ```
/// use ecomdb::{Database, ExportFormat, IfExists};
///
/// let db = Database::open("sqlite::memory:")?;
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// db.export_all(ExportFormat::Csv, folder, IfExists::Refuse)?;
/// assert!(db.export_all(ExportFormat::Csv, folder, IfExists::Refuse).is_err());
/// db.export_all(ExportFormat::Csv, folder, IfExists::Replace)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IfExists {
    /// It stays, nothing is written, and the operation fails with [`Error::Output`].
    Refuse,
    /// It is replaced once the new one is complete. A link is replaced, not followed.
    Replace,
}

impl IfExists {
    /// Fails if there is something that has to stay.
    pub(crate) fn allow(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Refuse if path.symlink_metadata().is_ok() => Err(io::ErrorKind::AlreadyExists.into()),
            _ => Ok(()),
        }
    }

    /// The same, with an error that names the file.
    pub(crate) fn check(self, path: &Path) -> Result<()> {
        self.allow(path).map_err(|error| unwritable(path, &error))
    }

    /// Gives a complete file its final name.
    fn persist(self, file: TempPath, path: &Path) -> io::Result<()> {
        let persisted = match self {
            Self::Refuse => file.persist_noclobber(path),
            Self::Replace => file.persist(path),
        };
        persisted.map_err(|failed| failed.error)
    }
}

/// A new file with a random name, readable and writable by its owner only. Deleted if dropped before it is renamed.
#[derive(Debug)]
pub(crate) struct Unfinished {
    file: NamedTempFile,
    entry: Entry,
}

/// Entry in [`UNFINISHED`]; dropping it locks the list.
#[derive(Debug)]
struct Entry(PathBuf);

impl Drop for Entry {
    fn drop(&mut self) {
        unfinished().retain(|file| *file != self.0);
    }
}

impl Unfinished {
    /// Creates the file. Never opens an existing file or follows a link.
    pub(crate) fn create(folder: &Path) -> io::Result<Self> {
        let mut files = unfinished();
        let file = tempfile::Builder::new().prefix(".ecomdb-").suffix(".part").tempfile_in(folder)?;
        files.push(file.path().to_owned());
        let entry = Entry(file.path().to_owned());
        Ok(Self { file, entry })
    }
}

/// An unfinished database in a folder of its own, because SQLite creates further files beside it.
#[derive(Debug)]
pub(crate) struct UnfinishedDatabase {
    file: File,
    folder: TempDir,
    entry: Entry,
}

impl UnfinishedDatabase {
    const NAME: &str = "new.db";

    /// Creates the folder inside `parent`, and an empty file in it.
    pub(crate) fn create(parent: &Path) -> io::Result<Self> {
        let mut files = unfinished();
        let mut folder = tempfile::Builder::new();
        folder.prefix(".ecomdb-").suffix(".part");
        #[cfg(unix)]
        folder.permissions(Permissions::from_mode(0o700));
        let folder = folder.tempdir_in(parent)?;
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        let file = options.open(folder.path().join(Self::NAME))?;
        files.push(folder.path().to_owned());
        let entry = Entry(folder.path().to_owned());
        Ok(Self { file, folder, entry })
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join(Self::NAME)
    }

    /// Syncs the file to disk and renames it.
    pub(crate) fn keep(self, path: &Path, if_exists: IfExists) -> io::Result<()> {
        self.file.sync_all()?;
        let new = TempPath::try_from_path(self.path())?;
        // Declared before the lock, so that they are dropped after its release.
        let Self { file: _file, folder: _folder, entry: _entry } = self;
        let _locked = unfinished();
        if_exists.persist(new, path)
    }
}

/// A file that gets its name when it is complete.
#[derive(Debug)]
pub(crate) struct NewFile {
    file: BufWriter<Unfinished>,
    path: PathBuf,
    if_exists: IfExists,
}

impl NewFile {
    /// Creates the file, and the folder if missing.
    pub(crate) fn create(folder: &Path, name: &str, if_exists: IfExists) -> Result<Self> {
        let path = folder.join(name);
        let file = if_exists.allow(&path).and_then(|()| std::fs::create_dir_all(folder));
        let file = file.and_then(|()| Unfinished::create(folder)).map_err(|error| unwritable(&path, &error))?;
        Ok(Self { file: BufWriter::new(file), path, if_exists })
    }

    /// Flushes all files, then renames them.
    pub(crate) fn keep(files: Vec<Self>) -> Result<()> {
        let (mut complete, mut entries) = (Vec::new(), Vec::new());
        for NewFile { file, path, if_exists } in files {
            let Unfinished { file, entry } = file.into_inner().map_err(|failed| unwritable(&path, failed.error()))?;
            complete.push((file.into_temp_path(), path, if_exists));
            entries.push(entry);
        }
        // Declared after the entries, so that it is released before they are dropped.
        let _locked = unfinished();
        complete.into_iter().try_for_each(|(file, path, if_exists)| {
            if_exists.persist(file, &path).map_err(|error| unwritable(&path, &error))
        })
    }
}

/// Why a file cannot be written.
pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Error {
    let why = match error.kind() {
        io::ErrorKind::AlreadyExists => "it exists already".to_owned(),
        io::ErrorKind::NotFound => "its folder does not exist".to_owned(),
        _ => error.to_string(),
    };
    Error::Output(io::Error::new(error.kind(), format!("{}: {why}", path.display())))
}

impl Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, text: &str) -> NewFile {
        let mut file = NewFile::create(folder, "orders.csv", IfExists::Replace).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    #[test]
    fn a_file_that_is_given_up_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("new");
        NewFile::keep(vec![write(&folder, "all")]).unwrap();
        drop(write(&folder, "a part"));
        assert_eq!(std::fs::read_to_string(folder.join("orders.csv")).unwrap(), "all");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn what_is_discarded_is_deleted_and_can_no_longer_be_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = write(folder.path(), "a part");
        delete(&mut vec![file.file.get_ref().file.path().to_owned()]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(matches!(NewFile::keep(vec![file]), Err(Error::Output(_))));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_database_that_is_given_up_or_discarded_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let count = || std::fs::read_dir(folder.path()).unwrap().count();
        let begin = || {
            let database = UnfinishedDatabase::create(folder.path()).unwrap();
            std::fs::write(database.path().with_extension("db-journal"), "beside it").unwrap();
            database
        };
        drop(begin());
        assert_eq!(count(), 0);
        let discarded = begin();
        delete(&mut vec![discarded.folder.path().to_owned()]);
        assert_eq!(count(), 0);
        let monday = folder.path().join("monday.db");
        assert!(discarded.keep(&monday, IfExists::Refuse).is_err());
        begin().keep(&monday, IfExists::Refuse).unwrap();
        assert!(begin().keep(&monday, IfExists::Refuse).is_err(), "what is there stays");
        begin().keep(&monday, IfExists::Replace).unwrap();
        assert_eq!(count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn planted_links_are_not_followed_and_only_the_owner_can_read() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "a secret").unwrap();
        symlink(&secret, folder.path().join("orders.csv")).unwrap();
        symlink(&secret, folder.path().join("orders.csv.part")).unwrap();
        NewFile::keep(vec![write(folder.path(), "all")]).unwrap();
        assert_eq!(std::fs::read_to_string(&secret).unwrap(), "a secret");
        let made = folder.path().join("orders.csv").symlink_metadata().unwrap();
        assert!(made.is_file());
        assert_eq!(made.permissions().mode() & 0o777, 0o600);
    }
}
