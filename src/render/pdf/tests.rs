//! What every document keeps to, whatever the model holds.

use super::*;
use crate::chart::{Bar, Bars, Bridge, BridgeBar, Bullet, ChartSpec, Sparkline};
use crate::report::{
    Action, Align, Block, Cell, Column, Delta, Footer as Foot, Head, KpiRow, Labels, Row, Status, Table, Tile, Tone,
    TrustItem,
};

const UNIT: &str = "Geschäftsbereich für grenzüberschreitende Infrastrukturdienstleistungen und Rechenzentrumsbetrieb \
                    Mittel- und Osteuropa Süd";
const PRODUCT: &str = "Microsoft_Enterprise_Agreement_Unified_Support_Advanced_With_Sentinel_And_Purview_2026";

fn head(scope: &str) -> Head {
    Head {
        edition: "cfo-monthly".into(),
        title: "ITAM KPIs for Finance".into(),
        organisation: "Halden Group".into(),
        period: "2026-10".into(),
        period_label: "October 2026".into(),
        scope: "ALL".into(),
        scope_label: scope.into(),
        language: "en-GB".into(),
        subject: "ITAM KPIs for Finance".into(),
        state: "PROVISIONAL".into(),
        is_final: false,
        owner: "Asset Management".into(),
    }
}

fn labels() -> Labels {
    let word = |word: &str| word.to_owned();
    Labels {
        kpi: word("KPI"),
        value: word("Value"),
        trend: word("Trend"),
        target: word("Target"),
        change_prior: word("vs Sep 2026"),
        change_year: word("vs Oct 2025"),
        status: word("Status"),
        money: word("Money"),
        owner: word("Owner"),
        amount: word("Amount"),
        action: word("What to do"),
        page_of: word("Page {page} of {pages}"),
        legend: word("F favourable, U unfavourable"),
    }
}

fn model(blocks: Vec<Block>) -> ReportModel {
    let footer = Foot {
        line: "October 2026 · as of 2026-11-01 00:00 Europe/Berlin".into(),
        feeds: "assets 0 d · costs 1 d · patches missing · ".repeat(5),
        run_id: "cfo-monthly/2026-10/ALL/r1".into(),
    };
    ReportModel {
        head: head("Whole enterprise"),
        blocks,
        appendix: None,
        page_budget: usize::MAX,
        footer,
        sheets: Vec::new(),
        labels: labels(),
    }
}

fn table(rows: usize, name: &str) -> Table {
    let column = |head: &str, align, weight| Column { head: head.to_owned(), align, weight };
    let row = |index: usize| Row {
        cells: vec![
            Cell::text(format!("{name} {index}")),
            Cell::text("EUR 1,234.56").toned(Tone::Bad),
            Cell { bar: Some(0.4), ..Cell::text("40 %") },
        ],
        total: index + 1 == rows,
    };
    let columns =
        vec![column("Contract", Align::Left, 3.0), column("Cost", Align::Right, 1.0), column("Use", Align::Left, 1.0)];
    Table { columns, rows: (0..rows).map(row).collect() }
}

fn kpi(name: &str, value: &str) -> KpiRow {
    let delta = Delta { text: "−EUR 1,234 k F".into(), tone: Tone::Good };
    KpiRow {
        id: "k".into(),
        name: name.into(),
        value: value.into(),
        population: "n = 1,204 contracts".into(),
        sparkline: Sparkline { points: vec![Some(1.0), None, Some(2.0)], target: Some(1.5), alt: "1, then 2".into() },
        bullet: Some(Bullet {
            value: 9.0,
            target: 5.0,
            low: 0.0,
            high: 8.0,
            amber: None,
            met: false,
            alt: "9 of 5".into(),
        }),
        target: "≥ EUR 500".into(),
        change_prior: delta.clone(),
        change_year: delta,
        status: Status { word: "off target".into(), shape: "■".into(), tone: Tone::Bad },
        money: "EUR 1.24 m recoverable".into(),
        sentence: format!("Cancel idle seats of {name} before 12 January 2027."),
        caveat: Some("indicative: 東京 is missing".into()),
    }
}

