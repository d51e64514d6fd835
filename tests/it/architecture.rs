//! The project's guard rails, in the manner of rust-analyzer's tidy tests: the sources are read as text, and a message
//! says what is wrong, why it matters and what to do. The two tables below are `ARCHITECTURE.md` in force.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The rungs from the top down. A file names modules of its own rung or of lower ones.
const LADDER: &[&[&str]] = &[
    &["main"],
    &["cli", "exit", "demo"],
    &["serve"],
    &["app", "archive", "release", "run"],
    &["io"],
    &["settings"],
    // ═══ pure below: no clock, environment, disk, network or runtime ═══
    &["brief", "calendar", "deliver", "readback"],
    &["render"],
    &["report"],
    &["chart", "score"],
    &["measure"],
    &["quality"],
    &["conform"],
    &["catalogue", "templates"],
    &["abreast", "finding", "ids", "kept", "memory", "money", "period", "quantity", "secret"],
];

/// Modules that stand on a rung and still may name only these.
const RECLUSES: &[(&str, &[&str])] = &[("demo", &["ids", "period"])];

/// The modules that may touch the outside world.
const OUTSIDE: &[&str] = &["main", "cli", "exit", "app", "archive", "release", "run", "serve", "io"];

/// A name from outside the crate, and the only modules (with all inside them) that may say it. One segment is a crate,
/// several are matched anywhere in a path, a trailing `!` is a macro.
struct Door {
    names: &'static [&'static str],
    open_to: &'static [&'static str],
    why: &'static str,
}

const DOORS: &[Door] = &[
    Door {
        names: &["polars"],
        open_to: &[
            "conform",
            "quality",
            "measure",
            "render/data",
            "readback/data",
            "demo/scale/parquet",
            // Only its mapping of files.
            "io/pull/spool",
        ],
        why: "frames end where `measure` ends, so that the engine can be exchanged: hand over plain types",
    },
    Door {
        names: &["object_store"],
        open_to: &["io/store"],
        why: "create-only writes, timeouts and retries are decided once: call `io::store`",
    },
    Door {
        names: &["lettre"],
        open_to: &["io/mail", "deliver/message", "deliver/recipients"],
        why: "header values are cleaned and outcomes are classed once: call `deliver::message` or `io::mail`",
    },
    Door {
        names: &["tera"],
        open_to: &["templates"],
        why: "escaping is switched on in one place: render through `templates::Templates`",
    },
    Door {
        names: &["printpdf"],
        open_to: &["render/pdf"],
        why: "byte-equal PDF needs its ids and dates fixed in one place: paint through `render::pdf`",
    },
    Door {
        names: &["lopdf"],
        open_to: &["render/pdf", "readback/pdf"],
        why: "PDF is finished in `render::pdf` and read again in `readback::pdf`, and nowhere else",
    },
    Door {
        names: &["html5gum"],
        open_to: &["readback/html"],
        why: "pages are read as a browser reads them in one place: call `readback`",
    },
    Door {
        names: &["async_imap", "tokio_rustls", "rustls_native_certs"],
        open_to: &["io/audit"],
        why: "the audit mailbox is looked into in one place: call `io::audit`",
    },
    Door {
        names: &["tiny_http", "sd_notify"],
        open_to: &["serve/health"],
        why: "what the worker tells about itself is told in one place: change `serve::health`",
    },
    Door {
        names: &["getrandom"],
        open_to: &["io/ledger"],
        why: "the same input gives the same bytes; only a worker's token is drawn by lot",
    },
    Door {
        names: &["ring", "base64"],
        open_to: &["deliver/dkim"],
        why: "mails are signed in one place: give `deliver::message` a signer",
    },
    Door {
        names: &["rlimit"],
        open_to: &["io/decoder"],
        why: "only the process that decodes files is limited: change `io::decoder`",
    },
    Door {
        names: &["libc"],
        open_to: &["memory"],
        why: "what is not safe stands in one place, with its reason: see whether a library offers it safely",
    },
    Door { names: &["resvg"], open_to: &["chart/png"], why: "a scene becomes pixels in one place: call `chart::png`" },
    Door {
        names: &["tokio_cron_scheduler"],
        open_to: &["serve"],
        why: "the scheduler is a heartbeat only; when something is due is decided by the calendar",
    },
    Door {
        names: &["config"],
        open_to: &["settings/reader"],
        why: "a setting has one name and one default: add it to `settings` and config/default.toml",
    },
    Door {
        names: &["Utc::now", "Local::now", "SystemTime::now", "Instant::now"],
        open_to: &["io/clock", "io/mail", "cli/progress"],
        why: "time is a parameter, or a run could not be replayed: take it as an argument; `io::clock` reads it, and only mail has deadlines",
    },
    Door {
        names: &["std::fs", "tokio::fs"],
        open_to: &["main", "cli", "exit", "app", "run", "serve", "io", "settings/reader", "demo/files"],
        why: "below `io` the program is pure: have `io` read it and take the bytes or text as an argument",
    },
    Door {
        names: &["std::env", "std::net", "std::process", "tokio", "futures", "reqwest", "rustls"],
        open_to: OUTSIDE,
        why: "below `io` the program is pure: have `io` do it and take the result as an argument",
    },
    Door {
        names: &["io::stdin", "io::stdout", "io::stderr", "print!", "println!", "eprint!", "eprintln!", "indicatif"],
        open_to: OUTSIDE,
        why: "a library that prints cannot be silenced: return a value or a `Finding`, or report progress by a callback",
    },
    Door {
        names: &["anyhow", "clap"],
        open_to: &["main", "cli", "exit"],
        why: "the library's errors are enums, one per stage (thiserror), and its arguments are typed",
    },
    Door {
        names: &["rand", "rand_pcg"],
        open_to: &["demo"],
        why: "the same input gives the same bytes: derive ids from what they name",
    },
    Door {
        names: &["todo!", "unimplemented!", "dbg!"],
        open_to: &[],
        why: "nothing half-done is merged: finish it, or return an error that says what is not supported",
    },
];

