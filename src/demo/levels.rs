//! The story the figures tell: slow drift, seasons, and one unit that goes downhill in its last four months.
//! `ago` counts months before the newest one, so the story always ends on the estate's last month.

use super::company::Unit;

/// Months the troubled unit has been going downhill by the newest month.
const SLUMP_MONTHS: u32 = 4;

/// How deep the unit is in trouble: 0 well, rising to 1 in the newest month.
pub(super) fn slump(unit: &Unit, ago: u32) -> f64 {
    if unit.troubled { f64::from(SLUMP_MONTHS.saturating_sub(ago)) / f64::from(SLUMP_MONTHS) } else { 0.0 }
}

/// Idle devices: slowly fewer, more of them in the summer holidays.
pub(super) fn idle(unit: &Unit, ago: u32, month: u32) -> f64 {
    let summer = if matches!(month, 7 | 8) { 0.012 } else { 0.0 };
    unit.idle + 0.0012 * f64::from(ago) + summer + 0.04 * slump(unit, ago)
}

/// Verifications skipped when due.
pub(super) fn lapse(unit: &Unit, ago: u32) -> f64 {
    unit.lapse + 0.45 * slump(unit, ago)
}

/// Verifications that do not match the record: slowly fewer.
pub(super) fn mismatch(unit: &Unit, ago: u32) -> f64 {
    unit.mismatch + 0.0005 * f64::from(ago) + 0.25 * slump(unit, ago)
}

/// Devices that do not take their patches: slowly fewer.
pub(super) fn unpatched(unit: &Unit, ago: u32) -> f64 {
    unit.unpatched + 0.0012 * f64::from(ago) + 0.17 * slump(unit, ago)
}

/// Critical patches later than 72 hours.
pub(super) fn slow_critical(unit: &Unit, ago: u32) -> f64 {
    unit.slow_critical + 0.0015 * f64::from(ago) + 0.15 * slump(unit, ago)
}

/// Factor on repair hours: slowly shorter.
pub(super) fn repair(unit: &Unit, ago: u32) -> f64 {
    unit.repair * (1.0 + 0.006 * f64::from(ago)) * (1.0 + 1.5 * slump(unit, ago))
}

/// Factor on what was planned to be spent.
pub(super) fn spending(unit: &Unit, ago: u32) -> f64 {
    1.0 + unit.overspend + 0.20 * slump(unit, ago)
}

/// Devices no record knows: slowly fewer.
pub(super) fn unknown(unit: &Unit, ago: u32) -> f64 {
    unit.unknown + 0.0004 * f64::from(ago)
}

/// Use of software and services: slowly falling, so `ago` adds.
pub(super) fn usage(newest: f64, ago: u32) -> f64 {
    (newest + 0.0022 * f64::from(ago)).min(0.985)
}

/// Monthly chance that a device past its refresh date is replaced; the troubled unit puts it off.
pub(super) fn replacement(unit: &Unit, ago: u32, month: u32) -> f64 {
    0.062 * hardware_season(month) * (1.0 - 0.5 * slump(unit, ago))
}

/// Hardware is bought when budgets are used up, and hardly in January or in the holidays.
pub(super) fn hardware_season(month: u32) -> f64 {
    match month {
        1 | 8 => 0.65,
        7 => 0.75,
        3 | 6 | 9 => 1.10,
        10 => 1.05,
        11 => 1.45,
        12 => 1.30,
        _ => 0.95,
    }
}

/// Services run a little higher at quarter ends and lower in summer.
pub(super) fn service_season(month: u32) -> f64 {
    match month {
        3 | 6 | 9 | 12 => 1.05,
        7 | 8 => 0.93,
        _ => 1.0,
    }
}

/// Failures: heat in summer, a quiet December.
pub(super) fn failure_season(month: u32) -> f64 {
    match month {
        6..=8 => 1.12,
        12 => 0.85,
        _ => 1.0,
    }
}
