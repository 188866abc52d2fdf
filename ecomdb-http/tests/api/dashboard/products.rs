//! `/products`: the list, a product, and its forms.

use ecomdb::{NewProduct, PageRequest, Product, ProductFilter, ProductId, ProductPatch, ProductStatus};

use super::visitor::Visitor;
use crate::support::{Answer, TestApp};

const DESK: ProductId = ProductId::new(1);

fn product(app: &TestApp, id: i64) -> Product {
    app.db.products().get(ProductId::new(id)).unwrap()
}

/// Changes the desk lamp as another member of the staff would.
fn meanwhile(app: &TestApp, patch: ProductPatch) {
    app.db.products().update(DESK, patch).unwrap();
}

/// The entries of the form to edit the desk lamp, some of them changed.
fn edited(page: &Answer, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let fields = ["name", "category_id", "price", "sku", "description", "reorder_level"];
    let originals = fields.iter().map(|name| (format!("was-{name}"), page.input(&format!("was-{name}"))));
    let values = fields.iter().map(|name| {
        let changed = changes.iter().find(|(field, _)| field == name);
        let value = changed.map_or_else(|| page.input(&format!("was-{name}")), |(_, value)| (*value).to_owned());
        ((*name).to_owned(), value)
    });
    let key = ("key".to_owned(), page.input("key"));
    originals.chain(values).chain([key]).collect()
}

fn send(visitor: &Visitor<'_>, uri: &str, entries: &[(String, String)]) -> Answer {
    let entries: Vec<_> = entries.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    visitor.post(uri, &entries)
}

#[test]
fn the_list_shows_what_is_sold_and_its_stock() {
    let app = TestApp::shop_with_sales();
    let page = Visitor::new(&app).get("/products");
    page.page(200);
    let words = page.words();
    assert!(words.contains("Atlas ATLAS Books"), "{words}");
    assert!(words.contains("Desk lamp") && words.contains("Price, EUR"), "{words}");
    assert!(page.text.contains("<a href=\"/products/1\">Desk lamp</a>"));
    let low = page.text.matches("</svg>Low</span>").count();
    assert_eq!(low, 2, "both lamps are at or below their reorder level");
}

#[test]
fn filters_sort_and_page_are_in_the_address() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    for (address, names) in [
        ("/products?search=lamp", vec!["Desk lamp", "Floor lamp"]),
        ("/products?search=&category=2&min_price=&max_price=&in_stock=", vec!["Atlas"]),
        ("/products?min_price=20&max_price=80", vec!["Desk lamp"]),
        ("/products?sort=-price", vec!["Floor lamp", "Desk lamp", "Atlas"]),
        ("/products?in_stock=false", vec![]),
        ("/products?status=archived", vec![]),
    ] {
        let page = visitor.get(address);
        let shown: Vec<_> = page
            .page(200)
            .split("<a href=\"/products/")
            .skip(1)
            .filter_map(|link| link.split(['>', '<']).nth(1))
            .collect();
        assert_eq!(shown, names, "{address}");
    }
    let sorted = visitor.get("/products?search=lamp&sort=price");
    assert!(sorted.page(200).contains("href=\"/products?search=lamp&#38;sort=-price\""), "{}", sorted.text);
    assert!(sorted.text.contains("aria-sort=\"ascending\""));
    assert!(visitor.get("/products?min_price=cheap").page(400).contains("Min_price: must be a decimal amount"));
    visitor.get("/products?colour=red").page(400);
}

#[test]
fn pages_follow_each_other_with_the_same_filter() {
    let app = TestApp::shop();
    let lamps = product(&app, 1).category.id;
    for number in 0..60 {
        let lamp = NewProduct::builder(format!("Lamp {number:02}"), lamps, "1.00".parse().unwrap()).build().unwrap();
        app.db.products().create(lamp).unwrap();
    }
    let visitor = Visitor::new(&app);
    let first = visitor.get("/products?max_price=2");
    assert_eq!(first.page(200).matches("<tr id=").count(), 50);
    assert!(first.words().contains("60 products"), "{}", first.words());
    let beside = |page: &Answer, name: &str| {
        let link = page.text.split("href=\"").find(|link| link.contains(&format!("&#38;{name}="))).unwrap();
        link.split('"').next().unwrap().replace("&#38;", "&")
    };
    let next = beside(&first, "cursor");
    assert!(next.starts_with("/products?max_price=2.00&cursor="), "{next}");
    let second = visitor.get(&next);
    assert_eq!(second.page(200).matches("<tr id=").count(), 10);
    assert!(!second.text.contains("rel=\"next\"") && !first.text.contains("rel=\"prev\""));
    let back = visitor.get(&beside(&second, "before"));
    let rows = |page: &Answer| page.text.split("<tbody>").nth(1).unwrap().split("</tbody>").next().unwrap().to_owned();
    assert_eq!(rows(&back), rows(&first));
    visitor.get(&format!("{next}&before=x")).page(400);
}

