//! 系统故障: while the service was away nobody could act, and an administrator lets the clocks stand
//! for that time afterwards. By itself an outage moves no due date.

use chrono::{DateTime, Utc};
use entities::{ClockKind, StepRunId, TimerKind, clock, timer};

use super::{
    clock::{Budget, ClockState, due},
    engine::{Engine, face_of},
};
use crate::{
    calendar::local_date,
    event::{Event, Light, StoodStill},
};

/// The ground for which they stand.
pub const OUTAGE: &str = "outage";

/// From when to when the service was away.
pub type Stretch = (DateTime<Utc>, DateTime<Utc>);

/// What is left of `stretch` when those parts are taken out that were given before.
pub fn not_given_yet(stretch: Stretch, given: &[Stretch]) -> Vec<Stretch> {
    let mut left = vec![stretch];
    for (from, to) in given {
        left = left
            .into_iter()
            .flat_map(|(start, end)| [(start, end.min(*from)), (start.max(*to), end)])
            .filter(|(start, end)| start < end)
            .collect();
    }
    left
}

impl Engine<'_> {
    /// Lets every clock of the case that ran during `parts` of the outage `whole` stand for that
    /// time, in one row of the trail. One that was late before stays late; one that ran out only
    /// because of it, did not. `standing`: the timers of the case that have not fired.
    pub fn stand_for_outage(
        &mut self,
        whole: Stretch,
        parts: &[Stretch],
        standing: &[timer::Model],
    ) {
        let rows: Vec<clock::Model> =
            self.state.clocks.iter().filter(|row| row.ended_at.is_none()).cloned().collect();
        let mut clocks = Vec::new();
        for row in rows.iter().filter(|row| row.kind != ClockKind::Stop) {
            let Some(face) = face_of(row) else { continue };
            let new = parts.iter().fold(face.clone(), |face, part| self.stood(row, &face, *part));
            if new != face {
                let (clock, due) = (row.id, new.due_at);
                let face = serde_json::to_value(&new).unwrap_or_default();
                clocks.push(StoodStill { clock, face, due });
            }
        }
        if clocks.is_empty() {
            return;
        }
        let (from, to) = whole;
        self.emit(Event::OutageStood { from, to, clocks: clocks.clone() });
        for StoodStill { clock, due, .. } in clocks {
            self.arm(clock);
            let run = self.state.clock(clock).and_then(|row| row.run_id);
            if due > self.now {
                self.was_in_time(run);
            }
        }
        self.move_supplement_cap(standing);
    }

    /// A clock that stood for one part of an outage.
    fn stood(&self, row: &clock::Model, face: &ClockState, (from, to): Stretch) -> ClockState {
        let days = self.facts.calendar.of(&row.scope);
        let since = face.stopped.as_ref().map_or(to, |held| held.since.min(to));
        let from = from.max(face.zero_at);
        if from >= since {
            return face.clone(); // it began later, or stood already
        }
        let running = ClockState { stopped: None, ..face.clone() };
        let Ok(stopped) = running.stop(from, OUTAGE, &days) else { return face.clone() };
        let mut new = if row.kind == ClockKind::Applicant {
            // It ends on a day, and that day moves by the working days that were lost.
            let lost = days.working_days_between(local_date(from), local_date(since));
            let until = due(face.due_at, Budget::WorkingDays(lost), &days);
            ClockState { due_at: until, run: Budget::Until(until), ..face.clone() }
        } else {
            stopped.resume(since, OUTAGE, &days)
        };
        if let Some(held) = &face.stopped {
            new.stopped.clone_from(&face.stopped);
            new = new.stopped_with_left(held.since, &days);
        }
        // A day that nobody lost is none: it stays as it was written.
        if new.due_at == face.due_at && new.stopped == face.stopped { face.clone() } else { new }
    }

    /// What turned red only because of the outage turns back.
    fn was_in_time(&mut self, run: Option<StepRunId>) {
        match run {
            Some(run) => self.in_time_again(run),
            None if self.state.case.late => {
                self.emit(Event::LightChanged { run: None, light: Light::Green });
            }
            None => {}
        }
    }

    /// What the applicant has is over when their clock is.
    fn move_supplement_cap(&mut self, standing: &[timer::Model]) {
        let asked = |row: &&clock::Model| row.kind == ClockKind::Applicant;
        let asked = self.state.clocks.iter().rev().find(asked);
        let Some(at) = asked.filter(|row| row.ended_at.is_none()).and_then(|row| row.due_at) else {
            return;
        };
        let cap = standing.iter().find(|timer| timer.kind == TimerKind::SupplementCap);
        if let Some(timer) = cap.filter(|timer| timer.due_at < at) {
            let (kind, run, clock) = (timer.kind, timer.run_id, None);
            let calendar = self.facts.calendar.revision();
            self.emit(Event::MomentMoved { kind, run, clock, at, calendar });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(hour)
    }

    #[test]
    fn an_hour_of_an_outage_is_given_once() {
        let left = |given: &[(i64, i64)]| {
            let given: Vec<Stretch> = given.iter().map(|(from, to)| (at(*from), at(*to))).collect();
            let left = not_given_yet((at(10), at(20)), &given);
            let hours = |moment: DateTime<Utc>| moment.timestamp() / 3600;
            left.into_iter().map(|(from, to)| (hours(from), hours(to))).collect::<Vec<_>>()
        };
        assert_eq!(left(&[]), [(10, 20)]);
        assert_eq!(left(&[(10, 20)]), []);
        assert_eq!(left(&[(0, 12), (15, 16)]), [(12, 15), (16, 20)]);
        assert_eq!(left(&[(0, 9), (21, 30)]), [(10, 20)]);
        assert_eq!(left(&[(5, 25)]), []);
    }
}
