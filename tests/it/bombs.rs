//! Files made to exhaust memory or time: each becomes a finding that names it and what to do, and the rest is measured.
#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use muster::conform::{Decoder, Limits, RawFile, Reading};
use muster::io::decoder::Decoders;

use crate::muster::{changed, dry_run_with, file, repository, scorecard};

/// Puts a file of another format in the place of a dataset's.
fn put(extracts: &Path, dataset: &str, suffix: &str, bytes: &[u8]) {
    let path = file(extracts, dataset);
    fs::remove_file(&path).unwrap();
    fs::write(path.with_file_name(format!("{dataset}.{suffix}")), bytes).unwrap();
}

/// So many bytes of one letter, packed.
fn zeros(bytes: u64, packed: impl FnOnce(&mut dyn Read) -> Vec<u8>) -> Vec<u8> {
    packed(&mut std::io::repeat(b'0').take(bytes))
}

fn gz(bytes: u64) -> Vec<u8> {
    zeros(bytes, |text| {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::copy(text, &mut writer).unwrap();
        writer.finish().unwrap()
    })
}

fn zst(bytes: u64) -> Vec<u8> {
    zeros(bytes, |text| zstd::stream::encode_all(text, 1).unwrap())
}

/// A workbook of one sheet with these parts of XML.
fn book(sheet: &str, padding: u64) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    let parts = [
        ("[Content_Types].xml", r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#.to_owned()),
        ("_rels/.rels", r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#.to_owned()),
        ("xl/workbook.xml", r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>"#.to_owned()),
        ("xl/_rels/workbook.xml.rels", r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#.to_owned()),
        ("xl/worksheets/sheet1.xml", format!(r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/><sheetData>{sheet}</sheetData></worksheet>"#)),
    ];
    for (name, text) in parts {
        archive.start_file(name, options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.start_file("xl/media/padding.bin", options).unwrap();
    std::io::copy(&mut std::io::repeat(b' ').take(padding), &mut archive).unwrap();
    archive.finish().unwrap().into_inner()
}

/// Two filled cells in opposite corners.
fn corners(last: &str, row: u32) -> String {
    format!(
        r#"<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row><row r="{row}"><c r="{last}{row}"><v>1</v></c></row>"#
    )
}

#[test]
fn bombs_become_findings_that_name_the_file_and_the_worker_lives_on() {
    let folder = changed(|extracts| {
        put(extracts, "patches", "csv.gz", &gz(200 << 20));
        put(extracts, "saas_seats", "ndjson.zst", &zst(3 << 30));
        put(extracts, "renewals", "csv", format!("{}\n", vec!["a"; 100_000].join(",")).as_bytes());
        put(extracts, "incidents", "xlsx", &book(&corners("XFD", 1_048_576), 0));
        put(extracts, "audits", "xlsx", &book("", 200 << 20));
        // A thousand columns are allowed, a million rows as well: nothing is in between.
        put(extracts, "disposals", "xlsx", &book(&corners("ALL", 1_048_576), 0));
        // One cell of so many values is noticed by the memory it takes, and by nothing before.
        let values = "0,".repeat(16_000_000);
        put(extracts, "returns", "ndjson", format!("{{\"asset_id\":[{values}0]}}").as_bytes());
        // Every line opens a quote, and where the row goes on is looked for from each of them.
        put(extracts, "audit_findings", "csv", format!("finding_id\n{}", "\"a\n".repeat(1_000_000)).as_bytes());
    });
    let limits =
        [("MUSTER__LIMITS__MEMORY_MIB", "512"), ("MUSTER__LIMITS__SECONDS", "8"), ("MUSTER__LIMITS__FILE_MIB", "100")];
    let (out, said) = dry_run_with(folder.path(), "2026-10", &limits);
    let book = sheet_of_findings(out.path());
    for (file, what, limit) in [
        ("patches.csv.gz", "expands to more than 300 times its size", "limits.ratio"),
        ("saas_seats.ndjson.zst", "expands", "limits."),
        ("renewals.csv", "has 100000 columns, 2000 are allowed", "limits.columns"),
        ("incidents.xlsx", "has 16384 columns, 2000 are allowed", "limits.columns"),
        ("audits.xlsx", "expands to more than 300 times its size", "limits.ratio"),
        ("returns.ndjson", "decoding it ended the decoder", "limits.memory_mib"),
        ("audit_findings.csv", "takes more than 8 seconds", "limits.seconds"),
    ] {
        let found = book.iter().find(|line| line.contains(&format!("{file}` is beyond the limits")));
        assert!(found.is_some_and(|line| line.contains(what) && line.contains(limit)), "{file}: {found:#?}\n{said}");
    }
    assert!(book.iter().any(|line| line.contains("disposals.xlsx") && line.contains("lacks the required column")));
    // What needs none of them is measured.
    let rows = scorecard(out.path());
    let place =
        ("inventory_accuracy_rate".to_owned(), String::new(), "ALL".to_owned(), "2026-10".to_owned(), String::new());
    assert_eq!(rows[&place]["status"], "off target", "{}", rows[&place]);
}

/// Every finding in the workbook, a line each.
fn sheet_of_findings(folder: &Path) -> Vec<String> {
    crate::desk::sheet(folder, "Findings").unwrap().into_iter().map(|row| row.join(" | ")).collect()
}

#[test]
fn a_file_too_large_is_not_even_fetched() {
    let folder = changed(|extracts| {
        let path = file(extracts, "patches");
        fs::File::options().append(true).open(path).unwrap().set_len(3 << 20).unwrap();
    });
    let (_, said) = dry_run_with(folder.path(), "2026-10", &[("MUSTER__LIMITS__FILE_MIB", "2")]);
    assert!(said.contains("patches.csv` is beyond the limits: it has 3145728 bytes, 2097152 are allowed"), "{said}");
}

fn raw(path: &Path) -> RawFile {
    RawFile {
        key: path.display().to_string(),
        night: "2026-10-31".parse().unwrap(),
        bytes: fs::read(path).unwrap().into(),
        sha256: String::new(),
        source: None,
        join: None,
        withheld: None,
    }
}

/// Files below a folder.
fn below(folder: PathBuf, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map_while(Result::ok) {
        if entry.path().is_dir() { below(entry.path(), files) } else { files.push(entry.path()) }
    }
}

/// What is decoded, or why not; the table apart.
fn described(decoder: &dyn Decoder, file: &RawFile, reading: &Reading) -> (String, Option<polars::prelude::DataFrame>) {
    match decoder.decode(file, reading) {
        Ok(table) => {
            let text = format!(
                "{:?} {:?} {:?} {:?} {} {} {:?}",
                table.heads, table.rows, table.rejects, table.findings, table.read, table.filtered, table.dialect
            );
            (text, Some(table.frame))
        }
        Err(error) => (error.to_string(), None),
    }
}

#[test]
fn a_decoder_of_its_own_decodes_the_same_and_one_that_is_killed_is_replaced() {
    let limits = Limits::default();
    let decoders = Decoders::new(Some(Path::new(env!("CARGO_BIN_EXE_muster"))), &limits);
    let mut files = Vec::new();
    below(repository().join("fixtures"), &mut files);
    files.retain(|path| fs::metadata(path).unwrap().len() < 1 << 20);
    let mut compared = 0;
    for path in files {
        for canonical in [true, false] {
            let (file, reading) = (raw(&path), Reading { canonical, ..Reading::default() });
            let (here, there) = (described(&limits, &file, &reading), described(&decoders, &file, &reading));
            assert_eq!(here.0, there.0, "{}", path.display());
            match (here.1, there.1) {
                (Some(here), Some(there)) => {
                    assert!(here.equals_missing(&there) && here.schema() == there.schema(), "{}", path.display());
                    compared += 1;
                }
                (here, there) => assert!(here.is_none() && there.is_none()),
            }
        }
    }
    assert!(compared > 100, "{compared} files are no test");
    let children = fs::read_dir("/proc").unwrap().map_while(Result::ok).filter(|process| {
        let text = |name: &str| fs::read_to_string(process.path().join(name)).unwrap_or_default();
        let is_ours = text("status").lines().any(|line| line == format!("PPid:\t{}", std::process::id()));
        is_ours && text("cmdline").contains("decode-from-pipe")
    });
    let children: Vec<String> = children.map(|process| process.file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(children.len(), 1, "one decoder served them all");
    Command::new("kill").args(["-9", &children[0]]).status().unwrap();
    let tiny = raw(&crate::muster::file(&crate::muster::world("tiny").join("extracts"), "patches"));
    let reading = Reading { canonical: true, ..Reading::default() };
    assert_eq!(described(&decoders, &tiny, &reading).0, described(&limits, &tiny, &reading).0);
    // A program that is no decoder is none; the file is decoded here.
    let none: Arc<dyn Decoder> = Arc::new(Decoders::new(Some(Path::new("/bin/true")), &limits));
    assert_eq!(described(none.as_ref(), &tiny, &reading).0, described(&limits, &tiny, &reading).0);
}
