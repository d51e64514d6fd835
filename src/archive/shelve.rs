//! Shelve: issues by edition and year, newest first, units in the order of their tree.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::App;
use crate::catalogue::Language;
use crate::ids::ENTERPRISE;
use crate::io::published::Shelved;
use crate::period::{Grain, Period};
use crate::render::archive::{Archive, Columns, Edition, Issue, Link, Shelf, Year, href};
use crate::report::period_words;

/// Documents linked in every language, and the key of their word.
const DOCUMENTS: [(&str, &str); 4] = [
    ("report.html", "archive_page"),
    ("report.pdf", "archive_pdf"),
    ("report.xlsx", "archive_workbook"),
    ("mail.txt", "archive_text"),
];
/// Those that say the same in every language.
const DATA: [(&str, &str); 2] = [("scorecard.parquet", "archive_parquet"), ("scorecard.json", "archive_json")];

/// Where a unit stands: the units above it and itself, by name and id; nothing for the enterprise.
type Branch = Vec<(String, String)>;

/// The archive page of these issues.
pub fn shelve(app: &App, language: &Language, issues: &[Shelved]) -> Archive {
    let word = |key: &str| language.word(key).to_owned();
    let mut editions: BTreeMap<&str, Vec<&Shelved>> = BTreeMap::new();
    for issue in issues {
        editions.entry(issue.edition.as_str()).or_default().push(issue);
    }
    let mut shelves: Vec<Shelf> = editions
        .iter()
        .zip(1..)
        .map(|((name, issues), number)| Shelf {
            anchor: format!("edition-{number}"),
            title: title(app, language, name, issues),
            years: years(app, language, name, issues),
        })
        .collect();
    shelves.sort_by(|a, b| (a.title.to_lowercase(), &a.anchor).cmp(&(b.title.to_lowercase(), &b.anchor)));
    Archive {
        language: language.tag.clone(),
        organisation: app.settings.reporting.organisation.clone(),
        title: word("archive_title"),
        lead: word("archive_lead"),
        empty: word("archive_empty"),
        skip: word("archive_skip"),
        contents: word("archive_contents"),
        columns: Columns {
            period: word("archive_period"),
            unit: word("archive_unit"),
            revision: word("archive_revision"),
            state: word("archive_state"),
            documents: word("archive_documents"),
        },
        shelves,
    }
}

/// The edition's title now; of one that is no more, the one it had last, or its name.
fn title(app: &App, language: &Language, folder: &str, issues: &[&Shelved]) -> String {
    let name = plain(folder);
    let known = app.catalogue.editions.get(&name).map(|edition| language.text(&edition.title).to_owned());
    let last = || issues.iter().rev().find_map(|issue| Some(issue.record.as_ref()?.title.clone()));
    known.or_else(last).unwrap_or(name)
}

fn years(app: &App, language: &Language, folder: &str, issues: &[&Shelved]) -> Vec<Year> {
    let mut periods: BTreeMap<Period, Vec<&Shelved>> = BTreeMap::new();
    for issue in issues {
        periods.entry(issue.period).or_default().push(issue);
    }
    let mut periods: Vec<_> = periods.into_iter().collect();
    let ends = |period: Period| app.settings.reporting.calendar.span(period).end_date;
    periods.sort_by(|(a, _), (b, _)| (ends(*b), b).cmp(&(ends(*a), a)));
    let title = title(app, language, folder, issues);
    let mut years: BTreeMap<i32, Vec<Issue>> = BTreeMap::new();
    for (period, issues) in periods {
        years.entry(period.year).or_default().extend(of_period(app, language, &title, period, issues));
    }
    let count = |issues: &[Issue]| {
        let key = if issues.len() == 1 { "archive_issue" } else { "archive_issues" };
        language.fill(key, &[("count", &issues.len().to_string())])
    };
    years
        .into_iter()
        .rev()
        .map(|(year, issues)| Year { year: year.to_string(), count: count(&issues), issues })
        .collect()
}

