//! Search by words.

use std::ops::ControlFlow;

use diesel::connection::SimpleConnection as _;
use ecomdb::generator::Scenario;
use ecomdb::{
    CategoryPatch, CustomerFilter, NewProduct, NewUser, PageRequest, Product, ProductFilter, ProductPatch, RowCount,
    StockFilter, User, UserFilter, UserPatch, UserSort,
};

use crate::lists::{has_words, walk};
use crate::shop::{Shop, invalid_fields, money};

/// A product in a category of its own, whose name contains no digits.
fn product(shop: &Shop, name: &str, sku: &str, description: &str) -> Product {
    let letter = char::from(b'a' + shop.categories().count().unwrap().at_least() as u8);
    let category = shop.categories().create(format!("Shelf {letter}").as_str()).unwrap();
    let product = NewProduct::builder(name, category.id, money("1.00")).sku(sku).description(description);
    shop.products().create(product.build().unwrap()).unwrap()
}

fn products(shop: &Shop, search: &str) -> Vec<String> {
    let found = shop.products().list(&ProductFilter::default().search(search)).unwrap().items;
    found.into_iter().map(|product| product.name).collect()
}

fn users(shop: &Shop, search: &str) -> Vec<String> {
    let found = shop.users().list(&UserFilter::default().search(search)).unwrap().items;
    found.into_iter().map(|user| user.email).collect()
}

fn tamper(shop: &Shop, statement: &str) {
    let statement = statement.to_owned();
    shop.write(move |tx| Ok(tx.batch_execute(&statement)?)).unwrap();
}

fn assert_clean(shop: &Shop) {
    let report = shop.check().unwrap();
    assert!(report.is_clean(), "{report:#?}");
}

behaviours! {
    case_accents_and_forms_of_letters_make_no_difference
    each_word_is_found_by_its_beginning_and_all_must_be_found
    skus_are_found_with_and_without_their_punctuation
    an_address_is_found_by_its_parts
    a_search_without_words_finds_nothing_and_one_that_is_too_long_is_refused
    a_changed_product_is_found_by_its_new_words_alone
    a_renamed_category_is_found_by_its_new_name_alone
    a_changed_user_is_found_by_the_new_words_and_an_anonymous_one_by_none_of_the_old
    terms_are_right_after_products_and_their_category_were_changed_at_the_same_time
    stock_is_searched_like_products
    a_frequent_word_gives_the_same_rows_in_the_same_order
    check_finds_wrong_search_terms_and_rebuild_repairs_them
}

fn case_accents_and_forms_of_letters_make_no_difference(shop: &Shop) {
    for (name, searches) in [
        ("Caf\u{e9} Cr\u{e8}me", vec!["CAFE", "cafe\u{301} creme", "cr\u{c8}"]),
        ("Stra\u{df}enschuh", vec!["strasse", "STRASSENSCHUH", "stra\u{1e9e}e"]),
        ("\u{141}\u{f3}d\u{17a} map", vec!["lodz", "\u{142}\u{d3}dz"]),
        ("\u{130}stanbul lamp", vec!["istanbul", "\u{130}STANBUL"]),
        ("Diyarbak\u{131}r rug", vec!["diyarbakir", "DIYARBAKIR"]),
        (
            "\u{3bb}\u{3cc}\u{3b3}\u{3bf}\u{3c2} pen",
            vec!["\u{39b}\u{38c}\u{393}\u{39f}\u{3a3}", "\u{3bb}\u{3bf}\u{3b3}\u{3bf}\u{3c3}"],
        ),
        (
            "\u{5317}\u{4eac}\u{70e4}\u{9e2d}",
            vec!["\u{5317}\u{4eac}", "\u{4eac}\u{70e4}", "\u{9e2d}", "\u{4eac}\u{70e4}\u{9e2d}"],
        ),
        ("\u{30ac}\u{30e9}\u{30b9} cup", vec!["\u{ff76}\u{ff9e}\u{ff97}\u{ff7d}", "\u{30e9}\u{30b9}"]),
        (
            "\u{41b}\u{430}\u{43c}\u{43f}\u{430} \u{451}\u{43b}\u{43a}\u{430}",
            vec!["\u{43b}\u{410}\u{41c}", "\u{435}\u{43b}\u{43a}\u{430}"],
        ),
        ("\u{ff21}\u{ff22} \u{2167}", vec!["ab", "viii"]),
        ("O\u{2019}Neill", vec!["oneill", "neill", "o'neill"]),
    ] {
        product(shop, name, &format!("Q{}", name.len()), "");
        for search in searches {
            assert_eq!(products(shop, search), [name], "{search}");
        }
        shop.products().delete(shop.products().list(&ProductFilter::default()).unwrap().items[0].id).unwrap();
    }
    assert_clean(shop);
}

