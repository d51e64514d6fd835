//! Cross-checks of the gate's rules: names that must be defined, limits that must fit their columns.

use std::collections::BTreeSet;

use super::{Check, Head, Outcome, Range, Reference, Rule};
use crate::catalogue::{Catalogue, Column, ColumnType, Contract, Mistake};
use crate::ids::{did_you_mean, near};

pub fn lint(catalogue: &Catalogue, mistakes: &mut Vec<Mistake>) {
    let gate = &catalogue.gate;
    let mut seen = BTreeSet::new();
    for head in gate.heads() {
        if !seen.insert(head.code) {
            mistakes.push(gate.mistake(
                head.code,
                head.code,
                format!("two rules have the code `{}`\nhint: waivers name a rule by its code: rename one", head.code),
            ));
        }
        lint_scope(catalogue, &head, mistakes);
    }
    lint_limits(catalogue, mistakes);
    for rule in &gate.references {
        lint_reference(catalogue, rule, mistakes);
    }
    for rule in &gate.ranges {
        lint_range(catalogue, rule, mistakes);
    }
    for rule in &gate.results {
        lint_outcome(catalogue, rule, mistakes);
    }
    lint_waivers(catalogue, mistakes);
}

fn lint_scope(catalogue: &Catalogue, head: &Head<'_>, mistakes: &mut Vec<Mistake>) {
    let mut say = |needle: &str, message: String| {
        mistakes.push(catalogue.gate.mistake(head.code, needle, format!("rule `{}`: {message}", head.code)));
    };
    let scope = head.scope;
    let datasets = || catalogue.contracts.keys().map(String::as_str);
    for dataset in scope.datasets.iter().chain(&scope.except) {
        if !catalogue.contracts.contains_key(dataset) {
            say(dataset, format!("unknown dataset `{dataset}`{}", did_you_mean(dataset, datasets())));
        }
    }
    let covered: Vec<&Contract> = catalogue
        .contracts
        .values()
        .filter(|contract| scope.datasets.is_empty() || scope.datasets.contains(&contract.dataset))
        .collect();
    let columns: BTreeSet<&str> =
        covered.iter().flat_map(|contract| contract.columns.keys()).map(String::as_str).collect();
    for column in scope.columns.iter().filter(|column| !columns.contains(column.as_str())) {
        say(column, format!("unknown column `{column}`{}", did_you_mean(column, columns.iter().copied())));
    }
    let (mut by_column, mut by_row, mut by_unit) = (false, false, false);
    match head.check {
        Check::Freshness | Check::Volume | Check::Duplicates | Check::Rejects => {}
        Check::Headers | Check::Nulls => by_column = true,
        Check::References | Check::Ranges => (by_column, by_row, by_unit) = (true, true, true),
        Check::Results => by_unit = true,
    }
    for (given, can, field, what) in [
        (!scope.columns.is_empty(), by_column, "columns", "by column"),
        (scope.rows.is_some(), by_row, "rows", "by a condition on rows"),
        (!scope.business_units.is_empty(), by_unit, "business_units", "by business unit"),
    ] {
        if given && !can {
            say(field, format!("this check cannot be limited {what}\nhint: take `{field}` out of its scope"));
        }
    }
    let of_datasets = !(scope.kinds.is_empty() && scope.datasets.is_empty() && scope.except.is_empty());
    if head.check == Check::Results {
        if of_datasets {
            say("scope", "results belong to KPIs, not to datasets\nhint: name them in `kpis`".to_owned());
        }
    } else if !catalogue.contracts.values().any(|contract| scope.covers(contract)) {
        say("scope", "its scope covers no dataset".to_owned());
    }
}

