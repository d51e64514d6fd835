use super::*;

const LISTS: &str = r#"
[[roles.cfo]]
address = "Chief <cfo@corp.test>"

[[roles.it_head]]
address = "Tom <tom@corp.test>"
units = ["TLG"]
language = "de"
until = 2026-10-31

[[roles.it_head]]
address = "CFO@corp.test"
units = ["TLG"]

[[roles.unit_lead]]
address = "tom@CORP.test"
units = ["OPS", "TLG"]
from = "2026-10-01"
"#;

fn corp() -> Vec<String> {
    vec!["corp.test".to_owned()]
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn read_by(roles: &[&str], on: &str) -> Vec<String> {
    let distribution = Distribution::parse(LISTS, &corp()).unwrap();
    let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
    let shown = |reader: Reader| format!("{} {}", reader.mailbox.address, reader.units.join("+"));
    readers(&distribution, &roles, day(on)).into_iter().map(shown).collect()
}

#[test]
fn a_reader_of_several_roles_is_one_reader_with_all_they_may_see_in_stable_order() {
    let both = ["tom@corp.test TLG+OPS", "CFO@corp.test TLG+ALL"];
    assert_eq!(read_by(&["it_head", "cfo", "unit_lead"], "2026-10-15"), both);
    assert_eq!(read_by(&["cfo", "it_head"], "2026-10-15"), ["cfo@corp.test ALL+TLG", "tom@corp.test TLG"]);
}

#[test]
fn membership_begins_and_ends_on_its_days() {
    assert_eq!(read_by(&["unit_lead"], "2026-09-30"), Vec::<String>::new());
    assert_eq!(read_by(&["unit_lead"], "2026-10-01"), ["tom@corp.test OPS+TLG"]);
    assert_eq!(read_by(&["it_head"], "2026-10-31").len(), 2);
    assert_eq!(read_by(&["it_head"], "2026-11-01"), ["CFO@corp.test TLG"]);
}

#[test]
fn the_lists_that_ship_are_valid() {
    let shipped = include_str!("../../../config/distribution.toml");
    let distribution = Distribution::parse(shipped, &["localhost".to_owned()]).unwrap();
    assert!(owner(&distribution, "asset_manager", day("2026-10-01")).is_some());
    let missing = distribution.undefined(&["cfo".to_owned(), "finanse".to_owned()]);
    assert!(missing.len() == 1 && missing[0].message.contains("`finance`"), "{missing:?}");
}

#[test]
fn every_fault_is_reported_at_once_with_role_and_index() {
    let text = r#"
rolls = 1
[[roles.cfo]]
address = "a@corp.test"
unit = ["TLG"]
[[roles.cfo]]
address = "b@evil.example"
units = []
[[roles.cfo]]
address = "c@corp.test\r\nBcc: d@evil.example"
language = "Deutsch"
from = 2026-10-02
until = 2026-10-01
[[roles.it_head]]
units = "TLG"
from = 2026-10-01T10:00:00
[roles.board]
address = "a@corp.test"
"#;
    let error = Distribution::parse(text, &corp()).unwrap_err();
    let places: Vec<&str> = error.faults.iter().map(|fault| fault.place.as_str()).collect();
    let expected = [
        "rolls",
        "roles.cfo[0].unit",
        "roles.cfo[1].address",
        "roles.cfo[1].units",
        "roles.cfo[2].address",
        "roles.cfo[2].language",
        "roles.cfo[2].until",
        "roles.it_head[0]",
        "roles.it_head[0].units",
        "roles.it_head[0].from",
        "roles.board",
    ];
    assert_eq!(places, expected, "{error}");
    let text = error.to_string();
    assert!(text.contains("did you mean `units`?") && text.contains("`evil.example` is not allowed"), "{text}");
    assert!(!text.contains("b@evil"), "{text}");
}

#[test]
fn broken_toml_is_a_fault_with_its_line() {
    let error = Distribution::parse("[[roles.cfo]]\naddress = cfo@x\n", &corp()).unwrap_err();
    assert_eq!(error.faults[0].place, "distribution.toml:2");
}
