//! What the script prints: standard output with a buffer of its own.
//!
//! The life of a printed line:
//!
//! 1. `print` and `io.stdout.write` append it to the buffer. If C was called since the last write, C's own buffers are written
//!    out first, so that what C printed before comes before.
//! 2. The buffer is written to file descriptor 1 when it is full, at each line end if that is a terminal, before each call to C
//!    (which may print, or end the process), before the script waits for input or time, and at the end of the program.
//! 3. If nobody reads any more, that is the error `BrokenPipe`, from then on at once; [`Vm::print_bytes`] turns it into the quiet end
//!    of the program. Any other failure (a full disk) is reported once, and what was in the buffer is dropped.

use super::Vm;
use crate::value::{ErrorKind, ErrorRef, Thrown};
use std::io;

/// Bytes that are kept before they are written.
const CAPACITY: usize = 1 << 16;
const STANDARD_OUTPUT: libc::c_int = 1;
/// The status of a program that ended because nobody reads what it prints: as a shell shows the signal SIGPIPE.
pub const CLOSED_PIPE_STATUS: i32 = 141;

/// Standard output.
pub struct Output {
    /// What was printed and not yet written.
    buffer: Vec<u8>,
    /// Each line is written when it is complete: it goes to a terminal.
    by_line: bool,
    /// C ran since the last write, so its buffers may hold what it printed.
    c_has_run: bool,
    /// Nobody reads any more.
    is_closed: bool,
    /// A text that `print` puts its values together in, kept for its memory.
    pub scratch: String,
}

impl Output {
    pub fn new() -> Output {
        Output {
            buffer: Vec::new(),
            by_line: io::IsTerminal::is_terminal(&io::stdout()),
            c_has_run: false,
            is_closed: false,
            scratch: String::new(),
        }
    }

    /// Prints bytes. A long text is not copied into the buffer.
    #[inline]
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.buffer.len() + bytes.len() > CAPACITY || self.by_line || self.c_has_run || self.is_closed {
            return self.write_slow(bytes);
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    #[cold]
    fn write_slow(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.is_closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if std::mem::take(&mut self.c_has_run) {
            // SAFETY: a null stream stands for all of C's output streams.
            unsafe { libc::fflush(std::ptr::null_mut()) };
        }
        if self.buffer.len() + bytes.len() > CAPACITY {
            self.flush()?;
        }
        if bytes.len() >= CAPACITY {
            return self.write_through(bytes);
        }
        self.buffer.extend_from_slice(bytes);
        if self.by_line && bytes.contains(&b'\n') { self.flush() } else { Ok(()) }
    }

    /// Writes what was printed so far. Where that fails it is dropped.
    #[inline]
    pub fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() { Ok(()) } else { self.flush_slow() }
    }

    #[inline(never)]
    fn flush_slow(&mut self) -> io::Result<()> {
        let buffer = std::mem::take(&mut self.buffer);
        let result = self.write_through(&buffer);
        self.buffer = buffer;
        self.buffer.clear();
        result
    }

    /// To be called when C is about to run: writes what was printed, and remembers that C may print.
    #[inline]
    pub fn before_c(&mut self) -> io::Result<()> {
        self.c_has_run = true;
        self.flush()
    }

    fn write_through(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if self.is_closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        while !bytes.is_empty() {
            // SAFETY: the bytes are there.
            let written = unsafe { libc::write(STANDARD_OUTPUT, bytes.as_ptr().cast(), bytes.len()) };
            if written > 0 {
                bytes = &bytes[written as usize..];
                continue;
            }
            let error = if written == 0 { io::ErrorKind::WriteZero.into() } else { io::Error::last_os_error() };
            match error.kind() {
                io::ErrorKind::Interrupted => {}
                io::ErrorKind::WouldBlock => wait_until_writable(),
                io::ErrorKind::BrokenPipe => {
                    self.is_closed = true;
                    return Err(error);
                }
                _ => return Err(error),
            }
        }
        Ok(())
    }
}

/// Waits until standard output takes more: somebody who shares it made it non-blocking.
fn wait_until_writable() {
    let mut wanted = libc::pollfd { fd: STANDARD_OUTPUT, events: libc::POLLOUT, revents: 0 };
    // SAFETY: one entry is there.
    unsafe { libc::poll(&raw mut wanted, 1, 1000) };
}

impl Default for Output {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // Whoever wants to know of a failure flushes before.
        let _ = self.flush();
    }
}

impl Vm {
    /// Prints bytes; what fails ends the program quietly or is an `IOError`.
    #[inline]
    pub fn print_bytes(&mut self, bytes: &[u8]) -> Result<(), Thrown> {
        match self.output.write(bytes) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.output_error(&error)),
        }
    }

    /// Writes what was printed so far.
    #[inline]
    pub fn flush_output(&mut self) -> Result<(), Thrown> {
        match self.output.flush() {
            Ok(()) => Ok(()),
            Err(error) => Err(self.output_error(&error)),
        }
    }

    /// Writes what was printed so far before C, which may print too, is called.
    #[inline]
    pub fn output_before_c(&mut self) -> Result<(), Thrown> {
        match self.output.before_c() {
            Ok(()) => Ok(()),
            Err(error) => Err(self.output_error(&error)),
        }
    }

    /// What a failure of standard output is to the script.
    #[cold]
    pub fn output_error(&mut self, error: &io::Error) -> Thrown {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Thrown::Exit(CLOSED_PIPE_STATUS);
        }
        let text = error.to_string();
        let reason = text.split(" (os error").next().unwrap_or("");
        let value = self.runtime.error(ErrorKind::IOError, &format!("cannot write to standard output: {reason}"));
        if let (Some(error_value), Some(code)) = (ErrorRef::of(value), error.raw_os_error()) {
            let code = self.runtime.int(code as i64);
            error_value.set_code(&mut self.runtime.heap, code);
        }
        Thrown::Value(value)
    }
}