fn charts(bars: usize) -> [Block; 2] {
    let step = |label: &str, value: f64, total: bool| BridgeBar {
        label: label.into(),
        value,
        text: format!("{value:+}"),
        total,
        favourable: (!total).then_some(value < 0.0),
    };
    let bridge = Bridge {
        bars: vec![
            step("Sep", 900.0, true),
            step(UNIT, 30.0, false),
            step(PRODUCT, -12.0, false),
            step("Oct", 918.0, true),
        ],
        unit: "EUR k".into(),
    };
    let bar = |index: usize| Bar {
        label: if index == 1 { PRODUCT.into() } else { format!("Vendor {index}") },
        value: 12.0,
        text: "EUR 12 m".into(),
        plan: Some(10.0),
        note: "+EUR 2 m U".into(),
        favourable: Some(false),
    };
    let bars =
        Bars { bars: (0..bars).map(bar).collect(), actual_label: "actual".into(), plan_label: Some("budget".into()) };
    let block = |id: &str, spec: ChartSpec| Block::Chart {
        id: id.into(),
        title: "Two vendors exceed budget".into(),
        lead: None,
        spec,
        alt: "values in words".into(),
        note: Some("A note.".into()),
    };
    [block("bridge", ChartSpec::Bridge(bridge)), block("bars", ChartSpec::Bars(bars))]
}

fn everything() -> ReportModel {
    let tile = |value: &str| Tile { label: PRODUCT.into(), value: value.into(), note: UNIT.into(), tone: Tone::Watch };
    let trust =
        |value: &str| TrustItem { label: "Feeds".into(), value: value.into(), note: UNIT.into(), tone: Tone::Good };
    let mut wide = table(3, UNIT);
    for index in 0..8 {
        wide.columns.push(Column { head: format!("Column {index}"), align: Align::Right, weight: 1.0 });
        wide.rows.iter_mut().for_each(|row| row.cells.push(Cell::text("EUR 12,345.67")));
    }
    let mut tall = table(4, PRODUCT);
    tall.rows[1].cells[0].text = UNIT.repeat(60);
    let block = |title: &str, table: Table| Block::Table {
        id: "t".into(),
        title: title.into(),
        lead: Some(UNIT.into()),
        table,
        note: None,
    };
    let mut blocks = vec![
        Block::Message { headline: UNIT.repeat(2), sentences: vec![UNIT.into(); 3] },
        Block::Tiles { tiles: vec![tile("EUR 1.24 m"), tile("EUR 1,234,567,890.12 recoverable"), tile("")] },
        Block::Trust {
            title: "Trust".into(),
            items: vec![trust("11 of 12"), trust(PRODUCT)],
            caveats: vec![UNIT.into()],
        },
        Block::Kpis {
            id: "k".into(),
            title: "Four KPIs are off target".into(),
            lead: String::new(),
            rows: vec![
                kpi(PRODUCT, "104.2 %"),
                kpi(UNIT, "EUR 123,456,789.01"),
                kpi("中文", "–"),
                kpi("Idle seats", "61 %"),
            ],
            collapsed: Some(UNIT.into()),
        },
    ];
    blocks.extend(charts(60));
    blocks.push(block("Long", table(60, "Orbit CRM")));
    blocks.push(block("Wide", wide));
    blocks.push(block("Tall", tall));
    blocks.push(block("Empty", table(0, "")));
    blocks.push(Block::Text { id: "x".into(), title: "Definitions".into(), paragraphs: vec![UNIT.repeat(30); 3] });
    let action = Action { text: UNIT.repeat(3), owner: PRODUCT.into(), amount: "EUR 86,400 a year".into() };
    blocks.push(Block::Actions { id: "a".into(), title: "What to do".into(), items: vec![action; 2] });
    let mut model = model(blocks);
    model.head.scope_label = UNIT.into();
    model.head.title = format!("{UNIT} 東京");
    model
}

