//! Where a notice goes: an address, a phone number, or nowhere but the page after signing in.

use entities::{Channel, Sensitive, notice, person};
use serde::Deserialize;
use workflow::{
    sign_in,
    vault::{self, Owner},
};

use crate::{
    Services,
    jobs::{self, JobError},
};

/// What is needed of a guardian.
#[derive(Deserialize)]
struct Guardian {
    phone: Sensitive,
}

/// The address or number of the notice's recipient, if there is one.
pub(super) async fn of(
    services: &Services,
    notice: &notice::Model,
) -> Result<Option<Sensitive>, JobError> {
    let Some(person) = notice.person_id else { return Ok(None) };
    let person = jobs::person(services, person).await?;
    let person = person.ok_or(JobError::Gone("person"))?;
    match notice.channel {
        Channel::Mail => Ok(person.mail.map(Sensitive::new)),
        Channel::Sms => match own(services, &person).await? {
            Some(phone) => Ok(Some(phone)),
            None => filer(services, notice).await,
        },
        Channel::Inbox => Ok(None),
    }
}

/// The person's own number, or the guardian's. One whose data key was destroyed has none.
async fn own(services: &Services, person: &person::Model) -> Result<Option<Sensitive>, JobError> {
    let workflow = &services.workflow;
    if person.phone_sealed.is_none() && person.guardian_sealed.is_none() {
        return Ok(None);
    }
    let key = vault::key(workflow.store.read(), workflow, Owner::Person(person.id)).await?;
    let Some(key) = key else { return Ok(None) };
    let row = person.id.to_string();
    if let Some(sealed) = &person.phone_sealed {
        let phone = vault::open_text(&key, ("person", "phone_sealed", &row), sealed)?;
        return Ok(Some(Sensitive::new(phone.into_inner())));
    }
    let Some(sealed) = &person.guardian_sealed else { return Ok(None) };
    let place = ("person", "guardian_sealed", row.as_str());
    let guardian: Guardian = vault::open_value(&key, place, sealed)?;
    Ok(Some(guardian.phone).filter(|phone| !phone.expose().is_empty()))
}

/// The number of the account that filed the case: siblings and guardians share a phone.
async fn filer(services: &Services, notice: &notice::Model) -> Result<Option<Sensitive>, JobError> {
    let Some(case) = notice.case_id else { return Ok(None) };
    let workflow = &services.workflow;
    let db = workflow.store.read();
    let case = jobs::case(services, case).await?.ok_or(JobError::Gone("case"))?;
    if case.subject_id != notice.person_id {
        return Ok(None); // whoever filed it stands in for nobody else
    }
    match jobs::account(services, case.filed_by).await? {
        Some(account) => Ok(sign_in::phone_of(db, &workflow.keys, &account).await?),
        None => Ok(None),
    }
}
