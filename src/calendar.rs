//! `banjie calendar import`: working days of a new year, or of a day that was changed.

use std::{fs, path::Path};

use workflow::{calendar::read_rows, working_days};

use crate::{fault::Fault, open::open, settings::Settings};

/// Imports a file of rows and projects anew the clocks that it touches. May be done again.
pub(crate) async fn import(settings: &Settings, file: &Path) -> Result<(), Fault> {
    let text = fs::read_to_string(file).map_err(|source| Fault::File {
        file: file.to_path_buf(),
        doing: "read",
        source,
    })?;
    let rows = read_rows(&text)
        .map_err(|why| Fault::Calendar { file: file.to_path_buf(), why: why.to_string() })?;
    let (workflow, _) = open(settings).await?;
    let done = working_days::import(&workflow, rows).await?;
    println!(
        "{} day(s) changed, {} clock(s) projected anew, {} other moment(s) moved; the calendar is at \
         revision {}",
        done.days, done.clocks, done.moments, done.revision
    );
    if done.failed > 0 {
        return Err(Fault::NotProjected(done.failed));
    }
    Ok(())
}
