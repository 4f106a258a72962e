//! `banjie demo advance 3wd`: business time of a demonstration moves on by working days.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::{Instant, sleep};
use workflow::{Workflow, business_time, calendar::SHANGHAI, commands, program::Span, tx};

use super::marker::{self, Found};
use crate::{fault::Fault, halves, open::open, settings::Settings};

/// So long a demonstration that runs is waited for to begin the walk.
const BEGINS: Duration = Duration::from_secs(3);
/// How often to look.
const LOOK: Duration = Duration::from_millis(200);

/// Asks the demonstration in the folder to move, and waits until it has arrived. When none runs,
/// time walks here.
pub(crate) async fn advance(settings: &Settings, by: Span) -> Result<(), Fault> {
    let Span::WorkingDays(days) = by else {
        return Err(Fault::Demo(format!("{by} are no working days: write 3wd")));
    };
    let (workflow, _) = open(settings).await?;
    if marker::look(workflow.store.read()).await? != Found::Whole {
        return Err(Fault::NotDemo(settings.place()));
    }
    let target =
        tx::write(&workflow.store, async |tx| commands::move_time(tx, &workflow, days).await)
            .await?;
    println!("from {} to {}", shown(workflow.clock.now()), shown(target));
    if !walks_elsewhere(&workflow).await? {
        let worker = halves::worker_services(settings, workflow.clone(), settings.api.listen)?;
        worker::move_to(&worker, target).await?;
    }
    while business_time::follow(&workflow).await?.is_some() {
        sleep(LOOK).await;
    }
    println!("it is {}", shown(workflow.clock.now()));
    Ok(())
}

/// Whether a demonstration that runs has begun to move.
async fn walks_elsewhere(workflow: &Workflow) -> Result<bool, Fault> {
    let (began, offset) = (Instant::now(), workflow.clock.offset());
    while began.elapsed() < BEGINS {
        let target = business_time::follow(workflow).await?;
        if target.is_none() || workflow.clock.offset() != offset {
            return Ok(true);
        }
        sleep(LOOK).await;
    }
    Ok(false)
}

fn shown(at: DateTime<Utc>) -> String {
    at.with_timezone(&SHANGHAI).format("%Y-%m-%d %H:%M").to_string()
}
