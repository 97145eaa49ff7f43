//! The one style of source text.
//!
//! What the style decides: indentation (four blanks), blanks between tokens, where a comment stands in its line, at most one blank
//! line in a row and none at the edges of a block, separators (see below), and breaks where a line would be wider than
//! [`WIDTH`]. What it leaves to the writer: the line breaks that are there, blank lines between statements, the text of
//! strings, and C text. A bracket whose content was broken somewhere between its items is broken at both its ends too, so there are
//! two shapes of a list and not five.
//!
//! What holds of the result, and is checked each time before it is returned (`same`):
//!
//! - The tokens are those of the source, but for *separators*: a `;`, or a comma in the braces of a record, an enumeration or a `match`,
//!   goes where a line break stands for it; the comma behind the last item of a list is there if the list is broken, and only then.
//! - All comments are there, in their order; one behind code stays behind that code.
//! - Formatting it again changes nothing (this one is checked by the tests).
//!
//! The formatter works on tokens, not on the tree: it never recurses, and takes time in proportion to the text. The tree is asked
//! only which stars and brackets belong to types. Four steps:
//!
//! 1. **Pieces** (`piece`, `build`, `spacing`, `hole`): tokens, whole strings, comments, and what stands between `# fmt: off` and `# fmt: on`,
//!    each with the line breaks before it and the bracket around it; separators made alike.
//! 2. **Groups** (`group`): which brackets are broken, from the breaks that the writer made.
//! 3. **Lines** (`layout`, `split`): line after line; one that is too wide gets a break, at the outermost place that helps, until it fits or
//!    nothing is left to break.
//! 4. **Text** (`print`): indentation, comments in columns, text blocks moved along with their code.

mod build;
mod group;
mod hole;
mod layout;
mod piece;
mod print;
mod same;
mod spacing;
mod split;

#[cfg(test)]
mod tests;

use crate::diagnostic::Diagnostic;
use crate::source::{SourceFile, SourceMap};
use crate::syntax;
pub use same::comments;

/// How wide a line may be before it is broken, in columns. Comments, and what cannot be broken, may be wider.
pub const WIDTH: usize = 120;

/// How far each level is indented.
const INDENTATION: usize = 4;

/// The text of a file in the one style, or what is wrong with its syntax.
///
/// # Panics
/// If the result does not mean what the source means: a mistake in this module.
pub fn format(file: &SourceFile) -> Result<String, Vec<Diagnostic>> {
    let parsed = syntax::parse(file);
    if !parsed.diagnostics.is_empty() {
        return Err(parsed.diagnostics);
    }
    // Line breaks are alike everywhere, in strings and C text too, where the language reads them alike.
    if file.text.contains("\r\n") {
        let mut sources = SourceMap::new();
        let Ok(plain) = sources.add(file.name.clone(), file.text.replace("\r\n", "\n")) else { return Ok(file.text.clone()) };
        return format(&plain);
    }
    let (listed, types) = (syntax::lexemes(file), build::TypeStarts::of(file, &parsed.module));
    let mut pieces = build::build(file, &listed, &types);
    group::settle(&mut pieces);
    let lines = layout::lay_out(&mut pieces);
    let text = print::print(&pieces, &lines, file);
    same::expect_same(file, &text);
    Ok(text)
}
