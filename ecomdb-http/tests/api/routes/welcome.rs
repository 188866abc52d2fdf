//! `/`

use crate::support::TestApp;

#[test]
fn every_link_of_the_page_leads_somewhere() {
    let app = TestApp::shop();
    let page = app.get("/");
    assert_eq!(page.header("Content-Type"), "text/html; charset=utf-8");
    let links: Vec<_> = page.text.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(links.iter().filter(|link| link.starts_with("/api/analytics/")).count(), 18);
    for link in links {
        assert_eq!(app.get(link).status, 200, "{link}");
    }
}