fn document(model: &ReportModel) -> lopdf::Document {
    let bytes = pdf(model, Paper::A4).expect("a document");
    lopdf::Document::load_mem(&bytes).expect("a readable document")
}

#[test]
fn the_same_model_gives_the_same_bytes_and_another_one_another_identity() {
    let identity = |document: &lopdf::Document| document.trailer.get(b"ID").expect("an identity").clone();
    let full = everything();
    assert_eq!(pdf(&full, Paper::A4).expect("first"), pdf(&full, Paper::A4).expect("second"));
    assert_ne!(identity(&document(&full)), identity(&document(&model(Vec::new()))));
}

#[test]
fn no_text_leaves_the_text_area_or_overlaps_another() {
    for paper in [Paper::A4, Paper::Letter] {
        let (width, height) = paper.size();
        let Laid { pages, .. } = paint(&everything(), paper);
        for (number, page) in pages.iter().enumerate() {
            for (index, (a, text)) in page.texts.iter().enumerate() {
                let inside = a[0] >= 41.5 && a[2] <= width - 41.5 && a[1] >= 20.0 && a[3] <= height - 20.0;
                assert!(inside, "page {}: {text:?} at {a:?}", number + 1);
                for (b, other) in &page.texts[index + 1..] {
                    let apart = a[2] <= b[0] + 0.1 || b[2] <= a[0] + 0.1 || a[3] <= b[1] + 0.1 || b[3] <= a[1] + 0.1;
                    assert!(apart, "page {}: {text:?} and {other:?}, {a:?} {b:?}", number + 1);
                }
            }
        }
    }
}

#[test]
fn a_table_over_several_pages_repeats_its_heads_and_loses_no_row() {
    let block = Block::Table { id: "t".into(), title: "Long".into(), lead: None, table: table(80, "Row"), note: None };
    let Laid { pages, .. } = paint(&model(vec![block]), Paper::A4);
    assert!(pages.len() > 1);
    let on = |page: &Painted, text: &str| page.texts.iter().filter(|(_, shown)| shown == text).count();
    for page in &pages {
        assert_eq!(on(page, "Contract"), 1);
    }
    for index in 0..80 {
        let name = format!("Row {index}");
        assert_eq!(pages.iter().map(|page| on(page, &name)).sum::<usize>(), 1, "{name}");
    }
}

#[test]
fn rows_move_closer_before_a_report_runs_over_its_budget_and_only_then() {
    let report = |rows: usize, page_budget: usize| {
        let table = Table { rows: table(rows, "Row").rows, ..table(1, "Row") };
        let block = Block::Table { id: "t".into(), title: "Long".into(), lead: None, table, note: None };
        ReportModel { page_budget, ..model(vec![block]) }
    };
    let pages = |rows: usize, budget: usize| body_pages(&report(rows, budget), Paper::A4);
    let rows = (1..200).find(|rows| pages(*rows, usize::MAX) == 2).expect("a table of two pages");
    assert_eq!((pages(rows, 2), pages(rows, 1)), (2, 1));
    // Where closer rows save nothing, the report looks as ever.
    let far = report(rows * 3, 1);
    let usual = |model: &ReportModel| laid(model, Paper::A4, Spacing::USUAL).pages.len();
    assert!(body_pages(&far, Paper::A4) <= usual(&far));
}

#[test]
fn every_page_carries_footer_page_number_and_state() {
    let Laid { pages, .. } = paint(&everything(), Paper::A4);
    let count = pages.len();
    for (index, page) in pages.iter().enumerate() {
        let shows = |text: &str| page.texts.iter().any(|(_, shown)| shown.contains(text));
        let number = format!("Page {} of {count}", index + 1);
        for text in
            [number.as_str(), "PROVISIONAL", "as of 2026-11-01", "patches missing", "cfo-monthly/2026-10/ALL/r1"]
        {
            assert!(shows(text), "{text} on page {}", index + 1);
        }
    }
}

#[test]
fn a_report_without_blocks_is_a_page() {
    assert_eq!(document(&model(Vec::new())).get_pages().len(), 1);
    assert_eq!(body_pages(&model(Vec::new()), Paper::A4), 1);
}

