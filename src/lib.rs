//! Muster: numbers that carry their evidence, words that carry their formula.

pub mod app;
pub mod brief;
pub mod calendar;
pub mod catalogue;
pub mod chart;
pub mod conform;
pub mod deliver;
pub mod demo;
pub mod finding;
pub mod ids;
pub mod io;
pub mod measure;
pub mod money;
pub mod period;
pub mod quality;
pub mod quantity;
pub mod readback;
pub mod release;
pub mod render;
pub mod report;
pub mod run;
pub mod score;
pub mod secret;
pub mod serve;
pub mod settings;
pub mod templates;
