//! What a mail leaves out first when it would be too long.

use crate::report::Block;

/// How much of a block the mail shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    Full,
    /// Measures become one line each, other blocks only title and lead.
    Brief,
    /// Title and lead, and that the rest is attached.
    Named,
    Gone,
}

/// What a mail can do without, the first first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// Also in the attachment, and rarely read in a mail.
    Evidence,
    Measures,
    /// What the reader is asked to trust and to do.
    Judgement,
    /// The message and its figures are what the mail is for.
    Opening,
}

/// Takes detail from one more block, the least needed first and of those the last. `false` when
/// only the opening is left.
pub(super) fn shorten(blocks: &[Block], detail: &mut [Detail]) -> bool {
    let steps = [(Detail::Full, Detail::Brief), (Detail::Brief, Detail::Named), (Detail::Named, Detail::Gone)];
    for (from, to) in steps {
        for need in [Need::Evidence, Need::Measures, Need::Judgement] {
            let last = (0..blocks.len()).rev().find(|i| detail[*i] == from && need_of(&blocks[*i]) == need);
            if let Some(i) = last {
                detail[i] = to;
                return true;
            }
        }
    }
    false
}

fn need_of(block: &Block) -> Need {
    match block {
        Block::Table { .. } | Block::Text { .. } => Need::Evidence,
        Block::Kpis { .. } => Need::Measures,
        // A picture takes few bytes of the body: it is an attachment itself.
        Block::Trust { .. } | Block::Chart { .. } | Block::Actions { .. } => Need::Judgement,
        Block::Message { .. } | Block::Tiles { .. } => Need::Opening,
    }
}
