//! A Redis server of a test's own, to be killed, frozen, flushed and filled.

use std::{
    ffi::OsStr,
    fmt::Write as _,
    io::{BufRead, BufReader, Write as _},
    net::TcpStream,
    path::PathBuf,
    time::Duration,
};

use super::{
    process::{find_program, free_port, scratch},
    running::{Running, Start},
    waiting::until,
};

const START: Duration = Duration::from_secs(30);

/// The server. It keeps its data over a restart, and ends with the test.
pub(crate) struct Redis {
    port: u16,
    folder: PathBuf,
    running: Option<Running>,
}

impl Redis {
    /// Starts an empty one and waits until it answers.
    pub(crate) async fn start() -> Self {
        let folder = scratch("redis");
        std::fs::create_dir(&folder).expect("a folder");
        let mut redis = Self { port: free_port(), folder, running: None };
        redis.start_again().await;
        redis
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Starts it after [`Redis::kill`], with what it had written down.
    pub(crate) async fn start_again(&mut self) {
        let program = find_program(&["redis-server", "valkey-server"]).expect(
            "redis-server is not installed. `./check` installs what the tests need; \
             on Debian it is `apt-get install redis-server`",
        );
        let port = self.port.to_string();
        let folder = self.folder.display().to_string();
        let words = [
            "--port",
            &port,
            "--bind",
            "127.0.0.1",
            "--dir",
            &folder,
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            "no",
            "--daemonize",
            "no",
        ];
        let arguments = words.iter().map(OsStr::new).collect();
        self.running = None;
        let start = Start { arguments, ..Start::default() };
        self.running = Some(Running::start("redis", &program, start));
        let answers = async || (self.try_ask(&["PING"]).ok()? == "PONG").then_some(());
        until("an answer of redis", START, answers).await;
    }

    fn running(&mut self) -> &mut Running {
        self.running.as_mut().expect("redis runs")
    }

    pub(crate) fn kill(&mut self) {
        self.running().kill();
    }

    pub(crate) fn freeze(&mut self) {
        self.running().freeze();
    }

    pub(crate) fn thaw(&mut self) {
        self.running().thaw();
    }

    /// One command, such as `["CONFIG", "SET", "maxmemory", "1"]`; what it said, in one line a value.
    pub(crate) fn ask(&self, words: &[&str]) -> String {
        self.try_ask(words).unwrap_or_else(|e| panic!("{words:?}: {e}"))
    }

    fn try_ask(&self, words: &[&str]) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(START))?;
        let mut request = format!("*{}\r\n", words.len());
        for word in words {
            write!(request, "${}\r\n{word}\r\n", word.len()).expect("a text takes all");
        }
        stream.write_all(request.as_bytes())?;
        read_value(&mut BufReader::new(stream))
    }
}

/// A value of RESP2: simple, error, number, bulk, or a list of those.
fn read_value(listen: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = String::new();
    listen.read_line(&mut line)?;
    let line = line.trim_end();
    let (kind, rest) = line.split_at_checked(1).ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let count = rest.parse::<i64>().unwrap_or_default();
    match kind {
        "$" if count >= 0 => {
            let mut bytes = vec![0; usize::try_from(count).unwrap_or_default() + 2];
            listen.read_exact(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).trim_end_matches("\r\n").to_owned())
        }
        "*" => {
            let values: Result<Vec<_>, _> = (0..count).map(|_| read_value(listen)).collect();
            Ok(values?.join("\n"))
        }
        "-" => Err(std::io::Error::other(rest.to_owned())),
        _ => Ok(rest.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn it_is_killed_and_has_kept_what_it_was_told() {
        let mut redis = Redis::start().await;
        redis.ask(&["RPUSH", "list", "one", "two"]);
        redis.kill();
        assert!(redis.try_ask(&["PING"]).is_err());
        redis.start_again().await;
        assert_eq!(redis.ask(&["LRANGE", "list", "0", "-1"]), "one\ntwo");
        redis.ask(&["FLUSHALL"]);
        assert_eq!(redis.ask(&["DBSIZE"]), "0");
    }
}
