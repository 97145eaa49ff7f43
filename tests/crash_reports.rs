//! What users see when C crashes: the whole report, the status that the shell sees, and a terminal that still works.

use std::io::Read;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::Path;
use std::process::{Command, Stdio};

/// What a script of `tests/golden/crashes` writes to standard error, with `0x_` for every address above the first pages.
fn report_of(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/crashes");
    errors_of(Command::new(env!("CARGO_BIN_EXE_cotter")).arg(format!("{name}.cot")).current_dir(folder))
}

/// The same of a text that is run with an option.
fn report_of_text(option: &str, text: &str) -> String {
    errors_of(Command::new(env!("CARGO_BIN_EXE_cotter")).args([option, "-e", text]))
}

fn errors_of(command: &mut Command) -> String {
    let output = command.output();
    let text = String::from_utf8(output.expect("started").stderr).expect("text");
    let mut pieces = text.split("0x");
    let mut shown = pieces.next().unwrap_or_default().to_string();
    for piece in pieces {
        let digits = piece.chars().take_while(char::is_ascii_hexdigit).count();
        shown.push_str("0x");
        shown.push_str(if digits > 4 { "_" } else { &piece[..digits] });
        shown.push_str(&piece[digits..]);
    }
    shown
}

#[test]
fn a_report_tells_all_that_is_known() {
    for (name, expected) in [
        (
            "a_callback_calls_c_that_crashes",
            "fatal: SIGSEGV: memory that cannot be used, at address 0x20\n  \
             in C: strlen(text: *const c_char = *const c_char at 0x20)\n  \
             called back from C: qsort(base: *void = []u8 at 0x_, count: usize = 2, size: usize = 1, \
             compare: fn(*void, *void) -> c_int = function)\n  \
             in compare a_callback_calls_c_that_crashes.cot:10:5\n  \
             in <main> a_callback_calls_c_that_crashes.cot:13:1\n  \
             the address is NULL plus 32: a field or element of what is not there\n",
        ),
        (
            "a_callback_follows_a_wild_pointer",
            "fatal: SIGSEGV: memory that cannot be used, at address 0x20\n  \
             in the script, through a pointer into C's memory\n  \
             called back from C: qsort(base: *void = []u8 at 0x_, count: usize = 2, size: usize = 1, \
             compare: fn(*void, *void) -> c_int = function)\n  \
             in compare a_callback_follows_a_wild_pointer.cot:7:5\n  \
             in <main> a_callback_follows_a_wild_pointer.cot:9:1\n  \
             the address is NULL plus 32: a field or element of what is not there\n",
        ),
        (
            "a_thread_of_c_crashes",
            "fatal: SIGSEGV: memory that cannot be used, at address 0x40\n  \
             on a thread that is not the script's; what follows is what the script does meanwhile\n  \
             in C: pthread_…\n  \
             the address is NULL plus 64: a field or element of what is not there\n",
        ),
        (
            "a_callback_on_another_thread_crashes",
            "fatal: SIGSEGV: memory that cannot be used, at address 0x40\n  \
             in the script, through a pointer into C's memory\n  \
             called back from C: pthread_join(thread: usize = ADDRESS, result: *void = nil)\n  \
             in work a_callback_on_another_thread_crashes.cot:11:12\n  \
             in <main> a_callback_on_another_thread_crashes.cot:16:1\n  \
             the address is NULL plus 64: a field or element of what is not there\n",
        ),
        (
            "c_uses_an_arena_that_was_freed",
            "fatal: SIGSEGV: memory that cannot be used, at address 0x_\n  \
             in C: length(text: usize = ADDRESS)\n  \
             in <main> c_uses_an_arena_that_was_freed.cot:14:1\n  \
             the address is in an arena that was freed at c_uses_an_arena_that_was_freed.cot:13:7; C kept a pointer into it\n",
        ),
        (
            "c_counts_arguments_as_declared",
            "fatal: SIGSEGV: memory that cannot be used, at address 0x30\n  \
             in C: memcpy(from: *const void = *void at 0x30, count: usize = 8)\n  \
             in <main> c_counts_arguments_as_declared.cot:8:1\n  \
             the address is NULL plus 48: a field or element of what is not there\n",
        ),
    ] {
        // Addresses that scripts hold as numbers are decimal.
        let report = report_of(name);
        let mut shown = String::new();
        let mut digits = String::new();
        for c in report.chars().chain(['\0']) {
            if c.is_ascii_digit() {
                digits.push(c);
                continue;
            }
            shown.push_str(if digits.len() > 12 { "ADDRESS" } else { &digits });
            digits.clear();
            if c != '\0' {
                shown.push(c);
            }
        }
        // Where two threads race, part of the report depends on who was faster.
        match expected.split_once('…') {
            Some((begin, end)) => assert!(shown.starts_with(begin) && shown.ends_with(end), "{name}: {shown}"),
            None => assert_eq!(shown, expected, "{name}"),
        }
    }
}

