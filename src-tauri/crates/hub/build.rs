//! Lists the files of the built ui (`ui/dist`), so that the program has the screens inside it.
//!
//! The library does without them. When the ui has not been built, compiling the program says how to.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let built = here.join("../../../ui/dist");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={}", built.display());

    let mut list = String::new();
    if built.join("index.html").is_file() {
        let mut files = Vec::new();
        collect(&built, &built, &mut files)?;
        files.sort();
        list.push_str("&[\n");
        for (name, path) in files {
            let path = path.canonicalize()?;
            // Writing to a String cannot fail.
            let _ = writeln!(list, "    ({name:?}, include_bytes!({path:?})),");
        }
        list.push_str("]\n");
    } else {
        list.push_str("compile_error!(\"The screens are not built yet. Run `make ui` first, then build again.\")\n");
    }
    let target = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("pages.rs");
    fs::write(target, list)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if let Ok(name) = path.strip_prefix(root) {
            files.push((name.to_string_lossy().replace('\\', "/"), path));
        }
    }
    Ok(())
}
