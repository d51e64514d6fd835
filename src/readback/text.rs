//! The plain text: figures stand in lines, beside or below their name.

use super::celled::place;
use super::plain::{find, plain, same};
use super::{Compared, Expected, Figure, Kind, What, map};
use crate::report::Labels;
use crate::templates::glue;

/// Compares every line with its section.
pub fn compare(document: &'static str, text: &str, expected: &[Expected], labels: &Labels) -> Compared {
    let mut compared = Compared::of(document);
    let lines: Vec<String> = text.lines().map(plain).collect();
    let groups: Vec<&[Expected]> = expected.chunk_by(|a, b| (a.block, &a.section) == (b.block, &b.section)).collect();
    let mut starts = Vec::new();
    let mut next = 0;
    for group in &groups {
        let title = &group[0].section;
        let start = if title.is_empty() { Some((next, next)) } else { heading(&lines, title, next) };
        next = start.map_or(next, |(_, body)| body);
        starts.push(start);
    }
    for (index, group) in groups.iter().enumerate() {
        let title = &group[0].section;
        let Some((_, start)) = starts[index] else {
            compared.figure(title.clone(), title, Err("no section of this title".to_owned()));
            continue;
        };
        if !title.is_empty() {
            compared.figure(title.clone(), title, Ok(()));
        }
        // Sections of the opening have no titles to tell them apart.
        let titled = |later: &usize| !groups[*later][0].section.is_empty();
        let end = (index + 1..groups.len()).filter(titled).find_map(|later| starts[later]);
        let end = end.map_or(lines.len(), |(heading, _)| heading.max(start));
        let mut section = Section::of(&lines[start..end], labels);
        for line in *group {
            section.line(&mut compared, line);
        }
    }
    compared
}

/// Where a title stands with its underline, at or after line `from`: its line and the line after the underline.
fn heading(lines: &[String], title: &str, from: usize) -> Option<(usize, usize)> {
    let rule = |line: &String| !line.is_empty() && line.chars().all(|c| c == '-');
    (from..lines.len()).filter(|at| rule(&lines[*at])).find_map(|at| {
        (1..=at - from).find_map(|height| {
            let above = lines[at - height..at].join(" ");
            same(&above, title).then_some((at - height, at + 1))
        })
    })
}

struct Section<'a> {
    lines: &'a [String],
    /// The section in one line.
    whole: String,
    /// What stands between empty lines, each in one line.
    paragraphs: Vec<String>,
    /// Table lines before this one are read.
    line: usize,
    labels: &'a Labels,
}

impl<'a> Section<'a> {
    fn of(lines: &'a [String], labels: &'a Labels) -> Self {
        let paragraphs = lines.split(String::is_empty).map(|lines| lines.join(" ")).collect();
        Self { lines, whole: lines.join(" "), paragraphs, line: 0, labels }
    }

    fn line(&mut self, compared: &mut Compared, line: &Expected) {
        match line.kind {
            Kind::Head | Kind::Prose => {
                let figure = &line.figures[0];
                compared.figure(place(line, figure), &figure.words, self.says(&figure.words, &figure.words));
            }
            Kind::Pair => {
                let mut so_far = line.name.clone();
                for figure in &line.figures {
                    so_far = format!("{so_far} {}", figure.words);
                    compared.figure(place(line, figure), &figure.words, self.says(&so_far, &line.name));
                }
            }
            Kind::Kpi => self.kpi(compared, line),
            Kind::Action => {
                let name = format!("{}. {}", line.number, line.name);
                let parts: Vec<String> =
                    line.figures.iter().map(|figure| format!("{}: {}", figure.label, figure.words)).collect();
                for (figure, end) in line.figures.iter().zip(1..) {
                    let words = format!("{name} {}", parts[..end].join(" · "));
                    compared.figure(place(line, figure), &figure.words, self.says(&words, &name));
                }
            }
            Kind::MapRow => {
                let values = || line.figures.iter().step_by(map::PER_CELL);
                for is_list in [false, true] {
                    for (figure, words) in values().zip(map::in_words(line, is_list)) {
                        compared.figure(place(line, figure), &figure.words, self.says(&words, &line.name));
                    }
                }
            }
            // Both in the sentence and in the list.
            Kind::Month => {
                let figure = &line.figures[0];
                let words = format!("{} {}", line.name, figure.words);
                let (first, second) = (self.says(&words, &line.name), self.again(&words));
                compared.figure(place(line, figure), &figure.words, first.and(second));
            }
            Kind::Sign => {
                for figure in &line.figures {
                    let words = format!("{} {}", figure.label, figure.words);
                    compared.figure(place(line, figure), &figure.words, self.says(words.trim(), words.trim()));
                }
            }
            // The list names the column beside each value.
            Kind::MapHead => {}
            Kind::Bar | Kind::Step | Kind::Row => self.row(compared, line),
        }
    }

    /// Whether the section says the words; else what stands after `name`.
    fn says(&self, words: &str, name: &str) -> Result<(), String> {
        let nothing = || "nothing like it".to_owned();
        let after = || find(&self.whole, name, 0).map_or_else(nothing, |(at, _)| self.whole[at..].to_owned());
        find(&self.whole, words, 0).map(|_| ()).ok_or_else(after)
    }

