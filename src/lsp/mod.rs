//! The language server: what editors ask about a script while somebody writes it.
//!
//! One thread, one loop: a message is read from standard input, answered on standard output, and then comes the next one. Whatever is in
//! a message, the server goes on: what is no message gets an error for an answer, and so does a request that cannot be answered.
//! It ends when the editor says so, or closes the stream.
//!
//! Nothing is run, and no C compiler at each stroke of a key: headers are kept in memory, and what a block with C declared when it could be
//! read is known until it can be read again ([`crate::binding`]). What is known of a text comes from the parts that compile it: mistakes from the compiler, names from its
//! resolver ([`crate::compile::names`]), documentation from the tables of the library, layout from the formatter.
//!
//! Files in reading order: `transport` (messages on a stream), `text` (positions: the protocol counts UTF-16 units, the language bytes),
//! `document` (an open file and what is known of it), `library` (what is written down about the library), `modules` (other files),
//! `server` (requests and their answers), and the answers that take more than a few lines: `describe` (hover), `complete` and
//! `complete_import`, `signature`, `outline`, `references`, `rename`.
//!
//! What this module does not do: it sends no requests of its own, watches no files, and keeps nothing between two runs.

mod complete;
mod complete_import;
mod describe;
mod document;
mod library;
mod modules;
mod outline;
mod references;
mod rename;
mod server;
mod signature;
mod text;
mod transport;

use crate::session::Options;
use server::Server;
use std::io::{BufRead, Write};
use transport::Incoming;

/// Serves an editor until it leaves, reading scripts with these options. The status to end with: 0 if it said goodbye as the protocol wants it, else 1.
pub fn serve(input: &mut impl BufRead, output: &mut impl Write, options: Options) -> u8 {
    let mut server = Server::new(options);
    loop {
        let answers = match transport::read(input) {
            Ok(Incoming::Message(message)) => server.receive(*message),
            Ok(Incoming::Malformed(reason)) => {
                if transport::write_malformed(output, &reason).is_err() {
                    return 1;
                }
                continue;
            }
            Ok(Incoming::End) | Err(_) => return u8::from(!server.is_shut_down()),
        };
        for answer in answers {
            if answer.write(output).is_err() {
                return 1;
            }
        }
        if let Some(status) = server.ended() {
            return status;
        }
    }
}
