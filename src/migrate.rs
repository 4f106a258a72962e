//! Bringing the schema up to date.

use workflow::tx::Store;

use crate::{connect::connect, fault::Fault, open, settings::Settings};

/// `banjie migrate`.
pub(crate) async fn migrate(settings: &Settings) -> Result<(), Fault> {
    open::make_folder(settings)?;
    let store = connect(settings).await?;
    let steps = migrations::pending(store.for_migration()).await?;
    migrations::migrate(store.for_migration()).await?;
    println!("{steps} step(s) were taken; the schema is up to date");
    Ok(())
}

/// At the start: takes the steps, or refuses to work on an older schema.
pub(crate) async fn at_start(settings: &Settings, store: &Store) -> Result<(), Fault> {
    if settings.database.migrate {
        return Ok(migrations::migrate(store.for_migration()).await?);
    }
    match migrations::pending(store.for_migration()).await? {
        0 => Ok(()),
        steps => Err(Fault::Behind(steps)),
    }
}
