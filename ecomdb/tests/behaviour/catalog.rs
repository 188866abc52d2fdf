use ecomdb::{
    CategoryId, CategoryPatch, Conflict, MovementReason, NewApiKey, NewCategory, NewProduct, PageRequest,
    ProductFilter, ProductId, ProductPatch, ProductStatus, Scope, StockFilter, UserId,
};

use crate::shop::{Shop, conflict, invalid_fields, money};

behaviours! {
    a_created_product_has_its_category_and_stock
    the_initial_stock_is_the_first_entry_of_the_ledger
    a_sku_is_generated_when_none_is_given
    a_taken_sku_is_a_conflict_that_names_the_field
    skus_differ_by_case
    a_product_of_an_unknown_category_is_refused_and_leaves_nothing
    all_wrong_fields_of_a_product_are_named_at_once
    the_rules_for_text_hold_for_skus_and_for_all_names
    free_text_has_several_lines_and_no_other_control_characters
    the_highest_price_is_accepted_and_one_cent_more_is_not
    a_new_price_is_written_into_the_history
    a_product_patch_changes_what_it_names
    a_product_patch_with_what_is_so_already_changes_nothing
    a_product_patch_of_nothing_changes_nothing
    a_wrong_product_patch_changes_nothing
    a_product_that_was_never_ordered_can_be_deleted
    a_product_with_orders_can_be_archived_but_not_deleted
    products_are_filtered_by_category_status_and_text
    a_text_to_look_for_that_no_product_can_have_is_refused
    a_category_name_is_unique
    a_category_can_be_part_of_another_but_never_of_itself
    a_category_in_use_cannot_be_deleted
}

fn a_created_product_has_its_category_and_stock(shop: &Shop) {
    let lamps = shop.categories().create("Lamps").unwrap();
    let lamp = NewProduct::builder(" Desk lamp ", lamps.id, money("29.99"));
    let lamp = lamp.sku("LAMP-1").description("LED\nwarm").initial_stock(10).reorder_level(3).build().unwrap();
    let created = shop.products().create(lamp).unwrap();
    let read = shop.products().get(created.id).unwrap();
    assert_eq!(read, created);
    assert_eq!(
        (read.name.as_str(), read.sku.as_str(), read.description.as_str()),
        ("Desk lamp", "LAMP-1", "LED\nwarm")
    );
    assert_eq!((read.price, read.in_stock, read.stock, read.reorder_level), (money("29.99"), true, Some(10), Some(3)));
    assert_eq!((read.category.id, read.category.name.as_str()), (lamps.id, "Lamps"));
    assert_eq!(read.status, ProductStatus::Active);
}

fn the_initial_stock_is_the_first_entry_of_the_ledger(shop: &Shop) {
    let lamp = shop.product("1.00", 7);
    let ledger = shop.inventory().movements(lamp.id, &PageRequest::default()).unwrap().items;
    assert_eq!(ledger.iter().map(|m| (m.delta, m.reason)).collect::<Vec<_>>(), [(7, MovementReason::Initial)]);
    shop.expect_clean();
}

fn a_sku_is_generated_when_none_is_given(shop: &Shop) {
    let (one, two) = (shop.product("1.00", 0), shop.product("1.00", 0));
    assert!(one.sku.starts_with("SKU-") && one.sku.len() == 16, "{}", one.sku);
    assert_ne!(one.sku, two.sku);
}

fn a_taken_sku_is_a_conflict_that_names_the_field(shop: &Shop) {
    let lamps = shop.category();
    let lamp = || NewProduct::builder("Lamp", lamps.id, money("1.00")).sku("L1").build().unwrap();
    shop.products().create(lamp()).unwrap();
    let refused = conflict(shop.products().create(lamp()));
    assert_eq!(refused, Conflict::Duplicate { entity: "product", field: "sku", value: "\"L1\"".to_owned() });
}

fn skus_differ_by_case(shop: &Shop) {
    let lamps = shop.category();
    for sku in ["abc", "ABC"] {
        shop.products().create(NewProduct::builder("Lamp", lamps.id, money("1.00")).sku(sku).build().unwrap()).unwrap();
    }
    assert_eq!(shop.products().list(&ProductFilter::default()).unwrap().items.len(), 2);
}

