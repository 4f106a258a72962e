//! Letters go out once, are tried again by the schedule, and bounce where they must.

use chrono::TimeDelta;
use entities::{
    Channel, NoticeState, OutboxId, PersonId, Sensitive, SignInCodeId, data_key, person,
};
use sea_orm::EntityTrait;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use worker::{do_one, jobs::Did, settle};
use workflow::{
    Wake,
    clock::Clock,
    code_letter::tell_code,
    sign_in::CodeToSend,
    tx,
    vault::{self, Owner},
};

use crate::{
    sink::{Mood, Sink, header},
    world::{World, morning},
};

#[tokio::test]
async fn a_mail_server_takes_a_letter() {
    let sink = Sink::with([]).await;
    let world = World::with_server(sink.port).await;
    let (notice, job) = world.notice().await;
    assert_eq!(do_one(&world.services, job).await.unwrap(), Did::Done);
    let row = world.notice_row(notice).await;
    assert_eq!((row.state, row.sent_at), (NoticeState::Sent, Some(morning())));
    let [letter] = &sink.letters()[..] else { panic!("one letter") };
    assert_eq!(header(letter, "Auto-Submitted"), "auto-generated");
    assert_eq!(header(letter, "X-Dedupe-Key").replace(' ', ""), row.dedupe_key);
    let id = header(letter, "Message-ID");
    assert!(id.ends_with("@banjie.localhost>") && id.len() == 51, "{id}");
    assert!(letter.contains("multipart/alternative"), "{letter}");
    assert_eq!(world.unfinished().await, 0);
}

#[tokio::test]
async fn a_greylisted_letter_is_tried_again_under_the_same_id() {
    let sink = Sink::with([Mood::GoesAway, Mood::SaysLater]).await;
    let world = World::with_server(sink.port).await;
    let (notice, job) = world.notice().await;
    // No answer after the letter: it may be there, so it is not repeated for ten minutes.
    assert_eq!(do_one(&world.services, job).await.unwrap(), Did::Later);
    assert_eq!(world.notice_row(notice).await.state, NoticeState::Waiting);
    let row = world.outbox(job).await;
    assert_eq!(row.next_attempt_at, morning() + TimeDelta::minutes(10));
    world.seconds_pass(600);
    assert_eq!(do_one(&world.services, job).await.unwrap(), Did::Later, "greylisted");
    let row = world.outbox(job).await;
    let pause = row.next_attempt_at - world.workflow().clock.machine();
    let pauses = 1050..=1950;
    assert!(pauses.contains(&pause.num_seconds()), "in the half before 42 min 30 s: {pause}");
    let kept = row.last_error.unwrap();
    assert!(kept.contains("451 4.7.1") && !kept.contains("later"), "its numbers are kept: {kept}");
    world.seconds_pass(pause.num_seconds() + 1);
    assert_eq!(do_one(&world.services, job).await.unwrap(), Did::Done);
    let [first, second] = &sink.letters()[..] else { panic!("twice") };
    assert_eq!(header(first, "Message-ID"), header(second, "Message-ID"));
    assert_eq!(world.notice_row(notice).await.state, NoticeState::Sent);
}

#[tokio::test]
async fn an_unknown_recipient_bounces_at_once() {
    let sink = Sink::with([Mood::SaysNever]).await;
    let world = World::with_server(sink.port).await;
    let (notice, job) = world.notice().await;
    assert_eq!(do_one(&world.services, job).await.unwrap(), Did::Done);
    assert_eq!(world.notice_row(notice).await.state, NoticeState::Bounced);
    assert_eq!((sink.letters().len(), world.unfinished().await), (0, 0));
}

#[tokio::test]
async fn a_dead_mail_server_is_given_up_after_a_week_only() {
    let sink = Sink::with([]).await;
    let world = World::with_server(1).await;
    drop(sink);
    let (notice, job) = world.notice().await;
    let mut tries = 0;
    while do_one(&world.services, job).await.unwrap() == Did::Later {
        tries += 1;
        let pause = world.outbox(job).await.next_attempt_at - world.workflow().clock.machine();
        world.seconds_pass(pause.num_seconds() + 1);
    }
    assert_eq!(world.notice_row(notice).await.state, NoticeState::Bounced);
    let age = world.workflow().clock.machine() - morning();
    assert!(age >= TimeDelta::days(7) && tries > 40, "{tries} tries in {age}");
}

