//! Lists the programs and tables that are shipped, so that a new one is a file and no line of Rust.

use std::{env, error::Error, ffi::OsStr, fmt::Write as _, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    list("programs", "yaml", Path::file_name, "programs.rs")?;
    list("tables", "csv", Path::file_stem, "codes.rs")
}

/// Writes a list of the files of `folder` with that ending: `named` is what each is called there.
fn list(
    folder: &str,
    ending: &str,
    named: fn(&Path) -> Option<&OsStr>,
    to: &str,
) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={folder}");
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = fs::canonicalize(entry?.path())?;
        let fits = path.extension().is_some_and(|found| found == ending);
        if fits && path.file_stem().is_some_and(|name| name != "shared") {
            files.push(path);
        }
    }
    files.sort();
    let mut list = "&[\n".to_owned();
    for path in files {
        let name = named(&path).and_then(OsStr::to_str).ok_or("a file's name is not UTF-8")?;
        let path = path.to_str().ok_or("the path to a file is not UTF-8")?;
        writeln!(list, "    ({name:?}, include_str!({path:?})),")?;
    }
    list.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join(to), list)?;
    Ok(())
}
