//! What the generated shop sells: departments, their categories, and the kinds of product in each.
//!
//! The tables hold names, price ranges and complements; [`crate::generator`] makes products from them. Brands are
//! invented.

mod beauty;
mod books;
mod computing;
mod electronics;
mod fashion;
mod garden;
mod grocery;
mod home;
mod kitchen;
mod office;
mod pets;
mod sports;
mod toys;

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

const fn durable(
    name: &'static str,
    code: &'static str,
    price: (i64, i64),
    goes_with: &'static [&'static str],
) -> Kind {
    Kind { name, code, price, usage: Usage::Durable, goes_with }
}

const fn consumable(
    name: &'static str,
    code: &'static str,
    price: (i64, i64),
    goes_with: &'static [&'static str],
) -> Kind {
    Kind { name, code, price, usage: Usage::Consumable, goes_with }
}

/// All departments, in the order of their category ids.
pub(crate) static DEPARTMENTS: &[Department] = &[
    electronics::DEPARTMENT,
    computing::DEPARTMENT,
    home::DEPARTMENT,
    kitchen::DEPARTMENT,
    garden::DEPARTMENT,
    fashion::DEPARTMENT,
    beauty::DEPARTMENT,
    grocery::DEPARTMENT,
    sports::DEPARTMENT,
    toys::DEPARTMENT,
    books::DEPARTMENT,
    office::DEPARTMENT,
    pets::DEPARTMENT,
];

/// A kind with its department and category.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placement {
    pub(crate) kind: &'static Kind,
    pub(crate) leaf: &'static Leaf,
    pub(crate) department: &'static Department,
    /// Category id of the leaf.
    pub(crate) category_id: i64,
}

/// All kinds with their categories, in table order.
///
/// Departments have the ids 1 to `DEPARTMENTS.len()`; the leaves follow.
pub(crate) fn placements() -> Vec<Placement> {
    let mut category_id = DEPARTMENTS.len() as i64;
    let mut all = Vec::new();
    for department in DEPARTMENTS {
        for leaf in department.leaves {
            category_id += 1;
            all.extend(leaf.kinds.iter().map(|kind| Placement { kind, leaf, department, category_id }));
        }
    }
    all
}

#[cfg(test)]
mod tests;
