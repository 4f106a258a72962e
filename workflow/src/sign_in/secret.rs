//! Random tokens, their digests, and comparing without a clock to read.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use entities::Sensitive;
use sha2::{Digest, Sha256};

/// A new secret of 256 random bits, as 43 characters that need no escaping in a cookie or URL.
///
/// # Errors
/// When the machine has no random bytes.
pub fn new_token() -> Result<Sensitive, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(Sensitive::new(BASE64_URL_SAFE_NO_PAD.encode(bytes)))
}

/// Six random digits, each of the million as likely as any other.
pub(super) fn new_code() -> Result<Sensitive, getrandom::Error> {
    // Numbers from the last, incomplete million of the range would favour small codes.
    const FAIR: u32 = u32::MAX - u32::MAX % 1_000_000;
    loop {
        let number = getrandom::u32()?;
        if number < FAIR {
            return Ok(Sensitive::new(format!("{:06}", number % 1_000_000)));
        }
    }
}

/// What is kept of a token. A plain SHA-256 suffices: there are 256 bits to guess.
pub(super) fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Bytes as text that fits into a key.
pub(super) fn in_text(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether two texts of bytes are equal, in a time that depends on their lengths only.
pub fn same_bytes(one: &[u8], other: &[u8]) -> bool {
    let differing = one.iter().zip(other).fold(0, |seen, (a, b)| seen | (a ^ b));
    std::hint::black_box(differing) == 0 && one.len() == other.len()
}

#[cfg(test)]
mod tests {
    use super::{new_code, new_token, same_bytes};

    #[test]
    fn secrets_have_their_shape_and_differ() {
        let (one, other) = (new_token().unwrap(), new_token().unwrap());
        assert_eq!(one.expose().len(), 43);
        assert_ne!(one, other);
        for _ in 0..100 {
            let code = new_code().unwrap();
            assert!(code.expose().len() == 6 && code.expose().bytes().all(|b| b.is_ascii_digit()));
        }
    }

    #[test]
    fn only_equal_bytes_are_the_same() {
        assert!(same_bytes(b"abc", b"abc"));
        for (one, other) in [("abc", "abd"), ("abc", "ab"), ("", "a")] {
            assert!(!same_bytes(one.as_bytes(), other.as_bytes()));
        }
    }
}
