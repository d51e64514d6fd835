//! The extract of who gets reports: its rows join the lists. What is wrong with a row is told with its place and
//! without its values, and costs nobody else their report.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{Distribution, Entry, is_language};
use crate::catalogue::{Contract, RECIPIENTS};
use crate::conform::{ConformError, Conformed};
use crate::deliver::address::{AddressError, Mailbox, masked, permit};
use crate::finding::{Finding, Level};
use crate::ids::{ENTERPRISE, did_you_mean};
use crate::quality::UnitTree;

/// Rows told one by one; a broken export has as many faults as rows.
const MOST_TOLD: usize = 100;

/// What a row may say.
#[derive(Debug, Clone, Copy)]
pub struct Allowed<'a> {
    pub domains: &'a [String],
    /// Roles that something uses.
    pub roles: &'a BTreeSet<String>,
    pub units: Option<Units<'a>>,
}

/// The business units of the period.
#[derive(Debug, Clone, Copy)]
pub struct Units<'a> {
    pub tree: &'a UnitTree,
    /// Readers get their own units only, so a row with an unknown one cannot count.
    pub limit: bool,
}

/// One thing wrong with a row.
struct Flaw {
    column: &'static str,
    code: &'static str,
    /// Without the value.
    what: String,
    cure: &'static str,
    /// The row counts all the same.
    slight: bool,
}

impl Distribution {
    /// Adds the rows of the extract behind the members that the lists have, and tells the rows that do not count.
    ///
    /// # Errors
    /// The engine refuses a column.
    pub fn add(
        &mut self,
        contract: &Contract,
        extract: &Conformed,
        allowed: &Allowed<'_>,
    ) -> Result<Vec<Finding>, ConformError> {
        let mut findings = unread(contract, extract);
        let passwords = self.passwords();
        let names: Vec<&str> = contract.columns.keys().map(String::as_str).collect();
        for (cells, (file, row)) in extract.rows(contract, usize::MAX)?.iter().zip(extract.places()?) {
            let row_cells: BTreeMap<&str, &str> = names
                .iter()
                .copied()
                .zip(cells.iter().map(|cell| cell.trim()))
                .filter(|(_, cell)| !cell.is_empty())
                .collect();
            let mut flaws = Vec::new();
            let member = member(&row_cells, allowed, &mut flaws);
            if let (Some((role, mut entry)), true) = (member, flaws.iter().all(|flaw| flaw.slight)) {
                entry.pdf_password_file = passwords.get(&role).cloned();
                self.roles.entry(role).or_default().push(entry);
            }
            let place = |flaw: &Flaw| told(flaw.code, &flaw.what, flaw.cure, file, row, Some(flaw.column));
            findings.extend(flaws.iter().map(place));
        }
        findings.sort_by(|a, b| (&a.file, a.row).cmp(&(&b.file, b.row)));
        let more = findings.len().saturating_sub(MOST_TOLD);
        if more > 0 {
            findings.truncate(MOST_TOLD);
            let message = format!("{more} more faults of its rows are not listed");
            let hint = "the export as a whole looks wrong: check it at the source";
            findings.push(Finding::dataset(Level::Warning, "more_faults", RECIPIENTS, message, hint));
        }
        Ok(findings)
    }

    /// By role: the file with the first password that its list asks for. What is locked for the members of a list is
    /// not sent openly to those an extract adds to it.
    fn passwords(&self) -> BTreeMap<String, String> {
        let first = |entries: &[Entry]| entries.iter().find_map(|entry| entry.pdf_password_file.clone());
        self.roles.iter().filter_map(|(role, entries)| Some((role.clone(), first(entries)?))).collect()
    }
}

/// What was noticed before a row could be looked at.
fn unread(contract: &Contract, extract: &Conformed) -> Vec<Finding> {
    let cure = "correct it at the source and deliver the file again";
    let rejects = extract.rejects.iter().map(|reject| {
        let column = (!reject.column.is_empty()).then_some(reject.column.as_str());
        let what = withheld(&reject.message, contract, &extract.files);
        told(&reject.code, &format!("the row is left out: {what}"), cure, &reject.file, reject.row, column)
    });
    // A reason that rows give one by one is not told once more for all.
    let codes: BTreeSet<&str> = extract.rejects.iter().map(|reject| reject.code.as_str()).collect();
    let others =
        extract.findings.iter().filter(|finding| !codes.contains(finding.code.as_str())).map(|finding| Finding {
            dataset: contract.dataset.clone(),
            message: withheld(&finding.message, contract, &extract.files),
            hint: withheld(&finding.hint, contract, &extract.files),
            ..finding.clone()
        });
    others.chain(rejects).collect()
}

