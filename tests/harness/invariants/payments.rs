//! Payments: I17. Each is told of in the trail, once when it is ordered and once when it is made,
//! and no line is paid more than it comes to.

use std::collections::{BTreeMap, BTreeSet};

use entities::{CaseId, PaymentState, RunKind, RunState, StepRunId, Stream, payment};
use workflow::Event;

use super::{Findings, Seen, call};

pub(super) fn check(found: &mut Findings, seen: &Seen) {
    let told = Told::of(seen);
    for case in &seen.cases {
        let payments = seen.payments.get(&case.id).map_or(&[][..], Vec::as_slice);
        let name = || call(case);
        once(found, payments, name);
        lines(found, seen, case.id, payments);
        for payment in payments {
            stands(found, seen, payment, &told);
        }
    }
    told.all_stand(found, seen);
}

/// What the trail says of payments, by the step that paid.
#[derive(Default)]
struct Told {
    ordered: BTreeMap<StepRunId, Vec<workflow::event::Payment>>,
    made: BTreeMap<StepRunId, Vec<Option<i64>>>,
}

impl Told {
    fn of(seen: &Seen) -> Self {
        let mut told = Self::default();
        let ours = |kind: &str| kind == "payment_ordered" || kind == "payment_made";
        for row in seen.trail.iter().filter(|row| row.stream == Stream::Case && ours(&row.kind)) {
            let body: serde_json::Value = serde_json::from_str(&row.body).unwrap();
            match serde_json::from_value(body["what"].clone()).unwrap() {
                Event::PaymentOrdered { run, payments } => {
                    told.ordered.entry(run).or_default().extend(payments);
                }
                Event::PaymentMade { run, fen } => {
                    told.made.entry(run).or_default().push(fen.map(|fen| fen.0));
                }
                _ => {}
            }
        }
        told
    }

    /// What was told stands in the table, and in the sum that was told.
    fn all_stand(&self, found: &mut Findings, seen: &Seen) {
        let rows: Vec<&payment::Model> = seen.payments.values().flatten().collect();
        let of = |run: &StepRunId| {
            let run = *run;
            rows.iter().filter(move |row| row.run_id == run)
        };
        let void: BTreeSet<StepRunId> = seen
            .runs
            .values()
            .flatten()
            .filter(|run| run.state == RunState::Void)
            .map(|run| run.id)
            .collect();
        // What a step had ordered falls away with it.
        for (run, told) in self.ordered.iter().filter(|(run, _)| !void.contains(run)) {
            found.unless(of(run).count() == told.len(), "I17 what is ordered stands", || {
                format!("{run}: {} told, {} stored", told.len(), of(run).count())
            });
        }
        for (run, times) in &self.made {
            found.unless(times.len() == 1, "I17 a step pays once", || format!("{run}: {times:?}"));
            let paid = of(run).filter(|row| row.state == PaymentState::Paid);
            let (rows, sum) = paid.fold((0, 0), |(rows, sum), row| (rows + 1, sum + row.fen.0));
            let whole = of(run).count() == rows;
            let said = times.iter().flatten().all(|fen| *fen == sum);
            found.unless(whole && said, "I17 what is told as paid is paid", || {
                format!("{run}: told {times:?}, {rows} payments of {sum}")
            });
        }
    }
}

/// No share of a line is ordered twice, and shares are counted from one without a gap.
fn once(found: &mut Findings, payments: &[payment::Model], case: impl Fn() -> String) {
    let mut shares: BTreeMap<(&str, &str, i32), BTreeSet<i32>> = BTreeMap::new();
    for row in payments {
        let new = shares.entry((&row.line, &row.payer, row.round)).or_default().insert(row.share);
        found.unless(new, "I17 no share is paid twice", || format!("{}: {row:?}", case()));
        let right = row.fen.0 > 0 && row.part > 0 && row.part <= row.whole && row.share > 0;
        found.unless(right, "I17 a payment is a part of its line", || format!("{row:?}"));
    }
}

/// What counts of a line's payments is at most the line, and all of it where the last is paid.
fn lines(found: &mut Findings, seen: &Seen, case: CaseId, payments: &[payment::Model]) {
    let void = |row: &payment::Model| {
        seen.runs(case).iter().any(|run| run.id == row.run_id && run.state == RunState::Void)
    };
    let lines = seen.lines.get(&case).map_or(&[][..], Vec::as_slice);
    for row in payments.iter().filter(|row| !void(row)) {
        let known = lines.iter().any(|line| line.line == row.line && line.payer == row.payer);
        found.unless(known, "I17 a payment is of a line", || format!("{row:?}"));
    }
    for line in lines {
        let of_line =
            payments.iter().filter(|row| row.line == line.line && row.payer == line.payer);
        let of_line: Vec<_> = of_line.filter(|row| !void(row)).collect();
        let sum: i64 = of_line.iter().map(|row| row.fen.0).sum();
        found.unless(sum <= line.fen.0, "I17 no line is paid more than it is", || {
            format!("{line:?}: {sum}")
        });
        let last = of_line.iter().filter(|row| row.last).count();
        found.unless(last <= 1, "I17 a line has one last share", || format!("{line:?}: {last}"));
        found.unless(last == 0 || sum == line.fen.0, "I17 the last share makes it whole", || {
            format!("{line:?}: {sum}")
        });
        let paid = last == 1 && of_line.iter().all(|row| row.state == PaymentState::Paid);
        let said = line.state == PaymentState::Paid;
        found.unless(paid == said, "I17 a line is paid when all its shares are", || {
            format!("{line:?}: {of_line:?}")
        });
        found.unless(said == line.paid_at.is_some(), "I17 what is paid has its day", || {
            format!("{line:?}")
        });
    }
}

/// One payment, its step, and what the trail says of both.
fn stands(found: &mut Findings, seen: &Seen, row: &payment::Model, told: &Told) {
    let run = seen.runs(row.case_id).iter().find(|run| run.id == row.run_id);
    let kind = run.map(|run| run.kind);
    found.unless(kind == Some(RunKind::Pay), "I17 a payment is of a step that pays", || {
        format!("{row:?}: {kind:?}")
    });
    let ordered = told.ordered.get(&row.run_id).is_some_and(|all| {
        all.iter().any(|one| {
            let same = (&one.line, &one.payer, one.share) == (&row.line, &row.payer, row.share);
            same && one.fen == row.fen && one.round == row.round
        })
    });
    found.unless(ordered, "I17 every payment was ordered", || format!("{row:?}"));
    let paid = row.state == PaymentState::Paid;
    found.unless(paid == row.paid_at.is_some(), "I17 what is paid has its day", || {
        format!("{row:?}")
    });
    let made = told.made.contains_key(&row.run_id);
    found.unless(paid == made, "I17 what is paid was told as paid", || format!("{row:?}"));
    // What was paid and then taken back would be ordered, and paid, once more.
    let back = run.is_some_and(|run| run.state == RunState::Void);
    found.unless(!(paid && back), "I17 what is paid is not taken back", || format!("{row:?}"));
}