#[tokio::test]
async fn without_a_server_a_letter_lies_in_the_drawer_once() {
    let world = World::new().await;
    let (notice, _) = world.notice().await;
    let settled = settle(&world.services).await.unwrap();
    assert_eq!((settled.jobs, settled.left), (1, 0));
    let [letter] = &world.letters()[..] else { panic!("one letter") };
    assert_eq!((letter.channel, letter.to.as_str()), (Channel::Mail, "ma@example.org"));
    assert_eq!(letter.subject.as_deref(), Some("【待办】11月25日前"));
    assert!(letter.text.contains("期限：11月25日"), "{}", letter.text);
    assert_eq!(letter.sent_at, morning());
    assert_eq!(world.notice_row(notice).await.state, NoticeState::Sent);
}

#[tokio::test]
async fn a_code_reaches_its_phone() {
    let world = World::new().await;
    code(&world).await;
    settle(&world.services).await.unwrap();
    let [letter] = &world.letters()[..] else { panic!("one message") };
    assert_eq!((letter.channel, letter.to.as_str()), (Channel::Sms, "13909540001"));
    assert_eq!(letter.code.as_deref(), Some("204613"));
    assert_eq!(letter.text, "【办结】204613是您的登录验证码，5分钟内有效，请勿告诉他人。");
}

#[tokio::test]
async fn an_applicant_is_reached_by_phone_or_after_signing_in() {
    let world = World::new().await;
    let person = world.notice_row(world.notice().await.0).await.person_id.unwrap();
    settle(&world.services).await.unwrap();
    let (notice, _) = world.notice_to(person, Channel::Sms, "accepted").await;
    settle(&world.services).await.unwrap();
    let row = world.notice_row(notice).await;
    assert_eq!((row.channel, row.state), (Channel::Inbox, NoticeState::Sent), "no phone");

    let workflow = world.workflow();
    let other = PersonId::at(morning());
    let sealed = tx::write(&workflow.store, async |tx| {
        let key = vault::key_or_new(tx, workflow, Owner::Person(other), morning()).await?;
        let place = ("person", "phone_sealed", other.to_string());
        Ok::<_, workflow::CommandError>(vault::seal_text(
            &key,
            (place.0, place.1, &place.2),
            "13909540002",
        )?)
    })
    .await
    .unwrap();
    let found = person::Entity::find_by_id(person).one(workflow.store.read()).await;
    let row = person::Model { id: other, phone_sealed: Some(sealed), ..found.unwrap().unwrap() };
    world.insert::<person::Entity>(row).await;
    world.notice_to(other, Channel::Sms, "accepted").await;
    settle(&world.services).await.unwrap();
    // Letters of one millisecond have no order.
    let reached = world.letters().iter().any(|letter| letter.to == "13909540002");
    assert!(reached, "{:?}", world.letters());

    // Erased: the key is gone, and with it the number.
    let erase = data_key::Entity::delete_many();
    tx::write(&workflow.store, async |tx| erase.exec(tx).await).await.unwrap();
    let (notice, _) = world.notice_to(other, Channel::Sms, "accepted").await;
    settle(&world.services).await.unwrap();
    assert_eq!(world.notice_row(notice).await.channel, Channel::Inbox);
}

