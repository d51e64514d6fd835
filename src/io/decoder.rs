//! The decoder: a run's files are taken apart in a process of its own, whose memory and time are limited. A file that
//! ends it becomes a finding; the next file gets a new one, and the worker lives on.
//!
//! It is this program once more, with nothing of the environment: it knows no secret, opens nothing, and reads and
//! writes two pipes only.

mod child;
mod pipe;

use std::io::{self, BufReader, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::catalogue::SourceFormat;
use crate::conform::{self, Answer, Asked, ConformError, Decoded, Decoder, Limits, RawFile, Reading};

pub use child::child;

/// The first argument of a process that is to be one.
pub const COMMAND: &str = "decode-from-pipe";

/// Said by a decoder that is ready.
const READY: &[u8] = b"ready";

/// Exit code of a decoder that took too long over a file.
const OUT_OF_TIME: i32 = 3;

/// HUP, INT, KILL, TERM: somebody ended it, and it was not the file.
const ENDED_FROM_OUTSIDE: [i32; 4] = [1, 2, 9, 15];

/// The decoders of one run; they end with it.
#[derive(Debug)]
pub struct Decoders {
    program: Option<PathBuf>,
    limits: Limits,
    idle: Mutex<Vec<Process>>,
}

#[derive(Debug)]
struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// This program, as the system knows it, even where its file has been replaced.
#[must_use]
pub fn own_program() -> Option<PathBuf> {
    let link = PathBuf::from("/proc/self/exe");
    if link.exists() { Some(link) } else { std::env::current_exe().ok() }
}

impl Decoders {
    /// `program` is this program; without it files are decoded in this process, under the same limits.
    #[must_use]
    pub fn new(program: Option<&Path>, limits: &Limits) -> Self {
        Self { program: program.map(Path::to_owned), limits: limits.clone(), idle: Mutex::new(Vec::new()) }
    }

    /// One that is idle, or a new one; `None` where none can be had.
    fn process(&self) -> Option<Process> {
        let program = self.program.as_ref()?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if idle.is_some() {
            return idle;
        }
        match Process::start(program, &self.limits) {
            Ok(process) => Some(process),
            Err(error) => {
                tracing::warn!(error = %error, "no decoder can be started: the file is decoded in this process");
                None
            }
        }
    }
}

impl Decoder for Decoders {
    fn decode(&self, file: &RawFile, reading: &Reading) -> Result<Decoded, ConformError> {
        // Nothing has to be taken apart, or the engine scans it by itself.
        if file.bytes.is_empty() || conform::format(file, reading) == Some(SourceFormat::Parquet) {
            return self.limits.decode(file, reading);
        }
        let mut once_more = true;
        loop {
            let Some(mut process) = self.process() else { return self.limits.decode(file, reading) };
            match process.ask(file, reading, &self.limits) {
                Ok(answer) => {
                    self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(process);
                    return answer.read(file);
                }
                Err(error) => {
                    let ended = process.end();
                    tracing::warn!(file = file.key, error = %error, ended = ?ended, "the decoder has ended");
                    let from_outside = ended.and_then(|status| status.signal());
                    if !(once_more && from_outside.is_some_and(|signal| ENDED_FROM_OUTSIDE.contains(&signal))) {
                        return Err(self.beyond(file, ended));
                    }
                    once_more = false;
                }
            }
        }
    }

    fn limits(&self) -> &Limits {
        &self.limits
    }
}

impl Decoders {
    fn beyond(&self, file: &RawFile, ended: Option<ExitStatus>) -> ConformError {
        let (seconds, memory) = (self.limits.seconds, self.limits.memory >> 20);
        if ended.and_then(|status| status.code()) == Some(OUT_OF_TIME) {
            return conform::beyond(file, format!("decoding it takes more than {seconds} seconds"), "seconds");
        }
        let how = ended.map_or_else(String::new, |status| format!(" ({status})"));
        let what = format!("decoding it ended the decoder{how}, which may take {memory} MiB of memory");
        conform::beyond(file, what, "memory_mib")
    }
}

impl Process {
    fn start(program: &Path, limits: &Limits) -> io::Result<Self> {
        let mut child = Command::new(program)
            .arg(COMMAND)
            .env_clear()
            // Threads reserve memory each, and a file is decoded by one.
            .envs([("POLARS_MAX_THREADS", "1"), ("MALLOC_ARENA_MAX", "1")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C in a terminal is meant for the worker, which ends its decoders itself.
            .process_group(0)
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("it has no pipes"));
        };
        let mut process = Self { child, input, output: BufReader::new(output) };
        pipe::write(&mut process.input, &serde_json::to_vec(limits)?)?;
        process.input.flush()?;
        match pipe::read(&mut process.output, READY.len() as u64)? {
            Some(said) if said == READY => Ok(process),
            Some(_) | None => Err(io::Error::other("it is no decoder")),
        }
    }

    fn ask(&mut self, file: &RawFile, reading: &Reading, limits: &Limits) -> io::Result<Answer> {
        pipe::write(&mut self.input, &serde_json::to_vec(&Asked::new(file, reading))?)?;
        pipe::write(&mut self.input, &file.bytes)?;
        self.input.flush()?;
        let mut part = || {
            pipe::read(&mut self.output, limits.memory)?.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))
        };
        Ok(Answer { head: part()?, frame: part()?, rows: part()? })
    }

    /// How it ended; it is made to where it has not.
    fn end(&mut self) -> Option<ExitStatus> {
        self.child.kill().ok();
        self.child.wait().ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
