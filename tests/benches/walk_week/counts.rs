//! What one tick asks of the disk, counted from outside: this program runs itself again under `strace`.

use std::process::Command;

use crate::ticking::{Kind, Ticking};

/// The argument that makes this program a child that only ticks.
pub const CHILD: &str = "--ticks";
const FEW: usize = 40;
const MANY: usize = 240;

/// Syncs and bytes of one tick.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Calls of `fsync` and `fdatasync`.
    pub syncs: f64,
    /// Bytes handed to the disk.
    pub bytes: f64,
}

/// Ticks as often as it is told, as the kind of that word.
pub fn child(who: &str) {
    let (who, count) = who.split_once(':').unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let kind = Kind::ALL.into_iter().find(|kind| kind.word() == who);
    let mut ticking = runtime.block_on(Ticking::start(kind.unwrap()));
    for _ in 0..count.parse().unwrap() {
        ticking.tick();
    }
    // Without a close, which would move what is in the log.
    std::process::exit(0);
}

/// What one tick costs; nothing where `strace` is not there or may not look.
pub fn cost(kind: Kind) -> Option<Cost> {
    let who = kind.word();
    let (few, many) = (run(who, FEW)?, run(who, MANY)?);
    let per = |few: f64, many: f64| (many - few) / (MANY - FEW) as f64;
    Some(Cost {
        syncs: per(few.syncs, many.syncs),
        bytes: per(few.bytes, many.bytes),
    })
}

fn run(who: &str, count: usize) -> Option<Cost> {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let status = Command::new("strace")
        .args([
            "-f",
            "-qq",
            "-e",
            "trace=fsync,fdatasync,pwrite64,write",
            "-o",
        ])
        .arg(&trace)
        .arg(std::env::current_exe().unwrap())
        .env("TMPDIR", folder.path())
        .args([CHILD, &format!("{who}:{count}")])
        .status()
        .ok()?;
    if !status.success() {
        return None;
    }
    let mut cost = Cost {
        syncs: 0.0,
        bytes: 0.0,
    };
    for line in std::fs::read_to_string(&trace).unwrap().lines() {
        if line.contains("fsync(") || line.contains("fdatasync(") {
            cost.syncs += 1.0;
        } else if line.contains("pwrite64(") {
            let written = line
                .rsplit(" = ")
                .next()
                .and_then(|count| count.parse::<f64>().ok());
            cost.bytes += written.unwrap_or_default();
        }
    }
    Some(cost)
}
