use std::collections::HashSet;

use super::{DEPARTMENTS, placements};

#[test]
fn the_catalog_has_many_categories_and_kinds() {
    let leaves: usize = DEPARTMENTS.iter().map(|d| d.leaves.len()).sum();
    assert_eq!(DEPARTMENTS.len(), 13, "as the README says");
    assert!(leaves >= 30, "{leaves} leaf categories");
    assert!(placements().len() >= 150, "{} kinds", placements().len());
}

#[test]
fn names_and_codes_are_unique() {
    let mut categories = HashSet::new();
    for department in DEPARTMENTS {
        assert!(categories.insert(department.name), "{}", department.name);
        for leaf in department.leaves {
            assert!(categories.insert(leaf.name), "{}", leaf.name);
        }
    }
    let (mut names, mut codes) = (HashSet::new(), HashSet::new());
    for place in placements() {
        assert!(names.insert(place.kind.name), "{}", place.kind.name);
        assert!(codes.insert(place.kind.code), "{}", place.kind.code);
    }
}

#[test]
fn complements_name_other_kinds_that_exist() {
    let codes: HashSet<_> = placements().iter().map(|p| p.kind.code).collect();
    for place in placements() {
        assert!(!place.kind.goes_with.is_empty(), "{}", place.kind.name);
        for code in place.kind.goes_with {
            assert!(codes.contains(code), "{} -> {code}", place.kind.name);
            assert_ne!(*code, place.kind.code);
        }
    }
}

#[test]
fn price_ranges_are_positive_and_ordered() {
    for place in placements() {
        let (low, high) = place.kind.price;
        assert!(0 < low && low < high, "{}", place.kind.name);
    }
}

#[test]
fn every_category_offers_brands_and_variants() {
    for place in placements() {
        assert!(place.department.brands.len() >= 4);
        assert!(place.leaf.variants.len() >= 3, "{}", place.leaf.name);
    }
}
