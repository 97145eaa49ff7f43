//! Text to tree.
//!
//! Four steps, each a file or two; none of them ever fails, whatever the text:
//!
//! 1. **Lexer** (`lexer`, with `string`, `escape`, `number`, `c_text`): text to raw tokens. The matcher generated from `token` finds what
//!    can be told without context; strings, numbers and C text are scanned by hand. A string with interpolations becomes several
//!    tokens with the tokens of its expressions between them. Comments go to a side list.
//! 2. **Second pass** (`statement_end`, `bracket`): puts in the `;` that line breaks stand for, balances brackets, and settles which words are
//!    names. Behind it the grammar knows nothing of lines.
//! 3. **Parser** (`parse`, the grammar in `grammar/cotter.lalrpop`, its actions in `builder`): one statement of the top level at a time,
//!    with recovery. `parse_error` words what went wrong, `foreign_word` knows what
//!    people bring along from other languages.
//! 4. **Tree** (`tree`): plain data. `print` shows it, `walk` is for those who look for something in it.
//!
//! What holds of every tree:
//!
//! - Its height is at most [`tree::MAXIMUM_DEPTH`], so passes over it may recurse, and so may its drop. Brackets are bounded in the second
//!   pass, everything else where nodes are made; long `else if` chains, lists and blocks are flat.
//! - If there are no diagnostics, no node is an error node. If there are, every error node stands for one of them.
//! - Every [`tree::NameId`] below [`tree::Module::name_count`] is used at most once.
//!
//! What this module does not do: it knows nothing of scopes, types or constants; `x = 1` is fine here whatever `x` is.
//!
//! No other module sees the lexer generator or the parser generator.

mod bracket;
mod builder;
mod c_text;
mod decode;
mod escape;
mod foreign_word;
mod lexer;
mod listing;
mod number;
mod parse;
mod parse_error;
mod print;
mod statement_end;
mod string;
pub mod token;
pub mod tree;
pub mod walk;

#[cfg(test)]
mod tests;

pub use bracket::BraceKind;
pub use decode::{InvalidSource, decode_source};
pub use lexer::Lexeme;
pub use listing::{Lexemes, ListedToken, is_incomplete, lexemes, tokens, would_join};
pub use parse::{MAXIMUM_ERRORS, Parsed, parse, parse_behind};
pub use print::{print_expression, print_tree};
pub use statement_end::End;

#[allow(clippy::all, clippy::pedantic, unused, reason = "generated")]
mod grammar {
    lalrpop_util::lalrpop_mod!(generated, "/cotter.rs");
    pub use generated::UnitParser;
}
