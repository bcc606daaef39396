//! One run of a target's program, which is libFuzzer around it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use wait4::Wait4 as _;

/// An input may take this many seconds.
const TIMEOUT_SECONDS: u32 = 5;
/// And this much memory.
const MEMORY_MIB: u32 = 2048;
/// Ends a program whose CPU time is over.
const SIGXCPU: i32 = 24;

/// How a run ended, by the exit code that libFuzzer documents or the signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    Clean,
    Crash,
    Timeout,
    OutOfMemory,
    /// By Ctrl-C.
    Interrupted,
    /// In a way that libFuzzer does not know: the program could not run.
    Broken,
}

impl Ended {
    fn of(status: ExitStatus) -> Self {
        if status.signal() == Some(SIGXCPU) {
            return Self::Clean;
        }
        match status.code() {
            Some(0) => Self::Clean,
            // 77 from a panic; none after a signal that libFuzzer could not handle, such as that of
            // a stack that overflowed.
            Some(77) | None => Self::Crash,
            Some(70) => Self::Timeout,
            Some(71) => Self::OutOfMemory,
            Some(72) => Self::Interrupted,
            _ => Self::Broken,
        }
    }

    pub fn is_finding(self) -> bool {
        matches!(self, Self::Crash | Self::Timeout | Self::OutOfMemory)
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Crash => "crash",
            Self::Timeout => "timeout",
            Self::OutOfMemory => "out of memory",
            Self::Interrupted => "interrupted",
            Self::Broken => "could not run",
        }
    }
}

/// What a run came to.
#[derive(Debug)]
pub struct Run {
    pub ended: Ended,
    /// User and system.
    pub cpu: Duration,
    pub wall: Duration,
    pub figures: Figures,
    /// All that it said.
    pub log: String,
}

/// What libFuzzer counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub executions: u64,
    /// Edges of the code that were taken.
    pub edges: u64,
    /// Edges with how often, and what is compared.
    pub features: u64,
    pub peak_mib: u64,
}

/// A program with its arguments.
#[derive(Debug)]
pub struct Engine<'a> {
    pub program: &'a Path,
    /// Where it writes an input that fails: a folder with a `/` at its end, or the beginning of a
    /// name.
    pub artifacts: &'a Path,
    pub log: &'a Path,
    /// Where a program built for coverage leaves what it counted.
    pub profile: Option<&'a Path>,
    /// CPU seconds after which it is ended, clean.
    pub cpu_limit: Option<u32>,
}

