//! The one integration binary: every binary that links Polars costs a link, so there is only this one.

mod architecture;
mod burst;
mod demo;
mod desk;
mod documents;
mod editions;
mod figures;
mod formats;
mod gate;
mod gate_verdict;
mod hysteresis;
mod languages;
mod muster;
mod nightly;
mod oracle;
mod paper;
mod readback;
mod readback_charts;
mod readback_names;
mod restated;
mod wording;
mod wording_cases;
mod worlds;
mod wrong_input;
