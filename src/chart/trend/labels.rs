//! Values printed at their points: each goes where it hides the least, and never on another text.
#![expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "drawing")]

use std::collections::BTreeSet;

use super::frame::{BEHIND, Frame, MARGIN};
use super::{BOUND, CAP, DIAMOND, DOT, LAST, Trend, VALUE, actual, expected, known, last_point, ordered};
use crate::chart::faces::Style;
use crate::chart::measure::fit;
use crate::chart::scene::{Anchor, Ink, Scene};
use crate::chart::shaper::width as text_width;

/// Distances of a text from its point's shape that are tried, and how far to the side as a share of its width.
const DISTANCES: [f32; 5] = [2.4, 6.0, 11.0, 18.0, 26.0];
const SIDES: [f32; 5] = [0.0, -0.3, 0.3, -0.55, 0.55];
/// A text farther away than this is joined to its point by a line.
const NEAR: f32 = 7.0;
/// Cost of a text that crosses a line, that covers a dot, and of the less usual side.
const ON_LINE: f32 = 14.0;
const ON_DOT: f32 = 30.0;
const ON_TARGET: f32 = 9.0;
const OTHER_SIDE: f32 = 3.0;
/// A text that is not needed is left out where it would hide more than this.
const DISPENSABLE: f32 = 12.0;
/// Step of the search where nothing near is free.
const GRID: f32 = 4.0;
/// Space between a text and a line or another text beside it.
const AIR: f32 = 1.2;
/// Height of capitals, and of what hangs below the baseline.
const ABOVE: f32 = 0.76;
const BELOW: f32 = 0.22;

type Point = (f32, f32);
/// Left, top, right, bottom.
type Place = [f32; 4];

/// A value to be printed at its point.
struct Wanted<'a> {
    at: Point,
    text: &'a str,
    style: Style,
    /// Whether it would rather stand below.
    below: bool,
    /// From the point's middle to the edge of its shape.
    reach: f32,
    /// Left out rather than far away or on a line.
    optional: bool,
}

/// Prints first, last, lowest and highest value and the last expected one, then signals as far as there
/// is room.
pub(super) fn draw(scene: &mut Scene, trend: &Trend, frame: &Frame) {
    let obstacles = Obstacles::of(trend, frame);
    let mut taken: Vec<Place> = Vec::new();
    for wanted in wanted(trend, frame) {
        let text = fit(wanted.text, wanted.style, obstacles.region[2] - obstacles.region[0]);
        let size = (text_width(&text, wanted.style), wanted.style.size);
        let near = near(&wanted, size, &obstacles, &taken);
        let far = || if wanted.optional { None } else { free(&wanted, size, &obstacles, &taken) };
        let Some(place) = near.or_else(far) else { continue };
        join(scene, &wanted, place);
        let baseline = place[1] + size.1 * ABOVE;
        scene.text(place[0], baseline, Anchor::Start, wanted.style, Ink::Text, text);
        taken.push(place);
    }
}

/// In order of importance, each point once.
fn wanted<'a>(trend: &'a Trend, frame: &Frame) -> Vec<Wanted<'a>> {
    let values: Vec<Option<f64>> = trend.points.iter().map(|point| known(point.value)).collect();
    let there: Vec<(usize, f64)> =
        values.iter().enumerate().filter_map(|(index, value)| Some((index, (*value)?))).collect();
    let highest = there.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(index, _)| *index);
    let lowest = there.iter().min_by(|a, b| a.1.total_cmp(&b.1)).map(|(index, _)| *index);
    let (opening, latest) = (there.first().map(|(index, _)| *index), there.last().map(|(index, _)| *index));
    let (places, ahead) = (actual(trend, frame), expected(trend, frame));
    let point = |index: usize, optional: bool| {
        let (at, value) = ((*places.get(index)?)?, values[index]?);
        let before = index.checked_sub(1).and_then(|before| values[before]);
        let after = values.get(index + 1).copied().flatten();
        // in a valley there is room below
        let valley = before.into_iter().chain(after).all(|other| other > value) && before.or(after).is_some();
        Some(Wanted {
            at,
            text: &trend.points[index].text,
            style: if Some(index) == latest { LAST } else { VALUE },
            below: Some(index) == lowest || (valley && Some(index) != highest),
            reach: if trend.marks.contains(&index) { DIAMOND } else { DOT },
            optional,
        })
    };
    let end = trend.forecast.last().zip(ahead.last().copied().flatten()).map(|(point, at)| Wanted {
        at,
        text: &point.text,
        style: VALUE,
        below: false,
        reach: DOT,
        optional: false,
    });
    let mut order: Vec<usize> = Vec::new();
    for index in [latest, opening, highest, lowest].into_iter().flatten() {
        if !order.contains(&index) {
            order.push(index);
        }
    }
    let signals: BTreeSet<usize> = trend.marks.iter().copied().filter(|index| !order.contains(index)).collect();
    let mut texts: Vec<Wanted> = order.into_iter().filter_map(|index| point(index, false)).collect();
    texts.extend(end);
    texts.extend(signals.into_iter().filter_map(|index| point(index, true)));
    texts.retain(|wanted| !wanted.text.trim().is_empty());
    texts
}

