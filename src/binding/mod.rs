//! From declarations in C to declarations in Cotter.
//!
//! A script may paste C into an extern block, or name an installed header; `cotter bind` prints what a header declares as
//! source text, and `cotter verify` asks the C compiler whether declarations are true. All four go the same way:
//!
//! 1. **Tokens** (`token`). C text of a script is preprocessed here (`directive`, `macros`), so a script with pasted C runs where
//!    no C compiler is. A header is preprocessed by the C compiler (`compiler`, `header`), for nobody else knows its settings.
//! 2. **Pieces** (`piece`): one for each declaration, without attributes, assembler labels and bodies. What cannot be read costs
//!    its piece and nothing else: system headers are full of what is not C.
//! 3. **Declarations** (`read`, `c_type`, with `evaluate` for constant expressions): each piece goes through the C parser `lang_c`, and
//!    becomes data with all names of types resolved.
//! 4. **Items** (`choose`, `choose_type`, `item`): what was asked for, what that needs, and what cannot be said in Cotter, with the reason.
//! 5. Items become **a tree** (`tree`), which takes the place of the block's body before the script is compiled, or **source
//!    text** (`print`), with what C's doc comments say (`doc`).
//!
//! Editors ask for names only, of texts with mistakes in them, at each stroke of a key: `names` goes the same way and keeps what it can,
//! `kept` has the headers in memory, beside `cache`, which has answers on the disk.
//!
//! What holds:
//!
//! - Every token knows its place in the text it came from; places of pasted C are positions of the script, so each mistake is
//!   shown where it stands.
//! - The compiler of scripts never sees C: behind [`expand`] every extern block has items.
//! - Nothing that cannot be expressed exactly is approximated. A struct with such a field is opaque, a function with such a
//!   parameter is left out, and both are told.
//!
//! What this module does not do: it calls no C, opens no library, and does not lay out memory.
//!
//! No other module sees the C parser.

mod bind;
mod c_type;
mod cache;
mod choose;
mod choose_type;
mod compiler;
mod directive;
mod doc;
mod evaluate;
mod expand;
mod header;
mod item;
mod kept;
mod macros;
mod names;
mod naming;
mod piece;
mod prelude;
mod print;
mod read;
mod shape;
mod token;
mod tree;
mod view;

pub use bind::{BindRequest, Bound, Libraries, bind};
pub use compiler::{CCompiler, CompilerFailure};
pub use expand::{Surroundings, expand};
pub use kept::KeptHeaders;
pub use names::{ForeignBlock, ForeignNames, ForeignPlace, expand_names, names_of_headers};
pub use prelude::Prelude;
pub use shape::{Shape, difference};
pub use view::{HeaderView, Seen};

use piece::Piece;
use std::rc::Rc;

/// A name that was asked for and is not to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub why: String,
    pub help: Option<String>,
}

/// Something wrong with C, and where.
#[derive(Clone, Debug)]
pub struct Problem {
    pub place: usize,
    pub message: String,
    pub help: Option<String>,
    /// The names of the declaration that it is in.
    pub names: Vec<Rc<str>>,
}

impl Problem {
    fn new(place: usize, message: impl Into<String>) -> Problem {
        Problem { place, message: message.into(), help: None, names: Vec::new() }
    }

    fn with_help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }

    fn of_piece(mut self, piece: &Piece) -> Problem {
        self.names = piece.tokens.iter().filter(|token| token.is_identifier()).map(|token| Rc::clone(&token.text)).collect();
        self
    }
}
