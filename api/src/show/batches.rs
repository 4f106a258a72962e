//! Like cases that are approved together: what can be, and what came of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use entities::{BatchId, BatchResult, CaseId, Fen, TaskId, batch, batch_row, case_file, task};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use workflow::{
    Actor,
    batches::{Finished, own_batch},
    load,
    program::Program,
    rules::batching::{LEAST, LeftOut, is_alike},
    state::CaseState,
};

use super::{
    Reader, people,
    queue_pages::{COUNTED, Waiting},
    queue_rows::{row_due, with_case},
    reader::{words, words_or},
};
use crate::{
    Problem,
    read::{
        Words,
        batch::{
            BatchDone, BatchDoneRow, BatchOffer, BatchRow, BatchState, BatchSummary, BatchView,
            BatchesView,
        },
    },
};

/// Batches that are listed.
const LISTED: u64 = 20;

/// Kinds of cases among what waits: the version of the program and the step.
#[derive(Debug, Default)]
pub(super) struct Kinds(BTreeMap<(String, String), Kind>);

#[derive(Debug)]
struct Kind {
    program: Arc<Program>,
    like: TaskId,
    waiting: usize,
    fen: i64,
}

impl Kinds {
    /// One more that waits. What may not be approved together is passed over.
    pub(super) fn add(&mut self, r: &Reader<'_>, at: (TaskId, &str), case: (&str, Fen)) {
        let ((like, path), (hash, fen)) = (at, case);
        let key = (hash.to_owned(), path.to_owned());
        if !self.0.contains_key(&key) {
            let Some(program) = r.workflow.programs.by_hash(hash) else { return };
            if !program.step(path).is_some_and(is_alike) {
                return;
            }
            self.0.insert(key.clone(), Kind { program, like, waiting: 0, fen: 0 });
        }
        if let Some(kind) = self.0.get_mut(&key) {
            kind.waiting += 1;
            kind.fen = kind.fen.saturating_add(fen.0);
        }
    }

    /// Those of which there are enough, the largest first.
    pub(super) fn offers(self) -> Vec<BatchOffer> {
        let enough = self.0.into_iter().filter(|(_, kind)| kind.waiting >= LEAST);
        let mut offers: Vec<BatchOffer> = enough
            .map(|((_, path), kind)| BatchOffer {
                like: kind.like.to_string(),
                title: words(&kind.program.title),
                step: step_words(Some(&kind.program), &path),
                waiting: kind.waiting,
                fen: kind.fen,
            })
            .collect();
        offers.sort_by_key(|offer| std::cmp::Reverse(offer.waiting));
        offers
    }
}

fn step_words(program: Option<&Arc<Program>>, path: &str) -> Words {
    let step = program.and_then(|program| program.step(path));
    words_or(step.and_then(|step| step.title.as_ref()), path)
}

/// What can be put together of what waits for somebody, and their batches.
///
/// # Errors
/// [`Problem::NotFound`] for whoever is no staff, the database's.
pub async fn batches(r: &Reader<'_>, actor: Actor) -> Result<BatchesView, Problem> {
    let person = actor.person.ok_or(Problem::NotFound)?;
    let authority = load::authority_to_show(r.db(), actor, r.now).await?;
    let waiting = Waiting::new(&authority, &Condition::all()).first(r, COUNTED).await?;
    let ids: Vec<TaskId> = waiting.iter().map(|((.., id), _)| *id).collect();
    let rows: Vec<(TaskId, String, String, Fen)> = with_case(task::Entity::find())
        .filter(task::Column::Id.is_in(load::padded(&ids)))
        .select_only()
        .column(task::Column::Id)
        .column(task::Column::Path)
        .column(case_file::Column::ProgramHash)
        .column(case_file::Column::AwardFen)
        .into_tuple()
        .all(r.db())
        .await?;
    let mut kinds = Kinds::default();
    for (id, path, hash, fen) in &rows {
        kinds.add(r, (*id, path), (hash, *fen));
    }
    let own = batch::Entity::of_person(person).limit(LISTED).all(r.db()).await?;
    let summary = |batch: batch::Model| {
        let program = r.workflow.programs.by_hash(&batch.program_hash);
        BatchSummary {
            id: batch.id.to_string(),
            title: program_words(program.as_ref(), &batch.program),
            step: step_words(program.as_ref(), &batch.path),
            made_at: batch.made_at,
            size: batch.size,
            sample: batch.sample,
            state: state(&batch),
        }
    };
    let batches = own.into_iter().map(summary).collect();
    Ok(BatchesView { offers: kinds.offers(), batches })
}

fn program_words(program: Option<&Arc<Program>>, id: &str) -> Words {
    program.map_or_else(|| Words::new(id, id), |program| words(&program.title))
}

fn state(batch: &batch::Model) -> BatchState {
    match (batch.signed_at, batch.done_at) {
        (None, _) => BatchState::ToSign,
        (Some(_), None) => BatchState::Broken,
        (Some(_), Some(_)) => BatchState::Done,
    }
}

