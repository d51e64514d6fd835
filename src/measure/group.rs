//! One group-by per fact: every additive measure at once, at the finest grain, then rolled up.

use polars::prelude::*;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::places::{Place, Upwards};
use super::plan::Tables;
use super::{Done, MeasureError, Part, Parts, Task, measures_of, parts, plan};
use crate::abreast::abreast;
use crate::catalogue::{Aggregate, Fact, Measure};
use crate::conform::{Table, collect};
use crate::ids::UNASSIGNED;
use crate::measure::Plan;
use crate::memory;
use crate::quality::{Cleared, UnitTree};

/// Facts that go over more rows are worked off one at a time: two of them at once would take twice the memory.
const MANY_ROWS: usize = 1 << 23;

/// Runs the facts of the tasks, each once.
pub fn group(
    plan: &Plan<'_>,
    tables: &BTreeMap<String, Table>,
    units: &UnitTree,
    tasks: &[Task],
) -> Result<Done, MeasureError> {
    let mut done = Done::new();
    let mut known: Tables = tables.iter().map(|(name, table)| (name.clone(), table.lazy())).collect();
    let wanted: BTreeSet<String> = tasks.iter().map(|task| task.fact.clone()).collect();
    let mut open = plan.catalogue.facts_in_order(&wanted.into_iter().collect::<Vec<_>>());
    while !open.is_empty() {
        // Of facts that wait for nothing any longer, the ones that others wait for are begun first.
        let (mut ready, rest): (Vec<&Fact>, Vec<&Fact>) =
            open.into_iter().partition(|fact| fact.tables.iter().all(|table| known.contains_key(table)));
        if ready.is_empty() {
            let cause = polars_err!(SQLInterface: "it reads a table that does not exist");
            return Err(MeasureError::Fact { fact: rest[0].name.clone(), cause });
        }
        ready.sort_by_key(|fact| !plan::is_shared(plan.catalogue, fact));
        let (large, small): (Vec<&Fact>, Vec<&Fact>) =
            ready.into_iter().partition(|fact| rows_behind(plan, tables, fact) > MANY_ROWS);
        let work = |fact: &Fact| {
            let own: Vec<&Task> = tasks.iter().filter(|task| task.fact == fact.name).collect();
            of_fact(plan, &known, fact, units, &own)
                .map_err(|cause| MeasureError::Fact { fact: fact.name.clone(), cause })
        };
        let alone = |fact: &&Fact| {
            let made = work(fact);
            memory::give_back();
            made
        };
        let mut made = large.iter().map(alone).collect::<Result<Vec<_>, _>>()?;
        made.extend(abreast(small.len(), |number| work(small[number]))?);
        for (fact, (table, parts)) in large.iter().chain(&small).zip(made) {
            done.extend(parts);
            if let Some(table) = table {
                known.insert(fact.name.clone(), table);
            }
        }
        open = rest;
    }
    Ok(done)
}

/// Whether so many rows lie in the tables that only one instant is measured at once.
#[must_use]
pub fn has_many_rows(cleared: &Cleared) -> bool {
    cleared.tables.values().map(Table::height).sum::<usize>() > MANY_ROWS
}

/// Rows of all datasets that a fact reads, by way of other facts too.
fn rows_behind(plan: &Plan<'_>, tables: &BTreeMap<String, Table>, fact: &Fact) -> usize {
    let datasets = plan.catalogue.datasets_of(&fact.name);
    datasets.iter().filter_map(|dataset| tables.get(dataset)).map(Table::height).sum()
}

/// The rows of a fact where other facts read them, and what its tasks found.
type OfFact = (Option<LazyFrame>, Done);

