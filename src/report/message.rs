//! Line one, the big figures, the head and the subject.

use rust_decimal::Decimal;
use serde::Serialize;

use super::kpi_rows::Ranked;
use super::totals::Totals;
use super::words::Words;
use super::{Block, Head, Material, ReportError, Tile, Tone, actions, behaviour, crossings, wording};
use crate::catalogue::EditionKind;
use crate::quantity;
use crate::score::Status;
use crate::score::crossing::Change;
use crate::score::trend::Move;
use crate::templates::Templates;

/// Pools named in line one.
const NAMED_DRIVERS: usize = 3;

/// What line one and the subject may say; every text is empty where there is nothing to say.
#[derive(Serialize)]
struct Headline {
    money: String,
    share: String,
    drivers: String,
    count_off: String,
    what: String,
    indicative: bool,
    measured: bool,
    period: String,
    title: String,
    period_short: String,
    state_word: String,
    /// KPIs judged against a target.
    judged: String,
    /// The KPI off target with most money, else the first.
    worst: String,
    /// Decisions asked for.
    decisions: String,
    /// The scope as printed.
    unit: String,
    /// KPIs that moved beyond what is usual.
    moved: String,
    /// Figures newly off target, and got worse.
    new: String,
    worse: String,
    /// The first of them.
    first: String,
    /// Reasons why the report is held.
    reasons: String,
}

fn headline(material: &Material<'_>, words: &Words<'_>, totals: &Totals, rows: &[Ranked]) -> Headline {
    let sum = totals.software_sum();
    let mut pools: Vec<(&String, &Decimal)> =
        totals.software.iter().flatten().filter(|(_, amount)| **amount > Decimal::ZERO).collect();
    pools.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
    let top: Decimal = pools.iter().take(NAMED_DRIVERS).map(|(_, amount)| **amount).sum();
    let worst = rows.iter().find(|ranked| ranked.status == Status::OffTarget);
    let (off, watch, met) = counts(material);
    let news = crossings::count(material, &[Change::New]);
    let told = |change: Change| material.crossings.iter().find(|crossing| crossing.change == change);
    let first = told(Change::New).or_else(|| told(Change::Worse)).and_then(|crossing| {
        let (kpi, score) = (
            material.catalogue.kpi(&crossing.kpi)?,
            material.scorecard.headline(&crossing.kpi, &crossing.business_unit)?,
        );
        Some(format!("{} {}", kpi.name, words.value(score)))
    });
    let names: Vec<&str> = pools.iter().take(NAMED_DRIVERS).map(|(name, _)| name.as_str()).collect();
    let share = sum.filter(|sum| !sum.is_zero()).map(|sum| top / sum).filter(|share| *share >= wording::LEAST_SHARE);
    let share = share.map_or_else(String::new, |share| {
        format!("{}\u{a0}%", quantity::grouped(share * Decimal::ONE_HUNDRED, 0, words.locale))
    });
    Headline {
        money: sum.map_or_else(String::new, |sum| words.money(sum)),
        share,
        drivers: match names.as_slice() {
            [] => String::new(),
            [one] => (*one).to_owned(),
            [rest @ .., last] => format!("{} {} {last}", rest.join(", "), words.word("and")),
        },
        count_off: off.to_string(),
        what: words.word("what_software"),
        // Software is not counted on the asset register: no trust figure qualifies it.
        indicative: false,
        measured: sum.is_some(),
        period: words.period(material.scorecard.period),
        title: material.edition.title.clone(),
        period_short: words.period_short(material.scorecard.period),
        state_word: if material.state == "Final" {
            String::new()
        } else {
            words.language.word(material.state).to_owned()
        },
        judged: (off + watch + met).to_string(),
        worst: worst.map_or_else(String::new, |ranked| ranked.row.name.clone()),
        decisions: actions::count(rows).to_string(),
        unit: scope_label(material, words),
        moved: moved(material, words).to_string(),
        new: news.to_string(),
        worse: crossings::count(material, &[Change::Worse]).to_string(),
        first: first.unwrap_or_default(),
        reasons: material.because.len().to_string(),
    }
}

/// KPIs of the edition whose last value is no noise.
fn moved(material: &Material<'_>, words: &Words<'_>) -> usize {
    let kpis = material.edition.kpis.iter().filter_map(|id| material.catalogue.kpi(id));
    kpis.filter_map(|kpi| Some((kpi, material.scorecard.headline(&kpi.id, material.scope)?)))
        .filter(|(kpi, score)| {
            let judged = behaviour::behaviour(material.scorecard, words, kpi, score).judged;
            matches!(judged, Some(Move::Signal | Move::Shift))
        })
        .count()
}

fn scope_label(material: &Material<'_>, words: &Words<'_>) -> String {
    words.unit(material, material.scope)
}

/// Off target, watch and on target among the edition's KPIs.
fn counts(material: &Material<'_>) -> (usize, usize, usize) {
    let count = |status: Status| {
        material
            .edition
            .kpis
            .iter()
            .filter_map(|kpi| material.scorecard.headline(kpi, material.scope))
            .filter(|score| score.status == status)
            .count()
    };
    (count(Status::OffTarget), count(Status::Watch), count(Status::OnTarget))
}

