//! Release: publish a produced report, deliver it, settle the run. What has been published is never
//! overwritten; a correction is a new revision.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::archive;
use crate::calendar;
use crate::catalogue::Edition;
use crate::conform::Evidence;
use crate::deliver::{
    self, Attachment, Delivery, Envelope, Frozen, Issue, Mailbox, MessageError, Outcome, Reader, Receipt, Spread,
};
use crate::finding::Finding;
use crate::ids::ENTERPRISE;
use crate::io::mail;
use crate::io::store::{Store, StoreError};
use crate::period::Period;
use crate::run::{Computed, Produced, Progress};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Which report, for whom.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    pub edition: &'a Edition,
    pub period: Period,
    /// `ALL` or a business unit.
    pub unit: &'a str,
    /// Instead of the edition's lists.
    pub to: Option<&'a str>,
}

/// What became of a released report.
#[derive(Debug)]
pub struct Released {
    pub receipts: Vec<Receipt>,
    pub findings: Vec<Finding>,
}

/// Why a report is not released.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    #[error(
        "`{edition}` of {period} for `{unit}` is published already, as r{revision}\nhint: nothing was sent; --force-revision publishes a new revision that says RESTATED"
    )]
    Settled { edition: String, period: Period, unit: String, revision: u32 },
    #[error("`--to` is no address: {0}")]
    Address(String),
    #[error("{0}\nhint: add the domain to `mail.domains`, or correct the address; nothing was sent or published")]
    Refused(String),
    #[error("the edition's owner role `{0}` has no member to answer replies\nhint: add one to distribution.toml")]
    NoOwner(String),
    #[error("`mail.from` is no address: {0}")]
    From(String),
    #[error("the run record cannot be written: {0}")]
    Record(String),
    #[error(transparent)]
    Message(#[from] MessageError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The run record, kept beside the documents it speaks of.
#[derive(Serialize)]
struct Record<'a> {
    edition: &'a str,
    period: Period,
    unit: &'a str,
    revision: u32,
    catalogue_version: &'a str,
    /// SHA-256 of each published document.
    documents: BTreeMap<String, String>,
    evidence: &'a [Evidence],
    findings: &'a [Finding],
    receipts: &'a [Receipt],
}

/// The revision to make: the first that is not settled, or with `force` the first that is untouched.
///
/// # Errors
/// The period is settled and no new revision was asked for, or the store does not answer.
pub async fn next_revision(store: &Store, target: &Target<'_>, force: bool) -> Result<u32, ReleaseError> {
    // A report to one address is nobody's issue: it settles nothing and is made whenever asked for.
    if target.to.is_some() {
        return Ok(1);
    }
    let mut revision = 1;
    let mut last = None;
    loop {
        let settled = store.find(&key(target, revision, "run.json")).await?.is_some();
        let touched = settled || store.find(&key(target, revision, "report.pdf")).await?.is_some();
        if settled {
            last = Some(revision);
        }
        // Without force, an issue that was begun and not settled is taken up again.
        if !touched || (!force && !settled && last.is_none()) {
            return match last.filter(|_| !force) {
                None => Ok(revision),
                Some(revision) => Err(ReleaseError::Settled {
                    edition: target.edition.id.clone(),
                    period: target.period,
                    unit: target.unit.to_owned(),
                    revision,
                }),
            };
        }
        revision += 1;
    }
}

fn key(target: &Target<'_>, revision: u32, name: &str) -> String {
    let (edition, unit) = (deliver::safe_name(&target.edition.id), deliver::safe_name(target.unit));
    format!("published/{edition}/{}/{unit}/r{revision}/{name}", target.period)
}

