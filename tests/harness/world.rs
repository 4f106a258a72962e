//! A whole service in one process, on a database of its own, with a clock that stands still.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use entities::{
    AccountId, AccountKind, AppointmentId, Basis, Duty, Language, Level, PersonId, UnitId, account,
    acts_for, appointment, person, unit,
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use workflow::{
    Actor, CommandError, Refusal, Wake, Workflow,
    calendar::Calendar,
    clock::Clock,
    program::Programs,
    rules::form::Given,
    seal::KeyRing,
    tx::{self, Store as Cases},
};

use super::{
    both::OnStore,
    process::scratch,
    servers::{Fresh, Schema, Store, connect},
};

static SCHEMA: Schema = Schema::new("banjie");

/// What is read from files that come with the program: once for all worlds of a run.
static SHIPPED: LazyLock<(Programs, Arc<Calendar>)> =
    LazyLock::new(|| (Programs::shipped().unwrap(), Arc::new(Calendar::shipped().unwrap())));

/// A place: its name here, level, division, own office, the place above, the offices inside.
type Place<'a> = (&'a str, Level, &'a str, &'a str, Option<&'a str>, &'a [&'a str]);

/// A Monday in September 2018, ten in the morning in Beijing: the calendar of the stories.
pub(crate) const START: &str = "2018-09-10T02:00:00Z";

/// A small organisation, people with names, and a clock that the test moves.
pub(crate) struct World {
    pub(crate) workflow: Workflow,
    pub(crate) start: DateTime<Utc>,
    pub(crate) units: BTreeMap<String, UnitId>,
    pub(crate) people: BTreeMap<String, Actor>,
    /// The kind of store it stands on, for a second world.
    pub(crate) on: Store,
    /// How many statements were sent, without BEGIN and COMMIT.
    pub(crate) statements: Arc<AtomicU64>,
    next: i64,
}

impl OnStore for World {
    async fn on(store: Store) -> Self {
        let Fresh { mut db, .. } = SCHEMA.fresh(store, migrations::migrate).await;
        let statements = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&statements);
        db.set_metric_callback(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
        });
        let start: DateTime<Utc> = START.parse().unwrap();
        let workflow = workflow_on(db, Clock::fixed(start));
        Self::built(workflow, start, store, statements).await
    }
}

/// The programs that come with the binary.
pub(crate) fn shipped() -> Programs {
    SHIPPED.0.apart()
}

fn workflow_on(db: sea_orm::DatabaseConnection, clock: Clock) -> Workflow {
    Workflow {
        store: Cases::new(db),
        clock,
        programs: SHIPPED.0.apart(),
        calendar: SHIPPED.1.clone().into(),
        keys: Arc::new(KeyRing::generate().unwrap()),
        papers: scratch("papers"),
        numbers: workflow::numbers::Numbers::default(),
        wake: Wake::default(),
    }
}

impl World {
    /// A world on a database that processes of the program stand on too: the wall clock, and
    /// their keys and papers, which lie in `data`.
    pub(crate) async fn of_processes(store: Store, url: &str, data: &Path) -> Self {
        let db = connect(url).await;
        migrations::migrate(&db).await.unwrap();
        let clock = Clock::wall();
        let workflow = Workflow {
            keys: Arc::new(KeyRing::load_or_create(&data.join("keys")).unwrap()),
            papers: data.join("papers"),
            ..workflow_on(db, clock.clone())
        };
        Self::built(workflow, clock.machine(), store, Arc::default()).await
    }

    /// The same world by connections of its own.
    pub(crate) async fn beside(&self, url: &str) -> Self {
        let store = Cases::new(connect(url).await);
        Self {
            workflow: Workflow { store, ..self.workflow.clone() },
            units: self.units.clone(),
            people: self.people.clone(),
            statements: Arc::default(),
            ..*self
        }
    }

    async fn built(
        workflow: Workflow,
        start: DateTime<Utc>,
        on: Store,
        statements: Arc<AtomicU64>,
    ) -> Self {
        let (units, people) = (BTreeMap::new(), BTreeMap::new());
        let mut world = Self { workflow, start, units, people, on, statements, next: 0 };
        world.build().await;
        world
    }

    /// region ← city ← county ← school and township, with the offices that the programs name.
    async fn build(&mut self) {
        let offices = ["education", "finance", "poverty_relief", "supervision"];
        let places: [Place<'_>; 6] = [
            ("region", Level::Region, "640000", "government", None, &offices),
            ("city", Level::City, "640400", "government", Some("region"), &offices),
            ("county", Level::County, "640424", "government", Some("city"), &offices),
            ("county2", Level::County, "640423", "government", Some("city"), &offices),
            ("township", Level::Township, "640424100", "township", Some("county"), &["aid_office"]),
            (
                "school",
                Level::School,
                "640424",
                "school",
                Some("county"),
                &["aid_office", "class_teachers"],
            ),
        ];
        for (name, level, division, office, above, inside) in places {
            let seat = self.unit(name, (level, division, office), (None, above)).await;
            for office in inside {
                self.unit(
                    &format!("{name}/{office}"),
                    (level, division, office),
                    (Some(seat), None),
                )
                .await;
            }
        }
    }

