//! What is laid out: pieces, and the groups that brackets make of them.

use crate::syntax::BraceKind;
use crate::syntax::token::Token;
use std::borrow::Cow;

/// An index of [`Pieces::groups`]; the first is the whole file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GroupIndex(pub usize);

pub const WHOLE_FILE: GroupIndex = GroupIndex(0);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PieceKind {
    Token(Token),
    /// A string with all its interpolations, or C text: printed as one.
    Whole(Token),
    /// A separator that is printed only if something follows it in its line.
    Separator,
    /// The comma behind the last item of a list, printed only if the list is broken.
    TrailingComma,
    Comment,
    /// Lines between `# fmt: off` and `# fmt: on`.
    Verbatim,
}

#[derive(Debug)]
pub struct Piece<'text> {
    pub kind: PieceKind,
    pub text: Cow<'text, str>,
    /// Where it stands in the source, in bytes.
    pub start: usize,
    /// Line breaks between the piece before and this one in the source: 0, 1, or 2 for more.
    pub breaks: u8,
    /// A blank stands before it if it does not begin a line.
    pub has_space: bool,
    /// The group it stands in. A bracket stands in the group around its own.
    pub group: GroupIndex,
    pub opens: Option<GroupIndex>,
    pub closes: Option<GroupIndex>,
    /// It begins a statement, member, arm or item, or follows the attributes of one: in a line of its own it is not indented further.
    pub starts_item: bool,
    pub follows_attribute: bool,
    /// `else`, `catch` or `finally`.
    pub goes_on: bool,
    /// Such a word right behind the `}` before it: the line break between them goes.
    pub joins: bool,
    /// It, or for a comment what follows, stands at the level of items, not further in.
    pub is_at_item_level: bool,
    /// The layout begins a line here.
    pub is_split: bool,
    /// A text block whose lines may be indented otherwise.
    pub can_shift: bool,
    /// Columns up to its first line break, and behind its last one.
    pub first_width: usize,
    pub last_width: usize,
}

impl Piece<'_> {
    pub fn is_comment(&self) -> bool {
        self.kind == PieceKind::Comment
    }

    pub fn is_multiline(&self) -> bool {
        self.text.contains('\n')
    }

    pub fn token(&self) -> Option<Token> {
        match self.kind {
            PieceKind::Token(token) | PieceKind::Whole(token) => Some(token),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GroupKind {
    File,
    /// A block, or the items of an extern block: statements, separated by `;`.
    Block,
    /// The members of a record, an enumeration or a `match`, or the names of a header: separated by commas or `;`.
    Members(BraceKind),
    /// Items with commas between them, one of which may stand behind the last.
    List {
        is_attribute: bool,
    },
    /// An expression in parentheses.
    Parentheses,
    /// An index, the type of `sizeof`, the arena of `new`: not broken unless the writer did.
    Fixed,
    /// The brackets of a slice or array type.
    TypeBrackets,
}

impl GroupKind {
    pub fn is_braces(self) -> bool {
        matches!(self, GroupKind::Block | GroupKind::Members(_))
    }
}

#[derive(Debug)]
pub struct Group {
    pub kind: GroupKind,
    /// The nearest group around it that is made by braces, or the file.
    pub braces: GroupIndex,
    /// The pieces of its brackets.
    pub open: usize,
    pub close: usize,
    /// Its content stands in lines of its own.
    pub is_broken: bool,
    /// Each item stands in a line of its own, whatever the writer did.
    pub is_exploded: bool,
    /// The blocks of one `if` or `try`, which are broken together.
    pub chain: Option<usize>,
    /// How far the line with its opening bracket is indented, once that has been laid out.
    pub indentation: usize,
}

impl Group {
    pub fn is_empty(&self) -> bool {
        self.close == self.open + 1
    }
}

#[derive(Debug, Default)]
pub struct Pieces<'text> {
    pub pieces: Vec<Piece<'text>>,
    pub groups: Vec<Group>,
    /// The blocks of each `if` or `try` that has several.
    pub chains: Vec<Vec<GroupIndex>>,
}

impl<'text> Pieces<'text> {
    pub fn group(&self, index: GroupIndex) -> &Group {
        &self.groups[index.0]
    }

    pub fn is_broken(&self, index: GroupIndex) -> bool {
        self.groups[index.0].is_broken
    }

    /// Breaks a group, and with it the other blocks of its `if` or `try`.
    pub fn break_group(&mut self, index: GroupIndex, explode: bool) {
        let chain = self.group(index).chain;
        let together = chain.map_or(vec![index], |chain| self.chains[chain].clone());
        for GroupIndex(at) in together {
            let group = &mut self.groups[at];
            if !group.is_empty() {
                group.is_broken = true;
                group.is_exploded |= explode;
            }
        }
    }

    /// Whether a line begins with this piece.
    pub fn begins_line(&self, at: usize) -> bool {
        let piece = &self.pieces[at];
        let Some(previous) = at.checked_sub(1).map(|before| &self.pieces[before]) else { return true };
        if previous.is_comment() || previous.kind == PieceKind::Verbatim || piece.kind == PieceKind::Verbatim {
            return true;
        }
        match piece.kind {
            PieceKind::Comment => return piece.breaks > 0,
            PieceKind::Separator | PieceKind::TrailingComma => return false,
            _ => {}
        }
        if piece.is_split
            || piece.closes.is_some_and(|group| self.is_broken(group))
            || previous.opens.is_some_and(|group| self.is_broken(group))
        {
            return true;
        }
        if piece.starts_item {
            let group = self.group(piece.group);
            group.is_broken && (piece.breaks > 0 || group.is_exploded && !piece.follows_attribute)
        } else {
            piece.breaks > 0 && !piece.joins
        }
    }

    /// Whether a piece is printed at all.
    pub fn is_printed(&self, at: usize) -> bool {
        match self.pieces[at].kind {
            PieceKind::TrailingComma => self.is_broken(self.pieces[at].group),
            PieceKind::Separator => self
                .pieces
                .get(at + 1)
                .is_some_and(|next| next.closes.is_none() && !next.is_comment() && !self.begins_line(at + 1)),
            _ => true,
        }
    }
}
