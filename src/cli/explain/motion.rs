//! Motion: why the figure changed, whether that is usual, where it goes, and what was published of it.

use muster::app::App;
use muster::catalogue::{Kpi, Language};
use muster::ids::UNASSIGNED;
use muster::io::published;
use muster::io::store::{Store, StoreError};
use muster::period::Period;
use muster::quantity::{self, Locale};
use muster::report::outlook;
use muster::run::Computed;
use muster::score::restate::{self, Published};
use muster::score::variance::{self, By, Part, Variance};
use muster::score::{Score, Scorecard};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::exact;
use crate::cli::preview::feeds;
use crate::cli::table;

/// The language of the terminal.
const LANGUAGE: &str = "en";

/// The change on the prior period, by unit and by dimension.
pub fn print_change(app: &App, kpi: &Kpi, card: &Scorecard, score: &Score) {
    let prior = card.period.prior();
    say!("\nChange on {prior}");
    let (Some(after), Some(before)) = (score.value, score.prior_value) else {
        let which = if score.value.is_none() { card.period } else { prior };
        say!("  none: there is no figure for {which}");
        return;
    };
    say!("  {} -> {}: {}", exact(Some(before)), exact(Some(after)), change(app, kpi, after - before));
    let unit = &score.business_unit;
    let below = card.units.below(unit).next().is_some() && unit != UNASSIGNED;
    if below {
        print_split(app, kpi, card, unit, By::Unit);
    } else {
        say!("  by business unit: there is none below");
    }
    if kpi.dimension.is_some() {
        print_split(app, kpi, card, unit, By::Dimension);
    }
}

fn print_split(app: &App, kpi: &Kpi, card: &Scorecard, unit: &str, by: By) {
    let by_what = match by {
        By::Unit => "business unit",
        By::Dimension => kpi.dimension.as_deref().unwrap_or_default(),
    };
    let Some(split) = variance::variance(card, kpi, unit, by) else {
        say!(
            "  by {by_what}: no split, since the members do not add up to the figure (it is computed afresh at each level)"
        );
        return;
    };
    let Variance { parts, weighted, .. } = &split;
    if *weighted {
        let (rate, mix) = (change(app, kpi, split.rate()), change(app, kpi, split.mix()));
        say!("  by {by_what}: {rate} rate (members did better or worse), {mix} mix (their weight changed)");
    } else {
        say!("  by {by_what}");
    }
    let row = |part: &Part| {
        let name = match (part.member.as_str(), by) {
            ("", _) => "(the unit itself)".to_owned(),
            (member, By::Unit) => card.units.label(member).to_owned(),
            (member, By::Dimension) => member.to_owned(),
        };
        let mut row =
            vec![name, figure(app, kpi, part.before), figure(app, kpi, part.after), exact(Some(part.total()))];
        if *weighted {
            row.extend([exact(Some(part.rate)), exact(Some(part.mix))]);
        }
        row
    };
    let rows: Vec<Vec<String>> = parts.iter().map(row).collect();
    let head = ["member", "prior", "now", "contribution", "rate", "mix"];
    if rows.is_empty() {
        say!("  no member moved");
    } else {
        table::print(if *weighted { &head } else { &head[..4] }, &rows);
    }
}

/// Usual range and forecast.
pub fn print_outlook(app: &App, kpi: &Kpi, card: &Scorecard, score: &Score) {
    let points = card.trend(&kpi.id, &score.business_unit);
    let values: Vec<String> =
        points.iter().map(|(period, value)| format!("{period} {}", figure(app, kpi, *value))).collect();
    say!("\nUsual range and forecast");
    say!("  {}", values.join("; "));
    let Some(language) = app.catalogue.languages.get(LANGUAGE).or_else(|| own(app)) else { return };
    let reporting = &app.settings.reporting;
    let sentences = outlook(card, kpi, score, language, reporting.calendar, &reporting.currency);
    for sentence in &sentences {
        say!("  {sentence}");
    }
    if sentences.is_empty() {
        let known = points.iter().filter(|(_, value)| value.is_some()).count();
        say!(
            "  {known} of {} periods have a figure that counts: a usual range needs six before this one, a forecast eight",
            points.len()
        );
    }
}

fn own(app: &App) -> Option<&Language> {
    app.catalogue.languages.get(&app.settings.reporting.language)
}

/// What each edition with this KPI last published of the period: edition id and figures.
///
/// # Errors
/// The store does not answer.
pub async fn published(
    app: &App,
    store: &Store,
    kpi: &Kpi,
    unit: &str,
    period: Period,
) -> Result<Vec<(String, Published)>, StoreError> {
    let mut found = Vec::new();
    for edition in app.catalogue.editions.values().filter(|edition| edition.kpis.contains(&kpi.id)) {
        let issues = published::issues(store, &edition.id, unit).await?;
        let of_period = issues.get(&period).map(|revision| (period, *revision)).into_iter().collect();
        let cards = published::scorecards(store, &edition.id, unit, &of_period).await?;
        found.extend(cards.into_iter().map(|card| (edition.id.clone(), card)));
    }
    Ok(found)
}

/// Whether readers were told another figure.
pub fn print_published(app: &App, kpi: &Kpi, unit: &str, computed: &Computed, published: &[(String, Published)]) {
    say!("\nPublished");
    let figures = &computed.figures;
    if published.is_empty() {
        say!("  no edition with this figure is published for {} and `{unit}`", figures.scorecard.period);
    }
    for (edition, issue) in published {
        let then = issue.figures.get(&kpi.id).and_then(|figure| figure.value).and_then(Decimal::from_f64);
        let place = format!("{edition} r{}", issue.revision);
        let kpis = [kpi.id.clone()];
        let issues = std::slice::from_ref(issue);
        let restated = restate::restate(&app.catalogue, &figures.scorecard, unit, &kpis, issues, &figures.footprints);
        match restated.first() {
            None => say!("  {place}: {}, the same as now", exact(then)),
            Some(restated) => {
                let (then, now) = (exact(restated.published), exact(restated.restated));
                say!("  {place}: {then}, now {now}: restated by {}", feeds(&restated.feeds));
            }
        }
    }
}

fn figure(app: &App, kpi: &Kpi, value: Option<Decimal>) -> String {
    let words = |value| quantity::value(value, kpi.unit, &[], &app.settings.reporting.currency, Locale::English);
    value.map_or_else(|| "–".to_owned(), words)
}

fn change(app: &App, kpi: &Kpi, value: Decimal) -> String {
    quantity::change(value, kpi.unit, &app.settings.reporting.currency, Locale::English)
}
