//! Words for figures: the one place where a score becomes text.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{Delta, Labels, Material, Status, Tone};
use crate::catalogue::{ImpactKind, Kpi, Language, Op, Trend};
use crate::ids::{ENTERPRISE, UNASSIGNED};
use crate::money;
use crate::period::{Calendar, Grain, Period};
use crate::quantity::{self, Direction, Locale, NONE, Unit};
use crate::score::{self, Applied, Score};

/// Below this population a percentage is flagged.
const SMALL_POPULATION: u64 = 20;

pub struct Words<'a> {
    pub language: &'a Language,
    pub currency: &'a str,
    pub locale: Locale,
    pub calendar: Calendar,
}

impl<'a> Words<'a> {
    pub fn new(material: &Material<'a>) -> Self {
        Self {
            language: material.language,
            currency: material.currency,
            locale: Locale::of(&material.language.tag),
            calendar: material.calendar,
        }
    }

    pub fn word(&self, key: &'a str) -> String {
        self.language.word(key).to_owned()
    }

    /// A member of a dimension as printed, e.g. `mobile phone`.
    pub fn member(&self, member: &str) -> String {
        self.language.texts.get(member).cloned().unwrap_or_else(|| member.replace('_', " "))
    }

    /// A business unit as printed.
    pub fn unit(&self, material: &Material<'_>, unit: &str) -> String {
        match unit {
            ENTERPRISE => self.word("enterprise"),
            UNASSIGNED => self.word("unassigned"),
            _ => material.scorecard.units.label(unit).to_owned(),
        }
    }

    /// A name inside a sentence: German keeps its capitals.
    pub fn inline(&self, name: &str) -> String {
        match self.locale {
            Locale::English => name.to_lowercase(),
            Locale::German => name.to_owned(),
        }
    }

    /// Why a feed that is needed cannot speak.
    pub fn missing(&self, feed: &str, reason: &str) -> String {
        // The catalogue's own language says more: which night there is instead.
        if self.language.words.contains_key("reason_feed_missing") {
            self.language.fill("reason_feed_missing", &[("feed", feed)])
        } else {
            reason.replace('`', "")
        }
    }

    /// Why there is no figure.
    pub fn reason(&self, material: &Material<'_>, kpi: &Kpi, score: &Score) -> String {
        let missing = kpi.needs.iter().find(|need| material.missing.contains_key(*need));
        match missing.filter(|_| score.status == score::Status::NotMeasured) {
            Some(feed) if self.language.words.contains_key("reason_feed_missing") => self.missing(feed, ""),
            Some(_) | None => self.language.text(score.reason.as_deref().unwrap_or_default()).to_owned(),
        }
    }

    pub fn money(&self, amount: Decimal) -> String {
        money::short(amount, self.currency, self.locale)
    }

    pub fn count(&self, value: Decimal) -> String {
        quantity::count(value, self.locale)
    }

    pub fn figure(&self, value: Option<Decimal>, unit: Unit) -> String {
        value.map_or_else(|| NONE.to_owned(), |value| quantity::value(value, unit, &[], self.currency, self.locale))
    }

    /// The score's value; `n/a`, `not measured` or `withheld` where there is none to print.
    pub fn value(&self, score: &Score) -> String {
        match (score.status, score.value) {
            (score::Status::Withheld | score::Status::NotMeasured | score::Status::NotApplicable, _) | (_, None) => {
                self.language.word(score.status.word()).to_owned()
            }
            (_, Some(value)) => quantity::value(value, score.unit, &limits(score), self.currency, self.locale),
        }
    }

