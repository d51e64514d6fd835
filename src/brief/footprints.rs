//! Footprints: what each feed said about each period, every table read once.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::Question;
use crate::catalogue::DatasetKind;
use crate::kept::{Print, Slot};
use crate::measure;
use crate::period::{Period, Span};
use crate::quality::Cleared;
use crate::score::restate::{Footprint, Footprints, Own};

/// Rows and digest of a table as seen from each span.
pub type Answers = Vec<(u64, String)>;

/// A table, and the spans it is looked at from: a ledger is one table for many periods, and is read once for all.
#[derive(Debug)]
pub struct Table {
    pub dataset: String,
    /// A month it stands for.
    pub month: Period,
    /// The fingerprint of its rows and units.
    rows: String,
    pub spans: Vec<(Span, bool)>,
}

/// The footprint of every feed at the end of each period, still to be looked up.
#[derive(Debug, Default)]
pub struct Prints {
    pub tables: Vec<Table>,
    of_feeds: Vec<OfFeed>,
}

#[derive(Debug)]
struct OfFeed {
    period: Period,
    dataset: String,
    night: NaiveDate,
    prints: Vec<At>,
    own: Option<At>,
}

/// The table's number, and the span's.
type At = (usize, usize);

/// What has to be looked at; `rows` gives the fingerprint of a dataset's rows at the end of a month.
pub fn prints(
    question: &Question<'_>,
    periods: &[Period],
    outlines: &BTreeMap<Period, Cleared>,
    rows: &mut dyn FnMut(&str, Period) -> String,
) -> Prints {
    let mut asked = Prints::default();
    for period in periods {
        let closings = measure::closings_needed(&question.calendar, *period);
        let Some((closing, earlier)) = closings.split_last() else { continue };
        let Some(outline) = outlines.get(closing) else { continue };
        let span = question.calendar.span(*period);
        for (dataset, night) in &outline.nights {
            let kind = question.catalogue.contracts[dataset].kind;
            let mut ask = |month: Period, inside: bool| {
                let print = Print::of("footprints").with(rows(dataset, month)).with_definition(&outlines[&month].units);
                asked.ask(kind, (dataset, month, print.name()), (span, inside))
            };
            let mut prints = vec![ask(*closing, false)];
            // A mean over the months of a quarter stands on every month's night, not only on the last.
            for month in earlier.iter().filter(|month| kind == DatasetKind::Snapshot && outlines.contains_key(month)) {
                prints.push(ask(*month, false));
            }
            let own = (kind == DatasetKind::Ledger).then(|| ask(*closing, true));
            asked.of_feeds.push(OfFeed { period: *period, dataset: dataset.clone(), night: *night, prints, own });
        }
    }
    asked
}

impl Prints {
    fn ask(&mut self, kind: DatasetKind, (dataset, month, rows): (&str, Period, String), span: (Span, bool)) -> At {
        let table = self.tables.iter().position(|table| table.rows == rows).unwrap_or_else(|| {
            self.tables.push(Table { dataset: dataset.to_owned(), month, rows, spans: Vec::new() });
            self.tables.len() - 1
        });
        let spans = &mut self.tables[table].spans;
        // All rows of a snapshot speak of every period it stands for.
        if kind == DatasetKind::Ledger || spans.is_empty() {
            spans.push(span);
        }
        (table, spans.len() - 1)
    }

    /// The tables' answers, as they are kept.
    pub fn slots(&self, question: &Question<'_>) -> Vec<Slot<usize, Answers>> {
        let slot = |(index, table): (usize, &Table)| {
            let ledger = question.catalogue.contracts[&table.dataset].kind == DatasetKind::Ledger;
            let print = Print::of("footprints").with(&table.rows);
            let print = if ledger { print.with_definition(&table.spans) } else { print };
            Slot::new(index, print.name())
        };
        self.tables.iter().enumerate().map(slot).collect()
    }

    /// The footprints, of the tables' answers.
    pub fn answered(self, periods: &[Period], answers: &[Answers]) -> Footprints {
        let mut footprints: Footprints = periods.iter().map(|period| (*period, BTreeMap::new())).collect();
        let print = |(table, span): At| answers.get(table).and_then(|own| own.get(span)).cloned().unwrap_or_default();
        for OfFeed { period, dataset, night, prints, own } in self.of_feeds {
            let rows = prints.first().map_or(0, |at| print(*at).0);
            let digests: Vec<String> = prints.into_iter().map(|at| print(at).1).collect();
            let own = own.map(print).map(|(rows, digest)| Own { rows, digest });
            let footprint = Footprint { night, rows, digest: digests.join("-"), own };
            footprints.entry(period).or_default().insert(dataset, footprint);
        }
        footprints
    }
}
