//! What every page carries: running head and footer.

use super::canvas::Canvas;
use super::layout::{self, Layout, Spacing};
use super::text::{Lines, baseline};
use crate::chart::measure::fit;
use crate::chart::scene::{Anchor, Ink, Pen};
use crate::chart::shaper::width as text_width;
use crate::report::ReportModel;

/// Space between the footer's text and the page number.
const GAP: f32 = 18.0;

/// The footer, wrapped once for all pages.
pub(super) struct Footer {
    line: Lines,
    feeds: Lines,
    run: Lines,
}

impl Footer {
    /// Wraps the footer beside room for the page number; three digits are enough for any report.
    pub(super) fn new(model: &ReportModel, paper_width: f32) -> Self {
        let layout = Layout::new((paper_width, 0.0), 0.0, Spacing::USUAL);
        let width = layout.width - number_width(model) - GAP;
        let footer = &model.footer;
        let named = footer.line.contains(&footer.run_id);
        let run = if named { "" } else { footer.run_id.as_str() };
        let wrap = |text: &str| Lines::wrap(text, layout::FOOTER, width);
        Self { line: wrap(&footer.line), feeds: wrap(&footer.feeds), run: wrap(run) }
    }

    /// Height of the text; never less than page number and state need.
    pub(super) fn height(&self) -> f32 {
        let text = self.line.height() + self.feeds.height() + self.run.height();
        text.max(2.0 * layout::FOOTER.leading)
    }

    /// Draws the footer of page `page` of `pages`.
    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        layout: &Layout,
        model: &ReportModel,
        (page, pages): (usize, usize),
    ) {
        let top = layout.bottom + 12.0;
        let (left, right) = (layout.left, layout.right());
        canvas.pagination(|canvas| {
            canvas.line(&[(left, top - 5.0), (right, top - 5.0)], Pen::solid(Ink::Rule, 0.6));
            let mut y = top;
            for lines in [&self.line, &self.feeds, &self.run] {
                lines.draw(canvas, left, y, Anchor::Start);
                y += lines.height();
            }
            let style = layout::FOOTER.style.tabular();
            let first = baseline(top, layout::FOOTER);
            canvas.text(right, first, Anchor::End, style, Ink::Text, &page_of(model, page, pages));
            let state = fit(&model.head.state, style, number_width(model));
            canvas.text(right, first + layout::FOOTER.leading, Anchor::End, style, Ink::Muted, &state);
        });
    }
}

fn number_width(model: &ReportModel) -> f32 {
    let style = layout::FOOTER.style.tabular();
    text_width(&page_of(model, 888, 888), style).max(text_width(&model.head.state, style)).min(140.0)
}

fn page_of(model: &ReportModel, page: usize, pages: usize) -> String {
    model.labels.page_of.replace("{page}", &page.to_string()).replace("{pages}", &pages.to_string())
}

/// Title, scope and period above the text of every page but the first.
pub(super) fn draw_running_head(canvas: &mut Canvas, layout: &Layout, model: &ReportModel) {
    let head = &model.head;
    let style = layout::FOOTER.style;
    let period = fit(&format!("{} · {}", head.period_label, head.state), style, layout.width * 0.4);
    let room = layout.width - text_width(&period, style) - GAP;
    let title = fit(&format!("{} · {} · {}", head.organisation, head.title, head.scope_label), style, room);
    let y = layout.top - 18.0;
    canvas.pagination(|canvas| {
        canvas.text(layout.left, y, Anchor::Start, style, Ink::Muted, &title);
        canvas.text(layout.right(), y, Anchor::End, style, Ink::Muted, &period);
        let rule = y + 5.0;
        canvas.line(&[(layout.left, rule), (layout.right(), rule)], Pen::solid(Ink::Rule, 0.6));
    });
}