    /// Whether the section says the words twice.
    fn again(&self, words: &str) -> Result<(), String> {
        let second = find(&self.whole, words, 0).and_then(|(_, end)| find(&self.whole, words, end));
        second.map(|_| ()).ok_or_else(|| self.whole.clone())
    }

    /// A measure is one paragraph.
    fn kpi(&self, compared: &mut Compared, line: &Expected) {
        let name = format!("{}. {}", line.number, line.name);
        let found = self.paragraphs.iter().find(|text| find(text, &name, 0).is_some_and(|(at, _)| at == 0));
        let Some(text) = found else {
            compared.figure(place(line, &line.figures[0]), &name, Err("no such measure".to_owned()));
            return;
        };
        let labels = self.labels;
        let value = line.figures.iter().find(|figure| figure.what == What::Value).map_or("", |value| &value.words);
        for figure in &line.figures {
            let words = &figure.words;
            let wanted = match figure.what {
                What::Value => format!("{name} {words}"),
                What::Target => format!("{} {words}", labels.target),
                What::Prior => format!("{} {words}", labels.change_prior),
                What::Year => format!("{} {words}", labels.change_year),
                What::Money => format!("{}: {words}", labels.money),
                // Between value and status there is a shape.
                What::Status | What::Sentence | What::Note | What::Cell { .. } => words.clone(),
            };
            let wanted = plain(&wanted);
            let right = match figure.what {
                What::Status => {
                    let after = find(text, &format!("{name} {value}"), 0).map(|(_, end)| end);
                    after.and_then(|end| find(text, &wanted, end).map(|(at, _)| at - end)).is_some_and(|gap| gap <= 6)
                }
                What::Value => find(text, &wanted, 0).is_some_and(|(at, _)| at == 0),
                _ => find(text, &wanted, 0).is_some(),
            };
            compared.figure(place(line, figure), words, right.then_some(()).ok_or_else(|| text.clone()));
        }
    }

    /// A row begins with its name; its figures stand on that line, or behind their heads below it.
    fn row(&mut self, compared: &mut Compared, line: &Expected) {
        let first = line.name.split(' ').next().unwrap_or_default();
        let begins = |at: &usize| starts(&self.lines[*at], &line.name) || starts(&self.lines[*at], first);
        let candidates: Vec<usize> = (self.line..self.lines.len()).filter(begins).collect();
        let all = |at: &usize| line.figures.iter().all(|figure| self.figure(*at, line, figure).is_ok());
        // The row that is right, else the first of that name.
        let found = candidates.iter().copied().find(all);
        let whole = |at: &usize| starts(&self.lines[*at], &line.name);
        let Some(at) = found.or_else(|| candidates.iter().copied().find(whole)).or(candidates.first().copied()) else {
            let figure = Figure { what: What::Note, label: String::new(), words: line.name.clone() };
            compared.figure(place(line, &figure), &line.name, Err("no such row".to_owned()));
            return;
        };
        for figure in &line.figures {
            compared.figure(place(line, figure), &figure.words, self.figure(at, line, figure));
        }
        self.line = at + 1;
    }

    fn figure(&self, at: usize, line: &Expected, figure: &Figure) -> Result<(), String> {
        let own = &self.lines[at];
        let from = find(own, &line.name, 0).map_or(0, |(_, end)| end);
        // As far as the next line of the same kind may reach.
        let below = self.lines[at..].iter().take_while(|line| !line.is_empty()).take(MOST_LINES);
        let region = below.map(String::as_str).collect::<Vec<_>>().join(" ");
        let labelled = format!("{}: {}", figure.label, figure.words);
        let right = match figure.what {
            What::Cell { flush_right: false } => words_in_order(&region, &figure.words),
            _ => {
                find(own, &figure.words, from).is_some()
                    || (!figure.label.is_empty() && find(&region, &labelled, 0).is_some())
            }
        };
        right.then_some(()).ok_or_else(|| region.clone())
    }
}

/// Lines a row may take.
const MOST_LINES: usize = 12;

/// Whether a line begins with the words, behind the mark of a list or a total.
fn starts(line: &str, words: &str) -> bool {
    let line = line.trim_start_matches("* ").trim_start_matches("= ");
    find(line, words, 0).is_some_and(|(at, _)| at == 0) || is_cut(words) && line.starts_with(beginning(words))
}

/// Columns of text that wrap are interleaved: their words are there, in order.
fn words_in_order(region: &str, words: &str) -> bool {
    let mut from = 0;
    // Amounts are kept together.
    glue(words).split(' ').map(plain).all(|word| {
        let word = word.as_str();
        let cut = || {
            let at = region[from..].find(beginning(word)).filter(|_| is_cut(word))?;
            Some((from + at, from + at + beginning(word).len()))
        };
        let found = find(region, word, from).or_else(cut);
        from = found.map_or(from, |(_, end)| end);
        found.is_some()
    })
}

/// Letters of a word that stay together in the narrowest column.
const NARROWEST: usize = 12;

/// Whether a word is too long for a narrow column.
fn is_cut(word: &str) -> bool {
    !word.contains(' ') && word.chars().count() > NARROWEST
}

fn beginning(word: &str) -> &str {
    word.char_indices().nth(NARROWEST).map_or(word, |(end, _)| &word[..end])
}
