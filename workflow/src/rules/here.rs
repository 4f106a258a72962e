//! 改好后直接回到这里: signatures stand while a step that was sent back is done again, as long as
//! no field changes in it but those that were named, and the award does not. Papers of a step may
//! be replaced.

use entities::{RunState, StepRunId, Verdict, step_run};

use super::{engine::Engine, returning};
use crate::event::{Asked, Event, ReturnMode};

impl Engine<'_> {
    /// Looks at what was sent back and is done: did it change what others have signed? `anew`: the
    /// award was just worked out to something else.
    pub(super) fn judge_here(&mut self, anew: bool) {
        let done =
            self.state.runs.iter().filter(|run| {
                run.state == RunState::Closed && run.verdict != Some(Verdict::Returned)
            });
        let done = done.filter(|run| {
            let Some((before, asked)) = self.before_here(run) else { return false };
            let other = differs(&before.said, &run.said, &asked.fields);
            other || (anew && differs(&before.said, &run.said, &[]))
        });
        let done: Vec<StepRunId> = done.map(|run| run.id).collect();
        for run in done {
            self.sign_anew(run);
        }
    }

    /// What a step that was sent back had said before, and what was asked for; none where it was
    /// not sent back, or whoever sent it back has looked at it again.
    fn before_here(&self, run: &step_run::Model) -> Option<(&step_run::Model, Asked)> {
        let from = self.sent_back(run)?;
        let looked = self.state.runs.iter().any(|other| {
            (&other.path, &other.thread) == (&from.path, &from.thread)
                && other.state == RunState::Closed
                && other.position > run.position
        });
        let before = self.state.runs.iter().rev().find(|other| {
            (&other.path, &other.thread) == (&run.path, &run.thread)
                && other.position < run.position
                && other.state == RunState::Void
                && other.verdict != Some(Verdict::Returned)
        });
        before.filter(|_| !looked).map(|before| (before, asked_of(from)))
    }

    /// Whoever sent `here` back with signatures that stand.
    fn sent_back(&self, here: &step_run::Model) -> Option<&step_run::Model> {
        let last = self.state.runs.iter().rev().find(|other| {
            other.verdict == Some(Verdict::Returned)
                && other.return_to.as_deref() == Some(here.path.as_str())
                && is_within(&here.thread, &other.thread)
                && other.closed_at <= Some(here.opened_at)
                && other.position < here.position
        });
        last.filter(|last| returning::mode_of(&last.said) == ReturnMode::Here)
    }

    /// What was sent back with signatures that stand turns into one that all sign again.
    pub(super) fn sign_anew(&mut self, run: StepRunId) {
        let Some(here) = self.state.run(run).cloned() else { return };
        let Some(from) = self.sent_back(&here).cloned() else { return };
        let (to, asked) = (here.path.clone(), asked_of(&from));
        self.emit(Event::Returned { run: from.id, to, mode: ReturnMode::Replay, asked });
        for old in returning::between(self, &here.path, &from, ReturnMode::Replay) {
            if old != run && !self.state.around(run).any(|block| block.id == old) {
                self.void_run(old);
            }
        }
        returning::reopen_around(self, &here.path, &here);
    }
}

fn asked_of(from: &step_run::Model) -> Asked {
    let asked = from.said.get("asked").cloned();
    asked.and_then(|asked| serde_json::from_value(asked).ok()).unwrap_or_default()
}

/// Whether two rounds of a step said something else in any field but those.
fn differs(before: &serde_json::Value, now: &serde_json::Value, but: &[String]) -> bool {
    let none = serde_json::Map::new();
    let (before, now) = (before.as_object().unwrap_or(&none), now.as_object().unwrap_or(&none));
    before
        .keys()
        .chain(now.keys())
        .any(|field| !but.contains(field) && before.get(field) != now.get(field))
}

/// Whether a thread is `outer`, or one inside it.
fn is_within(thread: &str, outer: &str) -> bool {
    let rest = thread.strip_prefix(outer);
    rest.is_some_and(|rest| outer.is_empty() || rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn the_tenth_thread_is_not_inside_the_first() {
        for (thread, outer, within) in [
            ("1", "1", true),
            ("1/a", "1", true),
            ("10", "1", false),
            ("1", "", true),
            ("", "", true),
            ("", "1", false),
            ("1", "10", false),
        ] {
            assert_eq!(is_within(thread, outer), within, "{thread} in {outer}");
        }
    }
}