/// The edition's template; crossings and notices have their own.
fn template(material: &Material<'_>, name: &str) -> String {
    let name = match material.edition.kind {
        EditionKind::Report => name.to_owned(),
        EditionKind::Crossings => format!("crossings.{name}"),
        EditionKind::Notice => format!("notice.{name}"),
    };
    format!(
        "words/{}/{}/{name}.txt",
        material.language.tag.split('-').next().unwrap_or("en"),
        material.edition.audience
    )
}

pub fn message(
    material: &Material<'_>,
    words: &Words<'_>,
    totals: &Totals,
    rows: &[Ranked],
    templates: &Templates,
) -> Result<Block, ReportError> {
    let context = headline(material, words, totals, rows);
    if material.edition.kind != EditionKind::Report {
        let headline = templates.render(&template(material, "headline"), &context)?.trim().to_owned();
        return Ok(Block::Message { headline, sentences: Vec::new() });
    }
    let clause = |key: &'static str, amount: Option<Decimal>| {
        let amount = amount.filter(|amount| *amount > Decimal::ZERO)?;
        Some(material.language.fill(key, &[("money", &words.money(amount))]))
    };
    let clauses: Vec<String> = [
        clause("support_software", totals.software_sum()),
        clause("support_idle", totals.idle_hardware),
        clause("support_exposure", totals.exposure),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut sentences = Vec::new();
    if !clauses.is_empty() {
        sentences.push(format!("{}.", clauses.join("; ")));
    }
    if !totals.unmeasured.is_empty() {
        sentences.push(material.language.fill("support_partial", &[("names", &totals.unmeasured.join(", "))]));
    }
    if !totals.withheld.is_empty() {
        sentences.push(material.language.fill("support_withheld", &[("names", &totals.withheld.join(", "))]));
    }
    let (off, watch, met) = counts(material);
    sentences.push(if off + watch + met == 0 {
        words.word("support_unjudged")
    } else {
        let figures = [("off", off), ("judged", off + watch + met), ("watch", watch), ("met", met)]
            .map(|(name, count)| (name, count.to_string()));
        material.language.fill("support_status", &figures.each_ref().map(|(name, count)| (*name, count.as_str())))
    });
    Ok(Block::Message {
        headline: templates.render(&template(material, "headline"), &context)?.trim().to_owned(),
        sentences,
    })
}

pub fn tiles(material: &Material<'_>, words: &Words<'_>, totals: &Totals) -> Block {
    let status = |kpi: &str| material.scorecard.headline(kpi, material.scope).map(|score| score.status);
    let tile = |label: &'static str, amount: Option<Decimal>, note: String, status: Option<Status>| {
        let (value, tone) = match amount {
            None if status == Some(Status::Withheld) => (words.word("withheld"), Tone::Muted),
            None => (words.word("not_measured_tile"), Tone::Muted),
            Some(amount) if amount <= Decimal::ZERO => (words.word("none_found"), Tone::Good),
            Some(amount) => (words.money(amount), status.map_or(Tone::Neutral, |status| words.status(status).tone)),
        };
        Tile { label: material.language.word(label).to_owned(), value, note, tone }
    };
    let budget = material.scorecard.headline("budget_variance", material.scope);
    // Without a line on either side there is no variance, rather than one of zero.
    let variance = budget.filter(|score| score.impact.is_some()).and_then(|score| score.numerator);
    let over = variance.is_some_and(|variance| variance > Decimal::ZERO);
    let percent = budget
        .and_then(|score| score.value)
        .map_or_else(|| words.word("n/a"), |value| quantity::percent(value.abs(), &[], words.locale));
    let label = match variance {
        None => "tile_budget",
        Some(_) if over => "tile_budget_over",
        Some(_) => "tile_budget_under",
    };
    let period = words.period_short(material.scorecard.period);
    let note = material.language.fill("tile_budget_note", &[("period", &period), ("percent", &percent)]);
    Block::Tiles {
        tiles: vec![
            tile(
                "tile_software",
                totals.software_sum(),
                words.word("tile_software_note"),
                status("software_spend_utilization").or_else(|| status("saas_license_utilization_rate")),
            ),
            tile("tile_idle", totals.idle_hardware, words.word("tile_idle_note"), status("asset_utilization_rate")),
            tile("tile_exposure", totals.exposure, words.word("tile_exposure_note"), Some(Status::OffTarget)),
            tile(label, variance.map(|variance| variance.abs()), note, status("budget_variance")),
        ],
    }
}

pub fn head(
    material: &Material<'_>,
    words: &Words<'_>,
    totals: &Totals,
    rows: &[Ranked],
    templates: &Templates,
) -> Result<Head, ReportError> {
    let context = headline(material, words, totals, rows);
    Ok(Head {
        edition: material.edition.id.clone(),
        title: material.edition.title.clone(),
        organisation: material.organisation.to_owned(),
        period: material.scorecard.period.to_string(),
        period_label: words.period(material.scorecard.period),
        scope: material.scope.to_owned(),
        scope_label: scope_label(material, words),
        language: material.language.tag.clone(),
        subject: templates.render(&template(material, "subject"), &context)?.trim().to_owned(),
        state: words.language.word(material.state).to_owned(),
        is_final: material.state == "Final",
        owner: material.language.word(&material.edition.owner).to_owned(),
    })
}
