//! Signing in, against a database in memory and a clock that stands still.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use entities::{Language, PersonId, Sensitive, person, sign_in_code, throttle};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectOptions, ConnectionTrait, Database,
    DatabaseConnection, EntityTrait, PaginatorTrait,
};

use super::{
    ChangePassword, CodeAddressee, CodeToSend, NewStaff, Opened, Passwords, SignInError as E,
    SignInLimits, SignInStaff, SignedIn, Visit, ask_code, change_password, check_code,
    create_staff, disable_account, end_session, find_session, find_token, forget_what_is_over,
    make_token, note_seen, phone_of, with_password,
};
use crate::{
    seal::KeyRing,
    tx::{self, Store},
};

mod answered_once;

/// An empty database: SQLite in memory, or, given `TEST_DATABASE_URL`, a PostgreSQL schema of
/// its own.
async fn database() -> DatabaseConnection {
    static NEXT: AtomicI64 = AtomicI64::new(0);
    let Ok(url) = std::env::var("TEST_DATABASE_URL") else {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(1); // each connection to :memory: is a database of its own
        return Database::connect(options).await.unwrap();
    };
    let schema = format!("t{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let admin = Database::connect(&url).await.unwrap();
    admin.execute_unprepared(&format!("CREATE SCHEMA {schema}")).await.unwrap();
    let mut options = ConnectOptions::new(url);
    options.set_schema_search_path(schema);
    Database::connect(options).await.unwrap()
}

struct World {
    store: Store,
    keys: KeyRing,
    start: DateTime<Utc>,
    seconds: AtomicI64,
    limits: SignInLimits,
    passwords: Passwords,
}

impl World {
    async fn new() -> Self {
        let db = database().await;
        migrations::migrate(&db).await.unwrap();
        let start = "2026-01-05T01:00:00Z".parse().unwrap();
        let limits = SignInLimits::default();
        let (store, keys) = (Store::new(db), KeyRing::generate().unwrap());
        let passwords = Passwords::new().unwrap();
        Self { store, keys, start, seconds: AtomicI64::new(0), limits, passwords }
    }

    fn now(&self) -> DateTime<Utc> {
        self.start + TimeDelta::seconds(self.seconds.load(Ordering::Relaxed))
    }

    fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    async fn staff(&self, login: &str) {
        let (now, hash) = (self.now(), self.passwords.hash(Sensitive::new("north wind 7")).await);
        let person = PersonId::at(now);
        let row = person_named(person, "张伟", now);
        row.insert(self.store.read()).await.unwrap();
        let ask = NewStaff {
            login: login.to_owned(),
            password_hash: hash.unwrap(),
            given: false,
            person,
            language: Language::Chinese,
        };
        tx::write(&self.store, async |tx| create_staff(tx, now, ask).await).await.unwrap();
    }

    async fn tries(&self, network: &str, login: &str, password: &str) -> Result<Opened, E> {
        let visit = Visit { network: network.to_owned(), replaces: None };
        let ask = SignInStaff { login: login.to_owned(), password: Sensitive::new(password) };
        with_password(&self.store, self.now(), &self.limits, &self.passwords, &visit, ask).await
    }

    async fn asks(&self, phone: &str) -> Result<CodeToSend, E> {
        let visit = Visit { network: "10.0.0.1".to_owned(), replaces: None };
        let to = (&Sensitive::new(phone), Language::Chinese);
        tx::write(&self.store, async |tx| {
            ask_code(tx, self.now(), &self.limits, &self.keys, &visit, to).await
        })
        .await
    }

    async fn enters(&self, phone: &str, code: &str) -> Result<Opened, E> {
        let visit = Visit { network: "10.0.0.1".to_owned(), replaces: None };
        let to = CodeAddressee { phone: Sensitive::new(phone), language: Language::Chinese };
        let typed = Sensitive::new(code);
        let attempt = tx::write(&self.store, async |tx| {
            check_code(tx, self.now(), &self.limits, &self.keys, &visit, (&to, &typed)).await
        })
        .await?;
        attempt.into_result()
    }

    async fn session(&self, opened: &Opened) -> Option<SignedIn> {
        let token = opened.token.expose();
        find_session(self.store.read(), self.now(), &self.limits, token).await.unwrap()
    }
}

fn person_named(id: PersonId, name: &str, now: DateTime<Utc>) -> person::ActiveModel {
    person::ActiveModel {
        id: Set(id),
        name: Set(name.to_owned()),
        created_at: Set(now),
        version: Set(1),
        ..Default::default()
    }
}

fn wrong(code: &CodeToSend) -> &'static str {
    if code.code.expose() == "000000" { "000001" } else { "000000" }
}

