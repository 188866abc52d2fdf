//! Changes of which some may be none.

/// Whether a field gets a value, and another one than it has.
pub(crate) fn differs<T: PartialEq>(new: &Option<T>, present: &T) -> bool {
    new.as_ref().is_some_and(|new| new != present)
}
