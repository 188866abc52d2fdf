//! Images of products.

use std::sync::Barrier;
use std::thread;

use ecomdb::{Conflict, Product, ProductFilter, ProductId, ProductImage, ProductPatch};

use crate::shop::{Shop, conflict, invalid_fields};

behaviours! {
    images_are_replaced_as_a_whole_in_their_order
    the_same_images_again_change_nothing
    wrong_images_are_refused_by_place_and_change_nothing
    images_go_with_their_product
    images_are_set_only_if_the_product_is_as_expected
    lists_show_the_images_of_each_product
    images_that_are_set_at_once_are_those_of_one_caller
    check_finds_images_that_are_miscounted
}

fn image(name: &str) -> ProductImage {
    ProductImage::new(format!("https://cdn.example/{name}.webp"), format!("The lamp, {name}"))
}

fn set(shop: &Shop, product: &Product, names: &[&str]) -> Product {
    shop.products().set_images(product.id, names.iter().map(|name| image(name)).collect()).unwrap()
}

fn images_are_replaced_as_a_whole_in_their_order(shop: &Shop) {
    let lamp = shop.product("1.00", 1);
    assert!(lamp.images.is_empty());
    let lit = set(shop, &lamp, &["front", "back", "lit"]);
    assert_eq!(lit.images, [image("front"), image("back"), image("lit")]);
    assert!(lit.updated_at > lamp.updated_at);
    assert_eq!(shop.products().get(lamp.id).unwrap(), lit);
    let turned = set(shop, &lamp, &["lit", "front"]);
    assert_eq!(turned.images, [image("lit"), image("front")]);
    let renamed = shop.products().update(lamp.id, ProductPatch::default().name("Lamp")).unwrap();
    assert_eq!(renamed.images, turned.images);
    assert!(set(shop, &lamp, &[]).images.is_empty());
    assert!(shop.products().get(lamp.id).unwrap().images.is_empty());
    shop.expect_clean();
}

fn the_same_images_again_change_nothing(shop: &Shop) {
    let lamp = shop.product("1.00", 1);
    let lit = set(shop, &lamp, &["front", "front"]);
    assert_eq!(set(shop, &lamp, &["front", "front"]), lit);
}

fn wrong_images_are_refused_by_place_and_change_nothing(shop: &Shop) {
    let lamp = shop.product("1.00", 1);
    let lit = set(shop, &lamp, &["front"]);
    let refused = |images: Vec<ProductImage>| invalid_fields(shop.products().set_images(lamp.id, images));
    let wrong = vec![image("a"), ProductImage::new("javascript:alert(1)", "x".repeat(501)), ProductImage::new("", "")];
    assert_eq!(refused(wrong), ["images[1].url", "images[1].alt", "images[2].url"]);
    assert_eq!(refused(vec![image("a"); Product::MAX_IMAGES + 1]), ["images"]);
    assert_eq!(shop.products().get(lamp.id).unwrap(), lit);
    let most = shop.products().set_images(lamp.id, vec![image("a"); Product::MAX_IMAGES]).unwrap();
    assert_eq!(most.images.len(), Product::MAX_IMAGES);
    let longest = ProductImage::new(format!("/{}", "u".repeat(ProductImage::MAX_URL - 1)), "é".repeat(500));
    assert_eq!(shop.products().set_images(lamp.id, vec![longest.clone()]).unwrap().images, [longest]);
    assert!(shop.products().set_images(ProductId::new(99), Vec::new()).unwrap_err().is_not_found());
}

fn images_go_with_their_product(shop: &Shop) {
    let lamp = shop.product("1.00", 0);
    set(shop, &lamp, &["front"]);
    shop.products().delete(lamp.id).unwrap();
    shop.expect_clean();
}

fn images_are_set_only_if_the_product_is_as_expected(shop: &Shop) {
    let lamp = shop.product("1.00", 1);
    let (one, two) = (lamp.clone(), lamp.clone());
    shop.products().set_images_if(lamp.id, vec![image("front")], move |now| *now == one).unwrap();
    let lost = conflict(shop.products().set_images_if(lamp.id, Vec::new(), move |now| *now == two));
    assert!(matches!(lost, Conflict::Changed { entity: "product", .. }));
}

fn lists_show_the_images_of_each_product(shop: &Shop) {
    let [one, two, three] = [(); 3].map(|()| shop.product("1.00", 1));
    let one = set(shop, &one, &["front", "back"]);
    let three = set(shop, &three, &["lit"]);
    assert_eq!(shop.products().list(&ProductFilter::default()).unwrap().items, [one, two, three]);
}

fn images_that_are_set_at_once_are_those_of_one_caller(shop: &Shop) {
    let lamp = shop.product("1.00", 1);
    let start = Barrier::new(8);
    thread::scope(|scope| {
        for n in 1..=8 {
            let (start, lamp) = (&start, &lamp);
            scope.spawn(move || {
                let images = vec![image(&n.to_string()); n];
                start.wait();
                shop.products().set_images(lamp.id, images).unwrap();
            });
        }
    });
    let images = shop.products().get(lamp.id).unwrap().images;
    assert_eq!(images, vec![image(&images.len().to_string()); images.len()]);
    shop.expect_clean();
}

fn check_finds_images_that_are_miscounted(shop: &Shop) {
    let lamp = shop.product("1.00", 1);
    set(shop, &lamp, &["front", "back"]);
    shop.run("DELETE FROM product_images WHERE position = 1");
    let broken: Vec<_> = shop.check().unwrap().checks.into_iter().filter(|check| !check.findings.is_empty()).collect();
    assert_eq!(broken.len(), 1, "{broken:?}");
    assert_eq!(broken[0].rule, "the images of a product are as many as it counts, at the positions from 1");
}
