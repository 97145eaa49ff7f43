//! The format behind the `:` of an interpolation, as plain data: `[[fill]align][sign][#][0][width][.precision][type]`.
//!
//! The lexer reads it (a malformed one is a syntax error); the display of values carries it out.

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Align {
    Left,
    Right,
    Center,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sign {
    /// `-`: only negative numbers show a sign (the default).
    Negative,
    /// `+`: all numbers do.
    Always,
    /// A blank stands where a `+` would.
    Blank,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Format {
    /// The character that fills up to the width; a blank if not given, `0` with the `0` flag.
    pub fill: char,
    /// `None`: numbers right, the rest left.
    pub align: Option<Align>,
    pub sign: Sign,
    /// `#`: a prefix `0x`, `0o`, `0b`.
    pub alternate: bool,
    /// `0`: zeros between sign and digits.
    pub zero: bool,
    /// Characters at least.
    pub width: u32,
    /// Digits behind the point, or characters of a string at most.
    pub precision: Option<u32>,
    /// One of `d x X o b e f g s u c %`.
    pub kind: Option<char>,
}

/// The largest width or precision that a format may ask for.
pub const MAXIMUM_WIDTH: u32 = 1_000_000;

impl Format {
    /// Reads a format. The error says what was expected and what was found.
    pub fn parse(text: &str) -> Result<Format, String> {
        let characters: Vec<char> = text.chars().collect();
        let mut at = 0;
        let align_of = |c: Option<&char>| match c {
            Some('<') => Some(Align::Left),
            Some('>') => Some(Align::Right),
            Some('^') => Some(Align::Center),
            _ => None,
        };
        let mut format = Format {
            fill: ' ',
            align: None,
            sign: Sign::Negative,
            alternate: false,
            zero: false,
            width: 0,
            precision: None,
            kind: None,
        };
        if let Some(align) = align_of(characters.get(1)) {
            format.fill = characters[0];
            format.align = Some(align);
            at = 2;
        } else if let Some(align) = align_of(characters.first()) {
            format.align = Some(align);
            at = 1;
        }
        match characters.get(at) {
            Some('+') => format.sign = Sign::Always,
            Some(' ') => format.sign = Sign::Blank,
            Some('-') => {}
            _ => at = at.wrapping_sub(1),
        }
        at = at.wrapping_add(1);
        if characters.get(at) == Some(&'#') {
            format.alternate = true;
            at += 1;
        }
        if characters.get(at) == Some(&'0') {
            format.zero = true;
            at += 1;
        }
        if let Some(width) = number(&characters, &mut at)? {
            format.width = width;
        }
        if characters.get(at) == Some(&'.') {
            at += 1;
            match number(&characters, &mut at)? {
                Some(precision) => format.precision = Some(precision),
                None => return Err("expected digits after the `.` of a format".to_string()),
            }
        }
        if let Some(&kind) = characters.get(at) {
            if !"dxXobefgsuc%".contains(kind) {
                return Err(format!(
                    "`{kind}` is no format type; expected one of d x X o b e f g s u c %, or [[fill]align][sign][#][0][width][.precision]"
                ));
            }
            format.kind = Some(kind);
            at += 1;
        }
        match characters.get(at) {
            None if text.is_empty() => Err("expected a format after `:`, such as `.3` or `>10`".to_string()),
            None => Ok(format),
            Some(_) => {
                let rest: String = characters[at..].iter().collect();
                Err(format!("the format should end before `{rest}`"))
            }
        }
    }
}

fn number(characters: &[char], at: &mut usize) -> Result<Option<u32>, String> {
    let mut value: Option<u32> = None;
    while let Some(digit) = characters.get(*at).and_then(|c| c.to_digit(10)) {
        let next = value.unwrap_or(0).saturating_mul(10).saturating_add(digit);
        if next > MAXIMUM_WIDTH {
            return Err(format!("a format's width and precision are {MAXIMUM_WIDTH} at most"));
        }
        value = Some(next);
        *at += 1;
    }
    Ok(value)
}
