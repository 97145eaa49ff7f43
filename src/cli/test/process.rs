//! A script in a process of its own.

use super::script::Script;
use super::{Mode, Settings};
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

/// Output beyond this is read and dropped.
const MOST_OUTPUT: usize = 16 << 20;
/// How often an end is looked for.
const TICK: Duration = Duration::from_millis(5);
/// How long output is waited for once the process has ended; longer only if a process it left behind holds the pipe.
const STRAGGLERS: Duration = Duration::from_secs(2);

/// How a process ended.
pub(super) struct Ended {
    /// The exit status, 128 and the signal for one that died by it; `None` after the time limit.
    pub status: Option<i32>,
    pub output: Vec<u8>,
    pub errors: Vec<u8>,
}

/// Runs a script with errors in a format.
pub(super) fn run(script: &Script, mode: Mode, error_format: &str, settings: &Settings) -> Result<Ended, String> {
    let (folder, name) = place(script, settings)?;
    let mut command = Command::new(&settings.executable);
    command.args(mode.flags).args(&script.flags).arg(format!("--error-format={error_format}"));
    match &script.example {
        None => command.arg(name),
        Some(example) => command.args(["-e", &example.code]),
    };
    command.args(&script.arguments).current_dir(folder);
    for (variable, _) in std::env::vars_os() {
        if variable.to_string_lossy().starts_with("COTTER_") {
            command.env_remove(variable);
        }
    }
    for variable in ["RUST_BACKTRACE", "RUST_LIB_BACKTRACE", "FORCE_COLOR", "LANG", "LANGUAGE", "COLUMNS"] {
        command.env_remove(variable);
    }
    command.env("NO_COLOR", "1").env("TZ", "UTC").env("LC_ALL", "C.UTF-8");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("cannot start {}: {error}", settings.executable.display()))?;
    let mut input = child.stdin.take().expect("piped");
    let text = script.input.clone();
    // A script need not read what it is offered.
    std::thread::spawn(move || drop(input.write_all(text.as_bytes())));
    let output = read_all(child.stdout.take().expect("piped"));
    let errors = read_all(child.stderr.take().expect("piped"));
    let status = wait(&mut child, settings.timeout).map_err(|error| format!("cannot wait for the script: {error}"))?;
    let deadline = Instant::now() + STRAGGLERS;
    let collect = |from: Receiver<Vec<u8>>| {
        let mut bytes = Vec::new();
        while let Ok(piece) = from.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            bytes.extend(piece);
        }
        bytes
    };
    let status = status.map(|status| status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)));
    Ok(Ended { status, output: collect(output), errors: collect(errors) })
}

/// The folder in which a script runs, and what it is called there.
pub(super) fn place(script: &Script, settings: &Settings) -> Result<(PathBuf, PathBuf), String> {
    let path = std::path::absolute(&script.path).map_err(|error| format!("cannot find the script: {error}"))?;
    let folder = match &settings.folder {
        Some(folder) => std::path::absolute(folder).map_err(|error| format!("cannot find {}: {error}", folder.display()))?,
        None => path.parent().ok_or("the script stands in no folder")?.to_path_buf(),
    };
    let name = path.strip_prefix(&folder).map(Path::to_path_buf).unwrap_or(path);
    Ok((folder, name))
}

/// The end of the process; `None` if it had to be killed.
fn wait(child: &mut Child, timeout: Duration) -> std::io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + timeout;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(TICK);
    }
}

/// Reads a stream on a thread of its own, so that neither stream can block the process.
fn read_all(mut stream: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        let mut kept = 0;
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            let take = count.min(MOST_OUTPUT - kept);
            kept += take;
            if take > 0 && sender.send(buffer[..take].to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}
