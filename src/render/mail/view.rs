//! What `mail/report.html` sees: the blocks in the shapes a mail can show.

use serde::Serialize;

use super::detail::Detail;
use super::grid::{self, Grid, Segment};
use crate::chart::{self, Bars, ChartSpec, Scene};
use crate::render::layout;
use crate::report::{Action, Block, Footer, Head, KpiRow, Labels, ReportModel, Tile, TrustItem};

/// Widths of a chart in points, as drawn: the picture is shown 560 px wide, on a phone 335 px. A text of
/// 8 points is 13 px there and 8 px here; in the narrow one, whose texts are the chart, 16 px and 10 px.
const CHART_WIDTH: f32 = 340.0;
const CLOSE_WIDTH: f32 = 280.0;
/// Height of a picture as a share of its width: 560 px wide, it stays below Outlook's limit.
const HIGHEST_SHARE: f32 = 2.8;

/// Bars of one table; at 46 px each this stays below Outlook's limit.
const BARS_PER_TABLE: usize = 25;

/// Measures shown in full where the block is shortened: the most money at risk stands first.
const MEASURES_IN_FULL: usize = 8;
/// Short lines of measures in one table; at 60 px each this stays below Outlook's limit.
const MEASURES_PER_TABLE: usize = 20;

#[derive(Serialize)]
pub(super) struct View<'a> {
    head: &'a Head,
    labels: &'a Labels,
    footer: &'a Footer,
    /// What mail lists show beside the subject.
    preheader: &'a str,
    pub(super) parts: Vec<Part<'a>>,
    /// Whether any block lost detail.
    shortened: bool,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Part<'a> {
    Message {
        headline: &'a str,
        sentences: &'a [String],
    },
    Tiles {
        tiles: &'a [Tile],
    },
    Trust {
        title: &'a str,
        items: &'a [TrustItem],
        caveats: &'a [String],
    },
    Kpis {
        title: &'a str,
        lead: &'a str,
        rows: Vec<Kpi<'a>>,
        /// Measures of one line each, in tables.
        short: Vec<&'a [KpiRow]>,
        collapsed: Option<&'a str>,
    },
    Table {
        title: &'a str,
        lead: Option<&'a str>,
        grids: Vec<Grid<'a>>,
        note: Option<&'a str>,
    },
    Bars {
        title: &'a str,
        lead: Option<&'a str>,
        actual_label: &'a str,
        plan_label: Option<&'a str>,
        tables: Vec<Vec<BarLine<'a>>>,
        note: Option<&'a str>,
    },
    Picture {
        title: &'a str,
        lead: Option<&'a str>,
        pictures: Vec<Picture<'a>>,
        note: Option<&'a str>,
    },
    Text {
        title: &'a str,
        paragraphs: &'a [String],
    },
    Actions {
        title: &'a str,
        items: &'a [Action],
    },
    /// Neighbouring blocks that are only in the attachment: their titles and leads.
    Named {
        blocks: Vec<(&'a str, Option<&'a str>)>,
    },
}

/// A chart, or a part of one that is higher than mail clients show.
#[derive(Serialize)]
pub(super) struct Picture<'a> {
    pub(super) cid: String,
    /// Empty for all but the first part: that one says all values.
    pub(super) alt: &'a str,
    #[serde(skip)]
    pub(super) scene: Scene,
}

#[derive(Serialize)]
pub(super) struct Kpi<'a> {
    row: &'a KpiRow,
    /// The bullet as cells of one table row; empty where there is none.
    bar: Vec<Segment>,
}

#[derive(Serialize)]
pub(super) struct BarLine<'a> {
    label: &'a str,
    text: &'a str,
    note: &'a str,
    /// CSS class of the note's tone.
    tone: &'static str,
    bar: Vec<Segment>,
}

impl<'a> View<'a> {
    pub(super) fn new(model: &'a ReportModel, detail: &[Detail]) -> Self {
        let blocks = model.blocks.iter().zip(detail).enumerate();
        let parts = blocks.filter_map(|(i, (block, detail))| match detail {
            Detail::Full => Some(full(i, block, &model.footer.run_id)),
            Detail::Brief => brief(block),
            Detail::Named => named(block),
            Detail::Gone => None,
        });
        Self {
            head: &model.head,
            labels: &model.labels,
            footer: &model.footer,
            preheader: preheader(model),
            parts: gathered(parts),
            shortened: detail.iter().any(|detail| *detail != Detail::Full),
        }
    }
}

/// Neighbours that are only named become one list.
fn gathered<'a>(parts: impl Iterator<Item = Part<'a>>) -> Vec<Part<'a>> {
    let mut out: Vec<Part<'a>> = Vec::new();
    for part in parts {
        match (out.last_mut(), part) {
            (Some(Part::Named { blocks }), Part::Named { blocks: more }) => blocks.extend(more),
            (_, part) => out.push(part),
        }
    }
    out
}

fn preheader(model: &ReportModel) -> &str {
    let headline = model.blocks.iter().find_map(|block| match block {
        Block::Message { headline, .. } => Some(headline.as_str()),
        Block::Tiles { .. }
        | Block::Trust { .. }
        | Block::Kpis { .. }
        | Block::Table { .. }
        | Block::Chart { .. }
        | Block::Text { .. }
        | Block::Actions { .. } => None,
    });
    headline.unwrap_or(&model.head.title)
}

