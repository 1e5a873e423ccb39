//! What the shell needs before it compiles: the permission for each of its commands, and the ui, which is embedded.
//! Nothing is built here; `ui/dist` is made by `npm run build` in `ui/` (the Makefile does it first).

use std::path::Path;

/// The commands of the shell. Each gets a permission, `allow-<command>`, which a capability must grant.
const COMMANDS: &[&str] = &["call", "take"];

fn main() {
    let ui = Path::new("../ui/dist");
    // The macro that embeds the ui does not watch it; without this line a new page would sit in an old program.
    println!("cargo::rerun-if-changed={}", ui.display());
    if !ui.join("index.html").is_file() {
        println!(
            "cargo::error=the ui is not built yet: run `make ui`, or `npm ci` and `npm run build` in ui/"
        );
        return;
    }
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    if let Err(error) =
        tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))
    {
        println!("cargo::error={}", format!("{error:#}").replace('\n', " "));
    }
}
