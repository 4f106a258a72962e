//! What others do at a step, in words: who came to it, what they said, in whose name somebody
//! signed.

use std::collections::{BTreeMap, BTreeSet};

use entities::{Added, PersonId, note, trail};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use workflow::{
    CommandError, Event, canonical,
    event::{How, Together, Urger},
    program::Lang,
    vault::{self, Owner},
};

use super::{super::Reader, Case, people, step};
use crate::{Problem, read::Words};

/// The words that stand in rows of their own, by their hash as the trail quotes it.
pub(super) async fn notes(
    r: &Reader<'_>,
    case: &Case,
) -> Result<BTreeMap<String, String>, Problem> {
    let id = case.file().id;
    let rows = note::Entity::find().filter(note::Column::CaseId.eq(id)).all(r.db()).await?;
    let mut found = BTreeMap::new();
    if rows.is_empty() {
        return Ok(found);
    }
    let Some(key) = vault::key(r.db(), r.workflow, Owner::Case(id)).await? else {
        return Ok(found);
    };
    for row in rows {
        let place = row.id.to_string();
        let text = vault::open_text(&key, ("note", "sealed", &place), &row.sealed);
        let text = text.map_err(CommandError::from)?.into_inner();
        found.insert(canonical::hex(&row.sha256), text);
    }
    Ok(found)
}

/// The names of those in whose place somebody signed, and of those whom a slot was offered to.
pub(super) async fn absent(
    r: &Reader<'_>,
    rows: &[trail::Model],
) -> Result<BTreeMap<PersonId, String>, Problem> {
    let named = |row: &&trail::Model| {
        ["task_offered", "task_reserved"].contains(&row.kind.as_str())
            || row.body.contains("\"on_behalf\"")
    };
    let of = |row: &trail::Model| {
        let body: serde_json::Value = serde_json::from_str(&row.body).ok()?;
        let what = body.get("what")?;
        let id = match what.get("signature") {
            Some(signature) => signature.get("on_behalf")?,
            None => what.get("on_behalf").or_else(|| what.get("person"))?,
        };
        serde_json::from_value::<PersonId>(id.clone()).ok()
    };
    let ids: BTreeSet<PersonId> = rows.iter().filter(named).filter_map(of).collect();
    if ids.is_empty() { Ok(BTreeMap::new()) } else { people::names(r, ids).await }
}

/// `said`, and in whose name, or to whom.
pub(super) fn named(event: &Event, said: &Words, names: &BTreeMap<PersonId, String>) -> Words {
    let (id, zh, en) = match event {
        Event::TaskSigned { signature, .. } => (signature.on_behalf, "代", "for"),
        Event::AnsweredInName { on_behalf, .. } => (Some(*on_behalf), "代", "for"),
        Event::TaskOffered { person, .. } => (Some(*person), "", "to"),
        Event::TaskReserved { person, .. } => (Some(*person), "", "for"),
        _ => return said.clone(),
    };
    match id.and_then(|id| names.get(&id)) {
        Some(name) => {
            Words::new(format!("{}（{zh}{name}）", said.zh), format!("{} ({en} {name})", said.en))
        }
        None => said.clone(),
    }
}

/// That a signature was given together with those of like cases.
pub(super) fn together(batch: Option<Together>) -> Words {
    let Some(Together { batch, of, sample }) = batch else { return Words::default() };
    Words::new(
        format!("（批量办理，共{of}件，抽查{sample}件，批次 {batch}）"),
        format!(" (in a batch of {of}, {sample} of them opened first; batch {batch})"),
    )
}

/// The hash of the words that go with an event.
pub(super) fn note_of(event: &Event) -> Option<&String> {
    match event {
        Event::TaskMoved { moved, .. } => moved.note.as_ref(),
        Event::SignerAdded { note, .. }
        | Event::DecisionUndone { note, .. }
        | Event::SupplementWanted { note, .. }
        | Event::Paused { note, .. }
        | Event::ExtensionAsked { note, .. } => note.as_ref(),
        Event::TaskSigned { signature, .. } => signature.note.as_ref(),
        _ => None,
    }
}

/// How a slot went to another hand.
fn passed_on(how: How) -> Words {
    match how {
        How::Transferred => Words::new("转办", "Passed on"),
        How::Delegated => Words::new("委派", "Delegated"),
        How::GivenBack => Words::new("受委派人办毕交回", "The delegate has given it back"),
        How::HandedOver => Words::new("离职转办", "Handed over by somebody who leaves"),
        How::Merged => Words::new("随机构合并转入", "Taken over from an office that was merged"),
    }
}

/// What is done with the hands a step is in, without a subject.
pub(super) fn of_hands(case: &Case, event: &Event) -> Option<Words> {
    let at = |zh: &str, en: &str, path: &str| {
        let place = step(case, path);
        Words::new(format!("{zh}：{}", place.zh), format!("{en}: {}", place.en))
    };
    let of_run = |zh: &str, en: &str, run| {
        at(zh, en, case.state.run(run).map_or("", |run| run.path.as_str()))
    };
    Some(match event {
        Event::TaskOffered { by, .. } => Words::new(
            format!("分派：{}", by.in_lang(Lang::Zh)),
            format!("Offered: {}", by.in_lang(Lang::En)),
        ),
        Event::TaskReserved { .. } => {
            Words::new("由负责人指定的人办理", "Kept for whom the head has named")
        }
        Event::TaskMoved { moved, .. } => passed_on(moved.how),
        Event::SignerAdded { added: Added::Before, .. } => Words::new("前加签", "A signer before"),
        Event::SignerAdded { added: Added::After, .. } => Words::new("后加签", "A signer after"),
        Event::SignerAdded { added: Added::Opinion, .. } => {
            Words::new("征求意见", "An opinion asked for")
        }
        Event::TakenBack { run, .. } => of_run("拿回", "Taken back", *run),
        Event::DecisionUndone { .. } => Words::new("撤销决定", "The decision was undone"),
        Event::HolderPlanned { path, .. } => at("指定后续办理人", "A later holder named", path),
        Event::Urged { by: Urger::Applicant } => Words::new("申请人催办", "Urged by the applicant"),
        Event::Urged { by: Urger::Staff } => Words::new("上级催办", "Urged from above"),
        Event::CopyRead { .. } => Words::new("抄送已阅", "A copy was read"),
        Event::SupplementWanted { run, .. } => {
            of_run("申请再次补正", "A second request wanted", *run)
        }
        Event::SupplementAllowed { run, .. } => {
            of_run("同意再次补正", "A second request allowed", *run)
        }
        Event::AnsweredInName { run, .. } => of_run("代为答复申请", "A request answered", *run),
        _ => return None,
    })
}
