//! A case looked up by its number and the phone given with it, without an account.

use entities::case_file;
use workflow::rules::{case_number::CaseNumber, mask, mobile::Mobile};

use super::{Reader, Wrong, case::Case, fields::own, people, progress};
use crate::{
    Problem, Services,
    limits::Rate,
    read::{
        FieldKind, Words,
        notice::LookUpView,
        progress::{Action, ProgressView},
    },
};

/// Of one network, and of one number: a guesser of phones has many to try.
const RATE: Rate = Rate { per_second: 1, burst: 10 };

/// The form.
pub fn look_up_form(_: &Reader<'_>, wrong: &Wrong) -> LookUpView {
    let number = FieldKind::Text { long: false, most: Some(40) };
    LookUpView {
        number: wrong.over(own("number", Words::new("办件编号", "Case number"), number, true)),
        phone: wrong.over(own("phone", Words::new("手机号", "Phone"), FieldKind::Phone, true)),
        error: wrong.detail.clone(),
    }
}

/// The case, masked. A wrong number and a wrong phone get the same answer.
///
/// # Errors
/// [`Problem::NotFound`], [`Problem::TooManyRequests`], the database's.
pub async fn look_up(
    r: &Reader<'_>,
    services: &Services,
    network: &str,
    number: &str,
    phone: &str,
) -> Result<ProgressView, Problem> {
    let number = number.trim();
    for caller in [format!("look-up/{network}"), format!("look-up/{number}")] {
        services.count(&caller, RATE)?;
    }
    let read: Option<CaseNumber> = number.parse().ok();
    let number = read.map(|read| read.to_string()).ok_or(Problem::NotFound)?;
    let phone = Mobile::parse(phone).map_err(|_| Problem::NotFound)?;
    let row = case_file::Entity::with_number(&number).one(r.db()).await?;
    let case = Case::read(r, row.ok_or(Problem::NotFound)?).await?;
    let subject = case.subject.as_ref().ok_or(Problem::NotFound)?;
    let index = r.workflow.keys.blind_index("person.phone_index").of(phone.as_str());
    let own = subject.phone_index.as_deref() == Some(index.as_slice());
    let opened = people::opened(r, subject).await?;
    let guardian = opened.guardian.as_ref().and_then(|known| Mobile::parse(&known.phone).ok());
    if !own && guardian.is_none_or(|guardian| guardian != phone) {
        return Err(Problem::NotFound);
    }
    let mut view = progress::of(r, &case);
    view.subject = mask::name(&view.subject);
    view.actions = vec![Action::Complain];
    // What steps say stays with those who sign in.
    view.steps.iter_mut().for_each(|step| step.said.clear());
    view.looked_up = true;
    Ok(view)
}
