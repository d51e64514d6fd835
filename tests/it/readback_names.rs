//! What feeds bring in names, what mails leave out, and whom a copy may name.

use muster::chart::ChartSpec;
use muster::ids::ENTERPRISE;
use muster::readback::{self, Mismatch, Readback};
use muster::report::{Block, Cell};

use crate::readback::{Made, clean, demo, found_in, made, other, replaced};

/// Names that feeds bring: long, in other scripts, with parts of figures and of layout in them.
const AWKWARD: [&str; 12] = [
    "Geschäftsbereich für grenzüberschreitende Infrastrukturdienstleistungen und Rechenzentrumsbetrieb Süd",
    "Microsoft_Enterprise_Agreement_Unified_Support_Advanced_With_Sentinel_And_Purview_2026",
    "東京 支店",
    "Отдел 7",
    "u\u{308}ber co\u{ad}op\u{ad}era\u{ad}tion",
    "a\u{a0}b\u{2011}c  d",
    "=HYPERLINK(\"https://evil.example\")<script>alert(1)</script> {{ 7*7 }}",
    "12",
    "EUR 1.24 m",
    "A · B: C; Unit: HQ",
    "Δ ∆ µ μ Ω ► ①",
    "fi ffl -> 2x4 \u{202e}abc",
];

#[test]
fn awkward_names_are_no_mismatch() {
    let made = Made::tiny();
    for awkward in AWKWARD {
        let mut model = made.produced.model.clone();
        for block in &mut model.blocks {
            match block {
                Block::Tiles { tiles } => tiles[0].label = awkward.to_owned(),
                Block::Kpis { rows, .. } => rows[0].name = awkward.to_owned(),
                Block::Actions { items, .. } => items[0].owner = awkward.to_owned(),
                Block::Trust { caveats, .. } => caveats.push(awkward.to_owned()),
                Block::Table { table, .. } => {
                    for cell in table.rows.iter_mut().flat_map(|row| &mut row.cells) {
                        if cell.datum.is_none() {
                            cell.text = awkward.to_owned();
                        }
                    }
                }
                Block::Chart { spec: ChartSpec::Bars(bars), .. } => bars.bars[0].label = awkward.to_owned(),
                Block::Chart { spec: ChartSpec::Bridge(bridge), alt, .. } => {
                    bridge.bars[0].label = awkward.to_owned();
                    *alt = bridge
                        .bars
                        .iter()
                        .map(|bar| format!("{} {}", bar.label, bar.text))
                        .collect::<Vec<_>>()
                        .join("; ");
                }
                _ => {}
            }
        }
        model.head.scope_label = awkward.to_owned();
        let readback = made.read_as(&model, &made.paint(&model));
        let told: Vec<String> = readback.mismatches.iter().map(Mismatch::to_string).collect();
        assert!(told.is_empty(), "{awkward}:\n{}", told.join("\n"));
    }
}

#[test]
fn a_mail_that_says_it_is_shortened_may_leave_out_what_it_leaves_out() {
    let made = Made::tiny();
    let mut model = made.produced.model.clone();
    for block in &mut model.blocks {
        if let Block::Table { table, .. } = block {
            let row = table.rows[0].clone();
            table.rows.extend(std::iter::repeat_n(row, 300));
        }
        if let Block::Kpis { rows, .. } = block {
            let row = rows[0].clone();
            rows.extend(std::iter::repeat_n(row, 60));
        }
    }
    let documents = made.paint(&model);
    assert!(documents.mail.html.contains("This mail is shortened"));
    clean(&made.read_as(&model, &documents));
    let first = &made.kpis()[0];
    let html =
        replaced(&documents.mail.html, &format!("28px\">{}", first.value), &format!("28px\">{}", other(&first.value)));
    let mut tampered = documents.clone();
    tampered.mail.html = html;
    found_in(&made.read_as(&model, &tampered), &["mail.html"]);
}

/// The unit's documents painted on the unit's own part of the scorecard.
fn own(mut own: Made, unit: &str) -> Made {
    let units = own.computed.figures.scorecard.units.clone();
    let scores = &mut own.computed.figures.scorecard.scores;
    *scores = scores.of_units(|owner| units.is_within(owner, unit));
    let mut model = own.produced.model.clone();
    // What was noticed in the data speaks of all units.
    model.sheets.retain(|sheet| sheet.name != "Findings" && sheet.name != "Rows left out");
    model.blocks.retain(|block| !matches!(block, Block::Table { id, .. } if id == "findings"));
    own.produced.documents = own.paint(&model);
    own.produced.model = model;
    own
}

#[test]
fn a_copy_that_names_another_unit_is_found_in_every_document() {
    let folder = demo();
    let made = own(made(folder.path(), "2026-10", "HQ"), "HQ");
    let clean = made.strangers(&made.documents(), "HQ");
    assert!(clean.is_empty(), "{}", readback::summary(&clean));
    assert!(made.strangers(&made.documents(), ENTERPRISE).is_empty());
    let units = &made.computed.figures.scorecard.units;
    let stranger = units.names().find(|unit| !units.is_within(unit, "HQ")).expect("another unit").to_owned();
    let label = units.label(&stranger).to_owned();
    for name in [stranger, label] {
        let mut model = made.produced.model.clone();
        for block in &mut model.blocks {
            if let Block::Table { table, .. } = block {
                table.rows[0].cells[1] = Cell::text(name.clone());
            }
        }
        model.sheets[1].name.clone_from(&name);
        model.head.subject.clone_from(&name);
        let mut documents = made.paint(&model);
        let mut other = made.computed.figures.scorecard.clone();
        other.scores[0].reason = Some(format!("withheld in {name}"));
        documents.json = muster::render::data::json(&other).expect("JSON");
        documents.parquet = muster::render::data::parquet(&other).expect("Parquet");
        let found = Readback { mismatches: made.strangers(&documents, "HQ"), ..Readback::default() };
        let all = [
            "mail.html",
            "mail.txt",
            "report.html",
            "report.pdf",
            "report.xlsx",
            "scorecard.json",
            "scorecard.parquet",
        ];
        found_in(&found, &all);
    }
}
