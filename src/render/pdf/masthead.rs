//! The masthead of page one, and the chips that carry a state or status.

use super::canvas::Canvas;
use super::flow::Piece;
use super::layout::{self, Layout};
use super::tags::{Kind, Tags};
use super::text::Lines;
use crate::chart::faces::Style;
use crate::chart::scene::{Anchor, Area, Ink};
use crate::chart::shaper::width as text_width;
use crate::report::{Head, Tone};

const STATE: Style = Style::strong(8.2);

/// Organisation, title, period and scope, and whether the figures are final.
pub(super) fn masthead<'a>(tags: &mut Tags, layout: &Layout, head: &'a Head) -> Piece<'a> {
    let Layout { left, width, .. } = *layout;
    let [organisation_node, title_node, subtitle_node, state_node] =
        [Kind::Paragraph, Kind::Title, Kind::Paragraph, Kind::Paragraph].map(|kind| tags.add(Tags::root(), kind));
    let (text, tone) = state(head);
    let state_width = text_width(&text, STATE) + 14.0;
    let organisation = Lines::wrap(&head.organisation, layout::ORGANISATION, width - state_width - 12.0);
    let title = Lines::balanced(&head.title, layout::TITLE, width);
    let subtitle = format!("{} · {}", head.period_label, head.scope_label);
    let subtitle = Lines::wrap(&subtitle, layout::SUBTITLE, width);
    let organisation_top = 10.0;
    let title_top = organisation_top + organisation.height() + 3.0;
    let subtitle_top = title_top + title.height() + 1.0;
    let height = subtitle_top + subtitle.height();
    let piece = Piece::new(0.0, height, move |canvas, top| {
        canvas.fill(Area { x: left, y: top, width, height: 3.0 }, Ink::Accent);
        canvas.tagged(organisation_node, "P", |canvas| {
            organisation.draw(canvas, left, top + organisation_top, Anchor::Start);
        });
        canvas.tagged(title_node, "H1", |canvas| {
            title.draw(canvas, left, top + title_top, Anchor::Start);
        });
        canvas.tagged(subtitle_node, "P", |canvas| {
            subtitle.draw(canvas, left, top + subtitle_top, Anchor::Start);
        });
        let chip =
            Area { x: left + width - state_width, y: top + organisation_top - 2.0, width: state_width, height: 15.0 };
        draw_chip(canvas, chip, tone);
        let (x, y) = (chip.x + chip.width / 2.0, chip.y + chip.height / 2.0 + STATE.size * 0.36);
        canvas.tagged(state_node, "P", |canvas| {
            canvas.text(x, y, Anchor::Middle, STATE, tone.ink(), &text);
        });
    });
    Piece { bookmark: Some(&head.title), ..piece.keep() }
}

/// What is not final is said with a shape and colour.
fn state(head: &Head) -> (String, Tone) {
    if head.is_final { (head.state.clone(), Tone::Muted) } else { (format!("▲ {}", head.state), Tone::Watch) }
}

/// The rounded box behind a state or status.
pub(super) fn draw_chip(canvas: &mut Canvas, area: Area, tone: Tone) {
    let radius = 3.0;
    let border = Area { x: area.x - 0.5, y: area.y - 0.5, width: area.width + 1.0, height: area.height + 1.0 };
    canvas.rounded(border, radius + 0.5, tone.ink());
    canvas.rounded(area, radius, tone.tint());
}
