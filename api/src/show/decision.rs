//! A decision, in the form one keeps.

use chrono::Days;
use entities::{
    Level, Outcome as Came, PaymentState as Paid, RunKind, RunState, Stream, award_line, payment,
    step_run, trail,
};
use sea_orm::{ColumnTrait, QueryFilter};
use workflow::{Actor, calendar::local_date, rules::capitals::capitals, state::CaseState};

use super::{
    Reader,
    case::Case,
    people, progress,
    reader::{basis, words_or},
    scope, steps, voices,
};
use crate::{
    Problem,
    read::{
        Words,
        decision::{
            DecisionView, LineView, OrderView, Outcome, PaymentState, PaymentView, Remedies,
        },
    },
};

/// Days within which one may ask for reconsideration. Source: 行政复议法 第二十条.
const RECONSIDERATION: Days = Days::new(60);

/// The decision of a case of one's own.
///
/// # Errors
/// [`Problem::NotFound`] also before it is decided, the database's.
pub async fn decision(r: &Reader<'_>, actor: Actor, key: &str) -> Result<DecisionView, Problem> {
    let file = scope::mine(r, actor, key).await?;
    let outcome = match file.outcome {
        Some(Came::Granted) => Outcome::Approved,
        Some(Came::Refused) if file.accepted_at.is_none() => Outcome::NotAccepted,
        Some(Came::Refused) => Outcome::NotApproved,
        Some(Came::Withdrawn | Came::Lapsed | Came::Done) | None => return Err(Problem::NotFound),
    };
    let case = Case::read(r, file).await?;
    let decided_at = trail::Entity::of(Stream::Case, case.file().id.0)
        .filter(trail::Column::Kind.eq("outcome_reached"))
        .one(r.db())
        .await?
        .map(|row| row.happened_at)
        .or(case.file().ended_at)
        .ok_or(Problem::NotFound)?;
    let granted = outcome == Outcome::Approved;
    let rows = award_line::Entity::of_case(case.file().id).all(r.db()).await?;
    let last = deciding(&case);
    let note = match last.and_then(|run| case.state.slots(run.id).last()) {
        Some(slot) => steps::note_of(r, slot).await?,
        None => None,
    };
    let person = match &case.subject {
        Some(subject) => people::opened(r, subject).await?,
        None => people::Opened::default(),
    };
    let authority = progress::authority(r, actor).await?;
    let appeal_until = voices::open_to(r, &case, &authority).await?.until;
    let fen = case.file().award_fen;
    let basis = case.program.basis.iter();
    Ok(DecisionView {
        number: case.key(),
        title: case.title(),
        subject: case.subject_name(),
        outcome,
        decided_at,
        unit: last.map(|run| steps::unit_names(r, &case, run)).unwrap_or_default(),
        document_number: None,
        asked_fen: case.asked_fen(r),
        fen: granted.then_some(fen.0),
        capitals: granted.then(|| capitals(fen)),
        lines: if granted { rows.iter().map(|row| line(&case, row)).collect() } else { Vec::new() },
        reasons: reasons(r, &case, granted),
        note,
        basis: basis.map(|b| Words::chinese(format!("《{}》{}", b.doc, b.clause))).collect(),
        remedies: Remedies {
            review_until: local_date(decided_at)
                .checked_add_days(RECONSIDERATION)
                .unwrap_or(chrono::NaiveDate::MAX),
            review_by: review_by(r, &case, last),
            appeal_until,
        },
        payment: if granted { in_short(&case, &rows, person.bank_masked()) } else { None },
        payments: orders(r, &case).await?,
    })
}

/// Why; who approves names no reason, but a decision does.
fn reasons(r: &Reader<'_>, case: &Case, granted: bool) -> Vec<Words> {
    let met = Words::new(
        "经审核，符合本事项规定的条件。",
        "Examined: the conditions of this program are met.",
    );
    let named = case.file().reason.iter().map(|code| r.reason(code));
    named.chain(granted.then_some(met)).collect()
}

/// The last step in which somebody decided.
fn deciding(case: &Case) -> Option<&step_run::Model> {
    let closed = case
        .state
        .runs
        .iter()
        .filter(|run| run.kind == RunKind::Decide && run.state == RunState::Closed);
    closed.max_by_key(|run| (run.closed_at, run.position))
}

