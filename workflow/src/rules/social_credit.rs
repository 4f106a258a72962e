//! Unified social credit codes of organisations (统一社会信用代码). Source: GB 32100-2015.

use serde::{Deserialize, Serialize};

use super::half_width::unspaced;

/// Digits and letters without I, O, S, V and Z; the place is the value.
const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A code of 18 characters that passed the check. It is public.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SocialCredit(String);

/// Why a text is not a unified social credit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSocialCredit {
    #[error("a unified social credit code has 18 characters, this has {0}")]
    Length(usize),
    #[error("character {0} does not occur in such codes (digits, and letters but I, O, S, V, Z)")]
    Character(usize),
    #[error("a character is mistyped or two are swapped: the last one does not fit")]
    Check,
}

impl SocialCredit {
    /// Reads a code; spaces, dashes, full-width and small letters are fine.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, NotSocialCredit> {
        let code = unspaced(text).to_uppercase();
        let length = code.chars().count();
        if length != 18 {
            return Err(NotSocialCredit::Length(length));
        }
        let mut sum = 0;
        let mut weight = 1;
        for (index, c) in code.chars().enumerate() {
            let value = ALPHABET.find(c).ok_or(NotSocialCredit::Character(index + 1))?;
            if index < 17 {
                sum += value * weight;
                weight = weight * 3 % 31;
            } else if (sum + value) % 31 != 0 {
                return Err(NotSocialCredit::Check);
            }
        }
        Ok(Self(code))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SocialCredit {
    type Error = NotSocialCredit;

    fn try_from(text: String) -> Result<Self, NotSocialCredit> {
        Self::parse(&text)
    }
}

impl From<SocialCredit> for String {
    fn from(code: SocialCredit) -> Self {
        code.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_checked() {
        assert_eq!(
            SocialCredit::parse("52640400 47807857 9y").unwrap().as_str(),
            "52640400478078579Y"
        );
        let table = [
            ("91110000600037342L", NotSocialCredit::Check),
            ("9111000060003734IL", NotSocialCredit::Character(17)),
            ("9111000060003734", NotSocialCredit::Length(16)),
        ];
        for (text, why) in table {
            assert_eq!(SocialCredit::parse(text), Err(why), "{text}");
        }
    }
}