fn each_word_is_found_by_its_beginning_and_all_must_be_found(shop: &Shop) {
    product(shop, "Desk lamp", "A1", "For offices. Made of steel.");
    product(shop, "Floor lamp", "A2", "Made of wood");
    product(shop, "100% wool", "A3", "snake_case");
    for (search, names) in [
        ("lamp", vec!["Desk lamp", "Floor lamp"]),
        ("  LAM ", vec!["Desk lamp", "Floor lamp"]),
        ("lamp desk", vec!["Desk lamp"]),
        ("made of wo", vec!["Floor lamp"]),
        ("steel a1 shel", vec!["Desk lamp"]),
        ("amp", vec![]),
        ("desk floor", vec![]),
        ("desk table", vec![]),
        ("100%", vec!["100% wool"]),
        ("snake_c", vec!["100% wool"]),
        ("l_mp", vec![]),
        ("de%", vec!["Desk lamp"]),
    ] {
        assert_eq!(products(shop, search), names, "{search}");
    }
    let all = ProductFilter::default();
    assert_eq!(shop.products().count(&all.clone().search("lamp")).unwrap(), RowCount::Exactly(2));
    assert_eq!(shop.products().count(&all.search("lamp none")).unwrap(), RowCount::Exactly(0));
}

fn skus_are_found_with_and_without_their_punctuation(shop: &Shop) {
    product(shop, "One", "KD-482-X", "");
    product(shop, "Two", "KD-4820", "");
    for (search, names) in [
        ("KD-482-X", vec!["One"]),
        ("kd-482", vec!["One", "Two"]),
        ("kd482", vec!["One", "Two"]),
        ("kd482x", vec!["One"]),
        ("482", vec!["One", "Two"]),
        ("k-482", vec![]),
        ("kd-48-x", vec![]),
        ("482 kd", vec!["One", "Two"]),
    ] {
        assert_eq!(products(shop, search), names, "{search}");
    }
}

fn an_address_is_found_by_its_parts(shop: &Shop) {
    for (email, first, last) in [
        ("anna.smith1@mail.example.com", "Anna", "Smith"),
        ("anna.smith12@example.org", "Ann", "Smithers"),
        ("ada@m\u{fc}nchen.example", "Ada", "L"),
    ] {
        shop.users().create(NewUser::new(email, first, last).unwrap()).unwrap();
    }
    for (search, emails) in [
        ("anna.smith1@mail.example.com", vec!["anna.smith1@mail.example.com"]),
        ("anna.smith1", vec!["anna.smith1@mail.example.com", "anna.smith12@example.org"]),
        ("anna.smith1@", vec!["anna.smith1@mail.example.com", "anna.smith12@example.org"]),
        ("smith12@example", vec!["anna.smith12@example.org"]),
        ("@example.org", vec!["anna.smith12@example.org"]),
        ("org", vec!["anna.smith12@example.org"]),
        ("ann smithers", vec!["anna.smith12@example.org"]),
        ("ada@xn--mnchen-3ya.example", vec!["ada@m\u{fc}nchen.example"]),
        ("XN--mnchen-3ya.example", vec!["ada@m\u{fc}nchen.example"]),
        ("munchen", vec!["ada@m\u{fc}nchen.example"]),
        ("l", vec!["ada@m\u{fc}nchen.example"]),
    ] {
        assert_eq!(users(shop, search), emails, "{search}");
        let customers = shop.analytics().customers(&CustomerFilter::default().search(search)).unwrap();
        assert_eq!(customers.count, RowCount::Exactly(emails.len() as i64), "{search}");
    }
}

