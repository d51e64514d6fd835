//! An edition is data: the steps of ARCHITECTURE.md, followed to the letter in a definitions folder, make a fourth
//! report without Rust.

use std::fs;
use std::path::Path;

use crate::muster::{muster_with, world};

const EDITION: &str = r#"
id = "audit-yearly"
title = "IT asset audit file"
audience = "audit"
roles = ["auditor"]
owner = "asset_manager"
grain = "month"
due = { working_day = 5, at = "07:00:00" }
pages = 3
kpis = ["data_sanitization_rate", "inventory_accuracy_rate"]
sections = ["message", "trust", "kpis", "list:largest_lines", "actions"]
appendix = ["definitions"]

[lists.largest_lines]
title = "The largest cost lines"
sheet = "Largest lines"
empty = "No line was posted."
fact = "spend"
rows = 2
sql = "SELECT line_id, vendor, amount FROM fact ORDER BY amount DESC, line_id"
columns = [
  { name = "line_id", head = "Line" },
  { name = "vendor", head = "Vendor" },
  { name = "amount", head = "Amount", format = "money" },
]
"#;

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("written");
}

#[test]
fn a_fourth_edition_for_a_new_audience_needs_no_rust() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (definitions, templates) = (folder.path().join("definitions"), folder.path().join("templates"));
    // `config/editions/<id>.toml`, and a role of `config/distribution.toml`.
    write(&definitions, "editions/audit-yearly.toml", EDITION);
    let lists = fs::read_to_string(crate::muster::repository().join("config/distribution.toml")).expect("lists");
    let lists = format!("{lists}\n[[roles.auditor]]\naddress = \"Auditor <auditor@localhost>\"\n");
    write(&definitions, "distribution.toml", &lists);
    // A new audience needs its wording templates, the headline included, in every language.
    for language in ["en", "de"] {
        for kpi in ["data_sanitization_rate", "inventory_accuracy_rate"] {
            write(&templates, &format!("words/{language}/audit/{kpi}.txt"), "For the file: {{ name }} is {{ value }}.");
            write(&templates, &format!("words/{language}/audit/{kpi}.action.txt"), "Keep the evidence of {{ name }}");
        }
        write(
            &templates,
            &format!("words/{language}/audit/headline.txt"),
            "{{ count_off }} of {{ judged }} figures need evidence.",
        );
        write(
            &templates,
            &format!("words/{language}/audit/subject.txt"),
            "{{ title }} - {{ period_short }} - {{ count_off }} to prove",
        );
    }
    let settings = [
        ("MUSTER__DEFINITIONS__PATH", definitions.display().to_string()),
        ("MUSTER__DEFINITIONS__TEMPLATES", templates.display().to_string()),
    ];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let said = |output: &std::process::Output| {
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    let checked = muster_with(&world("tiny"), &["check"], &settings);
    assert!(checked.status.success(), "{}", said(&checked));
    let out = folder.path().join("out");
    let arguments =
        ["run", "audit-yearly", "--period", "2026-10", "--dry-run", "--out", out.to_str().expect("a printable path")];
    let output = muster_with(&world("tiny"), &arguments, &settings);
    assert!(output.status.success(), "{}", said(&output));
    let text = fs::read_to_string(out.join("mail.txt")).expect("a text").replace('\u{a0}', " ");
    for part in ["figures need evidence.", "For the file: Inventory accuracy is", "The largest cost lines", "L15"] {
        assert!(text.contains(part), "`{part}` is not said:\n{text}");
    }
    for document in ["report.pdf", "report.html", "report.xlsx", "scorecard.json"] {
        assert!(fs::metadata(out.join(document)).expect(document).len() > 1_000, "{document}");
    }
    // A mistake in it is named before anything runs.
    write(
        &definitions,
        "editions/audit-yearly.toml",
        &EDITION.replace("inventory_accuracy_rate", "inventory_acuracy_rate"),
    );
    let wrong = muster_with(&world("tiny"), &["check"], &settings);
    assert!(!wrong.status.success() && said(&wrong).contains("inventory_accuracy_rate"), "{}", said(&wrong));
}
