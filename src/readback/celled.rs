//! Documents of cells: page, mail and PDF, in which every name and every figure is a cell of its own.

use super::plain::{bare, find, same, same_or_cut};
use super::{Compared, Expected, Figure, Kind, What};

/// A document as sections of strips.
#[derive(Debug, Default)]
pub struct Reading {
    pub parts: Vec<Part>,
    /// A mail prints some figures behind their label instead of in a column.
    pub is_mail: bool,
    /// A mail that says that it is shortened may lack whole sections.
    pub is_shortened: bool,
}

/// A section; the opening has no title.
#[derive(Debug, Default)]
pub struct Part {
    pub title: String,
    pub strips: Vec<Strip>,
    /// A shortened mail says that the section's detail is attached.
    pub is_brief: bool,
}

/// What is read as one: a table row, a tile, a paragraph, a drawing.
#[derive(Debug, Default)]
pub struct Strip {
    pub cells: Vec<Cell>,
    /// A row of a table's body.
    pub is_row: bool,
    pub is_drawing: bool,
}

#[derive(Debug)]
pub struct Cell {
    pub text: String,
    /// Where its first line begins, in documents that have places.
    pub at: Option<At>,
}

/// A place on paper, in points from the lower left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct At {
    pub page: u32,
    pub x: f32,
    pub y: f32,
}

/// Points by which figures of one row may stand higher or lower than its name.
const ROW_REACH: f32 = 1.0;
/// The same in a row of measures, where a drawing may stand above the target.
const KPI_REACH: f32 = 14.0;
/// Points within which a value stands below its label.
const PAIR_REACH: (f32, f32) = (14.0, 160.0);

/// Compares every line with the section it belongs to.
pub fn compare(document: &'static str, reading: &Reading, expected: &[Expected]) -> Compared {
    let mut compared = Compared::of(document);
    let mut next = 0;
    for group in expected.chunk_by(|a, b| (a.block, &a.section) == (b.block, &b.section)) {
        let title = &group[0].section;
        let opening = |part: &&Part| part.title.is_empty();
        let parts: Vec<&Part> = if title.is_empty() {
            reading.parts.iter().filter(opening).collect()
        } else {
            let ahead = reading.parts.iter().enumerate().skip(next);
            let found = ahead.into_iter().find(|(_, part)| same_or_cut(&part.title, title));
            if let Some((index, part)) = found {
                next = index + 1;
                compared.figure(title.clone(), title, Ok(()));
                vec![part]
            } else {
                if !reading.is_shortened {
                    compared.figure(title.clone(), title, Err("no section of this title".to_owned()));
                }
                continue;
            }
        };
        let strips: Vec<&Strip> = parts.iter().flat_map(|part| &part.strips).collect();
        let brief = reading.is_shortened && parts.iter().any(|part| part.is_brief);
        let is_mail = reading.is_mail;
        let mut section = Section { strips, is_mail, brief, row: 0, drawn: Vec::new(), claimed: Vec::new() };
        for line in group {
            section.line(&mut compared, line);
        }
        let is_table = |line: &Expected| matches!(line.kind, Kind::Kpi | Kind::Row | Kind::Action);
        if !is_mail && group.iter().any(is_table) {
            section.nothing_else(&mut compared, title);
        }
    }
    compared
}

/// The strips of a section, and how far they are read.
pub struct Section<'a> {
    pub strips: Vec<&'a Strip>,
    is_mail: bool,
    pub brief: bool,
    /// Rows before this one are read.
    row: usize,
    /// Bytes read of each drawing.
    drawn: Vec<usize>,
    claimed: Vec<usize>,
}

