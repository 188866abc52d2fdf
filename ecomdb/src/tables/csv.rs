//! CSV as in RFC 4180, with line feeds. Money is decimal, times are RFC 3339, NULL is an empty field. Text is quoted
//! where required, and where empty, to distinguish it from NULL, as in PostgreSQL's COPY.

use std::borrow::Cow;
use std::io::Write as _;

use crate::engine::{Cell, Cells};
use crate::types::decimal::{push_decimal, push_integer, push_time};
use crate::types::is_printable;

/// Writer of CSV, which receives rows value by value. The default writes exact CSV.
///
/// [`Database::export`](crate::Database::export) writes whole tables. This is for rows that a program has read itself:
///
/// ```
/// use ecomdb::{Cell, Cells, Csv};
///
/// let mut csv = Csv::for_spreadsheet();
/// csv.header(&["product", "price"]);
/// csv.cell(Cell::Text("=1+1"));
/// csv.cell(Cell::Money(2999));
/// csv.end_row();
/// assert_eq!(csv.take(), b"product,price\n'=1+1,29.99\n");
/// ```
#[derive(Debug, Default)]
pub struct Csv {
    pub(crate) text: Vec<u8>,
    within_row: bool,
    for_spreadsheet: bool,
}

impl Csv {
    /// A writer that puts a `'` before text that a spreadsheet would run as a formula.
    #[must_use]
    pub fn for_spreadsheet() -> Self {
        Self { for_spreadsheet: true, ..Self::default() }
    }

    /// Writes the column names.
    pub fn header(&mut self, columns: &[&str]) {
        columns.iter().for_each(|column| self.cell(Cell::Text(column)));
        self.end_row();
    }

    /// The text that was written since the last call, in UTF-8.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.text)
    }

    #[inline]
    fn begin_cell(&mut self) {
        if self.within_row {
            self.text.push(b',');
        }
        self.within_row = true;
    }
}

impl Cells for Csv {
    #[inline]
    fn cell(&mut self, cell: Cell<'_>) {
        self.begin_cell();
        let out = &mut self.text;
        match cell {
            Cell::Null => {}
            Cell::Int(number) => push_integer(out, number),
            Cell::Money(minor) => push_decimal(out, minor),
            Cell::Text(text) if self.for_spreadsheet => push_text(out, &without_formulas(text)),
            Cell::Text(text) => push_text(out, text),
            Cell::Time(micros) => {
                push_time(out, micros, b'T');
                out.push(b'Z');
            }
            Cell::Flag(flag) => out.extend_from_slice(if flag { b"true" } else { b"false" }),
            Cell::Ratio(_) | Cell::Date(_) => {
                // Writing to memory cannot fail.
                let _ = write!(out, "{cell}");
            }
        }
    }

    #[inline]
    fn end_row(&mut self) {
        self.text.push(b'\n');
        self.within_row = false;
    }
}

/// The text with a `'` before each part that a spreadsheet would run as a formula (see OWASP, "CSV Injection").
///
/// A cell is a formula if it starts with `= + - @` or their wide or small forms, after blanks, quotes and invisible
/// characters, or if it starts with a tab or line break. A reader may use a semicolon or another separator, which
/// splits text into several cells. So each such part is checked.
fn without_formulas(text: &str) -> Cow<'_, str> {
    let starts = std::iter::once(0).chain(text.match_indices([';', '\t', '\n', '\r']).map(|(place, _)| place + 1));
    let dangerous: Vec<usize> = starts.filter(|start| is_formula(&text[*start..], *start == 0)).collect();
    if dangerous.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + dangerous.len());
    let mut copied = 0;
    for start in dangerous {
        safe.push_str(&text[copied..start]);
        safe.push('\'');
        copied = start;
    }
    safe.push_str(&text[copied..]);
    Cow::Owned(safe)
}

fn is_formula(part: &str, is_cell: bool) -> bool {
    const STARTS: [char; 12] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫'];
    let is_skipped = |c: char| c.is_whitespace() || c == '"' || !is_printable(c);
    (is_cell && part.starts_with(['\t', '\n', '\r'])) || part.trim_start_matches(is_skipped).starts_with(STARTS)
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    if !text.is_empty() && !text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    for (place, part) in text.split('"').enumerate() {
        if place > 0 {
            out.extend_from_slice(b"\"\"");
        }
        out.extend_from_slice(part.as_bytes());
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_formula_for_a_spreadsheet_and_numbers_stay_numbers() {
        for start in "=+-@＝＋－＠﹦﹢﹣﹫".chars() {
            for before in ["", " ", "\u{a0}\u{3000}", "\"", "\u{feff}", "\u{200b}", "\0", " \" \u{202e}"] {
                let formula = format!("{before}{start}cmd|' /C calc'!A0");
                assert_eq!(without_formulas(&formula), format!("'{formula}"));
                for separator in [';', '\t', '\n', '\r'] {
                    let text = format!("a{separator}{formula}{separator}b");
                    assert_eq!(without_formulas(&text), format!("a{separator}'{formula}{separator}b"));
                }
            }
        }
        for text in ["\tx", "\nx", "\rx"] {
            assert_eq!(without_formulas(text), format!("'{text}"));
        }
        for text in ["", "a", "a=b", "a, =b", "x@y.z", "'=1", "1-2; a-b", "\u{feff}a", "\"a\" = b", "Jean-Luc"] {
            assert_eq!(without_formulas(text), text);
        }
        let mut csv = Csv::for_spreadsheet();
        for cell in [Cell::Int(-7), Cell::Money(-5), Cell::Text("-7"), Cell::Text("=1,2"), Cell::Text(""), Cell::Null] {
            csv.cell(cell);
        }
        csv.cell(Cell::Ratio(-0.5));
        csv.end_row();
        assert_eq!(String::from_utf8(csv.text).unwrap(), "-7,-0.05,'-7,\"'=1,2\",\"\",,-0.5\n");
    }

    #[test]
    fn any_reader_of_csv_reads_it() {
        let texts = ["plain", "a,b", "say \"hi\"", "two\nlines", "", "Ærø \u{1F6D2}", "cr\r"];
        let mut csv = Csv::default();
        csv.header(&["id", "text", "price", "at", "none", "flag"]);
        for text in texts {
            for cell in [Cell::Int(-7), Cell::Text(text), Cell::Money(5), Cell::Time(1), Cell::Null, Cell::Flag(true)] {
                csv.cell(cell);
            }
            csv.end_row();
        }
        let mut reader = ::csv::Reader::from_reader(&csv.text[..]);
        let rows: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let read: Vec<&str> = rows.iter().map(|row| &row[1]).collect();
        assert_eq!(read, texts);
        assert_eq!(rows[0], vec!["-7", "plain", "0.05", "1970-01-01T00:00:00.000001Z", "", "true"]);
        assert!(String::from_utf8(csv.text).unwrap().contains("-7,\"\",0.05,"), "empty text is not NULL");
    }
}
