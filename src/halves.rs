//! The two halves, api and worker: started together, stopped together.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use api::{
    MetricsText,
    limits::{Rate, Rates},
};
use tokio::{
    sync::{mpsc::Receiver, oneshot, watch},
    time::Instant,
};
use workflow::{
    Ticket, Workflow,
    drawer::Drawer,
    health::{Condition, Health},
    seal::Sensitive,
    sign_in::Passwords,
};

use crate::{
    fault::Fault,
    measuring,
    settings::{self, NotSettings, Settings},
    watch::watch,
};

/// So long does a process take to stop, all in all: whoever sent SIGTERM waits half a minute.
pub(crate) const STOP: Duration = Duration::from_secs(20);

/// Takes `address`, which the setting `key` names.
///
/// # Errors
/// [`Fault::Listen`].
pub(crate) fn listen(
    address: SocketAddr,
    key: &'static str,
) -> Result<(TcpListener, SocketAddr), Fault> {
    let bound = TcpListener::bind(address)
        .and_then(|listener| listener.local_addr().map(|found| (listener, found)));
    bound.map_err(|source| Fault::Listen { address, key, source })
}

/// Serves until somebody asks to stop, then finishes what is in hand.
///
/// # Errors
/// [`Fault`], when a half cannot start or stops by itself.
pub(crate) async fn run(
    settings: &Settings,
    workflow: Workflow,
    jobs: Receiver<Ticket>,
    (listener, address): (TcpListener, SocketAddr),
) -> Result<(), Fault> {
    let metrics = measuring::begin()?;
    let health = Arc::new(Health::default());
    let mut asked = Stop::heard();
    let watching = tokio::spawn(watch(workflow.clone(), Arc::clone(&health)));
    let worker = worker_services(settings, workflow.clone(), address)?;
    let worker = worker.with(&worker::Part::ALL, &health);
    let (stop, told) = oneshot::channel();
    let until = async move { told.await.unwrap_or_else(|_| Instant::now()) };
    let mut worker = tokio::spawn(worker::run(worker, jobs, until));
    let server =
        api::serve(api_services(settings, workflow, address, (&health, metrics))?, listener);
    let mut server = server.map_err(Fault::Stopped)?;
    let doors = server.handle();
    let early = tokio::select! {
        () = asked.asked() => None,
        done = &mut server => Some(stopped(done, "the api")),
        done = &mut worker => {
            let why = done.map_err(io::Error::other).and_then(|run| run.map_err(io::Error::other));
            return Err(stopped(why, "the worker"));
        }
    };
    tracing::info!("stopping: what is in hand is finished");
    let end = Instant::now() + STOP;
    health.say("process", Condition::NotReady("it is stopping".to_owned()));
    if early.is_none() {
        // No new requests first, since each may leave jobs behind.
        drop(tokio::join!(doors.stop(true), server));
    }
    if stop.send(end).is_err() {
        tracing::debug!("the worker has gone already");
    }
    drop(worker.await);
    watching.abort();
    early.map_or(Ok(()), Err)
}

/// A half that stopped by itself.
pub(crate) fn stopped(done: io::Result<()>, half: &'static str) -> Fault {
    Fault::Stopped(done.err().unwrap_or_else(|| io::Error::other(half)))
}

/// Somebody asks the process to stop: Ctrl-C, or what service managers send.
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Listens from now on. The first time asks; the second ends the process at once.
    pub(crate) fn heard() -> Self {
        let (asks, asked) = watch::channel(false);
        tokio::spawn(async move {
            asked_to_stop().await;
            asks.send_replace(true);
            asked_to_stop().await;
            tracing::warn!("asked to stop again: what is in hand is left unfinished");
            std::process::exit(1);
        });
        Self(asked)
    }

    /// Resolves when somebody has asked.
    pub(crate) async fn asked(&mut self) {
        drop(self.0.wait_for(|asked| *asked).await);
    }
}

