//! What the documents must say: the figures of KPIs worked out from the scorecard, the rest in the model's words.

use rust_decimal::Decimal;

use super::plain::plain;
use super::{Source, charts};
use crate::catalogue::{Kpi, Op, Trend};
use crate::chart::ChartSpec;
use crate::money;
use crate::quantity::{self, Locale, NONE, Unit};
use crate::report::{Block, KpiRow, Labels, Table, TrustItem};
use crate::score::{Applied, Score, Status};

/// One line of a report: a name and the figures that must stand beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    pub kind: Kind,
    /// Position of the block in the report.
    pub block: usize,
    /// Title of the section; empty for the opening.
    pub section: String,
    /// Position among the lines of its kind in the block, from 1.
    pub number: usize,
    pub name: String,
    pub figures: Vec<Figure>,
}

/// What kind of line it is: every document prints each in a way of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Title, period and scope.
    Head,
    /// The sentence stands anywhere in its section.
    Prose,
    /// A label and its value.
    Pair,
    Kpi,
    Row,
    Bar,
    Step,
    /// Columns of a heat map.
    MapHead,
    /// A unit of a heat map: value, shape and status word by column.
    MapRow,
    /// A month of a trend: in words everywhere, drawn as a point.
    Month,
    /// A text at a trend's drawing.
    Sign,
    Action,
}

/// Words that must be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    pub what: What,
    /// Column head or label printed beside it in some documents.
    pub label: String,
    pub words: String,
}

/// Which figure of a line it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Value,
    Target,
    Prior,
    Year,
    Status,
    Money,
    Sentence,
    Note,
    /// A cell; figures of a column are set flush right and never broken.
    Cell {
        flush_right: bool,
    },
}

/// Everything the report must print, in reading order.
#[must_use]
pub fn expected(source: &Source<'_>) -> Vec<Expected> {
    let model = source.model;
    let head = [&model.head.title, &model.head.period_label, &model.head.scope_label, &model.head.state];
    let mut lines = Lines { block: 0, section: String::new(), all: Vec::new() };
    for words in head {
        lines.add(Kind::Head, "", vec![figure(What::Sentence, "", words)]);
    }
    for (index, block) in model.blocks.iter().enumerate() {
        lines.block = index;
        lines.section = plain(title(block));
        of_block(source, block, &mut lines);
    }
    lines.all
}

struct Lines {
    block: usize,
    section: String,
    all: Vec<Expected>,
}

impl Lines {
    fn add(&mut self, kind: Kind, name: &str, figures: Vec<Figure>) {
        let figures: Vec<Figure> = figures.into_iter().filter(|figure| !figure.words.is_empty()).collect();
        let alike = |line: &&Expected| line.block == self.block && line.kind == kind;
        let number = self.all.iter().rev().take_while(|line| line.block == self.block).filter(alike).count() + 1;
        let (block, section) = (self.block, self.section.clone());
        if !(figures.is_empty() && name.is_empty()) {
            self.all.push(Expected { kind, block, section, number, name: plain(name), figures });
        }
    }

    /// A line whose empty figures count, for its figures stand in groups.
    fn whole(&mut self, kind: Kind, name: &str, figures: Vec<Figure>) {
        let alike = |line: &&Expected| line.block == self.block && line.kind == kind;
        let number = self.all.iter().filter(alike).count() + 1;
        let (block, section) = (self.block, self.section.clone());
        self.all.push(Expected { kind, block, section, number, name: plain(name), figures });
    }

    fn prose<'a>(&mut self, texts: impl IntoIterator<Item = &'a String>) {
        for text in texts {
            self.add(Kind::Prose, "", vec![figure(What::Sentence, "", text)]);
        }
    }
}

pub fn figure(what: What, label: &str, words: &str) -> Figure {
    Figure { what, label: plain(label), words: plain(words) }
}

fn title(block: &Block) -> &str {
    match block {
        Block::Message { .. } | Block::Tiles { .. } => "",
        Block::Trust { title, .. }
        | Block::Kpis { title, .. }
        | Block::Table { title, .. }
        | Block::Chart { title, .. }
        | Block::Text { title, .. }
        | Block::Actions { title, .. } => title,
    }
}