/// What a text had better not cover, and where it must stay.
struct Obstacles {
    region: Place,
    lines: Vec<(Point, Point)>,
    /// Middles and half sizes.
    dots: Vec<(Point, f32)>,
    target: Option<f32>,
}

impl Obstacles {
    fn of(trend: &Trend, frame: &Frame) -> Self {
        let (actual, expected) = (actual(trend, frame), expected(trend, frame));
        let joined: Vec<Option<Point>> = std::iter::once(last_point(trend, frame)).chain(expected.clone()).collect();
        let pairs = actual.windows(2).chain(joined.windows(2));
        let mut lines: Vec<(Point, Point)> = pairs.filter_map(|pair| pair[0].zip(pair[1])).collect();
        // the hatching is lighter than a line, its bounds are not
        let bounds = (trend.points.len()..).zip(&trend.forecast).filter_map(|(index, point)| {
            let (low, high) = ordered(point.low, point.high)?;
            let x = frame.x(index);
            Some(((x, frame.y(high)), (x, frame.y(low))))
        });
        let bounds: Vec<(Point, Point)> = bounds.collect();
        lines.extend(bounds.windows(2).flat_map(|pair| [(pair[0].0, pair[1].0), (pair[0].1, pair[1].1)]));
        let caps = |(x, y): Point| ((x - CAP, y), (x + CAP, y));
        lines.extend(bounds.iter().flat_map(|(high, low)| [caps(*high), caps(*low)]));
        lines.extend(bounds);
        let half = |index| if trend.marks.contains(&index) { DIAMOND - 1.0 } else { DOT + 0.5 };
        let dots = actual.into_iter().chain(expected).enumerate().filter_map(|(index, at)| Some((at?, half(index))));
        let dots = dots.collect();
        let right = if frame.signs.is_empty() { frame.width } else { frame.right + 2.0 };
        Self {
            region: [frame.left + 1.5, frame.top - MARGIN, right, frame.bottom + MARGIN - 2.0],
            lines,
            dots,
            target: trend.target.as_ref().and_then(|target| known(Some(target.value))).map(|value| frame.y(value)),
        }
    }

    /// How much a text at this place would hide.
    fn cost(&self, place: Place) -> f32 {
        let with_air = [place[0] - AIR, place[1] - AIR, place[2] + AIR, place[3] + AIR];
        let lines = self.lines.iter().filter(|line| crosses(**line, with_air)).count() as f32;
        let dots = self.dots.iter().filter(|((x, y), half)| {
            x + half > place[0] && x - half < place[2] && y + half > place[1] && y - half < place[3]
        });
        let target = self.target.is_some_and(|y| (place[1]..=place[3]).contains(&y));
        lines * ON_LINE + dots.count() as f32 * ON_DOT + if target { ON_TARGET } else { 0.0 }
    }
}

