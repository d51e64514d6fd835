//! The `muster` command.

use std::process::ExitCode;

use muster::io::decoder;
use muster::memory;

mod cli;
mod exit;

fn main() -> ExitCode {
    // Before the runtime: a decoder needs none, and its threads would cost memory that is limited.
    if std::env::args_os().nth(1).is_some_and(|first| first == decoder::COMMAND) {
        return decoder::child();
    }
    if std::env::var_os("MALLOC_ARENA_MAX").is_none() {
        memory::share_arenas();
    }
    command()
}

#[tokio::main]
async fn command() -> ExitCode {
    // One TLS provider for the stores, before any client is made; a second call is harmless.
    rustls::crypto::ring::default_provider().install_default().ok();
    cli::main().await.into()
}
