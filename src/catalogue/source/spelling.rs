//! How values are written: empty words, dates, zones, numbers, yes and no.

use chrono_tz::Tz;
use serde::{Deserialize, Deserializer};

/// How values are written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Spelling {
    /// Words that mean empty, in any case.
    pub null: Vec<String>,
    pub dates: Option<Dates>,
    /// Zone of stamps that name none; without it UTC.
    pub zone: Option<Tz>,
    pub numbers: Option<Numbers>,
    #[serde(rename = "true")]
    pub yes: Vec<String>,
    #[serde(rename = "false")]
    pub no: Vec<String>,
}

/// How dates are written; ISO dates are always read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Words")]
pub enum Dates {
    Order(DateOrder),
    /// strftime formats.
    Formats(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateOrder {
    DayFirst,
    MonthFirst,
    YearFirst,
    /// Days since 1899-12-30, as Excel counts.
    Excel,
    /// Seconds since 1970.
    Epoch,
    /// Milliseconds since 1970.
    EpochMs,
}

impl From<DateOrder> for Dates {
    fn from(order: DateOrder) -> Self {
        Self::Order(order)
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    One(String),
    Many(Vec<String>),
}

impl TryFrom<Words> for Dates {
    type Error = String;

    fn try_from(words: Words) -> Result<Self, String> {
        let word = match words {
            Words::Many(formats) => return Ok(Self::Formats(formats)),
            Words::One(format) if format.contains('%') => return Ok(Self::Formats(vec![format])),
            Words::One(word) => word,
        };
        let known = [
            ("dmy", DateOrder::DayFirst),
            ("mdy", DateOrder::MonthFirst),
            ("ymd", DateOrder::YearFirst),
            ("excel", DateOrder::Excel),
            ("epoch", DateOrder::Epoch),
            ("epoch_ms", DateOrder::EpochMs),
        ];
        let found = known.iter().find(|(name, _)| *name == word).map(|(_, order)| Self::Order(*order));
        found
            .ok_or_else(|| format!("`{word}` is no date order: write dmy, mdy, ymd, excel, epoch, epoch_ms or formats"))
    }
}

/// The separators of a number, given by an example such as `1.234,56`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Numbers {
    pub thousands: Option<char>,
    pub decimal: char,
}

impl TryFrom<String> for Numbers {
    type Error = String;

    fn try_from(example: String) -> Result<Self, String> {
        let signs: Vec<char> = example.chars().filter(|letter| !letter.is_ascii_digit()).collect();
        match signs.as_slice() {
            [decimal @ ('.' | ',')] => Ok(Self { thousands: None, decimal: *decimal }),
            [thousands, decimal @ ('.' | ',')] if thousands != decimal => {
                Ok(Self { thousands: Some(*thousands), decimal: *decimal })
            }
            _ => Err(format!("`{example}` is no example of a number: write 1234.56, 1,234.56, 1.234,56 or 1 234,56")),
        }
    }
}

/// What the cells of a column are; `"date"` alone is short for `{ type = "date" }`.
#[derive(Debug, Clone)]
pub struct Typing {
    pub kind: CellKind,
    pub dates: Option<Dates>,
    pub zone: Option<Tz>,
    pub numbers: Option<Numbers>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellKind {
    Date,
    Stamp,
    Month,
    Number,
    Bool,
    /// In SQL a number of seconds.
    Duration,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TypingTable {
    #[serde(rename = "type")]
    kind: CellKind,
    dates: Option<Dates>,
    zone: Option<Tz>,
    numbers: Option<Numbers>,
}

impl<'de> Deserialize<'de> for Typing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::{IntoDeserializer, value::StringDeserializer};
        match deserializer.deserialize_any(WordOr::<TypingTable>(std::marker::PhantomData))? {
            Either::Word(word) => {
                let word: StringDeserializer<D::Error> = word.into_deserializer();
                CellKind::deserialize(word).map(|kind| Self { kind, dates: None, zone: None, numbers: None })
            }
            Either::Table(TypingTable { kind, dates, zone, numbers }) => Ok(Self { kind, dates, zone, numbers }),
        }
    }
}

/// A word or a table, so that a mistake in the table is told as such.
pub struct WordOr<T>(pub std::marker::PhantomData<T>);

pub enum Either<T> {
    Word(String),
    Table(T),
}

impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for WordOr<T> {
    type Value = Either<T>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a word or a table")
    }

    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Either<T>, E> {
        Ok(Either::Word(word.to_owned()))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Either<T>, A::Error> {
        T::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(Either::Table)
    }
}