/// What a line of the award is called.
fn line_title(case: &Case, id: &str) -> Words {
    let of_lines = case.program.rows.iter().filter_map(|rows| rows.award.as_ref());
    let lines = case.program.award.iter().chain(of_lines).flat_map(|award| &award.lines);
    let known = lines.into_iter().find(|line| line.id == *id);
    words_or(known.and_then(|line| line.title.as_ref()), id)
}

fn line(case: &Case, row: &award_line::Model) -> LineView {
    LineView {
        title: line_title(case, &row.line),
        payer: payer(&row.payer),
        fen: row.fen.0,
        basis: basis(&row.basis).zh,
    }
}

/// Whose money, by the level's name where it is one.
pub(super) fn payer(id: &str) -> String {
    let known = match id {
        "county" => "县级财政",
        "city" => "市级财政",
        "region" => "自治区财政",
        "central" => "中央财政",
        "fujian" => "福建省",
        "city_and_county" => "市县财政",
        other => other,
    };
    known.to_owned()
}

/// The government of the place that decided, and the office above it.
fn review_by(r: &Reader<'_>, case: &Case, last: Option<&step_run::Model>) -> Vec<String> {
    let around = &case.facts.organisation;
    let unit = last.and_then(|run| {
        run.unit_id.or_else(|| case.state.slots(run.id).next().map(|slot| slot.unit_id))
    });
    let Some(unit) = unit else { return Vec::new() };
    let place = around.place(unit, Level::County).or_else(|| around.seat(unit));
    let found = [place, around.superior(unit)];
    found.into_iter().flatten().map(|unit| people::unit_name(r, unit)).collect()
}

/// Every payment of a case, in the order in which they were ordered.
async fn orders(r: &Reader<'_>, case: &Case) -> Result<Vec<OrderView>, Problem> {
    let mut rows = payment::Entity::of_case(case.file().id).all(r.db()).await?;
    rows.sort_by_key(|row| (row.ordered_at, row.id));
    let units = people::units(r, rows.iter().filter_map(|row| row.payee_id)).await?;
    let view = |row: payment::Model| OrderView {
        title: line_title(case, &row.line),
        payer: payer(&row.payer),
        payee: match row.payee_id.and_then(|id| units.get(&id)) {
            Some(unit) => Words::new(unit.name_zh.as_str(), unit.name_en.as_str()),
            None => payee(&row.payee_kind),
        },
        fen: row.fen.0,
        cash: row.cash,
        share: (row.whole > 1).then(|| share(&row)),
        state: if row.state == Paid::Paid { PaymentState::Paid } else { PaymentState::Ordered },
        at: row.paid_at.unwrap_or(row.ordered_at),
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Which share of its line: the number of it, or of what many people get how much.
fn share(row: &payment::Model) -> String {
    if row.row_id.is_some() {
        return format!("{}/{}", row.part, row.whole);
    }
    format!("{}/{}", row.share, row.whole / row.part.max(1))
}

/// To whom, where it is no unit.
fn payee(word: &str) -> Words {
    match word {
        "person" => Words::new("申请人", "The applicant"),
        "bank" => Words::new("贷款银行", "Bank of the loan"),
        other => Words::new(other, other),
    }
}

fn in_short(case: &Case, rows: &[award_line::Model], account: String) -> Option<PaymentView> {
    let first = rows.first()?;
    let run = case.state.runs.iter().rev().find(|run| run.kind == RunKind::Pay);
    let cash = run.is_some_and(CaseState::is_cash);
    let state = match first.state {
        Paid::Planned | Paid::Held => PaymentState::Waiting,
        Paid::Ordered => PaymentState::Ordered,
        Paid::Paid => PaymentState::Paid,
    };
    Some(PaymentView {
        state,
        payer: payer(&first.payer),
        account_masked: Some(account).filter(|text| !text.is_empty() && !cash),
        cash,
        at: first.paid_at.or_else(|| run.map(|run| run.opened_at)),
        due_on: run.and_then(|run| run.due_at).map(local_date),
    })
}
