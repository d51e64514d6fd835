//! Cross-checks over the whole catalogue: every name that is used must be defined.

use std::collections::BTreeSet;

use super::{Catalogue, Contract, Files, Mistake, Op, RECIPIENTS, Section, expand, line_of};
use crate::ids::did_you_mean;

/// Macros the measuring stage fills in; see `measure::plan`.
pub const PERIOD_MACROS: [&str; 12] = [
    "start",
    "end",
    "start_date",
    "last_day",
    "end_date",
    "months",
    "back",
    "back_date",
    "months_before",
    "after",
    "month",
    "days_after",
];

pub fn lint(catalogue: &Catalogue, files: &Files, mistakes: &mut Vec<Mistake>) {
    lint_delivery(catalogue, files, mistakes);
    lint_facts(catalogue, files, mistakes);
    lint_windows(catalogue, mistakes);
    for kpi in &catalogue.kpis {
        lint_kpi(catalogue, kpi, files, mistakes);
    }
    for (name, edition) in &catalogue.editions {
        let path = format!("editions/{name}.toml");
        for section in edition.sections.iter().chain(&edition.appendix) {
            if let Section::List(list) = section
                && !edition.lists.contains_key(list)
            {
                let hint = did_you_mean(list, edition.lists.keys().map(String::as_str));
                mistakes.push(at(files, &path, list, format!("unknown list `{list}`{hint}")));
            }
        }
        if edition.due.working_day.is_some() == edition.due.day.is_some() {
            let message = "`due` needs either `working_day` or `day`".to_owned();
            mistakes.push(at(files, &path, "due", message));
        }
        for list in edition.lists.values().filter(|list| !catalogue.facts.contains_key(&list.fact)) {
            let hint = did_you_mean(&list.fact, catalogue.facts.keys().map(String::as_str));
            mistakes.push(at(files, &path, &list.fact, format!("unknown fact `{}`{hint}", list.fact)));
        }
        for id in edition.kpis.iter().chain(&edition.trends).chain(&edition.heat) {
            if catalogue.kpi(id).is_none() {
                let known = catalogue.kpis.iter().map(|kpi| kpi.id.as_str());
                mistakes.push(at(files, &path, id, format!("unknown KPI `{id}`{}", did_you_mean(id, known))));
            }
        }
    }
}

/// Who gets reports is in one dataset only, and in no figure.
fn lint_delivery(catalogue: &Catalogue, files: &Files, mistakes: &mut Vec<Mistake>) {
    let is_for_one = |contract: &&Contract| contract.delivery == (contract.dataset == RECIPIENTS);
    for contract in catalogue.contracts.values().chain(catalogue.delivery.values()).filter(|one| !is_for_one(one)) {
        let path = format!("contracts/{}.toml", contract.dataset);
        let message = if contract.delivery {
            format!("only `{RECIPIENTS}` says who gets reports: take out `delivery`")
        } else {
            format!("`{RECIPIENTS}` says who gets reports\nhint: add delivery = true")
        };
        mistakes.push(at(files, &path, "delivery", message));
    }
}

fn lint_facts(catalogue: &Catalogue, files: &Files, mistakes: &mut Vec<Mistake>) {
    let tables: Vec<&str> = catalogue.contracts.keys().chain(catalogue.facts.keys()).map(String::as_str).collect();
    for fact in catalogue.facts.values() {
        let path = format!("catalogue/facts/{}.sql", fact.name);
        if fact.tables.is_empty() {
            mistakes.push(at(files, &path, "SELECT", "no `-- tables:` line says what it reads".to_owned()));
        }
        for table in &fact.tables {
            if !tables.contains(&table.as_str()) {
                let hint = did_you_mean(table, tables.iter().copied());
                mistakes.push(at(files, &path, table, format!("unknown table `{table}`{hint}")));
            }
        }
        if reaches(catalogue, &fact.name, &fact.name, &mut BTreeSet::new()) {
            mistakes.push(at(files, &path, "tables:", "the fact reads itself in a circle".to_owned()));
        }
        let resolve = |name: &str, arguments: &[String]| {
            let window = match name {
                "back" | "back_date" => arguments.first(),
                "after" => arguments.get(1),
                _ => None,
            };
            if let Some(window) = window
                && catalogue.window(window).is_none()
            {
                let known = catalogue.kpis.iter().flat_map(|kpi| kpi.windows.keys()).map(String::as_str);
                return Err(format!("unknown window `{window}`{}", did_you_mean(window, known)));
            }
            if PERIOD_MACROS.contains(&name) || catalogue.macros.contains_key(name) {
                return Ok(String::new());
            }
            let known = PERIOD_MACROS.iter().copied().chain(catalogue.macros.keys().map(String::as_str));
            Err(format!("unknown macro `{name}`{}", did_you_mean(name, known)))
        };
        if let Err(error) = expand(&fact.sql, &resolve) {
            mistakes.push(Mistake {
                file: format!("config/{path}"),
                line: Some(fact.head_lines + line_of(&fact.sql, error.offset())),
                message: error.to_string(),
            });
        }
    }
}

