//! The tokens and the one table of keywords.
//!
//! The derive reads what can be told without context. What cannot (the inside of strings, numbers, the words that are keywords
//! only in some places) is scanned by hand in the files that follow; the variants without a pattern are made there.

use logos::Logos;

#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[logos(skip r"[ \t\r\x00\x0B\x0C]+")]
pub enum Token {
    // ---- keywords
    #[token("and")]
    And,
    #[token("as")]
    As,
    #[token("break")]
    Break,
    #[token("catch")]
    Catch,
    #[token("const")]
    Const,
    #[token("continue")]
    Continue,
    #[token("defer")]
    Defer,
    #[token("else")]
    Else,
    #[token("enum")]
    Enum,
    #[token("extern")]
    Extern,
    #[token("false")]
    False,
    #[token("finally")]
    Finally,
    #[token("fn")]
    Fn,
    #[token("for")]
    For,
    #[token("if")]
    If,
    #[token("import")]
    Import,
    #[token("in")]
    In,
    #[token("is")]
    Is,
    #[token("let")]
    Let,
    #[token("match")]
    Match,
    #[token("new")]
    New,
    #[token("nil")]
    Nil,
    #[token("not")]
    Not,
    #[token("or")]
    Or,
    #[token("return")]
    Return,
    #[token("sizeof")]
    Sizeof,
    #[token("alignof")]
    Alignof,
    #[token("offsetof")]
    Offsetof,
    #[token("struct")]
    Struct,
    #[token("throw")]
    Throw,
    #[token("true")]
    True,
    #[token("try")]
    Try,
    #[token("union")]
    Union,
    #[token("var")]
    Var,
    #[token("while")]
    While,
    #[token("yield")]
    Yield,
    /// `type` where a type is named.
    Type,
    /// `from` before an import.
    From,
    /// `c` of `extern … c {`.
    C,
    /// `header` of `extern … header "…" {`.
    Header,

    // ---- names and literals
    #[regex(r"[\p{XID_Start}_]\p{XID_Continue}*")]
    Name,
    /// An integer; the value is an index of [`Literals::integers`](super::lexer::Literals).
    #[regex(r"[0-9][0-9A-Za-z_]*")]
    Integer,
    /// 2^63, allowed right after a unary minus.
    IntegerMinimum,
    Float,
    /// A string without interpolations.
    String,
    Bytes,
    /// The opening quote of a string with interpolations.
    TemplateStart,
    TemplateText,
    /// The `{` of an interpolation.
    HoleOpen,
    /// The `}` of an interpolation, with its format; the value is one more than the format's index, or 0.
    HoleClose,
    TemplateEnd,
    /// The C declarations between the braces of `extern … c { … }`.
    CText,

    // ---- punctuation
    #[token("(")]
    ParenOpen,
    #[token(")")]
    ParenClose,
    #[token("[")]
    BracketOpen,
    #[token("]")]
    BracketClose,
    /// The value is the [`BraceKind`](super::bracket::BraceKind).
    #[token("{")]
    BraceOpen,
    #[token("}")]
    BraceClose,
    #[token(",")]
    Comma,
    /// The value is an [`End`](super::statement_end::End).
    #[token(";")]
    Semicolon,
    #[token(":")]
    Colon,
    #[token(".")]
    Dot,
    #[token("?.")]
    SafeDot,
    #[token("..")]
    Range,
    #[token("..=")]
    RangeInclusive,
    #[token("...")]
    Ellipsis,
    #[token("?")]
    Question,
    #[token("??")]
    Coalesce,
    #[token("@")]
    At,
    /// `->` of a match arm.
    #[token("->")]
    Arrow,
    /// `->` behind the parameters of a function.
    ResultArrow,
    #[token("=>")]
    FatArrow,
    #[token("=")]
    Assign,
    #[token("+=")]
    PlusAssign,
    #[token("-=")]
    MinusAssign,
    #[token("*=")]
    StarAssign,
    #[token("/=")]
    SlashAssign,
    #[token("//=")]
    FloorAssign,
    #[token("%=")]
    PercentAssign,
    #[token("**=")]
    PowerAssign,
    #[token("&=")]
    AmpersandAssign,
    #[token("|=")]
    PipeAssign,
    #[token("^=")]
    CaretAssign,
    #[token("<<=")]
    ShiftLeftAssign,
    #[token(">>=")]
    ShiftRightAssign,
    #[token("??=")]
    CoalesceAssign,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("//")]
    Floor,
    #[token("%")]
    Percent,
    #[token("**")]
    Power,
    #[token("+%")]
    PlusWrap,
    #[token("-%")]
    MinusWrap,
    #[token("*%")]
    StarWrap,
    #[token("<<")]
    ShiftLeft,
    #[token(">>")]
    ShiftRight,
    #[token(">>>")]
    ShiftRightLogical,
    #[token("&")]
    Ampersand,
    #[token("|")]
    Pipe,
    #[token("^")]
    Caret,
    #[token("~")]
    Tilde,
    #[token("==")]
    Equal,
    #[token("!=")]
    NotEqual,
    #[token("<")]
    Less,
    #[token("<=")]
    LessEqual,
    #[token(">")]
    Greater,
    #[token(">=")]
    GreaterEqual,
    /// `[]` as the name of a method.
    IndexName,
    /// `[]=` as the name of a method.
    IndexSetName,

    // ---- scanned further by hand; none of these reaches the parser
    #[token("\"")]
    Quote,
    #[token("\"\"\"")]
    BlockQuote,
    #[token("r\"")]
    RawQuote,
    #[token("r\"\"\"")]
    RawBlockQuote,
    #[token("b\"")]
    BytesQuote,
    #[token("'")]
    CharacterQuote,
    #[token("\n")]
    LineBreak,
    #[regex(r"#[^\n]*", allow_greedy = true)]
    Comment,
    /// `&& || ! ++ --`: what other languages write.
    #[regex(r"&&+|\|\|+|!+|\+\++|--+")]
    Foreign,

    // ---- recovery
    /// Text that is no token; an error has been reported.
    Unknown,
    /// Stands for a statement, arm or member that could not be read; an error has been reported.
    Failed,
}

