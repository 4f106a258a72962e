//! The same by pages, without scripts.

use serde_json::json;

use super::{Body, World, both, gets, house, posts, signatures, waiting};

both![a_batch_is_signed_by_pages_alone];

/// The values of the fields of that name, in the order of the page.
fn values(page: &str, name: &str) -> Vec<String> {
    let mark = format!("name=\"{name}\" value=\"");
    let parts = page.split(&mark).skip(1);
    parts.map(|part| part.split('"').next().unwrap().to_owned()).collect()
}

async fn a_batch_is_signed_by_pages_alone(mut world: World) {
    let cases = waiting(&mut world, 6).await;
    let house = house(&world).await;
    let queue = gets(&house, "Li", "/staff/tasks").await.text();
    assert!(queue.contains("action=\"/staff/batches\""), "the queue offers it: {queue}");
    let like = values(&queue, "like").remove(0);
    let form = Body::Form(vec![("like", like.clone())]);
    let made = posts(&house, "Li", ("/staff/batches", "one"), &form).await;
    assert_eq!(made.status, 303, "{}", made.text());
    let at = made.headers.get("location").unwrap().to_str().unwrap().to_owned();
    let page = gets(&house, "Li", &at).await.text();
    assert!(page.contains("还有 3 件样本未打开"), "{page}");
    assert!(!page.contains("同意所选办件"), "it cannot be signed yet");
    let all: Vec<String> = {
        let ticked = page.split("type=\"checkbox\"").skip(1);
        ticked.map(|part| values(part, "task").remove(0)).collect()
    };
    assert_eq!(all.len(), 6);
    let open = format!("{at}/open");
    let mark = format!("action=\"{open}\"");
    let drawn = page.split(&mark).skip(1);
    let drawn: Vec<String> = drawn.map(|part| values(part, "task").remove(0)).collect();
    assert_eq!(drawn.len(), 3);
    for task in &drawn {
        let form = Body::Form(vec![("task", task.clone())]);
        let opened = posts(&house, "Li", (&open, "two"), &form).await;
        assert_eq!(opened.status, 303, "{}", opened.text());
        let to = opened.headers.get("location").unwrap().to_str().unwrap().to_owned();
        let case = gets(&house, "Li", &to).await;
        assert_eq!(case.status, 200);
        assert!(case.text().contains(&format!("href=\"{at}\"")), "a way back to the batch");
    }
    let page = gets(&house, "Li", &at).await.text();
    assert!(page.contains("同意所选办件"), "{page}");
    let sign = format!("{at}/sign");
    let none = posts(&house, "Li", (&sign, "three"), &Body::Form(vec![])).await;
    assert_eq!(none.status, 422, "nothing is ticked");
    assert!(none.text().contains("请至少保留一件"), "{}", none.text());
    let strange = posts(&house, "Bai", (&sign, "four"), &Body::Form(vec![])).await;
    assert_eq!(strange.status, 404);
    let ticked = all[1..].iter().map(|task| ("task", task.clone())).collect();
    let done = posts(&house, "Li", (&sign, "five"), &Body::Form(ticked)).await;
    assert_eq!(done.status, 303, "{}", done.text());
    world.settle().await;
    let page = gets(&house, "Li", &at).await.text();
    assert!(page.contains("同意 5 件，未签批 1 件"), "{page}");
    assert!(page.contains("签批时未勾选"), "{page}");
    let mut signed = 0;
    for case in &cases {
        signed += signatures(&world, *case).await.len();
    }
    assert_eq!(signed, 5);
    let list = gets(&house, "Li", "/staff/batches").await.text();
    assert!(list.contains(&format!("href=\"{at}\"")), "{list}");
    let body = Body::Json(json!({ "like": like }));
    let few = posts(&house, "Li", ("/api/v1/batches", "six"), &body).await;
    assert_eq!(few.status, 422, "one is left, and decided by itself: {}", few.text());
}
