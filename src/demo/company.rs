//! The Varnholm Group: its divisions, its business units, and how well each is run.

/// What a unit's people do; decides which devices and programs they need.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Industry {
    Corporate,
    Healthcare,
    Manufacturing,
    Education,
}

impl Industry {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Corporate => "corporate",
            Self::Healthcare => "healthcare",
            Self::Manufacturing => "manufacturing",
            Self::Education => "education",
        }
    }

    /// The column of the tables that list a share per industry.
    pub(super) fn of(self, shares: [f64; 4]) -> f64 {
        let [corporate, healthcare, manufacturing, education] = shares;
        match self {
            Self::Corporate => corporate,
            Self::Healthcare => healthcare,
            Self::Manufacturing => manufacturing,
            Self::Education => education,
        }
    }
}

/// A division: the upper of the two levels.
pub(super) struct Division {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) industry: Option<Industry>,
}

pub(super) const DIVISIONS: [Division; 3] = [
    Division { code: "MED", name: "Varnholm Care", industry: Some(Industry::Healthcare) },
    Division { code: "IND", name: "Varnholm Industrial", industry: Some(Industry::Manufacturing) },
    Division { code: "CEN", name: "Varnholm Central", industry: None },
];

/// A leaf unit. Rates are shares in 0..1 as of the newest month; `levels` lets them drift.
pub(super) struct Unit {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) division: &'static str,
    pub(super) industry: Industry,
    pub(super) sites: [&'static str; 2],
    /// Share of the group's assets.
    pub(super) share: f64,
    /// Personal devices per head.
    pub(super) devices_per_head: f64,
    /// Devices in service that nobody switches on.
    pub(super) idle: f64,
    /// Records whose yearly verification is skipped.
    pub(super) lapse: f64,
    /// Verifications that find something else than the record says.
    pub(super) mismatch: f64,
    /// Devices that do not take their patches.
    pub(super) unpatched: f64,
    /// Critical patches that come later than 72 hours.
    pub(super) slow_critical: f64,
    /// Devices on the network that no record knows.
    pub(super) unknown: f64,
    /// Factor on repair times.
    pub(super) repair: f64,
    /// Spending above plan.
    pub(super) overspend: f64,
    /// The unit that goes downhill in the last four months.
    pub(super) troubled: bool,
}

const SOUND: Unit = Unit {
    code: "",
    name: "",
    division: "",
    industry: Industry::Corporate,
    sites: ["", ""],
    share: 0.0,
    devices_per_head: 1.0,
    idle: 0.105,
    lapse: 0.006,
    mismatch: 0.011,
    unpatched: 0.019,
    slow_critical: 0.045,
    unknown: 0.025,
    repair: 1.0,
    overspend: 0.010,
    troubled: false,
};

pub(super) const UNITS: [Unit; 8] = [
    Unit {
        code: "CLN",
        name: "Clinics",
        division: "MED",
        industry: Industry::Healthcare,
        sites: ["Lindau clinic", "Gmunden clinic"],
        share: 0.20,
        devices_per_head: 2.12,
        idle: 0.085,
        unpatched: 0.024,
        overspend: 0.022,
        ..SOUND
    },
    Unit {
        code: "DIA",
        name: "Diagnostics",
        division: "MED",
        industry: Industry::Healthcare,
        sites: ["Konstanz laboratory", "Bregenz laboratory"],
        share: 0.10,
        devices_per_head: 1.84,
        repair: 0.9,
        ..SOUND
    },
    Unit {
        code: "PMP",
        name: "Pumps & Valves",
        division: "IND",
        industry: Industry::Manufacturing,
        sites: ["Ostrava works", "Zwickau works"],
        share: 0.15,
        devices_per_head: 0.81,
        idle: 0.12,
        unpatched: 0.030,
        overspend: 0.015,
        ..SOUND
    },
    Unit {
        code: "TLG",
        name: "Precision Tooling",
        division: "IND",
        industry: Industry::Manufacturing,
        sites: ["Gera works", "Chomutov works"],
        share: 0.11,
        devices_per_head: 0.74,
        idle: 0.12,
        unpatched: 0.038,
        overspend: 0.02,
        troubled: true,
        ..SOUND
    },
    Unit {
        code: "SPL",
        name: "Spares & Logistics",
        division: "IND",
        industry: Industry::Manufacturing,
        sites: ["Venlo hub", "Legnica hub"],
        share: 0.08,
        devices_per_head: 0.86,
        idle: 0.13,
        slow_critical: 0.07,
        overspend: -0.012,
        ..SOUND
    },
    Unit {
        code: "HQ",
        name: "Group Headquarters",
        division: "CEN",
        industry: Industry::Corporate,
        sites: ["Lindau head office", "Leeds office"],
        share: 0.14,
        devices_per_head: 1.36,
        unpatched: 0.018,
        repair: 0.8,
        overspend: -0.006,
        ..SOUND
    },
    Unit {
        code: "SSC",
        name: "Shared Services",
        division: "CEN",
        industry: Industry::Corporate,
        sites: ["Brno service centre", "Timisoara service centre"],
        share: 0.15,
        devices_per_head: 1.58,
        idle: 0.13,
        unpatched: 0.016,
        slow_critical: 0.03,
        overspend: 0.012,
        ..SOUND
    },
    Unit {
        code: "ACA",
        name: "Varnholm Academy",
        division: "CEN",
        industry: Industry::Education,
        sites: ["Lindau campus", "Graz campus"],
        share: 0.07,
        devices_per_head: 1.0,
        idle: 0.15,
        repair: 1.2,
        overspend: -0.02,
        ..SOUND
    },
];
