//! Cells: formulas over the parts, at every unit level and dimension member.

use std::collections::{BTreeMap, btree_map};
use std::convert::Infallible;
use std::iter::Peekable;
use std::ops::Bound;

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::Context;
use super::formula::Formula;
use crate::abreast::abreast;
use crate::catalogue::{Companion, Kpi, Levels};
use crate::ids::ENTERPRISE;
use crate::measure::{MeasureFrame, Part, Parts};
use crate::quantity::Unit;

/// Where a figure stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// `""` is the headline.
    pub companion: String,
    pub unit: String,
    /// `""` is all members.
    pub member: String,
}

/// A figure with what it is made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cell {
    pub numerator: Option<Decimal>,
    pub denominator: Option<Decimal>,
    pub value: Option<Decimal>,
    pub rows: Option<Decimal>,
    pub coverage: Option<Decimal>,
    pub impact: Option<Decimal>,
    /// Why there is no value.
    pub reason: Option<String>,
    /// Because a feed is missing.
    pub not_measured: bool,
}

/// The figures of one period, by KPI.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cells {
    by_kpi: BTreeMap<String, BTreeMap<Key, Cell>>,
}

impl Cells {
    #[must_use]
    pub fn get(&self, kpi: &str, key: &Key) -> Option<&Cell> {
        self.by_kpi.get(kpi)?.get(key)
    }

    pub fn of(&self, kpi: &str) -> impl Iterator<Item = (&Key, &Cell)> {
        self.by_kpi.get(kpi).into_iter().flatten()
    }
}

impl Cells {
    /// The headline's members at a unit.
    pub fn members(&self, kpi: &str, unit: &str) -> impl Iterator<Item = (&Key, &Cell)> {
        let from = (Bound::Excluded(Key::headline(unit, "")), Bound::Unbounded);
        let behind = self.by_kpi.get(kpi).into_iter().flat_map(move |cells| cells.range(from.clone()));
        behind.take_while(move |(key, _)| key.companion.is_empty() && key.unit == unit)
    }
}

/// Figures of a KPI asked for in the order of their keys: each is found by a step or two, where a search compares many.
pub struct Walk<'a>(Option<Peekable<btree_map::Iter<'a, Key, Cell>>>);

impl<'a> Walk<'a> {
    #[must_use]
    pub fn of(cells: Option<&'a Cells>, kpi: &str) -> Self {
        Self(cells.and_then(|cells| cells.by_kpi.get(kpi)).map(|cells| cells.iter().peekable()))
    }

    /// The figure of a key that is not before the one asked for last.
    pub fn at(&mut self, key: &Key) -> Option<&'a Cell> {
        let ahead = self.0.as_mut()?;
        while ahead.next_if(|(own, _)| *own < key).is_some() {}
        ahead.peek().filter(|(own, _)| *own == key).map(|(_, cell)| *cell)
    }
}

impl Key {
    fn headline(unit: &str, member: &str) -> Self {
        Self { companion: String::new(), unit: unit.to_owned(), member: member.to_owned() }
    }
}

/// Which figures of a period are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Members {
    /// Those of each member of a KPI's dimension, and of all together.
    Each,
    /// Those of all members together.
    Together,
}

/// Evaluates every KPI of the catalogue on a measured period.
#[must_use]
pub fn cells(context: &Context<'_>, frame: &MeasureFrame, told: Members, last_year: Option<&Cells>) -> Cells {
    let kpis = &context.catalogue.kpis;
    let cells = abreast(kpis.len(), |number| {
        Ok::<_, Infallible>((kpis[number].id.clone(), of_kpi(context, &kpis[number], (frame, told), last_year)))
    });
    let Ok(cells) = cells;
    Cells { by_kpi: cells.into_iter().collect() }
}

/// A KPI's formulas by their text, parsed once for all its cells.
type Formulas<'a> = BTreeMap<&'a str, Formula>;

