//! The verbs that bring others to a step, or bring it back.

use entities::{Added, PersonId, TaskId};
use sea_orm::DatabaseTransaction;
use workflow::{
    Actor, Workflow,
    commands::{self, Done},
    event::How,
    rules::authority::Verb,
};

use super::{VerbAsk, wrong};
use crate::Problem;

/// Those that are done here.
pub(super) const KNOWN: [Verb; 13] = [
    Verb::GiveOpinion,
    Verb::GiveBack,
    Verb::TakeBack,
    Verb::Undo,
    Verb::Transfer,
    Verb::Delegate,
    Verb::AddSigner,
    Verb::DropSigner,
    Verb::AskOpinion,
    Verb::AskExpert,
    Verb::Copy,
    Verb::PlanHolder,
    Verb::AskSupplementAgain,
];

/// Does one of them.
///
/// # Errors
/// As [`super::do_verb`].
pub(super) async fn do_verb(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    who: Actor,
    (task, verb): (TaskId, Verb),
    ask: VerbAsk,
) -> Result<Done, Problem> {
    let seen = ask.version;
    let note = ask.note.clone().unwrap_or_default();
    Ok(match verb {
        Verb::GiveOpinion => commands::give_opinion(tx, workflow, who, task, (seen, note)).await?,
        Verb::GiveBack => commands::give_back(tx, workflow, who, task, (seen, note)).await?,
        Verb::TakeBack => commands::take_back(tx, workflow, who, task, seen).await?,
        Verb::Undo => commands::undo_decision(tx, workflow, who, task, (seen, note)).await?,
        Verb::Transfer | Verb::Delegate => {
            let how = if verb == Verb::Delegate { How::Delegated } else { How::Transferred };
            let asked = (how, person(&ask)?, seen, note);
            commands::hand_on(tx, workflow, who, task, asked).await?
        }
        Verb::AddSigner => {
            let added = match ask.side.as_deref() {
                Some("before") => Added::Before,
                Some("after") => Added::After,
                Some(_) => return Err(wrong("side", "not_an_option")),
                None => return Err(wrong("side", "missing")),
            };
            let asked = (added, person(&ask)?, seen, note);
            commands::add_signer(tx, workflow, who, task, asked).await?
        }
        Verb::AskOpinion => {
            let asked = (Added::Opinion, person(&ask)?, seen, note);
            commands::add_signer(tx, workflow, who, task, asked).await?
        }
        Verb::AskExpert => {
            let asked = (person(&ask)?, seen, note);
            commands::ask_expert(tx, workflow, who, task, asked).await?
        }
        Verb::DropSigner => {
            let off = ask.slot.ok_or_else(|| wrong("slot", "missing"))?;
            let off = off.parse().map_err(|_| wrong("slot", "not_an_option"))?;
            commands::drop_signer(tx, workflow, who, task, (off, seen)).await?
        }
        Verb::Copy => commands::copy_case(tx, workflow, who, task, (person(&ask)?, seen)).await?,
        Verb::PlanHolder => {
            let path = ask.step.clone().ok_or_else(|| wrong("step", "missing"))?;
            let asked = (path, person(&ask)?, seen);
            commands::plan_holder(tx, workflow, who, task, asked).await?
        }
        Verb::AskSupplementAgain => {
            commands::ask_supplement_again(tx, workflow, who, task, (seen, note)).await?
        }
        _ => return Err(Problem::NotFound),
    })
}

fn person(ask: &VerbAsk) -> Result<PersonId, Problem> {
    let person = ask.person.as_deref().ok_or_else(|| wrong("person", "missing"))?;
    person.parse().map_err(|_| wrong("person", "not_an_option"))
}
