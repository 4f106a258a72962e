//! What an operator may choose about the worker.

use std::path::PathBuf;

use serde::Deserialize;
use workflow::seal::Sensitive;

use crate::{Part, RedisSettings};

/// The section `worker` of the settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What is done here; the rest is left to other processes.
    pub parts: Vec<Part>,
    /// How many cases are routed at once.
    pub concurrency: usize,
    /// How many letters are on their way at once.
    pub letters: usize,
    /// Where other processes leave hints of new jobs; none when this one is all there is.
    pub redis: Option<RedisSettings>,
    /// Where letters go that no server takes: a folder.
    pub drawer: PathBuf,
    /// Where the pages are, for the links in letters; without a slash at the end.
    pub link: String,
    /// Whether business time may be moved: in the demo only.
    pub moves_time: bool,
    pub mail: MailSettings,
    pub sms: SmsSettings,
}

/// How mail goes out.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailSettings {
    /// `smtp://user:password@host:port?tls=required` (or `opportunistic`, `none`), or
    /// `smtps://…`; without it mail goes into the drawer.
    pub smtp: Option<Sensitive<String>>,
    /// The sender's address.
    pub from: String,
    /// The name before it.
    pub from_name: String,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<String>,
    /// The right half of each Message-ID; must not change.
    pub domain: String,
    /// Whom a reader may ask: a line at the end of each mail.
    pub contact: String,
    /// Mails that a process sends in a minute, at most.
    pub a_minute: u32,
    /// How many of them have lain about, or tell of many things at once.
    pub behind_a_minute: u32,
    /// Whether letters and texts that nobody asked for wait for the morning.
    pub quiet_hours: bool,
    /// How mails are signed.
    pub dkim: DkimSettings,
}

/// The key with which mails are signed; none without a selector and a file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DkimSettings {
    /// The domain that signs: the sender's.
    pub domain: String,
    /// The name of the key: its public half stands in the DNS at `selector._domainkey.domain`.
    pub selector: String,
    /// The private key, PEM.
    pub key_file: PathBuf,
}

/// How text messages go out.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmsSettings {
    /// The provider's address, `https://…`: gets `{"phone", "text", "key"}` by POST. Without it
    /// messages go into the drawer.
    pub webhook: Option<String>,
    /// The provider's bearer token.
    pub token: Option<Sensitive<String>>,
    /// The signature that is registered with the provider, without its brackets; ≤ 6 characters.
    pub sign: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            parts: Part::ALL.to_vec(),
            concurrency: 8,
            letters: 32,
            redis: None,
            drawer: PathBuf::from("var/letters"),
            link: "http://127.0.0.1:8080".to_owned(),
            moves_time: false,
            mail: MailSettings::default(),
            sms: SmsSettings::default(),
        }
    }
}

impl Default for MailSettings {
    fn default() -> Self {
        Self {
            smtp: None,
            from: "banjie@banjie.localhost".to_owned(),
            from_name: "办结".to_owned(),
            reply_to: None,
            domain: "banjie.localhost".to_owned(),
            contact: String::new(),
            a_minute: 600,
            behind_a_minute: 60,
            quiet_hours: true,
            dkim: DkimSettings::default(),
        }
    }
}

impl Default for SmsSettings {
    fn default() -> Self {
        Self { webhook: None, token: None, sign: "办结".to_owned() }
    }
}

/// A setting of the worker is wrong.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {found}, but expected {expected}")]
pub struct NotSettings {
    /// Which, as it is written in the file.
    pub key: &'static str,
    /// What is wrong about it; never a secret.
    pub found: String,
    /// What is allowed.
    pub expected: &'static str,
}
