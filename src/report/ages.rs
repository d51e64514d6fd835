//! Ages of the assets in service, and what renewing them will cost in the next four quarters.

use rust_decimal::Decimal;

use super::words::{Words, float, positive_money};
use super::{Block, Material};
use crate::chart::{Bar, Bars, ChartSpec, Histogram, HistogramBar};
use crate::score::{Score, Status};

const KPI: &str = "asset_age_distribution";
/// The companions of known ages, youngest first.
const AGES: [&str; 6] = ["age_lt1", "age_1_2", "age_2_3", "age_3_4", "age_4_5", "age_ge5"];
const QUARTERS: [&str; 4] = ["crossing_q1", "crossing_q2", "crossing_q3", "crossing_q4"];

pub fn ages(material: &Material<'_>, words: &Words<'_>) -> Vec<Block> {
    let Some(total) = material.scorecard.headline(KPI, material.scope) else { return Vec::new() };
    if total.value.is_none() || total.status == Status::Withheld {
        return Vec::new();
    }
    std::iter::once(histogram(material, words, total)).chain(refresh(material, words, total)).collect()
}

fn companion<'a>(material: &Material<'a>, name: &str) -> Option<&'a Score> {
    material.scorecard.find(KPI, name, material.scope, "")
}

fn histogram(material: &Material<'_>, words: &Words<'_>, total: &Score) -> Block {
    let bar = |name: &'static str| {
        let value = companion(material, name).and_then(|score| score.value).unwrap_or_default();
        HistogramBar { label: words.word(name), value: float(value), text: words.count(value), over: false }
    };
    let bars = AGES.map(bar).to_vec();
    let unknown = bar("age_unknown");
    let said = bars.iter().chain([&unknown]).map(|bar| format!("{} {}", bar.label, bar.text));
    let alt = said.collect::<Vec<_>>().join("; ");
    let lead = material.language.fill(
        "age_lead",
        &[
            ("share", &words.value(total)),
            ("count", &words.count(total.numerator.unwrap_or_default())),
            ("all", &words.count(total.denominator.unwrap_or_default())),
        ],
    );
    Block::Chart {
        id: "age".to_owned(),
        title: words.word("age_title"),
        lead: Some(lead),
        spec: ChartSpec::Histogram(Histogram {
            bars,
            unknown: (unknown.value > 0.0).then_some(unknown),
            // Refresh ages differ by class, so no one line stands for all of them.
            marker: None,
            unit: words.word("age_unit"),
            alt: alt.clone(),
        }),
        alt,
        note: None,
    }
}

/// The liability now and by quarter; nothing where nothing comes due.
fn refresh(material: &Material<'_>, words: &Words<'_>, total: &Score) -> Option<Block> {
    let amount = |score: Option<&Score>| score.and_then(|score| score.impact).unwrap_or_default();
    let counted = |score: Option<&Score>| score.and_then(|score| score.value).unwrap_or_default();
    let now = positive_money(total).unwrap_or_default();
    let mut bars = vec![bar(words, words.word("refresh_now"), now, total.numerator.unwrap_or_default())];
    let mut ahead = Decimal::ZERO;
    for (index, name) in QUARTERS.into_iter().enumerate() {
        let score = companion(material, name);
        let label = words.language.fill("refresh_quarter", &[("index", &(index + 1).to_string())]);
        ahead += amount(score);
        bars.push(bar(words, label, amount(score), counted(score)));
    }
    if (now + ahead).is_zero() {
        return None;
    }
    let alt =
        bars.iter().map(|bar| format!("{} {} ({})", bar.label, bar.text, bar.note)).collect::<Vec<_>>().join("; ");
    Some(Block::Chart {
        id: "refresh".to_owned(),
        title: material.language.fill("refresh_title", &[("amount", &words.money(now + ahead))]),
        lead: Some(
            material.language.fill("refresh_lead", &[("now", &words.money(now)), ("ahead", &words.money(ahead))]),
        ),
        spec: ChartSpec::Bars(Bars { bars, actual_label: words.word("refresh_key"), plan_label: None }),
        alt,
        note: None,
    })
}

fn bar(words: &Words<'_>, label: String, amount: Decimal, count: Decimal) -> Bar {
    Bar {
        label,
        value: float(amount),
        text: words.money(amount),
        plan: None,
        note: words.language.fill("refresh_assets", &[("count", &words.count(count))]),
        favourable: None,
    }
}
