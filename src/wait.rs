//! Starting before the database is there, or before its schema is: in any order.

use std::time::Duration;

use workflow::health::{Condition, Health};

use crate::{
    fault::Fault,
    open::{Opened, open},
    settings::Settings,
};

/// The first pause before another try; each further one is twice as long.
const SHORTEST: Duration = Duration::from_millis(250);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(5);

/// Opens the service, and waits for what may still come. `health` says what is missing.
///
/// # Errors
/// [`Fault`]: what no waiting will mend.
pub(crate) async fn until_open(settings: &Settings, health: &Health) -> Result<Opened, Fault> {
    let mut pause = SHORTEST;
    loop {
        let (part, said, why) = match open(settings).await {
            Ok(opened) => {
                health.say("database", Condition::Well);
                health.say("schema", Condition::Well);
                return Ok(opened);
            }
            Err(fault @ (Fault::Connect(_) | Fault::Db(_))) => {
                // Anybody may ask, and errors name users and hosts: they go into the log alone.
                ("database", "the database does not answer".to_owned(), fault)
            }
            Err(fault @ Fault::Behind(_)) => {
                health.say("database", Condition::Well);
                ("schema", fault.to_string(), fault)
            }
            Err(fault) => return Err(fault),
        };
        tracing::warn!(why = %why.whole(), again_in = ?pause, "waiting");
        health.say(part, Condition::NotReady(said));
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST);
    }
}
