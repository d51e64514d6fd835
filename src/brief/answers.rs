//! Answers: all that is computed from tables, recalled where an earlier run has computed it from the same.
//!
//! First every answer gets its name and all are looked up at once; then the tables of those that are lacking are put
//! together, month by month, and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;

use super::feeds::Feeds;
use super::footprints::{self, Answers as Looks, Prints};
use super::{BriefError, Question};
use crate::abreast::{abreast, cores};
use crate::catalogue::Contract;
use crate::conform::{ConformError, Conformed};
use crate::finding::Finding;
use crate::kept::{self, Print, Slot, Stock};
use crate::measure::{self, Done, Parts, Plan, Task};
use crate::period::Period;
use crate::quality::{self, Broken, Cleared, Evening};
use crate::score::restate::Footprints;

/// The exchange rates, which every table with money is converted by.
const RATES: &str = "fx_rates";

/// What was computed from tables.
#[derive(Debug, Default)]
pub struct Answers {
    pub done: Done,
    pub footprints: Footprints,
    /// About the reported period: what putting its feeds together showed, then what converting its money showed.
    pub findings: Vec<Finding>,
    /// Rules about the rows of the reported period that do not hold.
    pub broken: Vec<Broken>,
    /// The fingerprints of the facts' rows of the reported period.
    pub rows: BTreeMap<String, String>,
    /// Tables of the reported period, as far as anything was computed from them.
    pub closing: Option<Cleared>,
}

/// What is asked: the periods measured, the outlines of the months they need, and what the gate looks at.
pub struct Asked<'a> {
    pub periods: &'a [Period],
    pub outlines: &'a BTreeMap<Period, Cleared>,
    /// First and last day of each period, the reported one last.
    pub spans: &'a [(NaiveDate, NaiveDate)],
}

/// What is measured at one instant, and on which tables.
struct Instant {
    at: Period,
    tasks: Vec<Task>,
    tables: Cleared,
}

/// Everything that is kept or has to be computed, by kind.
struct Slots {
    parts: Vec<Slot<Task, Vec<Parts>>>,
    looks: Vec<Slot<usize, Looks>>,
    /// By dataset.
    noticed: Vec<Slot<String, Vec<Finding>>>,
    converted: Vec<Slot<String, Vec<Finding>>>,
    checked: Vec<Slot<String, Vec<Broken>>>,
}

/// Recalls or computes everything.
///
/// # Errors
/// The engine fails, or a delivery that an earlier run has read cannot be read.
pub fn answers(
    question: &Question<'_>,
    feeds: &mut Feeds<'_>,
    asked: &Asked<'_>,
    progress: &dyn Fn(&str),
) -> Result<Answers, BriefError> {
    let last = measure::closing_of(&question.calendar, question.period);
    let Some(outline) = asked.outlines.get(&last) else { return Err(BriefError::Nothing(question.period)) };
    let mut names = Names { question, feeds, outlines: asked.outlines, last, rows: BTreeMap::new() };
    let prints = footprints::prints(question, asked.periods, asked.outlines, &mut |dataset, month| {
        names.feeds.rows(dataset, names.question.calendar.span(month).last_day)
    });
    let mut slots = names.slots(asked, &prints, outline);
    let rows = question.catalogue.facts.keys().map(|fact| (fact.clone(), names.fact(fact, question.period))).collect();
    let mut stock = Stock::open(question.kept, slots.names());
    slots.fill(&stock, question);
    let mut closing = None;
    let mut earlier: Option<Cleared> = None;
    let mut waiting = Vec::new();
    for (month, needed) in slots.needs(question, &prints, last) {
        let tables = feeds.tables(month, &needed, earlier.as_ref())?;
        slots.look(question, &prints, month, &tables, &mut stock)?;
        waiting.extend(slots.instants(question, month, &tables));
        if month == last || waiting.len() >= cores() || measure::has_many_rows(&tables) {
            let at_once = if measure::has_many_rows(&tables) { 1 } else { cores() };
            for instants in std::mem::take(&mut waiting).chunks(at_once) {
                slots.measure(question, instants, &mut stock, progress)?;
            }
        }
        if month == last {
            progress("check the rows");
            slots.convert(question, &tables, &mut stock)?;
            slots.check(question, feeds, asked, outline, &tables, &mut stock)?;
            closing = Some(tables.clone());
        }
        earlier = Some(tables);
    }
    slots.measure(question, &waiting, &mut stock, progress)?;
    feeds.is_as_told()?;
    stock.close();
    let in_order = |slots: Vec<Slot<String, Vec<Finding>>>| slots.into_iter().filter_map(|slot| slot.value).flatten();
    let looks: Vec<Looks> = slots.looks.into_iter().map(|slot| slot.value.unwrap_or_default()).collect();
    Ok(Answers {
        done: slots.parts.into_iter().filter_map(|slot| Some((slot.key, slot.value?))).collect(),
        footprints: prints.answered(asked.periods, &looks),
        findings: in_order(slots.noticed).chain(in_order(slots.converted)).collect(),
        broken: slots.checked.into_iter().filter_map(|slot| slot.value).flatten().collect(),
        rows,
        closing,
    })
}

