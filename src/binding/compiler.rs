//! The C compiler of the system: its preprocessor, and programs that ask it about layouts.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// How the C compiler is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CCompiler {
    /// The program, with options if blanks stand in it: `cc`, `gcc -m32`.
    pub command: String,
    /// Options that say where headers are and how they are read: `-I`, `-D`.
    pub options: Vec<String>,
    /// Where headers that are named by a path are.
    pub folder: Option<PathBuf>,
}

impl Default for CCompiler {
    fn default() -> CCompiler {
        CCompiler { command: "cc".to_string(), options: Vec::new(), folder: None }
    }
}

/// Why the C compiler gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompilerFailure {
    /// The program cannot be started.
    Missing { command: String, why: String },
    /// A header, or one that it includes, is not there.
    NoHeader(String),
    /// Its first complaint.
    Refused(String),
}

impl CompilerFailure {
    pub fn message(&self) -> String {
        match self {
            CompilerFailure::Missing { command, why } => format!("the C compiler `{command}` cannot be started: {why}"),
            CompilerFailure::NoHeader(header) => format!("there is no header `{header}`"),
            CompilerFailure::Refused(complaint) => format!("the C compiler refuses the header: {complaint}"),
        }
    }

    pub fn help(&self) -> &'static str {
        match self {
            CompilerFailure::Missing { .. } => {
                "headers are read by the C compiler: install one (cc), or name yours in the variable CC"
            }
            CompilerFailure::NoHeader(_) => "headers come with the development package of a library, such as zlib1g-dev",
            CompilerFailure::Refused(_) => "name the headers that it needs before it, with commas: \"stdio.h, jpeglib.h\"",
        }
    }
}

/// The lines that include headers; one in quotes is looked for beside the script first.
pub fn includes(headers: &[&str]) -> String {
    headers.iter().map(|header| format!("#include \"{header}\"\n")).collect()
}

impl CCompiler {
    fn start(&self) -> Command {
        let mut words = self.command.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or("cc"));
        command.args(words).args(&self.options);
        if let Some(folder) = &self.folder {
            command.arg("-iquote").arg(folder);
        }
        command.env("LC_ALL", "C");
        command
    }

    /// What the preprocessor makes of a text, macro definitions included.
    pub fn preprocess(&self, text: &str) -> Result<String, CompilerFailure> {
        let mut command = self.start();
        command.args(["-E", "-dD", "-x", "c", "-"]);
        let output = self.run(command, text)?;
        match output {
            Ok(text) => Ok(text),
            Err(complaints) => Err(failure(&complaints)),
        }
    }

    /// Compiles a program and gives what it prints, or the complaints of the compiler.
    pub fn run_program(&self, program: &str) -> Result<Result<String, String>, CompilerFailure> {
        let folder = TemporaryFolder::new().map_err(|error| CompilerFailure::Refused(format!("no temporary folder: {error}")))?;
        let binary = folder.0.join("probe");
        let mut command = self.start();
        command.args(["-w", "-O0", "-fmax-errors=0", "-x", "c", "-", "-o"]).arg(&binary);
        if let Err(complaints) = self.run(command, program)? {
            return Ok(Err(complaints));
        }
        let output = Command::new(&binary).output().map_err(|error| CompilerFailure::Refused(error.to_string()))?;
        Ok(Ok(String::from_utf8_lossy(&output.stdout).into_owned()))
    }

    /// The folders in which the compiler looks for headers, in their order; none if it does not tell them.
    pub fn header_folders(&self) -> Result<Vec<PathBuf>, CompilerFailure> {
        let mut command = self.start();
        command.args(["-E", "-v", "-x", "c", "-"]);
        let output = self.output(command, "")?;
        let text = String::from_utf8_lossy(&output.stderr);
        let list =
            text.lines().skip_while(|line| !line.starts_with("#include ")).take_while(|line| *line != "End of search list.");
        Ok(list.filter_map(|line| line.strip_prefix(' ')).map(PathBuf::from).collect())
    }

    /// Runs a command with a text as its input: its output, or what it complained of.
    fn run(&self, command: Command, input: &str) -> Result<Result<String, String>, CompilerFailure> {
        let output = self.output(command, input)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) })
    }

    fn output(&self, mut command: Command, input: &str) -> Result<Output, CompilerFailure> {
        let missing = |error: std::io::Error| {
            let text = error.to_string();
            let why = text.split(" (os error").next().unwrap_or(&text).to_string();
            CompilerFailure::Missing { command: self.command.clone(), why }
        };
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(missing)?;
        let mut pipe = child.stdin.take();
        let input = input.to_string();
        // The compiler may answer before it has read everything; neither side waits for the other.
        let writer = std::thread::spawn(move || pipe.take().map(|mut pipe| pipe.write_all(input.as_bytes())));
        let output = child.wait_with_output().map_err(missing)?;
        let _ = writer.join();
        Ok(output)
    }
}

/// A folder of this process, gone when it is dropped.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn new() -> std::io::Result<TemporaryFolder> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("cotter-{}-{number}", std::process::id()));
        // Fails where something of this name is already there, whoever made it.
        std::fs::create_dir(&path)?;
        Ok(TemporaryFolder(path))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn failure(complaints: &str) -> CompilerFailure {
    let first =
        complaints.lines().find(|line| line.contains("error:")).or_else(|| complaints.lines().next()).unwrap_or("no reason");
    let complaint = first.split("error:").last().unwrap_or(first).trim();
    match complaint.split_once(": No such file or directory").or_else(|| complaint.split_once(" file not found")) {
        Some((header, _)) => CompilerFailure::NoHeader(header.trim_matches(['\'', '"', ' ']).to_string()),
        None => CompilerFailure::Refused(first.trim_start_matches("<stdin>:").to_string()),
    }
}
