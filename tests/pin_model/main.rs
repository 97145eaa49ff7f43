//! Proof by stress: random programs build graphs of objects in managed memory, arenas and C's memory, pin and unpin them, let C walk
//! and write them, and collect at any time. A model that knows the rules of pins from the specification alone says what each line must
//! report: what is refused and by which way, the numbers of pins, what C found and wrote, and which objects are gone in the end.
//!
//! `cargo test --test pin_model` runs a slice of them. `COTTER_PIN_PROGRAMS=100000 cargo test --release --test pin_model` runs so many,
//! `COTTER_PIN_SEED=N` begins with another one than the first, and `COTTER_PIN_SHOW=N` prints program N with what is expected of it.
//!
//! Files: `layout.rs` (types), `model.rs` (memory and rules), `walk.c` and `walk.rs` (what C does, twice), `path.rs` (the way that a
//! message shows), `generate.rs` (programs).

mod generate;
mod layout;
mod model;
mod path;
mod walk;

use cotter::session::{ForeignCalls, GcOptions, Options, Outcome, PinChecks, Session};
use generate::{End, Program, generate};
use std::ffi::{CStr, c_char};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

/// Programs of the slice that every test run has.
const SLICE: u64 = 1000;
/// Programs that share an interpreter.
const BATCH: u64 = 50;

/// The library of `walk.c`, open on the side of the test as well.
struct Walker {
    library: libloading::Library,
    file: String,
}

impl Walker {
    fn new(folder: &Path) -> Walker {
        let file = folder.join("libwalk.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pin_model/walk.c");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-o"])
            .arg(&file)
            .arg(source)
            .output()
            .expect("the tests need a C compiler: cc");
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
        // SAFETY: the library does nothing when it is loaded.
        let library = unsafe { libloading::Library::new(&file) }.expect("the library");
        Walker { library, file: file.to_str().expect("a path without surprises").to_string() }
    }

    /// What the programs of this thread said since the last call.
    fn take_said(&self) -> String {
        // SAFETY: the functions are as declared here, and the text is copied before it changes.
        unsafe {
            let take = self.library.get::<unsafe extern "C" fn() -> *const c_char>(b"take_said").expect("take_said");
            let said = CStr::from_ptr(take()).to_string_lossy().into_owned();
            self.library.get::<unsafe extern "C" fn()>(b"forget_said").expect("forget_said")();
            said
        }
    }
}

/// How much is checked differs from batch to batch.
fn level(seed: u64) -> PinChecks {
    match seed / BATCH % 5 {
        3 => PinChecks::Arguments,
        4 => PinChecks::Off,
        _ => PinChecks::All,
    }
}

/// So do the collector's settings and the way of calls.
fn options(seed: u64) -> Options {
    let batch = seed / BATCH;
    let stress = match batch % 8 {
        1 => Some(5),
        3 => Some(13),
        5 => Some(1),
        7 => Some(3),
        _ => None,
    };
    let noreuse = batch % 4 >= 2;
    let steps = stress.is_some() && (batch / 8).is_multiple_of(2);
    Options {
        pin_checks: level(seed),
        gc: GcOptions { stress, steps, noreuse, verify: steps || batch % 16 == 13, poison: !noreuse, ..GcOptions::default() },
        calls_by_libffi: batch % 3 == 2,
        foreign_calls: ForeignCalls::Allowed,
        ..Options::default()
    }
}

/// Runs a program; returns what is wrong.
fn run(session: &mut Session, walker: &Walker, program: &Program) -> Result<(), String> {
    let outcome = session.run_text("program.cot", &program.text);
    let said = walker.take_said();
    let mut lines = said.lines();
    for (number, expected) in program.expected.iter().enumerate() {
        match lines.next() {
            Some(line) if expected.iter().any(|one| one == line) => {}
            Some(line) => return Err(format!("line {} of what it said is `{line}`, not {expected:?}", number + 1)),
            None => return Err(format!("it ended after {number} lines: {outcome:?}")),
        }
    }
    if let Some(line) = lines.next() {
        return Err(format!("it said more: `{line}`"));
    }
    match (&program.end, outcome) {
        (End::Done, Outcome::Done) => Ok(()),
        (End::Refused { messages, names, slots }, Outcome::Failed(found)) => {
            let [error] = &found[..] else { return Err("there are several errors".to_string()) };
            if !messages.contains(&error.message) {
                return Err(format!("the error is `{}`, not {messages:?}", error.message));
            }
            let more = match slots.len() {
                1 => None,
                count => Some(format!("and {} more", count - 1)),
            };
            let Some(way) = error.details.first() else { return Err("no way is shown".to_string()) };
            if error.details.get(1) != more.as_ref() {
                return Err(format!("`{way}` is followed by {:?}, not {more:?}", error.details.get(1)));
            }
            let (path, target) = way.split_once(" -> ").ok_or("no target is shown")?;
            let slot = path::follow(&program.model, names, path).map_err(|why| format!("{way}: {why}"))?;
            if !slots.contains(&slot) {
                return Err(format!("{way} leads to {slot:?}, which is none of {slots:?}"));
            }
            let model::Word::Pointer(object, _) = program.model.word(slot.0, slot.1) else { return Err(format!("{way}: NULL")) };
            let described = program.model.objects[object].description();
            if described == target { Ok(()) } else { Err(format!("{way} should lead to {described}")) }
        }
        (End::Done, outcome) => Err(format!("it should be done, and is {outcome:?}")),
        (End::Refused { messages, .. }, outcome) => Err(format!("it should end with {messages:?}, and is {outcome:?}")),
    }
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

fn listing(program: &Program) -> String {
    let lines: Vec<String> = program.text.lines().enumerate().map(|(i, line)| format!("{:4} {line}", i + 1)).collect();
    let said: Vec<String> = program.expected.iter().enumerate().map(|(i, one)| format!("{:4} {one:?}", i + 1)).collect();
    format!("{}\nexpected:\n{}", lines.join("\n"), said.join("\n"))
}

#[test]
fn programs_do_what_the_model_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let walker = &Walker::new(folder.path());
    if let Some(seed) = number("COTTER_PIN_SHOW") {
        println!("{}", listing(&generate(seed, level(seed), &walker.file)));
    }
    let first = number("COTTER_PIN_SEED").unwrap_or(0);
    let count = number("COTTER_PIN_PROGRAMS").unwrap_or(SLICE);
    let next = &AtomicU64::new(0);
    let refused = &AtomicU64::new(0);
    let work = || {
        loop {
            let batch = next.fetch_add(1, Ordering::Relaxed);
            if batch * BATCH >= count {
                return;
            }
            let mut session = Session::new(options(first + batch * BATCH));
            for seed in first + batch * BATCH..first + ((batch + 1) * BATCH).min(count) {
                let program = generate(seed, session.options().pin_checks, &walker.file);
                if matches!(program.end, End::Refused { .. }) {
                    refused.fetch_add(1, Ordering::Relaxed);
                }
                if let Err(problem) = run(&mut session, walker, &program) {
                    let options = session.options().gc;
                    panic!("program {seed}: {problem}\nwith {options:?}\n{}", listing(&program));
                }
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            std::thread::Builder::new().stack_size(16 << 20).spawn_scoped(scope, work).expect("a thread");
        }
    });
    let refused = refused.load(Ordering::Relaxed);
    println!("{count} programs, of which {refused} end with a refusal");
    assert!(count < 1000 || refused * 5 > count && refused < count, "the programs are no fair sample");
}
