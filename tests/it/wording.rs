//! Every wording template on every kind of data: what a reader gets is a sentence, says what it must and no more.

use std::collections::{BTreeMap, BTreeSet};

use muster::catalogue::{Catalogue, Language};
use muster::io::definitions;
use muster::templates::Templates;
use serde_json::{Value, json};

use crate::muster::repository;
use crate::wording_cases::{Case, cases};

/// Words of a text at most; an amount such as `EUR 1.24 m` is one. IT heads get a second sentence on the move.
const MOST_WORDS: usize = 45;
const MOST_WORDS_IT: usize = 55;
const MOST_WORDS_HEADLINE: usize = 25;

/// What a language says where a rule asks for it, and what it does not say of a met or empty figure.
struct Speech {
    a_year: &'static [&'static str],
    /// How nothing is said in place of a figure.
    zero: &'static [&'static str],
    indicative: &'static str,
    no_decision: &'static str,
    joints: &'static [&'static str],
    drama: &'static [&'static str],
}

const ENGLISH: Speech = Speech {
    a_year: &["a year"],
    zero: &["No ", "on budget"],
    indicative: "indicative",
    no_decision: "No decision is needed.",
    joints: &["and", "or", "but", "with", "than", "though"],
    drama: &[
        "urgent",
        "immediately",
        "at once",
        "must",
        "severe",
        "alarm",
        "dramatic",
        "crisis",
        "danger",
        "serious",
        "worr",
        "unacceptable",
        "disast",
        "catastroph",
        "attack",
        "escape",
        "bypass",
        "fail to",
        "waste",
        "uncertain",
    ],
};

const GERMAN: Speech = Speech {
    a_year: &["pro Jahr", "im Jahr"],
    zero: &["Kein", "im Budget"],
    indicative: "indikativ",
    no_decision: "Keine Entscheidung nötig.",
    joints: &["und", "oder", "aber", "mit", "als", "jedoch"],
    drama: &[
        "dringend",
        "sofort",
        "unverzüglich",
        "muss",
        "alarm",
        "dramat",
        "krise",
        "gefahr",
        "gravierend",
        "schwerwiegend",
        "inakzeptabel",
        "katastroph",
        "angriff",
        "angreif",
        "entzieh",
        "umgeh",
        "verschwend",
        "unsicher",
    ],
};

#[test]
fn every_kpi_has_its_words_for_every_audience_of_every_language() {
    let (templates, catalogue) = loaded();
    let mut missing = BTreeSet::new();
    for folder in folders(&templates) {
        let ids = catalogue.kpis.iter().flat_map(|kpi| [kpi.id.clone(), format!("{}.action", kpi.id)]);
        for name in ids.chain(["headline", "subject", "parts"].map(str::to_owned)) {
            let path = format!("words/{folder}/{name}.txt");
            if !templates.contains(&path) {
                missing.insert(path);
            }
        }
    }
    assert!(missing.is_empty(), "no wording: {missing:#?}");
}

#[test]
fn every_sentence_reads_well_on_every_kind_of_data() {
    let (templates, catalogue) = loaded();
    let (mut faults, mut rendered) = (BTreeMap::new(), 0);
    for (tag, language) in &catalogue.languages {
        let audiences: Vec<String> = folders(&templates).into_iter().filter(|folder| folder.starts_with(tag)).collect();
        for kpi in &catalogue.kpis {
            let cases: Vec<(Case, Value)> = cases(kpi, language)
                .into_iter()
                .map(|case| {
                    let data = Value::Object(case.data.clone());
                    (case, data)
                })
                .collect();
            for (folder, (case, data)) in
                audiences.iter().flat_map(|folder| cases.iter().map(move |case| (folder, case)))
            {
                rendered += 1;
                let say = |name: &str| {
                    let path = format!("words/{folder}/{name}.txt");
                    templates.render(&path, data).map(|text| text.trim().to_owned()).map_err(|error| error.to_string())
                };
                let judge = Judge { audience: folder.rsplit('/').next().unwrap_or_default(), language, case };
                let (found, text) = match (say(&kpi.id), say(&format!("{}.action", kpi.id))) {
                    (Ok(sentence), Ok(action)) => {
                        let found =
                            judge.sentence(&sentence, &action).into_iter().chain(judge.action(&action)).collect();
                        (found, format!("{sentence} >> {action}"))
                    }
                    (Err(error), _) | (_, Err(error)) => (vec![error], String::new()),
                };
                for fault in found {
                    faults.entry((folder.clone(), kpi.id.clone(), fault)).or_insert_with(|| format!("{text}\n{data}"));
                }
            }
        }
    }
    report(&faults);
    assert!(rendered > 10_000, "only {rendered} sentences were rendered");
}

