//! Feeds: each delivery conformed once, however many periods it stands for, and only where its rows are needed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{BriefError, Extracts, Question};
use crate::catalogue::{DatasetKind, Standing};
use crate::conform::{self, Account, Conformed, FileShape, RawFile, Reject};
use crate::finding::{Finding, Level};
use crate::kept::{self, Print, Slot, Stock};
use crate::period::Period;
use crate::quality::{self, Cleared, Feed};

/// What has been read so far, apart from what it was read for.
#[derive(Debug, Default)]
pub struct Known {
    /// By fingerprint: what was conformed in this run.
    conformed: BTreeMap<String, Result<Arc<Conformed>, String>>,
    /// By fingerprint: what an earlier run told of a delivery, its table empty.
    told: BTreeMap<String, Arc<Conformed>>,
    /// Why a delivery cannot be read that an earlier run has read: what was kept does not hold today.
    unread: Option<String>,
    /// What stands for a day, by dataset and day.
    stood: BTreeMap<(String, NaiveDate), Option<Arc<Stood>>>,
    /// Fingerprints by dataset and day.
    prints: BTreeMap<(String, NaiveDate), String>,
}

/// A dataset's files as of a day.
#[derive(Debug)]
struct Stood {
    standing: Standing,
    /// The sources whose files stand.
    sources: BTreeSet<String>,
    /// The datasets that those look values up in, each with the day it is asked for.
    looked_up: BTreeMap<String, NaiveDate>,
}

/// The feeds of a question.
#[derive(Debug)]
pub struct Feeds<'a> {
    question: &'a Question<'a>,
    extracts: &'a Extracts,
    known: Known,
}

/// What is kept of a delivery: everything but its rows.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    files: Vec<String>,
    shapes: Vec<FileShape>,
    account: Account,
    rejects: Vec<Reject>,
    findings: Vec<Finding>,
}

impl<'a> Feeds<'a> {
    pub fn new(question: &'a Question<'a>, extracts: &'a Extracts, known: Known) -> Self {
        Self { question, extracts, known }
    }

    /// What was read, for whoever asks for more later.
    pub fn into_known(self) -> Known {
        self.known
    }

    /// Looks up what earlier runs told of every delivery of these months, and conforms those that nothing is known of.
    pub fn look(&mut self, months: &[Period], progress: &dyn Fn(&str)) {
        let contracts = self.question.catalogue.contracts.keys();
        let days: Vec<NaiveDate> = months.iter().map(|month| self.last_day(*month)).collect();
        let mut open: Vec<(String, usize)> =
            (0..days.len()).flat_map(|at| contracts.clone().map(move |dataset| (dataset.clone(), at))).collect();
        while !open.is_empty() {
            // A delivery can be told only once those that it looks values up in have been.
            let unread: BTreeSet<(String, NaiveDate)> =
                open.iter().map(|(dataset, at)| (dataset.clone(), days[*at])).collect();
            let (ready, later): (Vec<_>, Vec<_>) = open.into_iter().partition(|(dataset, at)| {
                let stood = self.stood(dataset, days[*at]);
                !stood.iter().flat_map(|stood| stood.looked_up.clone()).any(|other| unread.contains(&other))
            });
            // Sources that look up each other are refused at the start.
            let (ready, later) = if ready.is_empty() { (later, ready) } else { (ready, later) };
            let slots = ready.into_iter().filter_map(|(dataset, at)| {
                let name = self.print(&dataset, days[at])?;
                Some(Slot::new((dataset, at), name))
            });
            let mut slots: Vec<Slot<(String, usize), Told>> = slots.collect();
            let mut stock = Stock::open(self.question.kept, slots.iter().map(|slot| &slot.name));
            stock.fill(&mut slots, |_, bytes| kept::read(bytes));
            let mut told = None;
            for Slot { key: (dataset, at), name, value } in slots {
                if let Some(conformed) = value.and_then(|value| self.hollow(&dataset, value)) {
                    self.known.told.insert(name, Arc::new(conformed));
                    continue;
                }
                if told != Some(at) && !self.known.conformed.contains_key(&name) {
                    progress(&format!("conform {}", months[at]));
                    told = Some(at);
                }
                if let Ok((conformed, _)) = self.whole(&dataset, days[at]) {
                    stock.add(&name, kept::written(&Told::of(&conformed)));
                }
            }
            stock.close();
            open = later;
        }
    }

