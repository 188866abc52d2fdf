/// What a change has made of something, for programs that tell what has changed. Nothing has, where both are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<T> {
    /// What it was, in the transaction that made the change.
    pub before: T,
    /// What it is now.
    pub after: T,
}
