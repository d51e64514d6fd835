//! The way of a newcomer from unknown exports to a KPI: the commands of `docs/sources.md`, as they stand there.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::muster::repository;

/// The shell blocks of a section.
fn commands(page: &str, section: &str) -> String {
    let from = page.find(section).unwrap_or_else(|| panic!("there is no section `{section}`"));
    let rest = &page[from + section.len()..];
    let body = rest.split("\n## ").next().unwrap_or_default();
    let blocks: Vec<&str> = body.split("```sh\n").skip(1).filter_map(|block| block.split("```").next()).collect();
    blocks.concat()
}

#[test]
fn the_commands_of_the_documentation_lead_from_unknown_files_to_figures() {
    let page = fs::read_to_string(repository().join("docs/sources.md")).expect("the page");
    let script = commands(&page, "## Ten minutes from an unknown CSV to a KPI");
    assert!(script.matches("muster import").count() >= 4, "{script}");
    let folder = tempfile::tempdir().expect("a temporary folder");
    for file in fs::read_dir(repository().join("fixtures/newcomer")).expect("files") {
        let path = file.expect("a file").path();
        fs::copy(&path, folder.path().join(path.file_name().expect("a name"))).expect("copied");
    }
    let programs = Path::new(env!("CARGO_BIN_EXE_muster")).parent().expect("a folder").display().to_string();
    let path = format!("{programs}:{}", std::env::var("PATH").expect("a path"));
    let output = Command::new("sh")
        .args(["-e", "-c", &script])
        .current_dir(folder.path())
        .env("PATH", path)
        .output()
        .expect("a shell");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let said = said.replace('\u{a0}', " ");
    assert!(output.status.success(), "{said}");
    for part in [
        "windows-1252, delimiter ;, header in line 4",
        "rows     read 6 = kept 5 + rejected 0 + filtered 1 + merged 0, for `assets`",
        "rows     read 4 = kept 3 + rejected 0 + filtered 1 + merged 0, for `costs`",
        "joined   Abteilungen.csv: looked up as `abteilungen`",
        "rows     read 3 = kept 3 + rejected 0 + filtered 0 + merged 0, for `incidents`",
        "printed as EUR 3,313",
        "printed as 123 h",
    ] {
        assert!(said.contains(part), "`{part}` is not said:\n{said}");
    }
    assert!(folder.path().join("out").is_dir(), "{said}");
}
