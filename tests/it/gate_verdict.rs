//! The data gate as a whole: rules about figures, the verdict, definitions with mistakes, the built-in rules.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use muster::brief::{self, Extracts, Question};
use muster::conform::{Limits, RawFile};
use muster::finding::Level;
use muster::period::Calendar;
use muster::quality::{Judgement, Verdict};
use muster::score::Constants;

use crate::gate::{Night, UNITS, ZONE, assets, catalogue, check_by, day, judged};
use crate::muster::{changed, dry_run, dry_run_with, file, muster_with, world};

/// What these rules say of the figures of October 2026 of an estate.
fn figured(rules: &str, extracts: &std::path::Path) -> Judgement {
    let mut catalogue = catalogue(rules).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    // Only what is judged is measured; the others stay for the windows they define.
    let judged = catalogue.gate.results.iter().flat_map(|rule| rule.limits.kpis.clone()).collect::<Vec<_>>();
    for kpi in catalogue.kpis.iter_mut().filter(|kpi| !judged.contains(&kpi.id)) {
        kpi.measures.clear();
        kpi.companions.clear();
    }
    let mut files = Extracts::new();
    for dataset in catalogue.contracts.keys() {
        for night in fs::read_dir(extracts.join(dataset)).expect("a dataset") {
            let night = night.expect("a night").path();
            let date = day(night.file_name().and_then(|name| name.to_str()).expect("a date"));
            for path in fs::read_dir(&night).expect("a night") {
                let path = path.expect("a file").path();
                let bytes = fs::read(&path).expect("bytes").into();
                let raw = RawFile {
                    key: path.display().to_string(),
                    night: date,
                    bytes,
                    sha256: String::new(),
                    source: None,
                    join: None,
                    withheld: None,
                };
                files.entry(dataset.clone()).or_default().entry(date).or_default().push(raw);
            }
        }
    }
    let first_nights = BTreeMap::new();
    let question = Question {
        catalogue: &catalogue,
        calendar: Calendar { zone: ZONE, fiscal_start: 1 },
        currency: "EUR",
        constants: &Constants::default(),
        period: "2026-10".parse().expect("a month"),
        history: 12,
        first_nights: &first_nights,
        decoder: &Limits::default(),
        limits: &Limits::default(),
        kept: &muster::kept::Nothing,
    };
    let figures = brief::figures(&question, &files, &|_| ()).expect("figures");
    let own = |code: &str| code == "tried" || code.starts_with("waiver");
    let findings = figures.findings.into_iter().filter(|finding| own(&finding.code)).collect();
    Judgement { verdict: figures.verdict, broken: Vec::new(), findings }
}

#[test]
fn a_budget_variance_of_seven_thousand_per_cent_is_not_sent() {
    let rule = "[[results]]\ncode = \"tried\"\nlevel = \"hold\"\nscope = { business_units = [\"ALL\"] }\nlimits = { kpis = [\"budget_variance\"], high = 3, least_rows = 1 }";
    let folder = changed(|extracts| {
        let path = file(extracts, "costs");
        let text = fs::read_to_string(&path).expect("a text");
        fs::write(&path, format!("{text}Z1,,BER,laptop,hardware,support,,112000,EUR,2026-10-05,posted\n"))
            .expect("written");
    });
    let tiny = world("tiny").join("extracts");
    let bad = folder.path().join("extracts");
    let said = [
        "`budget_variance` of the enterprise is 7146.8 %, above 300 %",
        "ask finance_partner to",
        "check costs and budgets (muster explain budget_variance --unit ALL)",
    ];
    check_by(rule, &|rules, is_good| figured(rules, if is_good { &tiny } else { &bad }), &said);
}

#[test]
fn units_that_break_a_rule_with_one_above_them_are_named_in_its_line() {
    let rule = "[[results]]\ncode = \"tried\"\nlevel = \"warn\"\nlimits = { kpis = [\"asset_age_distribution\"], high = 0.1, least_rows = 1 }";
    let judgement = figured(rule, &world("tiny").join("extracts"));
    assert_eq!(judgement.verdict, Verdict::Send);
    let [finding] = judgement.findings.as_slice() else { panic!("{:?}", judgement.findings) };
    // Of ten assets of known age two are past refresh: one in Berlin, one in Hamburg.
    let message = &finding.message;
    assert!(message.contains("of the enterprise is 20 %, above 10 %; the same below it: Berlin"), "{message}");
    assert!(message.contains("Hamburg") && !message.contains("Unassigned"), "{message}");
}

