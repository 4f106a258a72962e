//! The lines of the export: which columns leave, under which names. A column that is not named
//! here does not.

use entities::{
    account, appointment, award_line, case_file, case_row, clock, document_number, extension,
    letter, notice, outbox, payment, person, program_draft, program_replay, program_version,
    publicity, replayed_case, step_run, substitution, task, timer, trail, unit, voice,
};
use serde_json::{Value as Json, json};

use super::open::{open, word};
use crate::{canonical::hex, rules::mask};

pub(super) fn program(row: &program_version::Model) -> Vec<Json> {
    vec![json!({
        "kind": "program", "id": row.id, "program": row.program, "number": row.number,
        "hash": row.hash, "published_at": row.published_at, "effective_on": row.effective_on,
        "retired_on": row.retired_on, "draft": row.draft_id, "replay": row.replay_id,
    })]
}

/// The text of a draft stays: it is a program's, and may hold anything.
pub(super) fn program_draft(row: &program_draft::Model) -> Vec<Json> {
    vec![json!({
        "kind": "program_draft", "id": row.id, "program": row.program, "number": row.number,
        "retires": row.retires, "state": row.state, "written_by": open(&row.written_by),
        "effective_on": row.effective_on, "proposed_by": row.proposed_by,
        "decided_by": row.decided_by, "created_at": row.created_at,
        "changed_at": row.changed_at, "version": row.version,
    })]
}

pub(super) fn program_replay(row: &program_replay::Model) -> Vec<Json> {
    vec![json!({
        "kind": "program_replay", "id": row.id, "draft": row.draft_id, "program": row.program,
        "sha256": row.sha256, "since": row.since, "state": row.state, "total": row.total,
        "done": row.done, "sums": open(&row.sums), "asked_by": row.asked_by,
        "created_at": row.created_at, "finished_at": row.finished_at,
    })]
}

pub(super) fn replayed_case(row: &replayed_case::Model) -> Vec<Json> {
    vec![json!({
        "kind": "replayed_case", "replay": row.replay_id, "case": row.case_id,
        "found": row.found, "what": row.body.as_ref().map(open),
    })]
}

pub(super) fn unit(row: &unit::Model) -> Vec<Json> {
    vec![json!({
        "kind": "unit", "id": row.id, "level": row.level, "division": row.division,
        "office": row.office, "seat": row.seat_id, "parent": row.parent_id,
        "successor": row.successor_id, "code": row.code, "name_zh": row.name_zh,
        "name_en": row.name_en, "from_on": row.from_on, "to_on": row.to_on,
    })]
}

pub(super) fn substitution(row: &substitution::Model) -> Vec<Json> {
    vec![json!({
        "kind": "substitution", "id": row.id, "person": row.person_id,
        "substitute": row.substitute_id, "from_at": row.from_at, "to_at": row.to_at,
        "program": row.program, "most_fen": row.most_fen, "made_by": row.made_by,
        "made_at": row.made_at, "ended_at": row.ended_at,
    })]
}

pub(super) fn extension(row: &extension::Model) -> Vec<Json> {
    vec![json!({
        "kind": "extension", "id": row.id, "case": row.case_id, "step": row.run_id,
        "task": row.task_id, "asks": row.kind, "by": row.by_span, "unit": row.unit_id,
        "duty": row.duty, "state": row.state, "asked_by": row.asked_by, "asked_at": row.asked_at,
        "decided_by": row.decided_by, "decided_at": row.decided_at,
    })]
}

/// What was shown stays: it names people, masked as it is.
pub(super) fn publicity(row: &publicity::Model) -> Vec<Json> {
    vec![json!({
        "kind": "publicity", "id": row.id, "case": row.case_id, "step": row.run_id,
        "unit": row.unit_id, "program": row.program, "starts_at": row.starts_at,
        "ends_at": row.ends_at, "taken_down_at": row.taken_down_at,
    })]
}

pub(super) fn person(row: &person::Model) -> Vec<Json> {
    vec![json!({
        "kind": "person", "id": row.id, "name": mask::name(&row.name),
        "school": row.school_id, "township": row.township_id, "created_at": row.created_at,
    })]
}

