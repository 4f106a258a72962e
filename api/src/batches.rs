//! Signing a batch, the same for pages and JSON: the signature, the cases one by one, the answer.

use entities::{BatchId, TaskId};
use sea_orm::DatabaseTransaction;
use workflow::{
    batches::{self, Finished, SignBatch, WrongBatch},
    canonical::hex,
    once::{Request, kept},
    tx,
};

use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{Once, StoredAnswer, answer_once},
};

/// Signs a batch once for each key. Each case is a transaction of its own, so that whatever breaks
/// off leaves whole cases behind, and the same request goes on with the rest. The answer is kept
/// with the last transaction.
///
/// # Errors
/// The refusals of [`batches::give_signature`], 422 for a key that was used for another request,
/// the database's.
pub(crate) async fn sign<F>(
    services: &Services,
    actor: &Actor,
    once: &Once,
    (batch, leave_out): (BatchId, Vec<TaskId>),
    answer: F,
) -> Result<StoredAnswer, Problem>
where
    F: for<'c> AsyncFn(&'c DatabaseTransaction, Finished) -> Result<StoredAnswer, Problem>,
{
    let (workflow, who) = (&services.workflow, actor.who());
    if let Some(key) = &once.key {
        let (account, operation) = (actor.account, once.operation);
        let request = Request { account, operation, key, hash: once.hash };
        if let Some(answer) = kept(workflow.store.read(), request).await? {
            return Ok(answer);
        }
    }
    let ask = SignBatch { batch, leave_out, key: once.key.clone(), request: hex(&once.hash) };
    let given = tx::write_patiently(&workflow.store, async |tx| {
        batches::give_signature(tx, workflow, who, &ask).await
    });
    given.await??;
    batches::sign_rows(workflow, who, batch).await?;
    answer_once(services, actor, once, async |tx| {
        answer(tx, batches::finish_batch(tx, workflow, who, batch).await?).await
    })
    .await
}

/// Why a batch is none, or not yet, in Chinese; English is the refusal's own sentence.
pub(crate) fn chinese(wrong: WrongBatch) -> String {
    match wrong {
        WrongBatch::Asks => "此环节须逐件填写或不作同意，请逐件办理。".to_owned(),
        WrongBatch::TooFew(count) => format!("可批量办理的同类办件只有 {count} 件，请逐件办理。"),
        WrongBatch::Unopened(count) => format!("还有 {count} 件样本未打开，请先打开核看。"),
        WrongBatch::Nothing => "没有勾选任何办件，请至少保留一件。".to_owned(),
        WrongBatch::Signed => "本批次已签批，可另行开始新的批次。".to_owned(),
    }
}
