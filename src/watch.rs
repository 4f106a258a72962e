//! How the process is, looked at again and again; and a small server that says it where there
//! are no front doors, or not yet.

use std::{net::TcpListener, sync::Arc, time::Duration};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    web::{self, Data},
};
use entities::{outbox, paper};
use migrations::Standing;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;
use tokio::time::MissedTickBehavior;
use workflow::{
    CommandError, Workflow,
    health::{Condition, Health},
    program_versions, working_days,
};

use crate::{fault::Fault, measuring::Measured};

/// How often to look.
const PERIOD: Duration = Duration::from_secs(1);
/// What costs more is looked at every so many times.
const SELDOM: u32 = 5;
/// So long may the database take to answer.
const ANSWER: Duration = Duration::from_secs(2);

/// Looks how the process is, and follows business time, for good. `Health` is kept up to date
/// with what is found.
pub(crate) async fn watch(workflow: Workflow, health: Arc<Health>) {
    let mut ticks = tokio::time::interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was_well = true;
    for round in 0_u32.. {
        ticks.tick().await;
        let looked = async {
            workflow::business_time::follow(&workflow).await?;
            follow_programs(&workflow).await?;
            if round % SELDOM == 0 {
                health.say("schema", schema(&workflow).await?);
                health.say("programs", programs(&workflow).await?);
                health.say("jobs", jobs(&workflow).await?);
                health.say("papers", papers(&workflow).await?);
                health.say("calendar", calendar(&workflow).await?);
            }
            Ok::<_, DbErr>(())
        };
        let is_well = match tokio::time::timeout(ANSWER, looked).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                if was_well {
                    tracing::warn!(%error, "the database cannot be used");
                }
                false
            }
            Err(_) => false,
        };
        was_well = is_well;
        // Anybody may ask, and errors name users and hosts: they go into the log alone.
        let silent = || Condition::NotReady("the database does not answer".to_owned());
        health.say("database", if is_well { Condition::Well } else { silent() });
    }
}

async fn schema(workflow: &Workflow) -> Result<Condition, DbErr> {
    Ok(match migrations::standing(workflow.store.read()).await? {
        Standing::Current => Condition::Well,
        Standing::Behind(steps) => Condition::NotReady(Fault::Behind(steps).to_string()),
        Standing::Contracted => Condition::NotReady(Fault::Contracted.to_string()),
        Standing::Ahead(steps) => Condition::Degraded(format!(
            "the database's schema is {steps} step(s) newer than this program; upgrade it"
        )),
    })
}

/// Follows what another process imports, and misses a year in time.
async fn calendar(workflow: &Workflow) -> Result<Condition, DbErr> {
    match working_days::follow(workflow).await {
        Ok(_) => {}
        Err(CommandError::Db(error)) => return Err(error),
        Err(error) => {
            return Ok(Condition::Degraded(format!("the calendar cannot be read: {error}")));
        }
    }
    Ok(working_days::condition(&workflow.calendar.now(), workflow.clock.now()))
}

/// Takes over what another process has published: new cases begin on it here too.
async fn follow_programs(workflow: &Workflow) -> Result<(), DbErr> {
    match program_versions::follow(workflow).await {
        Ok(_) => Ok(()),
        Err(CommandError::Db(error)) => Err(error),
        Err(error) => {
            tracing::error!(%error, "what was published cannot be read");
            Ok(())
        }
    }
}

/// Whether this process knows all that was published: a newer one may have come meanwhile.
async fn programs(workflow: &Workflow) -> Result<Condition, DbErr> {
    let unknown = program_versions::unknown(workflow.store.read(), &workflow.programs).await?;
    Ok(match unknown {
        0 => Condition::Well,
        versions => Condition::Degraded(format!(
            "{versions} version(s) of programs are unknown here: their cases wait for a newer \
             process; restart or upgrade this one"
        )),
    })
}

async fn jobs(workflow: &Workflow) -> Result<Condition, DbErr> {
    Ok(match outbox::Entity::quarantined().count(workflow.store.read()).await? {
        0 => Condition::Well,
        jobs => Condition::Degraded(format!("{jobs} job(s) in quarantine: a person must look")),
    })
}

/// Whether the documents that the database knows lie where this process looks for them: all
/// processes need the same folder. The oldest one stands for all.
async fn papers(workflow: &Workflow) -> Result<Condition, DbErr> {
    let oldest = paper::Entity::find()
        .filter(paper::Column::RemovedAt.is_null())
        .order_by_asc(paper::Column::Id)
        .one(workflow.store.read())
        .await?;
    let Some(paper) = oldest else { return Ok(Condition::Well) };
    let file = workflow.papers.join(paper.case_id.to_string()).join(paper.id.to_string());
    if tokio::fs::try_exists(file).await.unwrap_or(false) {
        return Ok(Condition::Well);
    }
    let why = "documents are missing in the folder of this process: all need the same one";
    Ok(Condition::Degraded(why.to_owned()))
}

/// Answers on `listener` how the process is, where `measured` is given also what was measured,
/// and nothing else, until it is stopped.
///
/// # Errors
/// When the listener cannot be used.
pub(crate) fn answer(
    listener: TcpListener,
    health: &Arc<Health>,
    measured: Option<&Measured>,
) -> std::io::Result<ServerHandle> {
    let health = Data::from(Arc::clone(health));
    let measured = Data::new(measured.cloned());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(health.clone())
            .app_data(measured.clone())
            .route("/metrics", web::get().to(metrics))
            .route("/health/live", web::get().to(live))
            .route("/health/ready", web::get().to(ready))
            .route("/api/v1/health/live", web::get().to(live))
            .route("/api/v1/health/ready", web::get().to(ready))
            .default_service(web::to(nothing_else))
    })
    .workers(1)
    .disable_signals()
    .shutdown_timeout(1)
    .listen(listener)?
    .run();
    let handle = server.handle();
    tokio::spawn(server);
    Ok(handle)
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "live" }))
}

async fn ready(health: Data<Health>) -> HttpResponse {
    api::readiness(&health.parts())
}

async fn metrics(request: HttpRequest, measured: Data<Option<Measured>>) -> HttpResponse {
    let Some(measured) = measured.get_ref() else { return HttpResponse::NotFound().finish() };
    if let Some(barred) = measured.bars(&request) {
        return HttpResponse::build(barred).finish();
    }
    HttpResponse::Ok().content_type(api::METRICS_TYPE).body(measured.text().await)
}

async fn nothing_else(health: Data<Health>) -> HttpResponse {
    if workflow::health::is_ready(&health.parts()) {
        return HttpResponse::NotFound().finish();
    }
    HttpResponse::ServiceUnavailable().insert_header(("retry-after", "2")).finish()
}
