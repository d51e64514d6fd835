//! Every figure is read back from the finished documents; what was tampered with is found.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use lopdf::Object;
use muster::app::{self, App};
use muster::brief;
use muster::brief::Documents;
use muster::readback::{self, Mismatch, Readback, Scope, Source, UnitNames};
use muster::report::{Block, Cell, Datum, KpiRow, ReportModel, Row};
use muster::run::{self, Before, Computed, Order, Produced};

use crate::muster::world;
use crate::paper::Paper;

/// A report as a run makes it, with all it was made of.
pub struct Made {
    pub app: App,
    pub computed: Computed,
    pub produced: Produced,
}

pub fn made(store: &Path, period: &str, unit: &str) -> Made {
    made_of(store, "cfo-monthly", period, unit)
}

pub fn made_of(store: &Path, edition: &str, period: &str, unit: &str) -> Made {
    let url = ("MUSTER__STORE__URL".to_owned(), format!("file://{}", store.display()));
    let app = app::load(None, [url]).expect("an application");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let (computed, produced) = runtime.block_on(async {
        let store = app.store().expect("a store");
        let period = period.parse().expect("a period");
        let computed = run::compute(&app, &store, period, &|_| {}).await.expect("figures");
        let edition = run::edition(&app, edition).expect("the edition");
        let order = Order { edition, unit, revision: 1, language: "en" };
        let produced = run::produce(&app, &computed, &order, &Before::default(), &|_| {}).expect("documents");
        (computed, produced)
    });
    Made { app, computed, produced }
}

impl Made {
    pub fn read(&self, documents: &Documents) -> Readback {
        self.read_as(&self.produced.model, documents)
    }

    pub fn read_as(&self, model: &ReportModel, documents: &Documents) -> Readback {
        let scorecard = self.computed.figures.scorecard.within(&model.head.scope);
        let source = Source {
            model,
            scorecard: &scorecard,
            catalogue: &self.app.catalogue,
            language: &self.app.catalogue.languages[&self.app.settings.reporting.language],
            currency: &self.app.settings.reporting.currency,
        };
        readback::read_back(&source, &readback::expected(&source), documents)
    }
}

impl Made {
    pub fn paint(&self, model: &ReportModel) -> Documents {
        let scorecard = self.computed.figures.scorecard.within(&model.head.scope);
        brief::paint(model, &scorecard, &self.app.templates, self.app.settings.reporting.paper).expect("documents").0
    }

    pub fn documents(&self) -> Documents {
        self.produced.documents.clone()
    }

    pub fn tiny() -> Self {
        made(&world("tiny"), "2026-10", "ALL")
    }

    /// The first measures of the report.
    pub fn kpis(&self) -> Vec<KpiRow> {
        kpis(&mut self.produced.model.clone()).clone()
    }

    pub fn strangers(&self, documents: &Documents, unit: &str) -> Vec<Mismatch> {
        let words = self.app.catalogue.languages["en"].words.values().cloned();
        let words: Vec<String> = words.chain(self.app.catalogue.kpis.iter().map(|kpi| kpi.name.clone())).collect();
        let units = &self.computed.figures.scorecard.units;
        readback::strangers(
            documents,
            &Scope {
                unit,
                units: &UnitNames::of(units, words.iter().map(String::as_str)),
                unit_head: "Unit",
                open: BTreeSet::from([self.app.settings.reporting.organisation.clone()]),
                vocabulary: &BTreeSet::new(),
            },
        )
    }
}

fn kpis(model: &mut ReportModel) -> &mut Vec<KpiRow> {
    let rows = model.blocks.iter_mut().find_map(|block| match block {
        Block::Kpis { rows, .. } => Some(rows),
        _ => None,
    });
    rows.expect("measures")
}

/// Exactly these documents say something else than the scorecard.
pub fn found_in(readback: &Readback, documents: &[&str]) {
    let told: Vec<String> = readback.mismatches.iter().map(Mismatch::to_string).collect();
    let named: BTreeSet<&str> = readback.mismatches.iter().map(|mismatch| mismatch.document).collect();
    assert_eq!(named, documents.iter().copied().collect(), "{}", told.join("\n"));
}

pub fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "there is no `{from}` to tamper with");
    text.replacen(from, to, 1)
}

