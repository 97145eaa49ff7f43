//! The shape of the command line.
//!
//! All that stands behind the script belongs to the script, flags included; so script and arguments are one list that
//! takes anything. It takes a misspelt option in the script's place too, which [`Run::unknown_option`] finds.

use crate::session::{GcOptions, PinChecks, PinLeaks};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The commands there are, for suggestions.
pub const COMMANDS: [&str; 12] =
    ["bind", "check", "completions", "doc", "dump", "fmt", "lsp", "manual", "repl", "run", "test", "verify"];

const EXAMPLES: &str = "\
Without arguments: the REPL on a terminal, otherwise the script on standard input.
All arguments behind SCRIPT belong to the script, and so do those behind -e CODE from the first one without a dash.

Each option of a run can be set in the environment too: COTTER_PIN_CHECKS, COTTER_PIN_LEAKS, COTTER_DENY_FFI,
COTTER_ALLOW_FFI, COTTER_MAX_HEAP, COTTER_FUEL, COTTER_GC, COTTER_PROFILE, COTTER_ERROR_FORMAT. An option given here
wins, except that nothing lifts COTTER_DENY_FFI. Others: COTTER_PATH (where modules are looked for), COTTER_HISTORY
(the history file of the REPL), NO_COLOR, FORCE_COLOR.

Exit status: 0; 1 uncaught or syntax error, or findings; 2 wrong usage; 70 fatal; 130 Ctrl-C; what os.exit was given. Where C
crashes, the process dies by that signal, which a shell shows as 128 and its number: 134 SIGABRT, 136 SIGFPE, 139 SIGSEGV.";

#[derive(Parser, Debug)]
#[command(name = "cotter", disable_version_flag = true, disable_help_subcommand = true)]
#[command(about = "A small garbage-collected scripting language for calling C", after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true, args_override_self = true, max_term_width = 110)]
#[command(override_usage = "cotter [OPTIONS] [SCRIPT [ARGUMENTS]...]\n       cotter COMMAND ...")]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub run: Run,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run a script (the same as `cotter SCRIPT`)
    Run(Run),
    /// Start the REPL, even if input is not a terminal
    Repl(Repl),
    /// Report all errors of files without running them
    Check(Check),
    /// Bring source text into the one style
    Fmt(Fmt),
    /// Show what is written down about a builtin, a module or a file
    Doc(Doc),
    /// Serve an editor: the language server, over standard input and output
    Lsp(Lsp),
    /// Show a file as tokens, as a tree or as compiled code
    Dump(Dump),
    /// Run scripts and compare them with what their comments expect
    Test(Test),
    /// Print what an installed C header declares, as source text
    Bind(Bind),
    /// Have the C compiler confirm what extern blocks declare
    Verify(Verify),
    /// Print the script that makes a shell complete `cotter`
    Completions(Completions),
    /// Print the manual page
    Manual,
}

#[derive(Args, Debug)]
pub struct Completions {
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

#[derive(Args, Debug, Default)]
#[command(args_override_self = true)]
pub struct Run {
    /// Run this text; may be given several times, each is a line
    #[arg(short = 'e', long = "eval", short_alias = 'c', value_name = "CODE", allow_hyphen_values = true)]
    pub code: Vec<String>,
    /// Print the value of the text given with -e
    #[arg(short, long, requires = "code")]
    pub print: bool,
    /// Print the version and leave
    #[arg(short = 'V', long, short_alias = 'v')]
    pub version: bool,
    #[command(flatten)]
    pub options: RunOptions,
    /// The file to run (`-` is standard input), and what it finds in os.args
    #[arg(value_name = "SCRIPT [ARGUMENTS]", trailing_var_arg = true, allow_hyphen_values = true)]
    pub rest: Vec<String>,
}

impl Run {
    /// The run that a command line means which begins with a script: all words behind the first are for that. `None` if it begins
    /// otherwise. Says the same as the parser, which would describe all commands to itself first: more work than a small script.
    pub fn of_a_script(words: &[String]) -> Option<Run> {
        let rest = words.get(1..)?;
        let script = rest.first()?;
        let is_script = !script.is_empty() && !script.starts_with('-') && !COMMANDS.contains(&script.as_str());
        is_script.then(|| Run { rest: rest.to_vec(), ..Run::default() })
    }