/// Publishes, delivers to every reader, records.
///
/// # Errors
/// The store does not answer, or a mail cannot be made. A reader who cannot be reached is a receipt.
#[expect(
    clippy::too_many_arguments,
    reason = "all that a release is about; nothing among it belongs together elsewhere"
)]
pub async fn release(
    app: &App,
    store: &Store,
    target: &Target<'_>,
    revision: u32,
    computed: &Computed,
    produced: &[Produced],
    now: DateTime<Utc>,
    progress: Progress<'_>,
) -> Result<Released, ReleaseError> {
    let (mut deliveries, mut findings) = plan(app, target, revision, now)?;
    let mut documents = BTreeMap::new();
    let publishes = target.to.is_none();
    if produced.iter().all(|produced| produced.silent) {
        // Kept, so that the next one knows; nobody is told what they know.
        deliveries.clear();
    }
    let frozen = deliveries
        .iter()
        .filter_map(|delivery| Some((delivery, in_language(app, produced, delivery.language.as_deref())?)))
        .map(|(delivery, produced)| freeze(app, target, delivery, produced, now))
        .collect::<Result<Vec<_>, _>>()?;
    for (index, produced) in produced.iter().enumerate().filter(|_| publishes) {
        for (name, bytes) in produced.documents.files() {
            // The reports' own language at the top, the others each in a folder.
            let name = if index == 0 { name.to_owned() } else { format!("{}/{name}", produced.language) };
            progress(&format!("publish {name}"));
            let digest = hex::encode(Sha256::digest(&bytes));
            store.create(&key(target, revision, &name), Bytes::from(bytes)).await?;
            documents.insert(name, digest);
        }
    }
    let mut receipts = Vec::with_capacity(frozen.len());
    for mail in &frozen {
        progress(&format!("deliver to {}", mail.to.masked()));
        receipts.push(mail::deliver(&app.settings.mail, mail).await);
    }
    let noticed = [findings.as_slice(), &computed.findings].concat();
    let record = Record {
        edition: &target.edition.id,
        period: target.period,
        unit: target.unit,
        revision,
        catalogue_version: &app.catalogue.version,
        documents,
        evidence: &computed.evidence,
        findings: &noticed,
        receipts: &receipts,
    };
    // A run that did not reach everybody is not settled: the next attempt sends the same mails again, and
    // an outbox or a mailbox keyed by Message-ID knows those it has.
    let everybody = receipts.iter().all(|receipt| matches!(receipt.outcome, Outcome::Sent | Outcome::Written));
    if everybody && publishes {
        let bytes = serde_json::to_vec_pretty(&record).map_err(|error| ReleaseError::Record(error.to_string()))?;
        store.create(&key(target, revision, "run.json"), Bytes::from(bytes)).await?;
    }
    if publishes {
        findings.extend(archive::after_release(app, store).await);
    }
    Ok(Released { receipts, findings })
}

/// The readers of an edition for one unit: of a burst those limited to it, the others for the enterprise.
#[must_use]
pub fn readers(app: &App, edition: &Edition, unit: &str, on: NaiveDate) -> Vec<Reader> {
    let mut readers = deliver::readers(&app.distribution, &edition.roles, on);
    if edition.burst {
        let is_for = |reader: &Reader| match reader.units.as_slice() {
            [] => unit == ENTERPRISE,
            units => units.iter().any(|own| own == unit),
        };
        readers.retain(is_for);
    }
    readers
}

/// The units an edition is issued for: of a burst those its readers are limited to, the enterprise where a
/// reader has no limit.
#[must_use]
pub fn units(app: &App, edition: &Edition, now: DateTime<Utc>) -> Vec<String> {
    if !edition.burst {
        return vec![ENTERPRISE.to_owned()];
    }
    let on = app.settings.reporting.calendar.date(now);
    let mut units = BTreeSet::new();
    for reader in deliver::readers(&app.distribution, &edition.roles, on) {
        if reader.units.is_empty() {
            units.insert(ENTERPRISE.to_owned());
        }
        units.extend(reader.units);
    }
    units.into_iter().collect()
}

/// The languages a report is made in: the reports' own, then those of its readers.
#[must_use]
pub fn languages(app: &App, target: &Target<'_>, now: DateTime<Utc>) -> Vec<String> {
    let own = app.settings.reporting.language.clone();
    let mut languages = vec![own];
    if target.to.is_none() {
        for reader in readers(app, target.edition, target.unit, app.settings.reporting.calendar.date(now)) {
            let language = language(app, reader.language.as_deref());
            if !languages.contains(&language) {
                languages.push(language);
            }
        }
    }
    languages
}

