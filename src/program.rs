//! `banjie program check` and `banjie program draw`: files only, no database.

use std::{fs, path::Path, process::ExitCode};

use workflow::program::{self, Finding, Lang, Program, Programs, load};

use crate::{arguments::InLanguage, fault::Fault};

/// Says what is wrong in program files; each is checked beside the shipped programs.
pub(crate) fn check(files: &[impl AsRef<Path>]) -> Result<ExitCode, Fault> {
    let shipped = Programs::shipped().map_err(Fault::Program)?;
    let mut errors = 0;
    for file in files {
        let (name, source) = read(file.as_ref())?;
        let found = findings(&shipped, &name, &source);
        errors += found.iter().filter(|finding| !finding.warning).count();
        for finding in &found {
            println!("{finding}");
        }
        if found.is_empty() {
            println!("{name}: nothing is wrong");
        }
    }
    Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn findings(shipped: &Programs, name: &str, source: &str) -> Vec<Finding> {
    match load::program(name, source) {
        Ok(program) => shipped.lint(name, Some(source), &program),
        Err(finding) => vec![finding],
    }
}

/// Draws a program's route. What is drawn has no errors.
pub(crate) fn draw(
    file: &Path,
    out: Option<&Path>,
    language: InLanguage,
) -> Result<ExitCode, Fault> {
    let shipped = Programs::shipped().map_err(Fault::Program)?;
    let (name, source) = read(file)?;
    let program: Program =
        load::program(&name, &source).map_err(|finding| Fault::Program(vec![finding]))?;
    let mut errors = shipped.lint(&name, Some(&source), &program);
    errors.retain(|finding| !finding.warning);
    if !errors.is_empty() {
        return Err(Fault::Program(errors));
    }
    let language = match language {
        InLanguage::Zh => Lang::Zh,
        InLanguage::En => Lang::En,
    };
    let picture = program::draw(&program, shipped.shared(), language);
    match out {
        None => print!("{picture}"),
        Some(out) => {
            let doing = "written";
            fs::write(out, picture).map_err(|source| Fault::File {
                file: out.to_path_buf(),
                doing,
                source,
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> Result<(String, String), Fault> {
    let source = fs::read_to_string(file).map_err(|source| Fault::File {
        file: file.to_path_buf(),
        doing: "read",
        source,
    })?;
    Ok((file.display().to_string(), source))
}
