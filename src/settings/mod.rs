//! What an operator may choose: the defaults, a file, the environment; checked as a whole.

mod check;
mod faults;
mod sources;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use workflow::seal::Sensitive;

pub(crate) use faults::{Fault, NotSettings};
pub(crate) use sources::Environment;

/// All settings, as they are read. What is empty is not set.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) database: Database,
    pub(crate) api: Api,
    pub(crate) worker: Worker,
    pub(crate) redis: Redis,
    pub(crate) mail: Mail,
    pub(crate) sms: Sms,
    pub(crate) keys: Keys,
    pub(crate) programs: Programs,
    pub(crate) demo: Demo,
    pub(crate) metrics: Metrics,
    pub(crate) telemetry: Telemetry,
    pub(crate) log: Log,
    /// Where everything lies that the program writes.
    #[serde(skip)]
    pub(crate) data: PathBuf,
}

/// Where cases are.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    pub(crate) url: String,
    url_file: String,
    pub(crate) connections: u32,
    pub(crate) migrate: bool,
}

/// The front doors.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Api {
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: String,
    pub(crate) trusted_proxies: Vec<String>,
    pub(crate) account_rate: u32,
    pub(crate) network_rate: u32,
    pub(crate) stop_share: u8,
}

/// What happens unasked.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Worker {
    pub(crate) concurrency: usize,
    pub(crate) letters: usize,
    pub(crate) listen: String,
}

/// Where hints of new jobs are left.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Redis {
    pub(crate) url: String,
    url_file: String,
    pub(crate) prefix: String,
}

/// How mail goes out.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mail {
    pub(crate) smtp: String,
    smtp_file: String,
    pub(crate) from: String,
    pub(crate) from_name: String,
    pub(crate) reply_to: String,
    pub(crate) domain: String,
    pub(crate) contact: String,
    pub(crate) a_minute: u32,
    pub(crate) behind_a_minute: u32,
    pub(crate) quiet_hours: bool,
    pub(crate) dkim_domain: String,
    pub(crate) dkim_selector: String,
    pub(crate) dkim_key_file: PathBuf,
}

/// How text messages go out.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sms {
    pub(crate) webhook: String,
    pub(crate) token: String,
    token_file: String,
    pub(crate) sign: String,
}

/// The keys of personal data.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Keys {
    file: PathBuf,
}

/// What the rules leave to the deployment.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Programs {
    /// Where further programs lie; empty: none do.
    pub(crate) folder: PathBuf,
    /// Yuan, by the name of the table.
    pub(crate) ceilings: BTreeMap<String, i64>,
}

/// What only a demonstration may do.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Demo {
    pub(crate) moves_time: bool,
    pub(crate) password: String,
}

/// Who may read what is measured.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Metrics {
    pub(crate) token: String,
    token_file: String,
}

/// Who takes traces.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Telemetry {
    pub(crate) endpoint: String,
    pub(crate) share: f64,
}

/// What is written to standard error.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) filter: String,
    pub(crate) format: Format,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

impl Settings {
    /// Reads the settings: the defaults, `file` (which need not be there unless it was named),
    /// the environment.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub(crate) fn read(
        data: &Path,
        file: Option<&Path>,
        environment: &Environment,
    ) -> Result<Self, NotSettings> {
        let mut settings = sources::merged(file, environment)?;
        settings.settings.data = data.to_path_buf();
        check::check(&mut settings)?;
        Ok(settings.settings)
    }

    /// The database's address.
    pub(crate) fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            return format!("sqlite:{}", self.data.join("banjie.sqlite").display());
        }
        self.database.url.clone()
    }

    /// The database in words that may be shown: no password.
    pub(crate) fn place(&self) -> String {
        self.sqlite_file().map_or_else(
            || "the PostgreSQL database in database.url".to_owned(),
            |file| file.display().to_string(),
        )
    }

    /// The file of SQLite; none on PostgreSQL.
    pub(crate) fn sqlite_file(&self) -> Option<PathBuf> {
        let url = self.database_url();
        let path = url.strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        Some(path.split('?').next().unwrap_or(path).into())
    }

    /// Where `banjie worker` answers, if it does.
    pub(crate) fn worker_listen(&self) -> Option<SocketAddr> {
        self.worker.listen.parse().ok()
    }

    /// Where hints of new jobs are left, if they are.
    pub(crate) fn redis(&self) -> Option<worker::RedisSettings> {
        let Redis { url, prefix, .. } = &self.redis;
        (!url.is_empty()).then(|| worker::RedisSettings {
            url: Sensitive::new(url.clone()),
            prefix: prefix.clone(),
        })
    }

    /// The keys of personal data.
    pub(crate) fn key_file(&self) -> PathBuf {
        if self.keys.file.as_os_str().is_empty() {
            return self.data.join("keys");
        }
        self.keys.file.clone()
    }

    /// Where letters go that no server takes.
    pub(crate) fn letters(&self) -> PathBuf {
        self.data.join("letters")
    }

    /// Where documents lie.
    pub(crate) fn papers(&self) -> PathBuf {
        self.data.join("papers")
    }

    /// How people reach the service, without a slash at the end; `listen` is where it really
    /// listens.
    pub(crate) fn public_url(&self, listen: SocketAddr) -> String {
        match self.api.public_url.trim_end_matches('/') {
            "" => format!("http://{listen}"),
            url => url.to_owned(),
        }
    }
}
