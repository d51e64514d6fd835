//! Wiring: settings, definitions, templates and the store become one application.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::calendar::{self, Due};
use crate::catalogue::{Catalogue, Edition, EditionKind, Mistake};
use crate::conform;
use crate::deliver::{
    AddressError, Distribution, DistributionError, DkimError, Fault, Mailbox, Refused, Signer, permit,
};
use crate::ids::did_you_mean;
use crate::io::audit;
use crate::io::decoder::Decoders;
use crate::io::definitions::{self, DefinitionsError};
use crate::io::ledger::{Ledger, LedgerError};
use crate::io::mail::{self, MailError};
use crate::io::store::{self, Store, StoreError};
use crate::measure::{self, Frame};
use crate::period::{Grain, Period};
use crate::quality;
use crate::score;
use crate::secret::Secret;
use crate::settings::{self, Dkim, Settings, SettingsError};
use crate::templates::{TemplateError, Templates};

/// Everything a command needs, checked.
#[derive(Debug)]
pub struct App {
    pub settings: Settings,
    pub catalogue: Catalogue,
    pub templates: Templates,
    pub distribution: Distribution,
    /// Passwords of mailed PDFs, by the file that a distribution list names.
    pub passwords: BTreeMap<String, Secret>,
    /// This program, to decode files in a process of its own; in this one without.
    pub decoder: Option<PathBuf>,
    /// Signs mails, where `mail.dkim` says so.
    pub signer: Option<Arc<Signer>>,
}

