//! Case numbers: `640422-ZJ-2026-000123-7`, readable over the telephone.
//!
//! Six digits of the division, two letters of the program, the year, six digits that may have
//! gaps, and a check digit by ISO 7064 MOD 11,10 over the eighteen before it, where a letter
//! counts as the two digits of its place in the alphabet plus nine (A = 10 … Z = 35).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::half_width::unspaced;

const LAST: u32 = 999_999;

/// A case number whose check digit fits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseNumber {
    division: String,
    program: String,
    year: u16,
    sequence: u32,
}

/// Why a text is not a case number, or why none can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCaseNumber {
    #[error(
        "a case number has 19 letters and digits, such as 640422-ZJ-2026-000123-7; this has {0}"
    )]
    Length(usize),
    #[error("a case number begins with the six digits of a division")]
    Division,
    #[error("characters 7 and 8 are the two letters of a program")]
    Program,
    #[error("the year has four digits and follows the two letters")]
    Year,
    #[error("the six digits after the year are a number from 000001 to 999999")]
    Sequence,
    #[error("a character is mistyped or two are swapped: the last digit does not fit")]
    Check,
}

impl CaseNumber {
    /// The `sequence`-th number of a division, a program and a year.
    ///
    /// # Errors
    /// A part that does not fit into its place.
    pub fn new(
        division: &str,
        program: &str,
        year: i32,
        sequence: u32,
    ) -> Result<Self, NotCaseNumber> {
        let all = |text: &str, length, fits: fn(&u8) -> bool| {
            text.len() == length && text.as_bytes().iter().all(fits)
        };
        if !all(division, 6, u8::is_ascii_digit) {
            return Err(NotCaseNumber::Division);
        }
        if !all(program, 2, u8::is_ascii_uppercase) {
            return Err(NotCaseNumber::Program);
        }
        let year = u16::try_from(year).ok().filter(|year| (1000..=9999).contains(year));
        let year = year.ok_or(NotCaseNumber::Year)?;
        if sequence == 0 || sequence > LAST {
            return Err(NotCaseNumber::Sequence);
        }
        Ok(Self { division: division.to_owned(), program: program.to_owned(), year, sequence })
    }

    pub fn division(&self) -> &str {
        &self.division
    }

    /// The two letters of its program.
    pub fn program(&self) -> &str {
        &self.program
    }

    pub fn year(&self) -> u16 {
        self.year
    }

    pub fn sequence(&self) -> u32 {
        self.sequence
    }

    fn check_digit(&self) -> u32 {
        let Self { division, program, year, sequence } = self;
        check_digit(&format!("{division}{program}{year}{sequence:06}"))
    }
}

/// ISO 7064 MOD 11,10: finds every wrong digit and nearly every swap of neighbours.
fn check_digit(text: &str) -> u32 {
    let mut product = 10;
    for value in text.chars().filter_map(|c| c.to_digit(36)) {
        let tens = (value >= 10).then_some(value / 10);
        for digit in tens.into_iter().chain([value % 10]) {
            let sum = match (product + digit) % 10 {
                0 => 10,
                other => other,
            };
            product = sum * 2 % 11;
        }
    }
    (11 - product) % 10
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { division, program, year, sequence } = self;
        write!(f, "{division}-{program}-{year}-{sequence:06}-{}", self.check_digit())
    }
}

impl FromStr for CaseNumber {
    type Err = NotCaseNumber;

    /// Reads a number as people type it: with or without dashes and spaces, small or full-width.
    fn from_str(text: &str) -> Result<Self, NotCaseNumber> {
        // One byte a character, so that a part is found by its place.
        let plain = unspaced(text).to_ascii_uppercase().replace(|c: char| !c.is_ascii(), "?");
        let length = plain.len();
        if length != 19 {
            return Err(NotCaseNumber::Length(length));
        }
        let part = |range, why| plain.get(range).ok_or(why);
        let number = |range, why| {
            let digits: &str = part(range, why)?;
            let digits = Some(digits).filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
            digits.and_then(|d| d.parse::<u32>().ok()).ok_or(why)
        };
        let division = part(0..6, NotCaseNumber::Division)?;
        let program = part(6..8, NotCaseNumber::Program)?;
        // The first part that is wrong is named first.
        Self::new(division, program, 2000, 1)?;
        let year = number(8..12, NotCaseNumber::Year)?;
        let sequence = number(12..18, NotCaseNumber::Sequence)?;
        let year = i32::try_from(year).map_err(|_| NotCaseNumber::Year)?;
        let found = Self::new(division, program, year, sequence)?;
        let check = number(18..19, NotCaseNumber::Check)?;
        if check == found.check_digit() { Ok(found) } else { Err(NotCaseNumber::Check) }
    }
}

