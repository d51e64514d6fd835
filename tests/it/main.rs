//! The one integration binary: every binary that links Polars costs a link, so there is only this one.

mod architecture;
mod crash;
mod delivery;
mod demo;
mod documents;
mod formats;
mod gate;
mod gate_verdict;
mod kill;
mod languages;
mod ledger;
mod muster;
mod operate;
mod oracle;
mod paper;
mod readback;
mod readback_names;
mod servers;
mod sink;
mod sources;
mod wording;
mod wording_cases;
mod worker;
mod worlds;
mod wrapper;
mod wrong_input;