    /// What looks like an option where the script should be, given all words of the command line. Behind a `--` nothing
    /// is an option.
    pub fn unknown_option(&self, words: &[String]) -> Option<&str> {
        let first = self.rest.first()?;
        let before = words.len().checked_sub(self.rest.len() + 1).map(|index| words[index].as_str());
        (first.starts_with('-') && first != "-" && before != Some("--")).then_some(first.as_str())
    }
}

#[derive(Args, Debug)]
#[command(args_override_self = true)]
pub struct Repl {
    /// No greeting
    #[arg(short, long)]
    pub quiet: bool,
    #[command(flatten)]
    pub options: RunOptions,
}

/// The options of a run. What is `None` is left to the environment, and then to the default.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Options of a run")]
pub struct RunOptions {
    /// Which pointers are checked on their way to C: off, arguments, all, strict [default: all]
    #[arg(long, value_name = "WHICH", value_parser = pin_checks)]
    pub pin_checks: Option<PinChecks>,
    /// What a pinner that is collected with pins does: fatal, warn [default: fatal; in the REPL warn]
    #[arg(long, value_name = "WHAT", value_parser = pin_leaks)]
    pub pin_leaks: Option<PinLeaks>,
    /// Make every use of C an error
    #[arg(long)]
    pub deny_ffi: bool,
    /// Let only these libraries be loaded (a seat belt, not a sandbox)
    #[arg(long, value_name = "LIBRARY,...", value_parser = libraries)]
    pub allow_ffi: Option<Libraries>,
    /// Bound managed memory, such as 64m
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_heap: Option<u64>,
    /// Bound the number of instructions
    #[arg(long, value_name = "COUNT", value_parser = count)]
    pub fuel: Option<u64>,
    /// Settings of the collector: stress, stress=N, steps (of collections, as small as can be), verify, poison, noreuse (freed memory faults when it is touched), off, trace
    #[arg(long, value_name = "LIST", value_parser = gc)]
    pub gc: Option<GcOptions>,
    /// Write where the time went, as a flame graph
    #[arg(long, value_name = "FILE.svg")]
    pub profile: Option<PathBuf>,
    /// How errors are printed [default: human]
    #[arg(long, value_name = "FORMAT")]
    pub error_format: Option<ErrorFormat>,
}

/// The libraries of `--allow-ffi`; a type of its own, or clap would take it for a repeated option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Libraries(pub Vec<String>);

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum ErrorFormat {
    #[default]
    Human,
    Json,
    Short,
}

#[derive(Args, Debug)]
pub struct Check {
    /// Files, and folders: all .cot files in them and below
    #[arg(value_name = "FILES", required = true)]
    pub files: Vec<String>,
    /// How errors are printed [default: human]
    #[arg(long, value_name = "FORMAT")]
    pub error_format: Option<ErrorFormat>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Names are names of C, or patterns such as 'inflate*'. Without names everything is bound that the header itself declares.
What a declaration needs comes along. What Cotter cannot express is left out, with a comment that says why.
Of several headers the last one is bound to its library; those before it are what it needs. Options -I and -D are kept in
the comment `# header:`, which `cotter verify` reads.