    /// The outline of a month: no table but what its units need.
    ///
    /// # Errors
    /// As [`Self::tables`].
    pub fn outline(&mut self, month: Period) -> Result<Cleared, BriefError> {
        let last_day = self.last_day(month);
        let question = self.question;
        let feeds = question.catalogue.contracts.keys().map(|dataset| {
            let feed = if dataset == UNITS { self.feed(dataset, last_day) } else { self.told(dataset, last_day) };
            (dataset.clone(), feed)
        });
        let feeds = feeds.collect();
        self.is_as_told()?;
        Ok(quality::outline(&question.catalogue.contracts, &feeds)?)
    }

    /// # Errors
    /// A delivery that could be read in an earlier run cannot be read in this one.
    pub fn is_as_told(&self) -> Result<(), BriefError> {
        self.known.unread.clone().map_or(Ok(()), |because| Err(BriefError::Unread(because)))
    }

    /// The tables of some datasets as of a month's end, their units mapped.
    ///
    /// # Errors
    /// The engine refuses a table, or a delivery that could be read in an earlier run cannot be read in this one.
    pub fn tables(
        &mut self,
        month: Period,
        datasets: &BTreeSet<String>,
        earlier: Option<&Cleared>,
    ) -> Result<Cleared, BriefError> {
        let last_day = self.last_day(month);
        let all = self.question.catalogue.contracts.iter();
        let contracts: BTreeMap<_, _> = all
            .filter(|(dataset, _)| datasets.contains(*dataset) || *dataset == UNITS)
            .map(|(dataset, contract)| (dataset.clone(), contract.clone()))
            .collect();
        let mut feeds = BTreeMap::new();
        for dataset in contracts.keys() {
            feeds.insert(dataset.clone(), self.feed(dataset, last_day));
        }
        self.is_as_told()?;
        Ok(quality::clear(&contracts, &feeds, earlier)?)
    }

    /// A dataset with its rows.
    pub fn feed(&mut self, dataset: &str, last_day: NaiveDate) -> Feed {
        let feed = usable(dataset, self.whole(dataset, last_day));
        if let (Feed::Missing { because, .. }, Feed::Present { .. }) = (&feed, self.told(dataset, last_day)) {
            self.known.unread = Some(because.clone());
        }
        feed
    }

    /// A dataset, perhaps without its rows.
    pub fn told(&mut self, dataset: &str, last_day: NaiveDate) -> Feed {
        usable(dataset, self.read(dataset, last_day))
    }

    /// What a dataset's files hold as of a day, perhaps without the rows, and their newest night, or why there is
    /// nothing to read.
    pub fn read(&mut self, dataset: &str, last_day: NaiveDate) -> Result<(Arc<Conformed>, NaiveDate), Feed> {
        let told = self.print(dataset, last_day).and_then(|name| self.known.told.get(&name).cloned());
        match told.zip(self.stood(dataset, last_day)) {
            Some((conformed, stood)) => Ok((conformed, stood.standing.newest)),
            None => self.whole(dataset, last_day),
        }
    }

