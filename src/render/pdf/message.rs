//! Line one: the message with money, on a tinted ground.

use super::flow::Piece;
use super::layout::{self, Layout};
use super::tags::{Kind, Tags};
use super::text::Lines;
use crate::chart::scene::{Anchor, Area, Ink};

/// Line one is at most two lines: a long message is set a little smaller rather than broken a third time.
fn headline_lines(headline: &str, room: f32) -> Lines {
    const SCALES: [f32; 3] = [1.0, 0.92, 0.84];
    let set = |scale: f32| {
        (Lines::balanced(headline, layout::HEADLINE.scaled(scale), room), layout::HEADLINE.leading * scale)
    };
    let fits = |(lines, leading): &(Lines, f32)| lines.height() <= 2.5 * leading;
    let (lines, _) = SCALES.into_iter().map(set).find(fits).unwrap_or_else(|| set(SCALES[2]));
    lines
}

/// The message with money, and the sentences that carry it, on a tinted ground.
pub(super) fn message<'a>(tags: &mut Tags, layout: &Layout, headline: &str, sentences: &[String]) -> Vec<Piece<'a>> {
    const PAD: f32 = 12.0;
    let room = layout.width - 2.0 * PAD;
    let mut texts = vec![headline_lines(headline, room)];
    texts.extend(sentences.iter().map(|sentence| Lines::wrap(sentence, layout::BODY, room)));
    texts.retain(|lines| !lines.is_empty());
    let count = texts.len();
    let Layout { left, width, .. } = *layout;
    texts
        .into_iter()
        .enumerate()
        .map(|(index, lines)| {
            let (first, last) = (index == 0, index + 1 == count);
            let above = if first { 9.0 } else { 3.0 };
            let height = above + lines.height() + if last { 10.0 } else { 0.0 };
            let node = tags.add(Tags::root(), Kind::Paragraph);
            let piece = Piece::new(if first { 13.0 } else { 0.0 }, height, move |canvas, top| {
                // a little overlap hides the seam between strips
                let ground = Area { x: left, y: top - 0.2, width, height: height + 0.2 };
                canvas.fill(ground, Ink::Ground);
                canvas.fill(Area { width: 3.0, ..ground }, Ink::Accent);
                canvas.tagged(node, "P", |canvas| {
                    lines.draw(canvas, left + PAD, top + above, Anchor::Start);
                });
            });
            Piece { keep: first && !last, ..piece }
        })
        .collect()
}
