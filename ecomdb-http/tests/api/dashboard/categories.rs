//! `/categories`: the tree, and its forms.

use ecomdb::{Category, CategoryId, CategoryPatch, NewCategory};

use super::visitor::Visitor;
use crate::support::{Answer, TestApp};

/// Lamps (1) contain desk lamps (2), which contain bulbs (3); books (4) is empty. The shop's products are lamps.
fn shop() -> TestApp {
    let app = TestApp::shop();
    for (name, parent) in [("Desk lamps", Some(1)), ("Bulbs", Some(2)), ("Books", None)] {
        let category = NewCategory::builder(name).parent_id(parent.map(CategoryId::new)).build().unwrap();
        app.db.categories().create(category).unwrap();
    }
    let bulb = ecomdb::NewProduct::builder("Bulb", CategoryId::new(3), "2.00".parse().unwrap()).build().unwrap();
    app.db.products().create(bulb).unwrap();
    app
}

fn category(app: &TestApp, id: i64) -> Category {
    app.db.categories().get(CategoryId::new(id)).unwrap()
}

fn edit(visitor: &Visitor<'_>, form: &Answer, id: i64, changes: &[(&str, &str)]) -> Answer {
    let fields = ["was-name", "was-parent_id", "was-description", "key"];
    let hidden = fields.map(|name| (name, form.input(name)));
    let mut entries: Vec<_> = hidden.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for field in ["name", "parent_id", "description"] {
        let was = &hidden.iter().find(|(name, _)| name.ends_with(field)).unwrap().1;
        let changed = changes.iter().find(|(name, _)| *name == field);
        entries.push((field, changed.map_or(was.as_str(), |(_, value)| *value)));
    }
    visitor.post(&format!("/categories/{id}/edit"), &entries)
}

#[test]
fn the_tree_shows_how_many_products_are_in_and_below_each_category() {
    let app = shop();
    let page = Visitor::new(&app).get("/categories");
    page.page(200);
    let words = page.words();
    for row in [
        "Lamps 2 products 3 products with those below",
        "Desk lamps 0 products 1 product with those below",
        "Bulbs 1 product",
        "Books 0 products",
    ] {
        assert!(words.contains(row), "{row}: {words}");
    }
    assert_eq!(page.text.matches("<ul>").count(), page.text.matches("</ul></li>").count() + 1);
    assert!(
        page.text.contains("href=\"/categories/4/delete\"") && !page.text.contains("href=\"/categories/2/delete\"")
    );
    assert!(Visitor::new(&TestApp::empty()).get("/categories").page(200).contains("No categories yet"));
}

#[test]
fn a_category_is_created_within_another() {
    let app = shop();
    let visitor = Visitor::new(&app);
    let form = visitor.get("/categories/new?parent=4");
    assert!(form.page(200).contains("<option value=\"4\" selected>Books</option>"));
    let page = visitor.submit("/categories/new", &[("name", "Atlases"), ("parent_id", "4"), ("description", "")]);
    assert!(page.page(200).contains("The category is created."));
    assert_eq!(category(&app, 5).parent_id, Some(CategoryId::new(4)));
    let taken = visitor.post("/categories/new", &[("name", "Lamps"), ("parent_id", ""), ("description", "kept")]);
    taken.page(422);
    assert!(taken.words().contains("Name another category already has"), "{}", taken.words());
    assert!(taken.text.contains("kept</textarea>"));
    visitor.post("/categories/new", &[("name", ""), ("parent_id", "x")]).page(422);
}

#[test]
fn a_category_is_renamed_without_touching_what_others_changed() {
    let app = shop();
    let visitor = Visitor::new(&app);
    let form = visitor.get("/categories/2/edit");
    let patch = CategoryPatch::default().description("new");
    app.db.categories().update(CategoryId::new(2), patch).unwrap();
    let renamed = edit(&visitor, &form, 2, &[("name", "Lamps for desks")]);
    assert_eq!((renamed.status.as_u16(), renamed.header("Location")), (303, "/categories"), "{}", renamed.text);
    let now = category(&app, 2);
    assert_eq!((now.name.as_str(), now.description.as_str()), ("Lamps for desks", "new"));
    let conflict = edit(&visitor, &form, 2, &[("name", "Mine")]);
    conflict.page(422);
    assert!(conflict.words().contains("Name Desk lamps Lamps for desks Mine"), "{}", conflict.words());
}

#[test]
fn a_move_can_be_undone_and_never_makes_a_circle() {
    let app = shop();
    let visitor = Visitor::new(&app);
    let form = visitor.get("/categories/2/edit");
    let parents = form.text.split("id=\"parent_id\"").nth(1).unwrap().split("</select>").next().unwrap();
    assert!(parents.contains("Books") && !parents.contains("Bulbs") && !parents.contains("Desk lamps"), "{parents}");
    assert_eq!(edit(&visitor, &form, 2, &[("parent_id", "")]).status, 303);
    assert_eq!(category(&app, 2).parent_id, None);
    let page = visitor.get("/categories");
    assert!(page.page(200).contains("The category is moved."));
    let undo = [("parent_id", page.input("parent_id")), ("was-parent_id", page.input("was-parent_id"))];
    let undo: Vec<_> = undo.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(undo, [("parent_id", "1"), ("was-parent_id", "")]);
    assert_eq!(visitor.post("/categories/2/edit", &undo).status, 303);
    assert_eq!(category(&app, 2).parent_id, Some(CategoryId::new(1)));
    visitor.get("/categories").page(200);
    let circle = edit(&visitor, &visitor.get("/categories/1/edit"), 1, &[("parent_id", "3")]);
    circle.page(422);
    assert!(circle.words().contains("Parent category 1 cannot be a part of itself"), "{}", circle.words());
}

#[test]
fn deleting_asks_first_and_says_what_is_in_the_way() {
    let app = shop();
    let visitor = Visitor::new(&app);
    let words = visitor.get("/categories/1/delete").words();
    assert!(words.contains("The category Lamps has 2 products and 1 category below it."), "{words}");
    assert!(visitor.get("/categories/4/delete").page(200).contains("cannot be brought back"));
    assert!(visitor.post("/categories/1/delete", &[]).page(422).contains("Move or delete those first"));
    for _ in 0..2 {
        let page = visitor.submit("/categories/4/delete", &[("key", "k1")]);
        assert!(page.page(200).contains("The category is deleted."));
    }
    assert!(app.db.categories().get(CategoryId::new(4)).is_err());
    visitor.get("/categories/4/edit").page(404);
}
