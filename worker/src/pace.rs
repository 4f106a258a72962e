//! A wall clock that jumps is an error of the machine until somebody says otherwise.
//!
//! The wall clock is held against the monotonic one. When it went ahead by hours, everything seems
//! due at once: what is due happens, but nothing is escalated and nobody is reminded before the
//! next working morning, and an alarm is raised. After that the ladders climb a rung a day, as
//! after an outage. Business time that the demonstration moves is no jump.

use std::sync::PoisonError;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::DbErr;
use workflow::{health::Condition, pace};

use crate::Services;

/// Less is what time servers correct, and what a process that was stopped for a while sees.
const JUMP: TimeDelta = TimeDelta::hours(6);

/// What the two clocks said when they were last compared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clocks {
    wall: DateTime<Utc>,
    monotonic: TimeDelta,
}

/// Compares the clocks. Returns whether escalation is held now.
///
/// # Errors
/// The database's.
pub(crate) async fn keep(services: &Services) -> Result<bool, DbErr> {
    let clock = &services.workflow.clock;
    let read = Clocks { wall: clock.machine(), monotonic: clock.monotonic() };
    let last = {
        let mut last = services.clocks.lock().unwrap_or_else(PoisonError::into_inner);
        last.replace(read)
    };
    if let Some(last) = last {
        let jump = (read.wall - last.wall) - (read.monotonic - last.monotonic);
        if jump > JUMP {
            pace::hold(&services.workflow, jump).await?;
            tracing::error!(
                hours = jump.num_hours(),
                "the wall clock went ahead: escalation waits"
            );
        } else if jump < -JUMP {
            pace::let_go(&services.workflow).await?;
            tracing::warn!(hours = jump.num_hours(), "the wall clock went back");
        }
    }
    let held = pace::held(&services.workflow).await?;
    let said = match held {
        None => Condition::Well,
        Some(until) => Condition::Degraded(format!(
            "the wall clock went ahead by hours: nothing is escalated before {until}; set it right, \
             or see that it is"
        )),
    };
    services.health.say("time", said);
    Ok(held.is_some())
}
