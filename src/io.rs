//! The outside world as one argument: stores, mail, the clock, the decoder. Everything below is pure.

pub mod audit;
pub mod clock;
pub mod decoder;
pub mod definitions;
pub mod kept;
pub mod ledger;
pub mod mail;
pub mod published;
pub mod pull;
pub mod store;