pub fn clean(readback: &Readback) {
    let told: Vec<String> = readback.mismatches.iter().map(Mismatch::to_string).collect();
    assert!(told.is_empty(), "{} mismatches:\n{}", told.len(), told.join("\n"));
    assert_eq!(readback.checked.len(), 5);
    assert!(readback.checked.values().all(|figures| *figures > 20), "{:?}", readback.checked);
}

pub fn demo() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = Command::new(env!("CARGO_BIN_EXE_muster"))
        .args(["demo", "--assets", "400", "--edition", "cfo-monthly"])
        .arg(folder.path())
        .output()
        .expect("the binary runs");
    assert!(output.status.success());
    folder
}

#[test]
fn a_demo_report_of_the_enterprise_and_of_a_unit_say_what_the_scorecard_says() {
    let folder = demo();
    for unit in ["ALL", "HQ"] {
        let made = made(folder.path(), "2026-10", unit);
        clean(&made.read(&made.produced.documents));
    }
}

#[test]
fn reports_of_all_fixture_worlds_say_what_the_scorecard_says() {
    for name in ["tiny", "traps", "missing-feeds", "empty"] {
        let made = made(&world(name), "2026-10", "ALL");
        clean(&made.read(&made.produced.documents));
    }
}

#[test]
fn a_digit_changed_in_the_page_the_mail_or_the_text_is_found() {
    let made = Made::tiny();
    let value = made.kpis()[0].value.clone();
    let wrong = other(&value);
    let mut documents = made.documents();
    documents.html =
        replaced(&documents.html, &format!("<td class=\"value\">{value}"), &format!("<td class=\"value\">{wrong}"));
    found_in(&made.read(&documents), &["report.html"]);
    let mut documents = made.documents();
    documents.mail.html = replaced(&documents.mail.html, &format!("28px\">{value}"), &format!("28px\">{wrong}"));
    found_in(&made.read(&documents), &["mail.html"]);
    let mut documents = made.documents();
    let (value, wrong) = (value.replace('\u{a0}', " "), wrong.replace('\u{a0}', " "));
    documents.mail.text = replaced(&documents.mail.text, &value, &wrong);
    found_in(&made.read(&documents), &["mail.txt"]);
}

/// The same figure with another first digit.
pub fn other(figure: &str) -> String {
    let digit = figure.chars().find(char::is_ascii_digit).expect("a digit");
    figure.replacen(digit, if digit == '7' { "3" } else { "7" }, 1)
}

#[test]
fn values_swapped_between_two_measures_are_found() {
    let made = Made::tiny();
    let (first, second) = (made.kpis()[0].value.clone(), made.kpis()[1].value.clone());
    assert_ne!(first, second);
    let mut documents = made.documents();
    let cell = |value: &str| format!("<td class=\"value\">{value}<");
    let html = replaced(&documents.html, &cell(&first), &cell("@"));
    documents.html = replaced(&replaced(&html, &cell(&second), &cell(&first)), &cell("@"), &cell(&second));
    let readback = made.read(&documents);
    found_in(&readback, &["report.html"]);
    assert_eq!(readback.mismatches.len(), 2);
    let said = readback::summary(&readback.mismatches);
    assert!(said.contains("2 places") && said.contains(&made.kpis()[0].name), "{said}");
}

#[test]
fn a_change_on_last_year_printed_as_that_on_the_prior_period_is_found() {
    let made = Made::tiny();
    let mut model = made.produced.model.clone();
    let row = kpis(&mut model).iter_mut().find(|row| row.change_prior.text != row.change_year.text).expect("a measure");
    std::mem::swap(&mut row.change_prior, &mut row.change_year);
    found_in(&made.read(&made.paint(&model)), &["mail.html", "mail.txt", "report.html", "report.pdf"]);
}

#[test]
fn a_wrong_model_is_found_though_every_painter_follows_it() {
    let made = Made::tiny();
    let check = |tamper: &dyn Fn(&mut KpiRow)| {
        let mut model = made.produced.model.clone();
        tamper(&mut kpis(&mut model)[0]);
        found_in(&made.read_as(&model, &made.paint(&model)), &["mail.html", "mail.txt", "report.html", "report.pdf"]);
    };
    check(&|row| row.value = other(&row.value));
    check(&|row| row.money = other(&row.money));
    check(&|row| row.change_prior.text = other(&row.change_prior.text));
    check(&|row| row.id = "no_such_measure".to_owned());
}

