//! KPI rows: ranked by money at risk; what is on target and unchanged collapses into one sentence.

use rust_decimal::Decimal;

use super::wording::{self, Worded};
use super::words::{Words, float, positive_money};
use super::{Block, KpiRow, Material, ReportError};
use crate::catalogue::{Kpi, Op};
use crate::chart::{Bullet, Sparkline};
use crate::quantity::{Direction, Unit};
use crate::score::{Applied, Score, Status};
use crate::templates::Templates;

/// A change of a rate smaller than this is "unchanged" (fraction).
const UNCHANGED: Decimal = Decimal::from_parts(5, 0, 0, false, 3);

/// A row and what decides where it stands.
pub struct Ranked {
    pub row: KpiRow,
    pub action: String,
    pub money: Decimal,
    pub owner: String,
    pub status: Status,
    silent: bool,
    collapsed: bool,
}

pub fn rows(material: &Material<'_>, words: &Words<'_>, templates: &Templates) -> Result<Vec<Ranked>, ReportError> {
    let mut rows = Vec::new();
    for id in &material.edition.kpis {
        let (Some(kpi), Some(score)) = (material.catalogue.kpi(id), material.scorecard.headline(id, material.scope))
        else {
            continue;
        };
        let worded = wording::word(material, words, kpi, score, templates)?;
        rows.push(row(material, words, kpi, score, worded));
    }
    // Money first, then the worse status, then the edition's own order (the sort is stable).
    rows.sort_by_key(|ranked| std::cmp::Reverse(ranked.money));
    Ok(rows)
}

fn row(material: &Material<'_>, words: &Words<'_>, kpi: &Kpi, score: &Score, worded: Worded) -> Ranked {
    let unchanged = score.prior_value.zip(score.value).is_some_and(|(before, after)| {
        let change = (after - before).abs();
        if score.unit == Unit::Ratio { change < UNCHANGED } else { change.is_zero() }
    });
    let money = positive_money(score).unwrap_or_default();
    // What is withheld is withheld in every form.
    let shown = score.value.filter(|_| score.status != Status::Withheld);
    Ranked {
        money,
        status: score.status,
        owner: kpi.owner.clone(),
        silent: score.value.is_none() && money.is_zero(),
        collapsed: score.status == Status::OnTarget && unchanged && money.is_zero(),
        action: worded.action,
        row: KpiRow {
            id: kpi.id.clone(),
            name: kpi.name.clone(),
            value: words.value(score),
            population: words.population(score),
            sparkline: sparkline(material, words, kpi, score),
            bullet: bullet(words, kpi, score),
            target: words.target(score),
            change_prior: words.delta(score.prior_value, shown, score.unit, kpi.direction),
            change_year: words.delta(score.last_year_value, shown, score.unit, kpi.direction),
            status: words.status(score.status),
            money: words.money_at_risk(score, kpi),
            sentence: worded.sentence,
            caveat: score
                .trust
                .as_ref()
                .filter(|trust| !trust.withheld)
                .map(|trust| format!("{}: {}", words.word("indicative"), wording::trust_words(material, words, trust))),
        },
    }
}

fn sparkline(material: &Material<'_>, words: &Words<'_>, kpi: &Kpi, score: &Score) -> Sparkline {
    let mut trend = material.scorecard.trend(&kpi.id, &score.business_unit);
    if score.status == Status::Withheld {
        for (_, value) in &mut trend {
            *value = None;
        }
    }
    let known: Vec<(String, Decimal)> =
        trend.iter().filter_map(|(period, value)| Some((words.period_short(*period), (*value)?))).collect();
    let say = |(period, value): &(String, Decimal)| format!("{} {period}", words.figure(Some(*value), score.unit));
    let alt = match (known.first(), known.last()) {
        (Some(first), Some(last)) => {
            let low = known.iter().min_by_key(|point| point.1).map(say).unwrap_or_default();
            let high = known.iter().max_by_key(|point| point.1).map(say).unwrap_or_default();
            let range = material.language.fill("trend_range", &[("low", &low), ("high", &high)]);
            format!("{}: {} → {}; {range}", kpi.name, say(first), say(last))
        }
        _ => format!("{}: {}", kpi.name, words.word("n/a")),
    };
    Sparkline {
        points: trend.into_iter().map(|(_, value)| value.map(float)).collect(),
        target: match &score.target_words {
            Some(Applied::Limit { op, value, .. }) if *op != Op::Near => Some(float(*value)),
            Some(_) | None => None,
        },
        alt,
    }
}

/// Only rates against a limit have a natural scale that starts at zero.
fn bullet(words: &Words<'_>, kpi: &Kpi, score: &Score) -> Option<Bullet> {
    let value = score.value.filter(|_| score.status != Status::Withheld)?;
    let Some(Applied::Limit { op, value: target, amber }) = &score.target_words else { return None };
    if *op == Op::Near || score.unit != Unit::Ratio {
        return None;
    }
    // A limit of 2 % on a scale to 100 % shows nothing: the scale is three times the limit then.
    let high =
        if *target < Decimal::new(2, 1) { (*target * Decimal::from(3)).max(value) } else { Decimal::ONE.max(value) };
    let amber = match kpi.direction {
        Direction::Higher => *target - *amber,
        Direction::Lower | Direction::Zero | Direction::Band => *target + *amber,
    };
    Some(Bullet {
        value: float(value),
        target: float(*target),
        low: 0.0,
        high: float(high),
        amber: Some(float(amber)),
        met: score.status == Status::OnTarget,
        alt: format!(
            "{}: {}, {} {}",
            kpi.name,
            words.value(score),
            words.inline(words.language.word("target")),
            words.target(score)
        ),
    })
}

pub fn block(material: &Material<'_>, words: &Words<'_>, ranked: &[Ranked]) -> Block {
    let names = |keep: &dyn Fn(&Ranked) -> bool| -> Vec<String> {
        ranked.iter().filter(|ranked| keep(ranked)).map(|ranked| ranked.row.name.clone()).collect()
    };
    let calm = names(&|ranked| ranked.collapsed);
    let collapsed =
        (!calm.is_empty()).then(|| material.language.fill("kpis_collapsed", &[("names", &calm.join(", "))]));
    let mut lead = words.word("kpis_lead");
    let silent: Vec<String> =
        ranked.iter().filter(|ranked| ranked.silent).map(|ranked| silence(material, words, ranked)).collect();
    if !silent.is_empty() {
        lead = format!("{lead} {}", material.language.fill("kpis_silent", &[("names", &silent.join("; "))]));
    }
    Block::Kpis {
        id: "kpis".to_owned(),
        title: words.word("kpis_title"),
        lead,
        rows: ranked
            .iter()
            .filter(|ranked| !ranked.collapsed && !ranked.silent)
            .map(|ranked| ranked.row.clone())
            .collect(),
        collapsed,
    }
}

/// `Patch compliance (not measured: patches was not delivered)`.
fn silence(material: &Material<'_>, words: &Words<'_>, ranked: &Ranked) -> String {
    let score = material.scorecard.headline(&ranked.row.id, material.scope);
    let kpi = material.catalogue.kpi(&ranked.row.id);
    let missing = score.zip(kpi).filter(|(score, _)| score.status == Status::NotMeasured);
    let because = missing
        .map_or_else(String::new, |(score, kpi)| format!(": {}", words.reason(material, kpi, score).replace('`', "")));
    format!("{} ({}{because})", ranked.row.name, ranked.row.value)
}