#[tokio::test]
async fn five_wrong_passwords_lock_the_account_from_everywhere_even_for_the_right_one() {
    let world = World::new().await;
    world.staff("zhang").await;
    for n in 0..5 {
        let network = format!("10.0.0.{n}");
        assert!(matches!(world.tries(&network, "zhang", "no").await, Err(E::WrongPassword)));
    }
    let locked = world.tries("10.0.0.9", "zhang", "north wind 7").await;
    assert!(matches!(locked, Err(E::Locked { retry_after: 900 })), "{locked:?}");
    world.pass(899);
    assert!(matches!(
        world.tries("10.0.0.9", "zhang", "north wind 7").await,
        Err(E::Locked { .. })
    ));
    world.pass(1);
    world.tries("10.0.0.9", " Zhang ", "north wind 7").await.unwrap();
}

#[tokio::test]
async fn an_unknown_login_is_hashed_counted_and_locked_like_a_known_one() {
    let world = World::new().await;
    world.staff("zhang").await;
    for login in ["zhang", "nobody"] {
        let before = world.passwords.checked();
        for n in 0..5 {
            let network = format!("10.1.0.{n}");
            let refused = world.tries(&network, login, "no").await;
            assert!(matches!(refused, Err(E::WrongPassword)), "{login}");
            world.limits_forget(&network).await;
        }
        assert_eq!(world.passwords.checked() - before, 5, "{login}");
        assert!(matches!(world.tries("10.1.0.9", login, "no").await, Err(E::Locked { .. })));
    }
}

impl World {
    /// Lets one network's count be forgotten, so that accounts can be looked at alone.
    async fn limits_forget(&self, network: &str) {
        let key = format!("password/network/{network}");
        throttle::Entity::delete_by_id(key).exec(self.store.read()).await.unwrap();
    }
}

#[tokio::test]
async fn five_wrong_passwords_lock_the_network_for_every_account() {
    let world = World::new().await;
    world.staff("zhang").await;
    for n in 0..5 {
        let login = format!("someone{n}");
        assert!(matches!(world.tries("10.0.0.1", &login, "no").await, Err(E::WrongPassword)));
    }
    assert!(matches!(
        world.tries("10.0.0.1", "zhang", "north wind 7").await,
        Err(E::Locked { .. })
    ));
    world.tries("10.0.0.2", "zhang", "north wind 7").await.unwrap();
}

#[tokio::test]
async fn a_good_account_buys_a_guesser_no_tries() {
    let world = World::new().await;
    world.staff("zhang").await;
    for n in 0..4 {
        let login = format!("someone{n}");
        assert!(world.tries("10.0.0.1", &login, "no").await.is_err());
        world.tries("10.0.0.2", "zhang", "north wind 7").await.unwrap();
    }
    world.tries("10.0.0.1", "zhang", "north wind 7").await.unwrap();
    assert!(world.tries("10.0.0.1", "someone5", "no").await.is_err());
    assert!(matches!(
        world.tries("10.0.0.1", "zhang", "north wind 7").await,
        Err(E::Locked { .. })
    ));
}

