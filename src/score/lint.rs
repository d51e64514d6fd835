//! Every formula of the catalogue parses and names only what there is.

use std::collections::BTreeSet;

use super::formula::Formula;
use crate::catalogue::{Catalogue, Kpi, Mistake};
use crate::ids::did_you_mean;

/// Names every formula may use beside its KPI's measures and companions.
const CONSTANTS: [&str; 6] =
    ["value", "loaded_hourly_cost", "breach_cost_per_asset", "annual_cost_per_device", "band_low", "band_high"];
const SCOPES: [&str; 3] = ["total", "enterprise", "last_year"];

/// Checks all formulas.
///
/// # Errors
/// Each that is none, or names what does not exist, with a near name.
pub fn check(catalogue: &Catalogue) -> Result<(), Vec<Mistake>> {
    let mistakes: Vec<Mistake> = catalogue.kpis.iter().flat_map(check_kpi).collect();
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
}

fn check_kpi(kpi: &Kpi) -> Vec<Mistake> {
    let known: BTreeSet<&str> =
        kpi.measures.keys().chain(kpi.companions.keys()).map(String::as_str).chain(CONSTANTS).collect();
    let formula = &kpi.formula;
    let mut texts: Vec<(String, &str)> = vec![("formula.numerator".to_owned(), &formula.numerator)];
    let optional = [
        ("formula.denominator", &formula.denominator),
        ("formula.rows", &formula.rows),
        ("formula.coverage", &formula.coverage),
        ("formula.present", &formula.present),
    ];
    texts.extend(optional.into_iter().filter_map(|(place, text)| Some((place.to_owned(), text.as_deref()?))));
    for (name, companion) in &kpi.companions {
        texts.push((format!("companions.{name}.numerator"), &companion.numerator));
        let optional =
            [("denominator", &companion.denominator), ("present", &companion.present), ("impact", &companion.impact)];
        texts.extend(
            optional
                .into_iter()
                .filter_map(|(place, text)| Some((format!("companions.{name}.{place}"), text.as_deref()?))),
        );
    }
    if let Some(impact) = &kpi.impact {
        texts.push(("impact.amount".to_owned(), &impact.amount));
    }
    let mistake =
        |message: String| Mistake { file: format!("config/catalogue/kpis/{}.toml", kpi.id), line: None, message };
    let mut mistakes = Vec::new();
    for (place, text) in texts {
        match Formula::parse(text) {
            Err(error) => mistakes.push(mistake(format!("{place}: {error}"))),
            Ok(parsed) => {
                for name in parsed.names() {
                    if let Some(hint) = unknown(name, &known) {
                        mistakes.push(mistake(format!("{place}: there is no measure or companion `{name}`{hint}")));
                    }
                }
            }
        }
    }
    mistakes
}

/// A near name where a name is unknown; `None` where it is known.
fn unknown(name: &str, known: &BTreeSet<&str>) -> Option<String> {
    let (scope, bare) = name.split_once('.').map_or((None, name), |(scope, bare)| (Some(scope), bare));
    match scope {
        Some(scope) if !SCOPES.contains(&scope) => Some(did_you_mean(scope, SCOPES)),
        Some(_) | None if known.contains(bare) => None,
        Some(_) | None => Some(did_you_mean(bare, known.iter().copied())),
    }
}
