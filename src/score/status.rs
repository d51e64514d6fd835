//! Status: one word for how a figure stands.

use chrono::NaiveDate;

use super::target::{Applied, Verdict};
use super::{Cell, Context, Key, Trust};
use crate::catalogue::{DatasetKind, Kpi};
use crate::measure::MeasureFrame;

/// The words of the scorecard's `status` column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    OnTarget,
    Watch,
    OffTarget,
    NoTarget,
    /// Too little history to judge.
    Baselining,
    NotApplicable,
    NotMeasured,
    Withheld,
}

/// Days of history below which nothing is judged.
const BASELINE_DAYS: i64 = 90;

impl Status {
    /// The exact word of the KPI book.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::OnTarget => "on target",
            Self::Watch => "watch",
            Self::OffTarget => "off target",
            Self::NoTarget => "no target",
            Self::Baselining => "baselining",
            Self::NotApplicable => "n/a",
            Self::NotMeasured => "not measured",
            Self::Withheld => "withheld",
        }
    }
}

/// When history starts for a KPI: with the last of its snapshots to begin; ledgers bring their past along,
/// so for them it is the first night of any feed. Reference data are no history.
fn history_starts(context: &Context<'_>, kpi: &Kpi) -> Option<NaiveDate> {
    let of = |dataset: &String, kind: DatasetKind| {
        let contract = context.catalogue.contracts.get(dataset).filter(|contract| contract.kind == kind)?;
        context.first_nights.get(&contract.dataset).copied()
    };
    let snapshots = kpi.needs.iter().filter_map(|need| of(need, DatasetKind::Snapshot)).max();
    let feeds = || {
        let every = context.first_nights.keys();
        every.filter_map(|feed| of(feed, DatasetKind::Snapshot).or_else(|| of(feed, DatasetKind::Ledger))).min()
    };
    snapshots.or_else(feeds)
}

/// The status of a figure, and the reason where it has no judgement.
pub fn status(
    context: &Context<'_>,
    kpi: &Kpi,
    key: &Key,
    cell: &Cell,
    frame: &MeasureFrame,
    applied: Option<&Applied>,
    trust: Option<&Trust>,
) -> (Status, Option<String>) {
    if cell.not_measured {
        return (Status::NotMeasured, cell.reason.clone());
    }
    let Some(value) = cell.value else { return (Status::NotApplicable, cell.reason.clone()) };
    if let Some(trust) = trust.filter(|trust| trust.withheld) {
        return (Status::Withheld, Some(trust.because()));
    }
    let Some(applied) = applied.filter(|_| key.companion.is_empty()) else { return (Status::NoTarget, None) };
    let end = context.calendar.span(frame.period).end_date;
    let first = history_starts(context, kpi);
    if let Some(first) = first.filter(|first| (end - *first).num_days() < BASELINE_DAYS) {
        return (Status::Baselining, Some(format!("history starts on {first}: less than {BASELINE_DAYS} days")));
    }
    match applied.judge(value, kpi.direction) {
        Verdict::OnTarget => (Status::OnTarget, None),
        Verdict::Watch => (Status::Watch, None),
        Verdict::OffTarget => (Status::OffTarget, None),
        Verdict::TooEarly => {
            (Status::Baselining, Some("fewer than three periods, or none a year ago, to compare with".to_owned()))
        }
    }
}