fn a_product_of_an_unknown_category_is_refused_and_leaves_nothing(shop: &Shop) {
    let lamp = NewProduct::builder("Lamp", CategoryId::new(99), money("1.00")).initial_stock(5).build().unwrap();
    assert_eq!(invalid_fields(shop.products().create(lamp)), ["category_id"]);
    assert!(shop.products().list(&ProductFilter::default()).unwrap().items.is_empty());
    assert!(shop.inventory().list(&StockFilter::default()).unwrap().items.is_empty());
}

fn all_wrong_fields_of_a_product_are_named_at_once(_shop: &Shop) {
    let product = NewProduct::builder("", CategoryId::new(1), money("-0.01"));
    let product = product.sku("").initial_stock(-1).reorder_level(-1).build().map_err(ecomdb::Error::from);
    assert_eq!(invalid_fields(product), ["name", "price", "sku", "initial_stock", "reorder_level"]);
}

fn the_rules_for_text_hold_for_skus_and_for_all_names(shop: &Shop) {
    let lamps = shop.category();
    let product = |name: &str, sku: &str| NewProduct::builder(name, lamps.id, money("1.00")).sku(sku).build();
    for hidden in "\u{200b}\u{feff}\u{ad}\u{202e}\u{3164}\u{e000}\u{378}\u{2028}".chars() {
        let text = format!("a{hidden}b");
        assert_eq!(invalid_fields(product(&text, &text).map_err(ecomdb::Error::from)), ["name", "sku"], "{hidden:?}");
        assert_eq!(invalid_fields(shop.categories().create(text.as_str())), ["name"], "{hidden:?}");
        let key = NewApiKey::builder(UserId::new(1), &text, [Scope::OrdersRead]).build();
        assert_eq!(invalid_fields(key.map_err(ecomdb::Error::from)), ["name"], "{hidden:?}");
        let patch = ProductPatch::default().sku(text);
        assert_eq!(invalid_fields(shop.products().update(ProductId::new(1), patch)), ["sku"], "{hidden:?}");
    }
    let joined = "\u{645}\u{6cc}\u{200c}\u{62e}";
    assert_eq!(
        invalid_fields(product(joined, joined).map_err(ecomdb::Error::from)),
        ["sku"],
        "names alone need joiners"
    );
    assert_eq!(invalid_fields(product("a", "a\u{a0}b").map_err(ecomdb::Error::from)), ["sku"]);

    let stored = shop.products().create(product("Lampe de\u{301}co", "DE\u{301}CO 1").unwrap()).unwrap();
    assert_eq!((stored.name.as_str(), stored.sku.as_str()), ("Lampe d\u{e9}co", "D\u{c9}CO 1"));
    let again = conflict(shop.products().create(product("Lampe", "D\u{c9}CO 1").unwrap()));
    assert!(matches!(again, Conflict::Duplicate { field: "sku", .. }), "{again:?}");
    shop.categories().create("D\u{e9}co").unwrap();
    assert!(shop.categories().create("De\u{301}co").unwrap_err().is_conflict());
    let found = ProductFilter::default().search("de\u{301}co");
    assert_eq!(shop.products().list(&found).unwrap().items, [stored]);
}

fn free_text_has_several_lines_and_no_other_control_characters(shop: &Shop) {
    let lamp = shop.product("1.00", 0);
    let text = "first line\n\tsecond line";
    shop.inventory().restock(lamp.id, 1, Some(text)).unwrap();
    let movements = shop.inventory().movements(lamp.id, &PageRequest::default()).unwrap().items;
    assert_eq!(movements[0].note.as_deref(), Some(text));
    assert!(ecomdb::NewRefund::builder(text).build().is_ok());
    let patch = ProductPatch::default().description("De\u{301}co\nfor walls");
    assert_eq!(shop.products().update(lamp.id, patch).unwrap().description, "D\u{e9}co\nfor walls");
    for control in ["a\0b", "a\u{7}b", "a\u{1b}[31mb", "a\u{85}b"] {
        assert_eq!(invalid_fields(shop.inventory().restock(lamp.id, 1, Some(control))), ["note"], "{control:?}");
        assert!(ecomdb::NewRefund::builder(control).build().is_err(), "{control:?}");
        let patch = ProductPatch::default().description(control.to_owned());
        assert_eq!(invalid_fields(shop.products().update(lamp.id, patch)), ["description"], "{control:?}");
    }
}

