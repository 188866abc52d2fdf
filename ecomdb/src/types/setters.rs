//! Methods that set fields, one after the other, of types that get more fields.

/// Defines a method for each field, of the same name. `value` sets it, `some` sets an optional one, and `text` sets an
/// optional text.
macro_rules! setters {
    ($type:ident { $($kind:ident $field:ident: $of:ty),+ $(,)? }) => {
        impl $type {
            $($crate::types::setters::setters!(@$kind $field: $of);)+
        }
    };
    (@value $field:ident: $of:ty) => {
        $crate::types::setters::setters!(@method $field(value: $of) = value);
    };
    (@some $field:ident: $of:ty) => {
        $crate::types::setters::setters!(@method $field(value: $of) = Some(value));
    };
    (@text $field:ident: $of:ty) => {
        $crate::types::setters::setters!(@method $field(value: impl Into<$of>) = Some(value.into()));
    };
    (@method $field:ident($value:ident: $of:ty) = $set:expr) => {
        #[doc = concat!("Sets the field `", stringify!($field), "`.")]
        #[must_use]
        pub fn $field(mut self, $value: $of) -> Self {
            self.$field = $set;
            self
        }
    };
}

pub(crate) use setters;
