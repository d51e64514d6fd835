//! The lines of a scorecard, found by KPI or unit without looking at the others.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut, Range};

use super::Score;

/// Lines in the order they were given.
#[derive(Debug, Clone, Default)]
pub struct Scores {
    lines: Vec<Score>,
    /// From a KPI's first line to its last.
    spans: BTreeMap<String, Range<usize>>,
    /// The lines of each unit.
    units: BTreeMap<String, Vec<usize>>,
}

impl Scores {
    /// The lines of a KPI at a unit, in the same order; hardly any others are looked at.
    pub fn at<'a>(&'a self, kpi: &'a str, unit: &str) -> impl Iterator<Item = &'a Score> {
        let span = self.spans.get(kpi).cloned().unwrap_or_default();
        let own = self.units.get(unit).map(Vec::as_slice).unwrap_or_default();
        let before = |end: usize| own.partition_point(|at| *at < end);
        let own = own[before(span.start)..before(span.end)].iter().filter_map(|at| self.lines.get(*at));
        own.filter(move |score| score.kpi == kpi)
    }

    /// The lines of the units to be kept, in the same order; those of the others are not looked at.
    #[must_use]
    pub fn of_units(&self, keep: impl Fn(&str) -> bool) -> Self {
        let own = self.units.iter().filter(|(unit, _)| keep(unit));
        let mut lines: Vec<usize> = own.flat_map(|(_, lines)| lines).copied().collect();
        lines.sort_unstable();
        lines.into_iter().filter_map(|at| self.lines.get(at)).cloned().collect()
    }
}

impl From<Vec<Score>> for Scores {
    fn from(lines: Vec<Score>) -> Self {
        let mut spans: BTreeMap<String, Range<usize>> = BTreeMap::new();
        let mut units: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, score) in lines.iter().enumerate() {
            match spans.get_mut(&score.kpi) {
                Some(span) => span.end = at + 1,
                None => _ = spans.insert(score.kpi.clone(), at..at + 1),
            }
            match units.get_mut(&score.business_unit) {
                Some(own) => own.push(at),
                None => _ = units.insert(score.business_unit.clone(), vec![at]),
            }
        }
        Self { lines, spans, units }
    }
}

impl FromIterator<Score> for Scores {
    fn from_iter<I: IntoIterator<Item = Score>>(lines: I) -> Self {
        Vec::from_iter(lines).into()
    }
}

impl Deref for Scores {
    type Target = [Score];

    fn deref(&self) -> &[Score] {
        &self.lines
    }
}

/// A line may change but for its KPI and its unit.
impl DerefMut for Scores {
    fn deref_mut(&mut self) -> &mut [Score] {
        &mut self.lines
    }
}
