//! Literals: `IN (SELECT column FROM fact)` with the values in its place, where the fact is one that others read and was
//! made before.
//!
//! To answer the subquery the engine holds every row that asks, to have the answer beside it; in a list it looks each row
//! up as it passes.

use polars::prelude::*;

use super::plan::Tables;
use crate::conform::collect;

/// How such a subquery begins, as facts write it.
const BEGIN: &str = "IN (SELECT ";

/// Values that are written out; of more the subquery stays.
const MOST: usize = 10_000;

/// The SQL with every list written out that can be; `is_made` says of which names a small table was made. What a list may
/// not say stays a subquery: nothing among the values, which SQL does not take for a value that is not there, and
/// anything but text.
///
/// # Errors
/// The engine fails on a table.
pub fn written_out(sql: &str, tables: &Tables, is_made: impl Fn(&str) -> bool) -> PolarsResult<String> {
    let mut pieces = sql.split(BEGIN);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let list = match column_of_table(piece).filter(|(_, table, _)| is_made(table)) {
            Some((column, table, rest)) => values(tables, table, column)?.map(|values| (values, rest)),
            None => None,
        };
        match list {
            Some((values, rest)) => out.extend(["IN (", &values, rest]),
            None => out.extend([BEGIN, piece]),
        }
    }
    Ok(out)
}

/// Of `column FROM table) ...` the two names, and what follows from the parenthesis on.
fn column_of_table(piece: &str) -> Option<(&str, &str, &str)> {
    let end = piece.find(')')?;
    let mut words = piece[..end].split_whitespace();
    match (words.next()?, words.next()?, words.next()?, words.next()) {
        (column, "FROM", table, None) => Some((column, table, &piece[end..])),
        _ => None,
    }
}

fn values(tables: &Tables, table: &str, column: &str) -> PolarsResult<Option<String>> {
    let Some(table) = tables.get(table) else { return Ok(None) };
    let values = collect(table.clone().select([col(column).unique().sort(SortOptions::default())]))?;
    let values = values.column(column)?;
    if values.dtype() != &DataType::String || values.null_count() > 0 || values.len() > MOST {
        return Ok(None);
    }
    if values.is_empty() {
        // No text of a table is empty, so this is in no list; a list without values is no SQL.
        return Ok(Some("''".to_owned()));
    }
    let quoted = values.str()?.iter().flatten().map(|value| format!("'{}'", value.replace('\'', "''")));
    Ok(Some(quoted.collect::<Vec<_>>().join(", ")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use polars::df;
    use polars::prelude::*;

    use super::written_out;

    fn written(sql: &str, known: Vec<Option<&str>>) -> String {
        let table = df!("product" => known).expect("a table").lazy();
        written_out(sql, &BTreeMap::from([("known".to_owned(), table)]), |name| name == "known").expect("written out")
    }

    #[test]
    fn a_column_of_a_fact_is_written_out() {
        let sql = "SELECT a IN (SELECT product FROM known) AND b NOT IN (SELECT product FROM known) FROM t";
        let expected = "SELECT a IN ('D''Arc', 'Zed') AND b NOT IN ('D''Arc', 'Zed') FROM t";
        assert_eq!(written(sql, vec![Some("Zed"), Some("D'Arc"), Some("Zed")]), expected);
        assert_eq!(written("a IN (SELECT product FROM known)", Vec::new()), "a IN ('')");
    }

    #[test]
    fn what_a_list_cannot_say_stays() {
        for sql in [
            "a IN (SELECT product FROM other)",
            "a IN (SELECT product FROM known WHERE product > 'M')",
            "a IN (SELECT DISTINCT product FROM known)",
            "a IN ('x')",
        ] {
            assert_eq!(written(sql, vec![Some("Zed")]), sql);
        }
        let sql = "a IN (SELECT product FROM known)";
        assert_eq!(written(sql, vec![Some("Zed"), None]), sql);
    }
}