    /// The same with every row.
    fn whole(&mut self, dataset: &str, last_day: NaiveDate) -> Result<(Arc<Conformed>, NaiveDate), Feed> {
        if self.extracts.get(dataset).is_none_or(BTreeMap::is_empty) {
            let because = match self.question.first_nights.get(dataset) {
                Some(first) => format!("`{dataset}` has no night at or before {last_day}: its first is {first}"),
                None => format!("`{dataset}` was not delivered"),
            };
            return Err(Feed::missing(because));
        }
        let Some((stood, name)) = self.stood(dataset, last_day).zip(self.print(dataset, last_day)) else {
            return Err(Feed::missing(format!("`{dataset}` has no night at or before {last_day}")));
        };
        if !self.known.conformed.contains_key(&name) {
            let outcome = self.conform(dataset, &stood);
            self.known.conformed.insert(name.clone(), outcome);
        }
        match &self.known.conformed[&name] {
            Ok(conformed) => Ok((conformed.clone(), stood.standing.newest)),
            Err(message) => {
                let (because, hint) = message.split_once("\nhint: ").unwrap_or((message.as_str(), "deliver it again"));
                Err(Feed::Missing { because: because.to_owned(), hint: hint.to_owned() })
            }
        }
    }

    fn conform(&mut self, dataset: &str, stood: &Stood) -> Result<Arc<Conformed>, String> {
        let (question, standing) = (self.question, &stood.standing);
        let contract = question.catalogue.contract(dataset).ok_or_else(|| format!("`{dataset}` has no contract"))?;
        let files = self.files(dataset, standing).into_iter().cloned().collect::<Vec<_>>();
        let mut tables = BTreeMap::new();
        for (other, day) in &stood.looked_up {
            if let Feed::Present { conformed, .. } = self.feed(other, *day) {
                tables.insert(other.clone(), conformed.table.clone());
            }
        }
        if let Some(because) = &self.known.unread {
            return Err(because.clone());
        }
        let (currency, zone) = (question.currency.to_owned(), question.calendar.zone);
        let (sources, decoder) = (&question.catalogue.sources, question.decoder);
        let context = conform::Context { currency, zone, sources, tables, decoder };
        let mut conformed = conform::conform(contract, &files, &context).map_err(|error| error.to_string())?;
        for (source, nights) in &standing.silent {
            let last = nights.last().map(ToString::to_string).unwrap_or_default();
            let name = if source.is_empty() { "the canonical extract" } else { source.as_str() };
            let message = format!("{name} is left out: its last night {last} is long before {}", standing.newest);
            let hint = "deliver it again, or remove its files where another source has replaced it";
            conformed.findings.push(Finding::dataset(Level::Error, "source_silent", dataset, message, hint));
        }
        Ok(Arc::new(conformed))
    }

    /// The fingerprint of a delivery: of all that decides what its files are conformed to. None where nothing stands
    /// for the day.
    fn print(&mut self, dataset: &str, last_day: NaiveDate) -> Option<String> {
        let key = (dataset.to_owned(), last_day);
        if let Some(print) = self.known.prints.get(&key) {
            return Some(print.clone());
        }
        let stood = self.stood(dataset, last_day)?;
        let (question, standing) = (self.question, &stood.standing);
        let mut print = Print::of("feeds")
            .with_definition(&question.catalogue.contract(dataset)?)
            .with(question.currency)
            .with(question.calendar.zone.name())
            .with_definition(question.limits)
            .with_definition(standing);
        for file in self.files(dataset, standing) {
            let RawFile { key, night, bytes, sha256, source, join, withheld } = file;
            // Bytes that nobody has taken the sum of yet.
            let sum = if sha256.is_empty() { hex::encode(Sha256::digest(bytes)) } else { sha256.clone() };
            print = print.with_definition(&(key, night, sum, source, join, withheld));
        }
        for source in &stood.sources {
            print = print.with_definition(&question.catalogue.sources.get(source));
        }
        for (other, day) in &stood.looked_up {
            print = print.with(other).with(self.rows(other, *day));
        }
        let print = print.name();
        self.known.prints.insert(key, print.clone());
        Some(print)
    }

    /// The fingerprint of a dataset's rows as of a day, once it is known whether there are any: what can be read today
    /// and could not yesterday, though nothing was delivered, is another table.
    pub fn rows(&mut self, dataset: &str, last_day: NaiveDate) -> String {
        match (self.told(dataset, last_day), self.print(dataset, last_day)) {
            (Feed::Present { .. }, Some(print)) => print,
            (Feed::Present { .. } | Feed::Missing { .. }, _) => {
                Print::of("missing").with_definition(&self.question.catalogue.contract(dataset)).name()
            }
        }
    }

