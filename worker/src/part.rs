//! What a worker process may be asked to leave to others.

use std::{fmt, str::FromStr};

use serde::Deserialize;
use workflow::JobKind;

/// One thing that a worker does by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Cases go on.
    Routing,
    /// Messages go out.
    Letters,
    /// What is due falls due; business time moves where it may.
    Timers,
    /// What is over is thrown away, once a day.
    Housekeeping,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Routing, Self::Letters, Self::Timers, Self::Housekeeping];

    /// As it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Routing => JobKind::Routing.name(),
            Self::Letters => JobKind::Letters.name(),
            Self::Timers => "timers",
            Self::Housekeeping => "housekeeping",
        }
    }

    /// The jobs it does, if it does jobs.
    pub const fn jobs(self) -> Option<JobKind> {
        match self {
            Self::Routing => Some(JobKind::Routing),
            Self::Letters => Some(JobKind::Letters),
            Self::Timers | Self::Housekeeping => None,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|part| part.name() == text);
        found.ok_or_else(|| format!("expected one of {}", Self::ALL.map(Self::name).join(", ")))
    }
}
