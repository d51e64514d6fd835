//! Plain text: the full report by itself, for readers and machines that see no HTML.
//!
//! Lines are at most [`WIDTH`] characters, tables are aligned in columns, and nothing of the page is
//! left out. The lines are laid out here; `mail/report.txt` puts them in order.

mod chart;
mod table;
mod wrap;

use serde::Serialize;

use super::{RenderError, layout};
use crate::report::{Action, Block, KpiRow, Labels, ReportModel, Tile, TrustItem};
use crate::templates::Templates;
use wrap::{hanging, indented, wrapped};

/// Longest line in characters: what a mail client shows without wrapping it again.
pub const WIDTH: usize = 78;

/// What `mail/report.txt` sees: finished lines.
#[derive(Serialize)]
struct Page {
    head: Vec<String>,
    /// As wide as the page.
    rule: String,
    sections: Vec<Section>,
    footer: Vec<String>,
}

#[derive(Serialize)]
struct Section {
    /// Empty for the opening sections.
    title: Vec<String>,
    underline: String,
    lines: Vec<String>,
}

/// Paints the report as plain text.
///
/// # Errors
/// [`RenderError::Template`] if the template fails on this model.
pub fn text(model: &ReportModel, templates: &Templates) -> Result<String, RenderError> {
    let model = layout::squared(model);
    let head = &model.head;
    let identity = [&head.organisation, &head.period_label, &head.scope_label, &head.state];
    let page = Page {
        head: [wrapped(&head.title, WIDTH), wrapped(&identity.map(String::as_str).join(" · "), WIDTH)].concat(),
        rule: "=".repeat(WIDTH),
        sections: model.blocks.iter().map(|block| section(block, &model.labels)).collect(),
        footer: [wrapped(&model.footer.line, WIDTH), wrapped(&model.footer.feeds, WIDTH)].concat(),
    };
    let text = templates.render("mail/report.txt", &page)?;
    Ok(tidy(&text))
}

fn section(block: &Block, labels: &Labels) -> Section {
    let title = layout::title(block).map_or_else(Vec::new, |title| wrapped(title, WIDTH));
    let longest = title.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    Section { title, underline: "-".repeat(longest), lines: lines(block, labels) }
}

fn lines(block: &Block, labels: &Labels) -> Vec<String> {
    match block {
        Block::Message { headline, sentences } => {
            let mut lines = wrapped(headline, WIDTH);
            for sentence in sentences {
                lines.push(String::new());
                lines.extend(wrapped(sentence, WIDTH));
            }
            lines
        }
        Block::Tiles { tiles } => tiles.iter().flat_map(tile).collect(),
        Block::Trust { items, caveats, .. } => {
            let caveats = caveats.iter().flat_map(|caveat| hanging("! ", caveat, WIDTH));
            items.iter().flat_map(trust).chain(caveats).collect()
        }
        Block::Kpis { lead, rows, collapsed, .. } => {
            let mut lines = wrapped(lead, WIDTH);
            for (i, row) in rows.iter().enumerate() {
                lines.push(String::new());
                lines.extend(kpi(i + 1, row, labels));
            }
            let last = collapsed.iter().chain((!rows.is_empty()).then_some(&labels.legend));
            paragraphs(lines, last)
        }
        Block::Table { lead, table, note, .. } => {
            let mut lines = lead.iter().flat_map(|lead| wrapped(lead, WIDTH)).collect::<Vec<_>>();
            lines.extend(lead.as_ref().map(|_| String::new()));
            lines.extend(table::lines(table, WIDTH));
            paragraphs(lines, note)
        }
        Block::Chart { lead, spec, alt, note, .. } => {
            let mut lines = lead.iter().flat_map(|lead| wrapped(lead, WIDTH)).collect::<Vec<_>>();
            lines.extend(lead.as_ref().map(|_| String::new()));
            lines.extend(chart::lines(spec, alt));
            paragraphs(lines, note)
        }
        Block::Text { paragraphs: texts, .. } => paragraphs(Vec::new(), texts),
        Block::Actions { items, .. } => {
            let items = items.iter().enumerate();
            items.flat_map(|(i, item)| action(i + 1, item, labels)).collect()
        }
    }
}