/// One's own batch, row by row.
///
/// # Errors
/// [`Problem::NotFound`] for another's, the database's.
pub async fn batch(r: &Reader<'_>, actor: Actor, id: BatchId) -> Result<BatchView, Problem> {
    let (batch, rows) = own_batch(r.db(), actor, id).await?;
    let cases = cases(r.db(), &rows).await?;
    let ids: Vec<TaskId> = rows.iter().map(|row| row.task_id).collect();
    let slots = task::Entity::find().filter(task::Column::Id.is_in(load::padded(&ids)));
    let slots: BTreeMap<TaskId, task::Model> =
        slots.all(r.db()).await?.into_iter().map(|slot| (slot.id, slot)).collect();
    let names = people::names(r, cases.values().filter_map(|case| case.subject_id)).await?;
    let units = people::units(r, cases.values().filter_map(|case| case.anchor_id)).await?;
    let row = |row: &batch_row::Model| {
        let case = cases.get(&row.case_id)?;
        let slot = slots.get(&row.task_id)?;
        let due = slot.due_at.filter(|_| CaseState::is_open(slot));
        Some(BatchRow {
            task: row.task_id.to_string(),
            number: case.number.clone().unwrap_or_default(),
            subject: case.subject_id.and_then(|id| names.get(&id).cloned()).unwrap_or_default(),
            place: people::name_in(r, &units, case.anchor_id),
            fen: Some(case.award_fen.0).filter(|fen| *fen > 0),
            due: due.map(|at| row_due(r, (slot.opened_at, at), case.supplementing)),
            sampled: row.sampled,
            opened_at: row.opened_at,
            result: row.result,
            why: why(row),
        })
    };
    let program = r.workflow.programs.by_hash(&batch.program_hash);
    let fen = rows.iter().filter_map(|row| cases.get(&row.case_id)).map(|case| case.award_fen.0);
    Ok(BatchView {
        id: batch.id.to_string(),
        title: program_words(program.as_ref(), &batch.program),
        step: step_words(program.as_ref(), &batch.path),
        state: state(&batch),
        made_at: batch.made_at,
        signed_at: batch.signed_at,
        size: batch.size,
        sample: batch.sample,
        unopened: rows.iter().filter(|row| row.sampled && row.opened_at.is_none()).count(),
        seed: batch.seed,
        fen: fen.fold(0, i64::saturating_add),
        approved: count(&rows, BatchResult::Approved),
        left_out: count(&rows, BatchResult::LeftOut),
        rows: rows.iter().filter_map(row).collect(),
    })
}

async fn cases(
    db: &impl ConnectionTrait,
    rows: &[batch_row::Model],
) -> Result<BTreeMap<CaseId, case_file::Model>, Problem> {
    let ids: BTreeSet<CaseId> = rows.iter().map(|row| row.case_id).collect();
    let found = case_file::Entity::find().filter(case_file::Column::Id.is_in(ids)).all(db).await?;
    Ok(found.into_iter().map(|case| (case.id, case)).collect())
}

fn count(rows: &[batch_row::Model], result: BatchResult) -> usize {
    rows.iter().filter(|row| row.result == Some(result)).count()
}

/// What came of a batch, without personal data.
///
/// # Errors
/// The database's.
pub async fn done_rows(db: &impl ConnectionTrait, done: &Finished) -> Result<BatchDone, Problem> {
    let cases = cases(db, &done.rows).await?;
    let number = |id| cases.get(&id).and_then(|case| case.number.clone()).unwrap_or_default();
    let row = |row: &batch_row::Model| BatchDoneRow {
        task: row.task_id.to_string(),
        number: number(row.case_id),
        result: row.result,
        reason: row.reason.clone(),
        why: why(row),
    };
    Ok(BatchDone {
        id: done.batch.id.to_string(),
        approved: count(&done.rows, BatchResult::Approved),
        left_out: count(&done.rows, BatchResult::LeftOut),
        rows: done.rows.iter().map(row).collect(),
    })
}

/// Why a case was left out; a word of a later version than this process stands for itself.
fn why(row: &batch_row::Model) -> Option<Words> {
    let word = row.reason.as_deref()?;
    let Some(reason) = LeftOut::of_word(word) else { return Some(Words::new(word, word)) };
    let (zh, en) = match reason {
        LeftOut::Unticked => {
            ("签批时未勾选，请逐件办理。", "You took it off the list; decide it by itself.")
        }
        LeftOut::Changed => (
            "列入本批后情况有变，请打开核看后办理。",
            "It has changed since the list was made; open it and decide it by itself.",
        ),
        LeftOut::Settled => {
            ("已由他人办理，无需再办。", "Somebody else has settled it; there is nothing to do.")
        }
        LeftOut::Taken => ("同事已领取。", "A colleague has taken it."),
        LeftOut::Recused => {
            ("您应当回避，由他人办理。", "You must keep away from it; another decides it.")
        }
        LeftOut::Apart => (
            "您已办理前面的环节，须由他人办理。",
            "You signed an earlier step; another must sign this one.",
        ),
        LeftOut::OtherOffice => ("现由其他部门办理。", "It is another office's turn now."),
        LeftOut::OverAuthority => {
            ("金额超出您的审批权限。", "The amount is more than you may grant.")
        }
        LeftOut::Objected => {
            ("有异议正在核查，请逐件办理。", "An objection to it is examined; decide it by itself.")
        }
        LeftOut::Returned => {
            ("曾退回或补正，请逐件核看。", "It was sent back or added to; look at it by itself.")
        }
        LeftOut::Lowered => (
            "前面环节核减过金额，请逐件核看。",
            "A step before has cut the amount; look at it by itself.",
        ),
        LeftOut::Beside => (
            "正在加签、委派或征求意见，请逐件办理。",
            "A signer was added or an opinion asked for; decide it by itself.",
        ),
        LeftOut::Resting => {
            ("现处于暂停或补正状态，暂不能办理。", "It stands at the moment and cannot be decided.")
        }
        LeftOut::Owes => (
            "您此前同意的办件仍有逾期未补的材料。",
            "Cases that you agreed to before still owe papers.",
        ),
        LeftOut::Stuck => (
            "事项规则无法执行，已报事项负责单位。",
            "A rule of the program cannot be applied; its owner has been told.",
        ),
    };
    Some(Words::new(zh, en))
}
