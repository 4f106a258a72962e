//! `banjie serve`: the whole service in one process.

use crate::{fault::Fault, halves, open::open, settings::Settings};

/// Opens, listens, says where, and serves until asked to stop.
pub(crate) async fn serve(settings: Settings) -> Result<(), Fault> {
    let listening = halves::listen(&settings)?;
    let (workflow, jobs) = open(&settings).await?;
    println!("listening on http://{}", listening.1);
    halves::run(&settings, workflow, jobs, listening).await
}
