//! Rows: the exceptions and lists of a report, recalled where an earlier run has collected them from the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Computed, RunError, question};
use crate::app::App;
use crate::catalogue::{ExceptionList, List};
use crate::ids::ENTERPRISE;
use crate::kept::{self, Print, Slot, Stock};
use crate::measure::{FactRows, RowTable};
use crate::quality::Cleared;

/// What is listed for a reader.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// The worst rows, by KPI.
    pub exceptions: BTreeMap<String, RowTable>,
    /// By the list's name.
    pub lists: BTreeMap<String, RowTable>,
}

/// What to list.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// By KPI.
    pub exceptions: &'a BTreeMap<String, ExceptionList>,
    /// Rows of exceptions at most.
    pub most: u32,
    pub lists: &'a BTreeMap<String, List>,
}

#[derive(Debug, Clone, Copy)]
enum One<'a> {
    Exceptions(&'a str, &'a ExceptionList),
    List(&'a str, &'a List),
}

/// Collects the rows that a reader of `unit` sees.
///
/// # Errors
/// The engine fails on a fact or a list.
pub fn rows(app: &App, computed: &Computed, unit: &str, wanted: &Wanted<'_>) -> Result<Rows, RunError> {
    let exceptions = wanted.exceptions.iter().map(|(kpi, list)| One::Exceptions(kpi, list));
    let all: Vec<One<'_>> = exceptions.chain(wanted.lists.iter().map(|(name, list)| One::List(name, list))).collect();
    // Units are many: each keeps its lists together.
    let groups: Vec<Vec<One<'_>>> =
        if unit == ENTERPRISE { all.into_iter().map(|one| vec![one]).collect() } else { vec![all] };
    let slots = groups.into_iter().map(|group| {
        let name = name(&group, computed, unit, wanted.most);
        Slot::new(group, name)
    });
    let mut slots: Vec<Slot<Vec<One<'_>>, Vec<RowTable>>> = slots.collect();
    let mut stock = Stock::open(computed.kept.as_ref(), slots.iter().map(|slot| &slot.name));
    stock.fill(&mut slots, |group, bytes| {
        kept::read(bytes).filter(|tables: &Vec<RowTable>| tables.len() == group.len())
    });
    let lacking: Vec<One<'_>> =
        slots.iter().filter(|slot| slot.value.is_none()).flat_map(|slot| slot.key.clone()).collect();
    if !lacking.is_empty() {
        let facts: BTreeSet<String> = lacking.iter().map(|one| one.fact().to_owned()).collect();
        let facts: Vec<String> = facts.into_iter().collect();
        let tables = tables(app, computed, &facts)?;
        let opened = FactRows::open(&app.frame(), computed.figures.scorecard.period, &tables, &facts)?;
        for slot in slots.iter_mut().filter(|slot| slot.value.is_none()) {
            let collected = slot.key.iter().map(|one| match one {
                One::Exceptions(_, list) => opened.exceptions(list, wanted.most, unit),
                One::List(name, list) => opened.list(name, list, unit),
            });
            let collected = collected.collect::<Result<Vec<RowTable>, _>>()?;
            stock.add(&slot.name, kept::written(&collected));
            slot.value = Some(collected);
        }
    }
    stock.close();
    let mut rows = Rows::default();
    for (one, table) in slots.into_iter().flat_map(|slot| slot.key.into_iter().zip(slot.value.unwrap_or_default())) {
        match one {
            One::Exceptions(kpi, _) => rows.exceptions.insert(kpi.to_owned(), table),
            One::List(name, _) => rows.lists.insert(name.to_owned(), table),
        };
    }
    Ok(rows)
}

/// The tables that facts are made of, as of the period's end.
///
/// # Errors
/// The engine fails on a table.
pub fn tables(app: &App, computed: &Computed, facts: &[String]) -> Result<Arc<Cleared>, RunError> {
    let mut datasets: BTreeSet<String> = facts.iter().flat_map(|fact| app.catalogue.datasets_of(fact)).collect();
    datasets.insert("fx_rates".to_owned());
    let (period, decoders) = (computed.figures.scorecard.period, app.decoders());
    let asked = question(app, period, &computed.first_nights, &decoders, computed.kept.as_ref());
    Ok(computed.figures.closing.tables(&asked, &datasets)?)
}

fn name(group: &[One<'_>], computed: &Computed, unit: &str, most: u32) -> String {
    let print = group.iter().fold(Print::of("lists").with(unit), |print, one| {
        let rows = computed.figures.closing.rows.get(one.fact()).map_or("", String::as_str);
        match one {
            One::Exceptions(_, ExceptionList { fact: _, title: _, filter, worst, columns, .. }) => {
                print.with(rows).with_definition(&(filter, worst, columns, most))
            }
            One::List(_, List { sql, columns, .. }) => {
                let columns: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
                print.with(rows).with_definition(&(sql, columns))
            }
        }
    });
    print.name()
}

impl One<'_> {
    fn fact(&self) -> &str {
        match self {
            One::Exceptions(_, list) => &list.fact,
            One::List(_, list) => &list.fact,
        }
    }
}
