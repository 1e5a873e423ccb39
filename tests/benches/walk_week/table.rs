//! The table of figures, on the screen and in `BENCHMARKS.md`.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// One figure beside its floor and its aim.
#[derive(Debug)]
struct Row {
    name: String,
    ours: String,
    floor: String,
    ratio: String,
    aim: String,
    is_met: Option<bool>,
}

/// All figures of a run.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
    notes: Vec<String>,
}

/// What a figure should be.
#[derive(Debug, Clone, Copy)]
pub enum Aim {
    /// At most this much of the floor.
    Ratio(f64),
    /// At least this much of the floor.
    AtLeast(f64),
    /// At most this much, whatever the floor.
    Most(f64),
    /// Told for itself.
    None,
}

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub enum Unit {
    /// Milliseconds.
    Ms,
    /// Bytes, shown as KB of 1,000.
    Kb,
    /// Bytes, shown as MB.
    Mb,
    /// So many.
    Count,
    /// So many in a second.
    PerSecond,
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Self::Ms if value < 10.0 => format!("{value:.3} ms"),
            Self::Ms => format!("{value:.0} ms"),
            Self::Kb => format!("{:.1} KB", value / 1e3),
            Self::Mb => format!("{:.2} MB", value / 1e6),
            Self::Count if value.fract() == 0.0 => format!("{value:.0}"),
            Self::Count => format!("{value:.2}"),
            Self::PerSecond => format!("{value:.0} /s"),
        }
    }
}

impl Table {
    /// Adds a figure.
    pub fn add(&mut self, name: &str, unit: Unit, ours: f64, floor: Option<f64>, aim: Aim) {
        let ratio = floor.filter(|floor| *floor > 0.0).map(|floor| ours / floor);
        let is_met = match aim {
            Aim::Ratio(most) => ratio.map(|ratio| ratio <= most),
            Aim::AtLeast(least) => ratio.map(|ratio| ratio >= least),
            Aim::Most(most) => Some(ours <= most),
            Aim::None => None,
        };
        self.rows.push(Row {
            name: name.into(),
            ours: unit.show(ours),
            floor: floor.map_or_else(|| "-".into(), |floor| unit.show(floor)),
            ratio: ratio.map_or_else(|| "-".into(), |ratio| format!("x{ratio:.2}")),
            aim: match aim {
                Aim::Ratio(most) => format!("x{most}"),
                Aim::AtLeast(least) => format!("at least x{least}"),
                Aim::Most(most) => unit.show(most),
                Aim::None => "-".into(),
            },
            is_met,
        });
        let row = &self.rows[self.rows.len() - 1];
        eprintln!(
            "  {}: {} (floor {}, {})",
            row.name, row.ours, row.floor, row.ratio
        );
    }

    /// Adds a sentence below the table.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    fn lines(&self) -> String {
        let mut text =
            String::from("| | ours | floor | ratio | aim | |\n|---|---|---|---|---|---|\n");
        for row in &self.rows {
            let met = match row.is_met {
                Some(true) => "met",
                Some(false) => "missed",
                None => "",
            };
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {met} |",
                row.name, row.ours, row.floor, row.ratio, row.aim
            );
        }
        if !self.notes.is_empty() {
            text.push('\n');
        }
        for note in &self.notes {
            let _ = writeln!(text, "- {note}");
        }
        text
    }

    /// Prints the table.
    pub fn print(&self) {
        println!("\n{}", self.lines());
    }

    /// Writes `BENCHMARKS.md` at the root of the repository.
    pub fn write(&self) {
        let text = format!(
            "# Figures\n\n\
             Written by `make bench WRITE=1` on {}: {}.\n\n\
             One *walk week* is 40 visits by 2 observers: 80 observations, each 8 header fields, 23 marks, 6 comments \
             of about 120 characters and 3 summaries of about 200, written as 33 durable commits. *Ten years* are 30 \
             walk weeks. The floor is bare SQLite (WAL, synchronous FULL, one row for each edit, kept) and one plain \
             HTTP request for each device with JSON in zstd, in Rust, timed in the same run and in turns with ours; the \
             ratio to it is what counts. The floor knows no rules, no people, no history and no log, \
             and encrypts nothing. Devices are encrypted (SQLCipher), as they are in the product, and the school's hub \
             is not, unless a row says otherwise; in a row of the kind \"encrypted beside clear\" the store in the clear \
             stands where the floor does.\n\n{}",
            chrono::Utc::now().format("%-d %B %Y"),
            machine(),
            self.lines()
        );
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../BENCHMARKS.md");
        std::fs::write(&path, text).unwrap();
        println!("BENCHMARKS.md is written.");
    }
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let model = std::fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        })
        .unwrap_or_else(|| "an unnamed processor".into());
    format!("{cores} cores of {model}, {}", std::env::consts::OS)
}

/// The middle of some durations, in milliseconds.
pub fn median(times: &mut [Duration]) -> f64 {
    percentile(times, 0.5)
}

/// The duration below which this share lies, in milliseconds.
pub fn percentile(times: &mut [Duration], share: f64) -> f64 {
    times.sort_unstable();
    let place = ((times.len() - 1) as f64 * share).round() as usize;
    times[place].as_secs_f64() * 1e3
}
