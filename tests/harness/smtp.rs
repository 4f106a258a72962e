//! A mail server that keeps what it is sent, and can be as unkind as real ones are.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// How the server treats the next conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Accepts,
    /// Refuses every recipient with this code: 4xx means later, 5xx means never.
    Refuses(u16),
    /// Takes the letter and then never answers.
    Stalls,
    /// Takes and keeps the letter, and never says so.
    Swallows,
    /// Takes and keeps the letter, and hangs up before it says so.
    HangsUp,
}

/// A letter as it came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    /// Headers and body, lines ended by CR LF, without the dots that SMTP puts before dots.
    pub(crate) raw: String,
}

impl Received {
    /// The value of a header, its folded lines joined. Encoded words stay encoded.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = self.raw.split("\r\n\r\n").next()?.replace("\r\n ", " ").replace("\r\n\t", " ");
        head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }
}

/// The server. It listens until this is dropped.
pub(crate) struct Smtp {
    address: SocketAddr,
    desk: Arc<Mutex<Desk>>,
}

struct Desk {
    manner: Manner,
    letters: Vec<Received>,
    /// Conversations begun, those that ended badly included.
    callers: usize,
    closed: bool,
}

impl Smtp {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let desk = Desk { manner: Manner::Accepts, letters: vec![], callers: 0, closed: false };
        let desk = Arc::new(Mutex::new(desk));
        let at_the_desk = Arc::clone(&desk);
        thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                let desk = Arc::clone(&at_the_desk);
                if desk.lock().unwrap().closed {
                    break;
                }
                desk.lock().unwrap().callers += 1;
                // A caller that breaks off is no failure of the server's.
                thread::spawn(move || drop(converse(&caller, &desk)));
            }
        });
        Self { address, desk }
    }

    /// Where it listens, as a setting says it: plain SMTP, no encryption, no password.
    pub(crate) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    pub(crate) fn behave(&self, manner: Manner) {
        self.desk.lock().unwrap().manner = manner;
    }

    /// All letters received so far, in order.
    pub(crate) fn letters(&self) -> Vec<Received> {
        self.desk.lock().unwrap().letters.clone()
    }

    pub(crate) fn callers(&self) -> usize {
        self.desk.lock().unwrap().callers
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.desk.lock().unwrap().closed = true;
        drop(TcpStream::connect(self.address)); // wakes the listener, so that it sees it
    }
}

fn converse(caller: &TcpStream, desk: &Mutex<Desk>) -> io::Result<()> {
    let mut say = caller;
    let mut listen = BufReader::new(caller);
    let (mut from, mut to) = (String::new(), Vec::new());
    say.write_all(b"220 test.example ESMTP\r\n")?;
    loop {
        let mut line = String::new();
        if listen.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let manner = desk.lock().unwrap().manner;
        let line = line.trim_end();
        let verb = line.get(..4).unwrap_or(line).to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-test.example\r\n250-8BITMIME\r\n250 SMTPUTF8".to_owned(),
            "MAIL" => {
                from = address(line);
                "250 ok".to_owned()
            }
            "RCPT" => {
                if let Manner::Refuses(code) = manner {
                    format!("{code} not today")
                } else {
                    to.push(address(line));
                    "250 ok".to_owned()
                }
            }
            "DATA" => {
                say.write_all(b"354 go on\r\n")?;
                let raw = letter(&mut listen)?;
                if manner == Manner::Stalls {
                    // Until the caller has had enough.
                    return listen.read_to_end(&mut Vec::new()).map(drop);
                }
                let (from, to) = (std::mem::take(&mut from), std::mem::take(&mut to));
                desk.lock().unwrap().letters.push(Received { from, to, raw });
                match manner {
                    Manner::HangsUp => return Ok(()),
                    Manner::Swallows => return listen.read_to_end(&mut Vec::new()).map(drop),
                    _ => {}
                }
                "250 kept".to_owned()
            }
            "RSET" | "NOOP" | "HELO" => "250 ok".to_owned(),
            "QUIT" => return say.write_all(b"221 bye\r\n"),
            _ => "502 what?".to_owned(),
        };
        say.write_all(format!("{answer}\r\n").as_bytes())?;
    }
}

/// What stands between the angle brackets of `MAIL FROM:<…>` and `RCPT TO:<…>`.
fn address(line: &str) -> String {
    let after = line.split_once('<').map_or("", |(_, after)| after);
    after.split_once('>').map_or(after, |(address, _)| address).to_owned()
}

fn letter(listen: &mut impl BufRead) -> io::Result<String> {
    let mut raw = Vec::new();
    loop {
        let mut line = Vec::new();
        if listen.read_until(b'\n', &mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(String::from_utf8_lossy(&raw).into_owned());
        }
        raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use lettre::{
        AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
        transport::smtp::{Error, response::Response},
    };

    use super::*;

    async fn send(server: &Smtp) -> Result<Response, Error> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&server.url()).unwrap();
        let transport = transport.build();
        let letter = Message::builder()
            .from("banjie@example.cn".parse().unwrap())
            .to("wang@example.cn".parse().unwrap())
            .subject("办结")
            .body("first line\r\n.second line, after a dot\r\n".to_owned())
            .unwrap();
        transport.send(letter).await
    }

    #[actix_web::test]
    async fn it_keeps_letters_as_they_were_sent() {
        let server = Smtp::start();
        send(&server).await.unwrap();
        let [letter] = &server.letters()[..] else { panic!("one letter") };
        assert_eq!(letter.from, "banjie@example.cn");
        assert_eq!(letter.to, ["wang@example.cn"]);
        assert_eq!(letter.header("to").unwrap(), "wang@example.cn");
        assert!(letter.raw.contains("\r\n.second line"), "{}", letter.raw);
    }

    #[actix_web::test]
    async fn it_refuses_for_now_or_for_ever() {
        let server = Smtp::start();
        server.behave(Manner::Refuses(451));
        assert!(send(&server).await.unwrap_err().is_transient());
        server.behave(Manner::Refuses(550));
        assert!(send(&server).await.unwrap_err().is_permanent());
        assert!(server.letters().is_empty());
        assert_eq!(server.callers(), 2);
    }

    #[actix_web::test]
    async fn it_stalls_or_hangs_up_when_told_to() {
        let server = Smtp::start();
        server.behave(Manner::Stalls);
        // The sender's own timeout is for connecting only.
        let waited = tokio::time::timeout(Duration::from_millis(300), send(&server)).await;
        assert!(waited.is_err(), "no answer comes");
        assert!(server.letters().is_empty());
        server.behave(Manner::HangsUp);
        assert!(!send(&server).await.unwrap_err().is_permanent());
        assert_eq!(server.letters().len(), 1, "sent, and the sender does not know it");
    }
}
