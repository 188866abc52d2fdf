/// Old and new value of a changed row. Both are equal if nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Change<T> {
    /// Value before the change, read in the same transaction.
    pub before: T,
    /// Value after the change.
    pub after: T,
}
