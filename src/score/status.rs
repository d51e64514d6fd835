//! Status: one word for how a figure stands.

use super::target::{Applied, Verdict};
use super::{Cell, Context, Key, Trust};
use crate::catalogue::Kpi;
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
    // Ledgers bring their past along: the first night of any feed is when history starts.
    let first = context.first_nights.values().min();
    if let Some(first) = first.filter(|first| (end - **first).num_days() < BASELINE_DAYS) {
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
