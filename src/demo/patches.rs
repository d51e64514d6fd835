//! Patches: what is released, who installs it when, and who does not.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Weekday};

use super::DemoError;
use super::assets::{State, asset_id};
use super::classes::CLASSES;
use super::company::UNITS;
use super::dice::{Dice, Trait, luck, plus};
use super::files::Night;
use super::levels;
use super::world::{Step, World};

const HEADER: [&str; 11] = [
    "asset_id",
    "patch_id",
    "business_unit",
    "severity",
    "released_at",
    "due_at",
    "installed_at",
    "pending_reboot",
    "exception",
    "superseded",
    "last_scanned_at",
];

/// Days the console lists a patch: critical ones long enough for a quarter, the others until they are history.
const CRITICAL_DAYS: i64 = 100;
const OTHER_DAYS: i64 = 40;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Severity {
    Critical,
    High,
    Medium,
    Low,
}

impl Severity {
    fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }

    fn days_to_install(self) -> i64 {
        match self {
            Self::Critical => 7,
            Self::High => 14,
            Self::Medium => 30,
            Self::Low => 60,
        }
    }
}

pub(super) struct Patch {
    severity: Severity,
    released_at: NaiveDateTime,
    /// The next patch of its line has replaced it.
    superseded: bool,
}

/// One patch on one asset.
pub(super) struct Line {
    asset: usize,
    patch: usize,
    installed_at: Option<NaiveDateTime>,
    pending_reboot: bool,
    exception: bool,
}

/// A month of releases and installations.
pub(super) fn advance(world: &mut World, step: &Step, dice: &mut Dice) {
    scan(world, step, dice);
    catch_up(world, step, dice);
    for (severity, released_on) in releases(step) {
        let hour = TimeDelta::minutes(dice.between(14 * 60, 19 * 60));
        release(world, severity, released_on.and_time(NaiveTime::MIN) + hour, step, dice);
    }
    forget(world, step);
}

/// The month's releases: the second Tuesday, an extra day late in the month, every third month an emergency at its very end.
fn releases(step: &Step) -> Vec<(Severity, NaiveDate)> {
    let tuesday = NaiveDate::from_weekday_of_month_opt(step.first.year(), step.first.month(), Weekday::Tue, 2);
    let tuesday = tuesday.unwrap_or(step.first);
    let mut releases = vec![(Severity::Critical, tuesday), (Severity::High, tuesday)];
    if step.ago.is_multiple_of(2) {
        releases.push((Severity::Medium, plus(tuesday, 9)));
    }
    if step.ago % 5 == 1 {
        releases.push((Severity::Low, plus(tuesday, 2)));
    }
    if step.ago % 4 == 1 {
        releases.push((Severity::Critical, plus(step.night, -1)));
    }
    releases
}

/// The console reaches nearly every device every few days.
fn scan(world: &mut World, step: &Step, dice: &mut Dice) {
    let drift = step.drift(0.006);
    for asset in &mut world.assets {
        let silent = luck(world.seed, asset.ordinal, Trait::Unscanned, drift) < 0.008;
        if asset.in_service() && CLASSES[asset.class].patched && (!silent || asset.scanned.is_none()) {
            asset.scanned = Some(dice.lately(step.night, 6));
        }
    }
}

/// Whether the asset does not take its patches this month.
fn lagging(world: &World, asset: usize, step: &Step) -> bool {
    let asset = &world.assets[asset];
    let rate = levels::unpatched(&UNITS[asset.unit], step.ago);
    world.luck(asset.ordinal, Trait::Unpatched, step.drift(0.015)) < rate
}

/// Who lagged and no longer does installs what was left; who waited for a restart has had it.
fn catch_up(world: &mut World, step: &Step, dice: &mut Dice) {
    for index in 0..world.patch_lines.len() {
        let lags = lagging(world, world.patch_lines[index].asset, step);
        let line = &mut world.patch_lines[index];
        match line.installed_at {
            Some(at) => line.pending_reboot &= at.date() >= step.first,
            None if !lags && !line.exception => line.installed_at = Some(step.moment(dice)),
            None => {}
        }
    }
}

fn release(world: &mut World, severity: Severity, released_at: NaiveDateTime, step: &Step, dice: &mut Dice) {
    for earlier in &mut world.patches {
        let same_line = earlier.severity == severity && severity != Severity::Critical;
        earlier.superseded |= same_line;
    }
    let patch = world.patches.len();
    world.patches.push(Patch { severity, released_at, superseded: false });
    for asset in 0..world.assets.len() {
        let target = &world.assets[asset];
        let in_scope = CLASSES[target.class].patched && target.in_service() && target.service_on < released_at.date();
        if !in_scope {
            continue;
        }
        let late = levels::slow_critical(&UNITS[target.unit], step.ago);
        let exception = dice.chance(0.0015);
        let lags = lagging(world, asset, step);
        let minutes = match severity {
            Severity::Critical if dice.chance(late) => dice.skewed(75 * 60, 260 * 60),
            Severity::Critical => dice.skewed(3 * 60, 70 * 60),
            Severity::High | Severity::Medium | Severity::Low => {
                dice.skewed(8 * 60, severity.days_to_install() * 24 * 60)
            }
        };
        let installed_at = (!lags && !exception).then(|| released_at + TimeDelta::minutes(minutes));
        let pending_reboot = installed_at.is_some() && dice.chance(0.002);
        world.patch_lines.push(Line { asset, patch, installed_at, pending_reboot, exception });
    }
}

/// Drops the lines the console no longer lists.
fn forget(world: &mut World, step: &Step) {
    let (patches, assets) = (&world.patches, &world.assets);
    world.patch_lines.retain(|line| {
        let patch = &patches[line.patch];
        let days = if patch.severity == Severity::Critical { CRITICAL_DAYS } else { OTHER_DAYS };
        let listed = patch.released_at.date() >= plus(step.night, -days);
        let gone = matches!(assets[line.asset].state, State::Retired | State::Disposed | State::Missing);
        listed && !gone
    });
}

pub(super) fn write(world: &World, step: &Step, night: &mut Night) -> Result<(), DemoError> {
    let cut = step.cut();
    night.write("patches", &HEADER, |sheet| {
        for line in &world.patch_lines {
            let (asset, patch) = (&world.assets[line.asset], &world.patches[line.patch]);
            if patch.released_at > cut {
                continue;
            }
            let installed_at = line.installed_at.filter(|at| *at <= cut);
            sheet
                .row()
                .show(asset_id(line.asset))
                .show(format_args!("{}-{:03}", patch.released_at.format("KP%y%m"), line.patch + 1))
                .text(UNITS[asset.unit].code)
                .text(patch.severity.name())
                .stamp(Some(patch.released_at))
                .stamp(Some(patch.released_at + TimeDelta::days(patch.severity.days_to_install())))
                .stamp(installed_at)
                .show(line.pending_reboot && installed_at.is_some())
                .show(line.exception)
                .show(patch.superseded)
                .stamp(asset.scanned)
                .end()?;
        }
        super::awkward::write("patches", step, sheet)
    })
}