impl Engine<'_> {
    /// Runs it to its end.
    pub fn run(&self, options: &[OsString], inputs: &[PathBuf]) -> Result<Run> {
        let said = File::create(self.log).with_context(|| self.log.display().to_string())?;
        let began = Instant::now();
        let mut prefix = OsString::from("-artifact_prefix=");
        prefix.push(self.artifacts);
        let mut command = self.command();
        if let Some(profile) = self.profile {
            command.env("LLVM_PROFILE_FILE", profile);
        }
        let mut child = command
            .arg(prefix)
            .arg(format!("-timeout={TIMEOUT_SECONDS}"))
            .arg(format!("-rss_limit_mb={MEMORY_MIB}"))
            .arg("-print_final_stats=1")
            .args(options)
            .args(inputs)
            .env("RUST_BACKTRACE", "1")
            .env("ASAN_OPTIONS", "malloc_context_size=0:quarantine_size_mb=8:detect_leaks=0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(said)
            .spawn()
            .with_context(|| self.program.display().to_string())?;
        let waited = child.wait4().context("a target's program could not be waited for")?;
        let log = fs::read(self.log).with_context(|| self.log.display().to_string())?;
        let log = String::from_utf8_lossy(&log).into_owned();
        Ok(Run {
            ended: Ended::of(waited.status),
            cpu: waited.rusage.utime + waited.rusage.stime,
            wall: began.elapsed(),
            figures: Figures::read(&log),
            log,
        })
    }

    fn command(&self) -> Command {
        let Some(limit) = self.cpu_limit else { return Command::new(self.program) };
        // The soft limit alone: at the hard one a program is killed as if it had used up memory.
        let mut shell = Command::new("sh");
        shell.args(["-c", r#"ulimit -S -t "$0" && exec "$@""#, &limit.to_string()]);
        shell.arg(self.program);
        shell
    }
}

impl Figures {
    /// From the lines in which libFuzzer tells them.
    fn read(log: &str) -> Self {
        let mut figures = Self::default();
        for line in log.lines() {
            if let Some(rest) = line.strip_prefix('#') {
                let words: Vec<_> = rest.split_whitespace().collect();
                let after = |name| {
                    let at = words.iter().position(|word| *word == name)?;
                    words.get(at + 1)?.parse().ok()
                };
                figures.edges = after("cov:").unwrap_or(figures.edges);
                figures.features = after("ft:").unwrap_or(figures.features);
                let executions = words.first().and_then(|word| word.parse().ok());
                figures.executions = figures.executions.max(executions.unwrap_or(0));
            } else if let Some((name, value)) = line.rsplit_once(':') {
                let value = value.trim().parse().ok();
                match name {
                    "stat::number_of_executed_units" => {
                        figures.executions = value.unwrap_or(figures.executions);
                    }
                    "stat::peak_rss_mb" => figures.peak_mib = value.unwrap_or(0),
                    _ => {}
                }
            }
        }
        figures
    }
}

/// The input that libFuzzer says it has written.
pub fn artifact(log: &str) -> Option<PathBuf> {
    let line = log.lines().rev().find_map(|line| line.split_once("Test unit written to "));
    line.map(|(_, path)| PathBuf::from(path.trim()))
}

/// The file that was being played when the run ended.
pub fn playing(log: &str) -> Option<PathBuf> {
    log.lines()
        .rev()
        .find_map(|line| line.strip_prefix("Running: "))
        .map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const LOG: &str = "\
INFO: Running with entropic power schedule (0xFF, 100).
#8\tNEW    cov: 543 ft: 767 corp: 4/6b lim: 4 exec/s: 0 rss: 28Mb L: 2/2 MS: 2 ChangeByte-CopyPart-
#1024\tpulse  cov: 612 ft: 1767 corp: 40/612b lim: 11 exec/s: 512 rss: 28Mb
thread '<unnamed>' panicked at src/oracle/surface.rs:50:5:
artifact_prefix='/tmp/out/'; Test unit written to /tmp/out/crash-da39a3ee
stat::number_of_executed_units: 1234
stat::peak_rss_mb:              31
";

    #[test]
    fn figures_are_those_of_the_last_lines() {
        let figures = Figures { executions: 1234, edges: 612, features: 1767, peak_mib: 31 };
        assert_eq!(Figures::read(LOG), figures);
        let cut = LOG.split("stat::").next().expect("its beginning");
        assert_eq!(Figures::read(cut).executions, 1024);
        assert_eq!(Figures::read(""), Figures::default());
    }

    #[test]
    fn the_failing_input_is_found_in_the_log() {
        assert_eq!(artifact(LOG), Some("/tmp/out/crash-da39a3ee".into()));
        assert_eq!(artifact("Running: a\n"), None);
        assert_eq!(playing("Running: a\nExecuted a in 0 ms\nRunning: b\n"), Some("b".into()));
    }

    #[test]
    fn exit_codes_are_libfuzzers() {
        let cases = [
            (0, Ended::Clean),
            (77, Ended::Crash),
            (70, Ended::Timeout),
            (71, Ended::OutOfMemory),
            (72, Ended::Interrupted),
            (127, Ended::Broken),
        ];
        for (code, ended) in cases {
            assert_eq!(Ended::of(ExitStatus::from_raw(code << 8)), ended, "{code}");
        }
        for (signal, ended) in [(SIGXCPU, Ended::Clean), (11, Ended::Crash)] {
            assert_eq!(Ended::of(ExitStatus::from_raw(signal)), ended, "signal {signal}");
        }
    }

    #[test]
    fn a_program_is_ended_when_its_cpu_time_is_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("busy");
        fs::write(&program, "#!/bin/sh\nwhile :; do :; done\n").expect("writable");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("its own file");
        let (artifacts, log) = (folder.path().join(""), folder.path().join("log"));
        let (program, artifacts, log) = (&*program, &*artifacts, &*log);
        let run = Engine { program, artifacts, log, profile: None, cpu_limit: Some(1) };
        let run = run.run(&[], &[]).expect("started");
        assert_eq!(run.ended, Ended::Clean);
        assert!(run.cpu >= Duration::from_millis(900), "{:?}", run.cpu);
    }
}