#[test]
fn every_line_one_and_subject_fits_and_says_what_it_must() {
    let (templates, catalogue) = loaded();
    let mut faults = BTreeMap::new();
    for folder in folders(&templates) {
        let (tag, _) = folder.split_once('/').expect("language and audience");
        let speech = speech(tag);
        for data in headlines(&catalogue.languages[tag]) {
            let say = |name: &str| templates.render(&format!("words/{folder}/{name}.txt"), &data).expect(name);
            let (line, subject) = (say("headline").trim().to_owned(), say("subject").trim().to_owned());
            let mut found = prose(&line);
            found.extend(too_long(&line, MOST_WORDS_HEADLINE));
            if data["indicative"] == true && holds_money(&line, &data) && !line.contains(speech.indicative) {
                found.push("an indicative amount is not called so".to_owned());
            }
            if holds_money(&line, &data) && !speech.a_year.iter().any(|words| line.contains(words)) {
                found.push("an annual amount is not called so".to_owned());
            }
            if subject.contains('\u{a0}') || subject.contains('\n') || subject.contains("  ") {
                found.push(format!("subject: blanks that a header cannot carry: {subject}"));
            }
            if !subject.contains(data["title"].as_str().expect("title")) || subject.ends_with(['-', ' ']) {
                found.push(format!("subject: no title or no end: {subject}"));
            }
            for fault in found {
                faults.insert((folder.clone(), "headline".to_owned(), fault), format!("{line}\n{data}"));
            }
        }
    }
    report(&faults);
}

struct Judge<'a> {
    audience: &'a str,
    language: &'a Language,
    case: &'a Case,
}

impl Judge<'_> {
    fn sentence(&self, text: &str, action: &str) -> Vec<String> {
        let speech = speech(&self.language.tag);
        let mut faults = prose(&self.plain(text));
        faults.extend(too_long(text, if self.audience == "it" { MOST_WORDS_IT } else { MOST_WORDS }));
        faults.extend(self.money(text));
        let lower = text.to_lowercase();
        if matches!(self.case.state, "met" | "na") {
            let drama = speech.drama.iter().filter(|word| lower.contains(**word));
            faults.extend(drama.map(|word| format!("dramatises `{}`: {word}", self.case.state)));
        }
        // The reason itself is English; what it names is the same in every language.
        let mut named = self.case.text("reason").split(' ').filter(|word| word.contains(['`', '2']));
        if self.case.state == "not_measured" && !named.all(|word| text.contains(word.trim_matches('`'))) {
            faults.push("does not give the reason".to_owned());
        }
        if self.case.state == "withheld" {
            let because = self.case.text("caveat");
            let said = text.replace(because, "");
            if said == text || said.contains(|letter: char| letter.is_ascii_digit()) {
                faults.push("withheld without its reason, or with a figure".to_owned());
            }
        }
        let valued = !matches!(self.case.state, "na" | "not_measured" | "withheld");
        let annualised = self.case.data["companion"]["annualised"].as_str().unwrap_or_default();
        let figures = [self.case.text("value"), self.case.text("money"), self.case.text("numerator"), annualised];
        let given = |figure: &&str| !figure.is_empty() && text.contains(figure.trim_start_matches('−'));
        if valued && !figures.iter().any(given) && !speech.zero.iter().any(|words| text.contains(words)) {
            faults.push("says no figure".to_owned());
        }
        if self.audience == "board" && text.ends_with(speech.no_decision) != action.is_empty() {
            faults.push("a board text ends with the decision or with saying that there is no need of one".to_owned());
        }
        faults
    }

    fn action(&self, text: &str) -> Vec<String> {
        if text.is_empty() {
            return Vec::new();
        }
        let mut faults = prose(&self.plain(text));
        faults.extend(too_long(text, MOST_WORDS));
        faults.extend(self.money(text));
        if matches!(self.case.state, "met" | "na" | "not_measured" | "withheld") && self.audience != "it" {
            faults.push(format!("asks for something where the figure is `{}`", self.case.state));
        }
        faults.into_iter().map(|fault| format!("action: {fault}")).collect()
    }

    /// Without what comes with a dash of its own.
    fn plain(&self, text: &str) -> String {
        ["target", "usual"]
            .iter()
            .map(|name| self.case.text(name))
            .filter(|part| !part.is_empty())
            .fold(text.to_owned(), |text, part| text.replace(part, "x"))
    }

    fn money(&self, text: &str) -> Vec<String> {
        let speech = speech(&self.language.tag);
        let money = self.case.text("money");
        let mut faults = Vec::new();
        let companions = self.case.data["companion"].as_object().expect("companions");
        let priced =
            companions.iter().filter(|(name, _)| name.ends_with("_money")).filter_map(|(_, amount)| amount.as_str());
        let printed = std::iter::once(money).chain(priced).any(|amount| !amount.is_empty() && text.contains(amount));
        if printed && self.case.flag("indicative") && !text.contains(speech.indicative) {
            faults.push("an indicative amount is not called so".to_owned());
        }
        let annual = !money.is_empty() && text.contains(money) && self.case.flag("annual");
        if annual && !speech.a_year.iter().any(|words| text.contains(words)) {
            faults.push("an annual amount is not called so".to_owned());
        }
        faults
    }
}

