//! The asset classes: what they cost, how long they last, how often they fail.

use super::company::Industry;

/// One asset class. Money is in whole units of the reporting currency.
#[expect(clippy::struct_excessive_bools, reason = "independent yes-or-no columns of a table")]
pub(super) struct Class {
    pub(super) code: &'static str,
    pub(super) models: [&'static str; 2],
    pub(super) vendor: &'static str,
    /// The currency the vendor invoices in.
    pub(super) currency: &'static str,
    pub(super) list_price: i64,
    pub(super) refresh_years: i64,
    pub(super) telemetry: bool,
    pub(super) personal: bool,
    pub(super) data_bearing: bool,
    /// The tool that sees it on the network; none for what has no network.
    pub(super) source: Option<&'static str>,
    /// Factor on the unit's idle share.
    pub(super) idle: f64,
    /// Failures per device and month.
    pub(super) failures: f64,
    pub(super) repair_hours: f64,
    /// People held up by a failure, from and to.
    pub(super) affected: (i64, i64),
    /// Maintenance contract per year.
    pub(super) upkeep: i64,
    pub(super) patched: bool,
    /// Weight per industry: corporate, healthcare, manufacturing, education.
    pub(super) mix: [f64; 4],
}

const PLAIN: Class = Class {
    code: "",
    models: ["", ""],
    vendor: "Calderwood Systems",
    currency: "EUR",
    list_price: 0,
    refresh_years: 5,
    telemetry: true,
    personal: false,
    data_bearing: true,
    source: Some("network-scan"),
    idle: 1.0,
    failures: 0.05,
    repair_hours: 20.0,
    affected: (1, 1),
    upkeep: 0,
    patched: false,
    mix: [0.0; 4],
};

pub(super) const CLASSES: [Class; 12] = [
    Class {
        code: "laptop",
        models: ["Calder L14", "Calder L15 Pro"],
        list_price: 1_150,
        refresh_years: 4,
        personal: true,
        source: Some("endpoint-agent"),
        failures: 0.085,
        repair_hours: 17.0,
        patched: true,
        mix: [42.0, 20.0, 22.0, 50.0],
        ..PLAIN
    },
    Class {
        code: "desktop",
        models: ["Calder D3", "Calder D5 Mini"],
        list_price: 820,
        personal: true,
        source: Some("endpoint-agent"),
        idle: 1.2,
        failures: 0.07,
        repair_hours: 19.0,
        patched: true,
        mix: [6.0, 24.0, 16.0, 12.0],
        ..PLAIN
    },
    Class {
        code: "phone",
        models: ["Velmo 6", "Velmo 7s"],
        vendor: "Velmo Mobile",
        list_price: 620,
        refresh_years: 3,
        personal: true,
        source: Some("mdm"),
        failures: 0.05,
        repair_hours: 26.0,
        mix: [22.0, 12.0, 12.0, 6.0],
        ..PLAIN
    },
    Class {
        code: "tablet",
        models: ["Velmo Tab", "Velmo Tab Rugged"],
        vendor: "Velmo Mobile",
        list_price: 540,
        refresh_years: 4,
        personal: true,
        source: Some("mdm"),
        idle: 1.6,
        failures: 0.05,
        repair_hours: 28.0,
        mix: [4.0, 14.0, 3.0, 14.0],
        ..PLAIN
    },
    Class {
        code: "monitor",
        models: ["Calder M24", "Calder M27"],
        list_price: 260,
        refresh_years: 7,
        telemetry: false,
        data_bearing: false,
        source: None,
        failures: 0.02,
        repair_hours: 30.0,
        mix: [14.0, 6.0, 6.0, 8.0],
        ..PLAIN
    },
    Class {
        code: "server",
        models: ["Ironquay R2", "Ironquay R4"],
        vendor: "Ironquay Computing",
        currency: "USD",
        list_price: 7_800,
        idle: 0.4,
        failures: 0.12,
        repair_hours: 7.0,
        affected: (10, 60),
        upkeep: 620,
        patched: true,
        mix: [3.0, 2.0, 2.5, 2.0],
        ..PLAIN
    },
    Class {
        code: "storage",
        models: ["Ironquay S20", "Ironquay S40"],
        vendor: "Ironquay Computing",
        currency: "USD",
        list_price: 14_500,
        refresh_years: 6,
        idle: 0.3,
        failures: 0.08,
        repair_hours: 9.0,
        affected: (20, 80),
        upkeep: 1_400,
        mix: [0.6, 0.4, 0.5, 0.3],
        ..PLAIN
    },
    Class {
        code: "network",
        models: ["Lattice 24 switch", "Lattice AP6"],
        vendor: "Lattice & Loom Networks",
        currency: "USD",
        list_price: 1_900,
        refresh_years: 7,
        data_bearing: false,
        idle: 0.3,
        failures: 0.07,
        repair_hours: 8.0,
        affected: (8, 40),
        upkeep: 120,
        mix: [4.0, 5.0, 6.0, 4.0],
        ..PLAIN
    },
    Class {
        code: "printer",
        models: ["Papyra 300", "Papyra 520 MFP"],
        vendor: "Papyra Print",
        list_price: 640,
        refresh_years: 6,
        idle: 0.8,
        failures: 0.16,
        repair_hours: 22.0,
        affected: (2, 12),
        upkeep: 90,
        mix: [3.0, 5.0, 4.0, 4.0],
        ..PLAIN
    },
    Class {
        code: "medical_device",
        models: ["Salvira bedside monitor", "Salvira infusion station"],
        vendor: "Salvira Medical",
        currency: "GBP",
        list_price: 3_900,
        refresh_years: 8,
        telemetry: false,
        source: None,
        failures: 0.05,
        repair_hours: 14.0,
        affected: (1, 4),
        upkeep: 410,
        mix: [0.0, 11.0, 0.0, 0.0],
        ..PLAIN
    },
    Class {
        code: "shopfloor_terminal",
        models: ["Forgeline T10", "Forgeline T12 Panel"],
        vendor: "Forgeline Automation",
        list_price: 1_650,
        refresh_years: 6,
        idle: 0.9,
        failures: 0.10,
        repair_hours: 11.0,
        affected: (1, 6),
        upkeep: 110,
        patched: true,
        mix: [0.0, 0.0, 16.0, 0.0],
        ..PLAIN
    },
    Class {
        code: "handheld_scanner",
        models: ["Forgeline H2", "Forgeline H3 Cold"],
        vendor: "Forgeline Automation",
        list_price: 780,
        refresh_years: 4,
        data_bearing: false,
        source: Some("mdm"),
        idle: 1.4,
        failures: 0.09,
        repair_hours: 24.0,
        mix: [0.0, 0.0, 12.0, 0.0],
        ..PLAIN
    },
];

/// The class at a point 0..1 of the industry's mix.
pub(super) fn class_at(industry: Industry, point: f64) -> usize {
    let total: f64 = CLASSES.iter().map(|class| industry.of(class.mix)).sum();
    let mut left = point * total;
    for (index, class) in CLASSES.iter().enumerate() {
        left -= industry.of(class.mix);
        if left < 0.0 {
            return index;
        }
    }
    0
}

/// The share of a unit's assets that belongs to a person.
pub(super) fn personal_share(industry: Industry) -> f64 {
    let total: f64 = CLASSES.iter().map(|class| industry.of(class.mix)).sum();
    let personal: f64 = CLASSES.iter().filter(|class| class.personal).map(|class| industry.of(class.mix)).sum();
    personal / total
}
