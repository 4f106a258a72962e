//! What the types of the settings cannot say. Every fault is found, not only the first.

use std::{fs, path::Path};

use super::{Fault, NotSettings, Settings, sources::Merged};

pub(super) fn check(merged: &mut Merged) -> Result<(), NotSettings> {
    let mut faults = Vec::new();
    secrets(merged, &mut faults);
    let settings = &merged.settings;
    let mut expect = |fits: bool, key: &str, found: &str, allowed: &str| {
        if !fits {
            faults.push(merged.fault(key, found, allowed));
        }
    };
    let url = &settings.database.url;
    let schemes = ["postgres://", "postgresql://", "sqlite:"];
    let known = url.is_empty() || schemes.iter().any(|scheme| url.starts_with(scheme));
    expect(known, "database.url", url, "postgres://user:password@host/name or sqlite:PATH");
    let connections = settings.database.connections;
    let fits = (2..=64).contains(&connections);
    expect(fits, "database.connections", &connections.to_string(), "2 to 64");
    processes(settings, &mut expect);
    for (key, rate) in [
        ("api.account_rate", settings.api.account_rate),
        ("api.network_rate", settings.api.network_rate),
    ] {
        expect((1..=100_000).contains(&rate), key, &rate.to_string(), "1 to 100000 a second");
    }
    let share = settings.api.stop_share;
    let fits = (1..=100).contains(&share);
    expect(fits, "api.stop_share", &share.to_string(), "1 to 100 per cent");
    let sign = &settings.sms.sign;
    let fits = (1..=6).contains(&sign.chars().count());
    expect(fits, "sms.sign", &format!("{sign:?}"), "1 to 6 characters");
    for (table, yuan) in &settings.programs.ceilings {
        let key = format!("programs.ceilings.{table}");
        expect((1..=10_000_000).contains(yuan), &key, &yuan.to_string(), "1 to 10000000 yuan");
    }
    let folder = &settings.programs.folder;
    let fits = folder.as_os_str().is_empty() || folder.is_dir();
    let found = folder.display().to_string();
    expect(fits, "programs.folder", &found, "a folder that is there");
    let url = &settings.api.public_url;
    expect(url.is_empty() || is_origin(url), "api.public_url", &format!("{url:?}"), ORIGIN);
    let local = settings.api.listen.ip().is_loopback();
    let reachable = local || !url.is_empty();
    expect(reachable, "api.public_url", "nothing, though the service listens to others", ORIGIN);
    for proxy in &settings.api.trusted_proxies {
        let allowed = "an address or a network such as 10.0.0.0/8";
        let fits = proxy.parse::<api::network::Network>().is_ok();
        expect(fits, "api.trusted_proxies", &format!("{proxy:?}"), allowed);
    }
    let endpoint = &settings.telemetry.endpoint;
    let fits =
        endpoint.is_empty() || ["http://", "https://"].iter().any(|s| endpoint.starts_with(s));
    expect(fits, "telemetry.endpoint", &format!("{endpoint:?}"), "http://… or https://…");
    let share = settings.telemetry.share;
    expect((0.0..=1.0).contains(&share), "telemetry.share", &share.to_string(), "0 to 1");
    let token = &settings.metrics.token;
    let fits = token.is_empty() || token.len() >= 16;
    expect(fits, "metrics.token", "fewer characters", "16 characters or more");
    let filter = &settings.log.filter;
    let fits = filter.parse::<tracing_subscriber::EnvFilter>().is_ok();
    expect(fits, "log.filter", &format!("{filter:?}"), "directives such as info,sqlx=warn");
    if faults.is_empty() { Ok(()) } else { Err(NotSettings(faults)) }
}

/// What rules how processes work beside each other.
fn processes(settings: &Settings, expect: &mut impl FnMut(bool, &str, &str, &str)) {
    let worker = &settings.worker;
    let hands = worker.concurrency;
    expect((1..=64).contains(&hands), "worker.concurrency", &hands.to_string(), "1 to 64");
    let hands = worker.letters;
    expect((1..=256).contains(&hands), "worker.letters", &hands.to_string(), "1 to 256");
    let listen = &worker.listen;
    let fits = listen.is_empty() || settings.worker_listen().is_some();
    let allowed = "an address and a port such as 127.0.0.1:8081";
    expect(fits, "worker.listen", &format!("{listen:?}"), allowed);
    let url = &settings.redis.url;
    let fits = ["redis://", "rediss://"].iter().any(|scheme| url.starts_with(scheme));
    let allowed = "redis://user:password@host:6379/0, or rediss:// for an encrypted connection";
    expect(url.is_empty() || fits, "redis.url", url, allowed);
    let prefix = &settings.redis.prefix;
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let fits = (1..=40).contains(&prefix.len()) && prefix.bytes().all(known);
    expect(fits, "redis.prefix", &format!("{prefix:?}"), "1 to 40 of a-z, A-Z, 0-9 and - _ .");
}

const ORIGIN: &str = "https://… without a path, such as https://banjie.example.cn";

/// A scheme and a host, perhaps a port: no path, no parameters.
fn is_origin(url: &str) -> bool {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = host.map(|host| host.trim_end_matches('/'));
    host.is_some_and(|host| {
        !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c))
    })
}

/// Secrets that stand in files of their own.
fn secrets(merged: &mut Merged, faults: &mut Vec<Fault>) {
    let settings = &merged.settings;
    let read = [
        secret(merged, "database.url", (&settings.database.url, &settings.database.url_file)),
        secret(merged, "redis.url", (&settings.redis.url, &settings.redis.url_file)),
        secret(merged, "mail.smtp", (&settings.mail.smtp, &settings.mail.smtp_file)),
        secret(merged, "sms.token", (&settings.sms.token, &settings.sms.token_file)),
        secret(merged, "metrics.token", (&settings.metrics.token, &settings.metrics.token_file)),
    ];
    let [url, redis, smtp, token, metrics] =
        read.map(|read| read.map_err(|fault| faults.push(fault)).unwrap_or_default());
    let settings = &mut merged.settings;
    settings.database.url = url;
    settings.redis.url = redis;
    settings.mail.smtp = smtp;
    settings.sms.token = token;
    settings.metrics.token = metrics;
}

fn secret(merged: &Merged, key: &str, said: (&str, &str)) -> Result<String, Fault> {
    let (here, file) = said;
    if file.is_empty() {
        return Ok(here.to_owned());
    }
    let file_key = format!("{key}_file");
    if !here.is_empty() {
        return Err(merged.fault(&file_key, "a file beside the value itself", "one of the two"));
    }
    let text = fs::read_to_string(Path::new(file));
    let text = text.map(|text| text.trim().to_owned()).unwrap_or_default();
    if text.is_empty() {
        let allowed = "a file that can be read and is not empty";
        return Err(merged.fault(&file_key, file, allowed));
    }
    Ok(text)
}
