//! Images of products.

use std::collections::HashMap;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, Queryable};
use diesel::sql_types::{BigInt, Text};
use serde::{Deserialize, Serialize};

use super::Product;
use crate::engine::{Connection, sql};
use crate::error::{Fields, Invalid, Result};
use crate::types::text;

/// An image of a product. Its address is stored and shown; the shop does not fetch it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ProductImage {
    /// Address: `https://...`, `http://...`, or an absolute path such as `/images/lamp.webp`.
    pub url: String,
    /// Alternative text; may be empty.
    #[serde(default)]
    pub alt: String,
}

impl ProductImage {
    /// Maximum length of an address in characters.
    pub const MAX_URL: usize = 1_000;
    /// Maximum length of an alternative text in characters.
    pub const MAX_ALT: usize = 500;

    /// An image at this address. The operation that stores it validates it.
    pub fn new(url: impl Into<String>, alt: impl Into<String>) -> Self {
        Self { url: url.into(), alt: alt.into() }
    }
}

/// The validated images; errors name each wrong field, such as `images[2].url`.
pub(crate) fn checked(images: Vec<ProductImage>) -> Result<Vec<ProductImage>, Invalid> {
    let mut fields = Fields::default();
    if images.len() > Product::MAX_IMAGES {
        fields.add("images", format!("must be at most {}, not {}", Product::MAX_IMAGES, images.len()));
        return fields.finish_with(|| Some(images));
    }
    let mut checked = Vec::with_capacity(images.len());
    for (place, ProductImage { url, alt }) in images.into_iter().enumerate() {
        let url = fields.check(address(&format!("images[{place}].url"), &url));
        let alt = fields.check(text::optional(&format!("images[{place}].alt"), &alt, ProductImage::MAX_ALT));
        checked.extend(url.zip(alt).map(|(url, alt)| ProductImage { url, alt }));
    }
    fields.finish_with(|| Some(checked))
}

/// Validates the address of an image.
fn address(field: &str, url: &str) -> Result<String, Invalid> {
    let url = url.trim();
    if url.len() > ProductImage::MAX_URL {
        let (most, length) = (ProductImage::MAX_URL, url.chars().count());
        return Err(Invalid::new(field, format!("must have at most {most} characters, not {length}")));
    }
    let is_allowed =
        |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}');
    if let Some(c) = url.chars().find(|c| !is_allowed(*c)) {
        let code = u32::from(c);
        return Err(Invalid::new(field, format!("must not have the character U+{code:04X}: encode it with %")));
    }
    let is_path = url.starts_with('/') && !url.starts_with("//");
    if is_path || has_host(url) {
        return Ok(url.to_owned());
    }
    let allowed =
        "must begin with https:// or http:// and a host without user name, or be a path that begins with one /";
    Err(Invalid::new(field, allowed))
}

fn has_host(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    is_web && host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[') && !host.contains('@')
}

/// Reads the images of products. Without any, it reads nothing.
pub(super) fn read(conn: &mut Connection, products: &mut [Product]) -> Result<()> {
    let with_images = products.iter().filter(|product| !product.images.is_empty());
    let ids = with_images.fold(sql(""), |ids, product| ids.int(product.id));
    if products.iter().all(|product| product.images.is_empty()) {
        return Ok(());
    }
    let (is_among, ids) = conn.among(&["product_id"], ids);
    let select =
        format!("SELECT product_id, url, alt FROM product_images WHERE {is_among} ORDER BY product_id, position");
    let rows = sql(select).all(ids).rows::<(BigInt, Text, Text), (i64, String, String)>(conn)?;
    let mut images: HashMap<i64, Vec<ProductImage>> = HashMap::new();
    for (product, url, alt) in rows {
        images.entry(product).or_default().push(ProductImage { url, alt });
    }
    for product in products {
        product.images = images.remove(&product.id.get()).unwrap_or_default();
    }
    Ok(())
}

/// Replaces the images of a product that is locked. The caller sets `products.image_count`.
pub(super) fn replace(conn: &mut Connection, product: &Product, images: &[ProductImage]) -> Result<()> {
    if !product.images.is_empty() {
        sql("DELETE FROM product_images WHERE product_id = ?").int(product.id).run(conn)?;
    }
    if images.is_empty() {
        return Ok(());
    }
    let values = images.iter().zip(1..).fold(sql(""), |values, (image, position)| {
        values.int(product.id).int(position).text(image.url.as_str()).text(image.alt.as_str())
    });
    conn.insert_rows("product_images (product_id, position, url, alt)", images.len(), values).run(conn)?;
    Ok(())
}

/// Images that were counted and not yet read: as many empty ones, which [`read`] replaces.
pub struct Counted(i64);

impl<DB: Backend> Queryable<BigInt, DB> for Counted
where
    i64: FromSql<BigInt, DB>,
{
    type Row = i64;

    fn build(count: i64) -> deserialize::Result<Self> {
        Ok(Self(count))
    }
}

impl From<Counted> for Vec<ProductImage> {
    fn from(Counted(count): Counted) -> Self {
        vec![ProductImage::default(); usize::try_from(count).unwrap_or_default()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_of_the_web_or_paths() {
        for right in ["https://cdn.example/a.webp", "HTTP://[::1]:80", "/a/b.png?w=1#x", "/", "https://a.b/%C3%A9"] {
            assert_eq!(address("url", &format!(" {right} ")).unwrap(), right);
        }
        let long = format!("/{}", "a".repeat(ProductImage::MAX_URL));
        for wrong in [
            "",
            "a.png",
            "//cdn.example/a.png",
            "/\\cdn.example",
            "javascript:alert(1)",
            "data:image/png;base64,AA",
            "ftp://a.b/c",
            "https://",
            "https:///a",
            "https://u:p@a.b/",
            "https://a.b/c d",
            "https://a.b/é",
            &long,
        ] {
            assert_eq!(address("url", wrong).unwrap_err().fields()[0].field, "url", "{wrong:?}");
        }
    }
}
