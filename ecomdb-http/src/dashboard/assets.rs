//! Style sheet, scripts, icons and font: part of the program, under addresses with a hash of their content.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, HeaderValue};
use axum::response::Response;
use ecomdb::quoted;

use crate::etag::etag;
use crate::extract::{IfNoneMatch, Segment};
use crate::problem::{Problem, kinds};
use crate::respond::Document;

/// A source file of the repository, or several that are served as one.
struct File {
    name: &'static str,
    content_type: &'static str,
    /// Names and contents of its source files, in order.
    parts: &'static [(&'static str, &'static [u8])],
}

macro_rules! parts {
    ($name:literal) => { parts!($name: $name) };
    ($name:literal: $($part:literal),+) => {
        &[$(($part, include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/", $part)).as_slice())),+]
    };
}

macro_rules! files {
    ($($name:literal $(made of $($part:literal),+)? = $content_type:literal;)+) => {
        /// All files. A file that refers to another by `"./NAME"` comes after it.
        const FILES: &[File] = &[$(File {
            name: $name,
            content_type: $content_type,
            parts: parts!($name $(: $($part),+)?),
        }),+];
    };
}

files! {
    "inter.woff2" = "font/woff2";
    "dashboard.css" made of "style/base.css", "style/shell.css", "style/cards.css", "style/tables.css",
        "style/choices.css", "style/forms.css", "style/messages.css", "style/charts.css", "style/print.css"
        = "text/css; charset=utf-8";
    "icons.svg" = "image/svg+xml";
    "icon.svg" = "image/svg+xml";
    "page.js" = "text/javascript; charset=utf-8";
    "forms.js" = "text/javascript; charset=utf-8";
    "rows.js" = "text/javascript; charset=utf-8";
    "copy.js" = "text/javascript; charset=utf-8";
    "print.js" = "text/javascript; charset=utf-8";
    "keys.js" = "text/javascript; charset=utf-8";
    "palette.js" = "text/javascript; charset=utf-8";
    "charts.js" = "text/javascript; charset=utf-8";
    "live.js" = "text/javascript; charset=utf-8";
    "dashboard.js" = "text/javascript; charset=utf-8";
}

/// A served file.
struct Asset {
    name: &'static str,
    /// Path with a hash of the content.
    path: String,
    document: Document,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    FILES.iter().fold(Vec::new(), |mut ready: Vec<Asset>, file| {
        let bytes = with_references(file, &ready);
        ready.push(Asset::new(file, bytes));
        ready
    })
});

/// The content, with each reference to another file replaced by the path of that file.
fn with_references(file: &File, ready: &[Asset]) -> Bytes {
    let content: Vec<u8> = file.parts.iter().flat_map(|(_, part)| part.iter().copied()).collect();
    let Some(text) = std::str::from_utf8(&content).ok().filter(|text| text.contains("\"./")) else {
        return content.into();
    };
    let refer =
        |text: String, other: &Asset| text.replace(&format!("\"./{}\"", other.name), &format!("\"{}\"", other.path));
    ready.iter().fold(text.to_owned(), refer).into()
}

impl Asset {
    fn new(file: &File, bytes: Bytes) -> Self {
        let digest = etag(&bytes);
        let hash = digest.get(1..13).unwrap_or_default();
        let (stem, extension) = file.name.rsplit_once('.').unwrap_or((file.name, "bin"));
        let path = format!("/assets/{stem}.{hash}.{extension}");
        Self { name: file.name, path, document: Document::new(file.content_type, bytes) }
    }
}

/// The path of a file, for templates: `asset("dashboard.css")`.
///
/// # Errors
/// If there is no such file, which fails the template.
pub(super) fn asset(name: &str) -> Result<&'static str, String> {
    let asset = ASSETS.iter().find(|asset| asset.name == name);
    asset.map(|asset| asset.path.as_str()).ok_or_else(|| format!("there is no asset {name}"))
}

/// Browsers may keep a file forever: changed content has another path.
pub(super) async fn show_asset(
    Segment(file): Segment,
    unless: IfNoneMatch,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    const KEEP: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
    let found = ASSETS.iter().find(|asset| asset.path.strip_prefix("/assets/") == Some(&file));
    let asset =
        found.ok_or_else(|| Problem::new(&kinds::NO_ROUTE, format!("the dashboard has no file {}", quoted(&file))))?;
    let mut response = asset.document.show(&headers, &unless);
    response.headers_mut().insert(CACHE_CONTROL, KEEP);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_served_and_refers_to_files_that_are() {
        let files = |folder: &str| -> Vec<String> {
            let present = std::fs::read_dir(format!("{}/assets/{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap();
            let present = present.map(Result::unwrap).filter(|entry| entry.file_type().unwrap().is_file());
            present.map(|file| format!("{folder}{}", file.file_name().into_string().unwrap())).collect()
        };
        let mut present = [files(""), files("style/")].concat();
        present.retain(|name| !name.ends_with(".txt"));
        present.sort();
        let mut listed: Vec<_> = FILES.iter().flat_map(|file| file.parts).map(|(name, _)| *name).collect();
        listed.sort_unstable();
        assert_eq!(present, listed);
        for (position, file) in FILES.iter().enumerate() {
            let ready: Vec<_> = FILES[..position].iter().map(|file| Asset::new(file, Bytes::new())).collect();
            let text = String::from_utf8_lossy(&with_references(file, &ready)).into_owned();
            let references = text.split("\"./").skip(1).map(|rest| rest.split('"').next().unwrap());
            let missing: Vec<_> = references.filter(|name| name.contains('.')).collect();
            assert!(missing.is_empty(), "{} refers to {missing:?}, not listed before it", file.name);
        }
    }

    #[test]
    fn a_file_has_a_path_with_a_hash_of_its_content() {
        let path = asset("dashboard.css").unwrap();
        let hash = path.strip_prefix("/assets/dashboard.").unwrap().strip_suffix(".css").unwrap();
        assert!(hash.len() == 12 && hash.bytes().all(|digit| digit.is_ascii_hexdigit()), "{path}");
        assert_eq!(asset("nothing.css"), Err("there is no asset nothing.css".to_owned()));
    }
}
