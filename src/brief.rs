//! The brief: conform, quality, measure, score, pure from bytes to figures. No clock, environment,
//! disk, network or tokio: the same input gives the same figures.

mod dataset;
mod footprints;
mod results;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;

use crate::catalogue::gate::Check;
use crate::catalogue::{Catalogue, DatasetKind, Severity, Standing};
use crate::conform::{self, Account, ConformError, Conformed, Decoder, RawFile, Reject};
use crate::finding::{Finding, Level};
use crate::measure::{self, Frame, MeasureError, MeasureFrame};
use crate::period::{Calendar, Grain, Period};
use crate::quality::{self, Cleared, Evening, Feed, Judgement, Verdict};
use crate::render::mail::MailBody;
use crate::render::pdf::Paper;
use crate::render::{self, RenderError};
use crate::report::ReportModel;
use crate::score::restate::Footprints;
use crate::score::{self, Constants, Scorecard};
use crate::templates::Templates;

use dataset::joined;
pub use dataset::{dataset, needed};

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
}

/// Everything computed for one period, at every unit.
#[derive(Debug)]
pub struct Figures {
    pub scorecard: Scorecard,
    /// What the scores were computed from.
    pub measures: BTreeMap<String, BTreeMap<String, measure::Parts>>,
    /// The tables as of the period's end, for exception rows.
    pub closing: Cleared,
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

/// Computes the figures of a period.
///
/// # Errors
/// The engine fails; bad input is never an error here but a finding.
pub fn figures(question: &Question<'_>, extracts: &Extracts, progress: &dyn Fn(&str)) -> Result<Figures, BriefError> {
    let wanted = periods(question.period, question.history);
    let mut feeds = Feeds { question, extracts, conformed: BTreeMap::new() };
    let mut cleared: BTreeMap<Period, Cleared> = BTreeMap::new();
    for month in closings(&question.calendar, &wanted) {
        progress(&format!("conform {month}"));
        let earlier = cleared.last_key_value().map(|(_, earlier)| earlier);
        let now = feeds.clear(month, earlier)?;
        cleared.insert(month, now);
    }
    let frame = Frame { catalogue: question.catalogue, calendar: question.calendar, currency: question.currency };
    let footprints = footprints::footprints(question, &wanted, &cleared)?;
    let mut frames: BTreeMap<Period, MeasureFrame> = BTreeMap::new();
    for period in wanted {
        progress(&format!("measure {period}"));
        frames.insert(period, measure::measure(&frame, period, &cleared)?);
    }
    progress("score");
    let context = score::Context {
        catalogue: question.catalogue,
        calendar: question.calendar,
        constants: question.constants,
        first_nights: question.first_nights,
    };
    let scorecard = score::score(&context, question.period, &frames).ok_or(BriefError::Nothing(question.period))?;
    let last = measure::closings_needed(&question.calendar, question.period).last().copied().unwrap_or(question.period);
    let closing = cleared.remove(&last).ok_or(BriefError::Nothing(question.period))?;
    let (mut findings, measures) =
        frames.remove(&question.period).map(|frame| (frame.findings, frame.measures)).unwrap_or_default();
    let (mut rejects, mut accounts) = (Vec::new(), BTreeMap::new());
    for (dataset, conformed) in feeds.at(last) {
        rejects.extend(conformed.rejects.iter().cloned().map(|reject| (dataset.clone(), reject)));
        accounts.insert(dataset, conformed.account);
    }
    let spans = periods(question.period, question.history).into_iter().map(|period| question.calendar.span(period));
    let spans: Vec<_> = spans.map(|span| (span.start_date, span.last_day)).collect();
    let last_day = question.calendar.span(question.period).last_day;
    let judgement = judge(question, &feeds, &closing, &scorecard, &spans)?;
    let (grave, slight): (Vec<Finding>, Vec<Finding>) =
        judgement.findings.into_iter().partition(|finding| finding.level == Level::Error);
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
        .filter_map(|broken| closing.nights.get_key_value(&broken.finding.dataset))
        .map(|(dataset, night)| (dataset.clone(), (last_day - *night).num_days()))
        .collect();
    Ok(Figures {
        scorecard,
        measures,
        closing,
        findings,
        rejects,
        accounts,
        stale,
        footprints,
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
    let mut feeds = Feeds { question, extracts, conformed: BTreeMap::new() };
    let mut cleared: BTreeMap<Period, Cleared> = BTreeMap::new();
    for month in closings(&question.calendar, &[question.period]) {
        progress(&format!("conform {month}"));
        let earlier = cleared.last_key_value().map(|(_, earlier)| earlier);
        let now = feeds.clear(month, earlier)?;
        cleared.insert(month, now);
    }
    progress(&format!("measure {}", question.period));
    let frame = Frame { catalogue: question.catalogue, calendar: question.calendar, currency: question.currency };
    Ok(measure::measure(&frame, question.period, &cleared)?)
}

/// The gate's rules, on the feeds and on the figures.
fn judge(
    question: &Question<'_>,
    feeds: &Feeds<'_>,
    closing: &Cleared,
    scorecard: &Scorecard,
    spans: &[(NaiveDate, NaiveDate)],
) -> Result<Judgement, ConformError> {
    let conformed = feeds.conformed.iter().filter_map(|((dataset, standings), outcome)| {
        let night = standings.get(dataset)?.newest;
        let conformed = outcome.as_ref().ok().filter(|conformed| conformed.useless(dataset).is_none())?;
        Some(((dataset.clone(), night), conformed.clone()))
    });
    let evening =
        Evening { contracts: &question.catalogue.contracts, cleared: closing, conformed: &conformed.collect(), spans };
    let mut broken = quality::gate(&question.catalogue.gate, &evening)?;
    broken.extend(results::results(question.catalogue, scorecard));
    let last_day = spans.last().map_or(NaiveDate::MAX, |(_, last_day)| *last_day);
    Ok(quality::judge(&question.catalogue.gate, broken, last_day))
}

/// Each night is conformed once, however many periods it stands for.
struct Feeds<'a> {
    question: &'a Question<'a>,
    extracts: &'a Extracts,
    conformed: BTreeMap<Wanted, Result<Arc<Conformed>, String>>,
}

/// A dataset, and the nights it and the datasets its sources look values up in are made of.
type Wanted = (String, BTreeMap<String, Standing>);

impl Feeds<'_> {
    fn clear(&mut self, month: Period, earlier: Option<&Cleared>) -> Result<Cleared, ConformError> {
        let last_day = self.question.calendar.span(month).last_day;
        let mut feeds = BTreeMap::new();
        for dataset in self.question.catalogue.contracts.keys() {
            feeds.insert(dataset.clone(), self.feed(dataset, last_day));
        }
        quality::clear(&self.question.catalogue.contracts, &feeds, earlier)
    }

    fn feed(&mut self, dataset: &str, last_day: NaiveDate) -> Feed {
        match self.read(dataset, last_day) {
            Ok((conformed, night)) => match conformed.useless(dataset) {
                None => Feed::Present { conformed, night },
                Some(because) => Feed::Missing { because, hint: "correct the export and deliver it again".to_owned() },
            },
            Err(missing) => missing,
        }
    }

    /// What a dataset's files hold as of a day and their newest night, or why there is nothing to read.
    fn read(&mut self, dataset: &str, last_day: NaiveDate) -> Result<(Arc<Conformed>, NaiveDate), Feed> {
        if self.extracts.get(dataset).is_none_or(BTreeMap::is_empty) {
            let because = match self.question.first_nights.get(dataset) {
                Some(first) => format!("`{dataset}` has no night at or before {last_day}: its first is {first}"),
                None => format!("`{dataset}` was not delivered"),
            };
            return Err(Feed::missing(because));
        }
        let mut standings = BTreeMap::new();
        self.standings(dataset, last_day, &mut standings);
        let Some(standing) = standings.get(dataset).cloned() else {
            return Err(Feed::missing(format!("`{dataset}` has no night at or before {last_day}")));
        };
        let night = standing.newest;
        let wanted: Wanted = (dataset.to_owned(), standings);
        if !self.conformed.contains_key(&wanted) {
            let outcome = self.conform(dataset, &standing, last_day);
            self.conformed.insert(wanted.clone(), outcome);
        }
        match &self.conformed[&wanted] {
            Ok(conformed) => Ok((conformed.clone(), night)),
            Err(message) => {
                let (because, hint) = message.split_once("\nhint: ").unwrap_or((message.as_str(), "deliver it again"));
                Err(Feed::Missing { because: because.to_owned(), hint: hint.to_owned() })
            }
        }
    }

    fn conform(&mut self, dataset: &str, standing: &Standing, last_day: NaiveDate) -> Result<Arc<Conformed>, String> {
        let question = self.question;
        let contract = question.catalogue.contract(dataset).ok_or_else(|| format!("`{dataset}` has no contract"))?;
        let is_wanted = |file: &&RawFile| {
            let nights = standing.nights.get(file.source.as_deref().unwrap_or_default());
            nights.is_some_and(|nights| nights.contains(&file.night))
        };
        let files = self.extracts[dataset].values().flatten().filter(is_wanted).cloned().collect::<Vec<_>>();
        let mut tables = BTreeMap::new();
        for other in joined(question.catalogue, dataset) {
            if let Feed::Present { conformed, .. } = self.feed(&other, self.joined_at(dataset, last_day)) {
                tables.insert(other, conformed.table.clone());
            }
        }
        let (currency, zone) = (question.currency.to_owned(), question.calendar.zone);
        let (sources, decoder) = (&question.catalogue.sources, question.decoder);
        let context = conform::Context { currency, zone, sources, tables, decoder };
        let mut conformed = conform::conform(contract, &files, &context).map_err(|error| error.to_string())?;
        for (source, nights) in &standing.silent {
            let last = nights.last().map(ToString::to_string).unwrap_or_default();
            let name = if source.is_empty() { "the canonical extract" } else { source.as_str() };
            let message = format!("{name} is left out: its last night {last} is long before {}", standing.newest);
            let hint = "deliver it again, or remove its files where another source has replaced it";
            conformed.findings.push(Finding::dataset(Level::Error, "source_silent", dataset, message, hint));
        }
        Ok(Arc::new(conformed))
    }

    /// The nights of a dataset and of those its sources look values up in.
    fn standings(&self, dataset: &str, last_day: NaiveDate, standings: &mut BTreeMap<String, Standing>) {
        let catalogue = self.question.catalogue;
        let (Some(contract), Some(nights)) = (catalogue.contract(dataset), self.extracts.get(dataset)) else {
            return;
        };
        let source_of = |file: &RawFile| file.source.clone().unwrap_or_default();
        if let Some(standing) = contract.standing(nights, last_day, &catalogue.sources, source_of) {
            standings.insert(dataset.to_owned(), standing);
        }
        for other in joined(catalogue, dataset) {
            if !standings.contains_key(&other) {
                self.standings(&other, self.joined_at(dataset, last_day), standings);
            }
        }
    }

    /// The history of a ledger is read once for all months, so what it looks up is as of the period's end.
    fn joined_at(&self, dataset: &str, last_day: NaiveDate) -> NaiveDate {
        match self.question.catalogue.contract(dataset).map(|contract| contract.kind) {
            Some(DatasetKind::Ledger) => self.question.calendar.span(self.question.period).last_day,
            Some(DatasetKind::Snapshot | DatasetKind::Reference) | None => last_day,
        }
    }

    /// All that was read as of a month's end, whether or not any row of it can be used.
    fn at(&mut self, month: Period) -> Vec<(String, Arc<Conformed>)> {
        let last_day = self.question.calendar.span(month).last_day;
        let datasets: Vec<String> = self.question.catalogue.contracts.keys().cloned().collect();
        let read = |dataset: String| self.read(&dataset, last_day).ok().map(|(conformed, _)| (dataset, conformed));
        datasets.into_iter().filter_map(read).collect()
    }
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
