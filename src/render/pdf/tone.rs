//! Business direction as colour and shape: colour never stands alone.

use super::canvas::Canvas;
use crate::chart::scene::{Ink, Pen};
use crate::report::Tone;

/// Room a mark takes in front of a text.
pub(super) const MARK_ROOM: f32 = 9.0;

/// Whether the tone says something that needs a shape beside the colour.
pub(super) const fn is_judgement(tone: Tone) -> bool {
    match tone {
        Tone::Good | Tone::Watch | Tone::Bad => true,
        Tone::Neutral | Tone::Muted => false,
    }
}

/// Whether a text tells its direction without colour: it shows a status shape or ends in F or U.
pub(super) fn speaks_for_itself(text: &str) -> bool {
    let letter = text.split_whitespace().next_back();
    text.contains(['●', '▲', '■', '○']) || matches!(letter, Some("F" | "G" | "U" | "(F)" | "(G)" | "(U)"))
}

/// The shape of the tone in a box of `size`, its top left corner at the given point.
pub(super) fn draw_mark(canvas: &mut Canvas, tone: Tone, (x, y): (f32, f32), size: f32) {
    let half = size / 2.0;
    match tone {
        Tone::Good => canvas.disc(x + half, y + half, half, Ink::Good),
        Tone::Watch => canvas.polygon(&[(x, y + size), (x + half, y), (x + size, y + size)], Ink::Watch),
        Tone::Bad => {
            canvas.polygon(&[(x, y), (x + size, y), (x + size, y + size), (x, y + size)], Ink::Bad);
        }
        Tone::Neutral | Tone::Muted => {
            canvas.line(&[(x, y + half), (x + size, y + half)], Pen::solid(Ink::Muted, 0.9));
        }
    }
}
