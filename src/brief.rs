//! The brief: conform, quality, measure, score, pure from bytes to figures. No clock, environment,
//! disk, network or tokio: the same input gives the same figures.

mod answers;
mod closing;
mod dataset;
mod feeds;
mod footprints;
mod results;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;

use crate::catalogue::gate::Check;
use crate::catalogue::{Catalogue, Severity};
use crate::conform::{Account, ConformError, Conformed, Decoder, Limits, RawFile, Reject};
use crate::finding::{Finding, Level};
use crate::kept::{self, Kept};
use crate::measure::{self, Frame, MeasureError, MeasureFrame};
use crate::period::{Calendar, Grain, Period};
use crate::quality::{self, Broken, Cleared, Evening, Feed, Judgement, Verdict};
use crate::render::mail::MailBody;
use crate::render::pdf::Paper;
use crate::render::{self, RenderError};
use crate::report::ReportModel;
use crate::score::restate::Footprints;
use crate::score::{self, Constants, Scorecard};
use crate::templates::Templates;

use answers::Asked;
pub use closing::Closing;
pub use dataset::{dataset, needed};
use feeds::{Feeds, Known};

/// Files by dataset and night, in the order of their names.
pub type Extracts = BTreeMap<String, BTreeMap<NaiveDate, Vec<RawFile>>>;

/// What the figures of a period depend on, beside the extracts.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    pub catalogue: &'a Catalogue,
    pub calendar: Calendar,
    pub currency: &'a str,
    pub constants: &'a Constants,
    pub period: Period,
    /// Earlier periods measured beside it.
    pub history: u32,
    /// First night of each dataset in the store.
    pub first_nights: &'a BTreeMap<String, NaiveDate>,
    pub decoder: &'a dyn Decoder,
    /// Beyond which a file is not read.
    pub limits: &'a Limits,
    /// What earlier runs have computed.
    pub kept: &'a dyn Kept,
}

impl<'a> Question<'a> {
    /// What is measured, and in which calendar and currency.
    #[must_use]
    pub fn frame(&self) -> Frame<'a> {
        Frame { catalogue: self.catalogue, calendar: self.calendar, currency: self.currency }
    }
}

/// Everything computed for one period, at every unit.
#[derive(Debug)]
pub struct Figures {
    pub scorecard: Scorecard,
    /// What the scores were computed from.
    pub measures: BTreeMap<String, BTreeMap<String, measure::Parts>>,
    /// The period's end: its feeds, its units, and its tables for exception rows.
    pub closing: Closing,
    pub findings: Vec<Finding>,
    /// Rejected rows of the feeds of the period's end.
    pub rejects: Vec<(String, Reject)>,
    pub accounts: BTreeMap<String, Account>,
    /// Feeds whose newest night is too old for the period, with their age in days.
    pub stale: BTreeMap<String, i64>,
    /// What the feeds say about each period, to be compared with what was published of it.
    pub footprints: Footprints,
    /// Whether the figures may go out, by the gate's rules.
    pub verdict: Verdict,
}

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum BriefError {
    #[error(transparent)]
    Conform(#[from] ConformError),
    #[error(transparent)]
    Measure(#[from] MeasureError),
    #[error("the period {0} was not measured")]
    Nothing(Period),
    #[error(
        "a delivery that has been read before cannot be read now: {0}\nhint: run it again; if it stays so, set `store.keep` to false"
    )]
    Unread(String),
}

/// The periods measured for a question, oldest first.
#[must_use]
pub fn periods(period: Period, history: u32) -> Vec<Period> {
    let back = match period.grain {
        // Crossings are compared with what was told last, not with a trend.
        Grain::Day => 1,
        Grain::Month => i32::try_from(history).unwrap_or(12).max(12),
        // Eight quarters, three years: what the editions show.
        Grain::Quarter => 7,
        Grain::Year => 2,
    };
    (0..=back).rev().map(|count| period.shift(-count)).collect()
}

/// The months whose closing state those periods need.
#[must_use]
pub fn closings(calendar: &Calendar, periods: &[Period]) -> Vec<Period> {
    let months: BTreeSet<Period> =
        periods.iter().flat_map(|period| measure::closings_needed(calendar, *period)).collect();
    months.into_iter().collect()
}

