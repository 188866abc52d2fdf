//! Files that are there as a whole or not at all, and that only their owner can read.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// The unfinished files of this process. Files are created and get their final names while it is locked.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    // A panic leaves a list of paths as right as it was.
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Deletes the files that exports, backups and generators of this process have begun and not finished. For a program that
/// is about to exit without unwinding, as on a signal: from now on, no thread of it can begin or finish such a file.
///
/// ```no_run
/// ecomdb::discard_unfinished_files();
/// std::process::exit(1);
/// ```
pub fn discard_unfinished_files() {
    let mut files = unfinished();
    delete(&mut files);
    // The lock is never released.
    std::mem::forget(files);
}

fn delete(files: &mut Vec<PathBuf>) {
    for file in files.drain(..) {
        // One that cannot be deleted does not keep the others.
        let _ = std::fs::remove_file(file);
    }
}

/// A new file with a random name in a folder, which only its owner can read and write. Dropped before it gets its final
/// name, it is deleted.
#[derive(Debug)]
pub(crate) struct Unfinished {
    file: NamedTempFile,
    entry: Entry,
}

/// Its place in the list of unfinished files, which locks the list when it is dropped.
#[derive(Debug)]
struct Entry(PathBuf);

impl Drop for Entry {
    fn drop(&mut self) {
        unfinished().retain(|file| *file != self.0);
    }
}

impl Unfinished {
    /// Creates it. A file or link that is already there, whoever planted it, is never opened.
    pub(crate) fn create(folder: &Path) -> io::Result<Self> {
        let mut files = unfinished();
        let file = tempfile::Builder::new().prefix(".ecomdb-").suffix(".part").tempfile_in(folder)?;
        files.push(file.path().to_owned());
        let entry = Entry(file.path().to_owned());
        Ok(Self { file, entry })
    }

    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    pub(crate) fn as_file(&self) -> &File {
        self.file.as_file()
    }

    /// Gives it its final name, unless there is something of that name.
    pub(crate) fn keep_as_new(self, path: &Path) -> io::Result<()> {
        // Declared before the lock, so that it is dropped after the lock.
        let Self { file, entry: _entry } = self;
        let _locked = unfinished();
        file.persist_noclobber(path).map_err(|failed| failed.error)?;
        Ok(())
    }
}

/// A file that takes the place of another one once it is complete.
#[derive(Debug)]
pub(crate) struct NewFile {
    file: BufWriter<Unfinished>,
    path: PathBuf,
}

impl NewFile {
    /// Creates it in a folder, which is created too.
    pub(crate) fn create(folder: &Path, name: &str) -> Result<Self> {
        let path = folder.join(name);
        let file = std::fs::create_dir_all(folder).and_then(|()| Unfinished::create(folder));
        let file = file.map_err(|error| unwritable(&path, &error))?;
        Ok(Self { file: BufWriter::new(file), path })
    }

    /// Gives the files their final names, once each has all that was written to it. A link of that name is replaced, not
    /// followed.
    pub(crate) fn keep(files: Vec<Self>) -> Result<()> {
        let (mut complete, mut entries) = (Vec::new(), Vec::new());
        for NewFile { file, path } in files {
            let Unfinished { file, entry } = file.into_inner().map_err(|failed| unwritable(&path, failed.error()))?;
            complete.push((file, path));
            entries.push(entry);
        }
        // Declared after the entries, so that it is dropped before they are.
        let _locked = unfinished();
        complete.into_iter().try_for_each(|(file, path)| {
            file.persist(&path).map(drop).map_err(|failed| unwritable(&path, &failed.error))
        })
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::Output(io::Error::new(error.kind(), format!("{}: {error}", path.display())))
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
        let mut file = NewFile::create(folder, "orders.csv").unwrap();
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
        delete(&mut vec![file.file.get_ref().path().to_owned()]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(matches!(NewFile::keep(vec![file]), Err(Error::Output(_))));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn planted_links_are_not_followed_and_only_the_owner_can_read() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};

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
