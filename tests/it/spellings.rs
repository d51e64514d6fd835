//! One export in many spellings: whatever dialect, notation, order or header a file comes in, its rows are the same.
//! Every built-in source of delimited text is tried with its own fixture; a change of the seed is another sample.

use std::collections::BTreeMap;

use muster::app::App;
use muster::catalogue::{CellKind, ColumnType, DateOrder, Dates, Numbers, Source, name_of};
use muster::conform::{Account, RawFile, probe};

use crate::sources::{app, conformed, fixtures, pulled, rows};

/// Samples for each source.
const SAMPLES: u64 = 12;

/// A table as text: the header first.
type Grid = Vec<Vec<String>>;

/// Steele and Vigna's splitmix64: the same samples on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % sides as u64).expect("small")
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.roll(choices.len())]
    }
}

/// The rows of a fixture that read well, without totals: they are known by the cell they begin with.
fn grid(file: &RawFile, source: &Source) -> Grid {
    let decoded =
        probe(file, &muster::conform::Limits::default()).unwrap_or_else(|error| panic!("{}: {error}", file.key));
    let mut grid = vec![decoded.heads.clone()];
    for row in 0..decoded.frame.height() {
        let cells = decoded.frame.columns().iter().map(|column| {
            let text = column.str().expect("text").get(row).unwrap_or_default();
            text.to_owned()
        });
        grid.push(cells.collect());
    }
    let is_total = |row: &Vec<String>| {
        let first = row.iter().find(|cell| !cell.is_empty()).map(|cell| cell.to_lowercase()).unwrap_or_default();
        source.read.footer.iter().any(|word| first.starts_with(&word.to_lowercase()))
    };
    grid.retain(|row| !is_total(row));
    grid
}

fn is_unique(heads: &[String]) -> bool {
    let names: std::collections::BTreeSet<String> = heads.iter().map(|head| name_of(head)).collect();
    names.len() == heads.len() && !names.contains("")
}

/// What the cells below each head are, as the mapping takes them.
fn kinds(app: &App, source: &Source, heads: &[String]) -> BTreeMap<usize, CellKind> {
    let contract = &app.catalogue.contracts[&source.dataset];
    let mut kinds = BTreeMap::new();
    for (target, field) in source.columns.iter().filter(|(_, field)| field.values.is_empty()) {
        let (Some(from), Some(column)) = (&field.from, contract.columns.get(target)) else { continue };
        let kind = match column.kind {
            ColumnType::Date | ColumnType::Stamp => CellKind::Date,
            ColumnType::Int | ColumnType::Number | ColumnType::Money => CellKind::Number,
            _ => continue,
        };
        kinds.insert(name_of(from), kind);
    }
    for (header, typing) in &source.types {
        kinds.insert(name_of(header), typing.kind);
    }
    let own = |head: &String| {
        let is_alias = |others: &[String]| others.iter().any(|other| name_of(other) == name_of(head));
        let known = source.aliases.iter().find(|(_, others)| is_alias(others)).map(|(header, _)| name_of(header));
        kinds.get(&known.unwrap_or_else(|| name_of(head))).copied()
    };
    heads.iter().enumerate().filter_map(|(at, head)| Some((at, own(head)?))).collect()
}

/// Another spelling of each header that has one.
fn renamed(source: &Source, heads: &[String], dice: &mut Dice) -> Vec<String> {
    let mut taken: Vec<String> = heads.iter().map(|head| name_of(head)).collect();
    let mut renamed = Vec::new();
    for (at, head) in heads.iter().enumerate() {
        let family = source.aliases.iter().map(|(header, others)| {
            let mut family = vec![header.clone()];
            family.extend(others.iter().cloned());
            family
        });
        let family = family.into_iter().find(|family| family.iter().any(|name| name_of(name) == name_of(head)));
        let choice = family.map_or_else(|| head.clone(), |family| family[dice.roll(family.len())].clone());
        let name = name_of(&choice);
        let is_free = taken.iter().enumerate().all(|(other, known)| other == at || *known != name);
        let choice = if is_free { choice } else { head.clone() };
        taken[at] = name_of(&choice);
        renamed.push(match dice.roll(3) {
            0 => choice.to_ascii_uppercase(),
            1 => format!(" {choice} "),
            _ => choice,
        });
    }
    renamed
}

