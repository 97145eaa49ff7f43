//! `cotter test`: scripts that say in comments what they print and where they fail.
//!
//! Each script runs in a process of its own, in its folder, in an environment that is the same everywhere, under a time
//! limit; so a crash, an endless loop or a leak of one cannot disturb another. In folders, a file that expects nothing is a program or
//! a module, and no test; one that is named must print nothing and end with status 0.
//!
//! 1. [`script`] finds the scripts and reads what they expect.
//! 2. [`needs`] tells what a script needs and the machine lacks.
//! 3. [`process`] runs a script.
//! 4. [`verdict`] compares, [`update`] writes expectations anew.
//!
//! The examples in the doc comments of the scripts are run too, each as a script of its own.
//!
//! The project's own tests call [`run_script`] for each script and mode; the command does the same, on all cores.

mod needs;
mod process;
pub mod script;
mod update;
mod verdict;

use super::arguments::Test;
use super::{Status, report, usage};
use crate::session::documentation::{Example, examples_of_source};
use script::{Script, collect, is_test};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
pub use verdict::Verdict;

/// A way to run every script: a name and the flags that make it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mode {
    pub name: &'static str,
    flags: &'static [&'static str],
}

pub const NORMAL: Mode = Mode { name: "normal", flags: &[] };

/// No memory is used twice, and what was freed faults when it is touched: no use of a pointer that is too old goes unseen.
pub const NOREUSE: Mode = Mode { name: "noreuse", flags: &["--gc=noreuse,stress=100"] };

/// The modes in which a program must behave the same: as usual, with a collection at every chance, with one that never stands still
/// between two instructions and whose marks are proved, with none, and where freed memory is gone for good.
pub const MODES: [Mode; 5] = [
    NORMAL,
    Mode { name: "stress", flags: &["--gc=stress,verify,poison"] },
    Mode { name: "steps", flags: &["--gc=steps,verify,poison"] },
    Mode { name: "off", flags: &["--gc=off"] },
    NOREUSE,
];

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
    /// Write the expectations of scripts that fail anew, in their text too.
    pub update: bool,
}

/// Reads a script, runs it in a mode and judges it.
pub fn run_script(path: &Path, mode: Mode, settings: &Settings) -> Verdict {
    judge(Script::read(path), path, mode, settings)
}

/// Runs an example of a doc comment in a mode, in the folder of the file that it stands in, and judges it.
pub fn run_example(path: &Path, example: &Example, mode: Mode, settings: &Settings) -> Verdict {
    judge(Script::of_example(path, example), path, mode, settings)
}

fn judge(script: Result<Script, String>, path: &Path, mode: Mode, settings: &Settings) -> Verdict {
    let script = match script {
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
            return usage::mistake(&format!("cannot read `{}`: {}", root.display(), usage::reason(&error)), &[]);
        }
    }
    let mut programs: Vec<PathBuf> = Vec::new();
    let mut tests: Vec<Subject> = Vec::new();
    for path in scripts {
        let found = subjects(&path);
        // Its examples are tests all the same.
        let is_program = !roots.contains(&path) && !is_test(&path);
        if is_program && found.len() == 1 {
            programs.push(path);
        }
        tests.extend(found.into_iter().filter(|subject| subject.example.is_some() || !is_program));
    }
    if let Some(filter) = &arguments.filter {
        tests.retain(|subject| subject.name().contains(filter.as_str()));
        programs.retain(|path| path.display().to_string().contains(filter.as_str()));
    }
    if tests.is_empty() {
        let help = "a test says what it expects, as in `print(1)   # => 1`; `cotter test --help` tells more".to_string();
        return usage::mistake("found no scripts to test", &[help]);
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
        update: arguments.update,
    };
    let modes = if arguments.modes { &MODES[..] } else { &MODES[..1] };
    let trials: Vec<Trial> =
        tests.into_iter().flat_map(|subject| modes.iter().map(move |&mode| (subject.clone(), mode))).collect();
    let mut counts = Counts::default();
    let start = Instant::now();
    let closed = run_all(&trials, &settings, &mut |(subject, mode), verdict, taken| {
        let name = match arguments.modes {
            true => format!("{} ({})", subject.name(), mode.name),
            false => subject.name(),
        };
        counts.add(&verdict);
        // What takes long is told unasked.
        let time = format!(" ({})", duration(taken));
        let slow = if taken >= SLOW { &*time } else { "" };
        match verdict {
            Verdict::Passed if arguments.verbose => report::print(&format!("passed  {name}{time}\n")),
            Verdict::Passed if taken >= SLOW => report::print(&format!("slow    {name}{time}\n")),
            Verdict::Passed => None,
            Verdict::Updated => report::print(&format!("updated {name}{slow}\n")),
            Verdict::Skipped(reason) => report::print(&format!("skipped {name}: {reason}\n")),
            Verdict::Failed(reason) => report::print(&format!("FAILED  {name}{slow}\n{}\n", indented(&reason))),
        }
    });
    let updated = if counts.updated > 0 { format!("{} updated, ", counts.updated) } else { String::new() };
    let Counts { passed, failed, skipped, .. } = counts;
    let mut summary = format!("{passed} passed, {updated}{failed} failed, {skipped} skipped in {}\n", duration(start.elapsed()));
    if !programs.is_empty() {
        summary.push_str(&format!("not run, for they expect nothing: {}\n", listed(&programs, arguments.verbose)));
    }
    match closed.or_else(|| report::print(&summary)) {
        Some(status) => status,
        None if counts.failed > 0 => Status::FAILED,
        None => Status::OK,
    }
}

