//! What `make deb` and the container are made from, held together without building them: files are there, units are
//! sound, and every command and option they use is one the program knows.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use alongside_tests::program;

const COMMANDS: &[&str] = &[
    "serve",
    "ready",
    "school create",
    "school import",
    "people",
    "invite",
    "demo",
    "check",
    "archive",
    "backup",
    "restore",
    "retention",
];

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn packaging(name: &str) -> String {
    let file = top().join("src-tauri/packaging").join(name);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn help(command: &str) -> String {
    let output = Command::new(program("alongside-hub"))
        .args(command.split(' '))
        .arg("--help")
        .output()
        .unwrap();
    assert!(output.status.success(), "{command}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// That all the options in a line of a command are in its help.
fn options_are_known(command: &str, line: &str) {
    let help = help(command);
    for option in line
        .split_whitespace()
        .filter(|word| word.starts_with("--"))
    {
        assert!(help.contains(option), "{command} does not know {option}");
    }
}

fn parts() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(top())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    told["packages"].as_array().unwrap().clone()
}

#[test]
fn each_package_names_files_that_are_there_and_says_what_it_is() {
    let mut names = Vec::new();
    for part in parts() {
        let deb = &part["metadata"]["deb"];
        if deb.is_null() {
            continue;
        }
        names.push(deb["name"].as_str().unwrap().to_owned());
        for member in [
            "maintainer",
            "copyright",
            "extended-description",
            "section",
            "depends",
        ] {
            assert!(
                deb[member].as_str().is_some_and(|said| !said.is_empty()),
                "{member} of {}",
                deb["name"]
            );
        }
        assert!(deb["depends"].as_str().unwrap().contains("$auto"), "{deb}");
        for line in deb["extended-description"].as_str().unwrap().lines() {
            assert!(line.len() <= 80, "{line}");
        }
        let folder = Path::new(part["manifest_path"].as_str().unwrap())
            .parent()
            .unwrap()
            .to_owned();
        let mut installed = Vec::new();
        for asset in deb["assets"].as_array().unwrap() {
            let source = asset[0].as_str().unwrap();
            let is_built = source.starts_with("target/release/");
            assert!(is_built || folder.join(source).is_file(), "{source}");
            installed.push(format!("/{}", asset[1].as_str().unwrap()));
        }
        for file in deb["conf-files"].as_array().unwrap_or(&Vec::new()) {
            assert!(
                installed
                    .iter()
                    .any(|there| *there == file.as_str().unwrap()),
                "{file}"
            );
        }
        for file in [&deb["license-file"][0], &deb["changelog"]] {
            assert!(folder.join(file.as_str().unwrap()).is_file(), "{file}");
        }
    }
    names.sort();
    assert_eq!(names, ["alongside", "alongside-hub"]);
    assert!(
        packaging("changelog")
            .starts_with(&format!("alongside ({}-1) ", env!("CARGO_PKG_VERSION")))
    );
}

#[test]
fn the_scripts_of_the_packages_are_sound_and_leave_the_records_alone() {
    for name in ["postinst", "prerm", "postrm"] {
        let file = top().join("src-tauri/packaging/debian-hub").join(name);
        assert!(
            Command::new("sh")
                .arg("-n")
                .arg(&file)
                .status()
                .unwrap()
                .success()
        );
        let text = std::fs::read_to_string(file).unwrap();
        assert!(
            text.contains("set -e\n") && text.contains("#DEBHELPER#"),
            "{name}"
        );
        assert!(!text.contains("rm -"), "{name} removes something");
    }
}

#[test]
fn the_units_start_the_program_with_what_it_knows() {
    let serve = packaging("alongside-hub.service");
    let starts = |unit: &str| {
        let line = unit
            .lines()
            .find_map(|line| line.strip_prefix("ExecStart=/usr/bin/alongside-hub "));
        line.unwrap().to_owned()
    };
    options_are_known("serve", &starts(&serve));
    options_are_known(
        "backup",
        &starts(&packaging("alongside-hub-backup.service")),
    );
    let settings = packaging("hub.conf");
    let used = settings
        .lines()
        .find(|line| line.starts_with("ALONGSIDE_HUB_OPTIONS="))
        .unwrap();
    options_are_known("serve", used);
    // A file for each connection.
    let files = serve
        .lines()
        .find_map(|line| line.strip_prefix("LimitNOFILE="))
        .unwrap();
    assert!(files.parse::<usize>().unwrap() > 2 * alongside_hub::limits::CONNECTIONS);
    let stops = serve
        .lines()
        .find_map(|line| line.strip_prefix("TimeoutStopSec="))
        .unwrap();
    assert!(stops.parse::<u64>().unwrap() > alongside_hub::limits::STOP_WITHIN.as_secs() + 5);
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units_and_little_that_they_may_do() {
    let is_here = Command::new("systemd-analyze").arg("--version").output();
    if !is_here.is_ok_and(|output| output.status.success()) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = program("alongside-hub");
    for name in [
        "alongside-hub.service",
        "alongside-hub-backup.service",
        "alongside-hub-backup.timer",
    ] {
        let unit = packaging(name).replace("/usr/bin/alongside-hub", program.to_str().unwrap());
        std::fs::write(folder.path().join(name), unit).unwrap();
    }
    let analyze = |arguments: &[&str]| {
        let mut command = Command::new("systemd-analyze");
        command
            .args(arguments)
            .current_dir(folder.path())
            .env("SYSTEMD_PAGER", "");
        command.output().unwrap()
    };
    let units = [
        "./alongside-hub.service",
        "./alongside-hub-backup.service",
        "./alongside-hub-backup.timer",
    ];
    let verified = analyze(&[&["verify", "--man=no"][..], &units].concat());
    assert!(verified.status.success(), "{verified:?}");
    for unit in &units[..2] {
        // The threshold is in tenths of the exposure that systemd tells, of ten.
        let secure = analyze(&["security", "--offline=true", "--threshold=20", unit]);
        assert!(
            secure.status.success(),
            "{}",
            String::from_utf8_lossy(&secure.stdout)
        );
    }
}

#[test]
fn the_page_of_the_manual_names_every_command() {
    let page = packaging("alongside-hub.1");
    for command in COMMANDS {
        help(command);
        let last = command.rsplit(' ').next().unwrap();
        assert!(page.contains(last), "{command}");
    }
    let known = Command::new(program("alongside-hub"))
        .arg("--help")
        .output()
        .unwrap();
    let known = String::from_utf8(known.stdout).unwrap();
    let listed = known
        .split("Commands:")
        .nth(1)
        .unwrap()
        .split("Options:")
        .next()
        .unwrap();
    for line in listed
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
    {
        let command = line.split_whitespace().next().unwrap();
        assert!(
            command == "help" || page.contains(command),
            "{command} is not in the manual"
        );
    }
}

#[test]
fn the_container_runs_as_nobody_and_with_what_the_program_knows() {
    let text = packaging("Containerfile");
    for line in text
        .lines()
        .filter(|line| line.starts_with("COPY ") && !line.contains("--from"))
    {
        let mut sources: Vec<_> = line.split_whitespace().skip(1).collect();
        sources.pop();
        for source in sources {
            assert!(top().join(source).exists(), "{source}");
        }
    }
    let user = text
        .lines()
        .find_map(|line| line.strip_prefix("USER "))
        .unwrap();
    assert!(
        user.split(':').all(|id| id.parse::<u32>().unwrap() > 0),
        "{user}"
    );
    assert!(
        text.contains("VOLUME [") && text.contains("HEALTHCHECK ") && !text.contains(":latest")
    );
    let quoted = |line: &str| line.replace(['"', ',', '[', ']'], " ");
    let run = text
        .lines()
        .find_map(|line| line.strip_prefix("CMD "))
        .unwrap();
    options_are_known("serve", &quoted(run));
    let told = run
        .split('"')
        .skip_while(|word| *word != "--metrics")
        .nth(2)
        .unwrap();
    let asked = text
        .lines()
        .find(|line| line.starts_with("HEALTHCHECK "))
        .unwrap();
    assert!(
        asked.contains(&format!("\"alongside-hub\", \"ready\", \"{told}\"")),
        "{asked} and {run}"
    );
}

#[test]
fn the_menu_starts_the_app_under_its_own_name() {
    let entry = packaging("alongside.desktop");
    for line in [
        "[Desktop Entry]",
        "Type=Application",
        "Name=Alongside",
        "Exec=alongside",
        "Icon=alongside",
    ] {
        assert!(entry.lines().any(|there| there == line), "{line}");
    }
}