#[test]
fn what_c_overwrote_is_told_with_its_neighbour_and_the_time() {
    let overrun = "import gc\nextern \"libc.so.6\" { fn memset(to: *void, byte: c_int, count: usize) -> *void }\n\
        let small = new [10]u8\nlet other = new [10]u8\ngc.collect()\nmemset(small, 65, 100)\ngc.collect()\nprint(other)";
    let report = report_of_text("--gc=verify", overrun);
    assert!(report.starts_with("fatal: heap verifier: the object at 0x_ has the shape 65\n"), "{report}");
    let place = "  it was overwritten between the collections at <command line>:5:4 and <command line>:7:4\n";
    assert!(report.contains(place), "{report}");
    assert!(report.contains("  in memory right before it stands []u8 of 10 bytes\n  help: "), "{report}");
    let report = report_of_text("--gc=verify,noreuse", overrun);
    assert!(
        report.starts_with("fatal: heap verifier: the bytes at 0x_, behind the object at 0x_, were written to\n"),
        "{report}"
    );
    assert!(report.contains("  in memory right before it stands []u8 of 10 bytes\n"), "{report}");
}

#[test]
fn a_crash_while_something_is_released_tells_what() {
    let text = "extern \"libc.so.6\" {\n struct FILE\n @symbol(\"abort\") fn broken(file: *FILE)\n @owned(broken) fn tmpfile() -> *FILE\n}\n\
        let file = tmpfile()";
    let expected = "fatal: SIGABRT: C ended the process itself\n  in C: broken(file: *FILE = *FILE at 0x_)\n  \
        to release what C gave at <command line>:6:12\n";
    assert_eq!(report_of_text("--gc=off", text), expected);
}

#[test]
fn what_finds_out_more_is_named_where_nothing_is_known() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/crashes");
    let script = folder.join("an_address_that_no_memory_can_have.cot");
    let run = |option: &str| errors_of(Command::new(env!("CARGO_BIN_EXE_cotter")).arg(option).arg(&script));
    let hint = "  help: run it with --gc=noreuse, which tells whether this was memory that the collector had taken back\n";
    assert!(run("--gc=stress").ends_with(hint), "{}", run("--gc=stress"));
    assert!(!run("--gc=noreuse").contains("help:"), "{}", run("--gc=noreuse"));
}

#[test]
fn the_shell_sees_the_signal() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/crashes");
    for (name, status, said) in [
        ("c_follows_null_plus_an_offset", 139, "Segmentation fault"),
        ("a_file_ends_before_its_mapping", 135, "Bus error"),
        ("an_instruction_that_does_not_exist", 132, "Illegal instruction"),
        ("c_divides_by_zero", 136, "Floating point exception"),
        ("c_ends_the_process", 134, "Aborted"),
    ] {
        let command = format!("'{}' {name}.cot; echo status $?", env!("CARGO_BIN_EXE_cotter"));
        let output = Command::new("sh").args(["-c", &command]).current_dir(&folder).output().expect("a shell");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.ends_with(&format!("status {status}\n")), "{name}: {text}");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains("fatal: SIG"), "{name}: {errors}");
        // Shells say so in words of their own, which only those that were killed by the signal get.
        assert!(errors.contains(said), "{name}: {errors}");
    }
}

/// The settings of a terminal.
fn settings_of(terminal: &OwnedFd) -> (u32, u32, u32, Vec<u8>) {
    // SAFETY: `tcgetattr` fills the structure, or the test fails.
    unsafe {
        let mut settings: libc::termios = std::mem::zeroed();
        assert_eq!(libc::tcgetattr(terminal.as_raw_fd(), &raw mut settings), 0, "no terminal");
        (settings.c_iflag, settings.c_oflag, settings.c_lflag, settings.c_cc.to_vec())
    }
}

#[test]
fn a_crash_in_the_repl_leaves_the_terminal_as_it_was() {
    let (mut ours, mut theirs) = (0, 0);
    let none = std::ptr::null_mut();
    // SAFETY: the two numbers are written to; the other arguments may be null.
    assert_eq!(unsafe { libc::openpty(&raw mut ours, &raw mut theirs, none, none.cast(), none.cast()) }, 0);
    // SAFETY: both were just opened, and nobody else has them.
    let (ours, theirs) = unsafe { (OwnedFd::from_raw_fd(ours), OwnedFd::from_raw_fd(theirs)) };
    let before = settings_of(&theirs);
    let stdio = || Stdio::from(theirs.try_clone().expect("a second end"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_cotter"));
    command.env("TERM", "xterm").env("NO_COLOR", "1").stdin(stdio()).stdout(stdio()).stderr(stdio());
    let mut child = command.spawn().expect("started");
    drop(command);
    let mut terminal = std::fs::File::from(ours);
    let mut shown = String::new();
    let mut read_until = |terminal: &mut std::fs::File, wanted: &str| {
        let mut bytes = [0; 4096];
        while !shown.contains(wanted) {
            let count = terminal.read(&mut bytes).expect("an answer");
            shown.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
    };
    read_until(&mut terminal, "> ");
    std::io::Write::write_all(&mut terminal, b"(0x10 as *c_int)[0]\r").expect("typed");
    read_until(&mut terminal, "the address is NULL plus 16");
    let status = child.wait().expect("an end");
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(libc::SIGSEGV));
    assert_eq!(settings_of(&theirs), before);
}
