//! The figure: value, formula, measures, members.

use muster::app::App;
use muster::catalogue::{Aggregate, Kpi, Measure, Over};
use muster::measure::Part;
use muster::quantity::{self, Locale};
use muster::run::Computed;
use muster::score::{Score, Scorecard};

use super::exact;
use crate::cli::kpis::impact_words;
use crate::cli::table;

pub fn print_value(app: &App, kpi: &Kpi, score: &Score) {
    let currency = &app.settings.reporting.currency;
    let why = score.reason.clone().unwrap_or_else(|| "nothing of what it counts is there".to_owned());
    let mut rows = Vec::new();
    let mut row = |label: &str, value: String, note: String| rows.push(vec![label.to_owned(), value, note]);
    match score.value {
        Some(value) => {
            let words = quantity::value(value, score.unit, &[], currency, Locale::English);
            row("Value", exact(score.value), format!("printed as {words}"));
        }
        None => row("No figure", String::new(), why),
    }
    row("  numerator", exact(score.numerator), format!("= {}", kpi.formula.numerator));
    if let Some(denominator) = &kpi.formula.denominator {
        row("  denominator", exact(score.denominator), format!("= {denominator}"));
    }
    if (kpi.formula.scale - 1.0).abs() > f64::EPSILON {
        row("  scale", kpi.formula.scale.to_string(), "value = numerator / denominator x scale".to_owned());
    }
    if let Some(rows) = score.rows {
        row(
            "  population",
            rows.to_string(),
            kpi.formula.rows.as_ref().map_or_else(String::new, |text| format!("= {text}")),
        );
    }
    let because = score.reason.as_ref().filter(|_| score.value.is_some());
    row("  status", score.status.word().to_owned(), because.map_or_else(String::new, Clone::clone));
    row("  prior period", exact(score.prior_value), String::new());
    row("  last year", exact(score.last_year_value), String::new());
    if let Some(target) = score.target {
        row("  target", exact(Some(target)), String::new());
    }
    if let Some(coverage) = score.coverage {
        let text = kpi.formula.coverage.as_ref().map_or_else(String::new, |text| format!("= {text}"));
        row("  coverage", exact(Some(coverage)), text);
    }
    if let Some(trust) = &score.trust {
        row("  trust", if trust.withheld { "withheld" } else { "indicative" }.to_owned(), trust.because());
    }
    if let Some(impact) = &kpi.impact {
        row(&format!("  money ({currency})"), exact(score.impact), format!("= {}", impact.amount));
        row("", String::new(), impact_words(impact));
    }
    table::print(&[], &rows);
}

pub fn print_companions(kpi: &Kpi, card: &Scorecard, unit: &str) {
    let found = |name: &String| card.find(&kpi.id, name, unit, "");
    let rows: Vec<Vec<String>> = kpi
        .companions
        .iter()
        .filter_map(|(name, companion)| {
            let beside = found(name)?;
            let reason = beside.reason.as_ref().filter(|_| beside.value.is_none());
            Some(vec![name.clone(), exact(beside.value), reason.unwrap_or(&companion.about).clone()])
        })
        .collect();
    if !rows.is_empty() {
        say!("\nBeside it");
        table::print(&[], &rows);
    }
}

/// Every measure with its value at the unit.
pub fn print_measures(kpi: &Kpi, computed: &Computed, unit: &str) {
    say!("\nMeasures");
    let measured = computed.figures.measures.get(&kpi.id);
    let value = |name: &String| match measured.and_then(|measured| measured.get(name)) {
        None => "not measured".to_owned(),
        Some(parts) => match parts.at(unit, "") {
            Part::Absent => "0 (no row)".to_owned(),
            Part::Unknown => "unknown (rows without a value)".to_owned(),
            Part::Known(value) => exact(Some(value)),
        },
    };
    let rows: Vec<Vec<String>> =
        kpi.measures.iter().map(|(name, measure)| vec![name.clone(), value(name), words(measure)]).collect();
    table::print(&[], &rows);
}

fn words(measure: &Measure) -> String {
    let of = measure.expr.as_deref().unwrap_or_default();
    let what = match measure.agg {
        Aggregate::Count => "count of rows".to_owned(),
        Aggregate::Sum => format!("sum of {of}"),
        Aggregate::Median => format!("median of {of}"),
        Aggregate::P90 => format!("90th percentile of {of}"),
        Aggregate::Max => format!("largest {of}"),
    };
    let filter = measure.filter.as_ref().map_or_else(String::new, |filter| format!(" where {filter}"));
    let over = match measure.over {
        Over::Period => "",
        Over::MonthlyMean => ", mean of the closing states of the period's months",
    };
    format!("{what} in fact {}{filter}{over}", measure.fact)
}

pub fn print_members(kpi: &Kpi, card: &Scorecard, unit: &str) {
    let row = |member: &Score| {
        vec![
            member.dimension.clone(),
            exact(member.value),
            exact(member.numerator),
            exact(member.denominator),
            exact(member.impact),
            member.status.word().to_owned(),
        ]
    };
    let rows: Vec<Vec<String>> = card.members(&kpi.id, unit).map(row).collect();
    if !rows.is_empty() {
        let dimension = kpi.dimension.as_deref().unwrap_or("member");
        say!("\nBy {dimension}");
        table::print(&[dimension, "value", "numerator", "denominator", "money", "status"], &rows);
    }
}
