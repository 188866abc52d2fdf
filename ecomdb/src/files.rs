//! Files that are there as a whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A file under a name of its own, `orders.csv.part`, until it is complete. Dropped before that, it goes away, and what
/// had its final name stays.
#[derive(Debug)]
pub(crate) struct NewFile {
    file: BufWriter<File>,
    part: PathBuf,
    path: PathBuf,
}

impl NewFile {
    /// Makes the folder too.
    pub(crate) fn create(folder: &Path, name: &str) -> Result<Self> {
        let (path, part) = (folder.join(name), folder.join(format!("{name}.part")));
        let file = std::fs::create_dir_all(folder).and_then(|()| File::create(&part));
        let file =
            file.map_err(|error| Error::Output(io::Error::new(error.kind(), format!("{}: {error}", path.display()))))?;
        Ok(Self { file: BufWriter::new(file), part, path })
    }

    /// Gives the files their final names, once each has all that was written to it.
    pub(crate) fn keep(mut files: Vec<Self>) -> Result<()> {
        files.iter_mut().try_for_each(Write::flush).map_err(Error::Output)?;
        files.iter().try_for_each(|file| std::fs::rename(&file.part, &file.path)).map_err(Error::Output)
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

impl Drop for NewFile {
    fn drop(&mut self) {
        // Not there any more if it was kept.
        let _ = std::fs::remove_file(&self.part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_given_up_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("new");
        let write = |text: &str| {
            let mut file = NewFile::create(&folder, "orders.csv").unwrap();
            file.write_all(text.as_bytes()).unwrap();
            file
        };
        NewFile::keep(vec![write("all")]).unwrap();
        drop(write("a part"));
        assert_eq!(std::fs::read_to_string(folder.join("orders.csv")).unwrap(), "all");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    }
}
