//! Open files, as Rust knows them: one buffer for reading, one for writing, and one place in the file for both.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// Bytes that are read or written at once.
const BUFFER: usize = 1 << 16;

/// The numbers of the standard streams.
pub(super) const STANDARD_INPUT: u64 = 0;
pub(super) const STANDARD_OUTPUT: u64 = 1;
pub(super) const STANDARD_ERROR: u64 = 2;
/// What messages call standard input.
pub(super) const STANDARD_INPUT_NAME: &str = "standard input";

/// All files that scripts have opened, by number.
pub(super) struct OpenFiles {
    files: HashMap<u64, OpenFile>,
    next: u64,
}

impl Default for OpenFiles {
    fn default() -> Self {
        let standard = |name: &str, stream, reads| {
            OpenFile::new(name.to_string(), stream, Mode { reads, writes: !reads, is_binary: false, ..Mode::default() })
        };
        let files = HashMap::from([
            (STANDARD_INPUT, standard(STANDARD_INPUT_NAME, Stream::Input, true)),
            (STANDARD_OUTPUT, standard("standard output", Stream::Output, false)),
            (STANDARD_ERROR, standard("standard error", Stream::Errors, false)),
        ]);
        OpenFiles { files, next: 3 }
    }
}

impl OpenFiles {
    pub fn add(&mut self, file: OpenFile) -> u64 {
        let number = self.next;
        self.next += 1;
        self.files.insert(number, file);
        number
    }

    pub fn get(&mut self, number: u64) -> Option<&mut OpenFile> {
        self.files.get_mut(&number)
    }

    pub fn remove(&mut self, number: u64) -> Option<OpenFile> {
        self.files.remove(&number)
    }
}

/// How a file is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Mode {
    pub reads: bool,
    pub writes: bool,
    /// Each write goes to the end.
    pub appends: bool,
    /// What was in it is dropped.
    pub truncates: bool,
    /// It gives and takes bytes.
    pub is_binary: bool,
}

impl Mode {
    /// Reads `r`, `w`, `a`, with `+` and `b` behind, in any order.
    pub fn parse(text: &str) -> Option<Mode> {
        let mut mode = match text.chars().next()? {
            'r' => Mode { reads: true, ..Mode::default() },
            'w' => Mode { writes: true, truncates: true, ..Mode::default() },
            'a' => Mode { writes: true, appends: true, ..Mode::default() },
            _ => return None,
        };
        let mut has_plus = false;
        for character in text.chars().skip(1) {
            match character {
                '+' if !has_plus => (mode.reads, mode.writes, has_plus) = (true, true, true),
                'b' if !mode.is_binary => mode.is_binary = true,
                _ => return None,
            }
        }
        Some(mode)
    }
}

/// Where the bytes of an open file come from and go to.
pub(super) enum Stream {
    File(File),
    Input,
    /// Written by the interpreter's `Output`, not here.
    Output,
    Errors,
    Closed,
}

pub(super) struct OpenFile {
    /// What messages call it.
    pub name: String,
    pub stream: Stream,
    pub mode: Mode,
    /// What was read ahead; the script has had the first `taken` bytes of it.
    ahead: Vec<u8>,
    taken: usize,
    /// What was not yet written.
    pending: Vec<u8>,
}

impl OpenFile {
    fn new(name: String, stream: Stream, mode: Mode) -> OpenFile {
        OpenFile { name, stream, mode, ahead: Vec::new(), taken: 0, pending: Vec::new() }
    }

    pub fn open(path: &str, mode: Mode) -> io::Result<OpenFile> {
        let file = std::fs::OpenOptions::new()
            .read(mode.reads)
            .write(mode.writes && !mode.appends)
            .append(mode.appends)
            .create(mode.truncates || mode.appends)
            .truncate(mode.truncates)
            .open(path)?;
        Ok(OpenFile::new(path.to_string(), Stream::File(file), mode))
    }

    fn unread(&self) -> &[u8] {
        &self.ahead[self.taken..]
    }

    /// Reads more ahead; 0 at the end.
    fn read_ahead(&mut self) -> io::Result<usize> {
        self.flush()?;
        self.ahead.drain(..self.taken);
        self.taken = 0;
        let length = self.ahead.len();
        self.ahead.resize(length + BUFFER, 0);
        let room = &mut self.ahead[length..];
        let result = match &mut self.stream {
            Stream::File(file) => file.read(room),
            Stream::Input => io::stdin().lock().read(room),
            Stream::Output | Stream::Errors | Stream::Closed => Ok(0),
        };
        self.ahead.truncate(length + *result.as_ref().unwrap_or(&0));
        result
    }

    /// All that is left.
    pub fn read_all(&mut self) -> io::Result<Vec<u8>> {
        self.flush()?;
        let mut bytes = self.ahead.split_off(self.taken);
        self.ahead.clear();
        self.taken = 0;
        let result = match &mut self.stream {
            Stream::File(file) => file.read_to_end(&mut bytes),
            Stream::Input => io::stdin().lock().read_to_end(&mut bytes),
            Stream::Output | Stream::Errors | Stream::Closed => Ok(0),
        };
        match result {
            Ok(_) => Ok(bytes),
            Err(error) => {
                // What came before the failure can still be read.
                self.ahead = bytes;
                Err(error)
            }
        }
    }

    /// At most `count` bytes, fewer only at the end.
    pub fn read_bytes(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.unread().len() < count && self.read_ahead()? > 0 {}
        let length = count.min(self.unread().len());
        Ok(self.take(length))
    }

