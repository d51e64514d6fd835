//! Small reports for the painters' tests: one of every block, a hostile one and a long one.

mod charts;

use crate::chart::{Bar, Bars, Bridge, BridgeBar, Bullet, ChartSpec, Sparkline};
use crate::report::{
    Action, Align, Block, Cell, Column, Datum, Delta, Footer, Head, KpiRow, Labels, ReportModel, Row, Sheet, Status,
    Table, Tile, Tone, TrustItem,
};

/// Text that means something to HTML, to Tera, to Excel, to a mail header and to an attribute.
const HOSTILE: &str =
    "=HYPERLINK(\"https://evil.example\")<script>alert(1)</script>\"' onload=\"x\" {{ 7*7 }} {% x %}\r\nBcc: a\u{202e}";

/// One of every block, with ordinary text.
pub(super) fn report() -> ReportModel {
    written(str::to_owned)
}

/// The same with hostile text in every field that a feed can reach.
pub(super) fn hostile() -> ReportModel {
    let mut model = written(|text| format!("{HOSTILE}{text}"));
    let names = |sheet: &Sheet| sheet.clone();
    model.sheets.extend(model.sheets.iter().map(names).collect::<Vec<_>>());
    model
}

/// The ordinary report with a table of `rows` rows and `measures` measures.
pub(super) fn long(rows: usize, measures: usize) -> ReportModel {
    let mut model = report();
    for block in &mut model.blocks {
        if let Block::Kpis { rows, .. } = block {
            *rows = (0..measures).map(|i| KpiRow { name: format!("measure {i}"), ..rows[0].clone() }).collect();
        }
        if let Block::Table { table, .. } = block {
            let row = |i| Row { cells: vec![Cell::text(format!("row {i}")); 4], total: false };
            table.rows = (0..rows).map(row).collect();
        }
    }
    model
}

fn written(s: impl Fn(&str) -> String) -> ReportModel {
    let table = table(&s);
    ReportModel {
        head: Head {
            edition: "cfo-monthly".to_owned(),
            title: s("ITAM KPIs for Finance and R&D"),
            organisation: s("Halden Group"),
            period: "2026-10".to_owned(),
            period_label: s("October 2026"),
            scope: "ALL".to_owned(),
            scope_label: s("Whole enterprise"),
            language: "en-GB".to_owned(),
            subject: s("ITAM KPIs for Finance - Oct 2026"),
            state: s("Final"),
            is_final: true,
            owner: s("IT Asset Management"),
        },
        blocks: blocks(&s, &table),
        appendix: None,
        page_budget: 4,
        footer: Footer {
            line: s("October 2026 · run cfo-monthly/2026-10/r1 · Final"),
            feeds: s("assets 0 d · repairs missing"),
            run_id: s("cfo-monthly/2026-10/ALL/r1"),
        },
        sheets: vec![Sheet { name: s("Budget"), caption: s("Amounts in EUR."), table }],
        labels: labels(&s),
    }
}

fn blocks(s: &impl Fn(&str) -> String, table: &Table) -> Vec<Block> {
    let tone = Tone::Bad;
    vec![
        Block::Message { headline: s("Seats cost EUR 1.24 m a year."), sentences: vec![s("Why.")] },
        Block::Tiles { tiles: vec![Tile { label: s("Recoverable"), value: s("EUR 1.24 m"), note: s("a year"), tone }] },
        Block::Trust {
            title: s("Trust"),
            items: vec![TrustItem { label: s("Feeds"), value: s("11 of 12"), note: s("one missing"), tone }],
            caveats: vec![s("The repairs feed is missing.")],
        },
        Block::Kpis {
            id: s("kpis"),
            title: s("One measure is off target"),
            lead: s("Ranked by money."),
            rows: vec![kpi(s)],
            collapsed: Some(s("On target: the rest.")),
        },
        chart(s, ChartSpec::Bridge(bridge(s)), "Bridge in EUR m: 11.42, +0.80 U, 12.22."),
        chart(s, ChartSpec::Bars(bars(s)), "Spend: Orbit EUR 2.11 m."),
        chart(s, ChartSpec::Trend(Box::new(charts::trend(s))), "Seats in use: 76.1 % a year ago, 71.4 % now."),
        chart(s, ChartSpec::HeatMap(charts::heat_map(s)), "EMEA: seats in use 71.4 %, off target."),
        chart(s, ChartSpec::Histogram(charts::histogram(s)), "Devices: 402 up to a year old, 188 of five and more."),
        Block::Table {
            id: s("budget"),
            title: s("SaaS carries the overspend"),
            lead: Some(s("Year to date.")),
            table: table.clone(),
            note: Some(s("Approved in December.")),
        },
        Block::Text { id: s("read"), title: s("How to read this"), paragraphs: vec![s("Slowly.")] },
        Block::Actions {
            id: s("actions"),
            title: s("What to decide"),
            items: vec![Action {
                text: s("Cancel 480 idle seats"),
                owner: s("Procurement"),
                amount: s("EUR 188 k a year"),
            }],
        },
    ]
}

