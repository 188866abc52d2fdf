//! What the generated shop sells: departments, their categories, and the kinds of product in each.
//!
//! The tables hold names, price ranges and complements; [`crate::generator`] makes products from them. Brands are
//! invented.

mod beauty;
mod books;
mod computing;
mod department;
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

pub(crate) use self::department::{Department, Kind, Leaf, Usage};

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
