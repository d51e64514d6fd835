//! Places: units and dimension members that figures stand at, each named once.

use std::collections::HashMap;

use crate::quality::UnitTree;

/// A unit and a dimension member (`""` = all members).
pub type Place<'a> = (&'a str, &'a str);

/// Places in the order of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// In order.
    units: Vec<String>,
    /// In order.
    members: Vec<String>,
    /// Which unit and which member, in order.
    pairs: Vec<(usize, usize)>,
}

impl Places {
    /// The distinct ones of some places, and where among them each of these stands.
    #[must_use]
    pub fn of(places: &[Place<'_>]) -> (Self, Vec<usize>) {
        let (units, of_unit) = names(places.iter().map(|(unit, _)| *unit));
        let (members, of_member) = names(places.iter().map(|(_, member)| *member));
        let named: Vec<(usize, usize)> = of_unit.into_iter().zip(of_member).collect();
        let mut pairs = named.clone();
        pairs.sort_unstable();
        pairs.dedup();
        let numbers = named.iter().map(|pair| pairs.partition_point(|other| other < pair)).collect();
        (Self { units, members, pairs }, numbers)
    }

    /// From names and which of them go together; none where they are not in order, or a pair names what is not there.
    #[must_use]
    pub fn new(units: Vec<String>, members: Vec<String>, pairs: Vec<(usize, usize)>) -> Option<Self> {
        let is_named = |(unit, member): &(usize, usize)| *unit < units.len() && *member < members.len();
        let is_whole = in_order(&units) && in_order(&members) && in_order(&pairs) && pairs.iter().all(is_named);
        is_whole.then_some(Self { units, members, pairs })
    }

    #[must_use]
    pub fn units(&self) -> &[String] {
        &self.units
    }

    #[must_use]
    pub fn members(&self) -> &[String] {
        &self.members
    }

    /// Which of [`Self::units`] and of [`Self::members`] each place is.
    #[must_use]
    pub fn pairs(&self) -> &[(usize, usize)] {
        &self.pairs
    }

    pub fn iter(&self) -> impl Iterator<Item = Place<'_>> {
        self.pairs.iter().map(|(unit, member)| (self.units[*unit].as_str(), self.members[*member].as_str()))
    }

    /// Where a place stands.
    #[must_use]
    pub fn number(&self, (unit, member): Place<'_>) -> Option<usize> {
        let find = |names: &[String], name: &str| names.binary_search_by(|other| other.as_str().cmp(name)).ok();
        self.pairs.binary_search(&(find(&self.units, unit)?, find(&self.members, member)?)).ok()
    }
}

fn in_order<T: Ord>(things: &[T]) -> bool {
    things.windows(2).all(|pair| pair[0] < pair[1])
}

/// Distinct names in order, and which of them each was.
fn names<'a>(all: impl Iterator<Item = &'a str> + Clone) -> (Vec<String>, Vec<usize>) {
    let mut numbers: HashMap<&str, usize> = all.clone().map(|name| (name, 0)).collect();
    let mut names: Vec<&str> = numbers.keys().copied().collect();
    names.sort_unstable();
    for (number, name) in names.iter().enumerate() {
        numbers.insert(name, number);
    }
    let which = all.map(|name| numbers[name]).collect();
    (names.into_iter().map(str::to_owned).collect(), which)
}

/// The places that rows add up to: each level above a row's unit, with its member and with all members.
#[derive(Debug)]
pub struct Upwards {
    pub places: Places,
    /// Rows in the order of their own places, each with the places it adds to. Decimals of many digits are rounded when
    /// added, so that the same rows must be added in the same order.
    pub rows: Vec<(usize, Vec<usize>)>,
}

impl Upwards {
    /// `rows` are at the finest grain, each at another place.
    #[must_use]
    pub fn of(rows: &[Place<'_>], units: &UnitTree) -> Self {
        let levels: HashMap<&str, Vec<String>> = rows.iter().map(|(unit, _)| (*unit, units.levels(unit))).collect();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_unstable_by_key(|row| rows[*row]);
        let (mut above, mut ends) = (Vec::new(), Vec::with_capacity(rows.len()));
        for row in &order {
            let (unit, member) = rows[*row];
            for level in &levels[unit] {
                above.push((level.as_str(), ""));
                if !member.is_empty() {
                    above.push((level.as_str(), member));
                }
            }
            ends.push(above.len());
        }
        let (places, numbers) = Places::of(&above);
        let begins = std::iter::once(0).chain(ends.iter().copied());
        let each = order.into_iter().zip(begins.zip(ends.iter().copied()));
        let rows = each.map(|(row, (begin, end))| (row, numbers[begin..end].to_vec())).collect();
        Self { places, rows }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stand_in_the_order_of_their_names_and_are_found_there() {
        let named = [("BER", "x"), ("ALL", ""), ("BER", ""), ("ALL", "x"), ("BER", "x")];
        let (places, numbers) = Places::of(&named);
        assert_eq!(places.iter().collect::<Vec<_>>(), [("ALL", ""), ("ALL", "x"), ("BER", ""), ("BER", "x")]);
        assert_eq!(numbers, [3, 0, 2, 1, 3]);
        for (place, number) in named.iter().zip(numbers) {
            assert_eq!(places.number(*place), Some(number));
        }
        assert_eq!(places.number(("BER", "y")), None);
        assert_eq!(places.number(("HAM", "x")), None);
    }

    #[test]
    fn names_out_of_order_and_pairs_of_nothing_are_no_places() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let places =
            |units: &[&str], pairs: &[(usize, usize)]| Places::new(names(units), names(&["", "x"]), pairs.to_vec());
        assert!(places(&["ALL", "BER"], &[(0, 0), (0, 1), (1, 1)]).is_some());
        assert!(places(&["BER", "ALL"], &[(0, 0)]).is_none());
        assert!(places(&["ALL", "ALL"], &[(0, 0)]).is_none());
        assert!(places(&["ALL"], &[(0, 1), (0, 0)]).is_none());
        assert!(places(&["ALL"], &[(1, 0)]).is_none() && places(&["ALL"], &[(0, 2)]).is_none());
    }
}
