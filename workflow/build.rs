//! Lists the programs that are shipped, so that a new one is a file and no line of Rust.

use std::{env, error::Error, ffi::OsStr, fmt::Write as _, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=programs");
    let mut files = Vec::new();
    for entry in fs::read_dir("programs")? {
        let path = fs::canonicalize(entry?.path())?;
        let is_yaml = path.extension().is_some_and(|ending| ending == "yaml");
        if is_yaml && path.file_stem().is_some_and(|name| name != "shared") {
            files.push(path);
        }
    }
    files.sort();
    let mut list = "&[\n".to_owned();
    for path in files {
        let name = path.file_name().and_then(OsStr::to_str).ok_or("a file's name is not UTF-8")?;
        let path = path.to_str().ok_or("the path to the programs is not UTF-8")?;
        writeln!(list, "    ({name:?}, include_str!({path:?})),")?;
    }
    list.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join("programs.rs"), list)?;
    Ok(())
}