/// Gives every answer its name.
struct Names<'a, 'f> {
    question: &'a Question<'a>,
    feeds: &'a mut Feeds<'f>,
    outlines: &'a BTreeMap<Period, Cleared>,
    last: Period,
    /// Of facts by instant.
    rows: BTreeMap<(String, Period), String>,
}

impl Names<'_, '_> {
    fn slots(&mut self, asked: &Asked<'_>, prints: &Prints, outline: &Cleared) -> Slots {
        let question = self.question;
        let frame = question.frame();
        let tasks: BTreeSet<Task> =
            asked.periods.iter().flat_map(|period| measure::tasks(&frame, *period, self.outlines)).collect();
        let parts = tasks.into_iter().map(|task| {
            let measures = measure::measures_of(question.catalogue, &task.fact, task.over);
            let print = Print::of("parts").with(self.fact(&task.fact, task.at)).with_definition(&measures);
            Slot::new(task, print.name())
        });
        let parts = parts.collect();
        let present = |contract: &&Contract| outline.nights.contains_key(&contract.dataset);
        let contracts: Vec<&Contract> = question.catalogue.contracts.values().filter(present).collect();
        let noticed = contracts.iter().map(|contract| {
            let dataset = &contract.dataset;
            let by = quality::cleared_by(dataset).iter().map(|by| self.of_last(by)).collect::<Vec<_>>();
            let print = Print::of("noticed").with(self.of_last(dataset)).with_definition(&(by, &outline.units));
            Slot::new(dataset.clone(), print.name())
        });
        let noticed = noticed.collect();
        let converted = contracts.iter().filter(|contract| has_money(contract)).map(|contract| {
            let print = Print::of("converted").with(self.of_last(&contract.dataset)).with(self.of_last(RATES));
            let print = print.with(question.currency).with_definition(&(question.calendar, question.period));
            Slot::new(contract.dataset.clone(), print.name())
        });
        let converted = converted.collect();
        let checked = contracts.iter().map(|contract| {
            let gate = &question.catalogue.gate;
            let referred = quality::referred(gate, contract).into_iter().map(|other| self.of_last(&other));
            let referred = referred.collect::<Vec<_>>();
            let print = Print::of("checked").with(self.of_last(&contract.dataset)).with_definition(&referred);
            let print = print.with_definition(&(&gate.references, &gate.ranges, asked.spans.last(), &outline.units));
            Slot::new(contract.dataset.clone(), print.name())
        });
        Slots { looks: prints.slots(question), noticed, converted, checked: checked.collect(), parts }
    }

