//! Reads keys one by one, so that every fault is found in one go.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use config::{Config, Environment, File, FileFormat};
use serde_json::Value;

use super::{Fault, Secret};
use crate::ids::did_you_mean;

/// The merged layers and the faults found so far.
pub struct Reader {
    merged: Value,
    faults: Vec<Fault>,
}

impl Reader {
    pub fn open(
        defaults: &str,
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Fault> {
        let failed = |error: config::ConfigError| Fault {
            key: file.map_or_else(|| "settings".to_owned(), |file| file.display().to_string()),
            message: error.to_string(),
        };
        let built_in =
            Config::builder().add_source(File::from_str(defaults, FileFormat::Toml)).build().map_err(failed)?;
        let mut layers = Config::builder().add_source(File::from_str(defaults, FileFormat::Toml));
        if let Some(file) = file {
            layers = layers.add_source(File::from(file).format(FileFormat::Toml));
        }
        let variables = environment.into_iter().filter(|(key, _)| key.starts_with("MUSTER__")).collect();
        let variables =
            Environment::with_prefix("MUSTER").prefix_separator("__").separator("__").source(Some(variables));
        let merged: Value = layers.add_source(variables).build().and_then(Config::try_deserialize).map_err(failed)?;
        let known: Value = built_in.try_deserialize().map_err(failed)?;
        let mut reader = Self { merged, faults: Vec::new() };
        let known = key_paths(&known);
        for key in key_paths(&reader.merged).difference(&known) {
            let hint = did_you_mean(key, known.iter().map(String::as_str));
            reader.faults.push(Fault { key: key.clone(), message: format!("there is no such setting{hint}") });
        }
        Ok(reader)
    }

    pub fn fault(&mut self, key: &str, message: &str) {
        self.faults.push(Fault { key: key.to_owned(), message: message.to_owned() });
    }

    pub fn finish(self) -> Vec<Fault> {
        self.faults
    }

    fn at(&self, key: &str) -> Option<&Value> {
        key.split('.').try_fold(&self.merged, |value, part| value.get(part))
    }

    /// The value as text, whatever its type.
    pub fn text(&mut self, key: &str) -> String {
        match self.at(key) {
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
            _ => {
                self.fault(key, "must be a single value");
                String::new()
            }
        }
    }

    pub fn optional(&mut self, key: &str) -> Option<String> {
        Some(self.text(key)).filter(|text| !text.is_empty())
    }

    pub fn checked<T>(&mut self, key: &str, expected: &str, check: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(key);
        let value = check(&text);
        if value.is_none() {
            self.fault(key, &format!("`{text}` is not {expected}"));
        }
        value
    }

    pub fn flag(&mut self, key: &str) -> bool {
        self.checked(key, "true or false", |text| text.parse().ok()).unwrap_or(false)
    }

    pub fn whole(&mut self, key: &str, least: u32, most: u32) -> u32 {
        self.checked(key, &format!("a whole number from {least} to {most}"), |text| {
            text.parse().ok().filter(|number| (least..=most).contains(number))
        })
        .unwrap_or(least)
    }

    pub fn seconds(&mut self, key: &str) -> Duration {
        Duration::from_secs(u64::from(self.whole(key, 1, 86_400)))
    }

    /// An array, or a text with commas (the environment has no arrays).
    pub fn list(&mut self, key: &str) -> Vec<String> {
        let split =
            |text: &str| text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect();
        match self.at(key) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(text)) => split(text),
            _ => {
                self.fault(key, "must be a list");
                Vec::new()
            }
        }
    }

    /// The value itself, or the content of the file `<key>_file` names.
    pub fn secret(&mut self, key: &str) -> Secret {
        let file_key = format!("{key}_file");
        match self.optional(&file_key) {
            None => Secret::new(self.text(key)),
            Some(path) => match std::fs::read_to_string(&path) {
                Ok(content) => Secret::new(content.trim()),
                Err(error) => {
                    self.fault(&file_key, &format!("`{path}` cannot be read: {error}"));
                    Secret::default()
                }
            },
        }
    }
}

/// `a.b.c` of every leaf.
fn key_paths(value: &Value) -> BTreeSet<String> {
    fn walk(prefix: &str, value: &Value, paths: &mut BTreeSet<String>) {
        match value {
            Value::Object(entries) => {
                for (key, inner) in entries {
                    let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                    walk(&path, inner, paths);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                paths.insert(prefix.to_owned());
            }
        }
    }
    let mut paths = BTreeSet::new();
    walk("", value, &mut paths);
    paths
}
