//! Heat maps and trends are read back too: from drawings, from a picture's words, from lists.

use muster::chart::ChartSpec;
use muster::report::{Block, ReportModel};

use crate::readback::{Made, clean, demo, found_in, made_of, other};

/// Paints a report with one chart changed, and finds the change in these documents.
fn check(made: &Made, id: &str, documents: &[&str], tamper: &dyn Fn(&mut ChartSpec, &mut String)) {
    let mut model: ReportModel = made.produced.model.clone();
    let chart = model.blocks.iter_mut().find_map(|block| match block {
        Block::Chart { id: own, spec, alt, .. } if own.starts_with(id) => Some((spec, alt)),
        _ => None,
    });
    let (spec, alt) = chart.unwrap_or_else(|| panic!("there is no chart `{id}`"));
    tamper(spec, alt);
    found_in(&made.read_as(&model, &made.paint(&model)), documents);
}

#[test]
fn a_changed_figure_of_a_heat_map_or_a_trend_is_found() {
    let folder = demo();
    let made = made_of(folder.path(), "it-variance-monthly", "2026-10", "ALL");
    clean(&made.read(&made.produced.documents));
    let map = |tamper: fn(&mut muster::chart::HeatMap)| {
        move |spec: &mut ChartSpec, _: &mut String| {
            let ChartSpec::HeatMap(map) = spec else { panic!("no heat map") };
            tamper(map);
        }
    };
    let drawn_and_listed = ["mail.txt", "report.html", "report.pdf"];
    check(
        &made,
        "heat-map",
        &drawn_and_listed,
        &map(|map| map.rows[1].cells[0].text = other(&map.rows[1].cells[0].text)),
    );
    // Two units change places: the figures stand beside the wrong names.
    check(
        &made,
        "heat-map",
        &drawn_and_listed,
        &map(|map| {
            let label = map.rows[1].label.clone();
            map.rows[1].label = std::mem::replace(&mut map.rows[2].label, label);
        }),
    );
    // A status shown by another shape, told by another word.
    check(
        &made,
        "heat-map",
        &drawn_and_listed,
        &map(|map| {
            let cell = map.rows.iter_mut().flat_map(|row| &mut row.cells).find(|cell| cell.shape == "■");
            cell.expect("something off target").shape = "●".to_owned();
        }),
    );
    check(&made, "heat-map", &["mail.txt"], &map(|map| "no such status".clone_into(&mut map.rows[0].cells[0].word)));
    check(&made, "heat-map", &drawn_and_listed, &map(|map| drop(map.rows.pop())));
    check(&made, "heat-map", &["mail.html", "mail.txt"], &|_, alt| *alt = alt.replacen(" (", " (not ", 1));

    let trend = |tamper: fn(&mut muster::chart::Trend)| {
        move |spec: &mut ChartSpec, _: &mut String| {
            let ChartSpec::Trend(trend) = spec else { panic!("no trend") };
            tamper(trend);
        }
    };
    check(
        &made,
        "trend-",
        &drawn_and_listed,
        &trend(|trend| {
            let last = trend.points.len() - 1;
            trend.points[last].text = "11.1 %".to_owned();
        }),
    );
    check(
        &made,
        "trend-",
        &drawn_and_listed,
        &trend(|trend| {
            let limits = trend.limits.as_mut().expect("a usual range");
            limits.text = "usual 1.0 % – 2.0 %".to_owned();
        }),
    );
    check(
        &made,
        "trend-",
        &drawn_and_listed,
        &trend(|trend| {
            let target = trend.target.as_mut().expect("a target");
            target.text = other(&target.text);
        }),
    );
    check(
        &made,
        "trend-",
        &drawn_and_listed,
        &trend(|trend| {
            let last = trend.forecast.last_mut().expect("a forecast");
            last.text = "1.1 %".to_owned();
        }),
    );
    check(&made, "trend-", &["mail.html", "mail.txt"], &|_, alt| *alt = other(&alt.replace("2025", "")));
}

#[test]
fn a_board_pack_and_a_unit_say_what_the_scorecard_says() {
    let folder = demo();
    for (edition, period, unit) in [("board-quarterly", "2026-Q3", "ALL"), ("it-variance-monthly", "2026-10", "IND")] {
        let made = made_of(folder.path(), edition, period, unit);
        clean(&made.read(&made.produced.documents));
        assert!(
            made.produced.model.blocks.iter().any(|block| matches!(block, Block::Chart { id, .. } if id == "heat-map"))
        );
    }
}
