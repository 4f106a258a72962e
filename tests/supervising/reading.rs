//! Reading what supervisors are shown: the rows of a page, and of a sheet.

use std::{collections::BTreeMap, io::Read};

/// The cells of a page's rows, by their head, without what is for the eye alone.
pub(super) fn page_rows(html: &str) -> BTreeMap<String, Vec<String>> {
    let body = html.split("<tbody>").nth(1).unwrap().split("</tbody>").next().unwrap();
    let text = |cell: &str| {
        let mut inside = true;
        let plain = cell.chars().filter(|c| {
            let was = inside;
            inside = (inside || *c == '<') && *c != '>';
            !was && !inside
        });
        plain.collect::<String>().trim().to_owned()
    };
    let row = |row: &str| {
        let mut cells = row.split("</t").map(text).filter(|cell| !cell.is_empty());
        (cells.next().unwrap_or_default(), cells.collect())
    };
    body.split("<tr").skip(1).map(row).collect()
}

/// A file inside an XLSX, which is a ZIP: found by its entry in the directory at the end.
pub(super) fn unzipped(bytes: &[u8], name: &str) -> String {
    let number = |at: usize, width: usize| {
        let read = bytes[at..at + width].iter().rev();
        read.fold(0, |sum, byte| sum << 8 | usize::from(*byte))
    };
    let mut marks = bytes.windows(4).enumerate().filter(|(_, mark)| mark == b"PK\x01\x02");
    let (entry, _) = marks
        .find(|(at, _)| &bytes[at + 46..at + 46 + number(at + 28, 2)] == name.as_bytes())
        .unwrap_or_else(|| panic!("no {name} in it"));
    let (size, local) = (number(entry + 20, 4), number(entry + 42, 4));
    let start = local + 30 + number(local + 26, 2) + number(local + 28, 2);
    let mut text = String::new();
    let packed = &bytes[start..start + size];
    flate2::read::DeflateDecoder::new(packed).read_to_string(&mut text).unwrap();
    text
}

/// The rows of a sheet as a spreadsheet shows them.
pub(super) fn sheet_rows(bytes: &[u8]) -> Vec<Vec<String>> {
    let strings = unzipped(bytes, "xl/sharedStrings.xml");
    let after = |text: &str, tag: &str| {
        let rest = text.split_once(tag).map(|(_, rest)| rest.to_owned());
        rest.and_then(|rest| rest.split_once('<').map(|(value, _)| value.to_owned()))
    };
    let words: Vec<String> = strings
        .split("<si>")
        .skip(1)
        .map(|si| {
            let text = si.split_once("<t").unwrap().1.split_once('>').unwrap().1;
            text.split_once('<').unwrap().0.to_owned()
        })
        .collect();
    let sheet = unzipped(bytes, "xl/worksheets/sheet1.xml");
    let cell = |cell: &str| {
        let value = after(cell, "<v>").unwrap_or_default();
        let word = cell.split('>').next().unwrap().contains("t=\"s\"");
        if word { words[value.parse::<usize>().unwrap()].clone() } else { value }
    };
    let row = |row: &str| row.split("<c ").skip(1).map(cell).collect();
    sheet.split("<row ").skip(1).map(row).collect()
}
