//! Behaviour: is the last move signal or noise, and where does the figure go, as words.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::words::{Words, float};
use crate::catalogue::{Kpi, Op};
use crate::period::Period;
use crate::quantity::{Direction, Unit};
use crate::score::trend::{self, Ahead, Line, Move, Usual};
use crate::score::{Applied, Score, Scorecard, Status};

/// Periods drawn ahead.
pub const AHEAD: u32 = 3;

/// How a headline has moved over the periods measured.
pub struct Behaviour {
    /// Oldest first, the reported period last; gaps are `None`.
    pub points: Vec<(Period, Option<Decimal>)>,
    pub usual: Option<Usual>,
    pub judged: Option<Move>,
    pub line: Option<Line>,
    /// When the target is reached at the present slope.
    pub reached: Option<Period>,
    /// When a target that is met now is missed at the present slope.
    pub lost: Option<Period>,
    /// A later target of the catalogue: from when it applies.
    pub needed: Option<chrono::NaiveDate>,
}

/// The behaviour of a headline at a unit; what is withheld has none.
pub fn behaviour(card: &Scorecard, words: &Words<'_>, kpi: &Kpi, score: &Score) -> Behaviour {
    let points = if score.status == Status::Withheld { Vec::new() } else { card.trend(&kpi.id, &score.business_unit) };
    let floats: Vec<Option<f64>> = points.iter().map(|(_, value)| value.map(float)).collect();
    let usual = trend::usual(&floats);
    let line = trend::line(&floats);
    let (limit, needed) = limit(words, kpi, score);
    let crossed = || {
        let periods = line.as_ref()?.crosses(limit?)?;
        Some(score.period.shift(i32::try_from(periods).ok()?))
    };
    let met = score.value.zip(limit).is_some_and(|(value, limit)| match kpi.direction {
        Direction::Higher => float(value) >= limit,
        Direction::Lower => float(value) <= limit,
        Direction::Zero | Direction::Band => true,
    });
    let towards = line.as_ref().is_some_and(|line| match kpi.direction {
        Direction::Higher => line.slope > 0.0,
        Direction::Lower => line.slope < 0.0,
        Direction::Zero | Direction::Band => false,
    });
    Behaviour {
        judged: usual.as_ref().and_then(|usual| trend::judge(&floats, &visible(usual, kpi.unit))),
        reached: (!met && towards).then(crossed).flatten(),
        lost: (met && !towards).then(crossed).flatten(),
        points,
        usual,
        line,
        needed,
    }
}

/// The range as far as it is seen in print: a value outside it by less than that is no signal.
fn visible(usual: &Usual, unit: Unit) -> Usual {
    let step = match unit {
        Unit::Ratio => 0.001,
        Unit::Money => usual.centre.abs() * 0.001,
        Unit::Count | Unit::Days | Unit::Hours => 0.1,
        Unit::Per100 | Unit::OneTo => 0.01,
    };
    Usual { low: usual.low - step / 2.0, high: usual.high + step / 2.0, ..*usual }
}

/// The limit that counts: a later one of the catalogue, else the one that applies.
fn limit(words: &Words<'_>, kpi: &Kpi, score: &Score) -> (Option<f64>, Option<chrono::NaiveDate>) {
    let last_day = words.calendar.span(score.period).last_day;
    let later = kpi.targets.iter().filter(|target| {
        target.member.is_none() && target.business_unit.is_none() && target.from.is_some_and(|from| from > last_day)
    });
    if let Some((value, from)) =
        later.filter_map(|target| Some((target.value?, target.from?))).min_by_key(|(_, from)| *from)
    {
        return (Some(value), Some(from));
    }
    match &score.target_words {
        Some(Applied::Limit { op: Op::AtLeast | Op::Above | Op::AtMost | Op::Below, value, .. }) => {
            (Some(float(*value)), None)
        }
        Some(Applied::Limit { .. } | Applied::Band { .. } | Applied::Trend { .. }) | None => (None, None),
    }
}

/// A value for drawing, kept inside what the unit can be.
pub fn possible(value: f64, unit: Unit, direction: Direction) -> f64 {
    match (unit, direction) {
        // A variance against a budget may have either sign.
        (_, Direction::Zero) => value,
        (Unit::Ratio, Direction::Higher | Direction::Lower | Direction::Band) => value.clamp(0.0, 1.0),
        (
            Unit::Money | Unit::Per100 | Unit::Days | Unit::Hours | Unit::Count | Unit::OneTo,
            Direction::Higher | Direction::Lower | Direction::Band,
        ) => value.max(0.0),
    }
}

/// A drawn value in words.
pub fn say(words: &Words<'_>, value: f64, kpi: &Kpi) -> String {
    words.figure(Decimal::from_f64(possible(value, kpi.unit, kpi.direction)), kpi.unit)
}

/// `61.0 % – 68.0 %`; empty where there is no usual range.
pub fn usual_words(words: &Words<'_>, behaviour: &Behaviour, kpi: &Kpi) -> String {
    behaviour
        .usual
        .as_ref()
        .map_or_else(String::new, |usual| format!("{} – {}", say(words, usual.low, kpi), say(words, usual.high, kpi)))
}

/// Whether the last move is outside what is usual, in a sentence; empty where it cannot be said.
pub fn signal_words(words: &Words<'_>, behaviour: &Behaviour, kpi: &Kpi) -> String {
    let usual = usual_words(words, behaviour, kpi);
    let key = match behaviour.judged {
        None => return String::new(),
        Some(Move::Noise) => "trend_noise",
        Some(Move::Signal) => "trend_signal",
        Some(Move::Shift) => "trend_shift",
    };
    words.language.fill(key, &[("usual", &usual)])
}

/// Where it goes: the next period with its interval, and when the target is reached or lost.
pub fn forecast_words(words: &Words<'_>, behaviour: &Behaviour, kpi: &Kpi, score: &Score) -> String {
    let Some(line) = &behaviour.line else { return String::new() };
    let mut sentences = Vec::new();
    if let Some(period) = behaviour.reached {
        sentences.push(
            words
                .language
                .fill("trend_reached", &[("target", &words.target(score)), ("period", &words.period(period))]),
        );
    } else if let Some(period) = behaviour.lost {
        sentences.push(
            words.language.fill("trend_lost", &[("target", &words.target(score)), ("period", &words.period(period))]),
        );
    }
    if let Some(needed) = behaviour.needed {
        let date = words.date(needed);
        sentences.push(words.language.fill("trend_needed", &[("date", &date)]));
    }
    let Ahead { value, low, high } = line.ahead(1);
    sentences.push(words.language.fill(
        "trend_ahead",
        &[
            ("period", &words.period_short(score.period.shift(1))),
            ("value", &say(words, value, kpi)),
            ("low", &say(words, low, kpi)),
            ("high", &say(words, high, kpi)),
        ],
    ));
    sentences.join(" ")
}
