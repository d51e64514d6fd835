//! The other end: decodes what comes through the pipe until it is closed.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rlimit::Resource;

use super::{OUT_OF_TIME, READY, pipe};
use crate::conform::{Asked, Limits};

/// Longest word on how to read a file.
const MOST_HEAD_BYTES: u64 = 1 << 20;

/// Serves the process that has started this one.
#[must_use]
pub fn child() -> ExitCode {
    // There is nobody to tell: the other end sees that the pipe is closed.
    if serve().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn serve() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let Some(limits) = pipe::read(&mut input, MOST_HEAD_BYTES)? else { return Ok(()) };
    let limits: Limits = serde_json::from_slice(&limits)?;
    limit(Resource::AS, limits.memory)?;
    // A bomb leaves no image of the memory behind.
    limit(Resource::CORE, 0)?;
    pipe::write(&mut output, READY)?;
    output.flush()?;
    while let Some(asked) = pipe::read(&mut input, MOST_HEAD_BYTES)? {
        let asked: Asked = serde_json::from_slice(&asked)?;
        let Some(bytes) = pipe::read(&mut input, limits.bytes)? else { return Ok(()) };
        let (done, waiting) = mpsc::channel::<()>();
        let patience = Duration::from_secs(limits.seconds);
        let watch = thread::spawn(move || {
            if waiting.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
                std::process::exit(OUT_OF_TIME);
            }
        });
        let answer = asked.answer(bytes.into(), &limits)?;
        drop(done);
        watch.join().ok();
        for part in [&answer.head, &answer.frame, &answer.rows] {
            pipe::write(&mut output, part)?;
        }
        output.flush()?;
    }
    Ok(())
}

/// No more than the system allows anyway.
fn limit(resource: Resource, most: u64) -> io::Result<()> {
    let (_, hard) = resource.get()?;
    let most = most.min(hard);
    resource.set(most, most)
}
