//! The archive: a page over everything published, usable from a folder, made of what lies in the store.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use url::Url;

use crate::muster::{changed, file, muster_with, said};

/// An id that a path, a link and a page each would trip over.
const STRANGE: &str = "R&D <b>\"x\"/50 %";

const LISTS: &str = r#"
[[roles.it_head]]
address = "corp@localhost"
units = ["CORP", "BER"]
[[roles.it_head]]
address = "strange@localhost"
units = ['R&D <b>"x"/50 %']
[[roles.it_head]]
address = "all@localhost"
[[roles.cfo]]
address = "cfo@localhost"
[[roles.finance]]
address = "cfo@localhost"
[[roles.procurement]]
address = "cfo@localhost"
[[roles.board]]
address = "board@localhost"
[[roles.cio]]
address = "cio@localhost"
[[roles.asset_manager]]
address = "itam@localhost"
[[roles.data_owner]]
address = "itam@localhost"
"#;

/// A store with two months, a restated one, and a burst with an unlikely unit.
static PUBLISHED: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = changed(|extracts| {
        let units = file(extracts, "business_units");
        let text = fs::read_to_string(&units).expect("units");
        fs::write(&units, format!("{text}\"R&D <b>\"\"x\"\"/50 %\",\"Labs <i>&\",CORP,corporate\n")).expect("written");
    });
    fs::create_dir(folder.path().join("definitions")).expect("a folder");
    fs::write(folder.path().join("definitions/distribution.toml"), LISTS).expect("written");
    for arguments in [
        &["run", "cfo-monthly", "--period", "2026-09"][..],
        &["run", "cfo-monthly", "--period", "2026-10"],
        &["run", "cfo-monthly", "--period", "2026-10", "--force-revision"],
        &["run", "it-variance-monthly", "--period", "2026-10"],
    ] {
        let output = run(folder.path(), arguments);
        assert!(output.status.success(), "{}", said(&output));
    }
    // Another language lies in a folder of its own; a link goes by what is there.
    let enterprise = folder.path().join("published/it-variance-monthly/2026-10/ALL/r1");
    fs::create_dir(enterprise.join("de")).expect("a folder");
    for name in ["report.html", "report.pdf"] {
        fs::copy(enterprise.join(name), enterprise.join("de").join(name)).expect("copied");
    }
    let output = run(folder.path(), &["archive"]);
    assert!(output.status.success(), "{}", said(&output));
    folder
});

fn run(folder: &Path, arguments: &[&str]) -> std::process::Output {
    let (outbox, definitions) = (folder.join("outbox"), folder.join("definitions"));
    let mut settings = vec![("MUSTER__MAIL__TRANSPORT", "outbox"), ("MUSTER__MAIL__OUTBOX", printable(&outbox))];
    if definitions.exists() {
        settings.push(("MUSTER__DEFINITIONS__PATH", printable(&definitions)));
    }
    muster_with(folder, arguments, &settings)
}

fn printable(path: &Path) -> &str {
    path.to_str().expect("a printable path")
}

fn index(folder: &Path) -> PathBuf {
    folder.join("published/index.html")
}

fn page() -> String {
    fs::read_to_string(index(PUBLISHED.path())).expect("the archive page")
}

