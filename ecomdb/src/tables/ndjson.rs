//! Newline-delimited JSON: money as decimal text, times in RFC 3339, as in the REST API.

use crate::engine::{Cell, Cells};
use crate::types::decimal::{push_decimal, push_integer, push_time};

/// JSON text and the state of the current row.
#[derive(Debug)]
pub(crate) struct Ndjson {
    pub(crate) text: Vec<u8>,
    /// Text before each value: `{"id":`, `,"email":`, ...
    keys: Vec<Vec<u8>>,
    column: usize,
}

impl Ndjson {
    pub(crate) fn new(columns: &[&str]) -> Self {
        let key = |(place, column): (usize, &&str)| {
            let mut key = vec![if place == 0 { b'{' } else { b',' }];
            push_text(&mut key, column);
            key.push(b':');
            key
        };
        Self { text: Vec::new(), keys: columns.iter().enumerate().map(key).collect(), column: 0 }
    }
}

impl Cells for Ndjson {
    fn cell(&mut self, cell: Cell<'_>) {
        let out = &mut self.text;
        if let Some(key) = self.keys.get(self.column) {
            out.extend_from_slice(key);
        }
        self.column += 1;
        match cell {
            Cell::Null => out.extend_from_slice(b"null"),
            Cell::Int(number) => push_integer(out, number),
            Cell::Money(minor) => {
                out.push(b'"');
                push_decimal(out, minor);
                out.push(b'"');
            }
            Cell::Text(text) => push_text(out, text),
            Cell::Ratio(_) | Cell::Date(_) => push_json(out, &cell),
            Cell::Time(micros) => {
                out.push(b'"');
                push_time(out, micros, b'T');
                out.extend_from_slice(b"Z\"");
            }
            Cell::Flag(flag) => out.extend_from_slice(if flag { b"true" } else { b"false" }),
        }
    }

    fn end_row(&mut self) {
        self.text.extend_from_slice(b"}\n");
        self.column = 0;
    }
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    push_json(out, text);
}

fn push_json(out: &mut Vec<u8>, value: &(impl serde::Serialize + ?Sized)) {
    // Writing text or a number to memory cannot fail.
    let _ = serde_json::to_writer(out, value);
}
