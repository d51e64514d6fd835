//! Wiring: settings, definitions, templates and the store become one application.

use std::path::Path;

use crate::catalogue::{Catalogue, Edition, Mistake};
use crate::deliver::{Distribution, DistributionError};
use crate::io::definitions::{self, DefinitionsError};
use crate::io::mail::{self, MailError};
use crate::io::store::{self, Store, StoreError};
use crate::measure::{self, Frame};
use crate::period::{Grain, Period};
use crate::quality;
use crate::score;
use crate::settings::{self, Settings, SettingsError};
use crate::templates::{TemplateError, Templates};

/// Everything a command needs, checked.
#[derive(Debug)]
pub struct App {
    pub settings: Settings,
    pub catalogue: Catalogue,
    pub templates: Templates,
    pub distribution: Distribution,
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
    #[error(transparent)]
    Templates(#[from] TemplateError),
    #[error(transparent)]
    Store(#[from] StoreError),
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
    let roles = |edition: &Edition| edition.roles.iter().chain([&edition.owner]).cloned().collect::<Vec<_>>();
    let faults: Vec<_> =
        catalogue.editions.values().flat_map(|edition| distribution.undefined(&roles(edition))).collect();
    if !faults.is_empty() {
        return Err(DistributionError { faults }.into());
    }
    mail::check(&settings.mail.transport)?;
    Ok(App { settings, catalogue, templates, distribution })
}

impl App {
    /// Checks every formula, and plans every fact, measure, list, exception and gate condition against empty
    /// tables.
    ///
    /// # Errors
    /// Every mistake, with file, line and a near name.
    pub fn plan(&self, period: Period) -> Result<(), AppError> {
        let formulas = score::check(&self.catalogue).err().unwrap_or_default();
        let planned = measure::check(&self.frame(), period).err().unwrap_or_default();
        let conditions = quality::check(&self.catalogue).err().unwrap_or_default();
        let mistakes = [formulas, planned, conditions].concat();
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

    /// # Errors
    /// The store's URL is none, or it cannot be opened.
    pub fn store(&self) -> Result<Store, AppError> {
        Ok(store::open(&self.settings.store)?)
    }

    /// The language of the catalogue for a reader's tag such as `de-AT`; the reports' own where there is none.
    #[must_use]
    pub fn language<'a>(&'a self, tag: Option<&str>) -> &'a str {
        let stem = tag.and_then(|tag| tag.split('-').next()).unwrap_or_default();
        self.catalogue.languages.get_key_value(stem).map_or(&self.settings.reporting.language, |(tag, _)| tag)
    }

    /// The newest period of a grain that has ended.
    #[must_use]
    pub fn newest(&self, grain: Grain, now: chrono::DateTime<chrono::Utc>) -> Period {
        self.settings.reporting.calendar.newest_complete(grain, now)
    }
}
