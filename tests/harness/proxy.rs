//! A stretch of network between the service and what it talks to, which can go bad.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

/// How the stretch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Open,
    /// Each packet takes so long, in each direction.
    Slow(Duration),
    /// Half-open: connections stand, new ones are taken, and nothing passes.
    Mute,
    /// What callers say gets through, what they are answered does not.
    Unanswered,
    /// All connections are broken, and new ones at once.
    Cut,
}

/// The proxy; it listens until it is dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    way: Mutex<Way>,
    changed: Condvar,
    lines: Mutex<Vec<TcpStream>>,
    closed: Mutex<bool>,
    /// How often all lines were lost.
    lost: AtomicU32,
}

impl Proxy {
    /// To `target`, such as `127.0.0.1:5432`.
    pub(crate) fn to(target: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let state = Arc::new(State {
            way: Mutex::new(Way::Open),
            changed: Condvar::new(),
            lines: Mutex::default(),
            closed: Mutex::new(false),
            lost: AtomicU32::new(0),
        });
        let (target, shared) = (target.to_owned(), Arc::clone(&state));
        thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                if *shared.closed.lock().unwrap() {
                    break;
                }
                let (target, state) = (target.clone(), Arc::clone(&shared));
                thread::spawn(move || connect(&caller, &target, &state));
            }
        });
        Self { address, state }
    }

    /// `127.0.0.1:port`.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Both ends are gone without a word, as when a machine is unplugged: what is said on lines
    /// that stand is swallowed from now on. New ones are as good as the way.
    pub(crate) fn lose(&self) {
        self.state.lost.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn be(&self, way: Way) {
        *self.state.way.lock().unwrap() = way;
        self.state.changed.notify_all();
        if way == Way::Cut {
            for line in self.state.lines.lock().unwrap().drain(..) {
                drop(line.shutdown(Shutdown::Both));
            }
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        *self.state.closed.lock().unwrap() = true;
        self.be(Way::Cut);
        drop(TcpStream::connect(self.address)); // wakes the listener, so that it sees it
    }
}

fn connect(caller: &TcpStream, target: &str, state: &Arc<State>) {
    let way = state.pass();
    let Some(server) = (way != Way::Cut).then(|| TcpStream::connect(target).ok()).flatten() else {
        return;
    };
    drop((caller.set_nodelay(true), server.set_nodelay(true)));
    let born = state.lost();
    let Ok([ours, theirs, ours_too, theirs_too]) = copies(caller, &server) else { return };
    state.lines.lock().unwrap().extend([ours, theirs]);
    let (there, back) = (Arc::clone(state), Arc::clone(state));
    let (Ok(caller), Ok(server)) = (caller.try_clone(), server.try_clone()) else { return };
    thread::spawn(move || carry((caller, theirs_too), &there, (born, false)));
    carry((server, ours_too), &back, (born, true));
}

fn copies(caller: &TcpStream, server: &TcpStream) -> std::io::Result<[TcpStream; 4]> {
    Ok([caller.try_clone()?, server.try_clone()?, caller.try_clone()?, server.try_clone()?])
}

/// Carries bytes one way, as long as it can: `born` is how many losses the line has not seen.
fn carry((mut from, mut to): (TcpStream, TcpStream), state: &State, (born, answers): (u32, bool)) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let Some(bytes) = buffer.get(..count) else { break };
        let way = state.pass();
        if state.lost() != born {
            continue; // it is swallowed, and nobody says so
        }
        match way {
            Way::Cut => break,
            Way::Unanswered if answers => continue,
            Way::Slow(delay) => thread::sleep(delay),
            Way::Open | Way::Unanswered | Way::Mute => {}
        }
        if to.write_all(bytes).is_err() {
            break;
        }
    }
    drop((from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both)));
}

impl State {
    fn lost(&self) -> u32 {
        self.lost.load(Ordering::SeqCst)
    }

    /// Waits as long as nothing passes; says how the way is then.
    fn pass(&self) -> Way {
        let way = self.way.lock().unwrap();
        *self.changed.wait_while(way, |way| *way == Way::Mute).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::pages::Pages;

    #[test]
    fn it_lets_through_holds_back_and_cuts() {
        let pages = Pages::serve(|_| Pages::answer(204, "", ""));
        let proxy = Proxy::to(pages.url().trim_start_matches("http://"));
        let ask = |patience: u64| {
            let mut line = TcpStream::connect(proxy.address()).unwrap();
            line.set_read_timeout(Some(Duration::from_millis(patience))).unwrap();
            line.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
            let mut said = String::new();
            line.read_to_string(&mut said).map(|_| said)
        };
        assert!(ask(20_000).unwrap().starts_with("HTTP/1.1 204"));
        proxy.be(Way::Mute);
        assert!(ask(200).is_err(), "nothing passes");
        proxy.be(Way::Slow(Duration::from_millis(10)));
        assert!(ask(20_000).unwrap().starts_with("HTTP/1.1 204"));
        proxy.be(Way::Cut);
        let mut line = TcpStream::connect(proxy.address()).unwrap();
        line.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        assert!(matches!(line.read(&mut [0]), Ok(0) | Err(_)), "it hangs up");
        proxy.be(Way::Open);
        assert!(ask(20_000).unwrap().starts_with("HTTP/1.1 204"));
    }
}