/// The enterprise first, then the units below their parents; of each the newest revision first.
fn of_period(app: &App, language: &Language, title: &str, period: Period, issues: Vec<&Shelved>) -> Vec<Issue> {
    let words = period_words(language, app.settings.reporting.calendar, period);
    // A fiscal year's end is not its name: the day keeps its date, the others their words.
    let words = if period.grain == Grain::Day { period.to_string() } else { words };
    let mut newest: BTreeMap<&str, u32> = BTreeMap::new();
    for issue in &issues {
        newest.entry(&issue.unit).and_modify(|known| *known = issue.revision.max(*known)).or_insert(issue.revision);
    }
    let listed: BTreeSet<String> = issues.iter().map(|issue| unit(issue)).collect();
    let mut placed: Vec<(Branch, &Shelved)> = issues.into_iter().map(|issue| (branch(issue), issue)).collect();
    placed.sort_by(|(a, x), (b, y)| (a, y.revision).cmp(&(b, x.revision)));
    placed
        .into_iter()
        .map(|(branch, issue)| {
            let label =
                branch.last().map_or_else(|| language.word("enterprise").to_owned(), |(label, _)| label.clone());
            let above = branch.iter().rev().skip(1).filter(|(_, id)| listed.contains(id)).count();
            let last = newest.get(issue.unit.as_str()).copied().unwrap_or(issue.revision);
            let (state, marked) = state(language, issue);
            let revision = format!("r{}", issue.revision);
            let about = format!("{title}, {words}, {label}, {revision}");
            Issue {
                period: words.clone(),
                unit: label,
                depth: above + usize::from(!branch.is_empty() && listed.contains(ENTERPRISE)),
                state,
                marked,
                replaced: if last > issue.revision {
                    language.fill("archive_replaced", &[("revision", &format!("r{last}"))])
                } else {
                    String::new()
                },
                revision,
                languages: languages(app, language, issue, &about),
            }
        })
        .collect()
}

/// The unit's id; from the folder's name where the issue does not say.
fn unit(issue: &Shelved) -> String {
    issue.record.as_ref().map_or_else(|| plain(&issue.unit), |record| record.unit.clone())
}

fn branch(issue: &Shelved) -> Branch {
    let id = unit(issue);
    if id == ENTERPRISE {
        return Vec::new();
    }
    match &issue.record {
        Some(record) => {
            let above = record.above.iter().map(|unit| (unit.label.clone(), unit.unit.clone()));
            above.chain(std::iter::once((record.label.clone(), id))).collect()
        }
        None => vec![(id.clone(), id)],
    }
}

/// The state in words, and whether it is one to notice. An issue that says nothing of itself is restated from its
/// second revision on.
fn state(language: &Language, issue: &Shelved) -> (String, bool) {
    let said = issue.record.as_ref().map(|record| record.state.as_str());
    match said {
        Some(state) => (language.word(state).to_owned(), state != "Final"),
        None if issue.revision > 1 => (language.word("RESTATED").to_owned(), true),
        None => (String::new(), false),
    }
}

/// The documents that are there, the reports' own language first.
fn languages(app: &App, language: &Language, issue: &Shelved, about: &str) -> Vec<Edition> {
    let own = issue.record.as_ref().map_or(app.settings.reporting.language.as_str(), |record| &record.language);
    let folders: BTreeSet<&str> = issue.files.iter().filter_map(|file| Some(file.split_once('/')?.0)).collect();
    let root = format!("{}/{}/{}/r{}", issue.edition, issue.period, issue.unit, issue.revision);
    let edition = |tag: &str, folder: &str, documents: &mut dyn Iterator<Item = &(&str, &str)>| {
        let name =
            app.catalogue.languages.get(tag).map_or(tag, |language| language.word("archive_language")).to_owned();
        let links: Vec<Link> = documents
            .filter(|(file, _)| issue.files.iter().any(|known| *known == format!("{folder}{file}")))
            .map(|(file, key)| Link {
                text: language.word(key).to_owned(),
                about: format!("{about}, {name}"),
                href: href(&format!("{root}/{folder}{file}")),
            })
            .collect();
        Edition { tag: tag.to_owned(), name, links }
    };
    let first = edition(own, "", &mut DOCUMENTS.iter().chain(&DATA));
    let others = folders.into_iter().map(|tag| edition(tag, &format!("{tag}/"), &mut DOCUMENTS.iter()));
    std::iter::once(first).chain(others).filter(|edition| !edition.links.is_empty()).collect()
}

/// A folder's name as it was before it was made safe; one that was cut stays as it is.
fn plain(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        let code = code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| *first == b'%');
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::plain;
    use crate::deliver::safe_name;

    #[test]
    fn a_safe_name_is_read_back() {
        for text in ["ALL", "R&D / x", "100 %", "%41", "Größe", ".hidden"] {
            assert_eq!(plain(&safe_name(text)), text);
        }
        assert_eq!(plain("100%"), "100%");
        assert_eq!(plain("%FF"), "%FF");
    }
}
