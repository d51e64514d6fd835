//! Matrix: who would see what, and what is odd about the lists.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::address::Mailbox;
use super::recipients::{Distribution, Entry, readers};
use crate::catalogue::Edition;
use crate::finding::{Finding, Level};
use crate::ids::{ENTERPRISE, UNASSIGNED, did_you_mean};
use crate::quality::UnitTree;

/// One reader of one unit's report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    pub mailbox: Mailbox,
    /// Of the edition, those that name this reader now.
    pub roles: Vec<String>,
    /// `ALL` or a business unit.
    pub unit: String,
    /// Language tag, where it is not the reports' own.
    pub language: Option<String>,
    /// First and last day, where every membership has one.
    pub from: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
}

/// Seats in the order of the readers, and what to look at. Addresses stand in full: this is for the operator.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matrix {
    pub seats: Vec<Seat>,
    pub problems: Vec<Finding>,
}

/// Who would get an edition on a day: for `scope` alone, or for every unit it is issued for.
#[must_use]
pub fn matrix(
    distribution: &Distribution,
    edition: &Edition,
    units: &UnitTree,
    scope: Option<&str>,
    on: NaiveDate,
) -> Matrix {
    let mut matrix = Matrix::default();
    let levels = units.all_levels();
    for reader in readers(distribution, &edition.roles, on) {
        let valid: Vec<(&String, &Entry)> = entries(distribution, edition)
            .filter(|(_, entry)| entry.mailbox.address.key() == reader.mailbox.address.key() && is_valid(entry, on))
            .collect();
        let own = match (edition.burst, reader.units.is_empty()) {
            // A report that is not made for each unit goes to all its readers, whatever it is about.
            (false, _) => vec![scope.unwrap_or(ENTERPRISE).to_owned()],
            (true, true) => vec![ENTERPRISE.to_owned()],
            (true, false) => reader.units.clone(),
        };
        for unit in own {
            if !levels.contains(&unit) {
                let hint = did_you_mean(&unit, levels.iter().map(String::as_str));
                let message = format!("{} reads unit `{unit}`, which does not exist{hint}", reader.mailbox.address);
                matrix.problems.push(problem(
                    Level::Error,
                    "unknown_unit",
                    message,
                    "correct `units` in distribution.toml; until then they get what else is theirs",
                ));
            } else if scope.is_none_or(|scope| scope == unit) {
                matrix.seats.push(Seat {
                    mailbox: reader.mailbox.clone(),
                    roles: distinct(valid.iter().map(|(role, _)| (*role).clone())),
                    unit,
                    language: reader.language.clone(),
                    from: valid.iter().map(|(_, entry)| entry.from).min().flatten(),
                    until: latest(valid.iter().map(|(_, entry)| entry.until)),
                });
            }
        }
    }
    matrix.problems.extend(entries(distribution, edition).filter_map(|(role, entry)| not_valid(role, entry, on)));
    matrix.problems.extend(unread(edition, units, scope, &matrix.seats));
    matrix
}

fn entries<'a>(distribution: &'a Distribution, edition: &'a Edition) -> impl Iterator<Item = (&'a String, &'a Entry)> {
    let of = |role: &'a String| distribution.roles.get(role).into_iter().flatten().map(move |entry| (role, entry));
    edition.roles.iter().flat_map(of)
}

fn is_valid(entry: &Entry, on: NaiveDate) -> bool {
    entry.from.is_none_or(|from| from <= on) && entry.until.is_none_or(|until| on <= until)
}

/// `None` where one of them has no end.
fn latest(ends: impl Iterator<Item = Option<NaiveDate>>) -> Option<NaiveDate> {
    ends.collect::<Option<Vec<_>>>().and_then(|ends| ends.into_iter().max())
}

fn distinct(roles: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    roles.filter(|role| seen.insert(role.clone())).collect()
}

fn not_valid(role: &str, entry: &Entry, on: NaiveDate) -> Option<Finding> {
    let address = &entry.mailbox.address;
    let message = match (entry.from, entry.until) {
        (Some(from), _) if on < from => format!("{address} is in `{role}` from {from} on and gets nothing before"),
        (_, Some(until)) if until < on => format!("{address} was in `{role}` until {until} and gets nothing any more"),
        (Some(_) | None, Some(_) | None) => return None,
    };
    Some(problem(
        Level::Warning,
        "not_valid",
        message,
        "change `from` or `until` in the distribution lists if that is not meant",
    ))
}

