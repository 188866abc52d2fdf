//! What a department consists of.

/// A department: a category without a parent, whose leaves hold the products.
#[derive(Debug)]
pub(crate) struct Department {
    pub(crate) name: &'static str,
    /// First part of each SKU in the department.
    pub(crate) code: &'static str,
    pub(crate) description: &'static str,
    pub(crate) brands: &'static [&'static str],
    pub(crate) leaves: &'static [Leaf],
}

/// A category that holds products.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    /// What the variants differ in, such as the colour.
    pub(crate) option: &'static str,
    /// Colours, sizes or materials in which a product of this category is sold.
    pub(crate) variants: &'static [&'static str],
    pub(crate) kinds: &'static [Kind],
}

/// How many units of a product are usually bought at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usage {
    /// Usually one unit.
    Durable,
    /// Often two or more units.
    Consumable,
}

/// A kind of product.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// Middle part of the SKU; unique in the catalog.
    pub(crate) code: &'static str,
    /// Lowest and highest list price, in minor units.
    pub(crate) price: (i64, i64),
    pub(crate) usage: Usage,
    /// Codes of the kinds that are bought together with this one.
    pub(crate) goes_with: &'static [&'static str],
}

pub(super) const fn durable(
    name: &'static str,
    code: &'static str,
    price: (i64, i64),
    goes_with: &'static [&'static str],
) -> Kind {
    Kind { name, code, price, usage: Usage::Durable, goes_with }
}

pub(super) const fn consumable(
    name: &'static str,
    code: &'static str,
    price: (i64, i64),
    goes_with: &'static [&'static str],
) -> Kind {
    Kind { name, code, price, usage: Usage::Consumable, goes_with }
}
