//! Joins: a value looked up in a second table by a key; case and outer blanks of keys do not matter.

use std::collections::{BTreeMap, HashMap};

use polars::prelude::*;
use polars::sql::sql_expr;

use super::{Work, table};
use crate::catalogue::{Join, Unmatched, name_of, names_of};
use crate::conform::decode::Decoded;
use crate::conform::{ConformError, Reject};
use crate::finding::{Level, counted};

/// Unmatched keys named in a finding.
const MOST_NAMED: usize = 5;

/// The joined tables of a source's night by the join's name.
pub type Lookups<'a> = BTreeMap<&'a str, Lookup>;

/// A table to look up in.
#[derive(Debug)]
pub struct Lookup {
    rows: HashMap<String, usize>,
    columns: Vec<Vec<Option<String>>>,
    /// Rows whose key an earlier row has; they are not used.
    repeated: u64,
}

impl Lookup {
    /// From a decoded file.
    ///
    /// # Errors
    /// The file lacks the key or a column.
    pub fn of_file(join: &Join, file: &str, decoded: &Decoded) -> Result<Self, ConformError> {
        let wanted: Vec<String> = join.columns.iter().chain([&join.key]).cloned().collect();
        let known = table::known(&wanted, &join.aliases);
        let heads = names_of(decoded.heads.iter().map(String::as_str));
        let text = |header: &String| -> Result<Vec<Option<String>>, ConformError> {
            let name = name_of(header);
            let at =
                heads.iter().position(|head| known.get(head).is_some_and(|own| *own == name)).ok_or_else(|| {
                    ConformError::MissingColumns {
                        file: file.to_owned(),
                        columns: vec![header.clone()],
                        hint: format!("the file has {}", decoded.heads.join(", ")),
                    }
                })?;
            strings(&decoded.frame.columns()[at]).map_err(ConformError::from)
        };
        let columns: Result<Vec<_>, _> = join.columns.iter().map(text).collect();
        Ok(Self::new(text(&join.key)?, columns?))
    }

    /// From a canonical dataset.
    ///
    /// # Errors
    /// The engine refuses a column.
    pub fn of_table(join: &Join, table: &DataFrame) -> Result<Self, ConformError> {
        let text = |name: &String| -> PolarsResult<Vec<Option<String>>> { strings(table.column(name)?) };
        let columns: PolarsResult<Vec<_>> = join.columns.iter().map(text).collect();
        Ok(Self::new(text(&join.key)?, columns?))
    }

    fn new(keys: Vec<Option<String>>, columns: Vec<Vec<Option<String>>>) -> Self {
        let (mut rows, mut repeated) = (HashMap::new(), 0);
        for (row, key) in keys.into_iter().enumerate() {
            let Some(key) = key.map(|key| folded(&key)).filter(|key| !key.is_empty()) else { continue };
            match rows.entry(key) {
                std::collections::hash_map::Entry::Occupied(_) => repeated += 1,
                std::collections::hash_map::Entry::Vacant(free) => _ = free.insert(row),
            }
        }
        Self { rows, columns, repeated }
    }
}

fn strings(column: &Column) -> PolarsResult<Vec<Option<String>>> {
    let text = column.as_materialized_series().cast(&DataType::String)?;
    let trimmed = |cell: &str| Some(cell.trim().to_owned()).filter(|cell| !cell.is_empty());
    Ok(text.str()?.iter().map(|cell| cell.and_then(trimmed)).collect())
}

fn folded(key: &str) -> String {
    key.trim().to_lowercase()
}

