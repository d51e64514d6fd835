//! Cells in the canonical spelling. Of each column there is, from here on, a typed one for SQL, and `_text_<name>` with
//! the cells that no type could read as they stood.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use polars::prelude::*;

use super::dates::{self, Moment};
use super::numbers::{self, PLAIN};
use super::{Work, fields};
use crate::catalogue::{
    CellKind, Column as Definition, ColumnType, Contract, DateOrder, Dates, Numbers, Source, name_of,
};
use crate::conform::coerce;
use crate::finding::{Finding, Level, counted};

const YES: [&str; 9] = ["true", "yes", "y", "1", "on", "ja", "oui", "si", "enabled"];
const NO: [&str; 8] = ["false", "no", "n", "0", "off", "nein", "non", "disabled"];

/// Months as budgets and ledgers write them, beside dates.
const MONTHS: [&str; 9] = ["%Y-%m", "%m/%Y", "%b %Y", "%B %Y", "%b-%y", "%b-%Y", "%Y%m", "%m.%Y", "%Y/%m"];

/// What the cells of each column are: as `types` says, else as the target column they go to.
pub fn kinds(source: &Source, contract: &Contract) -> BTreeMap<String, CellKind> {
    let mut kinds = BTreeMap::new();
    for (target, field) in source.columns.iter().filter(|(_, field)| field.values.is_empty()) {
        let (Some(from), Some(column)) = (&field.from, contract.columns.get(target)) else { continue };
        let kind = match column.kind {
            ColumnType::Date => CellKind::Date,
            ColumnType::Stamp => CellKind::Stamp,
            ColumnType::Month => CellKind::Month,
            ColumnType::Int | ColumnType::Number | ColumnType::Money | ColumnType::Rate => CellKind::Number,
            ColumnType::Bool => CellKind::Bool,
            ColumnType::Text | ColumnType::Serial | ColumnType::Enum | ColumnType::Currency => continue,
        };
        // A column that serves as date and as stamp is a stamp.
        let known = kinds.entry(name_of(from)).or_insert(kind);
        *known = if (*known, kind) == (CellKind::Date, CellKind::Stamp) { kind } else { *known };
    }
    kinds.extend(source.types.iter().map(|(header, typing)| (name_of(header), typing.kind)));
    kinds
}

/// The engine's type of a column for SQL.
pub fn sql_type(kind: CellKind) -> ColumnType {
    match kind {
        CellKind::Date => ColumnType::Date,
        CellKind::Stamp => ColumnType::Stamp,
        CellKind::Month => ColumnType::Month,
        CellKind::Number | CellKind::Duration => ColumnType::Money,
        CellKind::Bool => ColumnType::Bool,
    }
}

/// How the cells of one column are written.
struct Notation {
    kind: CellKind,
    dates: Option<Dates>,
    zone: Option<Tz>,
    /// `None` where no cell of the file tells.
    numbers: Option<Numbers>,
}

