//! Many names looked for at once: a text is read once, however many there are.

use std::collections::BTreeSet;

use super::plain::{SOFT_HYPHEN, closes, find, opens};

/// Plain names as a tree of their letters, found as [`find`] finds each of them.
pub struct Names {
    /// The root is the first.
    nodes: Vec<Node>,
    /// Names that may be parted at a hyphen: few, and looked for one by one.
    parted: BTreeSet<String>,
}

#[derive(Default)]
struct Node {
    /// The next nodes by their letters, in the order of these.
    steps: Vec<(char, usize)>,
    /// The names that end here: several where they differ in spaces only.
    ends: Vec<String>,
}

impl Node {
    fn step(&self, letter: char) -> Option<usize> {
        let at = self.steps.binary_search_by_key(&letter, |(own, _)| *own).ok()?;
        Some(self.steps[at].1)
    }
}

impl Names {
    pub fn of(names: impl Iterator<Item = String>) -> Self {
        let mut tree = Self { nodes: vec![Node::default()], parted: BTreeSet::new() };
        for name in names.collect::<BTreeSet<String>>() {
            if name.contains(SOFT_HYPHEN) {
                tree.parted.insert(name);
                continue;
            }
            let mut node = 0;
            for letter in name.chars().filter(|c| *c != ' ') {
                let new = tree.nodes.len();
                node = match tree.nodes[node].steps.binary_search_by_key(&letter, |(own, _)| *own) {
                    Ok(at) => tree.nodes[node].steps[at].1,
                    Err(at) => {
                        tree.nodes[node].steps.insert(at, (letter, new));
                        tree.nodes.push(Node::default());
                        new
                    }
                };
            }
            if node > 0 {
                tree.nodes[node].ends.push(name);
            }
        }
        tree
    }

    /// The names that stand in a plain text as whole words.
    pub fn said_in(&self, text: &str) -> BTreeSet<&str> {
        let mut said: BTreeSet<&str> =
            self.parted.iter().filter(|name| find(text, name, 0).is_some()).map(String::as_str).collect();
        for (start, first) in text.char_indices() {
            if opens(&text[..start], first)
                && let Some(node) = self.nodes[0].step(first)
            {
                self.follow(text, (start, first, node), &mut said);
            }
        }
        said
    }

    /// Reads on from the first letter of a name, over spaces, as far as there is one that begins like this.
    fn follow<'a>(&'a self, text: &str, (start, first, mut node): (usize, char, usize), said: &mut BTreeSet<&'a str>) {
        let (mut last, mut end) = (first, start + first.len_utf8());
        loop {
            let Node { ends, .. } = &self.nodes[node];
            if !ends.is_empty() && closes(&text[end..], last) {
                said.extend(ends.iter().map(String::as_str));
            }
            let letter = text[end..].char_indices().find(|(_, c)| !matches!(*c, ' ' | SOFT_HYPHEN));
            let Some((at, letter)) = letter else { return };
            let Some(next) = self.nodes[node].step(letter) else { return };
            (node, last, end) = (next, letter, end + at + letter.len_utf8());
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
