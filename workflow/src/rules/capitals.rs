//! Money as it stands on payment orders (人民币大写). Source: 支付结算办法, annex 1.

use entities::Fen;

const DIGITS: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];

/// `amount` in capitals: `Fen(32_504)` is 人民币叁佰贰拾伍元零肆分.
///
/// 整 follows where the amount ends at yuan. A run of zeros is one 零; where the rule leaves a 零
/// free (¥1680.32, ¥107000.53), none is written.
pub fn capitals(amount: Fen) -> String {
    let fen = amount.0.unsigned_abs();
    let (yuan, jiao, fen) = (fen / 100, fen / 10 % 10, fen % 10);
    let mut text = "人民币".to_owned();
    if amount.0 < 0 {
        text.push('负');
    }
    if yuan > 0 || (jiao, fen) == (0, 0) {
        if yuan == 0 {
            text.push('零');
        }
        text.push_str(&whole(yuan));
        text.push('元');
    }
    match (jiao, fen) {
        (0, 0) => text.push('整'),
        (0, fen) => {
            if yuan > 0 {
                text.push('零');
            }
            text.push_str(digit(fen));
            text.push('分');
        }
        (jiao, 0) => text.extend([digit(jiao), "角"]),
        (jiao, fen) => text.extend([digit(jiao), "角", digit(fen), "分"]),
    }
    text
}

/// A number above zero; nothing for zero.
fn whole(n: u64) -> String {
    let (above, unit, below, places) = match n {
        0..10_000 => return four(n),
        10_000..100_000_000 => (n / 10_000, "万", n % 10_000, 10_000),
        _ => (n / 100_000_000, "亿", n % 100_000_000, 100_000_000),
    };
    let gap = if below > 0 && below < places / 10 { "零" } else { "" };
    format!("{}{unit}{gap}{}", whole(above), whole(below))
}

/// A number below 10 000.
fn four(n: u64) -> String {
    let mut text = String::new();
    let mut zero = false;
    for (place, value) in PLACES.iter().zip([1, 10, 100, 1000]).rev() {
        match n / value % 10 {
            0 => zero = !text.is_empty(),
            found => {
                if zero {
                    text.push('零');
                }
                zero = false;
                text.extend([digit(found), place]);
            }
        }
    }
    text
}

fn digit(n: u64) -> &'static str {
    usize::try_from(n).ok().and_then(|index| DIGITS.get(index)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VECTORS: &str = include_str!("../../../tests/data/rmb_vectors.csv");

    #[test]
    fn every_vector_is_spelt_as_the_rule_says() {
        let mut reader =
            csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(VECTORS.as_bytes());
        let mut spelt = 0;
        for row in reader.records() {
            let row = row.unwrap();
            assert_eq!(capitals(row[0].parse().unwrap()), &row[1], "{}", &row[0]);
            spelt += 1;
        }
        assert_eq!(spelt, 40);
    }

    #[test]
    fn large_sums_and_debts() {
        let table = [
            (10_000_000_100, "人民币壹亿零壹元整"),
            (10_000_100_000, "人民币壹亿零壹仟元整"),
            (10_010_000_000, "人民币壹亿零壹拾万元整"),
            (100_010_000_000_000, "人民币壹万零壹亿元整"),
            (500_500, "人民币伍仟零伍元整"),
            (505_005, "人民币伍仟零伍拾元零伍分"),
            (-100, "人民币负壹元整"),
        ];
        for (fen, text) in table {
            assert_eq!(capitals(Fen(fen)), text, "{fen}");
        }
        assert!(capitals(Fen(i64::MIN)).starts_with("人民币负玖亿贰仟"));
    }
}
