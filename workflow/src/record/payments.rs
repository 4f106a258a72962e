//! The award's lines, and the payments of their shares.

use chrono::{DateTime, Utc};
use entities::{
    AwardLineId, CaseId, PaymentId, PaymentState, RunKind, StepRunId, award_line, case_file,
    payment,
};
use sea_orm::{
    ColumnTrait, Condition, ExprTrait,
    sea_query::{Expr, Query, SelectStatement},
};

use super::{Batch, Change};
use crate::event::{Event, Line, Payment};

/// Writes what has happened to the award: each row is touched once, because PostgreSQL takes all
/// of it as one statement.
pub(super) fn write(
    batch: &mut Batch,
    file: &case_file::Model,
    change: &Change,
    now: DateTime<Utc>,
) {
    let is_payment =
        |run: &StepRunId| change.after.run(*run).is_some_and(|row| row.kind == RunKind::Pay);
    let objected = change.after.objected();
    let mut lines = None;
    let mut ordered: Vec<&Payment> = Vec::new();
    for event in &change.events {
        match event {
            Event::AwardSet { lines: set } => lines = Some(set),
            Event::PaymentOrdered { run, payments } => {
                let rows = payments
                    .iter()
                    .map(|one| one.ordered(PaymentId::at(now), (file.id, *run), now));
                batch.insert::<payment::Entity>(rows.collect());
                ordered.extend(payments);
            }
            Event::PaymentMade { run, .. } => made(batch, file.id, *run, now),
            Event::StepVoided { run, .. } if is_payment(run) => taken_back(batch, *run),
            _ => {}
        }
    }
    match lines {
        Some(lines) => {
            // A case that is filed had none before.
            if !change.events.iter().any(|event| matches!(event, Event::Filed { .. })) {
                batch.forget_lines(file.id, lines);
            }
            set(batch, (file.id, objected), lines, &ordered, now);
        }
        None if !ordered.is_empty() => {
            let update = Query::update()
                .table(award_line::Entity)
                .value(award_line::Column::State, PaymentState::Ordered)
                .and_where(award_line::Column::CaseId.eq(file.id))
                .cond_where(any_of(ordered.iter().map(|one| (&*one.line, &*one.payer))))
                .to_owned();
            batch.update(update);
        }
        None => hold(batch, file.id, change, objected),
    }
}

/// Lines that nobody was told to pay are held while an objection is examined, and free after it.
fn hold(batch: &mut Batch, case: CaseId, change: &Change, objected: bool) {
    let letter =
        |event: &Event| matches!(event, Event::LetterSent { .. } | Event::LetterTaken { .. });
    if !change.events.iter().any(letter) {
        return;
    }
    let (from, to) = if objected {
        (PaymentState::Planned, PaymentState::Held)
    } else {
        (PaymentState::Held, PaymentState::Planned)
    };
    let update = Query::update()
        .table(award_line::Entity)
        .value(award_line::Column::State, to)
        .and_where(award_line::Column::CaseId.eq(case))
        .and_where(award_line::Column::State.eq(from))
        .to_owned();
    batch.update(update);
}

fn set(
    batch: &mut Batch,
    (case, objected): (CaseId, bool),
    lines: &[Line],
    ordered: &[&Payment],
    now: DateTime<Utc>,
) {
    let rests = if objected { PaymentState::Held } else { PaymentState::Planned };
    let is_ordered =
        |line: &Line| ordered.iter().any(|one| one.line == line.line && one.payer == line.payer);
    let row = |line: &Line| award_line::Model {
        id: AwardLineId::at(now),
        case_id: case,
        line: line.line.clone(),
        round: 1,
        payer: line.payer.clone(),
        payee_kind: line.payee_kind.clone(),
        fen: line.fen,
        basis: line.basis.clone(),
        table_version: line.table_version.clone(),
        state: if is_ordered(line) { PaymentState::Ordered } else { rests },
        paid_at: None,
    };
    batch.award_lines(lines.iter().map(row).collect());
}

/// The rows of these lines and payers.
pub(super) fn any_of<'a>(lines: impl Iterator<Item = (&'a str, &'a str)>) -> Condition {
    use award_line::Column;
    lines.fold(Condition::any(), |any, (line, payer)| {
        any.add(Column::Line.eq(line).and(Column::Payer.eq(payer)))
    })
}

/// What the run ordered is paid; a line whose last share was ordered, and of which nothing is
/// outstanding elsewhere, is paid in full.
fn made(batch: &mut Batch, case: CaseId, run: StepRunId, now: DateTime<Utc>) {
    let update = Query::update()
        .table(payment::Entity)
        .value(payment::Column::State, PaymentState::Paid)
        .value(payment::Column::PaidAt, now)
        .and_where(payment::Column::RunId.eq(run))
        .to_owned();
    batch.update(update);
    let here = payment::Column::RunId.eq(run);
    let elsewhere =
        payment::Column::RunId.ne(run).and(payment::Column::State.ne(PaymentState::Paid));
    let last = payment::Column::Last.eq(true);
    let update = Query::update()
        .table(award_line::Entity)
        .value(award_line::Column::State, PaymentState::Paid)
        .value(award_line::Column::PaidAt, now)
        .and_where(award_line::Column::CaseId.eq(case))
        .and_where(Expr::exists(of_line(here)))
        .and_where(Expr::exists(of_line(last)))
        .and_where(Expr::exists(of_line(elsewhere)).not())
        .to_owned();
    batch.update(update);
}

/// The payments of the award line that is looked at.
fn of_line(more: Expr) -> SelectStatement {
    let same = |of_payment: payment::Column, of_line: award_line::Column| {
        Expr::col((payment::Entity, of_payment)).equals((award_line::Entity, of_line))
    };
    Query::select()
        .expr(Expr::val(1))
        .from(payment::Entity)
        .and_where(same(payment::Column::CaseId, award_line::Column::CaseId))
        .and_where(same(payment::Column::Line, award_line::Column::Line))
        .and_where(same(payment::Column::Payer, award_line::Column::Payer))
        .and_where(more)
        .to_owned()
}

/// What a run that no longer counts had ordered, and nobody has paid.
fn taken_back(batch: &mut Batch, run: StepRunId) {
    let delete = Query::delete()
        .from_table(payment::Entity)
        .and_where(payment::Column::RunId.eq(run))
        .and_where(payment::Column::State.eq(PaymentState::Ordered))
        .to_owned();
    batch.delete(delete);
}
