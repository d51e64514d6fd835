//! Footprints: what each feed said about each period, every table read once.

use std::collections::BTreeMap;

use super::{BriefError, Question};
use crate::catalogue::{Catalogue, DatasetKind};
use crate::conform::ConformError;
use crate::measure;
use crate::period::{Period, Span};
use crate::quality::{self, Cleared};
use crate::score::restate::{Footprint, Footprints, Own};

/// The footprint of every feed at the end of each period.
pub fn footprints(
    question: &Question<'_>,
    periods: &[Period],
    cleared: &BTreeMap<Period, Cleared>,
) -> Result<Footprints, BriefError> {
    let mut footprints = Footprints::new();
    let mut asked = Prints::default();
    let mut of_feeds = Vec::new();
    for period in periods {
        let closings: Vec<&Cleared> = measure::closings_needed(&question.calendar, *period)
            .iter()
            .filter_map(|month| cleared.get(month))
            .collect();
        let Some((closing, earlier)) = closings.split_last() else { continue };
        footprints.insert(*period, BTreeMap::new());
        let span = question.calendar.span(*period);
        for (dataset, night) in &closing.nights {
            let kind = question.catalogue.contracts[dataset].kind;
            let mut prints = vec![asked.ask(dataset, closing, (span, false))];
            // A mean over the months of a quarter stands on every month's night, not only on the last.
            for month in earlier.iter().filter(|_| kind == DatasetKind::Snapshot) {
                prints.push(asked.ask(dataset, month, (span, false)));
            }
            let own = (kind == DatasetKind::Ledger).then(|| asked.ask(dataset, closing, (span, true)));
            of_feeds.push((*period, dataset, *night, prints, own));
        }
    }
    let answered = asked.answer(question.catalogue)?;
    let print = |(table, index): (usize, usize)| answered[table][index].clone();
    for (period, dataset, night, prints, own) in of_feeds {
        let (rows, _) = print(prints[0]);
        let digests: Vec<String> = prints.into_iter().map(|at| print(at).1).collect();
        let own = own.map(print).map(|(rows, digest)| Own { rows, digest });
        let footprint = Footprint { night, rows, digest: digests.join("-"), own };
        footprints.entry(period).or_default().insert(dataset.clone(), footprint);
    }
    Ok(footprints)
}

/// Footprints asked for, by table: a ledger is one table for many periods, and is read once for all of them.
#[derive(Default)]
struct Prints<'a>(Vec<Asked<'a>>);

/// A dataset, a month it is cleared for, and the questions about it.
type Asked<'a> = (&'a str, &'a Cleared, Vec<(Span, bool)>);

impl<'a> Prints<'a> {
    /// Where the answer will be: the table's number, and the question's.
    fn ask(&mut self, dataset: &'a str, closing: &'a Cleared, span: (Span, bool)) -> (usize, usize) {
        let same = |(of, other, _): &Asked<'_>| *of == dataset && closing.shares(dataset, other);
        let table = self.0.iter().position(same).unwrap_or_else(|| {
            self.0.push((dataset, closing, Vec::new()));
            self.0.len() - 1
        });
        self.0[table].2.push(span);
        (table, self.0[table].2.len() - 1)
    }

    fn answer(&self, catalogue: &Catalogue) -> Result<Vec<Vec<(u64, String)>>, ConformError> {
        let answer = |(dataset, closing, spans): &Asked<'_>| {
            quality::footprints(&catalogue.contracts[*dataset], &closing.tables[*dataset], spans)
        };
        self.0.iter().map(answer).collect::<Result<_, _>>().map_err(ConformError::Engine)
    }
}
