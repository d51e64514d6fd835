//! Sharing a table's width out among its columns.

/// What a column asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Want {
    /// Relative width.
    pub(super) weight: f32,
    /// Width below which words or figures would have to break.
    pub(super) least: f32,
}

/// A column's place in the table, from the table's left edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slot {
    pub(super) x: f32,
    pub(super) width: f32,
}

/// Widths by weight, with every column at least as wide as it needs while that is possible.
pub(super) fn share(wants: &[Want], total: f32) -> Vec<Slot> {
    let needed: f32 = wants.iter().map(|want| want.least).sum();
    let widths = if needed >= total {
        let most = ceiling(wants, total);
        wants.iter().map(|want| want.least.min(most)).collect()
    } else {
        by_weight(wants, total)
    };
    let mut x = 0.0;
    let mut slots = Vec::with_capacity(widths.len());
    for width in widths {
        slots.push(Slot { x, width });
        x += width;
    }
    slots
}

/// The width above which columns give way, so that all together fit: the narrow ones stay whole.
fn ceiling(wants: &[Want], total: f32) -> f32 {
    let mut least: Vec<f32> = wants.iter().map(|want| want.least).collect();
    least.sort_by(f32::total_cmp);
    let mut room = total;
    let mut left = least.len();
    for width in least {
        let even = room / count(left);
        if width > even {
            return even;
        }
        room -= width;
        left -= 1;
    }
    f32::INFINITY
}

#[expect(clippy::cast_precision_loss, reason = "a table has few columns")]
fn count(columns: usize) -> f32 {
    columns as f32
}

fn by_weight(wants: &[Want], total: f32) -> Vec<f32> {
    let weight = |want: &Want| {
        if want.weight.is_finite() { want.weight.max(0.01) } else { 0.01 }
    };
    let mut fixed = vec![false; wants.len()];
    loop {
        let taken: f32 = pick(wants, &fixed, true).map(|want| want.least).sum();
        let weights: f32 = pick(wants, &fixed, false).map(weight).sum();
        let unit = (total - taken) / weights;
        // whoever would get too little is given what it needs, and the others share the rest
        let short = wants.iter().zip(&fixed).position(|(want, fixed)| !fixed && weight(want) * unit < want.least);
        let Some(index) = short else {
            let share = |want: &Want| weight(want) * unit;
            let width = |(want, fixed): (&Want, &bool)| if *fixed { want.least } else { share(want) };
            return wants.iter().zip(&fixed).map(width).collect();
        };
        fixed[index] = true;
    }
}

fn pick<'a>(wants: &'a [Want], fixed: &'a [bool], which: bool) -> impl Iterator<Item = &'a Want> {
    wants.iter().zip(fixed).filter(move |(_, fixed)| **fixed == which).map(|(want, _)| want)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widths(wants: &[(f32, f32)], total: f32) -> Vec<f32> {
        let wants: Vec<Want> = wants.iter().map(|(weight, least)| Want { weight: *weight, least: *least }).collect();
        share(&wants, total).iter().map(|slot| slot.width.round()).collect()
    }

    #[test]
    fn weights_decide_unless_a_column_needs_more() {
        assert_eq!(widths(&[(1.0, 0.0), (3.0, 0.0)], 400.0), [100.0, 300.0]);
        assert_eq!(widths(&[(1.0, 160.0), (2.0, 0.0), (1.0, 0.0)], 400.0), [160.0, 160.0, 80.0]);
    }

    #[test]
    fn where_room_is_short_the_widest_columns_give_way() {
        assert_eq!(widths(&[(1.0, 300.0), (1.0, 40.0), (1.0, 200.0)], 240.0), [100.0, 40.0, 100.0]);
    }

    #[test]
    fn odd_weights_still_fill_the_width() {
        let sum: f32 = widths(&[(0.0, 10.0), (f32::NAN, 10.0), (1.0, 10.0)], 300.0).iter().sum();
        assert!((sum - 300.0).abs() < 2.0);
        assert!(widths(&[], 300.0).is_empty());
    }
}
