//! `muster explain`: value <- formula <- measures <- rows <- extracts with checksums.

use std::collections::BTreeMap;

use muster::app::App;
use muster::catalogue::{Aggregate, Kpi, Measure};
use muster::ids::did_you_mean;
use muster::io::clock;
use muster::measure::{self, FactRows, RowCell, RowTable};
use muster::period::{Grain, Period};
use muster::run::{self, Computed};
use muster::score::Score;

use super::kpis::impact_words;
use super::progress::Show;
use crate::exit::Exit;

/// Worst rows printed.
const WORST: u32 = 10;

pub async fn explain(app: &App, id: &str, unit: &str, period: Option<Period>, show: &Show) -> anyhow::Result<Exit> {
    let known = app.catalogue.kpis.iter().map(|kpi| kpi.id.as_str());
    let kpi =
        app.catalogue.kpi(id).ok_or_else(|| anyhow::anyhow!("there is no KPI `{id}`{}", did_you_mean(id, known)))?;
    let period = period.unwrap_or_else(|| app.newest(Grain::Month, clock::now()));
    let computed = run::compute(app, &app.store()?, period, &|what| show.step(what)).await?;
    show.finish();
    let card = &computed.figures.scorecard;
    let Some(score) = card.headline(id, unit) else {
        let levels = card.units.all_levels();
        anyhow::bail!("there is no business unit `{unit}`{}", did_you_mean(unit, levels.iter().map(String::as_str)));
    };
    say!("{} · {} · {period}\n{}\n", kpi.name, card.units.label(unit), kpi.question);
    print_value(kpi, score, app);
    for (name, companion) in &kpi.companions {
        if let Some(beside) = card.find(id, name, unit, "") {
            say!("  {name:<26}{:>20}   {}", text(beside.value), companion.about);
        }
    }
    print_measures(kpi, card, unit);
    print_facts(app, kpi, period, &computed)?;
    print_rows(app, kpi, unit, period, &computed)?;
    say!("\nExtracts");
    let datasets: Vec<String> = kpi.facts().iter().flat_map(|fact| app.catalogue.datasets_of(fact)).collect();
    for dataset in datasets.iter().collect::<std::collections::BTreeSet<_>>() {
        let night = computed.figures.closing.nights.get(dataset);
        match night {
            None => say!(
                "  {dataset}: {}",
                computed.figures.closing.missing.get(dataset).map_or("not delivered", String::as_str)
            ),
            Some(night) => {
                let files = computed
                    .evidence
                    .iter()
                    .filter(|file| file.dataset == *dataset && (file.night == *night || is_ledger(app, dataset)));
                for file in files {
                    say!("  {}  sha256 {}", file.key, file.sha256);
                }
            }
        }
    }
    say!("\nCatalogue version {}", card.catalogue_version);
    Ok(Exit::Done)
}

fn is_ledger(app: &App, dataset: &str) -> bool {
    app.catalogue.contracts.get(dataset).is_some_and(|contract| contract.kind == muster::catalogue::DatasetKind::Ledger)
}

fn text(value: Option<rust_decimal::Decimal>) -> String {
    value.map_or_else(|| "n/a".to_owned(), |value| value.round_dp(12).normalize().to_string())
}

fn print_value(kpi: &Kpi, score: &Score, app: &App) {
    say!("Value                         {}", text(score.value));
    say!("  numerator                   {}   = {}", text(score.numerator), kpi.formula.numerator);
    if let Some(denominator) = &kpi.formula.denominator {
        say!("  denominator                 {}   = {denominator}", text(score.denominator));
    }
    say!(
        "  status                      {}{}",
        score.status.word(),
        score.reason.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"))
    );
    say!("  prior / last year           {} / {}", text(score.prior_value), text(score.last_year_value));
    if let Some(target) = score.target {
        say!("  target                      {}", text(Some(target)));
    }
    if let Some(coverage) = score.coverage {
        say!("  coverage                    {}", text(Some(coverage)));
    }
    if let Some(impact) = &kpi.impact {
        say!(
            "  money ({})                 {}   = {}",
            app.settings.reporting.currency,
            text(score.impact),
            impact.amount
        );
        say!("    {}", impact_words(impact));
    }
}

fn print_measures(kpi: &Kpi, card: &muster::score::Scorecard, unit: &str) {
    say!("\nMeasures");
    for (name, measure) in &kpi.measures {
        say!("  {name:<26}{}", measure_words(measure));
    }
    let members: Vec<&Score> = card.members(&kpi.id, unit).collect();
    if !members.is_empty() {
        say!("\nBy {}", kpi.dimension.as_deref().unwrap_or_default());
        for member in members {
            say!(
                "  {:<30}{:>20} = {} / {}   money {}",
                member.dimension,
                text(member.value),
                text(member.numerator),
                text(member.denominator),
                text(member.impact)
            );
        }
    }
}

fn measure_words(measure: &Measure) -> String {
    let what = match measure.agg {
        Aggregate::Count => "count of rows".to_owned(),
        Aggregate::Sum | Aggregate::Median | Aggregate::P90 | Aggregate::Max => {
            format!("{:?} of {}", measure.agg, measure.expr.as_deref().unwrap_or_default()).to_lowercase()
        }
    };
    let filter = measure.filter.as_ref().map_or_else(String::new, |filter| format!(" where {filter}"));
    format!("{what} in fact {}{filter}", measure.fact)
}

fn print_facts(app: &App, kpi: &Kpi, period: Period, computed: &Computed) -> anyhow::Result<()> {
    let frame = app.frame();
    let plan = measure::Plan::new(&frame, period, &computed.figures.closing.units);
    for fact in app.catalogue.facts_in_order(&kpi.facts()) {
        say!("\nFact {}: {}", fact.name, fact.about);
        for line in plan.sql(fact)?.lines() {
            say!("  {line}");
        }
    }
    Ok(())
}

fn print_rows(app: &App, kpi: &Kpi, unit: &str, period: Period, computed: &Computed) -> anyhow::Result<()> {
    let Some(list) = &kpi.exceptions else { return Ok(()) };
    let lists = BTreeMap::from([(kpi.id.clone(), list.clone())]);
    let rows = tokio::task::block_in_place(|| {
        FactRows::open(&app.frame(), period, &computed.figures.closing, unit)?.exceptions(&lists, WORST)
    })?;
    if let Some(found) = rows.get(&kpi.id) {
        say!("\n{} ({} of {})", list.title, found.rows.len(), found.total);
        print_table(found);
    }
    Ok(())
}

fn print_table(found: &RowTable) {
    let lines: Vec<Vec<String>> = std::iter::once(found.columns.clone())
        .chain(found.rows.iter().map(|row| row.iter().map(cell).collect()))
        .collect();
    let widths: Vec<usize> = (0..found.columns.len())
        .map(|index| lines.iter().map(|line| line[index].chars().count()).max().unwrap_or(0))
        .collect();
    for line in lines {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        say!("  {}", cells.join("  ").trim_end());
    }
}

fn cell(cell: &RowCell) -> String {
    match cell {
        RowCell::Empty => "–".to_owned(),
        RowCell::Text(text) => text.clone(),
        RowCell::Number(value) => value.to_string(),
        RowCell::Date(date) => date.to_string(),
        RowCell::Stamp(at) => at.format("%Y-%m-%dT%H:%MZ").to_string(),
    }
}
