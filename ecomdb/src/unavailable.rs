//! What keeps a database from being used.

/// What keeps the database from being used at the moment. It lies in the surroundings of the database, where its operator
/// can change it; the same operation succeeds as soon as that is done.
///
/// ```
/// use ecomdb::{Database, Error, Unavailable};
///
/// # let folder = tempfile::tempdir()?;
/// # let url = format!("sqlite://{}", folder.path().join("shop.db").display());
/// Database::open(&url)?;
/// let db = Database::builder(&url).read_only(true).open()?;
/// let Err(Error::Unavailable(why)) = db.categories().create("Lamps") else { panic!() };
/// assert_eq!(why.reason(), "read_only");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unavailable {
    /// There is no connection: the server is down, does not answer, or closed it.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),

    /// The disk, or the room that the database may take, is full.
    #[error("the database has no room left to write ({0}): make room, and it goes on by itself")]
    DiskFull(String),

    /// The database can only be read: it was opened so, or its file or server allows no more.
    #[error("the database can only be read: {0}")]
    ReadOnly(String),

    /// The files of the database may not be opened, or its user lacks a privilege.
    #[error("the database denies access: {0}")]
    NoAccess(String),

    /// Reading or writing the disk failed.
    #[error("the disk of the database failed: {0}")]
    Disk(String),

    /// The database is not as it was written.
    #[error("the database is damaged ({0}): restore a backup")]
    Damaged(String),

    /// The files of a SQLite database were moved, deleted or replaced while it was open. Nothing is written to what is in
    /// their place.
    #[error("{0}")]
    Moved(String),
}

impl Unavailable {
    pub(crate) const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }

    /// A word for programs: `"unreachable"`, `"disk_full"`, `"read_only"`, `"no_access"`, `"disk_failed"`, `"damaged"` or
    /// `"moved"`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::DiskFull(_) => "disk_full",
            Self::ReadOnly(_) => "read_only",
            Self::NoAccess(_) => "no_access",
            Self::Disk(_) => "disk_failed",
            Self::Damaged(_) => "damaged",
            Self::Moved(_) => "moved",
        }
    }

    /// What is wrong and what helps, without anything of the system's: for people who may not see that.
    #[must_use]
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "the database cannot be reached; try again in a moment",
            Self::DiskFull(_) => "the database has no room left to write; try again once its operator has made room",
            Self::ReadOnly(_) => "the database can only be read at the moment",
            Self::NoAccess(_) => "the database denies access; its operator has to give it",
            Self::Disk(_) => "the disk of the database failed; its operator has to look after it",
            Self::Damaged(_) => "the database is damaged; its operator has to restore a backup",
            Self::Moved(_) => "the files of the database were moved or replaced; its operator has to move them back",
        }
    }
}
