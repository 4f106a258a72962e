//! Units, people and their duties: how the organisation comes to be and changes.
//!
//! Every act leaves a row in the trail of the unit, the person or the deployment that it
//! concerns. `by` is none where an operator acts, at the machine itself.

mod accounts;
mod appoint;
mod change_mark;
mod change_person;
mod conflicts;
mod divisions;
mod files;
mod import;
mod kinds;
mod leaving;
mod look_up;
mod marks;
mod move_unit;
mod names;
mod people;
mod powers;
mod rename;
mod roster;
mod rows;
mod units;

#[cfg(test)]
mod tests;

pub use accounts::{NewAccount, add_staff_account, lock_account, set_password, unlock_account};
pub(crate) use appoint::close_appointment;
pub use appoint::{Appoint, appoint, end_appointment, may_end};
pub(crate) use change_mark::marks_on;
pub use change_mark::{ChangeMark, change_mark, take_marks};
pub use change_person::{ChangePerson, change_person};
pub use conflicts::{DeclareConflict, declare_conflict};
pub use files::NotOrganisation;
pub use import::{Imported, import_divisions};
pub use kinds::{is_of_kind, kinds, organisations};
pub(crate) use leaving::{leaves, settle_leavers};
pub use look_up::{find_login, find_member, find_unit};
pub use move_unit::{MoveUnit, move_unit};
pub use names::{NamedOn, names_on, take_names};
pub use people::{AddPerson, add_person};
pub(crate) use powers::entitled;
pub use powers::{Powers, powers_of};
pub use rename::{Rename, rename_unit};
pub use roster::load_roster;
pub use rows::{
    Kind as RowKind, MOST_BYTES, MOST_ROWS, Report, Row, Taken, import_rows, read_csv, read_list,
};
pub(crate) use units::closed;
pub use units::{AddUnit, add_unit};

use crate::{Refusal, Said};

/// What does not fit, and what to do, in both languages.
pub(crate) fn refused(zh: impl Into<String>, en: impl Into<String>) -> Refusal {
    Refusal::Unfit(Said::new(zh, en))
}
