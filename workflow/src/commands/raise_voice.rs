//! 投诉、申诉、评价: the applicant's side says something of a case of theirs.

use chrono::{DateTime, Utc};
use entities::{
    CaseId, Grade, Stream, UnitId, VoiceId, VoiceKind, case_file, letter, trail, voice,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, QueryFilter};

use super::{
    answer::{Done, finish, same_version},
    publish::Spoken,
    voices::{Heard, heard_of},
};
use crate::{
    Actor, CommandError, Fault, Refusal, Workflow,
    canonical::{digest, hex},
    load,
    program::{Place, Program, Shared, Word},
    record::Batch,
    rules::{
        authority::Verb,
        engine::Engine,
        voicing::{
            Said, answers_for, appeal_rule, decided_by, may_appeal, may_complain, may_rate,
            rule_of, voice_key, word_of,
        },
    },
    vault::{self, Owner},
};

/// Characters of what is said, least and most; a rating needs none.
pub const WORDS: std::ops::RangeInclusive<usize> = 5..=1000;

/// What somebody says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RaiseVoice {
    pub case: CaseId,
    pub kind: VoiceKind,
    /// In words; kept encrypted.
    pub words: String,
    /// Of a rating.
    pub grade: Option<Grade>,
    /// The case's version that was seen.
    pub seen: Option<i32>,
}

/// Records what the applicant's side says of a case. A complaint opens a case at the supervising
/// unit above the one that holds it; an appeal at the superior of who decided; one of the two bad
/// grades a call back. No clock of the case moves; an appeal against a cut holds its payment.
///
/// # Errors
/// [`Refusal::Form`] for words that are missing or too long; [`Refusal::UnderWay`] while one of
/// the kind is being dealt with; [`Refusal::RatedAlready`]; [`Refusal::Stale`]; or as
/// [`may_complain`], [`may_appeal`], [`may_rate`].
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, case.id = %ask.case))]
pub async fn raise_voice(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: RaiseVoice,
) -> Result<Done, CommandError> {
    let file = load::lock(tx, ask.case).await?;
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let before = load::state(tx, file).await?;
    let facts = load::facts(tx, workflow, &before.case, now).await?;
    let authority = load::authority(tx, actor, machine).await?;
    let shared = facts.shared();
    let against = match ask.kind {
        VoiceKind::Complaint => may_complain(&authority, &before, shared).map(|()| None)?,
        VoiceKind::Rating => may_rate(&authority, &before).map(|()| None)?,
        VoiceKind::Appeal => {
            let decided = decided_at(tx, &before.case).await?;
            Some(may_appeal(&authority, (&before, &facts), decided, now)?.run)
        }
        VoiceKind::TipOff => return Err(Refusal::NotNow { verb: Verb::Complain }.into()),
    };
    same_version(&before, ask.seen)?;
    let heard = heard_of(tx, ask.case).await?;
    not_twice(&heard, ask.kind)?;
    let words = worded(&ask)?;
    let unit = match (ask.kind, against.and_then(|run| before.run(run))) {
        (VoiceKind::Complaint, _) => answers_for(&before),
        (_, Some(run)) => word_of(&before, run),
        _ => decided_by(&before),
    };
    let unit = unit.ok_or(Refusal::NotFound("unit"))?;
    let to = led_to(shared, &facts.program, &ask);
    let heard_before = heard.iter().filter(|one| one.row.kind == ask.kind).count();
    let row = sealed(tx, workflow, (actor, &ask, words), (unit, heard_before, machine)).await?;
    let said = Said {
        voice: row.id,
        kind: ask.kind,
        unit,
        words: row.sha256.as_ref().map(|hash| hex(hash)),
        grade: ask.grade,
        against,
    };
    let mut engine = Engine::new(&facts, before.clone(), now);
    let sent = engine.voice(&said, to.as_ref().map(|(word, place)| (*word, place)));
    let sent = sent.map_err(Refusal::from)?;
    let letter_key = sent.then(|| voice_key(row.id));
    let mut batch = Batch::default();
    batch.insert::<voice::Entity>(vec![voice::Model { letter_key, ..row }]);
    batch.run(tx).await?;
    finish(tx, &before, engine, (Some(actor), machine), |_| {}).await
}

