//! What processes have used, from `/proc`.

use std::{collections::BTreeMap, fs};

/// Linux counts processor time for users in hundredths of a second.
const TICK_MS: f64 = 10.0;

/// Milliseconds of processor time of a process; `with_dead` adds its children that ended.
fn time(pid: u32, with_dead: bool) -> f64 {
    let Some(fields) = stat(pid) else { return 0.0 };
    // After the name: state is 0, utime 11, stime 12, cutime 13, cstime 14.
    let last = if with_dead { 14 } else { 12 };
    (11..=last).map(|at| fields[at].parse::<f64>().unwrap()).sum::<f64>() * TICK_MS
}

fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

fn children(parent: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let ours = |pid: &u32| stat(*pid).is_some_and(|fields| fields[1] == parent.to_string());
    pids.filter(ours).collect()
}

/// Processor time at one moment.
pub(crate) struct Usage {
    service: f64,
    postmaster: f64,
    backends: BTreeMap<u32, f64>,
}

impl Usage {
    /// Of the service's processes and of a whole PostgreSQL without the backends `except`.
    pub(crate) fn now(service: &[u32], postmaster: u32, except: &[u32]) -> Self {
        let backends = children(postmaster).into_iter().filter(|pid| !except.contains(pid));
        Self {
            service: service.iter().map(|pid| time(*pid, false)).sum(),
            postmaster: time(postmaster, true),
            backends: backends.map(|pid| (pid, time(pid, false))).collect(),
        }
    }

    /// Milliseconds since `earlier`: of the service, of PostgreSQL.
    pub(crate) fn since(&self, earlier: &Self) -> (f64, f64) {
        let new = self.backends.iter();
        // Of those that ended between, the postmaster has the sum; what they had before is not new.
        let gone = earlier.backends.iter().filter(|(pid, _)| !self.backends.contains_key(pid));
        let gone: f64 = gone.map(|(_, time)| time).sum();
        let alive: f64 =
            new.map(|(pid, time)| time - earlier.backends.get(pid).unwrap_or(&0.0)).sum();
        (self.service - earlier.service, alive + self.postmaster - earlier.postmaster - gone)
    }
}

/// Memory that a process really has in hand, in MiB.
pub(crate) fn memory(pid: u32) -> f64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    kib / 1024.0
}
