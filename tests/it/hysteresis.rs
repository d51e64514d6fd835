//! Crossings of one figure over many nights: what is told, what is kept, what is forgotten.

use muster::catalogue::{Catalogue, Kpi, Op};
use muster::io::definitions;
use muster::period::Period;
use muster::quality::UnitTree;
use muster::quantity::{Direction, Unit};
use muster::score::crossing::{self, Change, Open};
use muster::score::{Applied, Score, Scorecard, Status};
use polars::prelude::df;
use rust_decimal::Decimal;

const KPI: &str = "patch_compliance_rate";

fn d(text: &str) -> Decimal {
    text.parse().expect("a number")
}

fn catalogue() -> Catalogue {
    Catalogue::load(&definitions::read(None).expect("the built-in definitions")).expect("definitions")
}

fn tree(units: &[&str]) -> UnitTree {
    let none: Vec<Option<&str>> = units.iter().map(|_| None).collect();
    let table = df!("business_unit" => units, "name" => units, "parent" => none.clone(), "industry" => none);
    UnitTree::read(&table.expect("a table")).expect("a tree").0
}

/// A target, a direction, and what nights have told so far.
struct Watch {
    kpi: Kpi,
    target: Option<Applied>,
    units: Vec<String>,
    tree: UnitTree,
    open: Open,
    night: Period,
}

impl Watch {
    fn at_least(target: &str, amber: &str) -> Self {
        let target = Applied::Limit { op: Op::AtLeast, value: d(target), amber: d(amber) };
        Self {
            kpi: catalogue().kpi(KPI).expect("the measure").clone(),
            target: Some(target),
            units: vec!["ALL".to_owned()],
            tree: tree(&["BER"]),
            open: Open::new(),
            night: "2026-11-01".parse().expect("a day"),
        }
    }

    /// A night of figures by unit; what it tells, and whether it is mailed.
    fn night(&mut self, figures: &[(&str, Option<&str>)]) -> (Vec<Change>, bool) {
        let scores = figures.iter().map(|(unit, value)| self.score(unit, *value)).collect();
        let card = Scorecard {
            period: self.night,
            catalogue_version: String::new(),
            scores,
            units: self.tree.clone(),
            history: std::sync::Arc::default(),
        };
        let (crossings, open) = crossing::crossings(&card, &[&self.kpi], &self.units, &self.open);
        self.open = open;
        self.night = self.night.shift(1);
        (crossings.iter().map(|crossing| crossing.change).collect(), crossing::is_news(&crossings))
    }

    fn all(&mut self, value: &str) -> (Vec<Change>, bool) {
        self.night(&[("ALL", Some(value))])
    }

    fn score(&self, unit: &str, value: Option<&str>) -> Score {
        let value = value.map(d);
        let status = match (value, &self.target) {
            (None, _) => Status::NotMeasured,
            (Some(_), None) => Status::NoTarget,
            (Some(value), Some(target)) => match format!("{:?}", target.judge(value, self.kpi.direction)).as_str() {
                "OnTarget" => Status::OnTarget,
                "Watch" => Status::Watch,
                _ => Status::OffTarget,
            },
        };
        Score {
            kpi: KPI.to_owned(),
            companion: String::new(),
            business_unit: unit.to_owned(),
            period: self.night,
            dimension: String::new(),
            numerator: None,
            denominator: None,
            value,
            is_amount: false,
            rows: None,
            unit: Unit::Ratio,
            target: None,
            target_words: self.target.clone(),
            status,
            coverage: None,
            impact: None,
            impact_kind: None,
            prior_value: None,
            prior_impact: None,
            last_year_value: None,
            reason: None,
            trust: None,
        }
    }
}

const TOLD: bool = true;
const SILENT: bool = false;

#[test]
fn noise_around_the_limit_is_told_once() {
    let mut watch = Watch::at_least("0.95", "0.03");
    // In the amber band from above: nothing has crossed yet.
    assert_eq!(watch.all("0.93"), (vec![], SILENT));
    assert_eq!(watch.all("0.91"), (vec![Change::New], TOLD));
    for value in ["0.93", "0.919", "0.949999", "0.915", "0.92"] {
        assert_eq!(watch.all(value), (vec![Change::Open], SILENT), "{value}");
    }
    assert_eq!(watch.all("0.95"), (vec![Change::Cleared], SILENT));
    assert_eq!(watch.all("0.94"), (vec![], SILENT));
    assert_eq!(watch.all("0.919"), (vec![Change::New], TOLD));
}

