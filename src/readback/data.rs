//! The scorecard's files for other programs, read again: as texts by column, and their headlines.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::io::Cursor;

use polars::prelude::{
    ChunkCompareEq, DataType, ParallelStrategy, ParquetReader, PolarsError, PolarsResult, SerReader,
};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The texts of a document by the column they stand in: data say the same few words in thousands of rows.
#[derive(Debug, Default)]
pub struct Texts(BTreeMap<String, HashSet<String>>);

impl Texts {
    pub fn add(&mut self, column: &str, text: &str) {
        match self.0.get_mut(column) {
            Some(own) if own.contains(text) => {}
            Some(own) => _ = own.insert(text.to_owned()),
            None => _ = self.0.insert(column.to_owned(), HashSet::from([text.to_owned()])),
        }
    }

    /// The columns with their texts, in no order.
    pub fn columns(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = &str>)> {
        self.0.iter().map(|(column, texts)| (column.as_str(), texts.iter().map(String::as_str)))
    }
}

/// Texts of `scorecard.json`.
///
/// # Errors
/// It is no JSON.
pub fn json(bytes: &[u8]) -> Result<Texts, String> {
    let mut texts = Texts::default();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = Reading { column: "", texts: &mut texts }.deserialize(&mut reader).and_then(|()| reader.end());
    read.map(|()| texts).map_err(|error| error.to_string())
}

/// Texts of `scorecard.parquet`.
///
/// # Errors
/// It is no Parquet.
pub fn parquet(bytes: &[u8]) -> Result<Texts, String> {
    // All cores read packs back already.
    let reader = ParquetReader::new(Cursor::new(bytes)).read_parallel(ParallelStrategy::None);
    let frame = reader.finish().map_err(|error| error.to_string())?;
    let mut texts = Texts::default();
    for column in frame.columns().iter().filter(|column| *column.dtype() == DataType::String) {
        let cells = column.str().map_err(|error| error.to_string())?;
        cells.iter().flatten().for_each(|cell| texts.add(column.name(), cell));
    }
    Ok(texts)
}

/// A headline figure as the scorecard's files have it.
#[derive(Debug, Clone, PartialEq)]
pub struct Headline {
    /// The word of the unit of measurement.
    pub unit: String,
    /// In the words of the KPI book.
    pub status: String,
    pub value: Option<f64>,
    pub numerator: Option<f64>,
    pub denominator: Option<f64>,
}

/// The headlines of `scorecard.parquet` at a business unit by KPI, all members together.
///
/// # Errors
/// It is no Parquet, or not a scorecard's.
pub fn headlines(bytes: &[u8], business_unit: &str) -> Result<BTreeMap<String, Headline>, String> {
    // A malformed file makes some readers panic: that is the file's fault, and no reason to end.
    let rows = std::panic::catch_unwind(|| headline_rows(bytes, business_unit));
    let rows = rows.map_err(|_| "the reader failed on it".to_owned())?;
    rows.map_err(|error| error.to_string())
}

fn headline_rows(bytes: &[u8], business_unit: &str) -> PolarsResult<BTreeMap<String, Headline>> {
    let keys = ["companion", "business_unit", "dimension", "kpi", "unit", "status"];
    let figures = ["value", "numerator", "denominator"];
    let columns = keys.iter().chain(&figures).map(|name| (*name).to_owned()).collect();
    let reader = ParquetReader::new(Cursor::new(bytes)).read_parallel(ParallelStrategy::None);
    let all = reader.with_columns(Some(columns)).finish()?;
    let is = |column: &str, text: &str| Ok::<_, PolarsError>(all.column(column)?.str()?.equal(text));
    let rows = all.filter(&(is("companion", "")? & is("business_unit", business_unit)? & is("dimension", "")?))?;
    let texts = |name: &str| Ok::<_, PolarsError>(rows.column(name)?.str()?.iter().map(Option::unwrap_or_default));
    let numbers = |name: &str| Ok::<_, PolarsError>(rows.column(name)?.f64()?.iter());
    let words = texts("kpi")?.zip(texts("unit")?).zip(texts("status")?);
    let figures = numbers("value")?.zip(numbers("numerator")?).zip(numbers("denominator")?);
    let headline = |(((kpi, unit), status), ((value, numerator), denominator)): (((&str, &str), &str), _)| {
        let (unit, status) = (unit.to_owned(), status.to_owned());
        (kpi.to_owned(), Headline { unit, status, value, numerator, denominator })
    };
    Ok(words.zip(figures).map(headline).collect())
}

/// Reads a value on its way; its texts stand in the column of the nearest name.
struct Reading<'a> {
    column: &'a str,
    texts: &'a mut Texts,
}

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.texts.add(self.column, text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Reading { column: self.column, texts: &mut *self.texts })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key_seed(Name)? {
            fields.next_value_seed(Reading { column: &name, texts: &mut *self.texts })?;
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
}

/// The name of a field, without a copy where it is written as it is.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Self::Value, D::Error> {
        value.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{headlines, json};

    #[test]
    fn what_is_no_scorecard_has_no_headlines() {
        assert!(headlines(b"{}", "ALL").is_err());
    }

    #[test]
    fn texts_stand_in_the_column_of_the_nearest_name() {
        let texts = json(br#"{"a": "x", "rows": [{"b\u0062": "y", "c": null, "d": [1, -2, 0.5, true, "z"]}, "w"]}"#);
        let texts = texts.expect("JSON");
        let mut found: Vec<String> = Vec::new();
        for (column, said) in texts.columns() {
            found.extend(said.map(|text| format!("{column} {text}")));
        }
        assert_eq!(found, ["a x", "bb y", "d z", "rows w"]);
        for wrong in ["", "{", "{} x", "[1,]"] {
            assert!(json(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