#[test]
fn a_unit_whose_assets_vanish_is_told_with_its_name() {
    let rule = "[[results]]\ncode = \"tried\"\nlevel = \"hold\"\nscope = { business_units = [\"HAM\"] }\nlimits = { kpis = [\"asset_age_distribution\"], figure = \"rows\", fall_percent = 50, least_rows = 3 }";
    let folder = changed(|extracts| {
        let path = file(extracts, "assets");
        let text = fs::read_to_string(&path).expect("a text");
        let kept: Vec<&str> = text.lines().filter(|line| !line.contains(",HAM,")).collect();
        fs::write(&path, kept.join("\n")).expect("written");
    });
    let tiny = world("tiny").join("extracts");
    let bad = folder.path().join("extracts");
    let said = ["asset_age_distribution", "is 0, 100 % below the", "ask asset_manager to check asset"];
    check_by(rule, &|rules, is_good| figured(rules, if is_good { &tiny } else { &bad }), &said);
}

#[test]
fn the_gravest_rule_of_a_check_speaks_alone_and_its_waiver_silences_the_rest() {
    let rule = |code: &str, level: &str, percent: u32| {
        format!("[[rejects]]\ncode = \"{code}\"\nlevel = \"{level}\"\nlimits = {{ percent = {percent} }}\n")
    };
    let rules = [rule("mild", "warn", 1), rule("grave", "provisional", 10), rule("off", "allow", 0)].concat();
    let mut text = assets(10);
    (0..10).for_each(|row| writeln!(text, "B{row},laptop,lost,true,BER,1,").expect("a text"));
    let nights = [UNITS, ("assets", "2026-10-31", text.as_str())];
    let judgement = judged(&rules, &nights);
    assert!(matches!(&judgement.verdict, Verdict::Provisional { because } if because.len() == 1), "{judgement:?}");
    let codes: Vec<&str> = judgement.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["grave"]);
    let waiver = "[[waivers]]\nrule = \"grave\"\ndataset = \"assets\"\nreason = \"known\"\nuntil = \"2026-12-31\"\n";
    assert_eq!(judged(&format!("{rules}{waiver}"), &nights).verdict, Verdict::Send);
    let elsewhere = judged(&format!("{rules}{}", waiver.replace("assets", "people")), &nights);
    assert!(matches!(elsewhere.verdict, Verdict::Provisional { .. }));
    let unused = elsewhere.findings.iter().find(|finding| finding.code == "waiver_unused").expect("a note");
    assert_eq!((unused.level, unused.dataset.as_str()), (Level::Note, "people"));
}

