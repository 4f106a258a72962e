//! A loop that survives its own mistakes.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use sea_orm::DbErr;
use tokio::{
    sync::{Notify, watch},
    time::MissedTickBehavior,
};

use crate::Services;

/// Something that is done again and again.
#[derive(Clone)]
pub(crate) struct Rounds {
    /// Names it in the log.
    pub(crate) name: &'static str,
    /// From one round to the next.
    pub(crate) period: Duration,
    /// Calls for a round before its time.
    pub(crate) early: Arc<Notify>,
}

impl Rounds {
    /// Rounds that nobody has called for yet.
    pub(crate) fn new(name: &'static str, period: Duration) -> Self {
        Self { name, period, early: Arc::default() }
    }

    /// Does `round` until `stop` turns true; a round that is begun is finished.
    ///
    /// Each runs in a task of its own, so that one that panics ends nothing. A fault is told
    /// when it begins and when it is over, not at each round.
    pub(crate) async fn go<F>(self, services: Services, mut stop: watch::Receiver<bool>, round: F)
    where
        F: Fn(Services) -> BoxFuture<'static, Result<(), DbErr>>,
    {
        let mut ticks = tokio::time::interval(self.period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut well = true;
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.early.notified() => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            let fault = match tokio::spawn(round(services.clone())).await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(died) => Some(died.to_string()),
            };
            match &fault {
                Some(fault) if well => tracing::error!(round = self.name, %fault, "it fails"),
                None if !well => tracing::warn!(round = self.name, "it works again"),
                _ => {}
            }
            well = fault.is_none();
        }
    }
}
