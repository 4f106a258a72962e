//! Personal data at rest: sealed field by field, found by blind index, hidden when printed.
//!
//! A key-encryption key, kept outside the database, wraps one data key for each person and each
//! case; a data key seals fields with XChaCha20-Poly1305. What is sealed is bound to its table,
//! column and row, so that a value copied elsewhere does not open. To destroy a data key is to
//! erase all that it sealed, in backups too. The `seal` folder has the keys and the index.

use std::fmt;

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};

mod blind_index;
mod key_ring;
mod sensitive;
#[cfg(test)]
mod tests;

pub use blind_index::BlindIndex;
pub use key_ring::{KeyRing, NotKeyRing};
pub use sensitive::Sensitive;

/// The first byte of everything sealed: how the rest is to be read.
const VERSION: u8 = 1;

/// Names a key by its content: the first eight bytes of a hash or of chance.
type KeyId = [u8; 8];

/// Why something was not sealed or did not open. None of them says what was inside.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("the system gives no random bytes: {0}")]
    Random(String),
    #[error("this is not a sealed value of version {VERSION}")]
    Format,
    #[error("sealed with the key {0}, which is not at hand")]
    Key(String),
    #[error("the value does not open here: it was changed, or belongs to another row or column")]
    Forged,
    #[error("the value is not text")]
    Text,
}

/// Where a sealed value lives. It opens nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aad<'a> {
    pub table: &'a str,
    pub column: &'a str,
    /// The row's key as text.
    pub row: &'a str,
}

impl Aad<'_> {
    /// The place and the head of the value; each part after its length, so that no two places
    /// look alike.
    fn bytes(&self, head: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in [self.table.as_bytes(), self.column.as_bytes(), self.row.as_bytes(), head] {
            bytes.extend(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            bytes.extend(part);
        }
        bytes
    }
}

/// The key of one person's or one case's personal data.
#[derive(Clone)]
pub struct DataKey {
    id: KeyId,
    secret: [u8; 32],
}

impl DataKey {
    /// A new key.
    ///
    /// # Errors
    /// [`SealError::Random`].
    pub fn generate() -> Result<Self, SealError> {
        Ok(Self { id: random()?, secret: random()? })
    }

    /// The id that stands in every value it sealed, as hex.
    pub fn id(&self) -> String {
        crate::canonical::hex(&self.id)
    }

    fn to_bytes(&self) -> [u8; 40] {
        let mut bytes = [0; 40];
        let (id, secret) = bytes.split_at_mut(8);
        id.copy_from_slice(&self.id);
        secret.copy_from_slice(&self.secret);
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (id, secret) = bytes.split_first_chunk()?;
        Some(Self { id: *id, secret: secret.try_into().ok()? })
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({})", self.id())
    }
}

/// Seals `plaintext` for the place `aad`: version, key id, nonce, ciphertext and tag, 49 bytes
/// more than the text. Twice the same text gives two values.
///
/// # Errors
/// [`SealError::Random`].
pub fn seal(key: &DataKey, aad: &Aad<'_>, plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
    encrypt(key.id, &key.secret, aad, plaintext)
}

/// Opens what [`seal`] made for the same place with the same key.
///
/// # Errors
/// [`SealError::Format`], [`SealError::Key`] for a value of another key, [`SealError::Forged`].
pub fn open(key: &DataKey, aad: &Aad<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    decrypt(aad, sealed, |id| (id == key.id).then_some(&key.secret))
}

/// Opens a sealed text.
///
/// # Errors
/// As [`open`], and [`SealError::Text`].
pub fn open_text(
    key: &DataKey,
    aad: &Aad<'_>,
    sealed: &[u8],
) -> Result<Sensitive<String>, SealError> {
    let text = String::from_utf8(open(key, aad, sealed)?);
    text.map(Sensitive::new).map_err(|_| SealError::Text)
}

fn encrypt(
    id: KeyId,
    secret: &[u8; 32],
    aad: &Aad<'_>,
    plaintext: &[u8],
) -> Result<Vec<u8>, SealError> {
    let mut value = vec![VERSION];
    value.extend(id);
    let place = aad.bytes(&value);
    let nonce: [u8; 24] = random()?;
    let cipher = XChaCha20Poly1305::new(&(*secret).into());
    // Fails for texts of more than 256 GiB only.
    let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg: plaintext, aad: &place });
    value.extend(nonce);
    value.extend(sealed.map_err(|_| SealError::Format)?);
    Ok(value)
}

fn decrypt<'k>(
    aad: &Aad<'_>,
    sealed: &[u8],
    find: impl FnOnce(KeyId) -> Option<&'k [u8; 32]>,
) -> Result<Vec<u8>, SealError> {
    let (head, rest) = sealed.split_first_chunk::<9>().ok_or(SealError::Format)?;
    let [VERSION, id @ ..] = *head else { return Err(SealError::Format) };
    let (nonce, ciphertext) = rest.split_first_chunk::<24>().ok_or(SealError::Format)?;
    let secret = find(id).ok_or_else(|| SealError::Key(crate::canonical::hex(&id)))?;
    let cipher = XChaCha20Poly1305::new(&(*secret).into());
    let payload = Payload { msg: ciphertext, aad: &aad.bytes(head) };
    cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| SealError::Forged)
}

/// Bytes that nobody can guess, for a draw.
///
/// # Errors
/// [`SealError::Random`] when the system gives none.
pub fn chance() -> Result<[u8; 32], SealError> {
    random()
}

fn random<const N: usize>() -> Result<[u8; N], SealError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| SealError::Random(error.to_string()))?;
    Ok(bytes)
}
