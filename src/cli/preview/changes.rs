//! Changes: an issue against the last one its readers got.

use std::collections::BTreeSet;

use muster::app::App;
use muster::catalogue::{Edition, Kpi};
use muster::finding::Level;
use muster::io::published::{self, IssueRecord, Issues};
use muster::io::store::{Store, StoreError};
use muster::period::Period;
use muster::quantity::{self, Locale};
use muster::run::{self, Before, Computed};
use muster::score::restate::{self, MovedFeed, Published};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use crate::cli::table;

/// Findings and caveats printed.
const MOST: usize = 12;
const LOCALE: Locale = Locale::English;

/// The last issue before a period.
pub struct Last {
    figures: Published,
    /// Absent in issues of earlier versions.
    record: Option<IssueRecord>,
}

/// The newest revision of the newest period before `period` that was published for the unit.
pub async fn last(store: &Store, edition: &Edition, unit: &str, period: Period) -> Result<Option<Last>, StoreError> {
    let issues = published::issues(store, &edition.id, unit).await?;
    let Some((at, revision)) = issues.range(..period).next_back() else { return Ok(None) };
    let figures = published::scorecards(store, &edition.id, unit, &Issues::from([(*at, *revision)])).await?;
    let record = published::issue(store, &edition.id, unit, (*at, *revision)).await?;
    Ok(figures.into_iter().next().map(|figures| Last { figures, record }))
}

/// Prints what changed since.
pub fn print(app: &App, edition: &Edition, unit: &str, computed: &Computed, before: &Before, last: Option<&Last>) {
    let figures = &computed.figures;
    let Some(last) = last else {
        say!(
            "\n  No issue before {} is published for `{unit}`: there is nothing to compare with.",
            figures.scorecard.period
        );
        return;
    };
    say!("\n  Since the last issue ({}, r{})", last.figures.period, last.figures.revision);
    print_figures(app, edition, unit, computed, last);
    let restated = restate::restate(
        &app.catalogue,
        &figures.scorecard,
        unit,
        &edition.kpis,
        &before.published,
        &figures.footprints,
    );
    say!("\n  Restated: {}", if restated.is_empty() { "nothing that was published is another figure now" } else { "" });
    let rows: Vec<Vec<String>> = restated
        .iter()
        .filter_map(|restated| {
            let kpi = app.catalogue.kpi(&restated.kpi)?;
            let figure = |value| figure(app, kpi, value);
            Some(vec![
                restated.period.to_string(),
                kpi.name.clone(),
                figure(restated.published),
                "->".to_owned(),
                figure(restated.restated),
                feeds(&restated.feeds),
            ])
        })
        .collect();
    table::print(&[], &rows);
    print_new(computed, unit, last.record.as_ref());
}

fn print_figures(app: &App, edition: &Edition, unit: &str, computed: &Computed, last: &Last) {
    let mut rows = Vec::new();
    for kpi in edition.kpis.iter().filter_map(|id| app.catalogue.kpi(id)) {
        let Some(score) = computed.figures.scorecard.headline(&kpi.id, unit) else { continue };
        let known = last.figures.figures.get(&kpi.id);
        let then = known.and_then(|figure| figure.value).and_then(Decimal::from_f64);
        let status = last.figures.statuses.get(&kpi.id).map_or("", String::as_str);
        let changed = match (known, then, score.value) {
            (None, _, _) => "new in this edition".to_owned(),
            (Some(_), Some(then), Some(now)) => {
                quantity::change(now - then, kpi.unit, &app.settings.reporting.currency, LOCALE)
            }
            (Some(_), _, _) => String::new(),
        };
        let turned = known.is_some() && status != score.status.word();
        rows.push(vec![
            kpi.name.clone(),
            figure(app, kpi, then),
            status.to_owned(),
            "->".to_owned(),
            figure(app, kpi, score.value),
            score.status.word().to_owned(),
            changed,
            if turned { "status changed".to_owned() } else { String::new() },
        ]);
    }
    table::print(&[], &rows);
}

fn figure(app: &App, kpi: &Kpi, value: Option<Decimal>) -> String {
    let words = |value| quantity::value(value, kpi.unit, &[], &app.settings.reporting.currency, LOCALE);
    value.map_or_else(|| "n/a".to_owned(), words)
}

/// `incidents (+12 rows), costs (rows changed)`.
pub fn feeds(feeds: &[MovedFeed]) -> String {
    let moved = |feed: &MovedFeed| {
        let rows = i128::from(feed.rows_now) - i128::from(feed.rows_before);
        let what = if rows == 0 { "rows changed".to_owned() } else { format!("{rows:+} rows") };
        format!("{} ({what})", feed.dataset)
    };
    if feeds.is_empty() {
        return "its definition, or a feed that was published without evidence".to_owned();
    }
    feeds.iter().map(moved).collect::<Vec<_>>().join(", ")
}

/// Caveats and findings that the last issue did not have.
fn print_new(computed: &Computed, unit: &str, record: Option<&IssueRecord>) {
    let Some(record) = record else {
        say!("\n  The last issue kept no record of its caveats and findings: which are new cannot be said.");
        return;
    };
    let caveats = run::caveats(&computed.figures.scorecard, unit);
    let new: Vec<String> =
        caveats.into_iter().filter(|(key, _)| !record.caveats.contains(key)).map(|(_, words)| words).collect();
    list("New caveats", &new);
    let mut seen = BTreeSet::new();
    let findings = run::seen_by(&computed.findings, &computed.figures.scorecard.units, unit);
    let new: Vec<String> = findings
        .iter()
        .filter(|finding| finding.level != Level::Note)
        .filter(|finding| !record.findings.contains(&run::kind_of(finding)) && seen.insert(run::kind_of(finding)))
        .map(|finding| format!("{}: {}\n      hint: {}", finding.place(), finding.message, finding.hint))
        .collect();
    list("New findings", &new);
}

fn list(head: &str, lines: &[String]) {
    say!("\n  {head}: {}", if lines.is_empty() { "none" } else { "" });
    for line in lines.iter().take(MOST) {
        say!("    {line}");
    }
    if lines.len() > MOST {
        say!("    and {} more", lines.len() - MOST);
    }
}
