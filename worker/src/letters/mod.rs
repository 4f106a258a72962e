//! What a notice says, to whom.

mod about;
mod addressee;
mod kind;
mod mail;
mod sms;

use entities::{Channel, notice};
use workflow::{
    canonical,
    code_letter::{CodeLetter, open_code},
};

use crate::{Services, jobs::JobError, post::Letter};
use about::About;
use kind::Kind;

/// The letter of `notice`; none when its recipient can be reached by signing in only.
///
/// # Errors
/// [`JobError::Gone`] for a case or a person that is not there any more, [`JobError::Stored`]
/// for a letter nobody knows, and the database's.
pub(crate) async fn compose(
    services: &Services,
    notice: &notice::Model,
) -> Result<Option<Letter>, JobError> {
    let kind = Kind::of(&notice.template)?;
    let workflow = &services.workflow;
    let code = open_code(workflow.store.read(), workflow, notice).await?;
    let (to, code) = match code {
        Some(CodeLetter { phone, code }) => (Some(phone), Some(code)),
        None => (addressee::of(services, notice).await?, None),
    };
    let Some(to) = to else { return Ok(None) };
    let about = about::of(services, notice).await?;
    let settings = &services.settings;
    let (subject, text, html) = match notice.channel {
        Channel::Inbox => return Ok(None),
        Channel::Sms => {
            let text = sms::text(&settings.sms.sign, kind, &about, code.as_ref())?;
            (String::new(), text, None)
        }
        Channel::Mail => {
            let (text, html) = mail::bodies(settings, kind, &about)?;
            (mail::subject(kind, &about), text, Some(html))
        }
    };
    // Keyed, so that nobody who sees a Message-ID can try which case it may be about.
    let seal = workflow.keys.blind_index("notice.message_id").of(&notice.dedupe_key);
    Ok(Some(Letter {
        notice: notice.id,
        key: notice.dedupe_key.clone(),
        seal: canonical::hex(&seal),
        thread: notice.case_id.map(|case| format!("case.{case}")),
        channel: notice.channel,
        to,
        subject,
        text,
        html,
        code,
    }))
}
