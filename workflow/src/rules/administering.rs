//! 三员分离: who may change the organisation, who may grant, who may look; and that nobody holds
//! two of the three administrative duties. Source: GB/T 22239-2019, 8.1.5 (system, security and
//! audit administration are separate).

use chrono::{DateTime, Utc};
use entities::{Duty, PersonId, appointment};

use crate::{
    Actor,
    error::{Bar, Refusal},
};

/// Something that only one of the three may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// Units, people, appointments, what runs unasked.
    Organise,
    /// Administrative duties, and whether an account opens anything.
    Secure,
    /// Reading what was done.
    Audit,
}

impl Power {
    /// The duty that gives it.
    pub fn duty(self) -> Duty {
        match self {
            Self::Organise => Duty::Administrator,
            Self::Secure => Duty::SecurityAdministrator,
            Self::Audit => Duty::Auditor,
        }
    }

    /// Who may give and end `duty`: what administers is the security administrator's to give.
    pub fn over(duty: Duty) -> Self {
        if duty.is_administrative() { Self::Secure } else { Self::Organise }
    }

    /// Whether `held`, which must be in force, gives it.
    ///
    /// # Errors
    /// [`Refusal::NotYours`].
    pub fn of(self, held: &[appointment::Model]) -> Result<(), Refusal> {
        if held.iter().any(|held| held.duty == self.duty()) {
            return Ok(());
        }
        Err(Refusal::NotYours(match self {
            Self::Organise => Bar::NotAdministrator,
            Self::Secure => Bar::NotSecurityAdministrator,
            Self::Audit => Bar::NotAuditor,
        }))
    }
}

/// Nobody gives, ends or locks what is their own.
///
/// # Errors
/// [`Refusal::NotYours`] with [`Bar::Oneself`].
pub fn not_oneself(by: Option<Actor>, person: PersonId) -> Result<(), Refusal> {
    match by {
        Some(by) if by.person == Some(person) => Err(Refusal::NotYours(Bar::Oneself)),
        _ => Ok(()),
    }
}

/// The administrative duty among `held`, now or from a later day on, that keeps its holder from
/// `asked`; none where nothing does.
pub fn kept_from(held: &[appointment::Model], asked: Duty, now: DateTime<Utc>) -> Option<Duty> {
    let lasts = |held: &&appointment::Model| held.to_at.is_none_or(|to| to > now);
    let other = |held: &&appointment::Model| held.duty.is_administrative() && held.duty != asked;
    let other = held.iter().filter(lasts).find(other);
    other.map(|held| held.duty).filter(|_| asked.is_administrative())
}

#[cfg(test)]
mod tests {
    use entities::{AccountId, AccountKind, AppointmentId, UnitId};

    use super::*;

    fn held(duty: Duty, to: Option<&str>) -> appointment::Model {
        let from_at = "2018-01-01T00:00:00Z".parse().unwrap();
        appointment::Model {
            id: AppointmentId::at(from_at),
            person_id: PersonId::at(from_at),
            unit_id: UnitId::at(from_at),
            duty,
            from_at,
            to_at: to.map(|to| to.parse().unwrap()),
        }
    }

    #[test]
    fn each_power_is_given_by_one_duty_and_only_by_that() {
        use Duty::{Administrator, Auditor, Handler, Head, SecurityAdministrator, Supervisor};
        let all = [Handler, Head, Supervisor, Administrator, SecurityAdministrator, Auditor];
        for power in [Power::Organise, Power::Secure, Power::Audit] {
            let giving = all.iter().filter(|duty| power.of(&[held(**duty, None)]).is_ok());
            assert_eq!(giving.collect::<Vec<_>>(), [&power.duty()]);
            assert_eq!(Power::over(power.duty()), Power::Secure);
        }
        assert_eq!(Power::over(Handler), Power::Organise);
        assert_eq!(Power::over(Head), Power::Organise);
    }

    #[test]
    fn nobody_holds_two_of_the_three() {
        use Duty::{Administrator, Auditor, Handler, SecurityAdministrator};
        let now = "2018-09-10T02:00:00Z".parse().unwrap();
        let table = [
            (held(Administrator, None), Auditor, Some(Administrator)),
            (held(Auditor, None), SecurityAdministrator, Some(Auditor)),
            (held(Administrator, None), Administrator, None),
            (held(Administrator, None), Handler, None),
            (held(Handler, None), Auditor, None),
            (held(Administrator, Some("2018-09-10T02:00:00Z")), Auditor, None),
            // It ends later: until then it keeps its holder from the other.
            (held(Administrator, Some("2018-09-10T02:00:01Z")), Auditor, Some(Administrator)),
        ];
        for (held, asked, expected) in table {
            assert_eq!(kept_from(std::slice::from_ref(&held), asked, now), expected, "{held:?}");
        }
    }

    #[test]
    fn nobody_grants_himself() {
        let at = "2018-01-01T00:00:00Z".parse().unwrap();
        let person = PersonId::at(at);
        let account = AccountId::at(at);
        let by = Actor { account, person: Some(person), kind: AccountKind::Staff };
        assert_eq!(not_oneself(Some(by), person), Err(Refusal::NotYours(Bar::Oneself)));
        assert_eq!(not_oneself(Some(by), PersonId::at(at)), Ok(()));
        assert_eq!(not_oneself(None, person), Ok(()));
    }
}
