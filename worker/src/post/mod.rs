//! How people are reached: a mail server and a provider of text messages, or the drawer.

mod allowance;
mod dkim;
mod mail;
mod sms;
mod smtp;

use chrono::{DateTime, Utc};
use entities::{Channel, NoticeId, Sensitive};
use workflow::drawer::{Draft, Drawer};

use crate::settings::{MailSettings, NotSettings, Settings};
use allowance::Allowance;
pub(crate) use allowance::Haste;
use dkim::Signer;
use sms::Webhook;
use smtp::SmtpServer;

/// One message to one recipient, ready to go.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    /// Which notice it is.
    pub(crate) notice: NoticeId,
    /// The notice's key.
    pub(crate) key: String,
    /// Thirty-two characters that stand for the key: the same at every try, and nothing can be
    /// read in them.
    pub(crate) seal: String,
    /// The seal of the first letter on the same case to the same person, unless this is it.
    pub(crate) thread: Option<String>,
    /// How it counts among the mails of a minute.
    pub(crate) haste: Haste,
    /// By mail or as a text message.
    pub(crate) channel: Channel,
    /// An address or a phone number.
    pub(crate) to: Sensitive,
    /// One line; empty for a text message.
    pub(crate) subject: String,
    pub(crate) text: String,
    /// The same content; none for a text message.
    pub(crate) html: Option<String>,
    /// A sign-in code that stands in the text.
    pub(crate) code: Option<Sensitive>,
}

/// A letter was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// This recipient or this letter is refused for good.
    Refused(String),
    /// It was certainly not taken, and may be later.
    Later(String),
    /// It was handed over, and no answer came.
    Unknown(String),
}

/// The ways out. Each is a server or the drawer.
#[derive(Debug)]
pub struct Post {
    mail: MailSettings,
    server: Option<SmtpServer>,
    signer: Option<Signer>,
    allowance: Allowance,
    webhook: Option<Webhook>,
    drawer: Drawer,
}

impl Post {
    /// The ways that `settings` name.
    ///
    /// # Errors
    /// An address that is not one.
    pub(crate) fn new(settings: &Settings) -> Result<Self, NotSettings> {
        mail::check(&settings.mail)?;
        let server = settings.mail.smtp.as_ref().map(|url| SmtpServer::parse(url.expose()));
        Ok(Self {
            mail: settings.mail.clone(),
            signer: Signer::new(&settings.mail.dkim)?,
            allowance: Allowance::new(settings.mail.a_minute, settings.mail.behind_a_minute),
            server: server.transpose()?,
            webhook: Webhook::new(&settings.sms)?,
            drawer: Drawer::at(&settings.drawer),
        })
    }

    /// Hands `letter` over. `now` is the date that a letter in the drawer shows.
    ///
    /// # Errors
    /// See [`NotTaken`].
    pub(crate) async fn deliver(
        &self,
        letter: &Letter,
        now: DateTime<Utc>,
    ) -> Result<(), NotTaken> {
        match (letter.channel, &self.server, &self.webhook) {
            (Channel::Mail, Some(server), _) => {
                let message = mail::message(&self.mail, letter)?;
                let mut whole = message.formatted();
                if let Some(signer) = &self.signer {
                    whole = signer.sign(&whole);
                }
                server.deliver(message.envelope(), &whole).await
            }
            (Channel::Sms, _, Some(webhook)) => webhook.deliver(letter).await,
            _ => self.put_away(letter, now).await,
        }
    }

    /// Whether `letter` may go at `now`, machine time; otherwise when to ask again.
    pub(crate) fn allows(&self, letter: &Letter, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        match (letter.channel, &self.server) {
            (Channel::Mail, Some(_)) => self.allowance.ask(now, letter.haste),
            _ => Ok(()),
        }
    }

    async fn put_away(&self, letter: &Letter, now: DateTime<Utc>) -> Result<(), NotTaken> {
        let (drawer, letter) = (self.drawer.clone(), letter.clone());
        let headers = match letter.channel {
            Channel::Mail => mail::headers(&self.mail, &letter),
            Channel::Sms | Channel::Inbox => vec![("X-Dedupe-Key", letter.key.clone())],
        };
        let put = tokio::task::spawn_blocking(move || {
            drawer.put(&Draft {
                notice: letter.notice,
                channel: letter.channel,
                to: letter.to.expose(),
                subject: (letter.channel == Channel::Mail).then_some(letter.subject.as_str()),
                sent_at: now,
                headers: &headers,
                text: &letter.text,
                html: letter.html.as_deref(),
                code: letter.code.as_ref().map(Sensitive::expose),
            })
        });
        match put.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(NotTaken::Later(format!("the drawer: {error}"))),
            Err(died) => Err(NotTaken::Unknown(format!("the drawer: {died}"))),
        }
    }
}