impl TryFrom<String> for CaseNumber {
    type Error = NotCaseNumber;

    fn try_from(text: String) -> Result<Self, NotCaseNumber> {
        text.parse()
    }
}

impl From<CaseNumber> for String {
    fn from(number: CaseNumber) -> Self {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_read_however_it_is_typed() {
        let number = CaseNumber::new("640422", "ZJ", 2026, 123).unwrap();
        let text = number.to_string();
        assert!(text.starts_with("640422-ZJ-2026-000123-"), "{text}");
        let (plain, small) = (text.replace('-', ""), text.to_lowercase());
        let wide = plain.replace('6', "６").replace('Z', "Ｚ");
        let spaced = format!(" {} ", text.replace('-', " "));
        for typed in [&text, &plain, &small, &wide, &spaced, &text.replace('-', "—")] {
            assert_eq!(typed.parse(), Ok(number.clone()), "{typed}");
        }
        assert_eq!(serde_json::to_string(&number).unwrap(), format!("\"{text}\""));
    }

    #[test]
    fn the_check_digit_is_that_of_the_standard() {
        for (text, digit) in [("0794", 5), ("00200667308", 5)] {
            assert_eq!(check_digit(text), digit, "{text}");
        }
    }

    #[test]
    fn each_slip_has_its_reason() {
        let table = [
            ("", NotCaseNumber::Length(0)),
            ("640422-ZJ-2026-000123", NotCaseNumber::Length(18)),
            ("6404A2-ZJ-2026-000123-7", NotCaseNumber::Division),
            ("640422-Z1-2026-000123-7", NotCaseNumber::Program),
            ("640422-ZJ-2O26-000123-7", NotCaseNumber::Year),
            ("640422-ZJ-0026-000123-7", NotCaseNumber::Year),
            ("640422-ZJ-2026-00O123-7", NotCaseNumber::Sequence),
            ("640422-ZJ-2026-000000-7", NotCaseNumber::Sequence),
            ("640422-ZJ-2026-000123-X", NotCaseNumber::Check),
            ("六四零四二二-紧急-2026-000123-7", NotCaseNumber::Division),
        ];
        for (text, why) in table {
            assert_eq!(text.parse::<CaseNumber>(), Err(why), "{text}");
        }
        assert_eq!(CaseNumber::new("640422", "ZJ", 2026, 1_000_000), Err(NotCaseNumber::Sequence));
        assert_eq!(CaseNumber::new("640422", "zj", 2026, 1), Err(NotCaseNumber::Program));
    }

    fn any_number() -> impl Strategy<Value = CaseNumber> {
        ("[0-9]{6}", "[A-Z]{2}", 2018..2100_i32, 1..=LAST).prop_map(
            |(division, program, year, sequence)| {
                CaseNumber::new(&division, &program, year, sequence).unwrap()
            },
        )
    }

    fn plain(number: &CaseNumber) -> Vec<u8> {
        number.to_string().replace('-', "").into_bytes()
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(number in any_number()) {
            prop_assert_eq!(number.to_string().parse(), Ok(number));
        }

        #[test]
        fn every_wrong_digit_is_caught(number in any_number(), place in 0_usize..19, wrong in b'0'..=b'9') {
            let mut bytes = plain(&number);
            prop_assume!(bytes[place].is_ascii_digit() && bytes[place] != wrong);
            bytes[place] = wrong;
            prop_assert!(String::from_utf8(bytes).unwrap().parse::<CaseNumber>().is_err());
        }
    }

    /// Of 40 000 swaps of unequal neighbours the share that slips through is that of the method.
    #[test]
    fn nearly_every_swap_of_neighbours_is_caught() {
        let (mut swaps, mut missed) = (0, 0);
        for sequence in (1..LAST).step_by(397) {
            let number = CaseNumber::new("640422", "ZJ", 2026, sequence).unwrap();
            for place in 0..18 {
                let mut bytes = plain(&number);
                if bytes[place] == bytes[place + 1] {
                    continue;
                }
                bytes.swap(place, place + 1);
                swaps += 1;
                missed +=
                    u32::from(String::from_utf8(bytes).unwrap().parse::<CaseNumber>().is_ok());
            }
        }
        assert!(swaps > 30_000, "{swaps}");
        assert!(missed * 100 < swaps * 3, "{missed} of {swaps}");
    }
}
