//! What heat maps and trends must say, worked out from the scorecard a second time.

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::Source;
use super::expect::{Again, Figure, What, figure};
use crate::catalogue::Kpi;
use crate::ids::{ENTERPRISE, UNASSIGNED};
use crate::period::{Grain, Period};
use crate::quantity::{self, Direction, Locale, NONE, Unit};
use crate::score::{Applied, Score, Status};

/// Earlier points that make a usual range, and points that make a forecast.
const LEAST_EARLIER: usize = 6;
const LEAST_FORECAST: usize = 8;
/// Mean moving ranges on each side of the mean.
const RANGES: f64 = 2.66;
/// Periods drawn ahead.
const AHEAD: i32 = 3;

/// Columns of the map, then a row for each unit: its label and, by column, the value and the shape with the word
/// of the status.
pub fn heat_map(source: &Source<'_>) -> (Vec<Figure>, Vec<(String, Vec<Figure>)>) {
    let Some(edition) = source.catalogue.editions.get(&source.model.head.edition) else {
        return (Vec::new(), Vec::new());
    };
    let kpis: Vec<&Kpi> = edition.heat.iter().filter_map(|id| source.catalogue.kpi(id)).collect();
    let heads = kpis.iter().map(|kpi| figure(What::Cell { flush_right: false }, "", &kpi.name)).collect();
    let scope = source.model.head.scope.as_str();
    let mut units = Vec::new();
    descend(source, scope, &mut units);
    let counts = |kpi: &&Kpi| source.scorecard.headline(&kpi.id, UNASSIGNED).is_some_and(|score| score.value.is_some());
    if scope == ENTERPRISE && kpis.iter().any(counts) {
        units.push(UNASSIGNED.to_owned());
    }
    let row = |unit: &String| {
        let label = match unit.as_str() {
            ENTERPRISE => source.language.word("enterprise").to_owned(),
            UNASSIGNED => source.language.word("unassigned").to_owned(),
            _ => source.scorecard.units.label(unit).to_owned(),
        };
        (label, kpis.iter().flat_map(|kpi| cell(source, kpi, unit)).collect())
    };
    (heads, units.iter().map(row).collect())
}

fn descend(source: &Source<'_>, unit: &str, units: &mut Vec<String>) {
    units.push(unit.to_owned());
    for below in source.scorecard.units.below(unit) {
        descend(source, below, units);
    }
}

/// Value, shape and word, labelled with the measure.
fn cell(source: &Source<'_>, kpi: &Kpi, unit: &str) -> [Figure; 3] {
    let word = |status: Status| source.language.word(status.word());
    let (value, shape, status) = match source.scorecard.headline(&kpi.id, unit) {
        None => (NONE.to_owned(), "", source.language.word("n/a")),
        Some(score) => {
            let again = Again { source, locale: Locale::of(&source.language.tag), kpi, score };
            let (value, shape) = match score.status {
                Status::OnTarget => (again.value(), "●"),
                Status::Watch => (again.value(), "▲"),
                Status::OffTarget => (again.value(), "■"),
                Status::NoTarget | Status::Baselining => (again.value(), "○"),
                Status::Withheld => (word(Status::Withheld).to_owned(), "○"),
                Status::NotApplicable | Status::NotMeasured => (NONE.to_owned(), "○"),
            };
            (value, shape, word(score.status))
        }
    };
    [
        figure(What::Value, &kpi.name, &value),
        figure(What::Note, &kpi.name, shape),
        figure(What::Status, &kpi.name, status),
    ]
}

/// A trend's months with their values, then the texts that stand at its drawing: last value, target, usual range,
/// last expected value. `None` where nothing can be drawn.
pub fn trend(source: &Source<'_>, kpi: &Kpi) -> Option<(Vec<Figure>, Vec<Figure>)> {
    let score = source.scorecard.headline(&kpi.id, &source.model.head.scope)?;
    let again = Again { source, locale: Locale::of(&source.language.tag), kpi, score };
    let points = source.scorecard.trend(&kpi.id, &score.business_unit);
    let last = points.len().checked_sub(1)?;
    let text = |index: usize, value: Option<Decimal>| match value {
        _ if index == last => again.value(),
        Some(value) => again.plainly(value),
        None => NONE.to_owned(),
    };
    let months = points
        .iter()
        .enumerate()
        .map(|(index, (period, value))| figure(What::Value, &short(source, *period), &text(index, *value)));
    let months: Vec<Figure> = months.collect();
    let known: Vec<Option<f64>> = points.iter().map(|(_, value)| value.and_then(|value| value.to_f64())).collect();
    let say = |value: f64| Decimal::from_f64(within(value, kpi)).map_or_else(String::new, |value| again.plainly(value));
    let mut texts = vec![figure(What::Value, "", &again.value())];
    if let Some(Applied::Limit { op, .. }) = &score.target_words
        && !matches!(op, crate::catalogue::Op::Near)
    {
        // A German noun keeps its capital inside a text.
        let word = source.language.word("target");
        let word = if again.locale == Locale::German { word.to_owned() } else { word.to_lowercase() };
        let words = format!("{word} {}", again.target());
        texts.push(figure(What::Target, "", &words));
    }
    if let Some((low, high)) = usual(&known) {
        let usual = format!("{} – {}", say(low), say(high));
        texts.push(figure(What::Note, "", &source.language.fill("trend_usual", &[("usual", &usual)])));
    }
    if let Some(expected) = expected(&known) {
        texts.push(figure(What::Value, &short(source, source.scorecard.period.shift(AHEAD)), &say(expected)));
    }
    Some((months, texts))
}