fn of_block(source: &Source<'_>, block: &Block, lines: &mut Lines) {
    let labels = &source.model.labels;
    let pair = |lines: &mut Lines, label: &str, value: &str, note: &str| {
        lines.add(Kind::Pair, label, vec![figure(What::Value, "", value), figure(What::Note, "", note)]);
    };
    match block {
        Block::Message { headline, sentences } => lines.prose(std::iter::once(headline).chain(sentences)),
        Block::Tiles { tiles } => {
            for tile in tiles {
                pair(lines, &tile.label, &tile.value, &tile.note);
            }
        }
        Block::Trust { items, caveats, .. } => {
            for TrustItem { label, value, note, .. } in items {
                pair(lines, label, value, note);
            }
            lines.prose(caveats);
        }
        Block::Kpis { lead, rows, collapsed, .. } => {
            lines.prose([lead]);
            for row in rows {
                lines.add(Kind::Kpi, &row.name, kpi(source, row));
            }
            lines.prose(collapsed);
        }
        Block::Table { lead, table, note, .. } => {
            lines.prose(lead);
            rows(table, lines);
            lines.prose(note);
        }
        Block::Chart { id, title, lead, spec, note, .. } => {
            lines.prose(lead);
            chart(source, id, title, spec, lines);
            lines.prose(note);
        }
        Block::Text { paragraphs, .. } => lines.prose(paragraphs),
        Block::Actions { items, .. } => {
            for item in items {
                let owner = figure(What::Cell { flush_right: false }, &labels.owner, &item.owner);
                let amount = figure(What::Money, &labels.amount, &item.amount);
                lines.add(Kind::Action, &item.text, vec![owner, amount]);
            }
        }
    }
}

fn rows(table: &Table, lines: &mut Lines) {
    for row in &table.rows {
        let mut cells = row.cells.iter().enumerate().filter(|(_, cell)| !plain(&cell.text).is_empty());
        let Some((_, first)) = cells.next() else { continue };
        let figures = cells.map(|(index, cell)| {
            let column = table.columns.get(index);
            let flush_right = column.is_some_and(|column| column.align == crate::report::Align::Right);
            figure(What::Cell { flush_right }, column.map_or("", |column| &column.head), &cell.text)
        });
        let figures = figures.collect();
        lines.add(Kind::Row, &first.text, figures);
    }
}

fn chart(source: &Source<'_>, id: &str, title: &str, spec: &ChartSpec, lines: &mut Lines) {
    match spec {
        ChartSpec::Bars(bars) => {
            for bar in &bars.bars {
                let figures = vec![figure(What::Value, "", &bar.text), figure(What::Note, "", &bar.note)];
                lines.add(Kind::Bar, &bar.label, figures);
            }
        }
        ChartSpec::Bridge(bridge) => {
            for bar in &bridge.bars {
                lines.add(Kind::Step, &bar.label, vec![figure(What::Value, "", &bar.text)]);
            }
        }
        ChartSpec::Histogram(histogram) => {
            for bar in histogram.bars.iter().chain(&histogram.unknown) {
                lines.add(Kind::Step, &bar.label, vec![figure(What::Value, "", &bar.text)]);
            }
        }
        ChartSpec::HeatMap(_) => {
            let (heads, rows) = charts::heat_map(source);
            lines.add(Kind::MapHead, "", heads);
            for (unit, cells) in rows {
                lines.whole(Kind::MapRow, &unit, cells);
            }
        }
        ChartSpec::Trend(_) => trend(source, id, title, lines),
        ChartSpec::Sparkline(_) | ChartSpec::Bullet(_) => {}
    }
}

fn trend(source: &Source<'_>, id: &str, title: &str, lines: &mut Lines) {
    let unknown = || vec![figure(What::Sentence, "", "a figure of the scorecard")];
    let kpi = charts::trend_of(source, id);
    let score = kpi.and_then(|kpi| source.scorecard.headline(&kpi.id, &source.model.head.scope));
    let Some(((months, signs), wanted)) = kpi
        .zip(score)
        .and_then(|(kpi, score)| Some((charts::trend(source, kpi)?, charts::trend_title(source, kpi, score))))
    else {
        lines.add(Kind::Prose, "", unknown());
        return;
    };
    // The section is found by its title; a wrong one is told as a sentence that is missing.
    if plain(&wanted) != plain(title) {
        lines.add(Kind::Prose, "", vec![figure(What::Sentence, "", &wanted)]);
    }
    for month in months {
        let name = month.label.clone();
        lines.add(Kind::Month, &name, vec![month]);
    }
    lines.add(Kind::Sign, "", signs);
}

/// A KPI's figures; without a score for it there is nothing that may stand there.
fn kpi(source: &Source<'_>, row: &KpiRow) -> Vec<Figure> {
    let labels: &Labels = &source.model.labels;
    let found = source.catalogue.kpi(&row.id).zip(source.scorecard.headline(&row.id, &source.model.head.scope));
    let Some((kpi, score)) = found else {
        return vec![figure(What::Value, &labels.value, "a figure of the scorecard")];
    };
    let words = Again { source, locale: Locale::of(&source.language.tag), kpi, score };
    let amount = words.amount();
    // The kind of money is the model's word; its amount is not.
    let money = match &amount {
        Some(amount) if plain(&row.money).starts_with(&plain(amount)) => row.money.clone(),
        Some(amount) => amount.clone(),
        None => String::new(),
    };
    let status = source.language.word(score.status.word());
    vec![
        figure(What::Value, &labels.value, &words.value()),
        figure(What::Target, &labels.target, &words.target()),
        figure(What::Prior, &labels.change_prior, &words.change(score.prior_value)),
        figure(What::Year, &labels.change_year, &words.change(score.last_year_value)),
        figure(What::Status, &labels.status, status),
        figure(What::Money, &labels.money, &money),
        figure(What::Sentence, "", &row.sentence),
    ]
}

