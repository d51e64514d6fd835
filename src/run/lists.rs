//! Lists: who gets reports as of now, of `distribution.toml` and of the `recipients` extract.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::{RunError, by_night, question};
use crate::app::App;
use crate::brief::{self, BriefError};
use crate::catalogue::{Edition, RECIPIENTS};
use crate::deliver::{Allowed, Distribution, Units, withheld};
use crate::finding::{Finding, Level};
use crate::io::pull;
use crate::io::store::Store;
use crate::kept;
use crate::period::Grain;
use crate::quality::{Feed, UnitTree};

/// Who gets reports, looked up once for a run.
#[derive(Debug, Clone)]
pub struct Lists {
    /// When they were looked up.
    pub at: DateTime<Utc>,
    /// The day that memberships are judged by.
    pub on: NaiveDate,
    pub distribution: Distribution,
    /// What is wrong with the extract; none quotes a name or an address.
    pub findings: Vec<Finding>,
    /// Why the extract could not be read.
    pub unread: Option<String>,
}

impl Lists {
    /// Those of `distribution.toml` alone.
    #[must_use]
    pub fn built_in(app: &App, at: DateTime<Utc>) -> Self {
        let (on, distribution) = (app.settings.reporting.calendar.date(at), app.distribution.clone());
        Self { at, on, distribution, findings: Vec::new(), unread: None }
    }

    /// A finding for each role of the edition that no list has.
    #[must_use]
    pub fn undefined(&self, edition: &Edition) -> Vec<Finding> {
        let hint = "add members to distribution.toml or rows to the `recipients` extract, or correct the edition";
        let finding = |fault: crate::deliver::Fault| {
            Finding::dataset(Level::Error, "role_undefined", "distribution", fault.to_string(), hint)
        };
        self.distribution.undefined(&edition.roles).into_iter().map(finding).collect()
    }
}

/// Looks up who gets reports. `seen` is the edition to be sent with the units of its period, to judge the units of
/// readers by.
///
/// # Errors
/// The store does not answer, or the engine fails. An extract that cannot be read is a finding.
pub async fn lists(
    app: &App,
    store: &Store,
    seen: Option<(&Edition, &UnitTree)>,
    at: DateTime<Utc>,
) -> Result<Lists, RunError> {
    let mut lists = Lists::built_in(app, at);
    let Some(contract) = app.catalogue.delivery.get(RECIPIENTS) else { return Ok(lists) };
    let inventory = pull::inventory(store, &app.settings.store.extracts, &app.catalogue).await?;
    if !inventory.nights.contains_key(RECIPIENTS) {
        return Ok(lists);
    }
    let choice = inventory.choose_of(&app.catalogue, &brief::needed(&app.catalogue, RECIPIENTS), &[lists.on]);
    let pulled = pull::pull(store, &inventory, &choice, app.settings.limits.bytes, &|_| ()).await?;
    let (extracts, _) = by_night(pulled.into_iter().map(|extract| (extract.evidence, extract.file)).collect());
    let first_nights = inventory.first_nights();
    let decoders = app.decoders();
    // Nothing about readers is kept.
    let question = question(app, app.newest(Grain::Month, at), &first_nights, &decoders, &kept::Nothing);
    let keys: Vec<String> =
        extracts.values().flat_map(BTreeMap::values).flatten().map(|file| file.key.clone()).collect();
    // The engine must not hold up the runtime's other tasks.
    let feed = tokio::task::block_in_place(|| brief::dataset(&question, &extracts, RECIPIENTS, lists.on));
    match feed {
        Feed::Present { conformed, .. } => {
            let units = seen.map(|(edition, tree)| Units { tree, limit: edition.burst });
            let allowed = Allowed { domains: &app.settings.mail.domains, roles: &used(app), units };
            lists.findings = lists.distribution.add(contract, &conformed, &allowed).map_err(BriefError::Conform)?;
        }
        Feed::Missing { because, hint } => {
            let (because, hint) = (withheld(&because, contract, &keys), withheld(&hint, contract, &keys));
            let message = format!("only distribution.toml says who gets reports: {because}");
            lists.findings.push(Finding::dataset(Level::Error, "recipients_unread", RECIPIENTS, message, hint));
            lists.unread = Some(because);
        }
    }
    Ok(lists)
}

/// The roles that editions, owners of feeds or the lists name.
fn used(app: &App) -> BTreeSet<String> {
    let editions = app.catalogue.editions.values().flat_map(|edition| edition.roles.iter().chain([&edition.owner]));
    let owners = app.catalogue.contracts.values().map(|contract| &contract.owner);
    editions.chain(owners).chain(app.distribution.roles.keys()).cloned().collect()
}
