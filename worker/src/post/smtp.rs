//! One conversation with a mail server, command by command: only so is it known whether a letter
//! that got no answer had been handed over.

use std::{fmt::Display, time::Duration};

use lettre::{
    address::Envelope,
    transport::smtp::{
        Error,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension},
    },
};
use tokio::time::timeout;
use ureq::http::Uri;

use super::NotTaken;
use crate::settings::NotSettings;

/// For each command and its answer.
const COMMAND: Duration = Duration::from_secs(15);

/// For the whole conversation; shorter than a job's lease, so that no second one begins beside.
const WHOLE: Duration = Duration::from_secs(45);

/// A mail server, and how to talk to it.
#[derive(Debug)]
pub(super) struct SmtpServer {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
}

/// Whether the conversation is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tls {
    /// Never.
    None,
    /// If the server offers it.
    Opportunistic,
    /// Not without.
    Required,
    /// From the first byte.
    Wrapped,
}

impl SmtpServer {
    /// Reads `smtp://user:password@host:port?tls=required`; user and password percent-encoded.
    ///
    /// # Errors
    /// What is wrong with it, without showing it.
    pub(super) fn parse(url: &str) -> Result<Self, NotSettings> {
        let expected =
            "smtp://user:password@host:port?tls=required|opportunistic|none, or smtps://…";
        let wrong = |found: &str| {
            let found = found.to_owned();
            NotSettings { key: "worker.mail.smtp", found, expected }
        };
        let uri: Uri = url.parse().map_err(|_| wrong("not an address"))?;
        let authority = uri.authority().ok_or_else(|| wrong("no host"))?;
        let (user, _) = authority.as_str().rsplit_once('@').unwrap_or_default();
        let host = authority.host().to_owned();
        let near = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
        let (tls, port) = match (uri.scheme_str(), uri.query()) {
            (Some("smtps"), None) => (Tls::Wrapped, 465),
            (Some("smtp"), None) => (if near { Tls::None } else { Tls::Required }, 587),
            (Some("smtp"), Some("tls=required")) => (Tls::Required, 587),
            (Some("smtp"), Some("tls=opportunistic")) => (Tls::Opportunistic, 25),
            (Some("smtp"), Some("tls=none")) => (Tls::None, 25),
            _ => return Err(wrong("an unknown scheme or tls mode")),
        };
        let credentials = match user.split_once(':') {
            Some((name, password)) => {
                let decoded = decode(name).zip(decode(password));
                let (name, password) = decoded.ok_or_else(|| wrong("a bad percent-encoding"))?;
                Some(Credentials::new(name, password))
            }
            None if user.is_empty() => None,
            None => return Err(wrong("a user without a password")),
        };
        if credentials.is_some() && !near && matches!(tls, Tls::None | Tls::Opportunistic) {
            return Err(wrong("a password that would go out in the clear"));
        }
        Ok(Self { host, port: authority.port_u16().unwrap_or(port), tls, credentials })
    }

    /// Hands one letter over.
    ///
    /// # Errors
    /// See [`NotTaken`].
    pub(super) async fn deliver(
        &self,
        envelope: &Envelope,
        message: &[u8],
    ) -> Result<(), NotTaken> {
        let mut handed_over = false;
        let spoken = timeout(WHOLE, self.speak(envelope, message, &mut handed_over)).await;
        spoken.unwrap_or_else(|_| {
            let why = "the mail server was too slow".to_owned();
            Err(if handed_over { NotTaken::Unknown(why) } else { NotTaken::Later(why) })
        })
    }

