//! Hints over an encrypted connection: `rediss://`, by an authority that this machine trusts.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::harness::{
    Store,
    cluster::Cluster,
    http::Caller,
    process::{find_program, free_port},
    running::{Running, Start},
    scratch, until,
};

const SOON: Duration = Duration::from_mins(1);

/// An authority of this test's own, and a certificate by it for 127.0.0.1.
fn certificates() -> PathBuf {
    let folder = scratch("certificates");
    std::fs::create_dir(&folder).unwrap();
    let made = |words: &str| {
        let run = Command::new("openssl").args(words.split(' ')).current_dir(&folder).output();
        let run = run.expect("openssl is not installed: on Debian, `apt-get install openssl`");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    };
    let new = "req -x509 -newkey rsa:2048 -nodes -days 2";
    made(&format!("{new} -keyout ca.key -out ca.pem -subj /CN=authority"));
    made(&format!(
        "{new} -keyout redis.key -out redis.pem -subj /CN=redis -CA ca.pem -CAkey ca.key \
         -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE"
    ));
    folder
}

/// A Redis that answers on an encrypted port alone.
fn encrypted(folder: &Path) -> (Running, String) {
    let program = find_program(&["redis-server", "valkey-server"]).expect("redis-server");
    let port = free_port().to_string();
    let file = |name: &str| folder.join(name).display().to_string();
    let (pem, key, ca) = (file("redis.pem"), file("redis.key"), file("ca.pem"));
    let words = [
        "--port",
        "0",
        "--tls-port",
        &port,
        "--bind",
        "127.0.0.1",
        "--tls-cert-file",
        &pem,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &ca,
        "--tls-auth-clients",
        "no",
        "--save",
        "",
        "--daemonize",
        "no",
    ];
    let arguments = words.iter().map(OsStr::new).collect();
    let running = Running::start("redis", &program, Start { arguments, ..Start::default() });
    (running, format!("rediss://127.0.0.1:{port}"))
}

async fn until_it_says(url: &str, (part, state): (&str, &str)) {
    until(&format!("{part} that is {state}"), SOON, async || {
        let ready = Caller::new(url).try_send("GET", "/api/v1/health/ready", None).await.ok()?;
        let parts = ready.body["parts"].as_array()?.clone();
        (parts.iter().find(|one| one["part"] == part)?["state"] == state).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn hints_go_by_an_encrypted_redis_whose_authority_is_trusted() {
    let folder = certificates();
    let (_redis, url) = encrypted(&folder);
    let cluster = Cluster::start(Store::Postgres).await;
    let authority = folder.join("ca.pem").display().to_string();
    let settings = [("BANJIE__REDIS__URL", url.as_str()), ("SSL_CERT_FILE", authority.as_str())];
    let trusting = cluster.banjie("api", &settings).await;
    until_it_says(&trusting.url, ("redis", "well")).await;
    let wary = cluster.banjie("api", &settings[..1]).await;
    until_it_says(&wary.url, ("redis", "degraded")).await;
    let listen = format!("127.0.0.1:{}", free_port());
    let [redis, trust] = settings;
    let settings = [redis, trust, ("BANJIE__WORKER__LISTEN", listen.as_str())];
    let _worker = cluster.banjie("worker", &settings).await;
    until_it_says(&format!("http://{listen}"), ("hints.routing", "well")).await;
}
