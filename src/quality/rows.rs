//! Rows of the period's end: values that refer to nothing, values that cannot be. All rules about one
//! table are one select over it.

use std::sync::Arc;

use chrono::NaiveDate;
use polars::prelude::*;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::gate::{number, percent};
use super::known::{Values, is_unknown};
use super::{Broken, Evening, UnitTree};
use crate::catalogue::gate::{Check, Head, Range, Reference, Rule, Scope};
use crate::catalogue::{ColumnType, Contract, DatasetKind, Gate};
use crate::conform::{ConformError, MONEY_SCALE, collect};
use crate::ids::UNASSIGNED;

/// The columns that say whose a row is; the first a dataset has counts.
const UNIT_COLUMNS: [&str; 2] = ["business_unit", "owner_unit"];

/// Characters of a value that a message quotes.
const MOST_SHOWN: usize = 40;

/// A rule on one column, ready to be counted.
struct Probe<'a> {
    head: Head<'a>,
    column: &'a str,
    /// Rows with a value, within the scope.
    valued: Expr,
    /// Of those the ones that break the rule.
    offends: Expr,
    percent: f64,
    least_rows: u64,
    /// What the values do, e.g. `lie above 5`.
    what: String,
    remedy: String,
}

/// The rules about one dataset's rows that do not hold.
pub fn rows(
    rules: &Gate,
    known: &[Option<Arc<Values>>],
    contract: &Contract,
    evening: &Evening<'_>,
    broken: &mut Vec<Broken>,
) -> Result<(), ConformError> {
    let Some(own) = evening.own(&contract.dataset).filter(|own| own.table.height() > 0) else { return Ok(()) };
    let mut probes = Vec::new();
    for (rule, values) in rules.references.iter().zip(known).filter(|(rule, _)| rule.covers(contract)) {
        let Some((values, scope)) = values.as_ref().zip(scoped(&rule.scope, contract, &evening.cleared.units)?) else {
            continue;
        };
        for column in rule.scope.columns.iter().filter(|column| contract.columns.contains_key(*column)) {
            // A column does not refer to itself.
            if !rule.limits.to.contains(&format!("{}.{column}", contract.dataset)) {
                probes.push(reference(rule, column, values, &scope));
            }
        }
    }
    for rule in rules.ranges.iter().filter(|rule| rule.covers(contract)) {
        let Some(scope) = scoped(&rule.scope, contract, &evening.cleared.units)? else { continue };
        for column in &rule.scope.columns {
            if let Some(definition) = contract.columns.get(column) {
                probes.push(range(rule, column, definition.kind, &scope));
            }
        }
    }
    if probes.is_empty() {
        return Ok(());
    }
    // Rows that came after the period name what the period cannot know yet.
    let in_time = col("_night").lt_eq(lit(evening.last_day().to_epoch_days()));
    let mut table = own.table.lazy();
    if contract.kind == DatasetKind::Ledger {
        table = table.filter(in_time);
    }
    let counted = collect(table.clone().select(probes.iter().enumerate().flat_map(counts).collect::<Vec<_>>()))?;
    let mut offended = Vec::new();
    for (index, probe) in probes.iter().enumerate() {
        let number_of = |what: &str| -> PolarsResult<u64> {
            Ok(counted.column(&format!("{index} {what}"))?.u64()?.get(0).unwrap_or(0))
        };
        let (of, count) = (number_of("of")?, number_of("count")?);
        if count >= probe.least_rows.max(1) && number(count) * 100.0 > probe.percent * number(of) {
            offended.push((probe, of, count));
        }
    }
    if offended.is_empty() {
        return Ok(());
    }
    // Only now, since to find the first row costs more than to count.
    let found = collect(table.select(offended.iter().enumerate().flat_map(first).collect::<Vec<_>>()))?;
    for (index, offended) in offended.iter().enumerate() {
        broken.push(told(offended, index, &found, contract, &own.files)?);
    }
    Ok(())
}

/// A rule that does not hold: the rows it looks at, and those of them that break it.
type Offended<'a, 'b> = (&'b Probe<'a>, u64, u64);

