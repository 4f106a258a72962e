//! Who can come to a step: the colleagues it may be passed on to, those who may be put beside it,
//! those who are there already, and who may have a later step.

use std::collections::BTreeSet;

use entities::{Added, Duty, PersonId, TaskState, appointment, task};
use workflow::{
    Actor, commands, load,
    rules::{authority::Authority, passing_on},
};

use super::{Reader, case::Case, people, reader::words_or};
use crate::{
    Problem,
    read::{OptionView, Words},
};

/// What the verbs that bring others to a step choose from.
#[derive(Clone, Debug, Default)]
pub(super) struct Hands {
    /// Of the same office and duty.
    pub(super) colleagues: Vec<OptionView>,
    /// Of the same place: they may sign too.
    pub(super) near: Vec<OptionView>,
    /// Of the same place and the one above: they may be asked, and informed.
    pub(super) around: Vec<OptionView>,
    /// Those that were put beside it and have not signed.
    pub(super) beside: Vec<OptionView>,
    /// The people of the offices that one heads.
    pub(super) headed: Vec<OptionView>,
    /// Steps that have not been entered.
    pub(super) later: Vec<OptionView>,
}

impl Hands {
    /// Reads it.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn of(
        r: &Reader<'_>,
        (actor, authority): (Actor, &Authority),
        case: &Case,
        slot: &task::Model,
    ) -> Result<Self, Problem> {
        if !case.state.is_live() || slot.state == TaskState::Void {
            return Ok(Self::default());
        }
        let same = commands::colleagues(r.db(), slot, actor.person, r.now).await?;
        let here = load::places(r.db(), [slot.unit_id]).await?;
        let above = case.facts.organisation.superior(slot.unit_id).map(|unit| unit.id);
        let there = load::places(r.db(), above).await?;
        let near = staff(r, &here, actor.person).await?;
        let around = staff(r, &[here.as_slice(), &there].concat(), actor.person).await?;
        let headed = staff(r, &authority.heads, actor.person).await?;
        let beside: Vec<&task::Model> = passing_on::beside(&case.state, slot.id).collect();
        let all: BTreeSet<PersonId> = same
            .iter()
            .chain(&near)
            .chain(&around)
            .chain(&headed)
            .copied()
            .chain(beside.iter().filter_map(|slot| slot.person_id))
            .collect();
        let names = people::names(r, all).await?;
        let listed = |ids: &[PersonId]| {
            let option = |id: &PersonId| Some(option(&id.to_string(), names.get(id)?));
            ids.iter().filter_map(option).collect::<Vec<_>>()
        };
        let set = |slot: &&task::Model| {
            let name = slot.person_id.and_then(|id| names.get(&id))?;
            let how = match slot.added {
                Some(Added::Before) => r.say("先签", "signs before"),
                Some(Added::After) => r.say("后签", "signs after"),
                _ => r.say("征求意见", "opinion"),
            };
            Some(option(&slot.id.to_string(), &format!("{name} · {how}")))
        };
        let later = if headed.is_empty() {
            Vec::new()
        } else {
            passing_on::later_steps(&case.program, &case.state)
        };
        let step = |path: String| {
            let known = case.program.step(&path).and_then(|step| step.title.as_ref());
            let title = words_or(known, &path);
            OptionView { value: path, title, hint: None }
        };
        Ok(Self {
            colleagues: listed(&same),
            near: listed(&near),
            around: listed(&around),
            beside: beside.iter().filter_map(set).collect(),
            headed: listed(&headed),
            later: later.into_iter().map(step).collect(),
        })
    }
}

/// Who decides in one of `units`, each once.
async fn staff(
    r: &Reader<'_>,
    units: &[entities::UnitId],
    but: Option<PersonId>,
) -> Result<Vec<PersonId>, Problem> {
    if units.is_empty() {
        return Ok(Vec::new());
    }
    let held = appointment::Entity::in_units(units.iter().copied(), r.now).all(r.db()).await?;
    let decides = |held: &&appointment::Model| matches!(held.duty, Duty::Handler | Duty::Head);
    let mut found: Vec<PersonId> = Vec::new();
    for person in held.iter().filter(decides).map(|held| held.person_id) {
        if Some(person) != but && !found.contains(&person) {
            found.push(person);
        }
    }
    Ok(found)
}

fn option(value: &str, title: &str) -> OptionView {
    OptionView { value: value.to_owned(), title: Words::new(title, title), hint: None }
}