/// The units nobody reads; of an edition that is not issued for each, only the one it is issued for.
fn unread(edition: &Edition, units: &UnitTree, scope: Option<&str>, seats: &[Seat]) -> Vec<Finding> {
    let is_read = |unit: &str| seats.iter().any(|seat| seat.unit == unit);
    let (asked, hint) =
        (scope.unwrap_or(ENTERPRISE), "name a member in one of the edition's `roles`, with this unit in `units`");
    if seats.is_empty() {
        let message = format!(
            "nobody receives `{}`{}",
            edition.id,
            if scope.is_some() { format!(" for `{asked}`") } else { String::new() }
        );
        let hint = format!(
            "see the roles {} in distribution.toml and in the `recipients` extract, and the `from` and `until` of their members",
            edition.roles.join(", ")
        );
        return vec![problem(Level::Error, "no_readers", message, &hint)];
    }
    if !edition.burst || scope.is_some() {
        return Vec::new();
    }
    let nobody: Vec<String> = units
        .all_levels()
        .into_iter()
        .filter(|unit| unit != UNASSIGNED && !is_read(unit))
        .map(|unit| format!("`{unit}`"))
        .collect();
    if nobody.is_empty() {
        return Vec::new();
    }
    vec![problem(Level::Warning, "unread_unit", format!("nobody receives it for {}", nobody.join(", ")), hint)]
}

fn problem(level: Level, code: &str, message: String, hint: &str) -> Finding {
    Finding::dataset(level, code, "distribution", message, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distribution(text: &str) -> Distribution {
        Distribution::parse(text, &["x.org".to_owned()]).unwrap()
    }

    fn edition(burst: bool) -> Edition {
        toml::from_str(&format!(
            "id = 'e'\ntitle = 'E'\naudience = 'it'\nroles = ['head', 'cio']\nowner = 'head'\ngrain = 'month'\n\
             due = {{ working_day = 3, at = '07:00:00' }}\npages = 4\nburst = {burst}\nkpis = []\nsections = []"
        ))
        .unwrap()
    }

    fn tree() -> UnitTree {
        use polars::prelude::*;
        let none: [Option<&str>; 2] = [None, None];
        let table = df!("business_unit" => ["BER", "HAM"], "name" => ["Berlin", "Hamburg"], "parent" => none, "industry" => none);
        UnitTree::read(&table.unwrap()).unwrap().0
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    const LISTS: &str = "
[[roles.head]]
address = 'Ada <ada@x.org>'
units = ['BER', 'HAMM']
until = '2026-12-31'
[[roles.head]]
address = 'old@x.org'
until = '2026-01-31'
[[roles.cio]]
address = 'ada@x.org'
units = ['BER']
from = '2026-02-01'
";

    #[test]
    fn a_reader_of_two_roles_has_one_seat_for_each_unit_with_the_widest_dates() {
        let matrix = matrix(&distribution(LISTS), &edition(true), &tree(), None, day("2026-11-01"));
        assert_eq!(matrix.seats.len(), 1);
        let seat = &matrix.seats[0];
        assert_eq!((seat.unit.as_str(), seat.roles.join(", ").as_str()), ("BER", "head, cio"));
        assert_eq!((seat.from, seat.until), (None, None));
        let messages: Vec<&str> = matrix.problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "ada@x.org reads unit `HAMM`, which does not exist (did you mean `HAM`?)",
                "old@x.org was in `head` until 2026-01-31 and gets nothing any more",
                "nobody receives it for `ALL`, `HAM`",
            ]
        );
    }

    #[test]
    fn a_report_that_is_not_made_for_each_unit_goes_to_everybody() {
        let seen = matrix(&distribution(LISTS), &edition(false), &tree(), Some("HAM"), day("2026-01-15"));
        let seats: Vec<(String, &str)> =
            seen.seats.iter().map(|seat| (seat.mailbox.address.to_string(), seat.unit.as_str())).collect();
        assert_eq!(seats, [("ada@x.org".to_owned(), "HAM"), ("old@x.org".to_owned(), "HAM")]);
        assert!(seen.problems[0].message.contains("is in `cio` from 2026-02-01 on"), "{:?}", seen.problems);
    }

    #[test]
    fn a_unit_nobody_reads_is_said() {
        let seen = matrix(&distribution(LISTS), &edition(true), &tree(), Some("HAM"), day("2026-11-01"));
        assert!(seen.seats.is_empty());
        assert!(seen.problems.iter().any(|problem| problem.message == "nobody receives `e` for `HAM`"));
    }
}
