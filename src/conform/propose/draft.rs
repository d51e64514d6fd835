//! The source as TOML.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::keys::Key;
use super::looked_up::Join;
use super::shape::{self, Shape};
use super::{Given, quoted, synonyms};
use crate::catalogue::{Column, ColumnType, Contract, name_of, names_of};
use crate::ids::near;

/// A source in the making.
pub struct Draft<'a> {
    pub given: &'a Given<'a>,
    pub contract: &'a Contract,
    /// By column of the dataset: the place of its header.
    pub columns: &'a BTreeMap<String, usize>,
    pub shapes: &'a [Shape],
    pub joins: &'a [Join],
    pub key: Option<&'a Key>,
    /// The word that the last row begins with, where it is a total.
    pub total: Option<&'a str>,
}

impl Draft<'_> {
    /// Required columns that have neither a header nor a usual answer.
    pub fn open(&self) -> Vec<String> {
        let required = self.contract.columns.iter().filter(|(_, column)| column.required);
        let without = required.filter(|(name, _)| !self.columns.contains_key(*name) && !self.is_made(name));
        without
            .filter(|(name, _)| usual(&self.contract.dataset, name, self.given.id).is_none())
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Looked up or put together.
    fn is_made(&self, name: &str) -> bool {
        self.key.is_some_and(|key| key.target == name) || self.joins.iter().any(|join| join.columns.contains_key(name))
    }

    fn head(&self, at: usize) -> &str {
        self.given.decoded.heads[at].trim()
    }

    pub fn toml(&self, open: &[String]) -> String {
        let Given { id, extension, decoded, .. } = self.given;
        let mut text = String::new();
        let mut line = |line: String| {
            text.push_str(&line);
            text.push('\n');
        };
        line(format!("id = {}", quoted(id)));
        line(format!("system = {}", quoted(id)));
        line("about = \"where the export is made\"".to_owned());
        line(format!("dataset = {}", quoted(&self.contract.dataset)));
        // Beside files that only serve to look values up, the name tells.
        let own = if self.joins.is_empty() { String::new() } else { format!("{id}*") };
        let own = if own.is_empty() { "*".to_owned() } else { own };
        line(format!("path = \"sources/{id}/{{date:%Y-%m-%d}}/{own}.{extension}\""));
        let heads: Vec<String> =
            decoded.heads.iter().map(|head| head.trim()).filter(|head| !head.is_empty()).map(quoted).collect();
        line(format!("headers = [{}]", heads.join(", ")));
        let read = self.read();
        if !read.is_empty() {
            line(format!("\n[read]\n{}", read.join("\n")));
        }
        let taken: Vec<&Shape> = self.columns.values().map(|at| &self.shapes[*at]).collect();
        let spelling = shape::spelling(&taken);
        if !spelling.is_empty() {
            line(format!("\n[spelling]\n{}", spelling.join("\n")));
        }
        let serials: Vec<String> = self.serials();
        if !serials.is_empty() {
            line(format!("\n[types]\n{}", serials.join("\n")));
        }
        for join in self.joins {
            line(self.join(join));
        }
        line("\n[columns]".to_owned());
        let mut tables = String::new();
        for (name, column) in &self.contract.columns {
            if let Some(key) = self.key.filter(|key| key.target == *name) {
                line(format!("{name} = {{ sql = {} }} # {}", quoted(&key.sql()), key.why));
                continue;
            }
            if let Some(join) = self.joins.iter().find(|join| join.columns.contains_key(name)) {
                line(format!("{name} = {}", quoted(&format!("{}.{}", join.name, join.columns[name]))));
                continue;
            }
            match self.columns.get(name) {
                Some(at) if column.kind == ColumnType::Enum => self.words(&mut tables, name, column, *at),
                Some(at) => line(format!("{name} = {}", quoted(self.head(*at)))),
                None if open.contains(name) => {
                    line(format!("# {name} is required: {name} = \"<header>\" or {name} = {{ value = \"...\" }}"));
                }
                None if column.required => {
                    let value = usual(&self.contract.dataset, name, id).unwrap_or_default();
                    line(format!("{name} = {{ value = {} }} # nothing in the file says it: check", quoted(&value)));
                }
                None if column.kind == ColumnType::Currency => {
                    if let Some(code) = self.currency() {
                        line(format!("{name} = {{ value = {} }} # as the amounts say", quoted(&code)));
                    }
                }
                None => {}
            }
        }
        text + &tables
    }

    /// The lines of `[read]` that the file asks for.
    fn read(&self) -> Vec<String> {
        let dialect = &self.given.decoded.dialect;
        let mut lines = Vec::new();
        if let Some(delimiter) = dialect.delimiter.filter(|delimiter| *delimiter != ',') {
            lines.push(format!("delimiter = {}", quoted(&delimiter.to_string())));
        }
        if let Some(encoding) = dialect.encoding.as_ref().filter(|encoding| encoding.starts_with("windows")) {
            lines.push(format!("encoding = {}", quoted(encoding)));
        }
        if let Some(sheet) = &dialect.sheet {
            lines.push(format!("sheet = {}", quoted(sheet)));
        }
        if let Some(word) = self.total {
            lines.push(format!("footer = [{}]", quoted(word)));
        }
        lines
    }

    /// Columns of dates that are written as Excel counts days.
    fn serials(&self) -> Vec<String> {
        let kind = |kind| match kind {
            ColumnType::Date => Some("date"),
            ColumnType::Stamp => Some("stamp"),
            ColumnType::Month => Some("month"),
            _ => None,
        };
        let columns = self.columns.iter().filter(|(_, at)| self.shapes[**at].is_serial());
        columns
            .filter_map(|(name, at)| {
                let kind = kind(self.contract.columns[name].kind)?;
                Some(format!("{} = {{ type = \"{kind}\", dates = \"excel\" }}", quoted(self.head(*at))))
            })
            .collect()
    }

    /// The one currency that the amounts name.
    fn currency(&self) -> Option<String> {
        let money = self.columns.iter().filter(|(name, _)| self.contract.columns[*name].kind == ColumnType::Money);
        let named: BTreeSet<&String> = money.flat_map(|(_, at)| &self.shapes[*at].currencies).collect();
        match named.into_iter().collect::<Vec<_>>().as_slice() {
            [code] if code.len() == 3 => Some((*code).clone()),
            _ => None,
        }
    }

    fn join(&self, join: &Join) -> String {
        let Given { id, decoded, others, .. } = self.given;
        let (stem, _) = &others[join.file];
        let on = names_of(decoded.heads.iter().map(String::as_str)).swap_remove(join.on);
        let columns: Vec<String> = join.columns.values().map(|head| quoted(head)).collect();
        format!(
            "\n[joins.{}]\npath = \"sources/{id}/{{date:%Y-%m-%d}}/{stem}*\"\nkey = {}\non = {}\ncolumns = [{}]",
            join.name,
            quoted(&join.key),
            quoted(&on),
            columns.join(", ")
        )
    }

    /// The words of an enum column, each with the nearest of ours; those without one are left to be filled in.
    fn words(&self, text: &mut String, name: &str, column: &Column, at: usize) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\n[columns.{name}]\nfrom = {}\nunknown = \"reject\"", quoted(self.head(at)));
        let _ = writeln!(text, "\n[columns.{name}.values] # ours: {}", column.values.join(", "));
        for word in &self.shapes[at].words {
            match synonyms::word(word, &column.values)
                .or_else(|| near(&name_of(word), column.values.iter().map(String::as_str)))
            {
                Some(ours) => _ = writeln!(text, "{} = {}", quoted(word), quoted(ours)),
                None => _ = writeln!(text, "# {} = \"...\"", quoted(word)),
            }
        }
    }
}

/// What a required column is where an export does not say it.
pub fn usual(dataset: &str, column: &str, id: &str) -> Option<String> {
    match column {
        "approved" | "license_required" => Some("true".to_owned()),
        "excluded" | "pending_reboot" | "exception" | "superseded" | "sanitization_verified" => {
            Some("false".to_owned())
        }
        "source" => Some(id.to_owned()),
        _ => match (dataset, column) {
            ("people", "kind") => Some("employee".to_owned()),
            ("people", "status") => Some("active".to_owned()),
            ("incidents", "kind") => Some("failure".to_owned()),
            ("entitlements", "metric") => Some("user".to_owned()),
            ("entitlements", "license_type") => Some("subscription".to_owned()),
            ("assets", "lifecycle_state") => Some("in_use".to_owned()),
            ("costs", "state") => Some("posted".to_owned()),
            ("costs", "cost_type") => Some("other".to_owned()),
            _ => None,
        },
    }
}