    async fn speak(
        &self,
        envelope: &Envelope,
        message: &[u8],
        handed_over: &mut bool,
    ) -> Result<(), NotTaken> {
        let mut server = self.connect().await?;
        // What is refused before the recipient is named is not the recipient's fault.
        let mail = Mail::new(envelope.from().cloned(), Vec::new());
        in_time(server.command(mail)).await.map_err(NotTaken::Later)?;
        for recipient in envelope.to() {
            let named = timeout(COMMAND, server.command(Rcpt::new(recipient.clone(), Vec::new())));
            judge(named.await).or_else(unless_known)?;
        }
        judge(timeout(COMMAND, server.command(Data)).await).or_else(unless_known)?;
        *handed_over = true;
        judge(timeout(COMMAND, server.message(message)).await)?;
        // It is taken; how the conversation ends does not matter.
        drop(timeout(Duration::from_secs(1), server.quit()).await);
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, NotTaken> {
        let hello = ClientId::default();
        let later = NotTaken::Later;
        let parameters = || TlsParameters::new(self.host.clone());
        let wrapped = match self.tls {
            Tls::Wrapped => Some(parameters().map_err(|error| later(told(&error)))?),
            Tls::None | Tls::Opportunistic | Tls::Required => None,
        };
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let connect = AsyncSmtpConnection::connect_tokio1(
            (host, self.port),
            Some(COMMAND),
            &hello,
            wrapped,
            None,
        );
        let mut server = in_time(connect).await.map_err(later)?;
        let offered = server.server_info().supports_feature(Extension::StartTls);
        if self.tls == Tls::Required || (self.tls == Tls::Opportunistic && offered) {
            let parameters = parameters().map_err(|error| later(told(&error)))?;
            in_time(server.starttls(parameters, &hello)).await.map_err(later)?;
        }
        if let Some(credentials) = &self.credentials {
            in_time(server.auth(DEFAULT_MECHANISMS, credentials)).await.map_err(later)?;
        }
        Ok(server)
    }
}

/// The answer, or why there is none, in words.
async fn in_time<T>(answer: impl Future<Output = Result<T, Error>>) -> Result<T, String> {
    match timeout(COMMAND, answer).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(told(&error)),
        Err(_) => Err("the mail server did not answer".to_owned()),
    }
}

/// What an answer to the letter itself means.
fn judge<T>(answer: Result<Result<T, Error>, tokio::time::error::Elapsed>) -> Result<(), NotTaken> {
    match answer {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) if error.is_permanent() => Err(NotTaken::Refused(told(&error))),
        Ok(Err(error)) if error.is_transient() => Err(NotTaken::Later(told(&error))),
        Ok(Err(error)) => Err(NotTaken::Unknown(told(&error))),
        Err(_) => Err(NotTaken::Unknown("the mail server did not answer".to_owned())),
    }
}

/// Before the letter itself was handed over, no answer means that it was not taken.
fn unless_known(not: NotTaken) -> Result<(), NotTaken> {
    Err(match not {
        NotTaken::Unknown(why) => NotTaken::Later(why),
        NotTaken::Refused(_) | NotTaken::Later(_) => not,
    })
}

/// The error in one line. Of a server's answer only its numbers: the words may repeat the address.
fn told(error: &Error) -> String {
    let text = error.to_string();
    match error.status() {
        Some(code) => answered(code, &text),
        None => masked(&text),
    }
}

/// The code of an answer, and the enhanced one in `text`, if there is one.
fn answered(code: impl Display, text: &str) -> String {
    let part = |part: &str| {
        (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let enhanced = |word: &&str| {
        let class = word.starts_with(['2', '4', '5']);
        class && word.split('.').count() == 3 && word.split('.').all(part)
    };
    match text.split_whitespace().find(enhanced) {
        Some(enhanced) => format!("the mail server answered {code} {enhanced}"),
        None => format!("the mail server answered {code}"),
    }
}

/// At most 300 characters in one line, and no word that may be an address.
fn masked(text: &str) -> String {
    let words = text.split_whitespace().map(|word| if word.contains('@') { "***" } else { word });
    words.collect::<Vec<_>>().join(" ").chars().take(300).collect()
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_how_to_talk_to_the_server() {
        let table = [
            ("smtp://127.0.0.1:1025", Some((Tls::None, 1025, false))),
            ("smtp://mail.example.org", Some((Tls::Required, 587, false))),
            ("smtp://u:p%40ss@mail.example.org?tls=required", Some((Tls::Required, 587, true))),
            ("smtps://u:p@mail.example.org", Some((Tls::Wrapped, 465, true))),
            ("smtp://relay.internal?tls=none", Some((Tls::None, 25, false))),
            ("smtp://u:p@mail.example.org?tls=none", None), // in the clear
            ("smtp://u@mail.example.org", None),
            ("smtp://mail.example.org?tls=maybe", None),
            ("http://mail.example.org", None),
            ("mail", None),
            ("smtp://a:b%4@localhost", None),
        ];
        for (url, expected) in table {
            let server = SmtpServer::parse(url);
            let found = server.as_ref().ok().map(|s| (s.tls, s.port, s.credentials.is_some()));
            assert_eq!(found, expected, "{url}: {server:?}");
        }
        assert_eq!(decode("p%40ss").as_deref(), Some("p@ss"));
    }

    #[test]
    fn what_a_server_says_is_kept_without_addresses() {
        let said = "permanent error (550): 5.1.1 <ma@example.org>: ma is unknown here";
        assert_eq!(answered(550, said), "the mail server answered 550 5.1.1");
        assert_eq!(answered(451, "try 10.0.0.1 later"), "the mail server answered 451");
        assert_eq!(masked("no route\r\nfor <ma@example.org>, sorry"), "no route for *** sorry");
    }
}