fn reaches(catalogue: &Catalogue, from: &str, goal: &str, seen: &mut BTreeSet<String>) -> bool {
    catalogue.facts.get(from).is_some_and(|fact| {
        fact.tables.iter().any(|table| {
            // A fact may carry the name of a dataset it reads; the dataset is meant then.
            let is_fact = catalogue.facts.contains_key(table) && !catalogue.contracts.contains_key(table);
            is_fact && (table == goal || (seen.insert(table.clone()) && reaches(catalogue, table, goal, seen)))
        })
    })
}

fn lint_windows(catalogue: &Catalogue, mistakes: &mut Vec<Mistake>) {
    let mut seen = BTreeSet::new();
    for kpi in &catalogue.kpis {
        for (name, window) in &kpi.windows {
            let measure =
                |window: &super::Window| (window.days.is_some(), window.months.is_some(), window.hours.is_some());
            let one = [window.days.is_some(), window.months.is_some(), window.hours.is_some()];
            let alike = window.business_units.values().all(|own| measure(own) == measure(window));
            if one.into_iter().filter(|given| *given).count() != 1 || !alike {
                mistakes.push(Mistake {
                    file: format!("config/catalogue/kpis/{}.toml", kpi.id),
                    line: None,
                    message: format!(
                        "window `{name}` needs one of days, months or hours, and its units' windows the same one"
                    ),
                });
            }
            if !seen.insert(name) {
                mistakes.push(Mistake {
                    file: format!("config/catalogue/kpis/{}.toml", kpi.id),
                    line: None,
                    message: format!(
                        "window `{name}` is defined twice\nhint: define it in one KPI only, the others share it"
                    ),
                });
            }
        }
    }
}

fn lint_kpi(catalogue: &Catalogue, kpi: &super::Kpi, files: &Files, mistakes: &mut Vec<Mistake>) {
    let path = format!("catalogue/kpis/{}.toml", kpi.id);
    if !files.contains_key(&path) {
        mistakes.push(Mistake {
            file: "config/catalogue/kpis".to_owned(),
            line: None,
            message: format!("the KPI `{}` is not in a file of its name", kpi.id),
        });
    }
    for (name, measure) in &kpi.measures {
        if !catalogue.facts.contains_key(&measure.fact) {
            let hint = did_you_mean(&measure.fact, catalogue.facts.keys().map(String::as_str));
            mistakes.push(at(
                files,
                &path,
                &measure.fact,
                format!("measure `{name}`: unknown fact `{}`{hint}", measure.fact),
            ));
        }
    }
    for dataset in &kpi.needs {
        if !catalogue.contracts.contains_key(dataset) {
            let hint = did_you_mean(dataset, catalogue.contracts.keys().map(String::as_str));
            mistakes.push(at(files, &path, dataset, format!("unknown dataset `{dataset}`{hint}")));
        }
    }
    for target in &kpi.targets {
        if let Some(of) = target.of.as_ref().filter(|of| !kpi.companions.contains_key(*of)) {
            let hint = did_you_mean(of, kpi.companions.keys().map(String::as_str));
            mistakes.push(at(files, &path, of, format!("unknown companion `{of}`{hint}")));
        }
        if target.from.zip(target.until).is_some_and(|(from, until)| from > until) {
            mistakes.push(at(files, &path, "until", "a target ends before it starts".to_owned()));
        }
        let complete = match target.op {
            Op::Trend => target.trend.is_some(),
            Op::Band => !kpi.bands.is_empty(),
            Op::AtLeast | Op::Above | Op::AtMost | Op::Below | Op::Near => target.value.is_some(),
        };
        if !complete {
            mistakes.push(at(files, &path, "[[targets]]", "a target needs `value`, or `trend`, or bands".to_owned()));
        }
    }
}

/// A mistake at the first line of `path` that holds `needle`.
pub fn at(files: &Files, path: &str, needle: &str, message: String) -> Mistake {
    let line = files.get(path).and_then(|text| text.find(needle).map(|offset| line_of(text, offset)));
    Mistake { file: format!("config/{path}"), line, message }
}
