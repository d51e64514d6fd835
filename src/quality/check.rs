//! Check: the conditions of the gate's rules planned on empty tables, so that a mistake is found at start.

use polars::prelude::*;

use crate::catalogue::{Catalogue, Contract, Mistake};
use crate::conform;
use crate::ids::did_you_mean;

/// Plans every rule's condition on the datasets it covers.
///
/// # Errors
/// Each mistake with its file, line and a near name.
pub fn check(catalogue: &Catalogue) -> Result<(), Vec<Mistake>> {
    let gate = &catalogue.gate;
    let mut mistakes = Vec::new();
    for head in gate.heads() {
        let Some(condition) = &head.scope.rows else { continue };
        for contract in catalogue.contracts.values().filter(|contract| head.scope.covers(contract)) {
            if let Err(cause) = plan(condition, contract) {
                let text = cause.to_string().lines().next().unwrap_or_default().to_owned();
                let missed = text.split(['"', '`', '\'']).nth(1).unwrap_or_default();
                let hint = did_you_mean(missed, contract.columns.keys().map(String::as_str));
                let message = format!("rule `{}` on `{}`: {text}{hint}", head.code, contract.dataset);
                mistakes.push(gate.mistake(head.code, "rows", message));
                break;
            }
        }
    }
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
}

fn plan(condition: &str, contract: &Contract) -> Result<(), conform::ConformError> {
    let keep = polars::sql::sql_expr(condition)?;
    conform::empty(contract)?.lazy().filter(keep).collect()?;
    Ok(())
}