impl Work<'_> {
    pub(super) fn spell(&mut self, table: &DataFrame) -> PolarsResult<DataFrame> {
        let kinds = kinds(self.source, self.contract);
        let notations = self.notations(table, &kinds)?;
        let taken = fields::taken(self.source);
        let mut spelt = table.clone();
        for (name, notation) in &notations {
            let text = table.column(name)?.str()?.clone();
            let mut bad: Option<(usize, String)> = None;
            let mut count = 0;
            let (mut as_text, mut right) = (Vec::with_capacity(text.len()), Vec::with_capacity(text.len()));
            for (row, cell) in text.iter().enumerate() {
                let canonical = cell.map(|cell| self.canonical(cell, notation));
                if let (Some(cell), Some(None)) = (cell, &canonical) {
                    bad.get_or_insert_with(|| (row, cell.to_owned()));
                    count += 1;
                }
                right.push(canonical.clone().flatten().flatten());
                as_text.push(match canonical {
                    Some(Some(read)) => read,
                    // A point that nothing decides must not pass for the canonical one.
                    Some(None) if notation.numbers.is_none() && cell.is_some_and(|cell| self.is_open(cell)) => {
                        cell.map(|cell| format!("{cell} or {}", cell.replace('.', "")))
                    }
                    Some(None) | None => cell.map(str::to_owned),
                });
            }
            // A cell of a column that goes straight to a target is told with its row there.
            if let Some((row, cell)) = bad.filter(|_| !taken.contains(name)) {
                let row = table.column("_row")?.u32()?.get(row).map(u64::from);
                let message = format!(
                    "{} of `{name}` unreadable and taken as empty, the first is `{cell}`",
                    counted(count, "cell")
                );
                let hint = format!("correct the export, or declare the notation in {}", self.place());
                self.findings
                    .push(self.note(Level::Warning, "unreadable", message, &hint).at(row, Some(name)).times(count));
            }
            let definition = Definition { kind: sql_type(notation.kind), required: false, values: Vec::new() };
            let right = Series::new(name.as_str().into(), right);
            let typed = coerce::typed(&right, &definition, self.context.zone)?.series;
            spelt.with_column(typed.with_name(name.as_str().into()).into_column())?;
            spelt.with_column(Series::new(format!("_text_{name}").into(), as_text).into_column())?;
        }
        self.currencies(table)?;
        Ok(spelt)
    }

    /// `None` where the cell cannot be read; `Some(None)` where it means nothing.
    #[expect(clippy::option_option, reason = "unreadable and empty are different things")]
    fn canonical(&self, cell: &str, notation: &Notation) -> Option<Option<String>> {
        let moment = |cell: &str| dates::moment(cell, notation.dates.as_ref());
        match notation.kind {
            CellKind::Date | CellKind::Stamp => moment(cell).map(|moment| moment.canonical(notation.zone)),
            CellKind::Month => month(cell, moment(cell)).map(Some),
            CellKind::Number => match notation.numbers {
                None if self.is_open(cell) => None,
                known => numbers::number(cell, known.unwrap_or(PLAIN)).map(|number| Some(number.to_string())),
            },
            CellKind::Duration => numbers::duration(cell).map(|seconds| Some(seconds.to_string())),
            CellKind::Bool => {
                let is = |own: &[String], words: &[&str]| {
                    let own = own.iter().map(String::as_str);
                    own.chain(words.iter().copied()).any(|word| word.to_lowercase() == cell.to_lowercase())
                };
                let spelling = &self.source.spelling;
                match (is(&spelling.yes, &[]), is(&spelling.no, &[]), is(&[], &YES), is(&[], &NO)) {
                    (true, ..) | (false, false, true, _) => Some(Some("true".to_owned())),
                    (_, true, ..) | (.., true) => Some(Some("false".to_owned())),
                    _ => None,
                }
            }
        }
    }

    /// The notation of every typed column: declared, else decided once from all cells of the file.
    fn notations(
        &mut self,
        table: &DataFrame,
        kinds: &BTreeMap<String, CellKind>,
    ) -> PolarsResult<BTreeMap<String, Notation>> {
        let spelling = &self.source.spelling;
        let typing = |name: &str| self.source.types.iter().find(|(header, _)| name_of(header) == name).map(|(_, t)| t);
        let mut notations = BTreeMap::new();
        let (mut open_dates, mut open_numbers) = (Vec::new(), Vec::new());
        for (name, kind) in kinds.iter().filter(|(name, _)| table.column(name).is_ok()) {
            let typing = typing(name);
            let dates = typing.and_then(|typing| typing.dates.clone()).or_else(|| spelling.dates.clone());
            let numbers = typing.and_then(|typing| typing.numbers).or(spelling.numbers);
            match kind {
                CellKind::Date | CellKind::Stamp | CellKind::Month if dates.is_none() => open_dates.push(name.clone()),
                CellKind::Number if numbers.is_none() => open_numbers.push(name.clone()),
                CellKind::Date
                | CellKind::Stamp
                | CellKind::Month
                | CellKind::Number
                | CellKind::Bool
                | CellKind::Duration => {}
            }
            let zone = typing.and_then(|typing| typing.zone).or(spelling.zone);
            let notation = Notation { kind: *kind, dates, zone, numbers };
            notations.insert(name.clone(), notation);
        }
        let (order, found) = self.date_order(table, &open_dates)?;
        self.findings.extend(found);
        let (separators, found) = self.separators(table, &open_numbers)?;
        self.findings.extend(found);
        for (name, notation) in &mut notations {
            if open_dates.contains(name) {
                notation.dates = order.map(Dates::Order);
            }
            if open_numbers.contains(name) {
                notation.numbers = separators;
            }
        }
        Ok(notations)
    }

    fn date_order(&self, table: &DataFrame, columns: &[String]) -> PolarsResult<(Option<DateOrder>, Option<Finding>)> {
        let mut seen: BTreeMap<DateOrder, (String, String, Option<u64>)> = BTreeMap::new();
        let mut open: Option<(String, String, Option<u64>)> = None;
        for (name, cell, row) in cells(table, columns)? {
            match dates::hint(&cell) {
                dates::Hint::Silent => {}
                dates::Hint::Open => _ = open.get_or_insert((name, cell, row)),
                dates::Hint::Only(order) => _ = seen.entry(order).or_insert((name, cell, row)),
            }
        }
        let declare = |example: &str| format!("declare it in {}: [spelling] dates = {example}", self.place());
        let mut orders = seen.iter();
        Ok(match (orders.next(), orders.next()) {
            (None, _) => match open {
                None => (None, None),
                Some((name, cell, row)) => {
                    let message = format!(
                        "`{cell}` can be day first or month first, and no other cell of the file tells; such dates are not read"
                    );
                    let finding =
                        self.note(Level::Error, "date_order_undecidable", message, &declare("\"dmy\" or \"mdy\""));
                    (None, Some(finding.at(row, Some(&name))))
                }
            },
            (Some((order, (name, cell, row))), None) => {
                let (words, example) = spoken(*order);
                let message = format!("dates are read {words}: `{cell}` allows nothing else");
                let finding = self.note(Level::Note, "date_order_decided", message, &declare(example));
                (Some(*order), Some(finding.at(*row, Some(name))))
            }
            (Some((_, (_, one, _))), Some((_, (name, other, row)))) => {
                let message = format!("`{one}` and `{other}` cannot be of one order; such dates are not read");
                let hint = format!("have the export write one order, or {}", declare("[\"%d/%m/%Y\", ...]"));
                let finding = self.note(Level::Error, "date_order_undecidable", message, &hint);
                (None, Some(finding.at(*row, Some(name))))
            }
        })
    }

    /// A point between digits of a workbook or of JSON is a fraction.
    fn hint(&self, cell: &str) -> numbers::Hint {
        match numbers::hint(cell) {
            numbers::Hint::Open if !self.is_text && !cell.contains(',') => numbers::Hint::Point,
            hint => hint,
        }
    }

    fn is_open(&self, cell: &str) -> bool {
        self.hint(cell) == numbers::Hint::Open
    }

    /// The notation of numbers; `None` where cells can be read in two and nothing decides.
    fn separators(&self, table: &DataFrame, columns: &[String]) -> PolarsResult<(Option<Numbers>, Option<Finding>)> {
        let mut seen: Vec<(Numbers, String, String, Option<u64>)> = Vec::new();
        let mut open: Option<(String, String, Option<u64>)> = None;
        let mut point: Option<(String, String, Option<u64>)> = None;
        for (name, cell, row) in cells(table, columns)? {
            match self.hint(&cell) {
                numbers::Hint::Open => _ = open.get_or_insert((name, cell, row)),
                numbers::Hint::Point => _ = point.get_or_insert((name, cell, row)),
                numbers::Hint::Only(notation) if seen.iter().all(|(known, ..)| *known != notation) => {
                    seen.push((notation, name, cell, row));
                }
                numbers::Hint::Silent | numbers::Hint::Only(_) => {}
            }
        }
        if let (true, Some(_), Some((name, cell, row))) = (seen.is_empty(), &open, point) {
            seen.push((Numbers { thousands: Some(','), decimal: '.' }, name, cell, row));
        }
        let declare = |example: &str| format!("declare it in {}: [spelling] numbers = {example}", self.place());
        let undecided = |message: String, name: &str, row| {
            let hint = declare("\"1,234.56\" or \"1.234,56\"");
            self.note(Level::Error, "number_notation_undecidable", message, &hint).at(row, Some(name))
        };
        Ok(match seen.as_slice() {
            [] => (
                open.is_none().then_some(PLAIN),
                open.map(|(name, cell, row)| {
                    let message = format!("`{cell}` can be a number of thousands or one with a fraction, and no other cell of the file tells; such numbers are not read");
                    undecided(message, &name, row)
                }),
            ),
            [(notation, name, cell, row)] => {
                let example = if notation.decimal == ',' { "\"1.234,56\"" } else { "\"1,234.56\"" };
                let message = format!("numbers are read like {example}: `{cell}` allows nothing else");
                let finding = self.note(Level::Note, "number_notation_decided", message, &declare(example));
                (Some(*notation), Some(finding.at(*row, Some(name))))
            }
            [(_, _, one, _), (_, name, other, row), ..] => {
                let message = format!("`{one}` and `{other}` cannot be of one notation; such numbers are not read");
                (None, Some(undecided(message, name, *row)))
            }
        })
    }

    /// Amounts that name a currency which the mapping does not take over.
    fn currencies(&mut self, table: &DataFrame) -> PolarsResult<()> {
        if self.source.columns.contains_key("currency") {
            return Ok(());
        }
        let money: BTreeSet<String> = self
            .source
            .columns
            .iter()
            .filter(|(target, _)| {
                self.contract.columns.get(*target).is_some_and(|column| column.kind == ColumnType::Money)
            })
            .filter_map(|(_, field)| field.from.as_deref().map(name_of))
            .filter(|name| table.column(name).is_ok())
            .collect();
        let columns: Vec<String> = money.into_iter().collect();
        let all = cells(table, &columns)?;
        let is_other = |cell: &str| numbers::currency_of(cell).is_some_and(|sign| sign != self.context.currency);
        if let Some((name, cell, row)) = all.into_iter().find(|(_, cell, _)| is_other(cell)) {
            let message = format!("`{cell}` names a currency; the amounts are taken as {}", self.context.currency);
            let code = numbers::currency_of(&cell).filter(|sign| sign.len() == 3).unwrap_or("USD");
            let hint = format!("map it in {}: currency = {{ value = \"{code}\" }}", self.place());
            self.findings.push(self.note(Level::Warning, "currency_unmapped", message, &hint).at(row, Some(&name)));
        }
        Ok(())
    }
}