fn lint_limits(catalogue: &Catalogue, mistakes: &mut Vec<Mistake>) {
    let gate = &catalogue.gate;
    let mut say = |code: &str, field: &str, message: &str| {
        mistakes.push(gate.mistake(code, field, format!("rule `{code}`: {message}")));
    };
    for rule in &gate.freshness {
        if rule.limits.days.is_none() && !rule.limits.missing {
            say(&rule.code, "limits", "it needs `days`, or `missing = true`");
        }
    }
    for rule in &gate.volume {
        let (fall, rise) = (rule.limits.fall_percent, rule.limits.rise_percent);
        if fall.is_none() && rise.is_none() {
            say(&rule.code, "limits", "it needs `fall_percent` or `rise_percent`");
        }
        if rule.limits.nights < rule.limits.least_nights || rule.limits.least_nights == 0 {
            say(&rule.code, "nights", "`least_nights` lies between 1 and `nights`");
        }
    }
    for rule in &gate.nulls {
        if rule.limits.nights < rule.limits.least_nights || rule.limits.least_nights == 0 {
            say(&rule.code, "nights", "`least_nights` lies between 1 and `nights`");
        }
    }
    let shares = gate.duplicates.iter().chain(&gate.rejects).map(|rule| (&rule.code, "percent", rule.limits.percent));
    let shares = shares.chain(gate.references.iter().map(|rule| (&rule.code, "percent", rule.limits.percent)));
    let shares = shares.chain(gate.ranges.iter().map(|rule| (&rule.code, "percent", rule.limits.percent)));
    let shares = shares.chain(gate.nulls.iter().map(|rule| (&rule.code, "rise_points", rule.limits.rise_points)));
    let falls = gate.volume.iter().map(|rule| (&rule.code, rule.limits.fall_percent));
    let falls = falls.chain(gate.results.iter().map(|rule| (&rule.code, rule.limits.fall_percent)));
    for (code, field, percent) in shares.chain(falls.filter_map(|(code, fall)| Some((code, "fall_percent", fall?)))) {
        if !(0.0..=100.0).contains(&percent) {
            say(code, field, &format!("`{field}` lies between 0 and 100, not at {percent}"));
        }
    }
}

fn lint_reference(catalogue: &Catalogue, rule: &Rule<Reference>, mistakes: &mut Vec<Mistake>) {
    let mut say = |needle: &str, message: String| {
        mistakes.push(catalogue.gate.mistake(&rule.code, needle, format!("rule `{}`: {message}", rule.code)));
    };
    if rule.scope.columns.is_empty() {
        say("scope", "it needs `columns` in its scope: the ones that refer".to_owned());
    }
    if rule.limits.to.is_empty() {
        say("limits", "`to` names no `dataset.column`".to_owned());
    }
    let known: BTreeSet<String> = catalogue
        .contracts
        .values()
        .flat_map(|contract| contract.columns.keys().map(|column| format!("{}.{column}", contract.dataset)))
        .collect();
    for to in rule.limits.to.iter().filter(|to| !known.contains(*to)) {
        say(to, format!("unknown column `{to}`{}", did_you_mean(to, known.iter().map(String::as_str))));
    }
    for (contract, column, definition) in meant(catalogue, &rule.scope.columns, |contract| rule.scope.covers(contract))
    {
        if !is_text(definition.kind) {
            say(column, format!("`{}.{column}` is no text and refers to nothing", contract.dataset));
        }
    }
}

fn lint_range(catalogue: &Catalogue, rule: &Rule<Range>, mistakes: &mut Vec<Mistake>) {
    let mut say = |needle: &str, message: String| {
        mistakes.push(catalogue.gate.mistake(&rule.code, needle, format!("rule `{}`: {message}", rule.code)));
    };
    let limits = &rule.limits;
    let numbers = limits.low.is_some() || limits.high.is_some();
    let dates = limits.earliest.is_some() || limits.days_ahead.is_some();
    if rule.scope.columns.is_empty() {
        say("scope", "it needs `columns` in its scope".to_owned());
    }
    if numbers == dates {
        say("limits", "it needs `low` or `high` for numbers, or `earliest` or `days_ahead` for dates".to_owned());
    }
    if limits.low.zip(limits.high).is_some_and(|(low, high)| low > high) {
        say("low", "`low` lies above `high`".to_owned());
    }
    for (contract, column, definition) in meant(catalogue, &rule.scope.columns, |contract| rule.scope.covers(contract))
    {
        let fits = match definition.kind {
            ColumnType::Int | ColumnType::Number | ColumnType::Money | ColumnType::Rate => numbers,
            ColumnType::Date | ColumnType::Stamp => dates,
            ColumnType::Text
            | ColumnType::Serial
            | ColumnType::Enum
            | ColumnType::Currency
            | ColumnType::Month
            | ColumnType::Bool => false,
        };
        if !fits {
            say(column, format!("its limits do not fit the type of `{}.{column}`", contract.dataset));
        }
    }
}

