//! The built-in sources: a store folder of the system's shape each, the rows it becomes, and the account of all rows.
//! `UPDATE_EXPECT=1` writes the expectations anew; they are then read like code.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use muster::app::{self, App};
use muster::catalogue::ColumnType;
use muster::conform::{Conformed, Context, Limits, RawFile, check as check_sql, conform};
use muster::io::pull;

use crate::muster::{changed, dry_run_with, muster_with, repository, scorecard};

pub fn fixtures() -> PathBuf {
    repository().join("fixtures/sources")
}

pub fn app(store: &Path) -> App {
    let url = ("MUSTER__STORE__URL".to_owned(), format!("file://{}", store.display()));
    app::load(None, [url]).unwrap_or_else(|error| panic!("{error}"))
}

/// All files of a store folder by dataset, as a run would pull them.
pub fn pulled(app: &App) -> (BTreeMap<String, Vec<RawFile>>, pull::Inventory) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = app.store().expect("a store");
        let inventory = pull::inventory(&store, "extracts", &app.catalogue).await.expect("a listing");
        let last = "2026-10-31".parse().expect("a date");
        let choice = inventory.choose(&app.catalogue, &[last]);
        let mut files: BTreeMap<String, Vec<RawFile>> = BTreeMap::new();
        for extract in pull::pull(&store, &inventory, &choice, u64::MAX, &|_| ()).await.expect("files") {
            files.entry(extract.evidence.dataset).or_default().push(extract.file);
        }
        (files, inventory)
    })
}

/// One source's rows; datasets that it looks up are read from the same store folder.
pub fn conformed(app: &App, id: &str, files: &BTreeMap<String, Vec<RawFile>>) -> Conformed {
    let source = &app.catalogue.sources[id];
    let mut context = Context {
        currency: "EUR".to_owned(),
        zone: chrono_tz::UTC,
        sources: &app.catalogue.sources,
        tables: BTreeMap::new(),
        decoder: &app.settings.limits,
    };
    for dataset in source.joins.values().filter_map(|join| join.dataset.as_ref()) {
        let contract = &app.catalogue.contracts[dataset];
        let other = conform(contract, &files[dataset], &context).expect("the joined dataset");
        context.tables.insert(dataset.clone(), other.table);
    }
    let own: Vec<RawFile> =
        files[&source.dataset].iter().filter(|file| file.source.as_deref() == Some(id)).cloned().collect();
    conform(&app.catalogue.contracts[&source.dataset], &own, &context).unwrap_or_else(|error| panic!("{id}: {error}"))
}

pub fn rows(app: &App, id: &str, conformed: &Conformed) -> String {
    let source = &app.catalogue.sources[id];
    let contract = &app.catalogue.contracts[&source.dataset];
    let mapped: Vec<usize> = contract
        .columns
        .keys()
        .enumerate()
        .filter(|(_, name)| source.columns.contains_key(*name))
        .map(|(at, _)| at)
        .collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names: Vec<&String> = contract.columns.keys().collect();
    writer.write_record(mapped.iter().map(|at| names[*at])).expect("written");
    for row in conformed.rows(contract, usize::MAX).expect("rows") {
        writer.write_record(mapped.iter().map(|at| &row[*at])).expect("written");
    }
    String::from_utf8(writer.into_inner().expect("bytes")).expect("UTF-8")
}

fn account(conformed: &Conformed) -> String {
    let all = conformed.account;
    let mut text = format!(
        "read {} = kept {} + rejected {} + filtered {} + merged {}\n",
        all.read, all.kept, all.rejected, all.filtered, all.merged
    );
    for reject in &conformed.rejects {
        writeln!(text, "rejected {}:{} {} {}: {}", reject.file, reject.row, reject.column, reject.code, reject.message)
            .expect("written");
    }
    for finding in &conformed.findings {
        writeln!(text, "{:?} {} {}: {}", finding.level, finding.code, finding.place(), finding.message)
            .expect("written");
    }
    text
}