    /// The bytes of at most `count` characters, fewer only at the end. They may not be UTF-8.
    pub fn read_characters(&mut self, count: usize) -> io::Result<&[u8]> {
        let mut length = 0;
        for _ in 0..count {
            if length == self.unread().len() && self.read_ahead()? == 0 {
                break;
            }
            let width = match self.unread()[length] {
                0xC0..=0xDF => 2,
                0xE0..=0xEF => 3,
                0xF0..=0xFF => 4,
                _ => 1,
            };
            while self.unread().len() < length + width && self.read_ahead()? > 0 {}
            length = (length + width).min(self.unread().len());
        }
        Ok(self.take(length))
    }

    /// The bytes of the next line without its end (`\n` or `\r\n`); `None` at the end of the file.
    pub fn read_line(&mut self) -> io::Result<Option<&[u8]>> {
        let mut searched = 0;
        loop {
            if let Some(at) = self.unread()[searched..].iter().position(|&byte| byte == b'\n') {
                let line = self.take(searched + at + 1);
                let line = &line[..line.len() - 1];
                return Ok(Some(line.strip_suffix(b"\r").unwrap_or(line)));
            }
            searched = self.unread().len();
            if self.read_ahead()? == 0 {
                return if searched == 0 { Ok(None) } else { Ok(Some(self.take(searched))) };
            }
        }
    }

    fn take(&mut self, length: usize) -> &[u8] {
        let start = self.taken;
        self.taken += length;
        &self.ahead[start..self.taken]
    }

    /// Writes bytes at the place that reading has come to, or at the end if it was opened for appending.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.forget_ahead()?;
        if self.pending.len() + bytes.len() > BUFFER {
            self.flush()?;
            if bytes.len() >= BUFFER {
                return self.write_through(bytes);
            }
        }
        self.pending.extend_from_slice(bytes);
        if matches!(self.stream, Stream::Errors) { self.flush() } else { Ok(()) }
    }

    /// Puts the file's own place where the script is.
    fn forget_ahead(&mut self) -> io::Result<()> {
        let unread = self.unread().len() as i64;
        if unread > 0
            && let Stream::File(file) = &mut self.stream
        {
            file.seek(SeekFrom::Current(-unread))?;
        }
        self.ahead.clear();
        self.taken = 0;
        Ok(())
    }

    /// Writes what is pending; where that fails it is dropped.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let pending = std::mem::take(&mut self.pending);
        self.write_through(&pending)
    }

    fn write_through(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.stream {
            Stream::File(file) => file.write_all(bytes),
            Stream::Errors => io::stderr().lock().write_all(bytes),
            Stream::Input | Stream::Output | Stream::Closed => Ok(()),
        }
    }

    /// Goes to an offset from the start, in bytes.
    pub fn seek(&mut self, offset: u64) -> io::Result<()> {
        self.flush()?;
        self.ahead.clear();
        self.taken = 0;
        match &mut self.stream {
            Stream::File(file) => file.seek(SeekFrom::Start(offset)).map(|_| ()),
            _ => Err(io::ErrorKind::NotSeekable.into()),
        }
    }

    /// Writes what is pending and closes a file; a standard stream stays open.
    pub fn close(&mut self) -> io::Result<()> {
        let result = self.flush();
        if let Stream::File(_) = self.stream {
            self.stream = Stream::Closed;
            self.ahead = Vec::new();
            self.taken = 0;
        }
        result
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        // Whoever wants to know of a failure closes the file.
        let _ = self.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_of(bytes: &[u8]) -> (tempfile::TempDir, OpenFile) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        let file = OpenFile::open(path.to_str().unwrap(), Mode::parse("r+").unwrap()).unwrap();
        (folder, file)
    }

    #[test]
    fn modes() {
        assert_eq!(Mode::parse("rb+"), Mode::parse("r+b"));
        assert!(Mode::parse("a").is_some_and(|mode| mode.appends && !mode.reads));
        assert!(Mode::parse("w+").is_some_and(|mode| mode.truncates && mode.reads && mode.writes));
        for wrong in ["", "x", "rr", "rbb", "r++", "b", "rw"] {
            assert_eq!(Mode::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn lines_end_at_both_kinds_of_line_end_and_at_the_end() {
        let (_folder, mut file) = file_of(b"one\ntwo\r\n\nlast");
        let mut lines = Vec::new();
        while let Some(line) = file.read_line().unwrap() {
            lines.push(String::from_utf8(line.to_vec()).unwrap());
        }
        assert_eq!(lines, ["one", "two", "", "last"]);
    }

    #[test]
    fn lines_longer_than_the_buffer_are_whole() {
        let long = vec![b'x'; 3 * BUFFER + 7];
        let (_folder, mut file) = file_of(&[&long[..], b"\nend\n"].concat());
        assert_eq!(file.read_line().unwrap().unwrap().len(), long.len());
        assert_eq!(file.read_line().unwrap(), Some(&b"end"[..]));
        assert_eq!(file.read_line().unwrap(), None);
    }

    #[test]
    fn characters_are_never_cut() {
        let (_folder, mut file) = file_of("aé😀b".as_bytes());
        assert_eq!(file.read_characters(2).unwrap(), "aé".as_bytes());
        assert_eq!(file.read_characters(1).unwrap(), "😀".as_bytes());
        assert_eq!(file.read_characters(9).unwrap(), b"b");
        assert_eq!(file.read_characters(9).unwrap(), b"");
    }

    #[test]
    fn reading_and_writing_share_one_place() {
        let (_folder, mut file) = file_of(b"0123456789");
        assert_eq!(file.read_bytes(3).unwrap(), b"012");
        file.write(b"ab").unwrap();
        assert_eq!(file.read_bytes(2).unwrap(), b"56");
        file.seek(0).unwrap();
        assert_eq!(file.read_all().unwrap(), b"012ab56789");
        file.close().unwrap();
        assert_eq!(file.read_all().unwrap(), b"");
    }
}
