//! Whether somebody can take what is open.

use entities::{Level, RunKind, RunState, appointment, step_run, task};

use super::{
    Check, Report, Why,
    cases::{Case, step},
};
use crate::{event::Holders, state::CaseState};

const BY_PEOPLE: [RunKind; 4] = [RunKind::Decide, RunKind::Fill, RunKind::Receive, RunKind::Pay];

/// Each open step that people take has an open slot, and each open slot somebody who can take it:
/// of its pool and not struck, or the one that it is addressed to. Excused are steps that are
/// marked as held, and offices outside, whose answer a named desk enters.
pub(super) fn check(case: &Case<'_>, report: &mut Report) {
    let open =
        |run: &&step_run::Model| run.state == RunState::Open && BY_PEOPLE.contains(&run.kind);
    for run in case.state.runs.iter().filter(open) {
        report.looked(Check::Holders);
        let holders: Holders = serde_json::from_value(run.holders.clone()).unwrap_or_default();
        if holders.held {
            continue;
        }
        let slots: Vec<&task::Model> =
            case.state.slots(run.id).filter(|slot| CaseState::is_open(slot)).collect();
        // Its last slot is signed, and the worker has not yet been there.
        if slots.is_empty() && !case.is_between() {
            report.found(Check::Holders, Why::NoSlot, case.name(), step(run));
        }
        for slot in slots.into_iter().filter(|slot| !somebody_can(case, slot, &holders)) {
            let unit = case.units.get(&slot.unit_id).map_or("", |unit| unit.name_zh.as_str());
            let about = format!("{} {unit} {}", step(run), slot.duty.word());
            report.found(Check::Holders, Why::NobodyCan, case.name(), about);
        }
    }
}

fn somebody_can(case: &Case<'_>, slot: &task::Model, holders: &Holders) -> bool {
    let unit = case.units.get(&slot.unit_id);
    if unit.is_some_and(|unit| unit.level == Level::Outside) {
        return true;
    }
    let to = slot.person_id.filter(|_| slot.addressed);
    // The applicant's own step.
    if slot.person_id.is_some() && slot.person_id == case.state.case.subject_id {
        return true;
    }
    case.appointments.iter().any(|held: &appointment::Model| {
        let struck = holders.struck.values().flatten().any(|person| *person == held.person_id);
        let own = held.unit_id == slot.unit_id && held.duty == slot.duty && !struck;
        own && to.is_none_or(|to| to == held.person_id)
    })
}
