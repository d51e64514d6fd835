//! Trust: a register that is not accurate, or not complete, qualifies every figure that counts assets.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Cells, Constants, Key};
use crate::quality::UnitTree;

/// The figure that makes a unit's asset KPIs indicative, or withheld.
#[derive(Debug, Clone, PartialEq)]
pub struct Trust {
    /// `inventory_accuracy_rate` or `asset_discovery_rate`.
    pub kpi: &'static str,
    pub value: Decimal,
    /// Below the floor.
    pub withheld: bool,
}

const PILLARS: [&str; 2] = ["inventory_accuracy_rate", "asset_discovery_rate"];

impl Trust {
    /// e.g. `inventory accuracy is 61.2 %`.
    #[must_use]
    pub fn because(&self) -> String {
        // Cut, not rounded: 94.999 % is below 95 %.
        let percent = (self.value * Decimal::ONE_HUNDRED).trunc_with_scale(2).normalize();
        format!("{} is {percent} %", self.kpi.replace('_', " "))
    }
}

/// The worse pillar of each unit, where it is below the caveat.
pub fn trust(constants: &Constants, cells: &Cells, units: &UnitTree) -> BTreeMap<String, Trust> {
    units
        .all_levels()
        .into_iter()
        .filter_map(|unit| {
            let key = Key { companion: String::new(), unit: unit.clone(), member: String::new() };
            PILLARS
                .iter()
                .filter_map(|kpi| Some((*kpi, cells.get(kpi, &key)?.value?)))
                .filter(|(_, value)| *value < constants.trust_caveat)
                .min_by(|a, b| a.1.cmp(&b.1))
                .map(|(kpi, value)| (unit, Trust { kpi, value, withheld: value < constants.trust_floor }))
        })
        .collect()
}
