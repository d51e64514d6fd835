//! Known: the values that rules about references look others up in.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};
use polars::prelude::*;

use super::Evening;
use crate::catalogue::{Contract, Gate};

/// Texts that are found by what they are: their places in one column, so that each is held once however many there are.
/// (The engine would put the set together anew for every batch that is looked up.)
#[derive(Debug)]
pub struct Values {
    texts: StringChunked,
    places: HashTable<usize>,
    hasher: DefaultHashBuilder,
}

impl Values {
    pub fn of(texts: &StringChunked) -> Self {
        let texts = texts.rechunk().into_owned();
        let hasher = DefaultHashBuilder::default();
        let hash_at = |place: &usize| hasher.hash_one(texts.get(*place));
        let mut places = HashTable::new();
        for (place, text) in texts.iter().enumerate().filter(|(_, text)| text.is_some()) {
            let entry = places.entry(hasher.hash_one(text), |known| texts.get(*known) == text, hash_at);
            entry.or_insert(place);
        }
        Self { texts, places, hasher }
    }

    pub fn contains(&self, text: &str) -> bool {
        self.places.find(self.hasher.hash_one(Some(text)), |place| self.texts.get(*place) == Some(text)).is_some()
    }
}

/// Whether a value is not among the known; nothing is.
pub fn is_unknown(column: &str, known: &Arc<Values>) -> Expr {
    let known = Arc::clone(known);
    let is_unknown = move |values: Column| {
        let texts = values.cast(&DataType::String)?;
        let is_unknown = texts.str()?.iter().map(|text| text.is_none_or(|text| !known.contains(text)));
        Ok(BooleanChunked::from_iter_values(values.name().clone(), is_unknown).into_column())
    };
    col(column).map(is_unknown, |_, field| Ok(Field::new(field.name().clone(), DataType::Boolean)))
}

/// The known values of each rule about references, in the rules' order, put together once for all tables; none where a
/// feed is missing, or where the rule covers none of the contracts.
///
/// # Errors
/// The engine cannot read a table.
pub fn known(rules: &Gate, evening: &Evening<'_>, contracts: &[&Contract]) -> PolarsResult<Vec<Option<Arc<Values>>>> {
    let mut made: BTreeMap<&[String], Option<Arc<Values>>> = BTreeMap::new();
    let mut all = Vec::with_capacity(rules.references.len());
    for rule in &rules.references {
        if !contracts.iter().any(|contract| rule.covers(contract)) {
            all.push(None);
            continue;
        }
        let to = rule.limits.to.as_slice();
        if !made.contains_key(to) {
            made.insert(to, values(to, evening)?.map(Arc::new));
        }
        all.push(made[to].clone());
    }
    Ok(all)
}

fn values(to: &[String], evening: &Evening<'_>) -> PolarsResult<Option<Values>> {
    let mut all = StringChunked::full_null("known".into(), 0);
    for to in to {
        let Some((dataset, column)) = to.split_once('.') else { return Ok(None) };
        if evening.cleared.missing.contains_key(dataset) {
            return Ok(None);
        }
        let own = evening.cleared.tables[dataset].columns(&[column])?;
        all.append(own.column(column)?.cast(&DataType::String)?.str()?)?;
    }
    Ok(Some(Values::of(&all)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_however_often_they_stand() {
        let texts = ["a", "b", "a", "a value that is longer than what stands in a cell itself"];
        let texts = texts.iter().map(|text| Some(*text)).chain([None]).collect::<StringChunked>();
        let known = Arc::new(Values::of(&texts));
        assert_eq!(known.places.len(), 3);
        assert!(texts.iter().flatten().all(|text| known.contains(text)));
        assert!(!known.contains("") && !known.contains("c"));
        let asked = df!("of" => [Some("a"), None, Some("c")]).unwrap();
        let told = asked.lazy().select([is_unknown("of", &known)]).collect().unwrap();
        let told: Vec<Option<bool>> = told.column("of").unwrap().bool().unwrap().iter().collect();
        assert_eq!(told, [Some(false), Some(true), Some(true)]);
    }
}
