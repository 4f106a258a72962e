//! Ladders: what happens, rung by rung, when a step's time runs out.
//!
//! The machine changes lights, urges, tells whoever supervises, and opens what a person then
//! signs; it never decides.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entities::{ClockId, TimerKind, UnitId};
use serde_json::{Value as Json, json};

use super::{
    engine::{Armed, Engine},
    facts::{self, Stuck},
    pacing::{Hours, is_behind},
    recipients::{Message, Way},
    reminding::{Timed, moment},
};
use crate::{
    event::{Event, Light},
    program::{
        Moment, Word,
        shared::{Rung, RungDoes},
    },
};

impl Engine<'_> {
    /// The ladder of a step, if it has one. The program's own is for people's work: nobody is
    /// set over an applicant, unless the step says so itself; nobody is late with what may be left
    /// undone.
    fn ladder(&self, timed: &Timed) -> Option<(Word, Vec<Rung>)> {
        let program = &self.facts.program;
        if self.is_optional(timed.run.id) {
            return None;
        }
        let step = program.step(&timed.run.path).and_then(|step| step.ladder.as_ref());
        let own = self.is_own_step(&timed.run);
        let list = step.or(program.ladder.as_ref().filter(|_| !own))?;
        // A ladder whose condition cannot be evaluated stops no case: `program check` and the
        // step's own rules say what is wrong.
        let scope = self.facts.scope_in(&self.state, self.now, Some(timed.run.id));
        let name = list.pick(|rule| facts::holds(rule, &scope)).ok()??;
        let rungs = self.facts.shared().ladders.get(name.as_str())?;
        Some((name.clone(), rungs.clone()))
    }

    /// When the next rung is climbed, as its ladder says.
    pub(super) fn next_rung(&self, timed: &Timed) -> Option<Moment> {
        let (_, rungs) = self.ladder(timed)?;
        let climbed = self.state.run(timed.run.id).map_or(0, |run| run.rungs);
        rungs.get(usize::try_from(climbed).ok()?).map(|rung| rung.at)
    }

    /// The next rung; `behind` the one whose moment was then and that is climbed now.
    pub(super) fn arm_rung(&mut self, timed: &Timed, behind: Option<DateTime<Utc>>) {
        let Some(rung) = self.next_rung(timed) else { return };
        let Some(own) = moment(&timed.face, rung, &timed.days) else { return };
        let hours = Hours { days: &timed.days, every_day: timed.every_day };
        let at = match behind {
            Some(planned) => hours.next_rung(planned, self.now, own),
            None => own.max(self.now),
        };
        let (kind, run) = (TimerKind::Rung, timed.run.id);
        self.armed.push(Armed { kind, run, clock: timed.clock, nth: None, at });
    }

    /// The moment of a rung has come: climbs it, or waits until people are awake.
    ///
    /// # Errors
    /// [`Stuck`] when a case cannot be opened as the rung says.
    pub fn climb(&mut self, clock: ClockId) -> Result<(), Stuck> {
        let Some(timed) = self.timed(clock) else { return Ok(()) };
        let Some((ladder, rungs)) = self.ladder(&timed) else { return Ok(()) };
        let (run, nth) = (timed.run.id, timed.run.rungs);
        let next = usize::try_from(nth).ok().and_then(|nth| rungs.get(nth));
        let Some(rung) = next else { return Ok(()) };
        let hours = Hours { days: &timed.days, every_day: timed.every_day };
        if rung.what != RungDoes::Light && hours.is_quiet(self.now) {
            let at = hours.waking(self.now);
            self.armed.push(Armed { kind: TimerKind::Rung, run, clock, nth: None, at });
            return Ok(());
        }
        // What was put off for the night is not behind; what was put off for a day still is.
        let own = moment(&timed.face, rung.at, &timed.days).unwrap_or(self.now);
        let planned = hours.waking(own);
        let behind = is_behind(planned, self.now);
        let digest = hours.digest(self.now, behind);
        self.emit(Event::RungClimbed { run, ladder: ladder.to_string(), rung: nth });
        self.tell_rung(&timed, (&rungs, nth), behind, digest);
        match rung.what {
            RungDoes::Light => {
                for run in self.runs_on_the_clock_of(run) {
                    if self.state.run(run).is_some_and(|row| !row.late) {
                        self.emit(Event::LightChanged { run: Some(run), light: Light::Amber });
                    }
                }
            }
            RungDoes::Open => self.open_by(run, rung, nth)?,
            RungDoes::Urge | RungDoes::Mail => {}
        }
        self.arm_rung(&timed, Some(planned));
        Ok(())
    }

    fn tell_rung(
        &mut self,
        timed: &Timed,
        (rungs, nth): (&[Rung], i32),
        behind: bool,
        digest: DateTime<Utc>,
    ) {
        let Some(rung) = usize::try_from(nth).ok().and_then(|nth| rungs.get(nth)) else { return };
        let (template, way) = match rung.what {
            // A digest that comes when the time has run out warns nobody.
            RungDoes::Light if digest >= timed.face.due_at && self.now < timed.face.due_at => {
                ("amber", Way::Mail)
            }
            RungDoes::Light => ("amber", Way::Digest(digest)),
            RungDoes::Urge => ("urged", Way::Mail),
            RungDoes::Mail => ("escalated", Way::Mail),
            // The case that is opened speaks for itself.
            RungDoes::Open => return,
        };
        let way = match way {
            Way::Mail if behind => Way::Gathered(digest),
            way => way,
        };
        let mut told = Vec::new();
        for word in &rung.to {
            for (person, is_subject) in self.people_for(&timed.run, word) {
                if !is_subject && !told.contains(&person) {
                    told.push(person);
                }
            }
        }
        let run = timed.run.id;
        let params = self.told_of_rung(timed, (rungs, nth));
        for person in told {
            let key = format!("{run}/rung/{nth}/{person}");
            let message = Message { key, person, way, template, params: params.clone() };
            self.tell(&timed.run, &rung.to, message);
        }
    }

    /// What a letter of a rung says: whose work since when, the ladder so far, what comes next,
    /// and which offices read it too. Units and roles, never people.
    fn told_of_rung(&self, timed: &Timed, (rungs, nth): (&[Rung], i32)) -> Json {
        let nth = usize::try_from(nth).unwrap_or_default();
        let step = |rung: &Rung| {
            json!({ "do": rung.what, "program": rung.program,
                    "at": moment(&timed.face, rung.at, &timed.days) })
        };
        let so_far: Vec<Json> = rungs.iter().take(nth + 1).map(step).collect();
        let units = self.on_the_clock_of(timed.run.id).into_iter().map(|task| task.unit_id);
        let units: BTreeSet<UnitId> = units.collect();
        json!({
            "run": timed.run.id, "step": timed.run.path, "due": timed.face.due_at, "since": timed.face.started_at,
            "units": units, "ladder": so_far, "next": rungs.get(nth + 1).map(step),
            "to": rungs.get(nth).map(|rung| &rung.to),
        })
    }
}
