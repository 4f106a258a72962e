//! A county with a school, a township and the people of their offices.

use std::collections::BTreeMap;

use entities::{
    AppointmentId, CaseId, Duty, Language, Level, PersonId, Sensitive, UnitId, appointment,
    case_file, outbox, person, unit,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, PaginatorTrait};
use workflow::{
    commands::route_case,
    sign_in::{NewStaff, create_staff},
    tx,
};

use super::world::World;

pub(super) struct Place {
    pub(super) world: World,
    units: BTreeMap<&'static str, UnitId>,
}

impl Place {
    pub(super) async fn new() -> Self {
        let mut world = World::new().await;
        world.services.error_page = Some(crate::error_page);
        let papers =
            std::env::temp_dir().join(format!("banjie-pages-{}", PersonId::at(world.now())));
        world.services.workflow.papers = papers;
        let mut place = Self { world, units: BTreeMap::new() };
        for (name, level, office, above) in [
            ("region", Level::Region, "government", None),
            ("city", Level::City, "government", Some("region")),
            ("county", Level::County, "government", Some("city")),
            ("township", Level::Township, "township", Some("county")),
            ("school", Level::School, "school", Some("county")),
        ] {
            place.unit(name, level, (office, None), above).await;
        }
        for (name, level, office, seat) in [
            ("school/class_teachers", Level::School, "class_teachers", "school"),
            ("school/aid_office", Level::School, "aid_office", "school"),
            ("township/aid_office", Level::Township, "aid_office", "township"),
            ("county/education", Level::County, "education", "county"),
            ("county/finance", Level::County, "finance", "county"),
        ] {
            place.unit(name, level, (office, Some(seat)), Some(seat)).await;
        }
        place
    }

    async fn unit(
        &mut self,
        name: &'static str,
        level: Level,
        (office, seat): (&str, Option<&str>),
        above: Option<&str>,
    ) {
        self.world.pass(1);
        let id = UnitId::at(self.world.now());
        let division = match level {
            Level::Region => "640000",
            Level::City => "640400",
            Level::Township => "640422100",
            _ => "640422",
        };
        let row = unit::Model {
            id,
            level,
            division: division.to_owned(),
            office: office.to_owned(),
            seat_id: seat.map_or(id, |seat| self.units[seat]),
            parent_id: above.map(|above| self.units[above]),
            mark: None,
            successor_id: None,
            code: None,
            name_zh: name.to_owned(),
            name_en: name.to_owned(),
            from_on: "2018-01-01".parse().unwrap(),
            to_on: None,
        };
        let db = self.world.services.workflow.store.for_migration();
        row.into_active_model().insert(db).await.unwrap();
        self.units.insert(name, id);
    }

    pub(super) fn id(&self, unit: &str) -> String {
        self.units[unit].to_string()
    }

    /// Somebody with an account who works in `unit`.
    pub(super) async fn works(&self, login: &str, unit: &str, duty: Duty) {
        let workflow = &self.world.services.workflow;
        self.world.pass(1);
        let now = self.world.now();
        let row = person::ActiveModel {
            id: Set(PersonId::at(now)),
            name: Set(login.to_owned()),
            created_at: Set(now),
            version: Set(1),
            ..Default::default()
        };
        let person = row.insert(workflow.store.for_migration()).await.unwrap().id;
        let hash = self.world.services.passwords.hash(Sensitive::new("north wind 7")).await;
        let ask = NewStaff {
            login: login.to_owned(),
            password_hash: hash.unwrap(),
            given: false,
            person,
            language: Language::Chinese,
        };
        tx::write(&workflow.store, async |tx| create_staff(tx, now, ask).await).await.unwrap();
        let held = appointment::Model {
            id: AppointmentId::at(now),
            person_id: person,
            unit_id: self.units[unit],
            duty,
            from_at: now,
            to_at: None,
        };
        held.into_active_model().insert(workflow.store.for_migration()).await.unwrap();
    }

    /// Lets cases go on as the worker would.
    pub(super) async fn settle(&self) {
        let workflow = &self.world.services.workflow;
        let jobs = outbox::Entity::unfinished().all(workflow.store.read()).await.unwrap();
        for job in jobs.into_iter().filter(|job| job.kind == "route_case") {
            let case: CaseId = job.case_id.unwrap();
            tx::write(&workflow.store, async |tx| route_case(tx, workflow, case).await)
                .await
                .unwrap();
        }
    }

    pub(super) async fn cases(&self) -> u64 {
        let db = self.world.services.workflow.store.read();
        case_file::Entity::find().count(db).await.unwrap()
    }
}
