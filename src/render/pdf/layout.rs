//! Measures and type settings shared by all blocks. Lengths are points.

use super::text::Setting;
use crate::chart::faces::Style;
use crate::chart::scene::Ink;

pub(super) const TITLE: Setting = Setting::new(Style::strong(21.0), 25.0, Ink::Accent);
pub(super) const SUBTITLE: Setting = Setting::new(Style::regular(10.5), 14.0, Ink::Muted);
pub(super) const ORGANISATION: Setting = Setting::new(Style::strong(9.0), 12.0, Ink::Muted);
pub(super) const HEADLINE: Setting = Setting::new(Style::strong(15.0), 19.5, Ink::Accent);
pub(super) const BODY: Setting = Setting::new(Style::regular(9.0), 12.8, Ink::Text);
pub(super) const HEADING: Setting = Setting::new(Style::strong(12.0), 15.5, Ink::Accent);
pub(super) const STRIP_TITLE: Setting = Setting::new(Style::strong(8.5), 11.5, Ink::Accent);
pub(super) const NOTE: Setting = Setting::new(Style::regular(7.5), 10.0, Ink::Muted);
pub(super) const COLUMN_HEAD: Setting = Setting::new(Style::strong(7.4), 9.4, Ink::Accent);
pub(super) const CELL: Setting = Setting::new(Style::regular(8.2), 10.8, Ink::Text);
pub(super) const CELL_STRONG: Setting = Setting::new(Style::strong(8.2), 10.8, Ink::Text);
pub(super) const FOOTER: Setting = Setting::new(Style::regular(6.8), 8.8, Ink::Muted);

/// Space between heading or lead and a table.
pub(super) const TABLE_GAP: f32 = 5.0;
/// Space between heading or lead and a chart.
pub(super) const CHART_GAP: f32 = 7.0;
/// Space beside the text of a table cell.
pub(super) const CELL_PAD: f32 = 4.0;
/// Bars per part where a bar chart is longer than a page.
pub(super) const BARS_PER_PART: usize = 5;
/// Rows of a heat map that stay with its column heads.
pub(super) const ROWS_OF_OPENING: usize = 3;

/// Space that gives way before a report runs over its page budget; type never does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spacing {
    /// Above a section's heading.
    pub(super) section: f32,
    /// Above and below the text of a table's row.
    pub(super) row: f32,
    /// Above and below a KPI.
    pub(super) strip: f32,
    /// A table up to this height stays on one page.
    pub(super) whole: f32,
}

impl Spacing {
    pub(super) const USUAL: Self = Self { section: 17.0, row: 2.9, strip: 4.2, whole: 150.0 };
    pub(super) const CLOSE: Self = Self { section: 9.5, row: 1.6, strip: 2.2, whole: 60.0 };
}

/// The text area of a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    pub(super) left: f32,
    pub(super) width: f32,
    /// Top of the text area on all pages but the first.
    pub(super) top: f32,
    /// Bottom of the text area; the footer begins below.
    pub(super) bottom: f32,
    pub(super) spacing: Spacing,
}

impl Layout {
    /// Side margin and the height above the text.
    const MARGIN: f32 = 42.0;
    const TOP: f32 = 50.0;

    /// The page of the given size with room for a footer of the given height.
    pub(super) const fn new(paper: (f32, f32), footer_height: f32, spacing: Spacing) -> Self {
        Self {
            left: Self::MARGIN,
            width: paper.0 - 2.0 * Self::MARGIN,
            top: Self::TOP,
            bottom: paper.1 - 26.0 - footer_height - 12.0,
            spacing,
        }
    }

    pub(super) const fn right(&self) -> f32 {
        self.left + self.width
    }

    /// Height of a page that opens with nothing repeated.
    pub(super) const fn room(&self) -> f32 {
        self.bottom - self.top
    }
}
