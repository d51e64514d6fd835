//! Files and definitions broken at random: no panic, no abort, no memory without bound.
//!
//! `./test` runs it for some seconds, `tests/long/fuzz` for as long as one likes. Settings: `FUZZ_SECONDS`, `FUZZ_SEED`.
//! Files are decoded in the decoder's own process, as the worker does it: one that ends it is a fault here, whatever
//! it is there. A fault names the seed and the round, and the file is kept.
#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use muster::catalogue::Catalogue;
use muster::conform::{ConformError, Decoder, Limits, RawFile, Reading};
use muster::deliver::Distribution;
use muster::io::decoder::Decoders;
use muster::io::definitions;
use polars::prelude::{CsvReadOptions, ParquetWriter, SerReader};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::muster::repository;

/// What formats trip over.
const TOKENS: [&str; 34] = [
    "\"",
    "\"\"",
    "\\\"",
    ",",
    ";",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\0",
    "\u{feff}",
    "{",
    "}",
    "[",
    "]",
    "[[",
    "]]",
    "null",
    "1e999",
    "-0",
    "99999999999999999999",
    "NaN",
    "2026-02-30",
    "=1+1",
    "'''",
    "\"\"\"",
    "${",
    "}}",
    "<c r=\"XFD1048576\">",
    "<row r=\"4294967295\">",
    "&#0;",
    "&amp",
    "SELECT * FROM",
    "%",
];

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// Breaks bytes in a few places.
fn broken(dice: &mut StdRng, bytes: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..dice.random_range(1..6) {
        let at = dice.random_range(0..=bytes.len());
        let until = (at + dice.random_range(0..64)).min(bytes.len());
        match dice.random_range(0..7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.random_range(0..8),
            1 => bytes.truncate(at),
            2 => drop(bytes.drain(at..until)),
            3 => {
                let token = TOKENS[dice.random_range(0..TOKENS.len())].as_bytes();
                bytes.splice(at..at, token.iter().copied());
            }
            4 => {
                let piece = bytes[at..until].repeat(dice.random_range(1..200));
                bytes.splice(at..at, piece);
            }
            5 if !other.is_empty() => {
                let from = dice.random_range(0..other.len());
                let piece = other[from..(from + 200).min(other.len())].to_vec();
                bytes.splice(at..until, piece);
            }
            _ => {
                let noise: Vec<u8> = (0..dice.random_range(1..9)).map(|_| dice.random()).collect();
                bytes.splice(at..until, noise);
            }
        }
    }
    bytes
}

/// A workbook with one of its parts broken; the archive around it is whole.
fn broken_book(dice: &mut StdRng, bytes: &[u8]) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let victim = dice.random_range(0..from.len());
    for index in 0..from.len() {
        let mut part = from.by_index(index).unwrap();
        let mut content = Vec::new();
        part.read_to_end(&mut content).unwrap();
        if index == victim {
            content = broken(dice, &content, b"");
        }
        to.start_file(part.name(), zip::write::SimpleFileOptions::default()).unwrap();
        to.write_all(&content).unwrap();
    }
    to.finish().unwrap().into_inner()
}

fn below(folder: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap().map_while(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            below(&path, files);
        } else if path.extension().is_some_and(|ending| ending != "md") && entry.metadata().unwrap().len() < 1 << 16 {
            files.push((path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap()));
        }
    }
}

fn ends_in(name: &str, ending: &str) -> bool {
    Path::new(name).extension().is_some_and(|own| own == ending)
}

/// Every fixture, and some of them in the formats that fixtures do not have.
fn corpus() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    below(&repository().join("fixtures"), &mut files);
    files.sort();
    let texts: Vec<_> =
        files.iter().filter(|(name, bytes)| ends_in(name, "csv") && bytes.len() < 4096).cloned().collect();
    for (name, bytes) in texts.iter().step_by(10) {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gz.write_all(bytes).unwrap();
        files.push((format!("{name}.gz"), gz.finish().unwrap()));
        files.push((format!("{name}.zst"), zstd::encode_all(&bytes[..], 3).unwrap()));
        let mut parquet = Vec::new();
        if let Ok(mut frame) = CsvReadOptions::default().into_reader_with_file_handle(Cursor::new(bytes)).finish() {
            ParquetWriter::new(&mut parquet).finish(&mut frame).unwrap();
            files.push((format!("{name}.parquet"), parquet));
        }
    }
    files
}

