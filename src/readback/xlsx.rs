//! The workbook: typed cells compared with the scorecard's own values, and every other cell with the model.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};
use chrono::Datelike;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::data::Texts;
use super::plain::plain;
use super::{Compared, Source};
use crate::ids::ENTERPRISE;
use crate::report::{Cell, Datum, Sheet};
use crate::score::Score;

/// Rows above the data: the caption and the heads.
const CAPTION_ROW: usize = 0;
const HEAD_ROW: usize = 1;
/// Numbers of the scorecard are written with six decimals.
const TOLERANCE: f64 = 5.1e-7;
/// The longest text of a cell, in UTF-16 units.
const MOST_TEXT: usize = 32_766;
/// The scorecard's key columns.
const KEYS: [&str; 4] = ["kpi", "companion", "business_unit", "dimension"];

/// A workbook: names of its sheets, and their cells where they can be read.
pub struct Book {
    sheets: Vec<(String, Result<Range<Data>, String>)>,
}

/// Opens a workbook.
///
/// # Errors
/// What makes it unreadable, in words.
pub fn open(bytes: &[u8]) -> Result<Book, String> {
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let names = book.sheet_names();
    let cells = |name: String| {
        let cells = book.worksheet_range(&name).map_err(|error| error.to_string());
        (name, cells)
    };
    Ok(Book { sheets: names.into_iter().map(cells).collect() })
}

/// Compares every sheet.
pub fn compare(document: &'static str, book: &Book, source: &Source<'_>) -> Compared {
    let mut compared = Compared::of(document);
    if book.sheets.len() < source.model.sheets.len() {
        let expected = format!("{} sheets", source.model.sheets.len());
        let names: Vec<&str> = book.sheets.iter().map(|(name, _)| name.as_str()).collect();
        compared.figure("sheets".to_owned(), &expected, Err(names.join(", ")));
    }
    for (sheet, (name, cells)) in source.model.sheets.iter().zip(&book.sheets) {
        match cells {
            Ok(cells) if is_scorecard(sheet) => scorecard(&mut compared, name, cells, source),
            Ok(cells) => cells_of(&mut compared, name, cells, sheet),
            Err(error) => compared.figure(name.clone(), "a sheet", Err(error.clone())),
        }
    }
    compared
}

/// Every text of the workbook by sheet and column head, e.g. `Budget / Unit`.
///
/// # Errors
/// What makes a sheet unreadable, in words.
pub fn words(book: &Book) -> Result<Texts, String> {
    let mut words = Texts::default();
    for (name, cells) in &book.sheets {
        let cells = cells.as_ref().map_err(Clone::clone)?;
        let above = format!("{name} / ");
        words.add(&above, name);
        let heads: Vec<String> =
            (0..cells.width()).map(|column| format!("{above}{}", text_at(cells, HEAD_ROW, column))).collect();
        for (row, column, cell) in cells.cells() {
            if let Data::String(text) = cell {
                let head = if row > HEAD_ROW { heads.get(column).unwrap_or(&above) } else { &above };
                words.add(head, text);
            }
        }
    }
    Ok(words)
}

fn is_scorecard(sheet: &Sheet) -> bool {
    KEYS.iter().zip(&sheet.table.columns).all(|(key, column)| column.head == *key)
        && sheet.table.columns.len() > KEYS.len()
}

fn at(cells: &Range<Data>, row: usize, column: usize) -> &Data {
    let place = (u32::try_from(row).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX));
    cells.get_value(place).unwrap_or(&Data::Empty)
}

