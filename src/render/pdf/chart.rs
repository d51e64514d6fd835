//! Scenes as page content, and the chart block.

use std::rc::Rc;

use super::canvas::Canvas;
use super::flow::{Piece, Repeat};
use super::layout::{self, Layout};
use super::tags::{NodeId, Tags};
use crate::chart::heat_map::{self, Strips};
use crate::chart::scene::{Area, Scene, Shape};
use crate::chart::{ChartSpec, bars, draw, draw_bullet, draw_sparkline};

/// Paints the drawing with its top left corner at the given point.
pub(super) fn paint(canvas: &mut Canvas, scene: &Scene, (left, top): (f32, f32)) {
    let moved = |points: &[(f32, f32)]| points.iter().map(|(x, y)| (left + x, top + y)).collect::<Vec<_>>();
    let shifted = |area: &Area| Area { x: left + area.x, y: top + area.y, ..*area };
    for shape in &scene.shapes {
        match shape {
            Shape::Rect { area, fill, outline } => {
                if let Some(ink) = fill {
                    canvas.fill(shifted(area), *ink);
                }
                if let Some(pen) = outline {
                    canvas.outline(shifted(area), *pen);
                }
            }
            Shape::Line { points, pen } => canvas.line(&moved(points), *pen),
            Shape::Polygon { points, fill } => canvas.polygon(&moved(points), *fill),
            Shape::Disc { x, y, radius, fill } => canvas.disc(left + x, top + y, *radius, *fill),
            Shape::Text { x, y, anchor, style, ink, text } => {
                canvas.text(left + x, top + y, *anchor, *style, *ink, text);
            }
        }
    }
}

/// Paints a drawing as a figure; without words for it, it is decoration.
pub(super) fn paint_figure(canvas: &mut Canvas, node: Option<NodeId>, scene: &Scene, at: (f32, f32)) {
    match node {
        Some(node) => {
            let area = Area { x: at.0, y: at.1, width: scene.width, height: scene.height };
            canvas.figure(node, area, |canvas| paint(canvas, scene, at));
        }
        None => paint(canvas, scene, at),
    }
}

/// The drawing of a chart block; long bar charts and heat maps come in parts, so that they can go on
/// over pages.
pub(super) fn pieces<'a>(
    tags: &mut Tags,
    section: NodeId,
    layout: &Layout,
    spec: &ChartSpec,
    alt: &str,
) -> Vec<Piece<'a>> {
    if let ChartSpec::HeatMap(map) = spec {
        let node = (!alt.is_empty()).then(|| tags.add_figure(section, alt));
        return map_pieces(node, layout, &heat_map::strips(map, layout.width));
    }
    scenes(spec, layout)
        .into_iter()
        .enumerate()
        .map(|(index, scene)| {
            let node = (!alt.is_empty()).then(|| tags.add_figure(section, alt));
            let (scene, left) = (Rc::new(scene), layout.left);
            let before = if index == 0 { layout::CHART_GAP } else { 0.0 };
            Piece::new(before, scene.height, move |canvas, top| {
                paint_figure(canvas, node, &scene, (left, top));
            })
        })
        .collect()
}

/// A heat map as one figure of many pieces: each panel opens with its heads and a few rows, the others
/// follow one by one and repeat the heads on a new page.
fn map_pieces<'a>(node: Option<NodeId>, layout: &Layout, map: &Strips) -> Vec<Piece<'a>> {
    let left = layout.left;
    let mut pieces = Vec::new();
    if map.panels.is_empty() {
        pieces.push((layout::CHART_GAP, map.legend.clone(), None));
    }
    for (index, panel) in map.panels.iter().enumerate() {
        let (opening, others) = panel.rows.split_at(layout::ROWS_OF_OPENING.min(panel.rows.len()));
        let legend = (index == 0).then_some(&map.legend);
        let strips = legend.into_iter().chain([&panel.head]).chain(opening);
        pieces.push((layout::CHART_GAP, Scene::stacked(layout.width, strips), None));
        let head = Rc::new(panel.head.clone());
        pieces.extend(others.iter().map(|row| (0.0, row.clone(), Some(Rc::clone(&head)))));
    }
    let pieces = pieces.into_iter().enumerate().map(|(index, (before, scene, head))| Piece {
        repeat: head.map(|head| {
            let height = head.height;
            Rc::new(Repeat { height, draw: Box::new(move |canvas, top| paint(canvas, &head, (left, top))) })
        }),
        ..Piece::new(before, scene.height, move |canvas, top| match node.filter(|_| index > 0) {
            Some(node) => canvas.tagged(node, "Figure", |canvas| paint(canvas, &scene, (left, top))),
            None => paint_figure(canvas, node, &scene, (left, top)),
        })
    });
    pieces.collect()
}

fn scenes(spec: &ChartSpec, layout: &Layout) -> Vec<Scene> {
    let whole = match spec {
        ChartSpec::Sparkline(spark) => draw_sparkline(spark, layout.width * 0.5, 44.0),
        ChartSpec::Bullet(bullet) => draw_bullet(bullet, layout.width * 0.5, 16.0),
        ChartSpec::Bridge(_)
        | ChartSpec::Bars(_)
        | ChartSpec::Trend(_)
        | ChartSpec::HeatMap(_)
        | ChartSpec::Histogram(_) => draw(spec, layout.width),
    };
    match spec {
        ChartSpec::Bars(all) if whole.height > layout.room() * 0.6 => {
            let count = all.bars.len();
            let rows: Vec<usize> = (0..count).collect();
            let step = layout::BARS_PER_PART.min(count.max(1));
            rows.chunks(step)
                .map(|part| bars::draw_rows(all, layout.width, part[0]..part[part.len() - 1] + 1))
                .collect()
        }
        ChartSpec::Bars(_)
        | ChartSpec::Bridge(_)
        | ChartSpec::Sparkline(_)
        | ChartSpec::Bullet(_)
        | ChartSpec::Trend(_)
        | ChartSpec::HeatMap(_)
        | ChartSpec::Histogram(_) => vec![whole],
    }
}
