//! What people type with a Chinese keyboard, as plain ASCII.

/// `text` with full-width letters, digits and signs (`１Ａ－`) as ASCII and every kind of blank
/// and dash that a keyboard or a copied page yields as a space and `-`. Of Unicode's NFKC this is
/// the part that matters for numbers.
pub fn half_width(text: &str) -> String {
    text.chars().map(narrow).collect()
}

/// The same without spaces and dashes: how a number is read.
pub fn unspaced(text: &str) -> String {
    text.chars().map(narrow).filter(|c| !matches!(c, ' ' | '-' | '\t')).collect()
}

fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' | '\u{2002}'..='\u{200b}' | '\u{feff}' => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_become_narrow_and_chinese_stays() {
        assert_eq!(half_width("６４－ＺＪ\u{3000}号"), "64-ZJ 号");
        assert_eq!(unspaced(" 138 0013—8000\u{a0}"), "13800138000");
    }
}
