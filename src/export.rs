//! `banjie export`: the whole store as JSON lines, without personal data.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use workflow::export::{self, NotExported};

use crate::{fault::Fault, open, settings::Settings};

/// Writes into a file, or to standard output.
pub(crate) async fn export(settings: &Settings, out: Option<&Path>) -> Result<(), Fault> {
    let workflow = open::look(settings).await?;
    let mut to: Box<dyn Write + Send> = match out {
        Some(file) => {
            let unmade = |source| Fault::File { file: file.to_owned(), doing: "written", source };
            Box::new(BufWriter::new(File::create(file).map_err(unmade)?))
        }
        None => Box::new(BufWriter::new(io::stdout())),
    };
    match export::export(&workflow, &mut *to).await {
        Ok(lines) => {
            eprintln!("{lines} line(s)");
            Ok(())
        }
        Err(NotExported::Db(error)) => Err(error.into()),
        Err(NotExported::Write(source)) => {
            let file = out.unwrap_or(Path::new("standard output")).to_owned();
            Err(Fault::File { file, doing: "written", source })
        }
    }
}
