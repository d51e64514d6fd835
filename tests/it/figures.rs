//! Every printed percentage, change and sum is worked out again from numerators and denominators of two periods.

use std::collections::BTreeMap;

use muster::chart::ChartSpec;
use muster::report::{Block, KpiRow, Row, Sheet};
use muster::score::{Score, Scorecard, Status};

use crate::muster::world;
use crate::readback::{Made, demo, made_of};

/// A printed figure and half a step of its last digit.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Printed {
    value: f64,
    half: f64,
}

/// `−EUR 12.0 k U`, `+1.2 pp F`, `61.2 %`, `1:0.85`, `1,204`; none where nothing is printed.
fn printed(text: &str) -> Option<Printed> {
    let text = text.replace('\u{a0}', " ");
    let body = text.strip_prefix("1:").unwrap_or(&text);
    let start = body.find(|c: char| c.is_ascii_digit())?;
    let digits: String = body[start..].chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    let places = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let number: f64 = digits.replace(',', "").parse().ok()?;
    let unit = body[start + digits.len()..].split_whitespace().next().unwrap_or_default();
    let scale = match unit {
        "%" | "pp" => 0.01,
        "k" => 1e3,
        "m" => 1e6,
        "bn" => 1e9,
        _ => 1.0,
    };
    let sign = if text.starts_with('−') { -1.0 } else { 1.0 };
    let step = 10_f64.powi(-i32::try_from(places).expect("few digits"));
    Some(Printed { value: sign * number * scale, half: step * scale / 2.0 })
}

/// `text` is what `value` rounds to.
fn says(place: &str, text: &str, value: f64) {
    let Some(Printed { value: read, half }) = printed(text) else { panic!("{place}: `{text}` for {value}") };
    // A change that rounds to nothing has no sign.
    assert!((read - value).abs() <= half * 1.000_001 + 1e-9, "{place}: `{text}` is not {value}");
}

fn float(value: rust_decimal::Decimal) -> f64 {
    value.to_string().parse().expect("a number")
}

/// Numerator over denominator where there is one, times the scale.
fn worked_out(made: &Made, score: &Score) -> Option<f64> {
    let formula = &made.app.catalogue.kpi(&score.kpi).expect("a measure").formula;
    match (score.numerator, score.denominator) {
        (Some(above), Some(below)) if formula.denominator.is_some() => {
            let (above, below) = (float(above), float(below));
            (below != 0.0).then_some(above / below * formula.scale)
        }
        (Some(above), _) if formula.denominator.is_none() => Some(float(above)),
        _ => None,
    }
}

fn card(made: &Made) -> &Scorecard {
    &made.computed.figures.scorecard
}

fn kpi_rows(made: &Made) -> &[KpiRow] {
    let rows = made.produced.model.blocks.iter().find_map(|block| match block {
        Block::Kpis { rows, .. } => Some(rows),
        _ => None,
    });
    rows.expect("measures")
}

fn chart<'a>(made: &'a Made, id: &str) -> &'a ChartSpec {
    let found = made.produced.model.blocks.iter().find_map(|block| match block {
        Block::Chart { id: own, spec, .. } if own == id => Some(spec),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("there is no chart `{id}`"))
}

fn sheet<'a>(made: &'a Made, name: &str) -> &'a Sheet {
    made.produced.model.sheets.iter().find(|sheet| sheet.name == name).unwrap_or_else(|| panic!("no sheet `{name}`"))
}

fn number(row: &Row, column: usize) -> f64 {
    use muster::report::Datum::{Money, Number, Percent};
    match row.cells[column].datum {
        Some(Number(value) | Percent(value) | Money(value)) => value,
        _ => panic!("no number in column {column}: {row:?}"),
    }
}

