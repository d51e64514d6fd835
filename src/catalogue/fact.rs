//! Facts: one SELECT per subject; its head comment names the tables it reads and its dimension.

use serde::Deserialize;

/// A fact as written in `config/catalogue/facts/<name>.sql`.
#[derive(Debug, Clone)]
pub struct Fact {
    pub name: String,
    /// First comment lines: what one row is.
    pub about: String,
    /// Datasets and other facts it reads (`-- tables: a, b`).
    pub tables: Vec<String>,
    /// Column its measures are cut by (`-- dimension: asset_class`).
    pub dimension: Option<String>,
    /// Columns that tell rows apart (`-- repeats: a, b`): other facts see in `repeated` whether a row may have its like in
    /// them. They read the rows one by one, and no table is made: of many rows a number each is all that is remembered.
    pub repeats: Vec<String>,
    /// The SELECT with its macros unexpanded.
    pub sql: String,
    /// Lines before the SELECT, so that a line of `sql` can be named in the file.
    pub head_lines: usize,
}

/// A named piece of SQL; `$1`, `$2` stand for the arguments.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Macro {
    pub about: String,
    pub sql: String,
}

impl Fact {
    #[must_use]
    pub fn parse(path: &str, text: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".sql").to_owned();
        let (about, sql, dimension) = (String::new(), String::new(), None);
        let mut fact = Self { name, about, tables: Vec::new(), dimension, repeats: Vec::new(), sql, head_lines: 0 };
        let names = |list: &str| list.split(',').map(|name| name.trim().to_owned()).collect();
        for line in text.lines() {
            let Some(comment) = line.strip_prefix("--") else { break };
            fact.head_lines += 1;
            let comment = comment.trim();
            if let Some(tables) = comment.strip_prefix("tables:") {
                fact.tables = names(tables);
            } else if let Some(dimension) = comment.strip_prefix("dimension:") {
                fact.dimension = Some(dimension.trim().to_owned());
            } else if let Some(columns) = comment.strip_prefix("repeats:") {
                fact.repeats = names(columns);
            } else {
                if !fact.about.is_empty() {
                    fact.about.push(' ');
                }
                fact.about.push_str(comment);
            }
        }
        fact.sql = text.lines().skip(fact.head_lines).collect::<Vec<_>>().join("\n");
        fact
    }
}

impl Macro {
    /// The SQL with the arguments in place.
    #[must_use]
    pub fn apply(&self, arguments: &[String]) -> String {
        // Highest number first, so that `$1` does not eat the start of `$10`.
        (1..=arguments.len())
            .rev()
            .fold(self.sql.trim().to_owned(), |sql, number| sql.replace(&format!("${number}"), &arguments[number - 1]))
    }
}
