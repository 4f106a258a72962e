//! One way to write a mobile number.

use entities::Sensitive;

use super::SignInError;

/// The eleven digits of a mainland mobile number, however it was typed: with spaces, dashes or
/// brackets, `+86` or `0086` before it, or in full-width digits.
///
/// # Errors
/// [`SignInError::NotAPhone`].
pub fn normalised_phone(typed: &str) -> Result<Sensitive, SignInError> {
    let mut text = String::new();
    for c in typed.chars() {
        match c {
            '0'..='9' => text.push(c),
            '０'..='９' => {
                text.extend(u32::from(c).checked_sub(0xFF10).and_then(|d| char::from_digit(d, 10)));
            }
            '+' | '＋' if text.is_empty() => text.push('+'),
            ' ' | '\u{3000}' | '-' | '－' | '(' | ')' | '（' | '）' => {}
            _ => return Err(SignInError::NotAPhone),
        }
    }
    let bare = ["+86", "0086", "86"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix).filter(|rest| rest.len() == 11))
        .unwrap_or(&text);
    let second = bare.strip_prefix('1').and_then(|rest| rest.chars().next());
    let fits = bare.len() == 11
        && bare.bytes().all(|b| b.is_ascii_digit())
        && second.is_some_and(|c| ('3'..='9').contains(&c));
    if fits { Ok(Sensitive::new(bare)) } else { Err(SignInError::NotAPhone) }
}

#[cfg(test)]
mod tests {
    use super::{Sensitive, normalised_phone};

    #[test]
    fn a_number_is_read_however_it_is_typed() {
        let table = [
            ("13912345678", Some("13912345678")),
            (" 139 1234-5678 ", Some("13912345678")),
            ("+86 139 1234 5678", Some("13912345678")),
            ("008613912345678", Some("13912345678")),
            ("8613912345678", Some("13912345678")),
            ("１３９１２３４５６７８", Some("13912345678")),
            ("12912345678", None), // no mobile begins with 12
            ("1391234567", None),
            ("139123456789", None),
            ("1391234567a", None),
            ("+1 3912345678", None),
            ("", None),
        ];
        for (typed, read) in table {
            let found = normalised_phone(typed).ok();
            assert_eq!(found.as_ref().map(Sensitive::expose), read, "{typed:?}");
        }
    }
}
