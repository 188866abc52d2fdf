//! Partial updates.

/// Declares a patch: a struct of optional values, and a method to set each. Each field begins with the kind of its method,
/// `some` or `text`; see [`setters`](crate::types::setters). With `for row: Type`, there is also the method `changes`, which
/// compares the values with those of a row. The expression after `=` is the row's value of the field.
macro_rules! patch {
    (
        $(#[$attribute:meta])*
        $type:ident for $row:ident: $of_row:ty {
            $($(#[$of_field:meta])* $kind:ident $field:ident: $of:ty $(= $present:expr)?),+ $(,)?
        }
    ) => {
        $crate::types::patch::patch! {
            $(#[$attribute])*
            $type { $($(#[$of_field])* $kind $field: $of),+ }
        }

        impl $type {
            /// Whether it sets a column to another value than the row has.
            pub(crate) fn changes(&self, $row: &$of_row) -> bool {
                $($(self.$field.as_ref().is_some_and(|new| *new != $present) ||)?)+ false
            }
        }
    };
    (
        $(#[$attribute:meta])*
        $type:ident { $($(#[$of_field:meta])* $kind:ident $field:ident: $of:ty),+ $(,)? }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub struct $type {
            $($(#[$of_field])* pub $field: Option<$of>,)+
        }

        $crate::types::setters::setters! { $type { $($kind $field: $of),+ } }
    };
}

pub(crate) use patch;