/// Past this a file is split by meaning.
const MAX_LINES: usize = 400;

/// What must lie at the top level.
const TOP_LEVEL: &[&str] = &[
    ".ci/run",
    "ARCHITECTURE.md",
    "Cargo.lock",
    "Cargo.toml",
    "Dockerfile",
    "LICENSE",
    "README.md",
    "config",
    "deny.toml",
    "fixtures",
    "src",
    "templates",
    "test",
    "tests",
];

/// The KPI book has this many.
const BOOK: u32 = 26;

#[test]
fn files_name_only_modules_of_their_rung_or_below() {
    let rung = |module: &str| LADDER.iter().position(|rung| rung.contains(&module));
    let mut faults = BTreeSet::new();
    for source in sources() {
        let Some(own) = source.module.split('/').next().filter(|module| *module != "lib") else { continue };
        let Some(standing) = rung(own) else {
            faults.insert(format!("src/{own}* is on no rung: put it on one, in LADDER"));
            continue;
        };
        let recluse = RECLUSES.iter().find(|(module, _)| *module == own);
        for (name, target) in
            source.names.iter().filter_map(|name| Some((name, name.target()?))).filter(|(_, t)| *t != own)
        {
            let place = format!("{}:{}", source.path, name.line);
            match (rung(target), recluse) {
                (None, _) if target == "*" => {
                    faults.insert(format!("{place} names all of the crate: name what it uses"))
                }
                (None, _) => faults.insert(format!("{place} names `crate::{target}`, which is on no rung")),
                (_, Some((_, open))) if !open.contains(&target) => {
                    faults.insert(format!("{place} names `crate::{target}`; `{own}` may name only {}", open.join(", ")))
                }
                (Some(there), _) if there < standing => {
                    faults.insert(format!("{place} names `crate::{target}`, which stands above `{own}`"))
                }
                (Some(_), _) => false,
            };
        }
    }
    let rungs: Vec<String> = LADDER.iter().map(|rung| rung.join(" ")).collect();
    verdict(
        &faults,
        &format!(
            "A module knows nothing of those above it, so that it can be read, tested and replaced alone. Pass what is needed \
         as an argument, or move it to a rung both can see. The rungs: {}",
            rungs.join(" > ")
        ),
    );
}

#[test]
fn outside_names_are_said_behind_their_doors() {
    let mut faults = BTreeSet::new();
    for source in sources() {
        for name in &source.names {
            for door in DOORS.iter().filter(|door| !name.in_test || door.open_to.is_empty()) {
                let Some(said) = door.names.iter().find(|pattern| name.says(pattern)) else { continue };
                if !door.open_to.iter().any(|module| is_inside(&source.module, module)) {
                    faults.insert(format!("{}:{} says `{said}`: {}", source.path, name.line, door.why));
                }
            }
        }
    }
    verdict(
        &faults,
        "Each outside thing has one door, so that its traps are handled once; DOORS says where. Tests are free.",
    );
}

