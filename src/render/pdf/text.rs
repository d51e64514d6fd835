//! Measured paragraphs: wrapped once while the page is planned, drawn line by line later.
#![expect(clippy::cast_precision_loss, reason = "line counts are small")]

use super::canvas::Canvas;
use crate::chart::faces::Style;
use crate::chart::measure::{wrap, wrap_balanced};
use crate::chart::scene::{Anchor, Ink};
use crate::chart::shaper::width as text_width;

/// How a kind of text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Setting {
    pub(super) style: Style,
    /// Points from one line to the next.
    pub(super) leading: f32,
    pub(super) ink: Ink,
}

impl Setting {
    pub(super) const fn new(style: Style, leading: f32, ink: Ink) -> Self {
        Self { style, leading, ink }
    }

    /// The same setting in another colour.
    pub(super) const fn ink(self, ink: Ink) -> Self {
        Self { ink, ..self }
    }

    /// The same setting, larger or smaller.
    pub(super) fn scaled(self, factor: f32) -> Self {
        let style = Style { size: self.style.size * factor, ..self.style };
        Self { style, leading: self.leading * factor, ..self }
    }

    /// The same setting with figures that line up.
    pub(super) const fn tabular(self) -> Self {
        Self { style: self.style.tabular(), ..self }
    }
}

/// Wrapped text, ready to place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lines {
    pub(super) setting: Setting,
    pub(super) lines: Vec<String>,
}

impl Lines {
    /// Wraps to the width; as many lines as it takes.
    pub(super) fn wrap(text: &str, setting: Setting, width: f32) -> Self {
        Self { setting, lines: spaced(text, wrap(text, setting.style, width)) }
    }

    /// Wraps into lines of about equal length.
    pub(super) fn balanced(text: &str, setting: Setting, width: f32) -> Self {
        Self { setting, lines: spaced(text, wrap_balanced(text, setting.style, width)) }
    }

    /// The same text with a space at its end, where another one follows in the same element.
    pub(super) fn followed(mut self) -> Self {
        if let Some(last) = self.lines.last_mut() {
            last.push(' ');
        }
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Width of the line with the given number; zero if there is none.
    pub(super) fn line_width(&self, index: usize) -> f32 {
        self.lines.get(index).map_or(0.0, |line| text_width(line.trim_end(), self.setting.style))
    }

    /// Width of the longest line.
    pub(super) fn width(&self) -> f32 {
        (0..self.lines.len()).map(|index| self.line_width(index)).fold(0.0, f32::max)
    }

    pub(super) fn height(&self) -> f32 {
        self.lines.len() as f32 * self.setting.leading
    }

    /// Draws from `top` downwards; `x` is where `anchor` says.
    pub(super) fn draw(&self, canvas: &mut Canvas, x: f32, top: f32, anchor: Anchor) {
        let Setting { style, leading, ink } = self.setting;
        for (index, line) in self.lines.iter().enumerate() {
            canvas.text(x, baseline(top, self.setting) + index as f32 * leading, anchor, style, ink, line);
        }
    }

    /// The lines split where a page may break: never a single first or last line.
    pub(super) fn breakable(self) -> Vec<Self> {
        let setting = self.setting;
        let count = self.lines.len();
        let mut groups: Vec<Self> = Vec::new();
        for (index, line) in self.lines.into_iter().enumerate() {
            let joins = index == 1 || index + 1 == count;
            match groups.last_mut() {
                Some(group) if joins => group.lines.push(line),
                Some(_) | None => groups.push(Self { setting, lines: vec![line] }),
            }
        }
        groups
    }
}

/// Gives lines back the space they were broken at, so that whoever reads the document aloud or copies
/// from it does not join their words. It is drawn, but takes no part in measuring.
fn spaced(text: &str, mut lines: Vec<String>) -> Vec<String> {
    let mut rest = text;
    for line in &mut lines {
        // a line that ends in a hyphen of our own is not found, and needs no space
        if let Some((_, after)) = rest.split_once(line.as_str()) {
            if after.starts_with(char::is_whitespace) && !after.trim_start().is_empty() {
                line.push(' ');
            }
            rest = after;
        }
    }
    lines
}

/// Baseline of the first line below `top`: capitals stand in the middle of their line.
pub(super) fn baseline(top: f32, setting: Setting) -> f32 {
    top + setting.leading / 2.0 + setting.style.size * 0.36
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_the_space_they_were_broken_at_and_words_stay_whole() {
        let setting = Setting::new(Style::regular(9.0), 12.0, Ink::Text);
        let text = "Cancel idle_seats_of_a_product_without_spaces now, a year early";
        let lines = Lines::wrap(text, setting, 60.0).lines;
        assert!(lines.len() > 3);
        assert_eq!(lines.concat(), text);
    }

    #[test]
    fn a_paragraph_breaks_without_widows_and_orphans() {
        let setting = Setting::new(Style::regular(9.0), 12.0, Ink::Text);
        let sizes = |count: usize| {
            let lines = Lines { setting, lines: vec!["x".to_owned(); count] };
            lines.breakable().iter().map(|group| group.lines.len()).collect::<Vec<_>>()
        };
        assert_eq!(sizes(0), Vec::<usize>::new());
        assert_eq!(sizes(1), [1]);
        assert_eq!(sizes(2), [2]);
        assert_eq!(sizes(3), [3]);
        assert_eq!(sizes(4), [2, 2]);
        assert_eq!(sizes(6), [2, 1, 1, 2]);
    }
}
