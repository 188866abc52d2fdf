//! What the fields of requests allow, as far as a schema can say it.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Object, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// The characters of names but for those that cannot be seen, as a set: those of the first plane, since not all validators
/// know the others. What Unicode has not assigned, no pattern can say.
macro_rules! hidden {
    () => {
        r"\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ue000-\uf8ff\ufeff\uffa0\ufff0-\uffff"
    };
}
/// One line with something else on it than blanks.
const LINE: &str = concat!("^[^", hidden!(), "]*[^\\s\\u2800", hidden!(), "][^", hidden!(), "]*$");
/// What something is found by. Letters of other scripts are taken, too.
const CODE: &str = "^[ -~]*[!-~][ -~]*$";
/// Several lines with something else on them than blanks.
const FREE: &str = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*[^\s\u2800\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0][^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$";
/// Several lines, or none.
const LINES: &str = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$";
/// One `@` between the characters of an atom and the name of a host. Letters of other scripts are taken, too.
const EMAIL: &str = r"^[0-9A-Za-z!#$%&'*+\-/=?^_`{|}~.]{1,64}@[0-9A-Za-z]([0-9A-Za-z-]{0,61}[0-9A-Za-z])?(\.[0-9A-Za-z]([0-9A-Za-z-]{0,61}[0-9A-Za-z])?)*$";
/// An amount of money from 0.00 to 999,999,999.99.
const PRICE: &str = r"^[0-9]{1,9}(\.[0-9]{1,2})?$";
/// The largest initial stock or reorder level.
const STOCK: i64 = ecomdb::NewProduct::MAX_STOCK;
const UNITS: i64 = ecomdb::Quantity::MAX;

fn text(pattern: &str, max: usize) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).max_length(Some(max)).pattern(Some(pattern))
}

fn line(max: usize) -> ObjectBuilder {
    text(LINE, max).min_length(Some(1))
}

fn integer(min: i64, max: i64) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(min as isize)).maximum(Some(max as isize))
}

/// The same, or null.
fn or_null(schema: ObjectBuilder, kind: Type) -> Object {
    schema.schema_type(SchemaType::from_iter([kind, Type::Null])).build()
}

pub(crate) fn email() -> Object {
    text(EMAIL, 254)
        .description(Some("The address. Neither case nor composition counts; no two users have the same."))
        .build()
}

pub(crate) fn first_name() -> Object {
    line(ecomdb::NewUser::MAX_NAME).description(Some("Given name.")).build()
}

pub(crate) fn last_name() -> Object {
    line(ecomdb::NewUser::MAX_NAME).description(Some("Family name.")).build()
}

pub(crate) fn password() -> Object {
    let length = ecomdb::Password::MIN..=ecomdb::Password::MAX;
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::Password)))
        .min_length(Some(*length.start()))
        .max_length(Some(*length.end()))
        .description(Some(
            "The new password, of any characters: none of the 10,000 most common ones, and neither the e-mail address, \
             the name nor the present password of its user.",
        ))
        .build()
}

pub(crate) fn key_name() -> Object {
    line(100).description(Some("What it is for.")).build()
}

pub(crate) fn category_name() -> Object {
    line(200).description(Some("What it is called; no two categories have the same name.")).build()
}

pub(crate) fn product_name() -> Object {
    line(ecomdb::NewProduct::MAX_NAME).description(Some("What it is called.")).build()
}

fn a_sku() -> ObjectBuilder {
    text(CODE, ecomdb::NewProduct::MAX_SKU).min_length(Some(1))
}

pub(crate) fn sku() -> Object {
    a_sku().description(Some("Stock keeping unit; no two products have the same.")).build()
}

pub(crate) fn sku_or_null() -> Object {
    or_null(a_sku().description(Some("Stock keeping unit; one is generated unless it is given.")), Type::String)
}

fn a_description() -> ObjectBuilder {
    text(LINES, 10_000).description(Some("What it is; may be empty, and have several lines."))
}

pub(crate) fn description() -> Object {
    a_description().build()
}