impl Work<'_> {
    /// The table with the joined columns; rows without a match are told, or rejected where the join says so.
    pub(super) fn join(
        &mut self,
        table: DataFrame,
        lookups: &Lookups<'_>,
    ) -> Result<(DataFrame, Vec<Reject>), ConformError> {
        let (mut table, mut rejects) = (table, Vec::new());
        for (name, join) in &self.source.joins {
            let key = sql_expr(&join.on)?.alias("_key");
            let keyed = table.clone().lazy().with_columns([key]).select([col("_key")]).collect()?;
            let keys = strings(keyed.column("_key")?)?;
            let lookup = lookups.get(name.as_str());
            let is_strict = self.contract.delivery;
            // Who may read is never guessed: there a match that says nothing is none.
            let says = |lookup: &Lookup, row: usize| lookup.columns.iter().all(|cells| cells[row].is_some());
            let row_of = |key: &Option<String>| {
                let row = lookup?.rows.get(&folded(key.as_deref()?)).copied()?;
                (!is_strict || says(lookup?, row)).then_some(row)
            };
            let found: Vec<Option<usize>> = keys.iter().map(row_of).collect();
            for (index, column) in join.names(name).into_iter().enumerate() {
                let cells: StringChunked = found.iter().map(|row| lookup?.columns[index][(*row)?].as_deref()).collect();
                table.with_column(cells.with_name(column.into()).into_series().into_column())?;
            }
            let other =
                join.dataset.clone().or_else(|| join.path.as_ref().map(ToString::to_string)).unwrap_or_default();
            if lookup.is_none() && !keys.is_empty() {
                let message = format!("`{other}` did not come: the columns joined from it are empty");
                let hint = "deliver it beside the file, or remove the join from the source";
                self.findings.push(self.note(Level::Error, "join_missing", message, hint));
            }
            if let Some(repeated) = lookup.map(|lookup| lookup.repeated).filter(|repeated| *repeated > 0) {
                let message = format!(
                    "{} of `{other}` with a key that stands above already; the first counts",
                    counted(repeated, "row")
                );
                let hint = format!("export `{}` once per key", join.key);
                self.findings.push(self.note(Level::Warning, "join_repeated", message, &hint).times(repeated));
            }
            if lookup.is_some() || is_strict {
                table = self.unmatched(name, join, &other, table, &keys, &found, &mut rejects)?;
            }
        }
        Ok((table, rejects))
    }

    #[expect(clippy::too_many_arguments, reason = "one step of `join`, cut out to be read alone")]
    fn unmatched(
        &mut self,
        name: &str,
        join: &Join,
        other: &str,
        table: DataFrame,
        keys: &[Option<String>],
        found: &[Option<usize>],
        rejects: &mut Vec<Reject>,
    ) -> PolarsResult<DataFrame> {
        let lost: BooleanChunked =
            keys.iter().zip(found).map(|(key, found)| Some(key.is_some() && found.is_none())).collect();
        let mut named: Vec<&str> =
            keys.iter().zip(found).filter(|(_, found)| found.is_none()).filter_map(|(key, _)| key.as_deref()).collect();
        let count = named.len() as u64;
        if count == 0 {
            return Ok(table);
        }
        named.sort_unstable();
        named.dedup();
        let more = if named.len() > MOST_NAMED { ", ..." } else { "" };
        let few = named.iter().take(MOST_NAMED).map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        match join.unmatched {
            Unmatched::Empty => Ok(table),
            Unmatched::Finding => {
                let message = format!("{} whose {} is not in `{other}`: {few}{more}", counted(count, "row"), join.on);
                let hint =
                    format!("complete `{other}`, or correct {} at the source; what is joined is empty there", join.on);
                let finding = self.note(Level::Warning, "join_unmatched", message, &hint).at(None, Some(name));
                self.findings.push(finding.times(count));
                Ok(table)
            }
            Unmatched::Reject => {
                let rows = table.column("_row")?.u32()?;
                for ((row, key), _) in rows.iter().zip(keys).zip(lost.iter()).filter(|(_, lost)| *lost == Some(true)) {
                    rejects.push(Reject {
                        file: self.file.key.clone(),
                        row: row.map_or(0, u64::from),
                        column: join.on.clone(),
                        code: "join_unmatched".to_owned(),
                        message: format!("`{}` is not in `{other}`", key.as_deref().unwrap_or_default()),
                    });
                }
                table.filter(&!lost)
            }
        }
    }
}