fn text_at(cells: &Range<Data>, row: usize, column: usize) -> String {
    match at(cells, row, column) {
        Data::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The scorecard's sheet, row by row by its key, with the scorecard itself: every figure of all members together stands
/// there, and what is said about those of single members is true.
fn scorecard(compared: &mut Compared, name: &str, cells: &Range<Data>, source: &Source<'_>) {
    let unit = &source.model.head.scope;
    let card = source.scorecard;
    let seen = |score: &&Score| unit == ENTERPRISE || card.units.is_within(&score.business_unit, unit);
    let key =
        |score: &Score| [&score.kpi, &score.companion, &score.business_unit, &score.dimension].map(|part| plain(part));
    let mut left: BTreeMap<[String; 4], &Score> =
        card.scores.iter().filter(seen).map(|score| (key(score), score)).collect();
    let (height, width) = cells.end().map_or((0, 0), |(row, column)| (row as usize + 1, column as usize + 1));
    let heads: Vec<String> = (0..width).map(|column| text_at(cells, HEAD_ROW, column)).collect();
    for row in HEAD_ROW + 1..height {
        let key = [0, 1, 2, 3].map(|column| plain(&text_at(cells, row, column)));
        let place = || {
            let parts: Vec<&str> = key.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
            format!("{name} / {}", parts.join(" "))
        };
        let Some(score) = left.remove(&key) else {
            compared.figure(
                place(),
                "a row of the scorecard, once",
                Err("a row that is not in the scorecard".to_owned()),
            );
            continue;
        };
        for (column, head) in heads.iter().enumerate().skip(KEYS.len()) {
            let found = at(cells, row, column);
            let wanted = match head.as_str() {
                "value" => Wanted::Number(score.value),
                "numerator" => Wanted::Number(score.numerator),
                "denominator" => Wanted::Number(score.denominator),
                "target" => Wanted::Number(score.target),
                "prior_value" => Wanted::Number(score.prior_value),
                "last_year_value" => Wanted::Number(score.last_year_value),
                "impact" => Wanted::Number(score.impact),
                "status" => Wanted::Text(score.status.word().to_owned()),
                _ => continue,
            };
            wanted.compare(compared, &|| format!("{} / {head}", place()), found);
        }
    }
    let (members, totals): (Vec<&Score>, Vec<&Score>) =
        left.into_values().partition(|score| !score.dimension.is_empty());
    for score in totals {
        let place = format!("{name} / {}", key(score).join(" "));
        compared.figure(place, "a row of the scorecard", Err("no such row".to_owned()));
    }
    // Figures of single members may be too many, and then it is said how many are left out.
    if !members.is_empty() {
        let caption = text_at(cells, CAPTION_ROW, 0);
        let digits: String = caption.chars().filter(char::is_ascii_digit).collect();
        let is_said = digits.contains(&members.len().to_string());
        let expected = format!("that {} rows are left out", members.len());
        compared.figure(format!("{name} / caption"), &expected, if is_said { Ok(()) } else { Err(caption) });
    }
}

/// Any other sheet, cell by cell with the model.
fn cells_of(compared: &mut Compared, name: &str, cells: &Range<Data>, sheet: &Sheet) {
    let height = cells.end().map_or(0, |(row, _)| row as usize + 1);
    let rows = height.saturating_sub(HEAD_ROW + 1);
    if rows > sheet.table.rows.len() {
        let expected = format!("{} rows", sheet.table.rows.len());
        compared.figure(name.to_owned(), &expected, Err(format!("{rows} rows")));
    }
    for (column, head) in sheet.table.columns.iter().enumerate() {
        let place = || format!("{name} / head");
        Wanted::Text(head.head.clone()).compare(compared, &place, at(cells, HEAD_ROW, column));
    }
    for (row, line) in (HEAD_ROW + 1..).zip(&sheet.table.rows) {
        for (column, cell) in line.cells.iter().enumerate() {
            let head = sheet.table.columns.get(column).map_or("", |column| column.head.as_str());
            let place = || format!("{name} / row {} / {head}", row + 1);
            wanted(cell).compare(compared, &place, at(cells, row, column));
        }
    }
}

enum Wanted {
    Number(Option<Decimal>),
    Float(f64),
    Date(chrono::NaiveDate),
    Text(String),
}

fn wanted(cell: &Cell) -> Wanted {
    match &cell.datum {
        Some(Datum::Number(value) | Datum::Percent(value) | Datum::Money(value)) if value.is_finite() => {
            Wanted::Float(*value)
        }
        Some(Datum::Date(date)) => Wanted::Date(*date),
        Some(Datum::Empty) => Wanted::Number(None),
        Some(Datum::Text(text)) => Wanted::Text(text.clone()),
        Some(Datum::Number(_) | Datum::Percent(_) | Datum::Money(_)) | None => Wanted::Text(cell.text.clone()),
    }
}

impl Wanted {
    fn compare(&self, compared: &mut Compared, place: &dyn Fn() -> String, found: &Data) {
        if self.is(found) {
            // A cell that is empty and must be is no figure.
            compared.figures += usize::from(!matches!(found, Data::Empty));
        } else {
            compared.figure(place(), &self.words(), Err(found.to_string()));
        }
    }

    fn is(&self, found: &Data) -> bool {
        let number = match found {
            Data::Float(value) => Some(*value),
            #[expect(clippy::cast_precision_loss, reason = "a spreadsheet holds whole numbers as floats too")]
            Data::Int(value) => Some(*value as f64),
            _ => None,
        };
        let near = |value: f64| number.is_some_and(|own| (own - value).abs() <= TOLERANCE.max(value.abs() * 1e-12));
        match self {
            Self::Number(None) => matches!(found, Data::Empty),
            Self::Number(Some(value)) => value.to_f64().is_some_and(near),
            Self::Float(value) => near(*value),
            Self::Date(date) => match found {
                Data::DateTime(found) => found.as_datetime().is_some_and(|found| found.date() == *date),
                // What Excel has no date for is written as words.
                Data::String(_) => !(1900..=9999).contains(&date.year()),
                _ => false,
            },
            Self::Text(text) => match found {
                Data::String(found) if found == text => true,
                Data::String(found) => {
                    let (found, wanted) = (plain(found), plain(text));
                    found == wanted || (text.encode_utf16().count() > MOST_TEXT && wanted.starts_with(&found))
                }
                Data::Empty => plain(text).is_empty(),
                _ => false,
            },
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Number(None) => "an empty cell".to_owned(),
            Self::Number(Some(value)) => value.normalize().to_string(),
            Self::Float(value) => value.to_string(),
            Self::Date(date) => date.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}
