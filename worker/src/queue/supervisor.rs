//! Rebuilds the executor whenever it dies: apalis ends for good at the first error of a backend,
//! without a word.

use std::time::Duration;

use apalis::prelude::BoxDynError;
use futures_util::future::BoxFuture;
use tokio::{sync::watch, time::Instant};
use uuid::{NoContext, Timestamp, Uuid};
use workflow::clock::Clock;

use crate::Health;

/// The first pause before a rebuild; each further one is twice as long.
const SHORTEST: Duration = Duration::from_millis(100);
/// The longest pause before a rebuild.
const LONGEST: Duration = Duration::from_secs(30);
/// An executor that lived so long was well: the pauses begin anew.
const WELL: Duration = Duration::from_mins(1);

/// Keeps one executor alive until `stop` turns true. `build` makes one life of it, under a name
/// that no other worker has ever had: two of one name would end each other.
pub(crate) async fn supervise(
    health: &Health,
    clock: &Clock,
    mut stop: watch::Receiver<bool>,
    build: impl Fn(&str) -> BoxFuture<'static, Result<(), BoxDynError>>,
) {
    let mut pause = SHORTEST;
    loop {
        let name = fresh_name(clock);
        let born = Instant::now();
        // In a task of its own, so that a panic inside apalis is a death like any other.
        let death = match tokio::spawn(build(&name)).await {
            Ok(Ok(())) => "it stopped unasked".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(died) => died.to_string(),
        };
        if *stop.borrow() {
            return;
        }
        health.count_restart();
        if born.elapsed() > WELL {
            pause = SHORTEST;
        }
        tracing::error!(%name, %death, restarts = health.restarts(), "the executor died");
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        pause = (pause * 2).min(LONGEST);
    }
}

fn fresh_name(clock: &Clock) -> String {
    let now = clock.machine();
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let stamp = Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos());
    format!("jobs-{}", Uuid::new_v7(stamp))
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashSet,
        sync::{Arc, Mutex},
    };

    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn an_executor_that_dies_is_rebuilt_under_a_new_name() {
        let (health, clock) = (Health::default(), Clock::wall());
        let (stopping, stop) = watch::channel(false);
        let names: Arc<Mutex<Vec<String>>> = Arc::default();
        let build = |name: &str| {
            let mut names = names.lock().unwrap();
            names.push(name.to_owned());
            let (life, stopping) = (names.len(), stopping.clone());
            async move {
                match life {
                    1 => Err("the backend failed".into()),
                    2 => panic!("apalis has a fault"),
                    _ => {
                        stopping.send_replace(true);
                        Ok(())
                    }
                }
            }
            .boxed()
        };
        supervise(&health, &clock, stop, build).await;
        assert_eq!(health.restarts(), 2);
        let names = names.lock().unwrap();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), 3, "{names:?}");
    }
}