    /// The fingerprint of a fact's rows at an instant: the SQL with every macro in place, of the facts it reads too, and
    /// every table as it was read, mapped onto units and converted.
    fn fact(&mut self, fact: &str, at: Period) -> String {
        let key = (fact.to_owned(), at);
        if let Some(print) = self.rows.get(&key) {
            return print.clone();
        }
        let (catalogue, calendar) = (self.question.catalogue, self.question.calendar);
        let month = measure::closing_of(&calendar, at);
        let last_day = calendar.span(month).last_day;
        let mut print = Print::of("rows").with_definition(&(at, calendar));
        if let Some(outline) = self.outlines.get(&month) {
            print = print.with_definition(&outline.units);
            let plan = Plan::new(&self.question.frame(), at, &outline.units);
            for fact in catalogue.facts_in_order(&[fact.to_owned()]) {
                let sql = plan.sql(fact).unwrap_or_else(|_| fact.sql.clone());
                print = print.with(sql).with_definition(&(&fact.name, &fact.tables, &fact.dimension, &fact.repeats));
            }
        }
        let mut money = false;
        for dataset in catalogue.datasets_of(fact) {
            money |= catalogue.contracts.get(&dataset).is_some_and(has_money);
            print = print.with(&dataset).with(self.feeds.rows(&dataset, last_day));
        }
        if money {
            print = print.with(self.question.currency).with(self.feeds.rows(RATES, last_day));
        }
        let print = print.name();
        self.rows.insert(key, print.clone());
        print
    }

    /// The fingerprint of a dataset's rows at the reported period's end.
    fn of_last(&mut self, dataset: &str) -> String {
        self.feeds.rows(dataset, self.question.calendar.span(self.last).last_day)
    }
}

fn has_money(contract: &Contract) -> bool {
    contract.money_columns().next().is_some()
}

impl Slots {
    fn names(&self) -> Vec<&String> {
        let findings = self.noticed.iter().chain(&self.converted).map(|slot| &slot.name);
        let parts = self.parts.iter().map(|slot| &slot.name).chain(self.looks.iter().map(|slot| &slot.name));
        parts.chain(findings).chain(self.checked.iter().map(|slot| &slot.name)).collect()
    }

    fn fill(&mut self, stock: &Stock<'_>, question: &Question<'_>) {
        stock.fill(&mut self.parts, |task, bytes| {
            measure::read(bytes, measure::measures_of(question.catalogue, &task.fact, task.over).len())
        });
        stock.fill(&mut self.looks, |_, bytes| kept::read(bytes));
        stock.fill(&mut self.noticed, |_, bytes| kept::read(bytes));
        stock.fill(&mut self.converted, |_, bytes| kept::read(bytes));
        stock.fill(&mut self.checked, |_, bytes| kept::read(bytes));
    }

    /// The datasets whose tables have to be there, by month.
    fn needs(&self, question: &Question<'_>, prints: &Prints, last: Period) -> BTreeMap<Period, BTreeSet<String>> {
        let mut needs: BTreeMap<Period, BTreeSet<String>> = BTreeMap::new();
        for task in lacking(&self.parts) {
            let month = needs.entry(measure::closing_of(&question.calendar, task.at)).or_default();
            month.extend(question.catalogue.datasets_of(&task.fact));
            month.insert(RATES.to_owned());
        }
        for table in lacking(&self.looks).filter_map(|index| prints.tables.get(*index)) {
            needs.entry(table.month).or_default().insert(table.dataset.clone());
        }
        let mut at_last = BTreeSet::new();
        for dataset in lacking(&self.noticed) {
            at_last.extend(quality::cleared_by(dataset).iter().map(|by| (*by).to_owned()).chain([dataset.clone()]));
        }
        for dataset in lacking(&self.converted) {
            at_last.extend([dataset.clone(), RATES.to_owned()]);
        }
        for dataset in lacking(&self.checked) {
            let contract = question.catalogue.contracts.get(dataset);
            at_last.extend(contract.into_iter().flat_map(|own| quality::referred(&question.catalogue.gate, own)));
            at_last.insert(dataset.clone());
        }
        if !at_last.is_empty() {
            needs.entry(last).or_default().extend(at_last);
        }
        needs
    }

