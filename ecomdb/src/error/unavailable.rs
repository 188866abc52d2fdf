//! Reasons why a database is unavailable.

/// Reason why the database is currently unavailable. The cause lies in its environment, where the operator can fix it;
/// the same operation then succeeds.
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
    /// No connection: the server is down, does not answer, or closed it.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),

    /// The disk or the quota of the database is full.
    #[error("the database has no room left to write ({0}): make room, and it goes on by itself")]
    DiskFull(String),

    /// The database is read-only: opened so, or because of its file or server.
    #[error("the database can only be read: {0}")]
    ReadOnly(String),

    /// Access to the files was denied, or the database user lacks a privilege.
    #[error("the database denies access: {0}")]
    NoAccess(String),

    /// Reading from or writing to the disk failed.
    #[error("the disk of the database failed: {0}")]
    Disk(String),

    /// The database is corrupt.
    #[error("the database is damaged ({0}): restore a backup")]
    Damaged(String),

    /// The files of an open SQLite database were moved, deleted or replaced. Nothing is written to their replacements.
    #[error("{0}")]
    Moved(String),
}

impl Unavailable {
    pub(crate) const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }

    /// Machine-readable reason: `"unreachable"`, `"disk_full"`, `"read_only"`, `"no_access"`, `"disk_failed"`,
    /// `"damaged"` or `"moved"`.
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

    /// Problem and remedy without details of the system, for readers who must not see these.
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
