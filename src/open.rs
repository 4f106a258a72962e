//! Opening the service: database, keys, programs, calendar, time.

use std::{fs, io, path::Path, sync::Arc};

use entities::Fen;
use sea_orm::SqlErr;
use tokio::sync::mpsc::{Receiver, channel};
use workflow::{
    CommandError, Ticket, Wake, Workflow, business_time,
    clock::Clock,
    numbers::Numbers,
    program::Programs,
    program_versions,
    seal::KeyRing,
    tx::{self, Store},
    vault::{self, Owner},
    working_days,
};

use crate::{connect::connect, fault::Fault, migrate, settings::Settings};

/// The opened service, and the other end of its fast path.
pub(crate) type Opened = (Workflow, Receiver<Ticket>);

/// Jobs that may wait on the fast path; what is more is left to the relay.
const FAST_PATH: usize = 4096;

/// How often a start is tried again that another process's start came before.
const TRIES: usize = 5;

/// Opens everything that the halves share.
///
/// # Errors
/// [`Fault`]: the first thing that is not as it must be.
pub(crate) async fn open(settings: &Settings) -> Result<Opened, Fault> {
    make_folder(settings)?;
    let store = connect(settings).await?;
    migrate::at_start(settings, &store).await?;
    let keys = keys(settings, &store).await?;
    let calendar = working_days::load(&store).await?;
    let clock = Clock::wall();
    let programs = programs(settings, &store, &clock).await?;
    let (fast_path, jobs) = channel(FAST_PATH);
    let workflow = Workflow {
        store,
        clock,
        programs,
        calendar: calendar.into(),
        keys: Arc::new(keys),
        papers: settings.papers(),
        numbers: Numbers::default(),
        wake: Wake::to(fast_path),
    };
    business_time::follow(&workflow).await?;
    agree_on_keys(settings, &workflow).await?;
    Ok((workflow, jobs))
}

/// Opens what is needed to look at a store: nothing is made, published or brought up to date, and
/// nothing can be unsealed.
///
/// # Errors
/// [`Fault`]: the first thing that is not as it must be.
pub(crate) async fn look(settings: &Settings) -> Result<Workflow, Fault> {
    if let Some(file) = settings.sqlite_file().filter(|file| !file.is_file()) {
        let source = io::Error::from(io::ErrorKind::NotFound);
        return Err(Fault::File { file, doing: "read", source });
    }
    let store = connect(settings).await?;
    migrate::is_current(&store).await?;
    let mut programs = Programs::shipped().map_err(Fault::Program)?;
    for (file, source) in files_of(&settings.programs.folder)? {
        programs = programs.with_source(&file, &source).map_err(Fault::Program)?;
    }
    let programs = program_versions::with_stored(store.read(), programs).await?;
    let calendar = working_days::load(&store).await?;
    let workflow = Workflow {
        store,
        clock: Clock::wall(),
        programs,
        calendar: calendar.into(),
        keys: Arc::new(KeyRing::generate()?),
        papers: settings.papers(),
        numbers: Numbers::default(),
        wake: Wake::default(),
    };
    business_time::follow(&workflow).await?;
    Ok(workflow)
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

/// The first process of a new database leaves a key of its own there, which all others must be
/// able to open: two with different key files would write what the other cannot read.
async fn agree_on_keys(settings: &Settings, workflow: &Workflow) -> Result<(), Fault> {
    let now = workflow.clock.machine();
    let agreed = first_come(async || {
        tx::write(&workflow.store, async |tx| {
            vault::key_or_new(tx, workflow, Owner::System, now).await
        })
        .await
    });
    match agreed.await {
        Ok(_) => Ok(()),
        Err(source @ CommandError::Seal(_)) => {
            Err(Fault::KeysStrange { file: settings.key_file(), source })
        }
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
    first_come(async || {
        tx::write(store, async |tx| program_versions::publish_new(tx, &programs, now).await).await
    })
    .await?;
    Ok(program_versions::with_stored(store.read(), programs).await?)
}

/// Does what only the first of several processes at their start can do; the others look again,
/// and find it done.
async fn first_come<T>(work: impl AsyncFn() -> Result<T, CommandError>) -> Result<T, CommandError> {
    let mut tries = 1;
    loop {
        match work().await {
            Err(CommandError::Db(error)) if tries < TRIES && came_first(&error) => tries += 1,
            done => return done,
        }
    }
}

fn came_first(error: &sea_orm::DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
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
