//! Many names looked for at once: a text is read once, however many there are.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::plain::{SOFT_HYPHEN, closes, find, opens};

/// Plain names as a tree of their letters, found as [`find`] finds each of them.
#[derive(Default)]
pub struct Names {
    /// From a node by a letter to the next one; the root is 0.
    steps: HashMap<(usize, char), usize>,
    /// The names that end at a node: several where they differ in spaces only.
    ends: BTreeMap<usize, Vec<String>>,
    /// Names that may be parted at a hyphen: few, and looked for one by one.
    parted: BTreeSet<String>,
    all: BTreeSet<String>,
}

impl Names {
    pub fn of(names: impl Iterator<Item = String>) -> Self {
        let mut tree = Self { all: names.collect(), ..Self::default() };
        let mut nodes = 0;
        for name in &tree.all {
            if name.contains(SOFT_HYPHEN) {
                tree.parted.insert(name.clone());
                continue;
            }
            let mut node = 0;
            for letter in name.chars().filter(|c| *c != ' ') {
                node = *tree.steps.entry((node, letter)).or_insert_with(|| {
                    nodes += 1;
                    nodes
                });
            }
            if node > 0 {
                tree.ends.entry(node).or_default().push(name.clone());
            }
        }
        tree
    }

    pub fn contains(&self, name: &str) -> bool {
        self.all.contains(name)
    }

    /// The names that stand in a plain text as whole words.
    pub fn said_in(&self, text: &str) -> BTreeSet<&str> {
        let mut said: BTreeSet<&str> =
            self.parted.iter().filter(|name| find(text, name, 0).is_some()).map(String::as_str).collect();
        for (start, first) in text.char_indices() {
            let Some(node) = self.steps.get(&(0, first)) else { continue };
            if opens(&text[..start], first) {
                self.follow(text, (start, first, *node), &mut said);
            }
        }
        said
    }

    /// Reads on from the first letter of a name, over spaces, as far as there is one that begins like this.
    fn follow<'a>(&'a self, text: &str, (start, first, mut node): (usize, char, usize), said: &mut BTreeSet<&'a str>) {
        let (mut last, mut end) = (first, start + first.len_utf8());
        loop {
            if let Some(names) = self.ends.get(&node).filter(|_| closes(&text[end..], last)) {
                said.extend(names.iter().map(String::as_str));
            }
            let letter = text[end..].char_indices().find(|(_, c)| !matches!(*c, ' ' | SOFT_HYPHEN));
            let Some((at, letter)) = letter else { return };
            let Some(next) = self.steps.get(&(node, letter)) else { return };
            (node, last, end) = (*next, letter, end + at + letter.len_utf8());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Names;
    use crate::readback::plain::find;

    #[test]
    fn names_are_found_as_one_by_one() {
        let names = [
            "HQ",
            "North",
            "North Sales",
            "NorthSales",
            "IND",
            "UNIT-1",
            "UNIT-12",
            "R&D",
            "-5",
            "7",
            "7.5",
            "co\u{ad}op",
            "Zürich West",
            "12",
            "AG",
            "",
        ];
        let tree = Names::of(names.iter().map(|name| (*name).to_owned()));
        for text in [
            "HQ and North Sales, UNIT-12; UNIT-1.",
            "Northern SalesHQ",
            "No rth Sa\u{ad}les",
            "co-op R&D 7.5 %",
            "7,5 -5 −5",
            "Zürich WestUNIT-1",
            "UNIT-123",
            "AGAG AG",
            "12 k 12.3 12",
            "",
            "co op coop R & D",
        ] {
            let one_by_one = names.iter().filter(|name| find(text, name, 0).is_some()).copied();
            assert_eq!(tree.said_in(text), one_by_one.collect(), "{text}");
        }
    }
}
