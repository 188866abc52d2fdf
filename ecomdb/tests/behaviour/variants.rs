//! Groups of products and their variants, also when many join a group at the same time.

use std::sync::Barrier;
use std::thread;

use diesel::connection::SimpleConnection as _;
use ecomdb::{
    Conflict, IdempotencyKey, Limit, NewProduct, NewProductGroup, OptionValues, PageRequest, Password, Product,
    ProductBuilder, ProductFilter, ProductGroup, ProductGroupId, ProductGroupPatch, ProductPatch, ProductStatus,
    Result,
};

use crate::shop::{Shop, conflict, invalid_fields, money};

behaviours! {
    a_variant_shows_its_group_and_its_values_in_the_order_of_the_group
    each_missing_and_unknown_option_is_named
    values_without_a_group_and_unknown_groups_are_refused
    two_variants_of_a_group_differ_in_their_values
    of_variants_made_at_once_with_the_same_values_one_is_made
    a_product_joins_changes_and_leaves_a_group
    a_patch_with_the_values_that_a_variant_has_changes_nothing
    options_of_a_group_with_products_are_only_renamed
    a_product_that_joins_while_the_options_change_has_a_value_for_each
    a_group_with_products_is_not_deleted
    a_group_is_changed_only_if_it_is_as_expected
    wrong_groups_are_refused_by_field
    a_group_is_created_once_for_its_key
    groups_are_listed_in_pages_with_the_number_of_their_products
    products_are_filtered_by_group_and_found_by_their_values
    customers_see_only_the_variants_on_sale
    check_finds_values_that_do_not_fit_the_options
    rows_that_other_programs_write_are_held_to_the_rules
}

fn group(shop: &Shop) -> ProductGroup {
    shop.groups().create(NewProductGroup::builder("T-shirt", ["colour", "size"]).build().unwrap()).unwrap()
}

fn shirt(shop: &Shop, options: impl Into<OptionValues>) -> ProductBuilder {
    NewProduct::builder("T-shirt", shop.category().id, money("19.99")).options(options).initial_stock(3)
}

fn variant(shop: &Shop, group: ProductGroupId, colour: &str, size: &str) -> Result<Product> {
    let product = shirt(shop, [("colour", colour), ("size", size)]).group_id(group).build()?;
    shop.products().create(product)
}

fn values(colour: &str, size: &str) -> OptionValues {
    OptionValues::from([("colour", colour), ("size", size)])
}

fn a_variant_shows_its_group_and_its_values_in_the_order_of_the_group(shop: &Shop) {
    let shirts = group(shop);
    let product =
        shirt(shop, [("size", " L "), ("colour", "de\u{301}co \"red\"")]).group_id(shirts.id).build().unwrap();
    let made = shop.products().create(product).unwrap();
    assert_eq!((made.group_id, &made.options), (Some(shirts.id), &values("d\u{e9}co \"red\"", "L")));
    assert_eq!(shop.products().get(made.id).unwrap(), made);
    let small = variant(shop, shirts.id, "blue", "S").unwrap();
    let now = shop.groups().get(shirts.id).unwrap();
    assert_eq!(now.variants, [made, small]);
    assert_eq!((now.name.as_str(), now.options), ("T-shirt", vec!["colour".to_owned(), "size".to_owned()]));
    let single = shop.product("1.00", 1);
    assert!(single.group_id.is_none() && single.options.is_empty());
    shop.expect_clean();
}

fn each_missing_and_unknown_option_is_named(shop: &Shop) {
    let shirts = group(shop);
    let product = shirt(shop, [("size", "L"), ("material", "wool")]).group_id(shirts.id).build().unwrap();
    assert_eq!(invalid_fields(shop.products().create(product)), ["options.colour", "options.material"]);
    let without = shirt(shop, OptionValues::default()).group_id(shirts.id).build().unwrap();
    assert_eq!(invalid_fields(shop.products().create(without)), ["options.colour", "options.size"]);
    let wrong = shirt(shop, [("colour", ""), ("size", "a\u{200b}b"), ("size", "L")]).build();
    let wrong = invalid_fields(wrong.map_err(ecomdb::Error::from));
    assert_eq!(wrong, ["options.colour", "options.size"]);
    let many: OptionValues = (0..6).map(|n| (n.to_string(), "x")).collect();
    assert_eq!(invalid_fields(shirt(shop, many).build().map_err(ecomdb::Error::from)), ["options"]);
    assert!(shop.products().list(&ProductFilter::default()).unwrap().items.is_empty());
}

