//! Packs: what all packs of an issue share, made once, and the packs made side by side.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::{Computed, Progress, RunError, because, scope};
use crate::app::App;
use crate::catalogue::{self, Catalogue, Edition, ExceptionList, Language, List};
use crate::ids::ENTERPRISE;
use crate::measure::{FactRows, MeasureError, RowTable, Seen, exceptions_of, lists_of};

/// What does not depend on the unit or the language of a pack.
pub struct Common {
    pub rows: Behind,
    /// Why the data gate does not let the report pass, or lets it pass only provisionally.
    pub because: Vec<String>,
    /// The units that each of the findings names.
    pub named: Vec<Vec<String>>,
}

/// The rows behind the figures of an edition.
pub struct Behind {
    exceptions: BTreeMap<String, ExceptionList>,
    lists: BTreeMap<String, List>,
    rows: Rows,
}

/// By KPI and by list.
type Tables = (BTreeMap<String, RowTable>, BTreeMap<String, RowTable>);

enum Rows {
    /// Of one unit alone: no more rows are held than are shown.
    One(Tables),
    Many {
        exceptions: BTreeMap<String, Seen>,
        lists: BTreeMap<String, Seen>,
    },
}

/// An edition in a language.
pub struct Wording<'a> {
    pub language: &'a Language,
    pub catalogue: Catalogue,
    pub edition: Edition,
}

impl Common {
    /// # Errors
    /// The engine fails on a fact or a list.
    pub fn of(
        app: &App,
        computed: &Computed,
        edition: &Edition,
        units: &[&str],
        progress: Progress<'_>,
    ) -> Result<Self, RunError> {
        progress("collect the rows behind the figures");
        let figures = &computed.figures;
        let open = FactRows::open(&app.frame(), figures.scorecard.period, &figures.closing)?;
        let listed = |id: &String| Some((id.clone(), app.catalogue.kpi(id)?.exceptions.clone()?));
        let exceptions: BTreeMap<String, ExceptionList> = edition.kpis.iter().filter_map(listed).collect();
        let (lists, most) = (edition.lists.clone(), edition.exceptions.workbook_rows);
        let rows = match units {
            [unit] => Rows::One((open.exceptions(&exceptions, most, unit)?, open.lists(&lists, unit)?)),
            units => Rows::Many {
                exceptions: open.exceptions_by_unit(&exceptions, most, units)?,
                lists: open.listed_by_unit(&lists, units)?,
            },
        };
        // Nothing is kept from the enterprise.
        let burst = units.iter().any(|unit| *unit != ENTERPRISE);
        let named = if burst {
            scope::named(&computed.findings, &figures.scorecard.units)
        } else {
            vec![Vec::new(); computed.findings.len()]
        };
        Ok(Self { rows: Behind { exceptions, lists, rows }, because: because(figures), named })
    }
}

impl Behind {
    /// The rows that a reader of one of the units sees.
    ///
    /// # Errors
    /// The engine fails on a list.
    pub fn of(&self, unit: &str) -> Result<Tables, MeasureError> {
        match &self.rows {
            Rows::One(tables) => Ok(tables.clone()),
            Rows::Many { exceptions, lists } => {
                Ok((exceptions_of(exceptions, &self.exceptions, unit)?, lists_of(lists, &self.lists, unit)?))
            }
        }
    }
}

/// The edition in each of the languages.
///
/// # Errors
/// There is no such language.
pub fn wordings<'a>(
    app: &'a App,
    edition: &Edition,
    languages: impl IntoIterator<Item = impl AsRef<str>>,
) -> Result<BTreeMap<String, Wording<'a>>, RunError> {
    let mut wordings = BTreeMap::new();
    for name in languages {
        let name = name.as_ref();
        if !wordings.contains_key(name) {
            let language = app.catalogue.languages.get(name).ok_or_else(|| RunError::Language(name.to_owned()))?;
            let catalogue = catalogue::translated(&app.catalogue, language);
            let edition = catalogue.editions.get(&edition.id).unwrap_or(edition).clone();
            wordings.insert(name.to_owned(), Wording { language, catalogue, edition });
        }
    }
    Ok(wordings)
}

/// Works the tasks off on all cores; answers in the order of the tasks. The first failure, in that order, is told, and
/// nothing is begun after one.
///
/// # Errors
/// As `work`.
pub fn in_order<T: Sync, R: Send, E: Send>(tasks: &[T], work: impl Fn(&T) -> Result<R, E> + Sync) -> Result<Vec<R>, E> {
    let next = AtomicUsize::new(0);
    let done: Mutex<BTreeMap<usize, Result<R, E>>> = Mutex::default();
    let worker = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(task) = tasks.get(at) else { return };
            let result = work(task);
            if result.is_err() {
                next.store(tasks.len(), Ordering::Relaxed);
            }
            done.lock().unwrap_or_else(PoisonError::into_inner).insert(at, result);
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from).min(tasks.len());
    thread::scope(|scope| {
        // This thread works, too.
        for _ in 1..cores {
            scope.spawn(worker);
        }
        worker();
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::in_order;

    #[test]
    fn answers_come_in_the_order_of_the_tasks() {
        let tasks: Vec<u64> = (0..200).collect();
        let squares = in_order(&tasks, |task| {
            std::thread::sleep(std::time::Duration::from_micros(task % 7 * 50));
            Ok::<_, ()>(task * task)
        });
        assert_eq!(squares, Ok(tasks.iter().map(|task| task * task).collect()));
        assert_eq!(in_order(&[], |task: &u64| Ok::<_, ()>(*task)), Ok(Vec::new()));
    }

    #[test]
    fn the_first_failure_is_told_and_nothing_is_begun_after_it() {
        let tasks: Vec<usize> = (0..1_000).collect();
        let begun = std::sync::atomic::AtomicUsize::new(0);
        let failed = in_order(&tasks, |task| {
            begun.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if *task == 3 { Err(*task) } else { Ok(()) }
        });
        assert_eq!(failed, Err(3));
        assert!(begun.into_inner() < 1_000);
    }
}
