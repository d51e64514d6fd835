//! The same data in another format gives the same figures.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use polars::prelude::{CsvReadOptions, ParquetWriter, SerReader};

use crate::muster::{csv, dry_run, scorecard, world};

/// Every file of the tiny world, written anew by `convert(source, target without suffix)`.
fn converted(convert: impl Fn(&Path, &Path)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let from = world("tiny").join("extracts");
    for source in files(&from) {
        let target = folder.path().join("extracts").join(source.strip_prefix(&from).expect("below"));
        fs::create_dir_all(target.parent().expect("a night")).expect("a folder");
        convert(&source, &target.with_extension(""));
    }
    folder
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn with_suffix(target: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}.{suffix}", target.display()))
}

fn check(convert: impl Fn(&Path, &Path)) {
    let (plain, _) = dry_run(&world("tiny"), "2026-10");
    let other = converted(convert);
    let (out, said) = dry_run(other.path(), "2026-10");
    let (expected, computed) = (scorecard(plain.path()), scorecard(out.path()));
    assert_eq!(expected.len(), computed.len(), "{said}");
    for (place, row) in expected {
        assert_eq!(row, computed[&place], "{place:?}\n{said}");
    }
}

#[test]
fn compressed_csv() {
    check(|source, target| {
        let bytes = fs::read(source).expect("a file");
        if source.to_string_lossy().contains("assets") {
            fs::write(with_suffix(target, "csv.zst"), zstd::encode_all(&bytes[..], 3).expect("zstd")).expect("written");
        } else {
            let file = fs::File::create(with_suffix(target, "csv.gz")).expect("a file");
            let mut writer = flate2::write::GzEncoder::new(file, flate2::Compression::default());
            writer.write_all(&bytes).and_then(|()| writer.try_finish()).expect("gzip");
        }
    });
}

#[test]
fn semicolons_and_a_byte_order_mark() {
    check(|source, target| {
        let text = fs::read_to_string(source).expect("a text");
        assert!(!text.contains('"') && !text.contains(';'), "{} is too rich to be converted simply", source.display());
        fs::write(with_suffix(target, "csv"), format!("\u{feff}{}", text.replace(',', ";"))).expect("written");
    });
}

#[test]
fn ndjson() {
    check(|source, target| {
        let mut lines = String::new();
        for row in csv(source) {
            let cells = row.into_iter().filter(|(_, cell)| !cell.is_empty());
            let object: serde_json::Map<String, serde_json::Value> =
                cells.map(|(name, cell)| (name, cell.into())).collect();
            lines.push_str(&serde_json::to_string(&object).expect("JSON"));
            lines.push('\n');
        }
        // A file of no bytes is a failed export; a blank line says that there is nothing.
        lines.push('\n');
        fs::write(with_suffix(target, "ndjson"), lines).expect("written");
    });
}

#[test]
fn workbooks() {
    check(|source, target| {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        let text = fs::read_to_string(source).expect("a text");
        for (row, line) in text.lines().enumerate() {
            for (column, cell) in line.split(',').enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let place = (u32::try_from(row).expect("a row"), u16::try_from(column).expect("a column"));
                // Numbers as numbers, as a spreadsheet would hold them.
                match cell.parse::<f64>() {
                    Ok(number) if row > 0 => sheet.write_number(place.0, place.1, number).expect("written"),
                    _ => sheet.write_string(place.0, place.1, cell).expect("written"),
                };
            }
        }
        book.save(with_suffix(target, "xlsx")).expect("saved");
    });
}

#[test]
fn typed_parquet() {
    check(|source, target| {
        let mut frame = CsvReadOptions::default()
            .with_infer_schema_length(None)
            .map_parse_options(|options| options.with_try_parse_dates(true))
            .try_into_reader_with_file_path(Some(source.to_owned()))
            .and_then(SerReader::finish)
            .expect("csv");
        let file = fs::File::create(with_suffix(target, "parquet")).expect("a file");
        ParquetWriter::new(file).finish(&mut frame).expect("parquet");
    });
}