#[test]
fn lints_are_expected_with_a_reason_not_allowed() {
    let found = sources().into_iter().flat_map(|source| {
        source.allows.into_iter().map(move |line| format!("{}:{line} says `#[allow(`", source.path))
    });
    verdict(
        &found.collect(),
        "Write `#[expect(lint, reason = \"...\")]`: it says why, and it goes away with its cause.",
    );
}

#[test]
fn files_are_short_and_named_for_what_they_hold() {
    let mut faults = BTreeSet::new();
    for source in sources() {
        if source.lines > MAX_LINES {
            faults.insert(format!(
                "{} has {} lines, {MAX_LINES} are allowed: split it by meaning",
                source.path, source.lines
            ));
        }
        for part in source.module.split('/') {
            match part {
                "mod" => faults.insert(format!("{}: name it after its folder, beside the folder", source.path)),
                "utils" | "util" | "helpers" | "misc" | "common" => {
                    faults.insert(format!("{}: name it for what it holds, not for what it is", source.path))
                }
                _ => false,
            };
        }
    }
    verdict(&faults, "A reader finds a thing by its file's name and reads a file in one go.");
}

#[test]
fn the_top_level_is_complete() {
    let faults =
        TOP_LEVEL.iter().filter(|entry| !root().join(entry).exists()).map(|entry| format!("`{entry}` is missing"));
    verdict(&faults.collect(), "Readers, packagers and the test command look for these by name.");
}

#[test]
fn every_test_file_is_run() {
    let main = fs::read_to_string(root().join("tests/it/main.rs")).expect("tests/it/main.rs");
    let mut faults = BTreeSet::new();
    for (folder, why) in
        [("tests", "would be a second binary"), ("tests/it", "is named by no `mod` in tests/it/main.rs")]
    {
        for name in names_in(&root().join(folder)) {
            let Some(module) = name.strip_suffix(".rs").filter(|module| *module != "main") else { continue };
            if folder == "tests" || !main.contains(&format!("mod {module};")) {
                faults.insert(format!("{folder}/{name} {why}"));
            }
        }
    }
    verdict(
        &faults,
        "A file nobody names is never compiled and passes by silence: make it a module of tests/it/main.rs.",
    );
}

#[test]
fn kpi_numbers_are_those_of_the_book() {
    let (mut files, mut faults) = (BTreeMap::<u32, Vec<String>>::new(), BTreeSet::new());
    for name in names_in(&root().join("config/catalogue/kpis")) {
        let text = fs::read_to_string(root().join("config/catalogue/kpis").join(&name)).expect("a readable KPI");
        match text.lines().find_map(|line| line.strip_prefix("number = ")?.trim().parse().ok()) {
            Some(number) => files.entry(number).or_default().push(name),
            None => _ = faults.insert(format!("{name} has no line `number = N`")),
        }
    }
    let last = files.keys().next_back().copied().unwrap_or(0).max(BOOK);
    faults.extend(
        (1..=last).filter(|number| !files.contains_key(number)).map(|number| format!("no KPI has number {number}")),
    );
    let shared = files.iter().filter(|(number, names)| names.len() > 1 || **number == 0);
    faults.extend(shared.map(|(number, names)| format!("number {number}: {}", names.join(", "))));
    verdict(&faults, "A KPI is known by its number in the book; a new one takes the next (config/catalogue/kpis).");
}

