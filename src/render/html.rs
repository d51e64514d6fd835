//! The archive page: one complete HTML file that needs nothing else to be read, on a wide screen,
//! on a phone, in the dark and on paper.
//!
//! The layout is `templates/page/`; this module only draws the charts and names the anchors. It is
//! the one place that fills the map of trusted drawings, and it fills it from [`svg::to_svg`].

use std::collections::BTreeMap;

use serde::Serialize;

use super::{RenderError, layout};
use crate::chart::{self, svg};
use crate::report::{Block, Footer, Head, KpiRow, Labels, ReportModel};
use crate::templates::Templates;

/// Widths of a chart in points, as drawn: the page stretches it to its column, so a smaller width
/// makes larger text. Text is 8 points high: about 13 px on a wide screen, 14 px on a phone of 375 px.
const WIDE: f32 = 700.0;
const NARROW: f32 = 196.0;
/// Boxes of the drawings in a row, in points.
const SPARKLINE: (f32, f32) = (84.0, 23.0);
const BULLET: (f32, f32) = (93.0, 12.0);

/// What stands in a cell whose drawing has nothing to show.
const NOTHING: &str = "<span class=\"muted\">–</span>";

/// What `page/report.html` sees.
#[derive(Serialize)]
struct Page<'a> {
    head: &'a Head,
    blocks: &'a [Block],
    footer: &'a Footer,
    labels: &'a Labels,
    /// One per block, in the same order.
    anchors: Vec<String>,
    contents: Vec<Entry<'a>>,
    /// The contents go before this block: after the message and the figures beside it.
    contents_before: usize,
    drawings: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Entry<'a> {
    anchor: String,
    title: &'a str,
}

/// Paints the report as one HTML page.
///
/// # Errors
/// [`RenderError::Template`] if a template fails on this model.
pub fn html(model: &ReportModel, templates: &Templates) -> Result<String, RenderError> {
    let model = layout::squared(model);
    let opening = model.blocks.iter().position(|block| !opens(block));
    let page = Page {
        head: &model.head,
        blocks: &model.blocks,
        footer: &model.footer,
        labels: &model.labels,
        anchors: (0..).zip(&model.blocks).map(|(i, block)| layout::anchor(i, block)).collect(),
        contents: contents(&model.blocks),
        contents_before: opening.unwrap_or(model.blocks.len()),
        drawings: drawings(&model.blocks),
    };
    let html = templates.render("page/report.html", &page)?;
    Ok(without_blank_lines(&html))
}

/// Blocks that belong to the opening and are not listed in the contents.
fn opens(block: &Block) -> bool {
    match block {
        Block::Message { .. } | Block::Tiles { .. } | Block::Trust { .. } => true,
        Block::Kpis { .. } | Block::Table { .. } | Block::Chart { .. } | Block::Text { .. } | Block::Actions { .. } => {
            false
        }
    }
}

fn contents(blocks: &[Block]) -> Vec<Entry<'_>> {
    let listed = blocks.iter().enumerate().filter(|(_, block)| !opens(block));
    listed
        .filter_map(|(i, block)| {
            let title = layout::title(block).filter(|title| !title.is_empty())?;
            Some(Entry { anchor: layout::anchor(i, block), title })
        })
        .collect()
}

/// Every drawing of the page by the id the templates use: `b<block>-...`.
fn drawings(blocks: &[Block]) -> BTreeMap<String, String> {
    let mut drawings = BTreeMap::new();
    for (b, block) in blocks.iter().enumerate() {
        match block {
            Block::Kpis { rows, .. } => {
                for (r, row) in rows.iter().enumerate() {
                    draw_row(&format!("b{b}-r{r}"), row, &mut drawings);
                }
            }
            Block::Chart { spec, alt, .. } => {
                // Text in a drawing shrinks with it, so a phone gets a drawing of its own width.
                for (name, width) in [("wide", WIDE), ("narrow", NARROW)] {
                    let drawn = svg::to_svg(&chart::draw(spec, width), alt);
                    drawings.insert(format!("b{b}-{name}"), drawn);
                }
            }
            Block::Message { .. }
            | Block::Tiles { .. }
            | Block::Trust { .. }
            | Block::Table { .. }
            | Block::Text { .. }
            | Block::Actions { .. } => {}
        }
    }
    drawings
}

fn draw_row(id: &str, row: &KpiRow, drawings: &mut BTreeMap<String, String>) {
    let (width, height) = SPARKLINE;
    let spark = if row.sparkline.points.iter().any(Option::is_some) {
        svg::to_svg(&chart::draw_sparkline(&row.sparkline, width, height), &row.sparkline.alt)
    } else {
        NOTHING.to_owned()
    };
    drawings.insert(format!("{id}-spark"), spark);
    if let Some(bullet) = &row.bullet {
        let (width, height) = BULLET;
        let drawn = svg::to_svg(&chart::draw_bullet(bullet, width, height), &bullet.alt);
        drawings.insert(format!("{id}-bullet"), drawn);
    }
}

/// Template logic leaves empty lines behind; they carry nothing.
pub(super) fn without_blank_lines(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    for line in html.lines().map(str::trim).filter(|line| !line.is_empty()) {
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::html;
    use crate::render::sample;
    use crate::report::ReportModel;
    use crate::templates::Templates;

    fn painted(model: &ReportModel) -> String {
        html(model, &Templates::load(&std::collections::BTreeMap::new()).expect("templates")).expect("a page")
    }

    #[test]
    fn hostile_text_never_becomes_markup() {
        let page = painted(&sample::hostile());
        for forbidden in ["<script", "<img", "\"' ", "\" onload="] {
            assert!(!page.contains(forbidden), "{forbidden} is on the page");
        }
        assert!(page.contains("&lt;script&gt;"));
    }

    #[test]
    fn the_page_needs_nothing_from_outside() {
        let page = painted(&sample::report());
        for forbidden in ["src=", "<link", "@import", "url(", "<script", "http:", "https:"] {
            let shown = page.replace("http://www.w3.org/2000/svg", "");
            assert!(!shown.contains(forbidden), "{forbidden} is on the page");
        }
    }

    #[test]
    fn every_figure_of_a_measure_is_on_the_page() {
        let page = painted(&sample::report()).replace('\u{a0}', " ");
        let row = ["71.4 %", "n = 18,412", "≥ 85 %", "−0.8 pp U", "off target", "■", "EUR 1.24 m"];
        for figure in row {
            assert!(page.contains(figure), "{figure} is missing");
        }
    }

    #[test]
    fn headings_descend_and_ids_are_unique() {
        let page = painted(&sample::hostile());
        assert_eq!(page.matches("<h1").count(), 1);
        assert!(!page.contains("<h4"));
        let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|x| x.split('"').next()).collect();
        let distinct: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), distinct.len(), "{ids:?}");
    }

    #[test]
    fn the_same_report_gives_the_same_page() {
        assert_eq!(painted(&sample::report()), painted(&sample::report()));
    }
}
