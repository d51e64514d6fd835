//! The lines of a scorecard, found by KPI without looking at the others.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut, Range};

use super::Score;

/// Lines in the order they were given.
#[derive(Debug, Clone, Default)]
pub struct Scores {
    lines: Vec<Score>,
    /// From a KPI's first line to its last.
    spans: BTreeMap<String, Range<usize>>,
}

impl Scores {
    /// From a KPI's first line to its last: its own lines alone where they were given together.
    #[must_use]
    pub fn of(&self, kpi: &str) -> &[Score] {
        self.spans.get(kpi).and_then(|span| self.lines.get(span.clone())).unwrap_or_default()
    }

    /// Leaves the others out.
    pub fn retain(&mut self, keep: impl FnMut(&Score) -> bool) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.retain(keep);
        *self = lines.into();
    }
}

impl From<Vec<Score>> for Scores {
    fn from(lines: Vec<Score>) -> Self {
        let mut spans: BTreeMap<String, Range<usize>> = BTreeMap::new();
        for (at, score) in lines.iter().enumerate() {
            match spans.get_mut(&score.kpi) {
                Some(span) => span.end = at + 1,
                None => _ = spans.insert(score.kpi.clone(), at..at + 1),
            }
        }
        Self { lines, spans }
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

/// A line may change but for its KPI.
impl DerefMut for Scores {
    fn deref_mut(&mut self) -> &mut [Score] {
        &mut self.lines
    }
}
