//! Reading a CSV file that a spreadsheet has written: its encoding, its columns, its cells.

use std::collections::BTreeMap;

use super::{Kind, MOST_ROWS, Row};
use crate::{Refusal, RowFault, Said};

/// Characters of a cell.
const LONGEST: usize = 200;

/// The rows of a file. Lines that begin with `#` are remarks; columns that are not asked for are
/// passed over.
///
/// # Errors
/// [`Refusal::Rows`] for what is no UTF-8, lacks a column, or is no CSV.
pub fn read_csv(kind: Kind, bytes: &[u8]) -> Result<Vec<Row>, Refusal> {
    read_columns(kind.columns().0, bytes)
}

/// The rows of a list whose columns the caller looks up itself, if each of their cells can be taken.
///
/// # Errors
/// As [`read_csv`], and [`Refusal::Rows`] for cells that no list may have.
pub fn read_list(bytes: &[u8]) -> Result<Vec<Row>, Refusal> {
    let rows = read_columns(&[], bytes)?;
    let faults = whole(&rows);
    if faults.is_empty() { Ok(rows) } else { Err(Refusal::Rows(faults)) }
}

fn read_columns(needed: &[&str], bytes: &[u8]) -> Result<Vec<Row>, Refusal> {
    let text = decoded(bytes).map_err(|said| of_file(1, "", said))?;
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| unreadable(&error))?.clone();
    let headers: Vec<String> = headers.iter().map(str::to_owned).collect();
    let missing = needed.iter().filter(|column| !headers.iter().any(|h| h == *column));
    let missing: Vec<RowFault> = missing
        .map(|column| RowFault {
            line: 1,
            column: (*column).to_owned(),
            said: Said::new(
                format!("缺少列 {column}；第一行应为列名"),
                format!("there is no column {column}; the first line names the columns"),
            ),
        })
        .collect();
    if !missing.is_empty() {
        return Err(Refusal::Rows(missing));
    }
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != headers.len() {
            let (has, wants) = (record.len(), headers.len());
            let said = Said::new(
                format!("有 {has} 列，应为 {wants} 列；含逗号的内容请加双引号"),
                format!("it has {has} cells instead of {wants}; put quotes around commas"),
            );
            faults.push(RowFault { line, column: String::new(), said });
            continue;
        }
        let cells = headers.iter().cloned().zip(record.iter().map(str::to_owned));
        rows.push(Row { line, cells: cells.collect::<BTreeMap<_, _>>() });
    }
    if faults.is_empty() { Ok(rows) } else { Err(Refusal::Rows(faults)) }
}

/// The text of a file: UTF-8, with or without its mark.
fn decoded(bytes: &[u8]) -> Result<&str, Said> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Said::new(
            "文件是 UTF-16 编码；请另存为“CSV UTF-8（逗号分隔）”后重新导入",
            "the file is UTF-16; save it as \"CSV UTF-8\" and import it again",
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| {
        Said::new(
            "文件不是 UTF-8 编码（可能是 GBK 或 GB18030）；请另存为“CSV UTF-8（逗号分隔）”后重新导入",
            "the file is not UTF-8 (perhaps GBK or GB18030); save it as \"CSV UTF-8\" and import it \
             again",
        )
    })?;
    if text.trim().is_empty() {
        return Err(Said::new("文件为空，请选择文件", "the file is empty; choose a file"));
    }
    Ok(text)
}

fn unreadable(error: &csv::Error) -> Refusal {
    let line = error.position().map_or(1, csv::Position::line);
    let said =
        Said::new("此行不是有效的 CSV，请检查引号", "this line is no CSV; look at its quotes");
    of_file(line, "", said)
}

fn of_file(line: u64, column: &str, said: Said) -> Refusal {
    Refusal::Rows(vec![RowFault { line, column: column.to_owned(), said }])
}

/// What is wrong with cells whatever they are for: how many rows, and what a spreadsheet would
/// run as a formula when the list is exported again.
pub(super) fn whole(rows: &[Row]) -> Vec<RowFault> {
    let mut faults = Vec::new();
    if rows.is_empty() {
        let said = Said::new("没有数据行", "there are no rows; fill in at least one");
        faults.push(RowFault { line: 1, column: String::new(), said });
    }
    if rows.len() > MOST_ROWS {
        let said = Said::new(
            format!("一次最多导入 {MOST_ROWS} 行，请分次导入"),
            format!("at most {MOST_ROWS} rows are taken at once; split the file"),
        );
        faults.push(RowFault { line: 1, column: String::new(), said });
    }
    for row in rows.iter().take(MOST_ROWS) {
        for (column, cell) in &row.cells {
            if cell.starts_with(['=', '+', '-', '@']) {
                faults.push(row.fault(
                    column,
                    "内容以 = + - @ 开头，会被表格软件当作公式，请改正",
                    "it begins with = + - @, which a spreadsheet runs as a formula; take it out",
                ));
            } else if cell.chars().any(char::is_control) {
                faults.push(row.fault(
                    column,
                    "含有换行或控制字符，请删除",
                    "it holds a line break or a control character; take it out",
                ));
            } else if cell.chars().count() > LONGEST {
                faults.push(row.fault(
                    column,
                    format!("超过 {LONGEST} 个字符，请缩短"),
                    format!("it has more than {LONGEST} characters; shorten it"),
                ));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: Kind, bytes: &[u8]) -> String {
        let rows = match read_csv(kind, bytes) {
            Ok(rows) => rows,
            Err(Refusal::Rows(faults)) => return said(&faults),
            Err(other) => panic!("{other:?}"),
        };
        let faults = whole(&rows);
        if faults.is_empty() { format!("{} row(s)", rows.len()) } else { said(&faults) }
    }

    fn said(faults: &[RowFault]) -> String {
        let one = |fault: &RowFault| {
            let words: Vec<&str> = fault.said.en.split(' ').take(5).collect();
            format!("{}.{}: {}", fault.line, fault.column, words.join(" "))
        };
        faults.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn what_a_spreadsheet_has_written_is_read_or_refused_by_line_and_column() {
        let people = "name,mail,unit,duty\n";
        let gbk = [people.as_bytes(), b"\xc2\xed\xbd\xa8\xbe\xfc,a@b.cn,640424,handler\n"].concat();
        let bom = [b"\xef\xbb\xbf".as_slice(), people.as_bytes(), "马建军,a@b.cn,x,y\n".as_bytes()];
        let table: [(&[u8], &str); 9] = [
            (&bom.concat(), "1 row(s)"),
            (b"# a remark\nname,mail,unit,duty,more\r\nMa,a@b.cn,x,y,z\r\n", "1 row(s)"),
            (&gbk, "1.: the file is not UTF-8"),
            (b"\xff\xfen\0a\0", "1.: the file is UTF-16; save"),
            (b"", "1.: the file is empty; choose"),
            (
                b"name,unit\nMa,x\n",
                "1.mail: there is no column mail;; 1.duty: there is no column duty;",
            ),
            (b"name,mail,unit,duty\n", "1.: there are no rows; fill"),
            (b"name,mail,unit,duty\nMa,a@b.cn,x\n", "2.: it has 3 cells instead"),
            (
                b"name,mail,unit,duty\nMa,a@b.cn,x,y\n=1+1,@b.cn,x,y\n",
                "3.mail: it begins with = +; 3.name: it begins with = +",
            ),
        ];
        for (bytes, expected) in table {
            assert_eq!(told(Kind::People, bytes), expected);
        }
    }
}
