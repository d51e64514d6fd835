//! Aligned columns of plain text.

use super::wrap::{hanging, indented, wrapped};
use crate::chart::{Bars, Bridge};
use crate::render::layout::clean_line;
use crate::report::{Align, Row, Table};

/// Characters between two columns.
const GAP: usize = 2;
/// A text column is not made narrower than this; a table that would need it becomes a list.
const NARROWEST: usize = 12;
/// Length of the longest drawn bar, in characters.
const BAR: u32 = 24;

struct Shape {
    widths: Vec<usize>,
    aligns: Vec<Align>,
}

/// A table in aligned columns. Where they do not fit, its text columns go below each row as
/// `head: text`; where that does not help, every column does.
pub(super) fn lines(table: &Table, width: usize) -> Vec<String> {
    if table.columns.is_empty() || table.rows.is_empty() {
        return vec!["–".to_owned()];
    }
    let all: Vec<usize> = (0..table.columns.len()).collect();
    let text = |i: &usize| *i > 0 && table.columns[*i].align == Align::Left;
    let (folded, kept): (Vec<usize>, Vec<usize>) = all.iter().partition(|i| text(i));
    for (kept, folded) in [(all, Vec::new()), (kept, folded)] {
        let aligns: Vec<Align> = kept.iter().map(|i| table.columns[*i].align).collect();
        let natural: Vec<usize> = kept.iter().map(|i| natural(table, *i)).collect();
        if let Some(widths) = fitted(&natural, &aligns, width) {
            return aligned(table, &kept, &folded, &Shape { widths, aligns }, width);
        }
    }
    listed(table, width)
}

/// A label on the left and a value on the right of one line; two lines where they do not fit.
pub(super) fn pair(label: &str, value: &str, width: usize) -> Vec<String> {
    let (label, value) = (clean_line(label), clean_line(value));
    let (left, right) = (label.chars().count(), value.chars().count());
    if left + GAP + right <= width {
        return vec![format!("{label}{}{value}", " ".repeat(width - left - right))];
    }
    let mut lines = wrapped(&label, width);
    lines.extend(wrapped(&value, width).iter().map(|line| format!("{line:>width$}")));
    lines
}

/// Bars of one character per step, with their value, plan note and label in columns.
pub(super) fn bars(bars: &Bars, width: usize) -> Vec<String> {
    let reach = bars.bars.iter().map(|bar| bar.value).filter(|value| value.is_finite());
    let reach = reach.fold(0.0, f64::max);
    let row =
        |bar: &crate::chart::Bar| [bar.label.clone(), self::bar(bar.value, reach), bar.text.clone(), bar.note.clone()];
    let rows: Vec<[String; 4]> = bars.bars.iter().map(row).collect();
    columns(&rows, [Align::Left, Align::Left, Align::Right, Align::Left], width)
}

/// A bridge as its list of steps; totals carry a rule-like mark.
pub(super) fn bridge(bridge: &Bridge, width: usize) -> Vec<String> {
    let row = |bar: &crate::chart::BridgeBar| {
        let mark = if bar.total { "=" } else { "" };
        [mark.to_owned(), bar.label.clone(), bar.text.clone(), bridge.unit.clone()]
    };
    let rows: Vec<[String; 4]> = bridge.bars.iter().map(row).collect();
    columns(&rows, [Align::Left, Align::Left, Align::Right, Align::Left], width)
}

/// A bar of one character per step.
pub(super) fn bar(value: f64, reach: f64) -> String {
    "█".repeat(length(value, reach) as usize)
}

/// Steps of a bar; at least one for anything above zero.
fn length(value: f64, reach: f64) -> u32 {
    let share = value / reach;
    if !share.is_finite() || share <= 0.0 {
        return 0;
    }
    let steps = share * f64::from(BAR);
    (1..=BAR).rev().find(|step| steps >= f64::from(*step)).unwrap_or(1)
}

/// Rows of aligned cells; flowing text where the columns do not fit.
pub(super) fn columns<const N: usize>(rows: &[[String; N]], aligns: [Align; N], width: usize) -> Vec<String> {
    let cells: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| clean_line(cell)).collect()).collect();
    let natural = |i: usize| cells.iter().map(|row| row[i].chars().count()).max().unwrap_or(0);
    let natural: Vec<usize> = (0..N).map(natural).collect();
    match fitted(&natural, &aligns, width) {
        Some(widths) => {
            let shape = Shape { widths, aligns: aligns.to_vec() };
            cells.iter().flat_map(|row| line(row, &shape)).collect()
        }
        None => cells.iter().flat_map(|row| wrapped(&row.join(" "), width)).collect(),
    }
}

/// Width of a column's widest cell; a head may wrap at its spaces, but its words stay whole.
fn natural(table: &Table, column: usize) -> usize {
    let cells = table.rows.iter().filter_map(|row| row.cells.get(column));
    let widest = cells.map(|cell| clean_line(&cell.text).chars().count()).max().unwrap_or(0);
    let head = table.columns[column].head.split_whitespace().map(|word| word.chars().count());
    widest.max(head.max().unwrap_or(0))
}

/// Narrows the widest text column step by step until the line fits; figures are never broken.
fn fitted(natural: &[usize], aligns: &[Align], width: usize) -> Option<Vec<usize>> {
    let mut widths = natural.to_vec();
    let gaps = GAP * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > width {
        let text = widths.iter_mut().zip(aligns).filter(|(_, align)| **align != Align::Right);
        let widest = text.map(|(width, _)| width).max_by_key(|width| **width)?;
        if *widest <= NARROWEST {
            return None;
        }
        *widest -= 1;
    }
    Some(widths)
}