fn a_search_without_words_finds_nothing_and_one_that_is_too_long_is_refused(shop: &Shop) {
    let (_, lamp) = (shop.user(), shop.product("1.00", 1));
    let long_word = "x".repeat(254);
    let many_words = (0..127).map(|n| format!("{}", n % 10)).collect::<Vec<_>>().join(" ");
    for search in ["", "  ", "%", "_", "--", "!?", "\u{1f98b}", &long_word, &many_words] {
        assert_eq!(products(shop, search), [""; 0], "{search:?}");
        assert_eq!(users(shop, search), [""; 0], "{search:?}");
        let found = shop.analytics().customers(&CustomerFilter::default().search(search)).unwrap();
        assert_eq!(found.count, RowCount::Exactly(0), "{search:?}");
    }
    for search in [&*"x".repeat(500), "a\nb", "\0"] {
        assert_eq!(invalid_fields(shop.products().list(&ProductFilter::default().search(search))), ["search"]);
        assert_eq!(invalid_fields(shop.products().count(&ProductFilter::default().search(search))), ["search"]);
        assert_eq!(invalid_fields(shop.users().list(&UserFilter::default().search(search))), ["search"]);
        assert_eq!(invalid_fields(shop.inventory().list(&StockFilter::default().search(search))), ["search"]);
        let customers = shop.analytics().customers(&CustomerFilter::default().search(search));
        assert_eq!(invalid_fields(customers), ["search"]);
    }
    let name = format!("{} {}", "\u{e4}".repeat(99), "\u{738b}".repeat(99));
    shop.products().update(lamp.id, ProductPatch::default().name(name.as_str())).unwrap();
    assert_eq!(products(shop, &"\u{c4}".repeat(99)), [name.as_str()]);
    let words: String = (0..1_500).map(|n| format!("w{n} ")).collect();
    shop.products().update(lamp.id, ProductPatch::default().description(words)).unwrap();
    assert_eq!(products(shop, "w7"), [name], "not all words of a long description are found");
    assert_clean(shop);
}

fn a_changed_product_is_found_by_its_new_words_alone(shop: &Shop) {
    let lamp = product(shop, "Desk lamp", "OLD-1", "steel");
    let other = shop.category();
    assert_eq!(products(shop, &lamp.category.name), ["Desk lamp"]);
    let patch = ProductPatch::default().name("Sofa").sku("NEW-2").description("wood").category_id(other.id);
    shop.products().update(lamp.id, patch).unwrap();
    for gone in ["desk", "old", "steel", lamp.category.name.as_str()] {
        assert_eq!(products(shop, gone), [""; 0], "{gone}");
    }
    for found in ["sofa", "new2", "wood", other.name.as_str(), "sofa wood new"] {
        assert_eq!(products(shop, found), ["Sofa"], "{found}");
    }
    shop.products().update(lamp.id, ProductPatch::default().price(money("2.00"))).unwrap();
    assert_eq!(products(shop, "sofa"), ["Sofa"]);
    assert_clean(shop);
    shop.products().delete(lamp.id).unwrap();
    assert_eq!(products(shop, "sofa"), [""; 0]);
    assert_clean(shop);
}

fn a_renamed_category_is_found_by_its_new_name_alone(shop: &Shop) {
    let category = shop.categories().create("Garden tools").unwrap();
    for n in 0..7 {
        let name = if n == 3 { "Garden chair".to_owned() } else { format!("Spade {n}") };
        let spade = NewProduct::builder(name, category.id, money("1.00")).sku(format!("S{n}"));
        shop.products().create(spade.build().unwrap()).unwrap();
    }
    assert_eq!(products(shop, "garden").len(), 7);
    shop.categories().update(category.id, CategoryPatch::default().name("Outdoor TOOLS")).unwrap();
    assert_eq!(products(shop, "garden"), ["Garden chair"], "the word of its own name stays");
    assert_eq!(products(shop, "outdoor").len(), 7);
    assert_eq!(products(shop, "tools s").len(), 7);
    assert_clean(shop);
}

fn a_changed_user_is_found_by_the_new_words_and_an_anonymous_one_by_none_of_the_old(shop: &Shop) {
    let ada = shop.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace").unwrap()).unwrap();
    let patch = UserPatch::default().last_name("King").email("countess@example.org");
    shop.users().update(ada.id, patch).unwrap();
    assert_eq!(users(shop, "lovelace"), [""; 0]);
    assert_eq!(users(shop, "ada king countess org"), ["countess@example.org"]);
    let anonymous = shop.users().anonymise(ada.id).unwrap();
    for gone in ["ada", "king", "countess", "org"] {
        assert_eq!(users(shop, gone), [""; 0], "{gone}");
    }
    assert_eq!(users(shop, "deleted"), [anonymous.email]);
    assert_clean(shop);
    shop.users().delete(ada.id).unwrap();
    assert_eq!(users(shop, "deleted"), [""; 0]);
    assert_clean(shop);
}