/// Values and changes of the measures; the earlier periods are computed by themselves.
fn check_measures(made: &Made, prior: &Made, unit: &str) {
    let mut compared = 0;
    for row in kpi_rows(made) {
        let score = card(made).headline(&row.id, unit).expect("a score");
        let shown = !matches!(score.status, Status::Withheld | Status::NotMeasured | Status::NotApplicable);
        let Some(value) = worked_out(made, score).filter(|_| shown) else { continue };
        says(&format!("{} value", row.id), &row.value, value);
        let before = card(prior).headline(&row.id, unit).and_then(|score| worked_out(prior, score));
        if let Some(before) = before {
            says(&format!("{} on prior", row.id), &row.change_prior.text, value - before);
        }
        let year = card(made).period.last_year();
        let last_year = card(made).trend(&row.id, unit).into_iter().find(|(period, _)| *period == year);
        if let Some(before) = last_year.and_then(|(_, value)| value) {
            says(&format!("{} on last year", row.id), &row.change_year.text, value - float(before));
        }
        compared += 1;
    }
    assert!(compared >= 5, "only {compared} measures");
}

/// Rate and mix of every member, from the numerators and denominators of two scorecards.
fn check_variance(made: &Made, prior: &Made, unit: &str) {
    let units = &card(made).units;
    let mut compared = 0;
    let mut sums: BTreeMap<(String, String), f64> = BTreeMap::new();
    for row in &sheet(made, "Variance").table.rows {
        let (name, by, member) = (&row.cells[0].text, &row.cells[1].text, &row.cells[2].text);
        let (rate, mix, total) = (number(row, 5), number(row, 6), number(row, 7));
        assert!((rate + mix - total).abs() < 1e-9, "{name} {member}: {rate} + {mix} = {total}");
        *sums.entry((name.clone(), by.clone())).or_default() += total;
        let kpi = made.app.catalogue.kpis.iter().find(|kpi| kpi.name == *name).expect("a measure");
        let own = |made: &Made| -> Option<(f64, f64)> {
            let score = if by == "Business unit" {
                let id = units.names().find(|id| units.label(id) == member)?;
                card(made).find(&kpi.id, "", id, "")?.clone()
            } else {
                card(made).members(&kpi.id, unit).find(|score| score.dimension.replace('_', " ") == *member)?.clone()
            };
            Some((float(score.numerator?), float(score.denominator?)))
        };
        let whole = |made: &Made| -> Option<(f64, f64)> {
            let score = card(made).headline(&kpi.id, unit)?;
            Some((float(score.numerator?), float(score.denominator?)))
        };
        let (Some(new), Some(old), Some(all), Some(was)) = (own(made), own(prior), whole(made), whole(prior)) else {
            continue;
        };
        if kpi.formula.denominator.is_none() || new.1 == 0.0 || old.1 == 0.0 {
            continue;
        }
        let scale = kpi.formula.scale;
        let (weight, weight_before) = (new.1 / all.1, old.1 / was.1);
        let expected_rate = f64::midpoint(weight, weight_before) * (new.0 / new.1 - old.0 / old.1) * scale;
        let middle = f64::midpoint(all.0 / all.1, was.0 / was.1) * scale;
        // Against the mean total: a member gains from growing as far as it is better than the whole.
        let mean_rate = f64::midpoint(new.0 / new.1, old.0 / old.1) * scale;
        let expected_mix = (weight - weight_before) * (mean_rate - middle);
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9 * b.abs().max(1.0);
        assert!(near(rate, expected_rate), "{name} {member}: rate {rate}, worked out {expected_rate}");
        assert!(near(mix, expected_mix), "{name} {member}: mix {mix}, worked out {expected_mix}");
        compared += 1;
    }
    assert!(compared > 20, "only {compared} members");
    for ((name, by), sum) in sums {
        let kpi = made.app.catalogue.kpis.iter().find(|kpi| kpi.name == name).expect("a measure");
        let value = |made: &Made| worked_out(made, card(made).headline(&kpi.id, unit).expect("a score"));
        let change = value(made).expect("a value") - value(prior).expect("a value");
        assert!((sum - change).abs() < 1e-9 * change.abs().max(1.0), "{name} by {by}: {sum} of {change}");
    }
    // On the page the two parts are the change, as far as their digits go.
    let table = made.produced.model.blocks.iter().find_map(|block| match block {
        Block::Table { id, table, .. } if id == "variance" => Some(table),
        _ => None,
    });
    for row in &table.expect("a table").rows {
        let [change, rate, mix] = [1, 2, 3].map(|column| printed(&row.cells[column].text));
        if let (Some(change), Some(rate), Some(mix)) = (change, rate, mix) {
            let most = change.half + rate.half + mix.half;
            assert!((change.value.abs() - (rate.value + mix.value).abs()).abs() <= most * 1.001, "{row:?}");
        }
    }
}

