//! Columns that line up in a terminal.

use crate::terminal_text::{cut, printable_line, width};

/// So wide at most is a text: a service's message may be a page.
const WIDEST_TEXT: usize = 100;
/// So narrow is a text made, and no narrower, where a line would be too long.
const NARROWEST_TEXT: usize = 8;
/// Between columns.
const GAP: &str = "  ";

/// Rows of cells; the columns are as wide as their widest cell.
#[derive(Debug)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
    /// How many of the first columns are texts; the others are figures.
    texts: usize,
}

impl Table {
    /// A table with a header, of which the first `texts` columns are aligned to the left.
    pub(super) fn new(header: &[&str], texts: usize) -> Self {
        Self {
            rows: vec![header.iter().map(|cell| (*cell).to_owned()).collect()],
            texts,
        }
    }

    pub(super) fn push(&mut self, row: &[String]) {
        self.rows
            .push(row.iter().map(|cell| printable_line(cell).into_owned()).collect());
    }

    /// Writes the rows, none of them wider than `most`. Texts are cut before figures are.
    pub(super) fn render(&self, most: usize, out: &mut String) {
        let widths = self.widths(most);
        for row in &self.rows {
            let mut line = String::new();
            for (column, (cell, columns)) in row.iter().zip(&widths).enumerate() {
                let cell = cut(cell, *columns);
                let padding = " ".repeat(columns - width(&cell));
                line.push_str(if column == 0 { "" } else { GAP });
                if column < self.texts {
                    line.push_str(&cell);
                    line.push_str(&padding);
                } else {
                    line.push_str(&padding);
                    line.push_str(&cell);
                }
            }
            out.push_str(&cut(line.trim_end(), most));
            out.push('\n');
        }
    }

    /// How wide each column is: the widest texts become narrower until a line fits.
    fn widths(&self, most: usize) -> Vec<usize> {
        let columns = 0..self.rows[0].len();
        let widest = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            let found = cells.map(|cell| width(cell)).max().unwrap_or(0);
            if column < self.texts { found.min(WIDEST_TEXT) } else { found }
        };
        let mut widths: Vec<_> = columns.map(widest).collect();
        let gaps = GAP.len() * (widths.len() - 1);
        while widths.iter().sum::<usize>() + gaps > most {
            let widest = widths[..self.texts].iter_mut().max().filter(|w| **w > NARROWEST_TEXT);
            match widest {
                Some(widest) => *widest -= 1,
                None => break,
            }
        }
        widths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_it_may_be() {
        let mut table = Table::new(&["journey", "step", "outcome", "count", "%"], 3);
        let words = "refused: ".to_owned() + &"no such user ".repeat(30);
        for (journey, step, outcome) in [
            ("session", "sp_login", &*words),
            ("漢字漢字漢字漢字漢字漢字", "a\u{1B}[2Jb\nc", "fault"),
        ] {
            let mut row = [journey, step, outcome].map(str::to_owned).to_vec();
            row.extend(["123456".to_owned(), "100.00".to_owned()]);
            table.push(&row);
        }
        for most in [usize::MAX, 200, 120, 80, 60, 40, 20, 1] {
            let mut out = String::new();
            table.render(most, &mut out);
            assert_eq!(out.lines().count(), 3, "{out}");
            assert!(out.lines().all(|line| width(line) <= most), "{most}:\n{out}");
            assert!(!out.contains('\u{1B}'), "{out}");
            let is_whole = out.lines().skip(1).all(|line| line.ends_with("123456  100.00"));
            assert_eq!(is_whole, most >= 60, "{most}: figures are cut last:\n{out}");
        }
        let mut out = String::new();
        table.render(usize::MAX, &mut out);
        assert!(out.contains(&words[..99]) && !out.contains(&words[..100]), "{out}");
    }
}
