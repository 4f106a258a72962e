//! 村（社区）和住址 as they are compared: people write one and the same place in several ways.

use super::half_width::half_width;

/// What a village's committee is called after its name.
const COMMITTEES: [&str; 4] = ["村民委员会", "居民委员会", "村委会", "居委会"];
/// How a village ends: 什字村, 什字行政村 and 什字 are one.
const ENDS: [&str; 4] = ["行政村", "自然村", "社区", "村"];
/// From nought to nine.
const DIGITS: &str = "零一二三四五六七八九";

/// A village as it is compared within its township; empty for what names none.
pub fn village_key(text: &str) -> String {
    let plain: String = plain(text).chars().filter(|c| *c != '-').collect();
    // 村 alone is no end of a name.
    let without = |text: &str, ends: &[&str]| {
        let stem = ends.iter().find_map(|end| text.strip_suffix(end));
        stem.filter(|stem| !stem.is_empty()).unwrap_or(text).to_owned()
    };
    without(&without(&plain, &COMMITTEES), &ENDS)
}

/// What the blind index of an address is made of: the township (its id), the village and the house.
/// None where the house is not given: a village alone is no address.
pub fn address_key(township: &str, village: &str, address: &str) -> Option<String> {
    let (village, address) = (village_key(village), plain(address));
    // Who writes the village again before the house lives in no other one.
    let mut rest = address.as_str();
    if let Some(after) = rest.strip_prefix(&village).filter(|_| !village.is_empty()) {
        rest = past(after, &COMMITTEES).unwrap_or_else(|| {
            let after = past(after, &ENDS).unwrap_or(after);
            past(after, &COMMITTEES).unwrap_or(after)
        });
    }
    let house = house(rest);
    (!house.is_empty()).then(|| format!("{township}|{village}|{house}"))
}

/// What stands after one of `ends`, if the text begins with one.
fn past<'a>(text: &'a str, ends: &[&str]) -> Option<&'a str> {
    ends.iter().find_map(|end| text.strip_prefix(end))
}

/// Narrow and small, without blanks; any sign is a dash.
fn plain(text: &str) -> String {
    let text = half_width(text).to_lowercase();
    let signs = text.chars().filter(|c| !c.is_whitespace());
    signs.map(|c| if c.is_alphanumeric() { c } else { '-' }).collect()
}

/// A house with its numbers in digits: 三组 is 3组. Between two numbers stands one dash, whatever
/// was written there: 1-12 is another house than 11-2.
fn house(plain: &str) -> String {
    let mut written = String::new();
    for part in plain.split(['-', '号', '第']) {
        let mut rest = part;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c| is_numeral(c) != is_numeral(first)).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            if is_numeral(first) {
                if written.ends_with(|c: char| c.is_ascii_digit()) {
                    written.push('-');
                }
                written.push_str(&number(run));
            } else {
                written.push_str(run);
            }
            rest = after;
        }
    }
    written
}

fn is_numeral(c: char) -> bool {
    c.is_ascii_digit() || DIGITS.contains(c) || matches!(c, '〇' | '十' | '百')
}

/// A number below a thousand in digits: 二十三 is 23, and so is 二三.
fn number(run: &str) -> String {
    if !run.contains(['十', '百']) {
        return run.chars().filter_map(digit).map(|digit| digit.to_string()).collect();
    }
    let (mut whole, mut last) = (0, None);
    for c in run.chars() {
        match c {
            '百' => whole += 100 * last.take().unwrap_or(1),
            '十' => whole += 10 * last.take().unwrap_or(1),
            other => last = digit(other).filter(|digit| *digit > 0),
        }
    }
    (whole + last.unwrap_or(0)).to_string()
}

fn digit(c: char) -> Option<u32> {
    let han = if c == '〇' { '零' } else { c };
    c.to_digit(10).or_else(|| DIGITS.chars().zip(0..).find_map(|(of, n)| (of == han).then_some(n)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_village_is_one_however_it_is_called() {
        let table =
            "什字村, 什字 ,什字村委会,什字行政村,什字村民委员会,什字村村民委员会,什字村村委会";
        for text in table.split(',').chain(["什字社区居委会", "什字社区居民委员会"])
        {
            assert_eq!(village_key(text), "什字", "{text}");
        }
        assert_eq!(village_key("村"), "村");
        assert_eq!(village_key("幸福社区"), "幸福");
        assert_eq!(village_key("—"), "");
        assert_ne!(village_key("上什字村"), village_key("下什字村"));
    }

    #[test]
    fn a_house_is_one_however_it_is_written() {
        let key = |village: &str, house: &str| address_key("t", village, house);
        let table =
            "3组12号|三组 １２号|第3组，12号|什字村3组12号|什字3组-12|三组十二号|什字村委会三组12";
        for house in table.split('|') {
            assert_eq!(key("什字村", house), Some("t|什字|3组12".to_owned()), "{house}");
        }
        assert_eq!(key("一心村", "一心村三组"), key("一心", "3组"));
        assert_ne!(key("什字村", "3组12号"), key("什字村", "3组13号"));
        assert_ne!(key("什字村", "3组12号"), key("马庄村", "3组12号"));
        assert_ne!(address_key("t", "什字", "1"), address_key("u", "什字", "1"));
        assert_eq!(key("什字村", "1号12"), key("什字村", "1-12"));
        assert_ne!(key("什字村", "1-12"), key("什字村", "11-2"));
        assert_ne!(key("什字村", "1-12"), key("什字村", "112"));
        assert_eq!(key("", "3组"), Some("t||3组".to_owned()));
        assert_eq!(key("什字村", " 。"), None);
        assert_eq!(key("什字村", "什字村"), None, "the village alone is no house");
    }

    #[test]
    fn numbers_are_read_however_they_are_written() {
        let table = "二十三 23,十 10,一百零五 105,二〇三 203,百二十 120,12 12,三 3";
        for (han, digits) in table.split(',').filter_map(|pair| pair.split_once(' ')) {
            assert_eq!(number(han), digits, "{han}");
        }
    }
}
