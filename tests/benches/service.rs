//! `banjie` as processes, and a lean caller: what the client uses, the machine lacks.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::process::scratch;

/// The program, as it was built beside this benchmark.
const BANJIE: &str = env!("CARGO_BIN_EXE_banjie");

/// Running processes of one service.
pub(crate) struct Service {
    children: Vec<Child>,
    /// Host and port of its front door.
    pub(crate) address: String,
    /// From the start of the process to the first 200.
    pub(crate) cold: Duration,
    data: PathBuf,
}

fn command(data: &Path, url: &str, words: &[&str]) -> Command {
    let mut command = Command::new(std::env::var("BENCH_BANJIE").unwrap_or(BANJIE.to_owned()));
    command.args(words).arg("--data").arg(data).current_dir(data);
    command.env("BANJIE__DATABASE__URL", url);
    command.env("BANJIE__API__LISTEN", "127.0.0.1:0");
    command.env("BANJIE__MAIL__QUIET_HOURS", "false");
    command.env("BANJIE__API__ACCOUNT_RATE", "100000");
    command.env("BANJIE__API__NETWORK_RATE", "100000");
    command.env("BANJIE__PROGRAMS__FOLDER", data.join("programs"));
    command
}

/// A folder for the service's data, with the benchmark's program in it.
pub(crate) fn folder() -> PathBuf {
    let data = scratch("service");
    fs::create_dir_all(data.join("programs")).unwrap();
    let program = include_str!("four-levels.yaml");
    fs::write(data.join("programs/four-levels.yaml"), program).unwrap();
    data
}

/// Brings the schema up to date.
pub(crate) fn migrate(data: &Path, url: &str) {
    let status = command(data, url, &["migrate"]).stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "banjie migrate failed");
}

impl Service {
    /// `banjie serve`: api and worker in one process.
    pub(crate) fn serve(data: &Path, url: &str) -> Self {
        let log = fs::File::create(data.join("log")).unwrap();
        let started = Instant::now();
        let mut serve = command(data, url, &["serve"]);
        let mut child = serve.stdout(Stdio::piped()).stderr(log).spawn().expect("banjie starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().trim_start_matches("listening on http://").to_owned();
        let service =
            |cold| Self { children: vec![child], address, cold, data: data.to_path_buf() };
        let mut service = service(Duration::ZERO);
        while !service.is_ready() {
            assert!(started.elapsed() < Duration::from_secs(20), "not ready: {line}");
            std::thread::sleep(Duration::from_millis(1));
        }
        service.cold = started.elapsed();
        service
    }

    fn is_ready(&self) -> bool {
        let Ok(mut caller) = Caller::new(&self.address) else { return false };
        caller.call("GET", "/api/v1/health/ready", "", "").0 == 200
    }

    /// Its processes.
    pub(crate) fn pids(&self) -> Vec<u32> {
        self.children.iter().map(Child::id).collect()
    }

    /// The last lines that it wrote.
    pub(crate) fn log(&self) -> String {
        let text = fs::read_to_string(self.data.join("log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        for child in &mut self.children {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// One connection that is kept.
pub(crate) struct Caller {
    stream: BufReader<TcpStream>,
    line: String,
}

impl Caller {
    /// Connects.
    pub(crate) fn new(address: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self { stream: BufReader::new(stream), line: String::new() })
    }

    /// One request and its answer: status and body. An empty token is none.
    pub(crate) fn call(
        &mut self,
        method: &str,
        path: &str,
        token: &str,
        body: &str,
    ) -> (u16, Vec<u8>) {
        let token = match token {
            "" => String::new(),
            token => format!("authorization: Bearer {token}\r\n"),
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: bench\r\n{token}content-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).expect("the request goes out");
        let (mut status, mut length) = (0, 0);
        loop {
            self.line.clear();
            self.stream.read_line(&mut self.line).expect("an answer");
            let line = self.line.trim_end();
            if status == 0 {
                status = line.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(599);
            } else if line.is_empty() {
                break;
            } else if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap();
            }
        }
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).expect("the whole answer");
        (status, bytes)
    }
}
