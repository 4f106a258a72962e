//! `banjie serve`, `banjie api`, `banjie worker`: the whole service in one process, or a half.

use std::{net::TcpListener, sync::Arc, time::Duration};

use actix_web::dev::ServerHandle;
use tokio::{sync::watch as signal, time::Instant};
use worker::Part;
use workflow::health::{Condition, Health};

use crate::{
    arguments::Parts,
    fault::Fault,
    halves::{self, Stop},
    measuring::{self, Measured},
    open::open,
    settings::Settings,
    wait, watch,
};

/// So long does readiness say that the process stops before its doors close: whoever sends
/// requests here has time to see it.
const NOTICE: Duration = Duration::from_secs(1);

/// Opens, listens, says where, and serves until asked to stop.
pub(crate) async fn serve(settings: Settings) -> Result<(), Fault> {
    let listening = halves::listen(settings.api.listen, "api.listen")?;
    let (workflow, jobs) = open(&settings).await?;
    println!("listening on http://{}", listening.1);
    halves::run(&settings, workflow, jobs, listening).await
}

/// The front doors alone. What they leave in the outbox, workers do.
pub(crate) async fn api(mut settings: Settings) -> Result<(), Fault> {
    with_others("api", &mut settings)?;
    let (listener, address) = halves::listen(settings.api.listen, "api.listen")?;
    let health = Arc::new(Health::default());
    let metrics = measuring::begin()?;
    let mut stop = Stop::heard();
    let meanwhile = answer_meanwhile(&listener, &health)?;
    tracing::info!(%address, "the api starts");
    let opened = tokio::select! {
        opened = wait::until_open(&settings, &health) => opened?,
        () = stop.asked() => return Ok(()),
    };
    let (workflow, jobs) = opened;
    let (stopping, stopped) = signal::channel(false);
    // Without Redis the workers' relays find what is to do.
    let hints = settings
        .redis()
        .map(|redis| tokio::spawn(worker::push(redis, jobs, Arc::clone(&health), stopped)));
    let watching = tokio::spawn(watch::watch(workflow.clone(), Arc::clone(&health)));
    let services = halves::api_services(&settings, workflow, address, (&health, metrics))?;
    let mut server = api::serve(services, listener).map_err(Fault::Stopped)?;
    let doors = server.handle();
    meanwhile.stop(true).await;
    // Not before: who is told that it is ready must not meet the one who only says so.
    health.say("process", Condition::Well);
    println!("listening on http://{address}");
    tokio::select! {
        () = stop.asked() => {}
        done = &mut server => return Err(halves::stopped(done, "the api")),
    }
    tracing::info!("stopping: what is in hand is finished");
    health.say("process", Condition::NotReady("it is stopping".to_owned()));
    drop(tokio::time::timeout(NOTICE, &mut server).await);
    drop(tokio::join!(doors.stop(true), server));
    watching.abort();
    stopping.send_replace(true);
    if let Some(hints) = hints {
        drop(hints.await);
    }
    Ok(())
}

/// What happens unasked, alone; `only` some of it, or all.
pub(crate) async fn worker(mut settings: Settings, only: Option<Parts>) -> Result<(), Fault> {
    with_others("worker", &mut settings)?;
    let health = Arc::new(Health::default());
    let near = settings.worker_listen().is_some_and(|address| address.ip().is_loopback());
    let measured = Measured::new(measuring::begin()?, &settings.metrics.token, near);
    let mut stop = Stop::heard();
    let answers = match settings.worker_listen() {
        None => None,
        Some(address) => {
            let (listener, address) = halves::listen(address, "worker.listen")?;
            let answers = watch::answer(listener, &health, Some(&measured));
            Some((answers.map_err(Fault::Stopped)?, address))
        }
    };
    tracing::info!("the worker starts");
    let opened = tokio::select! {
        opened = wait::until_open(&settings, &health) => opened?,
        () = stop.asked() => return Ok(()),
    };
    let (workflow, jobs) = opened;
    measured.look_at(workflow.clone());
    let watching = tokio::spawn(watch::watch(workflow.clone(), Arc::clone(&health)));
    let parts = only.map_or_else(|| Part::ALL.to_vec(), |only| only.0);
    let services =
        halves::worker_services(&settings, workflow, settings.api.listen)?.with(&parts, &health);
    if let Some((_, address)) = &answers {
        println!("listening on http://{address}");
    }
    let names: Vec<&str> = parts.iter().map(|part| part.name()).collect();
    println!("working: {}", names.join(", "));
    let until = async {
        stop.asked().await;
        tracing::info!("stopping: what is in hand is finished");
        health.say("process", Condition::NotReady("it is stopping".to_owned()));
        // Whoever asks how it is, is answered for a moment longer.
        Instant::now() + halves::STOP.saturating_sub(NOTICE)
    };
    worker::run(services, jobs, until).await?;
    watching.abort();
    if let Some((answers, _)) = answers {
        answers.stop(true).await;
    }
    Ok(())
}

/// Processes beside each other need a database that has room for them, and leave its schema to
/// `banjie migrate`.
fn with_others(role: &'static str, settings: &mut Settings) -> Result<(), Fault> {
    if settings.sqlite_file().is_some() {
        return Err(Fault::Alone(role));
    }
    settings.database.migrate = false;
    Ok(())
}

/// Says on the address of the api that it is not ready yet.
fn answer_meanwhile(listener: &TcpListener, health: &Arc<Health>) -> Result<ServerHandle, Fault> {
    health.say("process", Condition::NotReady("it is starting".to_owned()));
    let listener = listener.try_clone().map_err(Fault::Stopped)?;
    watch::answer(listener, health, None).map_err(Fault::Stopped)
}
