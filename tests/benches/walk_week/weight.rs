//! (j) What there is to fetch and to install: the page's script and styles, the programs, the packages.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use alongside_tests::program;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::table::{Aim, Table, Unit};

/// Sizes of what was built last. The script of the first screen is the entry with all that it cannot do without.
pub fn weigh(table: &mut Table) {
    eprintln!("(j) sizes");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let dist = root.join("ui/dist");
    let assets = dist.join("assets");
    let page = fs::read_to_string(dist.join("index.html")).unwrap();
    let entry = between(&page, "src=\"./assets/", "\"").next().unwrap();
    let mut first = BTreeSet::new();
    needed(&assets, entry, &mut first);
    let ending = |wanted: &str| -> Vec<String> {
        let names = fs::read_dir(&assets).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(wanted)).collect()
    };
    let sum =
        |names: &[String]| -> f64 { names.iter().map(|name| packed(&assets.join(name))).sum() };
    let first: Vec<String> = first.into_iter().collect();
    // Of 1,024 bytes, as the budget counts.
    let budget = |kb: f64| Aim::Most(kb * 1_024.0);
    table.add(
        "(j) script before the first screen, gzip",
        Unit::Kb,
        sum(&first),
        None,
        budget(80.0),
    );
    table.add(
        "(j) script of all screens, gzip",
        Unit::Kb,
        sum(&ending(".js")),
        None,
        Aim::None,
    );
    table.add(
        "(j) styles, gzip",
        Unit::Kb,
        sum(&ending(".css")),
        None,
        budget(25.0),
    );
    for (name, what) in [
        ("alongside", "(j) the app, its program"),
        ("alongside-hub", "(j) the hub, its program"),
    ] {
        table.add(what, Unit::Mb, length(&program(name)), None, Aim::None);
    }
    let packages = packages(&root.join("target"));
    if packages.is_empty() {
        table.note("The packages were not weighed: `make deb` makes them.");
    }
    for package in packages {
        let name = package
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let what = format!("(j) {}.deb", name.split('_').next().unwrap_or_default());
        table.add(&what, Unit::Mb, length(&package), None, Aim::None);
    }
}

/// The file and all the files it imports before it runs.
fn needed(assets: &Path, name: &str, found: &mut BTreeSet<String>) {
    if !found.insert(name.to_owned()) {
        return;
    }
    let text = fs::read_to_string(assets.join(name)).unwrap();
    for start in ["from\"./", "import\"./"] {
        for other in between(&text, start, "\"") {
            needed(assets, other, found);
        }
    }
}

fn between<'a>(text: &'a str, start: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(start)
        .skip(1)
        .filter_map(move |rest| rest.split(end).next())
}

#[allow(clippy::cast_precision_loss, reason = "files are far smaller")]
fn packed(file: &Path) -> f64 {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&fs::read(file).unwrap()).unwrap();
    encoder.finish().unwrap().len() as f64
}

#[allow(clippy::cast_precision_loss, reason = "files are far smaller")]
fn length(file: &Path) -> f64 {
    fs::metadata(file).unwrap().len() as f64
}

fn packages(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder.join("debian")) else {
        return Vec::new();
    };
    let mut found: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "deb"))
        .collect();
    found.sort();
    found
}