/// The mistakes of a rule file, one a line.
fn mistakes(rules: &str) -> String {
    let found = catalogue(rules).expect_err("a mistake");
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_mistake_in_a_rule_is_found_at_start_with_file_line_and_near_name() {
    let volume = "[[volume]]\ncode = \"v\"\nlevel = \"warn\"\nscope = { datasets = [\"assest\"] }\nlimits = { fall_percent = 30 }\n";
    for (rules, said) in [
        (volume, "config/gate.toml:4: rule `v`: unknown dataset `assest` (did you mean `assets`?)"),
        (
            &volume.replace("assest", "assets").replace("30", "300"),
            "config/gate.toml:5: rule `v`: `fall_percent` lies between 0 and 100",
        ),
        (
            &volume.replace("assest", "assets").replace("fall_percent", "fal_percent"),
            "config/gate.toml:5: unknown field `fal_percent`",
        ),
        (
            &volume.replace("assest", "assets").replace("\"warn\"", "\"deny\""),
            "config/gate.toml:3: unknown variant `deny`",
        ),
        (
            &volume.replace("datasets = [\"assest\"]", "business_units = [\"BER\"]"),
            "config/gate.toml:4: rule `v`: this check cannot be limited by business unit",
        ),
        (&format!("{0}{0}", volume.replace("assest", "assets")), "config/gate.toml:2: two rules have the code `v`"),
        (
            "[[ranges]]\ncode = \"r\"\nlevel = \"warn\"\nscope = { columns = [\"purchase_cst\"] }\nlimits = { low = 0 }\n",
            "config/gate.toml:4: rule `r`: unknown column `purchase_cst` (did you mean `purchase_cost`?)",
        ),
        (
            "[[ranges]]\ncode = \"r\"\nlevel = \"warn\"\nscope = { columns = [\"purchased_on\"] }\nlimits = { low = 0 }\n",
            "config/gate.toml:4: rule `r`: its limits do not fit the type of `assets.purchased_on`",
        ),
        (
            "[[references]]\ncode = \"r\"\nlevel = \"warn\"\nscope = { columns = [\"user_id\"] }\nlimits = { to = [\"people.persn_id\"], percent = 1 }\n",
            "config/gate.toml:5: rule `r`: unknown column `people.persn_id` (did you mean `people.person_id`?)",
        ),
        (
            "[[results]]\ncode = \"r\"\nlevel = \"warn\"\nlimits = { kpis = [\"budget_varience\"], high = 1 }\n",
            "config/gate.toml:4: rule `r`: unknown KPI `budget_varience` (did you mean `budget_variance`?)",
        ),
        (
            "[[waivers]]\nrule = \"feed_stall\"\nreason = \"x\"\nuntil = \"2026-12-31\"\n",
            "config/gate.toml:2: a waiver of the unknown rule `feed_stall`",
        ),
    ] {
        let text = mistakes(rules);
        assert!(text.contains(said), "expected\n  {said}\ngot\n  {text}");
    }
}

/// A folder of definitions with one file.
fn definitions_with(file: &str, text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(file);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("written");
    folder
}

#[test]
fn a_condition_that_does_not_plan_is_found_at_start_and_expired_waivers_are_listed() {
    let check = |folder: &tempfile::TempDir| {
        let path = folder.path().to_str().expect("printable");
        let output = muster_with(folder.path(), &["check"], &[("MUSTER__DEFINITIONS__PATH", path)]);
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    let rule = "[[ranges]]\ncode = \"dear\"\nlevel = \"warn\"\nscope = { datasets = [\"assets\"], columns = [\"purchase_cost\"], rows = \"lifecycle_stat = 'in_use'\" }\nlimits = { high = 9 }\n";
    let said = check(&definitions_with("gate/ours.toml", rule));
    assert!(said.contains("config/gate/ours.toml:4: rule `dear` on `assets`"), "{said}");
    assert!(said.contains("did you mean `lifecycle_state`?"), "{said}");
    let waivers =
        "[[waivers]]\nrule = \"feed_stale\"\ndataset = \"patches\"\nreason = \"moving\"\nuntil = \"2020-01-31\"\n";
    let said = check(&definitions_with("gate/ours.toml", waivers));
    assert!(
        said.contains("0 waivers, 1 expired") && said.contains("feed_stale patches counted until 2020-01-31: moving"),
        "{said}"
    );
}

fn night<'a>(night: &'a str, text: &'a str) -> Night<'a> {
    ("assets", night, text)
}

#[test]
fn the_built_in_rules_hold_back_a_register_that_is_gone() {
    let rules = fs::read_to_string(crate::muster::repository().join("config/gate.toml")).expect("the rules");
    let (usual, rest) = (assets(100), assets(39));
    let before = [UNITS, night("2026-07-31", &usual), night("2026-08-31", &usual), night("2026-09-30", &usual)];
    let whole = judged(&rules, &[&before[..], &[night("2026-10-31", &usual)]].concat());
    assert!(matches!(whole.verdict, Verdict::Send) && whole.findings.is_empty(), "{:?}", whole.findings);
    let gone = judged(&rules, &[&before[..], &[night("2026-10-31", &rest)]].concat());
    let Verdict::Hold { because } = gone.verdict else { panic!("{:?}", gone.findings) };
    let told: Vec<_> = because.iter().map(|broken| (broken.rule.as_str(), broken.owner.as_str())).collect();
    assert_eq!(told, [("register_gone", "data_owner")]);
}

#[test]
fn the_built_in_rules_are_quiet_on_a_healthy_estate_and_provisional_on_old_snapshots() {
    let (out, said) = dry_run(&world("tiny"), "2026-10");
    assert!(!said.contains("ask "), "{said}");
    let mail = fs::read_to_string(out.path().join("mail.txt")).expect("a mail");
    assert!(mail.contains("Final") && !mail.contains("PROVISIONAL"), "{mail}");
    // The newest snapshots are those of October of last year: 151 days before the end of March.
    let (out, said) = dry_run(&world("tiny"), "2026-03");
    assert!(said.contains("the newest night is 151 days older than the period's end"), "{said}");
    let mail = fs::read_to_string(out.path().join("mail.txt")).expect("a mail");
    assert!(mail.contains("PROVISIONAL"), "{mail}");
}

#[test]
fn rules_and_waivers_of_ones_own_are_added_to_the_built_in_ones() {
    let waivers =
        "[[waivers]]\nrule = \"feed_stale\"\nreason = \"a trial on last year's data\"\nuntil = \"2026-03-31\"\n";
    let folder = definitions_with("gate/ours.toml", waivers);
    let path = folder.path().to_str().expect("printable");
    let (out, said) = dry_run_with(&world("tiny"), "2026-03", &[("MUSTER__DEFINITIONS__PATH", path)]);
    let mail = fs::read_to_string(out.path().join("mail.txt")).expect("a mail");
    assert!(mail.contains("Final") && !said.contains("days older"), "{said}");
}
