//! `muster explain`: value <- formula <- measures <- rows <- extracts with checksums.

mod figure;
mod motion;
mod trail;

use muster::app::App;
use muster::io::clock;
use muster::period::{Grain, Period};
use muster::run;

use super::progress::Show;
use crate::exit::Exit;

pub async fn explain(app: &App, id: &str, unit: &str, period: Option<Period>, show: &Show) -> anyhow::Result<Exit> {
    let kpi = run::kpi(app, id)?;
    let period = period.unwrap_or_else(|| app.newest(Grain::Month, clock::now()));
    let store = app.store()?;
    let computed = run::compute(app, &store, period, &|what| show.step(what)).await?;
    run::check_unit(&computed.figures, unit, period)?;
    let published = motion::published(app, &store, kpi, unit, period).await?;
    show.finish();
    let card = &computed.figures.scorecard;
    say!("{} ({id}) · {} · {period}\n{}\n", kpi.name, card.units.label(unit), kpi.question);
    if let Some(headline) = card.headline(id, unit) {
        figure::print_value(app, kpi, headline);
        figure::print_companions(kpi, card, unit);
        figure::print_measures(kpi, &computed, unit);
        figure::print_members(kpi, card, unit);
        motion::print_change(app, kpi, card, headline);
        motion::print_outlook(app, kpi, card, headline);
    } else {
        say!("No figure: `{id}` is not stated for `{unit}`.\n  hint: ask for --unit ALL, or for a unit that has rows");
    }
    motion::print_published(app, kpi, unit, &computed, &published);
    trail::print_facts(app, kpi, &computed)?;
    trail::print_rows(app, kpi, unit, &computed)?;
    trail::print_extracts(app, kpi, &computed);
    say!("\nCatalogue version {}", card.catalogue_version);
    Ok(Exit::Done)
}

/// Exact, as far as twelve decimal places go.
fn exact(value: Option<rust_decimal::Decimal>) -> String {
    value.map_or_else(|| "n/a".to_owned(), |value| value.round_dp(12).normalize().to_string())
}
