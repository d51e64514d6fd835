//! Scanning is holding: the same files give the same rows, rejects and findings.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use polars::prelude::*;

use crate::catalogue::{ColumnType, Contract};
use crate::conform::{Conformed, Context, Limits, RawFile, conform};

/// The same numbers for ever.
struct Lots(u64);

impl Lots {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn contract(name: &str) -> Contract {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/config/contracts");
    let text = std::fs::read_to_string(format!("{folder}/{name}.toml")).unwrap();
    toml::from_str(&text).unwrap()
}

fn instant(lots: &mut Lots) -> i64 {
    match lots.below(60) {
        // Years that systems write for never.
        0 => 253_402_214_400_000_000,
        1 => -6_847_804_800_000_000,
        _ => 1_750_000_000_000_000 + i64::try_from(lots.below(40_000_000)).unwrap() * 1_000_000,
    }
}

fn text(kind: ColumnType, name: &str, values: &[String], lots: &mut Lots) -> Option<String> {
    let word = match kind {
        ColumnType::Enum => values[usize::try_from(lots.below(values.len() as u64)).unwrap()].clone(),
        ColumnType::Currency => ["EUR", "USD", ""][usize::try_from(lots.below(3)).unwrap()].to_owned(),
        ColumnType::Month => format!("2026-{:02}", lots.below(14)),
        _ if name.ends_with("_id") => format!("{name} {}", lots.below(900)),
        _ => format!("x{}", lots.below(5)),
    };
    match lots.below(200) {
        0 => None,
        1 => Some(String::new()),
        2 => Some("  ".to_owned()),
        3 => Some(format!(" {word} ")),
        4 => Some("nonsense".to_owned()),
        _ => Some(word),
    }
}

/// A file of every contract's types with some of everything that goes wrong.
fn file(contract: &Contract, night: NaiveDate, rows: usize, lots: &mut Lots) -> RawFile {
    let mut columns = Vec::new();
    for (name, column) in &contract.columns {
        let series = match column.kind {
            ColumnType::Bool => {
                (0..rows).map(|_| (lots.below(300) > 0).then(|| lots.below(2) == 1)).collect::<Series>()
            }
            ColumnType::Int => {
                let values: Int32Chunked = (0..rows).map(|_| i32::try_from(lots.below(9)).ok()).collect();
                values.into_series()
            }
            ColumnType::Number | ColumnType::Money | ColumnType::Rate => {
                let value = |_| {
                    if lots.below(50) == 0 { f64::NAN } else { f64::from(u32::try_from(lots.below(9999)).unwrap()) }
                };
                (0..rows).map(value).collect::<Series>()
            }
            ColumnType::Date => {
                let values: Int64Chunked = (0..rows).map(|_| (lots.below(40) > 0).then(|| instant(lots))).collect();
                let stamps = values.into_datetime(TimeUnit::Microseconds, None).into_series();
                stamps.cast(&DataType::Date).unwrap()
            }
            ColumnType::Stamp => {
                let values: Int64Chunked = (0..rows).map(|_| (lots.below(40) > 0).then(|| instant(lots))).collect();
                values.into_datetime(TimeUnit::Microseconds, None).into_series()
            }
            kind => {
                let values: StringChunked = (0..rows).map(|_| text(kind, name, &column.values, lots)).collect();
                values.into_series()
            }
        };
        columns.push(series.with_name(name.as_str().into()).into_column());
    }
    let mut frame = DataFrame::new(rows, columns).unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).with_row_group_size(Some(700)).finish(&mut frame).unwrap();
    let key = format!("extracts/{}/{night}/{}.parquet", contract.dataset, contract.dataset);
    RawFile { key, night, bytes: bytes.into(), sha256: String::new(), source: None, join: None, withheld: None }
}

fn conformed(contract: &Contract, files: &[RawFile], held: u64) -> Conformed {
    let limits = Limits { held, ..Limits::default() };
    let context = Context {
        currency: "EUR".to_owned(),
        zone: chrono_tz::Europe::Berlin,
        sources: &BTreeMap::new(),
        tables: BTreeMap::new(),
        decoder: &limits,
    };
    conform(contract, files, &context).unwrap()
}

/// Rejects and findings stand in one order, however the rows were come by.
fn check(name: &str, rows: &[usize]) {
    let contract = contract(name);
    let mut lots = Lots(7);
    let first = NaiveDate::from_ymd_opt(2026, 10, 1).unwrap();
    let nights = first.iter_days().zip(rows);
    let files: Vec<RawFile> = nights.map(|(night, rows)| file(&contract, night, *rows, &mut lots)).collect();
    let (held, scanned) = (conformed(&contract, &files, u64::MAX), conformed(&contract, &files, 0));
    assert!(held.account.rejected > 0 && held.account.kept > 0, "{:?}", held.account);
    assert_eq!(scanned.account, held.account);
    assert_eq!(scanned.rejects, held.rejects);
    assert_eq!(scanned.findings, held.findings);
    assert_eq!(scanned.shapes, held.shapes);
    assert_eq!(scanned.table.height(), held.table.height());
    let (scanned, held) = (scanned.table.frame().unwrap(), held.table.frame().unwrap());
    assert!(scanned.equals_missing(&held), "{name}: {scanned} {held}");
}

#[test]
fn a_snapshot_scanned_is_a_snapshot_held() {
    for dataset in ["assets", "installations", "patches", "discovered_devices", "saas_seats", "entitlements"] {
        check(dataset, &[3000]);
    }
}

#[test]
fn a_ledger_of_many_nights_scanned_is_one_held() {
    for dataset in ["incidents", "costs", "disposals"] {
        check(dataset, &[1500, 0, 2200, 900]);
    }
}