pub(crate) fn description_or_null() -> Object {
    or_null(a_description(), Type::String)
}

/// An id that something has; whether anything does, only the shop knows.
fn an_id(about: &str) -> ObjectBuilder {
    integer(1, i64::MAX)
        .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::Int64)))
        .description(Some(about))
}

pub(crate) fn user_id() -> Object {
    an_id("Who orders: an active user.").build()
}

pub(crate) fn category_id() -> Object {
    an_id("The category that it is listed in.").build()
}

pub(crate) fn product_id() -> Object {
    an_id("Which product: an active one.").build()
}

pub(crate) fn parent_id_or_null() -> Object {
    or_null(an_id("The category that it is a part of; null for none."), Type::Integer)
}

pub(crate) fn price() -> Object {
    text(PRICE, 12)
        .schema_type(SchemaType::from_iter([Type::String, Type::Number]))
        .minimum(Some(0.0))
        .maximum(Some(999_999_999.99))
        .multiple_of(Some(0.01))
        .description(Some("What one unit costs: a decimal text, or a number, which is read exactly."))
        .build()
}

pub(crate) fn amount_or_null() -> Object {
    text(r"^[0-9]{1,12}(\.[0-9]{1,2})?$", 15)
        .schema_type(SchemaType::from_iter([Type::String, Type::Number, Type::Null]))
        .exclusive_minimum(Some(0.0))
        .maximum(Some(1_000_000_000_000.0))
        .multiple_of(Some(0.01))
        .description(Some("How much, as a decimal text or a number; all that is left, unless it is given."))
        .build()
}

pub(crate) fn initial_stock() -> Object {
    integer(0, STOCK).description(Some("Units in stock from the start.")).build()
}

fn a_reorder_level() -> ObjectBuilder {
    integer(0, STOCK).description(Some("At or below this many units, it is time to reorder."))
}

pub(crate) fn reorder_level() -> Object {
    a_reorder_level().build()
}

pub(crate) fn reorder_level_or_null() -> Object {
    or_null(a_reorder_level(), Type::Integer)
}

pub(crate) fn quantity() -> Object {
    integer(1, UNITS).description(Some("Units. The same product on two lines of an order counts as one.")).build()
}

pub(crate) fn delta() -> Object {
    integer(-UNITS, UNITS)
        .description(Some("Units that come (positive) or go (negative, for an adjustment only); not 0."))
        .build()
}

fn free() -> ObjectBuilder {
    text(FREE, 500).min_length(Some(1))
}

pub(crate) fn note_or_null() -> Object {
    or_null(free().description(Some("What there is to say about it.")), Type::String)
}

pub(crate) fn reference_or_null() -> Object {
    or_null(text(CODE, 200).min_length(Some(1)).description(Some("What the payment provider calls it.")), Type::String)
}

pub(crate) fn reason() -> Object {
    free().description(Some("Why; may have several lines.")).build()
}

/// Types that stand for query parameters in the document.
macro_rules! parameters {
    ($($(#[$doc:meta])+ $name:ident = $schema:expr;)+) => {$(
        $(#[$doc])+
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $schema.into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

parameters! {
    /// How many rows.
    Rows = integer(1, ecomdb::Limit::MAX).default(Some(50.into()));
    /// An opaque cursor.
    Cursor = text(r"^[a-z]+-[0-9a-f]{8}-[0-9a-f]{1,16}(-([0-9a-f]{2})*)?$", 4000);
    /// A text to look for.
    Sought = text(r"^[^\u0000-\u001f\u007f-\u009f]*$", 254);
    /// An amount of money.
    Amount = text(r"^-?[0-9]{1,15}(\.[0-9]{1,2})?$", 19);
    /// An id to look for.
    Id = integer(i64::MIN, i64::MAX);
    /// A time, or a day.
    Moment = text(
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2}))?$",
        40,
    );
    /// A time zone.
    Zone = text(r"^[A-Za-z0-9+_/-]+$", 40).default(Some("UTC".into()));
    /// What a trend is compared with.
    Previous = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["previous"]));
}
