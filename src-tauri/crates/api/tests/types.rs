//! Writes the TypeScript of the command table; `make test` fails when what is committed differs.

use std::path::Path;

#[test]
fn the_generated_types_are_written() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/generated");
    std::fs::create_dir_all(&dir).unwrap();
    alongside_api::export_types(&dir).unwrap();
    assert!(dir.join("commands.ts").is_file());
}
