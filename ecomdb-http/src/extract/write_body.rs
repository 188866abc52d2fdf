//! Bodies of requests that create or change a row of the library.

/// Declares the body of a POST request, and its method `build`, which makes the value of the library. `builder` lists the
/// arguments of the library's builder in order. `required` and `optional` list fields that are set by the builder's
/// methods; `optional` ones may be absent or null. `as` names the library's type if it differs. The brackets hold the
/// schema of the field for `utoipa`.
macro_rules! new_body {
    (
        $new:ident as $body:ident
        builder { $($argument:ident: $of_argument:ty [$($of_argument_schema:tt)+]),+ $(,)? }
        required { $($required:ident: $of_required:ty $(as $required_type:ty)? [$($required_schema:tt)+]),* $(,)? }
        optional { $($optional:ident: $of_optional:ty $(as $optional_type:ty)? [$($optional_schema:tt)+]),* $(,)? }
    ) => {
        #[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        #[schema(as = $new)]
        pub(crate) struct $body {
            $(#[schema($($of_argument_schema)+)] $argument: $of_argument,)+
            $(#[schema($($required_schema)+)] $required: $of_required,)*
            $(#[schema($($optional_schema)+)] $optional: Option<$of_optional>,)*
        }

        impl $body {
            fn build(self) -> Result<$new, ecomdb::Invalid> {
                let new = $new::builder($(self.$argument),+);
                $(let new = new.$required($crate::extract::plain!(self.$required $(, $required_type)?));)*
                $(let new = match self.$optional {
                    Some(value) => new.$optional($crate::extract::plain!(value $(, $optional_type)?)),
                    None => new,
                };)*
                new.build()
            }
        }
    };
}

/// Declares the body of a PATCH request, a merge patch: each field may be absent, and none may be null. The fields are
/// those of the library's patch, which is converted from the body. For `as` and the brackets, see [`new_body`].
macro_rules! patch_body {
    ($patch:ident as $body:ident { $($field:ident: $of:ty $(as $type:ty)? [$($schema:tt)+]),+ $(,)? }) => {
        #[derive(Debug, Default, serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields, default)]
        #[schema(as = $patch)]
        pub(crate) struct $body {
            $(
                #[schema($($schema)+)]
                #[serde(deserialize_with = "crate::extract::present")]
                $field: Option<$of>,
            )+
        }

        impl From<$body> for $patch {
            fn from(body: $body) -> Self {
                let mut patch = Self::default();
                $(patch.$field = body.$field.map(|value| $crate::extract::plain!(value $(, $type)?));)+
                patch
            }
        }
    };
}

/// The value, as the library's type if one is given.
macro_rules! plain {
    ($value:expr) => {
        $value
    };
    ($value:expr, $type:ty) => {
        <$type>::from($value)
    };
}

pub(crate) use {new_body, patch_body, plain};