/// A score made into words a second time.
pub struct Again<'a> {
    pub source: &'a Source<'a>,
    pub locale: Locale,
    pub kpi: &'a Kpi,
    pub score: &'a Score,
}

impl Again<'_> {
    /// Numerator over denominator; the value itself where the formula has no denominator.
    fn figure(&self) -> Option<Decimal> {
        let formula = &self.kpi.formula;
        let scale = Decimal::try_from(formula.scale).unwrap_or(Decimal::ONE);
        match (self.score.numerator, self.score.denominator) {
            (Some(above), Some(below)) if formula.denominator.is_some() => {
                above.checked_div(below).and_then(|value| value.checked_mul(scale))
            }
            _ => self.score.value,
        }
    }

    fn shown(&self) -> Option<Decimal> {
        match self.score.status {
            Status::Withheld | Status::NotMeasured | Status::NotApplicable => None,
            Status::OnTarget | Status::Watch | Status::OffTarget | Status::NoTarget | Status::Baselining => {
                self.figure()
            }
        }
    }

    pub fn value(&self) -> String {
        let limits = match &self.score.target_words {
            Some(Applied::Limit { op: Op::Near, value, .. }) => vec![*value, -*value],
            Some(Applied::Limit { value, .. }) => vec![*value],
            Some(Applied::Band { low, high, .. }) => std::iter::once(*low).chain(*high).collect(),
            Some(Applied::Trend { .. }) | None => Vec::new(),
        };
        self.shown().map_or_else(
            || self.source.language.word(self.score.status.word()).to_owned(),
            |value| quantity::value(value, self.score.unit, &limits, self.source.currency, self.locale),
        )
    }

    pub fn target(&self) -> String {
        let exact = |value: Decimal| {
            let value = value.normalize();
            quantity::grouped(value, value.scale(), self.locale)
        };
        let plain = |value: Decimal| match self.score.unit {
            Unit::Ratio => format!("{} %", exact(value * Decimal::ONE_HUNDRED)),
            Unit::OneTo => format!("1:{}", exact(value)),
            unit @ (Unit::Money | Unit::Per100 | Unit::Days | Unit::Hours | Unit::Count) => {
                quantity::value(value, unit, &[], self.source.currency, self.locale)
            }
        };
        let language = self.source.language;
        match &self.score.target_words {
            None => NONE.to_owned(),
            Some(Applied::Limit { op, value, .. }) => match op {
                Op::AtLeast => format!("≥ {}", plain(*value)),
                Op::Above => format!("> {}", plain(*value)),
                Op::AtMost => format!("≤ {}", plain(*value)),
                Op::Below => format!("< {}", plain(*value)),
                Op::Near | Op::Band | Op::Trend => language.fill("near", &[("value", &plain(*value))]),
            },
            Some(Applied::Band { low, high, .. }) => match high {
                Some(high) if high == low => plain(*low),
                Some(high) => format!("{} – {}", plain(*low), plain(*high)),
                None => format!("≥ {}", plain(*low)),
            },
            Some(Applied::Trend { trend, .. }) => {
                let rising = self.score.unit == Unit::Ratio;
                let key = match (trend, rising) {
                    (Trend::Prior, false) => "prior_target",
                    (Trend::Prior, true) => "prior_target_up",
                    (Trend::YearOnYear, false) => "year_target",
                    (Trend::YearOnYear, true) => "year_target_up",
                };
                language.word(key).to_owned()
            }
        }
    }

    pub fn change(&self, before: Option<Decimal>) -> String {
        // A value that is withheld is compared with nothing.
        let after = self.figure().filter(|_| self.score.status != Status::Withheld);
        let (Some(before), Some(after)) = (before, after) else { return NONE.to_owned() };
        let text = quantity::change(after - before, self.score.unit, self.source.currency, self.locale);
        let moved = text.contains(|c: char| ('1'..='9').contains(&c));
        match quantity::favourable(before, after, self.kpi.direction).filter(|_| moved) {
            None if moved => text,
            None => text.trim_start_matches(['+', '−']).to_owned(),
            Some(good) => format!("{text} {}", self.locale.mark(good)),
        }
    }

    /// The amount at risk; nothing where there is none worth speaking of.
    fn amount(&self) -> Option<String> {
        let amount = self.score.impact.filter(|amount| *amount > Decimal::ZERO)?;
        let told = self.score.status != Status::Withheld && self.score.impact_kind.is_some();
        told.then(|| money::short(amount, self.source.currency, self.locale))
    }
}
