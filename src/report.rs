//! Report: a scorecard and an edition become one model in which every figure is already words.

pub mod model;

mod actions;
mod ages;
mod behaviour;
mod budget;
mod cost;
mod crossings;
mod definitions;
mod feeds;
mod heat;
mod kpi_rows;
mod message;
mod outlook;
mod restated;
mod sheets;
mod tables;
mod totals;
mod trends;
mod trust;
mod variance;
mod wording;
mod words;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::catalogue::{Catalogue, Edition, Language, Section};
use crate::conform::{Account, Evidence, Reject};
use crate::finding::Finding;
use crate::measure::RowTable;
use crate::period::Calendar;
use crate::score::Scorecard;
use crate::score::crossing::Crossing;
use crate::score::restate::Restatement;
use crate::templates::{TemplateError, Templates};

pub use model::*;
pub use outlook::{outlook, period_words};
use words::Words;

/// Everything a report is composed of.
#[derive(Debug, Clone, Copy)]
pub struct Material<'a> {
    pub catalogue: &'a Catalogue,
    pub edition: &'a Edition,
    pub language: &'a Language,
    pub scorecard: &'a Scorecard,
    /// The edition's lists, by name.
    pub lists: &'a BTreeMap<String, RowTable>,
    /// Exception rows, by KPI.
    pub exceptions: &'a BTreeMap<String, RowTable>,
    pub findings: &'a [Finding],
    pub rejects: &'a [(String, Reject)],
    pub accounts: &'a BTreeMap<String, Account>,
    pub evidence: &'a [Evidence],
    /// Newest night of each present feed as of the period's end.
    pub nights: &'a BTreeMap<String, NaiveDate>,
    /// Snapshots too old for the period, with their age in days at its end.
    pub stale: &'a BTreeMap<String, i64>,
    /// Missing feeds and why.
    pub missing: &'a BTreeMap<String, String>,
    pub calendar: Calendar,
    pub currency: &'a str,
    pub organisation: &'a str,
    /// `ALL` or a business unit.
    pub scope: &'a str,
    /// e.g. `cfo-monthly/2026-10/ALL/r1`.
    pub run_id: &'a str,
    /// `Final`, `PROVISIONAL` or `RESTATED`.
    pub state: &'a str,
    /// Published figures that are other ones now.
    pub restatements: &'a [Restatement],
    /// Figures that crossed their target, for editions that tell them.
    pub crossings: &'a [Crossing],
    /// Why the data gate does not let a report pass, or lets it pass only provisionally.
    pub because: &'a [String],
}

/// Why a report cannot be composed.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error(transparent)]
    Wording(#[from] TemplateError),
}

/// Composes the edition's sections in their order.
///
/// # Errors
/// A wording template fails.
pub fn report(material: &Material<'_>, templates: &Templates) -> Result<ReportModel, ReportError> {
    let words = Words::new(material);
    let rows = kpi_rows::rows(material, &words, templates)?;
    let totals = totals::totals(material);
    let page = Page { material, words: &words, templates, rows: &rows, totals: &totals };
    let mut blocks = Vec::new();
    for section in &material.edition.sections {
        blocks.extend(page.section(section)?);
    }
    let appendix = blocks.len();
    for section in &material.edition.appendix {
        blocks.extend(page.section(section)?);
    }
    Ok(ReportModel {
        head: message::head(material, &words, &totals, &rows, templates)?,
        appendix: (appendix < blocks.len()).then_some(appendix),
        page_budget: material.edition.pages as usize,
        blocks,
        footer: trust::footer(material, &words),
        sheets: sheets::sheets(material, &words),
        labels: words.labels(),
    })
}

/// What sections are composed from.
struct Page<'a> {
    material: &'a Material<'a>,
    words: &'a Words<'a>,
    templates: &'a Templates,
    rows: &'a [kpi_rows::Ranked],
    totals: &'a totals::Totals,
}

impl Page<'_> {
    fn section(&self, section: &Section) -> Result<Vec<Block>, ReportError> {
        let Self { material, words, templates, rows, totals } = *self;
        Ok(match section {
            Section::Message => vec![message::message(material, words, totals, rows, templates)?],
            Section::Money => vec![message::tiles(material, words, totals)],
            Section::Trust => vec![trust::trust(material, words)],
            Section::Kpis => vec![kpi_rows::block(material, words, rows)],
            Section::MoneyBridge => vec![totals::bridge(material, words, totals)],
            Section::Budget => budget::budget(material, words),
            Section::List(name) => tables::list(material, words, name).into_iter().collect(),
            Section::Exceptions => tables::exceptions(material, words),
            Section::Actions => vec![actions::actions(material, words, rows)],
            Section::Decisions => vec![actions::decisions(material, words, rows)],
            Section::Findings => vec![tables::findings(material, words)],
            Section::Variance => variance::variance(material, words),
            Section::Trends => trends::trends(material, words),
            Section::HeatMap => heat::heat_map(material, words).into_iter().collect(),
            Section::Age => ages::ages(material, words),
            Section::Cost => cost::cost(material, words).into_iter().collect(),
            Section::Restatements => restated::restated(material, words).into_iter().collect(),
            Section::Definitions => vec![definitions::definitions(material, words)],
            Section::Crossings => vec![crossings::crossings(material, words)],
            Section::Feeds => feeds::feeds(material, words),
        })
    }
}
