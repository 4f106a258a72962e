//! `banjie person add`: a member of staff, their account and their duty, at once or not at all.

use entities::{Duty, Language};
use workflow::{
    CommandError,
    organise::{self, AddPerson, Appoint, NewAccount},
    sign_in::{NewStaff, Passwords},
    tx,
};

use crate::{
    arguments::{AddStaff, DutyWord, InLanguage},
    fault::Fault,
    open::open,
    password,
    settings::Settings,
};

impl From<DutyWord> for Duty {
    fn from(word: DutyWord) -> Self {
        match word {
            DutyWord::Handler => Self::Handler,
            DutyWord::Head => Self::Head,
            DutyWord::Supervisor => Self::Supervisor,
            DutyWord::Administrator => Self::Administrator,
            DutyWord::SecurityAdministrator => Self::SecurityAdministrator,
            DutyWord::Auditor => Self::Auditor,
        }
    }
}

impl From<InLanguage> for Language {
    fn from(language: InLanguage) -> Self {
        match language {
            InLanguage::Zh => Self::Chinese,
            InLanguage::En => Self::English,
        }
    }
}

/// Adds somebody, and makes the organisation if there is none yet.
pub(crate) async fn add(settings: &Settings, ask: AddStaff) -> Result<(), Fault> {
    let (workflow, _) = open(settings).await?;
    let (w, now) = (&workflow, workflow.clock.now());
    tx::write(&w.store, async |tx| organise::import_divisions(tx, w, now).await).await?;
    let unit = organise::find_unit(w.store.read(), &ask.unit).await?;
    let typed = password::ask(ask.password_file.as_deref())?;
    let passwords = Passwords::new()?;
    let password_hash = NewStaff::checked(&passwords, &ask.login, typed).await?;
    tx::write(&w.store, async |tx| {
        let new = AddPerson { name: ask.name.clone(), mail: ask.mail.clone() };
        let person = organise::add_person(tx, w, None, new).await?;
        let (login, language) = (ask.login.clone(), ask.language.into());
        let account = NewAccount { login, password_hash, person, language };
        organise::add_staff_account(tx, w, None, account).await?;
        let duty = Appoint { person, unit: unit.id, duty: ask.duty.into(), from: now };
        organise::appoint(tx, w, None, duty).await?;
        Ok::<_, CommandError>(())
    })
    .await?;
    println!("{} signs in as {} and works in {}", ask.name, ask.login, unit.name_zh);
    Ok(())
}
