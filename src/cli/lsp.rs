//! `cotter lsp`: the language server on standard input and output.

use super::{Status, environment};
use std::io::{BufReader, stdin, stdout};

pub fn lsp() -> Status {
    let module_path = environment::module_path(&environment::variable);
    Status(crate::lsp::serve(&mut BufReader::new(stdin().lock()), &mut stdout().lock(), module_path))
}