fn told(code: &str, message: &str, cure: &str, file: &str, row: u64, column: Option<&str>) -> Finding {
    Finding::dataset(Level::Warning, code, RECIPIENTS, message, cure).in_file(file).at(Some(row), column)
}

/// The text without what it quotes of a file, and without addresses; the names of `files` and of the contract stay.
#[must_use]
pub fn withheld(text: &str, contract: &Contract, files: &[String]) -> String {
    let is_open = |word: &str| {
        word == contract.dataset || contract.columns.contains_key(word) || files.iter().any(|file| file == word)
    };
    let parts = text.split('`').enumerate();
    let shown = parts.map(|(index, part)| if index % 2 == 0 || is_open(part) { part } else { "…" });
    masked(&shown.collect::<Vec<_>>().join("`"))
}

/// The member a row names; what is wrong with it goes to `flaws`.
fn member(cells: &BTreeMap<&str, &str>, allowed: &Allowed<'_>, flaws: &mut Vec<Flaw>) -> Option<(String, Entry)> {
    let mut say = |column, code, what: String, cure| {
        let what = format!("the row is left out: {what}");
        flaws.push(Flaw { column, code, what, cure, slight: false });
    };
    let role = cells.get("role").copied().unwrap_or_default();
    if !allowed.roles.contains(role) {
        let near = did_you_mean(role, allowed.roles.iter().map(String::as_str));
        say("role", "role_unused", format!("no edition uses its role{near}"), "correct the role, or take the row out");
    }
    let mailbox = match mailbox(cells.get("address").copied().unwrap_or_default(), allowed.domains) {
        Ok(mailbox) => Some(mailbox),
        Err((code, what, cure)) => {
            say("address", code, what, cure);
            None
        }
    };
    let language = cells.get("locale").map(|locale| locale.replace('_', "-"));
    if language.as_ref().is_some_and(|tag| !is_language(tag)) {
        let what = "its locale is no language tag such as `en` or `de-AT`".to_owned();
        say("locale", "locale_unreadable", what, "correct it, or leave it empty for the reports' own language");
    }
    let (from, until) = (day(cells, "from"), day(cells, "until"));
    if from.zip(until).is_some_and(|(from, until)| until < from) {
        say("until", "until_before_from", "`until` is before `from`".to_owned(), "correct one of the two");
    }
    let unit = cells.get("business_unit").copied().filter(|unit| *unit != ENTERPRISE);
    flaws.extend(unit.zip(allowed.units).and_then(|(unit, units)| unknown(unit, units)));
    let units = unit.map(str::to_owned).into_iter().collect();
    Some((role.to_owned(), Entry { mailbox: mailbox?, units, language, pdf_password_file: None, from, until }))
}

fn unknown(unit: &str, units: Units<'_>) -> Option<Flaw> {
    let levels = units.tree.all_levels();
    if levels.iter().any(|level| level == unit) {
        return None;
    }
    let near = did_you_mean(unit, levels.iter().map(String::as_str));
    let what = format!("its business unit does not exist{near}");
    Some(Flaw {
        column: "business_unit",
        code: "unit_unknown",
        what: if units.limit { format!("the row is left out: {what}") } else { what },
        cure: "correct it, or add the unit to business_units",
        slight: !units.limit,
    })
}

fn mailbox(text: &str, domains: &[String]) -> Result<Mailbox, (&'static str, String, &'static str)> {
    let mailbox: Mailbox = text.parse().map_err(|error: AddressError| {
        let what = error.to_string();
        let what = what.split('\n').next().unwrap_or_default();
        ("address_unreadable", format!("its address is none: {what}"), "write local@domain or Name <local@domain>")
    })?;
    permit(&mailbox.address, domains).map_err(|refused| {
        let what = format!("the domain `{}` of its address is not in `mail.domains`", refused.domain);
        ("domain_refused", what, "correct the address, or add the domain if mail may go there")
    })?;
    Ok(mailbox)
}

fn day(cells: &BTreeMap<&str, &str>, column: &str) -> Option<NaiveDate> {
    cells.get(column)?.parse().ok()
}

#[cfg(test)]
mod tests;