impl Section<'_> {
    fn line(&mut self, compared: &mut Compared, line: &Expected) {
        match line.kind {
            Kind::Head => {
                let words = &line.figures[0].words;
                let found = self.cells().any(|cell| find(&cell.text, words, 0).is_some());
                compared.figure(
                    place(line, &line.figures[0]),
                    words,
                    found.then_some(()).ok_or_else(|| self.near(words)),
                );
            }
            Kind::Prose => {
                let words = &line.figures[0].words;
                let found = self.cells().any(|cell| same_or_cut(bare(&cell.text), words));
                if found || !self.brief {
                    let result = found.then_some(()).ok_or_else(|| self.near(words));
                    compared.figure(place(line, &line.figures[0]), words, result);
                }
            }
            Kind::Pair => self.pair(compared, line),
            Kind::Bar | Kind::Step if self.strips.iter().any(|strip| strip.is_drawing) => self.drawn(compared, line),
            // A mail shows a bridge as a picture; its words carry the values.
            Kind::Step if self.is_mail => {
                for figure in &line.figures {
                    let words = format!("{} {}", line.name, figure.words);
                    let found = self.cells().any(|cell| find(&cell.text, &words, 0).is_some());
                    if found || !self.brief {
                        compared.figure(
                            place(line, figure),
                            &words,
                            found.then_some(()).ok_or_else(|| self.near(&words)),
                        );
                    }
                }
            }
            Kind::MapHead | Kind::MapRow | Kind::Month | Kind::Sign => self.chart(compared, line),
            Kind::Kpi | Kind::Row | Kind::Action | Kind::Bar | Kind::Step => self.row(compared, line),
        }
    }

    pub fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.strips.iter().flat_map(|strip| &strip.cells)
    }

    /// What stands where `words` should: the cell that begins most like them.
    pub fn near(&self, words: &str) -> String {
        let alike = |cell: &&Cell| bare(&cell.text).chars().zip(words.chars()).take_while(|(a, b)| a == b).count();
        let nearest = self.cells().max_by_key(alike).filter(|cell| alike(cell) > 2);
        nearest.map_or_else(|| "nothing like it".to_owned(), |cell| cell.text.clone())
    }

    fn pair(&self, compared: &mut Compared, line: &Expected) {
        let value = line.figures.first().map_or("", |value| value.words.as_str());
        let labels = self.strips.iter().flat_map(|strip| (0..strip.cells.len()).map(move |index| (*strip, index)));
        let labels = labels.filter(|(strip, index)| same_or_cut(bare(&strip.cells[*index].text), &line.name));
        let labels: Vec<(&Strip, usize)> = labels.collect();
        // The name may stand in the head, too.
        let says_value = |(strip, index): &&(&Strip, usize)| {
            strip.cells.iter().skip(index + 1).take(2).any(|cell| same_or_cut(bare(&cell.text), value))
        };
        let label = labels.iter().find(says_value).or(labels.last()).copied();
        let Some((strip, index)) = label else {
            missing(compared, line, self.brief);
            return;
        };
        let note = line.figures.iter().find(|figure| figure.what == What::Note);
        let says =
            |at: usize, words: &str| strip.cells.get(at).is_some_and(|cell| same_or_cut(bare(&cell.text), words));
        for figure in &line.figures {
            let at = match figure.what {
                // The note may stand between label and value.
                What::Value if note.is_some_and(|note| says(index + 1, &note.words)) => index + 2,
                What::Note if !says(index + 2, &figure.words) => index + 1,
                What::Note => index + 2,
                _ => index + 1,
            };
            let there = strip.cells.get(at);
            let right = says(at, &figure.words)
                && there.is_none_or(|cell| below(strip.cells[index].at, cell.at) || figure.what == What::Note);
            let found = right.then_some(()).ok_or_else(|| there.map_or_else(String::new, |cell| cell.text.clone()));
            compared.figure(place(line, figure), &figure.words, found);
        }
    }

    /// A bar or step in every drawing of the section: label and value one after the other.
    fn drawn(&mut self, compared: &mut Compared, line: &Expected) {
        let drawings = self.strips.iter().filter(|strip| strip.is_drawing);
        let texts: Vec<String> = drawings.map(|strip| joined(&strip.cells)).collect();
        self.drawn.resize(texts.len(), 0);
        for (text, from) in texts.iter().zip(&mut self.drawn) {
            let label = |from: usize| {
                // A long label is cut short.
                let first = line.name.split(' ').next().unwrap_or_default();
                find(text, &line.name, from).or_else(|| find(text, first, from)).map_or(from, |(_, end)| end)
            };
            let mut at = if line.kind == Kind::Bar { label(*from) } else { *from };
            for figure in &line.figures {
                let found = find(text, &figure.words, at);
                let result = found.map(|_| ()).ok_or_else(|| text[at..].to_owned());
                compared.figure(place(line, figure), &figure.words, result);
                at = found.map_or(at, |(_, end)| end);
            }
            *from = if line.kind == Kind::Step { label(at) } else { at };
        }
    }

    fn row(&mut self, compared: &mut Compared, line: &Expected) {
        let ahead = self.strips.iter().enumerate().skip(self.row).filter(|(_, strip)| !strip.is_drawing);
        let found = ahead.into_iter().find_map(|(index, strip)| Some((index, *strip, name_of(strip, line)?)));
        let Some((index, strip, name)) = found else {
            missing(compared, line, self.brief);
            return;
        };
        self.row = index + 1;
        self.claimed.push(index);
        if line.figures.is_empty() {
            compared.figure(place_of(line), &line.name, Ok(()));
        }
        let mut row = Row { strip, name, line, is_mail: self.is_mail, cell: name + 1, offset: 0 };
        for figure in &line.figures {
            if let Some(result) = row.figure(figure, self.brief) {
                compared.figure(place(line, figure), &figure.words, result);
            }
        }
    }

    /// Rows that no line of the report accounts for.
    fn nothing_else(&self, compared: &mut Compared, title: &str) {
        let strips = self.strips.iter().enumerate();
        for (index, strip) in strips.filter(|(_, strip)| strip.is_row && !strip.cells.is_empty()) {
            if !self.claimed.contains(&index) {
                compared.figure(title.to_owned(), "no further row", Err(joined(&strip.cells)));
            }
        }
    }
}

