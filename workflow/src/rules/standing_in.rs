//! 代理: somebody decides in the name of somebody who is away, as far as that one could.

use entities::{Fen, PersonId, TaskState, appointment, case_file, substitution, task};

/// For whom somebody stands in, and what that one is appointed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandIn {
    /// From when to when, and how far.
    pub of: substitution::Model,
    /// The appointments of the one who is away. What they hold in the name of yet others is not
    /// among them: a substitute has no substitute.
    pub held: Vec<appointment::Model>,
}

impl StandIn {
    /// Who is away.
    pub fn absent(&self) -> PersonId {
        self.of.person_id
    }

    /// Whether it is for the cases of that program.
    pub fn covers(&self, case: &case_file::Model) -> bool {
        self.of.program.as_ref().is_none_or(|program| *program == case.program)
    }

    /// The appointment by which the one who is away could take a slot.
    pub fn right(&self, task: &task::Model) -> Option<&appointment::Model> {
        // Of a list that was frozen while they stood in, the slot is addressed to themselves.
        let theirs = [self.absent(), self.of.substitute_id].map(Some).contains(&task.person_id);
        let addressed = task.addressed && !theirs;
        let fits =
            |held: &&appointment::Model| held.unit_id == task.unit_id && held.duty == task.duty;
        self.held.iter().find(fits).filter(|_| !addressed)
    }

    /// The most that may be granted, where that is less than `award`.
    pub fn too_little(&self, award: Fen) -> Option<Fen> {
        self.of.most_fen.filter(|most| *most < award)
    }
}

/// Whether a slot is in the hand of one of those.
pub(super) fn in_hand(task: &task::Model, people: &[Option<PersonId>]) -> bool {
    task.state != TaskState::Claimed || people.iter().flatten().any(|p| task.person_id == Some(*p))
}
