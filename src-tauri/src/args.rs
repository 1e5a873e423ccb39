//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::Invitation;

/// Learning walks that work with no signal.
///
/// Opens the window. Everything that is written is kept on this device first and goes to the school's hub when there
/// is a connection.
#[derive(Debug, Clone, Default, Parser)]
#[command(name = "alongside", version, after_help = AFTER)]
pub struct Args {
    /// Keep everything in this folder, instead of the one the system gives to apps. Each folder is an install of its
    /// own, and only one window at a time may use it.
    #[arg(long, value_name = "DIR", env = "ALONGSIDE_DATA_DIR")]
    pub data_dir: Option<PathBuf>,

    /// Keep files that are taken away in this folder without asking, instead of where the person chooses.
    #[arg(long, value_name = "DIR", env = "ALONGSIDE_FILES_DIR")]
    pub files_dir: Option<PathBuf>,

    /// Where keys of what is stored on this device are kept: in the system's own key store where there is one, or in a
    /// file that only its owner can read.
    #[arg(
        long,
        value_name = "WHERE",
        env = "ALONGSIDE_KEYS",
        default_value = "system"
    )]
    pub keys: KeysIn,

    /// The invitation to take up when nobody has a space in the folder yet.
    // From the environment only: a command line can be read by everyone on the machine.
    #[arg(skip = join_from_environment())]
    pub join: Option<Invitation>,
}

/// Where keys are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum KeysIn {
    /// In the system's key store, and in a file where it has none that answers.
    #[default]
    System,
    /// In a file.
    File,
}

const AFTER: &str = "\
Environment:
  ALONGSIDE_JOIN=ADDRESS#CODE  joins this hub with this one-time code, when nobody has a space in the folder yet
  RUST_LOG                     what to log on standard error, for instance alongside_sync=debug";

/// The name of the variable that holds an invitation for the first start.
const JOIN: &str = "ALONGSIDE_JOIN";

fn join_from_environment() -> Option<Invitation> {
    let text = std::env::var(JOIN)
        .ok()
        .filter(|text| !text.trim().is_empty())?;
    Some(Invitation::read(&text))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_folder_can_be_named() {
        let args = Args::try_parse_from(["alongside", "--data-dir", "walks"]).unwrap();
        assert_eq!(args.data_dir, Some(PathBuf::from("walks")));
    }
}
