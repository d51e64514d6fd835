//! The one integration binary: every binary that links Polars costs a link, so there is only this one.

mod architecture;
mod demo;
mod documents;
mod formats;
mod muster;
mod oracle;
mod sources;
mod worlds;
mod wrong_input;