    /// How the target reads, e.g. `≥ 80 %`.
    pub fn target(&self, score: &Score) -> String {
        let plain = |value: Decimal| match score.unit {
            Unit::Ratio => format!(
                "{}\u{a0}%",
                quantity::grouped(
                    (value * Decimal::ONE_HUNDRED).normalize(),
                    (value * Decimal::ONE_HUNDRED).normalize().scale(),
                    self.locale
                )
            ),
            Unit::OneTo => {
                let value = value.normalize();
                format!("1:{}", quantity::grouped(value, value.scale(), self.locale))
            }
            unit @ (Unit::Money | Unit::Per100 | Unit::Days | Unit::Hours | Unit::Count) => {
                quantity::value(value, unit, &[], self.currency, self.locale)
            }
        };
        match &score.target_words {
            None => NONE.to_owned(),
            Some(Applied::Limit { op, value, .. }) => match op {
                Op::AtLeast => format!("≥\u{a0}{}", plain(*value)),
                Op::Above => format!(">\u{a0}{}", plain(*value)),
                Op::AtMost => format!("≤\u{a0}{}", plain(*value)),
                Op::Below => format!("<\u{a0}{}", plain(*value)),
                Op::Near | Op::Band | Op::Trend => self.language.fill("near", &[("value", &plain(*value))]),
            },
            Some(Applied::Band { low, high: Some(high), .. }) if low == high => plain(*low),
            Some(Applied::Band { low, high: Some(high), .. }) => format!("{} – {}", plain(*low), plain(*high)),
            Some(Applied::Band { low, high: None, .. }) => format!("≥\u{a0}{}", plain(*low)),
            Some(Applied::Trend { trend, .. }) => {
                let up = score_direction_up(score);
                self.word(match (trend, up) {
                    (Trend::Prior, false) => "prior_target",
                    (Trend::Prior, true) => "prior_target_up",
                    (Trend::YearOnYear, false) => "year_target",
                    (Trend::YearOnYear, true) => "year_target_up",
                })
            }
        }
    }

    /// How far the value is from its target, e.g. `15.8 pp below target`; empty when met or none.
    pub fn miss(&self, score: &Score) -> String {
        let (Some(value), Some(Applied::Limit { op, value: target, .. })) = (score.value, &score.target_words) else {
            return String::new();
        };
        let (short, key) = match op {
            Op::AtLeast | Op::Above => (*target - value, "below_target"),
            Op::AtMost | Op::Below => (value - *target, "above_target"),
            Op::Near | Op::Band | Op::Trend => return String::new(),
        };
        if short <= Decimal::ZERO {
            return String::new();
        }
        let text = quantity::change(short, score.unit, self.currency, self.locale);
        self.language.fill(key, &[("miss", text.trim_start_matches('+'))])
    }

    /// A change with its sign and F or U.
    pub fn delta(&self, before: Option<Decimal>, after: Option<Decimal>, unit: Unit, direction: Direction) -> Delta {
        let (Some(before), Some(after)) = (before, after) else {
            return Delta { text: NONE.to_owned(), tone: Tone::Muted };
        };
        let text = quantity::change(after - before, unit, self.currency, self.locale);
        // What rounds to no change is neither good nor bad.
        let visible = text.contains(|letter: char| ('1'..='9').contains(&letter));
        match quantity::favourable(before, after, direction).filter(|_| visible) {
            // A move inside a band is neither, and keeps its sign.
            None if visible => Delta { text, tone: Tone::Muted },
            None => Delta { text: text.trim_start_matches(['+', '−']).to_owned(), tone: Tone::Muted },
            Some(good) => Delta {
                text: format!("{text}\u{a0}{}", self.locale.mark(good)),
                tone: if good { Tone::Good } else { Tone::Bad },
            },
        }
    }

    pub fn status(&self, status: score::Status) -> Status {
        let (shape, tone) = match status {
            score::Status::OnTarget => ("●", Tone::Good),
            score::Status::Watch => ("▲", Tone::Watch),
            score::Status::OffTarget => ("■", Tone::Bad),
            score::Status::NoTarget | score::Status::Baselining => ("○", Tone::Neutral),
            score::Status::NotApplicable | score::Status::NotMeasured | score::Status::Withheld => ("○", Tone::Muted),
        };
        Status { word: self.language.word(status.word()).to_owned(), shape: shape.to_owned(), tone }
    }

    pub fn population(&self, score: &Score) -> String {
        let Some(rows) = score.rows else { return String::new() };
        if score.unit == Unit::Money && score.denominator.is_none() {
            return String::new();
        }
        let key = if rows < SMALL_POPULATION { "n_small" } else { "n" };
        self.language.fill(key, &[("n", &quantity::grouped(Decimal::from(rows), 0, self.locale))])
    }