#[test]
fn an_empty_shop_says_what_to_do_and_an_empty_result_which_filters_there_are() {
    let empty = TestApp::empty();
    assert!(Visitor::new(&empty).get("/products").page(200).contains("href=\"/categories/new\""));
    let app = TestApp::shop();
    let page = Visitor::new(&app).get("/products?search=sofa&category=1&sort=-price");
    page.page(200);
    assert!(page.words().contains("the words \u{201c}sofa\u{201d}, in the category Lamps"), "{}", page.words());
    assert!(page.text.contains("href=\"/products?sort=-price\">Clear the filters"), "{}", page.text);
}

#[test]
fn the_csv_has_every_row_that_matches_and_no_formulas() {
    let app = TestApp::shop();
    let lamps = product(&app, 1).category.id;
    let formula = NewProduct::builder("=1+1 lamp", lamps, "1.00".parse().unwrap()).sku("F").initial_stock(2);
    app.db.products().create(formula.build().unwrap()).unwrap();
    for number in 0..1_200 {
        let bulb = NewProduct::builder(format!("Bulb {number:04}"), lamps, "2.00".parse().unwrap());
        app.db.products().create(bulb.build().unwrap()).unwrap();
    }
    let visitor = Visitor::new(&app);
    let all = visitor.get("/products.csv?status=all");
    assert_eq!((all.status.as_u16(), all.header("Content-Type")), (200, "text/csv; charset=utf-8"));
    assert!(all.header("Content-Disposition").starts_with("attachment; filename=\"products-20"));
    assert!(all.text.starts_with("\u{feff}id,sku,name,"));
    assert_eq!(all.text.lines().count(), 1 + 3 + 1_200);
    assert!(all.text.contains(",F,'=1+1 lamp,\"\",1,Lamps,1.00,active,2,0,"), "{}", &all.text[..500]);
    assert_eq!(visitor.get("/products.csv?search=desk").text.lines().count(), 2);
    visitor.get("/products.csv?min_price=x").page(400);
}

#[test]
fn a_product_is_created_once_however_often_the_form_is_sent() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let form = visitor.get("/products/new?category=1");
    assert!(form.page(200).contains("<option value=\"1\" selected>Lamps</option>"));
    let key = form.input("key");
    let entries = [
        ("key", key.as_str()),
        ("name", "Table lamp"),
        ("category_id", "1"),
        ("price", "49.90"),
        ("sku", ""),
        ("initial_stock", "7"),
        ("reorder_level", ""),
        ("description", "two\r\nlines"),
    ];
    for _ in 0..2 {
        let created = visitor.post("/products/new", &entries);
        assert_eq!((created.status.as_u16(), created.header("Location")), (303, "/products/3"), "{}", created.text);
    }
    let made = product(&app, 3);
    assert_eq!((made.name.as_str(), made.stock, made.description.as_str()), ("Table lamp", Some(7), "two\nlines"));
    assert!(made.sku.starts_with("SKU-"));
    assert!(visitor.get("/products/3").page(200).contains("The product is created."));
    app.assert_that_it_adds_up();
}

#[test]
fn a_refused_form_keeps_its_entries_and_links_to_the_wrong_fields() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let entries = [("key", "k1"), ("name", ""), ("category_id", ""), ("price", "a lot"), ("sku", "MY-SKU")];
    let refused = visitor.post("/products/new", &entries);
    let page = refused.page(422);
    assert!(page.contains("<title>Error: New product"));
    for field in ["name", "category_id", "price"] {
        assert!(page.contains(&format!("<a href=\"#{field}\">")), "{field}");
        assert!(page.contains(&format!("aria-invalid=\"true\" aria-describedby=\"{field}-error\"")), "{field}");
    }
    assert_eq!(
        (refused.input("price"), refused.input("sku"), refused.input("key")),
        ("a lot".into(), "MY-SKU".into(), "k1".into())
    );
    let taken = visitor.post("/products/new", &[("name", "x"), ("category_id", "1"), ("price", "1"), ("sku", "DESK")]);
    taken.page(422);
    assert!(taken.words().contains("SKU another product already has"), "{}", taken.words());
}