/// The cheapest free place around the point.
fn near(wanted: &Wanted, size: (f32, f32), obstacles: &Obstacles, taken: &[Place]) -> Option<Place> {
    let mut best: Option<(f32, Place)> = None;
    let mut weigh = |place: Option<Place>, extra: f32| {
        if let Some(place) = place.filter(|place| is_free(*place, taken)) {
            let cost = obstacles.cost(place) + extra;
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, place));
            }
        }
    };
    for below in [wanted.below, !wanted.below] {
        let other = if below == wanted.below { 0.0 } else { OTHER_SIDE };
        let distances = if wanted.optional { &DISTANCES[..2] } else { &DISTANCES[..] };
        for distance in distances {
            for side in SIDES {
                let at = (below, wanted.reach + distance, side);
                weigh(around(wanted.at, size, at, obstacles.region), distance * 0.7 + side.abs() * 6.0 + other);
            }
        }
    }
    weigh(behind(wanted, size, obstacles.region), OTHER_SIDE);
    let best = best.filter(|(cost, _)| !wanted.optional || *cost < DISPENSABLE);
    best.map(|(_, place)| place)
}

/// The place at the right of the point.
fn behind(wanted: &Wanted, (width, size): (f32, f32), region: Place) -> Option<Place> {
    let left = wanted.at.0 + wanted.reach + BEHIND;
    let top = wanted.at.1 - size * ABOVE / 2.0;
    let place = [left, top, left + width, top + size * (ABOVE + BELOW)];
    (place[2] <= region[2] && place[1] >= region[1] && place[3] <= region[3]).then_some(place)
}

/// A place at a distance above or below the point, pushed sideways into the region.
fn around((x, y): Point, (width, size): (f32, f32), at: (bool, f32, f32), region: Place) -> Option<Place> {
    let (below, distance, aside) = at;
    let height = size * (ABOVE + BELOW);
    let left = (x - width / 2.0 + aside * width).clamp(region[0], (region[2] - width).max(region[0]));
    let top = if below { y + distance } else { y - distance - height };
    let place = [left, top, left + width, top + height];
    (place[1] >= region[1] && place[3] <= region[3] && place[2] <= region[2] + 0.1).then_some(place)
}

/// The free place nearest to the point, wherever it is.
fn free(wanted: &Wanted, (width, size): (f32, f32), obstacles: &Obstacles, taken: &[Place]) -> Option<Place> {
    let (region, height) = (obstacles.region, size * (ABOVE + BELOW));
    let steps = |from: f32, to: f32| (0..=((to - from).max(0.0) / GRID) as usize).map(move |i| from + i as f32 * GRID);
    let tops = steps(region[1], region[3] - height);
    let places = tops
        .flat_map(|top| steps(region[0], region[2] - width).map(move |left| [left, top, left + width, top + height]));
    let distance = |place: &Place| {
        let (x, y) = (f32::midpoint(place[0], place[2]), f32::midpoint(place[1], place[3]));
        (x - wanted.at.0).hypot(y - wanted.at.1) + obstacles.cost(*place)
    };
    places.filter(|place| is_free(*place, taken)).min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

fn is_free(place: Place, taken: &[Place]) -> bool {
    taken.iter().all(|other| {
        place[2] + AIR <= other[0] || other[2] + AIR <= place[0] || place[3] <= other[1] || other[3] <= place[1]
    })
}

/// A thin line from the point to a text that stands apart from it.
fn join(scene: &mut Scene, wanted: &Wanted, place: Place) {
    let at = wanted.at;
    let end = (at.0.clamp(place[0], place[2]), at.1.clamp(place[1], place[3]));
    let (right, down) = (end.0 - at.0, end.1 - at.1);
    let distance = right.hypot(down);
    if distance > wanted.reach + NEAR {
        let share = (wanted.reach + 1.0) / distance;
        scene.line((at.0 + right * share, at.1 + down * share), end, BOUND);
    }
}

/// Whether a line touches a place: what is left of it after clipping.
fn crosses((a, b): (Point, Point), place: Place) -> bool {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut from, mut to) = (0.0_f32, 1.0_f32);
    for (step, room) in [(-dx, a.0 - place[0]), (dx, place[2] - a.0), (-dy, a.1 - place[1]), (dy, place[3] - a.1)] {
        if step.abs() < 1e-6 {
            if room < 0.0 {
                return false;
            }
        } else if step < 0.0 {
            from = from.max(room / step);
        } else {
            to = to.min(room / step);
        }
    }
    from <= to
}