/// Every word that is always a keyword, in alphabetical order, with its token.
pub const KEYWORDS: &[(&str, Token)] = &[
    ("alignof", Token::Alignof),
    ("and", Token::And),
    ("as", Token::As),
    ("break", Token::Break),
    ("catch", Token::Catch),
    ("const", Token::Const),
    ("continue", Token::Continue),
    ("defer", Token::Defer),
    ("else", Token::Else),
    ("enum", Token::Enum),
    ("extern", Token::Extern),
    ("false", Token::False),
    ("finally", Token::Finally),
    ("fn", Token::Fn),
    ("for", Token::For),
    ("if", Token::If),
    ("import", Token::Import),
    ("in", Token::In),
    ("is", Token::Is),
    ("let", Token::Let),
    ("match", Token::Match),
    ("new", Token::New),
    ("nil", Token::Nil),
    ("not", Token::Not),
    ("offsetof", Token::Offsetof),
    ("or", Token::Or),
    ("return", Token::Return),
    ("sizeof", Token::Sizeof),
    ("struct", Token::Struct),
    ("throw", Token::Throw),
    ("true", Token::True),
    ("try", Token::Try),
    ("union", Token::Union),
    ("var", Token::Var),
    ("while", Token::While),
    ("yield", Token::Yield),
];

/// The words that are keywords only where the grammar expects them.
pub const CONTEXTUAL_KEYWORDS: &[(&str, Token)] =
    &[("c", Token::C), ("from", Token::From), ("header", Token::Header), ("type", Token::Type)];

/// All words that are always keywords, in alphabetical order.
pub fn keywords() -> impl Iterator<Item = &'static str> {
    KEYWORDS.iter().map(|&(word, _)| word)
}

/// Whether a text can be a name: an identifier and no keyword.
pub fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|c| c == '_' || unicode_ident::is_xid_start(c))
        && characters.all(unicode_ident::is_xid_continue)
        && !is_keyword(text)
}

/// Whether a word is always a keyword.
pub fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search_by(|&(keyword, _)| keyword.cmp(word)).is_ok()
}

/// What kind of text a token is, for highlighting and listings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenClass {
    Keyword,
    Name,
    Number,
    String,
    /// The braces and the format of an interpolation.
    Interpolation,
    Comment,
    DocComment,
    Operator,
    /// `( ) [ ] { }`
    Bracket,
    /// `, ; : .`, also the statement ends that stand for a line break.
    Separator,
    /// `@` and the attribute's name.
    Attribute,
    CText,
    /// What is no token.
    Unknown,
}

impl TokenClass {
    pub fn name(self) -> &'static str {
        match self {
            TokenClass::Keyword => "keyword",
            TokenClass::Name => "name",
            TokenClass::Number => "number",
            TokenClass::String => "string",
            TokenClass::Interpolation => "interpolation",
            TokenClass::Comment => "comment",
            TokenClass::DocComment => "doc comment",
            TokenClass::Operator => "operator",
            TokenClass::Bracket => "bracket",
            TokenClass::Separator => "separator",
            TokenClass::Attribute => "attribute",
            TokenClass::CText => "C text",
            TokenClass::Unknown => "unknown",
        }
    }
}

impl Token {
    /// The words from `and` to `yield`, and the four contextual ones once they were recognised.
    pub fn is_keyword(self) -> bool {
        (self as u8) <= (Token::Header as u8)
    }

    /// A statement may end behind this token.
    pub fn can_end_statement(self) -> bool {
        use Token::*;
        matches!(
            self,
            Name | Integer
                | IntegerMinimum
                | Float
                | String
                | Bytes
                | TemplateEnd
                | Nil
                | True
                | False
                | Return
                | Break
                | Continue
                | Yield
                | ParenClose
                | BracketClose
                | BraceClose
                | Question
                | Unknown
        )
    }

    /// A line that begins with this token goes on with the statement of the line before.
    pub fn continues_statement(self) -> bool {
        use Token::*;
        matches!(self, Dot | SafeDot | Else | Catch | Finally | And | Or | Coalesce)
    }

    /// A keyword that no expression holds in the middle: at the start of a line it begins a statement.
    pub fn begins_statement(self) -> bool {
        use Token::*;
        matches!(
            self,
            Let | Var
                | Const
                | While
                | For
                | Return
                | Break
                | Continue
                | Import
                | Extern
                | Struct
                | Union
                | Enum
                | Defer
                | Yield
                | Throw
                | Type
                | From
        )
    }

    pub fn class(self) -> TokenClass {
        use Token::*;
        match self {
            Name => TokenClass::Name,
            Integer | IntegerMinimum | Float => TokenClass::Number,
            String | Bytes | TemplateStart | TemplateText | TemplateEnd | CharacterQuote => TokenClass::String,
            HoleOpen | HoleClose => TokenClass::Interpolation,
            CText => TokenClass::CText,
            ParenOpen | ParenClose | BracketOpen | BracketClose | BraceOpen | BraceClose => TokenClass::Bracket,
            Comma | Semicolon | Colon | Dot | SafeDot | LineBreak => TokenClass::Separator,
            At => TokenClass::Attribute,
            Comment => TokenClass::Comment,
            Unknown | Failed => TokenClass::Unknown,
            _ if self.is_keyword() => TokenClass::Keyword,
            _ => TokenClass::Operator,
        }
    }
}