/// Why the application cannot start.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Definitions(#[from] DefinitionsError),
    #[error("the definitions have mistakes:\n{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Catalogue(Vec<Mistake>),
    #[error(transparent)]
    Distribution(#[from] DistributionError),
    #[error(transparent)]
    Mail(#[from] MailError),
    #[error("`mail.from` is no address: {0}")]
    From(AddressError),
    #[error(transparent)]
    Dkim(#[from] DkimError),
    #[error("`audit.address`: {0}")]
    Audit(Refused),
    #[error(transparent)]
    Templates(#[from] TemplateError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Loads and checks settings, definitions and templates; opens nothing.
///
/// # Errors
/// Every fault of the first layer that has any.
pub fn load(file: Option<&Path>, environment: impl IntoIterator<Item = (String, String)>) -> Result<App, AppError> {
    let settings = settings::load(file, environment)?;
    let files = definitions::read(settings.definitions.as_deref())?;
    let catalogue = Catalogue::load(&files).map_err(AppError::Catalogue)?;
    let templates = Templates::load(&definitions::folder(settings.templates.as_deref())?)?;
    let lists = files.get("distribution.toml").map_or("", String::as_str);
    let distribution = Distribution::parse(lists, &settings.mail.domains)?;
    let known = || catalogue.editions.keys().map(String::as_str);
    let strangers = settings.worker.editions.iter().filter(|id| !catalogue.editions.contains_key(*id));
    let faults: Vec<_> = strangers
        .map(|id| settings::Fault {
            key: "worker.editions".to_owned(),
            message: format!("there is no edition `{id}`{}", did_you_mean(id, known())),
        })
        .collect();
    if !faults.is_empty() {
        return Err(SettingsError { faults }.into());
    }
    mail::check(&settings.mail.transport)?;
    if let Some(mailbox) = &settings.mail.audit {
        audit::check(mailbox)?;
        permit(&mailbox.address, &settings.mail.domains).map_err(AppError::Audit)?;
    }
    let passwords = passwords(&distribution)?;
    let signer = match &settings.mail.dkim {
        Some(Dkim { domain, selector, key }) => {
            let from: Mailbox = settings.mail.from.parse().map_err(AppError::From)?;
            Some(Arc::new(Signer::new(domain, selector, key, &from.address)?))
        }
        None => None,
    };
    Ok(App { settings, catalogue, templates, distribution, passwords, decoder: None, signer })
}

/// Fewer characters are guessed too soon: whoever has the mail may try for ever.
const SHORTEST_PASSWORD: usize = 12;

/// The passwords of mailed PDFs.
fn passwords(distribution: &Distribution) -> Result<BTreeMap<String, Secret>, DistributionError> {
    let (mut passwords, mut faults) = (BTreeMap::new(), Vec::new());
    for (role, entries) in &distribution.roles {
        for (index, file) in
            entries.iter().enumerate().filter_map(|(at, entry)| Some((at, entry.pdf_password_file.as_ref()?)))
        {
            let read = std::fs::read_to_string(file).map_err(|error| format!("`{file}` cannot be read: {error}"));
            let password = read.map(|text| Secret::new(text.trim())).and_then(|password| {
                let is_short = password.expose().chars().count() < SHORTEST_PASSWORD;
                if is_short {
                    Err(format!("`{file}` holds fewer than {SHORTEST_PASSWORD} characters"))
                } else {
                    Ok(password)
                }
            });
            match password {
                Ok(password) => drop(passwords.insert(file.clone(), password)),
                Err(message) => {
                    faults.push(Fault { place: format!("roles.{role}[{index}].pdf_password_file"), message });
                }
            }
        }
    }
    if faults.is_empty() { Ok(passwords) } else { Err(DistributionError { faults }) }
}

impl App {
    /// Checks every formula, and plans every fact, measure, list, exception, gate condition and source against
    /// empty tables.
    ///
    /// # Errors
    /// Every mistake, with file, line and a near name.
    pub fn plan(&self, period: Period) -> Result<(), AppError> {
        let formulas = score::check(&self.catalogue).err().unwrap_or_default();
        let planned = measure::check(&self.frame(), period).err().unwrap_or_default();
        let conditions = quality::check(&self.catalogue).err().unwrap_or_default();
        let sources = self
            .catalogue
            .sources
            .values()
            .filter_map(|source| Some(conform::check(source, self.catalogue.contract(&source.dataset)?)));
        let mistakes = [formulas, planned, conditions, sources.flatten().collect()].concat();
        if mistakes.is_empty() { Ok(()) } else { Err(AppError::Catalogue(mistakes)) }
    }

    /// What is measured, and in which calendar and currency.
    #[must_use]
    pub fn frame(&self) -> Frame<'_> {
        Frame {
            catalogue: &self.catalogue,
            calendar: self.settings.reporting.calendar,
            currency: &self.settings.reporting.currency,
        }
    }

    /// The decoders of one run.
    #[must_use]
    pub fn decoders(&self) -> Decoders {
        Decoders::new(self.decoder.as_deref(), &self.settings.limits)
    }

    /// # Errors
    /// The store's URL is none, or it cannot be opened.
    pub fn store(&self) -> Result<Store, AppError> {
        Ok(store::open(&self.settings.store)?)
    }

    /// The editions produced when they are due. A notice is made when a report is held, not on a day.
    pub fn scheduled(&self) -> impl Iterator<Item = &Edition> {
        let wanted = &self.settings.worker.editions;
        self.catalogue.editions.values().filter(move |edition| {
            edition.kind != EditionKind::Notice && (wanted.is_empty() || wanted.contains(&edition.id))
        })
    }

    /// Everything the worker owes for the due instants between two times, oldest first.
    #[must_use]
    pub fn owed(&self, since: DateTime<Utc>, now: DateTime<Utc>) -> Vec<(&Edition, Due)> {
        let mut owed = Vec::new();
        for edition in self.scheduled() {
            // What nobody misses after a day or two is not caught up with, nor recorded as missed.
            let since = match edition.due.catch_up_days {
                Some(days) => since.max(now - TimeDelta::days(i64::from(days))),
                None => since,
            };
            let calendar = &self.settings.reporting.calendar;
            let dues = calendar::owed(edition, calendar, &self.settings.holidays, since, now);
            owed.extend(dues.into_iter().map(|due| (edition, due)));
        }
        owed.sort_by(|a, b| (a.1.at, &a.0.id, a.1.period).cmp(&(b.1.at, &b.0.id, b.1.period)));
        owed
    }

    /// The ledger in that store, for this process; nothing is probed yet.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn ledger(&self, store: &Store) -> Result<Ledger, AppError> {
        Ok(Ledger::new(store.clone(), self.settings.worker.lease)?)
    }

    /// The language of the catalogue for a reader's tag such as `de-AT`; the reports' own where there is none.
    #[must_use]
    pub fn language<'a>(&'a self, tag: Option<&str>) -> &'a str {
        let stem = tag.and_then(|tag| tag.split('-').next()).unwrap_or_default();
        self.catalogue.languages.get_key_value(stem).map_or(&self.settings.reporting.language, |(tag, _)| tag)
    }

    /// The newest period of a grain that has ended.
    #[must_use]
    pub fn newest(&self, grain: Grain, now: DateTime<Utc>) -> Period {
        self.settings.reporting.calendar.newest_complete(grain, now)
    }
}
