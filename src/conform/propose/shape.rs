//! What the cells of a column look like.

use std::collections::BTreeSet;
use std::fmt;

use polars::prelude::*;

use crate::catalogue::{ColumnType, DateOrder};
use crate::conform::mapping::{dates, numbers, stands_for_nothing};

/// Cells looked at per column.
const SAMPLE: usize = 2_000;
/// A column of more different cells is no list of words.
const MOST_WORDS: usize = 24;

#[derive(Debug, Default)]
pub struct Shape {
    filled: usize,
    dates: usize,
    /// Numbers that Excel counts as days of this century.
    serials: usize,
    numbers: usize,
    yes_no: usize,
    /// The different cells, where they are few.
    pub words: Vec<String>,
    nothing: BTreeSet<String>,
    /// Codes and signs that amounts bear.
    pub currencies: BTreeSet<String>,
    orders: BTreeSet<dates::Hint>,
    notations: Vec<numbers::Hint>,
}

pub fn shapes(frame: &DataFrame) -> PolarsResult<Vec<Shape>> {
    frame
        .columns()
        .iter()
        .map(|column| {
            let text = column.as_materialized_series().head(Some(SAMPLE)).cast(&DataType::String)?;
            Ok(shape(text.str()?.iter().flatten()))
        })
        .collect()
}

fn shape<'a>(cells: impl Iterator<Item = &'a str>) -> Shape {
    let mut shape = Shape::default();
    let mut words: BTreeSet<&str> = BTreeSet::new();
    for cell in cells.map(str::trim).filter(|cell| !cell.is_empty()) {
        if stands_for_nothing(cell)
            || ["none", "na", "nil", "never", "undefined"].contains(&cell.to_lowercase().as_str())
        {
            shape.nothing.insert(cell.to_owned());
            continue;
        }
        shape.filled += 1;
        let hint = dates::hint(cell);
        if hint == dates::Hint::Only(DateOrder::Excel) {
            shape.serials += usize::from(is_recent(cell));
        } else if hint != dates::Hint::Silent {
            shape.orders.insert(hint);
        }
        let plain = dates::moment(cell, None).is_some();
        let either = [DateOrder::DayFirst, DateOrder::MonthFirst, DateOrder::YearFirst];
        let dated = plain || either.iter().any(|order| dates::moment(cell, Some(&(*order).into())).is_some());
        shape.dates += usize::from(dated);
        shape.currencies.extend(numbers::currency_of(cell).map(str::to_owned));
        let notation = numbers::hint(cell);
        if notation != numbers::Hint::Silent && !shape.notations.contains(&notation) {
            shape.notations.push(notation);
        }
        shape.numbers +=
            usize::from(numbers::number(cell, numbers::PLAIN).is_some() || notation != numbers::Hint::Silent);
        shape.yes_no += usize::from(
            ["true", "false", "yes", "no", "y", "n", "0", "1", "ja", "nein"].contains(&cell.to_lowercase().as_str()),
        );
        if words.len() <= MOST_WORDS {
            words.insert(cell);
        }
    }
    if words.len() <= MOST_WORDS {
        shape.words = words.into_iter().map(str::to_owned).collect();
    }
    shape
}

/// From 2000 to 2049.
fn is_recent(serial: &str) -> bool {
    let days = serial.split('.').next().and_then(|days| days.parse::<u32>().ok());
    days.is_some_and(|days| (36_526..54_789).contains(&days))
}

impl Shape {
    /// Whether every filled cell can be a day as Excel counts them.
    pub fn is_serial(&self) -> bool {
        self.filled > 0 && self.serials == self.filled
    }

    /// Whether most filled cells can be of the type; a column without cells can be anything.
    pub fn suits(&self, kind: ColumnType) -> bool {
        let most = |count: usize| count * 10 >= self.filled * 7;
        match kind {
            ColumnType::Date | ColumnType::Stamp => most(self.dates) || self.is_serial(),
            ColumnType::Month => most(self.dates) || self.is_serial() || self.words.iter().all(|word| word.len() <= 10),
            ColumnType::Int | ColumnType::Number | ColumnType::Money | ColumnType::Rate => most(self.numbers),
            ColumnType::Bool => most(self.yes_no),
            ColumnType::Enum => self.filled == 0 || !self.words.is_empty(),
            ColumnType::Text | ColumnType::Serial | ColumnType::Currency => true,
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = |count: usize| self.filled > 0 && count * 10 >= self.filled * 7;
        if self.filled == 0 {
            formatter.write_str("empty")
        } else if most(self.dates) {
            formatter.write_str("dates")
        } else if most(self.yes_no) {
            formatter.write_str("yes or no")
        } else if most(self.numbers) {
            formatter.write_str("numbers")
        } else if !self.words.is_empty() && self.words.len() <= 6 {
            write!(formatter, "{}", self.words.join(", "))
        } else {
            formatter.write_str("texts")
        }
    }
}

/// The lines of `[spelling]` that the cells ask for.
pub fn spelling(taken: &[&Shape]) -> Vec<String> {
    let mut lines = Vec::new();
    let nothing: BTreeSet<&String> = taken.iter().flat_map(|shape| &shape.nothing).collect();
    if !nothing.is_empty() {
        let words: Vec<String> = nothing.into_iter().map(|word| super::quoted(word)).collect();
        lines.push(format!("null = [{}]", words.join(", ")));
    }
    let orders: BTreeSet<dates::Hint> = taken.iter().flat_map(|shape| shape.orders.iter().copied()).collect();
    let has = |order| orders.contains(&dates::Hint::Only(order));
    match (has(DateOrder::DayFirst), has(DateOrder::MonthFirst), has(DateOrder::YearFirst)) {
        (true, false, false) => lines.push("dates = \"dmy\"".to_owned()),
        (false, true, false) => lines.push("dates = \"mdy\"".to_owned()),
        (false, false, true) => lines.push("dates = \"ymd\"".to_owned()),
        (false, false, false) if orders.contains(&dates::Hint::Open) => {
            lines.push("# dates = \"dmy\" # or \"mdy\": no cell of the file tells, so say it".to_owned());
        }
        _ => {}
    }
    let notations: Vec<numbers::Hint> = taken.iter().flat_map(|shape| shape.notations.iter().copied()).collect();
    let is = |decimal: char| {
        notations.iter().any(|hint| matches!(hint, numbers::Hint::Only(numbers) if numbers.decimal == decimal))
    };
    let open = notations.contains(&numbers::Hint::Open);
    let point = open && notations.contains(&numbers::Hint::Point);
    match (is('.') || (point && !is(',')), is(',')) {
        (true, false) => lines.push("numbers = \"1,234.56\"".to_owned()),
        (false, true) => lines.push("numbers = \"1.234,56\"".to_owned()),
        (false, false) if open => {
            lines.push("# numbers = \"1,234.56\" # or \"1.234,56\": no cell of the file tells, so say it".to_owned());
        }
        _ => {}
    }
    lines
}
