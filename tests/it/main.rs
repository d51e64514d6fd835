//! The one integration binary: every binary that links Polars costs a link, so there is only this one.

mod architecture;
mod archive;
mod demo;
mod documents;
mod explain;
mod formats;
mod gate;
mod gate_verdict;
mod languages;
mod muster;
mod oracle;
mod paper;
mod preview;
mod readback;
mod readback_names;
mod wording;
mod wording_cases;
mod worlds;
mod wrong_input;
