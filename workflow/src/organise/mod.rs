//! Units, people and their duties: how the organisation comes to be and changes.
//!
//! Every act leaves a row in the trail of the unit, the person or the deployment that it
//! concerns. `by` is none where an operator acts, at the machine itself.

mod accounts;
mod appoint;
mod conflicts;
mod divisions;
mod files;
mod import;
mod kinds;
mod look_up;
mod marks;
mod people;
mod roster;
mod units;

#[cfg(test)]
mod tests;

pub use accounts::{NewAccount, add_staff_account};
pub use appoint::{Appoint, appoint, end_appointment};
pub use conflicts::{DeclareConflict, declare_conflict};
pub use files::NotOrganisation;
pub use import::{Imported, import_divisions};
pub use kinds::{is_of_kind, kinds, organisations};
pub use look_up::{find_login, find_unit};
pub use people::{AddPerson, add_person};
pub use roster::load_roster;
pub use units::{AddUnit, add_unit};

use crate::Refusal;

fn refused(why: impl Into<String>) -> Refusal {
    Refusal::Organisation(why.into())
}
