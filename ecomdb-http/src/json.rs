//! JSON of resources and lists, byte for byte as serde_json writes it, in less time: text without characters to escape
//! is copied in one piece. Not for a `serde_json::Value`, whose numbers only serde_json can write.

use serde::Serialize;
use serde::ser::{
    Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::{Error, Result};

/// Initial size of the buffer, which fits most resources, in bytes.
const USUAL: usize = 1024;

/// The value as JSON.
pub(crate) fn to_vec(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(USUAL);
    value.serialize(Writer(&mut out))?;
    Ok(out)
}

/// Rows as a JSON array.
pub(crate) fn rows_to_vec(rows: &[impl Serialize]) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(USUAL);
    out.push(b'[');
    for (place, row) in rows.iter().enumerate() {
        match place {
            0 => {}
            1 => {
                // Assume that the other rows are about as long as the first.
                out.reserve((out.len() + out.len() / 8) * rows.len());
                out.push(b',');
            }
            _ => out.push(b','),
        }
        row.serialize(Writer(&mut out))?;
    }
    out.push(b']');
    Ok(out)
}

/// Appends a value.
struct Writer<'a>(&'a mut Vec<u8>);

impl<'a> Writer<'a> {
    fn text(self, text: &str) -> Result<()> {
        // Not `any`, whose early return would keep the compiler from testing many bytes at a time.
        let is_escaped = |byte: u8| (byte < 0x20) | (byte == b'"') | (byte == b'\\');
        if text.bytes().fold(false, |any, byte| any | is_escaped(byte)) {
            return self.other(text);
        }
        self.0.reserve(text.len() + 2);
        self.0.push(b'"');
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(b'"');
        Ok(())
    }

    /// A number, or any other value that serde_json writes.
    fn other(self, value: impl Serialize) -> Result<()> {
        serde_json::to_writer(self.0, &value)
    }

    fn members(self, open: &str, close: &'static str) -> Members<'a> {
        self.0.extend_from_slice(open.as_bytes());
        Members { out: self.0, close, is_first: true }
    }

    /// `{"variant":`, for a variant with content.
    fn variant(&mut self, variant: &str) -> Result<()> {
        self.0.push(b'{');
        Writer(self.0).text(variant)?;
        self.0.push(b':');
        Ok(())
    }
}

/// Appends the members of an array or object.
struct Members<'a> {
    out: &'a mut Vec<u8>,
    close: &'static str,
    is_first: bool,
}

impl Members<'_> {
    fn separate(&mut self) {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(b',');
        }
    }

    fn element(&mut self, value: &(impl Serialize + ?Sized)) -> Result<()> {
        self.separate();
        value.serialize(Writer(self.out))
    }

    fn field(&mut self, name: &str, value: &(impl Serialize + ?Sized)) -> Result<()> {
        self.separate();
        Writer(self.out).text(name)?;
        self.out.push(b':');
        value.serialize(Writer(self.out))
    }

    fn key(&mut self, key: &(impl Serialize + ?Sized)) -> Result<()> {
        self.separate();
        let start = self.out.len();
        key.serialize(Writer(self.out))?;
        let is_text = self.out.get(start) == Some(&b'"');
        is_text.then_some(()).ok_or_else(|| Error::custom("a key must be a text"))
    }

    fn value(&mut self, value: &(impl Serialize + ?Sized)) -> Result<()> {
        self.out.push(b':');
        value.serialize(Writer(self.out))
    }

    fn close(self) -> Result<()> {
        self.out.extend_from_slice(self.close.as_bytes());
        Ok(())
    }
}

macro_rules! others {
    ($($method:ident: $type:ty),+ $(,)?) => {
        $(fn $method(self, value: $type) -> Result<()> {
            self.other(value)
        })+
    };
}

