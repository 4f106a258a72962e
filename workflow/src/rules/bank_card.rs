//! Bank card numbers. Source: ISO/IEC 7812-1 (length and check digit).

use std::fmt;

use super::{half_width::unspaced, mask::middle};

/// A card number of 15 to 19 digits that passed the check. It does not print itself.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BankCard(String);

/// Why a text is not a bank card number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotBankCard {
    #[error("a card number has only digits")]
    Character,
    #[error("a card number has 15 to 19 digits, this has {0}")]
    Length(usize),
    #[error("a digit is mistyped or two are swapped: the last digit does not fit")]
    Check,
}

impl BankCard {
    /// Reads a number as it stands on a card: spaces, dashes and full-width digits are fine.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, NotBankCard> {
        let number = unspaced(text);
        if !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotBankCard::Character);
        }
        if !(15..=19).contains(&number.len()) {
            return Err(NotBankCard::Length(number.len()));
        }
        if luhn(&number) { Ok(Self(number)) } else { Err(NotBankCard::Check) }
    }

    /// The digits: to be sealed or paid to, never to be shown or logged.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// All but the last four digits as stars.
    pub fn masked(&self) -> String {
        middle(&self.0, 0, 4)
    }
}

/// Every second digit from the right counts twice, and the digits of that are added.
fn luhn(number: &str) -> bool {
    let digits = number.bytes().rev().map(|b| u32::from(b) - u32::from(b'0'));
    let sum: u32 = digits
        .zip([1, 2].into_iter().cycle())
        .map(|(digit, weight)| digit * weight)
        .map(|product| product / 10 + product % 10)
        .sum();
    sum.is_multiple_of(10)
}

impl fmt::Debug for BankCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BankCard(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_checked_and_hidden() {
        let card = BankCard::parse("6200 0000 0001 2349").unwrap();
        assert_eq!((card.as_str(), &*card.masked()), ("6200000000012349", "************2349"));
        let table = [
            ("6200000000012340", NotBankCard::Check),
            ("6200000000021349", NotBankCard::Check), // two swapped
            ("62000000000123", NotBankCard::Length(14)),
            ("620000000001234x", NotBankCard::Character),
        ];
        for (text, why) in table {
            assert_eq!(BankCard::parse(text), Err(why), "{text}");
        }
    }
}
