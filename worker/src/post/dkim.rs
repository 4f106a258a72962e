//! A mail is signed with the key of its domain (RFC 6376, relaxed/relaxed; RFC 8463), so that its
//! receiver knows that sender, subject and thread are as they were sent.

use std::{fmt::Write as _, path::Path, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};

use crate::settings::{DkimSettings, NotSettings};

/// What is signed; a header that the mail does not have cannot be added to it later.
const SIGNED: [&str; 13] = [
    "From",
    "Reply-To",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Dedupe-Key",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];

/// Characters of one line of the signature.
const LINE: usize = 70;

/// The key of a domain.
#[derive(Clone)]
pub(super) struct Signer {
    domain: String,
    selector: String,
    key: Key,
}

#[derive(Clone, Debug)]
enum Key {
    Ed25519(Arc<Ed25519KeyPair>),
    Rsa(Arc<RsaKeyPair>),
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({}._domainkey.{})", self.selector, self.domain)
    }
}

impl Signer {
    /// The signer that the settings name, if they name one.
    ///
    /// # Errors
    /// A name that is none, a file that cannot be read or holds no key.
    pub(super) fn new(settings: &DkimSettings) -> Result<Option<Self>, NotSettings> {
        let DkimSettings { domain, selector, key_file } = settings;
        if selector.is_empty() && key_file.as_os_str().is_empty() {
            return Ok(None);
        }
        for (key, text) in [("mail.dkim_domain", domain), ("mail.dkim_selector", selector)] {
            let part = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
            if text.is_empty() || !text.bytes().all(part) {
                let expected = "a name in the DNS, since a key is set";
                return Err(NotSettings { key, found: format!("{text:?}"), expected });
            }
        }
        let key = read_key(key_file)?;
        Ok(Some(Self { domain: domain.clone(), selector: selector.clone(), key }))
    }

    /// `message` with its signature before it; as it is where it cannot be signed.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let (head, body) = split(message);
        let hash = BASE64.encode(digest(&SHA256, &relaxed_body(body)).as_ref());
        let name = match self.key {
            Key::Ed25519(_) => "ed25519-sha256",
            Key::Rsa(_) => "rsa-sha256",
        };
        let header = format!(
            "DKIM-Signature: v=1; a={name}; c=relaxed/relaxed; d={}; s={};\r\n h={};\r\n bh={hash};\
             \r\n b=",
            self.domain,
            self.selector,
            SIGNED.join(":"),
        );
        let said = what_is_signed(head, &SIGNED, &header);
        let Some(signature) = self.key.sign(said.as_bytes()) else {
            tracing::error!("a mail could not be signed: it goes without");
            return message.to_vec();
        };
        let mut signed = header;
        for (number, character) in BASE64.encode(signature).chars().enumerate() {
            if number > 0 && number % LINE == 0 {
                signed.push_str("\r\n ");
            }
            signed.push(character);
        }
        signed.push_str("\r\n");
        [signed.as_bytes(), message].concat()
    }
}

impl Key {
    fn sign(&self, said: &[u8]) -> Option<Vec<u8>> {
        match self {
            // RFC 8463: the signature is that of the hash.
            Self::Ed25519(pair) => {
                Some(pair.sign(digest(&SHA256, said).as_ref()).as_ref().to_vec())
            }
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                let random = SystemRandom::new();
                pair.sign(&RSA_PKCS1_SHA256, &random, said, &mut signature).ok()?;
                Some(signature)
            }
        }
    }
}

/// A private key in PEM: PKCS#8, of RSA (2048 bits or more) or Ed25519; or RSA's own form.
fn read_key(file: &Path) -> Result<Key, NotSettings> {
    let expected = "a private key in PEM: RSA of 2048 bits or more, or Ed25519";
    let wrong = |found: String| NotSettings { key: "mail.dkim_key_file", found, expected };
    let text = std::fs::read_to_string(file)
        .map_err(|error| wrong(format!("{}: {}", file.display(), error.kind())))?;
    let no_key = || wrong(format!("{}: no such key", file.display()));
    let inside: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = BASE64.decode(inside.trim()).map_err(|_| no_key())?;
    if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der) {
        return Ok(Key::Ed25519(Arc::new(pair)));
    }
    let pair = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der));
    pair.map(|pair| Key::Rsa(Arc::new(pair))).map_err(|_| no_key())
}

/// Headers and body.
fn split(message: &[u8]) -> (&str, &[u8]) {
    let end = message.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) = message.split_at(end.map_or(message.len(), |end| end + 4));
    (std::str::from_utf8(head).unwrap_or_default(), body)
}

