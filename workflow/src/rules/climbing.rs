//! Ladders: what happens, rung by rung, when a step's time runs out.
//!
//! The machine changes lights, urges, tells whoever supervises, and opens what a person then
//! signs; it never decides.

use chrono::{DateTime, Utc};
use entities::{ClockId, TimerKind};
use serde_json::json;

use super::{
    engine::{Armed, Engine},
    pacing::{Hours, is_behind},
    recipients::{Message, Way},
    reminding::{Timed, moment},
};
use crate::{
    event::Event,
    program::{
        Step, Word,
        shared::{Rung, RungDoes},
    },
};

impl Engine<'_> {
    /// The ladder of a step, if it has one. The program's own is for people's work: nobody is
    /// set over an applicant, unless the step says so itself.
    fn ladder(&self, step: &Step, timed: &Timed) -> Option<(Word, Vec<Rung>)> {
        let own = self.is_own_step(&timed.run);
        let of_program = self.facts.program.ladder.as_ref().filter(|_| !own);
        let list = step.ladder.as_ref().or(of_program)?;
        let name = self.facts.pick(list, &self.state, self.now).ok()?;
        let rungs = self.facts.shared().ladders.get(name.as_str())?;
        Some((name.clone(), rungs.clone()))
    }

    /// The next rung; `behind` the one whose moment was then and that is climbed now.
    pub(super) fn arm_rung(&mut self, step: &Step, timed: &Timed, behind: Option<DateTime<Utc>>) {
        let Some((_, rungs)) = self.ladder(step, timed) else { return };
        let climbed = self.state.run(timed.run.id).map_or(0, |run| run.rungs);
        let next = usize::try_from(climbed).ok().and_then(|next| rungs.get(next));
        let Some(rung) = next else { return };
        let Some(own) = moment(&timed.face, rung.at, &timed.days) else { return };
        let hours = Hours { days: &timed.days, every_day: timed.every_day };
        let at = match behind {
            Some(planned) => hours.next_rung(planned, self.now, own),
            None => own.max(self.now),
        };
        let (kind, run) = (TimerKind::Rung, timed.run.id);
        self.armed.push(Armed { kind, run, clock: timed.clock, nth: None, at });
    }

    /// The moment of a rung has come: climbs it, or waits until people are awake.
    pub fn climb(&mut self, clock: ClockId) {
        let Some(timed) = self.timed(clock) else { return };
        let program = std::sync::Arc::clone(&self.facts.program);
        let Some(step) = program.step(&timed.run.path) else { return };
        let Some((ladder, rungs)) = self.ladder(step, &timed) else { return };
        let (run, nth) = (timed.run.id, timed.run.rungs);
        let Some(rung) = usize::try_from(nth).ok().and_then(|nth| rungs.get(nth)) else { return };
        let hours = Hours { days: &timed.days, every_day: timed.every_day };
        if rung.what != RungDoes::Light && hours.is_quiet(self.now) {
            let at = hours.waking(self.now);
            self.armed.push(Armed { kind: TimerKind::Rung, run, clock, nth: None, at });
            return;
        }
        // What was put off for the night is not behind; what was put off for a day still is.
        let own = moment(&timed.face, rung.at, &timed.days).unwrap_or(self.now);
        let planned = hours.waking(own);
        let behind = is_behind(planned, self.now);
        let digest = hours.digest(self.now, behind);
        self.emit(Event::RungClimbed { run, ladder: ladder.to_string(), rung: nth });
        self.tell_rung(&timed, (rung, nth), behind, digest);
        self.arm_rung(step, &timed, Some(planned));
    }

    fn tell_rung(
        &mut self,
        timed: &Timed,
        (rung, nth): (&Rung, i32),
        behind: bool,
        digest: DateTime<Utc>,
    ) {
        let (template, way) = match rung.what {
            RungDoes::Light => ("amber", Way::Digest(digest)),
            RungDoes::Urge => ("urged", Way::Mail),
            RungDoes::Mail => ("escalated", Way::Mail),
            // The case that is opened speaks for itself.
            RungDoes::Open => return,
        };
        let way = if behind { Way::Digest(digest) } else { way };
        let mut told = Vec::new();
        for word in &rung.to {
            for (person, is_subject) in self.people_for(&timed.run, word) {
                if !is_subject && !told.contains(&person) {
                    told.push(person);
                }
            }
        }
        let run = timed.run.id;
        for person in told {
            self.messages.push(Message {
                key: format!("{run}/rung/{nth}/{person}"),
                person,
                way,
                template,
                params: json!({ "step": timed.run.path, "due": timed.face.due_at }),
            });
        }
    }
}
