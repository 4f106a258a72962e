//! Resident identity numbers. Source: GB 11643-1999.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{half_width::unspaced, mask::middle};

/// What the check character stands for: the remainder 0 to 10 of the weighted sum.
const CHECK: [u8; 11] = *b"10X98765432";

/// A resident identity number that passed the check: 17 digits and a digit or `X`.
///
/// The first six digits are never judged: divisions come and go, and a number keeps the one of
/// its first registration. It does not print itself; [`ResidentId::masked`] is for people.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ResidentId {
    number: String,
    birth: NaiveDate,
}

/// Why a text is not a resident identity number, in the order in which it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotResidentId {
    #[error("this is a first-generation number of 15 digits: enter the one of 18")]
    FirstGeneration,
    #[error("an identity number has 18 characters, this has {0}")]
    Length(usize),
    #[error("character {0} is not a digit (the last may be X)")]
    Character(usize),
    #[error("digits 7 to 14 are not a date of birth")]
    Date,
    #[error("the date of birth lies in the future")]
    Future,
    #[error("a digit is mistyped or two are swapped: the last character does not fit")]
    Check,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    Female,
    Male,
}

impl ResidentId {
    /// Reads a number as people type it: spaces, dashes, full-width digits and a small `x` are
    /// fine.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(text: &str, today: NaiveDate) -> Result<Self, NotResidentId> {
        let number = unspaced(text).to_uppercase();
        let length = number.chars().count();
        let is_digit = |c: char| c.is_ascii_digit();
        if length == 15 && number.chars().all(is_digit) {
            return Err(NotResidentId::FirstGeneration);
        }
        if length != 18 {
            return Err(NotResidentId::Length(length));
        }
        let fits = |(index, c)| is_digit(c) || (index == 17 && c == 'X');
        if let Some(bad) = number.chars().enumerate().position(|entry| !fits(entry)) {
            return Err(NotResidentId::Character(bad + 1));
        }
        let birth = number.get(6..14).ok_or(NotResidentId::Date)?;
        let birth = NaiveDate::parse_from_str(birth, "%Y%m%d").map_err(|_| NotResidentId::Date)?;
        if birth > today {
            return Err(NotResidentId::Future);
        }
        if check_character(&number) != number.bytes().last() {
            return Err(NotResidentId::Check);
        }
        Ok(Self { number, birth })
    }

    /// The 18 characters: to be sealed or indexed, never to be shown or logged.
    pub fn as_str(&self) -> &str {
        &self.number
    }

    pub fn birth_date(&self) -> NaiveDate {
        self.birth
    }

    pub fn sex(&self) -> Sex {
        let seventeenth = self.number.as_bytes().get(16).copied().unwrap_or_default();
        if seventeenth % 2 == 1 { Sex::Male } else { Sex::Female }
    }

    /// Full years on `day`; 0 before birth.
    pub fn age(&self, day: NaiveDate) -> u32 {
        day.years_since(self.birth).unwrap_or_default()
    }

    /// `640***********1234`
    pub fn masked(&self) -> String {
        middle(&self.number, 3, 4)
    }
}

impl fmt::Debug for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResidentId(***)")
    }
}

/// ISO 7064 MOD 11-2 over the first 17 digits: the weight of a place is 2 to the power of its
/// distance from the end.
fn check_character(number: &str) -> Option<u8> {
    let digits = number.bytes().take(17).map(|b| u32::from(b) - u32::from(b'0'));
    let remainder = digits.fold(0, |sum, digit| (sum + digit) * 2 % 11);
    CHECK.get(usize::try_from(remainder).ok()?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn each_slip_has_its_reason() {
        let today = day("2026-11-23");
        let table = [
            ("640422200802299970", NotResidentId::Check),
            ("640422200802299797", NotResidentId::Check), // two swapped
            ("640422200902299976", NotResidentId::Date),
            ("640422200813019979", NotResidentId::Date),
            ("640422209912319978", NotResidentId::Future),
            ("640422080229997", NotResidentId::FirstGeneration),
            ("64042220080229997", NotResidentId::Length(17)),
            ("", NotResidentId::Length(0)),
            ("64042220080229997Y", NotResidentId::Character(18)),
            ("6404222O0802299979", NotResidentId::Character(8)), // the letter O
            ("六40422200802299979", NotResidentId::Character(1)),
            ("X40422200802299979", NotResidentId::Character(1)),
        ];
        for (text, why) in table {
            assert_eq!(ResidentId::parse(text, today), Err(why), "{text}");
        }
    }

    #[test]
    fn a_number_tells_birth_sex_and_age_and_hides_itself() {
        let id = ResidentId::parse("６４０４２４ 20080102-997x", day("2026-11-23")).unwrap();
        assert_eq!(id.as_str(), "64042420080102997X");
        assert_eq!((id.birth_date(), id.sex()), (day("2008-01-02"), Sex::Male));
        assert_eq!(id.age(day("2026-01-01")), 17);
        assert_eq!(id.age(day("2026-01-02")), 18);
        assert_eq!(id.age(day("2000-01-02")), 0);
        assert_eq!(id.masked(), "640***********997X");
        assert_eq!(format!("{id:?}"), "ResidentId(***)");
        let born_today = ResidentId::parse(id.as_str(), day("2008-01-02"));
        assert!(born_today.is_ok());
    }

    #[test]
    fn every_wrong_digit_and_every_swap_of_neighbours_is_caught() {
        let number = "64042420080102997X";
        for place in (0..6).chain(14..17) {
            for wrong in b'0'..=b'9' {
                let mut bytes = number.as_bytes().to_vec();
                bytes[place] = wrong;
                let text = String::from_utf8(bytes).unwrap();
                let found = ResidentId::parse(&text, day("2026-11-23"));
                assert_eq!(found.is_ok(), text == number, "{text}");
            }
        }
        for place in 0..17 {
            let mut bytes = number.as_bytes().to_vec();
            bytes.swap(place, place + 1);
            let text = String::from_utf8(bytes).unwrap();
            let found = ResidentId::parse(&text, day("2026-11-23"));
            assert_eq!(found.is_ok(), text == number, "{text}");
        }
    }
}
