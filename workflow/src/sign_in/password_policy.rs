//! Which new passwords are refused: length and guessing, no rules of composition (ASVS 6.2).

use super::WeakPassword;

/// Characters a password needs at least (ASVS 6.2.1).
const LEAST: usize = 8;
/// Characters that are read at most; more would only be work for the hasher.
const MOST: usize = 128;
/// Lower case, one a line; what guessers try first.
const COMMON: &str = include_str!("common_passwords.txt");

/// Whether `password` may be the new one for `login`.
///
/// # Errors
/// What is wrong with it.
pub(super) fn strong_enough(login: &str, password: &str) -> Result<(), WeakPassword> {
    let length = password.chars().count();
    if length < LEAST {
        return Err(WeakPassword::TooShort { least: LEAST });
    }
    if length > MOST {
        return Err(WeakPassword::TooLong { most: MOST });
    }
    let lower = password.to_lowercase();
    // `Password2026!` is `password` to a guesser.
    let stem = lower.trim_end_matches(|c: char| !c.is_alphabetic());
    if COMMON.lines().any(|common| common == lower || (stem.len() > 3 && common == stem)) {
        return Err(WeakPassword::Common);
    }
    let mut kinds: Vec<char> = lower.chars().collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.len() < 4 {
        return Err(WeakPassword::Common);
    }
    if login.len() > 3 && lower.contains(&login.to_lowercase()) {
        return Err(WeakPassword::ContainsLogin);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{WeakPassword as W, strong_enough};

    #[test]
    fn what_is_guessed_first_is_refused() {
        let table = [
            ("short7!", Err(W::TooShort { least: 8 })),
            ("password", Err(W::Common)),
            ("Password2026!", Err(W::Common)),
            ("12345678", Err(W::Common)),
            ("abababab", Err(W::Common)), // two different letters
            ("zhang.wei-1987", Err(W::ContainsLogin)),
            ("correct horse", Ok(())),
            ("中卫海原的冬天很冷", Ok(())),
        ];
        for (password, answer) in table {
            assert_eq!(strong_enough("zhang.wei", password), answer, "{password}");
        }
        assert_eq!(strong_enough("a", &"x1y2z3".repeat(40)), Err(W::TooLong { most: 128 }));
    }
}