fn formulas(kpi: &Kpi) -> Formulas<'_> {
    let own = &kpi.formula;
    let headline = [Some(&own.numerator), own.denominator.as_ref(), own.rows.as_ref(), own.coverage.as_ref()];
    let others = [own.present.as_ref(), kpi.impact.as_ref().map(|impact| &impact.amount)];
    let companions = kpi.companions.values().flat_map(|own| {
        let options = [own.denominator.as_ref(), own.rows.as_ref(), own.present.as_ref(), own.impact.as_ref()];
        std::iter::once(&own.numerator).chain(options.into_iter().flatten())
    });
    let texts = headline.into_iter().chain(others).flatten().chain(companions);
    // The catalogue's check has parsed every formula.
    texts.filter_map(|text| Some((text.as_str(), Formula::parse(text).ok()?))).collect()
}

fn of_kpi(
    context: &Context<'_>,
    kpi: &Kpi,
    (frame, told): (&MeasureFrame, Members),
    last_year: Option<&Cells>,
) -> BTreeMap<Key, Cell> {
    let levels = frame.units.all_levels();
    if let Some(because) = kpi.needs.iter().find_map(|need| frame.missing.get(need)) {
        let silent = Cell { reason: Some(because.clone()), not_measured: true, ..Cell::default() };
        let stated = |companion: &str, levels: Levels, unit: &str| {
            (levels != Levels::Enterprise || unit == ENTERPRISE).then(|| Key {
                companion: companion.to_owned(),
                unit: unit.to_owned(),
                member: String::new(),
            })
        };
        return levels
            .iter()
            .flat_map(|unit| {
                let companions = kpi.companions.iter().filter_map(|(name, own)| stated(name, own.levels, unit));
                std::iter::once(Key::headline(unit, "")).chain(companions)
            })
            .map(|key| (key, silent.clone()))
            .collect();
    }
    let measures = &frame.measures[&kpi.id];
    let formulas = &formulas(kpi);
    // Values first, money second: an impact may speak of the enterprise's value. A value speaks of those of all members
    // at most, so only these are found by their keys meanwhile; the others are put in order once.
    let (mut totals, mut others) = (BTreeMap::new(), Vec::new());
    let members = if told == Members::Each { members(kpi, measures) } else { BTreeMap::new() };
    for unit in &levels {
        // All members together are one, too.
        for member in std::iter::once("").chain(members.get(unit.as_str()).into_iter().flatten().copied()) {
            let view = View { context, kpi, formulas, measures, frame, cells: &totals, last_year, unit, member };
            let mut made = vec![(Key::headline(unit, member), view.headline())];
            for (name, companion) in &kpi.companions {
                if companion.levels == Levels::Enterprise && unit != ENTERPRISE {
                    continue;
                }
                made.push((
                    Key { companion: name.clone(), unit: unit.clone(), member: member.to_owned() },
                    view.companion(companion),
                ));
            }
            if member.is_empty() { totals.extend(made) } else { others.extend(made) }
        }
    }
    let mut cells: BTreeMap<Key, Cell> = totals.into_iter().chain(others).collect();
    let money = |key: &Key| {
        let (unit, member) = (key.unit.as_str(), key.member.as_str());
        let view = View { context, kpi, formulas, measures, frame, cells: &cells, last_year, unit, member };
        let (text, levels) = match kpi.companions.get(&key.companion) {
            Some(companion) => (companion.impact.as_deref(), companion.levels),
            None => (
                kpi.impact.as_ref().map(|impact| impact.amount.as_str()),
                kpi.impact.as_ref().map_or(Levels::All, |impact| impact.levels),
            ),
        };
        let direct = levels != Levels::SumOfUnits || view.lookup("band_low").is_some();
        text.filter(|_| direct).and_then(|text| view.eval(text))
    };
    let impacts: Vec<Option<Decimal>> = cells.keys().map(money).collect();
    for (cell, impact) in cells.values_mut().zip(impacts) {
        // No population and no money: nothing to speak of, rather than zero.
        cell.impact = impact.filter(|money| cell.value.is_some() || !money.is_zero());
    }
    sum_of_units(kpi, frame, &mut cells);
    cells
}

