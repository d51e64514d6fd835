//! The `muster` command.

use std::process::ExitCode;

mod cli;
mod exit;

#[tokio::main]
async fn main() -> ExitCode {
    // One TLS provider for the stores, before any client is made; a second call is harmless.
    rustls::crypto::ring::default_provider().install_default().ok();
    cli::main().await.into()
}