#[test]
fn a_slow_slide_is_told_when_it_is_worse_than_told_by_more_than_the_band() {
    let mut watch = Watch::at_least("0.95", "0.03");
    assert_eq!(watch.all("0.91"), (vec![Change::New], TOLD));
    assert_eq!(watch.all("0.90"), (vec![Change::Open], SILENT));
    // Exactly the band is not more than the band.
    assert_eq!(watch.all("0.88"), (vec![Change::Open], SILENT));
    assert_eq!(watch.all("0.8799"), (vec![Change::Worse], TOLD));
    assert_eq!(watch.all("0.8799"), (vec![Change::Open], SILENT));
    // Better, and back to what was told: known.
    assert_eq!(watch.all("0.91"), (vec![Change::Open], SILENT));
    assert_eq!(watch.all("0.88"), (vec![Change::Open], SILENT));
    assert_eq!(watch.open[KPI]["ALL"].since, "2026-11-01".parse().expect("a day"));
}

#[test]
fn without_a_band_a_hundredth_of_the_target_is_worse() {
    let mut watch = Watch::at_least("1", "0");
    assert_eq!(watch.all("0.99"), (vec![Change::New], TOLD));
    assert_eq!(watch.all("0.98"), (vec![Change::Open], SILENT));
    assert_eq!(watch.all("0.979"), (vec![Change::Worse], TOLD));
}

#[test]
fn a_night_without_data_changes_nothing() {
    let mut watch = Watch::at_least("0.95", "0.03");
    watch.units = vec!["ALL".to_owned(), "BER".to_owned()];
    let both = |all, ber| [("ALL", Some(all)), ("BER", Some(ber))];
    assert_eq!(watch.night(&both("0.91", "0.90")), (vec![Change::New, Change::New], TOLD));
    let known = watch.open.clone();
    // The feed is missing.
    assert_eq!(watch.night(&[("ALL", None), ("BER", None)]), (vec![Change::Open, Change::Open], SILENT));
    assert_eq!(watch.open, known);
    // The tree of units is missing: the unit is not even asked for.
    watch.tree = tree(&[]);
    watch.units = vec!["ALL".to_owned()];
    assert_eq!(watch.all("0.91"), (vec![Change::Open], SILENT));
    assert_eq!(watch.open, known);
    // No figure at all.
    assert_eq!(watch.night(&[]), (vec![], SILENT));
    assert_eq!(watch.open, known);
    watch.tree = tree(&["BER"]);
    watch.units = vec!["ALL".to_owned(), "BER".to_owned()];
    assert_eq!(watch.night(&both("0.91", "0.90")), (vec![Change::Open, Change::Open], SILENT));
}

#[test]
fn a_unit_that_left_the_tree_is_closed() {
    let mut watch = Watch::at_least("0.95", "0.03");
    watch.units = vec!["ALL".to_owned(), "BER".to_owned()];
    watch.night(&[("ALL", Some("0.97")), ("BER", Some("0.90"))]);
    watch.tree = tree(&["HAM"]);
    watch.units = vec!["ALL".to_owned(), "HAM".to_owned()];
    watch.night(&[("ALL", Some("0.97")), ("HAM", Some("0.97"))]);
    assert!(watch.open.is_empty(), "{:?}", watch.open);
}

#[test]
fn below_a_band_lower_is_worse_and_above_it_higher() {
    let mut watch = Watch::at_least("0", "0");
    watch.kpi.direction = Direction::Band;
    watch.target = Some(Applied::Band { low: d("1.2"), high: Some(d("1.5")), amber: d("0.1") });
    assert_eq!(watch.all("1.0"), (vec![Change::New], TOLD));
    assert_eq!(watch.all("0.95"), (vec![Change::Open], SILENT));
    assert_eq!(watch.all("0.8"), (vec![Change::Worse], TOLD));
    // On the other side it is less far outside.
    assert_eq!(watch.all("1.8"), (vec![Change::Open], SILENT));
    assert_eq!(watch.all("2.1"), (vec![Change::Worse], TOLD));
}
