//! Targets: which one applies where and when, and whether a value meets it. Unrounded, always.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::{Cells, Context, Key};
use crate::catalogue::{Kpi, Op, Target, Trend};
use crate::ids::ENTERPRISE;
use crate::period::Period;
use crate::quality::UnitTree;
use crate::quantity::Direction;

/// A target as it applies to one figure.
#[derive(Debug, Clone, PartialEq)]
pub enum Applied {
    /// `op value`, watch within `amber`.
    Limit { op: Op, value: Decimal, amber: Decimal },
    /// Inside `low..=high`, watch within `amber` of it.
    Band { low: Decimal, high: Option<Decimal>, amber: Decimal },
    /// Better than `reference`; too little history without one.
    Trend {
        trend: Trend,
        current: Option<Decimal>,
        reference: Option<Decimal>,
        enough: bool,
        /// The headline itself is compared, not a companion.
        of_headline: bool,
    },
}

/// How a value stands to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    OnTarget,
    Watch,
    OffTarget,
    /// A trend without enough periods.
    TooEarly,
}

impl Applied {
    /// The figure printed in the scorecard.
    #[must_use]
    pub fn figure(&self) -> Option<Decimal> {
        match self {
            Self::Limit { value, .. } => Some(*value),
            Self::Band { low, high, .. } => Some(high.unwrap_or(*low)),
            Self::Trend { reference, of_headline, .. } => reference.filter(|_| *of_headline),
        }
    }

    #[must_use]
    pub fn judge(&self, value: Decimal, direction: Direction) -> Verdict {
        match self {
            Self::Limit { op, value: target, amber } => {
                let meets = |limit: Decimal| match op {
                    Op::AtLeast => value >= limit,
                    Op::Above => value > limit,
                    Op::AtMost => value <= limit,
                    Op::Below => value < limit,
                    Op::Near => value.abs() <= limit,
                    Op::Band | Op::Trend => false,
                };
                let eased = match op {
                    Op::AtLeast | Op::Above => *target - *amber,
                    Op::AtMost | Op::Below | Op::Near | Op::Band | Op::Trend => *target + *amber,
                };
                verdict(meets(*target), meets(eased))
            }
            Self::Band { low, high, amber } => {
                let inside = |ease: Decimal| value >= *low - ease && high.is_none_or(|high| value <= high + ease);
                verdict(inside(Decimal::ZERO), inside(*amber))
            }
            Self::Trend { current, reference, enough, .. } => match (current, reference, enough) {
                (Some(now), Some(then), true) => {
                    let better = match direction {
                        Direction::Higher => now > then,
                        Direction::Lower => now < then,
                        Direction::Zero | Direction::Band => now.abs() < then.abs(),
                    };
                    verdict(better, now == then)
                }
                _ => Verdict::TooEarly,
            },
        }
    }
}

fn verdict(met: bool, near: bool) -> Verdict {
    match (met, near) {
        (true, _) => Verdict::OnTarget,
        (false, true) => Verdict::Watch,
        (false, false) => Verdict::OffTarget,
    }
}

/// Periods with a value that a trend target needs, the reported one included.
pub const TREND_PERIODS: i32 = 3;

/// The target that applies to a headline figure; the last one in the file that fits wins.
pub fn applied(
    context: &Context<'_>,
    kpi: &Kpi,
    key: &Key,
    period: Period,
    units: &UnitTree,
    history: &BTreeMap<Period, Cells>,
) -> Option<Applied> {
    let last_day = || context.calendar.span(period).last_day;
    let target = kpi.targets.iter().rev().find(|target| {
        target.member.as_deref().unwrap_or_default() == key.member
            && target.from.is_none_or(|from| from <= last_day())
            && target.until.is_none_or(|until| last_day() <= until)
            && target.business_unit.as_deref().is_none_or(|unit| {
                if unit == ENTERPRISE { key.unit == ENTERPRISE } else { units.is_within(&key.unit, unit) }
            })
    })?;
    let amber = decimal(target.amber);
    match target.op {
        Op::Band => {
            let band = kpi.bands.get(units.get(&key.unit)?.industry.as_ref()?)?;
            Some(Applied::Band { low: decimal(band.low), high: band.high.map(decimal), amber })
        }
        Op::Trend => trend(kpi, target, key, period, history),
        Op::AtLeast | Op::Above | Op::AtMost | Op::Below | Op::Near => {
            Some(Applied::Limit { op: target.op, value: decimal(target.value?), amber })
        }
    }
}

fn trend(kpi: &Kpi, target: &Target, key: &Key, period: Period, history: &BTreeMap<Period, Cells>) -> Option<Applied> {
    let trend = target.trend?;
    let key = Key { companion: target.of.clone().unwrap_or_default(), ..key.clone() };
    let value = |at: Period| history.get(&at).and_then(|cells| cells.get(&kpi.id, &key)).and_then(|cell| cell.value);
    let reference = match trend {
        Trend::Prior => value(period.prior()),
        Trend::YearOnYear => value(period.last_year()),
    };
    let enough = (0..TREND_PERIODS).all(|back| value(period.shift(-back)).is_some());
    Some(Applied::Trend { trend, current: value(period), reference, enough, of_headline: target.of.is_none() })
}

fn decimal(value: f64) -> Decimal {
    Decimal::from_f64(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(op: Op, value: &str, expect: Verdict) {
        let applied = Applied::Limit { op, value: "0.95".parse().unwrap(), amber: "0.02".parse().unwrap() };
        assert_eq!(applied.judge(value.parse().unwrap(), Direction::Higher), expect, "{value}");
    }

    #[test]
    fn at_least_accepts_the_limit_exactly() {
        check(Op::AtLeast, "0.95", Verdict::OnTarget);
        check(Op::AtLeast, "0.9499999999999", Verdict::Watch);
        check(Op::AtLeast, "0.93", Verdict::Watch);
        check(Op::AtLeast, "0.9299999999", Verdict::OffTarget);
    }

    #[test]
    fn below_refuses_the_limit_exactly() {
        check(Op::Below, "0.95", Verdict::Watch);
        check(Op::Below, "0.9499999999", Verdict::OnTarget);
        check(Op::Below, "0.97", Verdict::OffTarget);
    }

    #[test]
    fn near_zero_counts_both_ways() {
        check(Op::Near, "-0.95", Verdict::OnTarget);
        check(Op::Near, "-0.96", Verdict::Watch);
        check(Op::Near, "-0.98", Verdict::OffTarget);
    }

    #[test]
    fn a_band_without_an_upper_edge_has_no_too_much() {
        let band = Applied::Band { low: Decimal::TWO, high: None, amber: Decimal::new(1, 1) };
        assert_eq!(band.judge(Decimal::from(9), Direction::Band), Verdict::OnTarget);
        assert_eq!(band.judge(Decimal::new(195, 2), Direction::Band), Verdict::Watch);
    }
}
