//! Categories in the order of their tree.

use std::collections::{BTreeMap, BTreeSet};

use ecomdb::{Category, CategoryId};

/// A category in its tree.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) category: &'a Category,
    /// Depth; 0 at the top level.
    pub(super) depth: usize,
    /// Position of its parent in the tree.
    pub(super) above: Option<usize>,
}

/// All categories, each followed by its children; by name on each level. Categories in a cycle, which the shop refuses,
/// are shown at the top level.
pub(super) fn tree(categories: &[Category]) -> Vec<Node<'_>> {
    let known: BTreeSet<CategoryId> = categories.iter().map(|category| category.id).collect();
    let mut below: BTreeMap<Option<CategoryId>, Vec<&Category>> = BTreeMap::new();
    for category in categories {
        below.entry(category.parent_id.filter(|parent| known.contains(parent))).or_default().push(category);
    }
    // Siblings are sorted backwards, because they are popped from the end.
    below.values_mut().for_each(|siblings| siblings.sort_by_key(|category| std::cmp::Reverse(sort_key(category))));
    let (mut nodes, mut seen) = (Vec::with_capacity(categories.len()), BTreeSet::new());
    let mut waiting: Vec<_> = below.remove(&None).unwrap_or_default().into_iter().map(|root| (root, 0, None)).collect();
    let mut rest = categories.iter();
    loop {
        while let Some((category, depth, above)) = waiting.pop() {
            if seen.insert(category.id) {
                let place = nodes.len();
                nodes.push(Node { category, depth, above });
                let children = below.remove(&Some(category.id)).unwrap_or_default();
                waiting.extend(children.into_iter().map(|child| (child, depth + 1, Some(place))));
            }
        }
        let Some(unreachable) = rest.find(|category| !seen.contains(&category.id)) else { return nodes };
        waiting.push((unreachable, 0, None));
    }
}

fn sort_key(category: &Category) -> (String, CategoryId) {
    (category.name.to_lowercase(), category.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(id: i64, name: &str, parent_id: Option<i64>) -> Category {
        let json = serde_json::json!({
            "id": id, "name": name, "parent_id": parent_id, "description": "", "created_at": "2026-01-01T00:00:00Z"
        });
        serde_json::from_value(json).unwrap()
    }

    fn names(categories: &[Category]) -> Vec<(usize, &str)> {
        tree(categories).into_iter().map(|node| (node.depth, node.category.name.as_str())).collect()
    }

    #[test]
    fn each_category_is_followed_by_those_below_it() {
        let categories = [
            category(1, "Lamps", None),
            category(2, "desk lamps", Some(1)),
            category(3, "Books", None),
            category(4, "Atlases", Some(3)),
            category(5, "Bulbs", Some(2)),
            category(6, "Ceiling lamps", Some(1)),
        ];
        let expected =
            [(0, "Books"), (1, "Atlases"), (0, "Lamps"), (1, "Ceiling lamps"), (1, "desk lamps"), (2, "Bulbs")];
        assert_eq!(names(&categories), expected);
        assert_eq!(tree(&categories)[5].above, Some(4));
    }

    #[test]
    fn no_category_is_lost() {
        let categories = [
            category(1, "A", Some(2)),
            category(2, "B", Some(1)),
            category(3, "C", Some(9)),
            category(4, "D", Some(4)),
        ];
        assert_eq!(names(&categories), [(0, "C"), (0, "A"), (1, "B"), (0, "D")]);
    }

    #[test]
    fn thousands_of_levels_are_no_trouble() {
        let chain: Vec<_> = (1..=5_000).map(|id| category(id, "x", Some(id - 1).filter(|above| *above > 0))).collect();
        assert_eq!(tree(&chain).last().map(|node| node.depth), Some(4_999));
    }
}
