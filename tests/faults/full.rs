//! The disk of the database is full.

use std::{fs::OpenOptions, io::Write};

use super::play::{Play, SOON, at_rest};
use crate::harness::{cluster::Cluster, until};

/// F16. Needs the right to mount a small disk, which the tests have as root; without it, what
/// the database says of a full disk is shown in `busy_database` only.
#[actix_web::test]
async fn a_full_disk_is_told_as_such_and_forgotten_when_there_is_room() {
    let Some(mut cluster) = Cluster::on_a_small_disk().await else {
        println!("no right to mount a disk: not shown");
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
