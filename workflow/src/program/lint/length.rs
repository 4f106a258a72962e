//! Do the steps of the longest path fit into the total?

use crate::program::{
    choice::FirstMatch,
    entry::{Block, Entry, Step},
    expression::Expr,
    finding::Finding,
    model::Program,
    shared::Shared,
    span::{Span, Within},
    step_words::StepKind,
    word::At,
};

/// Conditions that one variant of the total takes for true, and for false.
struct Assumed<'a> {
    yes: Option<&'a str>,
    no: Vec<&'a str>,
}

impl Assumed<'_> {
    /// Can a thing with this condition be on the path?
    fn allows(&self, when: Option<&Expr>) -> bool {
        let Some(when) = when.map(Expr::source) else { return true };
        let denied = when.strip_prefix('!');
        !self.no.contains(&when) && (self.yes.is_none() || denied != self.yes)
    }

    fn pick<'t, T>(&self, list: &'t FirstMatch<T>) -> Option<&'t T> {
        let fits = |when: Option<&Expr>| match when.map(Expr::source) {
            None => true,
            Some(when) => self.yes == Some(when),
        };
        list.0.iter().find(|choice| fits(choice.when.as_ref())).map(|choice| &choice.is)
    }
}

pub(super) fn lint(program: &Program, shared: &Shared, found: &mut Vec<Finding>) {
    let mut no = Vec::new();
    for choice in &program.clock.total.0 {
        let yes = choice.when.as_ref().map(Expr::source);
        let assumed = Assumed { yes, no: no.clone() };
        no.extend(yes);
        let to = assumed.pick(&program.clock.to).map_or("outcome", |word| word.as_str());
        let mut sum = Sum { program, shared, assumed, until: to, reached: false };
        let mut days = sum.list(&program.route);
        if to != "outcome" {
            days += sum.list(&program.then);
        }
        let total = in_hours(choice.is);
        if days > total {
            let zh = format!(
                "最长路径的各环节合计约 {} 天，超过总期限 {}",
                days.div_ceil(24),
                choice.is
            );
            let en = format!(
                "the steps of the longest path take {} days, longer than the total {}",
                days.div_ceil(24),
                choice.is
            );
            let at = program.clock.to.values().next().map_or(program.program.at, |word| word.at);
            found.push(Finding::error(at, "longer-than-total", zh, en));
        }
    }
    for (id, at, span) in lengths(program) {
        if on_calendar(span) > HORIZON {
            let zh = format!("“{id}”的期限 {span} 超出工作日历的范围（一年）");
            let en = format!(
                "`{id}` takes {span}, beyond the calendar's horizon: expected at most one year"
            );
            found.push(Finding::error(at, "beyond-horizon", zh, en));
        }
    }
}

/// The working days of a year are published late in the year before: nobody can promise more.
const HORIZON: u64 = 366;

/// What any clock of the program may take, and where it stands.
fn lengths(program: &Program) -> Vec<(String, At, Span)> {
    let mut found = Vec::new();
    let mut of_step = |step: &Step, around: &[&Block]| {
        let own = |list: &Option<FirstMatch<Within>>| -> Vec<Span> {
            let spans = list.iter().flat_map(FirstMatch::values);
            let span = |within: &Within| match within {
                Within::Span(span) => Some(*span),
                Within::Block => None,
            };
            spans.filter_map(span).collect()
        };
        let mut spans = own(&step.within);
        spans.extend(step.missed.as_ref().map(|missed| missed.grace));
        spans.extend(step.wait);
        found.extend(spans.into_iter().map(|span| (step.id.to_string(), step.id.at, span)));
        for block in around {
            let spans = own(&block.within).into_iter();
            let spans = spans.chain(block.extend.as_ref().map(|extend| extend.by));
            let id = block.id.clone().unwrap_or_else(|| step.id.clone());
            found.extend(spans.map(|span| (id.to_string(), id.at, span)));
        }
    };
    for (step, around) in program.steps_and_blocks() {
        of_step(step, &around);
    }
    let (clock, at) = (&program.clock, program.program.at);
    let whole = clock.total.values().copied().chain(clock.extend.as_ref().map(|extend| extend.by));
    let whole = whole.chain(clock.stops.values().copied());
    found.extend(whole.map(|span| ("clock".to_owned(), at, span)));
    let reopen = program.reopen.as_ref().map(|reopen| (reopen.at.at, reopen.within));
    found.extend(reopen.map(|(at, span)| ("reopen".to_owned(), at, span)));
    found.dedup();
    found
}

/// Days of the calendar that a length may span.
fn on_calendar(span: Span) -> u64 {
    match span {
        Span::Hours(hours) => u64::from(hours) / 24,
        Span::WorkingDays(days) => u64::from(days) * 7 / 5,
        Span::Days(days) => days.into(),
        Span::Months(months) => u64::from(months) * 305 / 10,
        Span::Years(years) => u64::from(years) * 366,
    }
}

/// Days and working days are counted alike: both are compared with their own kind.
fn in_hours(span: Span) -> u64 {
    match span {
        Span::Hours(hours) => hours.into(),
        Span::WorkingDays(days) | Span::Days(days) => u64::from(days) * 24,
        Span::Months(months) => u64::from(months) * 31 * 24,
        Span::Years(years) => u64::from(years) * 366 * 24,
    }
}

struct Sum<'a> {
    program: &'a Program,
    shared: &'a Shared,
    assumed: Assumed<'a>,
    until: &'a str,
    reached: bool,
}

impl Sum<'_> {
    /// Hours of the longest way through a list, up to the step where the clock ends.
    fn list(&mut self, entries: &[Entry]) -> u64 {
        let mut sum = 0;
        for entry in entries {
            if self.reached {
                break;
            }
            sum += self.entry(entry);
        }
        sum
    }

    fn entry(&mut self, entry: &Entry) -> u64 {
        if !self.assumed.allows(entry.when()) {
            return 0;
        }
        match entry {
            Entry::Step(step) => {
                self.reached |= step.id == *self.until;
                self.step(step)
            }
            Entry::Block(block) => {
                if let Some(Within::Span(span)) =
                    block.within.as_ref().and_then(|w| self.assumed.pick(w))
                {
                    return in_hours(*span);
                }
                let once = if block.together {
                    let branches: Vec<u64> =
                        block.entries.iter().map(|entry| self.entry(entry)).collect();
                    branches.into_iter().max().unwrap_or(0)
                } else {
                    self.list(&block.entries)
                };
                let rounds = block.repeat.as_ref().and_then(|repeat| repeat.at_most).unwrap_or(1);
                once * u64::from(rounds)
            }
        }
    }

    fn step(&self, step: &Step) -> u64 {
        // What stops the total, waits for its day, or may run for rounds, is not part of it.
        if step.stop.is_some() || step.from.is_some() || step.due.is_some() || step.repeat.is_some()
        {
            return 0;
        }
        if step.kind == StepKind::Publish {
            if self.program.clock.stops.contains_key("publicity") {
                return 0;
            }
            let rule =
                step.rule.as_ref().and_then(|rule| self.shared.publicities.get(rule.as_str()));
            return rule.map_or(0, |rule| in_hours(rule.days));
        }
        match step.within.as_ref().and_then(|within| self.assumed.pick(within)) {
            Some(Within::Span(span)) => in_hours(*span),
            Some(Within::Block) | None => 0,
        }
    }
}