/// The dimension's members with a part at each unit.
fn members<'a>(kpi: &Kpi, measures: &'a BTreeMap<String, Parts>) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut members: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    if kpi.dimension.is_some() {
        let places = measures.values().flat_map(|parts| parts.iter().map(|(place, _)| place));
        for (unit, member) in places.filter(|(_, member)| !member.is_empty()) {
            members.entry(unit).or_default().push(member);
        }
    }
    for own in members.values_mut() {
        #[expect(
            clippy::stable_sort_primitive,
            reason = "each measure's are in order, and only this sort makes use of it"
        )]
        own.sort();
        own.dedup();
    }
    members
}

/// Figures that some levels do not have of their own: there they are the sum over the nearest units below
/// that have one.
fn sum_of_units(kpi: &Kpi, frame: &MeasureFrame, cells: &mut BTreeMap<Key, Cell>) {
    let companions = kpi.companions.iter().filter(|(_, companion)| companion.levels == Levels::SumOfUnits);
    let headline = kpi.impact.iter().filter(|impact| impact.levels == Levels::SumOfUnits);
    let names: Vec<(String, bool)> =
        companions.map(|(name, _)| (name.clone(), true)).chain(headline.map(|_| (String::new(), false))).collect();
    for (companion, with_value) in names {
        let key = |unit: &str| Key { companion: companion.clone(), unit: unit.to_owned(), member: String::new() };
        let own = cells.clone();
        for level in frame.units.all_levels() {
            let Some(cell) = cells.get_mut(&key(&level)).filter(|cell| cell.impact.is_none()) else { continue };
            let below = nearest_below(frame, &level, &|unit| own.get(&key(unit)).filter(|cell| cell.impact.is_some()));
            if below.is_empty() {
                continue;
            }
            let total =
                |figure: fn(&Cell) -> Option<Decimal>| below.iter().copied().filter_map(figure).sum::<Decimal>();
            cell.impact = Some(total(|cell| cell.impact));
            if with_value {
                cell.numerator = Some(total(|cell| cell.numerator));
                cell.value = cell.numerator;
                cell.reason = None;
            }
        }
    }
}

/// What the units below have, each branch down to the first unit that has something.
fn nearest_below<'a>(frame: &MeasureFrame, level: &str, find: &dyn Fn(&str) -> Option<&'a Cell>) -> Vec<&'a Cell> {
    frame
        .units
        .below(level)
        .flat_map(|unit| find(unit).map_or_else(|| nearest_below(frame, unit, find), |found| vec![found]))
        .collect()
}

/// A KPI at one place, as its formulas see it.
struct View<'a> {
    context: &'a Context<'a>,
    kpi: &'a Kpi,
    formulas: &'a Formulas<'a>,
    measures: &'a BTreeMap<String, Parts>,
    frame: &'a MeasureFrame,
    cells: &'a BTreeMap<Key, Cell>,
    last_year: Option<&'a Cells>,
    unit: &'a str,
    member: &'a str,
}

