//! A table that is taken along: as CSV that Excel opens, and as XLSX.

use chrono::NaiveDate;
use rust_xlsxwriter::{ColNum, ExcelDateTime, Format, RowNum, Workbook, XlsxError};

use crate::Problem;

/// A table with a head.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What stands on the tab.
    pub title: String,
    /// Of the file, without its ending: letters, digits, hyphens.
    pub file: String,
    pub head: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Nothing,
    Text(String),
    Count(i64),
    Number(f64),
    Day(NaiveDate),
}

impl From<Option<i64>> for Cell {
    fn from(value: Option<i64>) -> Self {
        value.map_or(Self::Nothing, Self::Count)
    }
}

impl From<Option<f64>> for Cell {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Self::Nothing, Self::Number)
    }
}

impl Cell {
    /// As a program that reads CSV must take it: a text is never a formula.
    fn plain(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) => {
                format!("'{text}")
            }
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Day(day) => day.to_string(),
        }
    }
}

impl Sheet {
    /// UTF-8 with the mark by which Excel knows it, lines ended as RFC 4180 ends them.
    ///
    /// # Errors
    /// Ours; writing to memory does not fail.
    pub fn csv(&self) -> Result<Vec<u8>, Problem> {
        let ours = |error: csv::Error| Problem::Unexpected(error.to_string());
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer("\u{feff}".as_bytes().to_vec());
        let head = self.head.iter().map(|text| Cell::Text(text.clone()).plain());
        writer.write_record(head).map_err(ours)?;
        for row in &self.rows {
            writer.write_record(row.iter().map(Cell::plain)).map_err(ours)?;
        }
        writer.into_inner().map_err(|error| Problem::Unexpected(error.to_string()))
    }

    /// One sheet, its head in bold and always in sight.
    ///
    /// # Errors
    /// Ours: a table beyond what Excel holds.
    pub fn xlsx(&self) -> Result<Vec<u8>, Problem> {
        self.workbook().map_err(|error| Problem::Unexpected(error.to_string()))
    }

    fn workbook(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let bold = Format::new().set_bold();
        let day = Format::new().set_num_format("yyyy-mm-dd");
        let sheet = book.add_worksheet().set_name(sheet_name(&self.title))?;
        for (column, text) in (0..ColNum::MAX).zip(&self.head) {
            sheet.write_string_with_format(0, column, text, &bold)?;
        }
        for (nth, row) in (1..RowNum::MAX).zip(&self.rows) {
            for (column, cell) in (0..ColNum::MAX).zip(row) {
                match cell {
                    Cell::Nothing => {}
                    // A text is stored as such, whatever it begins with.
                    Cell::Text(text) => _ = sheet.write_string(nth, column, text)?,
                    Cell::Count(count) => {
                        let count = i32::try_from(*count).unwrap_or(i32::MAX);
                        sheet.write_number(nth, column, count)?;
                    }
                    Cell::Number(number) => _ = sheet.write_number(nth, column, *number)?,
                    Cell::Day(date) => {
                        let date = ExcelDateTime::parse_from_str(&date.to_string())?;
                        sheet.write_datetime_with_format(nth, column, date, &day)?;
                    }
                }
            }
        }
        sheet.set_freeze_panes(1, 0)?;
        sheet.autofit();
        book.save_to_buffer()
    }
}

/// A title as Excel takes it for a sheet: at most 31 characters, none of `[]:*?/\`.
fn sheet_name(title: &str) -> String {
    let name: String = title
        .chars()
        .filter(|c| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\''))
        .take(31)
        .collect();
    if name.trim().is_empty() { "1".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_never_a_formula() {
        let texts = ["=1+1", "+86", "-2", "@sum", "西吉县", "a,\"b\""];
        let rows = texts.map(|text| vec![Cell::Text(text.to_owned()), Cell::Count(-1)]).to_vec();
        let sheet = Sheet {
            title: "t".to_owned(),
            file: "t".to_owned(),
            head: vec!["=x".to_owned(), "n".to_owned()],
            rows,
        };
        let text = String::from_utf8(sheet.csv().unwrap()).unwrap();
        let expected = "\u{feff}'=x,n\r\n'=1+1,-1\r\n'+86,-1\r\n'-2,-1\r\n'@sum,-1\r\n西吉县,-1\r\n\
                        \"a,\"\"b\"\"\",-1\r\n";
        assert_eq!(text, expected);
        assert!(sheet.xlsx().unwrap().starts_with(b"PK"));
    }
}
