//! CSV as in RFC 4180, with line feeds. Money is decimal, times are RFC 3339, NULL is an empty field; text is quoted
//! where it must be and where it is empty, so that it can be told from NULL, as PostgreSQL's COPY does.

use super::decimal::{push_decimal, push_integer, push_time};
use super::{Cell, Cells};

/// Rows on their way to a file.
#[derive(Debug, Default)]
pub(crate) struct Csv {
    pub(crate) text: Vec<u8>,
    within_row: bool,
}

impl Csv {
    /// The names of the columns.
    pub(crate) fn header(&mut self, columns: &[&str]) {
        columns.iter().for_each(|column| self.cell(Cell::Text(column)));
        self.end_row();
    }
}

impl Cells for Csv {
    #[inline]
    fn cell(&mut self, cell: Cell<'_>) {
        let out = &mut self.text;
        if self.within_row {
            out.push(b',');
        }
        self.within_row = true;
        match cell {
            Cell::Null => {}
            Cell::Int(number) => push_integer(out, number),
            Cell::Money(minor) => push_decimal(out, minor),
            Cell::Text(text) => push_text(out, text),
            Cell::Time(micros) => {
                push_time(out, micros, b'T');
                out.push(b'Z');
            }
            Cell::Flag(flag) => out.extend_from_slice(if flag { b"true" } else { b"false" }),
        }
    }

    #[inline]
    fn end_row(&mut self) {
        self.text.push(b'\n');
        self.within_row = false;
    }
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
