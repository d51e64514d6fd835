//! Deliveries held against what came before: volume, headers, empty columns, and what was left out.

use super::Broken;
use super::delivery::{Deliveries, Delivery};
use super::gate::{number, percent};
use crate::catalogue::gate::{Check, HeaderChange, Headers, Nulls, Rule, Share, Volume};
use crate::catalogue::{Contract, Gate};
use crate::conform::FileShape;
use crate::finding::counted;
use crate::ids::near;

pub fn compare(rules: &Gate, contract: &Contract, came: &Deliveries<'_>, broken: &mut Vec<Broken>) {
    for rule in rules.volume.iter().filter(|rule| rule.covers(contract)) {
        broken.extend(volume(rule, contract, came));
    }
    for rule in rules.duplicates.iter().filter(|rule| rule.covers(contract)) {
        let say = |file: &FileShape| {
            let rows = counted(file.repeated, "row");
            let remedy =
                "deliver each key once a file; lines that belong together are added up by `[collapse]` in their source";
            (file.repeated, format!("{rows} whose key stands in the same file again"), remedy)
        };
        broken.extend(shares(rule, Check::Duplicates, contract, &came.own, say));
    }
    for rule in rules.rejects.iter().filter(|rule| rule.covers(contract)) {
        let say = |file: &FileShape| {
            let rows = counted(file.rejected, "row");
            (file.rejected, format!("{rows} left out"), "correct the rows listed in the workbook and deliver again")
        };
        broken.extend(shares(rule, Check::Rejects, contract, &came.own, say));
    }
    for rule in rules.headers.iter().filter(|rule| rule.covers(contract)) {
        headers(rule, contract, came, broken);
    }
    for rule in rules.nulls.iter().filter(|rule| rule.covers(contract)) {
        // Rows without a required cell are left out, which is the rejects' rule to tell.
        let optional = contract.columns.iter().filter(|(_, column)| !column.required).map(|(name, _)| name);
        for column in optional.filter(|column| rule.scope.covers_column(column)) {
            broken.extend(nulls(rule, contract, column, came));
        }
    }
}

fn volume(rule: &Rule<Volume>, contract: &Contract, came: &Deliveries<'_>) -> Option<Broken> {
    let limits = &rule.limits;
    let usual = median(came.earlier.iter().map(|earlier| number(earlier.read())), limits.nights, limits.least_nights)?;
    let rows = came.own.read();
    let change = number(rows) - usual;
    if change.abs() < number(limits.least_rows) {
        return None;
    }
    let beyond = |limit: Option<f64>| limit.is_some_and(|limit| change.abs() * 100.0 > limit * usual);
    let (too, limit, remedy) = if change < 0.0 && beyond(limits.fall_percent) {
        ("fewer", limits.fall_percent?, "check whether the export is complete, and deliver it again whole")
    } else if change > 0.0 && beyond(limits.rise_percent) {
        ("more", limits.rise_percent?, "check whether the export holds rows twice or of another scope")
    } else {
        return None;
    };
    let size = if usual > 0.0 { format!("{} {too} than", percent(change.abs(), usual)) } else { format!("{too} than") };
    let nights = came.earlier.len().min(limits.nights);
    let message = format!(
        "{}, {size} the {usual:.0} of the {nights} deliveries before (median; allowed: {limit} %)",
        counted(rows, "row")
    );
    Some(
        Broken::new(&rule.head(Check::Volume), &contract.dataset, &contract.owner, message, remedy)
            .in_file(came.own.file())
            .times(rows.max(1)),
    )
}

