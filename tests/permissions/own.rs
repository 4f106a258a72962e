//! What belongs to one member of staff alone: made just before its doors are knocked at, so that
//! one of those who knock finds it there.

use entities::{
    BatchId, Duty, ExtensionId, ExtensionKind, ExtensionState, NoticeId, RecusalId, SubstitutionId,
    batch, batch_row, extension, notice, task,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use workflow::commands::{self, DeclareRecusal, NameSubstitute};

use super::Things;
use crate::harness::world::World;

/// One of each.
#[derive(Clone)]
pub(super) struct Own {
    /// A request that Poor answers.
    pub(super) extension: ExtensionId,
    /// Pay stands in for Poor, some day.
    pub(super) substitution: SubstitutionId,
    /// Poor keeps away from somebody.
    pub(super) recusal: RecusalId,
    /// Poor was informed of a case.
    pub(super) copy: NoticeId,
    /// The class teacher's.
    pub(super) batch: BatchId,
    /// A letter that did not arrive: the administrator's, too.
    pub(super) bounce: NoticeId,
}

/// None of them.
pub(super) fn none() -> Own {
    let at = chrono::DateTime::UNIX_EPOCH;
    Own {
        extension: ExtensionId::at(at),
        substitution: SubstitutionId::at(at),
        recusal: RecusalId::at(at),
        copy: NoticeId::at(at),
        batch: BatchId::at(at),
        bounce: NoticeId::at(at),
    }
}

/// The one that the doors at `path` are about.
pub(super) async fn made(world: &World, things: &Things, path: &str) -> Own {
    match path {
        _ if path.contains("/extensions/") => {
            Own { extension: extension(world, things).await, ..none() }
        }
        _ if path.contains("/substitutes/{id}") => {
            Own { substitution: substitution(world).await, ..none() }
        }
        _ if path.contains("/recusals/{id}") => Own { recusal: recusal(world).await, ..none() },
        _ if path.contains("/copies/{id}") => Own { copy: copy(world, things).await, ..none() },
        _ if path.contains("{batch}") => Own { batch: batch(world, things).await, ..none() },
        _ if path.contains("/bounces/{id}") => {
            Own { bounce: bounce(world, things).await, ..none() }
        }
        _ => none(),
    }
}

async fn slot(world: &World, things: &Things) -> task::Model {
    let found = task::Entity::find_by_id(things.task).one(world.workflow.store.read()).await;
    found.unwrap().unwrap()
}

async fn extension(world: &World, things: &Things) -> ExtensionId {
    let (slot, now) = (slot(world, things).await, world.workflow.clock.now());
    let row = extension::Model {
        id: ExtensionId::at(now),
        case_id: slot.case_id,
        run_id: slot.run_id,
        task_id: slot.id,
        by_span: "1wd".to_owned(),
        unit_id: world.units["county/poverty_relief"],
        duty: Duty::Handler,
        state: ExtensionState::Asked,
        asked_by: world.actor("Teacher").person.unwrap(),
        asked_at: now,
        decided_by: None,
        decided_at: None,
        kind: ExtensionKind::Time,
    };
    let row = row.into_active_model().reset_all();
    row.insert(world.workflow.store.for_migration()).await.unwrap().id
}

async fn substitution(world: &World) -> SubstitutionId {
    let poor = world.actor("Poor");
    let ask = NameSubstitute {
        absent: poor.person.unwrap(),
        substitute: world.actor("Pay").person.unwrap(),
        from: "2018-10-08T00:00:00+08:00".parse().unwrap(),
        to: "2018-10-10T00:00:00+08:00".parse().unwrap(),
        program: None,
        most: None,
    };
    let made = world.command(async |tx| {
        commands::name_substitute(tx, &world.workflow, poor, ask.clone()).await
    });
    made.await.unwrap()
}

async fn recusal(world: &World) -> RecusalId {
    let (name, id_number) = ("马小兰".to_owned(), "640422200001011234".to_owned());
    let (poor, ask) = (world.actor("Poor"), DeclareRecusal::Relative { name, id_number });
    let made = world.command(async |tx| {
        commands::declare_recusal(tx, &world.workflow, poor, ask.clone()).await
    });
    made.await.unwrap()
}

async fn copy(world: &World, things: &Things) -> NoticeId {
    let (teacher, poor) = (world.actor("Teacher"), world.actor("Poor").person.unwrap());
    let told = world.command(async |tx| {
        commands::copy_case(tx, &world.workflow, teacher, things.task, (poor, None)).await
    });
    told.await.unwrap();
    let found = commands::copies_of(poor).filter(notice::Column::CaseId.eq(things.case));
    found.one(world.workflow.store.read()).await.unwrap().expect("a copy").id
}

async fn batch(world: &World, things: &Things) -> BatchId {
    let (slot, now) = (slot(world, things).await, world.workflow.clock.now());
    let (teacher, case) = (world.actor("Teacher"), world.case(slot.case_id).await);
    let none = "00".repeat(32);
    let row = batch::Model {
        id: BatchId::at(now),
        person_id: teacher.person.unwrap(),
        account_id: teacher.account,
        program: case.program,
        program_hash: case.program_hash,
        path: slot.path,
        seed: none.clone(),
        size: 1,
        sample: 0,
        made_at: now,
        signed_at: None,
        key: None,
        request: None,
        done_at: None,
    };
    let db = world.workflow.store.for_migration();
    let made = row.into_active_model().reset_all().insert(db).await.unwrap();
    let row = batch_row::Model {
        batch_id: made.id,
        task_id: slot.id,
        case_id: slot.case_id,
        place: 0,
        seen: none,
        sampled: false,
        opened_at: None,
        result: None,
        reason: None,
        done_at: None,
    };
    row.into_active_model().reset_all().insert(db).await.unwrap();
    made.id
}

async fn bounce(world: &World, things: &Things) -> NoticeId {
    let found = notice::Entity::find().filter(notice::Column::CaseId.eq(things.case));
    let found = found.one(world.workflow.store.read()).await.unwrap().expect("a letter").id;
    let noted = world.command(async |tx| {
        commands::note_bounce(tx, &world.workflow, found, "550 no such user").await
    });
    noted.await.unwrap();
    found
}