    pub fn kind(&self, kind: ImpactKind) -> String {
        self.word(match kind {
            ImpactKind::Recoverable => "recoverable",
            ImpactKind::Exposure => "exposure",
            ImpactKind::Avoidable => "avoidable cost",
        })
    }

    /// `EUR 1.24 m/yr recoverable`, or nothing.
    pub fn money_at_risk(&self, score: &Score, kpi: &Kpi) -> String {
        let (Some(amount), Some(kind)) = (positive_money(score), score.impact_kind) else { return String::new() };
        let kind = match kind {
            ImpactKind::Recoverable => "short_recoverable",
            ImpactKind::Exposure => "short_exposure",
            ImpactKind::Avoidable => "short_avoidable",
        };
        let label = kpi.impact.as_ref().and_then(|impact| impact.label.as_deref());
        let word = self.language.word(label.unwrap_or(kind));
        let mut amount = self.money(amount);
        if kpi.impact.as_ref().is_some_and(|impact| impact.annual) {
            amount = self.language.fill("short_year", &[("money", &amount)]);
        }
        let mut text = format!("{amount} {word}");
        if score.trust.is_some() {
            text = format!("{text}, {}", self.language.word("indicative"));
        }
        text
    }

    /// `October 2026`, `Q3 2026`, `fiscal year 2026`.
    pub fn period(&self, period: Period) -> String {
        let year = period.year.to_string();
        let month = |names: &[String]| names.get(period.index as usize - 1).cloned().unwrap_or_default();
        match period.grain {
            Grain::Day => self.date(self.calendar.span(period).last_day).replace('\u{a0}', " "),
            Grain::Month => format!("{} {year}", month(&self.language.months)),
            Grain::Quarter => self.language.fill("quarter", &[("index", &period.index.to_string()), ("year", &year)]),
            Grain::Year => self.language.fill("year", &[("year", &year)]),
        }
    }

    /// `Oct 2026` in narrow places.
    pub fn period_short(&self, period: Period) -> String {
        match period.grain {
            Grain::Month => format!(
                "{} {}",
                self.language.months_short.get(period.index as usize - 1).cloned().unwrap_or_default(),
                period.year
            ),
            Grain::Day | Grain::Quarter | Grain::Year => self.period(period),
        }
    }

    /// `12 Jan 2027`, in German `12. Jan. 2027`.
    pub fn date(&self, date: chrono::NaiveDate) -> String {
        use chrono::Datelike;
        let month = self.language.months_short.get(date.month0() as usize).cloned().unwrap_or_default();
        let dot = match self.locale {
            Locale::English => "",
            Locale::German => ".",
        };
        format!("{}{dot}\u{a0}{month}\u{a0}{}", date.day(), date.year())
    }

    pub fn labels(&self) -> Labels {
        let word = |key: &str| self.language.word(key).to_owned();
        Labels {
            kpi: word("kpi"),
            value: word("value"),
            trend: word("trend"),
            target: word("target"),
            change_prior: word("change_prior"),
            change_year: word("change_year"),
            status: word("status"),
            money: word("money"),
            owner: word("owner"),
            amount: word("amount"),
            action: word("action"),
            page_of: word("page_of"),
            legend: word("legend"),
        }
    }
}

/// The edges a value must not be rounded across.
fn limits(score: &Score) -> Vec<Decimal> {
    match &score.target_words {
        Some(Applied::Limit { op: Op::Near, value, .. }) => vec![*value, -*value],
        Some(Applied::Limit { value, .. }) => vec![*value],
        Some(Applied::Band { low, high, .. }) => std::iter::once(*low).chain(*high).collect(),
        Some(Applied::Trend { .. }) | None => Vec::new(),
    }
}

fn score_direction_up(score: &Score) -> bool {
    // Only audit success has a rising trend target; the direction is not part of the score.
    score.unit == Unit::Ratio
}

/// Money worth speaking of: positive, and not withheld.
pub fn positive_money(score: &Score) -> Option<Decimal> {
    score.impact.filter(|amount| *amount > Decimal::ZERO && score.status != score::Status::Withheld)
}

/// For drawing only.
pub fn float(value: Decimal) -> f64 {
    value.to_f64().unwrap_or_default()
}
