//! Mobile numbers of mainland China.

use std::fmt;

use super::{half_width::unspaced, mask::middle};

/// Eleven digits, `1` and `3` to `9` first. It does not print itself.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Mobile(String);

/// Why a text is not a mobile number that takes messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMobile {
    #[error("a mobile number has only digits")]
    Character,
    #[error("a land line cannot take messages: enter a mobile number")]
    LandLine,
    #[error("a mobile number has 11 digits, this has {0}")]
    Length(usize),
    #[error("a mobile number begins with 13 to 19")]
    Prefix,
}

impl Mobile {
    /// Reads a number as people type it: spaces, dashes, full-width digits and the country's
    /// `+86`, `0086` or `86` before it are fine.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, NotMobile> {
        let typed = unspaced(text).replace(['(', ')'], "");
        let foreign = typed.strip_prefix("+86").or_else(|| typed.strip_prefix("0086"));
        let local = foreign.or_else(|| typed.strip_prefix("86").filter(|rest| rest.len() == 11));
        let number = local.unwrap_or(&typed);
        if !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotMobile::Character);
        }
        if number.starts_with('0') {
            return Err(NotMobile::LandLine);
        }
        if number.len() != 11 {
            return Err(NotMobile::Length(number.len()));
        }
        match number.as_bytes() {
            [b'1', b'3'..=b'9', ..] => Ok(Self(number.to_owned())),
            _ => Err(NotMobile::Prefix),
        }
    }

    /// The eleven digits: to be sealed, indexed or written to, never to be logged.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `138****1234`
    pub fn masked(&self) -> String {
        middle(&self.0, 3, 4)
    }
}

impl fmt::Debug for Mobile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mobile(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_however_it_is_typed() {
        for text in [
            "13800131234",
            "138 0013 1234",
            "+86 138-0013-1234",
            "0086 13800131234",
            "8613800131234",
            "＋８６１３８００１３１２３４",
            "(+86)13800131234",
        ] {
            let mobile = Mobile::parse(text).unwrap();
            assert_eq!((mobile.as_str(), &*mobile.masked()), ("13800131234", "138****1234"));
        }
    }

    #[test]
    fn each_slip_has_its_reason() {
        let table = [
            ("12000000000", NotMobile::Prefix),
            ("1300000000", NotMobile::Length(10)),
            ("", NotMobile::Length(0)),
            ("861380013123", NotMobile::Length(12)),
            ("0954-2000000", NotMobile::LandLine),
            ("1380013l234", NotMobile::Character),
            ("+1 202 555 0100", NotMobile::Character),
        ];
        for (text, why) in table {
            assert_eq!(Mobile::parse(text), Err(why), "{text}");
        }
    }
}