#[test]
fn the_page_of_a_product_shows_stock_prices_and_movements() {
    let app = TestApp::shop_with_sales();
    meanwhile(&app, ProductPatch::default().price("24.99".parse().unwrap()));
    let page = Visitor::new(&app).get("/products/1");
    page.page(200);
    let words = page.words();
    assert!(words.contains("Nothing was sold in the last 4 weeks."), "{words}");
    assert!(words.contains("The price is 24.99 since"), "{words}");
    assert!(words.contains("it was 29.99 before"), "{words}");
    assert!(words.contains("Initial stock") && words.contains("+10") && words.contains("\u{2212}2"), "{words}");
    assert!(page.text.contains("<a href=\"/orders/1\">Sale</a>"));
    assert!(
        words.contains("Product Orders Lift Atlas 1") || words.contains("Product Orders Lift Floor lamp 1"),
        "{words}"
    );
    Visitor::new(&app).get("/products/99").page(404);
    Visitor::new(&app).get("/products/lamp").page(400);
}

#[test]
fn an_edit_changes_only_the_fields_that_were_changed_in_the_form() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let form = visitor.get("/products/1/edit");
    meanwhile(&app, ProductPatch::default().description("Changed by someone else").reorder_level(4));
    app.db.inventory().adjust(DESK, -2, None).unwrap();
    let saved = send(&visitor, "/products/1/edit", &edited(&form, &[("name", "Bright desk lamp")]));
    assert_eq!((saved.status.as_u16(), saved.header("Location")), (303, "/products/1"), "{}", saved.text);
    let now = product(&app, 1);
    assert_eq!((now.name.as_str(), now.description.as_str()), ("Bright desk lamp", "Changed by someone else"));
    assert_eq!((now.reorder_level, now.stock), (Some(4), Some(8)));
}

#[test]
fn of_a_conflict_the_form_shows_what_was_what_is_and_what_was_entered() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let form = visitor.get("/products/1/edit");
    meanwhile(&app, ProductPatch::default().price("31.00".parse().unwrap()).name("Renamed"));
    let conflict = send(&visitor, "/products/1/edit", &edited(&form, &[("price", "35.00")]));
    conflict.page(422);
    assert!(conflict.words().contains("Field Was Now Yours Price 29.99 31.00 35.00"), "{}", conflict.words());
    assert_eq!((conflict.input("price"), conflict.input("name")), ("35.00".into(), "Renamed".into()));
    assert_eq!(product(&app, 1).price.to_string(), "31.00");
    let saved = send(&visitor, "/products/1/edit", &edited(&conflict, &[("price", "35.00")]));
    assert_eq!(saved.status, 303, "{}", saved.text);
    assert_eq!((product(&app, 1).price.to_string(), product(&app, 1).name), ("35.00".into(), "Renamed".into()));
}

#[test]
fn a_new_price_can_be_undone_unless_it_was_changed_again() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let form = visitor.get("/products/1/edit");
    send(&visitor, "/products/1/edit", &edited(&form, &[("price", "19.99")]));
    let page = visitor.get("/products/1");
    assert!(page.page(200).contains("The price is 19.99 now; it was 29.99."));
    let undo: Vec<_> = ["price", "was-price", "key"].map(|name| (name, page.input(name))).into();
    let undo: Vec<_> = undo.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let undone = visitor.post("/products/1/edit", &undo);
    assert_eq!((undone.status.as_u16(), undone.header("Location")), (303, "/products/1"), "{}", undone.text);
    assert_eq!(product(&app, 1).price.to_string(), "29.99");
    meanwhile(&app, ProductPatch::default().price("15.00".parse().unwrap()));
    let late = visitor.post("/products/1/edit", &undo);
    late.page(422);
    assert!(late.words().contains("Price 19.99 15.00 29.99"), "{}", late.words());
    assert_eq!(late.input("name"), "Desk lamp");
    let changes = app.db.products().price_history(DESK, &PageRequest::default()).unwrap();
    assert_eq!(changes.items.len(), 3);
}

#[test]
fn archiving_happens_at_once_and_can_be_undone() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let page = visitor.submit("/products/1/archive", &[("return", "/products?search=desk")]);
    assert!(page.page(200).contains("The product is archived"));
    assert_eq!(product(&app, 1).status, ProductStatus::Archived);
    assert!(page.text.contains("action=\"/products/1/unarchive\""));
    let page = visitor.submit("/products/1/unarchive", &[("return", "/products/1")]);
    assert!(page.page(200).contains("can be ordered again"));
    assert_eq!(product(&app, 1).status, ProductStatus::Active);
    visitor.post("/products/99/archive", &[]).page(404);
}

#[test]
fn scripts_in_names_are_text() {
    let app = TestApp::shop();
    let script = "<script>alert(1)</script>";
    meanwhile(&app, ProductPatch::default().name(script).description(script).sku("\"><b>"));
    let visitor = Visitor::new(&app);
    for path in ["/products", "/products/1", "/products/1/edit", "/products?search=%3Cscript%3E"] {
        assert!(!visitor.get(path).page(200).contains("<script>alert"), "{path}");
    }
    let all = app.db.products().list(&ProductFilter::default()).unwrap();
    assert_eq!(all.items[0].name, script);
}