#[test]
fn the_document_says_its_language_title_and_structure() {
    let document = document(&everything());
    let catalog = document.catalog().expect("a catalog");
    assert_eq!(catalog.get(b"Lang").and_then(lopdf::Object::as_str).expect("a language"), b"en-GB");
    for key in
        [b"StructTreeRoot".as_slice(), b"MarkInfo", b"Outlines", b"Metadata", b"ViewerPreferences", b"PageLabels"]
    {
        assert!(catalog.has(key), "{}", String::from_utf8_lossy(key));
    }
    let info = document.trailer.get(b"Info").and_then(lopdf::Object::as_reference).expect("an info dictionary");
    let info = document.get_dictionary(info).expect("a dictionary");
    assert!(info.has(b"Title") && info.has(b"Author") && info.has(b"Subject"));
    assert!(!info.has(b"CreationDate") && !info.has(b"ModDate") && !info.has(b"GTS_PDFXVersion"));
}

#[test]
fn all_marked_content_belongs_to_an_element_and_is_closed() {
    use printpdf::Op;
    let Laid { mut tags, pages, .. } = paint(&everything(), Paper::A4);
    attach(&mut tags, &pages);
    for page in &pages {
        let mut depth = 0_i32;
        for op in &page.ops {
            match op {
                Op::BeginMarkedContent { .. } | Op::BeginMarkedContentWithProperties { .. } => depth += 1,
                Op::EndMarkedContent => depth -= 1,
                Op::ShowText { .. } | Op::DrawLine { .. } | Op::DrawPolygon { .. } | Op::DrawRectangle { .. } => {
                    assert!(depth > 0, "{op:?} belongs to nothing");
                }
                _ => {}
            }
        }
        assert_eq!(depth, 0);
    }
    let figures = tags.iter().filter(|(_, node)| node.kind == tags::Kind::Figure);
    for (_, node) in figures {
        assert!(node.alt.is_some() && node.place.is_some());
    }
}

#[test]
fn the_name_of_a_figure_leads_to_its_definition_and_nowhere_where_there_is_none() {
    let definitions = Block::Table {
        id: "definitions".into(),
        title: "What the figures mean".into(),
        lead: None,
        table: table(60, "Row"),
        note: None,
    };
    let rows = vec![kpi("Row 55", "71 %"), kpi("Undefined", "1")];
    let kpis = Block::Kpis { id: "k".into(), title: "Figures".into(), lead: String::new(), rows, collapsed: None };
    let document = document(&model(vec![kpis, definitions]));
    let pages: Vec<lopdf::ObjectId> = document.get_pages().into_values().collect();
    let annotations = document.get_page_annotations(pages[0]).expect("annotations");
    let [link] = annotations.as_slice() else { panic!("{} links", annotations.len()) };
    let target = link.get(b"Dest").and_then(lopdf::Object::as_array).expect("a place");
    assert_eq!(target[0].as_reference().expect("a page"), pages[1]);
    let words = |object: &lopdf::Object| lopdf::decode_text_string(object).expect("a text");
    assert_eq!(link.get(b"Contents").map(words).expect("what it leads to"), "Row 55");
    // The structure names the annotation as a part of the text that is clicked.
    let key = link.get(b"StructParent").and_then(lopdf::Object::as_i64).expect("a key");
    let tree = document.catalog().expect("a catalog").get_deref(b"StructTreeRoot", &document).expect("a tree");
    let parents = tree.as_dict().expect("a dictionary").get_deref(b"ParentTree", &document).expect("owners");
    let numbers =
        parents.as_dict().and_then(|own| own.get(b"Nums")).and_then(lopdf::Object::as_array).expect("numbers");
    let owner = numbers.chunks(2).find(|pair| pair[0].as_i64().is_ok_and(|number| number == key)).expect("an owner");
    let owner = document.get_dictionary(owner[1].as_reference().expect("an element")).expect("an element");
    assert_eq!(owner.get(b"S").and_then(lopdf::Object::as_name).expect("a kind"), b"Link");
}
