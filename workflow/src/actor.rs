//! Who is asking.

use entities::{AccountId, AccountKind, PersonId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The account of cases that no person has filed.
pub const MACHINE: AccountId = AccountId(Uuid::nil());

/// The account on whose behalf a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// How they signed in.
    pub account: AccountId,
    /// Who they are; none for an applicant's phone, which may act for several persons.
    pub person: Option<PersonId>,
    /// Staff, applicant or machine.
    pub kind: AccountKind,
}
