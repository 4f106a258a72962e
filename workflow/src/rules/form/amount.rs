//! Numbers as people type them: full-width digits, thousands, a ¥ before or 元 behind.

use crate::rules::half_width::half_width;

/// Why a text is not such a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotNumber {
    /// It is no number.
    Text,
    /// It has more decimals than count.
    Decimals,
    /// It is larger than can be kept.
    Large,
}

/// A number with at most `places` decimals, in units of the last: `12000.5` with two is 1200050.
///
/// Commas stand only between groups of three: elsewhere they may be meant as a decimal point.
///
/// # Errors
/// [`NotNumber`].
pub(super) fn decimal(text: &str, places: u32) -> Result<i64, NotNumber> {
    let text: String = half_width(text)
        .chars()
        .map(|c| if c == '。' { '.' } else { c })
        .filter(|c| !c.is_whitespace())
        .collect();
    let (negative, text) = sign(&text);
    let text = text.trim_start_matches(['¥', '￥']);
    let ends = ["元", "圆", "%", "CNY", "RMB"];
    let text = ends.iter().find_map(|end| text.strip_suffix(end)).unwrap_or(text);
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let decimals = decimals.trim_end_matches('0');
    let whole = ungrouped(whole).ok_or(NotNumber::Text)?;
    if !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NotNumber::Text);
    }
    let places = places as usize;
    if decimals.len() > places {
        return Err(NotNumber::Decimals);
    }
    let digits = format!("{whole}{decimals:0<places$}");
    let number: i64 = digits.parse().map_err(|_| NotNumber::Large)?;
    Ok(if negative { -number } else { number })
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// The digits of `12000` or `12,000`.
fn ungrouped(text: &str) -> Option<String> {
    let mut groups = text.split(',');
    let first = groups.next()?;
    let digits = |group: &str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    let rest: Vec<&str> = groups.collect();
    let grouped = rest.is_empty() || first.len() <= 3;
    let sound = digits(first) && grouped && rest.iter().all(|g| g.len() == 3 && digits(g));
    sound.then(|| text.replace(',', ""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read_as_people_type_them() {
        let table = [
            ("12000", Ok(1_200_000)),
            ("12000.5", Ok(1_200_050)),
            ("12,000.50", Ok(1_200_050)),
            ("￥１２，０００．５０", Ok(1_200_050)),
            (" ¥ 12 000 元 ", Ok(1_200_000)),
            ("12。5", Ok(1250)),
            ("12.500", Ok(1250)),
            ("0", Ok(0)),
            ("-5", Ok(-500)),
            ("−5", Ok(-500)),                // the sign that word processors make
            ("12,00", Err(NotNumber::Text)), // twelve, or twelve hundred?
            ("1,2000", Err(NotNumber::Text)),
            ("1.2万", Err(NotNumber::Text)),
            ("1e3", Err(NotNumber::Text)),
            ("", Err(NotNumber::Text)),
            ("¥", Err(NotNumber::Text)),
            ("1.2.3", Err(NotNumber::Text)),
            ("--1", Err(NotNumber::Text)),
            ("NaN", Err(NotNumber::Text)),
            ("12.345", Err(NotNumber::Decimals)),
            ("92233720368547758.07", Ok(i64::MAX)),
            ("92233720368547758.08", Err(NotNumber::Large)),
            ("99999999999999999999999999", Err(NotNumber::Large)),
        ];
        for (text, fen) in table {
            assert_eq!(decimal(text, 2), fen, "{text}");
        }
        assert_eq!(decimal("80%", 0), Ok(80));
        assert_eq!(decimal("1.5", 0), Err(NotNumber::Decimals));
    }

    proptest! {
        #[test]
        fn any_text_is_a_number_or_not(text in "\\PC*") {
            let _ = decimal(&text, 2);
        }

        #[test]
        fn what_is_written_is_read(fen in 0i64..) {
            let text = format!("{}.{:02}", fen / 100, fen % 100);
            prop_assert_eq!(decimal(&text, 2), Ok(fen));
        }
    }
}