fn the_highest_price_is_accepted_and_one_cent_more_is_not(shop: &Shop) {
    let highest = shop.product("999999999.99", 1);
    assert_eq!(shop.products().get(highest.id).unwrap().price.to_string(), "999999999.99");
    let above = NewProduct::builder("Lamp", highest.category.id, money("1000000000.00")).build();
    assert_eq!(invalid_fields(above.map_err(ecomdb::Error::from)), ["price"]);
}

fn a_new_price_is_written_into_the_history(shop: &Shop) {
    let lamp = shop.product("10.00", 0);
    for price in ["12.00", "12.00", "9.50"] {
        let patch = ProductPatch::default().price(money(price));
        shop.products().update(lamp.id, patch).unwrap();
    }
    let history = shop.products().price_history(lamp.id, &PageRequest::default()).unwrap().items;
    let history: Vec<_> = history.iter().map(|c| (c.old_price.to_string(), c.new_price.to_string())).collect();
    assert_eq!(history, [("12.00".into(), "9.50".into()), ("10.00".into(), "12.00".into())]);
    shop.expect_clean();
}

fn a_product_patch_changes_what_it_names(shop: &Shop) {
    let (lamp, other) = (shop.product("10.00", 4), shop.category());
    let patch = ProductPatch::default()
        .name("Floor lamp")
        .category_id(other.id)
        .sku("F1")
        .description("")
        .status(ProductStatus::Archived)
        .reorder_level(2);
    let after = shop.products().update(lamp.id, patch).unwrap();
    assert_eq!((after.name.as_str(), after.category.id, after.sku.as_str()), ("Floor lamp", other.id, "F1"));
    assert_eq!(
        (after.status, after.reorder_level, after.price, after.stock),
        (ProductStatus::Archived, Some(2), lamp.price, Some(4))
    );
    assert_eq!(shop.products().get(lamp.id).unwrap(), after);
}

fn a_product_patch_with_what_is_so_already_changes_nothing(shop: &Shop) {
    let lamp = shop.product("10.00", 4);
    let same = ProductPatch::default()
        .name(format!("{} ", lamp.name))
        .category_id(lamp.category.id)
        .sku(&lamp.sku)
        .description(&lamp.description)
        .status(lamp.status)
        .reorder_level(lamp.reorder_level.unwrap())
        .price(lamp.price);
    let stock = shop.inventory().get(lamp.id).unwrap();
    assert_eq!(shop.products().update(lamp.id, same).unwrap(), lamp);
    assert_eq!(shop.inventory().set_reorder_level(lamp.id, stock.reorder_level).unwrap(), stock);
    assert_eq!((shop.products().get(lamp.id).unwrap(), shop.inventory().get(lamp.id).unwrap()), (lamp, stock));
}

fn a_product_patch_of_nothing_changes_nothing(shop: &Shop) {
    let lamp = shop.product("10.00", 4);
    assert_eq!(shop.products().update(lamp.id, ProductPatch::default()).unwrap(), lamp);
    assert_eq!(shop.products().get(lamp.id).unwrap(), lamp);
    let level = ProductPatch::default().reorder_level(2);
    assert!(shop.products().update(lamp.id, level).unwrap().updated_at > lamp.updated_at);
}

fn a_wrong_product_patch_changes_nothing(shop: &Shop) {
    let lamp = shop.product("10.00", 4);
    let wrong = [
        (ProductPatch::default().price(money("-1")).name("X"), "price"),
        (ProductPatch::default().category_id(CategoryId::new(99)).name("X"), "category_id"),
        (ProductPatch::default().name(String::new()), "name"),
        (ProductPatch::default().reorder_level(-1).name("X"), "reorder_level"),
    ];
    for (patch, field) in wrong {
        assert_eq!(invalid_fields(shop.products().update(lamp.id, patch)), [field]);
    }
    assert_eq!(shop.products().get(lamp.id).unwrap(), lamp);
    let missing = shop.products().update(ProductId::new(999), ProductPatch::default());
    assert!(missing.unwrap_err().is_not_found());
}

