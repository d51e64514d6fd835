//! Freezing: who gets which documents, decided once.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::letter::attachments;
use super::{ReleaseError, Target, first_run};
use crate::app::App;
use crate::calendar;
use crate::deliver::{
    self, AddressError, Content, Delivery, DeliveryKey, Issue, Mailbox, MessageError, Reader, Spread,
};
use crate::finding::Finding;
use crate::ids::ENTERPRISE;
use crate::io::ledger::{Artefact, ArtefactSet, Claim, Cover, Inputs, Ledger, Picture, Plan, PlannedMail, Shared};
use crate::io::published::Issues;
use crate::quality::UnitTree;
use crate::render::mail::{self, MailBody};
use crate::run::{Computed, Lists, Produced, Share};
use crate::settings::Settings;

/// The readers of an edition that a target is for: of a burst those limited to its unit.
fn readers(lists: &Lists, target: &Target<'_>) -> Result<Vec<Reader>, ReleaseError> {
    if let Some(text) = target.to {
        let mailbox = text.parse::<Mailbox>().map_err(|error| ReleaseError::Address(error.to_string()))?;
        return Ok(vec![Reader { mailbox, units: Vec::new(), language: None, pdf_password_file: None }]);
    }
    // Nobody gets it later whom a role that only the extract has would have named.
    if let Some(why) = lists.unread.as_ref().filter(|_| !lists.undefined(target.edition).is_empty()) {
        return Err(ReleaseError::Unread { edition: target.edition.id.clone(), why: why.clone() });
    }
    let mut readers = deliver::readers(&lists.distribution, &target.edition.roles, lists.on);
    if target.edition.burst && target.unit != ENTERPRISE {
        readers.retain(|reader| reader.units.iter().any(|unit| unit == target.unit));
    }
    Ok(readers)
}

/// The units a target is made for, each with the languages of its readers: of a burst for the enterprise every
/// unit of `known` that readers are limited to, and the enterprise where one is not, or where nothing else is left.
///
/// # Errors
/// `--to` is no address, or a role is only in an extract that cannot be read.
pub fn shares(app: &App, target: &Target<'_>, known: &UnitTree, lists: &Lists) -> Result<Vec<Share>, ReleaseError> {
    let readers = readers(lists, target)?;
    let of_burst = target.edition.burst && target.unit == ENTERPRISE && target.to.is_none();
    let mut units: BTreeSet<String> = BTreeSet::new();
    if of_burst {
        for reader in &readers {
            let unlimited = reader.units.is_empty().then(|| ENTERPRISE.to_owned());
            units.extend(reader.units.iter().cloned().chain(unlimited));
        }
        // One that does not exist is told when it is decided who gets what; the others get theirs.
        let levels = known.all_levels();
        units.retain(|unit| levels.contains(unit));
        if units.is_empty() {
            units.insert(ENTERPRISE.to_owned());
        }
    } else {
        units.insert(target.unit.to_owned());
    }
    let share = |unit: String| {
        let mut languages = vec![app.settings.reporting.language.clone()];
        for reader in &readers {
            let sees = !of_burst || reader.units.contains(&unit) || (reader.units.is_empty() && unit == ENTERPRISE);
            let language = app.language(reader.language.as_deref());
            if sees && !languages.iter().any(|known| known == language) {
                languages.push(language.to_owned());
            }
        }
        Share { unit, languages }
    };
    Ok(units.into_iter().map(share).collect())
}

/// A run that is being frozen: its readers are known, and each of its packs goes into the store as soon as it is made.
pub struct Freezing<'a> {
    app: &'a App,
    ledger: &'a Ledger,
    claim: &'a Claim,
    target: &'a Target<'a>,
    lists: &'a Lists,
    from: Mailbox,
    owner: Mailbox,
    mails: Vec<PlannedMail>,
    findings: Vec<Finding>,
}

/// A pack whose documents lie in the store.
pub struct Staged {
    set: ArtefactSet,
    issues: Issues,
    silent: bool,
}

impl<'a> Freezing<'a> {
    /// Decides who gets which of the packs.
    ///
    /// # Errors
    /// An address that may not be written to, or an edition without an owner.
    pub fn of(
        app: &'a App,
        ledger: &'a Ledger,
        claim: &'a Claim,
        target: &'a Target<'a>,
        shares: &[Share],
        lists: &'a Lists,
    ) -> Result<Self, ReleaseError> {
        let scopes: Vec<&str> = shares.iter().map(|share| share.unit.as_str()).collect();
        let (deliveries, findings) = deliveries(app, target, claim.run().revision, &scopes, lists)?;
        let planned = deliveries.into_iter().map(|delivery| planned(app, shares, delivery));
        let mails = planned.collect::<Result<Vec<PlannedMail>, _>>()?;
        let (from, owner) = correspondents(app, target, lists)?;
        Ok(Self { app, ledger, claim, target, lists, from, owner, mails, findings })
    }

