//! The KPI table: one strip per KPI, one sentence for what is on target and unchanged.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::columns::{Slot, Want, share};
use super::flow::Piece;
use super::heads::{head_piece, heads};
use super::kpi_row::{DELTA, MONEY, NAME, SENTENCE, STATUS, Slots, TARGET, VALUE, draw, plan, status_text};
use super::layout::{self, Layout};
use super::prose;
use super::tags::{Kind, NodeId, Tags};
use super::text::{Lines, Setting, baseline};
use super::tone;
use crate::chart::faces::Style;
use crate::chart::measure::widest_word;
use crate::chart::scene::Anchor;
use crate::chart::shaper::width as text_width;
use crate::report::{KpiRow, Labels, Tone};

/// Least width of a trend.
const TREND: f32 = 44.0;
/// Least width of a bullet.
const BULLET: f32 = 38.0;

/// The rows, whose names lead to their definitions, with their heads, the sentence for the unchanged ones, and the key to the letters.
pub(super) fn pieces<'a>(
    tags: &mut Tags,
    section: NodeId,
    layout: &Layout,
    (rows, defined): (&[KpiRow], &BTreeSet<&str>),
    collapsed: Option<&str>,
    labels: &Labels,
) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    if !rows.is_empty() {
        pieces = table(tags, section, layout, (rows, defined), labels);
    }
    if let Some(text) = collapsed.filter(|text| !text.trim().is_empty()) {
        pieces.push(collapsed_piece(tags, section, layout, text));
    }
    if !labels.legend.is_empty() && !rows.is_empty() {
        let legend = prose::note(tags, section, layout, &mut pieces, &labels.legend);
        pieces.extend(legend);
    }
    pieces
}

fn table<'a>(
    tags: &mut Tags,
    section: NodeId,
    layout: &Layout,
    (rows, defined): (&[KpiRow], &BTreeSet<&str>),
    labels: &Labels,
) -> Vec<Piece<'a>> {
    let node = tags.add(section, Kind::Table);
    let slots = slots(rows, labels, layout.width);
    let titles = [
        (labels.kpi.as_str(), Anchor::Start),
        (labels.value.as_str(), Anchor::End),
        (labels.trend.as_str(), Anchor::Start),
        (labels.target.as_str(), Anchor::Start),
        (labels.change_prior.as_str(), Anchor::End),
        (labels.change_year.as_str(), Anchor::End),
        (labels.status.as_str(), Anchor::Start),
        (labels.money.as_str(), Anchor::End),
    ];
    let (mut pieces, head) = head_piece(tags, node, heads(titles.into_iter(), &slots, layout, 1.0));
    let slots = Slots::new(&slots);
    let count = rows.len();
    let (left, width) = (layout.left, layout.width);
    for (index, row) in rows.iter().enumerate() {
        let row = plan(tags, node, slots, (row, defined.contains(row.name.as_str())), layout);
        let height = row.height;
        let piece = Piece::new(0.0, height, move |canvas, top| {
            draw(canvas, &row, slots, (left, width), top);
        });
        // two rows stay with the heading, and two end the table
        let keep = index + 1 < count && (index == 0 || index + 2 == count);
        pieces.push(Piece { keep, repeat: Some(Rc::clone(&head)), ..piece });
    }
    pieces
}

/// Which texts of a row stay whole.
#[derive(Clone, Copy)]
struct Whole {
    /// Figures on one line.
    figures: bool,
    /// Changes on one line.
    changes: bool,
    /// Money on two lines.
    money: bool,
}

/// Column widths: figures stay on one line and money on two while the names' words stay whole, else money
/// takes more lines, else the changes take two, else all figures do.
fn slots(rows: &[KpiRow], labels: &Labels, total: f32) -> Vec<Slot> {
    let all = Whole { figures: true, changes: true, money: true };
    let fewer = Whole { money: false, ..all };
    let least = Whole { changes: false, ..fewer };
    let wanted = [all, fewer, least, Whole { figures: false, ..least }].map(|whole| wants(rows, labels, total, whole));
    let [.., narrowest] = &wanted;
    let fits = |wants: &&[Want; 8]| wants.iter().map(|want| want.least).sum::<f32>() <= total;
    share(wanted.iter().find(fits).unwrap_or(narrowest), total)
}

fn wants(rows: &[KpiRow], labels: &Labels, total: f32, whole: Whole) -> [Want; 8] {
    let Whole { figures, changes, money } = whole;
    let need = |label: &str, most: f32, row_need: &dyn Fn(&KpiRow) -> f32| {
        let head = widest_word(label, layout::COLUMN_HEAD.style).min(total * 0.14);
        let cells = rows.iter().map(row_need).fold(0.0, f32::max);
        cells.min(total * most).max(head) + 2.0 * layout::CELL_PAD + 0.3
    };
    let line = |text: &str, setting: Setting, whole: bool| {
        let style = setting.tabular().style;
        if whole { text_width(text, style) } else { two_lines(text, style) }
    };
    let want = |weight, least| Want { weight, least };
    [
        want(24.0, need(&labels.kpi, 0.2, &|row| widest_word(&row.name, NAME.style))),
        want(10.0, need(&labels.value, 0.13, &|row| line(&row.value, VALUE, figures))),
        want(11.5, need(&labels.trend, 0.1, &|_| TREND)),
        want(11.5, need(&labels.target, 0.12, &|row| line(&row.target, TARGET, figures).max(BULLET))),
        want(10.0, need(&labels.change_prior, 0.12, &|row| line(&row.change_prior.text, DELTA, changes))),
        want(10.0, need(&labels.change_year, 0.12, &|row| line(&row.change_year.text, DELTA, changes))),
        want(11.0, need(&labels.status, 0.14, &|row| line(&status_text(row), STATUS, figures) + 8.0)),
        want(
            13.0,
            need(&labels.money, 0.18, &|row| {
                let style = MONEY.tabular().style;
                if money { two_lines(&row.money, style) } else { widest_word(&row.money, style).min(total * 0.14) }
            }),
        ),
    ]
}

/// The width in which a text takes two lines, broken at its best space.
fn two_lines(text: &str, style: Style) -> f32 {
    let break_at = |(at, _): (usize, &str)| text_width(&text[..at], style).max(text_width(&text[at + 1..], style));
    text.match_indices(' ').map(break_at).fold(text_width(text, style), f32::min)
}

/// One sentence for everything that is on target and unchanged.
fn collapsed_piece<'a>(tags: &mut Tags, section: NodeId, layout: &Layout, text: &str) -> Piece<'a> {
    let node = tags.add(section, Kind::Paragraph);
    let x = layout.left + layout::CELL_PAD;
    let lines = Lines::wrap(text, SENTENCE, layout.width - 2.0 * layout::CELL_PAD - tone::MARK_ROOM);
    Piece::new(5.0, lines.height(), move |canvas, top| {
        tone::draw_mark(canvas, Tone::Good, (x, baseline(top, lines.setting) - 5.3), 5.0);
        canvas.tagged(node, "P", |canvas| {
            lines.draw(canvas, x + tone::MARK_ROOM, top, Anchor::Start);
        });
    })
}
