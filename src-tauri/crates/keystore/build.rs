//! Tells Tauri's mobile projects where the native halves are. No command: the page cannot reach this.

fn main() {
    tauri_plugin::Builder::new(&[])
        .android_path("android")
        .ios_path("ios")
        .build();
}