/// The cell that holds the line's name.
fn name_of(strip: &Strip, line: &Expected) -> Option<usize> {
    let numbered = format!("{}. {}", line.number, line.name);
    strip.cells.iter().take(3).position(|cell| {
        let text = bare(&cell.text);
        same_or_cut(text, &line.name)
            || (line.kind == Kind::Action && same(text, &numbered))
            // On paper the population follows the name.
            || (line.kind == Kind::Kpi && cell.at.is_some() && find(text, &line.name, 0).is_some_and(|(at, _)| at == 0))
    })
}

/// A row whose figures are read from left to right.
struct Row<'a> {
    strip: &'a Strip,
    name: usize,
    line: &'a Expected,
    is_mail: bool,
    /// The first cell not read yet, and bytes read of it.
    cell: usize,
    offset: usize,
}

impl Row<'_> {
    /// `None` where this document does not print the figure.
    fn figure(&mut self, figure: &Figure, brief: bool) -> Option<Result<(), String>> {
        let cells = &self.strip.cells;
        let labelled = |cell: &Cell| find(&cell.text, &figure.label, 0).is_some();
        let result = match figure.what {
            // Where there is no bar there is no target; where the mail is shortened no change either.
            What::Target if self.is_mail && !cells.iter().any(|cell| self.names_target(cell, figure)) => return None,
            What::Prior | What::Year if brief && !cells.iter().any(labelled) => return None,
            What::Sentence if brief && cells.len() < 6 => return None,
            What::Cell { .. } if self.line.kind == Kind::Action => {
                self.anywhere(&|text| find(text, &figure.words, 0).is_some())
            }
            What::Cell { .. } if self.is_mail && self.behind_label(figure) => Ok(()),
            What::Value | What::Target | What::Prior | What::Year | What::Note | What::Cell { .. } => self.next(figure),
            What::Status => self.anywhere(&|text| find(text, &figure.words, 0).is_some()),
            What::Money => self.anywhere(&|text| {
                let after =
                    text.split("· ").skip(1).any(|part| find(part, &figure.words, 0).is_some_and(|(at, _)| at == 0));
                after || find(text, &figure.words, 0).is_some_and(|(at, _)| at == 0)
            }),
            What::Sentence => {
                let says = |cell: &Cell| same_or_cut(&cell.text, &figure.words) || is_sentence(cell, &figure.words);
                cells.iter().any(says).then_some(()).ok_or_else(|| joined(cells))
            }
        };
        Some(result)
    }

    /// Whether a cell has the label of the target. Status and sentence may say the word as well: `Ziel verfehlt`.
    fn names_target(&self, cell: &Cell, target: &Figure) -> bool {
        let words = |what: What| self.line.figures.iter().find(|figure| figure.what == what).map(|other| &*other.words);
        let text = words(What::Status).map_or_else(|| cell.text.clone(), |status| cell.text.replace(status, ""));
        find(&text, &target.label, 0).is_some() && !words(What::Sentence).is_some_and(|said| is_sentence(cell, said))
    }

    /// The next cell that says the words; in a mail also behind their label.
    fn next(&mut self, figure: &Figure) -> Result<(), String> {
        let label = format!("{} {}", figure.label, figure.words);
        for index in self.cell..self.strip.cells.len() {
            let cell = &self.strip.cells[index];
            if index == self.name {
                continue;
            }
            let from = if index == self.cell { self.offset } else { 0 };
            if from == 0 && same_or_cut(bare(&cell.text), &figure.words) {
                (self.cell, self.offset) = (index + 1, 0);
                return self.beside(cell);
            }
            let behind = if self.is_mail && !figure.label.is_empty() { find(&cell.text, &label, from) } else { None };
            if let Some((_, end)) = behind {
                (self.cell, self.offset) = (index, end);
                return Ok(());
            }
        }
        Err(joined(&self.strip.cells[self.cell.min(self.strip.cells.len())..]))
    }

    /// The words in the cell after that of their column's head.
    fn behind_label(&self, figure: &Figure) -> bool {
        self.strip.cells.windows(2).any(|pair| {
            let head = pair[0].text.rsplit("· ").next().unwrap_or_default();
            same_or_cut(head, &figure.label) && same_or_cut(bare(&pair[1].text), &figure.words)
        })
    }

    /// A cell that is neither the name nor the sentence.
    fn anywhere(&self, says: &dyn Fn(&str) -> bool) -> Result<(), String> {
        let sentence = self.line.figures.iter().find(|figure| figure.what == What::Sentence);
        let other = |cell: &&Cell| !sentence.is_some_and(|sentence| is_sentence(cell, &sentence.words));
        let cells = self.strip.cells.iter().enumerate().filter(|(index, _)| *index != self.name);
        let found = cells.map(|(_, cell)| cell).filter(other).find(|cell| says(bare(&cell.text)));
        found.map_or_else(|| Err(joined(&self.strip.cells)), |cell| self.beside(cell))
    }

    /// Whether the cell stands on paper in the row of the name, to its right.
    fn beside(&self, cell: &Cell) -> Result<(), String> {
        let (Some(name), Some(at)) = (self.strip.cells[self.name].at, cell.at) else { return Ok(()) };
        let reach = if self.line.kind == Kind::Kpi { KPI_REACH } else { ROW_REACH };
        let beside = name.page == at.page && (name.y - at.y).abs() <= reach && at.x > name.x;
        beside.then_some(()).ok_or_else(|| format!("{} outside its row, on page {}", cell.text, at.page))
    }
}

