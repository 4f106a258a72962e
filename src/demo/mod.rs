//! `banjie demo`: a service to look around in, on a database of its own.

mod advance;
mod cases;
mod editions;
mod leavers;
mod marker;
mod oversight;
mod people;
mod roster;
mod round;
mod sights;
mod staff;
mod stage;
#[cfg(test)]
mod tests;

use std::{fs, io, path::PathBuf};

use sea_orm::prelude::Uuid;
use serde_json::json;
use workflow::{CommandError, Workflow, record::append, tx};

use crate::{
    connect::connect,
    fault::Fault,
    halves,
    open::{make_folder, open},
    settings::Settings,
};
pub(crate) use advance::advance;
use entities::Stream;
use marker::Found;
use stage::Stage;

/// Makes the demonstration unless it is there, says who can sign in, and serves.
pub(crate) async fn demo(mut settings: Settings, fresh: bool) -> Result<(), Fault> {
    // Nobody who is invented gets a letter over a real server.
    settings.mail.smtp.clear();
    settings.sms.webhook.clear();
    let listening = halves::listen(settings.api.listen, "api.listen")?;
    let made = prepare(&settings, fresh).await?;
    let (workflow, jobs) = open(&settings).await?;
    if !made {
        let worker = halves::worker_services(&settings, workflow.clone(), listening.1)?;
        seed(&settings, &workflow, &worker).await?;
    }
    let url = settings.public_url(listening.1);
    print!("{}{}", people::table(&settings, &url), sights::table(&workflow, &url).await?);
    println!("listening on http://{}", listening.1);
    halves::run(&settings, workflow, jobs, listening).await
}

/// Looks whose database it is; whether a whole demonstration is in it.
async fn prepare(settings: &Settings, fresh: bool) -> Result<bool, Fault> {
    make_folder(settings)?;
    let store = connect(settings).await?;
    let found = marker::look(store.read()).await?;
    store.read().clone().close().await?;
    store.for_migration().clone().close().await?;
    match found {
        Found::Strange => Err(Fault::NotDemo(settings.place())),
        Found::Nothing => Ok(false),
        Found::Whole if !fresh => Ok(true),
        // One that was interrupted while it was made is of no use to anybody.
        Found::Whole | Found::Half => clear(settings).map(|()| false),
    }
}

/// Throws away what a demonstration has left. The caller has seen that it was one.
fn clear(settings: &Settings) -> Result<(), Fault> {
    let Some(file) = settings.sqlite_file() else {
        let said = "on PostgreSQL, begin anew in an empty database";
        return Err(Fault::Demo(said.to_owned()));
    };
    let beside = |end: &str| PathBuf::from(format!("{}{end}", file.display()));
    for path in [beside("-wal"), beside("-shm"), file.clone(), settings.data.join("keys")] {
        gone(fs::remove_file(&path), path)?;
    }
    for path in [settings.papers(), settings.letters()] {
        gone(fs::remove_dir_all(&path), path)?;
    }
    Ok(())
}

fn gone(removed: io::Result<()>, file: PathBuf) -> Result<(), Fault> {
    match removed {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Fault::File { file, doing: "removed", source })
        }
        _ => Ok(()),
    }
}

/// Fills an empty database.
pub(crate) async fn seed(
    settings: &Settings,
    workflow: &Workflow,
    worker: &worker::Services,
) -> Result<(), Fault> {
    mark(workflow, marker::BEGUN).await?;
    let mut stage = Stage::new(workflow, worker)?;
    people::hire(&mut stage, &settings.demo.password).await?;
    people::enrol(&mut stage).await?;
    Box::pin(cases::play(&mut stage)).await?;
    mark(workflow, marker::READY).await
}

async fn mark(workflow: &Workflow, kind: &str) -> Result<(), Fault> {
    let now = workflow.clock.machine();
    tx::write(&workflow.store, async |tx| {
        append(tx, now, Stream::System, Uuid::nil(), None, (kind, json!({}))).await?;
        Ok::<_, CommandError>(())
    })
    .await?;
    Ok(())
}
