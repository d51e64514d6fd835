//! The unit tree: who is above whom.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use polars::prelude::*;

use crate::finding::{Finding, Level};
use crate::ids::{ENTERPRISE, UNASSIGNED, did_you_mean};

/// A business unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub label: String,
    pub parent: Option<String>,
    pub industry: Option<String>,
}

/// Units by id; every parent exists and no unit is above itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitTree {
    /// Every pack of a burst has the whole tree.
    units: Arc<BTreeMap<String, Unit>>,
}

impl UnitTree {
    /// Reads `business_units`; a parent that is unknown or leads in a circle is cut off and reported.
    ///
    /// # Errors
    /// The table lacks a column.
    pub fn read(table: &DataFrame) -> PolarsResult<(Self, Vec<Finding>)> {
        let column = |name: &str| -> PolarsResult<Vec<Option<String>>> {
            Ok(table.column(name)?.str()?.iter().map(|cell| cell.map(str::to_owned)).collect())
        };
        let (ids, labels, parents, industries) =
            (column("business_unit")?, column("name")?, column("parent")?, column("industry")?);
        let mut findings = Vec::new();
        let mut units = BTreeMap::new();
        for (((id, label), parent), industry) in ids.into_iter().zip(labels).zip(parents).zip(industries) {
            let Some(id) = id else { continue };
            // Below the enterprise is the top.
            let parent = parent.filter(|parent| parent != ENTERPRISE);
            if id == ENTERPRISE || id == UNASSIGNED {
                findings.push(finding("unit_reserved", format!("`{id}` is a reserved name and no business unit")));
                continue;
            }
            units.insert(id.clone(), Unit { label: label.unwrap_or_else(|| id.clone()), parent, industry });
        }
        let mut tree = Self { units: Arc::new(units) };
        findings.extend(tree.cut_unknown_parents());
        findings.extend(tree.cut_circles());
        Ok((tree, findings))
    }

    fn cut_unknown_parents(&mut self) -> Vec<Finding> {
        let known: BTreeSet<String> = self.units.keys().cloned().collect();
        let mut findings = Vec::new();
        for (id, unit) in Arc::make_mut(&mut self.units) {
            if let Some(parent) = unit.parent.take_if(|parent| !known.contains(parent)) {
                let hint = did_you_mean(&parent, known.iter().map(String::as_str));
                findings.push(finding(
                    "parent_unknown",
                    format!("the parent `{parent}` of `{id}` is no unit{hint}; `{id}` stands at the top"),
                ));
            }
        }
        findings
    }

    fn cut_circles(&mut self) -> Vec<Finding> {
        let circular: Vec<String> = self
            .units
            .keys()
            .filter(|id| {
                let mut at = self.units[*id].parent.as_ref();
                for _ in 0..=self.units.len() {
                    match at {
                        Some(parent) if parent == *id => return true,
                        Some(parent) => at = self.units[parent].parent.as_ref(),
                        None => return false,
                    }
                }
                false
            })
            .cloned()
            .collect();
        let mut findings = Vec::new();
        if !circular.is_empty() {
            findings.push(finding(
                "unit_circle",
                format!(
                    "the units {} are above one another in a circle; they stand at the top without parents",
                    circular.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
                ),
            ));
        }
        for id in circular {
            if let Some(unit) = Arc::make_mut(&mut self.units).get_mut(&id) {
                unit.parent = None;
            }
        }
        findings
    }

    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.units.contains_key(id)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.units.keys().map(String::as_str)
    }

    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Unit> {
        self.units.get(id)
    }

    /// The printed name of a unit, of `ALL` or of `Unassigned`.
    #[must_use]
    pub fn label<'a>(&'a self, id: &'a str) -> &'a str {
        self.units.get(id).map_or(id, |unit| unit.label.as_str())
    }

    /// The unit, everything above it, and the enterprise.
    #[must_use]
    pub fn levels(&self, id: &str) -> Vec<String> {
        self.upwards(id).chain([ENTERPRISE]).map(str::to_owned).collect()
    }

    /// Whether `id` is `above` itself or stands below it.
    #[must_use]
    pub fn is_within(&self, id: &str, above: &str) -> bool {
        above == ENTERPRISE || self.upwards(id).any(|level| level == above)
    }

    /// The unit and everything above it.
    fn upwards<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a str> {
        std::iter::successors(Some(id), |at| self.units.get(*at).and_then(|unit| unit.parent.as_deref()))
    }

    /// Whether no unit stands below it.
    #[must_use]
    pub fn is_leaf(&self, id: &str) -> bool {
        self.below(id).next().is_none()
    }

    /// The units directly below a unit; below the enterprise those without a parent.
    pub fn below<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a str> {
        let above = (id != ENTERPRISE).then_some(id);
        self.units.iter().filter(move |(_, unit)| unit.parent.as_deref() == above).map(|(id, _)| id.as_str())
    }

    /// All levels a figure is stated at: the enterprise, the units, `Unassigned`.
    #[must_use]
    pub fn all_levels(&self) -> Vec<String> {
        std::iter::once(ENTERPRISE.to_owned())
            .chain(self.units.keys().cloned())
            .chain(std::iter::once(UNASSIGNED.to_owned()))
            .collect()
    }
}

fn finding(code: &str, message: String) -> Finding {
    Finding::dataset(Level::Error, code, "business_units", message, "correct `parent` in business_units")
        .at(None, Some("parent"))
}
