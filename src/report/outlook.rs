//! Outlook: what a report says of a figure's usual range and of where it goes, for those who ask for one figure.

use super::behaviour;
use super::words::Words;
use crate::catalogue::{Kpi, Language};
use crate::period::{Calendar, Period};
use crate::quantity::Locale;
use crate::score::{Score, Scorecard};

/// Sentences on the usual range, the last move and the forecast of a headline; none where too few periods are known.
#[must_use]
pub fn outlook(
    card: &Scorecard,
    kpi: &Kpi,
    score: &Score,
    language: &Language,
    calendar: Calendar,
    currency: &str,
) -> Vec<String> {
    let words = Words { language, currency, locale: Locale::of(&language.tag), calendar };
    let behaviour = behaviour::behaviour(card, &words, kpi, score);
    let sentences =
        [behaviour::signal_words(&words, &behaviour, kpi), behaviour::forecast_words(&words, &behaviour, kpi, score)];
    sentences.into_iter().filter(|sentence| !sentence.is_empty()).collect()
}

/// `October 2026`, `Q3 2026`, `fiscal year 2026`.
#[must_use]
pub fn period_words(language: &Language, calendar: Calendar, period: Period) -> String {
    Words { language, currency: "", locale: Locale::of(&language.tag), calendar }.period(period)
}
