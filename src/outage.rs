//! `banjie outage`: the clocks stand for a time in which the service was away.

use workflow::outages::{self, stand_still};

use crate::{arguments::Outage, changing::actor, fault::Fault, open::open, settings::Settings};

/// Lets them stand. May be done again.
pub(crate) async fn act(settings: &Settings, ask: Outage) -> Result<(), Fault> {
    let (workflow, _) = open(settings).await?;
    let by = actor(&workflow, &ask.by).await?;
    let ask = outages::Outage { stretch: (ask.from, ask.to), cases: ask.cases };
    let done = stand_still(&workflow, by, &ask).await?;
    println!("{} clock(s) of {} case(s) stood for that time", done.clocks, done.cases);
    if done.failed > 0 {
        return Err(Fault::NotStood(done.failed));
    }
    Ok(())
}