/// Ctrl-C, or what service managers send.
async fn asked_to_stop() {
    let by_key = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "ctrl-c cannot be heard");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let by_manager = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut heard) => drop(heard.recv().await),
            Err(error) => {
                tracing::warn!(%error, "SIGTERM cannot be heard");
                std::future::pending::<()>().await;
            }
        }
    };
    #[cfg(not(unix))]
    let by_manager = std::future::pending::<()>();
    tokio::select! {
        () = by_key => {}
        () = by_manager => {}
    }
}

/// What the worker works with; `address` is where the service really listens.
///
/// # Errors
/// [`Fault::Settings`].
pub(crate) fn worker_services(
    settings: &Settings,
    workflow: Workflow,
    address: SocketAddr,
) -> Result<worker::Services, Fault> {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let (mail, sms) = (&settings.mail, &settings.sms);
    let chosen = worker::Settings {
        parts: worker::Part::ALL.to_vec(),
        concurrency: settings.worker.concurrency,
        letters: settings.worker.letters,
        redis: settings.redis(),
        drawer: settings.letters(),
        link: settings.public_url(address),
        moves_time: settings.demo.moves_time,
        mail: worker::MailSettings {
            smtp: some(&mail.smtp).map(Sensitive::new),
            from: mail.from.clone(),
            from_name: mail.from_name.clone(),
            reply_to: some(&mail.reply_to),
            domain: mail.domain.clone(),
            contact: mail.contact.clone(),
            a_minute: mail.a_minute,
            behind_a_minute: mail.behind_a_minute,
            quiet_hours: mail.quiet_hours,
            dkim: worker::DkimSettings {
                domain: mail.dkim_domain.clone(),
                selector: mail.dkim_selector.clone(),
                key_file: mail.dkim_key_file.clone(),
            },
        },
        sms: worker::SmsSettings {
            webhook: some(&sms.webhook),
            token: some(&sms.token).map(Sensitive::new),
            sign: sms.sign.clone(),
        },
    };
    worker::Services::new(workflow, chosen).map_err(|wrong| {
        // The worker calls its sections by its own name.
        let key = wrong.key.strip_prefix("worker.").filter(|key| key.contains('.'));
        let fault = settings::Fault {
            key: key.unwrap_or(wrong.key).to_owned(),
            found: wrong.found,
            allowed: wrong.expected.to_owned(),
            source: "the settings".to_owned(),
        };
        Fault::Settings(NotSettings(vec![fault]))
    })
}

/// What the front doors answer with; `address` is where they really listen.
///
/// # Errors
/// [`Fault::SignIn`].
pub(crate) fn api_services(
    settings: &Settings,
    workflow: Workflow,
    address: SocketAddr,
    (health, metrics): (&Arc<Health>, MetricsText),
) -> Result<api::Services, Fault> {
    let public = settings.public_url(address);
    let proxies = settings.api.trusted_proxies.iter().map(|network| network.parse());
    let chosen = api::Settings {
        listen: address,
        cookies_secure: public.starts_with("https://"),
        public_url: Some(public).filter(|_| !settings.api.public_url.is_empty()),
        demo: settings.demo.moves_time,
        // They were read once already, when the settings were checked.
        trusted_proxies: proxies.filter_map(Result::ok).collect(),
        rates: Rates {
            network: Rate::of(settings.api.network_rate),
            account: Rate::of(settings.api.account_rate),
        },
        stop_share: settings.api.stop_share,
        metrics_token: Some(settings.metrics.token.clone())
            .filter(|token| !token.is_empty())
            .map(entities::Sensitive::new),
        ..api::Settings::default()
    };
    Ok(api::Services {
        settings: Arc::new(chosen),
        passwords: Passwords::new()?,
        deliver_code: api::codes_by_notice(workflow.clone()),
        buckets: Arc::default(),
        error_page: Some(api::error_page),
        metrics: Some(metrics),
        // Letters hold sign-in codes: only a demonstration shows them.
        drawer: settings.demo.moves_time.then(|| Drawer::at(settings.letters())),
        health: Arc::clone(health),
        workflow,
    })
}
