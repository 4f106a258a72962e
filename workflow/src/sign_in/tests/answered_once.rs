//! One idempotency key, one answer.

use std::sync::atomic::{AtomicI64, Ordering};

use super::World;
use crate::{
    once::{OnceError, Request, StoredAnswer, once},
    tx,
};

/// What went wrong with a request done once.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Once(#[from] OnceError),
    #[error(transparent)]
    Db(#[from] sea_orm::DbErr),
    #[error("refused")]
    Refused,
}

#[tokio::test]
async fn a_request_is_done_once_and_answered_twice() {
    let world = World::new().await;
    world.staff("zhang").await;
    let account = world.tries("n", "zhang", "north wind 7").await.unwrap().account.id;
    let ask = async |hash: u8, answer: Option<&str>| {
        let request = Request { account, operation: "submit-case", key: "k-1", hash: [hash; 32] };
        tx::write(&world.store, async |tx| {
            once(tx, world.now(), request, async |_| {
                let body = answer.ok_or(Failed::Refused)?.to_owned();
                let headers = vec![("location".to_owned(), "/cases/1".to_owned())];
                Ok(StoredAnswer { status: 201, headers, body })
            })
            .await
        })
        .await
    };
    assert!(matches!(ask(1, None).await, Err(Failed::Refused)), "keeps nothing");
    let first = ask(1, Some("{\"n\": 1}\n")).await.unwrap();
    assert_eq!(ask(1, Some("other")).await.unwrap(), first);
    assert!(matches!(ask(2, Some("other")).await, Err(Failed::Once(OnceError::KeyReused))));
}

#[tokio::test]
async fn of_two_equal_requests_at_once_one_works_and_both_are_answered_alike() {
    let world = World::new().await;
    world.staff("zhang").await;
    let account = world.tries("n", "zhang", "north wind 7").await.unwrap().account.id;
    let worked = AtomicI64::new(0);
    let ask = async || {
        let request = Request { account, operation: "submit-case", key: "k", hash: [1; 32] };
        tx::write(&world.store, async |tx| {
            once(tx, world.now(), request, async |_| {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                let body = worked.fetch_add(1, Ordering::SeqCst).to_string();
                Ok::<_, Failed>(StoredAnswer { status: 200, headers: Vec::new(), body })
            })
            .await
        })
        .await
    };
    let (one, other, third) = tokio::join!(ask(), ask(), ask());
    assert_eq!(one.unwrap(), other.unwrap());
    assert_eq!(third.unwrap().body, "0");
    assert_eq!(worked.load(Ordering::SeqCst), 1);
}