/// Whether the cell is the sentence, a caveat may follow it.
fn is_sentence(cell: &Cell, sentence: &str) -> bool {
    find(&cell.text, sentence, 0).is_some_and(|(at, _)| at == 0)
}

fn below(label: Option<At>, value: Option<At>) -> bool {
    let (Some(label), Some(value)) = (label, value) else { return true };
    let down = label.y - value.y;
    label.page == value.page && (label.x - value.x).abs() <= PAIR_REACH.0 && down > 0.0 && down <= PAIR_REACH.1
}

fn missing(compared: &mut Compared, line: &Expected, brief: bool) {
    if !brief {
        compared.figure(place_of(line), &line.name, Err("no such row".to_owned()));
    }
}

pub fn joined(cells: &[Cell]) -> String {
    cells.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn place_of(line: &Expected) -> String {
    [line.section.as_str(), line.name.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" / ")
}

/// Section, name and label of a figure.
pub fn place(line: &Expected, figure: &Figure) -> String {
    let what = match figure.what {
        What::Value => "value",
        What::Target => "target",
        What::Prior => "change on prior period",
        What::Year => "change on last year",
        What::Status => "status",
        What::Money => "money",
        What::Sentence => "sentence",
        What::Note => "note",
        What::Cell { .. } => figure.label.as_str(),
    };
    let parts = [line.section.as_str(), line.name.as_str(), what];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" / ")
}