/// Adds paragraphs, each after an empty line.
fn paragraphs<'a>(mut lines: Vec<String>, texts: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    for text in texts {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(wrapped(text, WIDTH));
    }
    lines
}

fn tile(tile: &Tile) -> Vec<String> {
    let mut lines = table::pair(&tile.label, &tile.value, WIDTH);
    lines.extend(indented(4, &tile.note, WIDTH));
    lines
}

fn trust(item: &TrustItem) -> Vec<String> {
    let mut lines = table::pair(&item.label, &item.value, WIDTH);
    lines.extend(indented(4, &item.note, WIDTH));
    lines
}

fn kpi(number: usize, row: &KpiRow, labels: &Labels) -> Vec<String> {
    let status = format!("{} {}", row.status.shape, row.status.word);
    let value = format!("{}   {status}", row.value);
    let mut lines = table::pair(&format!("{number}. {}", row.name), &value, WIDTH);
    let mut facts = vec![row.population.clone(), format!("{} {}", labels.target, row.target)];
    facts.push(format!("{} {}", labels.change_prior, row.change_prior.text));
    facts.push(format!("{} {}", labels.change_year, row.change_year.text));
    facts.retain(|fact| !fact.is_empty());
    lines.extend(indented(4, &facts.join(" · "), WIDTH));
    if row.sparkline.points.iter().any(Option::is_some) {
        lines.extend(indented(4, &format!("{}: {}", labels.trend, row.sparkline.alt), WIDTH));
    }
    if !row.money.is_empty() {
        lines.extend(indented(4, &format!("{}: {}", labels.money, row.money), WIDTH));
    }
    lines.extend(indented(4, &row.sentence, WIDTH));
    lines.extend(row.caveat.iter().flat_map(|caveat| hanging("    ! ", caveat, WIDTH)));
    lines
}

fn action(number: usize, item: &Action, labels: &Labels) -> Vec<String> {
    let mut lines = hanging(&format!("{number}. "), &item.text, WIDTH);
    let amount = (!item.amount.is_empty()).then(|| format!("{}: {}", labels.amount, item.amount));
    let facts = [Some(format!("{}: {}", labels.owner, item.owner)), amount];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    lines.extend(indented(4, &facts.join(" · "), WIDTH));
    lines
}

/// No white space at the end of a line, no two empty lines in a row, one line break at the end.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = true;
    for line in text.lines().map(str::trim_end) {
        if !(line.is_empty() && empty) {
            out.push_str(line);
            out.push('\n');
        }
        empty = line.is_empty();
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::{WIDTH, text};
    use crate::render::sample;
    use crate::report::ReportModel;
    use crate::templates::Templates;

    fn painted(model: &ReportModel) -> String {
        text(model, &Templates::load(&std::collections::BTreeMap::new()).expect("templates")).expect("a text")
    }

    #[test]
    fn no_line_is_wider_than_a_mail_shows() {
        for model in [sample::report(), sample::hostile(), sample::long(50, 3)] {
            let text = painted(&model);
            let widest = text.lines().max_by_key(|line| line.chars().count()).unwrap_or("");
            assert!(widest.chars().count() <= WIDTH, "{widest}");
        }
    }

    #[test]
    fn no_control_character_reaches_the_text() {
        let text = painted(&sample::hostile());
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
    }

    #[test]
    fn text_is_not_escaped_and_nothing_is_left_out() {
        let text = painted(&sample::report());
        let figures = ["R&D", "71.4 %", "11.42", "EUR 2.11 m", "EUR 188 k a year", "repairs missing"];
        for figure in figures {
            assert!(text.contains(figure), "{figure} is missing in\n{text}");
        }
    }
}