pub(super) fn account(row: &account::Model) -> Vec<Json> {
    vec![json!({
        "kind": "account", "id": row.id, "account_kind": row.kind, "person": row.person_id,
        "created_at": row.created_at, "disabled_at": row.disabled_at,
    })]
}

pub(super) fn appointment(row: &appointment::Model) -> Vec<Json> {
    vec![json!({
        "kind": "appointment", "id": row.id, "person": row.person_id, "unit": row.unit_id,
        "duty": row.duty, "from_at": row.from_at, "to_at": row.to_at,
    })]
}

/// A draft is nobody's business: that it is there, and no more.
pub(super) fn case(row: &case_file::Model) -> Vec<Json> {
    vec![json!({
        "kind": "case", "id": row.id, "number": row.number, "program": row.program,
        "program_number": row.program_number, "program_hash": row.program_hash,
        "subject": row.subject_id, "filed_by": row.filed_by, "filed_as": row.filed_as,
        "anchor": row.anchor_id, "county": row.county, "phase": row.phase,
        "outcome": row.outcome, "reason": row.reason, "routing": row.routing,
        "suspended": row.suspended, "supplementing": row.supplementing,
        "supplements": row.supplements, "facts": open(&row.facts), "award_fen": row.award_fen,
        "version": row.version, "trail_number": row.trail_number,
        "trail_head": hex(&row.trail_head), "calendar_revision": row.calendar_revision,
        "submitted_at": row.submitted_at, "accepted_at": row.accepted_at,
        "ended_at": row.ended_at, "late": row.late, "created_at": row.created_at,
    })]
}

pub(super) fn step(row: &step_run::Model) -> Vec<Json> {
    vec![json!({
        "kind": "step", "id": row.id, "case": row.case_id, "path": row.path,
        "thread": word(&row.thread), "round": row.round, "parent": row.parent_id,
        "position": row.position, "step_kind": row.kind, "state": row.state,
        "verdict": row.verdict, "holders": open(&row.holders), "unit": row.unit_id,
        "said": open(&row.said), "reason": row.reason, "fen": row.fen,
        "return_to": row.return_to, "opened_at": row.opened_at, "opens_at": row.opens_at,
        "due_at": row.due_at, "closed_at": row.closed_at, "late": row.late, "rungs": row.rungs,
    })]
}

/// A slot, and, where it is signed, the decision.
pub(super) fn task(row: &task::Model) -> Vec<Json> {
    let slot = json!({
        "kind": "task", "id": row.id, "case": row.case_id, "step": row.run_id,
        "program": row.program, "path": row.path, "unit": row.unit_id, "duty": row.duty,
        "person": row.person_id, "addressed": row.addressed, "place": row.place,
        "state": row.state, "opened_at": row.opened_at, "claimed_at": row.claimed_at,
        "due_at": row.due_at, "version": row.version,
    });
    let decision = row.verdict.map(|verdict| {
        json!({
            "kind": "decision", "task": row.id, "case": row.case_id, "step": row.run_id,
            "path": row.path, "unit": row.unit_id, "verdict": verdict, "fen": row.fen,
            "reason": row.reason, "signed_by": row.signed_by, "account": row.account_id,
            "appointment": row.appointment_id, "signed_at": row.signed_at,
        })
    });
    std::iter::once(slot).chain(decision).collect()
}

pub(super) fn clock(row: &clock::Model) -> Vec<Json> {
    vec![json!({
        "kind": "clock", "id": row.id, "case": row.case_id, "step": row.run_id,
        "clock_kind": row.kind, "scope": row.scope, "face": open(&row.face),
        "due_at": row.due_at, "stopped_at": row.stopped_at, "ground": row.ground,
        "ended_at": row.ended_at,
    })]
}

pub(super) fn timer(row: &timer::Model) -> Vec<Json> {
    vec![json!({
        "kind": "timer", "id": row.id, "case": row.case_id, "step": row.run_id,
        "clock": row.clock_id, "timer_kind": row.kind, "due_at": row.due_at, "nth": row.nth,
        "failures": row.failures, "retry_at": row.retry_at, "fired_at": row.fired_at,
    })]
}