#[test]
fn broken_files_are_told_and_end_nothing() {
    let (seconds, seed) = (number("FUZZ_SECONDS", 10), number("FUZZ_SEED", 1));
    let mut dice = StdRng::seed_from_u64(seed);
    let limits = Limits { memory: 512 << 20, expanded: 64 << 20, rows: 1_000_000, seconds: 20, ..Limits::default() };
    let decoders = Decoders::new(Some(Path::new(env!("CARGO_BIN_EXE_muster"))), &limits);
    let (corpus, began, mut outcomes) = (corpus(), Instant::now(), BTreeMap::<&str, u64>::new());
    for round in 0.. {
        if began.elapsed() > Duration::from_secs(seconds) {
            break;
        }
        let (name, bytes) = &corpus[dice.random_range(0..corpus.len())];
        let (_, other) = &corpus[dice.random_range(0..corpus.len())];
        let bytes = if ends_in(name, "xlsx") && dice.random() {
            broken_book(&mut dice, bytes)
        } else {
            broken(&mut dice, bytes, other)
        };
        let file = RawFile {
            key: name.clone(),
            night: "2026-10-31".parse().unwrap(),
            bytes: bytes.into(),
            sha256: String::new(),
            source: None,
            join: None,
            withheld: None,
        };
        let reading = Reading { canonical: dice.random(), ..Reading::default() };
        let outcome = match decoders.decode(&file, &reading) {
            Ok(decoded) => {
                assert_eq!(decoded.rows.len(), decoded.frame.height(), "seed {seed}, round {round}");
                "decoded"
            }
            Err(ConformError::Beyond { what, .. }) if what.contains("decoding it") => {
                let kept = std::env::temp_dir().join(format!("fuzzed-{seed}-{round}-{name}"));
                fs::write(&kept, &file.bytes).unwrap();
                panic!("seed {seed}, round {round}, kept as {}: {what}", kept.display());
            }
            Err(ConformError::Beyond { .. }) => "beyond the limits",
            Err(_) => "told",
        };
        *outcomes.entry(outcome).or_default() += 1;
    }
    eprintln!("files: {outcomes:?} in {seconds} s, seed {seed}");
    assert!(outcomes.get("decoded") > Some(&20) && outcomes.get("told") > Some(&20), "{outcomes:?} is no test");
}

#[test]
fn broken_definitions_are_told_with_their_place() {
    let (seconds, seed) = (number("FUZZ_SECONDS", 10), number("FUZZ_SEED", 1));
    let mut dice = StdRng::seed_from_u64(seed);
    let whole = definitions::read(None).unwrap();
    let names: Vec<&String> = whole.keys().collect();
    let (began, mut told, mut loaded) = (Instant::now(), 0, 0);
    for round in 0.. {
        if began.elapsed() > Duration::from_secs(seconds) {
            break;
        }
        let name = names[dice.random_range(0..names.len())];
        let other = &whole[names[dice.random_range(0..names.len())]];
        let text = broken(&mut dice, whole[name].as_bytes(), other.as_bytes());
        let text = String::from_utf8_lossy(&text).into_owned();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            if name == "distribution.toml" {
                return Distribution::parse(&text, &["localhost".to_owned()])
                    .map(drop)
                    .map_err(|error| error.to_string());
            }
            let mut files = whole.clone();
            files.insert(name.clone(), text.clone());
            let faults =
                |mistakes: Vec<_>| mistakes.iter().map(ToString::to_string).collect::<Vec<String>>().join("\n");
            Catalogue::load(&files).map(drop).map_err(faults)
        }));
        match outcome {
            Ok(Ok(())) => loaded += 1,
            Ok(Err(said)) => {
                assert!(!said.trim().is_empty(), "seed {seed}, round {round}: {name}");
                told += 1;
            }
            Err(_) => {
                let kept = std::env::temp_dir().join(format!("fuzzed-{seed}-{round}-{}", name.replace('/', "-")));
                fs::write(&kept, text).unwrap();
                panic!("seed {seed}, round {round}, kept as {}", kept.display());
            }
        }
    }
    eprintln!("definitions: {told} told, {loaded} loaded in {seconds} s, seed {seed}");
    assert!(told > 3 && told + loaded > 10, "{told} and {loaded} are no test");
}