#[tokio::test]
async fn of_many_guesses_at_once_five_are_heard() {
    let world = World::new().await;
    world.staff("zhang").await;
    let guesses = (0..12).map(|n| {
        let world = &world;
        async move { world.tries(&format!("10.0.1.{n}"), "zhang", "no").await }
    });
    let mut heard = 0;
    let mut waiting: Vec<_> = guesses.map(Box::pin).collect();
    let all = std::future::poll_fn(|cx| {
        waiting.retain_mut(|guess| match guess.as_mut().poll(cx) {
            std::task::Poll::Ready(Err(E::WrongPassword)) => {
                heard += 1;
                false
            }
            std::task::Poll::Ready(_) => false,
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    });
    all.await;
    assert_eq!(heard, 5);
}

#[tokio::test]
async fn a_session_ends_by_idling_by_age_by_hand_and_with_its_account() {
    let world = World::new().await;
    world.staff("zhang").await;
    let opened = world.tries("n", "zhang", "north wind 7").await.unwrap();
    world.pass(30 * 60 - 1);
    let found = world.session(&opened).await.unwrap();
    assert!(found.note_is_due(world.now()));
    let id = found.session.id;
    tx::write(&world.store, async |tx| note_seen(tx, world.now(), id).await).await.unwrap();
    for _ in 0..23 {
        world.pass(29 * 60);
        assert!(world.session(&opened).await.is_some());
        tx::write(&world.store, async |tx| note_seen(tx, world.now(), id).await).await.unwrap();
    }
    world.pass(29 * 60);
    assert!(world.session(&opened).await.is_none(), "twelve hours are over");

    let opened = world.tries("n", "zhang", "north wind 7").await.unwrap();
    world.pass(30 * 60);
    assert!(world.session(&opened).await.is_none(), "idle");

    let opened = world.tries("n", "zhang", "north wind 7").await.unwrap();
    let (account, id) = (opened.account.id, opened.session.id);
    let end = tx::write(&world.store, async |tx| end_session(tx, world.now(), account, id).await);
    assert!(end.await.unwrap());
    assert!(world.session(&opened).await.is_none(), "signed out");

    let opened = world.tries("n", "zhang", "north wind 7").await.unwrap();
    let make = async |tx: &_| make_token(tx, world.now(), account, "nightly export").await;
    let (token, _) = tx::write(&world.store, make).await.unwrap();
    assert!(find_token(world.store.read(), token.expose()).await.unwrap().is_some());
    let disable =
        tx::write(&world.store, async |tx| disable_account(tx, world.now(), account).await);
    disable.await.unwrap();
    assert!(world.session(&opened).await.is_none(), "disabled");
    assert!(find_token(world.store.read(), token.expose()).await.unwrap().is_none());
    assert!(matches!(world.tries("n", "zhang", "north wind 7").await, Err(E::WrongPassword)));
}

#[tokio::test]
async fn a_new_password_ends_all_sessions_but_the_one_it_opens() {
    let world = World::new().await;
    world.staff("zhang").await;
    let first = world.tries("n", "zhang", "north wind 7").await.unwrap();
    let other = world.tries("n", "zhang", "north wind 7").await.unwrap();
    let visit = Visit { network: "n".to_owned(), replaces: Some(first.token.clone()) };
    let change = async |old: &str, new: &str| {
        let ask = ChangePassword { old: Sensitive::new(old), new: Sensitive::new(new) };
        let who = (first.account.id, &visit);
        change_password(&world.store, world.now(), &world.limits, &world.passwords, who, ask).await
    };
    assert!(matches!(change("north wind 7", "12345678").await, Err(E::WeakPassword(_))));
    assert!(matches!(change("guess", "south wind 8").await, Err(E::WrongPassword)));
    let now = change("north wind 7", "south wind 8").await.unwrap();
    assert!(world.session(&first).await.is_none());
    assert!(world.session(&other).await.is_none());
    assert!(world.session(&now).await.is_some());
    assert!(world.tries("m", "zhang", "north wind 7").await.is_err());
    world.tries("m", "zhang", "south wind 8").await.unwrap();
}

#[tokio::test]
async fn a_code_opens_one_session_and_makes_the_account_once() {
    let world = World::new().await;
    let code = world.asks("139 1234 5678").await.unwrap();
    let first = world.enters("13912345678", code.code.expose()).await.unwrap();
    assert!(world.session(&first).await.is_some());
    assert_eq!(first.account.person_id, None);
    let kept = first.account.phone_sealed.clone().unwrap();
    assert!(!kept.windows(11).any(|part| part == b"13912345678"), "sealed");
    let phone = phone_of(world.store.read(), &world.keys, &first.account).await.unwrap();
    assert_eq!(phone.unwrap().expose(), "13912345678");
    let again = world.enters("13912345678", code.code.expose()).await;
    assert!(matches!(again, Err(E::WrongCode)), "a code is used once");
    world.pass(60);
    let code = world.asks("+8613912345678").await.unwrap();
    let second = world.enters("13912345678", code.code.expose()).await.unwrap();
    assert_eq!(second.account.id, first.account.id);
}

#[tokio::test]
async fn a_code_dies_of_age_of_a_newer_one_and_of_five_tries() {
    let world = World::new().await;
    let old = world.asks("13912345678").await.unwrap();
    world.pass(300);
    assert!(world.enters("13912345678", old.code.expose()).await.is_err(), "five minutes");

    let older = world.asks("13912345678").await.unwrap();
    world.pass(60);
    let newer = world.asks("13912345678").await.unwrap();
    if older.code != newer.code {
        assert!(world.enters("13912345678", older.code.expose()).await.is_err(), "replaced");
    }
    for _ in 0..4 {
        assert!(world.enters("13912345678", wrong(&newer)).await.is_err());
    }
    let last = world.enters("13912345678", newer.code.expose()).await;
    assert!(matches!(last, Err(E::WrongCode)), "the fifth try was the older code: {last:?}");
    let rows = sign_in_code::Entity::find().all(world.store.read()).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.tries).max(), Some(5), "refused tries are committed");
}

#[tokio::test]
async fn codes_are_sent_a_minute_apart_and_five_an_hour() {
    let world = World::new().await;
    world.asks("13912345678").await.unwrap();
    let early = world.asks("13912345678").await;
    assert!(matches!(early, Err(E::TooManyCodes { retry_after: 60 })), "{early:?}");
    for _ in 0..4 {
        world.pass(60);
        world.asks("13912345678").await.unwrap();
    }
    world.pass(60);
    assert!(matches!(world.asks("13912345678").await, Err(E::TooManyCodes { .. })));
    world.asks("13912345679").await.unwrap();
    world.pass(3600);
    world.asks("13912345678").await.unwrap();
    assert!(matches!(world.asks("12345").await, Err(E::NotAPhone)));
}

#[tokio::test]
async fn what_is_over_is_forgotten_and_nothing_else() {
    let world = World::new().await;
    world.staff("zhang").await;
    world.tries("n", "zhang", "no").await.unwrap_err();
    world.asks("13912345678").await.unwrap();
    let forget = async |tx: &_| forget_what_is_over(tx, world.now()).await;
    assert_eq!(tx::write(&world.store, forget).await.unwrap(), 0);
    world.pass(8 * 24 * 3600);
    assert!(tx::write(&world.store, forget).await.unwrap() >= 6);
    assert_eq!(throttle::Entity::find().count(world.store.read()).await.unwrap(), 0);
}