/// How many files a line names.
const MOST_NAMES: usize = 5;

fn listed(paths: &[PathBuf], whole: bool) -> String {
    let count = if whole { paths.len() } else { paths.len().min(MOST_NAMES) };
    let names: Vec<String> = paths[..count].iter().map(|path| path.display().to_string()).collect();
    let more = paths.len() - count;
    if more > 0 { format!("{} and {more} more", names.join(", ")) } else { names.join(", ") }
}

#[derive(Default)]
struct Counts {
    passed: usize,
    updated: usize,
    failed: usize,
    skipped: usize,
}

impl Counts {
    fn add(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Updated => self.updated += 1,
            Verdict::Failed(_) => self.failed += 1,
            Verdict::Skipped(_) => self.skipped += 1,
        }
    }
}

/// A trial that takes longer is worth a line.
const SLOW: Duration = Duration::from_secs(5);

/// A time for people: `12 ms`, `3.4 s`.
fn duration(time: Duration) -> String {
    match time.as_millis() {
        millis @ ..1000 => format!("{millis} ms"),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

/// What is tested: a script, or an example of a doc comment in it.
#[derive(Clone)]
struct Subject {
    path: PathBuf,
    example: Option<Example>,
}

impl Subject {
    fn name(&self) -> String {
        match &self.example {
            None => self.path.display().to_string(),
            Some(example) => format!("{}: example of {}", self.path.display(), example.name),
        }
    }
}

/// A script, and the examples in it.
fn subjects(path: &Path) -> Vec<Subject> {
    let text = std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let examples = examples_of_source(&file_name, &text);
    let mut found = vec![Subject { path: path.to_path_buf(), example: None }];
    found.extend(examples.into_iter().map(|example| Subject { path: path.to_path_buf(), example: Some(example) }));
    found
}

/// A subject and how it is run.
type Trial = (Subject, Mode);

/// Takes the verdict on a trial and the time it took; a status ends the test run.
type Tell<'a> = &'a mut (dyn FnMut(&Trial, Verdict, Duration) -> Option<Status> + Send);

/// Runs all trials on all cores, and tells about each in their order, as soon as those before it are done. Stops early
/// if telling gives a status.
fn run_all(trials: &[Trial], settings: &Settings, tell: Tell) -> Option<Status> {
    struct Progress<'a> {
        done: Vec<Option<(Verdict, Duration)>>,
        told: usize,
        tell: Tell<'a>,
        closed: Option<Status>,
    }
    let next = AtomicUsize::new(0);
    let progress = Mutex::new(Progress { done: trials.iter().map(|_| None).collect(), told: 0, tell, closed: None });
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some((subject, mode)) = trials.get(index) else { return };
            let start = Instant::now();
            let verdict = match &subject.example {
                None => run_script(&subject.path, *mode, settings),
                Some(example) => run_example(&subject.path, example, *mode, settings),
            };
            let taken = start.elapsed();
            let mut progress = progress.lock().expect("a worker panicked");
            progress.done[index] = Some((verdict, taken));
            let progress = &mut *progress;
            while let Some((verdict, taken)) = progress.done.get_mut(progress.told).and_then(Option::take) {
                let trial = &trials[progress.told];
                progress.told += 1;
                if let Some(status) = (progress.tell)(trial, verdict, taken) {
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