/// The columns of a scope where its datasets have them.
fn meant<'a>(
    catalogue: &'a Catalogue,
    columns: &'a [String],
    covers: impl Fn(&Contract) -> bool + 'a,
) -> impl Iterator<Item = (&'a Contract, &'a String, &'a Column)> {
    catalogue
        .contracts
        .values()
        .filter(move |contract| covers(contract))
        .flat_map(move |contract| columns.iter().filter_map(move |c| Some((contract, c, contract.columns.get(c)?))))
}

fn is_text(kind: ColumnType) -> bool {
    match kind {
        ColumnType::Text | ColumnType::Serial | ColumnType::Enum | ColumnType::Currency | ColumnType::Month => true,
        ColumnType::Int
        | ColumnType::Number
        | ColumnType::Money
        | ColumnType::Rate
        | ColumnType::Date
        | ColumnType::Stamp
        | ColumnType::Bool => false,
    }
}

fn lint_outcome(catalogue: &Catalogue, rule: &Rule<Outcome>, mistakes: &mut Vec<Mistake>) {
    let mut say = |needle: &str, message: String| {
        mistakes.push(catalogue.gate.mistake(&rule.code, needle, format!("rule `{}`: {message}", rule.code)));
    };
    let limits = &rule.limits;
    if limits.kpis.is_empty() {
        say("limits", "`kpis` names none".to_owned());
    }
    if [limits.low, limits.high, limits.fall_percent, limits.rise_percent].iter().all(Option::is_none) {
        say("limits", "it needs `low`, `high`, `fall_percent` or `rise_percent`".to_owned());
    }
    for id in &limits.kpis {
        let Some(kpi) = catalogue.kpi(id) else {
            let known = catalogue.kpis.iter().map(|kpi| kpi.id.as_str());
            say(id, format!("unknown KPI `{id}`{}", did_you_mean(id, known)));
            continue;
        };
        if !limits.companion.is_empty() && !kpi.companions.contains_key(&limits.companion) {
            let hint = did_you_mean(&limits.companion, kpi.companions.keys().map(String::as_str));
            say(&limits.companion, format!("`{id}` has no companion `{}`{hint}", limits.companion));
        }
    }
}

fn lint_waivers(catalogue: &Catalogue, mistakes: &mut Vec<Mistake>) {
    let gate = &catalogue.gate;
    let heads = gate.heads();
    for waiver in &gate.waivers {
        let mut say = |needle: &str, message: String| {
            mistakes.push(gate.mistake_at("rule", &waiver.rule, needle, message));
        };
        let Some(head) = heads.iter().find(|head| head.code == waiver.rule) else {
            let hint = did_you_mean(&waiver.rule, heads.iter().map(|head| head.code));
            say(&waiver.rule, format!("a waiver of the unknown rule `{}`{hint}", waiver.rule));
            continue;
        };
        if waiver.reason.trim().is_empty() {
            say("reason", format!("the waiver of `{}` gives no reason", waiver.rule));
        }
        let known: Vec<&str> = if head.check == Check::Results {
            catalogue.kpis.iter().map(|kpi| kpi.id.as_str()).collect()
        } else {
            catalogue.contracts.keys().map(String::as_str).collect()
        };
        if let Some(dataset) = waiver.dataset.as_deref().filter(|dataset| !known.contains(dataset)) {
            let what = if head.check == Check::Results { "KPI" } else { "dataset" };
            let hint = near(dataset, known).map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"));
            say(dataset, format!("the waiver of `{}` names the unknown {what} `{dataset}`{hint}", waiver.rule));
        }
    }
}