fn a_product_that_was_never_ordered_can_be_deleted(shop: &Shop) {
    let lamp = shop.product("10.00", 4);
    let patch = ProductPatch::default().price(money("11.00"));
    shop.products().update(lamp.id, patch).unwrap();
    shop.products().delete(lamp.id).unwrap();
    assert!(shop.products().get(lamp.id).unwrap_err().is_not_found());
    assert!(shop.inventory().get(lamp.id).unwrap_err().is_not_found());
    shop.expect_clean();
}

fn a_product_with_orders_can_be_archived_but_not_deleted(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 4));
    shop.pending_order(&ada, &[(lamp.id, 1)]);
    assert!(matches!(conflict(shop.products().delete(lamp.id)), Conflict::InUse { entity: "product", .. }));
    let archived = ProductPatch::default().status(ProductStatus::Archived);
    shop.products().update(lamp.id, archived).unwrap();
    let refused = conflict(shop.try_order(&ada, &[(lamp.id, 1)]));
    assert_eq!(refused, Conflict::ProductArchived { product_id: lamp.id });
}

fn products_are_filtered_by_category_status_and_text(shop: &Shop) {
    let (one, two) = (shop.product("1.00", 0), shop.product("2.00", 0));
    let archived = ProductPatch::default().status(ProductStatus::Archived).name("Old_chair");
    shop.products().update(two.id, archived).unwrap();
    let ids =
        |filter: ProductFilter| shop.products().list(&filter).unwrap().items.iter().map(|p| p.id).collect::<Vec<_>>();
    assert_eq!(ids(ProductFilter::default()), [one.id, two.id]);
    assert_eq!(ids(ProductFilter::default().category_id(one.category.id)), [one.id]);
    assert_eq!(ids(ProductFilter::default().status(ProductStatus::Archived)), [two.id]);
    assert_eq!(ids(ProductFilter::default().search("OLD chair")), [two.id]);
    assert_eq!(ids(ProductFilter::default().search(one.sku.to_lowercase())), [one.id]);
}

fn a_text_to_look_for_that_no_product_can_have_is_refused(shop: &Shop) {
    for text in ["De\0sk", "\u{7f}", "line\nbreak", &"x".repeat(255)] {
        let filter = ProductFilter::default().search(text.to_owned());
        assert_eq!(invalid_fields(shop.products().list(&filter)), ["search"], "{text:?}");
    }
}

fn a_category_name_is_unique(shop: &Shop) {
    shop.categories().create("Lamps").unwrap();
    assert!(matches!(conflict(shop.categories().create(" Lamps ")), Conflict::Duplicate { field: "name", .. }));
    assert!(shop.categories().create("lamps").is_ok());
}

fn a_category_can_be_part_of_another_but_never_of_itself(shop: &Shop) {
    let home = shop.categories().create("Home").unwrap();
    let below = |name: &str, parent| NewCategory::builder(name).parent_id(parent).build().unwrap();
    let lamps = shop.categories().create(below("Lamps", home.id)).unwrap();
    let desk = shop.categories().create(below("Desk lamps", lamps.id)).unwrap();
    for ring in [home.id, desk.id] {
        let patch = CategoryPatch::default().parent_id(Some(ring));
        assert_eq!(invalid_fields(shop.categories().update(home.id, patch)), ["parent_id"]);
    }
    assert_eq!(invalid_fields(shop.categories().create(below("X", CategoryId::new(99)))), ["parent_id"]);
    let root = CategoryPatch::default().parent_id(None);
    assert_eq!(shop.categories().update(desk.id, root).unwrap().parent_id, None);
}

fn a_category_in_use_cannot_be_deleted(shop: &Shop) {
    let home = shop.categories().create("Home").unwrap();
    let lamps = NewCategory::builder("Lamps").parent_id(home.id).build().unwrap();
    let lamps = shop.categories().create(lamps).unwrap();
    let lamp = NewProduct::builder("Lamp", lamps.id, money("1.00")).build().unwrap();
    let lamp = shop.products().create(lamp).unwrap();
    assert!(matches!(conflict(shop.categories().delete(lamps.id)), Conflict::InUse { by: "products", .. }));
    assert!(matches!(conflict(shop.categories().delete(home.id)), Conflict::InUse { by: "categories below it", .. }));
    shop.products().delete(lamp.id).unwrap();
    shop.categories().delete(lamps.id).unwrap();
    shop.categories().delete(home.id).unwrap();
    assert!(shop.categories().delete(home.id).unwrap_err().is_not_found());
}