/// The headers named, as they are signed; the signature's own last, without its value.
fn what_is_signed(head: &str, names: &[&str], own: &str) -> String {
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let mut said = String::new();
    for name in names {
        let of_name = |line: &&str| {
            line.split_once(':').is_some_and(|(found, _)| found.trim().eq_ignore_ascii_case(name))
        };
        // Of a header that stands several times, the last.
        if let Some(line) = unfolded.split("\r\n").filter(of_name).last() {
            let _ = write!(said, "{}\r\n", relaxed_header(line));
        }
    }
    said.push_str(&relaxed_header(own));
    said
}

fn relaxed_header(line: &str) -> String {
    let (name, value) = line.split_once(':').unwrap_or((line, ""));
    let words: Vec<&str> = value.split_ascii_whitespace().collect();
    format!("{}:{}", name.trim().to_ascii_lowercase(), words.join(" "))
}

fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut said = Vec::with_capacity(body.len());
    let mut empty = 0;
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut kept = Vec::with_capacity(line.len());
        let mut gap = false;
        for byte in line {
            if matches!(byte, b' ' | b'\t') {
                gap = true;
                continue;
            }
            if gap {
                kept.push(b' ');
                gap = false;
            }
            kept.push(*byte);
        }
        if kept.is_empty() {
            empty += 1;
            continue;
        }
        for _ in 0..empty {
            said.extend_from_slice(b"\r\n");
        }
        empty = 0;
        said.extend_from_slice(&kept);
        said.extend_from_slice(b"\r\n");
    }
    said
}

#[cfg(test)]
mod tests {
    use ring::signature::{ED25519, KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;

    /// RFC 8463, appendix A: a mail that others have signed.
    const SAMPLE: &str = "From: Joe SixPack <joe@football.example.com>\r\n\
        To: Suzie Q <suzie@shopping.example.net>\r\n\
        Subject: Is dinner ready?\r\n\
        Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n\
        Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n\
        Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
    const OWN: &str = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n \
        d=football.example.com; i=@football.example.com;\r\n \
        q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n \
        subject : date : message-id : from : subject : date;\r\n \
        bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=";

    #[test]
    fn a_mail_is_read_as_the_standard_reads_it() {
        let (head, body) = split(SAMPLE.as_bytes());
        let hash = BASE64.encode(digest(&SHA256, &relaxed_body(body)));
        assert_eq!(hash, "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
        let said = what_is_signed(head, &["from", "to", "subject", "date", "message-id"], OWN);
        let key = BASE64.decode("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=").unwrap();
        let signature = "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\
                         Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==";
        let signature = BASE64.decode(signature).unwrap();
        let hash = digest(&SHA256, said.as_bytes());
        UnparsedPublicKey::new(&ED25519, key).verify(hash.as_ref(), &signature).unwrap();
    }

    fn signed_with(key: Key) -> (String, String) {
        let signer = Signer { domain: "example.org".into(), selector: "a1".into(), key };
        let signed = String::from_utf8(signer.sign(SAMPLE.as_bytes())).unwrap();
        assert!(signed.ends_with(SAMPLE), "the mail itself is as it was");
        let own = signed.strip_suffix(SAMPLE).unwrap().to_owned();
        assert!(own.contains(":In-Reply-To:References:"), "{own}");
        let (before, value) = own.split_once("\r\n b=").unwrap();
        let value = value.split_whitespace().collect();
        (what_is_signed(split(SAMPLE.as_bytes()).0, &SIGNED, &format!("{before}\r\n b=")), value)
    }

    #[test]
    fn both_kinds_of_keys_sign_what_their_public_halves_prove() {
        let folder = std::env::temp_dir().join(format!("banjie-dkim-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pem = |der: &[u8]| {
            let inside = BASE64.encode(der);
            format!("-----BEGIN PRIVATE KEY-----\n{inside}\n-----END PRIVATE KEY-----\n")
        };
        let rsa = include_bytes!("../../tests/data/dkim_test_only.der");
        for (name, der) in [("ed25519", pkcs8.as_ref()), ("rsa", rsa.as_slice())] {
            let file = folder.join(name);
            std::fs::write(&file, pem(der)).unwrap();
            let key = read_key(&file).unwrap();
            let (said, value) = signed_with(key.clone());
            let value = BASE64.decode(value).unwrap();
            match key {
                Key::Ed25519(pair) => {
                    let key = UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref());
                    key.verify(digest(&SHA256, said.as_bytes()).as_ref(), &value).unwrap();
                }
                Key::Rsa(pair) => {
                    let of = &RSA_PKCS1_2048_8192_SHA256;
                    let key = UnparsedPublicKey::new(of, pair.public_key().as_ref());
                    key.verify(said.as_bytes(), &value).unwrap();
                    assert!(key.verify(b"something else", &value).is_err());
                }
            }
        }
        std::fs::write(folder.join("none"), "-----BEGIN PRIVATE KEY-----\nAAAA\n").unwrap();
        let error = read_key(&folder.join("none")).unwrap_err();
        assert!(error.to_string().contains("no such key"), "{error}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
