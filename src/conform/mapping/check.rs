//! The SQL of a source planned against its empty columns, so that a mistake is found at start and not at night.

use polars::prelude::*;
use polars::sql::sql_expr;

use super::spell;
use crate::catalogue::{Contract, Mistake, Source, name_of};
use crate::conform::coerce;
use crate::ids::did_you_mean;

/// Plans every expression of a source.
#[must_use]
pub fn check(source: &Source, contract: &Contract) -> Vec<Mistake> {
    let mut plan = Plan { source, mistakes: Vec::new() };
    if let Err(cause) = plan.run(contract) {
        plan.say("id", cause.to_string());
    }
    plan.mistakes
}

struct Plan<'a> {
    source: &'a Source,
    mistakes: Vec<Mistake>,
}

impl Plan<'_> {
    fn run(&mut self, contract: &Contract) -> PolarsResult<()> {
        let kinds = spell::kinds(self.source, contract);
        let dtype =
            |name: &String| kinds.get(name).map_or(DataType::String, |kind| coerce::dtype(spell::sql_type(*kind)));
        let columns: Vec<Column> = self
            .source
            .own_columns()
            .iter()
            .map(|name| Series::new_empty(name.as_str().into(), &dtype(name)).into_column())
            .collect();
        let mut table = DataFrame::new(0, columns)?;
        for (name, join) in &self.source.joins {
            self.column(&table, &join.on, &format!("join `{name}`"));
            for column in join.names(name) {
                table.with_column(Series::new_empty(column.into(), &DataType::String).into_column())?;
            }
        }
        let mut derived = Vec::new();
        for (name, sql) in &self.source.derive {
            let column = self.column(&table, sql, &format!("derive `{name}`"));
            derived
                .push(column.unwrap_or_else(|| Series::new_empty("".into(), &DataType::String)).with_name(name.into()));
        }
        for column in derived {
            table.with_column(column.into_column())?;
        }
        for rule in self.source.keep.iter().chain(&self.source.drop) {
            let answer = self.column(&table, &rule.when, "rule");
            if answer.is_some_and(|answer| answer.dtype() != &DataType::Boolean) {
                self.say(&rule.when, format!("rule: `{}` is no condition", rule.when));
            }
        }
        if let Some(collapse) = &self.source.collapse {
            let mut collapsed = Vec::new();
            for (name, sql) in &collapse.columns {
                let column = self.column(&table, sql, &format!("collapse `{name}`"));
                collapsed.extend(column.map(|column| column.with_name(name.into())));
            }
            for column in collapsed {
                table.with_column(column.into_column().clear())?;
            }
        }
        for (target, field) in &self.source.columns {
            if let Some(sql) = &field.sql {
                self.column(&table, sql, &format!("column `{target}`"));
            }
        }
        Ok(())
    }

    /// The column an expression makes of no rows, or a mistake.
    fn column(&mut self, table: &DataFrame, sql: &str, what: &str) -> Option<Series> {
        let planned = sql_expr(sql).and_then(|expression| {
            table.clone().lazy().with_columns([expression.alias("_it")]).select([col("_it")]).collect()
        });
        match planned.and_then(|planned| Ok(planned.column("_it")?.as_materialized_series().clone())) {
            Ok(column) => Some(column),
            Err(cause) => {
                let known: Vec<&str> = table.get_column_names().into_iter().map(PlSmallStr::as_str).collect();
                self.say(sql, format!("{what}: {}", worded(&cause, &known)));
                None
            }
        }
    }

    fn say(&mut self, needle: &str, message: String) {
        let path = format!("sources/{}.toml", self.source.id);
        let text = &self.source.text;
        // SQL in TOML may be escaped or run over lines: its first line is enough.
        let first = needle.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
        let line = text.find(first).map(|at| text[..at].matches('\n').count() + 1);
        self.mistakes.push(Mistake { file: format!("config/{path}"), line, message });
    }
}

/// The engine's message in one line, with a near name where it misses one.
#[must_use]
pub fn worded(cause: &PolarsError, known: &[&str]) -> String {
    let text = cause.to_string().lines().next().unwrap_or_default().to_owned();
    let hint = quoted(&text).map_or_else(String::new, |name| did_you_mean(&name_of(&name), known.iter().copied()));
    format!("{text}{hint}")
}

/// The first name in quotes, or the last word.
#[must_use]
pub fn quoted(text: &str) -> Option<String> {
    let text = text.lines().next()?;
    for mark in ['"', '\'', '`'] {
        if let Some(name) = text.split(mark).nth(1).filter(|name| !name.is_empty()) {
            return Some(name.to_owned());
        }
    }
    text.split_whitespace().last().map(str::to_owned)
}