fn counts((index, probe): (usize, &Probe<'_>)) -> [Expr; 2] {
    let sum = |rows: &Expr| rows.clone().sum().cast(DataType::UInt64);
    [sum(&probe.valued).alias(format!("{index} of")), sum(&probe.offends).alias(format!("{index} count"))]
}

fn first((index, (probe, ..)): (usize, &Offended<'_, '_>)) -> [Expr; 3] {
    let first = |column: &str| col(column).filter(probe.offends.clone()).first();
    [
        first("_file").alias(format!("{index} file")),
        first("_row").alias(format!("{index} row")),
        first(probe.column).cast(DataType::String).alias(format!("{index} value")),
    ]
}

fn told(
    (probe, of, count): &Offended<'_, '_>,
    index: usize,
    found: &DataFrame,
    contract: &Contract,
    files: &[String],
) -> PolarsResult<Broken> {
    let cell = |name: &str| found.column(&format!("{index} {name}"));
    let file = cell("file")?.u32()?.get(0).and_then(|file| files.get(usize::try_from(file).ok()?));
    let first = cell("value")?.str()?.get(0).map(|value| shown(value, probe.head.check)).unwrap_or_default();
    let allowed = if probe.percent > 0.0 { format!(" (allowed: {} %)", probe.percent) } else { String::new() };
    let units = match probe.head.scope.business_units.as_slice() {
        [] => String::new(),
        units => format!(" of {}", units.join(", ")),
    };
    let message = format!(
        "{count} of {of} values of `{}`{units}, {}, {}; the first is `{first}`{allowed}",
        probe.column,
        percent(number(*count), number(*of)),
        probe.what
    );
    let row = cell("row")?.u32()?.get(0).map(u64::from);
    let unit = probe.head.scope.business_units.first().map(String::as_str);
    Ok(Broken::new(&probe.head, &contract.dataset, &contract.owner, message, &probe.remedy)
        .in_file(file.map(String::as_str))
        .at(row, Some(probe.column))
        .of_unit(unit)
        .times(*count))
}

/// A value for a message: cut where it is long; amounts and stamps without places that were not written.
fn shown(value: &str, check: Check) -> String {
    if value.chars().count() > MOST_SHOWN {
        return format!("{}…", value.chars().take(MOST_SHOWN).collect::<String>());
    }
    let padded = check == Check::Ranges && value.contains('.');
    if padded { value.trim_end_matches('0').trim_end_matches('.').to_owned() } else { value.to_owned() }
}

/// The rows a rule looks at; none where a dataset cannot say whose its rows are.
fn scoped(scope: &Scope, contract: &Contract, units: &UnitTree) -> PolarsResult<Option<Expr>> {
    let mut rows = lit(true);
    if let Some(condition) = &scope.rows {
        rows = polars::sql::sql_expr(condition)?.fill_null(lit(false));
    }
    if scope.is_by_unit() {
        let Some(column) = UNIT_COLUMNS.into_iter().find(|column| contract.columns.contains_key(*column)) else {
            return Ok(None);
        };
        let within = |unit: &&str| scope.business_units.iter().any(|above| units.is_within(unit, above));
        let meant: Vec<&str> = units.names().filter(within).collect();
        let mut theirs = is_one_of(col(column), &Series::new("units".into(), meant));
        if scope.business_units.iter().any(|unit| unit == UNASSIGNED) {
            let known: Vec<&str> = units.names().collect();
            theirs = theirs.or(is_one_of(col(column), &Series::new("units".into(), known)).not());
        }
        rows = rows.and(theirs);
    }
    Ok(Some(rows))
}

fn is_one_of(value: Expr, values: &Series) -> Expr {
    value.is_in(lit(values.clone()).implode(false), false).fill_null(lit(false))
}

fn reference<'a>(rule: &'a Rule<Reference>, column: &'a str, known: &Arc<Values>, scope: &Expr) -> Probe<'a> {
    let valued = col(column).is_not_null().and(scope.clone());
    let to = rule.limits.to.join(" nor in ");
    Probe {
        head: rule.head(Check::References),
        column,
        offends: valued.clone().and(is_unknown(column, known)),
        valued,
        percent: rule.limits.percent,
        least_rows: rule.limits.least_rows,
        what: if rule.limits.to.len() > 1 { format!("are neither in {to}") } else { format!("are not in {to}") },
        remedy: format!("correct `{column}`, or to add what it names"),
    }
}

fn range<'a>(rule: &'a Rule<Range>, column: &'a str, kind: ColumnType, scope: &Expr) -> Probe<'a> {
    let limits = &rule.limits;
    let days = || col(column).cast(DataType::Date).cast(DataType::Int32);
    let limit = |limit: f64| if is_decimal(kind) { decimal(limit) } else { lit(limit) };
    let mut sides: Vec<(Expr, String)> = Vec::new();
    if let Some(low) = limits.low {
        sides.push((col(column).lt(limit(low)), format!("below {low}")));
    }
    if let Some(high) = limits.high {
        sides.push((col(column).gt(limit(high)), format!("above {high}")));
    }
    if let Some(earliest) = limits.earliest {
        sides.push((days().lt(lit(NaiveDate::to_epoch_days(&earliest))), format!("before {earliest}")));
    }
    if let Some(ahead) = limits.days_ahead {
        let beyond = days().gt(col("_night") + lit(ahead));
        let days = if ahead == 1 { "day" } else { "days" };
        sides.push((beyond, format!("more than {ahead} {days} after the night of their file")));
    }
    let what = format!("lie {}", sides.iter().map(|(_, words)| words.as_str()).collect::<Vec<_>>().join(" or "));
    let outside = sides.into_iter().map(|(side, _)| side).reduce(Expr::or).unwrap_or(lit(false));
    let valued = col(column).is_not_null().and(scope.clone());
    Probe {
        head: rule.head(Check::Ranges),
        column,
        offends: valued.clone().and(outside),
        valued,
        percent: limits.percent,
        least_rows: limits.least_rows,
        what,
        remedy: format!("correct `{column}` at the source and deliver again"),
    }
}

fn is_decimal(kind: ColumnType) -> bool {
    matches!(kind, ColumnType::Money | ColumnType::Rate)
}

/// A limit as exact as the amounts it is held against.
fn decimal(limit: f64) -> Expr {
    let scale = u32::try_from(MONEY_SCALE).unwrap_or(12);
    let exact = Decimal::from_f64(limit).unwrap_or_default().round_dp(scale);
    let scaled = exact.mantissa().saturating_mul(10_i128.pow(scale - exact.scale()));
    let dtype = DataType::Decimal(38, MONEY_SCALE);
    lit(Scalar::new(dtype, AnyValue::Decimal(scaled, 38, MONEY_SCALE)))
}
