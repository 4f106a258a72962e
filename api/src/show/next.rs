//! The case that somebody decides next, with the reason in words.

use entities::{TaskId, case_file, task};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use serde::Deserialize;
use workflow::{
    Actor, load,
    rules::{
        authority::{Authority, Verb},
        next_case::{Because, Candidate, choose},
    },
    state::CaseState,
};

use super::{
    Reader,
    queue_pages::{COUNTED, Waiting},
};
use crate::{
    Problem,
    read::{
        Words,
        next::{NextCase, NextView},
    },
};

/// What is said on a case, by whoever has it.
const WORDS: [Verb; 6] =
    [Verb::Approve, Verb::HandIn, Verb::SignForReceipt, Verb::Pay, Verb::Refuse, Verb::GiveOpinion];
/// So many cases are read together.
const CHUNK: usize = 20;

/// Which case.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NextAsk {
    /// Not this one: it has just been looked at.
    pub after: Option<TaskId>,
    /// Those first that are like this one.
    pub like: Option<TaskId>,
}

/// What is due first among what somebody may decide; with `like`, one of the same step of the same
/// version of the program goes before.
///
/// # Errors
/// [`Problem::NotFound`] for whoever is no staff, the database's.
pub async fn next(r: &Reader<'_>, actor: Actor, ask: NextAsk) -> Result<NextView, Problem> {
    if actor.person.is_none() {
        return Err(Problem::NotFound);
    }
    let authority = load::authority_to_show(r.db(), actor, r.now).await?;
    let alike = match ask.like {
        Some(like) => kind_of(r, like).await?,
        None => None,
    };
    let mut found = None;
    if let Some(filter) = alike {
        found = first(r, &authority, (&filter, ask.after)).await?;
        found = found.map(|(slot, case, _)| (slot, case, true));
    }
    if found.is_none() {
        found = first(r, &authority, (&Condition::all(), ask.after)).await?;
    }
    let Some((slot, case, like)) = found else { return Ok(NextView { next: None }) };
    let waiting = [Candidate { due: slot.due_at, like }];
    let because = choose(&waiting, ask.like.is_some(), r.now);
    let because = because.map_or(Because::First, |(_, because)| because);
    Ok(NextView {
        next: Some(NextCase {
            task: slot.id.to_string(),
            number: case.number.unwrap_or_default(),
            because: because.word(),
            said: said(because),
        }),
    })
}

/// What is like a slot.
async fn kind_of(r: &Reader<'_>, like: TaskId) -> Result<Option<Condition>, Problem> {
    let Some(slot) = task::Entity::find_by_id(like).one(r.db()).await? else { return Ok(None) };
    let case = case_file::Entity::find_by_id(slot.case_id).one(r.db()).await?;
    let kind = |case: case_file::Model| {
        Condition::all()
            .add(task::Column::Path.eq(slot.path))
            .add(case_file::Column::ProgramHash.eq(case.program_hash))
    };
    Ok(case.map(kind))
}

/// The first, in the order of the queue, that somebody may say a word on.
async fn first(
    r: &Reader<'_>,
    authority: &Authority,
    (filter, after): (&Condition, Option<TaskId>),
) -> Result<Option<(task::Model, case_file::Model, bool)>, Problem> {
    let waiting = Waiting::of_cases(authority, filter).first(r, COUNTED).await?;
    let ids: Vec<TaskId> =
        waiting.iter().map(|((.., id), _)| *id).filter(|id| Some(*id) != after).collect();
    for some in ids.chunks(CHUNK) {
        let slots = task::Entity::find().filter(task::Column::Id.is_in(load::padded(some)));
        let slots = slots.all(r.db()).await?;
        let cases: Vec<_> = slots.iter().map(|slot| slot.case_id).collect();
        let cases = case_file::Entity::find()
            .filter(case_file::Column::Id.is_in(load::padded(&cases)))
            .all(r.db())
            .await?;
        let states = load::states(r.db(), cases).await?;
        for id in some {
            let at = states.iter().find_map(|state| Some((state, state.task(*id)?)));
            let Some((state, slot)) = at else { continue };
            if may(r, authority, state, slot).await? {
                return Ok(Some((slot.clone(), state.case.clone(), false)));
            }
        }
    }
    Ok(None)
}

/// Whether somebody may say a word on a slot.
async fn may(
    r: &Reader<'_>,
    authority: &Authority,
    state: &CaseState,
    slot: &task::Model,
) -> Result<bool, Problem> {
    // A version that only a newer process knows is that one's to offer.
    let Ok(program) = load::program(r.workflow, &state.case) else { return Ok(false) };
    let mut authority = authority.clone();
    authority.owing = load::owing(r.db(), (authority.actor, &program), slot, r.now).await?;
    let says = |verb| authority.may(verb, state, &program, Some(slot)).is_ok();
    Ok(WORDS.into_iter().any(says))
}

/// Why, in one sentence.
pub fn said(because: Because) -> Words {
    let (zh, en) = match because {
        Because::Like => (
            "继续办理同类：同类办件中最先到期。",
            "Going on with like cases: due first among them.",
        ),
        Because::NoneLike => (
            "同类办件已办完，本件在其余待办中最先到期。",
            "No like case is left; of the others this one is due first.",
        ),
        Because::Late => ("本件已超期，最急。", "It is over its time, and the most urgent."),
        Because::Today => {
            ("本件今日到期，在待办中最先到期。", "It is due today, before all others.")
        }
        Because::First => ("本件在待办中最先到期。", "It is due before all others."),
        Because::Undated => {
            ("其余办件均已办理，本件未设时限。", "Nothing else waits; no time is set for it.")
        }
    };
    Words::new(zh, en)
}
