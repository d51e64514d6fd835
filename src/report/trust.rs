//! Trust: what the figures rest on, and what every page's foot says.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::words::Words;
use super::{Block, Footer, Material, Tone, TrustItem, restated};
use crate::catalogue::DatasetKind;
use crate::conform::Account;
use crate::ids::ENTERPRISE;
use crate::quantity;
use crate::score::{Status, Trust};

/// Feeds of one age named in the foot; more are counted.
const NAMED_FEEDS: usize = 3;

/// Units named whose register is not accurate enough; the others are counted.
const MOST_DOUBTED: usize = 8;

/// Coverage below this is printed (fraction).
const COVERAGE_PRINTED_BELOW: Decimal = Decimal::from_parts(95, 0, 0, false, 2);

pub fn trust(material: &Material<'_>, words: &Words<'_>) -> Block {
    let pillar = |kpi: &str, label: &'static str| {
        let score = material.scorecard.headline(kpi, material.scope);
        let tone = match score.map(|score| score.status) {
            Some(Status::OnTarget) => Tone::Good,
            Some(Status::Watch) => Tone::Watch,
            Some(Status::OffTarget) => Tone::Bad,
            Some(
                Status::NoTarget | Status::Baselining | Status::NotApplicable | Status::NotMeasured | Status::Withheld,
            )
            | None => Tone::Muted,
        };
        TrustItem {
            label: words.word(label),
            value: score.map_or_else(|| words.word("not measured"), |score| words.value(score)),
            note: score.map_or_else(String::new, |score| {
                material.language.fill("trust_target", &[("target", &words.target(score))])
            }),
            tone,
        }
    };
    let all = material.accounts.values().fold(Account::default(), Account::plus);
    let count = |rows: u64| quantity::grouped(rows.into(), 0, words.locale);
    let items = vec![
        feeds(material, words),
        pillar("inventory_accuracy_rate", "trust_accuracy"),
        pillar("asset_discovery_rate", "trust_discovery"),
        TrustItem {
            label: words.word("trust_rows"),
            value: count(all.rejected),
            note: material.language.fill(
                "trust_rows_note",
                &[
                    ("read", &count(all.read)),
                    ("kept", &count(all.kept)),
                    ("filtered", &count(all.filtered)),
                    ("merged", &count(all.merged)),
                ],
            ),
            tone: if all.rejected == 0 { Tone::Good } else { Tone::Neutral },
        },
    ];
    Block::Trust { title: words.word("trust_title"), items, caveats: caveats(material, words) }
}

/// Feeds that came and speak of this period.
fn feeds(material: &Material<'_>, words: &Words<'_>) -> TrustItem {
    let all = material.catalogue.contracts.len();
    let lacking: Vec<&str> = material.missing.keys().chain(material.stale.keys()).map(String::as_str).collect();
    let got = all - lacking.len();
    TrustItem {
        label: words.word("trust_feeds"),
        value: material.language.fill("trust_feeds_value", &[("got", &got.to_string()), ("all", &all.to_string())]),
        note: if lacking.is_empty() {
            words.word("trust_feeds_complete")
        } else {
            material.language.fill("trust_feeds_missing", &[("names", &lacking.join(", "))])
        },
        tone: if lacking.is_empty() { Tone::Good } else { Tone::Bad },
    }
}

