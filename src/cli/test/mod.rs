//! `cotter test`: scripts that say in comments what they print and where they fail.
//!
//! Each script runs in a process of its own, in its folder, in an environment that is the same everywhere, under a time
//! limit; so a crash, an endless loop or a leak of one cannot disturb another. A script without expectations must print
//! nothing and end with status 0.
//!
//! 1. [`script`] finds the scripts and reads what they expect.
//! 2. [`needs`] tells what a script needs and the machine lacks.
//! 3. [`process`] runs a script.
//! 4. [`verdict`] compares.
//!
//! The project's own tests call [`run_script`] for each script and mode; the command does the same, on all cores.

mod needs;
mod process;
pub mod script;
mod verdict;

use super::arguments::Test;
use super::{Status, report, usage};
use script::{Script, collect};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
pub use verdict::Verdict;

/// A way to run every script: a name and the flags that make it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mode {
    pub name: &'static str,
    flags: &'static [&'static str],
}

pub const NORMAL: Mode = Mode { name: "normal", flags: &[] };

/// The modes in which a program must behave the same: as usual, with a collection at every chance, and with none.
pub const MODES: [Mode; 3] =
    [NORMAL, Mode { name: "stress", flags: &["--gc=stress,verify,poison"] }, Mode { name: "off", flags: &["--gc=off"] }];

/// What all scripts of a test run share.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The `cotter` that runs the scripts.
    pub executable: PathBuf,
    pub timeout: Duration,
    /// Where scripts run; each in its own folder if `None`.
    pub folder: Option<PathBuf>,
    /// A script whose needs are missing has failed, rather than being skipped.
    pub no_skip: bool,
    /// Write `.out` and `.diagnostic` files anew instead of comparing them.
    pub bless: bool,
}

/// Reads a script, runs it in a mode and judges it.
pub fn run_script(path: &Path, mode: Mode, settings: &Settings) -> Verdict {
    let script = match Script::read(path) {
        Ok(script) => script,
        Err(reason) => return Verdict::Failed(reason),
    };
    let missing = needs::missing(&script.needs, path);
    if !missing.is_empty() {
        let text = format!("needs {}", missing.join(", "));
        return if settings.no_skip { Verdict::Failed(text) } else { Verdict::Skipped(text) };
    }
    verdict::judge(&script, mode, settings)
}

/// `cotter test`.
pub fn command(arguments: Test) -> Status {
    let roots = if arguments.paths.is_empty() { vec![PathBuf::from(".")] } else { arguments.paths };
    let mut scripts = Vec::new();
    for root in &roots {
        if let Err(error) = collect(root, &mut scripts) {
            return usage::mistake(&format!("cannot read `{}`: {error}", root.display()), &[]);
        }
    }
    if let Some(filter) = &arguments.filter {
        scripts.retain(|path| path.display().to_string().contains(filter.as_str()));
    }
    if scripts.is_empty() {
        return usage::mistake("found no scripts to test", &[]);
    }
    let executable = match std::env::current_exe() {
        Ok(path) => path,
        Err(error) => return usage::mistake(&format!("cannot find this program itself: {error}"), &[]),
    };
    let settings = Settings {
        executable,
        timeout: Duration::from_secs(arguments.timeout),
        folder: arguments.folder,
        no_skip: arguments.no_skip,
        bless: super::environment::variable("COTTER_BLESS").is_some_and(|value| value != "0"),
    };
    let modes = if arguments.modes { &MODES[..] } else { &MODES[..1] };
    let trials: Vec<Trial> = scripts.into_iter().flat_map(|path| modes.iter().map(move |&mode| (path.clone(), mode))).collect();
    let mut counts = Counts::default();
    let closed = run_all(&trials, &settings, &mut |(path, mode), verdict| {
        let name = match arguments.modes {
            true => format!("{} ({})", path.display(), mode.name),
            false => path.display().to_string(),
        };
        counts.add(&verdict);
        match verdict {
            Verdict::Passed => None,
            Verdict::Skipped(reason) => report::print(&format!("skipped {name}: {reason}\n")),
            Verdict::Failed(reason) => report::print(&format!("FAILED  {name}\n{}\n", indented(&reason))),
        }
    });
    let summary = format!("{} passed, {} failed, {} skipped\n", counts.passed, counts.failed, counts.skipped);
    match closed.or_else(|| report::print(&summary)) {
        Some(status) => status,
        None if counts.failed > 0 => Status::FAILED,
        None => Status::OK,
    }
}

#[derive(Default)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Counts {
    fn add(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed(_) => self.failed += 1,
            Verdict::Skipped(_) => self.skipped += 1,
        }
    }
}

/// A script and how it is run.
type Trial = (PathBuf, Mode);

/// Takes the verdict on a trial; a status ends the test run.
type Tell<'a> = &'a mut (dyn FnMut(&Trial, Verdict) -> Option<Status> + Send);

/// Runs all trials on all cores, and tells about each in their order, as soon as those before it are done. Stops early
/// if telling gives a status.
fn run_all(trials: &[Trial], settings: &Settings, tell: Tell) -> Option<Status> {
    struct Progress<'a> {
        done: Vec<Option<Verdict>>,
        told: usize,
        tell: Tell<'a>,
        closed: Option<Status>,
    }
    let next = AtomicUsize::new(0);
    let progress = Mutex::new(Progress { done: trials.iter().map(|_| None).collect(), told: 0, tell, closed: None });
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some((path, mode)) = trials.get(index) else { return };
            let verdict = run_script(path, *mode, settings);
            let mut progress = progress.lock().expect("a worker panicked");
            progress.done[index] = Some(verdict);
            let progress = &mut *progress;
            while let Some(verdict) = progress.done.get_mut(progress.told).and_then(Option::take) {
                let trial = &trials[progress.told];
                progress.told += 1;
                if let Some(status) = (progress.tell)(trial, verdict) {
                    progress.closed = Some(status);
                    next.store(trials.len(), Ordering::Relaxed);
                }
            }
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, |count| count.get()).min(trials.len());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    progress.into_inner().expect("a worker panicked").closed
}

fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { String::new() } else { format!("    {line}") }).collect::<Vec<_>>().join("\n")
}