/// Computes the figures of a period: anew where anything they depend on has changed, else as they were kept.
///
/// # Errors
/// The engine fails; bad input is never an error here but a finding.
pub fn figures(question: &Question<'_>, extracts: &Extracts, progress: &dyn Fn(&str)) -> Result<Figures, BriefError> {
    match worked_out(question, extracts, progress) {
        // Nothing kept may speak of a delivery that cannot be read today.
        Err(BriefError::Unread(_)) => {
            worked_out(&Question { kept: &kept::Nothing, ..question.clone() }, extracts, progress)
        }
        outcome => outcome,
    }
}

fn worked_out(question: &Question<'_>, extracts: &Extracts, progress: &dyn Fn(&str)) -> Result<Figures, BriefError> {
    let wanted = periods(question.period, question.history);
    let months = closings(&question.calendar, &wanted);
    let mut feeds = Feeds::new(question, extracts, Known::default());
    feeds.look(&months, progress);
    let mut outlines: BTreeMap<Period, Cleared> = BTreeMap::new();
    for month in months {
        outlines.insert(month, feeds.outline(month)?);
    }
    let spans = wanted.iter().map(|period| question.calendar.span(*period));
    let spans: Vec<_> = spans.map(|span| (span.start_date, span.last_day)).collect();
    let asked = Asked { periods: &wanted, outlines: &outlines, spans: &spans };
    let answers = answers::answers(question, &mut feeds, &asked, progress)?;
    let frame = question.frame();
    let mut frames: BTreeMap<Period, MeasureFrame> = BTreeMap::new();
    for period in &wanted {
        frames.insert(*period, measure::assembled(&frame, *period, &outlines, &answers.done, Vec::new())?);
    }
    progress("score");
    let context = score::Context {
        catalogue: question.catalogue,
        calendar: question.calendar,
        constants: question.constants,
        first_nights: question.first_nights,
    };
    let scorecard = score::score(&context, question.period, &frames).ok_or(BriefError::Nothing(question.period))?;
    let last = measure::closing_of(&question.calendar, question.period);
    let outline = outlines.get(&last).ok_or(BriefError::Nothing(question.period))?;
    let measures = frames.remove(&question.period).map(|frame| frame.measures).unwrap_or_default();
    let (mut rejects, mut accounts) = (Vec::new(), BTreeMap::new());
    for (dataset, conformed) in at(&mut feeds, question, last) {
        rejects.extend(conformed.rejects.iter().cloned().map(|reject| (dataset.clone(), reject)));
        accounts.insert(dataset, conformed.account);
    }
    let last_day = question.calendar.span(question.period).last_day;
    let judgement = judge(question, &mut feeds, &asked, outline, &scorecard, answers.broken);
    let (grave, slight): (Vec<Finding>, Vec<Finding>) =
        judgement.findings.into_iter().partition(|finding| finding.level == Level::Error);
    let mut findings = outline.findings.clone();
    findings.extend(answers.findings);
    findings.extend(slight);
    findings.sort_by(|a, b| {
        (b.level, &a.dataset, &a.code, &a.file, a.row).cmp(&(a.level, &b.dataset, &b.code, &b.file, b.row))
    });
    // What decides over the report stands first.
    findings.splice(0..0, grave);
    let stale = judgement
        .broken
        .iter()
        .filter(|broken| broken.check == Check::Freshness && broken.level >= Severity::Provisional)
        .filter_map(|broken| outline.nights.get_key_value(&broken.finding.dataset))
        .map(|(dataset, night)| (dataset.clone(), (last_day - *night).num_days()))
        .collect();
    let closing = Closing::new(last, outline, answers.rows, answers.closing, extracts, feeds.into_known(), last_day);
    Ok(Figures {
        scorecard,
        measures,
        closing,
        findings,
        rejects,
        accounts,
        stale,
        footprints: answers.footprints,
        verdict: judgement.verdict,
    })
}