fn full<'a>(position: usize, block: &'a Block, run_id: &str) -> Part<'a> {
    match block {
        Block::Message { headline, sentences } => Part::Message { headline, sentences },
        Block::Tiles { tiles } => Part::Tiles { tiles },
        Block::Trust { title, items, caveats } => Part::Trust { title, items, caveats },
        Block::Kpis { title, lead, rows, collapsed, .. } => kpis(title, lead, rows, rows.len(), collapsed.as_deref()),
        Block::Table { title, lead, table, note, .. } => {
            Part::Table { title, lead: lead.as_deref(), grids: grid::grids(table), note: note.as_deref() }
        }
        Block::Chart { title, lead, spec, alt, note, .. } => {
            let (lead, note) = (lead.as_deref(), note.as_deref());
            match spec {
                ChartSpec::Bars(bars) => bars_part(title, lead, bars, note),
                ChartSpec::Bridge(_)
                | ChartSpec::Sparkline(_)
                | ChartSpec::Bullet(_)
                | ChartSpec::Trend(_)
                | ChartSpec::HeatMap(_)
                | ChartSpec::Histogram(_) => {
                    let id = format!("{}{}", layout::anchor(position, block), layout::slug(run_id));
                    Part::Picture { title, lead, pictures: pictures(&id, spec, alt), note }
                }
            }
        }
        Block::Text { title, paragraphs, .. } => Part::Text { title, paragraphs },
        Block::Actions { title, items, .. } => Part::Actions { title, items },
    }
}

/// A chart in drawings whose text can be read on a phone and that no client cuts.
fn pictures<'a>(id: &str, spec: &ChartSpec, alt: &'a str) -> Vec<Picture<'a>> {
    let width = match spec {
        ChartSpec::Bridge(_) | ChartSpec::Bars(_) | ChartSpec::Sparkline(_) | ChartSpec::Bullet(_) => CHART_WIDTH,
        ChartSpec::Trend(_) | ChartSpec::HeatMap(_) | ChartSpec::Histogram(_) => CLOSE_WIDTH,
    };
    let parts = chart::draw_parts(spec, width, width * HIGHEST_SHARE).into_iter().enumerate();
    parts
        .map(|(index, scene)| match index {
            0 => Picture { cid: format!("{id}@muster"), alt, scene },
            _ => Picture { cid: format!("{id}-{}@muster", index + 1), alt: "", scene },
        })
        .collect()
}

/// Measures, the first `full` of them with everything.
fn kpis<'a>(title: &'a str, lead: &'a str, rows: &'a [KpiRow], full: usize, collapsed: Option<&'a str>) -> Part<'a> {
    let (full, short) = rows.split_at(full.min(rows.len()));
    let row = |row: &'a KpiRow| Kpi { row, bar: grid::bullet(row.bullet.as_ref()) };
    let (rows, short) = (full.iter().map(row).collect(), short.chunks(MEASURES_PER_TABLE).collect());
    Part::Kpis { title, lead, rows, short, collapsed }
}

fn bars_part<'a>(title: &'a str, lead: Option<&'a str>, bars: &'a Bars, note: Option<&'a str>) -> Part<'a> {
    let reach = bars.bars.iter().flat_map(|bar| [Some(bar.value), bar.plan]).flatten();
    let reach = reach.filter(|value| value.is_finite()).fold(0.0, f64::max);
    let line = |bar: &'a crate::chart::Bar| BarLine {
        label: &bar.label,
        text: &bar.text,
        note: &bar.note,
        tone: match bar.favourable {
            Some(true) => "good",
            Some(false) => "bad",
            None => "muted",
        },
        bar: grid::segments(bar.value / reach, bar.plan.map(|plan| plan / reach)),
    };
    Part::Bars {
        title,
        lead,
        actual_label: &bars.actual_label,
        plan_label: bars.plan_label.as_deref(),
        tables: bars.bars.chunks(BARS_PER_TABLE).map(|bars| bars.iter().map(line).collect()).collect(),
        note,
    }
}

fn brief(block: &Block) -> Option<Part<'_>> {
    match block {
        Block::Kpis { title, lead, rows, collapsed, .. } => {
            Some(kpis(title, lead, rows, MEASURES_IN_FULL, collapsed.as_deref()))
        }
        Block::Message { .. }
        | Block::Tiles { .. }
        | Block::Trust { .. }
        | Block::Table { .. }
        | Block::Chart { .. }
        | Block::Text { .. }
        | Block::Actions { .. } => named(block),
    }
}

fn named(block: &Block) -> Option<Part<'_>> {
    let lead = match block {
        Block::Table { lead, .. } | Block::Chart { lead, .. } => lead.as_deref(),
        Block::Kpis { lead, .. } => Some(lead.as_str()),
        Block::Message { .. }
        | Block::Tiles { .. }
        | Block::Trust { .. }
        | Block::Text { .. }
        | Block::Actions { .. } => None,
    };
    layout::title(block).map(|title| Part::Named { blocks: vec![(title, lead)] })
}
