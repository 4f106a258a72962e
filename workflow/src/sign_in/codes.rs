//! Applicants: a six-digit code to their phone.

use chrono::{DateTime, TimeDelta, Utc};
use entities::{
    AccountId, AccountKind, Language, Sensitive, SignInCodeId, account,
    sign_in_code::{self, Entity},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, IntoActiveModel, QuerySelect,
};

use super::{
    Opened, SignInError, SignInLimits, Visit, normalised_phone,
    phone_seal::{code_hash, phone_index, seal_phone},
    secret::{in_text, new_code, same_bytes},
    sessions::open_session,
    throttle::{Counted, Throttle},
};
use crate::{
    measures::{self, SignInBy},
    seal::KeyRing,
};

/// A code to be sent, in the transaction that made it. Neither text may reach a log.
#[derive(Clone, Debug)]
pub struct CodeToSend {
    /// Its row.
    pub id: SignInCodeId,
    /// Eleven digits.
    pub phone: Sensitive,
    /// Six digits.
    pub code: Sensitive,
    /// Until when it may be used.
    pub expires_at: DateTime<Utc>,
    /// What the one who asked reads.
    pub language: Language,
}

/// Makes a code for a phone, known or not: whoever asks learns nothing about it. The account
/// comes to be when the code is checked.
///
/// # Errors
/// [`SignInError::NotAPhone`], [`SignInError::TooManyCodes`], or ours.
pub async fn ask_code(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    limits: &SignInLimits,
    keys: &KeyRing,
    visit: &Visit,
    (typed, language): (&Sensitive, Language),
) -> Result<CodeToSend, SignInError> {
    let phone = normalised_phone(typed.expose())?;
    let index = phone_index(keys, &phone);
    let named = in_text(&index);
    let hour = TimeDelta::hours(1);
    let counts = [
        (1, limits.code_resend, format!("code/again/{named}")),
        (limits.codes_per_phone, hour, format!("code/phone/{named}")),
        (limits.codes_per_network, hour, format!("code/network/{}", visit.network)),
    ];
    for (most, window, key) in &counts {
        let throttle = Throttle { most: *most, window: *window };
        if let Counted::Locked(retry_after) = throttle.count(tx, now, key).await? {
            return Err(SignInError::TooManyCodes { retry_after });
        }
    }
    let (id, code) = (SignInCodeId::at(now), new_code()?);
    let expires_at = now + limits.code_life;
    let row = sign_in_code::ActiveModel {
        id: Set(id),
        phone_index: Set(index.to_vec()),
        code_hash: Set(code_hash(keys, id, code.expose()).to_vec()),
        sent_at: Set(now),
        expires_at: Set(expires_at),
        tries: Set(0),
        used_at: Set(None),
        network: Set(visit.network.clone()),
    };
    row.insert(tx).await?;
    Ok(CodeToSend { id, phone, code, expires_at, language })
}

/// What came of entering a code. A refusal is not an error of the transaction: the try it
/// cost has to be committed.
#[derive(Debug)]
#[must_use]
pub enum CodeAttempt {
    /// It was right; this is the session.
    Opened(Box<Opened>),
    /// It was not.
    Refused(SignInError),
}

impl CodeAttempt {
    /// The session, or why there is none: to be asked once the transaction has committed.
    ///
    /// # Errors
    /// [`SignInError::WrongCode`] or [`SignInError::Disabled`].
    pub fn into_result(self) -> Result<Opened, SignInError> {
        match self {
            Self::Opened(opened) => Ok(*opened),
            Self::Refused(why) => Err(why),
        }
    }
}

/// Checks a code and opens a session; at the first sign-in of a phone, makes its account.
/// A code opens one session, and is void after five wrong tries or when a newer one was sent.
///
/// # Errors
/// [`SignInError::NotAPhone`], [`SignInError::Locked`], or ours; and what
/// [`CodeAttempt::Refused`] holds.
pub async fn check_code(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    limits: &SignInLimits,
    keys: &KeyRing,
    visit: &Visit,
    (sent, typed): (&CodeAddressee, &Sensitive),
) -> Result<CodeAttempt, SignInError> {
    let phone = normalised_phone(sent.phone.expose())?;
    let index = phone_index(keys, &phone);
    let throttle = Throttle { most: limits.wrong_codes_per_network, window: limits.lock };
    let network = format!("code/tries/{}", visit.network);
    if let Counted::Locked(retry_after) = throttle.count(tx, now, &network).await? {
        measures::sign_in_failed(SignInBy::Code, true);
        return Err(SignInError::Locked { retry_after });
    }
    let newest = Entity::of_phone(index).limit(1).lock_exclusive().one(tx).await?;
    let usable = newest.filter(|code| {
        code.used_at.is_none() && now < code.expires_at && code.tries < limits.code_tries
    });
    let Some(code) = usable else { return Ok(wrong()) };
    let hash = code_hash(keys, code.id, typed.expose().trim());
    if !same_bytes(&hash, &code.code_hash) {
        let tries = code.tries + 1;
        let mut row = code.into_active_model();
        row.tries = Set(tries);
        row.update(tx).await?;
        return Ok(wrong());
    }
    let mut row = code.into_active_model();
    row.used_at = Set(Some(now));
    row.update(tx).await?;
    throttle.give_back(tx, &network).await?;
    let account = match account::Entity::of_phone(index).one(tx).await? {
        Some(account) => account,
        None => create_applicant(tx, now, keys, (&phone, index), sent.language).await?,
    };
    if account.disabled_at.is_some() {
        return Ok(CodeAttempt::Refused(SignInError::Disabled));
    }
    let opened = open_session(tx, now, limits, visit, account).await?;
    Ok(CodeAttempt::Opened(Box::new(opened)))
}

fn wrong() -> CodeAttempt {
    measures::sign_in_failed(SignInBy::Code, false);
    CodeAttempt::Refused(SignInError::WrongCode)
}

/// To whom a code was sent, as typed, and what they read.
#[derive(Clone, Debug)]
pub struct CodeAddressee {
    /// As typed.
    pub phone: Sensitive,
    /// The language of an account that comes to be.
    pub language: Language,
}

async fn create_applicant(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    keys: &KeyRing,
    (phone, index): (&Sensitive, [u8; 16]),
    language: Language,
) -> Result<account::Model, SignInError> {
    let id = AccountId::at(now);
    let sealed = seal_phone(tx, now, keys, id, phone).await?;
    let row = account::ActiveModel {
        id: Set(id),
        kind: Set(AccountKind::Applicant),
        login: Set(None),
        password_hash: Set(None),
        password_given: Set(false),
        phone_index: Set(Some(index.to_vec())),
        phone_sealed: Set(Some(sealed)),
        person_id: Set(None),
        second_factor: Set(None),
        language: Set(language),
        created_at: Set(now),
        disabled_at: Set(None),
    };
    Ok(row.insert(tx).await?)
}
