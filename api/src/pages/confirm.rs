//! What staff file for somebody, that person confirms: by a code to their own phone.

use entities::{AccountKind, Phase, Sensitive, account, case_file, person};
use sea_orm::EntityTrait;
use workflow::{
    commands::Guardian,
    sign_in::{self, CodeAddressee, CodeAttempt, SignInError, Visit, normalised_phone},
    tx,
    vault::{self, Owner},
};

use super::{Visitor, sign_in::send_code, visitor::masked};
use crate::{
    Problem,
    csrf::CheckedForm,
    read::{FieldKind, FieldView, Words, apply::OnBehalfConfirm},
    session, show,
};

/// Who confirms, and by which phone.
struct Confirmer {
    name: String,
    phone: Sensitive,
}

/// Of a draft that staff file: the field for the code. Nothing of any other.
pub(super) async fn asked(
    visitor: &Visitor,
    key: &str,
) -> Result<Option<OnBehalfConfirm>, Problem> {
    let case = show::scope::mine(&visitor.reader(), visitor.actor()?.who(), key).await?;
    let confirmer = confirmer(visitor, &case).await?;
    Ok(confirmer.map(|confirmer| OnBehalfConfirm {
        phone_masked: masked(confirmer.phone.expose()),
        name: confirmer.name,
        code: FieldView::new("code", Words::new("6 位验证码", "Code of 6 digits"), FieldKind::Code),
    }))
}

/// Sends the code; one that is on its way already will do.
pub(super) async fn send(visitor: &Visitor, key: &str) -> Result<(), Problem> {
    let case = show::scope::mine(&visitor.reader(), visitor.actor()?.who(), key).await?;
    let Some(confirmer) = confirmer(visitor, &case).await? else { return Ok(()) };
    match send_code(visitor, confirmer.phone.expose()).await {
        Err(Problem::SignIn(SignInError::TooManyCodes { .. })) => Ok(()),
        other => other,
    }
}

/// Checks the code of a draft that staff filed; of any other there is none. In a transaction of
/// its own, since a wrong try has to count.
///
/// # Errors
/// [`SignInError::WrongCode`], [`SignInError::Locked`], ours.
pub(super) async fn check(
    visitor: &Visitor,
    case: &case_file::Model,
    form: &CheckedForm,
) -> Result<(), Problem> {
    let Some(confirmer) = confirmer(visitor, case).await? else { return Ok(()) };
    let (services, workflow) = (&visitor.services, visitor.workflow());
    let network = session::visit(&visitor.request, &services.settings).network;
    let visit = Visit { network, replaces: None };
    let (now, limits) = (workflow.clock.machine(), &services.settings.sign_in);
    let sent = CodeAddressee { phone: confirmer.phone, language: visitor.language };
    let code = Sensitive::new(form.get("code").unwrap_or_default());
    let keys = &workflow.keys;
    let attempt = tx::write(&workflow.store, async |tx| {
        let answer = sign_in::check_code(tx, now, limits, keys, &visit, (&sent, &code)).await?;
        if let CodeAttempt::Opened(opened) = &answer {
            // It was asked for to confirm, not to let anybody in.
            sign_in::end_session(tx, now, opened.account.id, opened.session.id).await?;
        }
        Ok::<_, SignInError>(answer)
    });
    attempt.await?.into_result()?;
    Ok(())
}

/// The applicant, else their guardian, when staff file. Nobody when no phone is known: then the
/// signed paper is among the documents.
async fn confirmer(
    visitor: &Visitor,
    case: &case_file::Model,
) -> Result<Option<Confirmer>, Problem> {
    let workflow = visitor.workflow();
    let db = workflow.store.read();
    let filer = account::Entity::find_by_id(case.filed_by).one(db).await?;
    if case.phase != Phase::Draft || filer.is_none_or(|row| row.kind != AccountKind::Staff) {
        return Ok(None);
    }
    let Some(subject) = case.subject_id else { return Ok(None) };
    let Some(row) = person::Entity::find_by_id(subject).one(db).await? else { return Ok(None) };
    let key = vault::key(db, workflow, Owner::Person(subject)).await?;
    let Some(key) = key else { return Ok(None) };
    let id = subject.to_string();
    let own = row.phone_sealed.as_deref().map(|sealed| {
        vault::open_text(&key, ("person", "phone_sealed", &id), sealed)
            .map(|phone| (row.name.clone(), phone.expose().clone()))
    });
    let known = match (own.transpose().map_err(workflow::CommandError::from)?, row.guardian_sealed)
    {
        (Some(own), _) => Some(own),
        (None, Some(sealed)) => {
            let place = ("person", "guardian_sealed", id.as_str());
            let guardian: Guardian = vault::open_value(&key, place, &sealed)?;
            Some((guardian.name, guardian.phone))
        }
        (None, None) => None,
    };
    let confirmer = |(name, phone): (String, String)| {
        Some(Confirmer { name, phone: normalised_phone(&phone).ok()? })
    };
    Ok(known.and_then(confirmer))
}
