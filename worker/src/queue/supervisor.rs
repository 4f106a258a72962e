//! Rebuilds the executor whenever it dies: apalis ends for good at the first error of a backend,
//! without a word.

use std::time::Duration;

use apalis::prelude::BoxDynError;
use futures_util::future::BoxFuture;
use tokio::{sync::watch, time::Instant};
use uuid::{NoContext, Timestamp, Uuid};
use workflow::{
    clock::Clock,
    health::{Condition, Health},
};

/// The first pause before a rebuild; each further one is twice as long.
const SHORTEST: Duration = Duration::from_millis(100);
/// The longest pause before a rebuild.
const LONGEST: Duration = Duration::from_secs(5);
/// An executor that lived so long is well.
const WELL: Duration = Duration::from_secs(2);
/// An executor that lived so long was well: the pauses begin anew.
const SOUND: Duration = Duration::from_mins(1);

/// What is kept alive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    /// What its workers are called, before an id that no other worker has ever had.
    pub(crate) name: &'static str,
    /// Under which part of readiness it says how it is.
    pub(crate) part: &'static str,
}

/// Keeps one executor alive until `stop` turns true. `build` makes one life of it, under a name
/// that no other worker has ever had: two of one name would end each other.
pub(crate) async fn supervise(
    life: Life,
    health: &Health,
    clock: &Clock,
    mut stop: watch::Receiver<bool>,
    build: impl Fn(&str) -> BoxFuture<'static, Result<(), BoxDynError>>,
) {
    let mut pause = SHORTEST;
    loop {
        let name = fresh_name(life.name, clock);
        let born = Instant::now();
        // In a task of its own, so that a panic inside apalis is a death like any other.
        let mut lives = tokio::spawn(build(&name));
        let ended = if let Ok(ended) = tokio::time::timeout(WELL, &mut lives).await {
            ended
        } else {
            health.say(life.part, Condition::Well);
            lives.await
        };
        let death = match ended {
            Ok(Ok(())) => "it stopped unasked".to_owned(),
            Ok(Err(error)) => whole(error.as_ref()),
            Err(died) => died.to_string(),
        };
        if *stop.borrow() {
            return;
        }
        health.count_restart();
        if born.elapsed() > SOUND {
            pause = SHORTEST;
        }
        tracing::warn!(%name, %death, restarts = health.restarts(), "an executor died");
        health.say(life.part, Condition::Degraded("an executor is being rebuilt".to_owned()));
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        pause = (pause * 2).min(LONGEST);
    }
}

/// An error and what is behind it.
fn whole(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        source = cause.source();
    }
    text
}

fn fresh_name(name: &str, clock: &Clock) -> String {
    let now = clock.machine();
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let stamp = Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos());
    format!("{name}-{}", Uuid::new_v7(stamp))
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
        let life = Life { name: "jobs", part: "executor" };
        supervise(life, &health, &clock, stop, build).await;
        assert_eq!(health.restarts(), 2);
        let names = names.lock().unwrap();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), 3, "{names:?}");
    }
}