    /// A place (without a seat) or an office of one.
    pub(crate) async fn unit(
        &mut self,
        name: &str,
        what: (Level, &str, &str),
        place: (Option<UnitId>, Option<&str>),
    ) -> UnitId {
        let id = UnitId::at(self.tick());
        let row = unit::Model {
            id,
            level: what.0,
            division: what.1.to_owned(),
            office: what.2.to_owned(),
            seat_id: place.0.unwrap_or(id),
            parent_id: place.0.or(place.1.map(|above| self.units[above])),
            mark: None,
            successor_id: None,
            code: None,
            name_zh: name.to_owned(),
            name_en: name.to_owned(),
            from_on: "2018-01-01".parse().unwrap(),
            to_on: None,
        };
        self.put(row).await;
        self.units.insert(name.to_owned(), id);
        id
    }

    pub(super) async fn put<M, A>(&self, row: M)
    where
        M: IntoActiveModel<A> + sea_orm::ModelTrait,
        A: ActiveModelTrait<Entity = M::Entity> + sea_orm::ActiveModelBehavior + Send,
        <M::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        let row = row.into_active_model().reset_all();
        row.insert(self.workflow.store.for_migration()).await.unwrap();
    }

    /// A moment of its own for everything that is made, so that ids are in order.
    pub(super) fn tick(&mut self) -> DateTime<Utc> {
        self.next += 1;
        self.start - TimeDelta::days(30) + TimeDelta::milliseconds(self.next)
    }

    async fn person_row(&mut self, name: &str) -> PersonId {
        let at = self.tick();
        let id = PersonId::at(at);
        self.put(person::Model {
            id,
            name: name.to_owned(),
            id_sealed: None,
            id_index: None,
            phone_sealed: None,
            phone_index: None,
            bank_sealed: None,
            bank_index: None,
            guardian_sealed: None,
            village: None,
            village_key: None,
            address_sealed: None,
            address_index: None,
            mail: Some(format!("{}@example.cn", name.to_lowercase())),
            school_id: self.units.get("school").copied(),
            township_id: self.units.get("township").copied(),
            class: Some("18级1班".to_owned()),
            created_at: at,
            version: 1,
        })
        .await;
        id
    }

    async fn account_row(&mut self, name: &str, person: Option<PersonId>) -> AccountId {
        let at = self.tick();
        let id = AccountId::at(at);
        self.put(account::Model {
            id,
            kind: if person.is_some() { AccountKind::Staff } else { AccountKind::Applicant },
            login: person.map(|_| name.to_lowercase()),
            password_hash: None,
            password_given: false,
            phone_index: None,
            phone_sealed: None,
            person_id: person,
            second_factor: None,
            language: Language::Chinese,
            created_at: at,
            disabled_at: None,
        })
        .await;
        id
    }

    /// Somebody who works in `unit`, such as `county/education`.
    pub(crate) async fn works(&mut self, name: &str, unit: &str, duty: Duty) -> Actor {
        let known = self.people.get(name).copied();
        let actor = if let Some(actor) = known {
            actor
        } else {
            let person = self.person_row(name).await;
            let account = self.account_row(name, Some(person)).await;
            Actor { account, person: Some(person), kind: AccountKind::Staff }
        };
        self.people.insert(name.to_owned(), actor);
        let at = self.tick();
        self.put(appointment::Model {
            id: AppointmentId::at(at),
            person_id: actor.person.unwrap(),
            unit_id: self.units[unit],
            duty,
            from_at: at,
            to_at: None,
        })
        .await;
        actor
    }

    /// Somebody who applies, with a phone of their own.
    pub(crate) async fn applies(&mut self, name: &str) -> Actor {
        let person = self.person_row(name).await;
        let account = self.account_row(name, None).await;
        let at = self.tick();
        self.put(acts_for::Model {
            id: entities::ActsForId::at(at),
            account_id: account,
            person_id: person,
            basis: Basis::Oneself,
            from_at: at,
            to_at: None,
        })
        .await;
        let actor = Actor { account, person: None, kind: AccountKind::Applicant };
        self.people.insert(name.to_owned(), actor);
        self.people.insert(format!("{name} in person"), Actor { person: Some(person), ..actor });
        actor
    }

    /// The staff of every step of emergency aid.
    pub(crate) async fn full_staff(&mut self) {
        for (name, unit, duty) in [
            ("Teacher", "school/class_teachers", Duty::Handler),
            ("Aid", "school/aid_office", Duty::Handler),
            ("Head", "school", Duty::Head),
            ("Visitor", "township/aid_office", Duty::Handler),
            ("Mayor", "township", Duty::Head),
            ("Edu", "county/education", Duty::Handler),
            ("Poor", "county/poverty_relief", Duty::Handler),
            ("Pay", "county/finance", Duty::Handler),
            ("City", "city/education", Duty::Handler),
            ("Region", "region/education", Duty::Handler),
        ] {
            self.works(name, unit, duty).await;
        }
    }

    pub(crate) fn actor(&self, name: &str) -> Actor {
        self.people[name]
    }

    pub(crate) fn subject(&self, name: &str) -> PersonId {
        self.people[&format!("{name} in person")].person.unwrap()
    }

    /// One command in a transaction of its own.
    pub(crate) async fn command<T, F>(&self, work: F) -> Result<T, CommandError>
    where
        F: for<'c> AsyncFnOnce(&'c sea_orm::DatabaseTransaction) -> Result<T, CommandError>,
    {
        tx::write(&self.workflow.store, work).await
    }
}

/// Typed JSON, field by field.
pub(crate) fn given(form: serde_json::Value) -> BTreeMap<String, Given> {
    let serde_json::Value::Object(fields) = form else { return BTreeMap::new() };
    fields.into_iter().map(|(id, value)| (id, Given::Json(value))).collect()
}

/// The reason why a command was refused.
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, CommandError>) -> Refusal {
    match result {
        Err(CommandError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}