/// The parts of one period alone, from the bytes on: what a figure costs before it is compared with others.
///
/// # Errors
/// As [`figures`].
pub fn measured(
    question: &Question<'_>,
    extracts: &Extracts,
    progress: &dyn Fn(&str),
) -> Result<MeasureFrame, BriefError> {
    let mut feeds = Feeds::new(question, extracts, Known::default());
    let mut cleared: BTreeMap<Period, Cleared> = BTreeMap::new();
    let all: BTreeSet<String> = question.catalogue.contracts.keys().cloned().collect();
    for month in closings(&question.calendar, &[question.period]) {
        progress(&format!("conform {month}"));
        let earlier = cleared.last_key_value().map(|(_, earlier)| earlier);
        let now = feeds.tables(month, &all, earlier)?;
        cleared.insert(month, now);
    }
    progress(&format!("measure {}", question.period));
    Ok(measure::measure(&question.frame(), question.period, &cleared)?)
}

/// All that was read as of a month's end, whether or not any row of it can be used.
fn at(feeds: &mut Feeds<'_>, question: &Question<'_>, month: Period) -> Vec<(String, Arc<Conformed>)> {
    let last_day = question.calendar.span(month).last_day;
    let read = |dataset: &String| Some((dataset.clone(), feeds.read(dataset, last_day).ok()?.0));
    question.catalogue.contracts.keys().filter_map(read).collect()
}

/// The gate's rules, on the feeds and on the figures; `broken` are those about rows.
fn judge(
    question: &Question<'_>,
    feeds: &mut Feeds<'_>,
    asked: &Asked<'_>,
    closing: &Cleared,
    scorecard: &Scorecard,
    mut broken: Vec<Broken>,
) -> Judgement {
    let mut conformed = BTreeMap::new();
    for month in asked.outlines.keys() {
        let last_day = question.calendar.span(*month).last_day;
        for dataset in question.catalogue.contracts.keys() {
            if let Feed::Present { conformed: own, night } = feeds.told(dataset, last_day) {
                conformed.insert((dataset.clone(), night), own);
            }
        }
    }
    let (contracts, spans) = (&question.catalogue.contracts, asked.spans);
    let evening = Evening { contracts, cleared: closing, conformed: &conformed, spans };
    broken.extend(quality::about_deliveries(&question.catalogue.gate, &evening));
    broken.extend(results::results(question.catalogue, scorecard));
    let last_day = spans.last().map_or(NaiveDate::MAX, |(_, last_day)| *last_day);
    quality::judge(&question.catalogue.gate, broken, last_day)
}

/// The finished documents of one report.
#[derive(Debug, Clone)]
pub struct Documents {
    pub html: String,
    pub mail: MailBody,
    pub pdf: Vec<u8>,
    pub xlsx: Vec<u8>,
    pub json: Vec<u8>,
    pub parquet: Vec<u8>,
    /// Records kept beside the documents, by name: what the feeds said, what readers know of.
    pub records: BTreeMap<&'static str, Vec<u8>>,
}

impl Documents {
    /// Every document under its plain name.
    #[must_use]
    pub fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        let records = self.records.iter().map(|(name, bytes)| (*name, bytes.clone()));
        let documents = [
            ("report.html", self.html.clone().into_bytes()),
            ("mail.html", self.mail.html.clone().into_bytes()),
            ("mail.txt", self.mail.text.clone().into_bytes()),
            ("report.pdf", self.pdf.clone()),
            ("report.xlsx", self.xlsx.clone()),
            ("scorecard.json", self.json.clone()),
            ("scorecard.parquet", self.parquet.clone()),
        ];
        documents.into_iter().chain(records).collect()
    }
}

/// Paints every format from one model; with the pages of the PDF before its appendix.
///
/// # Errors
/// A painter fails.
pub fn paint(
    model: &ReportModel,
    scorecard: &Scorecard,
    templates: &Templates,
    paper: Paper,
) -> Result<(Documents, usize), RenderError> {
    let (pdf, pages) = render::pdf::pdf_with_pages(model, paper)?;
    let documents = Documents {
        html: render::html::html(model, templates)?,
        mail: render::mail::mail(model, templates)?,
        pdf,
        xlsx: render::xlsx::xlsx(model)?,
        json: render::data::json(scorecard)?,
        parquet: render::data::parquet(scorecard)?,
        records: BTreeMap::new(),
    };
    Ok((documents, pages))
}
