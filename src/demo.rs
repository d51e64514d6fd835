//! The demo estate: a believable, invented company, written out as the extracts a real one would deliver.
//!
//! The Varnholm Group (clinics, works, shared services) is simulated month by month: people join and leave, devices are
//! bought, used, broken, verified, replaced and disposed of, contracts renew, patches are installed or not. Every delivered
//! month ends with one night of snapshots and ledger increments in the canonical layout; the first night brings the history
//! of the year before along. The same [`Estate`] gives the same bytes: chance comes from the seed alone, and neither the
//! clock nor the environment is read.

mod assets;
mod assurance;
mod awkward;
mod bills;
mod classes;
mod company;
mod contracts;
mod dice;
mod discovery;
mod files;
mod handover;
mod incidents;
mod levels;
mod life;
mod lifecycle;
mod money;
mod patches;
mod people;
mod portfolio;
mod reference;
mod register;
mod saas;
mod scale;
mod software;
mod spend;
mod world;

use std::path::{Path, PathBuf};

use chrono::{Datelike, NaiveDate};

use dice::Dice;
use files::Night;
use world::{Step, World};

/// Months simulated before the first delivered night; their ledger rows come with that night.
const WARM_UP_MONTHS: u32 = 13;

/// The years an estate may end in: well clear of the dates that mean "none" (before 1901, after 8999).
const YEARS: std::ops::RangeInclusive<i32> = 1980..=2200;

/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estate {
    /// Assets under management, about; every other dataset grows with it.
    pub assets: u32,
    /// Where all chance comes from.
    pub seed: u64,
    /// Any day of the newest month, which is complete.
    pub last_month: NaiveDate,
    /// How many months have a night, the newest included (1 to 120).
    pub months: u32,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// The nights delivered, oldest first; each is the last day of its month.
    pub nights: Vec<NaiveDate>,
    /// How many files were written.
    pub files: usize,
    /// How many rows they hold, headers not counted.
    pub rows: u64,
}

/// Why an estate could not be generated.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The estate asked for is not one that can be simulated.
    #[error("cannot generate an estate with `{field}` = `{value}`\nhint: {hint}")]
    Estate {
        /// The field of [`Estate`].
        field: &'static str,
        /// What it was.
        value: String,
        /// What it may be.
        hint: &'static str,
    },
    /// A folder could not be made.
    #[error("cannot create the folder `{}`", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A file could not be made.
    #[error("cannot create the file `{}`", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Rows could not be written.
    #[error("cannot write to `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The writer's answer.
        source: csv::Error,
    },
    /// Typed columns could not be made or written.
    #[error("cannot write Parquet: {why}")]
    Parquet {
        /// The engine's answer.
        why: String,
    },
}

/// Writes one night of an estate of any size as `out/extracts/<dataset>/<YYYY-MM-DD>/<dataset>.parquet`: every row
/// follows from its number alone, so that memory stays the same however large the estate is. For each asset there are
/// 2 incidents, 12 installations and 10 patches.
///
/// # Errors
/// As [`generate`]; and fewer than 9 units or more than 1,000: 8 of them hold the others.
pub fn generate_scale(estate: &Estate, units: u32, out: &Path) -> Result<Generated, DemoError> {
    check(estate)?;
    if !(9..=1_000).contains(&units) {
        return Err(DemoError::Estate { field: "units", value: units.to_string(), hint: "between 9 and 1000" });
    }
    scale::write(estate, units, out)
}

/// Writes the estate's extracts as `out/extracts/<dataset>/<YYYY-MM-DD>/<dataset>.csv`. Files of the same name are replaced,
/// others are left alone.
///
/// # Errors
/// [`DemoError::Estate`] for an estate that makes no sense; the others when the disk says no.
pub fn generate(estate: &Estate, out: &Path) -> Result<Generated, DemoError> {
    check(estate)?;
    let steps: Vec<Step> = (0..estate.months + WARM_UP_MONTHS)
        .rev()
        .filter_map(|ago| Step::new(estate.last_month, ago, estate.months))
        .collect();
    let start = steps.first().map_or(estate.last_month, |step| step.first);
    let mut world = open(estate, start);
    let mut generated = Generated { nights: Vec::new(), files: 0, rows: 0 };
    for step in &steps {
        advance(&mut world, step);
        if step.ago < estate.months {
            let mut night = Night::new(out, step.night);
            write(&mut world, step, &mut night)?;
            generated.nights.push(night.date);
            generated.files += night.files;
            generated.rows += night.rows;
        }
    }
    Ok(generated)
}

fn check(estate: &Estate) -> Result<(), DemoError> {
    let refuse = |field, value: String, hint| Err(DemoError::Estate { field, value, hint });
    if !(50..=20_000_000).contains(&estate.assets) {
        return refuse("assets", estate.assets.to_string(), "between 50 and 20000000");
    }
    if !(1..=120).contains(&estate.months) {
        return refuse("months", estate.months.to_string(), "between 1 and 120");
    }
    if !YEARS.contains(&estate.last_month.year()) {
        return refuse("last_month", estate.last_month.to_string(), "a day in the years 1980 to 2200");
    }
    Ok(())
}

/// The company as it stands before the first simulated month.
fn open(estate: &Estate, start: NaiveDate) -> World {
    let mut world = World::new(estate.seed, start);
    let mut dice = Dice::new(estate.seed, 0);
    assets::open(&mut world, estate.assets, &mut dice);
    people::open(&mut world, &mut dice);
    assets::hand_out(&mut world, &mut dice);
    software::open(&mut world, &mut dice);
    saas::open(&mut world, &mut dice);
    contracts::open(&mut world);
    world
}

/// One month, subject after subject; each has dice of its own.
fn advance(world: &mut World, step: &Step) {
    let subjects: [fn(&mut World, &Step, &mut Dice); 11] = [
        people::advance,
        handover::advance,
        life::advance,
        incidents::advance,
        discovery::advance,
        patches::advance,
        software::advance,
        saas::advance,
        spend::advance,
        contracts::advance,
        assurance::advance,
    ];
    for (subject, advance) in (1_u64..).zip(subjects) {
        let mut dice = Dice::new(world.seed, u64::from(step.ago) * 100 + subject);
        advance(world, step, &mut dice);
    }
}

/// One night's delivery.
fn write(world: &mut World, step: &Step, night: &mut Night) -> Result<(), DemoError> {
    reference::write(world.seed, night)?;
    people::write(world, step, night)?;
    register::write(world, step, night)?;
    discovery::write(world, step, night)?;
    patches::write(world, step, night)?;
    software::write(world, step, night)?;
    saas::write(world, step, night)?;
    spend::write(world, step, night)?;
    bills::write_budgets(world, step, night)?;
    contracts::write(world, step, night)?;
    handover::write(world, step, night)?;
    lifecycle::write(world, step, night)?;
    incidents::write(world, step, night)?;
    assurance::write(world, step, night)
}
