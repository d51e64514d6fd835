//! Heat maps and trends in drawings: cells of a row stand side by side, in one panel or in several.

use super::celled::{Section, joined, place};
use super::plain::find;
use super::{Compared, Expected, Figure, Kind};

/// Letters of a cut text that are looked for.
const LEAST: usize = 5;
/// Value, shape and word make a cell.
pub const PER_CELL: usize = 3;

impl Section<'_> {
    /// A part of a heat map or trend: in every drawing, else in the words of a picture.
    pub fn chart(&self, compared: &mut Compared, line: &Expected) {
        let drawings: Vec<String> =
            self.strips.iter().filter(|strip| strip.is_drawing).map(|strip| unbroken(&joined(&strip.cells))).collect();
        for text in &drawings {
            match line.kind {
                Kind::MapRow => {
                    let values = line.figures.iter().step_by(PER_CELL);
                    for (figure, found) in values.zip(row(text, line)) {
                        compared.figure(place(line, figure), &figure.words, found);
                    }
                }
                // The months that are printed stand at their points.
                Kind::Month => {}
                _ => {
                    for figure in &line.figures {
                        let found = says(text, &figure.words).then_some(()).ok_or_else(|| text.clone());
                        compared.figure(place(line, figure), &figure.words, found);
                    }
                }
            }
        }
        // A picture's words name the columns in each row; signs are drawn only.
        let wanted: Vec<(&Figure, String)> = match line.kind {
            _ if !drawings.is_empty() => Vec::new(),
            Kind::MapRow => line.figures.iter().step_by(PER_CELL).zip(in_words(line, false)).collect(),
            Kind::Month => {
                line.figures.iter().map(|figure| (figure, format!("{} {}", line.name, figure.words))).collect()
            }
            _ => Vec::new(),
        };
        for (figure, words) in wanted {
            let found = self.cells().any(|cell| find(&cell.text, &words, 0).is_some());
            let is_cut = self.cells().any(|cell| is_cut_before(&cell.text, &line.name, &words));
            if found || !(self.brief || is_cut) {
                let result = found.then_some(()).ok_or_else(|| self.near(&words));
                compared.figure(place(line, figure), &words, result);
            }
        }
    }
}

/// Without the hyphens at which a word goes on in the next line, with a small letter.
fn unbroken(text: &str) -> String {
    let mut parts = text.split("- ");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        whole.push_str(if part.starts_with(char::is_lowercase) { "" } else { "- " });
        whole.push_str(part);
    }
    whole
}

/// Whether a picture's words are cut short before these are said: their beginning is there, or not even the name.
fn is_cut_before(text: &str, name: &str, words: &str) -> bool {
    text.strip_suffix('…')
        .is_some_and(|said| find(said, name, 0).is_none_or(|(at, _)| words.starts_with(said[at..].trim_end())))
}

/// Each value of a row with what is found instead: the row may stand in as many panels as it takes.
fn row(text: &str, line: &Expected) -> Vec<Result<(), String>> {
    let cells: Vec<String> = line.figures.chunks(PER_CELL).map(drawn).collect();
    let tried = (1..=cells.len()).map(|panels| {
        let step = cells.len().div_ceil(panels).max(1);
        cells.chunks(step).flat_map(|part| panel(text, &line.name, part)).collect::<Vec<_>>()
    });
    let right = |results: &Vec<Result<(), String>>| results.iter().filter(|result| result.is_ok()).count();
    tried.max_by_key(right).unwrap_or_default()
}

/// `■ 71.4 %`: the shape stands in front of the value.
fn drawn(cell: &[Figure]) -> String {
    let words = |index: usize| cell.get(index).map_or("", |figure| figure.words.as_str());
    format!("{} {}", words(1), words(0)).trim().to_owned()
}

/// The cells of one panel, directly behind the row's label.
fn panel(text: &str, label: &str, cells: &[String]) -> Vec<Result<(), String>> {
    let starts = labels(text, label);
    let held =
        |start: usize| (1..=cells.len()).take_while(|count| follows(text, start, &cells[..*count].join(" "))).count();
    let best = starts.iter().copied().max_by_key(|start| held(*start));
    let Some(start) = best else { return cells.iter().map(|_| Err("no such row".to_owned())).collect() };
    let count = held(start);
    let behind = || text[start..].chars().take(80).collect::<String>();
    (0..cells.len()).map(|index| if index < count { Ok(()) } else { Err(behind()) }).collect()
}

/// Ends of all places where the label stands, whole or cut short.
fn labels(text: &str, label: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut from = 0;
    while let Some((_, end)) = find(text, label, from) {
        ends.push(end);
        from = end;
    }
    if ends.is_empty() {
        let start: String = label.chars().take(LEAST).collect();
        for (at, _) in text.match_indices(&start) {
            ends.extend(text[at..].find('…').map(|cut| at + cut + '…'.len_utf8()));
        }
    }
    ends
}

/// Whether the words come next.
fn follows(text: &str, at: usize, words: &str) -> bool {
    find(text, words, at).is_some_and(|(start, _)| text[at..start].trim().is_empty())
}

/// Whether a text stands anywhere in the drawing, whole or cut short.
fn says(text: &str, words: &str) -> bool {
    let start: String = words.chars().take(LEAST).collect();
    find(text, words, 0).is_some() || text.contains('…') && words.chars().count() > LEAST && text.contains(&start)
}

/// The row in words, as far as each cell: `Unit: Measure 71.4 % (off target), …` or, in a list,
/// `Unit Measure 71.4 % ■ off target …`.
pub fn in_words(line: &Expected, is_list: bool) -> Vec<String> {
    let mut so_far = if is_list { line.name.clone() } else { format!("{}:", line.name) };
    let cells = line.figures.chunks(PER_CELL).enumerate();
    cells
        .map(|(index, cell)| {
            let words = |at: usize| cell.get(at).map_or("", |figure| figure.words.as_str());
            let (name, value, shape, status) = (cell[0].label.as_str(), words(0), words(1), words(2));
            so_far = if is_list {
                format!("{so_far} {name} {value} {shape} {status}")
            } else {
                format!("{so_far}{} {name} {value} ({status})", if index > 0 { "," } else { "" })
            };
            so_far.clone()
        })
        .collect()
}