pub(super) fn row(row: &case_row::Model) -> Vec<Json> {
    vec![json!({
        "kind": "row", "id": row.id, "case": row.case_id, "key": word(&row.key),
        "unit": row.unit_id, "task": row.task_id, "from_case": row.from_case,
        "facts": open(&row.facts), "state": row.state, "reason": row.reason,
        "by": row.by_person, "step": row.run_id, "position": row.position,
        "settled": row.settled, "joined_at": row.joined_at, "person": row.person_id,
        "fields": open(&row.fields), "award": open(&row.award),
    })]
}

pub(super) fn letter(row: &letter::Model) -> Vec<Json> {
    vec![json!({
        "kind": "letter", "id": row.id, "key": word(&row.key), "letter_kind": row.kind,
        "from_case": row.from_case, "from_step": row.from_run, "task": row.task_id,
        "to_case": row.to_case, "body": open(&row.body), "sent_at": row.sent_at,
        "taken_at": row.taken_at,
    })]
}

pub(super) fn voice(row: &voice::Model) -> Vec<Json> {
    vec![json!({
        "kind": "voice", "id": row.id, "voice_kind": row.kind, "about_case": row.about_id,
        "case": row.case_id, "letter": row.letter_key.as_deref().map(word), "unit": row.unit_id,
        "account": row.account_id, "grade": row.grade, "said_at": row.said_at,
    })]
}

pub(super) fn award(row: &award_line::Model) -> Vec<Json> {
    vec![json!({
        "kind": "award", "id": row.id, "case": row.case_id, "line": row.line,
        "round": row.round, "payer": row.payer, "payee_kind": row.payee_kind, "fen": row.fen,
        "basis": row.basis, "table_version": row.table_version, "state": row.state,
        "paid_at": row.paid_at,
    })]
}

pub(super) fn payment(row: &payment::Model) -> Vec<Json> {
    vec![json!({
        "kind": "payment", "id": row.id, "case": row.case_id, "step": row.run_id,
        "line": row.line, "payer": row.payer, "share": row.share, "round": row.round,
        "payee_kind": row.payee_kind, "payee": row.payee_id, "part": row.part,
        "whole": row.whole, "fen": row.fen, "last": row.last, "row": row.row_id, "cash": row.cash,
        "state": row.state,
        "ordered_at": row.ordered_at, "paid_at": row.paid_at,
    })]
}

pub(super) fn document_number(row: &document_number::Model) -> Vec<Json> {
    vec![json!({
        "kind": "document_number", "case": row.case_id, "unit": row.unit_id, "word": row.word,
        "year": row.year, "number": row.number, "text": row.text, "taken_at": row.taken_at,
    })]
}

pub(super) fn notice(row: &notice::Model) -> Vec<Json> {
    vec![json!({
        "kind": "notice", "id": row.id, "case": row.case_id, "account": row.account_id,
        "person": row.person_id, "channel": row.channel, "template": row.template,
        "params": open(&row.params), "state": row.state, "created_at": row.created_at,
        "claimed_at": row.claimed_at, "sent_at": row.sent_at, "seen_at": row.seen_at,
    })]
}

pub(super) fn job(row: &outbox::Model) -> Vec<Json> {
    vec![json!({
        "kind": "job", "id": row.id, "job": open(&row.job), "case": row.case_id,
        "created_at": row.created_at, "next_attempt_at": row.next_attempt_at,
        "attempts": row.attempts, "lease_until": row.lease_until, "done_at": row.done_at,
        "quarantined_at": row.quarantined_at,
    })]
}

pub(super) fn trail(row: &trail::Model) -> Json {
    let body: Json = serde_json::from_str(&row.body).unwrap_or_default();
    let what = body.get("what").map(open);
    json!({
        "kind": "trail", "stream": row.stream, "stream_id": row.stream_id,
        "number": row.number, "happened_at": row.happened_at, "account": row.account_id,
        "event": row.kind, "what": what, "hash": hex(&row.hash),
    })
}
