//! `banjie outage`: the clocks stand for a time in which the service was away.

use workflow::outages::{self, stand_still};

use crate::{arguments::Outage, changing::actor, fault::Fault, open::open, settings::Settings};

/// Lets them stand. May be done again.
pub(crate) async fn act(settings: &Settings, ask: Outage) -> Result<(), Fault> {
    let (workflow, _) = open(settings).await?;
    let by = actor(&workflow, &ask.by).await?;
    let ask = outages::Outage { stretch: (ask.from, ask.to), cases: ask.cases, dry: ask.dry };
    let done = stand_still(&workflow, by, &ask).await?;
    let how = if ask.dry { "would stand" } else { "stood" };
    println!("{} clock(s) of {} case(s) {how} for that time", done.clocks, done.cases);
    if done.clocks == 0 {
        // Half a day is not lost to a clock that counts days.
        println!(
            "按日计的时限只补整个工作日，按小时计的补足小时；已逾期的和已补过的不再补。\n\
             Of clocks that count days whole working days are given back, of others the hours; \
             what was late before or was given before is not."
        );
    }
    if done.failed > 0 {
        return Err(Fault::NotStood(done.failed));
    }
    Ok(())
}
