//! Rounds by the calendar: the next waits for its day, and those that begin again do not ask for
//! what was missed meanwhile.

use chrono::{NaiveDate, NaiveTime};
use entities::{RunState, StepRunId, step_run};

use super::{
    advance::Progress,
    engine::Engine,
    facts::Stuck,
    rounds::{ENDED, Series},
    series,
};
use crate::{
    calendar::{instant, local_date},
    event::Event,
    program::model::{Every, Repeat},
};

/// Rounds of ten years of weeks: no more are ever skipped.
const MOST_SKIPPED: usize = 520;

impl Engine<'_> {
    pub(super) fn by_calendar(
        &mut self,
        series: &Series<'_>,
        (repeat, every): (&Repeat, &Every),
        parent: Option<StepRunId>,
    ) -> Result<Progress, Stuck> {
        let path = series.path.as_str();
        let rounds = self.rounds_of(path, parent);
        if rounds.first().is_some_and(|run| run.state == RunState::Skipped) {
            return Ok(Progress::Done);
        }
        // What ended the rounds may no longer be so: something in it was sent back.
        let was_over = self.is_over(path, parent) && self.has_ended(repeat)?;
        if !was_over {
            if rounds.is_empty() {
                if self.skips(series, parent)? {
                    return Ok(Progress::Done);
                }
                let first = self.first_day(repeat, every)?;
                let since = self.begins_again(path, parent);
                let later = (0..MOST_SKIPPED)
                    .filter_map(|nth| series::day(every, first, nth, &self.facts.days))
                    .find(|day| since.is_none_or(|since| *day >= since));
                self.wait_for(
                    series,
                    later.unwrap_or_else(|| series::first(every, since.unwrap_or(first))),
                    parent,
                );
            }
            self.open_rounds(series, every, parent);
        }
        let inner = self.each_open(series, parent)?;
        if matches!(inner, Progress::Ended | Progress::Refused) {
            return Ok(inner);
        }
        let is_over = was_over || self.has_ended(repeat)?;
        if is_over && !was_over {
            self.end_rounds(path, parent);
        }
        let rounds = self.rounds_of(path, parent);
        let closed = rounds.iter().all(|run| run.state == RunState::Closed);
        let all = closed && (is_over || rounds.len() >= series.at_most());
        Ok(if all { Progress::Done } else { Progress::Pending })
    }

    /// The rounds were ended, and have not begun again since.
    fn is_over(&self, path: &str, parent: Option<StepRunId>) -> bool {
        let own = |run: &&step_run::Model| run.path == path && run.parent_id == parent;
        let last = self.state.runs.iter().filter(own).max_by_key(|run| run.round);
        last.is_some_and(|run| run.state == RunState::Void && run.reason.as_deref() == Some(ENDED))
    }

    /// The day of the first round: it is kept with that round, so that no later day moves it.
    fn first_day(&self, repeat: &Repeat, every: &Every) -> Result<NaiveDate, Stuck> {
        let from = match &repeat.start {
            None => local_date(self.now),
            Some(start) => {
                let value = self.value(start)?;
                let no_date = || Stuck::new(start.source(), format!("{value} is not a date"));
                value.day().ok_or_else(no_date)?
            }
        };
        Ok(series::first(every, from))
    }

    fn wait_for(&mut self, series: &Series<'_>, on: NaiveDate, parent: Option<StepRunId>) {
        let path = series.path.clone();
        let (run, round) = self.next_run(&path, parent);
        let opens_at = instant(self.facts.days.next_working(on), NaiveTime::MIN);
        self.emit(Event::RoundWaiting { run, path, parent, round, on, opens_at });
    }

    /// Opens the rounds whose day has come; behind the last one that is open the next waits.
    fn open_rounds(&mut self, series: &Series<'_>, every: &Every, parent: Option<StepRunId>) {
        loop {
            let rounds = self.rounds_of(&series.path, parent);
            let (Some(first), Some(last)) = (rounds.first(), rounds.last()) else { return };
            if last.state == RunState::Waiting {
                if last.opens_at.is_some_and(|at| at > self.now) {
                    return;
                }
                let (run, path, round) = (last.id, last.path.clone(), last.round);
                self.emit(Event::BlockEntered { run, path, parent, round });
                continue;
            }
            let (began, last) = (day_of(first), day_of(last));
            // Since the end there has been none: this one begins again.
            let ended = self.last_ended(&series.path, parent).filter(|ended| last <= Some(*ended));
            let since = ended.and_then(|_| self.begins_again(&series.path, parent));
            let next = began.and_then(|began| {
                let days = (rounds.len()..rounds.len() + MOST_SKIPPED)
                    .map(|nth| series::day(every, began, nth, &self.facts.days));
                let fits = |day: &NaiveDate| Some(*day) > last && Some(*day) >= since;
                days.flatten().find(fits)
            });
            match next {
                Some(next) if rounds.len() < series.at_most() => {
                    self.wait_for(series, next, parent);
                }
                _ => return,
            }
        }
    }

    /// The first day of rounds that begin again: what was missed while there were none is not asked
    /// for, nor again what was not waited for any more. None where they begin for the first time.
    fn begins_again(&self, path: &str, parent: Option<StepRunId>) -> Option<NaiveDate> {
        let own = |run: &step_run::Model| {
            let day = run.opens_at.is_none_or(|at| Some(at) <= run.closed_at);
            run.path == path && run.parent_id == parent && run.state == RunState::Void && day
        };
        let again = self.state.runs.iter().any(|run| own(run) && run.said.get("on").is_some());
        let after = self.last_ended(path, parent).and_then(|ended| ended.succ_opt());
        again.then(|| after.map_or(local_date(self.now), |after| after.max(local_date(self.now))))
    }

    /// The day of the last round that was not waited for any more.
    fn last_ended(&self, path: &str, parent: Option<StepRunId>) -> Option<NaiveDate> {
        let ended = self.state.runs.iter().filter(|run| {
            run.path == path && run.parent_id == parent && run.reason.as_deref() == Some(ENDED)
        });
        // One whose day had not come yet was never asked for.
        let day = |run: &step_run::Model| -> Option<NaiveDate> {
            let on = day_of(run)?;
            (on <= local_date(run.closed_at?)).then_some(on)
        };
        ended.filter_map(day).max()
    }
}

/// The day of a round by the calendar.
fn day_of(run: &step_run::Model) -> Option<NaiveDate> {
    run.said.get("on")?.as_str()?.parse().ok()
}
