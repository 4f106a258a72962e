//! What the worker is asked to do. Stored names are for ever.

use entities::{CaseId, LetterId, NoticeId, OutboxId, ProgramReplayId};
use serde::{Deserialize, Serialize};

/// One job: ids only, harmless the second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Somebody has spoken: let the case go on as far as it can.
    RouteCase {
        /// Which.
        case: CaseId,
    },
    /// Read a letter of one case in the other.
    TakeLetter {
        /// Which.
        letter: LetterId,
    },
    /// Bring one notice to its one recipient.
    SendNotice {
        /// Which.
        notice: NoticeId,
    },
    /// Look at some more past cases as a draft of their program would have them.
    ReplayProgram {
        /// Which look.
        replay: ProgramReplayId,
    },
}

impl Job {
    /// The stored name.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::TakeLetter { .. } => TAKE_LETTER,
            Self::ReplayProgram { .. } => REPLAY_PROGRAM,
            _ => self.sort().stored(),
        }
    }

    /// Which executor does it.
    pub fn sort(&self) -> JobKind {
        match self {
            Self::RouteCase { .. } | Self::TakeLetter { .. } | Self::ReplayProgram { .. } => {
                JobKind::Routing
            }
            Self::SendNotice { .. } => JobKind::Letters,
        }
    }

    /// The case it is about, where it is about one.
    pub fn case(&self) -> Option<CaseId> {
        match self {
            Self::RouteCase { case } => Some(*case),
            Self::TakeLetter { .. } | Self::SendNotice { .. } | Self::ReplayProgram { .. } => None,
        }
    }
}

/// The stored names of jobs that have no executor of their own: they are done with the routing.
const TAKE_LETTER: &str = "take_letter";
const REPLAY_PROGRAM: &str = "replay_program";

/// What a job is for. Each kind has an executor of its own, so that a slow mail server holds up
/// no case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobKind {
    /// Cases go on.
    Routing,
    /// Messages go out.
    Letters,
}

impl JobKind {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::Routing, Self::Letters];

    /// The name in the outbox: for ever.
    pub const fn stored(self) -> &'static str {
        match self {
            Self::Routing => "route_case",
            Self::Letters => "send_notice",
        }
    }

    /// The kind of a name in the outbox; none for one that a newer version has written.
    pub fn of_stored(name: &str) -> Option<Self> {
        if [TAKE_LETTER, REPLAY_PROGRAM].contains(&name) {
            return Some(Self::Routing);
        }
        Self::ALL.into_iter().find(|kind| kind.stored() == name)
    }

    /// The names in the outbox of all jobs of this kind.
    pub const fn stored_names(self) -> &'static [&'static str] {
        match self {
            Self::Routing => &["route_case", TAKE_LETTER, REPLAY_PROGRAM],
            Self::Letters => &["send_notice"],
        }
    }

    /// The name for people: settings, logs, metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Routing => "routing",
            Self::Letters => "letters",
        }
    }
}

/// A row of the outbox on the fast path: enough to find it and to know who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket {
    /// Which row.
    pub id: OutboxId,
    /// Which executor.
    pub kind: JobKind,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_stored_under_the_name_of_its_kind() {
        let now = chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        for job in [
            Job::RouteCase { case: CaseId::at(now) },
            Job::TakeLetter { letter: LetterId::at(now) },
            Job::SendNotice { notice: NoticeId::at(now) },
            Job::ReplayProgram { replay: ProgramReplayId::at(now) },
        ] {
            let stored = serde_json::to_value(job).unwrap();
            assert_eq!(stored["job"], job.kind());
        }
        let names: std::collections::BTreeSet<_> = JobKind::ALL.map(JobKind::stored).into();
        assert_eq!(names.len(), JobKind::ALL.len());
    }
}
