//! Messages on a stream: headers, a blank line, and as many bytes of JSON as the headers say.
//!
//! The crate that defines the messages can read them, too, but gives up at the first that is malformed. Here what is
//! malformed is passed over: the next header that tells a length begins the next message.

use lsp_server::Message;
use std::io::{self, BufRead, Write};

/// A larger message is taken for a mistake in its header.
const LARGEST_MESSAGE: usize = 1 << 28;

pub enum Incoming {
    Message(Box<Message>),
    /// Why it is none.
    Malformed(String),
    /// The stream is at its end.
    End,
}

/// Reads the next message.
pub fn read(input: &mut impl BufRead) -> io::Result<Incoming> {
    let mut length = None;
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(Incoming::End);
        }
        let header = String::from_utf8_lossy(&line).trim().to_ascii_lowercase();
        if header.is_empty() {
            match length {
                Some(length) => break read_content(input, length),
                None => continue,
            }
        }
        // Behind a message whose length was too small, its rest stands before the next header.
        if let Some((_, value)) = header.split_once("content-length:") {
            length = value.trim().parse::<usize>().ok();
            if length.is_none_or(|length| length > LARGEST_MESSAGE) {
                return Ok(Incoming::Malformed(format!("`{}` is no length of a message", value.trim())));
            }
        }
    }
}

fn read_content(input: &mut impl BufRead, length: usize) -> io::Result<Incoming> {
    let mut content = vec![0; length];
    match input.read_exact(&mut content) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Incoming::End),
        Err(error) => return Err(error),
    }
    Ok(match serde_json::from_slice(&content) {
        Ok(message) => Incoming::Message(Box::new(message)),
        Err(error) => Incoming::Malformed(error.to_string()),
    })
}

/// Answers what was no message, and so had no number to answer to.
pub fn write_malformed(output: &mut impl Write, reason: &str) -> io::Result<()> {
    let answer = serde_json::json!({
        "jsonrpc": "2.0",
        "id": null,
        "error": { "code": lsp_server::ErrorCode::ParseError as i32, "message": format!("this is no message: {reason}") },
    });
    let text = answer.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    output.flush()
}
