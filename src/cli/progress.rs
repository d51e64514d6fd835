//! Progress: a line that moves on a terminal, nothing in a pipe, JSON where asked for.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Shows what is going on.
pub struct Show {
    bar: ProgressBar,
    json: bool,
}

impl Show {
    /// `worker`: what happens is logged as lines of text instead of a line that moves.
    pub fn new(json: bool, worker: bool) -> Self {
        if worker && !json {
            tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false).with_ansi(false).init();
            return Self { bar: ProgressBar::hidden(), json };
        }
        if json {
            tracing_subscriber::fmt().json().with_writer(std::io::stderr).with_target(false).init();
            return Self { bar: ProgressBar::hidden(), json };
        }
        // indicatif draws nothing where standard error is no terminal.
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed_precise} {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, json }
    }

    pub fn step(&self, what: &str) {
        if self.json {
            tracing::info!(step = what);
        } else {
            self.bar.set_message(what.to_owned());
        }
    }

    /// Clears the line before a command prints its answer.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