impl Again<'_> {
    /// A value of another period, or one that nobody measured: no limit stands beside it.
    fn plainly(&self, value: Decimal) -> String {
        quantity::value(value, self.kpi.unit, &[], self.source.currency, self.locale)
    }
}

/// Mean of the points before the last, and 2.66 mean moving ranges on each side.
fn usual(points: &[Option<f64>]) -> Option<(f64, f64)> {
    let (_, earlier) = points.split_last()?;
    let known: Vec<f64> = earlier.iter().copied().flatten().collect();
    if known.len() < LEAST_EARLIER {
        return None;
    }
    let centre = mean(&known);
    let steps: Vec<f64> = (1..known.len()).map(|at| (known[at] - known[at - 1]).abs()).collect();
    let reach = RANGES * mean(&steps);
    Some((centre - reach, centre + reach))
}

/// The least-squares line three periods after the last point.
fn expected(points: &[Option<f64>]) -> Option<f64> {
    points.last().copied().flatten()?;
    let known: Vec<(f64, f64)> = points.iter().zip(0_u32..).filter_map(|(y, x)| Some((f64::from(x), (*y)?))).collect();
    if known.len() < LEAST_FORECAST {
        return None;
    }
    let (xs, ys): (Vec<f64>, Vec<f64>) = known.iter().copied().unzip();
    let products: Vec<f64> = known.iter().map(|(x, y)| x * y).collect();
    let squares: Vec<f64> = xs.iter().map(|x| x * x).collect();
    let slope = (mean(&products) - mean(&xs) * mean(&ys)) / (mean(&squares) - mean(&xs) * mean(&xs));
    let at = u32::try_from(points.len() - 1).ok()?;
    Some(mean(&ys) + slope * (f64::from(at) + f64::from(AHEAD) - mean(&xs)))
}

/// Kept to what the unit can be; a variance may have either sign.
fn within(value: f64, kpi: &Kpi) -> f64 {
    match (kpi.direction, kpi.unit) {
        (Direction::Zero, _) => value,
        (_, Unit::Ratio) => value.clamp(0.0, 1.0),
        (_, Unit::Money | Unit::Per100 | Unit::Days | Unit::Hours | Unit::Count | Unit::OneTo) => value.max(0.0),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of periods")]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// `Oct 2026`, `Q3 2026`.
fn short(source: &Source<'_>, period: Period) -> String {
    let (language, year, index) = (source.language, period.year.to_string(), period.index);
    let month = |names: &[String], at: usize| names.get(at).cloned().unwrap_or_default();
    match period.grain {
        Grain::Day => {
            let date: Option<chrono::NaiveDate> = period.to_string().parse().ok();
            date.map_or_else(String::new, |date| {
                let name = month(&language.months_short, chrono::Datelike::month0(&date) as usize);
                format!("{} {name} {year}", chrono::Datelike::day(&date))
            })
        }
        Grain::Month => format!("{} {year}", month(&language.months_short, index as usize - 1)),
        Grain::Quarter => language.fill("quarter", &[("index", &index.to_string()), ("year", &year)]),
        Grain::Year => language.fill("year", &[("year", &year)]),
    }
}

/// The measure that a trend is of, by the id of its block.
pub fn trend_of<'a>(source: &Source<'a>, id: &str) -> Option<&'a Kpi> {
    source.catalogue.kpi(id.strip_prefix("trend-")?)
}

/// The title of a trend: value and change, worked out again.
pub fn trend_title(source: &Source<'_>, kpi: &Kpi, score: &Score) -> String {
    let again = Again { source, locale: Locale::of(&source.language.tag), kpi, score };
    let (value, change) = (again.value(), again.change(score.prior_value));
    if change == NONE {
        return format!("{}: {value}", kpi.name);
    }
    source.language.fill("trend_title", &[("name", &kpi.name), ("value", &value), ("change", &change)])
}