/// The share of each file's rows that `of` counts.
fn shares(
    rule: &Rule<Share>,
    check: Check,
    contract: &Contract,
    own: &Delivery<'_>,
    of: impl Fn(&FileShape) -> (u64, String, &'static str),
) -> Vec<Broken> {
    let mut broken = Vec::new();
    for file in &own.files {
        let (count, what, remedy) = of(file);
        let (limit, read) = (rule.limits.percent, number(file.read));
        if count >= rule.limits.least_rows.max(1) && number(count) * 100.0 > limit * read {
            let share = percent(number(count), read);
            let message = format!("{what}, {share} of {} (allowed: {limit} %)", file.read);
            broken.push(
                Broken::new(&rule.head(check), &contract.dataset, &contract.owner, message, remedy)
                    .in_file(Some(&file.file))
                    .times(count),
            );
        }
    }
    broken
}

fn headers(rule: &Rule<Headers>, contract: &Contract, came: &Deliveries<'_>, broken: &mut Vec<Broken>) {
    // A file without a header, such as lines of JSON without a line, tells nothing about columns.
    let told = |delivery: &&Delivery<'_>| !delivery.headers().is_empty();
    let Some((own, earlier)) = Some(&came.own).filter(told).zip(came.earlier.iter().find(told)) else { return };
    let (now, then) = (own.headers(), earlier.headers());
    let mut say = |column: &str, message: String, remedy: &str| {
        broken.push(
            Broken::new(&rule.head(Check::Headers), &contract.dataset, &contract.owner, message, remedy)
                .in_file(own.file())
                .at(None, Some(column)),
        );
    };
    let before = earlier.file().unwrap_or_default();
    match rule.limits.change {
        HeaderChange::Vanished => {
            for column in then.difference(&now).filter(|column| contract.columns.contains_key(**column)) {
                if rule.scope.covers_column(column) {
                    let new = now.difference(&then).copied();
                    let hint = near(column, new).map_or_else(String::new, |new| format!(" (is it `{new}` now?)"));
                    say(
                        column,
                        format!("the column `{column}` of {before} is gone{hint} and counts as empty"),
                        "deliver it again under its old name, or map the new one in config/sources/",
                    );
                }
            }
        }
        HeaderChange::Appeared => {
            for column in now.difference(&then).filter(|column| rule.scope.covers_column(column)) {
                let known = contract.columns.contains_key(*column);
                let use_of_it = if known { "and is used from now on" } else { "and is ignored" };
                say(column, format!("the column `{column}` is new since {before} {use_of_it}"), "confirm the change");
            }
        }
    }
}

fn nulls(rule: &Rule<Nulls>, contract: &Contract, column: &str, came: &Deliveries<'_>) -> Option<Broken> {
    let limits = &rule.limits;
    let (empty, rows) = came.own.nulls(column)?;
    let share = |(empty, rows): (u64, u64)| number(empty) / number(rows);
    let before = came.earlier.iter().filter_map(|earlier| earlier.nulls(column).map(share));
    let usual = median(before, limits.nights, limits.least_nights)?;
    let rise = share((empty, rows)) - usual;
    if rise * 100.0 <= limits.rise_points || rise * number(rows) < number(limits.least_rows) {
        return None;
    }
    let message = format!(
        "{} of {rows} cells of `{column}` are empty or unreadable, {} after {} in the deliveries before (median; allowed: {} pp \
         more)",
        empty,
        percent(number(empty), number(rows)),
        percent(usual, 1.0),
        limits.rise_points
    );
    Some(
        Broken::new(
            &rule.head(Check::Nulls),
            &contract.dataset,
            &contract.owner,
            message,
            &format!("fill `{column}` again and deliver the night again"),
        )
        .in_file(came.own.file())
        .at(None, Some(column))
        .times(empty),
    )
}

/// Of the first `most` values; none below `least` of them.
fn median(values: impl Iterator<Item = f64>, most: usize, least: usize) -> Option<f64> {
    let mut values: Vec<f64> = values.take(most).collect();
    if values.len() < least.max(1) {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    Some(if values.len().is_multiple_of(2) {
        f64::midpoint(values[middle - 1], values[middle])
    } else {
        values[middle]
    })
}
