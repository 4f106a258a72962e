//! Sixteen connections that open cases and decide them, one at a time each.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{cluster::Session, service::Caller};

/// Levels of the benchmark's program.
pub(crate) const LEVELS: usize = 4;
/// Connections of the load.
const CONNECTIONS: usize = 16;
/// Applicants of the seed: the numbers after the approvers'.
const APPLICANTS: u64 = 20_000;
/// A case that does not move for so long is an error.
const STUCK: Duration = Duration::from_secs(15);

/// What a connection may do next.
enum Next {
    Open,
    Decide { case: String, level: usize, task: String },
}

/// What the connections share.
struct Shared {
    address: String,
    ready: Mutex<VecDeque<Next>>,
    some: Condvar,
    /// Cases that wait for the worker, by id: how many have signed, since when.
    waiting: Mutex<BTreeMap<String, (usize, Instant)>>,
    decisions: Mutex<Vec<Duration>>,
    opened: AtomicU64,
    stop: AtomicBool,
}

/// A load that runs.
pub(crate) struct Load {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    completed: u64,
}

/// What was done in a time.
pub(crate) struct Done {
    /// Cases that came out.
    pub(crate) cases: u64,
    /// How long each decision took, shortest first.
    pub(crate) decisions: Vec<Duration>,
    /// How long it was looked at.
    pub(crate) took: Duration,
}

impl Load {
    /// Keeps `in_flight` cases under way at `address`.
    pub(crate) fn start(address: &str, in_flight: usize) -> Self {
        let shared = Arc::new(Shared {
            address: address.to_owned(),
            ready: Mutex::new((0..in_flight).map(|_| Next::Open).collect()),
            some: Condvar::new(),
            waiting: Mutex::default(),
            decisions: Mutex::default(),
            opened: AtomicU64::new(0),
            stop: AtomicBool::new(false),
        });
        let work = |_| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || shared.work())
        };
        let threads = (0..CONNECTIONS).map(work).collect();
        Self { shared, threads, completed: 0 }
    }

    /// Watches for `time`: hands on what the worker has opened, as `session` sees it.
    pub(crate) async fn run(&mut self, session: &Session, time: Duration) -> Done {
        let (begin, before) = (Instant::now(), self.completed);
        self.shared.decisions.lock().unwrap().clear();
        while begin.elapsed() < time {
            self.look(session).await;
            tokio::time::sleep(Duration::from_millis(20)).await; // looking costs what is measured
        }
        let mut decisions = std::mem::take(&mut *self.shared.decisions.lock().unwrap());
        decisions.sort_unstable();
        Done { cases: self.completed - before, decisions, took: begin.elapsed() }
    }

    async fn look(&mut self, session: &Session) {
        let waiting: Vec<(String, usize)> = {
            let waiting = self.shared.waiting.lock().unwrap();
            let stuck = waiting.iter().find(|(_, (_, since))| since.elapsed() > STUCK);
            assert!(stuck.is_none(), "a case does not move: {stuck:?}");
            waiting.iter().map(|(case, (level, _))| (case.clone(), *level)).collect()
        };
        let list = |cases: &mut dyn Iterator<Item = &(String, usize)>| {
            cases.map(|(case, _)| format!("'{case}'")).collect::<Vec<_>>().join(",")
        };
        let open = list(&mut waiting.iter().filter(|(_, level)| *level < LEVELS));
        if !open.is_empty() {
            let sql = format!(
                "SELECT case_id::text, id::text FROM task WHERE case_id IN ({open}) AND state = 'open'"
            );
            for row in session.rows(&sql).await {
                let (case, task) =
                    (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
                self.hand_on(case, task);
            }
        }
        let ending = list(&mut waiting.iter().filter(|(_, level)| *level == LEVELS));
        if !ending.is_empty() {
            let sql = format!(
                "SELECT id::text FROM case_file WHERE id IN ({ending}) AND phase = 'ended'"
            );
            for case in session.texts(&sql).await {
                self.shared.waiting.lock().unwrap().remove(&case);
                self.completed += 1;
                self.shared.put(Next::Open);
            }
        }
    }

    fn hand_on(&self, case: String, task: String) {
        if let Some((level, _)) = self.shared.waiting.lock().unwrap().remove(&case) {
            self.shared.put(Next::Decide { case, level, task });
        }
    }

    /// Ends it; what is under way stays as it is.
    pub(crate) fn stop(self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.shared.some.notify_all();
        for thread in self.threads {
            thread.join().expect("no connection failed");
        }
    }
}

impl Shared {
    fn put(&self, next: Next) {
        self.ready.lock().unwrap().push_back(next);
        self.some.notify_one();
    }

    fn work(&self) {
        let mut caller = Caller::new(&self.address).expect("a connection");
        while let Some(next) = self.take() {
            let (case, level) = match next {
                Next::Open => {
                    let nth = self.opened.fetch_add(1, Ordering::Relaxed);
                    (open(&mut caller, nth), 0)
                }
                Next::Decide { case, level, task } => {
                    let begin = Instant::now();
                    decide(&mut caller, level, &task);
                    self.decisions.lock().unwrap().push(begin.elapsed());
                    (case, level + 1)
                }
            };
            self.waiting.lock().unwrap().insert(case, (level, Instant::now()));
        }
    }

    fn take(&self) -> Option<Next> {
        let mut ready = self.ready.lock().unwrap();
        loop {
            if self.stop.load(Ordering::SeqCst) {
                return None;
            }
            if let Some(next) = ready.pop_front() {
                return Some(next);
            }
            ready = self.some.wait(ready).unwrap();
        }
    }
}

/// An applicant begins a case and hands it in; its id.
pub(crate) fn open(caller: &mut Caller, nth: u64) -> String {
    let number = LEVELS as u64 + 1 + nth % APPLICANTS;
    let token = format!("banjie_bench_{number}");
    let ask = format!(
        r#"{{"program":"four-levels","subject":"00200000-0000-7000-8000-{number:012}","filed_as":"self"}}"#
    );
    let (status, body) = caller.call("POST", "/api/v1/cases", &token, &ask);
    assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
    let begun: Value = serde_json::from_slice(&body).unwrap();
    let id = begun["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/cases/{id}/submit");
    let (status, body) = caller.call("POST", &path, &token, r#"{"declared":true}"#);
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    id
}

/// The approver of `level` agrees.
pub(crate) fn decide(caller: &mut Caller, level: usize, task: &str) {
    let token = format!("banjie_bench_{}", level + 1);
    let path = format!("/api/v1/tasks/{task}/approve");
    let (status, body) = caller.call("POST", &path, &token, "{}");
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
}

/// The value below which `share` of the sorted times lie, in milliseconds.
pub(crate) fn percentile(times: &[Duration], share: f64) -> f64 {
    let last = times.len().saturating_sub(1) as f64;
    let at = (last * share).round() as usize;
    times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}
