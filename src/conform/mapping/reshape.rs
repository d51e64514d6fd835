//! Rows that change their number: columns of months become rows, events of one thing become one.

use chrono::NaiveDate;
use polars::prelude::*;
use polars::sql::sql_expr;

use super::{Work, dates};
use crate::catalogue::{DateOrder, Dates, Keep, Unpivot, name_of};

impl Work<'_> {
    /// Whether the header is one of those that become rows.
    pub(super) fn is_unpivoted(&self, head: &str) -> bool {
        self.source.unpivot.as_ref().is_some_and(|unpivot| label(unpivot, head).is_some())
    }

    /// One row for each filled cell under the headers; gives the number of cells, which are the rows read then.
    pub(super) fn unpivot(&mut self, table: DataFrame, read: u64) -> PolarsResult<(DataFrame, u64)> {
        let Some(unpivot) = &self.source.unpivot else { return Ok((table, read)) };
        let heads: Vec<String> =
            table.get_column_names().iter().filter_map(|name| Some(name.strip_prefix("_month ")?.to_owned())).collect();
        let rest = table.drop_many(heads.iter().map(|head| format!("_month {head}")));
        let mut parts = Vec::with_capacity(heads.len());
        for head in &heads {
            let cells = table.column(&format!("_month {head}"))?.as_materialized_series().clone();
            let filled = cells.is_not_null();
            let mut part = rest.clone();
            let what = label(unpivot, head).unwrap_or_default();
            part.with_column(Series::new(unpivot.name.as_str().into(), vec![what; rest.height()]).into_column())?;
            part.with_column(cells.with_name(unpivot.value.as_str().into()).into_column())?;
            parts.push(part.filter(&filled)?);
        }
        let rejected = read - rest.height() as u64 - self.filtered;
        let cells = rest.height() as u64 * heads.len() as u64;
        let table = if parts.is_empty() {
            let mut none = rest.clear();
            for name in [&unpivot.name, &unpivot.value] {
                none.with_column(Column::full_null(name.as_str().into(), 0, &DataType::String))?;
            }
            none
        } else {
            super::super::stacked(parts)?
        };
        let whole = self.filtered + rejected;
        self.filtered += cells - table.height() as u64;
        // The order of the file: row by row.
        let options = SortMultipleOptions::default().with_maintain_order(true);
        Ok((table.sort(["_row"], options)?, cells + whole))
    }

    /// One row per thing: its first or latest, with what SQL says of all its rows.
    pub(super) fn collapse(&self, table: DataFrame) -> PolarsResult<DataFrame> {
        let Some(collapse) = &self.source.collapse else { return Ok(table) };
        let by: Vec<String> = collapse.by.iter().map(|name| name_of(name)).collect();
        let over: Vec<Expr> = by.iter().map(|name| col(name.as_str())).collect();
        let columns: PolarsResult<Vec<Expr>> = collapse
            .columns
            .iter()
            .map(|(name, sql)| Ok(sql_expr(sql)?.over(over.clone())?.alias(name.as_str())))
            .collect();
        // Rows without a key are no thing: each stands for itself, and is rejected later for its empty key.
        let keyed = by.iter().try_fold(BooleanChunked::full("keyed".into(), true, table.height()), |mask, name| {
            PolarsResult::Ok(mask & table.column(name)?.as_materialized_series().is_not_null())
        })?;
        let table = table.lazy().with_columns(columns?).with_row_index("_order", None).collect()?;
        let (things, strays) = (table.filter(&keyed)?, table.filter(&!keyed)?);
        let order = name_of(&collapse.order);
        let options = SortMultipleOptions::default()
            .with_order_descending(collapse.keep == Keep::Latest)
            .with_nulls_last(true)
            .with_maintain_order(true);
        let kept = things.sort([order.as_str()], options)?.unique_stable(Some(&by), UniqueKeepStrategy::First, None)?;
        let kept = super::super::stacked(vec![kept, strays])?;
        kept.sort(["_order"], SortMultipleOptions::default())?.drop("_order")
    }
}

/// What rows under this header get: its month, or the word declared for it.
fn label(unpivot: &Unpivot, head: &str) -> Option<String> {
    if let Some((_, label)) = unpivot.headers.iter().find(|(header, _)| name_of(header) == name_of(head)) {
        return Some(label.clone());
    }
    let month = |date: NaiveDate| date.format("%Y-%m").to_string();
    let first = |format: &String| {
        NaiveDate::parse_from_str(&format!("{} 1", head.trim()), &format!("{format} %d")).ok().map(month)
    };
    // A workbook's header may be a true date.
    let date = || match dates::moment(head, Some(&Dates::Order(DateOrder::YearFirst))) {
        Some(dates::Moment::Date(date)) => Some(month(date)),
        Some(dates::Moment::Local(at)) => Some(month(at.date())),
        Some(dates::Moment::Instant(_) | dates::Moment::Nothing) | None => None,
    };
    (!unpivot.months.is_empty()).then(|| unpivot.months.iter().find_map(first).or_else(date)).flatten()
}