#[test]
fn the_reader_sees_names_not_comments_or_strings() {
    let seen = |path: &str, text: &str| -> Vec<String> {
        let source = read(path, text);
        source.names.iter().filter_map(|name| name.target().map(str::to_owned)).collect()
    };
    assert_eq!(
        seen("a.rs", "use crate::{io::{self, store}, ids}; // crate::no\n/* crate::no /* */ crate::no */"),
        ["io", "io", "ids"]
    );
    assert_eq!(seen("a.rs", r##"let c = ('"', "crate::no", r#"" crate::no"#, b'\'', 'a'); muster::yes()"##), ["yes"]);
    assert_eq!(seen("a.rs", "fn f<'a>(x: &'a str) -> Vec<crate::yes::T> { x.crate_() } pub(crate) fn g() {}"), ["yes"]);
    assert_eq!(
        seen("a/b.rs", "use super::c; use super::super::d; mod t { use super::super::super::e; }"),
        ["a", "d", "e"]
    );
    let says =
        |text: &str, pattern: &str| read("a.rs", text).names.iter().any(|name| name.says(pattern) && !name.in_test);
    assert!(says("use std::{env, fs::File};", "std::fs") && says("#[tokio::main] fn f() {}", "tokio"));
    assert!(says("use ::polars::{self as p, Frame};", "polars") && says("use polars::sql as s;", "polars"));
    assert!(says("a + time::Instant::now()", "Instant::now") && says("dbg!(x)", "dbg!"));
    assert!(!says("let config = 1; config.x(); a != b", "config") && !says("crate::config::x()", "config"));
    assert!(!says("#[cfg(test)]\nmod tests { use std::fs; fn f() { {} fs::read() } }", "std::fs"));
    assert!(says("#[cfg(test)]\nmod tests { } use std::fs;", "std::fs"));
}

fn verdict(faults: &BTreeSet<String>, why: &str) {
    let list: Vec<&str> = faults.iter().map(String::as_str).collect();
    assert!(faults.is_empty(), "\n\n  {}\n\n{why}\n", list.join("\n  "));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether `module` is `outer` or lies inside it.
fn is_inside(module: &str, outer: &str) -> bool {
    module.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The names in a folder, sorted; hidden ones are left out.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("`{}` cannot be read: {error}", folder.display()));
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

/// A source file as far as the rails look at it.
struct Source {
    /// From the top level, for messages.
    path: String,
    /// Without `src/` and `.rs`.
    module: String,
    lines: usize,
    names: Vec<Name>,
    /// Lines with an `#[allow(`.
    allows: Vec<usize>,
    /// Files that `#[cfg(test)] mod name;` brings in.
    test_children: Vec<String>,
}

/// A path as written, groups in `use` taken apart.
struct Name {
    path: Vec<String>,
    /// The module it is written in.
    home: Vec<String>,
    line: usize,
    in_test: bool,
}

impl Name {
    /// The top-level module of this crate that it leads to.
    fn target(&self) -> Option<&str> {
        let supers = self.path.iter().take_while(|part| *part == "super").count();
        let rest = match self.path.first()?.as_str() {
            "crate" | "muster" => self.path.get(1),
            "super" if supers >= self.home.len() => self.path.get(supers),
            "super" => self.home.first(),
            _ => None,
        };
        rest.map(String::as_str)
    }

    fn says(&self, pattern: &str) -> bool {
        let wanted: Vec<&str> = pattern.split("::").collect();
        match wanted.as_slice() {
            [name] if name.ends_with('!') => self.path.last().is_some_and(|last| last == name),
            [name] => self.path.len() > 1 && self.path[0] == *name,
            _ => self.path.windows(wanted.len()).any(|window| window == wanted),
        }
    }
}

fn sources() -> Vec<Source> {
    fn walk(folder: &Path, below: &str, sources: &mut Vec<Source>) {
        for name in names_in(folder) {
            let (path, below) = (folder.join(&name), format!("{below}{name}"));
            if path.is_dir() {
                walk(&path, &format!("{below}/"), sources);
            } else if name.strip_suffix(".rs").is_some() {
                sources.push(read(&below, &fs::read_to_string(&path).expect("a readable source")));
            }
        }
    }
    let mut sources = Vec::new();
    walk(&root().join("src"), "", &mut sources);
    let test_files: Vec<String> = sources.iter().flat_map(|source| source.test_children.clone()).collect();
    for source in &mut sources {
        if test_files.iter().any(|file| is_inside(&source.module, file)) {
            source.names.iter_mut().for_each(|name| name.in_test = true);
        }
    }
    sources
}

fn read(below: &str, text: &str) -> Source {
    let module = below.trim_end_matches(".rs").to_owned();
    let file: Vec<String> =
        if below == "lib.rs" || below == "main.rs" { vec![] } else { module.split('/').map(str::to_owned).collect() };
    let tokens = tokens(text);
    let at = |i: usize| tokens.get(i).map_or("", |(_, token)| token.as_str());
    let (mut names, mut allows, mut test_children) = (Vec::new(), Vec::new(), Vec::new());
    // One entry per open brace: the name if it is a module's, and whether it is test code.
    let mut braces: Vec<(Option<String>, bool)> = Vec::new();
    let (mut next_module, mut next_is_test, mut i) = (None, false, 0);
    while i < tokens.len() {
        let (line, token) = &tokens[i];
        let in_test = next_is_test || braces.last().is_some_and(|(_, in_test)| *in_test);
        match token.as_str() {
            "[" if (i..).zip(["[", "cfg", "(", "test", ")", "]"]).all(|(i, part)| at(i) == part) => next_is_test = true,
            "[" if at(i + 1) == "allow" && at(i + 2) == "(" => allows.push(*line),
            "mod" => next_module = Some(at(i + 1).to_owned()),
            "{" => {
                braces.push((next_module.take(), in_test));
                next_is_test = false;
            }
            "}" => _ = braces.pop(),
            ";" => {
                let child = next_module.take().filter(|_| next_is_test).map(|child| format!("{module}/{child}"));
                test_children.extend(child);
                next_is_test = false;
            }
            _ => {}
        }
        if is_word(token) && (i == 0 || at(i - 1) != ".") {
            let mut paths = Vec::new();
            i = tree(&tokens, i, &[], &mut paths);
            let home: Vec<String> =
                file.iter().chain(braces.iter().filter_map(|(module, _)| module.as_ref())).cloned().collect();
            names.extend(paths.into_iter().map(|path| Name { path, home: home.clone(), line: *line, in_test }));
        } else {
            i += 1;
        }
    }
    Source { path: format!("src/{below}"), module, lines: text.lines().count(), names, allows, test_children }
}

/// Reads the path or `use` tree at token `i` into `paths`; gives the token after it.
fn tree(tokens: &[(usize, String)], mut i: usize, prefix: &[String], paths: &mut Vec<Vec<String>>) -> usize {
    let at = |i: usize| tokens.get(i).map_or("", |(_, token)| token.as_str());
    let mut path = prefix.to_vec();
    loop {
        match at(i) {
            "*" if !path.is_empty() => path.push("*".to_owned()),
            "{" if !path.is_empty() => {
                i += 1;
                while !matches!(at(i), "}" | "") {
                    i = if is_word(at(i)) || at(i) == "*" { tree(tokens, i, &path, paths) } else { i + 1 };
                    // The name after `as` is ours.
                    i += if at(i) == "as" { 2 } else { 0 };
                }
                return i + 1;
            }
            word if is_word(word) => {
                let is_macro = at(i + 1) == "!" && matches!(at(i + 2), "(" | "[" | "{");
                path.push(format!("{word}{}", if is_macro { "!" } else { "" }));
                if at(i + 1) == "::" {
                    i += 2;
                    continue;
                }
            }
            // Generic arguments; they are read as paths of their own.
            _ => i -= 1,
        }
        paths.push(path);
        return i + 1;
    }
}

/// Whether the token may be part of a path; the words a path may follow are none.
fn is_word(token: &str) -> bool {
    let keyword =
        ["use", "as", "in", "for", "impl", "dyn", "mut", "return", "if", "match", "else", "move"].contains(&token);
    !keyword && token.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

/// Words and signs with their lines, `::` as one; comments, strings, characters, lifetimes and numbers are left out.
fn tokens(text: &str) -> Vec<(usize, String)> {
    let (mut tokens, mut rest, mut line) = (Vec::new(), text, 1);
    while let Some(first) = rest.chars().next() {
        let word = rest.len() - rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').len();
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            comment(rest)
        } else if let Some(length) = string(rest) {
            length
        } else if first == '\'' {
            character(rest)
        } else if word > 0 {
            if !first.is_ascii_digit() {
                tokens.push((line, rest[..word].to_owned()));
            }
            word
        } else {
            let length = if rest.starts_with("::") { 2 } else { first.len_utf8() };
            if !first.is_whitespace() {
                tokens.push((line, rest[..length].to_owned()));
            }
            length
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    tokens
}

/// Length of the block comment at the start; they nest.
fn comment(text: &str) -> usize {
    let (mut depth, mut i) = (0, 0);
    while i < text.len() {
        match &text.as_bytes()[i..] {
            [b'/', b'*', ..] => (depth, i) = (depth + 1, i + 2),
            [b'*', b'/', ..] => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            break;
        }
    }
    i
}

/// Length of the string literal at the start, raw or not.
fn string(text: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r", ""].into_iter().find(|prefix| text.starts_with(prefix))?;
    let after = &text[prefix.len()..];
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after[hashes..].strip_prefix('"').filter(|_| hashes == 0 || prefix.ends_with('r'))?;
    let open = text.len() - body.len();
    if prefix.ends_with('r') {
        let close = format!("\"{}", "#".repeat(hashes));
        return Some(open + body.find(&close).map_or(body.len(), |at| at + close.len()));
    }
    let mut escaped = false;
    let close = body.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    Some(open + close.map_or(body.len(), |at| at + 1))
}

/// Length of the character literal or lifetime at the start.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((at, escaped))) => {
            let from = at + escaped.len_utf8();
            text[from..].find('\'').map_or(text.len(), |close| from + close + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}