fn of_fact(plan: &Plan<'_>, known: &Tables, fact: &Fact, units: &UnitTree, tasks: &[&Task]) -> PolarsResult<OfFact> {
    let lazy = plan::run(plan, known, fact)?;
    let table = if plan::is_shared(plan.catalogue, fact) { Some(plan::shared(fact, lazy.clone())?) } else { None };
    let lazy = table.clone().unwrap_or(lazy);
    let wanted = tasks.iter().flat_map(|task| {
        let measures = measures_of(plan.catalogue, &fact.name, task.over).into_iter();
        measures.map(move |measure| (*task, measure))
    });
    let wanted: Vec<(&Task, &Measure)> = wanted.collect();
    let (additive, afresh): (Vec<&Measure>, Vec<&Measure>) =
        wanted.iter().map(|(_, measure)| *measure).partition(|measure| measure.agg.is_additive());
    let lazy = with_place(lazy, fact.dimension.as_deref());
    // One scan, also where figures that cannot be added want the rows again.
    let lazy = if afresh.is_empty() { lazy } else { collect(lazy.select(needed(&additive, &afresh)?))?.lazy() };
    let mut aggregates = Vec::new();
    for (index, measure) in additive.iter().enumerate() {
        aggregates.extend(additive_exprs(measure, index)?);
    }
    let mut made: Vec<(&Measure, Parts)> = Vec::new();
    if !aggregates.is_empty() {
        let frame = collect(lazy.clone().group_by([col("_unit"), col("_member")]).agg(aggregates))?;
        let Upwards { places, rows } = Upwards::of(&places(&frame)?, units);
        let places = Arc::new(places);
        for (index, measure) in additive.into_iter().enumerate() {
            let finest = read_additive(&frame, measure, index)?;
            let mut sums = vec![Part::Absent; places.pairs().len()];
            for (row, above) in &rows {
                for place in above {
                    sums[*place] = sums[*place].plus(finest[*row]);
                }
            }
            made.push((measure, Parts::new(Arc::clone(&places), sums)));
        }
    }
    for measure in afresh {
        made.push((measure, each_level(lazy.clone(), measure, units)?));
    }
    let mut done = Done::new();
    for (task, measure) in wanted {
        let at = made.iter().position(|(of, _)| *of == measure);
        let parts = at.map(|at| made.swap_remove(at).1).unwrap_or_default();
        done.entry(task.clone()).or_default().push(parts);
    }
    Ok((table, done))
}

/// The columns that measures name, and the place of each row.
fn needed(additive: &[&Measure], afresh: &[&Measure]) -> PolarsResult<Vec<Expr>> {
    let mut names: BTreeSet<PlSmallStr> = ["_unit", "_member"].into_iter().map(PlSmallStr::from).collect();
    for measure in additive.iter().chain(afresh) {
        names.extend(filter_expr(measure)?.meta().root_names());
        if measure.expr.is_some() {
            names.extend(value_expr(measure)?.meta().root_names());
        }
    }
    Ok(names.into_iter().map(col).collect())
}

/// Evaluates a measure on an (empty) fact table, for its mistakes.
pub fn try_on(measure: &Measure, table: &DataFrame) -> PolarsResult<()> {
    let exprs = if measure.agg.is_additive() {
        additive_exprs(measure, 0)?
    } else {
        vec![value_expr(measure)?.median(), filter_expr(measure)?.sum().alias("filter")]
    };
    table.clone().lazy().select(exprs).collect().map(drop)
}

fn with_place(lazy: LazyFrame, dimension: Option<&str>) -> LazyFrame {
    let member = dimension.map_or_else(|| lit(""), |column| col(column).fill_null(lit(UNASSIGNED)));
    lazy.with_columns([col("business_unit").fill_null(lit(UNASSIGNED)).alias("_unit"), member.alias("_member")])
}

fn filter_expr(measure: &Measure) -> PolarsResult<Expr> {
    Ok(match &measure.filter {
        Some(filter) => polars::sql::sql_expr(filter)?.fill_null(lit(false)),
        None => lit(true),
    })
}

fn value_expr(measure: &Measure) -> PolarsResult<Expr> {
    let text =
        measure.expr.as_deref().ok_or_else(|| polars_err!(SQLSyntax: "a measure other than a count needs `expr`"))?;
    polars::sql::sql_expr(text)
}

fn additive_exprs(measure: &Measure, index: usize) -> PolarsResult<Vec<Expr>> {
    let rows = match &measure.filter {
        // Counting a mask as 64-bit integers: 32-bit sums wrap around silently.
        Some(_) => filter_expr(measure)?.cast(DataType::Int64).sum(),
        None => len().cast(DataType::Int64),
    };
    let rows = rows.alias(format!("rows {index}"));
    if measure.agg == Aggregate::Count {
        return Ok(vec![rows]);
    }
    let value = value_expr(measure)?;
    let value = match &measure.filter {
        Some(_) => when(filter_expr(measure)?).then(value).otherwise(lit(NULL)),
        None => value,
    };
    Ok(vec![
        rows,
        value.clone().sum().alias(format!("sum {index}")),
        value.count().cast(DataType::Int64).alias(format!("known {index}")),
    ])
}

