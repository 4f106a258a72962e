//! Finds a sealed value by its exact text without opening any.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The index of one column: HMAC-SHA256 cut to 128 bits. Equal texts give equal entries within a
/// column and unrelated ones in two, so that columns cannot be joined by whoever reads the tables.
#[derive(Clone)]
pub struct BlindIndex([u8; 32]);

impl BlindIndex {
    /// `column` is `table.column`; it must not change while entries of it are kept.
    pub(super) fn derive(pepper: &[u8; 32], column: &str) -> Self {
        Self(hmac(pepper, &[b"banjie blind index 1\0", column.as_bytes()]))
    }

    /// The entry of `value`, which is normalised already: what two spellings share is shared by
    /// the types of `rules` (`ResidentId`, `Mobile`, `BankCard`).
    pub fn of(&self, value: &str) -> [u8; 16] {
        let mut entry = [0; 16];
        let whole = hmac(&self.0, &[value.as_bytes()]);
        entry.iter_mut().zip(whole).for_each(|(place, byte)| *place = byte);
        entry
    }
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindIndex(***)")
    }
}

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // A key shorter than a block is filled up with zeros (RFC 2104): done here it cannot fail.
    let mut block = [0; 64];
    block.iter_mut().zip(key).for_each(|(place, byte)| *place = *byte);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::hex;

    #[test]
    fn it_is_hmac_sha256() {
        // RFC 4231, case 3 has a key of 20 bytes; filled up with zeros it is the same key.
        let mut key = [0; 32];
        key[..20].copy_from_slice(&[0xaa; 20]);
        let expected = "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe";
        assert_eq!(hex(&hmac(&key, &[&[0xdd; 25], &[0xdd; 25]])), expected);
    }

    #[test]
    fn an_entry_tells_neither_the_value_nor_its_kin_in_other_columns() {
        let person = BlindIndex::derive(&[7; 32], "person.id_number");
        let phone = BlindIndex::derive(&[7; 32], "account.phone");
        assert_eq!(person.of("13800138000"), person.of("13800138000"));
        assert_ne!(person.of("13800138000"), phone.of("13800138000"));
        assert_ne!(person.of("13800138000"), person.of("13800138001"));
        let other = BlindIndex::derive(&[8; 32], "person.id_number");
        assert_ne!(person.of("13800138000"), other.of("13800138000"));
    }
}
