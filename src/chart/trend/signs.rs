//! What stands beside the plot: the scale at the left, target and usual range at the right.
#![expect(clippy::cast_precision_loss, reason = "drawing coordinates")]

use super::frame::{Frame, MARGIN, SCALE_GAP, SIGN_GAP, Sign, height, stacked};
use super::{AXIS, BOUND, LEADING, SMALL, VALUE};
use crate::chart::scene::{Anchor, Ink, Pen, Scene};

/// The scale: its line, broken where zero is left out, and its texts.
pub(super) fn draw_axis(scene: &mut Scene, frame: &Frame) {
    let (x, bottom) = (frame.left, frame.bottom);
    if let Some(zero) = frame.zero() {
        scene.line((x, frame.top), (x, bottom), AXIS);
        scene.line((x, zero), (frame.right, zero), Pen::solid(Ink::Text, 0.8));
    } else {
        // two strokes across a gap: below it the scale is cut
        scene.line((x, frame.top), (x, bottom + 3.0), AXIS);
        for y in [bottom + 3.0, bottom + 5.6] {
            scene.line((x - 3.0, y + 1.3), (x + 3.0, y - 1.3), Pen::solid(Ink::Text, 0.8));
        }
        scene.line((x, bottom + 5.6), (x, bottom + 9.0), AXIS);
    }
    for (tick, top) in placed(&frame.ticks, frame) {
        let (level, middle) = (frame.y(tick.low), top + height(1) / 2.0);
        scene.line((x - 3.0, level), (x, level), AXIS);
        if (middle - level).abs() > 2.0 {
            scene.line((x - SCALE_GAP + 1.0, middle), (x - 3.0, level), AXIS);
        }
        draw_text(scene, tick, (x - SCALE_GAP, top), Anchor::End);
    }
}

/// Target and usual range, in words, each joined to its level.
pub(super) fn draw_signs(scene: &mut Scene, frame: &Frame) {
    for (sign, top) in placed(&frame.signs, frame) {
        let (high, low) = (frame.y(sign.high), frame.y(sign.low));
        let middle = top + height(sign.lines.len()) / 2.0;
        let end = (frame.right + SIGN_GAP - 3.0, middle.clamp(frame.top - MARGIN, frame.below()));
        let is_range = sign.high > sign.low;
        let from = if is_range { 4.0 } else { 0.0 };
        if is_range {
            // a bracket along the band
            let x = frame.right + from;
            scene.line((x, high), (x, low), BOUND);
            for y in [high, low] {
                scene.line((x - 2.5, y), (x, y), BOUND);
            }
        }
        scene.line((frame.right + from, f32::midpoint(high, low)), end, BOUND);
        draw_text(scene, sign, (frame.right + SIGN_GAP, top), Anchor::Start);
    }
}

/// The texts with the top of each.
fn placed<'a>(signs: &'a [Sign], frame: &Frame) -> impl Iterator<Item = (&'a Sign, f32)> {
    let middle = |sign: &Sign| f32::midpoint(frame.y(sign.low), frame.y(sign.high));
    let blocks: Vec<(f32, f32)> = signs.iter().map(|sign| (middle(sign), height(sign.lines.len()))).collect();
    signs.iter().zip(stacked(&blocks, (frame.top - MARGIN, frame.below())))
}

fn draw_text(scene: &mut Scene, sign: &Sign, (x, top): (f32, f32), anchor: Anchor) {
    let style = if anchor == Anchor::End { VALUE } else { SMALL };
    for (index, line) in sign.lines.iter().enumerate() {
        scene.text(x, top + 7.6 + index as f32 * LEADING, anchor, style, Ink::Muted, line.as_str());
    }
}
