//! `/cases/{number}/complaint`, `…/appeal`, `…/rating`: the applicant's side says something of a
//! case of theirs.

use actix_web::web;
use entities::{Grade, VoiceKind};
use workflow::commands::{RaiseVoice, raise_voice};

use super::{Answer, Visitor, once};
use crate::{
    Problem,
    csrf::CheckedForm,
    show::{self, Wrong},
};

/// 投诉
pub(crate) async fn complaint(visitor: Visitor, number: web::Path<String>) -> Answer {
    shown(visitor, &number, VoiceKind::Complaint).await
}

/// Sends it.
pub(crate) async fn complain(
    visitor: Visitor,
    number: web::Path<String>,
    form: CheckedForm,
) -> Answer {
    said(visitor, &number, VoiceKind::Complaint, form).await
}

/// 申诉
pub(crate) async fn appeal(visitor: Visitor, number: web::Path<String>) -> Answer {
    shown(visitor, &number, VoiceKind::Appeal).await
}

/// Sends it.
pub(crate) async fn appeal_against(
    visitor: Visitor,
    number: web::Path<String>,
    form: CheckedForm,
) -> Answer {
    said(visitor, &number, VoiceKind::Appeal, form).await
}

/// 评价
pub(crate) async fn rating(visitor: Visitor, number: web::Path<String>) -> Answer {
    shown(visitor, &number, VoiceKind::Rating).await
}

/// Sends it.
pub(crate) async fn rate(visitor: Visitor, number: web::Path<String>, form: CheckedForm) -> Answer {
    said(visitor, &number, VoiceKind::Rating, form).await
}

async fn shown(visitor: Visitor, number: &str, kind: VoiceKind) -> Answer {
    let who = visitor.actor()?.who();
    let view = show::say(&visitor.reader(), who, (number, kind), &Wrong::default()).await?;
    visitor.page(&view)
}

async fn said(visitor: Visitor, number: &str, kind: VoiceKind, form: CheckedForm) -> Answer {
    match record(&visitor, number, kind, &form).await {
        Ok(to) => Ok(visitor.go(&to, Some("voiced"))),
        Err(problem) => {
            let who = visitor.actor()?.who();
            let wrong = Wrong::of(&problem, &form.fields, visitor.language);
            let drawn = show::say(&visitor.reader(), who, (number, kind), &wrong).await;
            visitor.again_or(drawn, problem)
        }
    }
}

async fn record(
    visitor: &Visitor,
    number: &str,
    kind: VoiceKind,
    form: &CheckedForm,
) -> Result<String, Problem> {
    let (who, workflow) = (visitor.actor()?.who(), visitor.workflow());
    let case = show::scope::mine(&visitor.reader(), who, number).await?.id;
    let ask = RaiseVoice {
        case,
        kind,
        words: form.get("text").unwrap_or_default().to_owned(),
        grade: form.get("grade").and_then(Grade::of_word),
        seen: None,
    };
    once(visitor, form, "raise-voice", async |tx| {
        let done = raise_voice(tx, workflow, who, ask.clone()).await?;
        Ok((format!("/cases/{number}"), done.recorded.jobs))
    })
    .await
}
