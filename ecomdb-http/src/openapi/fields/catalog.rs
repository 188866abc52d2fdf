//! Fields of product groups, images and external ids.

use utoipa::openapi::schema::{Array, ArrayBuilder, Object, ObjectBuilder, Type};

use super::{CODE, LINES, an_id, line, or_null, text};

pub(crate) fn product_group_name() -> Object {
    line(200).description(Some("Name.")).build()
}

fn an_option() -> ObjectBuilder {
    line(ecomdb::ProductGroup::MAX_OPTION)
}

pub(crate) fn option_names() -> Array {
    let most = ecomdb::ProductGroup::MAX_OPTIONS;
    let about = "Names of the options, in order, such as colour and size; different from each other, not only in case.";
    ArrayBuilder::new()
        .items(an_option())
        .min_items(Some(1))
        .max_items(Some(most))
        .unique_items(true)
        .description(Some(about))
        .build()
}

fn some_values() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(an_option()))
        .max_properties(Some(ecomdb::ProductGroup::MAX_OPTIONS))
        .description(Some("A value for each option of the group, by its name."))
}

pub(crate) fn option_values() -> Object {
    some_values().build()
}

pub(crate) fn option_values_or_null() -> Object {
    or_null(some_values(), Type::Object)
}

pub(crate) fn group_id_or_null() -> Object {
    or_null(an_id("Id of the product's group; null for a product that is in none."), Type::Integer)
}

pub(crate) fn image_url() -> Object {
    text(r"^(https?://[0-9A-Za-z][0-9A-Za-z.:-]*(/[!#-;=?-Z\[\]_a-z~]*)?|/([!#-.0-;=?-Z\[\]_a-z~][!#-;=?-Z\[\]_a-z~]*)?)$", 1_000)
        .description(Some("Address of the image: with https or http, or an absolute path."))
        .build()
}

pub(crate) fn image_alt_or_null() -> Object {
    or_null(text(LINES, ecomdb::ProductImage::MAX_ALT).description(Some("Alternative text.")), Type::String)
}

pub(crate) fn external_id() -> Object {
    text(CODE, ecomdb::ExternalId::MAX_ID)
        .min_length(Some(1))
        .description(Some("Id of the product in the other system, unique there."))
        .build()
}
