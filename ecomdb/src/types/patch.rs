//! Partial updates.

/// Whether the patch sets a field to a different value.
pub(crate) fn differs<T: PartialEq>(new: &Option<T>, present: &T) -> bool {
    new.as_ref().is_some_and(|new| new != present)
}
