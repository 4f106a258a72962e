//! A mail server that behaves as the test says, conversation by conversation.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

/// How the server behaves in one conversation.
#[derive(Clone, Debug)]
pub(crate) enum Mood {
    /// Takes the letter.
    Accepts,
    /// Greylists the recipient.
    SaysLater,
    /// Knows no such recipient.
    SaysNever,
    /// Takes the letter and goes away without a word.
    GoesAway,
    /// Takes the letter and answers when told to.
    Waits(Arc<Notify>),
    /// Reads the letter and, when told to, says that it should come later.
    WaitsAndSaysLater(Arc<Notify>),
}

/// A running server. Moods are used up in order; then it accepts.
pub(crate) struct Sink {
    pub(crate) port: u16,
    letters: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    pub(crate) async fn with(moods: impl IntoIterator<Item = Mood>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let letters: Arc<Mutex<Vec<String>>> = Arc::default();
        let mut moods: Vec<Mood> = moods.into_iter().collect();
        moods.reverse();
        let seen = Arc::clone(&letters);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mood = moods.pop().unwrap_or(Mood::Accepts);
                tokio::spawn(converse(stream, mood, Arc::clone(&seen)));
            }
        });
        Self { port, letters }
    }

    /// Every letter that came in whole, whatever the server said to it.
    pub(crate) fn letters(&self) -> Vec<String> {
        self.letters.lock().unwrap().clone()
    }

    /// Waits until so many came in.
    pub(crate) async fn has(&self, letters: usize) {
        while self.letters().len() < letters {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

async fn converse(stream: TcpStream, mood: Mood, letters: Arc<Mutex<Vec<String>>>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 sink\r\n").await.ok()?;
    while let Some(line) = lines.next_line().await.ok()? {
        let answer = match (line.split(' ').next()?, &mood) {
            ("RCPT", Mood::SaysLater) => "451 4.7.1 later",
            ("RCPT", Mood::SaysNever) => "550 5.1.1 no such person",
            ("DATA", _) => {
                write.write_all(b"354 go on\r\n").await.ok()?;
                let mut letter = String::new();
                while let Some(line) = lines.next_line().await.ok()?.filter(|line| line != ".") {
                    letter = letter + &line + "\n";
                }
                letters.lock().unwrap().push(letter);
                match &mood {
                    Mood::GoesAway => return None,
                    Mood::Waits(told) => told.notified().await,
                    Mood::WaitsAndSaysLater(told) => {
                        told.notified().await;
                        write.write_all(b"451 4.3.0 later\r\n").await.ok()?;
                        continue;
                    }
                    _ => {}
                }
                "250 taken"
            }
            ("QUIT", _) => "221 bye",
            _ => "250 ok",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
    None
}

/// The value of a header.
pub(crate) fn header(letter: &str, name: &str) -> String {
    let start = format!("{name}: ");
    let line = letter.lines().find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_default().to_owned()
}
