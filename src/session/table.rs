//! Tables of plain text, for a terminal.

use std::fmt;
use unicode_width::UnicodeWidthStr;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Align {
    Left,
    Right,
}

/// Rows under a line of headings, each column as wide as its widest cell, indented by two blanks.
pub(super) struct Table {
    alignment: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(columns: &[(&str, Align)]) -> Table {
        let headings = columns.iter().map(|(heading, _)| heading.to_string()).collect();
        Table { alignment: columns.iter().map(|(_, align)| *align).collect(), rows: vec![headings] }
    }

    /// A row; as many cells as there are columns.
    pub fn row(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.alignment.len());
        self.rows.push(cells);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let width = |column: usize| self.rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.alignment.len()).map(width).collect();
        for row in &self.rows {
            let mut line = String::new();
            for ((cell, &width), align) in row.iter().zip(&widths).zip(&self.alignment) {
                let blanks = " ".repeat(width - cell.width());
                line.push_str("  ");
                match align {
                    Align::Left => line.extend([cell.as_str(), &blanks]),
                    Align::Right => line.extend([&blanks, cell.as_str()]),
                }
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_must_be() {
        let mut table = Table::new(&[("n", Align::Right), ("name", Align::Left), ("x", Align::Left)]);
        table.row(vec!["10".into(), "日本".into(), String::new()]);
        table.row(vec!["9".into(), "longer".into(), "y".into()]);
        assert_eq!(table.to_string(), "   n  name    x\n  10  日本\n   9  longer  y\n");
    }
}
