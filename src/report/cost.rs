//! Cost trajectory: posted spend by period, against the budget of each.

use rust_decimal::Decimal;

use super::words::{Words, float};
use super::{Block, Material};
use crate::chart::{Bar, Bars, ChartSpec};
use crate::score::Key;

const KPI: &str = "budget_variance";
/// Periods drawn.
const MOST_PERIODS: usize = 8;

/// Nothing where no period has spend or budget.
pub fn cost(material: &Material<'_>, words: &Words<'_>) -> Option<Block> {
    let key = Key { companion: String::new(), unit: material.scope.to_owned(), member: String::new() };
    let periods: Vec<(String, Decimal, Decimal)> = material
        .scorecard
        .history
        .iter()
        .filter_map(|(period, cells)| {
            let cell = cells.get(KPI, &key)?;
            let (variance, budget) = (cell.numerator?, cell.denominator.unwrap_or_default());
            Some((words.period_short(*period), budget + variance, budget))
        })
        .collect();
    let shown = &periods[periods.len().saturating_sub(MOST_PERIODS)..];
    let (first, last) = (shown.first()?, shown.last()?);
    let bars: Vec<Bar> = shown
        .iter()
        .map(|(label, spend, budget)| Bar {
            label: label.clone(),
            value: float(*spend),
            text: words.money(*spend),
            plan: (!budget.is_zero()).then(|| float(*budget)),
            note: crate::money::signed(*spend - *budget, words.currency, words.locale),
            favourable: if spend == budget { None } else { Some(spend < budget) },
        })
        .collect();
    let alt =
        bars.iter().map(|bar| format!("{} {} ({})", bar.label, bar.text, bar.note)).collect::<Vec<_>>().join("; ");
    let total = |pick: fn(&(String, Decimal, Decimal)) -> Decimal| shown.iter().map(pick).sum::<Decimal>();
    let lead = material.language.fill(
        "cost_lead",
        &[
            ("first", &first.0),
            ("before", &words.money(first.1)),
            ("last", &last.0),
            ("after", &words.money(last.1)),
            ("spend", &words.money(total(|period| period.1))),
            ("budget", &words.money(total(|period| period.2))),
        ],
    );
    Some(Block::Chart {
        id: "cost".to_owned(),
        title: words.word("cost_title"),
        lead: Some(lead),
        spec: ChartSpec::Bars(Bars {
            bars,
            actual_label: words.word("budget_actual"),
            plan_label: Some(words.word("budget_plan")),
        }),
        alt,
        note: None,
    })
}