  cotter bind zlib.h > zlib.cot
  cotter bind zlib.h crc32 'inflate*' 'Z_*' --as z
  cotter bind curl/curl.h --also 'curl/*.h' --lib curl -o curl.cot
  cotter bind stdio.h,gmp.h 'mpz_*'
  cotter bind ftw.h -D _GNU_SOURCE")]
pub struct Bind {
    /// The header as C includes it; several with commas between them, in this order
    #[arg(value_name = "HEADER")]
    pub header: String,
    /// What to bind
    #[arg(value_name = "NAMES")]
    pub names: Vec<String>,
    /// The library that the block names; may be given several times [default: the one that exports the functions]
    #[arg(long = "lib", value_name = "NAME")]
    pub libraries: Vec<String>,
    /// Put the names behind this one: extern "z" as z
    #[arg(long = "as", value_name = "NAME")]
    pub alias: Option<String>,
    /// Headers that count as this one, such as 'curl/*.h'
    #[arg(long, value_name = "PATTERN")]
    pub also: Vec<String>,
    #[command(flatten)]
    pub reading: Reading,
    /// Write to this file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// What the C compiler is told.
#[derive(Args, Debug)]
pub struct Reading {
    /// A folder of headers
    #[arg(short = 'I', long = "include", value_name = "FOLDER")]
    pub folders: Vec<String>,
    /// A macro: NAME or NAME=VALUE
    #[arg(short = 'D', long = "define", value_name = "MACRO")]
    pub macros: Vec<String>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Declarations are compared with the header that the extern block names, or with the one of the last comment before it, in which options -I and -D of the C compiler may stand too:
  # header: zlib.h
  # header: -D_GNU_SOURCE, ftw.h
Functions and variables are looked up in the libraries of the block as well.")]
pub struct Verify {
    /// Files, and folders: all .cot files in them and below
    #[arg(value_name = "FILES", required = true)]
    pub files: Vec<String>,
    /// Compare all extern blocks with this header
    #[arg(long, value_name = "HEADER")]
    pub header: Option<String>,
    #[command(flatten)]
    pub reading: Reading,
    /// How findings are printed [default: human]
    #[arg(long, value_name = "FORMAT")]
    pub error_format: Option<ErrorFormat>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Files are rewritten in place, if there is anything to change; of folders, all .cot files in them and below, but for
what begins with a dot. Without files, or with `-`, standard input is formatted to standard output.

Line breaks are the writer's; what the style decides is told in docs/reference/fmt.md. Between lines that say
`# fmt: off` and `# fmt: on` nothing is changed. A file with syntax errors is reported and left alone.

Exit status: 0; 1 a syntax error, or with --check something to change; 2 wrong usage or a file that cannot be read.")]
pub struct Fmt {
    /// Files and folders; `-` is standard input
    #[arg(value_name = "FILES")]
    pub files: Vec<String>,
    /// Change nothing: show what would change, and leave with status 1 if anything would
    #[arg(long)]
    pub check: bool,
    /// How errors are printed [default: human]
    #[arg(long, value_name = "FORMAT")]
    pub error_format: Option<ErrorFormat>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
A NAME is a builtin (print), a type with methods (list), a module (math), what belongs to one of them (list.push,
math.sqrt, sqlite.Database.query), a keyword or an attribute (defer, @keeps), or a file of yours (shapes.cot), behind which names of it may follow (area, Point.norm).
In a file, the doc comment at its start is that of the file; an empty line parts it from the first declaration.")]
pub struct Doc {
    /// What to look up [default: list what there is]
    #[arg(value_name = "NAME", required_if_eq("source", "true"))]
    pub names: Vec<String>,
    /// Print the text of a module that is written in Cotter, such as sqlite
    #[arg(long)]
    pub source: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Speaks the language server protocol until the editor leaves: mistakes while one types, what a name is, where it is declared,
what could stand here, the outline of a file, formatting, renaming. Modules are looked for as when a script is run, on
COTTER_PATH too. The folder editors/ of the source has what editors need to start it; docs/reference/lsp.md tells more.")]
pub struct Lsp {
    /// Taken for granted, and so without effect: editors like to say it
    #[arg(long)]
    pub stdio: bool,
}

#[derive(Args, Debug)]
pub struct Dump {
    /// What to show
    pub stage: DumpStage,
    #[arg(value_name = "FILE")]
    pub file: String,
    /// How errors are printed [default: human]
    #[arg(long, value_name = "FORMAT")]
    pub error_format: Option<ErrorFormat>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum DumpStage {
    Tokens,
    Tree,
    Code,
}

#[derive(Args, Debug)]
#[command(after_help = "\
What a script says in comments:
  # => TEXT             a line of its output; all of them in a file, in order
  # error: KIND: TEXT   an uncaught or syntax error on this line; TEXT is how the message begins
  # fatal: TEXT         an end that nothing catches, wherever it is
  # warning: TEXT       a warning, wherever it is
  # exit: N             its exit status, if it is not what the above implies
  # stdin: TEXT         a line of its standard input
  # flags: ...          options of the run, and behind -- arguments of the script
  # needs: libz.so.1    skipped if this library, program or file is missing

Beside NAME.cot may stand NAME.out, its output, NAME.in, its input, and NAME.diagnostic, its exact standard error.
--update writes what a script that fails did into its comments and those files (COTTER_BLESS=1: only into the files);
look at the difference before you keep it.

These are comments: in a string they mean nothing. In folders, every .cot file is run that expects something, holds an
`assert(`, or imports the module `test`; what expects nothing is a program or a module, and is run only where it is named
(it must print nothing then). --update makes a test of a program only where it is named.

Examples in doc comments, indented by four blanks behind an empty line, are tests as well: each runs alone, with all that
its file exports imported, unless it imports that file itself.
Files and folders whose names begin with _ or . are not tests.")]
pub struct Test {
    /// Scripts, or folders that hold some [default: the current folder]
    #[arg(value_name = "PATHS")]
    pub paths: Vec<PathBuf>,
    /// Only scripts and examples whose name contains this
    #[arg(short, long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Write the expectations of scripts that fail anew
    #[arg(short, long, conflicts_with = "modes")]
    pub update: bool,
    /// Tell about each script, and how long it took
    #[arg(short, long)]
    pub verbose: bool,
    /// Run each script normally, under a stressed collector, in steps of one, without one, and where freed memory faults
    #[arg(long)]
    pub modes: bool,
    /// Seconds that a script may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub timeout: u64,
    /// Where the scripts run [default: each in its own folder]
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// Count a script whose needs are missing as failed
    #[arg(long)]
    pub no_skip: bool,
}

pub fn pin_checks(text: &str) -> Result<PinChecks, String> {
    match text {
        "off" => Ok(PinChecks::Off),
        "arguments" => Ok(PinChecks::Arguments),
        "all" => Ok(PinChecks::All),
        "strict" => Ok(PinChecks::Strict),
        _ => Err("expected off, arguments, all or strict".into()),
    }
}

pub fn pin_leaks(text: &str) -> Result<PinLeaks, String> {
    match text {
        "fatal" => Ok(PinLeaks::Fatal),
        "warn" => Ok(PinLeaks::Warn),
        _ => Err("expected fatal or warn".into()),
    }
}

pub fn libraries(text: &str) -> Result<Libraries, String> {
    let names: Vec<String> = text.split(',').map(|name| name.trim().to_string()).filter(|name| !name.is_empty()).collect();
    if names.is_empty() { Err("expected names of libraries, with commas between them".into()) } else { Ok(Libraries(names)) }
}

/// A number of bytes, with k, m or g for powers of 1024.
pub fn size(text: &str) -> Result<u64, String> {
    let message = || "expected a number of bytes such as 500k, 64m or 2g".to_string();
    let lower = text.to_ascii_lowercase();
    let (digits, shift) = match lower.as_bytes().last() {
        Some(b'k') => (&lower[..lower.len() - 1], 10),
        Some(b'm') => (&lower[..lower.len() - 1], 20),
        Some(b'g') => (&lower[..lower.len() - 1], 30),
        _ => (lower.as_str(), 0),
    };
    let number = count(digits).map_err(|_| message())?;
    number.checked_mul(1 << shift).filter(|&bytes| bytes > 0).ok_or_else(message)
}

pub fn count(text: &str) -> Result<u64, String> {
    let digits = text.replace('_', "");
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("expected a whole number".into());
    }
    digits.parse().map_err(|_| "expected a whole number".into())
}

pub fn gc(text: &str) -> Result<GcOptions, String> {
    let mut options = GcOptions::default();
    for item in text.split(',').map(str::trim) {
        match item.split_once('=') {
            None if item == "stress" => options.stress = Some(1),
            None if item == "verify" => options.verify = true,
            None if item == "poison" => options.poison = true,
            None if item == "noreuse" => options.noreuse = true,
            None if item == "steps" => options.steps = true,
            None if item == "off" => options.off = true,
            None if item == "trace" => options.trace = true,
            Some(("stress", every)) => match every.parse() {
                Ok(every) if every > 0 => options.stress = Some(every),
                _ => return Err("expected stress=N with N from 1".into()),
            },
            _ => return Err(format!("`{item}` is none of stress, stress=N, steps, verify, poison, noreuse, off, trace")),
        }
    }
    if options.steps {
        options.stress.get_or_insert(1);
    }
    if options.off && options.stress.is_some() {
        return Err("off and stress exclude each other".into());
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(line: &[&str]) -> Arguments {
        Arguments::try_parse_from(std::iter::once(&"cotter").chain(line)).expect("valid arguments")
    }

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_script_is_found_without_the_parser_and_with_it() {
        let lines: [&[&str]; 16] = [
            &["a.cot"],
            &["a.cot", "b", "check"],
            &["a.cot", "--fuel=9", "-e", "--", "x"],
            &["a.cot", "--", "--help"],
            &["a.cot", "", "-"],
            &["help"],
            &["chekc", "a.cot"],
            &[],
            &["-"],
            &[""],
            &["--", "a.cot"],
            &["-e", "1"],
            &["--fuel=5", "a.cot"],
            &["run", "a.cot"],
            &["check", "a.cot"],
            &["manual"],
        ];
        for (index, line) in lines.iter().enumerate() {
            let words: Vec<String> = std::iter::once(&"cotter").chain(*line).map(|word| word.to_string()).collect();
            let found = Run::of_a_script(&words);
            assert_eq!(found.is_some(), index < 7, "{line:?}");
            if let Some(run) = found {
                let parsed = parse(line);
                assert!(parsed.command.is_none());
                assert_eq!(format!("{run:?}"), format!("{:?}", parsed.run));
            }
        }
    }

    #[test]
    fn all_commands_are_known() {
        let command = Arguments::command();
        let mut names: Vec<&str> = command.get_subcommands().flat_map(|command| command.get_name_and_visible_aliases()).collect();
        names.sort_unstable();
        assert_eq!(names, COMMANDS);
        assert!(command.get_subcommands().all(|command| command.get_all_aliases().next().is_none()));
    }

    #[test]
    fn flags_behind_the_script_are_its_own() {
        let run = parse(&["--fuel=5", "a.cot", "--fuel=9", "-e", "--", "x"]).run;
        assert_eq!(run.rest, ["a.cot", "--fuel=9", "-e", "--", "x"]);
        assert_eq!(run.options.fuel, Some(5));
        let Some(Command::Run(run)) = parse(&["run", "a.cot", "--help"]).command else { panic!("not a run") };
        assert_eq!(run.rest, ["a.cot", "--help"]);
    }

    #[test]
    fn a_dash_is_a_script() {
        assert_eq!(parse(&["-", "-x"]).run.rest, ["-", "-x"]);
    }

    #[test]
    fn code_may_be_given_in_pieces() {
        let run = parse(&["-e", "let x = 1", "-e", "-x", "a", "-b"]).run;
        assert_eq!((run.code, run.rest), (vec!["let x = 1".into(), "-x".into()], vec!["a".into(), "-b".into()]));
    }

    #[test]
    fn unknown_options_are_found() {
        let unknown = |line: &[&str]| {
            let words: Vec<String> = std::iter::once(&"cotter").chain(line).map(|word| word.to_string()).collect();
            let arguments = Arguments::try_parse_from(&words).expect("taken for a script");
            let run = match arguments.command {
                Some(Command::Run(run)) => run,
                _ => arguments.run,
            };
            run.unknown_option(&words).map(str::to_string)
        };
        assert_eq!(unknown(&["--bad"]).as_deref(), Some("--bad"));
        assert_eq!(unknown(&["run", "--bad=1", "a.cot"]).as_deref(), Some("--bad=1"));
        assert_eq!(unknown(&["-e", "1", "-x"]).as_deref(), Some("-x"));
        for line in [&["a.cot", "--bad"][..], &["-"], &["-e", "1", "--", "-x"], &["--", "-a.cot"]] {
            assert_eq!(unknown(line), None, "{line:?}");
        }
        assert!(Arguments::try_parse_from(["cotter", "test", "--bad"]).is_err());
    }

    #[test]
    fn the_last_of_two_equal_options_counts() {
        assert_eq!(
            parse(&["--gc=stress", "--gc=off", "a.cot"]).run.options.gc,
            Some(GcOptions { off: true, ..Default::default() })
        );
    }

    #[test]
    fn sizes() {
        assert_eq!(size("64m"), Ok(64 << 20));
        assert_eq!(size("1_000"), Ok(1000));
        assert_eq!(size("2G"), Ok(2 << 30));
        for bad in ["", "m", "-1", "0", "+5", "1t", "99999999999g"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn collector_settings() {
        assert_eq!(gc("stress=3, verify"), Ok(GcOptions { stress: Some(3), verify: true, ..Default::default() }));
        for bad in ["", "stress=0", "stress,off", "fast"] {
            assert!(gc(bad).is_err(), "{bad}");
        }
    }
}