fn values_without_a_group_and_unknown_groups_are_refused(shop: &Shop) {
    let lonely = shirt(shop, values("red", "L")).build().unwrap();
    assert_eq!(invalid_fields(shop.products().create(lonely)), ["options"]);
    assert_eq!(invalid_fields(variant(shop, ProductGroupId::new(99), "red", "L")), ["group_id"]);
    let lamp = shop.product("1.00", 1);
    let update = |patch: ProductPatch| invalid_fields(shop.products().update(lamp.id, patch));
    assert_eq!(update(ProductPatch::default().options(values("red", "L"))), ["options"]);
    assert_eq!(update(ProductPatch::default().group_id(Some(ProductGroupId::new(99)))), ["group_id"]);
    assert_eq!(shop.products().get(lamp.id).unwrap(), lamp);
}

fn two_variants_of_a_group_differ_in_their_values(shop: &Shop) {
    let (shirts, others) = (group(shop), group(shop));
    variant(shop, shirts.id, "red", "L").unwrap();
    let duplicate = conflict(variant(shop, shirts.id, "red", "L"));
    let expected =
        Conflict::Duplicate { entity: "product of the group", field: "options", value: "\"red, L\"".to_owned() };
    assert_eq!(duplicate, expected);
    variant(shop, shirts.id, "Red", "L").unwrap();
    variant(shop, others.id, "red", "L").unwrap();
    let small = variant(shop, shirts.id, "red", "S").unwrap();
    let patch = ProductPatch::default().options(values("red", "L"));
    assert!(matches!(conflict(shop.products().update(small.id, patch)), Conflict::Duplicate { field: "options", .. }));
    assert_eq!(shop.groups().get(shirts.id).unwrap().variants.len(), 3);
    shop.expect_clean();
}

