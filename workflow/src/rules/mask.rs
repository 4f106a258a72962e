//! How personal data is shown to those who need not know it whole.

/// `text` with all but its first `head` and last `tail` characters as stars.
pub(super) fn middle(text: &str, head: usize, tail: usize) -> String {
    let last = text.chars().count().saturating_sub(tail);
    let star = |(index, c)| if index < head || index >= last { c } else { '*' };
    text.chars().enumerate().map(star).collect()
}

/// A name for lists that everybody reads: `张三` is `张*`, `张小三` is `张*三`, `欧阳小三` is
/// `欧**三`; of a name in parts only the first letter stands: `买买提·吐尔逊` is `买**·***`. A
/// name of one letter is `*`.
pub fn name(full: &str) -> String {
    let full = full.trim();
    let dots = |c| matches!(c, '·' | '•' | '・' | ' ');
    if full.contains(dots) {
        let star = |(index, c)| if index == 0 || dots(c) { c } else { '*' };
        return full.chars().enumerate().map(star).collect();
    }
    match full.chars().count() {
        0 | 1 => full.chars().map(|_| '*').collect(),
        2 => middle(full, 1, 0),
        _ => middle(full, 1, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_first_letter() {
        let table = [
            ("张三", "张*"),
            ("张小三", "张*三"),
            ("欧阳小三", "欧**三"),
            ("买买提·吐尔逊", "买**·***"),
            ("Ma Xiaoyan", "M* *******"),
            ("张", "*"),
            (" 张三 ", "张*"),
            ("", ""),
        ];
        for (full, masked) in table {
            assert_eq!(name(full), masked, "{full}");
        }
    }

    #[test]
    fn a_short_text_shows_no_more_than_its_ends() {
        assert_eq!(middle("13800138000", 3, 4), "138****8000");
        assert_eq!(middle("123", 3, 4), "123");
    }
}
