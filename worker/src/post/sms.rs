//! Text messages, through a provider that takes them by a webhook.

use std::time::Duration;

use serde::Serialize;
use ureq::{Agent, http::Uri};
use workflow::seal::Sensitive;

use super::{Letter, NotTaken};
use crate::settings::{NotSettings, SmsSettings};

/// For the whole request.
const REQUEST: Duration = Duration::from_secs(15);

/// What the provider gets.
#[derive(Serialize)]
struct Message<'a> {
    phone: &'a str,
    text: &'a str,
    key: &'a str,
}

/// The provider's door.
#[derive(Clone, Debug)]
pub(super) struct Webhook {
    agent: Agent,
    url: String,
    token: Option<Sensitive<String>>,
}

impl Webhook {
    /// The provider that `settings` name, if they name one.
    ///
    /// # Errors
    /// When the address is neither `https` nor on this machine.
    pub(super) fn new(settings: &SmsSettings) -> Result<Option<Self>, NotSettings> {
        let Some(url) = &settings.webhook else { return Ok(None) };
        let key = "worker.sms.webhook";
        let expected = "https://…, or http:// on this machine";
        let wrong = || NotSettings { key, found: format!("{url:?}"), expected };
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let near = matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if uri.host().is_none()
            || !(uri.scheme_str() == Some("https") || (near && uri.scheme_str() == Some("http")))
        {
            return Err(wrong());
        }
        // A redirect could lead the numbers anywhere.
        let agent = Agent::config_builder()
            .timeout_global(Some(REQUEST))
            .max_redirects(0)
            .http_status_as_error(false)
            .build()
            .into();
        Ok(Some(Self { agent, url: url.clone(), token: settings.token.clone() }))
    }

    /// Hands one message over: `{"phone", "text", "key"}`; the provider may tell by the key that
    /// it has it already.
    ///
    /// # Errors
    /// See [`NotTaken`].
    pub(super) async fn deliver(&self, letter: &Letter) -> Result<(), NotTaken> {
        let webhook = self.clone();
        let message = Message { phone: letter.to.expose(), text: &letter.text, key: &letter.seal };
        let body = serde_json::to_string(&message);
        let body = body.map_err(|error| NotTaken::Refused(error.to_string()))?;
        let post = tokio::task::spawn_blocking(move || webhook.post(&body));
        post.await.unwrap_or_else(|died| Err(NotTaken::Unknown(died.to_string())))
    }

    fn post(&self, body: &str) -> Result<(), NotTaken> {
        let mut request = self.agent.post(&self.url).header("content-type", "application/json");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {}", token.expose()));
        }
        match request.send(body) {
            Ok(answer) => match answer.status().as_u16() {
                200..=299 => Ok(()),
                // What the provider finds wrong with this message will be wrong at every try.
                status @ (400 | 410 | 413 | 422) => {
                    Err(NotTaken::Refused(format!("the provider answered {status}")))
                }
                status => Err(NotTaken::Later(format!("the provider answered {status}"))),
            },
            Err(ureq::Error::Timeout(_) | ureq::Error::Io(_)) => {
                Err(NotTaken::Unknown("the provider did not answer".to_owned()))
            }
            Err(error) => Err(NotTaken::Later(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_out_encrypted_or_not_at_all() {
        let table = [
            ("https://sms.example.org/send", true),
            ("http://127.0.0.1:9000/send", true),
            ("http://sms.example.org/send", false),
            ("ftp://sms.example.org", false),
            ("sms.example.org", false),
        ];
        for (url, taken) in table {
            let webhook = Some(url.to_owned());
            let settings = SmsSettings { webhook, ..SmsSettings::default() };
            assert_eq!(Webhook::new(&settings).is_ok(), taken, "{url}");
        }
    }
}