/// Units whose register is not accurate enough, and figures that cover too little.
fn caveats(material: &Material<'_>, words: &Words<'_>) -> Vec<String> {
    let card = material.scorecard;
    let mut doubted: Vec<(String, &Trust)> = Vec::new();
    for unit in card.units.all_levels() {
        let seen = material.scope == ENTERPRISE || card.units.is_within(&unit, material.scope);
        // Any KPI that counts assets carries the unit's trust; one is enough to know it.
        let trust = card.headline("asset_age_distribution", &unit).and_then(|score| score.trust.as_ref());
        if let (true, Some(trust)) = (seen, trust) {
            doubted.push((unit, trust));
        }
    }
    let percent = |value: Decimal| quantity::percent(value, &[], words.locale);
    let mut others = Vec::new();
    if doubted.len() > MOST_DOUBTED {
        // The reader's own unit, then the worst.
        doubted.sort_by(|(a, one), (b, other)| {
            (a != material.scope, one.value, a).cmp(&(b != material.scope, other.value, b))
        });
        others = doubted.split_off(MOST_DOUBTED - 1);
    }
    let mut caveats: Vec<String> = doubted
        .iter()
        .map(|(unit, trust)| {
            let kpi = material.catalogue.kpi(trust.kpi).map_or(trust.kpi, |kpi| kpi.name.as_str());
            material.language.fill(
                if trust.withheld { "caveat_withheld" } else { "caveat" },
                &[("unit", &words.unit(material, unit)), ("kpi", &words.inline(kpi)), ("value", &percent(trust.value))],
            )
        })
        .collect();
    if let [(_, lowest), .., (_, highest)] = others.as_slice() {
        let (low, high) = (percent(lowest.value), percent(highest.value));
        let count = quantity::grouped(others.len().into(), 0, words.locale);
        caveats.push(material.language.fill("caveats_more", &[("count", &count), ("low", &low), ("high", &high)]));
    }
    for id in &material.edition.kpis {
        let Some(score) = card.headline(id, material.scope) else { continue };
        if let (Some(coverage), Some(kpi)) =
            (score.coverage.filter(|coverage| *coverage < COVERAGE_PRINTED_BELOW), material.catalogue.kpi(id))
        {
            caveats.push(
                material.language.fill(
                    "coverage",
                    &[("kpi", &kpi.name), ("value", &quantity::percent(coverage, &[], words.locale))],
                ),
            );
        }
    }
    caveats
}

pub fn footer(material: &Material<'_>, words: &Words<'_>) -> Footer {
    let span = material.calendar.span(material.scorecard.period);
    let as_of = span.end.with_timezone(&material.calendar.zone).format("%Y-%m-%d %H:%M").to_string();
    let line = material.language.fill(
        "footer",
        &[
            ("period", &words.period(material.scorecard.period)),
            ("as_of", &as_of),
            ("zone", material.calendar.zone.name()),
            ("run", material.run_id),
            ("state", material.language.word(material.state)),
        ],
    );
    let count = restated::table(material, words).map_or(0, |table| table.rows.len());
    let key = if count == 1 { "footer_restated_one" } else { "footer_restated" };
    let restated = (count > 0).then(|| material.language.fill(key, &[("count", &count.to_string())]));
    let line = std::iter::once(line).chain(restated).collect::<Vec<_>>().join(" · ");
    // By age, so that twenty feeds of one night take one word and not five lines.
    let mut by_age: BTreeMap<Option<i64>, Vec<&str>> = BTreeMap::new();
    for (dataset, contract) in &material.catalogue.contracts {
        let age = material.nights.get(dataset).map(|night| {
            let days = (span.last_day - *night).num_days();
            // A ledger or reference delivered after the period's end is as fresh as can be.
            if contract.kind == DatasetKind::Snapshot { days } else { days.max(0) }
        });
        by_age.entry(age).or_default().push(dataset);
    }
    let ages: Vec<String> = by_age
        .iter()
        .rev()
        .map(|(age, feeds)| match (age, feeds.len()) {
            (None, _) => format!("{} {}", feeds.join(", "), words.word("feed_missing")),
            (Some(days), 1..=NAMED_FEEDS) => {
                material.language.fill("feed_age", &[("feed", &feeds.join(", ")), ("days", &days.to_string())])
            }
            (Some(days), count) => {
                material.language.fill("feeds_age", &[("count", &count.to_string()), ("days", &days.to_string())])
            }
        })
        .collect();
    Footer {
        line,
        feeds: material.language.fill("feeds", &[("feeds", &ages.join(", "))]),
        run_id: material.run_id.to_owned(),
    }
}
