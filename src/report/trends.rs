//! Trends: the edition's chosen figures over the periods, with target, usual range and forecast.

use super::behaviour::{self, AHEAD, Behaviour, possible};
use super::words::{Words, float};
use super::{Block, Material};
use crate::catalogue::{Kpi, Op};
use crate::chart::trend::round_ends;
use crate::chart::{ChartSpec, ForecastPoint, Limits, Trend, TrendKey, TrendLine, TrendPoint};
use crate::quantity;
use crate::score::trend::Move;
use crate::score::{Applied, Score, Status};

pub fn trends(material: &Material<'_>, words: &Words<'_>) -> Vec<Block> {
    let chosen = material.edition.trends.iter();
    chosen
        .filter_map(|id| Some((material.catalogue.kpi(id)?, material.scorecard.headline(id, material.scope)?)))
        .filter(|(_, score)| score.value.is_some() && score.status != Status::Withheld)
        .map(|(kpi, score)| block(material, words, kpi, score))
        .collect()
}

fn block(material: &Material<'_>, words: &Words<'_>, kpi: &Kpi, score: &Score) -> Block {
    let behaviour = behaviour::behaviour(material.scorecard, words, kpi, score);
    let lead =
        [behaviour::signal_words(words, &behaviour, kpi), behaviour::forecast_words(words, &behaviour, kpi, score)];
    let lead: Vec<String> = lead.into_iter().filter(|sentence| !sentence.is_empty()).collect();
    let trend = drawn(material, words, kpi, score, &behaviour);
    let delta = words.delta(score.prior_value, score.value, kpi.unit, kpi.direction);
    let title = if delta.text == quantity::NONE {
        format!("{}: {}", kpi.name, words.value(score))
    } else {
        let figures = [("name", kpi.name.as_str()), ("value", &words.value(score)), ("change", &delta.text)];
        material.language.fill("trend_title", &figures)
    };
    Block::Chart {
        id: format!("trend-{}", kpi.id),
        title,
        lead: (!lead.is_empty()).then(|| lead.join(" ")),
        alt: trend.alt.clone(),
        spec: ChartSpec::Trend(Box::new(trend)),
        note: None,
    }
}

fn drawn(material: &Material<'_>, words: &Words<'_>, kpi: &Kpi, score: &Score, behaviour: &Behaviour) -> Trend {
    let points: Vec<TrendPoint> = behaviour
        .points
        .iter()
        .map(|(period, value)| TrendPoint {
            label: words.period_short(*period),
            value: value.map(float),
            // The reported value reads here as everywhere: never rounded across its target.
            text: if *period == material.scorecard.period {
                words.value(score)
            } else {
                words.figure(*value, kpi.unit)
            },
        })
        .collect();
    let usual = behaviour.usual.as_ref();
    let period = material.scorecard.period;
    let forecast = behaviour.line.as_ref().map_or_else(Vec::new, |line| {
        let ahead = (1..=AHEAD).map(|periods| (period.shift(i32::try_from(periods).unwrap_or(0)), line.ahead(periods)));
        ahead
            .map(|(period, ahead)| ForecastPoint {
                label: words.period_short(period),
                value: possible(ahead.value, kpi.unit, kpi.direction),
                low: possible(ahead.low, kpi.unit, kpi.direction),
                high: possible(ahead.high, kpi.unit, kpi.direction),
                text: behaviour::say(words, ahead.value, kpi),
            })
            .collect()
    });
    let signal = matches!(behaviour.judged, Some(Move::Signal));
    let said = points.iter().map(|point| format!("{} {}", point.label, point.text)).collect::<Vec<_>>().join("; ");
    let mut trend = Trend {
        marks: if signal { vec![points.len() - 1] } else { Vec::new() },
        points,
        target: target(words, score),
        limits: usual.map(|usual| Limits {
            low: possible(usual.low, kpi.unit, kpi.direction),
            high: possible(usual.high, kpi.unit, kpi.direction),
            centre: possible(usual.centre, kpi.unit, kpi.direction),
            text: words.language.fill("trend_usual", &[("usual", &behaviour::usual_words(words, behaviour, kpi))]),
        }),
        key: TrendKey {
            actual: words.word("trend_key_actual"),
            forecast: if forecast.is_empty() { String::new() } else { words.word("trend_key_forecast") },
            signal: if signal { words.word("trend_key_signal") } else { String::new() },
        },
        forecast,
        zero_based: false,
        ends: None,
        alt: format!("{}: {said}", kpi.name),
    };
    trend.ends = round_ends(&trend).map(|(low, high)| {
        [low, high].map(|value| {
            let value = possible(value, kpi.unit, kpi.direction);
            TrendLine { value, text: behaviour::say(words, value, kpi) }
        })
    });
    trend
}

fn target(words: &Words<'_>, score: &Score) -> Option<TrendLine> {
    match &score.target_words {
        Some(Applied::Limit { op: Op::AtLeast | Op::Above | Op::AtMost | Op::Below, value, .. }) => {
            let text = format!("{} {}", words.inline(words.language.word("target")), words.target(score));
            Some(TrendLine { value: float(*value), text })
        }
        Some(Applied::Limit { .. } | Applied::Band { .. } | Applied::Trend { .. }) | None => None,
    }
}