/// `2026-10-31 08:15` in another order, where all dates of the file are written so.
fn redated(grid: &mut Grid, columns: &[usize], dice: &mut Dice) -> Option<Dates> {
    let is_iso = |cell: &str| {
        let bytes = cell.as_bytes();
        cell.is_empty() || (bytes.len() >= 10 && bytes[4] == b'-' && bytes[7] == b'-' && bytes[..4].is_ascii())
    };
    let all_iso = grid[1..].iter().all(|row| columns.iter().all(|at| is_iso(&row[*at])));
    let any = grid[1..].iter().any(|row| columns.iter().any(|at| !row[*at].is_empty()));
    if !all_iso || !any {
        return None;
    }
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let style = dice.roll(4);
    for row in &mut grid[1..] {
        for at in columns {
            let cell = row[*at].clone();
            if cell.is_empty() {
                continue;
            }
            let (year, month, day, rest) = (&cell[..4], &cell[5..7], &cell[8..10], cell[10..].replace('T', " "));
            row[*at] = match style {
                0 => format!("{day}.{month}.{year}{rest}"),
                1 => format!("{month}/{day}/{year}{rest}"),
                2 => format!("{year}/{month}/{day}{rest}"),
                _ => format!("{day} {} {year}{rest}", months[month.parse::<usize>().expect("a month") - 1]),
            };
        }
    }
    Some(Dates::Order([DateOrder::DayFirst, DateOrder::MonthFirst, DateOrder::YearFirst, DateOrder::DayFirst][style]))
}

/// `1234.5` in another notation, where all numbers of the file are plain.
fn renumbered(grid: &mut Grid, columns: &[usize], dice: &mut Dice) -> Option<Numbers> {
    let is_plain = |cell: &str| cell.is_empty() || cell.parse::<f64>().is_ok_and(|_| !cell.contains(['e', 'E']));
    if columns.is_empty() || !grid[1..].iter().all(|row| columns.iter().all(|at| is_plain(&row[*at]))) {
        return None;
    }
    let (thousands, decimal) = dice.pick(&[('.', ','), (',', '.'), (' ', ','), ('\'', '.')]);
    for row in &mut grid[1..] {
        for at in columns.iter().filter(|at| !row[**at].is_empty()).copied().collect::<Vec<_>>() {
            let cell = row[at].clone();
            let (sign, digits) = cell.strip_prefix('-').map_or(("", cell.as_str()), |digits| ("-", digits));
            let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
            let groups = whole.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).expect("digits"));
            let whole = groups.collect::<Vec<_>>().join(&thousands.to_string());
            row[at] = format!("{sign}{whole}{decimal}{fraction}");
        }
    }
    Some(Numbers { thousands: Some(thousands), decimal })
}

fn reordered(grid: &Grid, dice: &mut Dice) -> Grid {
    let mut order: Vec<usize> = (0..grid[0].len()).collect();
    for at in (1..order.len()).rev() {
        order.swap(at, dice.roll(at + 1));
    }
    grid.iter().map(|row| order.iter().map(|at| row[*at].clone()).collect()).collect()
}

/// A delimited file in some dialect, and what the dialect is.
fn delimited(grid: &Grid, dice: &mut Dice) -> (String, Vec<u8>) {
    let delimiter = dice.pick(&[',', ';', '\t', '|']);
    let newline = dice.pick(&["\n", "\r\n", "\r"]);
    let all_quoted = dice.roll(2) == 0;
    let needs = |cell: &str| cell.contains([delimiter, '"', '\n', '\r']) || cell != cell.trim();
    let quoted = |cell: &String| {
        if all_quoted || needs(cell) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
    };
    let lines: Vec<String> =
        grid.iter().map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(&delimiter.to_string())).collect();
    let mut text = lines.join(newline);
    if dice.roll(2) == 0 {
        text = format!("Report of the night{newline}{newline}{text}");
    }
    match dice.roll(3) {
        0 => text.push_str(newline),
        1 => text.push_str(&newline.repeat(3)),
        _ => {}
    }
    let utf16 = |bytes: fn(u16) -> [u8; 2], mark: bool| {
        let mark = mark.then_some(0xfeff);
        mark.into_iter().chain(text.encode_utf16()).flat_map(bytes).collect::<Vec<u8>>()
    };
    let (latin, _, lossy) = encoding_rs::WINDOWS_1252.encode(&text);
    let (name, bytes) = match dice.roll(5) {
        0 => ("UTF-8 with mark", [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat()),
        1 => ("UTF-16LE with mark", utf16(u16::to_le_bytes, true)),
        2 => ("UTF-16BE with mark", utf16(u16::to_be_bytes, true)),
        3 if !lossy => ("Windows-1252", latin.into_owned()),
        _ => ("UTF-8", text.clone().into_bytes()),
    };
    (format!("{name}, delimiter {delimiter:?}, newline {newline:?}, all quoted: {all_quoted}"), bytes)
}