impl<'a> Serializer for Writer<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Members<'a>;
    type SerializeTuple = Members<'a>;
    type SerializeTupleStruct = Members<'a>;
    type SerializeTupleVariant = Members<'a>;
    type SerializeMap = Members<'a>;
    type SerializeStruct = Members<'a>;
    type SerializeStructVariant = Members<'a>;

    others! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_u128: u128,
        serialize_f32: f32,
        serialize_f64: f64,
        serialize_char: char,
        serialize_bytes: &[u8],
    }

    fn serialize_str(self, text: &str) -> Result<()> {
        self.text(text)
    }

    fn serialize_none(self) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        self.0.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> Result<()> {
        self.text(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()> {
        self.variant(variant)?;
        value.serialize(Writer(self.0))?;
        self.0.push(b'}');
        Ok(())
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Members<'a>> {
        Ok(self.members("[", "]"))
    }

    fn serialize_tuple(self, _length: usize) -> Result<Members<'a>> {
        Ok(self.members("[", "]"))
    }

    fn serialize_tuple_struct(self, _name: &'static str, _length: usize) -> Result<Members<'a>> {
        Ok(self.members("[", "]"))
    }

    fn serialize_tuple_variant(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Members<'a>> {
        self.variant(variant)?;
        Ok(self.members("[", "]}"))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Members<'a>> {
        Ok(self.members("{", "}"))
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Members<'a>> {
        Ok(self.members("{", "}"))
    }

    fn serialize_struct_variant(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Members<'a>> {
        self.variant(variant)?;
        Ok(self.members("{", "}}"))
    }
}

macro_rules! members {
    ($($trait:ident { $($method:ident($($name:ident: $of:ty)?) => $as:ident),+ })+) => {$(
        impl $trait for Members<'_> {
            type Ok = ();
            type Error = Error;

            $(fn $method<T: Serialize + ?Sized>(&mut self, $($name: $of,)? value: &T) -> Result<()> {
                self.$as($($name,)? value)
            })+

            fn end(self) -> Result<()> {
                self.close()
            }
        }
    )+};
}

members! {
    SerializeSeq { serialize_element() => element }
    SerializeTuple { serialize_element() => element }
    SerializeTupleStruct { serialize_field() => element }
    SerializeTupleVariant { serialize_field() => element }
    SerializeStruct { serialize_field(name: &'static str) => field }
    SerializeStructVariant { serialize_field(name: &'static str) => field }
    SerializeMap { serialize_key() => key, serialize_value() => value }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Serialize)]
    struct Row {
        id: i64,
        name: &'static str,
        ratio: f64,
        note: Option<char>,
        pair: (u8, bool),
        kinds: Vec<Kind>,
        by_name: BTreeMap<String, u64>,
    }

    #[derive(Serialize)]
    enum Kind {
        #[serde(rename = "a \"word\"")]
        Word,
        One(i32),
        Two(i8, Unit),
        Named {
            text: String,
        },
    }

    #[derive(Serialize)]
    struct Unit;

    fn row(name: &'static str) -> Row {
        let kinds = vec![Kind::Word, Kind::One(-1), Kind::Two(2, Unit), Kind::Named { text: "\u{1}".to_owned() }];
        let by_name = [("b\\".to_owned(), 2), ("a".to_owned(), u64::MAX)].into();
        Row { id: i64::MIN, name, ratio: 0.1, note: name.chars().next(), pair: (1, true), kinds, by_name }
    }

    #[test]
    fn rows_are_written_as_serde_json_writes_them() {
        let texts = ["", "plain", "of \"quotes\"", "back\\slash", "a\tb\nc\u{0}\u{1f}\u{7f}", "Grüße, 漢字 🛒", "\""];
        let rows = texts.map(row);
        for count in 0..=rows.len() {
            assert_eq!(rows_to_vec(&rows[..count]).unwrap(), serde_json::to_vec(&rows[..count]).unwrap());
        }
        assert_eq!(to_vec(&rows).unwrap(), serde_json::to_vec(&rows).unwrap());
        let empty: (Vec<Row>, BTreeMap<String, i64>, Option<f32>) = Default::default();
        assert_eq!(to_vec(&empty).unwrap(), serde_json::to_vec(&empty).unwrap());
    }
}
