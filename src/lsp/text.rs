//! Positions in a text: the protocol counts lines and UTF-16 units, the language bytes.

use lsp_types::{Position, Range};

/// A text with the starts of its lines.
#[derive(Debug, Default)]
pub struct Text {
    pub content: String,
    line_starts: Vec<usize>,
}

impl Text {
    pub fn new(content: String) -> Text {
        let line_starts = std::iter::once(0)
            .chain(content.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at + 1))
            .collect();
        Text { content, line_starts }
    }

    /// The line from 0, and the units before a byte in it.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.content.len());
        let line = self.line_starts.partition_point(|&start| start <= offset) - 1;
        let before = self.content.get(self.line_starts[line]..offset).unwrap_or("");
        Position::new(line as u32, before.encode_utf16().count() as u32)
    }

    /// The byte at a position; behind the end of a line that end.
    pub fn offset(&self, position: Position) -> usize {
        let Some(&start) = self.line_starts.get(position.line as usize) else { return self.content.len() };
        let end = self.line_starts.get(position.line as usize + 1).map_or(self.content.len(), |&next| next - 1);
        let line = self.content[start..end].trim_end_matches('\r');
        let mut units = 0;
        for (at, character) in line.char_indices() {
            if units >= position.character {
                return start + at;
            }
            units += character.len_utf16() as u32;
        }
        start + line.len()
    }

    pub fn range(&self, start: usize, end: usize) -> Range {
        Range::new(self.position(start), self.position(end))
    }

    pub fn whole(&self) -> Range {
        self.range(0, self.content.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_utf16_units() {
        let text = Text::new("a😀é\r\nb\n".to_string());
        let behind = "a😀é".len();
        assert_eq!(text.position(behind), Position::new(0, 4));
        assert_eq!(text.offset(Position::new(0, 4)), behind);
        assert_eq!(text.offset(Position::new(0, 99)), behind);
        assert_eq!(text.offset(Position::new(0, 3)), "a😀".len());
        assert_eq!(text.position(behind + 2), Position::new(1, 0));
        assert_eq!(text.offset(Position::new(9, 0)), text.content.len());
        for offset in [0, 1, 5, behind + 2, text.content.len()] {
            assert_eq!(text.offset(text.position(offset)), offset);
        }
    }
}
