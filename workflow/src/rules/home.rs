//! 村（社区）和住址 as they are compared: people write one and the same place in several ways.

use super::half_width::unspaced;

/// How a village ends, the longest first: 什字村, 什字村委会 and 什字 are one.
const ENDS: [&str; 8] =
    ["村民委员会", "居民委员会", "村委会", "居委会", "行政村", "社区", "自然村", "村"];

/// A village as it is compared within its township; empty for what names none.
pub fn village_key(text: &str) -> String {
    let plain = plain(text);
    let stem = ENDS.iter().find_map(|end| plain.strip_suffix(end));
    // 村 alone is no name.
    stem.filter(|stem| !stem.is_empty()).unwrap_or(&plain).to_owned()
}

/// What the blind index of an address is made of: the township (its id), the village and the house.
/// None where the house is not given: a village alone is no address.
pub fn address_key(township: &str, village: &str, address: &str) -> Option<String> {
    let house: String = plain(address).chars().filter(|c| !matches!(c, '号' | '第')).collect();
    let village = village_key(village);
    // Who writes the village again before the house lives in no other one.
    let house = house.strip_prefix(&village).map_or(house.as_str(), |rest| {
        ENDS.iter().find_map(|end| rest.strip_prefix(end)).unwrap_or(rest)
    });
    (!house.is_empty()).then(|| format!("{township}|{village}|{house}"))
}

/// Letters, digits and characters alone, narrow and small.
fn plain(text: &str) -> String {
    let text = unspaced(text).to_lowercase();
    text.chars().filter(|c| c.is_alphanumeric()).map(digit).collect()
}

/// 三组 and 3组 are the same.
fn digit(c: char) -> char {
    "一二三四五六七八九"
        .chars()
        .zip('1'..='9')
        .find_map(|(han, digit)| (han == c).then_some(digit))
        .unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_village_is_one_however_it_is_called() {
        for text in ["什字村", " 什字 ", "什字村委会", "什字行政村", "什字村民委员会"]
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
        for house in ["3组12号", "三组 １２号", "第3组，12号", "什字村3组12号", "什字3组-12"]
        {
            assert_eq!(key("什字村", house), Some("t|什字|3组12".to_owned()), "{house}");
        }
        assert_ne!(key("什字村", "3组12号"), key("什字村", "3组13号"));
        assert_ne!(key("什字村", "3组12号"), key("马庄村", "3组12号"));
        assert_ne!(address_key("t", "什字", "1"), address_key("u", "什字", "1"));
        assert_eq!(key("什字村", " 。"), None);
        assert_eq!(key("什字村", "什字村"), None, "the village alone is no house");
    }
}
