//! `cotter lsp`: the language server on standard input and output.

use super::{Status, environment};
use crate::session::Options;
use std::io::{BufReader, stdin, stdout};

pub fn lsp() -> Status {
    let lookup = &environment::variable;
    let options = Options { module_path: environment::module_path(lookup), ..environment::reading_options(lookup) };
    Status(crate::lsp::serve(&mut BufReader::new(stdin().lock()), &mut stdout().lock(), options))
}