fn check_heat_map(made: &Made) {
    let ChartSpec::HeatMap(map) = chart(made, "heat-map") else { panic!("no heat map") };
    let units = &card(made).units;
    let mut compared = 0;
    for row in &map.rows {
        let id = match row.label.as_str() {
            "Whole enterprise" => "ALL",
            "Unassigned" => "Unassigned",
            label => units.names().find(|id| units.label(id) == label).expect("a unit"),
        };
        for (cell, name) in row.cells.iter().zip(&map.columns) {
            let kpi = made.app.catalogue.kpis.iter().find(|kpi| kpi.name == *name).expect("a measure");
            let score = card(made).headline(&kpi.id, id).expect("a score");
            assert_eq!(cell.word, score.status.word(), "{id} {name}");
            if let Some(read) = printed(&cell.text) {
                let value = worked_out(made, score).expect("a value");
                assert!((read.value - value).abs() <= read.half * 1.000_001, "{id} {name}: {} for {value}", cell.text);
                compared += 1;
            }
        }
    }
    assert!(compared > 20, "only {compared} cells");
}

/// The budget's categories and drivers add up to its total.
fn check_budget(made: &Made) {
    let rows = &sheet(made, "Budget").table.rows;
    let (total, categories) = rows.split_last().expect("a total");
    for column in [1, 2, 3] {
        let sum: f64 = categories.iter().map(|row| number(row, column)).sum();
        assert!((sum - number(total, column)).abs() < 0.005, "column {column}: {sum} in {total:?}");
    }
    assert!((number(total, 2) - number(total, 1) - number(total, 3)).abs() < 0.005);
    assert!((number(total, 3) / number(total, 1) - number(total, 4)).abs() < 1e-9);
    let rows = &sheet(made, "Budget drivers").table.rows;
    let (variance, parts) = rows.split_last().expect("a total");
    let is_there = |row: &&Row| !matches!(row.cells[1].datum, Some(muster::report::Datum::Empty));
    let sum: f64 = parts.iter().filter(is_there).map(|row| number(row, 1)).sum();
    assert!((sum - number(variance, 1)).abs() < 1e-6 && (sum - number(total, 3)).abs() < 0.005, "{rows:?}");
}

fn check_tiles(made: &Made) {
    let tiles = made.produced.model.blocks.iter().find_map(|block| match block {
        Block::Tiles { tiles } => Some(tiles),
        _ => None,
    });
    let tile = |label: &str| tiles.expect("tiles").iter().find(|tile| tile.label == label).expect("a tile");
    let mut pools: BTreeMap<String, f64> = BTreeMap::new();
    for kpi in ["software_spend_utilization", "license_utilization_rate", "saas_license_utilization_rate"] {
        for score in card(made).members(kpi, "ALL") {
            let pool = pools.entry(score.dimension.clone()).or_default();
            *pool = pool.max(score.impact.map_or(0.0, float));
        }
    }
    says("software", &tile("Software nobody uses").value, pools.values().sum());
    let exposures =
        ["license_compliance_rate", "audit_findings_count", "data_sanitization_rate", "asset_recovery_rate"];
    let amount = |kpi: &str| card(made).headline(kpi, "ALL").and_then(|score| score.impact).map_or(0.0, float);
    says("exposure", &tile("Exposure").value, exposures.iter().map(|kpi| amount(kpi).max(0.0)).sum());
}