    fn look(
        &mut self,
        question: &Question<'_>,
        prints: &Prints,
        month: Period,
        tables: &Cleared,
        stock: &mut Stock<'_>,
    ) -> Result<(), ConformError> {
        for slot in self.looks.iter_mut().filter(|slot| slot.value.is_none()) {
            let Some(of) = prints.tables.get(slot.key).filter(|of| of.month == month) else { continue };
            let contract = &question.catalogue.contracts[&of.dataset];
            let looks = quality::footprints(contract, &tables.tables[&of.dataset], &of.spans)?;
            stock.add(&slot.name, kept::written(&looks));
            slot.value = Some(looks);
        }
        Ok(())
    }

    /// The instants that lack parts and lie at a month's closing.
    fn instants(&self, question: &Question<'_>, month: Period, tables: &Cleared) -> Vec<Instant> {
        let own = |task: &&Task| measure::closing_of(&question.calendar, task.at) == month;
        let instants = measure::by_instant(lacking(&self.parts).filter(own).cloned()).into_iter();
        instants.map(|(at, tasks)| Instant { at, tasks, tables: tables.clone() }).collect()
    }

    /// Works off the tasks of some instants, all at once: one over few rows leaves cores idle by itself.
    fn measure(
        &mut self,
        question: &Question<'_>,
        instants: &[Instant],
        stock: &mut Stock<'_>,
        progress: &dyn Fn(&str),
    ) -> Result<(), BriefError> {
        let frame = question.frame();
        for Instant { at, .. } in instants {
            progress(&format!("measure {at}"));
        }
        let made = abreast(instants.len(), |number| {
            let Instant { at, tasks, tables } = &instants[number];
            measure::work(&frame, *at, tables, tasks)
        })?;
        let mut done: Done = made.into_iter().flatten().collect();
        for slot in &mut self.parts {
            if let Some(parts) = done.remove(&slot.key) {
                stock.add(&slot.name, measure::written(&parts));
                slot.value = Some(parts);
            }
        }
        Ok(())
    }

    /// Listens to what converting the reported period's money shows.
    fn convert(&mut self, question: &Question<'_>, tables: &Cleared, stock: &mut Stock<'_>) -> Result<(), BriefError> {
        if lacking(&self.converted).next().is_some() {
            let told = measure::unconverted(&question.frame(), question.period, tables)?;
            stock.settle(&mut self.converted, |dataset| about(&told, dataset));
        }
        Ok(())
    }

    /// What the reported period's tables show beside figures.
    fn check(
        &mut self,
        question: &Question<'_>,
        feeds: &mut Feeds<'_>,
        asked: &Asked<'_>,
        outline: &Cleared,
        tables: &Cleared,
        stock: &mut Stock<'_>,
    ) -> Result<(), BriefError> {
        stock.settle(&mut self.noticed, |dataset| about(&tables.noticed, dataset));
        let datasets: BTreeSet<String> = lacking(&self.checked).cloned().collect();
        let last_day = asked.spans.last().map_or(NaiveDate::MAX, |(_, last_day)| *last_day);
        let mut conformed: BTreeMap<(String, NaiveDate), Arc<Conformed>> = BTreeMap::new();
        for (dataset, night) in outline.nights.iter().filter(|(dataset, _)| datasets.contains(*dataset)) {
            if let quality::Feed::Present { conformed: own, .. } = feeds.feed(dataset, last_day) {
                conformed.insert((dataset.clone(), *night), own);
            }
        }
        let mut cleared = outline.clone();
        cleared.tables.clone_from(&tables.tables);
        let contracts = &question.catalogue.contracts;
        let evening = Evening { contracts, cleared: &cleared, conformed: &conformed, spans: asked.spans };
        let mut checked = quality::about_rows(&question.catalogue.gate, &evening, &datasets)?;
        stock.settle(&mut self.checked, |dataset| checked.remove(dataset).unwrap_or_default());
        Ok(())
    }
}

fn about(findings: &[Finding], dataset: &str) -> Vec<Finding> {
    findings.iter().filter(|finding| finding.dataset == dataset).cloned().collect()
}

fn lacking<K, V>(slots: &[Slot<K, V>]) -> impl Iterator<Item = &K> {
    slots.iter().filter(|slot| slot.value.is_none()).map(|slot| &slot.key)
}
