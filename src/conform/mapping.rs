//! Mapping: another system's columns become a canonical dataset's, in the order of `docs/sources.md`: header, empty
//! words, unpivot, spelling, joins, derived columns, rules, collapse, target columns.

mod check;
pub mod dates;
mod doubts;
mod fields;
mod lookup;
pub mod numbers;
mod reshape;
mod spell;
mod table;

use polars::prelude::*;
use polars::sql::sql_expr;

use super::decode::Decoded;
use super::{ConformError, Context, RawFile, note};
use crate::catalogue::{Contract, Rule, Source};
use crate::finding::{Finding, Level, counted};

pub use check::{check, quoted, worded};
pub use doubts::stands_for_nothing;
pub use lookup::{Lookup, Lookups};
pub use table::reading;

/// Rows in canonical columns, and what became of the others.
pub struct Mapped {
    pub decoded: Decoded,
    /// Rows that collapsed into another one of the same thing.
    pub merged: u64,
}

/// A file's rows on their way.
struct Work<'a> {
    source: &'a Source,
    contract: &'a Contract,
    file: &'a RawFile,
    context: &'a Context<'a>,
    /// The cells are what somebody wrote; those of a workbook or of JSON are numbers already.
    is_text: bool,
    findings: Vec<Finding>,
    filtered: u64,
}

/// Maps the rows of one file.
///
/// # Errors
/// A column that a required column of the dataset is taken from is missing, or the engine fails.
pub fn map(
    source: &Source,
    contract: &Contract,
    file: &RawFile,
    decoded: Decoded,
    lookups: &Lookups<'_>,
    context: &Context<'_>,
) -> Result<Mapped, ConformError> {
    let is_text = decoded.dialect.format == "csv";
    let mut work = Work { source, contract, file, context, is_text, findings: Vec::new(), filtered: decoded.filtered };
    let mut rest = decoded;
    let table = work.take(&mut rest)?;
    let (table, read) = work.unpivot(table, rest.read)?;
    let table = work.spell(&table)?;
    let (table, mut rejects) = work.join(table, lookups)?;
    let table = derive(source, table)?;
    let table = work.filter(table)?;
    let height = table.height();
    let table = work.collapse(table)?;
    let merged = (height - table.height()) as u64;
    let (frame, rows, unknown) = work.fields(&table)?;
    rest.rejects.append(&mut rejects);
    rest.rejects.extend(unknown);
    rest.findings.append(&mut work.findings);
    Ok(Mapped { decoded: Decoded { frame, rows, read, filtered: work.filtered, ..rest }, merged })
}

fn derive(source: &Source, table: DataFrame) -> PolarsResult<DataFrame> {
    if source.derive.is_empty() {
        return Ok(table);
    }
    let columns: PolarsResult<Vec<Expr>> =
        source.derive.iter().map(|(name, sql)| Ok(sql_expr(sql)?.alias(name.as_str()))).collect();
    table.lazy().with_columns(columns?).collect()
}

impl Work<'_> {
    fn note(&self, level: Level, code: &str, message: String, hint: &str) -> Finding {
        note(&self.contract.dataset, level, code, &self.file.key, message, hint)
    }

    /// `config/sources/<id>.toml`, for hints.
    fn place(&self) -> String {
        format!("config/sources/{}.toml", self.source.id)
    }

    /// Rows that a rule takes out are counted by rule.
    fn filter(&mut self, table: DataFrame) -> PolarsResult<DataFrame> {
        let mut table = table;
        let rules =
            self.source.keep.iter().map(|rule| (rule, true)).chain(self.source.drop.iter().map(|rule| (rule, false)));
        for (rule, keeps) in rules {
            let mask = holds(rule, &table)?;
            let kept = table.filter(&if keeps { mask } else { !mask })?;
            let gone = (table.height() - kept.height()) as u64;
            if gone > 0 {
                self.filtered += gone;
                let message = format!("{} not counted: {}", counted(gone, "row"), rule.because);
                let hint = format!("nothing to do; the rule stands in {}", self.place());
                self.findings.push(self.note(Level::Note, "filtered", message, &hint).times(gone));
            }
            table = kept;
        }
        Ok(table)
    }
}

/// Where a rule's condition is met; an empty answer is a no.
fn holds(rule: &Rule, table: &DataFrame) -> PolarsResult<BooleanChunked> {
    let condition = sql_expr(&rule.when)?.fill_null(lit(false)).alias("_holds");
    let held = table.clone().lazy().with_columns([condition]).select([col("_holds")]).collect()?;
    Ok(held.column("_holds")?.bool()?.clone())
}
