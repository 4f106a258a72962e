//! Opening the service: database, keys, programs, calendar, time.

use std::{fs, io, path::Path, sync::Arc};

use chrono::TimeDelta;
use entities::{Fen, OutboxId, business_time};
use sea_orm::EntityTrait;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use workflow::{
    CommandError, Wake, Workflow,
    calendar::Calendar,
    clock::Clock,
    numbers::Numbers,
    program::Programs,
    program_versions,
    seal::KeyRing,
    tx::{self, Store},
    vault,
};

use crate::{connect::connect, fault::Fault, migrate, settings::Settings};

/// The opened service, and the other end of its fast path.
pub(crate) type Opened = (Workflow, UnboundedReceiver<OutboxId>);

/// Opens everything that the halves share.
///
/// # Errors
/// [`Fault`]: the first thing that is not as it must be.
pub(crate) async fn open(settings: &Settings) -> Result<Opened, Fault> {
    make_folder(settings)?;
    let store = connect(settings).await?;
    migrate::at_start(settings, &store).await?;
    let keys = keys(settings, &store).await?;
    let calendar = Calendar::shipped().map_err(|error| Fault::Shipped(error.to_string()))?;
    let clock = Clock::wall();
    let moved = business_time::Entity::find().one(store.read()).await?;
    clock.set_offset(TimeDelta::microseconds(moved.map_or(0, |row| row.offset_us)));
    let programs = programs(settings, &store, &clock).await?;
    let (fast_path, jobs) = unbounded_channel();
    let workflow = Workflow {
        store,
        clock,
        programs,
        calendar: Arc::new(calendar),
        keys: Arc::new(keys),
        papers: settings.papers(),
        numbers: Numbers::default(),
        wake: Wake::to(fast_path),
    };
    Ok((workflow, jobs))
}

/// Makes the data folder, which only its owner may read.
pub(crate) fn make_folder(settings: &Settings) -> Result<(), Fault> {
    let folder = &settings.data;
    let made = fs::create_dir_all(folder).and_then(|()| only_its_owner(folder));
    made.map_err(|source| Fault::Data { folder: folder.clone(), source })
}

#[cfg(unix)]
fn only_its_owner(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn only_its_owner(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The keys of personal data: made at the first start, and never anew for a database that holds
/// what others have encrypted.
async fn keys(settings: &Settings, store: &Store) -> Result<KeyRing, Fault> {
    let file = settings.key_file();
    if !file.exists() && vault::is_in_use(store.read()).await? {
        return Err(Fault::KeysMissing(file));
    }
    let keys = KeyRing::load_or_create(&file)?;
    match vault::opens(store.read(), &keys).await {
        Ok(()) => Ok(keys),
        Err(source @ CommandError::Seal(_)) => Err(Fault::KeysStrange { file, source }),
        Err(other) => Err(other.into()),
    }
}

/// The shipped programs and those of the deployment's own folder, published at their first start,
/// and all that the database knows.
async fn programs(settings: &Settings, store: &Store, clock: &Clock) -> Result<Programs, Fault> {
    let mut programs = Programs::shipped().map_err(Fault::Program)?;
    for (file, source) in files_of(&settings.programs.folder)? {
        programs = programs.with_source(&file, &source).map_err(Fault::Program)?;
    }
    for (table, yuan) in &settings.programs.ceilings {
        programs = programs.with_cap(table, Fen(yuan.saturating_mul(100)));
    }
    let now = clock.now();
    tx::write(store, async |tx| program_versions::publish_new(tx, &programs, now).await).await?;
    Ok(program_versions::with_stored(store.read(), programs).await?)
}

/// Name and text of each program in the deployment's own folder, in the order of their names.
fn files_of(folder: &Path) -> Result<Vec<(String, String)>, Fault> {
    if folder.as_os_str().is_empty() {
        return Ok(Vec::new());
    }
    let unread = |file: &Path| {
        let file = file.to_path_buf();
        move |source| Fault::File { file, doing: "read", source }
    };
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut files: Vec<_> =
        entries.map_err(unread(folder))?.into_iter().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "yaml"));
    files.sort();
    let read = |file: std::path::PathBuf| {
        let source = fs::read_to_string(&file).map_err(unread(&file))?;
        Ok((file.display().to_string(), source))
    };
    files.into_iter().map(read).collect()
}