/// Ages add up to the assets in service, the refresh bars to the liability of the title.
fn check_ages(made: &Made, in_service: Option<f64>) {
    let ChartSpec::Histogram(ages) = chart(made, "age") else { panic!("no histogram") };
    let known: f64 = ages.bars.iter().map(|bar| printed(&bar.text).expect("a count").value).sum();
    let score = card(made).headline("asset_age_distribution", "ALL").expect("a score");
    assert!((known - float(score.denominator.expect("a count"))).abs() < 1e-9, "{known}");
    let unknown = ages.unknown.as_ref().map_or(0.0, |bar| printed(&bar.text).expect("a count").value);
    assert!(in_service.is_none_or(|all| (known + unknown - all).abs() < 1e-9), "{known} and {unknown}");
    let title = made.produced.model.blocks.iter().find_map(|block| match block {
        Block::Chart { id, title, spec: ChartSpec::Bars(bars), .. } if id == "refresh" => Some((title, bars)),
        _ => None,
    });
    let (title, bars) = title.expect("the refresh liability");
    let liability: f64 = bars.bars.iter().map(|bar| bar.value).sum();
    says("refresh liability", title, liability);
    let impacts: f64 = ["", "crossing_q1", "crossing_q2", "crossing_q3", "crossing_q4"]
        .iter()
        .filter_map(|companion| card(made).find("asset_age_distribution", companion, "ALL", "")?.impact)
        .map(float)
        .sum();
    assert!((liability - impacts).abs() < 0.01, "{liability} and {impacts}");
}

/// The same measure, unit and period reads the same in both.
fn agree(one: &Made, other: &Made, is_shared: impl Fn(&str) -> bool) {
    let mut compared = 0;
    for row in kpi_rows(one) {
        if let Some(same) = kpi_rows(other).iter().find(|same| same.id == row.id && is_shared(&row.id)) {
            assert_eq!(
                (&row.value, &row.target, &row.status.word),
                (&same.value, &same.target, &same.status.word),
                "{}",
                row.id
            );
            assert_eq!(row.money, same.money, "{}", row.id);
            compared += 1;
        }
    }
    assert!(compared >= 2, "only {compared} shared figures");
}

#[test]
fn printed_percentages_changes_and_sums_follow_from_the_scorecards() {
    let folder = demo();
    let made = |edition: &str, period: &str| made_of(folder.path(), edition, period, "ALL");
    let review = made("it-variance-monthly", "2026-10");
    let before = made("it-variance-monthly", "2026-09");
    check_measures(&review, &before, "ALL");
    check_variance(&review, &before, "ALL");
    check_heat_map(&review);
    check_budget(&review);
    check_ages(&review, None);
    let finance = made("cfo-monthly", "2026-10");
    check_measures(&finance, &before, "ALL");
    check_budget(&finance);
    check_tiles(&finance);
    agree(&finance, &review, |_| true);
    let board = made("board-quarterly", "2026-Q3");
    check_heat_map(&board);
    // What is counted at the end of the quarter is what is counted at the end of its last month.
    let catalogue = &board.app.catalogue;
    let is_stock = |id: &str| catalogue.kpi(id).is_some_and(|kpi| kpi.kind == muster::catalogue::KpiKind::Stock);
    agree(&board, &before, is_stock);
}

#[test]
fn ages_of_the_tiny_world_are_its_eleven_assets_in_service() {
    check_ages(&made_of(&world("tiny"), "it-variance-monthly", "2026-10", "ALL"), Some(11.0));
}
