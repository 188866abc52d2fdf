//! `/product-groups`: the list, a group, its forms; and what the page of a product shows of variants, images and ids.

use ecomdb::{CategoryId, NewProduct, Product, ProductGroupId, ProductId, ProductImage};

use super::visitor::Visitor;
use crate::support::TestApp;

/// A variant of group 1 in this size.
fn variant(app: &TestApp, size: &str) -> Product {
    let product = NewProduct::builder(format!("T-shirt {size}"), CategoryId::new(1), "19.99".parse().unwrap());
    let product = product.group_id(ProductGroupId::new(1)).options([("size", size)]).initial_stock(4);
    app.db.products().create(product.build().unwrap()).unwrap()
}

#[test]
fn a_group_is_created_shown_with_its_variants_changed_and_deleted() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    assert!(visitor.get("/product-groups").page(200).contains("No product groups yet"));
    let entries = [("name", "T-shirt"), ("options", " size \r\n\r\n"), ("description", "Cotton")];
    let words = visitor.submit("/product-groups/new", &entries).words();
    assert!(words.contains("The group is created.") && words.contains("Its products differ in size."), "{words}");

    let large = variant(&app, "L");
    let page = visitor.get("/product-groups/1");
    let words = page.words();
    assert!(words.contains("T-shirt L") && words.contains("19.99") && words.contains("Cotton"), "{words}");
    assert!(visitor.get("/product-groups").words().contains("T-shirt size 1"), "the list has its options and number");
    assert!(visitor.get("/product-groups/1/delete").page(200).contains("has 1 product, so it cannot be deleted"));

    let edit = [("options", "Groesse"), ("was-options", "size")];
    assert!(visitor.submit("/product-groups/1/edit", &edit).words().contains("The group is changed."));
    let more = [("options", "Groesse\r\ncolour"), ("was-options", "Groesse")];
    let refused = visitor.post("/product-groups/1/edit", &more);
    assert!(refused.page(422).contains("can only be renamed while the group has products"));

    app.db.products().delete(large.id).unwrap();
    assert!(visitor.submit("/product-groups/1/delete", &[]).words().contains("The group is deleted."));
    visitor.get("/product-groups/1").page(404);
}

#[test]
fn what_is_wrong_with_a_group_is_said_beside_its_field() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let wrong = [("name", ""), ("options", "size\r\nSize"), ("description", "")];
    let refused = visitor.post("/product-groups/new", &wrong);
    refused.page(422);
    let words = refused.words();
    assert!(words.contains("Name must have 1 to 200 characters"), "{words}");
    assert!(words.contains("Options must differ from the other options"), "{words}");
}

#[test]
fn the_page_of_a_product_shows_variants_images_and_external_ids_and_loads_no_image() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    visitor.submit("/product-groups/new", &[("name", "T-shirt"), ("options", "size"), ("description", "")]);
    let (large, _) = (variant(&app, "L"), variant(&app, "S"));
    let images = vec![ProductImage::new("https://cdn.example/l.webp", "Folded"), ProductImage::new("/box.webp", "")];
    app.db.products().set_images(large.id, images).unwrap();
    app.db.products().set_external_id(large.id, "erp:4711".parse().unwrap()).unwrap();
    let page = visitor.get(&format!("/products/{}", large.id));
    let (text, words) = (page.page(200), page.words());
    assert!(words.contains("T-shirt S") && words.contains("Id in erp 4711") && words.contains("size L"), "{words}");
    assert!(words.contains("https://cdn.example/l.webp Folded") && words.contains("/box.webp"), "{words}");
    assert!(!text.contains("<img"), "images of other hosts are links");
    assert!(!visitor.get("/products/1").page(200).contains("Images"), "{:?}", app.db.products().get(ProductId::new(1)));
}