fn check(path: &Path, actual: &str) -> Option<String> {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(path, actual).expect("written");
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    (expected != actual).then(|| format!("{}:\n--- expected\n{expected}--- actual\n{actual}", path.display()))
}

#[test]
fn every_source_turns_its_fixture_into_the_expected_rows_and_loses_none() {
    let all = app(&fixtures());
    assert!(!all.catalogue.sources.is_empty());
    let mut wrong = Vec::new();
    for id in all.catalogue.sources.keys() {
        let folder = fixtures().join(id);
        assert!(folder.join("store").is_dir(), "the source `{id}` has no fixture in {}", folder.display());
        let app = app(&folder.join("store"));
        let (files, inventory) = pulled(&app);
        let dataset = &app.catalogue.sources[id].dataset;
        let own = files.get(dataset).is_some_and(|files| files.iter().any(|file| file.source.as_ref() == Some(id)));
        assert!(own, "no file of {} is of `{id}`: {:?}", folder.display(), inventory.findings);
        let conformed = conformed(&app, id, &files);
        let sum = conformed.account;
        assert_eq!(sum.read, sum.kept + sum.rejected + sum.filtered + sum.merged, "{id} does not balance: {sum:?}");
        assert!(sum.kept > 0, "{id} keeps nothing");
        wrong.extend(check(&folder.join("expected.csv"), &rows(&app, id, &conformed)));
        wrong.extend(check(&folder.join("account.txt"), &account(&conformed)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// One dataset's canonical file in the spelling of another system: other headers in reverse order, semicolons, UTF-16,
/// day-first dates, decimal commas, words for yes, no and nothing.
fn respelt(app: &App, dataset: &str, text: &str) -> (String, Vec<u8>) {
    let contract = &app.catalogue.contracts[dataset];
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let heads: Vec<String> = reader.headers().expect("a header").iter().rev().map(str::to_owned).collect();
    let header = |name: &str| format!("{} №", name.replace('_', " ").to_uppercase());
    let date = |text: &str| format!("{}.{}.{}", &text[8..10], &text[5..7], &text[..4]);
    let cell = |name: &str, cell: &str| match contract.columns[name].kind {
        _ if cell.is_empty() => "--".to_owned(),
        ColumnType::Stamp if cell.len() > 10 => format!("{} {}", date(cell), cell[11..].trim_end_matches('Z')),
        ColumnType::Date | ColumnType::Stamp => date(cell),
        ColumnType::Money | ColumnType::Number | ColumnType::Int => {
            let (whole, fraction) = cell.split_once('.').unwrap_or((cell, "0"));
            let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
            let groups = digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).expect("digits"));
            format!("{}{},{fraction}", groups.collect::<Vec<_>>().join("."), sign.replace('-', "")) + sign
        }
        ColumnType::Bool => if cell == "true" { "wahr" } else { "falsch" }.to_owned(),
        ColumnType::Text
        | ColumnType::Serial
        | ColumnType::Enum
        | ColumnType::Rate
        | ColumnType::Currency
        | ColumnType::Month => cell.to_owned(),
    };
    let mut file = format!("{}\r\n", heads.iter().map(|name| header(name)).collect::<Vec<_>>().join(";"));
    for row in reader.records() {
        let row = row.expect("a row");
        let cells: Vec<String> = heads.iter().zip(row.iter().rev()).map(|(name, text)| cell(name, text)).collect();
        writeln!(file, "{}\r", cells.join(";")).expect("written");
    }
    let mut toml = format!(
        "id = 'other-{dataset}'\nsystem = 'Other'\nabout = 'a test'\ndataset = '{dataset}'\n\
         path = 'sources/other/{dataset}_{{date:%d%m%Y}}.csv'\nheaders = {:?}\n\
         [spelling]\nnull = ['--']\ndates = 'dmy'\nnumbers = '1.234,56'\ntrue = ['wahr']\nfalse = ['falsch']\n[columns]\n",
        heads.iter().map(|name| header(name)).collect::<Vec<_>>()
    );
    for name in &heads {
        writeln!(toml, "{name} = '{}'", header(name)).expect("written");
    }
    let utf16: Vec<u8> = std::iter::once(0xfeff).chain(file.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    (toml, utf16)
}

#[test]
fn two_spellings_of_the_same_data_give_the_same_scorecard() {
    let plain = changed(|_| ());
    let other = changed(|extracts| {
        let app = app(extracts);
        for dataset in ["assets", "costs", "incidents", "people"] {
            for night in fs::read_dir(extracts.join(dataset)).expect("nights") {
                let night = night.expect("a night").path();
                let file = fs::read_dir(&night).expect("a folder").next().expect("a file").expect("an entry").path();
                let (toml, bytes) = respelt(&app, dataset, &fs::read_to_string(&file).expect("a text"));
                let day = night.file_name().expect("a name").to_string_lossy().into_owned();
                let folder = extracts.parent().expect("the store");
                let name = format!("sources/other/{dataset}_{}{}{}.csv", &day[8..], &day[5..7], &day[..4]);
                fs::create_dir_all(folder.join("sources/other")).expect("a folder");
                fs::create_dir_all(folder.join("definitions/sources")).expect("a folder");
                fs::write(folder.join(name), bytes).expect("written");
                fs::write(folder.join(format!("definitions/sources/other-{dataset}.toml")), toml).expect("written");
            }
            fs::remove_dir_all(extracts.join(dataset)).expect("removed");
        }
    });
    let definitions = other.path().join("definitions").to_str().expect("printable").to_owned();
    let settings = [("MUSTER__DEFINITIONS__PATH", definitions.as_str())];
    let (expected, _) = dry_run_with(plain.path(), "2026-10", &settings);
    let (actual, said) = dry_run_with(other.path(), "2026-10", &settings);
    let (expected, actual) = (scorecard(expected.path()), scorecard(actual.path()));
    assert_eq!(expected.len(), actual.len(), "{said}");
    for (place, row) in expected {
        assert_eq!(row, actual[&place], "{place:?}\n{said}");
    }
}

/// What becomes of a canonical `audits` file, or of one of a source.
fn audits(text: &[u8], source: Option<&str>) -> (Vec<String>, Vec<String>) {
    let mut all = app(&fixtures()).catalogue;
    if let Some(source) = source {
        all = all.with_source("it", source).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    }
    let context = Context {
        currency: "EUR".to_owned(),
        zone: chrono_tz::UTC,
        sources: &all.sources,
        tables: BTreeMap::new(),
        decoder: &Limits::default(),
    };
    let file = RawFile {
        key: "audits.csv".to_owned(),
        night: "2026-10-31".parse().expect("a date"),
        bytes: text.to_vec().into(),
        sha256: String::new(),
        source: source.map(|_| "it".to_owned()),
        join: None,
        withheld: None,
    };
    let contract = &all.contracts["audits"];
    let conformed = conform(contract, &[file], &context).expect("readable");
    let sum = conformed.account;
    assert_eq!(sum.read, sum.kept + sum.rejected + sum.filtered + sum.merged, "{sum:?}");
    let kept = conformed.rows(contract, usize::MAX).expect("rows").into_iter().map(|row| row[0].clone()).collect();
    let rejects = conformed.rejects.iter().map(|reject| format!("{} {}: {}", reject.row, reject.code, reject.message));
    (kept, rejects.collect())
}

#[test]
fn a_stray_quote_costs_its_own_lines_and_no_others() {
    let text = "audit_id,business_unit,kind\nA1,BER,licence\nA2,BER,\"licence\nA3,BER,hardware\nA4,HAM,\"x, y\"\n";
    let (kept, rejects) = audits(text.as_bytes(), None);
    assert_eq!(kept, ["A1", "A3", "A4"]);
    assert_eq!(rejects, ["3 broken_quotes: the quotes of the row are broken; close or double the quote"]);
    let text = "audit_id,business_unit,kind\r\nA1,\"B\r\nER\"\r\nA2,BER,licence\r\n\r\n;;\r\nA3,HAM,licence\r\n";
    let (kept, rejects) = audits(text.as_bytes(), None);
    assert_eq!(kept, ["A2", "A3"]);
    assert!(
        rejects[0].starts_with("2 wrong_width: the row has 2 cells, the header 3 (lines 2 to 3): the row is cut off"),
        "{rejects:?}"
    );
    assert!(rejects[1].starts_with("6 wrong_width"), "{rejects:?}");
}

#[test]
fn budget_lines_of_one_key_are_added_up_where_their_source_says_so() {
    let source = "id = 'it'\nsystem = 'x'\nabout = 'x'\ndataset = 'budgets'\npath = 'sources/it/{date}/*.csv'\n\
        headers = ['Unit', 'Category', 'Line', 'Month', 'Plan']\n[types]\nPlan = 'number'\n\
        [collapse]\nby = ['Unit', 'Category', 'Month']\nkeep = 'first'\norder = 'Line'\n\
        [collapse.columns]\ntotal = 'SUM(plan)'\n\
        [columns]\nbusiness_unit = 'Unit'\ncategory = 'Category'\nperiod = 'Month'\namount = 'total'\n";
    let all = app(&fixtures()).catalogue.with_source("it", source).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    let context = Context {
        currency: "EUR".to_owned(),
        zone: chrono_tz::UTC,
        sources: &all.sources,
        tables: BTreeMap::new(),
        decoder: &Limits::default(),
    };
    let text = "Unit;Category;Line;Month;Plan\nBER;hardware;1;2026-10;1.000,25\nBER;hardware;2;2026-10;250,50\n\
        BER;software;3;2026-10;10,00\n";
    let file = RawFile {
        key: "budget.csv".to_owned(),
        night: "2026-10-31".parse().expect("a date"),
        bytes: text.into(),
        sha256: String::new(),
        source: Some("it".to_owned()),
        join: None,
        withheld: None,
    };
    let contract = &all.contracts["budgets"];
    let conformed = conform(contract, &[file], &context).expect("readable");
    let amounts: Vec<Vec<String>> = conformed.rows(contract, usize::MAX).expect("rows");
    assert_eq!(amounts[0], ["1250.75", "BER", "hardware", "EUR", "2026-10"]);
    assert_eq!(amounts[1], ["10", "BER", "software", "EUR", "2026-10"]);
    assert_eq!((conformed.account.read, conformed.account.kept, conformed.account.merged), (3, 2, 1));
    assert!(conformed.findings.iter().all(|finding| finding.code != "lines_lost"), "{:?}", conformed.findings);
}

const COSTS: &str = "id = 'it'\nsystem = 'x'\nabout = 'x'\ndataset = 'costs'\npath = 'sources/it/{date}/*.csv'\n\
    headers = ['Id', 'Unit', 'Amount', 'Posted']\n[columns]\nline_id = 'Id'\nbusiness_unit = 'Unit'\namount = 'Amount'\n\
    posted_on = 'Posted'\ncategory = { value = 'x' }\ncost_type = { value = 'other' }\nstate = { value = 'posted' }\n";

/// Amounts kept, rejects, and findings as `code: message | hint` of a file of costs.
fn costs(source: &str, text: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
    let all = app(&fixtures()).catalogue.with_source("it", source).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    let context = Context {
        currency: "EUR".to_owned(),
        zone: chrono_tz::UTC,
        sources: &all.sources,
        tables: BTreeMap::new(),
        decoder: &Limits::default(),
    };
    let file = RawFile {
        key: "costs.csv".to_owned(),
        night: "2026-10-31".parse().expect("a date"),
        bytes: text.as_bytes().to_vec().into(),
        sha256: String::new(),
        source: Some("it".to_owned()),
        join: None,
        withheld: None,
    };
    let contract = &all.contracts["costs"];
    let conformed = conform(contract, &[file], &context).expect("readable");
    let amount = contract.columns.keys().position(|name| name == "amount").expect("a column");
    let rows = conformed.rows(contract, usize::MAX).expect("rows").into_iter().map(|row| row[amount].clone()).collect();
    let rejects = conformed.rejects.iter().map(|reject| format!("{}: {}", reject.row, reject.message)).collect();
    let said = |finding: &muster::finding::Finding| format!("{}: {} | {}", finding.code, finding.message, finding.hint);
    (rows, rejects, conformed.findings.iter().map(said).collect())
}

#[test]
fn a_total_and_a_word_for_nothing_that_nobody_declared_are_told() {
    let text = "Id,Unit,Amount,Posted\nL1,BER,10,2026-10-01\nL2,#MULTIVALUE,5,2026-10-02\nTotal,,15,\n";
    let (rows, rejects, findings) = costs(COSTS, text);
    assert_eq!(rows, ["10", "5"]);
    assert_eq!(rejects, ["4: the cell is empty and must not be"]);
    let told = |code: &str, part: &str| findings.iter().any(|said| said.starts_with(code) && said.contains(part));
    assert!(told("total_row", "[read] footer = [\"Total\"]"), "{findings:?}");
    assert!(told("null_word", "[spelling] null = [\"#MULTIVALUE\"]"), "{findings:?}");
    let declared =
        COSTS.replace("[columns]", "[read]\nfooter = ['Total']\n[spelling]\nnull = ['#MULTIVALUE']\n[columns]");
    let (rows, rejects, findings) = costs(&declared, text);
    assert_eq!((rows.len(), rejects.len(), findings.len()), (2, 0, 0), "{findings:?}");
}

#[test]
fn a_number_that_can_be_two_is_read_only_where_something_decides() {
    let file = |cells: [&str; 2]| {
        format!("Id;Unit;Amount;Posted\nL1;BER;{};2026-10-01\nL2;BER;{};2026-10-02\n", cells[0], cells[1])
    };
    let (rows, rejects, findings) = costs(COSTS, &file(["1.234", "950"]));
    assert_eq!(rows, ["950"]);
    assert_eq!(rejects, ["2: `1.234 or 1234` cannot be read"]);
    assert!(findings.iter().any(|said| said.starts_with("number_notation_undecidable")), "{findings:?}");
    assert_eq!(costs(COSTS, &file(["1.234", "950,50"])).0, ["1234", "950.5"]);
    assert_eq!(costs(COSTS, &file(["1.234", "950.5"])).0, ["1.234", "950.5"]);
    let declared = COSTS.replace("[columns]", "[spelling]\nnumbers = '1.234,56'\n[columns]");
    assert_eq!(costs(&declared, &file(["1.234", "950"])).0, ["1234", "950"]);
}

const BACKSLASH: &str = "id = 'it'\nsystem = 'x'\nabout = 'x'\ndataset = 'audits'\npath = 'sources/it/{date}/*.csv'\n\
    headers = ['audit_id', 'business_unit', 'kind']\n[columns]\naudit_id = 'audit_id'\nkind = 'kind'\n\
    business_unit = 'business_unit'\n";

#[test]
fn a_backslash_before_a_quote_is_rejected_until_it_is_declared() {
    let text = b"audit_id,business_unit,kind\nA1,BER,\"the \\\"big\\\", one\"\nA2,\\N,\"a \\\"b\\\" c\"\nA3,BER,x\n";
    let (kept, rejects) = audits(text, None);
    assert_eq!(kept, ["A3"]);
    assert!(rejects.len() == 2 && rejects[0].contains("declare `escape = \"backslash\"`"), "{rejects:?}");
    let declared = BACKSLASH.replace("[columns]", "[read]\nescape = 'backslash'\n[columns]");
    let (kept, rejects) = audits(text, Some(&declared));
    assert_eq!((kept, rejects), (vec!["A1".to_owned(), "A2".to_owned(), "A3".to_owned()], vec![]));
}

#[test]
fn bytes_that_are_no_letters_cost_their_row_only() {
    let text = b"audit_id,business_unit,kind\nA1,Z\xc3\xbcrich,licence\nA2,Gen\xe8ve,licence\nA3,K\xc3\xb6ln,licence\n";
    let (kept, rejects) = audits(text, None);
    assert_eq!(kept, ["A1", "A3"]);
    assert!(rejects[0].starts_with("3 undecodable_bytes"), "{rejects:?}");
}

#[test]
fn a_typo_in_a_source_is_found_at_start_with_file_line_and_near_name() {
    let good = fs::read_to_string(repository().join("config/sources/servicenow-expenses.toml")).expect("a source");
    for (from, to, said) in [
        ("amount = \"amount\"", "amout = \"amount\"", "has no column `amout` (did you mean `amount`?)"),
        ("line_id = \"number\"", "line_id = \"nummber\"", "unknown column `nummber` (did you mean `number`?)"),
        ("COALESCE(processed_date,", "COALESCE(proccessed_date,", "did you mean `processed_date`?"),
        ("\"costs\"", "\"cost\"", "unknown dataset `cost` (did you mean `costs`?)"),
        ("= \"rejected\"", "= \"refused\"", "`refused` is no word of `state`"),
        ("unknown = \"reject\"\n", "", "does not say what an unknown word becomes"),
    ] {
        assert!(good.contains(from), "{from}");
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("sources")).expect("a folder");
        fs::write(folder.path().join("sources/servicenow-expenses.toml"), good.replace(from, to)).expect("written");
        let path = folder.path().to_str().expect("printable");
        let output = muster_with(folder.path(), &["check"], &[("MUSTER__DEFINITIONS__PATH", path)]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{to}: {text}");
        assert!(text.contains("sources/servicenow-expenses.toml:") && text.contains(said), "{to}: {text}");
    }
}

#[test]
fn an_unknown_file_becomes_a_source_that_a_run_reads() {
    let store = changed(|extracts| fs::remove_dir_all(extracts.join("people")).expect("removed"));
    let file = store.path().join("Staff list 2026.csv");
    let text = "Staff list;;;;\n\nEmployee ID;Department;Employee Status;Hire Date;Last Day\n\
        u1;BER;Active;13.01.2020;\nu2;HAM;Active;01.02.2021;\nu3;HAM;Terminated;01.02.2019;30.09.2026\n";
    fs::write(&file, text).expect("written");
    let definitions = store.path().join("definitions").to_str().expect("printable").to_owned();
    let settings = [("MUSTER__DEFINITIONS__PATH", definitions.as_str())];
    fs::create_dir(&definitions).expect("a folder");
    let name = file.to_str().expect("printable");
    let output = muster_with(store.path(), &["import", "-", name, "--write"], &settings);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    for part in [
        "delimiter ;",
        "header in line 3",
        "dataset  people",
        "read 3 = kept 3",
        "dates = \"dmy\"",
        "staff-list-2026.toml",
    ] {
        assert!(said.contains(part), "`{part}` is not said:\n{said}");
    }
    let output = muster_with(store.path(), &["import", "staff-list-2026", name], &settings);
    assert!(String::from_utf8_lossy(&output.stdout).contains("read 3 = kept 3"), "{output:?}");
    let night = store.path().join("sources/staff-list-2026/2026-10-31");
    fs::create_dir_all(&night).expect("a folder");
    fs::copy(&file, night.join("staff.csv")).expect("copied");
    fs::write(night.join("notes.docx"), "x").expect("written");
    let (out, said) = dry_run_with(store.path(), "2026-10", &settings);
    assert!(said.contains("no source's path matches the file"), "{said}");
    let place =
        ("user_to_asset_ratio".to_owned(), String::new(), "ALL".to_owned(), "2026-10".to_owned(), String::new());
    assert_eq!(scorecard(out.path())[&place]["denominator"], 2.0, "two people are active");
}

#[test]
fn the_example_of_the_documentation_is_a_source() {
    let page = fs::read_to_string(repository().join("docs/sources.md")).expect("the page");
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let with = app(&fixtures()).catalogue.with_source("helpdesk-assets", example).unwrap_or_else(|m| panic!("{m:?}"));
    let mistakes = check_sql(&with.sources["helpdesk-assets"], &with.contracts["assets"]);
    assert!(mistakes.is_empty(), "{mistakes:?}");
}
