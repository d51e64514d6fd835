//! Names: what somebody asked for by name, or a word on what there is.

use super::RunError;
use crate::app::App;
use crate::brief::Figures;
use crate::catalogue::{Edition, Kpi};
use crate::ids::did_you_mean;
use crate::period::Period;

/// The edition of a name.
///
/// # Errors
/// There is none.
pub fn edition<'a>(app: &'a App, name: &str) -> Result<&'a Edition, RunError> {
    app.catalogue.editions.get(name).ok_or_else(|| RunError::Edition {
        name: name.to_owned(),
        hint: near_or_all(name, app.catalogue.editions.keys().map(String::as_str)),
    })
}

/// The KPI of a name.
///
/// # Errors
/// There is none.
pub fn kpi<'a>(app: &'a App, name: &str) -> Result<&'a Kpi, RunError> {
    app.catalogue.kpi(name).ok_or_else(|| RunError::Kpi {
        name: name.to_owned(),
        hint: did_you_mean(name, app.catalogue.kpis.iter().map(|kpi| kpi.id.as_str())),
    })
}

/// Whether there is such a unit in the period.
///
/// # Errors
/// The unit is none.
pub fn check_unit(figures: &Figures, unit: &str, period: Period) -> Result<(), RunError> {
    let levels = figures.scorecard.units.all_levels();
    if levels.iter().any(|level| level == unit) {
        return Ok(());
    }
    let hint = near_or_all(unit, levels.iter().map(String::as_str));
    Err(RunError::Unit { name: unit.to_owned(), period, hint })
}

/// The name that was meant, else all there are.
fn near_or_all<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let near = did_you_mean(name, known.clone());
    if near.is_empty() { format!("\nhint: there are {}", known.collect::<Vec<_>>().join(", ")) } else { near }
}
