//! The workbook: one sheet per [`Sheet`] of the model, with typed cells, for those who calculate on.
//!
//! Nothing is ever written as a formula or a link. Text that begins like a formula gets Excel's
//! quote prefix as well, so that it stays text when somebody edits the cell. The creation date is
//! taken from the report's period, never from a clock: the same model gives the same bytes.

mod names;

use chrono::Datelike;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet};

use super::{RenderError, layout};
use crate::report::{Align, Cell, Column, Datum, Head, ReportModel, Row, Sheet, Table, Tone};

/// Rows above the data: the caption and the heads.
const CAPTION_ROW: u32 = 0;
const HEAD_ROW: u32 = 1;
const FIRST_ROW: u32 = 2;
/// Column widths in characters.
const NARROWEST: usize = 8;
const WIDEST: usize = 60;
/// Excel's longest cell text, in UTF-16 units.
const MAX_TEXT: usize = 32_767;
/// A4 in Excel's list of paper sizes.
const A4: u8 = 9;

/// Paints the sheets of the report as one workbook.
///
/// # Errors
/// [`RenderError::Workbook`] if the workbook library refuses a sheet, e.g. one with too many rows.
pub fn xlsx(model: &ReportModel) -> Result<Vec<u8>, RenderError> {
    let mut workbook = Workbook::new();
    // Excel's own: a twentieth larger than the usual level, in two thirds of the time.
    workbook.set_zip_compression_level(3);
    workbook.set_properties(&properties(&model.head)?);
    let names = names::unique(model.sheets.iter().map(|sheet| sheet.name.as_str()));
    let mut formats = Formats::default();
    for (sheet, name) in model.sheets.iter().zip(&names) {
        write_sheet(workbook.add_worksheet().set_name(name)?, sheet, model, &mut formats)?;
    }
    if model.sheets.is_empty() {
        // A workbook without a sheet does not open.
        let sheet = workbook.add_worksheet().set_name(names::FALLBACK)?;
        write_text(sheet, (CAPTION_ROW, 0), &model.head.title, &Format::new())?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn properties(head: &Head) -> Result<DocProperties, RenderError> {
    let (year, month) = names::year_month(&head.period);
    let title = format!("{} – {} – {}", head.title, head.period_label, head.scope_label);
    Ok(DocProperties::new()
        .set_title(layout::clean_line(&title))
        .set_author(layout::clean_line(&head.owner))
        .set_company(layout::clean_line(&head.organisation))
        .set_status(layout::clean_line(&head.state))
        .set_creation_datetime(&ExcelDateTime::from_ymd(year, month, 1)?))
}

fn write_sheet(
    sheet: &mut Worksheet,
    data: &Sheet,
    model: &ReportModel,
    formats: &mut Formats,
) -> Result<(), RenderError> {
    let caption = Format::new().set_italic().set_font_color("#4D5B69");
    write_text(sheet, (CAPTION_ROW, 0), &data.caption, &caption)?;
    let table = &data.table;
    for (at, column) in (0..).zip(&table.columns) {
        write_text(sheet, (HEAD_ROW, at), &column.head, &head_format(column))?;
        sheet.set_column_width(at, width(table, usize::from(at)))?;
    }
    let usual: Vec<Option<Look>> = (0..table.columns.len()).map(|column| usual_look(table, column)).collect();
    for (at, look) in (0..).zip(&usual) {
        if let Some(look) = look {
            sheet.set_column_format(at, formats.of(*look))?;
        }
    }
    for (at, row) in (FIRST_ROW..).zip(&table.rows) {
        write_row(sheet, at, row, (&table.columns, &usual), formats)?;
    }
    sheet.set_freeze_panes(FIRST_ROW, 0)?;
    filter(sheet, table)?;
    page(sheet, model)?;
    Ok(())
}

fn write_row(
    sheet: &mut Worksheet,
    at: u32,
    row: &Row,
    (columns, usual): (&[Column], &[Option<Look>]),
    formats: &mut Formats,
) -> Result<(), RenderError> {
    for (i, cell) in (0..).zip(&row.cells) {
        let align = columns.get(usize::from(i)).map_or(Align::Left, |column| column.align);
        let look = Look::of(cell, align, row.total);
        if matches!(cell.datum, Some(Datum::Empty)) && !row.total {
            // An empty cell of a column with a look is one already.
            continue;
        }
        if is_plain(cell) && usual.get(usize::from(i)) == Some(&Some(look)) {
            write_plain(sheet, (at, i), cell)?;
        } else {
            write_cell(sheet, (at, i), cell, formats.of(look))?;
        }
    }
    Ok(())
}

/// The look of most cells of a column. It is the column's own: the library looks up the format of every cell that
/// has one, which takes longer than to write the cell.
fn usual_look(table: &Table, column: usize) -> Option<Look> {
    let align = table.columns.get(column)?.align;
    let mut looks: Vec<(Look, usize)> = Vec::new();
    for row in &table.rows {
        let Some(cell) = row.cells.get(column) else { continue };
        let look = Look::of(cell, align, row.total);
        match looks.iter_mut().find(|(known, _)| *known == look) {
            Some((_, count)) => *count += 1,
            None => looks.push((look, 1)),
        }
    }
    // Of several the first, so that the same table gives the same bytes.
    looks.into_iter().rev().max_by_key(|(_, count)| *count).map(|(look, _)| look)
}

/// Whether a cell can be written in the look of its column: a number or a text that is no danger.
fn is_plain(cell: &Cell) -> bool {
    match &cell.datum {
        Some(Datum::Number(x) | Datum::Percent(x) | Datum::Money(x)) => x.is_finite(),
        Some(Datum::Text(text)) => !is_risky(text) && !text.is_empty(),
        None => !is_risky(&cell.text) && !cell.text.is_empty(),
        Some(Datum::Date(_) | Datum::Empty) => false,
    }
}

fn write_plain(sheet: &mut Worksheet, (row, column): (u32, u16), cell: &Cell) -> Result<(), RenderError> {
    match &cell.datum {
        Some(Datum::Number(x) | Datum::Percent(x) | Datum::Money(x)) => sheet.write_number(row, column, *x)?,
        Some(Datum::Text(text)) => sheet.write_string(row, column, short(text))?,
        _ => sheet.write_string(row, column, short(&cell.text))?,
    };
    Ok(())
}

/// Writes one typed cell. What Excel has no type for (a figure that is not a number, a date before
/// its calendar) is written as the words of the report.
fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    format: &Format,
) -> Result<(), RenderError> {
    match &cell.datum {
        Some(Datum::Number(x) | Datum::Percent(x) | Datum::Money(x)) if x.is_finite() => {
            sheet.write_number_with_format(row, column, *x, format)?;
        }
        Some(Datum::Date(date)) if (1900..=9999).contains(&date.year()) => {
            sheet.write_datetime_with_format(row, column, date, format)?;
        }
        Some(Datum::Empty) => {
            sheet.write_blank(row, column, format)?;
        }
        Some(Datum::Text(text)) => write_text(sheet, (row, column), text, format)?,
        Some(Datum::Number(_) | Datum::Percent(_) | Datum::Money(_) | Datum::Date(_)) | None => {
            write_text(sheet, (row, column), &cell.text, format)?;
        }
    }
    Ok(())
}

fn write_text(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    text: &str,
    format: &Format,
) -> Result<(), RenderError> {
    if is_risky(text) {
        sheet.write_string_with_format(row, column, short(text), &format.clone().set_quote_prefix())?;
    } else {
        sheet.write_string_with_format(row, column, short(text), format)?;
    }
    Ok(())
}

/// Whether a text begins like a formula.
fn is_risky(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// Cuts a text to what a cell can hold.
fn short(text: &str) -> String {
    // No text has more UTF-16 units than bytes.
    if text.len() < MAX_TEXT {
        return text.to_owned();
    }
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units < MAX_TEXT
    };
    text.chars().take_while(fits).collect()
}

fn head_format(column: &Column) -> Format {
    Format::new()
        .set_bold()
        .set_font_color("#FFFFFF")
        .set_background_color("#243B53")
        .set_text_wrap()
        .set_align(FormatAlign::VerticalCenter)
        .set_align(horizontal(column.align))
}

/// Everything that a cell's format depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    number: Option<&'static str>,
    wraps: bool,
    align: Align,
    tone: Tone,
    total: bool,
}

