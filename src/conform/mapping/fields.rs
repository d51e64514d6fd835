//! The target columns: from a column, by SQL, by a constant; words translated.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;
use polars::sql::sql_expr;

use super::Work;
use crate::catalogue::{Field, Source, Unknown, name_of};
use crate::conform::{ConformError, Reject};
use crate::finding::{Level, counted};

/// Unknown words named in a finding.
const MOST_NAMED: usize = 5;

/// Columns that go straight to a target.
pub fn taken(source: &Source) -> BTreeSet<String> {
    source
        .columns
        .values()
        .filter(|field| field.values.is_empty())
        .filter_map(|f| f.from.as_deref().map(name_of))
        .collect()
}

impl Work<'_> {
    /// The canonical frame, its rows' numbers, and the rows that a word unknown to us keeps out.
    pub(super) fn fields(&mut self, table: &DataFrame) -> Result<(DataFrame, Vec<u32>, Vec<Reject>), ConformError> {
        let sql: PolarsResult<Vec<Expr>> = self
            .source
            .columns
            .iter()
            .filter_map(|(target, field)| Some((target, field.sql.as_ref()?)))
            .map(|(target, sql)| Ok(sql_expr(sql)?.alias(format!("_to_{target}"))))
            .collect();
        let table = table.clone().lazy().with_columns(sql?).collect()?;
        let rows: Vec<u32> = table.column("_row")?.u32()?.into_no_null_iter().collect();
        let mut out = vec![false; table.height()];
        let (mut columns, mut rejects) = (Vec::new(), Vec::new());
        for (target, field) in &self.source.columns {
            let series = match (&field.value, &field.from) {
                (Some(value), _) => Series::new(target.as_str().into(), vec![value.as_str(); table.height()]),
                (None, Some(from)) => {
                    let name = name_of(from);
                    let text = table.column(&format!("_text_{name}")).or_else(|_| table.column(&name))?;
                    text.as_materialized_series().clone()
                }
                (None, None) => table.column(&format!("_to_{target}"))?.as_materialized_series().clone(),
            };
            let series = if field.values.is_empty() && field.empty.is_none() {
                series
            } else {
                self.translated(target, field, &series, &rows, &mut out, &mut rejects)?
            };
            columns.push(series.with_name(target.as_str().into()).into_column());
        }
        let frame = DataFrame::new(table.height(), columns)?;
        if rejects.is_empty() {
            return Ok((frame, rows, rejects));
        }
        let stays: BooleanChunked = out.iter().map(|out| Some(!out)).collect();
        let rows = rows.into_iter().zip(&out).filter(|(_, out)| !**out).map(|(row, _)| row).collect();
        Ok((frame.filter(&stays)?, rows, rejects))
    }

    fn translated(
        &mut self,
        target: &str,
        field: &Field,
        series: &Series,
        rows: &[u32],
        out: &mut [bool],
        rejects: &mut Vec<Reject>,
    ) -> PolarsResult<Series> {
        let text = series.cast(&DataType::String)?;
        // Few words, many rows.
        let mut known: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        let mut strange: BTreeMap<String, (u32, u64)> = BTreeMap::new();
        let unknown = field.unknown.clone().unwrap_or(Unknown::Keep);
        let mut cells: Vec<Option<String>> = Vec::with_capacity(rows.len());
        for (index, cell) in text.str()?.iter().enumerate() {
            let Some(cell) = cell.map(str::trim).filter(|cell| !cell.is_empty()) else {
                cells.push(field.empty.clone());
                continue;
            };
            if field.values.is_empty() {
                cells.push(Some(cell.to_owned()));
                continue;
            }
            if let Some(ours) = *known.entry(cell).or_insert_with(|| field.values.find(cell)) {
                cells.push(Some(ours.to_owned()));
                continue;
            }
            strange.entry(cell.to_owned()).or_insert((rows[index], 0)).1 += 1;
            cells.push(match &unknown {
                Unknown::Value(word) => Some(word.clone()),
                Unknown::Keep => Some(cell.to_owned()),
                Unknown::Empty => None,
                Unknown::Reject => {
                    // One reason is enough to be out.
                    if !std::mem::replace(&mut out[index], true) {
                        rejects.push(Reject {
                            file: self.file.key.clone(),
                            row: u64::from(rows[index]),
                            column: target.to_owned(),
                            code: "unknown_word".to_owned(),
                            message: format!("`{cell}` is not among the `values` of `{target}` in {}", self.place()),
                        });
                    }
                    None
                }
            });
        }
        let became = match &unknown {
            Unknown::Value(word) => Some(format!("taken as `{word}`")),
            Unknown::Empty => Some("taken as empty".to_owned()),
            // Kept on purpose, or told with each row.
            Unknown::Keep | Unknown::Reject => None,
        };
        if let Some((became, (_, (row, _)))) = became.zip(strange.first_key_value()) {
            let count: u64 = strange.values().map(|(_, count)| count).sum();
            let named: Vec<String> = strange.keys().take(MOST_NAMED).map(|word| format!("`{word}`")).collect();
            let more = if strange.len() > MOST_NAMED { ", ..." } else { "" };
            let message =
                format!("{} of `{target}` unknown and {became}: {}{more}", counted(count, "word"), named.join(", "));
            let hint = format!("add to `values` of `{target}` in {}", self.place());
            let finding = self.note(Level::Warning, "unknown_word", message, &hint);
            self.findings.push(finding.at(Some(u64::from(*row)), Some(target)).times(count));
        }
        Ok(Series::new(target.into(), cells))
    }
}