/// What a measure found in each row of a group-by.
fn read_additive(frame: &DataFrame, measure: &Measure, index: usize) -> PolarsResult<Vec<Part>> {
    let rows = frame.column(&format!("rows {index}"))?.i64()?.clone();
    let rows = rows.iter().map(Option::unwrap_or_default);
    if measure.agg == Aggregate::Count {
        let part = |rows| if rows == 0 { Part::Absent } else { Part::Known(Decimal::from(rows)) };
        return Ok(rows.map(part).collect());
    }
    let known = frame.column(&format!("known {index}"))?.i64()?.clone();
    let sums = decimals(frame.column(&format!("sum {index}"))?.as_materialized_series())?;
    let part = |((rows, known), sum): ((i64, Option<i64>), Option<Decimal>)| match (rows, known.unwrap_or(0)) {
        (0, _) => Part::Absent,
        (_, 0) => Part::Unknown,
        (_, _) => sum.map_or(Part::Unknown, Part::Known),
    };
    Ok(rows.zip(known.iter()).zip(sums).map(part).collect())
}

fn places(frame: &DataFrame) -> PolarsResult<Vec<Place<'_>>> {
    let (units, members) = (frame.column("_unit")?.str()?, frame.column("_member")?.str()?);
    Ok(units.iter().map(Option::unwrap_or_default).zip(members.iter().map(Option::unwrap_or_default)).collect())
}

/// A numeric column as exact decimals (floats to 15 significant digits).
fn decimals(series: &Series) -> PolarsResult<Vec<Option<Decimal>>> {
    if let DataType::Decimal(_, scale) = series.dtype() {
        let scale = u32::try_from(*scale).unwrap_or(0);
        let raw = series.to_physical_repr().into_owned();
        return Ok(raw.i128()?.iter().map(|value| value.and_then(|value| parts::decimal(value, scale))).collect());
    }
    if series.dtype().is_float() {
        return Ok(series
            .cast(&DataType::Float64)?
            .f64()?
            .iter()
            .map(|value| value.and_then(Decimal::from_f64))
            .collect());
    }
    Ok(series.cast(&DataType::Int64)?.i64()?.iter().map(|value| value.map(Decimal::from)).collect())
}

/// Aggregates that cannot be added, computed afresh from rows at each level.
fn each_level(lazy: LazyFrame, measure: &Measure, units: &UnitTree) -> PolarsResult<Parts> {
    let rows = lazy
        .filter(filter_expr(measure)?)
        .select([col("_unit"), col("_member"), value_expr(measure)?.cast(DataType::Float64).alias("value")])
        .collect()?;
    let (mut lower, mut upper) = (Vec::new(), Vec::new());
    let named: Vec<String> = units.names().map(str::to_owned).chain([UNASSIGNED.to_owned()]).collect();
    for unit in &named {
        for level in units.levels(unit) {
            lower.push(unit.clone());
            upper.push(level);
        }
    }
    let levels = df!("_unit" => lower, "_level" => upper)?;
    let spread = rows.lazy().join(levels.lazy(), [col("_unit")], [col("_unit")], JoinArgs::new(JoinType::Inner));
    let aggregate = match measure.agg {
        Aggregate::Median => col("value").median(),
        Aggregate::P90 => col("value").quantile(lit(0.9), QuantileMethod::Linear),
        Aggregate::Max => col("value").max(),
        Aggregate::Count | Aggregate::Sum => {
            return Err(polars_err!(InvalidOperation: "additive aggregates are rolled up"));
        }
    };
    let mut frames = Vec::new();
    for keys in [
        vec![col("_level").alias("_unit"), lit("").alias("_member")],
        vec![col("_level").alias("_unit"), col("_member")],
    ] {
        let grouped = spread.clone().select([col("_level"), col("_member"), col("value")]).group_by(keys);
        frames.push(grouped.agg([aggregate.clone().alias("figure")]).collect()?);
    }
    let mut all = Vec::new();
    for frame in &frames {
        let figures = decimals(frame.column("figure")?.as_materialized_series())?;
        let parts = figures.into_iter().map(|figure| figure.map_or(Part::Unknown, Part::Known));
        all.extend(places(frame)?.into_iter().zip(parts));
    }
    Ok(Parts::of(&all))
}
