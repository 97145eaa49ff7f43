//! Blanks between the tokens of a line.

use crate::syntax::token::Token;
use crate::syntax::would_join;

/// What a token is to its neighbours.
#[derive(Clone, Copy, Debug)]
pub struct Mark<'text> {
    pub token: Token,
    pub text: &'text str,
    pub role: Role,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    Plain,
    /// A unary operator, or the star of a pointer type.
    Prefix,
    /// An operator as the name of a method.
    MethodName,
    /// The colon before the width of a bit-field.
    BitColon,
    /// The brackets of a slice or array type.
    TypeBracket,
    /// The closing bracket of an attribute, or of the arena of `new`: no operand ends with it.
    HeaderEnd,
    /// The star of a pattern of names, `Z_*`.
    NameStar,
}

impl Mark<'_> {
    /// An operator that follows is binary, a bracket a call or an index.
    pub fn ends_operand(self) -> bool {
        use Token::*;
        let can = self.token.can_end_statement() && !matches!(self.token, Return | Break | Continue | Yield | Unknown);
        can && !matches!(self.role, Role::HeaderEnd | Role::TypeBracket)
    }
}

/// Whether a blank stands between two tokens of one line.
pub fn has_space(left: Mark, right: Mark) -> bool {
    if is_glued(left, right) {
        // `- -x`, `& &x`: glued they would be another token.
        return is_sign(left) && is_sign(right) && would_join(left.text, right.text);
    }
    true
}

fn is_sign(mark: Mark) -> bool {
    mark.text.bytes().all(|byte| byte.is_ascii_punctuation() && !matches!(byte, b'"' | b'\'' | b'#' | b'_'))
}

fn is_glued(left: Mark, right: Mark) -> bool {
    use Token::*;
    match right.token {
        Comma | Semicolon | ParenClose | BracketClose | Dot | SafeDot | Range | RangeInclusive | Question => return true,
        CText => return true,
        Colon => return right.role != Role::BitColon,
        BraceClose => return matches!(left.token, BraceOpen | CText),
        Star if right.role == Role::NameStar => return left.token == Name,
        ParenOpen => return opens_behind(left),
        BracketOpen if left.ends_operand() => return true,
        _ => {}
    }
    match left.token {
        ParenOpen | BracketOpen | Dot | SafeDot | Range | RangeInclusive | Ellipsis | At => true,
        BracketClose => left.role == Role::TypeBracket,
        _ => left.role == Role::Prefix,
    }
}

/// Whether a `(` stands right behind a token: that of a call, of parameters, of a word that works like a function.
fn opens_behind(left: Mark) -> bool {
    use Token::*;
    match left.token {
        Fn | Sizeof | Alignof | Offsetof | New | IndexName | IndexSetName | ParenOpen | BracketOpen => true,
        Dot | SafeDot | Range | RangeInclusive | Ellipsis | At => true,
        _ => left.ends_operand() || matches!(left.role, Role::Prefix | Role::MethodName | Role::TypeBracket),
    }
}
