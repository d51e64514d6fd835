//! The scorecard as data: `scorecard.parquet` and `scorecard.json`, exactly the columns of the KPI book,
//! section 6. Other programs read it; so does the next run, which compares the headlines (`readback::headlines`).

use polars::prelude::*;
use rust_decimal::Decimal;
use serde::Serialize;

use super::RenderError;
use crate::catalogue::ImpactKind;
use crate::quantity::Unit;
use crate::score::{Score, Scorecard};

/// Decimal places of the exact text columns.
const EXACT_PLACES: u32 = 12;

/// The scorecard as one Parquet file.
///
/// # Errors
/// The writer fails.
pub fn parquet(scorecard: &Scorecard) -> Result<Vec<u8>, RenderError> {
    let mut frame = frame(scorecard).map_err(|error| RenderError::Data(error.to_string()))?;
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        // All cores make packs already.
        .set_parallel(false)
        .finish(&mut frame)
        .map_err(|error| RenderError::Data(error.to_string()))?;
    Ok(bytes)
}

/// The scorecard as JSON: an object with the period, the catalogue version and one object per row.
///
/// # Errors
/// The writer fails.
pub fn json(scorecard: &Scorecard) -> Result<Vec<u8>, RenderError> {
    let document = Document {
        period: scorecard.period.to_string(),
        catalogue_version: &scorecard.catalogue_version,
        rows: scorecard.scores.iter().map(|score| row(score, scorecard)).collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&document).map_err(|error| RenderError::Data(error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The word of a unit of measurement, as it stands in the `unit` column.
#[must_use]
pub fn unit_word(unit: Unit) -> &'static str {
    match unit {
        Unit::Ratio => "ratio",
        Unit::Money => "money",
        Unit::Per100 => "per 100",
        Unit::Days => "days",
        Unit::Hours => "hours",
        Unit::Count => "count",
        Unit::OneTo => "1:x",
    }
}

/// The word of an impact kind, as it stands in the `impact_kind` column.
#[must_use]
pub fn impact_word(kind: ImpactKind) -> &'static str {
    match kind {
        ImpactKind::Recoverable => "recoverable",
        ImpactKind::Exposure => "exposure",
        ImpactKind::Avoidable => "avoidable cost",
    }
}

fn float(value: Option<Decimal>) -> Option<f64> {
    // By way of the text, which gives the nearest float.
    value.and_then(|value| value.to_string().parse().ok())
}

fn exact(value: Option<Decimal>) -> Option<String> {
    value.map(|value| value.round_dp(EXACT_PLACES).normalize().to_string())
}

fn numerator_exact(score: &Score) -> Option<String> {
    // Only money has cents to lose; counts and days are exact as floats.
    if score.is_amount { exact(score.numerator) } else { None }
}

fn frame(scorecard: &Scorecard) -> PolarsResult<DataFrame> {
    let scores = &scorecard.scores;
    let texts = |pick: &dyn Fn(&Score) -> String| -> Vec<String> { scores.iter().map(pick).collect() };
    let floats =
        |pick: fn(&Score) -> Option<Decimal>| -> Vec<Option<f64>> { scores.iter().map(pick).map(float).collect() };
    df!(
        "kpi" => texts(&|score| score.kpi.clone()),
        "companion" => texts(&|score| score.companion.clone()),
        "business_unit" => texts(&|score| score.business_unit.clone()),
        "period" => texts(&|score| score.period.to_string()),
        "dimension" => texts(&|score| score.dimension.clone()),
        "numerator" => floats(|score| score.numerator),
        "denominator" => floats(|score| score.denominator),
        "value" => floats(|score| score.value),
        "rows" => floats(|score| score.rows.map(Decimal::from)),
        "unit" => texts(&|score| unit_word(score.unit).to_owned()),
        "target" => floats(|score| score.target),
        "status" => texts(&|score| score.status.word().to_owned()),
        "coverage" => floats(|score| score.coverage),
        "impact" => floats(|score| score.impact),
        "impact_kind" => scores.iter().map(|score| score.impact_kind.map(impact_word)).collect::<Vec<_>>(),
        "prior_value" => floats(|score| score.prior_value),
        "last_year_value" => floats(|score| score.last_year_value),
        "reason" => scores.iter().map(|score| score.reason.clone()).collect::<Vec<_>>(),
        "catalogue_version" => texts(&|_| scorecard.catalogue_version.clone()),
        "numerator_exact" => scores.iter().map(numerator_exact).collect::<Vec<_>>(),
        "impact_exact" => scores.iter().map(|score| exact(score.impact)).collect::<Vec<_>>(),
    )
}

/// The order of the fields is the order in the file.
#[derive(Serialize)]
struct Document<'a> {
    period: String,
    catalogue_version: &'a str,
    rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    kpi: &'a str,
    companion: &'a str,
    business_unit: &'a str,
    period: String,
    dimension: &'a str,
    numerator: Option<f64>,
    denominator: Option<f64>,
    value: Option<f64>,
    rows: Option<u64>,
    unit: &'static str,
    target: Option<f64>,
    status: &'static str,
    coverage: Option<f64>,
    impact: Option<f64>,
    impact_kind: Option<&'static str>,
    prior_value: Option<f64>,
    last_year_value: Option<f64>,
    reason: Option<&'a str>,
    catalogue_version: &'a str,
    numerator_exact: Option<String>,
    impact_exact: Option<String>,
}

fn row<'a>(score: &'a Score, scorecard: &'a Scorecard) -> Row<'a> {
    Row {
        kpi: &score.kpi,
        companion: &score.companion,
        business_unit: &score.business_unit,
        period: score.period.to_string(),
        dimension: &score.dimension,
        numerator: float(score.numerator),
        denominator: float(score.denominator),
        value: float(score.value),
        rows: score.rows,
        unit: unit_word(score.unit),
        target: float(score.target),
        status: score.status.word(),
        coverage: float(score.coverage),
        impact: float(score.impact),
        impact_kind: score.impact_kind.map(impact_word),
        prior_value: float(score.prior_value),
        last_year_value: float(score.last_year_value),
        reason: score.reason.as_deref(),
        catalogue_version: &scorecard.catalogue_version,
        numerator_exact: numerator_exact(score),
        impact_exact: exact(score.impact),
    }
}
