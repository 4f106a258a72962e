//! The disk of the database is full, or its file may not grow.

use std::{fs::OpenOptions, io::Write};

use super::play::{Play, SOON, at_rest, not_shown};
use crate::harness::{Store, cluster::Cluster, until};

/// F16. Needs the right to mount a small disk, which the tests have as root; without it, what
/// the database says of a full disk is shown in `busy_database` only.
#[actix_web::test]
async fn a_full_disk_is_told_as_such_and_forgotten_when_there_is_room() {
    let Some(mut cluster) = Cluster::on_a_small_disk().await else {
        not_shown("a full disk of PostgreSQL's (F16): it takes root, to mount a small one");
        return;
    };
    let (mut play, banjie) = (Play::default(), cluster.banjie("serve", &[]).await);
    let (case, task) = play.applies(&cluster, &banjie, "Ma").await;
    at_rest(&cluster.world).await;
    let ballast = std::path::Path::new(&cluster.postgres().data()).join("../ballast");
    let mut file = OpenOptions::new().create(true).append(true).open(&ballast).unwrap();
    let subject = cluster.world.subject("Ma");
    let applicant = cluster.caller(&banjie, "Ma");
    let head = cluster.caller(&banjie, "Head");
    // What room is left in files that stand already is used up first.
    let full = until("a full disk", SOON, async || {
        while file.write_all(&[0; 4096]).is_ok() {}
        let ask = serde_json::json!({
            "program": "emergency-aid", "subject": subject, "filed_as": "self",
        });
        let made = applicant.post("/api/v1/cases", &ask).await;
        assert!(made.status != 400 && made.status != 422, "{}", made.text());
        (made.status >= 500).then_some(made)
    });
    let answer = full.await;
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(answer.header("retry-after").is_some());
    drop(file);
    let read = head.try_send("GET", "/api/v1/tasks", None).await.expect("an answer");
    assert!([200, 503].contains(&read.status), "{}", read.text());
    std::fs::remove_file(&ballast).unwrap();
    if cluster.postgres().has_ended() {
        println!("PostgreSQL gave up, and is started again");
        cluster.postgres().start_again().await;
    }
    banjie.until_ready(200).await;
    play.picks_up(&cluster).await;
    play.approves(&cluster, &banjie, task).await;
    play.pays(&cluster, &banjie, case).await;
    play.all_is_well(&cluster).await;
}

/// F20. Nothing can be written any more, and people still read; it takes no rights.
#[actix_web::test]
async fn a_file_that_may_not_grow_is_told_as_such_and_people_still_read() {
    let cluster = Cluster::start(Store::Sqlite).await;
    let (mut play, mut banjie) = (Play::default(), cluster.banjie("serve", &[]).await);
    let (case, task) = play.applies(&cluster, &banjie, "Ma").await;
    at_rest(&cluster.world).await;
    banjie.running().limit_files(Some(4096));
    let head = cluster.caller(&banjie, "Head");
    let act = play.says(task, "approve");
    for _ in 0..3 {
        let answer = head.tries(&act).await.expect("an answer");
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert!(answer.header("retry-after").is_some());
        let read = head.get("/api/v1/tasks").await;
        assert_eq!(read.status, 200, "{}", read.text());
    }
    play.nothing_is_broken(&cluster).await;
    banjie.running().limit_files(None);
    banjie.until_ready(200).await;
    let answer = head.does(&act).await;
    play.learns(&cluster.world, "Head", task, &answer);
    assert_eq!(answer.status, 200, "{}", answer.text());
    play.picks_up(&cluster).await;
    play.pays(&cluster, &banjie, case).await;
    play.all_is_well(&cluster).await;
}