/// A workbook has thousands of cells and a few looks.
#[derive(Default)]
struct Formats(Vec<(Look, Format)>);

impl Formats {
    fn of(&mut self, look: Look) -> &Format {
        let known = self.0.iter().position(|(known, _)| *known == look);
        let at = known.unwrap_or_else(|| {
            self.0.push((look, look.format()));
            self.0.len() - 1
        });
        &self.0[at].1
    }
}

impl Look {
    fn of(cell: &Cell, align: Align, total: bool) -> Self {
        let number = match &cell.datum {
            Some(Datum::Number(x)) if x.fract() == 0.0 => Some("#,##0"),
            Some(Datum::Number(_)) => Some("#,##0.0##"),
            Some(Datum::Percent(_)) => Some("0.0%"),
            Some(Datum::Money(_)) => Some("#,##0.00"),
            Some(Datum::Date(_)) => Some("yyyy-mm-dd"),
            Some(Datum::Text(_) | Datum::Empty) | None => None,
        };
        let wraps = cell.text.len() > WIDEST && cell.text.chars().nth(WIDEST).is_some();
        Self { number, wraps, align, tone: cell.tone, total }
    }

    fn format(self) -> Format {
        let mut format = Format::new().set_align(FormatAlign::Top).set_align(horizontal(self.align));
        if let Some(number) = self.number {
            format = format.set_num_format(number);
        }
        if self.wraps {
            format = format.set_text_wrap();
        }
        format = match self.tone {
            Tone::Good => format.set_font_color("#17663A"),
            Tone::Watch => format.set_font_color("#7D4C00"),
            Tone::Bad => format.set_font_color("#B0231B"),
            Tone::Muted => format.set_font_color("#4D5B69"),
            Tone::Neutral => format,
        };
        if self.total { format.set_bold().set_border_top(FormatBorder::Thin) } else { format }
    }
}