impl View<'_> {
    fn headline(&self) -> Cell {
        let formula = &self.kpi.formula;
        if formula.present.as_deref().is_some_and(|present| self.eval(present).is_none_or(|value| value.is_zero())) {
            return Cell { reason: formula.absent_because.clone(), rows: Some(Decimal::ZERO), ..Cell::default() };
        }
        let mut cell = self.ratio(&formula.numerator, formula.denominator.as_deref(), formula.scale);
        cell.rows = match &formula.rows {
            Some(rows) => self.eval(rows),
            None => cell.denominator.or(cell.numerator),
        };
        cell.coverage = formula.coverage.as_deref().and_then(|coverage| self.eval(coverage));
        cell
    }

    fn companion(&self, companion: &Companion) -> Cell {
        if companion.present.as_deref().is_some_and(|present| self.eval(present).is_none_or(|value| value.is_zero())) {
            return Cell { reason: companion.absent_because.clone(), ..Cell::default() };
        }
        if let Some(because) = companion.needs.iter().find_map(|need| self.frame.missing.get(need)) {
            return Cell { reason: Some(because.clone()), not_measured: true, ..Cell::default() };
        }
        let mut cell = self.ratio(&companion.numerator, companion.denominator.as_deref(), companion.scale);
        cell.rows = match &companion.rows {
            Some(rows) => self.eval(rows),
            None if companion.unit == Unit::Count => cell.numerator,
            None => cell.denominator,
        };
        cell
    }

    fn ratio(&self, numerator: &str, denominator: Option<&str>, scale: f64) -> Cell {
        let numerator = self.eval(numerator);
        let Some(denominator) = denominator else {
            let reason = numerator.is_none().then(|| "nothing to state".to_owned());
            return Cell { numerator, value: numerator, reason, ..Cell::default() };
        };
        let denominator = self.eval(denominator);
        let value = numerator.zip(denominator).and_then(|(above, below)| above.checked_div(below));
        let scale = Decimal::from_f64(scale).unwrap_or(Decimal::ONE);
        let reason = value.is_none().then(|| "nothing to divide by: the population is empty".to_owned());
        Cell {
            numerator,
            denominator,
            value: value.and_then(|value| value.checked_mul(scale)),
            reason,
            ..Cell::default()
        }
    }

    fn eval(&self, text: &str) -> Option<Decimal> {
        self.formulas.get(text)?.eval(&|name| self.lookup(name))
    }

    fn lookup(&self, name: &str) -> Option<Decimal> {
        if let Some((scope, name)) = name.split_once('.') {
            return match scope {
                "total" => self.figure(self.unit, "", name),
                "enterprise" => self.figure(ENTERPRISE, "", name),
                "last_year" => {
                    let companion = if name == "value" { "" } else { name };
                    let key = Key {
                        companion: companion.to_owned(),
                        unit: self.unit.to_owned(),
                        member: self.member.to_owned(),
                    };
                    self.last_year?.get(&self.kpi.id, &key)?.value
                }
                _ => None,
            };
        }
        self.figure(self.unit, self.member, name)
    }

    fn figure(&self, unit: &str, member: &str, name: &str) -> Option<Decimal> {
        if let Some(parts) = self.measures.get(name) {
            // Not additive and nothing there: nothing known, not zero.
            let additive = self.kpi.measures[name].agg.is_additive();
            return match parts.at(unit, member) {
                Part::Absent => additive.then_some(Decimal::ZERO),
                part => part.value(),
            };
        }
        let constants = self.context.constants;
        match name {
            "loaded_hourly_cost" => return Some(constants.loaded_hourly_cost),
            "breach_cost_per_asset" => return Some(constants.breach_cost_per_asset),
            "annual_cost_per_device" => return Some(constants.annual_cost_per_device),
            "band_low" | "band_high" => {
                let industry = self.frame.units.get(unit)?.industry.as_ref()?;
                let band = self.kpi.bands.get(industry)?;
                return Decimal::from_f64(if name == "band_low" { band.low } else { band.high? });
            }
            _ => {}
        }
        let companion = if name == "value" { "" } else { name };
        let key = Key { companion: companion.to_owned(), unit: unit.to_owned(), member: member.to_owned() };
        self.cells.get(&key)?.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_finds_what_a_search_finds() {
        let key = |unit: &str, member: &str| Key::headline(unit, member);
        let cell = |value: i64| Cell { value: Some(value.into()), ..Cell::default() };
        let own = [(key("ALL", ""), cell(1)), (key("BER", ""), cell(2)), (key("BER", "laptop"), cell(3))];
        let cells = Cells { by_kpi: BTreeMap::from([("kpi".to_owned(), own.into_iter().collect())]) };
        let asked =
            [("ALL", ""), ("ALL", "x"), ("BER", ""), ("BER", "a"), ("BER", "laptop"), ("BER", "x"), ("HAM", "")];
        let mut walk = Walk::of(Some(&cells), "kpi");
        for (unit, member) in asked {
            let key = key(unit, member);
            assert_eq!(walk.at(&key), cells.get("kpi", &key), "{unit} {member}");
            assert_eq!(walk.at(&key), cells.get("kpi", &key), "{unit} {member}, again");
        }
        assert_eq!(Walk::of(Some(&cells), "other").at(&key("ALL", "")), None);
        assert_eq!(Walk::of(None, "kpi").at(&key("ALL", "")), None);
    }
}
