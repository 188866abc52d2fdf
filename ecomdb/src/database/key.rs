//! Idempotency keys as types, so that a key can only be given to an operation that uses it.

use crate::types::IdempotencyKey;

/// Type of the key of [`Orders`](crate::Orders), [`Payments`](crate::Payments), [`Products`](crate::Products) and
/// [`Inventory`](crate::Inventory): [`NoKey`], or [`WithKey`] after `idempotent`. This trait is sealed.
pub trait OperationKey: sealed::Sealed {}

/// No idempotency key was given. All operations can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoKey;

/// `idempotent` was called. Only operations that use a key can be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithKey(pub(super) Option<IdempotencyKey>);

impl OperationKey for NoKey {}
impl OperationKey for WithKey {}

mod sealed {
    use super::{IdempotencyKey, NoKey, WithKey};

    pub trait Sealed {
        /// The key of the operation, if it has one.
        fn into_key(self) -> Option<IdempotencyKey>;
    }

    impl Sealed for NoKey {
        fn into_key(self) -> Option<IdempotencyKey> {
            None
        }
    }

    impl Sealed for WithKey {
        fn into_key(self) -> Option<IdempotencyKey> {
            self.0
        }
    }
}
