//! The table in `docs/accuracy.md`, between two marks; rows that were not measured this time stay.

use crate::functions::{FUNCTIONS, FUNCTIONS_OF_TWO};
use crate::worst::Worst;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/accuracy.md");
const BEGIN: &str = "<!-- math:check -->";
const END: &str = "<!-- /math:check -->";
const HEAD: &str = "| function | dtype | largest error | allowed | at | compared |";

/// What was found of a function in a dtype.
pub struct Measured {
    pub name: &'static str,
    pub dtype: &'static str,
    pub bound: f64,
    pub worst: Worst,
    /// How many inputs there are, where that can be all.
    pub all: Option<u64>,
}

impl Measured {
    /// Whether all is as it should be.
    pub fn holds(&self) -> bool {
        self.worst.error <= self.bound && !self.worst.differs
    }

    /// The arguments of the largest error.
    fn place(&self) -> String {
        let two = FUNCTIONS_OF_TWO.iter().any(|f| f.name == self.name);
        let number = |bits| match self.dtype {
            "float32" => format!("{:e}", f32::from_bits(bits as u32)),
            _ => format!("{:e}", f64::from_bits(bits)),
        };
        match (self.worst.error > 0.0, two) {
            (false, _) => String::new(),
            (true, false) => number(self.worst.at[0]),
            (true, true) => self.worst.at.map(number).join(", "),
        }
    }

    fn compared(&self) -> String {
        let bits = if self.worst.differs { ", AVX2 DIFFERS" } else { "" };
        match self.all {
            Some(all) if all == self.worst.compared => format!("all numbers{bits}"),
            Some(all) => format!("one in {}{bits}", all / self.worst.compared),
            None => format!("{:.1e} points{bits}", self.worst.compared as f64),
        }
    }

    /// Its row.
    pub fn row(&self) -> String {
        let (error, place) = (self.worst.error, self.place());
        let error = if error > 0.0 {
            format!("{:.4}", (error * 1e4).ceil() / 1e4)
        } else {
            "0".into()
        };
        format!(
            "| {} | {} | {error} | {} | {place} | {} |",
            self.name,
            self.dtype,
            self.bound,
            self.compared()
        )
    }
}

/// The file and the rows of its table.
pub struct Table {
    before: String,
    rows: Vec<String>,
    after: String,
}

/// What a row is known by: function and dtype.
fn key(row: &str) -> (usize, String) {
    let mut cells = row.split('|').map(str::trim).skip(1);
    let name = cells.next().unwrap_or_default();
    let names = FUNCTIONS
        .iter()
        .map(|f| f.name)
        .chain(FUNCTIONS_OF_TWO.iter().map(|f| f.name));
    let place = names.into_iter().position(|known| known == name);
    (
        place.unwrap_or(usize::MAX),
        cells.next().unwrap_or_default().to_string(),
    )
}

impl Table {
    /// Reads it.
    pub fn read() -> Table {
        let text = std::fs::read_to_string(FILE).expect("docs/accuracy.md is there");
        let (before, rest) = text.split_once(BEGIN).expect("the table has a mark before it");
        let (rows, after) = rest.split_once(END).expect("the table has a mark behind it");
        let rows = rows
            .lines()
            .filter(|line| line.starts_with('|'))
            .skip(2)
            .map(String::from)
            .collect();
        Table {
            before: before.to_string(),
            rows,
            after: after.to_string(),
        }
    }

    /// Puts a row in place of the one of the same function and dtype.
    pub fn put(&mut self, measured: Measured) {
        let row = measured.row();
        self.rows.retain(|old| key(old) != key(&row));
        self.rows.push(row);
        self.rows.sort_by_key(|row| key(row));
    }

    /// Writes the file.
    pub fn write(&self) {
        let rows = std::iter::once(HEAD).chain(self.rows.iter().map(String::as_str));
        let table = aligned(rows.map(cells).collect());
        let text = format!("{}{BEGIN}\n\n{table}\n{END}{}", self.before, self.after);
        std::fs::write(FILE, text).expect("docs/accuracy.md can be written");
    }
}

fn cells(row: &str) -> Vec<String> {
    let row = row.trim_matches('|');
    row.split('|').map(|cell| cell.trim().to_string()).collect()
}

/// A table as the formatter of Markdown wants it.
fn aligned(mut rows: Vec<Vec<String>>) -> String {
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    rows.insert(1, widths.iter().map(|&width| "-".repeat(width)).collect());
    let line = |row: &Vec<String>| -> String {
        let padded = row
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| format!(" {cell:width$} |"));
        format!("|{}\n", padded.collect::<String>())
    };
    rows.iter().map(line).collect()
}