#[test]
fn rows_lost_or_added_are_found() {
    let made = Made::tiny();
    let table = |model: &mut ReportModel, tamper: &dyn Fn(&mut Vec<Row>)| {
        let rows = model.blocks.iter_mut().find_map(|block| match block {
            Block::Table { table, .. } if table.rows.len() > 1 => Some(&mut table.rows),
            _ => None,
        });
        tamper(rows.expect("a table"));
    };
    let mut model = made.produced.model.clone();
    table(&mut model, &|rows| _ = rows.remove(0));
    found_in(&made.read(&made.paint(&model)), &["mail.html", "mail.txt", "report.html", "report.pdf"]);
    let mut model = made.produced.model.clone();
    table(&mut model, &|rows| rows.push(rows[0].clone()));
    found_in(&made.read(&made.paint(&model)), &["report.html", "report.pdf"]);
    let mut model = made.produced.model.clone();
    kpis(&mut model).pop();
    found_in(&made.read(&made.paint(&model)), &["mail.html", "mail.txt", "report.html", "report.pdf"]);
    let mut model = made.produced.model.clone();
    model.blocks.retain(|block| !matches!(block, Block::Actions { .. }));
    found_in(&made.read(&made.paint(&model)), &["mail.html", "mail.txt", "report.html", "report.pdf"]);
}

#[test]
fn every_figure_of_every_block_is_missed_when_it_changes() {
    let made = Made::tiny();
    let mut tampered = 0;
    for index in 0..made.produced.model.blocks.len() {
        let mut model = made.produced.model.clone();
        match &mut model.blocks[index] {
            Block::Message { headline, .. } => *headline = other(headline),
            Block::Tiles { tiles } => tiles[0].value = other(&tiles[0].value),
            Block::Trust { items, .. } => items[0].value = other(&items[0].value),
            Block::Actions { items, .. } => items[0].amount = other(&items[0].amount),
            Block::Chart { spec: muster::chart::ChartSpec::Bars(bars), .. } => {
                bars.bars[0].text = other(&bars.bars[0].text);
            }
            Block::Chart { spec: muster::chart::ChartSpec::Bridge(bridge), alt, .. } => {
                bridge.bars[0].text = other(&bridge.bars[0].text);
                *alt = other(alt);
            }
            Block::Table { table, .. } => {
                let cells = table.rows.iter_mut().flat_map(|row| row.cells.iter_mut().skip(1));
                let cell =
                    cells.into_iter().find(|cell| cell.text.starts_with(|c: char| c.is_ascii_digit() || c == 'E'));
                let Some(cell) = cell.filter(|cell| cell.text.contains(|c: char| c.is_ascii_digit())) else { continue };
                cell.text = other(&cell.text);
            }
            _ => continue,
        }
        tampered += 1;
        let readback = made.read(&made.paint(&model));
        let named: BTreeSet<&str> = readback.mismatches.iter().map(|mismatch| mismatch.document).collect();
        assert!(named.len() == 4, "block {index}: {named:?} {:?}", model.blocks[index]);
    }
    assert!(tampered > 6, "{tampered} blocks");
}

#[test]
fn a_cell_of_the_workbook_that_differs_is_found() {
    let made = Made::tiny();
    let mut model = made.produced.model.clone();
    let mut tampered = 0;
    for sheet in &mut model.sheets {
        let mut cells = sheet.table.rows.iter_mut().flat_map(|row| row.cells.iter_mut());
        let is_number =
            |datum: &Option<Datum>| matches!(datum, Some(Datum::Number(_) | Datum::Money(_) | Datum::Percent(_)));
        if let Some(cell) = cells.find(|cell| is_number(&cell.datum)) {
            *cell = Cell::typed("", Datum::Number(-1.5));
            tampered += 1;
        }
    }
    let readback = made.read(&made.paint(&model));
    found_in(&readback, &["report.xlsx"]);
    assert_eq!(readback.mismatches.len(), tampered);
    // The scorecard's own sheet is compared with the scorecard, not with the model.
    let readback = made.read_as(&model, &made.paint(&model));
    assert_eq!(readback.mismatches.len(), 1, "{}", readback::summary(&readback.mismatches));
}