fn workbook(grid: &Grid) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0..).zip(grid) {
        for (column, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string(row, column, cell).expect("written");
        }
    }
    book.save_to_buffer().expect("a workbook")
}

/// As REST interfaces answer: rows in `result`, now and then with what is displayed beside a link.
fn rest(grid: &Grid, dice: &mut Dice) -> Vec<u8> {
    let result: Vec<serde_json::Value> = grid[1..]
        .iter()
        .map(|row| {
            let cells = grid[0].iter().zip(row).map(|(head, cell)| {
                let link = "https://example.com/api/now/table/x/1";
                let displayed = serde_json::json!({ "display_value": cell, "link": link });
                (head.trim().to_owned(), if dice.roll(4) == 0 { displayed } else { cell.clone().into() })
            });
            serde_json::Value::Object(cells.collect())
        })
        .collect();
    serde_json::to_vec(&serde_json::json!({ "result": result })).expect("JSON")
}

/// Rows and account of a source whose own file is this one.
fn outcome(app: &App, id: &str, files: &BTreeMap<String, Vec<RawFile>>, file: RawFile) -> (String, Account) {
    let dataset = &app.catalogue.sources[id].dataset;
    let mut files = files.clone();
    let own = files.get_mut(dataset).expect("files");
    own.retain(|other| other.source.as_deref() != Some(id) || other.join.is_some());
    own.push(file);
    let conformed = conformed(app, id, &files);
    (rows(app, id, &conformed), conformed.account)
}

#[test]
fn every_source_reads_its_fixture_alike_in_every_spelling() {
    let ids: Vec<String> = app(&fixtures()).catalogue.sources.keys().cloned().collect();
    let mut tried = 0;
    for (seed, id) in (1..).zip(&ids) {
        let mut app = app(&fixtures().join(id).join("store"));
        let (files, _) = pulled(&app);
        let source = app.catalogue.sources[id].clone();
        let is_own = |file: &&RawFile| file.source.as_ref() == Some(id) && file.join.is_none();
        let Some(file) = files[&source.dataset].iter().rfind(is_own).cloned() else { continue };
        if file.key.rsplit('.').next() != Some("csv") {
            continue;
        }
        tried += 1;
        let plain = grid(&file, &source);
        assert!(plain.len() > 1, "{id}: no row of the fixture reads well");
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in &plain {
            writer.write_record(row).expect("written");
        }
        let bytes = writer.into_inner().expect("bytes").into();
        let expected = outcome(&app, id, &files, RawFile { bytes, ..file.clone() });
        let mut dice = Dice(seed);
        for sample in 0..SAMPLES {
            let mut grid = plain.clone();
            let kinds = kinds(&app, &source, &grid[0]);
            let of = |wanted: &[CellKind]| -> Vec<usize> {
                kinds.iter().filter(|(_, kind)| wanted.contains(kind)).map(|(at, _)| *at).collect()
            };
            let mut respelt = source.clone();
            let dates = of(&[CellKind::Date, CellKind::Stamp]);
            respelt.spelling.dates = redated(&mut grid, &dates, &mut dice).or(source.spelling.dates.clone());
            respelt.spelling.numbers =
                renumbered(&mut grid, &of(&[CellKind::Number]), &mut dice).or(source.spelling.numbers);
            app.catalogue.sources.insert(id.clone(), respelt);
            // Of a column that stands twice the first one counts.
            let is_unique = is_unique(&grid[0]);
            if is_unique {
                grid[0] = renamed(&source, &grid[0], &mut dice);
                grid = reordered(&grid, &mut dice);
            }
            let (said, name, bytes) = match dice.roll(8) {
                0 => ("a workbook".to_owned(), "it.xlsx", workbook(&grid)),
                1 if is_unique => ("REST".to_owned(), "it.json", rest(&grid, &mut dice)),
                _ => {
                    let (said, bytes) = delimited(&grid, &mut dice);
                    (said, "it.csv", bytes)
                }
            };
            let other = RawFile { key: name.to_owned(), bytes: bytes.into(), ..file.clone() };
            let actual = outcome(&app, id, &files, other);
            assert_eq!(actual, expected, "{id}, sample {sample}: {said}\n{:?}\n{:?}", grid[0], grid.get(1));
        }
    }
    assert!(tried >= 20, "only {tried} sources have a fixture of delimited text");
}
