//! Totals for the cover: per pool the largest of overlapping figures, never the sum; recoverable,
//! exposure and avoidable cost never added together (KPI book, section 4).

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::words::{Words, float, positive_money};
use super::{Block, Material};
use crate::chart::{Bridge, BridgeBar, ChartSpec};
use crate::period::Period;
use crate::score::{Key, Status};

/// KPIs in which the same idle seat can appear.
const POOL_KPIS: [&str; 3] =
    ["software_spend_utilization", "license_utilization_rate", "saas_license_utilization_rate"];
const EXPOSURES: [&str; 4] =
    ["license_compliance_rate", "audit_findings_count", "data_sanitization_rate", "asset_recovery_rate"];
/// Totals this many times taller than the tallest move would dwarf it.
const MOST_TIMES_TALLER: Decimal = Decimal::from_parts(8, 0, 0, false, 0);
/// Steps drawn by name in the bridge; the rest is one step.
const MOST_STEPS: usize = 6;

/// Cover-page amounts in the reporting currency; `None` = not measured, or withheld.
#[derive(Debug, Default)]
pub struct Totals {
    /// Annual recoverable software spend by product or app.
    pub software: Option<BTreeMap<String, Decimal>>,
    pub software_before: Option<BTreeMap<String, Decimal>>,
    /// One-off.
    pub idle_hardware: Option<Decimal>,
    pub exposure: Option<Decimal>,
    /// Names of the figures these totals lack because they were not measured.
    pub unmeasured: Vec<String>,
    /// The same because the register is not accurate enough.
    pub withheld: Vec<String>,
}

impl Totals {
    pub fn software_sum(&self) -> Option<Decimal> {
        self.software.as_ref().map(|by| by.values().sum())
    }
}

pub fn totals(material: &Material<'_>) -> Totals {
    let card = material.scorecard;
    let money = |kpi: &str| {
        // Withheld is not zero.
        let score = card.headline(kpi, material.scope).filter(|score| score.status != Status::Withheld)?;
        score.value.or(score.impact)?;
        Some(positive_money(score).unwrap_or_default())
    };
    let exposures: Vec<Decimal> = EXPOSURES.iter().filter_map(|kpi| money(kpi)).collect();
    let lacking = |status: Status| -> Vec<String> {
        let parts = POOL_KPIS.iter().chain(&EXPOSURES).chain(&["asset_utilization_rate"]);
        let such = parts.filter(|kpi| card.headline(kpi, material.scope).is_some_and(|score| score.status == status));
        such.filter_map(|kpi| material.catalogue.kpi(kpi).map(|kpi| kpi.name.clone())).collect()
    };
    Totals {
        unmeasured: lacking(Status::NotMeasured),
        withheld: lacking(Status::Withheld),
        software: pools(material, card.period),
        software_before: pools(material, card.period.prior()),
        idle_hardware: money("asset_utilization_rate"),
        exposure: (!exposures.is_empty()).then(|| exposures.iter().sum()),
    }
}

/// Recoverable money by pool in a period: the largest of the figures that speak of the same seats.
fn pools(material: &Material<'_>, period: Period) -> Option<BTreeMap<String, Decimal>> {
    let cells = material.scorecard.history.get(&period)?;
    let mut pools: BTreeMap<String, Decimal> = BTreeMap::new();
    let mut measured = false;
    for kpi in POOL_KPIS {
        let total = Key { companion: String::new(), unit: material.scope.to_owned(), member: String::new() };
        measured |= cells.get(kpi, &total).is_some_and(|cell| cell.value.is_some());
        for (key, cell) in cells.members(kpi, material.scope) {
            let amount = cell.impact.unwrap_or_default().max(Decimal::ZERO);
            let pool = pools.entry(key.member.clone()).or_default();
            *pool = (*pool).max(amount);
        }
    }
    measured.then_some(pools)
}

/// Prior total, the pools that moved it most, current total.
pub fn bridge(material: &Material<'_>, words: &Words<'_>, totals: &Totals) -> Block {
    let title = words.word("bridge_title");
    let (Some(now), Some(before)) = (&totals.software, &totals.software_before) else {
        return Block::Text { id: "bridge".to_owned(), title, paragraphs: vec![words.word("bridge_none")] };
    };
    let sum = |by: &BTreeMap<String, Decimal>| by.values().sum::<Decimal>();
    let (prior, current) = (sum(before), sum(now));
    let mut steps: Vec<(String, Decimal)> = now
        .keys()
        .chain(before.keys().filter(|pool| !now.contains_key(*pool)))
        .map(|pool| {
            (pool.clone(), now.get(pool).copied().unwrap_or_default() - before.get(pool).copied().unwrap_or_default())
        })
        .filter(|(_, step)| !step.is_zero())
        .collect();
    steps.sort_by(|a, b| b.1.abs().cmp(&a.1.abs()).then_with(|| a.0.cmp(&b.0)));
    let others: Decimal = steps.iter().skip(MOST_STEPS).map(|(_, step)| *step).sum();
    let left_over = steps.len() > MOST_STEPS;
    steps.truncate(MOST_STEPS);
    if left_over {
        steps.push((words.word("bridge_other"), others));
    }
    let card = material.scorecard;
    let level = |label: String, value: Decimal| BridgeBar {
        label,
        value: float(value),
        text: words.money(value),
        total: true,
        favourable: None,
    };
    let moves = steps.iter().map(|(pool, step)| BridgeBar {
        label: pool.clone(),
        value: float(*step),
        text: crate::money::signed(*step, words.currency, words.locale),
        total: false,
        favourable: Some(*step < Decimal::ZERO),
    });
    // Beside totals many times as tall the moves could not be read, and an axis is never cut: then the
    // bridge starts at zero and ends at the net change. Both totals stand in the sentence above it.
    let tallest = steps.iter().map(|(_, step)| step.abs()).max().unwrap_or_default();
    let dwarfed = tallest * MOST_TIMES_TALLER < prior.max(current);
    let mut bars: Vec<BridgeBar> = Vec::new();
    if dwarfed {
        bars.extend(moves);
        let net = current - prior;
        bars.push(BridgeBar {
            label: words.word("bridge_net"),
            value: float(net),
            text: crate::money::signed(net, words.currency, words.locale),
            total: true,
            favourable: None,
        });
    } else {
        bars.push(level(words.period_short(card.period.prior()), prior));
        bars.extend(moves);
        bars.push(level(words.period_short(card.period), current));
    }
    let alt = bars.iter().map(|bar| format!("{} {}", bar.label, bar.text)).collect::<Vec<_>>().join("; ");
    let lead = material.language.fill(
        "bridge_lead",
        &[
            ("prior", &words.money(prior)),
            ("prior_period", &words.period_short(card.period.prior())),
            ("current", &words.money(current)),
            ("period", &words.period_short(card.period)),
            ("change", &crate::money::signed(current - prior, words.currency, words.locale)),
        ],
    );
    Block::Chart {
        id: "bridge".to_owned(),
        title,
        lead: Some(lead),
        spec: ChartSpec::Bridge(Bridge { bars, unit: String::new() }),
        alt,
        note: Some(words.word("bridge_note")),
    }
}
