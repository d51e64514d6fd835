//! Wiring: settings, definitions, templates and the store become one application.

use std::path::Path;

use crate::catalogue::{Catalogue, Mistake};
use crate::io::definitions::{self, DefinitionsError};
use crate::io::store::{self, Store, StoreError};
use crate::measure::{self, Frame};
use crate::period::{Grain, Period};
use crate::settings::{self, Settings, SettingsError};
use crate::templates::{TemplateError, Templates};

/// Everything a command needs, checked.
#[derive(Debug)]
pub struct App {
    pub settings: Settings,
    pub catalogue: Catalogue,
    pub templates: Templates,
    /// Text of `distribution.toml`.
    pub distribution: String,
}

/// Why the application cannot start.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error("the settings have faults:\n{0}")]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Definitions(#[from] DefinitionsError),
    #[error("the definitions have mistakes:\n{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Catalogue(Vec<Mistake>),
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
    let distribution = files.get("distribution.toml").cloned().unwrap_or_default();
    Ok(App { settings, catalogue, templates, distribution })
}

impl App {
    /// Plans every fact, measure, list and exception against empty tables.
    ///
    /// # Errors
    /// Every mistake, with file, line and a near name.
    pub fn plan(&self, period: Period) -> Result<(), AppError> {
        measure::check(&self.frame(), period).map_err(AppError::Catalogue)
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

    /// The newest period of a grain that has ended.
    #[must_use]
    pub fn newest(&self, grain: Grain, now: chrono::DateTime<chrono::Utc>) -> Period {
        self.settings.reporting.calendar.newest_complete(grain, now)
    }
}