fn horizontal(align: Align) -> FormatAlign {
    match align {
        Align::Left => FormatAlign::Left,
        Align::Right => FormatAlign::Right,
        Align::Centre => FormatAlign::Center,
    }
}

/// Width of a column by its widest cell; a head may wrap, but its words stay whole.
fn width(table: &Table, column: usize) -> f64 {
    let cells = table.rows.iter().filter_map(|row| row.cells.get(column));
    let widest = cells.map(written_chars).max().unwrap_or(0);
    let head = &table.columns[column].head;
    let word = head.split_whitespace().map(|word| word.chars().count()).max().unwrap_or(0);
    // Room for the button of the filter, which covers the end of the head.
    let chars = widest.max(word + 3).max(head.chars().count() / 2 + 3) + 2;
    let chars = u32::try_from(chars.clamp(NARROWEST, WIDEST)).unwrap_or(60);
    f64::from(chars)
}

/// Characters Excel shows for a cell.
fn written_chars(cell: &Cell) -> usize {
    match &cell.datum {
        Some(Datum::Money(x) | Datum::Number(x)) => format!("{x:.2}").len() * 4 / 3,
        Some(Datum::Percent(_)) => 8,
        Some(Datum::Date(_)) => 10,
        Some(Datum::Empty) => 0,
        Some(Datum::Text(text)) => text.chars().count(),
        None => cell.text.chars().count(),
    }
}

/// Filter buttons over the data; totals at the end stay out of it.
fn filter(sheet: &mut Worksheet, table: &Table) -> Result<(), RenderError> {
    let totals = table.rows.iter().rev().take_while(|row| row.total).count();
    let rows = u32::try_from(table.rows.len() - totals).unwrap_or(u32::MAX);
    let last = table.columns.len().checked_sub(1).and_then(|last| u16::try_from(last).ok());
    if let (Some(last), 1..) = (last, rows) {
        sheet.autofilter(HEAD_ROW, 0, HEAD_ROW + rows, last)?;
    }
    Ok(())
}

/// On paper: A4 across, one page wide, heads on every page, the run in the footer.
fn page(sheet: &mut Worksheet, model: &ReportModel) -> Result<(), RenderError> {
    // `&` starts a code in headers and footers; doubled it is itself. Excel allows 255 characters.
    let run: String = layout::clean_line(&model.footer.run_id).chars().take(100).collect();
    sheet.set_paper_size(A4);
    sheet.set_landscape();
    sheet.set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(CAPTION_ROW, HEAD_ROW)?;
    sheet.set_footer(format!("&L{}&R&P / &N", run.replace('&', "&&")));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx};

    use super::xlsx;
    use crate::render::sample;
    use crate::report::ReportModel;

    fn opened(model: &ReportModel) -> Xlsx<Cursor<Vec<u8>>> {
        Xlsx::new(Cursor::new(xlsx(model).expect("a workbook"))).expect("a workbook that opens")
    }

    #[test]
    fn cells_are_typed() {
        let mut book = opened(&sample::report());
        let sheet = book.worksheet_range("Budget").expect("the sheet");
        assert_eq!(sheet.get((1, 0)), Some(&Data::String("Category".to_owned())));
        assert_eq!(sheet.get((2, 1)), Some(&Data::Float(4_523_110.42)));
        assert_eq!(sheet.get((2, 2)), Some(&Data::Float(0.1032)));
        assert!(matches!(sheet.get((2, 3)), Some(Data::DateTime(_))));
    }

    #[test]
    fn nothing_is_ever_a_formula_or_a_link() {
        let model = sample::hostile();
        let mut book = opened(&model);
        for name in book.sheet_names() {
            let formulas = book.worksheet_formula(&name).expect("the sheet");
            assert!(formulas.cells().all(|(_, _, formula)| formula.is_empty()), "{name}");
            let cells = book.worksheet_range(&name).expect("the sheet");
            let text = cells.cells().filter(|(_, _, cell)| matches!(cell, Data::String(_)));
            assert!(text.count() > 0);
        }
        let bytes = xlsx(&model).expect("a workbook");
        assert!(!bytes.windows(9).any(|part| part == b"hyperlink"));
    }

    #[test]
    fn the_same_report_gives_the_same_bytes() {
        let model = sample::report();
        assert_eq!(xlsx(&model).expect("once"), xlsx(&model).expect("twice"));
    }

    #[test]
    fn a_report_without_sheets_still_opens() {
        let model = ReportModel { sheets: Vec::new(), ..sample::report() };
        assert_eq!(opened(&model).sheet_names(), ["Sheet"]);
    }
}