fn terms_are_right_after_products_and_their_category_were_changed_at_the_same_time(shop: &Shop) {
    let (one, other) = (shop.category(), shop.category());
    let lamps: Vec<Product> = (0..4).map(|n| product(shop, "Lamp", &format!("P{n}"), "")).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..12 {
                let patch = CategoryPatch::default().name(format!("Renamed {n}"));
                shop.categories().update(one.id, patch).unwrap();
            }
        });
        scope.spawn(|| {
            for n in 0..12 {
                let new = NewProduct::builder("New", one.id, money("1.00")).sku(format!("N{n}")).build().unwrap();
                shop.products().create(new).unwrap();
            }
        });
        scope.spawn(|| {
            for n in 0..12 {
                let category = if n % 2 == 0 { one.id } else { other.id };
                let patch = ProductPatch::default().category_id(category).name(format!("Moved {n}"));
                shop.products().update(lamps[n % 4].id, patch).unwrap();
            }
        });
    });
    assert_clean(shop);
    assert_eq!(products(shop, "new renamed 11").len(), 12);
}

fn stock_is_searched_like_products(shop: &Shop) {
    let made: Vec<Product> =
        (0..5).map(|n| product(shop, ["Desk lamp", "Chair"][n % 2], &format!("S-{n}"), "")).collect();
    let lamps = StockFilter::default().search("LAMP");
    let found = walk(2, |page| shop.inventory().list(&lamps.clone().page(page)).unwrap());
    assert!(found.iter().map(|level| level.product_id).eq(made.iter().step_by(2).map(|product| product.id)));
    assert_eq!(shop.inventory().count(&lamps).unwrap(), RowCount::Exactly(3));
    assert_eq!(shop.inventory().count(&StockFilter::default()).unwrap(), RowCount::Exactly(5));
    let next = shop
        .inventory()
        .list(&StockFilter::default().page(PageRequest::default().limit(ecomdb::Limit::new(1).unwrap())));
    let next = next.unwrap().next.unwrap();
    assert_eq!(invalid_fields(shop.inventory().list(&lamps.page(PageRequest::default().after(next)))), ["cursor"]);
}

fn a_frequent_word_gives_the_same_rows_in_the_same_order(shop: &Shop) {
    let to = "2026-01-01T00:00:00Z".parse().unwrap();
    let scenario = Scenario { users: 5_000, products: 40, orders: 300, ..Scenario::small(to) };
    shop.generate(&scenario, |_| ControlFlow::Continue(())).unwrap();
    let all: Vec<User> = walk(1_000, |page| shop.users().list(&UserFilter::default().page(page)).unwrap());
    for search in ["example", "e", "com example", "example.com", "example org a", "org net", "example zzz"] {
        for sort in [UserSort::Id, UserSort::EmailDescending] {
            let filter = UserFilter::default().search(search).sort(sort);
            let mut expected: Vec<&User> = all.iter().collect();
            expected.retain(|user| has_words(Some(search), &[&user.email, &user.first_name, &user.last_name]));
            if sort == UserSort::EmailDescending {
                expected.sort_by(|one, other| other.email.cmp(&one.email));
            }
            let found = walk(1_000, |page| shop.users().list(&filter.clone().page(page)).unwrap());
            assert!(
                found.iter().eq(expected.iter().copied()),
                "{search} by {sort}: {} of {}",
                found.len(),
                expected.len()
            );
            let count = RowCount::Exactly(expected.len() as i64);
            assert_eq!(shop.users().count(&filter).unwrap(), count, "{search}");
        }
    }
    assert_clean(shop);
}

fn check_finds_wrong_search_terms_and_rebuild_repairs_them(shop: &Shop) {
    let ada = shop.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace").unwrap()).unwrap();
    let lamp = product(shop, "Desk lamp", "A-1", "").id;
    tamper(shop, "DELETE FROM user_terms WHERE term = 'lovelace'");
    tamper(shop, "DELETE FROM product_terms");
    tamper(shop, &format!("INSERT INTO product_terms (product_id, term) VALUES ({lamp}, 'wrong')"));
    assert_eq!(users(shop, "lovelace"), [""; 0]);
    let checks = shop.check().unwrap().checks.into_iter().filter(|check| !check.findings.is_empty());
    let findings: Vec<String> = checks.map(|check| check.findings[0].message.clone()).collect();
    assert_eq!(findings.len(), 2, "{findings:?}");
    let user = format!("user {} has no such search terms, and should have the search terms lovelace", ada.id);
    assert_eq!(findings[0], user);
    let product =
        format!("product {lamp} has the search terms wrong, and should have the search terms 1 a a1 desk lamp");
    assert_eq!(findings[1], product);
    shop.rebuild().unwrap();
    assert_clean(shop);
    assert_eq!((users(shop, "lovelace").len(), products(shop, "lamp").len(), products(shop, "wrong").len()), (1, 1, 0));
}