/// Column, cell and row of every filled cell.
fn cells(table: &DataFrame, columns: &[String]) -> PolarsResult<Vec<(String, String, Option<u64>)>> {
    let rows = table.column("_row")?.u32()?;
    let mut cells = Vec::new();
    for name in columns {
        let Ok(column) = table.column(name) else { continue };
        let Ok(text) = column.str() else { continue };
        let filled = text.iter().zip(rows.iter()).filter_map(|(cell, row)| Some((cell?, row)));
        cells.extend(filled.map(|(cell, row)| (name.clone(), cell.to_owned(), row.map(u64::from))));
    }
    Ok(cells)
}

fn spoken(order: DateOrder) -> (&'static str, &'static str) {
    match order {
        DateOrder::DayFirst => ("day first", "\"dmy\""),
        DateOrder::MonthFirst => ("month first", "\"mdy\""),
        DateOrder::YearFirst => ("year first", "\"ymd\""),
        DateOrder::Excel => ("as Excel's day numbers", "\"excel\""),
        DateOrder::Epoch | DateOrder::EpochMs => ("as seconds since 1970", "\"epoch\""),
    }
}

/// `2026-10` of a month, or of a date of the month.
fn month(cell: &str, moment: Option<Moment>) -> Option<String> {
    let of = |date: chrono::NaiveDate| date.format("%Y-%m").to_string();
    match moment {
        Some(Moment::Date(date)) => Some(of(date)),
        Some(Moment::Local(at)) => Some(of(at.date())),
        Some(Moment::Instant(at)) => Some(of(at.date_naive())),
        Some(Moment::Nothing) | None => MONTHS.iter().find_map(|format| {
            chrono::NaiveDate::parse_from_str(&format!("{cell} 1"), &format!("{format} %d")).ok().map(of)
        }),
    }
}