#[test]
fn a_workbook_may_leave_out_single_members_and_must_say_so() {
    let made = Made::tiny();
    let mut model = made.produced.model.clone();
    let sheet = &mut model.sheets[0];
    let all = sheet.table.rows.len();
    sheet.table.rows.retain(|row| row.cells[3].text.is_empty());
    let left_out = all - sheet.table.rows.len();
    assert!(left_out > 0);
    let readback = made.read(&made.paint(&model));
    found_in(&readback, &["report.xlsx"]);
    assert_eq!(readback.mismatches.len(), 1, "{}", readback::summary(&readback.mismatches));
    model.sheets[0].caption.push_str(&format!(". {left_out} more"));
    found_in(&made.read(&made.paint(&model)), &[]);
    model.sheets[0].table.rows.remove(0);
    found_in(&made.read(&made.paint(&model)), &["report.xlsx"]);
}

#[test]
fn headlines_are_read_from_parquet_as_they_stand_in_json_and_damage_is_told() {
    let made = Made::tiny();
    let documents = made.documents();
    let headlines = readback::headlines(&documents.parquet, "ALL").expect("a scorecard");
    let card: serde_json::Value = serde_json::from_slice(&documents.json).expect("JSON");
    let own =
        |row: &&serde_json::Value| row["companion"] == "" && row["dimension"] == "" && row["business_unit"] == "ALL";
    let rows: Vec<_> = card["rows"].as_array().expect("rows").iter().filter(own).collect();
    assert_eq!(rows.len(), headlines.len());
    for row in rows {
        let headline = &headlines[row["kpi"].as_str().expect("a KPI")];
        assert_eq!(row["unit"], headline.unit.as_str());
        assert_eq!(row["status"], headline.status.as_str());
        let figures =
            [("value", headline.value), ("numerator", headline.numerator), ("denominator", headline.denominator)];
        for (name, figure) in figures {
            assert_eq!(
                row[name].as_f64().map(|own| (own * 1e6).round()),
                figure.map(|own| (own * 1e6).round()),
                "{name}"
            );
        }
    }
    // Whatever is wrong with the bytes is told, or harmless: the program lives on.
    for at in (0..documents.parquet.len()).step_by(documents.parquet.len() / 200 + 1) {
        let mut damaged = documents.parquet.clone();
        damaged[at] ^= 0x55;
        drop(readback::headlines(&damaged, "ALL"));
        assert!(readback::headlines(&documents.parquet[..at], "ALL").is_err(), "cut at {at}");
    }
}

#[test]
fn a_document_without_figures_or_that_does_not_open_is_no_match() {
    let made = Made::tiny();
    let mut documents = made.documents();
    documents.pdf.truncate(100);
    documents.xlsx.truncate(100);
    documents.html.clear();
    found_in(&made.read(&documents), &["report.html", "report.pdf", "report.xlsx"]);
}

#[test]
fn a_digit_changed_on_paper_is_found() {
    let made = Made::tiny();
    let value = made.kpis()[0].value.replace('\u{a0}', " ");
    let mut paper = Paper::open(&made.produced.documents.pdf);
    let (page, at) = paper.place(&value);
    paper.change_digit(page, at);
    found_in(&made.read(&Documents { pdf: paper.bytes(), ..made.documents() }), &["report.pdf"]);
}

#[test]
fn values_on_paper_are_bound_to_their_row() {
    let made = Made::tiny();
    let [first, second] = [0, 1].map(|index| made.kpis()[index].value.replace('\u{a0}', " "));
    let mut paper = Paper::open(&made.produced.documents.pdf);
    let (one, other) = (paper.place(&first), paper.place(&second));
    assert_eq!(one.0, other.0, "both stand on one page");
    let operations = &mut paper.pages.get_mut(&one.0).expect("the page").operations;
    let kept = operations[one.1].operands.clone();
    operations[one.1].operands = operations[other.1].operands.clone();
    operations[other.1].operands = kept;
    found_in(&made.read(&Documents { pdf: paper.bytes(), ..made.documents() }), &["report.pdf"]);
    // The right words in the right element, drawn a row lower.
    let mut paper = Paper::open(&made.produced.documents.pdf);
    let (page, at) = paper.place(&first);
    let matrix = paper.pages.get_mut(&page).expect("the page").operations[..at].iter_mut().rev();
    let matrix = matrix.into_iter().find(|operation| operation.operator == "Tm").expect("a place");
    let height = matrix.operands[5].as_float().expect("a height");
    matrix.operands[5] = Object::Real(height - 40.0);
    found_in(&made.read(&Documents { pdf: paper.bytes(), ..made.documents() }), &["report.pdf"]);
}