/// One at a time of a case, and one rating ever.
fn not_twice(heard: &[Heard], kind: VoiceKind) -> Result<(), Refusal> {
    let mut same = heard.iter().filter(|one| one.row.kind == kind);
    if kind == VoiceKind::Rating {
        return if same.next().is_some() { Err(Refusal::RatedAlready) } else { Ok(()) };
    }
    match same.find(|one| !one.is_over()) {
        Some(open) => Err(Refusal::UnderWay { number: open.number() }),
        None => Ok(()),
    }
}

/// Whether something of this kind may be said now, beside what has been said.
///
/// # Errors
/// [`Refusal::UnderWay`], [`Refusal::RatedAlready`].
pub fn may_say_again(heard: &[Heard], kind: VoiceKind) -> Result<(), Refusal> {
    not_twice(heard, kind)
}

fn worded(ask: &RaiseVoice) -> Result<Option<String>, Refusal> {
    let words = ask.words.trim();
    let length = words.chars().count();
    let fault = |field: &str, code| Err(Refusal::Form(vec![Fault::new(field, code, "5–1000")]));
    if ask.kind == VoiceKind::Rating {
        if ask.grade.is_none() {
            return fault("grade", "missing");
        }
        if length == 0 {
            return Ok(None);
        }
        return if length > *WORDS.end() {
            fault("text", "length")
        } else {
            Ok(Some(words.into()))
        };
    }
    match length {
        0 => fault("text", "missing"),
        length if WORDS.contains(&length) => Ok(Some(words.to_owned())),
        _ => fault("text", "length"),
    }
}

/// Which program deals with it, and where.
fn led_to<'p>(
    shared: &'p Shared,
    program: &'p Program,
    ask: &RaiseVoice,
) -> Option<(&'p Word, Place)> {
    match ask.kind {
        VoiceKind::Appeal => appeal_rule(program),
        VoiceKind::Rating if !ask.grade.is_some_and(Grade::is_bad) => None,
        kind => rule_of(shared, kind).map(|rule| (&rule.program, rule.at_unit.clone())),
    }
}

/// The row, with its words encrypted by the key of the case that it is about.
async fn sealed(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (actor, ask, words): (Actor, &RaiseVoice, Option<String>),
    (unit, before, machine): (UnitId, usize, DateTime<Utc>),
) -> Result<voice::Model, CommandError> {
    let now = workflow.clock.now();
    let id = VoiceId::at(now);
    let sealed = match words {
        Some(words) => {
            let key = vault::key_or_new(tx, workflow, Owner::Case(ask.case), machine).await?;
            let spoken = Spoken { text: words, contact: String::new() };
            Some(vault::seal_value(&key, ("voice", "sealed", &id.to_string()), &spoken)?)
        }
        None => None,
    };
    Ok(voice::Model {
        id,
        kind: ask.kind,
        about_id: Some(ask.case),
        case_id: None,
        letter_key: None,
        unit_id: Some(unit),
        account_id: Some(actor.account),
        grade: ask.grade,
        sha256: sealed.as_ref().map(|sealed| digest(sealed).to_vec()),
        sealed,
        // The next one of the kind, after the one before has come out.
        dedupe_key: format!("{}/{}/{before}", ask.kind.word(), ask.case),
        said_at: now,
    })
}

/// When a case came out last; none while it has not.
///
/// # Errors
/// The database's.
pub async fn decided_at(
    db: &impl ConnectionTrait,
    case: &case_file::Model,
) -> Result<Option<DateTime<Utc>>, CommandError> {
    if case.outcome.is_none() {
        return Ok(None);
    }
    let rows = trail::Entity::of(Stream::Case, case.id.0)
        .filter(trail::Column::Kind.eq("outcome_reached"))
        .all(db)
        .await?;
    Ok(rows.last().map(|row| row.happened_at).or(case.ended_at))
}

/// Whether a letter has opened a case in which an appeal against `case` was decided.
///
/// # Errors
/// The database's.
pub(super) async fn is_appeal(
    db: &impl ConnectionTrait,
    answer: &letter::Model,
) -> Result<bool, CommandError> {
    let Some(case) = answer.to_case else { return Ok(false) };
    let letters = letter::Entity::that_opened(answer.from_case)
        .filter(letter::Column::FromCase.eq(case))
        .all(db)
        .await?;
    let keys: Vec<String> = letters.into_iter().map(|letter| letter.key).collect();
    let of_appeal = voice::Entity::about(case)
        .filter(voice::Column::Kind.eq(VoiceKind::Appeal))
        .filter(voice::Column::LetterKey.is_in(keys));
    Ok(of_appeal.one(db).await?.is_some())
}
