//! What an operator may set about the front doors.

use std::net::SocketAddr;

use entities::Sensitive;
use workflow::sign_in::SignInLimits;

use crate::{limits::Rates, network::Network};

/// What an operator may set about the front doors.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// How people reach the service, such as `https://banjie.example.cn`, without a path. With
    /// `https`, cookies are `Secure` and browsers are told to stay with it.
    pub public_url: Option<String>,
    /// A demonstration: the API's documentation is open to everyone.
    pub demo: bool,
    /// Whether cookies are `Secure` and named `__Host-…`. False only over plain http.
    pub cookies_secure: bool,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Requests a second.
    pub rates: Rates,
    /// The numbers of signing in.
    pub sign_in: SignInLimits,
    /// Hundredths of the time of its steps: a unit that lets its clocks stand for more is shown to
    /// its supervisors.
    pub stop_share: u8,
    /// What opens `/metrics` besides an administrator's session or token.
    pub metrics_token: Option<Sensitive>,
}

impl Default for Settings {
    /// Behind https, on this machine's own address.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            demo: false,
            cookies_secure: true,
            trusted_proxies: Vec::new(),
            rates: Rates::default(),
            sign_in: SignInLimits::default(),
            stop_share: 50,
            metrics_token: None,
        }
    }
}

impl Settings {
    /// Whether people reach the service by https.
    pub fn is_https(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}