/// What no text may hold, with `~` for a no-break space.
const NEVER: [(&str, &[&str]); 4] = [
    ("blanks stand together", &["\n", "  ", "~ ", " ~"]),
    ("a blank stands before a sign", &[" .", " ,", " ;", " :", " )", " ?", "~.", "~,", "~;", "~:", "~)", "~?"]),
    ("signs clash", &["( ", "()", "..", ",,", ";;", ",;", ";,", ":,", ",:", ":;", ",.", ";.", ":."]),
    ("something is not filled in", &["{", "}", "`", "_", "–"]),
];

/// Words of the machine.
const NO_WORDS: [&str; 6] = ["none", "null", "nan", "undefined", "true", "false"];

fn prose(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let marked = text.replace('\u{a0}', "~");
    for (what, signs) in NEVER {
        faults.extend(signs.iter().find(|sign| marked.contains(**sign)).map(|sign| format!("{what}: `{sign}`")));
    }
    if !text.ends_with('.') {
        faults.push("does not end with a full stop".to_owned());
    }
    if !text.starts_with(|first: char| first.is_uppercase() || first.is_ascii_digit()) {
        faults.push("starts neither with a capital nor with a figure".to_owned());
    }
    let words = text.split(|letter: char| !letter.is_alphanumeric()).map(str::to_lowercase);
    faults.extend(
        words.filter(|word| NO_WORDS.contains(&word.as_str())).map(|word| format!("a word of the machine: {word}")),
    );
    for joint in [ENGLISH.joints, GERMAN.joints].concat() {
        if [".", ",", ";", ":", ")"].iter().any(|sign| text.contains(&format!(" {joint}{sign}"))) {
            faults.push(format!("`{joint}` hangs"));
        }
    }
    faults
}

fn too_long(text: &str, most: usize) -> Option<String> {
    let words = text.split(' ').count();
    (words > most).then(|| format!("{words} words"))
}

fn speech(tag: &str) -> &'static Speech {
    if tag.starts_with("de") { &GERMAN } else { &ENGLISH }
}

fn holds_money(text: &str, data: &Value) -> bool {
    data["money"].as_str().is_some_and(|money| !money.is_empty() && text.contains(money))
}

fn headlines(language: &Language) -> Vec<Value> {
    let is_german = language.tag.starts_with("de");
    let (money, zero) =
        if is_german { ("1,24\u{a0}Mio.\u{a0}EUR", "0\u{a0}EUR") } else { ("EUR\u{a0}1.24\u{a0}m", "EUR\u{a0}0") };
    let mut all = Vec::new();
    for (measured, money) in [(true, money), (true, zero), (true, ""), (false, "")] {
        for count in ["0", "1", "6"] {
            for indicative in [false, true] {
                for (drivers, share) in [("Orbit CRM, CAD Pro and Figma", "77\u{a0}%"), ("Orbit CRM", ""), ("", "")] {
                    for known in [false, true] {
                        let mut data = json!({
                            "money": money, "share": share, "drivers": drivers, "count_off": count, "indicative": indicative, "measured": measured,
                            "what": language.word("what_software"), "period": format!("{} 2026", language.months[9]), "title": "ITAM",
                            "period_short": format!("{} 2026", language.months_short[9]), "state_word": if known { "PROVISIONAL" } else { "" },
                        });
                        if known {
                            data["judged"] = json!("10");
                            data["decisions"] = json!(count);
                            data["worst"] = json!(if count == "0" { "" } else { "Lifecycle stages completed on plan" });
                            data["unit"] = json!("Northern sales");
                            data["moved"] = json!(count);
                            data["worst_change"] =
                                json!(if count == "0" { "" } else { "Licence compliance −1.7\u{a0}pp" });
                        }
                        all.push(data);
                    }
                }
            }
        }
    }
    all
}

fn loaded() -> (Templates, Catalogue) {
    let texts = definitions::folder(Some(&repository().join("templates"))).expect("templates");
    let templates = Templates::load(&texts).unwrap_or_else(|error| panic!("{error}"));
    let catalogue = Catalogue::load(&definitions::read(None).expect("definitions")).expect("a catalogue");
    (templates, catalogue)
}

/// `en/finance` and the like.
fn folders(templates: &Templates) -> BTreeSet<String> {
    let parts = templates
        .names()
        .into_iter()
        .filter_map(|name| name.strip_prefix("words/"))
        .map(|name| name.split('/').collect::<Vec<_>>());
    parts.filter(|parts| parts.len() == 3).map(|parts| format!("{}/{}", parts[0], parts[1])).collect()
}

fn report(faults: &BTreeMap<(String, String, String), String>) {
    let list: Vec<String> =
        faults.iter().map(|((folder, kpi, fault), text)| format!("{folder} {kpi}: {fault}\n    {text}")).collect();
    assert!(list.is_empty(), "{} faults\n{}", list.len(), list.join("\n"));
}
