//! `banjie organisation …`: units and duties at the machine itself, by whoever operates it.

use std::{fs, path::Path};

use entities::{Duty, appointment};
use sea_orm::{ColumnTrait, QueryFilter};
use workflow::{
    CommandError, Refusal, Workflow,
    commands::{self, CloseUnit},
    organise::{self, Appoint, ChangeMark, MoveUnit, Rename, RowKind, import_rows, read_csv},
    tx,
};

use crate::{
    arguments::{DutyWord, ImportKind, Organisation},
    fault::Fault,
    open::open,
    settings::Settings,
};

/// Does what was asked for.
pub(crate) async fn act(settings: &Settings, ask: Organisation) -> Result<(), Fault> {
    let (workflow, _) = open(settings).await?;
    match ask {
        Organisation::Import { kind, file, dry } => import(&workflow, (kind, dry), &file).await,
        Organisation::Rename { unit, zh, en, from } => {
            let unit = organise::find_unit(workflow.store.read(), &unit).await?;
            let ask = Rename { unit: unit.id, name_zh: zh, name_en: en, from_on: from };
            tx::write(&workflow.store, async |tx| {
                organise::rename_unit(tx, &workflow, None, ask.clone()).await
            })
            .await?;
            println!("{} is {} from {from} on", unit.name_zh, ask.name_zh);
            Ok(())
        }
        Organisation::Mark { unit, mark, from } => {
            let unit = organise::find_unit(workflow.store.read(), &unit).await?;
            let ask = ChangeMark { unit: unit.id, mark, from_on: from };
            tx::write(&workflow.store, async |tx| {
                organise::change_mark(tx, &workflow, None, ask.clone()).await
            })
            .await?;
            println!("documents of {} bear {} from {from} on", unit.name_zh, ask.mark);
            Ok(())
        }
        Organisation::Move { unit, to, code } => {
            let unit = organise::find_unit(workflow.store.read(), &unit).await?;
            let parent = organise::find_unit(workflow.store.read(), &to).await?;
            let ask = MoveUnit { unit: unit.id, parent: parent.id, division: code };
            tx::write(&workflow.store, async |tx| {
                organise::move_unit(tx, &workflow, None, ask.clone()).await
            })
            .await?;
            println!("{} stands under {}", unit.name_zh, parent.name_zh);
            Ok(())
        }
        Organisation::Close { unit, into, dismiss, dry } => {
            close(&workflow, (&unit, into.as_deref()), (dismiss, dry)).await
        }
        Organisation::Appoint { who, duty, unit } => {
            let unit = organise::find_unit(workflow.store.read(), &unit).await?;
            let person = organise::find_member(workflow.store.read(), &who).await?;
            let from = workflow.clock.now();
            let ask = Appoint { person, unit: unit.id, duty: duty.into(), from };
            tx::write(&workflow.store, async |tx| {
                organise::appoint(tx, &workflow, None, ask).await
            })
            .await?;
            println!("{who} works in {}", unit.name_zh);
            Ok(())
        }
        Organisation::Dismiss { who, duty, unit } => dismiss(&workflow, &who, duty, &unit).await,
    }
}

async fn import(
    workflow: &Workflow,
    (kind, dry): (ImportKind, bool),
    file: &Path,
) -> Result<(), Fault> {
    let bytes = fs::read(file).map_err(|source| Fault::File {
        file: file.to_path_buf(),
        doing: "read",
        source,
    })?;
    let kind = match kind {
        ImportKind::Townships => RowKind::Townships,
        ImportKind::Schools => RowKind::Schools,
        ImportKind::People => RowKind::People,
    };
    let done = async {
        let rows = read_csv(kind, &bytes)?;
        tx::write(&workflow.store, async |tx| {
            import_rows(tx, workflow, None, (kind, dry), &rows).await
        })
        .await
    };
    match done.await {
        Ok(report) => {
            for row in &report.rows {
                println!("{:>5}  {}  {}", row.line, row.name, row.said);
            }
            let what = if report.dry { "would be new" } else { "new" };
            println!("{} {what}, {} known", report.made, report.known);
            Ok(())
        }
        Err(CommandError::Refused(Refusal::Rows(faults))) => {
            for fault in &faults {
                let (line, column) = (fault.line, &fault.column);
                println!("{line:>5}  {column}  {}。{}.", fault.said.zh, fault.said.en);
            }
            Err(CommandError::Refused(Refusal::Rows(faults)).into())
        }
        Err(other) => Err(other.into()),
    }
}

async fn close(
    workflow: &Workflow,
    (unit, into): (&str, Option<&str>),
    (dismiss, dry): (bool, bool),
) -> Result<(), Fault> {
    let db = workflow.store.read();
    let unit = organise::find_unit(db, unit).await?;
    let successor = match into {
        Some(into) => Some(organise::find_unit(db, into).await?.id),
        None => None,
    };
    if dry {
        let plan = commands::closing(db, workflow.clock.now(), unit.id, successor).await?;
        for part in &plan.parts {
            let to = part.heir.as_ref().map_or("nobody", |heir| heir.name_zh.as_str());
            let (tasks, staff) = (part.tasks, part.staff.len());
            println!("{}: {tasks} task(s), {staff} appointment(s) to {to}", part.unit.name_zh);
        }
        println!("{} case(s) are anchored there", plan.anchored);
        plan.may().map_err(CommandError::from)?;
        return Ok(());
    }
    let along = dismiss.then(Vec::new);
    let ask = CloseUnit { unit: unit.id, successor, along };
    let done = tx::write(&workflow.store, async |tx| {
        Box::pin(commands::close_unit(tx, workflow, None, ask.clone())).await
    })
    .await?;
    commands::settle_slots(workflow).await?;
    println!(
        "{} is closed: {} task(s) of {} case(s) moved, {} of {} appointment(s) go on",
        unit.name_zh, done.tasks, done.cases, done.along, done.ended
    );
    Ok(())
}

async fn dismiss(workflow: &Workflow, who: &str, duty: DutyWord, unit: &str) -> Result<(), Fault> {
    let (db, now) = (workflow.store.read(), workflow.clock.now());
    let unit = organise::find_unit(db, unit).await?;
    let person = organise::find_member(db, who).await?;
    let held = appointment::Entity::held_by(person, now)
        .filter(appointment::Column::UnitId.eq(unit.id))
        .filter(appointment::Column::Duty.eq(Duty::from(duty)))
        .one(db)
        .await?;
    let held = held.ok_or(CommandError::Refused(Refusal::NotFound("appointment")))?;
    tx::write(&workflow.store, async |tx| {
        organise::end_appointment(tx, workflow, None, (held.id, now)).await
    })
    .await?;
    commands::settle_slots(workflow).await?;
    println!("{who} works in {} no longer", unit.name_zh);
    Ok(())
}