fn kpi(s: &impl Fn(&str) -> String) -> KpiRow {
    let points = vec![Some(78.0), None, Some(71.4)];
    let bullet = Bullet {
        value: 71.4,
        target: 85.0,
        low: 50.0,
        high: 100.0,
        amber: Some(80.0),
        met: false,
        alt: s("71.4 % against 85 %"),
    };
    KpiRow {
        id: "saas_license_utilization_rate".to_owned(),
        name: s("SaaS seats in use"),
        value: s("71.4 %"),
        population: s("n = 18,412"),
        sparkline: Sparkline { points, target: Some(85.0), alt: s("from 78 % to 71.4 %") },
        bullet: Some(bullet),
        target: s("≥ 85 %"),
        change_prior: Delta { text: s("−0.8 pp U"), tone: Tone::Bad },
        change_year: Delta { text: s("–"), tone: Tone::Muted },
        status: Status { word: s("off target"), shape: "■".to_owned(), tone: Tone::Bad },
        money: s("EUR 1.24 m recoverable"),
        sentence: s("5,266 paid seats had no sign-in."),
        caveat: Some(s("indicative")),
    }
}

fn chart(s: &impl Fn(&str) -> String, spec: ChartSpec, alt: &str) -> Block {
    Block::Chart {
        id: s("chart"),
        title: s("Prices drive the rise"),
        lead: None,
        spec,
        alt: s(alt),
        note: Some(s("U raises cost.")),
    }
}

fn bridge(s: &impl Fn(&str) -> String) -> Bridge {
    let bar = |label: &str, value, text: &str, total| BridgeBar {
        label: s(label),
        value,
        text: s(text),
        total,
        favourable: (!total).then_some(false),
    };
    let bars = vec![
        bar("2025", 11.42, "11.42", true),
        bar("Prices", 0.8, "+0.80 U", false),
        bar("2026", 12.22, "12.22", true),
    ];
    Bridge { bars, unit: s("EUR m") }
}

fn bars(s: &impl Fn(&str) -> String) -> Bars {
    let bar = Bar {
        label: s("Orbit"),
        value: 2.11,
        text: s("EUR 2.11 m"),
        plan: Some(1.95),
        note: s("+EUR 160 k U"),
        favourable: Some(false),
    };
    Bars { bars: vec![bar], actual_label: s("actual"), plan_label: Some(s("budget")) }
}

fn table(s: &impl Fn(&str) -> String) -> Table {
    let column = |head: &str, align| Column { head: s(head), align, weight: 1.0 };
    let date = chrono::NaiveDate::from_ymd_opt(2027, 1, 12).expect("a date");
    let mut amount = Cell::typed(s("EUR 4.52 m"), Datum::Money(4_523_110.42)).toned(Tone::Bad);
    amount.bar = Some(0.44);
    let cells = vec![
        Cell::text(s("SaaS")),
        amount,
        Cell::typed(s("+10.3 %"), Datum::Percent(0.1032)),
        Cell::typed(s("12 Jan 2027"), Datum::Date(date)),
    ];
    Table {
        columns: vec![
            column("Category", Align::Left),
            column("Actual", Align::Right),
            column("Variance", Align::Right),
            column("Renews", Align::Centre),
        ],
        rows: vec![Row { cells, total: false }],
    }
}

fn labels(s: &impl Fn(&str) -> String) -> Labels {
    Labels {
        kpi: s("Measure"),
        value: s("Value"),
        trend: s("13 months"),
        target: s("Target"),
        change_prior: s("On prior month"),
        change_year: s("On last year"),
        status: s("Status"),
        money: s("Money"),
        owner: s("Owner"),
        amount: s("Amount"),
        action: s("Action"),
        page_of: s("Page {page} of {pages}"),
        legend: s("F favourable, U unfavourable."),
    }
}
