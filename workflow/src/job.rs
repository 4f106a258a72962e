//! What the worker is asked to do. Stored names are for ever.

use entities::{CaseId, NoticeId};
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
    /// Bring one notice to its one recipient.
    SendNotice {
        /// Which.
        notice: NoticeId,
    },
}

impl Job {
    /// The stored names of all.
    pub const KINDS: [&str; 2] = ["route_case", "send_notice"];

    /// The stored name.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::RouteCase { .. } => "route_case",
            Self::SendNotice { .. } => "send_notice",
        }
    }

    /// The case it is about, where it is about one.
    pub fn case(&self) -> Option<CaseId> {
        match self {
            Self::RouteCase { case } => Some(*case),
            Self::SendNotice { .. } => None,
        }
    }
}
