//! A letter as a mail (RFC 5322, RFC 3834).

use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};

use super::{Letter, NotTaken};
use crate::settings::{MailSettings, NotSettings};

/// The addresses in the settings are addresses.
pub(super) fn check(settings: &MailSettings) -> Result<(), NotSettings> {
    let address = |key, text: &str| {
        let expected = "an address such as banjie@example.org";
        let wrong = |_| NotSettings { key, found: format!("{text:?}"), expected };
        text.parse::<Address>().map(drop).map_err(wrong)
    };
    address("worker.mail.from", &settings.from)?;
    if let Some(reply_to) = &settings.reply_to {
        address("worker.mail.reply_to", reply_to)?;
    }
    let key = "worker.mail.domain";
    let host = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
    if settings.domain.is_empty() || !settings.domain.bytes().all(host) {
        let found = format!("{:?}", settings.domain);
        return Err(NotSettings { key, found, expected: "a name such as example.org" });
    }
    Ok(())
}

/// The headers that make a letter recognisable: the same at every try.
pub(super) fn headers(settings: &MailSettings, letter: &Letter) -> Vec<(&'static str, String)> {
    let id = |half: &str| format!("<{half}@{}>", settings.domain);
    let mut headers = vec![
        ("Message-ID", id(&letter.seal)),
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("X-Dedupe-Key", letter.key.clone()),
    ];
    if let Some(thread) = &letter.thread {
        headers.extend([("In-Reply-To", id(thread)), ("References", id(thread))]);
    }
    headers
}

/// The mail. Each has one recipient.
pub(super) fn message(settings: &MailSettings, letter: &Letter) -> Result<Message, NotTaken> {
    let refused = |what: &str| NotTaken::Refused(what.to_owned());
    let address = |text: &str| text.parse::<Address>();
    let to =
        address(letter.to.expose()).map_err(|_| refused("the recipient's address is not one"))?;
    let from = address(&settings.from).map_err(|_| refused("the sender's address is not one"))?;
    let mut builder = Message::builder()
        .from(Mailbox::new(Some(settings.from_name.clone()), from))
        .to(Mailbox::new(None, to))
        .subject(letter.subject.replace(['\r', '\n'], " "));
    if let Some(Ok(reply_to)) = settings.reply_to.as_deref().map(address) {
        builder = builder.reply_to(Mailbox::new(None, reply_to));
    }
    for (name, value) in headers(settings, letter) {
        builder = match name {
            "Message-ID" => builder.message_id(Some(value)),
            "In-Reply-To" => builder.in_reply_to(value),
            "References" => builder.references(value),
            _ => {
                let name = HeaderName::new_from_ascii_str(name);
                builder.raw_header(HeaderValue::new(name, value))
            }
        };
    }
    let text = letter.text.clone();
    let built = match &letter.html {
        Some(html) => builder.multipart(MultiPart::alternative_plain_html(text, html.clone())),
        None => builder.body(text),
    };
    built.map_err(|error| NotTaken::Refused(error.to_string()))
}