/// The language of the catalogue for a tag such as `de-AT`; the reports' own where there is none.
fn language(app: &App, tag: Option<&str>) -> String {
    let stem = tag.and_then(|tag| tag.split('-').next()).unwrap_or_default();
    if app.catalogue.languages.contains_key(stem) { stem.to_owned() } else { app.settings.reporting.language.clone() }
}

fn in_language<'a>(app: &App, produced: &'a [Produced], tag: Option<&str>) -> Option<&'a Produced> {
    let language = language(app, tag);
    produced.iter().find(|produced| produced.language == language).or(produced.first())
}

/// Checks who would get it, without making anything.
///
/// # Errors
/// An address that is none or lies outside the allowed domains.
pub fn check_readers(app: &App, target: &Target<'_>, now: DateTime<Utc>) -> Result<(), ReleaseError> {
    plan(app, target, 1, now).map(drop)
}

/// Who gets it, each with the key that makes the delivery the same delivery for ever.
fn plan(
    app: &App,
    target: &Target<'_>,
    revision: u32,
    now: DateTime<Utc>,
) -> Result<(Vec<Delivery>, Vec<Finding>), ReleaseError> {
    let on = app.settings.reporting.calendar.date(now);
    let readers = match target.to {
        None => readers(app, target.edition, target.unit, on),
        Some(text) => {
            let mailbox = text.parse::<Mailbox>().map_err(|error| ReleaseError::Address(error.to_string()))?;
            vec![Reader { mailbox, units: Vec::new(), language: None }]
        }
    };
    let issue = Issue { edition: target.edition.id.clone(), period: target.period.to_string(), revision };
    let mut plan = deliver::plan(&issue, &readers, Spread::Enterprise);
    for delivery in &mut plan.deliveries {
        target.unit.clone_into(&mut delivery.key.scope);
        deliver::permit(&delivery.to.address, &app.settings.mail.domains)
            .map_err(|refused| ReleaseError::Refused(refused.to_string()))?;
    }
    Ok((plan.deliveries, plan.findings))
}

fn freeze(
    app: &App,
    target: &Target<'_>,
    delivery: &Delivery,
    produced: &Produced,
    now: DateTime<Utc>,
) -> Result<Frozen, ReleaseError> {
    let settings = &app.settings.mail;
    let calendar = app.settings.reporting.calendar;
    let on = calendar.date(now);
    let from: Mailbox =
        settings.from.parse().map_err(|error: deliver::AddressError| ReleaseError::From(error.to_string()))?;
    let owner = deliver::owner(&app.distribution, &target.edition.owner, on)
        .ok_or_else(|| ReleaseError::NoOwner(target.edition.owner.clone()))?;
    // The day it was due, not the moment it was sent: a mail made again has the same bytes.
    let due = calendar::due_at(target.edition, &calendar, &app.settings.holidays, target.period);
    let envelope = Envelope {
        from: from.clone(),
        to: delivery.to.clone(),
        owner: owner.clone(),
        date: due.min(now),
        key: delivery.key.clone(),
        run: produced.model.footer.run_id.clone(),
        secret: settings.message_id_key.clone(),
    };
    let attachment = |extension: &str, content_type: &str, bytes: &[u8]| Attachment {
        name: deliver::attachment_name(&delivery.key, extension),
        content_type: content_type.to_owned(),
        bytes: bytes.to_owned(),
    };
    let attachments = [
        attachment("pdf", "application/pdf", &produced.documents.pdf),
        attachment("xlsx", XLSX, &produced.documents.xlsx),
    ];
    Ok(Frozen {
        folder: delivery.key.folder(),
        message_id: deliver::message_id(&delivery.key, &settings.message_id_key, &from.address),
        bytes: deliver::message(&envelope, &produced.documents.mail, &attachments)?,
        from: from.address,
        to: delivery.to.address.clone(),
    })
}