#[tokio::test]
async fn a_provider_of_text_messages_gets_number_text_and_key() {
    let provider = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/send", provider.local_addr().unwrap());
    let world = World::with(Clock::fixed(morning()), Wake::default(), |settings| {
        settings.sms.webhook = Some(url);
        settings.sms.token = Some("secret".to_owned().into());
    })
    .await;
    let asked = tokio::spawn(async move {
        let mut asked = Vec::new();
        for status in ["503 Busy", "202 Accepted"] {
            asked.push(answer(&provider, status).await);
        }
        asked
    });
    let job = code(&world).await;
    assert_eq!(do_one(&world.services, job).await.unwrap(), Did::Later, "the provider is busy");
    world.seconds_pass(60);
    assert_eq!(do_one(&world.services, job).await.unwrap(), Did::Done);
    let asked = asked.await.unwrap();
    assert!(asked[0].to_lowercase().contains("authorization: bearer secret"), "{}", asked[0]);
    let body = |request: &str| request.split_once("\r\n\r\n").unwrap().1.to_owned();
    assert_eq!(body(&asked[0]), body(&asked[1]), "the same key at every try");
    assert!(body(&asked[0]).starts_with(r#"{"phone":"13909540001","text":"【办结】204613"#));
    assert!(world.letters().is_empty());
}

/// Reads one request and answers it.
async fn answer(provider: &TcpListener, status: &str) -> String {
    let (mut stream, _) = provider.accept().await.unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"}") {
        stream.read_buf(&mut request).await.unwrap();
    }
    let reply = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(reply.as_bytes()).await.unwrap();
    String::from_utf8(request).unwrap()
}

/// A code for a phone, as signing in leaves it behind.
async fn code(world: &World) -> OutboxId {
    let now = morning();
    let code = CodeToSend {
        id: SignInCodeId::at(now),
        phone: Sensitive::new("13909540001"),
        code: Sensitive::new("204613"),
        expires_at: now + TimeDelta::minutes(5),
        language: entities::Language::Chinese,
    };
    let workflow = world.workflow();
    let jobs = tx::write(&workflow.store, async |tx| tell_code(tx, workflow, now, &code).await);
    let jobs = jobs.await.unwrap();
    let [job] = &jobs[..] else { panic!("one job") };
    job.id
}

/// What a mail server is told of the later letters of a case: which was the first.
#[tokio::test]
async fn letters_on_a_case_are_one_thread() {
    let sink = Sink::with([]).await;
    let world = World::with_server(sink.port).await;
    let (first, job) = world.notice().await;
    let case = world.case().await;
    world.belongs(first, case).await;
    do_one(&world.services, job).await.unwrap();
    let person = world.notice_row(first).await.person_id.unwrap();
    for _ in 0..2 {
        world.seconds_pass(1);
        let (notice, job) = world.notice_to(person, Channel::Mail, "reminded").await;
        world.belongs(notice, case).await;
        do_one(&world.services, job).await.unwrap();
    }
    let letters = sink.letters();
    let id = header(&letters[0], "Message-ID");
    assert_eq!(header(&letters[0], "In-Reply-To"), "", "it is the first");
    for later in &letters[1..] {
        assert_eq!(header(later, "In-Reply-To"), id);
        assert_eq!(header(later, "References"), id);
        assert_ne!(header(later, "Message-ID"), id);
    }
}

#[tokio::test]
async fn a_burst_of_mails_goes_out_at_its_rate_and_the_urgent_first() {
    let sink = Sink::with([]).await;
    let port = sink.port;
    let world = World::with(Clock::fixed(morning()), Wake::default(), |settings| {
        settings.mail.smtp = Some(format!("smtp://127.0.0.1:{port}").into());
        (settings.mail.a_minute, settings.mail.behind_a_minute) = (60, 6);
    })
    .await;
    let (first, _) = world.notice().await;
    let person = world.notice_row(first).await.person_id.unwrap();
    for _ in 0..29 {
        world.notice_to(person, Channel::Mail, "copied").await;
    }
    settle(&world.services).await.unwrap();
    assert_eq!(sink.letters().len(), 11, "what ten seconds have saved up, and one");
    let (urgent, _) = world.notice_to(person, Channel::Mail, "escalated").await;
    settle(&world.services).await.unwrap();
    world.seconds_pass(1);
    settle(&world.services).await.unwrap();
    assert_eq!(sink.letters().len(), 12);
    assert_eq!(world.notice_row(urgent).await.state, NoticeState::Sent, "before all that waited");
    for _ in 0..40 {
        world.seconds_pass(1);
        settle(&world.services).await.unwrap();
    }
    assert_eq!((sink.letters().len(), world.unfinished().await), (31, 0), "none is lost");
    // What lay about while the server was away goes at the smaller rate.
    for _ in 0..5 {
        world.notice_to(person, Channel::Mail, "copied").await;
    }
    world.seconds_pass(3600);
    settle(&world.services).await.unwrap();
    assert_eq!(sink.letters().len(), 32, "one in ten seconds");
    for _ in 0..6 {
        world.seconds_pass(10);
        settle(&world.services).await.unwrap();
    }
    assert_eq!(world.unfinished().await, 0);
}

#[tokio::test]
async fn a_signed_mail_carries_the_signature_of_its_thread() {
    let sink = Sink::with([]).await;
    let port = sink.port;
    let file = std::env::temp_dir().join(format!("banjie-dkim-{}.pem", std::process::id()));
    let key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
    std::fs::write(&file, key).unwrap();
    let world = World::with(Clock::fixed(morning()), Wake::default(), |settings| {
        settings.mail.smtp = Some(format!("smtp://127.0.0.1:{port}").into());
        settings.mail.dkim.domain = "banjie.localhost".to_owned();
        settings.mail.dkim.selector = "brisbane".to_owned();
        settings.mail.dkim.key_file = file.clone();
    })
    .await;
    let (_, job) = world.notice().await;
    do_one(&world.services, job).await.unwrap();
    let [letter] = &sink.letters()[..] else { panic!("one letter") };
    let said = header(letter, "DKIM-Signature");
    assert!(said.contains("a=ed25519-sha256; c=relaxed/relaxed; d=banjie.localhost"), "{said}");
    assert!(letter.contains("Message-ID:In-Reply-To:References:"), "{letter}");
    std::fs::remove_file(file).unwrap();
}