    /// Puts a pack where the plan can name it by its content: a worker that dies before the plan is written leaves
    /// nothing that another one could trip over.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn stage(&self, pack: &Produced) -> Result<Staged, ReleaseError> {
        let mails = self.mails.iter().filter(|mail| mail.key.scope == pack.unit && mail.language == pack.language);
        // Nobody is told what they know.
        let mails: Vec<&PlannedMail> = mails.filter(|_| !pack.silent).collect();
        let is_locked = mails.iter().any(|mail| mail.password_file.is_some());
        let cover = if is_locked { Some(cover(self.app, pack)?) } else { None };
        let open: Vec<&&PlannedMail> = mails.iter().filter(|mail| mail.password_file.is_none()).collect();
        // One reader alone shares with nobody. Parts that are none are told when the mail is made.
        let content = match open.as_slice() {
            [first, _, ..] => content(pack, &first.key).ok(),
            [] | [_] => None,
        };
        let set = stage(self.ledger, self.claim, pack, cover, content).await?;
        Ok(Staged { set, issues: pack.issues.clone(), silent: pack.silent })
    }

    /// Freezes documents and recipients; gives the plan another worker has frozen before, where there is one.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn freeze(self, computed: &Computed, packs: Vec<Staged>) -> Result<Plan, ReleaseError> {
        let Self { app, ledger, claim, target, lists, from, owner, mut mails, mut findings } = self;
        let run = claim.run();
        // Kept, so that the next one knows, and sent to nobody.
        let news: BTreeSet<&str> =
            packs.iter().filter(|pack| !pack.silent).map(|pack| pack.set.scope.as_str()).collect();
        mails.retain(|mail| news.contains(mail.key.scope.as_str()));
        findings.extend(computed.findings.iter().cloned());
        let calendar = app.settings.reporting.calendar;
        let plan = Plan {
            run: run.to_string(),
            token: claim.token().to_owned(),
            planned_at: lists.at,
            due: calendar::due_at(target.edition, &calendar, &app.settings.holidays, target.period),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            catalogue_version: app.catalogue.version.clone(),
            settings: settings_fingerprint(app),
            needs_approval: target.edition.approval,
            from: written(&from),
            owner: written(&owner),
            inputs: Inputs {
                evidence: computed.evidence.clone(),
                first_nights: computed.first_nights.clone(),
                findings: computed.listing.clone(),
                issues: packs.iter().map(|pack| (pack.set.scope.clone(), pack.issues.clone())).collect(),
            },
            sets: packs.into_iter().map(|pack| pack.set).collect(),
            mails,
            findings,
        };
        Ok(ledger.settle_on(&run.key("plan.json"), plan).await?)
    }
}

/// Checks who would get it, without making anything.
///
/// # Errors
/// An address that is none or lies outside the allowed domains.
pub fn check_readers(app: &App, target: &Target<'_>, now: DateTime<Utc>) -> Result<(), ReleaseError> {
    deliveries(app, target, 1, &[target.unit], &Lists::built_in(app, now)).map(drop)
}

/// SHA-256 over the settings that figures and documents depend on.
#[must_use]
pub fn settings_fingerprint(app: &App) -> String {
    let Settings { reporting, constants, holidays, limits, .. } = &app.settings;
    let text = format!("{reporting:?}\n{constants:?}\n{holidays:?}\n{limits:?}");
    hex::encode(Sha256::digest(text))
}

/// Who gets it, each with the key that makes the delivery the same delivery for ever.
pub(super) fn deliveries(
    app: &App,
    target: &Target<'_>,
    revision: u32,
    scopes: &[&str],
    lists: &Lists,
) -> Result<(Vec<Delivery>, Vec<Finding>), ReleaseError> {
    let readers = readers(lists, target)?;
    let run = first_run(target);
    let issue = Issue { edition: run.edition, period: run.period.to_string(), revision };
    let is_burst = target.edition.burst && target.unit == ENTERPRISE && target.to.is_none();
    let units: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let spread = if is_burst { Spread::Burst { units: &units } } else { Spread::Enterprise };
    let mut plan = deliver::plan(&issue, &readers, spread);
    for delivery in &mut plan.deliveries {
        if !is_burst {
            target.unit.clone_into(&mut delivery.key.scope);
        }
        deliver::permit(&delivery.to.address, &app.settings.mail.domains)
            .map_err(|refused| ReleaseError::Refused(refused.to_string()))?;
    }
    if target.to.is_none() {
        plan.findings.extend(lists.undefined(target.edition));
        plan.findings.extend(lists.findings.iter().cloned());
    }
    Ok((plan.deliveries, plan.findings))
}

