//! The hidden field of every form: it proves that we drew the form for this browser, and
//! names this one sending of it.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::same_bytes;

/// A token for one form: `nonce.tag`, the tag being HMAC-SHA-256 of the nonce under the
/// browser's secret.
///
/// # Errors
/// When the machine has no random bytes.
pub fn form_token(secret: &str) -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)?;
    let nonce = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let tag = BASE64_URL_SAFE_NO_PAD.encode(tag(secret, &nonce));
    Ok(format!("{nonce}.{tag}"))
}

/// The nonce of a token made under `secret`: the idempotency key of the form. None when the
/// token is another browser's, or nobody's.
pub fn nonce_of_form_token<'t>(secret: &str, token: &'t str) -> Option<&'t str> {
    let (nonce, given) = token.split_once('.')?;
    let given = BASE64_URL_SAFE_NO_PAD.decode(given).ok()?;
    same_bytes(&tag(secret, nonce), &given).then_some(nonce)
}

fn tag(secret: &str, nonce: &str) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        // HMAC takes keys of any length (RFC 2104 §2).
        return Vec::new();
    };
    mac.update(b"form token\0");
    mac.update(nonce.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::{form_token, nonce_of_form_token};

    #[test]
    fn a_token_counts_for_its_own_browser_only() {
        let token = form_token("mine").unwrap();
        let nonce = nonce_of_form_token("mine", &token).unwrap();
        assert_eq!(nonce.len(), 22);
        assert_eq!(nonce_of_form_token("theirs", &token), None);
        for bad in ["", ".", "a.b", &token[1..], nonce] {
            assert_eq!(nonce_of_form_token("mine", bad), None, "{bad}");
        }
    }
}