fn aligned(table: &Table, kept: &[usize], folded: &[usize], shape: &Shape, width: usize) -> Vec<String> {
    let heads: Vec<String> = kept.iter().map(|i| table.columns[*i].head.clone()).collect();
    let rule: usize = shape.widths.iter().sum::<usize>() + GAP * (shape.widths.len() - 1);
    let mut lines = bottom_aligned(&heads, shape);
    lines.push("-".repeat(rule));
    for row in &table.rows {
        if row.total {
            lines.push("-".repeat(rule));
        }
        let cells: Vec<String> = kept.iter().filter_map(|i| row.cells.get(*i)).map(|cell| cell.text.clone()).collect();
        lines.extend(line(&cells, shape));
        lines.extend(facts(table, row, folded.iter().copied(), width));
    }
    lines
}

/// Cells below a row: `head: text`, one after the other.
fn facts(table: &Table, row: &Row, columns: impl Iterator<Item = usize>, width: usize) -> Vec<String> {
    let fact = |i: usize| {
        let text = &row.cells.get(i)?.text;
        (!text.is_empty()).then(|| format!("{}: {text}", table.columns[i].head))
    };
    indented(4, &columns.filter_map(fact).collect::<Vec<_>>().join(" · "), width)
}

/// One row; cells that wrap make it several lines.
fn line(cells: &[String], shape: &Shape) -> Vec<String> {
    let cells: Vec<Vec<String>> = cells.iter().zip(&shape.widths).map(|(cell, width)| wrapped(cell, *width)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    (0..height).map(|i| joined(&cells, i, shape)).collect()
}

/// The head: short heads stand on the last line, next to the figures they name.
fn bottom_aligned(cells: &[String], shape: &Shape) -> Vec<String> {
    let mut cells: Vec<Vec<String>> =
        cells.iter().zip(&shape.widths).map(|(cell, width)| wrapped(cell, *width)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    for cell in &mut cells {
        let above = height - cell.len();
        cell.splice(0..0, std::iter::repeat_n(String::new(), above));
    }
    (0..height).map(|i| joined(&cells, i, shape)).collect()
}

fn joined(cells: &[Vec<String>], i: usize, shape: &Shape) -> String {
    let cells = cells.iter().zip(&shape.widths).zip(&shape.aligns).map(|((cell, width), align)| {
        let text = cell.get(i).map_or("", String::as_str);
        let width = *width;
        match align {
            Align::Left => format!("{text:<width$}"),
            Align::Right => format!("{text:>width$}"),
            Align::Centre => format!("{text:^width$}"),
        }
    });
    cells.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end().to_owned()
}

/// Rows one below the other: the first cell, then all the others.
fn listed(table: &Table, width: usize) -> Vec<String> {
    let row = |row: &Row| {
        let mut lines = hanging("* ", row.cells.first().map_or("", |cell| &cell.text), width);
        lines.extend(facts(table, row, 1..table.columns.len(), width));
        lines
    };
    table.rows.iter().flat_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::{length, lines, pair};
    use crate::report::{Align, Cell, Column, Row, Table};

    fn table(heads: &[(&str, Align)], rows: &[&[&str]]) -> Table {
        let columns = heads.iter().map(|(head, align)| Column { head: (*head).to_owned(), align: *align, weight: 1.0 });
        let rows = rows.iter().map(|cells| Row {
            cells: cells.iter().map(|text| Cell::text(*text)).collect(),
            total: cells[0] == "Total",
        });
        Table { columns: columns.collect(), rows: rows.collect() }
    }

    #[test]
    fn figures_stand_below_each_other() {
        let table = table(
            &[("Category", Align::Left), ("EUR a year", Align::Right)],
            &[&["SaaS", "1,204"], &["Security tools", "88"], &["Total", "1,292"]],
        );
        let expect = [
            "                EUR a",
            "Category         year",
            "---------------------",
            "SaaS            1,204",
            "Security tools     88",
            "---------------------",
            "Total           1,292",
        ];
        assert_eq!(lines(&table, 78), expect);
    }

    #[test]
    fn a_table_too_wide_for_columns_becomes_a_list() {
        let wide = [("A", Align::Right); 12];
        let table = table(&wide, &[&["1,234,567"; 12]]);
        let lines = lines(&table, 78);
        assert_eq!(lines[0], "* 1,234,567");
        assert_eq!(lines[1..].join(" ").matches("A: 1,234,567").count(), 11);
    }

    #[test]
    fn text_columns_go_below_the_row_before_figures_do() {
        let heads = [("Contract", Align::Left), ("Seats", Align::Right), ("What to do", Align::Left)];
        let table = table(&heads, &[&["Orbit", "1,240", "Cut to 760 seats before notice"]]);
        let expect = [
            "Contract  Seats",
            "---------------",
            "Orbit     1,240",
            "    What to do: Cut",
            "    to 760 seats",
            "    before notice",
        ];
        assert_eq!(lines(&table, 19), expect);
    }

    #[test]
    fn a_pair_fills_the_line_and_breaks_when_too_long() {
        assert_eq!(pair("a", "b", 5), ["a   b"]);
        assert_eq!(pair("abcd", "efg", 5), ["abcd", "  efg"]);
    }

    #[test]
    fn bars_survive_values_that_are_no_numbers() {
        assert_eq!(length(f64::NAN, 1.0), 0);
        assert_eq!(length(1.0, 0.0), 0);
        assert_eq!(length(0.001, 1.0), 1);
        assert_eq!(length(1.0, 1.0), super::BAR);
    }
}
