//! The one integration binary: every binary that links Polars costs a link, so there is only this one.

mod architecture;
mod crash;
mod delivery;
mod demo;
mod documents;
mod formats;
mod kill;
mod ledger;
mod muster;
mod operate;
mod oracle;
mod servers;
mod sink;
mod worker;
mod worlds;
mod wrapper;
mod wrong_input;
