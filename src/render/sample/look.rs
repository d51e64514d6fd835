use super::charts;
use crate::chart::{ChartSpec, HeatMap, draw, draw_parts, png};
#[test]
fn look() {
    let mut model = super::report();
    for block in &mut model.blocks {
        if let crate::report::Block::Chart { spec: ChartSpec::HeatMap(map), .. } = block {
            map.rows = map.rows.iter().cycle().take(50).cloned().collect();
        }
    }
    std::fs::write("/tmp/look/r.pdf", crate::render::pdf::pdf(&model, crate::render::pdf::Paper::A4).unwrap()).unwrap();
    let t = crate::templates::Templates::load(&Default::default()).unwrap();
    std::fs::write("/tmp/look/r.html", crate::render::html::html(&super::report(), &t).unwrap()).unwrap();
    println!("{}", crate::render::text::text(&super::report(), &t).unwrap());
    let sizes: Vec<usize> =
        crate::render::mail::mail(&super::report(), &t).unwrap().images.iter().map(|i| i.png.len()).collect();
    println!("{sizes:?}");

    let s = |text: &str| text.to_owned();
    let small = charts::heat_map(&s);
    let mut rows = Vec::new();
    for i in 0..40 {
        let mut r = small.rows[i % 3].clone();
        r.label = format!("{} {i}", r.label);
        let c = r.cells.clone();
        r.cells.extend(c.clone());
        r.cells.extend(c);
        r.cells.truncate(12);
        rows.push(r);
    }
    let mut columns = small.columns.clone();
    columns.extend(small.columns.clone());
    columns.extend(small.columns.clone());
    let big = HeatMap { columns, rows, ..small.clone() };
    let mut bare = charts::trend(&s);
    bare.forecast.clear();
    bare.target = None;
    bare.limits = None;
    bare.ends = None;
    bare.zero_based = true;
    bare.key = Default::default();
    for (name, spec) in [
        ("trend", ChartSpec::Trend(charts::trend(&s))),
        ("bare", ChartSpec::Trend(bare)),
        ("map", ChartSpec::HeatMap(small)),
        ("big", ChartSpec::HeatMap(big)),
        ("hist", ChartSpec::Histogram(charts::histogram(&s))),
    ] {
        for width in [260.0, 280.0, 511.0, 700.0] {
            let scene = draw(&spec, width);
            println!("{name} {width} {}", scene.height);
            if scene.height < 2000.0 {
                std::fs::write(
                    format!("/tmp/look/{name}-{width}.png"),
                    png::to_png(&scene, if width < 300.0 { 2.4 } else { 1.9 }).unwrap(),
                )
                .unwrap();
            }
        }
        for (i, part) in draw_parts(&spec, 280.0, 784.0).iter().enumerate() {
            if name == "big" {
                std::fs::write(format!("/tmp/look/{name}-part{i}.png"), png::to_png(part, 2.0).unwrap()).unwrap();
            }
        }
    }
}