    fn hollow(&self, dataset: &str, told: Told) -> Option<Conformed> {
        let table = conform::empty(self.question.catalogue.contract(dataset)?).ok()?;
        let Told { files, shapes, account, rejects, findings } = told;
        Some(Conformed { table: table.into(), files, shapes, account, rejects, findings })
    }

    /// The files of a standing, with those that their sources look values up in.
    fn files(&self, dataset: &str, standing: &Standing) -> Vec<&'a RawFile> {
        let is_wanted = |file: &&RawFile| {
            let nights = standing.nights.get(file.source.as_deref().unwrap_or_default());
            nights.is_some_and(|nights| nights.contains(&file.night))
        };
        self.extracts.get(dataset).into_iter().flat_map(BTreeMap::values).flatten().filter(is_wanted).collect()
    }

    /// What stands for a day. The history of a ledger is read once for all months, so what it looks up is as of the
    /// period's end.
    fn stood(&mut self, dataset: &str, last_day: NaiveDate) -> Option<Arc<Stood>> {
        let key = (dataset.to_owned(), last_day);
        if let Some(stood) = self.known.stood.get(&key) {
            return stood.clone();
        }
        let catalogue = self.question.catalogue;
        let source_of = |file: &RawFile| file.source.clone().unwrap_or_default();
        let found = catalogue.contract(dataset).zip(self.extracts.get(dataset)).and_then(|(contract, nights)| {
            let standing = contract.standing(nights, last_day, &catalogue.sources, source_of)?;
            let day = match contract.kind {
                DatasetKind::Ledger => self.last_day(self.question.period),
                DatasetKind::Snapshot | DatasetKind::Reference => last_day,
            };
            let files = self.files(dataset, &standing).into_iter();
            let sources: BTreeSet<String> = files.filter_map(|file| file.source.clone()).collect();
            let joins =
                sources.iter().filter_map(|id| catalogue.sources.get(id)).flat_map(|source| source.joins.values());
            let looked_up = joins.filter_map(|join| Some((join.dataset.clone()?, day))).collect();
            Some(Arc::new(Stood { standing, sources, looked_up }))
        });
        self.known.stood.insert(key, found.clone());
        found
    }

    fn last_day(&self, month: Period) -> NaiveDate {
        self.question.calendar.span(month).last_day
    }
}

impl Known {
    /// The nights of a dataset that stand for a day.
    pub fn nights(&self, dataset: &str, last_day: NaiveDate) -> BTreeSet<NaiveDate> {
        let stood = self.stood.get(&(dataset.to_owned(), last_day)).and_then(Option::as_ref);
        stood.into_iter().flat_map(|stood| stood.standing.nights.values()).flatten().copied().collect()
    }

    /// Lets go of all rows but those that are needed as of a day.
    pub fn forget_but(&mut self, last_day: NaiveDate) {
        let of_day = self.prints.iter().filter(|((_, day), _)| *day == last_day).map(|(_, print)| print);
        let wanted: BTreeSet<String> = of_day.cloned().collect();
        self.conformed.retain(|print, _| wanted.contains(print));
    }
}

impl Told {
    fn of(conformed: &Conformed) -> Self {
        let Conformed { table: _, files, shapes, account, rejects, findings } = conformed.clone();
        Self { files, shapes, account, rejects, findings }
    }
}

/// The dataset that is the tree of units.
const UNITS: &str = "business_units";

fn usable(dataset: &str, read: Result<(Arc<Conformed>, NaiveDate), Feed>) -> Feed {
    match read {
        Ok((conformed, night)) => match conformed.useless(dataset) {
            None => Feed::Present { conformed, night },
            Some(because) => Feed::Missing { because, hint: "correct the export and deliver it again".to_owned() },
        },
        Err(missing) => missing,
    }
}