/// Sender, and the owner who answers replies.
pub(super) fn correspondents(
    app: &App,
    target: &Target<'_>,
    lists: &Lists,
) -> Result<(Mailbox, Mailbox), ReleaseError> {
    let from = app.settings.mail.from.parse().map_err(|error: AddressError| ReleaseError::From(error.to_string()))?;
    let owner = deliver::owner(&lists.distribution, &target.edition.owner, lists.on)
        .ok_or_else(|| ReleaseError::NoOwner(target.edition.owner.clone()))?;
    Ok((from, owner.clone()))
}

fn planned(app: &App, shares: &[Share], delivery: Delivery) -> Result<PlannedMail, ReleaseError> {
    let wanted = app.language(delivery.language.as_deref());
    let share = shares.iter().find(|share| share.unit == delivery.key.scope);
    // A reader whose language is not made reads the reports' own.
    let language = share
        .and_then(|share| share.languages.iter().find(|language| *language == wanted).or(share.languages.first()))
        .ok_or_else(|| ReleaseError::Plan {
            run: delivery.key.to_string(),
            why: format!("there is no report for `{}`", delivery.key.scope),
        })?
        .clone();
    Ok(PlannedMail {
        key: delivery.key,
        address: delivery.to.address,
        name: delivery.to.name,
        language,
        password_file: delivery.pdf_password_file,
    })
}

fn cover(app: &App, pack: &Produced) -> Result<Cover, ReleaseError> {
    let MailBody { subject, html, text, images: _ } = mail::cover(&pack.model, &app.templates)?;
    Ok(Cover { subject, html, text })
}

/// What the mails with these documents have in common.
fn content(pack: &Produced, key: &DeliveryKey) -> Result<Content, MessageError> {
    let documents = &pack.documents;
    let file = |name: &str| match name {
        "report.pdf" => Some(documents.pdf.as_slice()),
        "report.xlsx" => Some(documents.xlsx.as_slice()),
        _ => None,
    };
    Content::of(&documents.mail, &attachments(key, file))
}

async fn stage(
    ledger: &Ledger,
    claim: &Claim,
    pack: &Produced,
    cover: Option<Cover>,
    content: Option<Content>,
) -> Result<ArtefactSet, ReleaseError> {
    let mail = &pack.documents.mail;
    let mut files = Vec::new();
    for (name, bytes) in pack.documents.files() {
        let length = bytes.len() as u64;
        let sha256 = place(ledger, claim, bytes.into()).await?;
        files.push(Artefact { name: name.to_owned(), sha256, bytes: length });
    }
    let mut pictures = Vec::new();
    for image in &mail.images {
        let sha256 = place(ledger, claim, image.png.clone().into()).await?;
        pictures.push(Picture { cid: image.cid.clone(), alt: image.alt.clone(), sha256 });
    }
    let shared = match content {
        Some(content) => {
            let sha256 = place(ledger, claim, content.bytes().clone()).await?;
            Some(Shared { sha256, ends: content.ends().to_vec(), pictures: content.pictures() })
        }
        None => None,
    };
    Ok(ArtefactSet {
        scope: pack.unit.clone(),
        language: pack.language.clone(),
        run: pack.model.footer.run_id.clone(),
        subject: mail.subject.clone(),
        files,
        pictures,
        shared,
        cover,
    })
}

async fn place(ledger: &Ledger, claim: &Claim, bytes: Bytes) -> Result<String, ReleaseError> {
    let sha256 = hex::encode(Sha256::digest(&bytes));
    ledger.store().create(&claim.run().key(&format!("artefacts/{sha256}")), bytes).await?;
    Ok(sha256)
}

/// `Name <a@b>`, as [`Mailbox`] reads it back.
fn written(mailbox: &Mailbox) -> String {
    match &mailbox.name {
        Some(name) => format!("\"{name}\" <{}>", mailbox.address),
        None => mailbox.address.to_string(),
    }
}

/// The documents of a set by name.
pub(super) type Files = BTreeMap<String, Bytes>;