fn of_variants_made_at_once_with_the_same_values_one_is_made(shop: &Shop) {
    let (shirts, category) = (group(shop), shop.category());
    let start = Barrier::new(16);
    let outcomes: Vec<Result<Product>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|n| {
                let (start, shirts, category) = (&start, &shirts, &category);
                scope.spawn(move || {
                    let size = if n % 2 == 0 { "L" } else { "S" };
                    let product = NewProduct::builder("T-shirt", category.id, money("19.99")).group_id(shirts.id);
                    let product = product.options(values("red", size)).build()?;
                    start.wait();
                    shop.products().create(product)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let refused = outcomes.into_iter().filter_map(Result::err).collect::<Vec<_>>();
    assert_eq!(refused.len(), 14);
    for error in refused {
        assert!(matches!(conflict(Err::<(), _>(error)), Conflict::Duplicate { field: "options", .. }));
    }
    assert_eq!(shop.groups().get(shirts.id).unwrap().variants.len(), 2);
    shop.expect_clean();
}

fn a_product_joins_changes_and_leaves_a_group(shop: &Shop) {
    let (shirts, lamp) = (group(shop), shop.product("1.00", 1));
    let join = ProductPatch::default().group_id(Some(shirts.id));
    let without_values = shop.products().update(lamp.id, join.clone());
    assert_eq!(invalid_fields(without_values), ["options.colour", "options.size"]);
    let joined = shop.products().update(lamp.id, join.options(values("red", "L"))).unwrap();
    assert_eq!((joined.group_id, &joined.options), (Some(shirts.id), &values("red", "L")));
    let changed = shop.products().update(lamp.id, ProductPatch::default().options(values("red", "M"))).unwrap();
    assert_eq!(changed.options.get("size"), Some("M"));
    let partly = ProductPatch::default().options([("size", "S")]);
    assert_eq!(invalid_fields(shop.products().update(lamp.id, partly)), ["options.colour"]);
    let renamed = shop.products().update(lamp.id, ProductPatch::default().name("Shirt")).unwrap();
    assert_eq!(renamed.options, changed.options);
    let left = shop.products().update(lamp.id, ProductPatch::default().group_id(None)).unwrap();
    assert!(left.group_id.is_none() && left.options.is_empty());
    assert!(shop.groups().get(shirts.id).unwrap().variants.is_empty());
    shop.expect_clean();
}

fn a_patch_with_the_values_that_a_variant_has_changes_nothing(shop: &Shop) {
    let shirts = group(shop);
    let large = variant(shop, shirts.id, "red", "L").unwrap();
    let same = ProductPatch::default().group_id(Some(shirts.id)).options([("size", "L"), ("colour", "red")]);
    assert_eq!(shop.products().update(large.id, same).unwrap(), large);
    let group = ProductPatch::default().group_id(Some(shirts.id));
    assert_eq!(shop.products().update(large.id, group).unwrap(), large);
    assert_eq!(shop.products().get(large.id).unwrap(), large);
}

fn options_of_a_group_with_products_are_only_renamed(shop: &Shop) {
    let shirts = group(shop);
    let options = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        shop.groups().update(shirts.id, ProductGroupPatch::default().options(names))
    };
    assert_eq!(options(&["size", "colour", "fit"]).unwrap().options.len(), 3);
    options(&["colour", "size"]).unwrap();
    let large = variant(shop, shirts.id, "red", "L").unwrap();
    for wrong in [&["colour", "size", "fit"][..], &["colour"], &["size", "colour"], &["size", "fit"]] {
        assert_eq!(invalid_fields(options(wrong)), ["options"], "{wrong:?}");
    }
    let renamed = options(&["Farbe", "size"]).unwrap();
    assert_eq!(renamed.variants[0].options, OptionValues::from([("Farbe", "red"), ("size", "L")]));
    assert!(renamed.updated_at > shirts.updated_at);
    assert_eq!(shop.products().get(large.id).unwrap().options, renamed.variants[0].options);
    shop.expect_clean();
}

fn a_product_that_joins_while_the_options_change_has_a_value_for_each(shop: &Shop) {
    for _ in 0..8 {
        let (shirts, lamp) = (group(shop), shop.product("1.00", 1));
        let start = Barrier::new(2);
        thread::scope(|scope| {
            let join = scope.spawn(|| {
                start.wait();
                let patch = ProductPatch::default().group_id(Some(shirts.id)).options(values("red", "L"));
                shop.products().update(lamp.id, patch).is_ok()
            });
            start.wait();
            let options = vec!["colour".to_owned(), "size".to_owned(), "fit".to_owned()];
            let changed = shop.groups().update(shirts.id, ProductGroupPatch::default().options(options)).is_ok();
            assert!(join.join().unwrap() != changed, "one of them comes first, and the other is refused");
        });
    }
    shop.expect_clean();
}

fn a_group_with_products_is_not_deleted(shop: &Shop) {
    let shirts = group(shop);
    let large = variant(shop, shirts.id, "red", "L").unwrap();
    let refused = conflict(shop.groups().delete(shirts.id));
    assert!(matches!(refused, Conflict::InUse { entity: "product group", by: "products", .. }), "{refused:?}");
    shop.products().delete(large.id).unwrap();
    shop.groups().delete(shirts.id).unwrap();
    assert!(shop.groups().get(shirts.id).unwrap_err().is_not_found());
    assert!(shop.groups().delete(shirts.id).unwrap_err().is_not_found());
}

fn a_group_is_changed_only_if_it_is_as_expected(shop: &Shop) {
    let shirts = group(shop);
    let rename = |name: &str| ProductGroupPatch::default().name(name).description("Cotton");
    let seen = shirts.clone();
    let renamed = shop.groups().update_if(shirts.id, rename("Shirt"), move |now| *now == seen).unwrap();
    assert_eq!((renamed.name.as_str(), renamed.description.as_str()), ("Shirt", "Cotton"));
    assert_eq!(shop.groups().update(shirts.id, rename("Shirt")).unwrap(), renamed);
    assert_eq!(shop.groups().update(shirts.id, ProductGroupPatch::default()).unwrap(), renamed);
    let seen = shirts.clone();
    let lost = conflict(shop.groups().update_if(shirts.id, rename("Top"), move |now| *now == seen));
    assert!(matches!(lost, Conflict::Changed { entity: "product group", .. }));
    let lost = conflict(shop.groups().delete_if(shirts.id, move |now| *now == shirts));
    assert!(matches!(lost, Conflict::Changed { .. }));
}

fn wrong_groups_are_refused_by_field(shop: &Shop) {
    let wrong = |name: &str, options: &[&str]| {
        let built = NewProductGroup::builder(name, options.iter().copied()).build();
        invalid_fields(built.map_err(ecomdb::Error::from))
    };
    assert_eq!(wrong("", &[]), ["name", "options"]);
    assert_eq!(wrong("Shirt", &["a", "b", "c", "d", "e", "f"]), ["options"]);
    assert_eq!(wrong("Shirt", &["colour", "", "Colour"]), ["options[1]", "options[2]"]);
    assert_eq!(wrong(&"x".repeat(201), &[&"x".repeat(61)]), ["name", "options[0]"]);
    let shirts = group(shop);
    let patch = ProductGroupPatch::default().name("").options(Vec::new());
    assert_eq!(invalid_fields(shop.groups().update(shirts.id, patch)), ["name", "options"]);
    assert_eq!(shop.groups().get(shirts.id).unwrap(), shirts);
}

fn a_group_is_created_once_for_its_key(shop: &Shop) {
    let key = IdempotencyKey::new("import-17").unwrap();
    let shirts = || NewProductGroup::builder("T-shirt", ["colour"]).build().unwrap();
    let made = shop.groups().idempotent(&key).create(shirts()).unwrap();
    assert_eq!(shop.groups().idempotent(&key).create(shirts()).unwrap(), made);
    let other = NewProductGroup::builder("T-shirt", ["size"]).build().unwrap();
    let reused = conflict(shop.groups().idempotent(&key).create(other));
    assert!(matches!(reused, Conflict::IdempotencyKeyReused { .. }));
    assert_eq!(shop.groups().count().unwrap().at_least(), 1);
}

fn groups_are_listed_in_pages_with_the_number_of_their_products(shop: &Shop) {
    let groups = [group(shop), group(shop), group(shop)];
    for size in ["S", "M", "L"] {
        variant(shop, groups[1].id, "red", size).unwrap();
    }
    let two = PageRequest::default().limit(Limit::new(2).unwrap());
    let first = shop.groups().list(&two).unwrap();
    let counts: Vec<_> = first.items.iter().map(|group| (group.id, group.variant_count)).collect();
    assert_eq!(counts, [(groups[0].id, 0), (groups[1].id, 3)]);
    let second = shop.groups().list(&two.after(first.next.unwrap())).unwrap();
    assert_eq!((second.items[0].id, second.items[0].options.len(), second.next), (groups[2].id, 2, None));
}

fn products_are_filtered_by_group_and_found_by_their_values(shop: &Shop) {
    let shirts = group(shop);
    let red = variant(shop, shirts.id, "Crimson", "L").unwrap();
    let blue = variant(shop, shirts.id, "blue", "L").unwrap();
    shop.product("1.00", 1);
    let listed = |filter: ProductFilter| shop.products().list(&filter).unwrap().items;
    assert_eq!(listed(ProductFilter::default().group_id(shirts.id)), [red.clone(), blue.clone()]);
    assert_eq!(shop.products().count(&ProductFilter::default().group_id(shirts.id)).unwrap().at_least(), 2);
    assert_eq!(listed(ProductFilter::default().search("shirt crims")), std::slice::from_ref(&red));
    shop.products().update(red.id, ProductPatch::default().options(values("green", "L"))).unwrap();
    assert!(listed(ProductFilter::default().search("crimson")).is_empty());
    assert_eq!(listed(ProductFilter::default().search("green")).len(), 1);
    let category = ecomdb::CategoryPatch::default().name("Clothes");
    shop.categories().update(blue.category.id, category).unwrap();
    assert_eq!(listed(ProductFilter::default().search("clothes blue")).len(), 1);
    shop.expect_clean();
}

fn customers_see_only_the_variants_on_sale(shop: &Shop) {
    let shirts = group(shop);
    let [red, blue] = ["red", "blue"].map(|colour| variant(shop, shirts.id, colour, "L").unwrap());
    shop.products().update(red.id, ProductPatch::default().status(ProductStatus::Archived)).unwrap();
    let (customer, password) = (shop.user(), "a long enough password");
    shop.accounts().set_password(customer.id, &Password::new(password).unwrap()).unwrap();
    let login = shop.accounts().log_in(&customer.email, password).unwrap();
    let caller = shop.accounts().authenticate(login.token.expose()).unwrap();
    let seen = shop.on_behalf_of(&caller).groups().get(shirts.id).unwrap().variants;
    assert_eq!(seen.iter().map(|product| (product.id, product.stock)).collect::<Vec<_>>(), [(blue.id, None)]);
    assert!(shop.on_behalf_of(&caller).groups().delete(shirts.id).unwrap_err().is_forbidden());
    assert_eq!(shop.groups().get(shirts.id).unwrap().variants.len(), 2);
}

fn check_finds_values_that_do_not_fit_the_options(shop: &Shop) {
    let shirts = group(shop);
    variant(shop, shirts.id, "red", "L").unwrap();
    shop.run("UPDATE product_groups SET options = '[\"colour\"]'");
    let broken: Vec<_> = shop.check().unwrap().checks.into_iter().filter(|check| !check.findings.is_empty()).collect();
    assert_eq!(broken.len(), 1, "{broken:?}");
    assert_eq!(broken[0].rule, "a product of a group has a value for each of the group's options");
}

fn rows_that_other_programs_write_are_held_to_the_rules(shop: &Shop) {
    let shirts = group(shop);
    let [one, two] = ["red", "blue"].map(|colour| variant(shop, shirts.id, colour, "L").unwrap());
    let run = |statement: String| shop.write(move |tx| Ok(tx.batch_execute(&statement)?));
    let same = run(format!("UPDATE products SET option_values = '[\"red\",\"L\"]' WHERE id = {}", two.id));
    assert!(matches!(conflict(same), Conflict::Duplicate { field: "options", .. }));
    let none = run(format!("UPDATE products SET option_values = NULL WHERE id = {}", one.id));
    assert_eq!(invalid_fields(none), ["options"]);
    let unknown = run(format!("UPDATE products SET group_id = 99 WHERE id = {}", one.id));
    assert!(unknown.is_err());
}
