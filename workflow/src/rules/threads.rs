//! `each`: one thread for each addressee, commitment, county. Each goes at its own pace; what
//! there is one for each of is asked once, on entering.

use entities::{RunState, StepRunId, Verdict, step_run};

use super::{
    advance::Progress,
    engine::Engine,
    facts::{Stuck, list_in},
    rounds::Series,
};
use crate::{
    event::{Event, Thread},
    program::{Need, expression::Value},
};

impl Engine<'_> {
    pub(super) fn threads(
        &mut self,
        series: &Series<'_>,
        parent: Option<StepRunId>,
    ) -> Result<Progress, Stuck> {
        let known = self.state.current(&series.path, parent).map(|run| (run.id, run.state));
        let block = match known {
            Some((block, RunState::Open)) => block,
            Some(_) => return Ok(Progress::Done),
            None if self.skips(series, parent)? => return Ok(Progress::Done),
            None => self.freeze(series, parent)?,
        };
        let threads = frozen(self.state.run(block));
        let (mut closed, mut refused) = (0, 0);
        for thread in &threads {
            let Some(run) = self.thread(series, block, thread) else { continue };
            if self.state.run(run).is_some_and(|run| run.state == RunState::Open) {
                match self.inside(series, (run, Some(block)))? {
                    Progress::Done => self.close_block(run, Verdict::Done),
                    Progress::Refused => self.close_block(run, Verdict::Refused),
                    Progress::Ended => return Ok(Progress::Ended),
                    Progress::Pending => {}
                }
            }
            let row = self.state.run(run).filter(|run| run.state == RunState::Closed);
            match row.and_then(|run| run.verdict) {
                Some(Verdict::Refused) => refused += 1,
                Some(_) => closed += 1,
                None if series.in_order => break,
                None => {}
            }
        }
        Ok(self.judge(series, block, Counted { all: threads.len(), closed, refused }))
    }

    /// Notes what there is one thread for each of.
    fn freeze(
        &mut self,
        series: &Series<'_>,
        parent: Option<StepRunId>,
    ) -> Result<StepRunId, Stuck> {
        let Some(each) = series.each else { return Err(Stuck::new(&series.path, "no list")) };
        let items = threads_of(list_in(each, self.value(each)?)?);
        let (run, round) = self.next_run(&series.path, parent);
        let path = series.path.clone();
        self.emit(Event::ThreadsFrozen { run, path, parent, round, items });
        self.give_block_time(series, run)?;
        Ok(run)
    }

    /// The run of one thread, entered now if it is not there.
    fn thread(
        &mut self,
        series: &Series<'_>,
        block: StepRunId,
        thread: &Thread,
    ) -> Option<StepRunId> {
        let around = self.state.thread_in(Some(block)).to_owned();
        let own = |run: &&step_run::Model| {
            run.parent_id == Some(block)
                && run.path == series.path
                && run.thread.strip_prefix(around.as_str()).map(|key| key.trim_start_matches('/'))
                    == Some(thread.key.as_str())
        };
        if let Some(run) = self.state.runs.iter().rev().find(own) {
            return (run.state != RunState::Void).then_some(run.id);
        }
        let (path, key) = (series.path.clone(), thread.key.clone());
        let bits = self.bits(&["thread", &block.to_string(), &key]);
        let run = StepRunId::derived(self.now, bits);
        let round = self.state.run(block).map_or(1, |block| block.round);
        let thread = thread.clone();
        self.emit(Event::ThreadEntered { run, path, parent: block, round, thread });
        Some(run)
    }

    /// Whether the block is done, by what it needs of its threads.
    fn judge(&mut self, series: &Series<'_>, block: StepRunId, counted: Counted) -> Progress {
        let Counted { all, closed, refused } = counted;
        let needed = match series.need {
            Need::All => all,
            Need::None => {
                if closed + refused == all {
                    self.close_block(block, Verdict::Done);
                }
                // Nothing waits for it.
                return Progress::Done;
            }
            Need::Percent { percent } => {
                (all * usize::try_from(percent).unwrap_or(100)).div_ceil(100)
            }
        };
        if closed >= needed {
            self.close_block(block, Verdict::Done);
            return Progress::Done;
        }
        if all - refused < needed {
            self.close_block(block, Verdict::Refused);
            return Progress::Refused;
        }
        Progress::Pending
    }
}

#[derive(Clone, Copy)]
struct Counted {
    all: usize,
    closed: usize,
    refused: usize,
}

/// The threads of a block as they were noted on entering.
pub(super) fn frozen(block: Option<&step_run::Model>) -> Vec<Thread> {
    let items = block.and_then(|run| run.said.get("items").cloned());
    items.and_then(|items| serde_json::from_value(items).ok()).unwrap_or_default()
}

/// One thread for each item, in their order; the same key makes one thread.
pub(super) fn threads_of(items: Vec<Value>) -> Vec<Thread> {
    let mut threads: Vec<Thread> = Vec::new();
    for (number, item) in (1..).zip(items) {
        let key = key_of(&item).unwrap_or_else(|| format!("{number}"));
        if threads.iter().all(|thread| thread.key != key) {
            threads.push(Thread { key, item });
        }
    }
    threads
}

/// What stays the same of an item, however the list changes: a unit's id, a line's key.
fn key_of(item: &Value) -> Option<String> {
    match item {
        Value::Text(text) => Some(text.clone()),
        Value::Map(map) => ["key", "id"].iter().find_map(|name| match map.get(*name) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_of_the_thing_and_not_of_its_place() {
        let unit = |id: &str| Value::text(id);
        let record = |key: &str| Value::Map([("key".to_owned(), Value::text(key))].into());
        let plain = Value::Map([("due".to_owned(), Value::Int(3))].into());
        let table = [
            (vec![unit("a"), unit("b"), unit("a")], vec!["a", "b"]),
            (vec![record("x"), plain.clone(), plain], vec!["x", "2", "3"]),
            (vec![], vec![]),
        ];
        for (items, keys) in table {
            let found: Vec<String> = threads_of(items).into_iter().map(|one| one.key).collect();
            assert_eq!(found, keys);
        }
    }
}