/// The links of a page as a browser resolves them, fragments left out.
fn links(page: &str, base: &Path) -> Vec<Url> {
    let base = Url::from_file_path(base).expect("an absolute path");
    let hrefs = page.split(" href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    hrefs
        .filter(|href| !href.starts_with('#'))
        .map(|href| base.join(&href.replace("&amp;", "&")).expect(href))
        .collect()
}

#[test]
fn a_release_ends_with_a_page_whose_links_all_lead_to_documents() {
    let page = page();
    let links = links(&page, &index(PUBLISHED.path()));
    // Three issues of one report, and a burst for the enterprise (in two languages) and three units.
    assert_eq!(links.iter().filter(|link| link.path().ends_with("report.html")).count(), 3 + 5, "{page}");
    for link in &links {
        let path = link.to_file_path().expect("a file");
        assert!(path.is_file(), "{link} leads nowhere");
        assert!(path.starts_with(PUBLISHED.path().join("published")), "{link} leads out of the archive");
    }
    // What names readers stays out.
    assert!(!page.contains("run.json") && !page.contains("@localhost"));
}

#[test]
fn the_page_needs_no_script_and_nothing_from_outside() {
    let page = page();
    for forbidden in ["<script", "http:", "https:", "src=", "<link", "href=\"/", "url("] {
        assert!(!page.contains(forbidden), "{forbidden} is on the page");
    }
    assert_eq!(page.matches("<h1").count(), 1);
    assert!(page.contains("name=\"viewport\"") && page.contains("prefers-color-scheme:dark"));
}

#[test]
fn the_newest_stands_first_and_a_corrected_issue_says_by_what_it_was_replaced() {
    let page = page();
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is missing: {page}"));
    assert!(at(">October 2026<") < at(">September 2026<"));
    let finance = &page[at("ITAM KPIs for Finance</h2>")..];
    let row = |revision: &str| {
        let rows = finance.split("<tr").filter(|row| row.contains(">October 2026<"));
        rows.into_iter().find(|row| row.contains(&format!("<p>{revision}"))).expect(revision).to_owned()
    };
    assert!(row("r2").contains("<span class=\"state\">"), "a restated revision is marked: {}", row("r2"));
    assert!(!row("r2").contains("replaced by") && row("r1").contains("replaced by r2"));
}

#[test]
fn units_stand_below_their_parents_and_strange_names_are_only_text() {
    let page = page();
    let depth = |label: &str| {
        let at = page.find(&format!(">{label}</span>")).unwrap_or_else(|| panic!("{label} is missing: {page}"));
        let before = &page[..at];
        (at, before[before.rfind("calc(").expect("an indent")..].chars().nth(5).expect("a digit"))
    };
    let (all, corp, ber, labs) =
        (depth("Whole enterprise"), depth("Corporation"), depth("Berlin office"), depth("Labs &lt;i&gt;&amp;"));
    assert!(corp.0 < ber.0 && ber.0 < labs.0, "{corp:?} {ber:?} {labs:?}");
    assert_eq!((all.1, corp.1, ber.1, labs.1), ('0', '1', '2', '2'));
    assert!(!page.contains("<i>") && !page.contains(STRANGE) && !page.contains("<b>\"x"));
}

#[test]
fn a_page_that_was_lost_or_spoilt_comes_back_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&PUBLISHED.path().join("published"), &folder.path().join("published"));
    fs::write(index(folder.path()), "spoilt").expect("written");
    let again = run(folder.path(), &["archive"]);
    assert!(said(&again).contains("7 issues of 2 editions"), "{}", said(&again));
    assert_eq!(fs::read_to_string(index(folder.path())).expect("a page"), page());
}

#[test]
fn issues_without_a_record_are_listed_by_name_and_what_is_no_issue_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let published = folder.path().join("published");
    copy(&PUBLISHED.path().join("published"), &published);
    for file in files(&published).into_iter().filter(|file| file.ends_with("issue.json")) {
        fs::remove_file(file).expect("removed");
    }
    fs::write(published.join("notes.txt"), "mine").expect("written");
    fs::create_dir_all(published.join("cfo-monthly/October/ALL/r1")).expect("a folder");
    fs::write(published.join("cfo-monthly/October/ALL/r1/report.pdf"), "mine").expect("written");
    let output = run(folder.path(), &["archive"]);
    let told = said(&output);
    assert!(output.status.success() && told.contains("7 issues"), "{told}");
    assert!(told.contains("published/notes.txt") && told.contains("published/cfo-monthly/October/ALL/r1/report.pdf"));
    let page = fs::read_to_string(index(folder.path())).expect("a page");
    assert!(page.contains("R&amp;D &lt;b&gt;") && page.contains(">CORP<") && page.contains(">RESTATED<"), "{page}");
    assert!(links(&page, &index(folder.path())).iter().all(|link| link.to_file_path().expect("a file").is_file()));
}

#[test]
fn an_empty_store_gets_an_empty_page_and_a_word_on_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(folder.path(), &["archive"]);
    let told = said(&output);
    assert!(output.status.success() && told.contains("0 issues") && told.contains("hint: `muster run"), "{told}");
    let page = fs::read_to_string(index(folder.path())).expect("a page");
    assert!(page.contains("Nothing has been published yet."), "{page}");
}

#[test]
fn in_a_browser_every_link_opens() {
    let Some(browser) =
        ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| dom(name, "about:blank").is_some())
    else {
        println!("skipped: no Chromium is installed");
        return;
    };
    let start = Url::from_file_path(index(PUBLISHED.path())).expect("a path");
    let shown = dom(browser, start.as_str()).expect("the page opens");
    let links = links(&shown, &index(PUBLISHED.path()));
    assert!(links.len() > 20, "{shown}");
    for link in links.iter().filter(|link| link.path().ends_with("report.html")) {
        let report = dom(browser, link.as_str()).expect("the report opens");
        assert!(report.contains("<main id=\"report\">"), "{link}: {report}");
    }
}

/// The page as the browser holds it.
fn dom(browser: &str, url: &str) -> Option<String> {
    let profile = tempfile::tempdir().expect("a folder");
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(url)
        .output()
        .ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let inner = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    inner.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).expect("below"));
        fs::create_dir_all(target.parent().expect("a folder")).expect("made");
        fs::copy(file, target).expect("copied");
    }
}
