//! Report: a scorecard and an edition become one model in which every figure is already words.

pub mod model;

mod actions;
mod budget;
mod kpi_rows;
mod message;
mod sheets;
mod tables;
mod totals;
mod trust;
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
use crate::templates::{TemplateError, Templates};

pub use model::*;
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
    let mut blocks = Vec::new();
    for section in &material.edition.sections {
        match section {
            Section::Message => blocks.push(message::message(material, &words, &totals, templates)?),
            Section::Money => blocks.push(message::tiles(material, &words, &totals)),
            Section::Trust => blocks.push(trust::trust(material, &words)),
            Section::Kpis => blocks.push(kpi_rows::block(material, &words, &rows)),
            Section::MoneyBridge => blocks.push(totals::bridge(material, &words, &totals)),
            Section::Budget => blocks.extend(budget::budget(material, &words)),
            Section::List(name) => blocks.extend(tables::list(material, &words, name)),
            Section::Exceptions => blocks.extend(tables::exceptions(material, &words)),
            Section::Actions => blocks.push(actions::actions(material, &words, templates)?),
            Section::Findings => blocks.push(tables::findings(material, &words)),
        }
    }
    Ok(ReportModel {
        head: message::head(material, &words, &totals, templates)?,
        blocks,
        footer: trust::footer(material, &words),
        sheets: sheets::sheets(material, &words),
        labels: words.labels(),
    })
}
